/* Cipher suites that we speak: suites.def as const structs. */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include "crypto/provider.h"

/* What TLS 1.2 agrees on by the suite; TLS 1.3 by extensions: ANY. */
enum key_exchange { KX_ANY, KX_ECDHE, KX_DHE, KX_RSA };
enum suite_auth { AUTH_ANY, AUTH_ECDSA /* and EdDSA: RFC 8422, 5.10 */, AUTH_RSA };

struct suite {
    uint16_t id;
    const char *name;          /* IANA's */
    const char *openssl_name;  /* the same in TLS 1.3 */
    uint16_t version;          /* 0x0304: TLS 1.3 only; 0x0303: TLS 1.2 only */
    enum aead_id aead;
    enum hash_id hash;         /* of the transcript and the key schedule (1.2: the PRF) */
    enum key_exchange kx;
    enum suite_auth auth;
};

/* NULL: not a suite that we speak. */
const struct suite *suite_find(uint16_t id);

/* By IANA or OpenSSL name, letters of either case. */
const struct suite *suite_find_name(const char *name, size_t length);

/* All of them, in order of preference; NULL past the end. */
const struct suite *suite_at(size_t index);

#endif
