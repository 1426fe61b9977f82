/* HMAC and HKDF: see hmac.h. RFC 2104; RFC 5869, 2.2 (Extract) and 2.3 (Expand). */
#include "crypto/hmac.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"

void hmac_init(struct hmac_key *key, const struct hash *hash, const uint8_t *secret, size_t length)
{
    uint8_t pad[HASH_BLOCK_MAX] = { 0 };
    key->hash = hash;
    if (length > hash->block) { /* RFC 2104, 2 */
        hash->init(&key->inner);
        hash->update(&key->inner, secret, length);
        hash->finish(&key->inner, pad);
    } else if (length > 0) {
        memcpy(pad, secret, length);
    }
    for (size_t i = 0; i < hash->block; i++) {
        pad[i] ^= 0x36;
    }
    hash->init(&key->inner);
    hash->update(&key->inner, pad, hash->block);
    for (size_t i = 0; i < hash->block; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    hash->init(&key->outer);
    hash->update(&key->outer, pad, hash->block);
    wipe(pad, sizeof pad);
}

void hmac(const struct hmac_key *key, const hf_bytes *parts, size_t count, uint8_t *out)
{
    const struct hash *hash = key->hash;
    uint8_t inner[HASH_SIZE_MAX];
    struct hash_state state = key->inner;
    for (size_t i = 0; i < count; i++) {
        hash->update(&state, parts[i].data, parts[i].length);
    }
    hash->finish(&state, inner);
    state = key->outer;
    hash->update(&state, inner, hash->size);
    hash->finish(&state, out);
    wipe(&state, sizeof state);
    wipe(inner, sizeof inner);
}

void hkdf_extract(const struct hash *hash, hf_bytes salt, hf_bytes secret, uint8_t *prk)
{
    /* HMAC pads its key with zeros, so an empty salt is the string of zeros already. */
    struct hmac_key key;
    hmac_init(&key, hash, salt.data, salt.length);
    hmac(&key, &secret, 1, prk);
    wipe(&key, sizeof key);
}

void hkdf_expand(const struct hmac_key *prk, hf_bytes info, uint8_t *out, size_t length)
{
    const size_t size = prk->hash->size;
    assert(length <= 255 * size); /* RFC 5869, 2.3 */
    uint8_t block[HASH_SIZE_MAX];
    uint8_t counter = 0;
    size_t before = 0; /* T(0) is empty */
    while (length > 0) {
        counter++;
        const hf_bytes parts[] = { { block, before }, info, { &counter, 1 } };
        hmac(prk, parts, 3, block);
        before = size;
        size_t take = length < size ? length : size;
        memcpy(out, block, take);
        out += take;
        length -= take;
    }
    wipe(block, sizeof block);
}
