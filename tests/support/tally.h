/* Counting for test programs that make their own cells: a line for each failure, and the closing
 * line that the runner adds up. */
#ifndef TESTS_TALLY_H
#define TESTS_TALLY_H

#include <stdbool.h>
#include <stdio.h>

struct tally {
    unsigned passed;
    unsigned failed;
    unsigned skipped;
};

#define TALLY_SHOWN 20

/* One cell; the words are printed when it failed. */
#define TALLY(tally, ok, ...) \
    do { \
        if (ok) { \
            (tally)->passed++; \
        } else if ((tally)->failed++ < TALLY_SHOWN) { \
            (void)printf("FAIL " __VA_ARGS__); \
            (void)printf("\n"); \
        } \
    } while (0)

/* The closing line; the exit status. */
static inline int tally_close(const struct tally *tally)
{
    (void)printf("%u passed, %u failed, %u skipped\n", tally->passed, tally->failed,
        tally->skipped);
    return tally->failed > 0;
}

#endif
