/* Ephemeral keys, made ahead and one by one, and exchanges, together and one by one: keyshare.h.
 * RFC 9846, 4.3.8 and 7.4.2.
 *
 * Invariants: the keys of a pool below `left` are whole pairs, those above it zero; no private key
 * is left in a frame. */
#include "crypto/keyshare.h"

#include <string.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/error.h"
#include "crypto/x25519/x25519.h"

enum { X25519_ID = 0x001d };

_Static_assert((int)KEYSHARE_SIZE == (int)X25519_SIZE
        && (int)KEYSHARE_REFILL == (int)X25519_LANES
        && (int)KEYSHARE_POOL_MAX % (int)KEYSHARE_REFILL == 0,
    "a pool is filled by whole batches");

void keyshare_drop(struct keyshare_pool *pool)
{
    wipe(pool, sizeof *pool);
}

static bool is_ours(const struct group *group)
{
#if X25519_OURS
    return group == &x25519_group;
#else
    (void)group;
    return false;
#endif
}

/* ---- The pool ---- */

static bool is_default(const struct random *random)
{
    return random->private_bytes == provider_openssl.random.private_bytes
        && random->user == provider_openssl.random.user;
}

/* This thread's; NULL: out of memory. What a parent made is its own: two processes with one key
 * would be linked by it. Not every way to fork calls pthread_atfork's handlers, hence the owner. */
static struct keyshare_pool *pool_get(void)
{
    struct keyshare_pool *pool = crypto_thread_keyshares();
    const long self = (long)getpid();
    if (pool != NULL && pool->owner != self) {
        keyshare_drop(pool);
        pool->owner = self;
    }
    return pool;
}

static bool refill(struct keyshare_pool *pool)
{
#if X25519_OURS
    const struct random *random = &provider_openssl.random;
    uint8_t(*keys)[KEYSHARE_SIZE] = pool->private_keys + pool->left;
    TRY(random->private_bytes(random->user, keys[0], sizeof *keys * KEYSHARE_REFILL));
    x25519_public_batch(pool->shares + pool->left, (const uint8_t(*)[KEYSHARE_SIZE])keys,
        KEYSHARE_REFILL);
    pool->left += KEYSHARE_REFILL;
    return true;
#else
    (void)pool;
    return false;
#endif
}

bool keyshare_fill(size_t count)
{
    if (!is_ours(provider_openssl.group(X25519_ID))) {
        return true; /* nobody would take one */
    }
    struct keyshare_pool *pool = pool_get();
    bool good = pool != NULL;
    while (good && pool->left < count && pool->left + KEYSHARE_REFILL <= KEYSHARE_POOL_MAX) {
        good = refill(pool);
    }
    return good;
}

bool keyshare_take(const struct group *group, const struct random *random, bool pooled,
    uint8_t *private_key, uint8_t *share)
{
    struct keyshare_pool *pool = pooled && is_ours(group) && is_default(random) ? pool_get() : NULL;
    if (pool == NULL) {
        return group->generate(group, random, private_key, share);
    }
    if (pool->left == 0 && !refill(pool)) {
        wipe(private_key, KEYSHARE_SIZE);
        wipe(share, KEYSHARE_SIZE);
        return false;
    }
    pool->left--;
    uint8_t *key = pool->private_keys[pool->left];
    memcpy(private_key, key, KEYSHARE_SIZE);
    memcpy(share, pool->shares[pool->left], KEYSHARE_SIZE);
    wipe(key, KEYSHARE_SIZE);
    return true;
}

/* ---- One exchange ---- */

static void agreement_fail(struct agreement *e, bool bad_share)
{
    e->ok = false;
    e->bad_share = bad_share;
    wipe(e->secret, e->group->secret_size);
    if (e->encapsulates) {
        wipe(e->own_share, e->group->server_share_size);
    }
}

/* With a key of the pool the server's half is the client's: in X25519 both multiply. */
static void run_with_pool(struct agreement *e)
{
    uint8_t private_key[KEYSHARE_SIZE];
    e->bad_share = e->peer_share.length != KEYSHARE_SIZE; /* before a key is used up */
    e->ok = !e->bad_share
        && keyshare_take(e->group, e->random, true, private_key, e->own_share)
        && e->group->decapsulate(e->group, private_key, e->own_share, e->peer_share, e->secret,
            &e->bad_share);
    wipe(private_key, sizeof private_key);
    if (!e->ok) {
        agreement_fail(e, e->bad_share);
    }
}

void agreement_run(struct agreement *e)
{
    const struct group *group = e->group;
    e->bad_share = false;
    if (!e->encapsulates) {
        e->ok = group->decapsulate(group, e->private_key, e->own_share, e->peer_share, e->secret,
            &e->bad_share);
    } else if (e->pooled && is_ours(group)) {
        run_with_pool(e);
    } else {
        e->ok = group->encapsulate(group, e->random, e->peer_share, e->own_share, e->secret,
            &e->bad_share);
    }
}

/* ---- Several ---- */

#if X25519_OURS

/* X25519 exchanges side by side, up to eight. */
struct lanes {
    size_t count;
    struct agreement *agreement[X25519_LANES];
    uint8_t keys[X25519_LANES][X25519_SIZE];
    uint8_t points[X25519_LANES][X25519_SIZE];
    uint8_t results[X25519_LANES][X25519_SIZE];
    size_t drawn_count;
    struct agreement *drawn[X25519_LANES];      /* those whose key is not from a pool ... */
    uint8_t drawn_keys[X25519_LANES][X25519_SIZE]; /* ... and lacks its share */
};

static bool lane_key(struct lanes *lanes, struct agreement *e, uint8_t *key)
{
    if (!e->encapsulates) {
        memcpy(key, e->private_key, X25519_SIZE);
        return true;
    }
    if (e->pooled) {
        return keyshare_take(e->group, e->random, true, key, e->own_share);
    }
    if (!e->random->private_bytes(e->random->user, key, X25519_SIZE)) {
        return false;
    }
    memcpy(lanes->drawn_keys[lanes->drawn_count], key, X25519_SIZE);
    lanes->drawn[lanes->drawn_count++] = e;
    return true;
}

static void lane_add(struct lanes *lanes, struct agreement *e)
{
    uint8_t *key = lanes->keys[lanes->count];
    const bool bad_share = e->peer_share.length != X25519_SIZE;
    if (bad_share || !lane_key(lanes, e, key)) {
        agreement_fail(e, bad_share);
        return;
    }
    memcpy(lanes->points[lanes->count], e->peer_share.data, X25519_SIZE);
    lanes->agreement[lanes->count++] = e;
}

static void lanes_finish(struct lanes *lanes)
{
    x25519_public_batch(lanes->results, (const uint8_t(*)[X25519_SIZE])lanes->drawn_keys,
        lanes->drawn_count);
    for (size_t i = 0; i < lanes->drawn_count; i++) {
        memcpy(lanes->drawn[i]->own_share, lanes->results[i], X25519_SIZE);
    }
    x25519_batch(lanes->results, (const uint8_t(*)[X25519_SIZE])lanes->keys,
        (const uint8_t(*)[X25519_SIZE])lanes->points, lanes->count);
    for (size_t i = 0; i < lanes->count; i++) {
        struct agreement *e = lanes->agreement[i];
        e->ok = !ct_is_zero(lanes->results[i], X25519_SIZE); /* RFC 9846, 7.4.2 */
        e->bad_share = !e->ok;
        memcpy(e->secret, lanes->results[i], X25519_SIZE);
        if (!e->ok) {
            agreement_fail(e, true);
        }
    }
    wipe(lanes, sizeof *lanes);
}

void agreement_run_all(struct agreement agreements[], size_t count)
{
    struct lanes lanes = { 0 };
    for (size_t i = 0; i < count; i++) {
        if (!is_ours(agreements[i].group)) {
            agreement_run(&agreements[i]);
            continue;
        }
        lane_add(&lanes, &agreements[i]);
        if (lanes.count == X25519_LANES) {
            lanes_finish(&lanes);
        }
    }
    lanes_finish(&lanes);
}

#else

void agreement_run_all(struct agreement agreements[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        agreement_run(&agreements[i]);
    }
}

#endif
