/* DER (X.690, 10 and 11), read strictly and written. Every reader works on an hf_reader whose
 * offsets count from the message's first byte; a failure is malformed_certificate and names
 * field and byte. */
#ifndef X509_DER_H
#define X509_DER_H

#include "base/builder.h"
#include "base/error.h"

enum { DER_BOOLEAN = 0x01, DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05, DER_OID = 0x06, DER_UTF8_STRING = 0x0c, DER_PRINTABLE_STRING = 0x13,
    DER_T61_STRING = 0x14, DER_IA5_STRING = 0x16, DER_UTC_TIME = 0x17, DER_GENERALIZED_TIME = 0x18,
    DER_BMP_STRING = 0x1e, DER_SEQUENCE = 0x30, DER_SET = 0x31,
    DER_CONTEXT = 0x80,             /* [n], implicit and primitive: DER_CONTEXT + n */
    DER_CONTEXT_CONSTRUCTED = 0xa0 };

struct der_element {
    uint8_t tag;
    hf_bytes contents;
    hf_bytes whole; /* with tag and length */
};

/* An object identifier's contents, from a string literal: OID("\x55\x04\x03"). */
#define OID(literal) bytes_of((literal), sizeof(literal) - 1)
/* The same as an initializer, for tables. */
#define OID_ROW(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

/* The next element, of any tag below 31, with a definite, minimal length. */
bool der_any(hf_reader *r, const char *field, struct der_element *element, struct hf_error *error);

/* The next element, which must have this tag. */
bool der_get(hf_reader *r, uint8_t tag, const char *field, struct der_element *element,
    struct hf_error *error);

/* The same, giving a reader over its contents. */
bool der_enter(hf_reader *r, uint8_t tag, const char *field, hf_reader *inner,
    struct hf_error *error);

/* Whether the next element has this tag. */
bool der_next_is(const hf_reader *r, uint8_t tag);

/* Nothing is left. */
bool der_end(const hf_reader *r, const char *field, struct hf_error *error);

/* 0x00 or 0xFF. */
bool der_boolean(hf_reader *r, const char *field, bool *value, struct hf_error *error);

/* The contents of a minimal INTEGER, of either sign. */
bool der_integer(hf_reader *r, const char *field, hf_bytes *contents, struct hf_error *error);

/* A positive INTEGER without its sign byte. */
bool der_positive(hf_reader *r, const char *field, hf_bytes *magnitude, struct hf_error *error);

/* An INTEGER from 0 to `most`. */
bool der_small(hf_reader *r, const char *field, unsigned most, unsigned *value,
    struct hf_error *error);

/* The contents of a well-formed OBJECT IDENTIFIER. */
bool der_oid(hf_reader *r, const char *field, hf_bytes *contents, struct hf_error *error);

/* A BIT STRING: its bytes and how many bits of the last are not used (they are zero). */
bool der_bits(hf_reader *r, const char *field, hf_bytes *bits, unsigned *unused,
    struct hf_error *error);

/* A BIT STRING of whole bytes. */
bool der_bit_bytes(hf_reader *r, const char *field, hf_bytes *bytes, struct hf_error *error);

bool der_null(hf_reader *r, const char *field, struct hf_error *error);

/* UTCTime or GeneralizedTime as RFC 5280, 4.1.2.5 has them: seconds since 1970. */
bool der_time(hf_reader *r, const char *field, int64_t *seconds, struct hf_error *error);

/* An OID's contents as "1.2.840.…"; cut at capacity, terminated. */
void der_oid_text(hf_bytes oid, char *text, size_t capacity);

/* ---- Writing. `der_open` … `der_close` surround the contents; nesting is the caller's. ---- */

size_t der_open(hf_builder *b, uint8_t tag);
void der_close(hf_builder *b, size_t mark);
void der_put(hf_builder *b, uint8_t tag, hf_bytes contents);
/* A positive INTEGER from big-endian bytes; leading zeros are dropped, a sign byte added. */
void der_put_positive(hf_builder *b, hf_bytes magnitude);
void der_put_bits(hf_builder *b, hf_bytes bytes);
/* UTCTime through 2049, GeneralizedTime after. */
void der_put_time(hf_builder *b, int64_t seconds);

/* ---- The calendar (proleptic Gregorian, UTC), years 0 to 9999. ---- */

struct civil {
    int year, month, day, hour, minute, second;
};

int64_t civil_seconds(const struct civil *civil);
struct civil civil_of(int64_t seconds);

/* "3 days", "1 hour", "45 seconds": the coarsest unit of which there is one at least. */
void duration_text(int64_t seconds, char text[32]);

#endif
