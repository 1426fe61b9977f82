/* HMAC (RFC 2104) and HKDF (RFC 5869) over a hash's plain states, so that a key's two
 * compressions are done once however often it is used. */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "crypto/provider.h"

/* A keyed HMAC: the states after the inner and outer pads. A secret: wipe it. */
struct hmac_key {
    const struct hash *hash;
    struct hash_state inner;
    struct hash_state outer;
};

/* Keys longer than the hash's block are hashed first. */
void hmac_init(struct hmac_key *key, const struct hash *hash, const uint8_t *secret, size_t length);

/* hash->size bytes to `out`, over the parts joined. */
void hmac(const struct hmac_key *key, const hf_bytes *parts, size_t count, uint8_t *out);

/* HKDF-Extract: hash->size bytes to `prk`. An empty salt stands for zeros. */
void hkdf_extract(const struct hash *hash, hf_bytes salt, hf_bytes secret, uint8_t *prk);

/* HKDF-Expand under a keyed PRK: `length` bytes, at most 255 digests (asserted). */
void hkdf_expand(const struct hmac_key *prk, hf_bytes info, uint8_t *out, size_t length);

#endif
