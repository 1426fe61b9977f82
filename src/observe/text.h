/* A string that grows, for reports. Its failure (out of memory) is sticky: nothing more is
 * added. */
#ifndef OBSERVE_TEXT_H
#define OBSERVE_TEXT_H

#include "base/error.h"
#include "base/reader.h"

struct text {
    char *data;    /* terminated; NULL while empty */
    size_t length;
    size_t capacity;
    bool failed;
};

void text_put_bytes(struct text *text, const char *data, size_t length);
void text_put(struct text *text, const char *string);
void text_putf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Text of a peer: control characters, backslashes and bytes that are no UTF-8 become \xNN, so
 * that it can neither forge a line nor move a terminal's cursor. */
void text_put_safe(struct text *text, const char *data, size_t length);

/* "0f1e…", lower case. */
void text_put_hex(struct text *text, hf_bytes bytes);

/* RFC 4648, 4. */
void text_put_base64(struct text *text, hf_bytes bytes);

/* Blanks up to a column of the last line. */
void text_pad(struct text *text, size_t column);

/* The text so far, "" when empty. */
const char *text_string(const struct text *text);

void text_free(struct text *text);

/* The length of the UTF-8 sequence at `data` (1 to 4), or 0 where there is none (RFC 3629: neither
 * overlong nor a surrogate). */
size_t utf8_length(const uint8_t *data, size_t left);

#endif
