/* Trust, and what was found when a peer's certificates were verified. */
#ifndef HANDFAST_X509_H
#define HANDFAST_X509_H

#include <stdbool.h>

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

#ifdef __cplusplus
}
#endif
#endif
