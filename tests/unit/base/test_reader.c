/* hf_reader: see src/base/reader.h. */
#include "base/reader.h"

#include "../test.h"

static void reads_integers(void)
{
    static const uint8_t data[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0xff, 0xfe, 0xfd, 0xfc };
    hf_reader r = reader_of(data, sizeof data);
    uint8_t a = 0;
    uint16_t b = 0;
    uint32_t c = 0;
    CHECK(read_u8(&r, &a) && a == 0x01);
    CHECK(read_u16(&r, &b) && b == 0x0203);
    CHECK(read_u24(&r, &c) && c == 0x040506);
    CHECK(reader_offset(&r) == 6 && reader_left(&r) == 4 && !reader_done(&r));
    CHECK(read_u32(&r, &c) && c == 0xfffefdfc);
    CHECK(reader_done(&r) && reader_left(&r) == 0 && reader_offset(&r) == 10);
}

static void too_short_leaves_the_cursor(void)
{
    static const uint8_t data[] = { 0x01, 0x02, 0x03 };
    hf_reader r = reader_of(data, sizeof data);
    uint32_t c = 77;
    hf_bytes bytes = bytes_of(NULL, 0);
    CHECK(!read_u32(&r, &c) && c == 77 && reader_offset(&r) == 0);
    CHECK(!read_bytes(&r, 4, &bytes) && reader_offset(&r) == 0);
    CHECK(!read_bytes(&r, SIZE_MAX, &bytes) && reader_offset(&r) == 0);
    CHECK(read_u24(&r, &c) && c == 0x010203);
    uint8_t a = 77;
    uint16_t b = 77;
    CHECK(!read_u8(&r, &a) && !read_u16(&r, &b) && !read_u24(&r, &c));
    CHECK(a == 77 && b == 77 && reader_offset(&r) == 3);
    CHECK(read_bytes(&r, 0, &bytes) && bytes.length == 0);
}

static void reads_vectors(void)
{
    static const uint8_t data[] = { 1, 'a', 0, 2, 'b', 'c', 0, 0, 3, 'd', 'e', 'f', 0 };
    hf_reader r = reader_of(data, sizeof data);
    hf_bytes v = bytes_of(NULL, 0);
    CHECK(read_vector8(&r, &v) && bytes_equal_public(v, bytes_of("a", 1)));
    CHECK(read_vector16(&r, &v) && bytes_equal_public(v, bytes_of("bc", 2)));
    CHECK(read_vector24(&r, &v) && bytes_equal_public(v, bytes_of("def", 3)));
    CHECK(v.data == data + 9);
    CHECK(read_vector8(&r, &v) && v.length == 0);
    CHECK(reader_done(&r));
}

static void cut_vectors_are_refused_in_place(void)
{
    static const uint8_t data[] = { 0, 0, 3, 'd', 'e', 'f' };
    for (size_t length = 0; length < sizeof data; length++) {
        hf_reader r = reader_of(data, length);
        hf_bytes v = bytes_of(NULL, 0);
        CHECK(!read_vector24(&r, &v));
        CHECK(reader_offset(&r) == 0 && reader_left(&r) == length);
    }
    hf_reader r = reader_of(data + 2, 3);
    hf_bytes v;
    CHECK(!read_vector8(&r, &v) && reader_offset(&r) == 0);
    static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff };
    r = reader_of(huge, sizeof huge);
    CHECK(!read_vector16(&r, &v) && !read_vector24(&r, &v) && reader_offset(&r) == 0);
}

static void nested_readers_count_from_the_message(void)
{
    static const uint8_t data[] = { 9, 9, 3, 'x', 'y', 'z', 8 };
    hf_reader r = reader_of(data, sizeof data);
    uint16_t skipped;
    hf_bytes v = bytes_of(NULL, 0);
    CHECK(read_u16(&r, &skipped) && read_vector8(&r, &v));
    hf_reader inner = reader_within(&r, v);
    CHECK(reader_offset(&inner) == 3 && reader_left(&inner) == 3);
    hf_reader innermost = reader_within(&inner, bytes_of(v.data + 2, 1));
    CHECK(reader_offset(&innermost) == 5 && reader_left(&innermost) == 1);
}

static void empty_is_done(void)
{
    hf_reader r = reader_of(NULL, 0);
    uint8_t a;
    CHECK(reader_done(&r) && reader_left(&r) == 0 && !read_u8(&r, &a));
}

static void equality(void)
{
    CHECK(bytes_equal_public(bytes_of("abc", 3), bytes_of("abc", 3)));
    CHECK(!bytes_equal_public(bytes_of("abc", 3), bytes_of("abd", 3)));
    CHECK(!bytes_equal_public(bytes_of("abc", 3), bytes_of("abc", 2)));
    CHECK(bytes_equal_public(bytes_of(NULL, 0), bytes_of("abc", 0)));
}

TEST_MAIN(TEST(reads_integers), TEST(too_short_leaves_the_cursor), TEST(reads_vectors),
    TEST(cut_vectors_are_refused_in_place), TEST(nested_readers_count_from_the_message),
    TEST(empty_is_done), TEST(equality))
