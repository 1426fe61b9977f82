/* A string that grows: see text.h. */
#include "observe/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct text *text, size_t more)
{
    if (text->failed) {
        return false;
    }
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity) {
        return true;
    }
    size_t capacity = text->capacity == 0 ? 256 : text->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    char *data = realloc(text->data, capacity);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_put_bytes(struct text *text, const char *data, size_t length)
{
    if (make_room(text, length)) {
        if (length > 0) {
            memcpy(text->data + text->length, data, length);
        }
        text->length += length;
        text->data[text->length] = '\0';
    }
}

void text_put(struct text *text, const char *string)
{
    text_put_bytes(text, string, strlen(string));
}

void text_putf(struct text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    if (length >= 0 && make_room(text, (size_t)length)) {
        (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(list);
}

size_t utf8_length(const uint8_t *data, size_t left)
{
    if (left == 0) {
        return 0;
    }
    uint8_t first = data[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < length) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (first == 0xe0 && data[1] < 0xa0) || (first == 0xf0 && data[1] < 0x90);
    bool surrogate = first == 0xed && data[1] >= 0xa0;
    bool too_great = first == 0xf4 && data[1] >= 0x90;
    return overlong || surrogate || too_great ? 0 : length;
}

void text_put_safe(struct text *text, const char *data, size_t length)
{
    const uint8_t *bytes = (const uint8_t *)data;
    size_t at = 0;
    while (at < length) {
        size_t run = utf8_length(bytes + at, length - at);
        /* C1 controls (U+0080 to U+009F) move a cursor as well as C0's do. */
        bool c1 = run == 2 && bytes[at] == 0xc2 && bytes[at + 1] < 0xa0;
        bool control = run == 1 && (bytes[at] < 0x20 || bytes[at] == 0x7f || bytes[at] == '\\');
        if (run == 0 || c1 || control) {
            text_putf(text, "\\x%02x", bytes[at]);
            at++;
        } else {
            text_put_bytes(text, data + at, run);
            at += run;
        }
    }
}

void text_put_hex(struct text *text, hf_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    if (!make_room(text, bytes.length * 2)) {
        return;
    }
    for (size_t i = 0; i < bytes.length; i++) {
        text->data[text->length++] = digits[bytes.data[i] >> 4];
        text->data[text->length++] = digits[bytes.data[i] & 15];
    }
    text->data[text->length] = '\0';
}

void text_put_base64(struct text *text, hf_bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        unsigned v = (unsigned)bytes.data[i] << 16;
        v |= left > 1 ? (unsigned)bytes.data[i + 1] << 8 : 0;
        v |= left > 2 ? bytes.data[i + 2] : 0;
        char quad[4] = { digits[v >> 18], digits[v >> 12 & 63],
            left > 1 ? digits[v >> 6 & 63] : '=', left > 2 ? digits[v & 63] : '=' };
        text_put_bytes(text, quad, sizeof quad);
    }
}

void text_pad(struct text *text, size_t column)
{
    size_t begin = text->length;
    while (begin > 0 && text->data[begin - 1] != '\n') {
        begin--;
    }
    while (!text->failed && text->length - begin < column) {
        text_put_bytes(text, " ", 1);
    }
}

const char *text_string(const struct text *text)
{
    return text->data == NULL ? "" : text->data;
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){ 0 };
}
