/* Chance, from libcrypto's generators. Its private generator serves keys alone; public bytes come
 * from a block drawn ahead, since a draw of 32 bytes costs 0.7 us however few are asked for. */
#include "crypto/openssl/scratch.h"

#include <limits.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/ct.h"

static bool draw(int (*source)(unsigned char *, int), uint8_t *out, size_t length)
{
    if (length > INT_MAX || source(out, (int)length) != 1) {
        wipe(out, length);
        return libcrypto_failed();
    }
    return true;
}

bool openssl_private_bytes(void *user, uint8_t *out, size_t length)
{
    (void)user;
    return draw(RAND_priv_bytes, out, length);
}

bool openssl_public_bytes(void *user, uint8_t *out, size_t length)
{
    (void)user;
    struct scratch *scratch = scratch_get();
    if (scratch == NULL || length > sizeof scratch->pool.bytes) {
        return draw(RAND_bytes, out, length);
    }
    struct public_pool *pool = &scratch->pool;
    if (pool->left < length) {
        pool->left = 0;
        if (!draw(RAND_bytes, pool->bytes, sizeof pool->bytes)) {
            wipe(out, length);
            return false;
        }
        pool->left = sizeof pool->bytes;
    }
    pool->left -= length;
    /* Taken bytes are erased: a later reader of this memory cannot link connections by them. */
    memcpy(out, pool->bytes + pool->left, length);
    wipe(pool->bytes + pool->left, length);
    return true;
}
