/* Revocation and pins: what verify_chain asks once it has a path. */
#ifndef X509_REVOCATION_H
#define X509_REVOCATION_H

#include "x509/path.h"

/* Fills `result` (and the leaf's status) from the CRLs and OCSP responses given, by the policy. */
void check_revocation(const struct verify_input *input, struct verification *out,
    struct check_result *result);

void check_pins(const struct verify_input *input, const struct verification *out,
    struct check_result *result);

/* "good", "revoked", … Static. */
const char *revocation_status_name(enum revocation_status status);

#endif
