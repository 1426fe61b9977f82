/* hf_reader: see reader.h. RFC 9846, 3.3 (integers) and 3.4 (vectors). */
#include "base/reader.h"

#include <string.h>

bool read_bytes(hf_reader *r, size_t length, hf_bytes *bytes)
{
    if (reader_left(r) < length) {
        return false;
    }
    *bytes = (hf_bytes){ r->at, length };
    r->at += length;
    return true;
}

static bool read_integer(hf_reader *r, size_t size, uint32_t *value)
{
    hf_bytes b;
    if (!read_bytes(r, size, &b)) {
        return false;
    }
    uint32_t v = 0;
    for (size_t i = 0; i < size; i++) {
        v = v << 8 | b.data[i];
    }
    *value = v;
    return true;
}

bool read_u8(hf_reader *r, uint8_t *value)
{
    if (reader_done(r)) {
        return false;
    }
    *value = *r->at++;
    return true;
}

bool read_u16(hf_reader *r, uint16_t *value)
{
    uint32_t v;
    if (!read_integer(r, 2, &v)) {
        return false;
    }
    *value = (uint16_t)v;
    return true;
}

bool read_u24(hf_reader *r, uint32_t *value)
{
    return read_integer(r, 3, value);
}

bool read_u32(hf_reader *r, uint32_t *value)
{
    return read_integer(r, 4, value);
}

static bool read_vector(hf_reader *r, size_t length_size, hf_bytes *bytes)
{
    hf_reader start = *r;
    uint32_t length;
    if (!read_integer(r, length_size, &length) || !read_bytes(r, length, bytes)) {
        *r = start;
        return false;
    }
    return true;
}

bool read_vector8(hf_reader *r, hf_bytes *bytes)
{
    return read_vector(r, 1, bytes);
}

bool read_vector16(hf_reader *r, hf_bytes *bytes)
{
    return read_vector(r, 2, bytes);
}

bool read_vector24(hf_reader *r, hf_bytes *bytes)
{
    return read_vector(r, 3, bytes);
}

bool bytes_equal_public(hf_bytes a, hf_bytes b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}
