/* hf_reader: a cursor over borrowed bytes. It knows where its message began, so that an error can
 * name the byte; a nested reader counts from the same beginning. Every read_x returns false and
 * leaves the cursor in place when too few bytes are left. */
#ifndef BASE_READER_H
#define BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed view of bytes. */
typedef struct hf_bytes {
    const uint8_t *data;
    size_t length;
} hf_bytes;

typedef struct hf_reader {
    const uint8_t *begin; /* of the message, for offsets */
    const uint8_t *at;
    const uint8_t *end;
} hf_reader;

static inline hf_bytes bytes_of(const void *data, size_t length)
{
    return (hf_bytes){ data, length };
}

static inline hf_reader reader_of(const uint8_t *data, size_t length)
{
    return (hf_reader){ data, data, length > 0 ? data + length : data };
}

static inline hf_reader reader_of_bytes(hf_bytes bytes)
{
    return reader_of(bytes.data, bytes.length);
}

/* A reader over a slice of `outer`'s message: offsets count from the message's beginning. */
static inline hf_reader reader_within(const hf_reader *outer, hf_bytes slice)
{
    hf_reader r = reader_of_bytes(slice);
    r.begin = outer->begin;
    return r;
}

static inline size_t reader_left(const hf_reader *r)
{
    return (size_t)(r->end - r->at);
}

static inline size_t reader_offset(const hf_reader *r)
{
    return (size_t)(r->at - r->begin);
}

static inline bool reader_done(const hf_reader *r)
{
    return r->at == r->end;
}

/* Big-endian integers. */
bool read_u8(hf_reader *r, uint8_t *value);
bool read_u16(hf_reader *r, uint16_t *value);
bool read_u24(hf_reader *r, uint32_t *value);
bool read_u32(hf_reader *r, uint32_t *value);

/* `length` bytes, borrowed. */
bool read_bytes(hf_reader *r, size_t length, hf_bytes *bytes);

/* A vector with a length of 1, 2 or 3 bytes before it (RFC 9846, 3.4), borrowed. */
bool read_vector8(hf_reader *r, hf_bytes *bytes);
bool read_vector16(hf_reader *r, hf_bytes *bytes);
bool read_vector24(hf_reader *r, hf_bytes *bytes);

/* Equality of public bytes; never for secrets (ct_equal). */
bool bytes_equal_public(hf_bytes a, hf_bytes b);

#endif
