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

void transcript_choose(struct transcript *t, const struct hash *hash)
{
    if (t->hash == hash) {
        return;
    }
    assert(t->hash == NULL);
    t->hash = hash;
    hash->init(&t->state);
    if (t->waiting_length > 0) {
        hash->update(&t->state, t->waiting, t->waiting_length);
    }
    t->waiting = NULL;
    t->waiting_length = t->waiting_capacity = 0;
}

static bool wait(struct transcript *t, hf_bytes message)
{
    size_t length = t->waiting_length + message.length;
    if (length > t->waiting_capacity) {
        size_t doubled = t->waiting_capacity > 0 ? 2 * t->waiting_capacity : FIRST_CAPACITY;
        size_t capacity = length > doubled ? length : doubled;
        uint8_t *waiting = arena_take(t->arena, capacity);
        if (waiting == NULL) {
            return false;
        }
        if (t->waiting_length > 0) {
            memcpy(waiting, t->waiting, t->waiting_length);
        }
        t->waiting = waiting;
        t->waiting_capacity = capacity;
    }
    memcpy(t->waiting + t->waiting_length, message.data, message.length);
    t->waiting_length = length;
    return true;
}

bool transcript_add(struct transcript *t, hf_bytes message)
{
    if (message.length == 0) {
        return true;
    }
    if (t->hash == NULL) {
        return wait(t, message);
    }
    t->hash->update(&t->state, message.data, message.length);
    return true;
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
