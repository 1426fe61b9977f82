/* CRLs and OCSP responses from files: what `cert` is given about revocation. */
#ifndef CLI_EVIDENCE_H
#define CLI_EVIDENCE_H

#include "cli/options.h"
#include "x509/crl.h"

struct evidence {
    struct crl crls[FILES_MAX];
    size_t crl_count;
    hf_bytes responses[FILES_MAX];
    size_t response_count;
    uint8_t *files[2 * FILES_MAX];  /* what the views borrow */
    size_t sizes[2 * FILES_MAX];
    size_t file_count;
};

/* The files of --crl (PEM or DER, one list each) and of --ocsp-response (DER). */
bool evidence_load(struct evidence *evidence, const struct options *options,
    struct hf_error *error);
void evidence_end(struct evidence *evidence);

#endif
