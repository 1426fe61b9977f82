/* The unit tests' harness: a list of functions, a line for each failure, and a closing line
 * "N passed, N failed, N skipped" that the runner adds up. Exit status 1 when any failed.
 *
 *     static void adds_up(void) { CHECK(1 + 1 == 2); }
 *     TEST_MAIN(TEST(adds_up))
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
};

static int test_failures;       /* of the test that runs */
static const char *test_skipped; /* why it was skipped, or NULL */

#define TEST(function) { #function, function }

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            test_failures++; \
            (void)fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
        } \
    } while (0)

#define CHECK_TEXT(actual, expected) \
    do { \
        const char *actual_ = (actual); \
        const char *expected_ = (expected); \
        if (strcmp(actual_, expected_) != 0) { \
            test_failures++; \
            (void)fprintf(stderr, "%s:%d: failed: \"%s\" is not \"%s\"\n", __FILE__, __LINE__, \
                actual_, expected_); \
        } \
    } while (0)

#define CHECK_BYTES(actual, expected, length) \
    do { \
        if (memcmp((actual), (expected), (length)) != 0) { \
            test_failures++; \
            (void)fprintf(stderr, "%s:%d: failed: %s differs from %s\n", __FILE__, __LINE__, \
                #actual, #expected); \
        } \
    } while (0)

/* Ends the test as skipped. */
#define SKIP(why) \
    do { \
        test_skipped = (why); \
        return; \
    } while (0)

/* Hex digits (spaces ignored) to bytes; the number of bytes. */
__attribute__((unused)) static size_t from_hex(const char *hex, uint8_t *out, size_t capacity)
{
    size_t length = 0;
    int high = -1;
    for (; *hex != '\0'; hex++) {
        const char *digits = "0123456789abcdef";
        const char *at = strchr(digits, *hex >= 'A' && *hex <= 'F' ? *hex + 32 : *hex);
        if (at == NULL) {
            continue;
        }
        int value = (int)(at - digits);
        if (high < 0) {
            high = value;
        } else if (length < capacity) {
            out[length++] = (uint8_t)(high << 4 | value);
            high = -1;
        }
    }
    return length;
}

__attribute__((unused)) static int test_run_all(const struct test *tests, size_t count)
{
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;
    for (size_t i = 0; i < count; i++) {
        test_failures = 0;
        test_skipped = NULL;
        tests[i].run();
        if (test_failures > 0) {
            failed++;
            (void)printf("FAIL %s\n", tests[i].name);
        } else if (test_skipped != NULL) {
            skipped++;
            (void)printf("SKIP %s: %s\n", tests[i].name, test_skipped);
        } else {
            passed++;
        }
    }
    (void)printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed > 0;
}

#define TEST_MAIN(...) \
    int main(void) \
    { \
        static const struct test tests[] = { __VA_ARGS__ }; \
        return test_run_all(tests, sizeof tests / sizeof *tests); \
    }

#endif
