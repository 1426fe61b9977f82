/* Reading one field of a message (RFC 9846, 3): what base/reader.h reads, with the field's name and
 * byte in the error when it does not fit. Every failure is decode_error (RFC 9846, 6.2). For the
 * parsers of this floor. */
#ifndef WIRE_FIELD_H
#define WIRE_FIELD_H

#include "base/error.h"
#include "base/reader.h"

bool field_u8(hf_reader *r, const char *field, uint8_t *value, struct hf_error *error);
bool field_u16(hf_reader *r, const char *field, uint16_t *value, struct hf_error *error);
bool field_u32(hf_reader *r, const char *field, uint32_t *value, struct hf_error *error);
bool field_bytes(hf_reader *r, const char *field, size_t length, hf_bytes *bytes,
    struct hf_error *error);

/* A vector of `least` to `most` bytes behind a length of 1, 2 or 3 bytes. The error names the byte
 * at which the length stands. */
bool field_vector8(hf_reader *r, const char *field, size_t least, size_t most, hf_bytes *bytes,
    struct hf_error *error);
bool field_vector16(hf_reader *r, const char *field, size_t least, hf_bytes *bytes,
    struct hf_error *error);
bool field_vector24(hf_reader *r, const char *field, size_t least, hf_bytes *bytes,
    struct hf_error *error);

/* A non-empty list of 16-bit codes: its length must be even. */
bool field_codes8(hf_reader *r, const char *field, hf_bytes *codes, struct hf_error *error);
bool field_codes16(hf_reader *r, const char *field, hf_bytes *codes, struct hf_error *error);

/* Nothing may be left behind `field`. */
bool field_end(const hf_reader *r, const char *field, struct hf_error *error);

#endif
