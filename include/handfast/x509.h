/* Trust, and what was found when a peer's certificates were verified. */
#ifndef HANDFAST_X509_H
#define HANDFAST_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "handfast/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Trusted roots, loaded once; shared by configs and threads once loading is done. */
typedef struct hf_trust hf_trust;

/* An empty store; NULL: out of memory. */
HF_API hf_trust *hf_trust_new(void);
/* Each false: nothing was added and `error` (may be NULL) says why. */
HF_API HF_MUST_CHECK bool hf_trust_add_file(hf_trust *trust, const char *path, hf_error *error);
HF_API HF_MUST_CHECK bool hf_trust_add_directory(hf_trust *trust, const char *path,
    hf_error *error);
HF_API HF_MUST_CHECK bool hf_trust_add_pem(hf_trust *trust, const void *pem, size_t length,
    hf_error *error);
/* The system's store: SSL_CERT_FILE, SSL_CERT_DIR, else where Debian and its like keep it. */
HF_API HF_MUST_CHECK bool hf_trust_add_system(hf_trust *trust, hf_error *error);
/* How many certificates it holds. */
HF_API size_t hf_trust_count(const hf_trust *trust);
/* Drops the caller's hold; configs keep their own. NULL is fine. */
HF_API void hf_trust_free(hf_trust *trust);

/* One check of a peer's certificates. */
typedef struct hf_check {
    const char *name;    /* "chain", "identity", "validity", "usage", "revocation", "pin"; static */
    bool done;           /* false: was not looked at */
    bool ok;
    hf_code code;        /* when not ok */
    int certificate;     /* index in the chain that the peer sent, or -1 */
    const char *detail;  /* in words; lives as long as the connection */
} hf_check;

enum { HF_CHECKS = 6 };

/* ---- Verifying certificates without a connection ---- */

/* A memo of verified signatures: makes verifying the same certificates again cheap and changes no
 * verdict. Shared by threads; NULL: out of memory. Freeing drops the caller's hold: configs have
 * their own. */
typedef struct hf_memo hf_memo;
HF_API hf_memo *hf_memo_new(size_t signatures);
HF_API void hf_memo_free(hf_memo *memo);

/* How much is asked of certificates beyond that the path holds: docs/x509-policy.md. */
typedef enum hf_profile { HF_PROFILE_DEPLOYED = 0, HF_PROFILE_RFC5280, HF_PROFILE_WEB } hf_profile;

/* What is known to be revoked always fails. SOFT: what nobody speaks of is borne; HARD: the leaf
 * must be known to be good; HARD_CHAIN: and every CA below the root. NONE: as SOFT, but only what
 * is given is looked at, and no staple is missed. */
typedef enum hf_revocation { HF_REVOCATION_NONE = 0, HF_REVOCATION_SOFT, HF_REVOCATION_HARD,
    HF_REVOCATION_HARD_CHAIN } hf_revocation;

/* What is left zero is not asked for; `certificates` and `at` are needed. */
typedef struct hf_verify_input {
    hf_trust *trust;             /* NULL: nothing is trusted */
    const void *certificates;    /* PEM, the leaf first, the others in any order; or one in DER */
    size_t certificates_length;
    const char *name;            /* a DNS name (UTF-8, or A-labels) or an IP address */
    bool client;                 /* for a client's certificate: else a server's */
    int64_t at;                  /* the time, seconds since 1970: time(NULL), or another */
    hf_profile profile;
    const void *crls;            /* PEM, or one in DER */
    size_t crls_length;
    const void *ocsp;            /* one response in DER */
    size_t ocsp_length;
    hf_revocation revocation;
    const char *pins;            /* "sha256//BASE64;…" */
    bool pins_report_only;
    hf_memo *memo;
} hf_verify_input;

/* A path that was tried, and why it was given up. */
typedef struct hf_attempt {
    const char *path;            /* "leaf <- R11" */
    const char *reason;
    int certificate;             /* index among those given, or -1 */
    const char *detail;
} hf_attempt;

typedef struct hf_verification hf_verification;

/* NULL: it could not be asked (malformed input, out of memory), and `error` (may be NULL) says
 * why. Else the answer, which keeps copies of what it needs; its strings live as long as it. */
HF_API HF_MUST_CHECK hf_verification *hf_verify(const hf_verify_input *input, hf_error *error);

/* The same as an operation (provider.h, HF_OP_VERIFY), for a thread of the caller's choice. `input`
 * is copied; what it points to is borrowed until hf_verify_end. NULL: out of memory. */
typedef struct hf_operation hf_operation;
HF_API HF_MUST_CHECK hf_operation *hf_verify_begin(const hf_verify_input *input, hf_error *error);
/* Once nobody is at work on it: frees it, and answers as hf_verify does. NULL also when nobody did
 * the work: operation_failed. */
HF_API HF_MUST_CHECK hf_verification *hf_verify_end(hf_operation *operation, hf_error *error);

HF_API bool hf_verification_ok(const hf_verification *verification);
/* The failure that decided; code HF_CODE_none: none. */
HF_API const hf_error *hf_verification_error(const hf_verification *verification);
/* What would mend it, with this certificate's values (names, dates, addresses); "": nothing to. */
HF_API const char *hf_verification_fix(const hf_verification *verification);
/* The n-th of HF_CHECKS; false: there is no such check. */
HF_API bool hf_verification_check(const hf_verification *verification, size_t n, hf_check *check);
/* The n-th certificate of the path, leaf first, in DER; NULL: no more. */
HF_API const void *hf_verification_path(const hf_verification *verification, size_t n,
    size_t *length);
/* The n-th path that failed; false: no more. */
HF_API bool hf_verification_attempt(const hf_verification *verification, size_t n,
    hf_attempt *attempt);
/* Of the leaf: "not asked", "good", "revoked", "unknown", "stale", "unverifiable". */
HF_API const char *hf_verification_revocation(const hf_verification *verification);
HF_API void hf_verification_free(hf_verification *verification); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
