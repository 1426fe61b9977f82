/* Reading one field of a message: see field.h. RFC 9846, 3.3 (numbers) and 3.4 (vectors). */
#include "wire/field.h"

static bool too_short(const hf_reader *r, const char *field, size_t length, struct hf_error *error)
{
    return fail_at(error, ERR_decode_error, field, reader_offset(r),
        "%s takes %zu bytes, %zu are left", field, length, reader_left(r));
}

bool field_u8(hf_reader *r, const char *field, uint8_t *value, struct hf_error *error)
{
    return read_u8(r, value) || too_short(r, field, 1, error);
}

bool field_u16(hf_reader *r, const char *field, uint16_t *value, struct hf_error *error)
{
    return read_u16(r, value) || too_short(r, field, 2, error);
}

bool field_u32(hf_reader *r, const char *field, uint32_t *value, struct hf_error *error)
{
    return read_u32(r, value) || too_short(r, field, 4, error);
}

bool field_bytes(hf_reader *r, const char *field, size_t length, hf_bytes *bytes,
    struct hf_error *error)
{
    return read_bytes(r, length, bytes) || too_short(r, field, length, error);
}

static bool read_length(hf_reader *r, size_t length_size, size_t *length)
{
    hf_bytes b;
    TRY(read_bytes(r, length_size, &b));
    *length = 0;
    for (size_t i = 0; i < length_size; i++) {
        *length = *length << 8 | b.data[i];
    }
    return true;
}

/* RFC 9846, 3.4: the length must be within the vector's bounds and within what is there. */
static bool field_vector(hf_reader *r, const char *field, size_t length_size, size_t least,
    size_t most, hf_bytes *bytes, struct hf_error *error)
{
    size_t at = reader_offset(r);
    size_t length;
    if (!read_length(r, length_size, &length)) {
        return fail_at(error, ERR_decode_error, field, at,
            "the length of %s takes %zu bytes, %zu are left", field, length_size, reader_left(r));
    }
    if (length < least || length > most) {
        return fail_at(error, ERR_decode_error, field, at,
            "%s has %zu bytes, allowed are %zu to %zu", field, length, least, most);
    }
    if (!read_bytes(r, length, bytes)) {
        return fail_at(error, ERR_decode_error, field, at,
            "%s claims %zu bytes, %zu are left", field, length, reader_left(r));
    }
    return true;
}

bool field_vector8(hf_reader *r, const char *field, size_t least, size_t most, hf_bytes *bytes,
    struct hf_error *error)
{
    return field_vector(r, field, 1, least, most, bytes, error);
}

bool field_vector16(hf_reader *r, const char *field, size_t least, hf_bytes *bytes,
    struct hf_error *error)
{
    return field_vector(r, field, 2, least, 0xffff, bytes, error);
}

bool field_vector24(hf_reader *r, const char *field, size_t least, hf_bytes *bytes,
    struct hf_error *error)
{
    return field_vector(r, field, 3, least, 0xffffff, bytes, error);
}

/* RFC 9846, 3.4: a vector's length is an even multiple of its elements'. */
static bool field_codes(hf_reader *r, const char *field, size_t length_size, size_t most,
    hf_bytes *codes, struct hf_error *error)
{
    size_t at = reader_offset(r);
    TRY(field_vector(r, field, length_size, 2, most, codes, error));
    if (codes->length % 2 != 0) {
        return fail_at(error, ERR_decode_error, field, at,
            "%s has %zu bytes: not a list of 2-byte codes", field, codes->length);
    }
    return true;
}

bool field_codes8(hf_reader *r, const char *field, hf_bytes *codes, struct hf_error *error)
{
    return field_codes(r, field, 1, 254, codes, error);
}

bool field_codes16(hf_reader *r, const char *field, hf_bytes *codes, struct hf_error *error)
{
    return field_codes(r, field, 2, 0xffff, codes, error);
}

bool field_end(const hf_reader *r, const char *field, struct hf_error *error)
{
    return reader_done(r)
        || fail_at(error, ERR_decode_error, field, reader_offset(r), "%zu bytes too many behind %s",
            reader_left(r), field);
}
