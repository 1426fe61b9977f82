/* Allocators and arenas: see src/base/arena.h. */
#include "base/arena.h"

#include "../test.h"

/* Counts, checks that released memory was wiped and is of the size asked for, and fails when
 * `left` allocations have been made. */
struct counter {
    size_t left;
    size_t live;
    size_t calls;
    bool unwiped;
    bool wrong_size;
    struct {
        void *memory;
        size_t size;
    } known[64];
};

static void *counter_allocate(void *user, size_t size)
{
    struct counter *counter = user;
    if (counter->left == 0) {
        return NULL;
    }
    counter->left--;
    void *memory = malloc(size);
    for (size_t i = 0; memory != NULL && i < 64; i++) {
        if (counter->known[i].memory == NULL) {
            counter->known[i].memory = memory;
            counter->known[i].size = size;
            break;
        }
    }
    counter->live++;
    counter->calls++;
    return memory;
}

static void counter_release(void *user, void *memory, size_t size)
{
    struct counter *counter = user;
    bool found = false;
    for (size_t i = 0; i < 64; i++) {
        if (counter->known[i].memory == memory) {
            found = counter->known[i].size == size;
            counter->known[i].memory = NULL;
            break;
        }
    }
    counter->wrong_size = counter->wrong_size || !found;
    const uint8_t *bytes = memory;
    for (size_t i = 0; found && i < size; i++) {
        counter->unwiped = counter->unwiped || bytes[i] != 0;
    }
    counter->live--;
    free(memory);
}

static void takes_from_the_first_block(void)
{
    struct counter counter = { .left = 10 };
    const struct allocator allocator = { counter_allocate, counter_release, &counter };
    struct arena arena;
    CHECK(arena_init(&arena, &allocator, 256, 1024));
    uint8_t *a = arena_take(&arena, 1);
    uint8_t *b = arena_take(&arena, 100);
    CHECK(a != NULL && b != NULL && counter.calls == 1);
    if (a != NULL && b != NULL) {
        CHECK((uintptr_t)a % _Alignof(max_align_t) == 0);
        CHECK((uintptr_t)b % _Alignof(max_align_t) == 0);
        CHECK(b >= a + 1);
        *a = 1;
        memset(b, 0x55, 100);
        CHECK(*a == 1);
    }
    arena_release(&arena);
    CHECK(counter.live == 0 && !counter.unwiped && !counter.wrong_size);
    arena_release(&arena); /* twice is fine */
    CHECK(counter.live == 0);
}

static void chains_blocks_up_to_the_limit(void)
{
    struct counter counter = { .left = 10 };
    const struct allocator allocator = { counter_allocate, counter_release, &counter };
    struct arena arena;
    CHECK(arena_init(&arena, &allocator, 64, 20000));
    uint8_t *first = arena_take(&arena, 64);
    uint8_t *second = arena_take(&arena, 16); /* a block of 4096 */
    uint8_t *large = arena_take(&arena, 10000);
    CHECK(first != NULL && second != NULL && large != NULL && counter.calls == 3);
    if (first != NULL && second != NULL && large != NULL) {
        memset(first, 1, 64);
        memset(second, 2, 16);
        memset(large, 3, 10000);
        CHECK(first[63] == 1 && second[15] == 2);
    }
    CHECK(arena_take(&arena, 8000) == NULL); /* 64 + 4096 + 10000 + 8000 > 20000 */
    CHECK(arena_take(&arena, SIZE_MAX) == NULL);
    CHECK(arena_take(&arena, SIZE_MAX - 8) == NULL);
    arena_release(&arena);
    CHECK(counter.live == 0 && !counter.unwiped && !counter.wrong_size);
}

static void out_of_memory(void)
{
    struct counter counter = { .left = 0 };
    const struct allocator allocator = { counter_allocate, counter_release, &counter };
    struct arena arena;
    CHECK(!arena_init(&arena, &allocator, 64, 1024));
    arena_release(&arena);
    CHECK(allocate_zeroed(&allocator, 8) == NULL);
    counter.left = 1;
    CHECK(arena_init(&arena, &allocator, 64, 8192));
    CHECK(arena_take(&arena, 65) == NULL);
    CHECK(arena_take(&arena, 64) != NULL); /* the first block still serves */
    arena_release(&arena);
    CHECK(counter.live == 0);
}

static void over_the_limit_at_once(void)
{
    struct arena arena;
    CHECK(!arena_init(&arena, &allocator_malloc, 2048, 1024));
    arena_release(&arena);
}

static void a_released_arena_serves_again(void)
{
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 128, 8192));
    arena_release(&arena);
    CHECK(arena_take(&arena, 32) != NULL);
    arena_release(&arena);
}

static void zeroed_and_wiped(void)
{
    struct counter counter = { .left = 2 };
    const struct allocator allocator = { counter_allocate, counter_release, &counter };
    uint8_t *memory = allocate_zeroed(&allocator, 40);
    CHECK(memory != NULL);
    if (memory != NULL) {
        for (size_t i = 0; i < 40; i++) {
            CHECK(memory[i] == 0);
        }
        memset(memory, 0xaa, 40);
        release_wiped(&allocator, memory, 40);
    }
    release_wiped(&allocator, NULL, 40);
    CHECK(counter.live == 0 && !counter.unwiped && !counter.wrong_size);
}

TEST_MAIN(TEST(takes_from_the_first_block), TEST(chains_blocks_up_to_the_limit),
    TEST(out_of_memory), TEST(over_the_limit_at_once), TEST(a_released_arena_serves_again),
    TEST(zeroed_and_wiped))
