/* The transcript hash (RFC 9846, 4.1). Before the hash function is known the messages are kept. */
#ifndef KEYS_TRANSCRIPT_H
#define KEYS_TRANSCRIPT_H

#include "base/arena.h"
#include "crypto/provider.h"

struct transcript {
    const struct hash *hash;  /* NULL: not chosen yet */
    struct hash_state state;
    struct arena *arena;      /* for the messages that wait */
    uint8_t *waiting;
    size_t waiting_length;
    size_t waiting_capacity;
};

void transcript_init(struct transcript *t, struct arena *arena);

/* Chooses the hash and hashes what waited. Again with the same hash: nothing happens. */
void transcript_choose(struct transcript *t, const struct hash *hash);

/* Adds a message with its header (before the hash is chosen: copies it). False: out of memory. */
bool transcript_add(struct transcript *t, hf_bytes message);

/* HelloRetryRequest: what is in there becomes message_hash (4.1). The hash is chosen (asserted). */
void transcript_fold(struct transcript *t);

/* The digest so far, `hash->size` bytes; the transcript goes on. The hash is chosen (asserted). */
void transcript_digest(const struct transcript *t, uint8_t *digest);

#endif
