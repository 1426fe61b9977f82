/* DER: what is read and refused, what is written, and the calendar. X.690; RFC 5280, 4.1.2.5. */
#include "test.h"
#include "x509/certificate.h"
#include "x509/der.h"

static hf_reader bytes_from(const char *hex)
{
    static uint8_t buffer[256];
    return reader_of(buffer, from_hex(hex, buffer, sizeof buffer));
}

static void elements(void)
{
    static const struct {
        const char *hex;
        bool good;
        size_t offset; /* of the failure */
    } rows[] = {
        { "0400", true, 0 },
        { "0401aa", true, 0 },
        { "048180 00", false, 0 },          /* 128 bytes, 1 left */
        { "0480 0000", false, 2 },          /* indefinite */
        { "04 8101 aa", false, 3 },         /* not minimal */
        { "04 820001 aa", false, 4 },       /* not minimal, zero first */
        { "04 85 0000000001 aa", false, 2 },/* five bytes of length */
        { "04 84 ffffffff aa", false, 0 },
        { "1f 01 aa", false, 0 },           /* high tag number */
        { "00 00", false, 0 },
        { "04", false, 1 },
        { "0402aa", false, 0 },
        { "04 82", false, 2 },
        { "", false, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hf_error error;
        struct der_element e;
        hf_reader r = bytes_from(rows[i].hex);
        error_clear(&error);
        CHECK(der_any(&r, "field", &e, &error) == rows[i].good);
        CHECK(error_is_set(&error) != rows[i].good);
        if (!rows[i].good) {
            CHECK(error.code == HF_CODE_malformed_certificate);
            CHECK_TEXT(error.field, "field");
            if (error.offset != rows[i].offset) {
                (void)fprintf(stderr, "row %zu: offset %zu\n", i, error.offset);
            }
            CHECK(error.offset == rows[i].offset);
        }
    }
}

static void offsets_of_nested_readers(void)
{
    struct hf_error error;
    hf_reader r = bytes_from("30 05 30 03 02 01 ff");
    hf_reader outer;
    hf_reader inner;
    unsigned value;
    error_clear(&error);
    CHECK(der_enter(&r, DER_SEQUENCE, "a", &outer, &error));
    CHECK(der_enter(&outer, DER_SEQUENCE, "b", &inner, &error));
    CHECK(!der_small(&inner, "c", 10, &value, &error));
    CHECK(error.offset == 4);
    CHECK_TEXT(error.field, "c");
}

static bool reads_integer(const char *hex)
{
    hf_reader r = bytes_from(hex);
    hf_bytes b;
    return der_integer(&r, "n", &b, NULL) && reader_done(&r);
}

static void integers(void)
{
    hf_bytes b;
    unsigned value;
    CHECK(reads_integer("020100"));
    CHECK(reads_integer("02020080"));
    CHECK(reads_integer("0202ff7f"));
    CHECK(!reads_integer("0200"));
    CHECK(!reads_integer("02020001"));
    CHECK(!reads_integer("0202ff80"));
    CHECK(!reads_integer("040101"));
    hf_reader r = bytes_from("02020080");
    CHECK(der_positive(&r, "n", &b, NULL) && b.length == 1 && b.data[0] == 0x80);
    r = bytes_from("020180");
    CHECK(!der_positive(&r, "n", &b, NULL));
    r = bytes_from("020100");
    CHECK(!der_positive(&r, "n", &b, NULL));
    r = bytes_from("0202012c");
    CHECK(der_small(&r, "n", 300, &value, NULL) && value == 300);
    r = bytes_from("0202012d");
    CHECK(!der_small(&r, "n", 300, &value, NULL));
    r = bytes_from("0205010000012c");
    CHECK(!der_small(&r, "n", 300, &value, NULL));
}

static void booleans_and_nulls(void)
{
    bool value = false;
    hf_reader r = bytes_from("0101ff");
    CHECK(der_boolean(&r, "b", &value, NULL) && value);
    r = bytes_from("010100");
    CHECK(der_boolean(&r, "b", &value, NULL) && !value);
    r = bytes_from("010101");
    CHECK(!der_boolean(&r, "b", &value, NULL));
    r = bytes_from("0102ffff");
    CHECK(!der_boolean(&r, "b", &value, NULL));
    r = bytes_from("0500");
    CHECK(der_null(&r, "n", NULL));
    r = bytes_from("050100");
    CHECK(!der_null(&r, "n", NULL));
}

static void bit_strings(void)
{
    static const struct {
        const char *hex;
        bool good;
        unsigned unused;
    } rows[] = { { "0301 00", true, 0 }, { "0302 07 80", true, 7 }, { "0302 06 80", true, 6 },
        { "0302 07 40", false, 0 }, { "0302 08 00", false, 0 }, { "0301 01", false, 0 },
        { "0300", false, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hf_reader r = bytes_from(rows[i].hex);
        hf_bytes bits;
        unsigned unused = 99;
        CHECK(der_bits(&r, "bits", &bits, &unused, NULL) == rows[i].good);
        CHECK(!rows[i].good || unused == rows[i].unused);
        r = bytes_from(rows[i].hex);
        CHECK(der_bit_bytes(&r, "bits", &bits, NULL) == (rows[i].good && rows[i].unused == 0));
    }
}

static void object_identifiers(void)
{
    char text[64];
    hf_bytes oid;
    hf_reader r = bytes_from("06092a864886f70d01010b");
    CHECK(der_oid(&r, "oid", &oid, NULL));
    der_oid_text(oid, text, sizeof text);
    CHECK_TEXT(text, "1.2.840.113549.1.1.11");
    der_oid_text(OID("\x88\x37\x03"), text, sizeof text);
    CHECK_TEXT(text, "2.999.3");
    der_oid_text(OID("\x2b\x65\x70"), text, 4);
    CHECK_TEXT(text, "1.3");
    r = bytes_from("0600");
    CHECK(!der_oid(&r, "oid", &oid, NULL));
    r = bytes_from("06022a80"); /* cut in a number */
    CHECK(!der_oid(&r, "oid", &oid, NULL));
    r = bytes_from("06032a8001"); /* a number that begins with 80 */
    CHECK(!der_oid(&r, "oid", &oid, NULL));
}

static bool reads_time(uint8_t tag, const char *text, int64_t *seconds)
{
    uint8_t buffer[40];
    hf_builder b = builder_of(buffer, sizeof buffer);
    der_put(&b, tag, bytes_of(text, strlen(text)));
    hf_reader r = reader_of_bytes(builder_bytes(&b));
    return der_time(&r, "time", seconds, NULL);
}

static void times(void)
{
    static const struct {
        uint8_t tag;
        const char *text;
        int64_t seconds;
    } good[] = {
        { DER_UTC_TIME, "700101000000Z", 0 },
        { DER_UTC_TIME, "500101000000Z", -631152000 },
        { DER_UTC_TIME, "491231235959Z", 2524607999 },
        { DER_UTC_TIME, "240229120000Z", 1709208000 },
        { DER_GENERALIZED_TIME, "20500101000000Z", 2524608000 },
        { DER_GENERALIZED_TIME, "99991231235959Z", 253402300799 },
        { DER_GENERALIZED_TIME, "00000101000000Z", -62167219200 },
    };
    static const struct {
        uint8_t tag;
        const char *text;
    } broken[] = {
        { DER_UTC_TIME, "7001010000Z" }, { DER_UTC_TIME, "700101000000+0000" },
        { DER_UTC_TIME, "230229120000Z" }, { DER_UTC_TIME, "701301000000Z" },
        { DER_UTC_TIME, "700001000000Z" }, { DER_UTC_TIME, "700100000000Z" },
        { DER_UTC_TIME, "700132000000Z" }, { DER_UTC_TIME, "700101240000Z" },
        { DER_UTC_TIME, "700101006000Z" }, { DER_UTC_TIME, "700101000060Z" },
        { DER_UTC_TIME, "7001010000 0Z" }, { DER_UTC_TIME, "700101000000z" },
        { DER_GENERALIZED_TIME, "20500101000000.5Z" }, { DER_GENERALIZED_TIME, "20500101000000" },
        { DER_GENERALIZED_TIME, "21000229000000Z" }, { DER_OCTET_STRING, "700101000000Z" },
    };
    int64_t seconds;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(reads_time(good[i].tag, good[i].text, &seconds));
        CHECK(seconds == good[i].seconds);
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        if (reads_time(broken[i].tag, broken[i].text, &seconds)) {
            (void)fprintf(stderr, "accepted %s\n", broken[i].text);
            CHECK(false);
        }
    }
}

/* Every day of the calendar's range, there and back, and against a count of our own. */
static void calendar(void)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    struct civil c = { 0, 1, 1, 12, 34, 56 };
    int64_t day = -719528; /* 0000-01-01 */
    unsigned wrong = 0;
    while (c.year < 10000) {
        int64_t seconds = day * 86400 + 12 * 3600 + 34 * 60 + 56;
        struct civil back = civil_of(seconds);
        wrong += civil_seconds(&c) != seconds || back.year != c.year || back.month != c.month ||
            back.day != c.day || back.hour != 12 || back.minute != 34 || back.second != 56;
        bool leap = c.year % 4 == 0 && (c.year % 100 != 0 || c.year % 400 == 0);
        day++;
        if (++c.day > lengths[c.month - 1] + (c.month == 2 && leap)) {
            c.day = 1;
            if (++c.month > 12) {
                c.month = 1;
                c.year++;
            }
        }
    }
    CHECK(wrong == 0);
    CHECK(day == 2932897);
}

static void texts(void)
{
    char text[32];
    time_text(1795219200, text);
    CHECK_TEXT(text, "2026-11-21T00:00:00Z");
    time_text(-1, text);
    CHECK_TEXT(text, "1969-12-31T23:59:59Z");
    time_text(INT64_MAX, text);
    CHECK_TEXT(text, "9999-12-31T23:59:59Z");
    time_text(INT64_MIN, text);
    CHECK_TEXT(text, "0000-01-01T00:00:00Z");
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = { { 0, "0 seconds" }, { 1, "1 second" }, { 59, "59 seconds" }, { 60, "1 minute" },
        { 7199, "1 hour" }, { 86400, "1 day" }, { 400 * 86400, "400 days" },
        { (int64_t)800 * 86400, "2 years" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        duration_text(rows[i].seconds, text);
        CHECK_TEXT(text, rows[i].text);
    }
}

static void writes_lengths(void)
{
    static uint8_t buffer[70000];
    static uint8_t filler[66000];
    static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536 };
    static const size_t heads[] = { 2, 2, 2, 3, 3, 4, 4, 5 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        hf_builder b = builder_of(buffer, sizeof buffer);
        struct der_element e;
        filler[0] = (uint8_t)i;
        der_put(&b, DER_OCTET_STRING, bytes_of(filler, lengths[i]));
        CHECK(!b.failed && b.length == lengths[i] + heads[i]);
        hf_reader r = reader_of_bytes(builder_bytes(&b));
        CHECK(der_get(&r, DER_OCTET_STRING, "x", &e, NULL) && reader_done(&r));
        CHECK(bytes_equal_public(e.contents, bytes_of(filler, lengths[i])));
        /* One byte less does not hold it. */
        hf_builder small = builder_of(buffer, lengths[i] + heads[i] - 1);
        der_put(&small, DER_OCTET_STRING, bytes_of(filler, lengths[i]));
        CHECK(small.failed);
    }
}

static void writes_values(void)
{
    uint8_t buffer[64];
    uint8_t expected[64];
    hf_builder b = builder_of(buffer, sizeof buffer);
    der_put_positive(&b, OID("\x00\x00\x81"));
    der_put_positive(&b, OID("\x01"));
    der_put_bits(&b, OID("\xaa"));
    der_put_time(&b, 0);
    size_t length = from_hex("02020081 020101 030200aa 170d3730303130313030303030305a", expected,
        sizeof expected);
    CHECK(!b.failed && b.length == length);
    CHECK_BYTES(buffer, expected, length);
    b = builder_of(buffer, sizeof buffer);
    der_put_time(&b, 2524608000);
    CHECK(b.length == 17 && buffer[0] == DER_GENERALIZED_TIME);
}

TEST_MAIN(TEST(elements), TEST(offsets_of_nested_readers), TEST(integers), TEST(booleans_and_nulls),
    TEST(bit_strings), TEST(object_identifiers), TEST(times), TEST(calendar), TEST(texts),
    TEST(writes_lengths), TEST(writes_values))
