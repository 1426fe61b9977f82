/* The transcript hash: messages before and after the hash is chosen, digests on the way, the fold
 * of HelloRetryRequest, and memory that runs out at each allocation. */
#include "test.h"

#include "keys/transcript.h"

struct failing {
    unsigned calls;
    unsigned fails_at; /* 0: never */
};

static void *failing_allocate(void *user, size_t size)
{
    struct failing *f = user;
    f->calls++;
    return f->calls == f->fails_at ? NULL : malloc(size);
}

static void failing_release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

static uint8_t text[9000];

static void make_text(void)
{
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i * 13 + i / 256);
    }
}

static const struct hash *hash_at(size_t i)
{
    return provider_openssl.hash(i == 0 ? HASH_SHA256 : HASH_SHA384);
}

static void digest_of(const struct hash *hash, hf_bytes bytes, uint8_t *digest)
{
    struct hash_state state;
    hash->init(&state);
    hash->update(&state, bytes.data, bytes.length);
    hash->finish(&state, digest);
}

/* `length` bytes in messages of `step`, the hash chosen before byte `choose`. */
static void check_stream(const struct hash *hash, size_t length, size_t step, size_t choose)
{
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 64, 1 << 20));
    struct transcript t;
    transcript_init(&t, &arena);
    uint8_t got[HASH_SIZE_MAX];
    uint8_t want[HASH_SIZE_MAX];
    for (size_t at = 0; at < length; at += step) {
        if (at >= choose) {
            transcript_choose(&t, hash);
        }
        size_t n = length - at < step ? length - at : step;
        uint8_t *message = malloc(n); /* gone afterwards: it must have been copied or hashed */
        if (message == NULL) {
            abort();
        }
        memcpy(message, text + at, n);
        CHECK(transcript_add(&t, bytes_of(message, n)));
        free(message);
        if (t.hash != NULL) { /* the transcript goes on after a digest */
            transcript_digest(&t, got);
            digest_of(hash, bytes_of(text, at + n), want);
            CHECK_BYTES(got, want, hash->size);
        }
    }
    transcript_choose(&t, hash);
    transcript_choose(&t, hash);
    transcript_digest(&t, got);
    digest_of(hash, bytes_of(text, length), want);
    CHECK_BYTES(got, want, hash->size);
    arena_release(&arena);
}

static void streams(void)
{
    make_text();
    for (size_t h = 0; h < 2; h++) {
        check_stream(hash_at(h), 0, 1, 0);
        for (size_t step = 1; step <= sizeof text; step = step * 5 + 2) {
            size_t length = step < 20 ? 300 : sizeof text;
            check_stream(hash_at(h), length, step, 0);
            check_stream(hash_at(h), length, step, length / 2);
            check_stream(hash_at(h), length, step, length);
        }
    }
}

/* RFC 9846, 4.1. */
static void folds(void)
{
    make_text();
    for (size_t h = 0; h < 2; h++) {
        const struct hash *hash = hash_at(h);
        struct arena arena;
        CHECK(arena_init(&arena, &allocator_malloc, 64, 1 << 20));
        struct transcript t;
        transcript_init(&t, &arena);
        CHECK(transcript_add(&t, bytes_of(text, 500)));
        transcript_choose(&t, hash);
        transcript_fold(&t);
        CHECK(transcript_add(&t, bytes_of(text + 500, 100)));
        uint8_t whole[4 + HASH_SIZE_MAX + 100] = { 254, 0, 0, (uint8_t)hash->size };
        digest_of(hash, bytes_of(text, 500), whole + 4);
        memcpy(whole + 4 + hash->size, text + 500, 100);
        uint8_t got[HASH_SIZE_MAX];
        uint8_t want[HASH_SIZE_MAX];
        digest_of(hash, bytes_of(whole, 4 + hash->size + 100), want);
        transcript_digest(&t, got);
        CHECK_BYTES(got, want, hash->size);
        arena_release(&arena);
    }
}

static void empty_message(void)
{
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 64, 1 << 20));
    struct transcript t;
    transcript_init(&t, &arena);
    CHECK(transcript_add(&t, bytes_of(NULL, 0)));
    CHECK(t.kept == NULL);
    transcript_choose(&t, hash_at(0));
    CHECK(transcript_add(&t, bytes_of(NULL, 0)));
    uint8_t got[HASH_SIZE_MAX];
    transcript_digest(&t, got);
    CHECK_BYTES(got, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14", 8);
    arena_release(&arena);
}

/* Waiting messages grow the buffer twice: every allocation on the way fails once. */
static void allocation_fails(void)
{
    make_text();
    unsigned failures = 0;
    for (unsigned n = 2; n < 20; n++) {
        struct failing state = { 0, n };
        const struct allocator allocator = { failing_allocate, failing_release, &state };
        struct arena arena;
        CHECK(arena_init(&arena, &allocator, 64, 1 << 20));
        struct transcript t;
        transcript_init(&t, &arena);
        size_t at = 0;
        while (at < sizeof text && transcript_add(&t, bytes_of(text + at, 500))) {
            at += 500;
        }
        CHECK((at == sizeof text) == (state.calls < n));
        CHECK(t.kept_length == at);
        /* What was added before is still there. */
        uint8_t got[HASH_SIZE_MAX];
        uint8_t want[HASH_SIZE_MAX];
        transcript_choose(&t, hash_at(0));
        transcript_digest(&t, got);
        digest_of(hash_at(0), bytes_of(text, at), want);
        CHECK_BYTES(got, want, 32);
        failures += at < sizeof text;
        arena_release(&arena);
        if (at == sizeof text) {
            break;
        }
    }
    CHECK(failures >= 3);
}

static void arena_limit(void)
{
    make_text();
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 64, 4096));
    struct transcript t;
    transcript_init(&t, &arena);
    CHECK(!transcript_add(&t, bytes_of(text, 5000)));
    arena_release(&arena);
}

/* What a binder covers (RFC 9846, 4.3.11.2): a message that is not added, in two parts. */
static void digests_with_more(void)
{
    make_text();
    for (size_t i = 0; i < 2; i++) {
        struct arena arena;
        struct transcript t;
        uint8_t got[HASH_SIZE_MAX];
        uint8_t want[HASH_SIZE_MAX];
        const struct hash *hash = hash_at(i);
        CHECK(arena_init(&arena, &allocator_malloc, 64, 1 << 20));
        transcript_init(&t, &arena);
        transcript_digest_with(&t, hash, bytes_of(text, 4), bytes_of(text + 4, 300), got);
        digest_of(hash, bytes_of(text, 304), want);
        CHECK_BYTES(got, want, hash->size);
        CHECK(t.hash == NULL && transcript_add(&t, bytes_of(text, 100)));
        transcript_choose(&t, hash);
        transcript_digest_with(&t, hash, bytes_of(text + 100, 200), bytes_of(NULL, 0), got);
        digest_of(hash, bytes_of(text, 300), want);
        CHECK_BYTES(got, want, hash->size);
        transcript_digest(&t, got);
        digest_of(hash, bytes_of(text, 100), want);
        CHECK_BYTES(got, want, hash->size);
        arena_release(&arena);
    }
}

TEST_MAIN(TEST(streams), TEST(folds), TEST(digests_with_more), TEST(empty_message),
    TEST(allocation_fails), TEST(arena_limit))
