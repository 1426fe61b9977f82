/* For the tests of src/wire: a body in hex goes through a parser as the body of a message (behind a
 * header of 4 bytes, so that offsets count as the machine's do) and must fail at an exact place, or
 * pass. The bytes stand at the end of their own allocation, where a sanitizer sees any read
 * beyond. */
#ifndef TESTS_WIRE_EXPECT_H
#define TESTS_WIRE_EXPECT_H

#include "test.h"

#include "base/error.h"
#include "base/reader.h"

enum { EXPECT_HEADER = 4, EXPECT_MAX = 70000 };

typedef bool expect_parse(hf_reader *body, struct hf_error *error);

__attribute__((unused)) static bool expect_run(const uint8_t *body, size_t length,
    expect_parse *parse, struct hf_error *error)
{
    uint8_t *message = calloc(1, EXPECT_HEADER + length);
    if (message == NULL) {
        abort();
    }
    if (length > 0) {
        memcpy(message + EXPECT_HEADER, body, length);
    }
    hf_reader r = reader_of(message, EXPECT_HEADER + length);
    r.at += EXPECT_HEADER;
    error_clear(error);
    bool passed = parse(&r, error);
    free(message);
    return passed;
}

__attribute__((unused)) static void expect_pass_(const char *file, int line, const uint8_t *body,
    size_t length, expect_parse *parse)
{
    struct hf_error error;
    if (!expect_run(body, length, parse, &error)) {
        test_failures++;
        (void)fprintf(stderr, "%s:%d: failed: %s at %zu: %s\n", file, line, error.field,
            error.offset, error.detail);
    }
}

__attribute__((unused)) static void expect_fail_(const char *file, int line, const uint8_t *body,
    size_t length, expect_parse *parse, const char *reason, const char *field, size_t offset)
{
    struct hf_error error;
    bool passed = expect_run(body, length, parse, &error);
    if (passed || strcmp(error.reason, reason) != 0 || strcmp(error.field, field) != 0
        || error.offset != offset || error.detail[0] == '\0') {
        test_failures++;
        (void)fprintf(stderr, "%s:%d: failed: got %s %s at %zu (%s), want %s %s at %zu\n", file,
            line, passed ? "a pass" : error.reason, error.field, error.offset, error.detail, reason,
            field, offset);
    }
}

__attribute__((unused)) static void expect_hex_(const char *file, int line, const char *hex,
    expect_parse *parse, const char *reason, const char *field, size_t offset)
{
    static uint8_t body[EXPECT_MAX];
    size_t length = from_hex(hex, body, sizeof body);
    if (reason == NULL) {
        expect_pass_(file, line, body, length, parse);
    } else {
        expect_fail_(file, line, body, length, parse, reason, field, offset);
    }
}

#define EXPECT_PASS(hex, parse) expect_hex_(__FILE__, __LINE__, hex, parse, NULL, NULL, 0)
#define EXPECT_FAIL(hex, parse, reason, field, offset) \
    expect_hex_(__FILE__, __LINE__, hex, parse, reason, field, offset)
#define EXPECT_FAIL_BYTES(body, length, parse, reason, field, offset) \
    expect_fail_(__FILE__, __LINE__, body, length, parse, reason, field, offset)
#define EXPECT_PASS_BYTES(body, length, parse) expect_pass_(__FILE__, __LINE__, body, length, parse)

/* Every proper prefix of a body must fail as decode_error at a byte within it (or at its end), save
 * those of the lengths given (0: none), which are whole by themselves. */
__attribute__((unused)) static void expect_prefixes_fail(const uint8_t *body, size_t length,
    expect_parse *parse, size_t whole)
{
    for (size_t n = 0; n < length; n++) {
        struct hf_error error;
        bool passed = expect_run(body, n, parse, &error);
        if (n == whole && whole > 0) {
            CHECK(passed);
            continue;
        }
        CHECK(!passed);
        CHECK_TEXT(error.reason, "decode_error");
        CHECK(error.field[0] != '\0');
        CHECK(error.offset >= EXPECT_HEADER && error.offset <= EXPECT_HEADER + n);
    }
}

#endif
