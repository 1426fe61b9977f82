/* Ephemeral keys and the exchanges made with them: the one way that the handshake takes to a group.
 * Behind it X25519's kernels work on eight keys at once, where that is faster, and a pool keeps
 * keys that were made ahead. RFC 9846, 4.3.8 and 7.4.2.
 *
 * The pool is a thread's own and of a fixed size. A key leaves it once and is erased there; a child
 * of fork finds it empty. It holds nothing but X25519 keys of our own code, drawn from the default
 * provider's chance: with another chance, as tests inject one, keys are drawn when they are asked
 * for. */
#ifndef CRYPTO_KEYSHARE_H
#define CRYPTO_KEYSHARE_H

#include "crypto/provider.h"

enum { KEYSHARE_POOL_MAX = 64, KEYSHARE_REFILL = 8, KEYSHARE_SIZE = 32 };

struct keyshare_pool {
    size_t left;
    long owner; /* the process that filled it */
    uint8_t private_keys[KEYSHARE_POOL_MAX][KEYSHARE_SIZE];
    uint8_t shares[KEYSHARE_POOL_MAX][KEYSHARE_SIZE];
};

/* A fresh key and its share, of the group's sizes; `pooled`: from this thread's pool, which makes
 * eight when it is empty. False: chance failed, and both are zero. */
bool keyshare_take(const struct group *group, const struct random *random, bool pooled,
    uint8_t *private_key, uint8_t *share);

/* Makes keys ahead, by eights, until this thread's pool holds `count` or has no room for eight
 * more. Nothing is done where X25519 is libcrypto's. False: no memory, or chance failed. */
bool keyshare_fill(size_t count);

/* Erases what is left. */
void keyshare_drop(struct keyshare_pool *pool);

/* One side's half of an exchange. Without `ok`, `secret` is zero, and so is a server's share;
 * `bad_share`: because of the peer's, which is no valid public key. */
struct agreement {
    const struct group *group;
    const struct random *random;
    bool pooled;
    bool encapsulates;          /* the server's half: a fresh key, its share and the secret */
    const uint8_t *private_key; /* the client's */
    uint8_t *own_share;         /* in (client), out (server) */
    hf_bytes peer_share;
    uint8_t *secret;            /* out: group->secret_size */
    bool ok;                    /* out */
    bool bad_share;             /* out */
};

void agreement_run(struct agreement *agreement);

/* The same for all of them. They share nothing but the time: each ends as it would alone. */
void agreement_run_all(struct agreement agreements[], size_t count);

#endif
