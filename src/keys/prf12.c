/* The key schedule of TLS 1.2: see prf12.h. RFC 5246, 5 (the PRF), 6.3 (key block), 7.4.9
 * (Finished), 8.1 (master secret); RFC 7627, 4; RFC 5705, 4. */
#include "keys/prf12.h"

#include <assert.h>
#include <string.h>

#include "base/builder.h"
#include "base/ct.h"

enum { RANDOM = 32, PARTS_MAX = 4 };

/* P_hash (5): A(i) = HMAC(A(i-1)), output = HMAC(A(i) + seed). The label is the seed's
 * beginning. */
void prf12(const struct hash *hash, hf_bytes secret, const char *label, const hf_bytes *seed,
    size_t parts, uint8_t *out, size_t length)
{
    struct hmac_key key;
    hf_bytes input[PARTS_MAX + 2];
    uint8_t a[HASH_SIZE_MAX];
    uint8_t block[HASH_SIZE_MAX];
    assert(parts <= PARTS_MAX);
    hmac_init(&key, hash, secret.data, secret.length);
    input[0] = bytes_of(a, hash->size);
    input[1] = bytes_of(label, strlen(label));
    for (size_t i = 0; i < parts; i++) {
        input[2 + i] = seed[i];
    }
    hmac(&key, input + 1, parts + 1, a);
    for (size_t at = 0; at < length; at += hash->size) {
        size_t count = length - at < hash->size ? length - at : hash->size;
        hmac(&key, input, parts + 2, block);
        memcpy(out + at, block, count);
        hmac(&key, input, 1, a);
    }
    wipe(&key, sizeof key);
    wipe(a, sizeof a);
    wipe(block, sizeof block);
}

void master_secret12(const struct hash *hash, hf_bytes premaster, const uint8_t *client_random,
    const uint8_t *server_random, uint8_t master[MASTER_SECRET])
{
    hf_bytes seed[2] = { bytes_of(client_random, RANDOM), bytes_of(server_random, RANDOM) };
    prf12(hash, premaster, "master secret", seed, 2, master, MASTER_SECRET);
}

void extended_master_secret12(const struct hash *hash, hf_bytes premaster, const uint8_t *digest,
    uint8_t master[MASTER_SECRET])
{
    hf_bytes seed = bytes_of(digest, hash->size);
    prf12(hash, premaster, "extended master secret", &seed, 1, master, MASTER_SECRET);
}

void key_block12(const struct hash *hash, const struct aead *aead,
    const uint8_t master[MASTER_SECRET], const uint8_t *client_random,
    const uint8_t *server_random, struct key_block12 *block)
{
    uint8_t bytes[2 * (AEAD_KEY_MAX + AEAD_NONCE)];
    size_t key = aead->key_size;
    size_t iv = aead_salt12(aead);
    /* The server's random comes first here. */
    hf_bytes seed[2] = { bytes_of(server_random, RANDOM), bytes_of(client_random, RANDOM) };
    prf12(hash, bytes_of(master, MASTER_SECRET), "key expansion", seed, 2, bytes, 2 * (key + iv));
    memset(block, 0, sizeof *block);
    memcpy(block->client_key, bytes, key);
    memcpy(block->server_key, bytes + key, key);
    memcpy(block->client_iv, bytes + 2 * key, iv);
    memcpy(block->server_iv, bytes + 2 * key + iv, iv);
    wipe(bytes, sizeof bytes);
}

void verify_data12(const struct hash *hash, const uint8_t master[MASTER_SECRET], bool of_server,
    const uint8_t *digest, uint8_t out[VERIFY_DATA12])
{
    hf_bytes seed = bytes_of(digest, hash->size);
    prf12(hash, bytes_of(master, MASTER_SECRET), of_server ? "server finished" : "client finished",
        &seed, 1, out, VERIFY_DATA12);
}

bool exporter12(const struct hash *hash, const uint8_t master[MASTER_SECRET],
    const uint8_t *client_random, const uint8_t *server_random, const char *label,
    bool has_context, hf_bytes context, uint8_t *out, size_t length)
{
    if (context.length > UINT16_MAX) {
        return false;
    }
    uint8_t size[2] = { (uint8_t)(context.length >> 8), (uint8_t)context.length };
    hf_bytes seed[4] = { bytes_of(client_random, RANDOM), bytes_of(server_random, RANDOM),
        bytes_of(size, sizeof size), context };
    prf12(hash, bytes_of(master, MASTER_SECRET), label, seed, has_context ? 4 : 2, out, length);
    return true;
}
