/* Verification: a path from a leaf to a trusted root (RFC 5280, 6), the purpose, and the
 * identity that the user asked for (RFC 9525). Each check is told apart. */
#ifndef X509_PATH_H
#define X509_PATH_H

#include "x509/trust.h"

enum { CHAIN_MAX = 16 };           /* certificates in a peer's chain */
enum { CHAIN_BYTES_MAX = 131072 }; /* and their bytes */

enum identity_type { IDENTITY_NONE, IDENTITY_DNS, IDENTITY_IP };

/* What the user asked for. DNS: lower-case A-labels without the trailing dot. */
struct identity {
    enum identity_type type;
    char dns[256];
    uint8_t ip[16];
    size_t ip_length; /* 4 or 16 */
};

/* From "example.com", "192.0.2.1", "2001:db8::1" or "[2001:db8::1]". False: not a name
 * (bad_configuration). */
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

struct verification {
    bool ok;                              /* all that was asked for holds */
    struct check_result checks[CHECKS];
    size_t path_length;                   /* leaf first, root last; 0: there is none */
    const struct certificate *path[CHAIN_MAX + 2];
};

struct verify_input {
    const struct provider *provider;
    const struct hf_trust *trust;         /* NULL: nothing is trusted */
    const struct certificate *chain;      /* leaf first, then what else was sent, in any order */
    size_t count;                         /* 1..CHAIN_MAX */
    const struct identity *identity;      /* NULL or IDENTITY_NONE: not checked (clients) */
    enum purpose purpose;                 /* PURPOSE_SERVER or PURPOSE_CLIENT */
    int64_t now;                          /* seconds since 1970 */
};

/* Fills `out` and, when not ok, `error` with the failure that matters most (in the order chain,
 * validity, usage, identity) including `certificate`, offered and required. Allocates nothing;
 * bounded work: at most 64 signature checks, else chain_too_costly. */
bool verify_chain(const struct verify_input *input, struct verification *out,
    struct hf_error *error);

/* The name of a check: "chain", "identity", … Static. */
const char *check_name(enum check check);

#endif
