/* The allocator that a config brings, and the arena of one handshake: a block that is wiped and
 * released by one call. A handshake that needs more than its first block (a long certificate chain,
 * a message in many records) chains another. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* malloc-shaped. `release` gets the size that was asked for; NULL is never passed. */
struct allocator {
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory, size_t size);
    void *user;
};

extern const struct allocator allocator_malloc;

/* Zeroed memory, or NULL. */
void *allocate_zeroed(const struct allocator *allocator, size_t size);

/* Wipes and releases; `memory` may be NULL. */
void release_wiped(const struct allocator *allocator, void *memory, size_t size);

struct arena_block;
struct arena {
    const struct allocator *allocator;
    struct arena_block *newest;
    size_t limit; /* of all blocks together, in bytes */
    size_t taken;
};

/* The arena's first block holds `first` bytes for the caller. False: out of memory. */
bool arena_init(struct arena *arena, const struct allocator *allocator, size_t first, size_t limit);

/* `size` bytes, aligned for any type, not zeroed; NULL when out of memory or over the limit. They
 * live until arena_release. */
void *arena_take(struct arena *arena, size_t size);

/* Wipes and releases every block. May be called twice. */
void arena_release(struct arena *arena);

#endif
