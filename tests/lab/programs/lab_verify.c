/* hf_verify on files, for tests/lab: prints the failure's code ("none": it holds), the index of the
 * certificate, and the fix, a tab between them.
 *
 *   lab_verify CHAIN.pem ROOTS.pem TIME NAME [CRL|- [OCSP]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "handfast/handfast.h"
#include "x509/pem.h"

struct file {
    uint8_t *data;
    size_t length;
};

static bool load(const char *path, struct file *file)
{
    *file = (struct file){ NULL, 0 };
    return path == NULL || strcmp(path, "-") == 0 ||
        file_read(&allocator_malloc, path, &file->data, &file->length, NULL);
}

static void drop(struct file *file)
{
    release_wiped(&allocator_malloc, file->data, file->length + 1);
}

int main(int argc, char **argv)
{
    struct file chain;
    struct file crl;
    struct file ocsp;
    hf_error error;
    if (argc < 5) {
        return 2;
    }
    hf_trust *trust = hf_trust_new();
    if (!load(argv[1], &chain) || !load(argc > 5 ? argv[5] : NULL, &crl) ||
            !load(argc > 6 ? argv[6] : NULL, &ocsp) ||
            !hf_trust_add_file(trust, argv[2], NULL)) {
        return 2;
    }
    hf_verify_input input = { .trust = trust, .certificates = chain.data,
        .certificates_length = chain.length, .name = argv[4], .at = strtoll(argv[3], NULL, 10),
        .crls = crl.data, .crls_length = crl.length, .ocsp = ocsp.data,
        .ocsp_length = ocsp.length };
    hf_verification *answer = hf_verify(&input, &error);
    const hf_error *found = answer != NULL ? hf_verification_error(answer) : &error;
    (void)printf("%s\t%d\t%s\n", hf_code_name(found->code), found->certificate,
        answer != NULL ? hf_verification_fix(answer) : "");
    hf_verification_free(answer);
    hf_trust_free(trust);
    drop(&chain);
    drop(&crl);
    drop(&ocsp);
    return 0;
}
