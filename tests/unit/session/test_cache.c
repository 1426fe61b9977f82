/* The cache of sessions by ID: see src/session/cache.h. */
#include "session/cache.h"

#include "memory.h"

static const uint64_t now = 1000000;

struct id {
    uint8_t bytes[32];
};

static struct id id_of(uint32_t n)
{
    struct id id = { { 0 } };
    for (size_t i = 0; i < 4; i++) {
        id.bytes[28 + i] = (uint8_t)(n >> 8 * i);
    }
    return id;
}

static bool put(hf_session_cache *cache, uint32_t n, uint64_t expires)
{
    struct id id = id_of(n);
    return session_cache_put(cache, bytes_of(id.bytes, 32), bytes_of(&n, sizeof n), now, expires);
}

static enum session_verdict get_at(hf_session_cache *cache, uint32_t n, uint64_t at)
{
    struct id id = id_of(n);
    uint8_t out[SESSION_SEALED_MAX];
    size_t length = 99;
    enum session_verdict verdict =
        session_cache_get(cache, bytes_of(id.bytes, 32), at, out, sizeof out, &length);
    if (verdict == SESSION_USABLE) {
        CHECK(length == sizeof n && memcmp(out, &n, sizeof n) == 0);
    } else {
        CHECK(length == 0);
    }
    return verdict;
}

static enum session_verdict get(hf_session_cache *cache, uint32_t n)
{
    return get_at(cache, n, now);
}

static void keeps_and_drops(void)
{
    hf_session_cache *cache = hf_session_cache_new(100);
    struct id id = id_of(1);
    CHECK(put(cache, 1, now + 10) && put(cache, 2, now + 10));
    CHECK(get(cache, 1) == SESSION_USABLE && get(cache, 1) == SESSION_USABLE);
    CHECK(get(cache, 3) == SESSION_NOT_CACHED);
    session_cache_drop(cache, bytes_of(id.bytes, 32));
    session_cache_drop(cache, bytes_of(id.bytes, 32));
    CHECK(get(cache, 1) == SESSION_NOT_CACHED && get(cache, 2) == SESSION_USABLE);
    hf_session_cache_free(cache);
    hf_session_cache_free(NULL);
}

/* IDs are compared with their lengths. */
static void whole_ids(void)
{
    static const uint8_t zeros[33];
    uint8_t out[8];
    size_t length;
    hf_session_cache *cache = hf_session_cache_new(100);
    for (size_t i = 1; i <= 32; i++) {
        uint8_t mark = (uint8_t)i;
        CHECK(session_cache_put(cache, bytes_of(zeros, i), bytes_of(&mark, 1), now, now + 1));
    }
    for (size_t i = 1; i <= 32; i++) {
        CHECK(session_cache_get(cache, bytes_of(zeros, i), now, out, 8, &length) == SESSION_USABLE);
        CHECK(length == 1 && out[0] == i);
    }
    CHECK(!session_cache_put(cache, bytes_of(zeros, 0), bytes_of(zeros, 1), now, now + 1));
    CHECK(!session_cache_put(cache, bytes_of(zeros, 33), bytes_of(zeros, 1), now, now + 1));
    CHECK(session_cache_get(cache, bytes_of(zeros, 0), now, out, 8, &length) == SESSION_NOT_CACHED);
    hf_session_cache_free(cache);
}

static void replaces(void)
{
    struct id id = id_of(7);
    uint8_t out[8];
    size_t length;
    hf_session_cache *cache = hf_session_cache_new(2);
    CHECK(session_cache_put(cache, bytes_of(id.bytes, 32), bytes_of("old", 3), now, now + 1));
    CHECK(put(cache, 8, now + 1));
    CHECK(session_cache_put(cache, bytes_of(id.bytes, 32), bytes_of("new!", 4), now, now + 1));
    CHECK(get(cache, 8) == SESSION_USABLE);
    CHECK(session_cache_get(cache, bytes_of(id.bytes, 32), now, out, 8, &length) ==
        SESSION_USABLE && length == 4 && memcmp(out, "new!", 4) == 0);
    CHECK(session_cache_get(cache, bytes_of(id.bytes, 32), now, out, 3, &length) ==
        SESSION_NOT_CACHED);
    /* It is the newest now. */
    CHECK(put(cache, 9, now + 1) && get(cache, 8) == SESSION_NOT_CACHED);
    CHECK(get(cache, 9) == SESSION_USABLE);
    hf_session_cache_free(cache);
    /* Nothing is left of the old one to come back. */
    cache = hf_session_cache_new(100);
    CHECK(put(cache, 7, now + 1) && put(cache, 7, now + 2));
    session_cache_drop(cache, bytes_of(id.bytes, 32));
    CHECK(get(cache, 7) == SESSION_NOT_CACHED);
    hf_session_cache_free(cache);
}

static void lifetimes_end(void)
{
    hf_session_cache *cache = hf_session_cache_new(100);
    CHECK(put(cache, 1, now + 10));
    CHECK(get_at(cache, 1, now + 9) == SESSION_USABLE);
    CHECK(get_at(cache, 1, now + 10) == SESSION_EXPIRED);
    CHECK(get_at(cache, 1, now + 9) == SESSION_NOT_CACHED); /* gone for good */
    hf_session_cache_free(cache);
}

/* Bounded: the oldest goes, whatever the order in which the slots are hit. */
static void is_bounded(void)
{
    struct memory memory = { .left = SIZE_MAX };
    const struct allocator allocator = memory_allocator(&memory);
    hf_session_cache *cache = session_cache_new(&allocator, 50);
    for (uint32_t n = 0; n < 500; n++) {
        CHECK(put(cache, n, now + 1000));
        CHECK(memory.live <= 51);
    }
    for (uint32_t n = 0; n < 500; n++) {
        CHECK(get(cache, n) == (n < 450 ? SESSION_NOT_CACHED : SESSION_USABLE));
    }
    /* What has ended gives way, and its memory, when others come. */
    CHECK(memory.live == 51);
    struct id id = id_of(1000);
    CHECK(session_cache_put(cache, bytes_of(id.bytes, 32), bytes_of("x", 1), now + 1000,
        now + 2000));
    CHECK(memory.live == 2);
    session_cache_retain(cache);
    hf_session_cache_free(cache);
    CHECK(memory.live == 2);
    hf_session_cache_free(cache);
    CHECK(memory.live == 0 && !memory.unwiped);
}

static void no_room_at_all(void)
{
    hf_session_cache *cache = hf_session_cache_new(0);
    CHECK(!put(cache, 1, now + 1) && get(cache, 1) == SESSION_NOT_CACHED);
    hf_session_cache_free(cache);
}

static void too_long(void)
{
    static uint8_t big[SESSION_SEALED_MAX + 1];
    static uint8_t out[SESSION_SEALED_MAX];
    struct id id = id_of(1);
    size_t length;
    hf_session_cache *cache = hf_session_cache_new(10);
    CHECK(!session_cache_put(cache, bytes_of(id.bytes, 32), bytes_of(big, sizeof big), now,
        now + 1));
    CHECK(session_cache_put(cache, bytes_of(id.bytes, 32), bytes_of(big, sizeof out), now,
        now + 1));
    CHECK(session_cache_get(cache, bytes_of(id.bytes, 32), now, out, sizeof out, &length) ==
        SESSION_USABLE && length == sizeof out);
    hf_session_cache_free(cache);
}

static void memory_fails(void)
{
    struct memory memory = { .left = 0 };
    const struct allocator allocator = memory_allocator(&memory);
    CHECK(session_cache_new(&allocator, 10) == NULL);
    memory.left = 2;
    hf_session_cache *cache = session_cache_new(&allocator, 10);
    CHECK(cache != NULL && put(cache, 1, now + 1) && !put(cache, 2, now + 1));
    CHECK(!put(cache, 1, now + 1) && get(cache, 1) == SESSION_USABLE); /* the old one stays */
    hf_session_cache_free(cache);
    CHECK(memory.live == 0 && !memory.unwiped);
}

static void *swing(void *user)
{
    hf_session_cache *cache = user;
    uintptr_t wrong = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t out[64];
        size_t length = 0;
        uint32_t n = i % 97;
        struct id id = id_of(n);
        hf_bytes name = bytes_of(id.bytes, 32);
        wrong += !session_cache_put(cache, name, name, now, now + 100);
        enum session_verdict verdict =
            session_cache_get(cache, name, now + i % 101, out, sizeof out, &length);
        /* Whole, or not there: another thread drops it too. */
        wrong += verdict == SESSION_USABLE && (length != 32 || memcmp(out, id.bytes, 32) != 0);
        if (i % 3 == 0) {
            session_cache_drop(cache, name);
        }
    }
    return (void *)wrong; /* NOLINT: a number for pthread_join */
}

static void threads_share_it(void)
{
    pthread_t threads[2];
    hf_session_cache *cache = hf_session_cache_new(64);
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_create(&threads[i], NULL, swing, cache) == 0);
    }
    for (size_t i = 0; i < 2; i++) {
        void *wrong = NULL;
        CHECK(pthread_join(threads[i], &wrong) == 0 && wrong == NULL);
    }
    hf_session_cache_free(cache);
}

TEST_MAIN(TEST(keeps_and_drops), TEST(whole_ids), TEST(replaces), TEST(lifetimes_end),
    TEST(is_bounded), TEST(no_room_at_all), TEST(too_long), TEST(memory_fails),
    TEST(threads_share_it))
