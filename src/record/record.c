/* The record layer: see record.h; TLS 1.2's protection: protect12.c. RFC 9846, 5.1 (headers),
 * 5.2 (protection), 5.3 (nonce), 5.4 (padding), 5.5 (limits). Invariants: a half with a key has
 * both `aead` and `key`; a sequence number is used once under a key and never wraps. */
#include "record/record.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"
#include "record/guess.h"
#include "record/protect12.h"

/* The bytes of an error that shows what came: enough to know a protocol by. */
enum { SHOWN_BYTES = 24 };

bool record_half_install(struct record_half *half, uint16_t version, const struct aead *aead,
    const uint8_t *key, const uint8_t iv[AEAD_NONCE], bool seals, struct hf_error *error)
{
    record_half_drop(half);
    half->key = aead->make(aead, key, seals);
    if (half->key == NULL) {
        return fail(error, ERR_out_of_memory, "no memory for an %s key", aead->name);
    }
    half->aead = aead;
    half->version = version;
    memcpy(half->iv, iv, AEAD_NONCE);
    half->sequence = 0;
    return true;
}

void record_half_drop(struct record_half *half)
{
    if (half->aead != NULL) {
        half->aead->drop(half->key);
    }
    wipe(half, sizeof *half);
    half->aead = NULL;
    half->key = NULL;
}

/* ---- Headers ---- */

/* The first bytes as text, with dots for what cannot be printed. */
static void show_bytes(const uint8_t *data, size_t length, char text[SHOWN_BYTES + 1])
{
    size_t n = length < SHOWN_BYTES ? length : SHOWN_BYTES;
    for (size_t i = 0; i < n; i++) {
        bool printable = data[i] >= 0x20 && data[i] < 0x7f;
        text[i] = printable ? (char)data[i] : '.';
    }
    text[n] = '\0';
}

static int not_tls(const uint8_t *data, size_t length, struct hf_error *error)
{
    char shown[SHOWN_BYTES + 1];
    show_bytes(data, length, shown);
    (void)fail(error, ERR_not_tls, "it looks like %s: \"%s\"", guess_protocol(data, length), shown);
    return -1;
}

/* RFC 9846, 5.1: the content types, and the major version that all of them bear. */
static bool looks_like_tls(const uint8_t *data, size_t length)
{
    bool type = data[0] >= CONTENT_CCS && data[0] <= CONTENT_DATA;
    return type && (length < 2 || data[1] == 3);
}

static bool type_allowed(uint8_t type, enum record_state state)
{
    /* RFC 9846, 5: change_cipher_spec stays plain, and so does the alert of a peer that could not
     * get to our keys. All else must be protected now, as data. */
    if (type == CONTENT_HANDSHAKE) {
        return state != RECORD_PROTECTED13;
    }
    return type == CONTENT_DATA || type == CONTENT_CCS || type == CONTENT_ALERT;
}

int record_header_read(const uint8_t *data, size_t length, enum record_state state, bool first,
    struct record_header *header, struct hf_error *error)
{
    if (length == 0) {
        return 0;
    }
    if (first && state == RECORD_PLAIN && !looks_like_tls(data, length)) {
        bool wait = length < RECORD_HEADER && guess_may_follow(data, length);
        return wait ? 0 : not_tls(data, length, error);
    }
    if (!type_allowed(data[0], state)) {
        /* A handshake record that should be protected is one that does not open (RFC 9846, 5.2). */
        bool unsealed = state == RECORD_PROTECTED13 && data[0] == CONTENT_HANDSHAKE;
        (void)fail_at(error, unsealed ? ERR_bad_record : ERR_bad_record_type, "type", 0,
            "a record of type %u (%s)%s", data[0], content_type_name(data[0]),
            state != RECORD_PLAIN ? " after encryption began" : "");
        return -1;
    }
    if (length < RECORD_HEADER) {
        return 0;
    }
    header->type = data[0];
    header->version = (uint16_t)(data[1] << 8 | data[2]);
    header->length = (size_t)(data[3] << 8 | data[4]);
    /* RFC 9846, 5.1 and 5.2. RFC 5246, 6.2.3 lets 2^14 + 2048 bytes come, but no AEAD adds more
     * than 24 to the 2^14 of a content: what is longer is refused with the same alert. */
    bool sealed = state == RECORD_PROTECTED12
        || (state == RECORD_PROTECTED13 && header->type == CONTENT_DATA);
    size_t most = sealed ? RECORD_CIPHER_MAX : RECORD_PLAIN_MAX;
    if (header->length > most) {
        (void)fail_at(error, ERR_record_overflow, "length", 3,
            "a record of %zu bytes; the limit is %zu", header->length, most);
        return -1;
    }
    return 1;
}

/* ---- Protection ---- */

/* RFC 9846, 5.3. */
static void make_nonce(const struct record_half *half, uint8_t nonce[AEAD_NONCE])
{
    memcpy(nonce, half->iv, AEAD_NONCE);
    for (size_t i = 0; i < 8; i++) {
        nonce[AEAD_NONCE - 1 - i] ^= (uint8_t)(half->sequence >> (8 * i));
    }
}

/* RFC 9846, 5.4: the type is the last byte that is not zero; before it stands the content. */
static bool split_inner(uint8_t *inner, size_t length, uint8_t *type, hf_bytes *plain,
    struct hf_error *error)
{
    if (length > RECORD_PLAIN_MAX + 1) {
        return fail(error, ERR_record_overflow,
            "a protected record holds %zu bytes; the limit is %d and the type", length,
            (int)RECORD_PLAIN_MAX);
    }
    size_t end = length;
    while (end > 0 && inner[end - 1] == 0) {
        end--;
    }
    if (end == 0) {
        return fail(error, ERR_bad_record_type, "a protected record of %zu zero bytes has no type",
            length);
    }
    uint8_t inner_type = inner[end - 1];
    /* RFC 9846, 5: a protected change_cipher_spec is refused, as is any type unknown. */
    if (inner_type < CONTENT_ALERT || inner_type > CONTENT_DATA) {
        return fail(error, ERR_bad_record_type, "a protected record of type %u (%s)", inner_type,
            content_type_name(inner_type));
    }
    *type = inner_type;
    *plain = bytes_of(inner, end - 1);
    return true;
}

static bool open12(struct record_half *half, const struct record_header *header, uint8_t *record,
    uint8_t *type, hf_bytes *plain, struct hf_error *error)
{
    if (!protect12_open(half, header, record, plain)) {
        return fail(error, ERR_bad_record, "record %llu (%zu bytes) is not authentic under %s",
            (unsigned long long)half->sequence, header->length, half->aead->name);
    }
    half->sequence++;
    if (plain->length > RECORD_PLAIN_MAX) {
        wipe(record + RECORD_HEADER, header->length);
        return fail(error, ERR_record_overflow,
            "a protected record holds %zu bytes; the limit is %d", plain->length,
            (int)RECORD_PLAIN_MAX);
    }
    *type = header->type;
    return true;
}

bool record_open(struct record_half *half, const struct record_header *header, uint8_t *record,
    uint8_t *type, hf_bytes *plain, struct hf_error *error)
{
    uint8_t *fragment = record + RECORD_HEADER;
    if (half->aead == NULL) {
        *type = header->type;
        *plain = bytes_of(fragment, header->length);
        return true;
    }
    /* RFC 9846, 5.3: no wrapping. The limits of 5.5 bind who seals; a receiver should not enforce
     * them. */
    if (half->sequence == UINT64_MAX) {
        return fail(error, ERR_key_limit, "2^64 - 1 records were opened under one key");
    }
    if (record_state(half) == RECORD_PROTECTED12) {
        return open12(half, header, record, type, plain, error);
    }
    size_t tag = half->aead->tag_size;
    if (header->length < tag) {
        return fail(error, ERR_bad_record, "record %llu has %zu bytes, less than its tag of %zu",
            (unsigned long long)half->sequence, header->length, tag);
    }
    uint8_t nonce[AEAD_NONCE];
    make_nonce(half, nonce);
    if (!half->aead->open(half->key, nonce, bytes_of(record, RECORD_HEADER), fragment,
            header->length, fragment)) {
        return fail(error, ERR_bad_record, "record %llu (%zu bytes) is not authentic under %s",
            (unsigned long long)half->sequence, header->length, half->aead->name);
    }
    half->sequence++;
    if (!split_inner(fragment, header->length - tag, type, plain, error)) {
        wipe(fragment, header->length - tag);
        return false;
    }
    return true;
}

static void write_header(uint8_t *at, uint8_t type, uint16_t version, size_t length)
{
    at[0] = type;
    at[1] = (uint8_t)(version >> 8);
    at[2] = (uint8_t)version;
    at[3] = (uint8_t)(length >> 8);
    at[4] = (uint8_t)length;
}

/* The content goes into its place, unless it stands there already. */
static void place(uint8_t *fragment, hf_bytes data)
{
    if (data.length > 0 && data.data != fragment) {
        memcpy(fragment, data.data, data.length);
    }
}

static bool seal_fragment(struct record_half *half, uint8_t type, hf_bytes data, size_t padding,
    uint8_t *record)
{
    uint8_t nonce[AEAD_NONCE];
    make_nonce(half, nonce);
    uint8_t *fragment = record + RECORD_HEADER;
    hf_bytes aad = bytes_of(record, RECORD_HEADER);
    if (padding == 0) {
        return half->aead->seal(half->key, nonce, aad, data, bytes_of(&type, 1), fragment);
    }
    /* Padding is rare: the whole inner plaintext is laid out and sealed in place. */
    place(fragment, data);
    fragment[data.length] = type;
    memset(fragment + data.length + 1, 0, padding);
    hf_bytes inner = bytes_of(fragment, data.length + 1 + padding);
    return half->aead->seal(half->key, nonce, aad, inner, bytes_of(NULL, 0), fragment);
}

bool record_seal(struct record_half *half, uint8_t type, uint16_t plain_version, hf_bytes data,
    size_t padding, hf_builder *b, struct hf_error *error)
{
    /* RFC 9846, 5.4: content and padding together. */
    if (data.length > RECORD_PLAIN_MAX || padding > RECORD_PLAIN_MAX - data.length) {
        return fail(error, ERR_internal_error, "%zu bytes and %zu of padding are over one record",
            data.length, padding);
    }
    /* RFC 9846, 5.5. TLS 1.2, which cannot change keys, has no limit but the sequence number's. */
    bool limited = record_state(half) == RECORD_PROTECTED13;
    if (half->aead != NULL && ((limited && half->sequence >= half->aead->record_limit)
            || half->sequence == UINT64_MAX)) {
        return fail(error, ERR_key_limit, "%llu records were sealed under one key of %s",
            (unsigned long long)half->sequence, half->aead->name);
    }
    size_t size = record_sealed_size(half, data.length, padding);
    size_t begin = b->length;
    uint8_t *record = build_space(b, size);
    if (record == NULL) {
        return fail(error, ERR_internal_error, "a record of %zu bytes does not fit its buffer",
            size);
    }
    if (half->aead == NULL) {
        write_header(record, type, plain_version, data.length);
        place(record + RECORD_HEADER, data);
        return true;
    }
    bool tls12 = record_state(half) == RECORD_PROTECTED12;
    assert(!tls12 || padding == 0);
    write_header(record, tls12 ? type : CONTENT_DATA, VERSION_TLS12, size - RECORD_HEADER);
    if (tls12 ? !protect12_seal(half, data, record)
              : !seal_fragment(half, type, data, padding, record)) {
        wipe(record, size);
        b->length = begin;
        return fail(error, ERR_operation_failed, "sealing a record with %s", half->aead->name);
    }
    half->sequence++;
    return true;
}

size_t record_sealed_size(const struct record_half *half, size_t length, size_t padding)
{
    if (half->aead == NULL) {
        return RECORD_HEADER + length;
    }
    if (record_state(half) == RECORD_PROTECTED12) {
        return record_prefix(half) + length + half->aead->tag_size;
    }
    return RECORD_HEADER + length + 1 + padding + half->aead->tag_size;
}
