/* Names: comparing (RFC 5280, 7.1) and wording (RFC 4514; safe for a terminal). */
#include "test.h"
#include "x509/certificate.h"
#include "x509/name.h"

struct piece {
    hf_bytes type;
    uint8_t tag;
    const char *value;
    bool joins; /* the set of the one before */
};

/* A Name of attributes; `joins` puts one into the set before it. */
static hf_bytes build_name(uint8_t *buffer, size_t capacity, const struct piece *pieces,
    size_t count)
{
    hf_builder b = builder_of(buffer, capacity);
    size_t name = der_open(&b, DER_SEQUENCE);
    for (size_t i = 0; i < count;) {
        size_t set = der_open(&b, DER_SET);
        do {
            size_t pair = der_open(&b, DER_SEQUENCE);
            der_put(&b, DER_OID, pieces[i].type);
            der_put(&b, pieces[i].tag, bytes_of(pieces[i].value, strlen(pieces[i].value)));
            der_close(&b, pair);
            i++;
        } while (i < count && pieces[i].joins);
        der_close(&b, set);
    }
    der_close(&b, name);
    CHECK(!b.failed);
    return builder_bytes(&b);
}

#define CN OID("\x55\x04\x03")
#define O OID("\x55\x04\x0a")
#define C OID("\x55\x04\x06")

static bool same(const struct piece *a, size_t a_count, const struct piece *b, size_t b_count)
{
    uint8_t left[512];
    uint8_t right[512];
    hf_bytes x = build_name(left, sizeof left, a, a_count);
    hf_bytes y = build_name(right, sizeof right, b, b_count);
    bool equal = name_equal(x, y);
    CHECK(name_equal(y, x) == equal);
    CHECK(!equal || name_hash(x) == name_hash(y));
    return equal;
}

static void compares(void)
{
    const struct piece plain[] = { { C, 0x13, "DE", false }, { CN, 0x0c, "Some CA", false } };
    const struct piece folded[] = { { C, 0x0c, "de", false }, { CN, 0x13, "  SOME   ca ", false } };
    const struct piece other[] = { { C, 0x13, "DE", false }, { CN, 0x0c, "SomeCA", false } };
    const struct piece longer[] = { { C, 0x13, "DE", false }, { CN, 0x0c, "Some CA", false },
        { O, 0x0c, "x", false } };
    const struct piece joined[] = { { C, 0x13, "DE", false }, { CN, 0x0c, "Some CA", true } };
    const struct piece typed[] = { { C, 0x13, "DE", false }, { O, 0x0c, "Some CA", false } };
    const struct piece raw[] = { { C, 0x14, "DE", false }, { CN, 0x0c, "Some CA", false } };
    const struct piece raw_low[] = { { C, 0x14, "de", false }, { CN, 0x0c, "Some CA", false } };
    CHECK(same(plain, 2, plain, 2));
    CHECK(same(plain, 2, folded, 2));
    CHECK(!same(plain, 2, other, 2));
    CHECK(!same(plain, 2, longer, 3));
    CHECK(!same(plain, 2, plain, 1));
    CHECK(!same(plain, 2, joined, 2));
    CHECK(!same(plain, 2, typed, 2));
    CHECK(!same(plain, 2, raw, 2));
    CHECK(!same(raw, 2, raw_low, 2));
    CHECK(same(NULL, 0, NULL, 0));
    CHECK(!same(plain, 2, NULL, 0));
}

static void lies_within(void)
{
    const struct piece all[] = { { C, 0x13, "DE", false }, { O, 0x0c, "Org", false },
        { CN, 0x0c, "leaf", false } };
    const struct piece joined[] = { { C, 0x13, "DE", false }, { O, 0x0c, "Org", false },
        { CN, 0x0c, "leaf", true } };
    uint8_t a[256];
    uint8_t b[256];
    hf_bytes name = build_name(a, sizeof a, all, 3);
    for (size_t n = 0; n <= 3; n++) {
        CHECK(name_within(name, build_name(b, sizeof b, all, n)));
    }
    CHECK(!name_within(name, build_name(b, sizeof b, all + 1, 2)));
    name = build_name(a, sizeof a, joined, 3);
    CHECK(!name_within(name, build_name(b, sizeof b, all, 2))); /* half of a set */
    CHECK(name_within(name, build_name(b, sizeof b, joined, 3)));
}

static void words(void)
{
    const struct piece pieces[] = { { O, 0x0c, "A, B+C\\D", false }, { CN, 0x0c, "Zo\xc3\xab",
        true },
        { CN, 0x0c, "a\x1b[31m\xff\xe2\x80\xae", false }, { OID("\x2a\x03\x04"), 0x0c, "x",
            false } };
    uint8_t buffer[256];
    char text[200];
    char small[7];
    hf_bytes name = build_name(buffer, sizeof buffer, pieces, 4);
    name_text(name, text, sizeof text);
    CHECK_TEXT(text,
        "O=A\\, B\\+C\\\\D+CN=Zo\xc3\xab, CN=a\\x1b[31m\\xff\\xe2\\x80\\xae, 1.2.3.4=x");
    name_short(name, text, sizeof text);
    CHECK_TEXT(text, "a\\x1b[31m\\xff\\xe2\\x80\\xae");
    name_short(build_name(buffer, sizeof buffer, pieces, 1), text, sizeof text);
    CHECK_TEXT(text, "A\\, B\\+C\\\\D");
    name_short(build_name(buffer, sizeof buffer, pieces, 0), text, sizeof text);
    CHECK_TEXT(text, "(no name)");
    /* Never half a character. */
    name_text(build_name(buffer, sizeof buffer, pieces + 1, 1), small, sizeof small);
    CHECK_TEXT(small, "CN=Zo");
    name_text(bytes_of(NULL, 0), text, sizeof text);
    CHECK_TEXT(text, "");
}

static void other_strings(void)
{
    uint8_t buffer[64];
    char text[64];
    hf_builder b = builder_of(buffer, sizeof buffer);
    size_t name = der_open(&b, DER_SEQUENCE);
    size_t set = der_open(&b, DER_SET);
    size_t pair = der_open(&b, DER_SEQUENCE);
    der_put(&b, DER_OID, CN);
    der_put(&b, DER_BMP_STRING, OID("\x00" "A\x00\xe9\x20\xac\x00\x07"));
    der_close(&b, pair);
    der_close(&b, set);
    der_close(&b, name);
    name_text(builder_bytes(&b), text, sizeof text);
    CHECK_TEXT(text, "CN=A\xc3\xa9\xe2\x82\xac\\x07");
}

static void bad_utf8(void)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = { { "\xc0\x80", "\\xc0\\x80" }, { "\xe0\x80\x80", "\\xe0\\x80\\x80" },
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" }, { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
        { "\xc3", "\\xc3" }, { "\xc3\x28", "\\xc3(" }, { "\xf0\x9f\x98\x9c", "\xf0\x9f\x98\x9c" },
        { "\xc2\x85", "\\xc2\\x85" }, { "\x7f", "\\x7f" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64] = "";
        text_append_safe(text, sizeof text, bytes_of(rows[i].bytes, strlen(rows[i].bytes)));
        CHECK_TEXT(text, rows[i].text);
    }
}

static void addresses(void)
{
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = { { "c0000207", "192.0.2.7" }, { "00000000000000000000000000000000", "::" },
        { "00000000000000000000000000000001", "::1" },
        { "20010db8000000000000000000000000", "2001:db8::" },
        { "20010db8000000010000000000000001", "2001:db8:0:1::1" },
        { "20010db8000000000001000000000001", "2001:db8::1:0:0:1" },
        { "20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1" },
        { "01", "(1 bytes)" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t ip[16];
        char text[48];
        size_t length = from_hex(rows[i].hex, ip, sizeof ip);
        ip_text(bytes_of(ip, length), text);
        CHECK_TEXT(text, rows[i].text);
    }
}

static void malformed_names(void)
{
    static const char *const rows[] = { "3002 3100", "3004 3102 3000", "3003 020100",
        "3009 3107 3005 0603550403", "300d 310b 3009 0603550403 0c00 0500", "3002 31" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t buffer[64];
        hf_reader r = reader_of(buffer, from_hex(rows[i], buffer, sizeof buffer));
        hf_bytes name;
        CHECK(!name_read(&r, "subject", &name, NULL));
    }
}

TEST_MAIN(TEST(compares), TEST(lies_within), TEST(words), TEST(other_strings), TEST(bad_utf8),
    TEST(addresses), TEST(malformed_names))
