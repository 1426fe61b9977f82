/* The transcript hash: see transcript.h. RFC 9846, 4.1. */
#include "keys/transcript.h"

#include <assert.h>
#include <string.h>

#include "wire/codepoints.h"

enum { FIRST_CAPACITY = 2048 };

void transcript_init(struct transcript *t, struct arena *arena)
{
    *t = (struct transcript){ .arena = arena };
}

void transcript_keep(struct transcript *t)
{
    assert(t->hash == NULL);
    t->keeps = true;
}

void transcript_forget(struct transcript *t)
{
    t->keeps = false;
    t->kept = NULL;
    t->kept_length = t->kept_capacity = 0;
}

void transcript_choose(struct transcript *t, const struct hash *hash)
{
    if (t->hash == hash) {
        return;
    }
    assert(t->hash == NULL);
    t->hash = hash;
    hash->init(&t->state);
    if (t->kept_length > 0) {
        hash->update(&t->state, t->kept, t->kept_length);
    }
    if (!t->keeps) {
        transcript_forget(t);
    }
}

static bool keep(struct transcript *t, hf_bytes message)
{
    size_t length = t->kept_length + message.length;
    if (length > t->kept_capacity) {
        size_t doubled = t->kept_capacity > 0 ? 2 * t->kept_capacity : FIRST_CAPACITY;
        size_t capacity = length > doubled ? length : doubled;
        uint8_t *kept = arena_take(t->arena, capacity);
        if (kept == NULL) {
            return false;
        }
        if (t->kept_length > 0) {
            memcpy(kept, t->kept, t->kept_length);
        }
        t->kept = kept;
        t->kept_capacity = capacity;
    }
    memcpy(t->kept + t->kept_length, message.data, message.length);
    t->kept_length = length;
    return true;
}

bool transcript_add(struct transcript *t, hf_bytes message)
{
    if (message.length == 0) {
        return true;
    }
    if (t->hash != NULL) {
        t->hash->update(&t->state, message.data, message.length);
    }
    return (t->hash != NULL && !t->keeps) || keep(t, message);
}

void transcript_fold(struct transcript *t)
{
    uint8_t message[4 + HASH_SIZE_MAX];
    transcript_digest(t, message + 4);
    message[0] = TYPE_MESSAGE_HASH;
    message[1] = 0;
    message[2] = 0;
    message[3] = (uint8_t)t->hash->size;
    t->hash->init(&t->state);
    t->hash->update(&t->state, message, 4 + t->hash->size);
}

void transcript_digest(const struct transcript *t, uint8_t *digest)
{
    assert(t->hash != NULL);
    struct hash_state copy = t->state;
    t->hash->finish(&copy, digest);
}

void transcript_digest_with(const struct transcript *t, const struct hash *hash, hf_bytes first,
    hf_bytes second, uint8_t *digest)
{
    struct hash_state state = t->state;
    assert(hash != NULL && (t->hash == hash || (t->hash == NULL && t->kept_length == 0)));
    if (t->hash == NULL) {
        hash->init(&state);
    }
    hash->update(&state, first.data, first.length);
    if (second.length > 0) {
        hash->update(&state, second.data, second.length);
    }
    hash->finish(&state, digest);
}
