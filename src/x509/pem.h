/* PEM (RFC 7468) and the DER that it holds. */
#ifndef X509_PEM_H
#define X509_PEM_H

#include "base/arena.h"
#include "base/error.h"
#include "base/reader.h"

/* Finds the next block at or after text->at. `label` borrows the text ("CERTIFICATE"); the DER is
 * decoded to `out` (at most `capacity` bytes; a block's DER is never longer than 3/4 of its text).
 * 1: found; 0: no more; -1: malformed (error set, offset = byte in the text). */
int pem_next(hf_reader *text, hf_bytes *label, uint8_t *out, size_t capacity, size_t *length,
    struct hf_error *error);

/* The headers (RFC 1421, 4.6) of the block of `text` whose label this is: "Name: value" lines, with
 * their ends; empty: none. */
hf_bytes pem_headers(const hf_reader *text, hf_bytes label);

/* Hands on what `given` holds: one object in DER, or each of a PEM text's blocks with the label.
 * `out` holds given.length bytes; the DER lies there. False: malformed, or `take` refused. */
bool pem_take(hf_bytes given, const char *label, uint8_t *out,
    bool (*take)(void *user, hf_bytes der, struct hf_error *error), void *user,
    struct hf_error *error);

/* Writes a block; false: does not fit. */
bool pem_write(const char *label, hf_bytes der, char *out, size_t capacity, size_t *length);

/* A whole file, in memory of `allocator` (terminated by a zero byte that is not counted); at
 * most 16 MiB. Free it with release_wiped(allocator, data, length + 1). */
bool file_read(const struct allocator *allocator, const char *path, uint8_t **data, size_t *length,
    struct hf_error *error);

#endif
