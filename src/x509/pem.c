/* PEM: see pem.h. RFC 7468, read as laxly as it allows (2, "parsers SHOULD ignore whitespace"):
 * text before, between and after blocks, any line length, CR LF; but the base64 itself is
 * strict: its own alphabet, padded, no bits to spare (RFC 4648, 3.5). RFC 1421's headers, which
 * encrypted keys have, are passed over. */
#include "x509/pem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/builder.h"

enum { FILE_MAX = 16 << 20, LABEL_MAX = 64 };

/* A file as far as it was read. */
struct growing {
    uint8_t *data;
    size_t length;
    size_t room; /* one byte more is there */
};

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool starts_with(const hf_reader *r, const char *word)
{
    size_t length = strlen(word);
    return reader_left(r) >= length &&
        bytes_equal_public(bytes_of(r->at, length), bytes_of(word, length));
}

/* Moves to the next place where `word` stands; false, at the end: nowhere. */
static bool seek(hf_reader *r, const char *word)
{
    while (!reader_done(r)) {
        const uint8_t *at = memchr(r->at, word[0], reader_left(r));
        r->at = at == NULL ? r->end : at;
        if (starts_with(r, word)) {
            return true;
        }
        r->at += reader_done(r) ? 0 : 1;
    }
    return false;
}

/* "-----BEGIN LABEL-----" or its end: the label. */
static bool read_label(hf_reader *r, const char *head, hf_bytes *label)
{
    hf_reader s = *r;
    if (!starts_with(&s, head)) {
        return false;
    }
    s.at += strlen(head);
    const uint8_t *begin = s.at;
    while (!starts_with(&s, "-----")) {
        if (reader_done(&s) || *s.at < ' ' || *s.at > '~' || s.at - begin == LABEL_MAX) {
            return false;
        }
        s.at++;
    }
    *label = bytes_of(begin, (size_t)(s.at - begin));
    s.at += 5;
    *r = s;
    return true;
}

/* RFC 1421, 4.6: the lines "Name: value" at the front, with those that go on with a blank. No line
 * of base64 has a colon. */
static hf_bytes skip_headers(hf_reader *r)
{
    while (!reader_done(r) && (*r->at == '\r' || *r->at == '\n')) {
        r->at++;
    }
    const uint8_t *begin = r->at;
    while (!reader_done(r) && *r->at != '-') {
        const uint8_t *end = memchr(r->at, '\n', reader_left(r));
        end = end == NULL ? r->end : end + 1;
        size_t length = (size_t)(end - r->at);
        bool goes_on = r->at != begin && (*r->at == ' ' || *r->at == '\t');
        if (!goes_on && memchr(r->at, ':', length) == NULL) {
            break;
        }
        r->at = end;
    }
    return bytes_of(begin, (size_t)(r->at - begin));
}

/* 0 to 63; -1: no digit. PEM of secrets is decoded here too, but a file's own lines are no
 * oracle. */
static int digit_value(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 :
        c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Decodes up to the next '-'. */
static bool decode(hf_reader *r, hf_builder *out, struct hf_error *error)
{
    uint32_t word = 0;
    unsigned digits = 0;
    unsigned padding = 0;
    for (; !reader_done(r) && *r->at != '-'; r->at++) {
        if (is_space(*r->at)) {
            continue;
        }
        int value = digit_value(*r->at);
        bool pads = *r->at == '=' && digits >= 2;
        if ((value < 0 && !pads) || (padding > 0 && !pads)) {
            return fail_at(error, ERR_malformed_certificate, "PEM", reader_offset(r),
                "the PEM block holds a character that is not base64");
        }
        padding += pads ? 1 : 0;
        word = word << 6 | (pads ? 0u : (uint32_t)value);
        if (++digits == 4) {
            if ((padding == 1 && (word & 0xff) != 0) || (padding == 2 && (word & 0xffff) != 0)) {
                return fail_at(error, ERR_malformed_certificate, "PEM", reader_offset(r),
                    "the base64 of the PEM block ends in stray bits");
            }
            uint8_t bytes[3] = { (uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word };
            build_bytes(out, bytes_of(bytes, 3 - padding));
            word = 0;
            digits = padding > 0 ? 8 : 0; /* 8: nothing may follow the padding */
        }
        if (digits > 8) {
            return fail_at(error, ERR_malformed_certificate, "PEM", reader_offset(r),
                "the PEM block goes on after its padding");
        }
    }
    if (digits != 0 && digits != 8) {
        return fail_at(error, ERR_malformed_certificate, "PEM", reader_offset(r),
            "the base64 of the PEM block is cut off");
    }
    if (out->failed) {
        return fail_at(error, ERR_malformed_certificate, "PEM", reader_offset(r),
            "the PEM block holds more than %zu bytes", out->capacity);
    }
    return true;
}

int pem_next(hf_reader *text, hf_bytes *label, uint8_t *out, size_t capacity, size_t *length,
    struct hf_error *error)
{
    hf_bytes end;
    hf_builder b = builder_of(out, capacity);
    for (;;) {
        if (!seek(text, "-----BEGIN ")) {
            return 0;
        }
        if (read_label(text, "-----BEGIN ", label)) {
            break;
        }
        text->at++;
    }
    (void)skip_headers(text);
    if (!decode(text, &b, error)) {
        return -1;
    }
    if (!read_label(text, "-----END ", &end) || !bytes_equal_public(*label, end)) {
        (void)fail_at(error, ERR_malformed_certificate, "PEM", reader_offset(text),
            "the PEM block has no END line of its own");
        return -1;
    }
    *length = b.length;
    return 1;
}

static void build_text(hf_builder *b, const char *text)
{
    build_bytes(b, bytes_of(text, strlen(text)));
}

bool pem_take(hf_bytes given, const char *label, uint8_t *out,
    bool (*take)(void *user, hf_bytes der, struct hf_error *error), void *user,
    struct hf_error *error)
{
    enum { SEQUENCE = 0x30 };
    if (given.length > 0 && given.data[0] == SEQUENCE) {
        memcpy(out, given.data, given.length);
        return take(user, bytes_of(out, given.length), error);
    }
    hf_reader text = reader_of_bytes(given);
    hf_bytes found;
    size_t used = 0;
    size_t length;
    int status;
    while ((status = pem_next(&text, &found, out + used, given.length - used, &length, error)) ==
        1) {
        if (bytes_equal_public(found, bytes_of(label, strlen(label)))) {
            TRY(take(user, bytes_of(out + used, length), error));
            used += length;
        }
    }
    return status == 0;
}

bool pem_write(const char *label, hf_bytes der, char *out, size_t capacity, size_t *length)
{
    hf_builder b = builder_of((uint8_t *)out, capacity);
    build_text(&b, "-----BEGIN ");
    build_text(&b, label);
    build_text(&b, "-----\n");
    for (size_t i = 0; i < der.length; i += 3) {
        size_t left = der.length - i;
        uint32_t word = (uint32_t)der.data[i] << 16;
        word |= left > 1 ? (uint32_t)der.data[i + 1] << 8 : 0;
        word |= left > 2 ? der.data[i + 2] : 0;
        build_u8(&b, (uint8_t)base64_digits[word >> 18]);
        build_u8(&b, (uint8_t)base64_digits[word >> 12 & 63]);
        build_u8(&b, (uint8_t)(left > 1 ? base64_digits[word >> 6 & 63] : '='));
        build_u8(&b, (uint8_t)(left > 2 ? base64_digits[word & 63] : '='));
        if (i % 48 == 45 || left <= 3) { /* RFC 7468, 2: lines of 64 */
            build_u8(&b, '\n');
        }
    }
    build_text(&b, "-----END ");
    build_text(&b, label);
    build_text(&b, "-----\n");
    build_u8(&b, 0);
    if (b.failed) {
        return false;
    }
    *length = b.length - 1;
    return true;
}

/* Reads to the end, whatever kind of file it is (a pipe has no size), into memory that doubles. */
static bool read_open(const struct allocator *allocator, FILE *file, const char *path,
    struct growing *text, struct hf_error *error)
{
    for (;;) {
        if (text->length == text->room) {
            size_t room = text->room == 0 ? 16384 : 2 * text->room;
            if (text->room >= FILE_MAX) {
                return fail(error, ERR_bad_configuration, "%s is over 16 MiB", path);
            }
            uint8_t *larger = allocate_zeroed(allocator, room + 1);
            if (larger == NULL) {
                return fail(error, ERR_out_of_memory, "%zu bytes for %s", room, path);
            }
            if (text->data != NULL) {
                memcpy(larger, text->data, text->length);
                release_wiped(allocator, text->data, text->room + 1);
            }
            text->data = larger;
            text->room = room;
        }
        size_t got = fread(text->data + text->length, 1, text->room - text->length, file);
        text->length += got;
        if (got == 0) {
            return ferror(file) == 0 ? true :
                fail(error, ERR_bad_configuration, "%s cannot be read", path);
        }
    }
}

/* Into memory of just its size: that is what the caller knows to release. */
static bool fit(const struct allocator *allocator, const char *path, const struct growing *text,
    uint8_t **data, size_t *length, struct hf_error *error)
{
    uint8_t *exact = allocate_zeroed(allocator, text->length + 1);
    if (exact == NULL) {
        return fail(error, ERR_out_of_memory, "%zu bytes for %s", text->length, path);
    }
    if (text->length > 0) {
        memcpy(exact, text->data, text->length);
    }
    *data = exact;
    *length = text->length;
    return true;
}

hf_bytes pem_headers(const hf_reader *text, hf_bytes label)
{
    hf_reader r = *text;
    r.at = label.data + label.length + strlen("-----");
    return skip_headers(&r);
}

bool file_read(const struct allocator *allocator, const char *path, uint8_t **data, size_t *length,
    struct hf_error *error)
{
    struct growing text = { NULL, 0, 0 };
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return fail(error, ERR_bad_configuration, "%s: %s", path, strerror(errno));
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy of a private key in stdio's buffer */
    bool ok = read_open(allocator, file, path, &text, error) &&
        fit(allocator, path, &text, data, length, error);
    if (text.data != NULL) {
        release_wiped(allocator, text.data, text.room + 1);
    }
    (void)fclose(file);
    return ok;
}
