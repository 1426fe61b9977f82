/* For fuzzers: a property that must hold, or the process aborts. */
#ifndef FUZZ_REQUIRE_H
#define FUZZ_REQUIRE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/reader.h"

#define REQUIRE(condition) \
    do { \
        if (!(condition)) { \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

/* A slice lies within the input. */
static inline void require_within(hf_bytes slice, const uint8_t *data, size_t size)
{
    if (slice.length > 0) {
        REQUIRE(slice.data >= data && slice.length <= size
            && slice.data <= data + (size - slice.length));
    }
}

/* A parser's failure: told, named, at a byte of the input or at its end. */
static inline void require_told(const struct hf_error *error, size_t size)
{
    REQUIRE(error_is_set(error));
    REQUIRE(strcmp(error->reason, "decode_error") == 0
        || strcmp(error->reason, "illegal_parameter") == 0);
    REQUIRE(error->field[0] != '\0' && error->detail[0] != '\0');
    REQUIRE(error->offset <= size);
}

#endif
