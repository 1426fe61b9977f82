/* Hashes, over libcrypto's low-level functions: they keep their state in memory of ours, so that a
 * transcript forks by a copy and nothing is allocated (EVP's contexts cost 200-1000 ns a use).
 * FIPS 180-4. SHA-1 serves OCSP's CertID alone (RFC 6960, 4.1.1). */
#include "crypto/openssl/scratch.h"

#include <openssl/sha.h>

/* These functions cannot fail; their results are always 1. */
#define HASH_FUNCTIONS(lower, context, Init, Update, Final) \
    _Static_assert(sizeof(context) <= sizeof(struct hash_state), #context " outgrew hash_state"); \
    _Static_assert(_Alignof(context) <= _Alignof(struct hash_state), #context " needs more"); \
    static void lower##_init(struct hash_state *state) \
    { \
        (void)Init((context *)(void *)state); \
    } \
    static void lower##_update(struct hash_state *state, const uint8_t *data, size_t length) \
    { \
        if (length > 0) { \
            (void)Update((context *)(void *)state, data, length); \
        } \
    } \
    static void lower##_finish(struct hash_state *state, uint8_t *digest) \
    { \
        (void)Final(digest, (context *)(void *)state); \
    }

HASH_FUNCTIONS(sha256, SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final)
HASH_FUNCTIONS(sha384, SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final)
HASH_FUNCTIONS(sha512, SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final)
HASH_FUNCTIONS(sha1, SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final)

static const struct hash hashes[] = {
    { HASH_SHA256, "SHA256", 32, 64, sha256_init, sha256_update, sha256_finish },
    { HASH_SHA384, "SHA384", 48, 128, sha384_init, sha384_update, sha384_finish },
    { HASH_SHA512, "SHA512", 64, 128, sha512_init, sha512_update, sha512_finish },
    { HASH_SHA1, "SHA1", 20, 64, sha1_init, sha1_update, sha1_finish },
};

const struct hash *openssl_hash(enum hash_id id)
{
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (hashes[i].id == id) {
            return &hashes[i];
        }
    }
    return NULL;
}

bool scheme_digest(const struct signature_scheme *scheme, hf_bytes message, uint8_t *digest,
    size_t *length)
{
    const struct hash *hash = openssl_hash(scheme->hash);
    if (hash == NULL) {
        return false;
    }
    struct hash_state state;
    hash->init(&state);
    hash->update(&state, message.data, message.length);
    hash->finish(&state, digest);
    *length = hash->size;
    return true;
}
