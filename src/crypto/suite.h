/* Cipher suites that we speak: suites.def as const structs. */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include "crypto/provider.h"

struct suite {
    uint16_t id;
    const char *name;          /* IANA's */
    const char *openssl_name;  /* the same in TLS 1.3 */
    uint16_t version;          /* 0x0304: TLS 1.3 only; 0x0303: TLS 1.2 only */
    enum aead_id aead;
    enum hash_id hash;
};

/* NULL: not a suite that we speak. */
const struct suite *suite_find(uint16_t id);

/* By IANA or OpenSSL name, letters of either case. */
const struct suite *suite_find_name(const char *name, size_t length);

/* All of them, in order of preference; NULL past the end. */
const struct suite *suite_at(size_t index);

#endif
