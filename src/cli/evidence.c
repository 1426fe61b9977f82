/* CRLs and OCSP responses from files: see evidence.h. RFC 5280, 5; RFC 6960. */
#include "cli/evidence.h"

#include <string.h>

#include "x509/der.h"
#include "x509/pem.h"

/* The DER of a file: all of it, or of its first PEM block with that label. */
static bool load(struct evidence *evidence, const char *path, const char *wanted, hf_bytes *der,
    struct hf_error *error)
{
    const struct allocator *a = &allocator_malloc;
    uint8_t *data = NULL;
    size_t length = 0;
    TRY(file_read(a, path, &data, &length, error));
    evidence->files[evidence->file_count] = data;
    evidence->sizes[evidence->file_count++] = length + 1;
    *der = bytes_of(data, length);
    if (length > 0 && data[0] == DER_SEQUENCE) {
        return true;
    }
    /* A block's DER is shorter than its text and is written over what was read. */
    hf_reader text = reader_of_bytes(*der);
    hf_bytes label;
    uint8_t *out = allocate_zeroed(a, length + 1);
    size_t decoded = 0;
    int found = out == NULL ? -1 : pem_next(&text, &label, out, length, &decoded, error);
    while (found == 1 && !bytes_equal_public(label, bytes_of(wanted, strlen(wanted)))) {
        found = pem_next(&text, &label, out, length, &decoded, error);
    }
    if (found == 1) {
        memcpy(data, out, decoded);
        *der = bytes_of(data, decoded);
    }
    release_wiped(a, out, length + 1);
    return found == 1 || fail(error, ERR_bad_configuration, "%s holds no %s, neither in PEM nor in "
        "DER", path, wanted);
}

bool evidence_load(struct evidence *evidence, const struct options *options,
    struct hf_error *error)
{
    memset(evidence, 0, sizeof *evidence);
    for (size_t i = 0; i < options->crl_count; i++) {
        hf_bytes der;
        TRY(load(evidence, options->crls[i], "X509 CRL", &der, error));
        TRY(crl_parse(der, &provider_openssl, &evidence->crls[evidence->crl_count], error));
        evidence->crl_count++;
    }
    for (size_t i = 0; i < options->response_count; i++) {
        hf_bytes der;
        TRY(load(evidence, options->responses[i], "OCSP RESPONSE", &der, error));
        evidence->responses[evidence->response_count++] = der;
    }
    return true;
}

void evidence_end(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->file_count; i++) {
        release_wiped(&allocator_malloc, evidence->files[i], evidence->sizes[i]);
    }
    evidence->file_count = 0;
}
