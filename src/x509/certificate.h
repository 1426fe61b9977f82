/* X.509 certificates (RFC 5280, 4), parsed without copying: every view borrows the DER. */
#ifndef X509_CERTIFICATE_H
#define X509_CERTIFICATE_H

#include "base/error.h"
#include "crypto/provider.h"

/* KeyUsage bits (RFC 5280, 4.2.1.3), bit n of the BIT STRING as 1 << n. */
enum key_usage { USAGE_DIGITAL_SIGNATURE = 1, USAGE_NON_REPUDIATION = 2, USAGE_KEY_ENCIPHERMENT = 4,
    USAGE_DATA_ENCIPHERMENT = 8, USAGE_KEY_AGREEMENT = 16, USAGE_KEY_CERT_SIGN = 32,
    USAGE_CRL_SIGN = 64, USAGE_ENCIPHER_ONLY = 128, USAGE_DECIPHER_ONLY = 256 };

/* ExtendedKeyUsage purposes that we know (RFC 5280, 4.2.1.12). */
enum purpose { PURPOSE_SERVER = 1, PURPOSE_CLIENT = 2, PURPOSE_OCSP = 4, PURPOSE_ANY = 8,
    PURPOSE_OTHER = 16, PURPOSE_CODE = 32, PURPOSE_EMAIL = 64, PURPOSE_TIME = 128 };

/* Extensions that we process, as bits of `present` and `critical`. */
enum extension_bit { HAS_BASIC_CONSTRAINTS = 1, HAS_KEY_USAGE = 2, HAS_PURPOSES = 4,
    HAS_ALTERNATIVE_NAMES = 8, HAS_NAME_CONSTRAINTS = 16, HAS_SUBJECT_KEY_ID = 32,
    HAS_AUTHORITY_KEY_ID = 64, HAS_INFORMATION_ACCESS = 128, HAS_POLICIES = 256,
    HAS_POLICY_MAPPINGS = 512, HAS_POLICY_CONSTRAINTS = 1024, HAS_INHIBIT_ANY_POLICY = 2048,
    HAS_CRL_POINTS = 4096, HAS_TLS_FEATURES = 8192, HAS_OCSP_NO_CHECK = 16384 };

struct certificate {
    hf_bytes der;          /* all of it */
    hf_bytes tbs;          /* what is signed, with tag and length */
    int version;           /* 1, 2 or 3 */
    hf_bytes serial;       /* contents of the INTEGER */
    hf_bytes issuer;       /* Name with tag and length */
    hf_bytes subject;
    int64_t not_before;    /* seconds since 1970, UTC */
    int64_t not_after;
    hf_bytes spki;         /* SubjectPublicKeyInfo with tag and length */
    struct public_key key; /* type KEY_NONE: of a kind that we do not know */
    int key_bits;          /* of the RSA modulus or the curve; 0 unknown */
    /* The certificate's own signature: NULL scheme: an algorithm that we do not know. */
    const struct signature_scheme *scheme;
    bool weak_scheme;      /* known, but too weak to trust (SHA-1, MD5); `scheme` is NULL then */
    const char *algorithm; /* its name, "ecdsa-with-SHA256"; static; "" unknown */
    hf_bytes signature;    /* contents of the BIT STRING */

    /* Extensions; an absent one has length 0 or its flag false. */
    bool is_ca;            /* basicConstraints cA */
    bool has_basic_constraints;
    int path_length;       /* -1: none */
    bool has_key_usage;
    unsigned key_usage;    /* enum key_usage */
    bool has_extended_key_usage;
    unsigned purposes;     /* enum purpose */
    hf_bytes alternative_names;  /* contents of the GeneralNames SEQUENCE */
    bool has_alternative_names;
    hf_bytes name_constraints;   /* contents of the NameConstraints SEQUENCE */
    hf_bytes subject_key_id;
    hf_bytes authority_key_id;   /* its keyIdentifier */
    unsigned present;            /* enum extension_bit */
    unsigned critical;           /* those of them that are marked critical */
    bool authority_key_id_names_certificate; /* its authorityCertIssuer and -SerialNumber */
    hf_bytes policies;           /* contents of certificatePolicies */
    hf_bytes policy_mappings;    /* contents of policyMappings */
    int require_explicit_policy; /* policyConstraints, inhibitAnyPolicy; -1: none */
    int inhibit_policy_mapping;
    int inhibit_any_policy;
    hf_bytes information_access; /* contents of authorityInfoAccess */
    hf_bytes crl_points;         /* contents of cRLDistributionPoints, not checked */
    bool must_staple;            /* TLS features: status_request (RFC 7633) */
    bool unknown_critical;       /* a critical extension that we do not process */
    hf_bytes unknown_critical_oid;
};

/* Parses strict DER. False: `error` is malformed_certificate and names the byte. `provider`
 * gives the signature schemes. */
bool certificate_parse(hf_bytes der, const struct provider *provider,
    struct certificate *certificate, struct hf_error *error);

/* A SubjectPublicKeyInfo alone (with tag and length). False: malformed; a key of an unknown kind is
 * true with type KEY_NONE. `bits` may be NULL. */
bool public_key_parse(hf_bytes spki, struct public_key *key, int *bits, struct hf_error *error);

/* Words for people: a Name as "CN=…, O=…" (RFC 4514-like, in the order encoded, control
 * characters and bad UTF-8 escaped), a key as "EC P-256", "RSA 2048", "Ed25519"; cut at
 * capacity, terminated. */
void name_text(hf_bytes name, char *text, size_t capacity);
void key_text(const struct certificate *certificate, char *text, size_t capacity);

/* The next subjectAltName entry as text ("example.com", "192.0.2.1", "mail:…", "uri:…"); false: no
 * more. Start with `*position` 0. */
bool alternative_name_text(const struct certificate *certificate, size_t *position, char *text,
    size_t capacity);

/* The address that authorityInfoAccess gives for the issuer's certificate (`ocsp` false) or for its
 * OCSP responder; false: none. Safe for a terminal, cut at capacity. */
bool information_access_text(const struct certificate *certificate, bool ocsp, char *text,
    size_t capacity);

/* Seconds since 1970 as RFC 3339, "2026-11-21T00:00:00Z"; 21 bytes with the terminator. */
void time_text(int64_t seconds, char text[32]);

#endif
