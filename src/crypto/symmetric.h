/* Hashes and AEADs, as const structs: see provider.h for what holds of all families. */
#ifndef CRYPTO_SYMMETRIC_H
#define CRYPTO_SYMMETRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

/* ---- Hashes: the state is plain memory: copy it to fork, wipe it to forget. ---- */

enum { HASH_SIZE_MAX = 64, HASH_BLOCK_MAX = 128 };

enum hash_id { HASH_NONE, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_SHA1 };

struct hash_state {
    uint64_t opaque[28];
};

struct hash {
    enum hash_id id;
    const char *name;  /* "SHA256" */
    size_t size;       /* of a digest */
    size_t block;      /* of the compression function */
    void (*init)(struct hash_state *state);
    void (*update)(struct hash_state *state, const uint8_t *data, size_t length);
    /* `size` bytes; the state is spent */
    void (*finish)(struct hash_state *state, uint8_t *digest);
};

/* ---- AEADs ---- */

enum { AEAD_KEY_MAX = 32, AEAD_NONCE = 12, AEAD_TAG_MAX = 16 };

enum aead_id { AEAD_AES_128_GCM, AEAD_AES_256_GCM, AEAD_CHACHA20_POLY1305, AEAD_AES_128_CCM,
    AEAD_AES_128_CCM_8, AEAD_AES_256_CCM, AEAD_AES_256_CCM_8 };

/* A keyed context for one direction; only the nonce changes per record. */
struct aead_key;

struct aead {
    enum aead_id id;
    const char *name;      /* "AES-128-GCM" */
    size_t key_size;
    size_t tag_size;
    uint64_t record_limit; /* records under one key (RFC 9846, 5.5) */
    /* NULL: out of memory. `seals`: the direction. */
    struct aead_key *(*make)(const struct aead *aead, const uint8_t *key, bool seals);
    /* Encrypts `in` followed by `tail` (the inner content type and padding; may be empty) to
     * `out`, which gets in.length + tail.length + tag_size bytes. `out` may be in.data exactly,
     * else they do not overlap; `tail` never overlaps. */
    bool (*seal)(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad, hf_bytes in,
        hf_bytes tail, uint8_t *out);
    /* Decrypts `length` bytes (ciphertext and tag) to `out` (length - tag_size bytes; may be `in`
     * exactly). False: not authentic; `out` is zeroed. */
    bool (*open)(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
        const uint8_t *in, size_t length, uint8_t *out);
    void (*drop)(struct aead_key *key); /* wipes; NULL is fine */
};

/* TLS 1.2: the part of the nonce that the key block gives (RFC 5288, 3; RFC 7905, 2): 4 bytes,
 * with 8 explicit ones in each record, but for ChaCha20-Poly1305, whose 12 are all implicit. */
static inline size_t aead_salt12(const struct aead *aead)
{
    return aead->id == AEAD_CHACHA20_POLY1305 ? AEAD_NONCE : 4;
}

#endif
