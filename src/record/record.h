/* The record layer (RFC 9846, 5; RFC 5246, 6): headers, protection, limits. A record is opened in
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
    uint16_t version;          /* VERSION_TLS12 or VERSION_TLS13, with a key */
};

/* How records come in one direction. */
enum record_state { RECORD_PLAIN, RECORD_PROTECTED13, RECORD_PROTECTED12 };
static inline enum record_state record_state(const struct record_half *half)
{
    if (half->aead == NULL) {
        return RECORD_PLAIN;
    }
    return half->version == VERSION_TLS12 ? RECORD_PROTECTED12 : RECORD_PROTECTED13;
}

/* The bytes of the nonce that TLS 1.2 sends with a record; and all that stands before the
 * content. */
static inline size_t record_explicit(const struct record_half *half)
{
    return record_state(half) == RECORD_PROTECTED12 ? AEAD_NONCE - aead_salt12(half->aead) : 0;
}
static inline size_t record_prefix(const struct record_half *half)
{
    return RECORD_HEADER + record_explicit(half);
}

/* Installs a key: drops the old one, sets the sequence number to 0. False: out of memory (error
 * set). */
bool record_half_install(struct record_half *half, uint16_t version, const struct aead *aead,
    const uint8_t *key, const uint8_t iv[AEAD_NONCE], bool seals, struct hf_error *error);
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
int record_header_read(const uint8_t *data, size_t length, enum record_state state, bool first,
    struct record_header *header, struct hf_error *error);

/* Opens a whole record in place. `*type` is the inner content type, `*plain` its content. What
 * comes plain under a key of TLS 1.3 (CCS, an early alert) is not for here: the caller looks at the
 * header first. Fails: bad_record,
 * record_overflow (inner plaintext over 2^14), bad_record_type (all zeros inside, or a type other
 * than alert, handshake and data), key_limit (2^64 - 1 records; the AEAD's own limit binds the
 * sealer: RFC 9846, 5.5). Then no plaintext is left in `record`. */
bool record_open(struct record_half *half, const struct record_header *header, uint8_t *record,
    uint8_t *type, hf_bytes *plain, struct hf_error *error);

/* Seals at most RECORD_PLAIN_MAX bytes as one record into `b` (header included), with `padding`
 * zeros inside when protected. Plaintext records bear `plain_version` (0x0301 in a first
 * ClientHello, else 0x0303). Fails: key_limit, internal_error (does not fit). `data` may stand in
 * `b` exactly where the content goes (record_prefix behind the record's beginning). TLS 1.2 pads
 * nothing: `padding` must be 0 (asserted). */
bool record_seal(struct record_half *half, uint8_t type, uint16_t plain_version, hf_bytes data,
    size_t padding, hf_builder *b, struct hf_error *error);

/* The bytes of a record that holds `length` bytes of content and `padding`. */
size_t record_sealed_size(const struct record_half *half, size_t length, size_t padding);

#endif
