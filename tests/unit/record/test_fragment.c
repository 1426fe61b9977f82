/* Messages out of records: every way to cut a sequence of messages into records, with and without
 * keeping between calls, the limit, and memory that runs out at each allocation. */
#include "test.h"

#include "record/fragment.h"
#include "wire/codepoints.h"

static struct hf_error error;

/* An allocator whose n-th call fails. */
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

enum { STREAM = 36, MESSAGES = 5 };
static const size_t bodies[MESSAGES] = { 0, 7, 1, 0, 8 };
static uint8_t stream[STREAM];

static void make_stream(void)
{
    size_t at = 0;
    for (size_t i = 0; i < MESSAGES; i++) {
        stream[at++] = (uint8_t)(i + 1);
        stream[at++] = 0;
        stream[at++] = 0;
        stream[at++] = (uint8_t)bodies[i];
        for (size_t j = 0; j < bodies[i]; j++) {
            stream[at++] = (uint8_t)(0x40 + i);
        }
    }
    CHECK(at == STREAM);
}

/* Takes what messages there are and compares them with the stream. False: fragment_next failed. */
static bool take(struct fragment *f, size_t *at, size_t *count)
{
    hf_bytes message;
    int more;
    while ((more = fragment_next(f, &message, &error)) == 1) {
        CHECK(*count < MESSAGES && message.length == MESSAGE_HEADER + bodies[*count]);
        CHECK(*at + message.length <= STREAM);
        CHECK_BYTES(message.data, stream + *at, message.length);
        *at += message.length;
        (*count)++;
    }
    return more == 0;
}

/* Feeds [from, to) as one record that goes away afterwards. */
static bool give(struct fragment *f, size_t from, size_t to, bool keep_first, size_t *at,
    size_t *count)
{
    uint8_t *content = malloc(to > from ? to - from : 1);
    if (content == NULL) {
        abort();
    }
    memcpy(content, stream + from, to - from);
    fragment_feed(f, bytes_of(content, to - from));
    bool done = !keep_first || fragment_keep(f, &error);
    if (done && !keep_first) {
        done = take(f, at, count);
    }
    free(content);
    if (done && keep_first) {
        done = take(f, at, count);
    }
    return done;
}

/* Three records cut at `a` and `b`. */
static bool run_cut(size_t a, size_t b, unsigned keeps, const struct allocator *allocator)
{
    struct arena arena;
    if (!arena_init(&arena, allocator, 16, 1 << 20)) {
        return false;
    }
    struct fragment f;
    fragment_init(&f, &arena, 1000);
    size_t at = 0;
    size_t count = 0;
    error_clear(&error);
    bool done = give(&f, 0, a, keeps & 1, &at, &count)
        && give(&f, a, b, keeps & 2, &at, &count) && give(&f, b, STREAM, keeps & 4, &at, &count);
    if (done) {
        CHECK(at == STREAM && count == MESSAGES && !fragment_pending(&f));
    }
    arena_release(&arena);
    return done;
}

static void every_cut_in_three(void)
{
    make_stream();
    unsigned cuts = 0;
    for (unsigned keeps = 0; keeps < 8; keeps++) {
        for (size_t a = 0; a <= STREAM; a++) {
            for (size_t b = a; b <= STREAM; b++) {
                CHECK(run_cut(a, b, keeps, &allocator_malloc));
                cuts++;
            }
        }
    }
    CHECK(cuts == 8 * (STREAM + 1) * (STREAM + 2) / 2);
}

static void byte_by_byte(void)
{
    make_stream();
    for (size_t step = 1; step <= STREAM; step++) {
        struct arena arena;
        CHECK(arena_init(&arena, &allocator_malloc, 16, 1 << 20));
        struct fragment f;
        fragment_init(&f, &arena, 1000);
        size_t at = 0;
        size_t count = 0;
        for (size_t from = 0; from < STREAM; from += step) {
            size_t to = from + step < STREAM ? from + step : STREAM;
            CHECK(give(&f, from, to, from % 3 == 1, &at, &count));
            CHECK(fragment_pending(&f) == (at < to));
        }
        CHECK(at == STREAM && count == MESSAGES);
        arena_release(&arena);
    }
}

/* One message at a time, keeping after each: what follows in the buffer stays in order. */
static void keeps_between_messages(void)
{
    make_stream();
    for (size_t cut = 0; cut <= STREAM; cut++) {
        struct arena arena;
        CHECK(arena_init(&arena, &allocator_malloc, 16, 1 << 20));
        struct fragment f;
        fragment_init(&f, &arena, 1000);
        size_t at = 0;
        hf_bytes message;
        error_clear(&error);
        for (unsigned part = 0; part < 2; part++) {
            size_t from = part == 0 ? 0 : cut;
            fragment_feed(&f, bytes_of(stream + from, (part == 0 ? cut : STREAM) - from));
            while (fragment_next(&f, &message, &error) == 1) {
                CHECK_BYTES(message.data, stream + at, message.length);
                at += message.length;
                CHECK(fragment_keep(&f, &error));
            }
            CHECK(fragment_keep(&f, &error));
            CHECK(fragment_pending(&f) == (at < (part == 0 ? cut : STREAM)));
        }
        CHECK(at == STREAM);
        arena_release(&arena);
    }
}

static void borrows_whole_messages(void)
{
    make_stream();
    struct failing state = { 0, 2 }; /* the arena's first block, and no more */
    const struct allocator allocator = { failing_allocate, failing_release, &state };
    struct arena arena;
    CHECK(arena_init(&arena, &allocator, 16, 1 << 20));
    struct fragment f;
    fragment_init(&f, &arena, 1000);
    fragment_feed(&f, bytes_of(stream, STREAM));
    hf_bytes message;
    size_t at = 0;
    while (fragment_next(&f, &message, &error) == 1) {
        CHECK(message.data == stream + at);
        at += message.length;
    }
    CHECK(at == STREAM && state.calls == 1);
    arena_release(&arena);
}

static void allocation_fails(void)
{
    make_stream();
    unsigned failures = 0;
    for (unsigned n = 1; n < 10; n++) {
        struct failing state = { 0, n };
        const struct allocator allocator = { failing_allocate, failing_release, &state };
        bool done = run_cut(3, 9, 0, &allocator);
        CHECK(done == (state.calls < n));
        if (!done && n > 1) {
            CHECK_TEXT(error.reason, "out_of_memory");
            failures++;
        }
        if (done) {
            break;
        }
    }
    CHECK(failures >= 1);
    /* The same when keeping. */
    struct failing state = { 0, 2 };
    const struct allocator allocator = { failing_allocate, failing_release, &state };
    CHECK(!run_cut(3, 9, 1, &allocator));
    CHECK_TEXT(error.reason, "out_of_memory");
}

static void long_messages_grow(void)
{
    enum { LONG = 20000 };
    static uint8_t message[4 + LONG] = { TYPE_CERTIFICATE, 0, LONG >> 8, LONG & 0xff };
    for (size_t i = 0; i < LONG; i++) {
        message[4 + i] = (uint8_t)(i * 31);
    }
    for (size_t step = 1; step < sizeof message; step = step * 3 + 1) {
        struct arena arena;
        CHECK(arena_init(&arena, &allocator_malloc, 16, 1 << 18));
        struct fragment f;
        fragment_init(&f, &arena, sizeof message);
        hf_bytes got = { NULL, 0 };
        int result = 0;
        for (size_t from = 0; from < sizeof message; from += step) {
            CHECK(result == 0);
            size_t left = sizeof message - from;
            fragment_feed(&f, bytes_of(message + from, left < step ? left : step));
            result = fragment_next(&f, &got, &error);
        }
        CHECK(result == 1 && got.length == sizeof message);
        if (got.length == sizeof message) {
            CHECK_BYTES(got.data, message, sizeof message);
        }
        CHECK(fragment_next(&f, &got, &error) == 0 && !fragment_pending(&f));
        /* What is taken follows what came. */
        CHECK(arena.taken < 4 * sizeof message);
        arena_release(&arena);
    }
}

/* Message after message in two parts each: the buffer is used again. */
static void buffer_is_reused(void)
{
    static const uint8_t message[100] = { TYPE_NEW_SESSION_TICKET, 0, 0, 96, 1 };
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 1024, 1024));
    struct fragment f;
    fragment_init(&f, &arena, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        size_t cut = 1 + i % 99;
        hf_bytes got = { NULL, 0 };
        error_clear(&error);
        fragment_feed(&f, bytes_of(message, cut));
        CHECK(fragment_next(&f, &got, &error) == 0 && fragment_pending(&f));
        fragment_feed(&f, bytes_of(message + cut, sizeof message - cut));
        CHECK(fragment_pending(&f));
        CHECK(fragment_next(&f, &got, &error) == 1 && got.length == sizeof message);
        CHECK(!fragment_pending(&f));
        fragment_feed(&f, bytes_of(message, 1));
        CHECK(fragment_pending(&f));
        CHECK(fragment_next(&f, &got, &error) == 0);
        fragment_feed(&f, bytes_of(message + 1, sizeof message - 1));
        CHECK(fragment_next(&f, &got, &error) == 1);
    }
    CHECK(arena.taken == 1024);
    arena_release(&arena);
}

/* A header's claim alone takes no memory. */
static void claims_cost_nothing(void)
{
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 16, 1 << 20));
    struct fragment f;
    fragment_init(&f, &arena, 1 << 17);
    static const uint8_t claim[] = { TYPE_CERTIFICATE, 1, 0, 0, 0x00 };
    hf_bytes message;
    fragment_feed(&f, bytes_of(claim, sizeof claim));
    CHECK(fragment_next(&f, &message, &error) == 0);
    CHECK(fragment_pending(&f));
    CHECK(arena.taken < 8192);
    arena_release(&arena);
}

static void check_limit(size_t limit, size_t length, size_t fed, bool in_parts)
{
    uint8_t message[64] = { TYPE_CLIENT_HELLO, 0, 0, (uint8_t)(length - MESSAGE_HEADER) };
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 16, 1 << 20));
    struct fragment f;
    fragment_init(&f, &arena, limit);
    hf_bytes got;
    error_clear(&error);
    if (in_parts) {
        fragment_feed(&f, bytes_of(message, 2));
        CHECK(fragment_next(&f, &got, &error) == 0);
        fragment_feed(&f, bytes_of(message + 2, fed - 2));
    } else {
        fragment_feed(&f, bytes_of(message, fed));
    }
    int result = fragment_next(&f, &got, &error);
    if (length > limit) {
        CHECK(result == -1);
        CHECK_TEXT(error.reason, "message_too_long");
        CHECK_TEXT(error.field, "length");
        CHECK(error.offset == 1);
        CHECK_TEXT(error.detail, "ClientHello (type 1) of 21 bytes; the limit is 20");
        CHECK(fragment_next(&f, &got, &error) == -1);
    } else {
        CHECK(result == (fed >= length));
    }
    arena_release(&arena);
}

static void limits(void)
{
    for (unsigned parts = 0; parts < 2; parts++) {
        check_limit(20, 20, 20, parts == 1);
        check_limit(20, 20, 19, parts == 1);
        check_limit(20, 21, 21, parts == 1);
        check_limit(20, 21, 4, parts == 1); /* as soon as the header is there */
    }
}

static void arena_limit(void)
{
    struct arena arena;
    CHECK(arena_init(&arena, &allocator_malloc, 16, 16));
    struct fragment f;
    fragment_init(&f, &arena, 1000);
    hf_bytes got;
    error_clear(&error);
    fragment_feed(&f, bytes_of("\x01\0", 2));
    CHECK(fragment_next(&f, &got, &error) == -1);
    CHECK_TEXT(error.reason, "out_of_memory");
    arena_release(&arena);
}

TEST_MAIN(TEST(every_cut_in_three), TEST(byte_by_byte), TEST(keeps_between_messages),
    TEST(borrows_whole_messages), TEST(allocation_fails), TEST(long_messages_grow),
    TEST(buffer_is_reused), TEST(claims_cost_nothing), TEST(limits), TEST(arena_limit))
