/* Throw-away certificates for tests and `serve --self-signed`: a CA and a leaf. Not a CA
 * product. */
#ifndef X509_ISSUE_H
#define X509_ISSUE_H

#include "x509/path.h"

struct issue_input {
    const struct provider *provider;
    const char *common_name;              /* subject, UTF-8 */
    const char *issuer_name;              /* issuer's; the same as common_name: self-signed */
    const struct private_key *subject_key;
    const struct private_key *issuer_key;
    bool is_ca;
    const struct identity *names;         /* subjectAltName */
    size_t name_count;
    int64_t not_before;
    int64_t not_after;
};

/* DER to `out`; false: does not fit, or signing failed. The serial comes from provider->random. */
bool certificate_issue(const struct issue_input *input, uint8_t *out, size_t capacity,
    size_t *length, struct hf_error *error);

#endif
