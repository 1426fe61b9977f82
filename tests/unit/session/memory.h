/* An allocator for these tests: fails at will, counts what lives, and sees whether what is released
 * was wiped. */
#ifndef UNIT_SESSION_MEMORY_H
#define UNIT_SESSION_MEMORY_H

#include <pthread.h>

#include "../test.h"
#include "base/arena.h"

struct memory {
    size_t left;       /* allocations that still succeed */
    size_t live;
    bool unwiped;
};

static void *memory_allocate(void *user, size_t size)
{
    struct memory *memory = user;
    if (memory->left == 0) {
        return NULL;
    }
    memory->left--;
    memory->live++;
    return malloc(size);
}

static void memory_release(void *user, void *block, size_t size)
{
    struct memory *memory = user;
    const uint8_t *bytes = block;
    for (size_t i = 0; i < size; i++) {
        memory->unwiped |= bytes[i] != 0;
    }
    memory->live--;
    free(block);
}

static inline struct allocator memory_allocator(struct memory *memory)
{
    return (struct allocator){ memory_allocate, memory_release, memory };
}

#endif
