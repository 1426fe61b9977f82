/* The key schedule of TLS 1.2 (RFC 5246, 5, 6.3 and 8.1; RFC 7627, 4; RFC 5705). `hash` is the
 * suite's PRF hash. Everything holds secrets: wipe. */
#ifndef KEYS_PRF12_H
#define KEYS_PRF12_H

#include "crypto/hmac.h"

enum { MASTER_SECRET = 48, VERIFY_DATA12 = 12 };

/* PRF (5): `seed` is up to four parts, one after another. */
void prf12(const struct hash *hash, hf_bytes secret, const char *label, const hf_bytes *seed,
    size_t parts, uint8_t *out, size_t length);

/* master_secret (8.1) from both randoms (32 bytes each), or extended (RFC 7627, 4) from the digest
 * of ClientHello..ClientKeyExchange. */
void master_secret12(const struct hash *hash, hf_bytes premaster, const uint8_t *client_random,
    const uint8_t *server_random, uint8_t master[MASTER_SECRET]);
void extended_master_secret12(const struct hash *hash, hf_bytes premaster, const uint8_t *digest,
    uint8_t master[MASTER_SECRET]);

/* key_block (6.3) of an AEAD suite: keys, and the implicit part of the nonces (salt: 4 bytes for
 * GCM and CCM, 12 for ChaCha20). */
struct key_block12 {
    uint8_t client_key[AEAD_KEY_MAX];
    uint8_t server_key[AEAD_KEY_MAX];
    uint8_t client_iv[AEAD_NONCE];
    uint8_t server_iv[AEAD_NONCE];
};
void key_block12(const struct hash *hash, const struct aead *aead,
    const uint8_t master[MASTER_SECRET], const uint8_t *client_random,
    const uint8_t *server_random, struct key_block12 *block);

/* verify_data of Finished (7.4.9). */
void verify_data12(const struct hash *hash, const uint8_t master[MASTER_SECRET], bool of_server,
    const uint8_t *digest, uint8_t out[VERIFY_DATA12]);

/* RFC 5705: without context (`has_context` false) or with one, which may be empty. False: the
 * context is over 65535 bytes. */
bool exporter12(const struct hash *hash, const uint8_t master[MASTER_SECRET],
    const uint8_t *client_random, const uint8_t *server_random, const char *label,
    bool has_context, hf_bytes context, uint8_t *out, size_t length);

#endif
