/* The transcript hash (RFC 9846, 4.1; RFC 5246, 7.4.9). Before the hash function is known the
 * messages are kept; TLS 1.2 keeps them longer, since its CertificateVerify signs them (7.4.8). */
#ifndef KEYS_TRANSCRIPT_H
#define KEYS_TRANSCRIPT_H

#include "base/arena.h"
#include "crypto/provider.h"

struct transcript {
    const struct hash *hash;  /* NULL: not chosen yet */
    struct hash_state state;
    struct arena *arena;      /* for the messages that are kept */
    bool keeps;               /* goes on keeping them when the hash is known */
    uint8_t *kept;
    size_t kept_length;
    size_t kept_capacity;
};

void transcript_init(struct transcript *t, struct arena *arena);

/* From now on all messages are kept, even when the hash is known; they are the bytes of
 * transcript_messages. Called before the hash is chosen (asserted). */
void transcript_keep(struct transcript *t);
/* Ends it. */
void transcript_forget(struct transcript *t);
static inline hf_bytes transcript_messages(const struct transcript *t)
{
    return bytes_of(t->kept, t->kept_length);
}

/* Chooses the hash and hashes what waited. Again with the same hash: nothing happens. */
void transcript_choose(struct transcript *t, const struct hash *hash);

/* Adds a message with its header (before the hash is chosen: copies it). False: out of memory. */
bool transcript_add(struct transcript *t, hf_bytes message);

/* HelloRetryRequest: what is in there becomes message_hash (4.1). The hash is chosen (asserted). */
void transcript_fold(struct transcript *t);

/* The digest so far, `hash->size` bytes; the transcript goes on. The hash is chosen (asserted). */
void transcript_digest(const struct transcript *t, uint8_t *digest);

/* What the digest would be after a message in two parts, which is not added: a hello up to its
 * binders (4.3.11.2). Before the hash is chosen nothing may have been added. */
void transcript_digest_with(const struct transcript *t, const struct hash *hash, hf_bytes first,
    hf_bytes second, uint8_t *digest);

#endif
