/* Certificate revocation lists (RFC 5280, 5): parsed without copying, looked up. */
#ifndef X509_CRL_H
#define X509_CRL_H

#include "x509/path.h"

enum { CRLS_MAX = 32 }; /* that are asked about a path */

struct crl {
    hf_bytes der;
    hf_bytes tbs;
    int version;          /* 1 or 2 */
    hf_bytes issuer;      /* Name with tag and length */
    int64_t this_update;
    int64_t next_update;  /* INT64_MIN: it does not say */
    const struct signature_scheme *scheme;
    const char *algorithm;
    hf_bytes signature;
    hf_bytes entries;     /* contents of revokedCertificates */
    size_t count;         /* of them */
    hf_bytes authority_key_id;
    hf_bytes number;      /* cRLNumber; empty: none */
    bool is_delta;
    bool has_scope;       /* issuingDistributionPoint, and what it says */
    bool only_users, only_cas, only_attributes, only_some_reasons, indirect;
    hf_bytes point;       /* contents of its DistributionPointName; empty: none */
    bool unknown_critical; /* of the list or of an entry */
};

/* Strict DER, down to each entry. False: `error` is bad_crl and names the byte. */
bool crl_parse(hf_bytes der, const struct provider *provider, struct crl *crl,
    struct hf_error *error);

/* What was found out of one certificate. */
struct finding {
    enum revocation_status status;
    char detail[176];
};

/* Keeps the one that says more: revoked, good, stale, unverifiable, unknown. */
void finding_keep(struct finding *best, const struct finding *other);

/* What `crl` says of a certificate issued by `issuer`; REVOCATION_NOT_ASKED: it does not cover
 * it. RFC 5280, 6.3.3. */
void crl_look(const struct verify_input *input, const struct crl *crl,
    const struct certificate *certificate, const struct certificate *issuer,
    struct finding *finding);

/* CRLReason in words ("keyCompromise"). Static. */
const char *revocation_reason_text(unsigned reason);

#endif
