/* HMAC and HKDF: see hmac.h. RFC 2104; RFC 5869, 2.2 (Extract) and 2.3 (Expand). */
#include "crypto/hmac.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"

/* By words, since each handshake does this some sixteen times. */
static void xor_words(uint64_t *words, size_t count, uint64_t with)
{
    for (size_t i = 0; i < count; i++) {
        words[i] ^= with;
    }
}

void hmac_init(struct hmac_key *key, const struct hash *hash, const uint8_t *secret, size_t length)
{
    const uint64_t ipad = UINT64_C(0x3636363636363636); /* RFC 2104, 2 */
    const uint64_t opad = UINT64_C(0x5c5c5c5c5c5c5c5c);
    uint64_t pad[HASH_BLOCK_MAX / sizeof(uint64_t)] = { 0 };
    uint8_t *const bytes = (uint8_t *)pad;
    const size_t words = hash->block / sizeof *pad;
    key->hash = hash;
    if (length > hash->block) {
        hash->init(&key->inner);
        hash->update(&key->inner, secret, length);
        hash->finish(&key->inner, bytes);
    } else if (length > 0) {
        memcpy(bytes, secret, length);
    }
    xor_words(pad, words, ipad);
    hash->init(&key->inner);
    hash->update(&key->inner, bytes, hash->block);
    xor_words(pad, words, ipad ^ opad);
    hash->init(&key->outer);
    hash->update(&key->outer, bytes, hash->block);
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
