/* The one way to fail: `return fail(error, ERR_BAD_KEY_SHARE, "group %u …")`. The rows of
 * errors.def give the class, the alert, the sentence, the section and the fix; the caller says
 * what is special about this case. The first failure is kept; later ones are ignored. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "handfast/error.h"

enum reason {
    ERR_none = 0,
#define X(name, code, alert, section, sentence, fix) ERR_##name,
#include "base/errors.def"
#undef X
    REASONS
};

/* Return early from a function that returns bool. The one control-flow macro. */
#define TRY(x)        \
    do {              \
        if (!(x)) {   \
            return false; \
        }             \
    } while (0)

#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))

/* Makes `error` empty. */
void error_clear(struct hf_error *error);

static inline bool error_is_set(const struct hf_error *error)
{
    return error->code != HF_CODE_none;
}

/* Fills `error` (if it is still empty) from the row of errors.def and the words given: `who` is
 * we, offset and certificate are unknown. Returns false, always. `error` may be NULL: nothing is
 * kept. */
bool fail(struct hf_error *error, enum reason reason, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same, naming the field and its byte in the message. */
bool fail_at(struct hf_error *error, enum reason reason, const char *field, size_t offset,
    const char *format, ...) PRINTF_LIKE(5, 6);

/* That both return false, in a form that compilers and analysers see in every file. */
#define fail(...) (fail(__VA_ARGS__), false)
#define fail_at(...) (fail_at(__VA_ARGS__), false)

/* What was offered and what was required, in words, if the error does not have them yet. */
void error_offered(struct hf_error *error, const char *format, ...) PRINTF_LIKE(2, 3);
void error_required(struct hf_error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends text to a string of `capacity` bytes; cut at the end, always terminated. */
void text_append(char *text, size_t capacity, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
