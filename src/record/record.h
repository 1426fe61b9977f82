/* The record layer of TLS 1.3 (RFC 9846, 5): headers, protection, limits. A record is opened in
 * place, in the caller's buffer; nothing here holds a buffer. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/builder.h"
#include "base/error.h"
#include "crypto/provider.h"
#include "wire/codepoints.h"

enum { RECORD_HEADER = 5, RECORD_PLAIN_MAX = 16384, RECORD_CIPHER_MAX = 16384 + 256 };

/* One direction. Without a key it passes plaintext. Holds secrets: record_half_drop wipes. */
struct record_half {
    const struct aead *aead;   /* NULL: plaintext */
    struct aead_key *key;
    uint8_t iv[AEAD_NONCE];
    uint64_t sequence;         /* of the next record */
};

/* Installs a key: drops the old one, sets the sequence number to 0. False: out of memory (error
 * set). */
bool record_half_install(struct record_half *half, const struct aead *aead, const uint8_t *key,
    const uint8_t iv[AEAD_NONCE], bool seals, struct hf_error *error);
void record_half_drop(struct record_half *half);

/* A record header, looked at. */
struct record_header {
    uint8_t type;
    uint16_t version;
    size_t length;             /* of the fragment */
};

/* What the first bytes are: 1: a header, fragment length within limits for this half; 0: fewer than
 * 5 bytes so far and nothing wrong with them; -1: not TLS, or too long (error set: not_tls with
 * what it looks like — "an HTTP request", "an SSH banner", … — record_overflow, bad_record_type).
 * `first` is true until one record was accepted: only then is not_tls told. */
int record_header_read(const uint8_t *data, size_t length, bool is_protected, bool first,
    struct record_header *header, struct hf_error *error);

/* Opens a whole record in place. `*type` is the inner content type, `*plain` its content. CCS and
 * plain alerts are not for here: the caller looks at the header first. Fails: bad_record,
 * record_overflow (inner plaintext over 2^14), bad_record_type (all zeros inside, or a type other
 * than alert, handshake and data), key_limit (2^64 - 1 records; the AEAD's own limit binds the
 * sealer: RFC 9846, 5.5). Then no plaintext is left in `record`. */
bool record_open(struct record_half *half, const struct record_header *header, uint8_t *record,
    uint8_t *type, hf_bytes *plain, struct hf_error *error);

/* Seals at most RECORD_PLAIN_MAX bytes as one record into `b` (header included), with `padding`
 * zeros inside when protected. Plaintext records bear `plain_version` (0x0301 in a first
 * ClientHello, else 0x0303). Fails: key_limit, internal_error (does not fit). `data` may stand in
 * `b` exactly where the fragment goes (5 bytes behind the header's place). */
bool record_seal(struct record_half *half, uint8_t type, uint16_t plain_version, hf_bytes data,
    size_t padding, hf_builder *b, struct hf_error *error);

/* The bytes of a record that holds `length` bytes of content and `padding`. */
size_t record_sealed_size(const struct record_half *half, size_t length, size_t padding);

#endif
