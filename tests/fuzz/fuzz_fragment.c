/* Messages out of records: the input is cut into records of any size, kept or not, with a limit;
 * what comes out is, message by message, what stands in the joined stream. Byte 0 seeds the cuts,
 * byte 1 the limit, the rest is the stream. */
#include "require.h"

#include "record/fragment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    hf_reader stream; /* what must come next */
    struct fragment f;
    struct hf_error error;
    size_t given;
    bool failed;
};

static size_t message_at(const hf_reader *r)
{
    hf_reader copy = *r;
    uint32_t length = 0;
    copy.at++;
    REQUIRE(read_u24(&copy, &length));
    return MESSAGE_HEADER + length;
}

/* Takes what there is and compares it with the stream. */
static void take(struct run *run)
{
    hf_bytes message;
    int more;
    while ((more = fragment_next(&run->f, &message, &run->error)) == 1) {
        hf_bytes expected;
        REQUIRE(message.length == message_at(&run->stream));
        REQUIRE(message.length <= run->f.limit);
        REQUIRE(read_bytes(&run->stream, message.length, &expected));
        REQUIRE(bytes_equal_public(message, expected));
        REQUIRE(reader_offset(&run->stream) <= run->given);
    }
    size_t left = run->given - reader_offset(&run->stream);
    if (more == 0) {
        REQUIRE(fragment_pending(&run->f) == (left > 0));
        REQUIRE(left < MESSAGE_HEADER || message_at(&run->stream) > left);
    } else {
        REQUIRE(strcmp(run->error.reason, "message_too_long") == 0);
        REQUIRE(left >= MESSAGE_HEADER && message_at(&run->stream) > run->f.limit);
        run->failed = true;
    }
}

static void give(struct run *run, const uint8_t *data, size_t size, unsigned choice)
{
    uint8_t *record = malloc(size + 1);
    REQUIRE(record != NULL);
    memcpy(record, data, size);
    run->given += size;
    fragment_feed(&run->f, bytes_of(record, size));
    if (choice % 3 == 0) { /* keep without having looked */
        REQUIRE(fragment_keep(&run->f, &run->error));
    } else {
        take(run);
    }
    free(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1 << 16) {
        return 0;
    }
    struct arena arena;
    REQUIRE(arena_init(&arena, &allocator_malloc, 64, 1 << 20));
    struct run run = { .stream = reader_of(data + 2, size - 2) };
    error_clear(&run.error);
    fragment_init(&run.f, &arena, MESSAGE_HEADER + (size_t)data[1] * 4);
    uint32_t chance = data[0];
    for (size_t at = 2; at < size && !run.failed;) {
        chance = chance * 1103515245 + 12345;
        size_t n = (chance >> 16) % (chance >> 30 == 0 ? 300 : 9);
        n = n < size - at ? n : size - at;
        give(&run, data + at, n, chance >> 20 & 0xff);
        at += n;
    }
    if (!run.failed) {
        take(&run);
    }
    arena_release(&arena);
    return 0;
}
