/* hf_builder: see src/base/builder.h. */
#include "base/builder.h"

#include "../test.h"

static void writes_integers(void)
{
    uint8_t room[10];
    hf_builder b = builder_of(room, sizeof room);
    build_u8(&b, 0x01);
    build_u16(&b, 0x0203);
    build_u24(&b, 0x040506);
    build_u32(&b, 0x0708090a);
    static const uint8_t expected[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    CHECK(!b.failed && b.length == sizeof room);
    CHECK_BYTES(room, expected, sizeof expected);
    CHECK(builder_bytes(&b).data == room && builder_bytes(&b).length == sizeof room);
}

static void failure_is_sticky_and_writes_nothing(void)
{
    uint8_t room[4] = { 0xee, 0xee, 0xee, 0xee };
    hf_builder b = builder_of(room, 3);
    build_u16(&b, 0x0102);
    build_u16(&b, 0x0304);
    CHECK(b.failed && b.length == 2);
    build_u8(&b, 5); /* would fit */
    CHECK(b.failed && b.length == 2);
    CHECK(build_space(&b, 0) == NULL);
    static const uint8_t expected[] = { 1, 2, 0xee, 0xee };
    CHECK_BYTES(room, expected, sizeof expected);
}

static void nested_vectors(void)
{
    uint8_t room[32];
    hf_builder b = builder_of(room, sizeof room);
    size_t outer = build_open(&b, 3);
    size_t inner = build_open(&b, 2);
    build_vector8(&b, bytes_of("abc", 3));
    build_close(&b, 2, inner);
    build_vector16(&b, bytes_of("d", 1));
    build_vector24(&b, bytes_of(NULL, 0));
    build_close(&b, 3, outer);
    static const uint8_t expected[] = { 0, 0, 12, 0, 4, 3, 'a', 'b', 'c', 0, 1, 'd', 0, 0, 0 };
    CHECK(!b.failed && b.length == sizeof expected);
    CHECK_BYTES(room, expected, sizeof expected);
}

static void too_long_for_its_length_field(void)
{
    static uint8_t room[70000];
    static const uint8_t zeros[65536];
    hf_builder b = builder_of(room, sizeof room);
    build_vector8(&b, bytes_of(zeros, 255));
    build_vector16(&b, bytes_of(zeros, 65535));
    CHECK(!b.failed);
    b = builder_of(room, sizeof room);
    build_vector8(&b, bytes_of(zeros, 256));
    CHECK(b.failed);
    b = builder_of(room, sizeof room);
    build_vector16(&b, bytes_of(zeros, 65536));
    CHECK(b.failed);
    b = builder_of(room, sizeof room);
    build_vector24(&b, bytes_of(zeros, 65536));
    CHECK(!b.failed && b.length == 65539);
}

static void closing_after_a_failure_is_harmless(void)
{
    uint8_t room[2] = { 7, 7 };
    hf_builder b = builder_of(room, sizeof room);
    size_t mark = build_open(&b, 3);
    build_u8(&b, 1);
    build_close(&b, 3, mark);
    CHECK(b.failed && b.length == 0 && room[0] == 7 && room[1] == 7);
}

static void exact_fit(void)
{
    uint8_t room[3];
    hf_builder b = builder_of(room, sizeof room);
    build_bytes(&b, bytes_of("xyz", 3));
    CHECK(!b.failed && b.length == 3);
    build_bytes(&b, bytes_of(NULL, 0));
    CHECK(!b.failed);
    build_u8(&b, 0);
    CHECK(b.failed);
}

TEST_MAIN(TEST(writes_integers), TEST(failure_is_sticky_and_writes_nothing), TEST(nested_vectors),
    TEST(too_long_for_its_length_field), TEST(closing_after_a_failure_is_harmless),
    TEST(exact_fit))
