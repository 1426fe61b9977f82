/* hf_builder: writes into a fixed buffer that it borrows. Its error is sticky: after the first
 * write that does not fit, `failed` is true and nothing more is written; the caller checks once,
 * at the end. */
#ifndef BASE_BUILDER_H
#define BASE_BUILDER_H

#include "base/reader.h"

typedef struct hf_builder {
    uint8_t *data;
    size_t length;   /* written so far */
    size_t capacity;
    bool failed;
} hf_builder;

static inline hf_builder builder_of(uint8_t *data, size_t capacity)
{
    return (hf_builder){ data, 0, capacity, false };
}

static inline hf_bytes builder_bytes(const hf_builder *b)
{
    return (hf_bytes){ b->data, b->length };
}

/* Big-endian integers. */
void build_u8(hf_builder *b, uint8_t value);
void build_u16(hf_builder *b, uint16_t value);
void build_u24(hf_builder *b, uint32_t value);
void build_u32(hf_builder *b, uint32_t value);

void build_bytes(hf_builder *b, hf_bytes bytes);

/* Room for `length` bytes that the caller fills; NULL when they do not fit. */
uint8_t *build_space(hf_builder *b, size_t length);

/* A vector with a length of 1, 2 or 3 bytes before it: `open` returns a mark, `close` writes the
 * length of all that came since. A length that does not fit its field fails the builder. */
size_t build_open(hf_builder *b, size_t length_size);
void build_close(hf_builder *b, size_t length_size, size_t mark);

/* The same for bytes at hand. */
void build_vector8(hf_builder *b, hf_bytes bytes);
void build_vector16(hf_builder *b, hf_bytes bytes);
void build_vector24(hf_builder *b, hf_bytes bytes);

#endif
