/* DER: see der.h. X.690, 8 (BER), 10 and 11 (what DER takes away); RFC 5280, 4.1.2.5 (times).
 * Invariant: after a failure the reader's place means nothing; the caller gives up. */
#include "x509/der.h"

#include <string.h>

#define MALFORMED(r, field, ...) \
    fail_at(error, ERR_malformed_certificate, field, reader_offset(r), __VA_ARGS__)

static bool read_length(hf_reader *r, const char *field, size_t *length, struct hf_error *error)
{
    uint8_t first;
    if (!read_u8(r, &first)) {
        return MALFORMED(r, field, "%s ends before its length", field);
    }
    if (first < 0x80) {
        *length = first;
        return true;
    }
    /* X.690, 10.1: definite; and no certificate needs a length of more than four bytes. */
    size_t count = first & 0x7fu;
    hf_bytes b;
    if (count == 0 || count > 4) {
        return MALFORMED(r, field, "%s has a length that is indefinite or too large", field);
    }
    if (!read_bytes(r, count, &b)) {
        return MALFORMED(r, field, "%s ends within its length", field);
    }
    size_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value << 8 | b.data[i];
    }
    /* X.690, 10.1: the fewest bytes. */
    if (b.data[0] == 0 || value < 0x80) {
        return MALFORMED(r, field, "the length of %s is not written minimally", field);
    }
    *length = value;
    return true;
}

bool der_any(hf_reader *r, const char *field, struct der_element *element, struct hf_error *error)
{
    hf_reader start = *r;
    size_t length = 0;
    if (!read_u8(r, &element->tag)) {
        return MALFORMED(r, field, "%s is missing", field);
    }
    if ((element->tag & 0x1f) == 0x1f || element->tag == 0) {
        return MALFORMED(&start, field, "%s has the tag 0x%02x", field, element->tag);
    }
    TRY(read_length(r, field, &length, error));
    if (!read_bytes(r, length, &element->contents)) {
        return MALFORMED(&start, field, "%s says %zu bytes but %zu are left", field, length,
            reader_left(r));
    }
    element->whole = bytes_of(start.at, (size_t)(r->at - start.at));
    return true;
}

bool der_next_is(const hf_reader *r, uint8_t tag)
{
    return !reader_done(r) && *r->at == tag;
}

bool der_get(hf_reader *r, uint8_t tag, const char *field, struct der_element *element,
    struct hf_error *error)
{
    if (!reader_done(r) && *r->at != tag) {
        return MALFORMED(r, field, "%s should have the tag 0x%02x but has 0x%02x", field, tag,
            *r->at);
    }
    return der_any(r, field, element, error);
}

bool der_enter(hf_reader *r, uint8_t tag, const char *field, hf_reader *inner,
    struct hf_error *error)
{
    struct der_element element;
    TRY(der_get(r, tag, field, &element, error));
    *inner = reader_within(r, element.contents);
    return true;
}

bool der_end(const hf_reader *r, const char *field, struct hf_error *error)
{
    if (!reader_done(r)) {
        return MALFORMED(r, field, "%zu bytes too many at the end of %s", reader_left(r), field);
    }
    return true;
}

bool der_boolean(hf_reader *r, const char *field, bool *value, struct hf_error *error)
{
    hf_reader start = *r;
    struct der_element e;
    TRY(der_get(r, DER_BOOLEAN, field, &e, error));
    /* X.690, 11.1 */
    if (e.contents.length != 1 || (e.contents.data[0] != 0 && e.contents.data[0] != 0xff)) {
        return MALFORMED(&start, field, "%s is a BOOLEAN other than 00 or FF", field);
    }
    *value = e.contents.data[0] != 0;
    return true;
}

bool der_integer(hf_reader *r, const char *field, hf_bytes *contents, struct hf_error *error)
{
    hf_reader start = *r;
    struct der_element e;
    TRY(der_get(r, DER_INTEGER, field, &e, error));
    /* X.690, 8.3.2: the first nine bits are not all the same. */
    const uint8_t *d = e.contents.data;
    if (e.contents.length == 0 || (e.contents.length > 1 &&
            ((d[0] == 0 && d[1] < 0x80) || (d[0] == 0xff && d[1] >= 0x80)))) {
        return MALFORMED(&start, field, "the INTEGER %s is not written minimally", field);
    }
    *contents = e.contents;
    return true;
}

bool der_positive(hf_reader *r, const char *field, hf_bytes *magnitude, struct hf_error *error)
{
    hf_reader start = *r;
    TRY(der_integer(r, field, magnitude, error));
    if (magnitude->data[0] >= 0x80 || (magnitude->length == 1 && magnitude->data[0] == 0)) {
        return MALFORMED(&start, field, "%s is not a positive number", field);
    }
    if (magnitude->data[0] == 0) {
        *magnitude = bytes_of(magnitude->data + 1, magnitude->length - 1);
    }
    return true;
}

bool der_small(hf_reader *r, const char *field, unsigned most, unsigned *value,
    struct hf_error *error)
{
    hf_reader start = *r;
    hf_bytes b;
    TRY(der_integer(r, field, &b, error));
    unsigned v = 0;
    for (size_t i = 0; i < b.length && i < 4; i++) {
        v = v << 8 | b.data[i];
    }
    if (b.length > 4 || b.data[0] >= 0x80 || v > most) {
        return MALFORMED(&start, field, "%s is not a number from 0 to %u", field, most);
    }
    *value = v;
    return true;
}

bool der_oid(hf_reader *r, const char *field, hf_bytes *contents, struct hf_error *error)
{
    hf_reader start = *r;
    struct der_element e;
    TRY(der_get(r, DER_OID, field, &e, error));
    bool good = e.contents.length > 0;
    bool begins = true; /* a subidentifier: it must not begin with 0x80 (X.690, 8.19.2) */
    for (size_t i = 0; i < e.contents.length; i++) {
        good = good && !(begins && e.contents.data[i] == 0x80);
        begins = e.contents.data[i] < 0x80;
    }
    if (!good || !begins) {
        return MALFORMED(&start, field, "%s is not a well-formed OBJECT IDENTIFIER", field);
    }
    *contents = e.contents;
    return true;
}

bool der_bits(hf_reader *r, const char *field, hf_bytes *bits, unsigned *unused,
    struct hf_error *error)
{
    hf_reader start = *r;
    struct der_element e;
    TRY(der_get(r, DER_BIT_STRING, field, &e, error));
    const uint8_t *d = e.contents.data;
    size_t length = e.contents.length;
    /* X.690, 8.6.2.3 and 11.2.1 */
    if (length == 0 || d[0] > 7 || (length == 1 && d[0] != 0) ||
            (length > 1 && (d[length - 1] & ((1u << d[0]) - 1)) != 0)) {
        return MALFORMED(&start, field, "%s is a BIT STRING with a wrong count of unused bits",
            field);
    }
    *unused = d[0];
    *bits = bytes_of(d + 1, length - 1);
    return true;
}

bool der_bit_bytes(hf_reader *r, const char *field, hf_bytes *bytes, struct hf_error *error)
{
    hf_reader start = *r;
    unsigned unused;
    TRY(der_bits(r, field, bytes, &unused, error));
    if (unused != 0) {
        return MALFORMED(&start, field, "%s is not a whole number of bytes", field);
    }
    return true;
}

bool der_null(hf_reader *r, const char *field, struct hf_error *error)
{
    hf_reader start = *r;
    struct der_element e;
    TRY(der_get(r, DER_NULL, field, &e, error));
    if (e.contents.length != 0) {
        return MALFORMED(&start, field, "%s is a NULL with contents", field);
    }
    return true;
}

/* Two digits; -1: not digits. */
static int two_digits(const uint8_t *d)
{
    if (d[0] < '0' || d[0] > '9' || d[1] < '0' || d[1] > '9') {
        return -1;
    }
    return (d[0] - '0') * 10 + (d[1] - '0');
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* "MMDDHHMMSSZ", ten digits and the letter. */
static bool parse_clock(const uint8_t *d, struct civil *c)
{
    c->month = two_digits(d);
    c->day = two_digits(d + 2);
    c->hour = two_digits(d + 4);
    c->minute = two_digits(d + 6);
    c->second = two_digits(d + 8);
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
        c->day <= month_days(c->year, c->month) && c->hour >= 0 && c->hour < 24 &&
        c->minute >= 0 && c->minute < 60 && c->second >= 0 && c->second < 60 && d[10] == 'Z';
}

bool der_time(hf_reader *r, const char *field, int64_t *seconds, struct hf_error *error)
{
    hf_reader start = *r;
    struct der_element e;
    struct civil c = { 0 };
    bool good = false;
    TRY(der_any(r, field, &e, error));
    const uint8_t *d = e.contents.data;
    if (e.tag == DER_UTC_TIME && e.contents.length == 13) {
        /* RFC 5280, 4.1.2.5.1: YYMMDDHHMMSSZ, 50 to 99 are the last century's. */
        int year = two_digits(d);
        c.year = year + (year >= 50 ? 1900 : 2000);
        good = year >= 0 && parse_clock(d + 2, &c);
    } else if (e.tag == DER_GENERALIZED_TIME && e.contents.length == 15) {
        /* RFC 5280, 4.1.2.5.2: YYYYMMDDHHMMSSZ, without fractions. */
        int century = two_digits(d);
        int year = two_digits(d + 2);
        c.year = century * 100 + year;
        good = century >= 0 && year >= 0 && parse_clock(d + 4, &c);
    }
    if (!good) {
        return MALFORMED(&start, field, "%s is not a time of the form [YY]YYMMDDHHMMSSZ", field);
    }
    /* RFC 5280, 4.1.2.5 wants UTCTime through 2049; a root that everybody trusts has the other. */
    *seconds = civil_seconds(&c);
    return true;
}

void der_oid_text(hf_bytes oid, char *text, size_t capacity)
{
    uint64_t value = 0;
    bool first = true;
    text[0] = '\0';
    for (size_t i = 0; i < oid.length; i++) {
        if (value >> 56 != 0) {
            text_append(text, capacity, ".?");
            return;
        }
        value = value << 7 | (oid.data[i] & 0x7fu);
        if (oid.data[i] >= 0x80) {
            continue;
        }
        if (first) {
            uint64_t root = value < 80 ? value / 40 : 2;
            text_append(text, capacity, "%u.%llu", (unsigned)root,
                (unsigned long long)(value - root * 40));
        } else {
            text_append(text, capacity, ".%llu", (unsigned long long)value);
        }
        first = false;
        value = 0;
    }
}

size_t der_open(hf_builder *b, uint8_t tag)
{
    build_u8(b, tag);
    return build_open(b, 1);
}

void der_close(hf_builder *b, size_t mark)
{
    if (b->failed) {
        return;
    }
    size_t length = b->length - mark - 1;
    if (length < 0x80) {
        b->data[mark] = (uint8_t)length;
        return;
    }
    size_t count = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
    if (length >= 0x1000000 || build_space(b, count) == NULL) {
        b->failed = true;
        return;
    }
    memmove(b->data + mark + 1 + count, b->data + mark + 1, length);
    b->data[mark] = (uint8_t)(0x80 | count);
    for (size_t i = 0; i < count; i++) {
        b->data[mark + count - i] = (uint8_t)(length >> (8 * i));
    }
}

void der_put(hf_builder *b, uint8_t tag, hf_bytes contents)
{
    size_t mark = der_open(b, tag);
    build_bytes(b, contents);
    der_close(b, mark);
}

void der_put_positive(hf_builder *b, hf_bytes magnitude)
{
    while (magnitude.length > 1 && magnitude.data[0] == 0) {
        magnitude = bytes_of(magnitude.data + 1, magnitude.length - 1);
    }
    size_t mark = der_open(b, DER_INTEGER);
    if (magnitude.length == 0 || magnitude.data[0] >= 0x80) {
        build_u8(b, 0);
    }
    build_bytes(b, magnitude);
    der_close(b, mark);
}

void der_put_bits(hf_builder *b, hf_bytes bytes)
{
    size_t mark = der_open(b, DER_BIT_STRING);
    build_u8(b, 0);
    build_bytes(b, bytes);
    der_close(b, mark);
}

static void put_digits(hf_builder *b, int value)
{
    build_u8(b, (uint8_t)('0' + value / 10 % 10));
    build_u8(b, (uint8_t)('0' + value % 10));
}

void der_put_time(hf_builder *b, int64_t seconds)
{
    struct civil c = civil_of(seconds);
    bool utc = c.year >= 1950 && c.year < 2050;
    size_t mark = der_open(b, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME);
    if (!utc) {
        put_digits(b, c.year / 100);
    }
    put_digits(b, c.year % 100);
    put_digits(b, c.month);
    put_digits(b, c.day);
    put_digits(b, c.hour);
    put_digits(b, c.minute);
    put_digits(b, c.second);
    build_u8(b, 'Z');
    der_close(b, mark);
}
