/* Allocation: see arena.h. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/ct.h"

static void *malloc_allocate(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void malloc_release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

const struct allocator allocator_malloc = { malloc_allocate, malloc_release, NULL };

void *allocate_zeroed(const struct allocator *allocator, size_t size)
{
    void *memory = allocator->allocate(allocator->user, size);
    if (memory != NULL) {
        memset(memory, 0, size);
    }
    return memory;
}

void release_wiped(const struct allocator *allocator, void *memory, size_t size)
{
    if (memory != NULL) {
        wipe(memory, size);
        allocator->release(allocator->user, memory, size);
    }
}

struct arena_block {
    struct arena_block *older;
    size_t size; /* of `room` */
    size_t used;
    _Alignas(max_align_t) uint8_t room[];
};

static bool add_block(struct arena *arena, size_t size)
{
    if (size > arena->limit || arena->taken > arena->limit - size) {
        return false;
    }
    struct arena_block *block =
        arena->allocator->allocate(arena->allocator->user, sizeof *block + size);
    if (block == NULL) {
        return false;
    }
    *block = (struct arena_block){ .older = arena->newest, .size = size, .used = 0 };
    arena->newest = block;
    arena->taken += size;
    return true;
}

bool arena_init(struct arena *arena, const struct allocator *allocator, size_t first, size_t limit)
{
    *arena = (struct arena){ allocator, NULL, limit, 0 };
    return add_block(arena, first);
}

void *arena_take(struct arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > arena->limit) {
        return NULL;
    }
    size = (size + align - 1) / align * align;
    struct arena_block *block = arena->newest;
    if (block == NULL || block->size - block->used < size) {
        if (!add_block(arena, size > 4096 ? size : 4096)) {
            return NULL;
        }
        block = arena->newest;
    }
    void *at = block->room + block->used;
    block->used += size;
    return at;
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->newest;
    while (block != NULL) {
        struct arena_block *older = block->older;
        release_wiped(arena->allocator, block, sizeof *block + block->size);
        block = older;
    }
    arena->newest = NULL;
    arena->taken = 0;
}
