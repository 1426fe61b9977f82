/* OCSP responses (RFC 6960; RFC 5019 for those made ahead): parsed, verified, looked up. */
#ifndef X509_OCSP_H
#define X509_OCSP_H

#include "x509/crl.h"

struct ocsp_response {
    unsigned status;       /* OCSPResponseStatus; 0: successful, else nothing below is set */
    hf_bytes tbs;
    hf_bytes responder_name; /* Name with tag and length, or empty */
    hf_bytes responder_key;  /* its SHA-1, or empty */
    int64_t produced_at;
    hf_bytes responses;    /* contents of the SEQUENCE */
    const struct signature_scheme *scheme;
    hf_bytes signature;
    hf_bytes certificates; /* contents of the SEQUENCE; empty: none */
    bool unknown_critical;
};

/* Strict DER, down to each response. False: `error` is staple_invalid and names the byte. */
bool ocsp_parse(hf_bytes der, const struct provider *provider, struct ocsp_response *response,
    struct hf_error *error);

/* What a response (DER) says of a certificate by its serial number alone, whoever signed it: for
 * the server that passes it on. False: staple_invalid. */
struct ocsp_summary {
    enum revocation_status status; /* GOOD, REVOKED or UNKNOWN */
    int64_t from;                  /* seconds since 1970 */
    int64_t until;
};
bool ocsp_summary(hf_bytes der, const struct provider *provider,
    const struct certificate *certificate, struct ocsp_summary *summary, struct hf_error *error);

/* What a response (DER) says of a certificate issued by `issuer`. Never REVOCATION_NOT_ASKED. */
void ocsp_look(const struct verify_input *input, hf_bytes der,
    const struct certificate *certificate, const struct certificate *issuer,
    struct finding *finding);

#endif
