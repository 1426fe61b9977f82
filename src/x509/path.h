/* Verification: a path from a leaf to a trusted root (RFC 5280, 6), the purpose, and the
 * identity that the user asked for (RFC 9525). Each check is told apart. */
#ifndef X509_PATH_H
#define X509_PATH_H

#include "x509/memo.h"
#include "x509/trust.h"

enum { CHAIN_MAX = 16 };           /* certificates in a peer's chain */
enum { CHAIN_BYTES_MAX = 131072 }; /* and their bytes */

enum identity_type { IDENTITY_NONE, IDENTITY_DNS, IDENTITY_IP };

/* The identity asked for. DNS: lower-case A-labels without the trailing dot. */
struct identity {
    enum identity_type type;
    char dns[256];
    uint8_t ip[16];
    size_t ip_length; /* 4 or 16 */
};

/* From "example.com", "bücher.example" (UTF-8, IDNA2008), "192.0.2.1", "2001:db8::1" or
 * "[2001:db8::1]". False: not a name (bad_configuration), or out_of_memory. */
bool identity_parse(const char *text, struct identity *identity, struct hf_error *error);

enum check { CHECK_CHAIN, CHECK_IDENTITY, CHECK_VALIDITY, CHECK_USAGE, CHECK_REVOCATION, CHECK_PIN,
    CHECKS };

struct check_result {
    bool done;         /* false: was not looked at */
    bool ok;
    enum reason reason;/* when not ok */
    int certificate;   /* index in the chain given, or -1 */
    char detail[224];  /* in words, good or bad: "leaf <- R11 <- ISRG Root X1" */
};

/* What CRLs and OCSP responses say of a certificate. */
enum revocation_status { REVOCATION_NOT_ASKED, REVOCATION_GOOD, REVOCATION_REVOKED,
    REVOCATION_UNKNOWN,      /* nothing speaks of it, or the responder does not know it */
    REVOCATION_STALE,        /* what speaks of it is out of date */
    REVOCATION_UNVERIFIABLE, /* what speaks of it is not signed as it must be, or broken */
};

struct verification {
    bool ok;                              /* all that was asked for holds */
    struct check_result checks[CHECKS];
    enum revocation_status status;        /* of the leaf */
    enum revocation_status staple;        /* of the leaf, by OCSP alone */
    size_t path_length;                   /* leaf first, root last; 0: there is none */
    const struct certificate *path[CHAIN_MAX + 2];
};

/* How much of what the texts ask of issuers is asked of certificates: docs/x509-policy.md. */
enum profile {
    PROFILE_DEPLOYED, /* what decides whom a key belongs to; what CAs of firms do is borne */
    PROFILE_RFC5280,  /* all that RFC 5280 says a conforming CA must do */
    PROFILE_WEB,      /* that, and the CA/Browser Forum's rules for servers */
};

enum revocation_policy {
    REVOCATION_NONE, /* not looked at, unless CRLs or responses are given: then as soft */
    REVOCATION_SOFT, /* what is known to be revoked fails; no answer is told and borne */
    REVOCATION_HARD, /* the leaf must be known to be good */
    REVOCATION_HARD_CHAIN, /* and so must every CA below the trusted one */
};

enum { ATTEMPTS_MAX = 16 };

/* A path that was tried and why it was given up. */
struct path_attempt {
    enum reason reason;
    int certificate;   /* index in the chain given, or -1 */
    unsigned depth;    /* certificates on the path so far */
    char path[160];    /* "leaf <- R11" */
    char detail[224];
};

struct path_attempts {
    size_t count; /* of all; the first ATTEMPTS_MAX are kept */
    struct path_attempt list[ATTEMPTS_MAX];
};

struct crl;
struct pins;

/* What is left zero is not asked for. */
struct verify_input {
    const struct provider *provider;
    const struct hf_trust *trust;         /* NULL: nothing is trusted */
    const struct certificate *chain;      /* leaf first, then what else was sent, in any order */
    size_t count;                         /* 1..CHAIN_MAX */
    const struct identity *identity;      /* NULL or IDENTITY_NONE: not checked (clients) */
    enum purpose purpose;                 /* PURPOSE_SERVER or PURPOSE_CLIENT */
    int64_t now;                          /* seconds since 1970 */
    unsigned key_usage;                   /* enum key_usage that the leaf must allow besides */
    bool deciphers;                       /* the leaf's key is for RSA key exchange, not to sign */
    enum profile profile;
    struct hf_memo *memo;                    /* of signatures; NULL: each is verified afresh */
    bool has_depth_limit;
    unsigned depth_limit;                 /* intermediates, self-issued ones not counted */
    const struct crl *crls;               /* parsed; from any source: they are signed */
    size_t crl_count;
    const hf_bytes *ocsp;                 /* OCSP responses, DER: staples, or from a file */
    size_t ocsp_count;
    bool is_stapled;                      /* they came, or could have, with the certificates: one
                                             that cannot be trusted fails (RFC 6066, 8) */
    bool require_staple;                  /* and one must be there, and speak of the leaf */
    enum revocation_policy revocation;
    const hf_bytes *policies;             /* RFC 5280, 6.1.1 (c): OIDs' contents; none: any */
    size_t policy_count;
    bool require_policy;                  /* 6.1.1 (f): initial-explicit-policy */
    bool forbid_policy_mapping;           /* 6.1.1 (e) */
    bool forbid_any_policy;               /* 6.1.1 (g) */
    const struct pins *pins;              /* NULL: none */
    bool pins_suffice;                    /* a pinned key is trusted without a root */
    struct path_attempts *attempts;       /* NULL: not wanted */
};

/* Fills `out` and, when not ok, `error` with the failure that matters most (in the order chain,
 * validity, usage, identity, revocation, pin) including `certificate`, offered and required.
 * Allocates nothing; bounded work: at most 64 signature checks for the path, else
 * chain_too_costly. */
bool verify_chain(const struct verify_input *input, struct verification *out,
    struct hf_error *error);

/* The name of a check: "chain", "identity", … Static. */
const char *check_name(enum check check);

#endif
