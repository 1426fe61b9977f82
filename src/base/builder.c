/* hf_builder: see builder.h. RFC 9846, 3.3 (integers) and 3.4 (vectors). */
#include "base/builder.h"

#include <string.h>

uint8_t *build_space(hf_builder *b, size_t length)
{
    if (b->failed || b->capacity - b->length < length) {
        b->failed = true;
        return NULL;
    }
    uint8_t *at = b->data + b->length;
    b->length += length;
    return at;
}

static void put_integer(uint8_t *at, size_t size, size_t value)
{
    for (size_t i = 0; i < size; i++) {
        at[size - 1 - i] = (uint8_t)(value >> (8 * i));
    }
}

static void build_integer(hf_builder *b, size_t size, uint32_t value)
{
    uint8_t *at = build_space(b, size);
    if (at != NULL) {
        put_integer(at, size, value);
    }
}

void build_u8(hf_builder *b, uint8_t value)
{
    build_integer(b, 1, value);
}

void build_u16(hf_builder *b, uint16_t value)
{
    build_integer(b, 2, value);
}

void build_u24(hf_builder *b, uint32_t value)
{
    build_integer(b, 3, value);
}

void build_u32(hf_builder *b, uint32_t value)
{
    build_integer(b, 4, value);
}

void build_bytes(hf_builder *b, hf_bytes bytes)
{
    uint8_t *at = build_space(b, bytes.length);
    if (at != NULL && bytes.length > 0) {
        memcpy(at, bytes.data, bytes.length);
    }
}

size_t build_open(hf_builder *b, size_t length_size)
{
    size_t mark = b->length;
    (void)build_space(b, length_size);
    return mark;
}

void build_close(hf_builder *b, size_t length_size, size_t mark)
{
    if (b->failed) {
        return;
    }
    size_t length = b->length - mark - length_size;
    if (length >> (8 * length_size) != 0) {
        b->failed = true;
        return;
    }
    put_integer(b->data + mark, length_size, length);
}

static void build_vector(hf_builder *b, size_t length_size, hf_bytes bytes)
{
    size_t mark = build_open(b, length_size);
    build_bytes(b, bytes);
    build_close(b, length_size, mark);
}

void build_vector8(hf_builder *b, hf_bytes bytes)
{
    build_vector(b, 1, bytes);
}

void build_vector16(hf_builder *b, hf_bytes bytes)
{
    build_vector(b, 2, bytes);
}

void build_vector24(hf_builder *b, hf_bytes bytes)
{
    build_vector(b, 3, bytes);
}
