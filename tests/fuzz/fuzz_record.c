/* Records: headers of any bytes, records of any bytes opened under a key, and inner plaintexts of
 * any bytes sealed so that they open. Byte 0 has the switches, the rest is the input. */
#include "require.h"

#include "base/ct.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[AEAD_KEY_MAX] = { 1 };

static void check_header(const uint8_t *data, size_t size, enum record_state state, bool first)
{
    struct hf_error error;
    struct record_header header;
    error_clear(&error);
    int result = record_header_read(data, size, state, first, &header, &error);
    REQUIRE((result == -1) == error_is_set(&error));
    if (result == 1) {
        REQUIRE(size >= RECORD_HEADER && header.length <= RECORD_CIPHER_MAX);
        REQUIRE(header.type == data[0] && header.length == (size_t)(data[3] << 8 | data[4]));
        REQUIRE(state != RECORD_PLAIN || header.length <= RECORD_PLAIN_MAX);
    } else if (result == 0) {
        REQUIRE(size < RECORD_HEADER);
    } else {
        REQUIRE(error.detail[0] != '\0');
        REQUIRE((first && state == RECORD_PLAIN) || strcmp(error.reason, "not_tls") != 0);
    }
    /* A refusal stands however many bytes follow. */
    if (result == 1 || result == 0) {
        for (size_t n = 0; n < size && n < RECORD_HEADER; n++) {
            REQUIRE(record_header_read(data, n, state, first, &header, NULL) == 0);
        }
    }
}

/* Whatever came as a record is not authentic under our key. */
static void check_open(struct record_half *half, const uint8_t *data, size_t size, uint8_t *record)
{
    struct hf_error error;
    struct record_header header;
    uint8_t type;
    hf_bytes plain;
    error_clear(&error);
    if (record_header_read(data, size, record_state(half), false, &header, &error) != 1
        || size - RECORD_HEADER < header.length) {
        return;
    }
    memcpy(record, data, RECORD_HEADER + header.length);
    REQUIRE(!record_open(half, &header, record, &type, &plain, &error));
    REQUIRE(strcmp(error.reason, "bad_record") == 0);
    REQUIRE(half->sequence == 0);
}

/* A record of ours whose inner plaintext is the input: type, padding and all. */
static void check_inner(struct record_half *out, struct record_half *in, const uint8_t *data,
    size_t size, uint8_t *record)
{
    uint8_t nonce[AEAD_NONCE];
    uint8_t type;
    hf_bytes plain;
    struct hf_error error;
    size_t sealed = size + out->aead->tag_size;
    if (sealed > RECORD_CIPHER_MAX) {
        return;
    }
    struct record_header header = { CONTENT_DATA, VERSION_TLS12, sealed };
    uint8_t head[RECORD_HEADER] = { CONTENT_DATA, 3, 3, (uint8_t)(sealed >> 8), (uint8_t)sealed };
    memcpy(record, head, sizeof head);
    memcpy(nonce, out->iv, sizeof nonce);
    REQUIRE(out->aead->seal(out->key, nonce, bytes_of(record, RECORD_HEADER), bytes_of(data, size),
        bytes_of(NULL, 0), record + RECORD_HEADER));
    in->sequence = 0;
    error_clear(&error);
    if (record_open(in, &header, record, &type, &plain, &error)) {
        REQUIRE(type >= CONTENT_ALERT && type <= CONTENT_DATA && plain.length < size);
        REQUIRE(plain.length <= RECORD_PLAIN_MAX && plain.data == record + RECORD_HEADER);
        REQUIRE(bytes_equal_public(plain, bytes_of(data, plain.length)));
        REQUIRE(data[plain.length] == type);
        REQUIRE(ct_is_zero(data + plain.length + 1, size - plain.length - 1));
        REQUIRE(in->sequence == 1);
    } else {
        REQUIRE(strcmp(error.reason, "bad_record_type") == 0
            || strcmp(error.reason, "record_overflow") == 0);
        REQUIRE(ct_is_zero(record + RECORD_HEADER, size));
    }
}

/* TLS 1.2: the input as a record's content, of the type that its first byte gives. */
static void check_content12(struct record_half *out, struct record_half *in, const uint8_t *data,
    size_t size, uint8_t *record)
{
    uint8_t type;
    hf_bytes plain;
    struct hf_error error;
    struct record_header header;
    if (size == 0 || size > RECORD_PLAIN_MAX) {
        return;
    }
    uint8_t sealed_type = (uint8_t)(CONTENT_CCS + data[0] % 4);
    hf_builder b = builder_of(record, RECORD_HEADER + RECORD_CIPHER_MAX);
    error_clear(&error);
    REQUIRE(record_seal(out, sealed_type, VERSION_TLS12, bytes_of(data, size), 0, &b, &error));
    REQUIRE(b.length == record_sealed_size(out, size, 0));
    REQUIRE(record_header_read(record, b.length, record_state(in), false, &header, &error) == 1);
    REQUIRE(header.length == b.length - RECORD_HEADER && header.type == sealed_type);
    REQUIRE(record_open(in, &header, record, &type, &plain, &error));
    REQUIRE(type == sealed_type && bytes_equal_public(plain, bytes_of(data, size)));
    REQUIRE(plain.data == record + record_prefix(in) && in->sequence == out->sequence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 2 * RECORD_CIPHER_MAX) {
        return 0;
    }
    uint8_t switches = data[0];
    data++;
    size--;
    bool tls12 = (switches & 0x20) != 0;
    enum record_state state = tls12 ? RECORD_PROTECTED12 : RECORD_PROTECTED13;
    check_header(data, size, switches & 1 ? state : RECORD_PLAIN, switches & 2);
    if ((switches & 4) == 0) {
        return 0;
    }
    unsigned id = (switches >> 3 & 3U) | (switches >> 4 & 4U);
    const struct aead *aead = provider_openssl.aead((enum aead_id)id);
    if (aead == NULL) {
        return 0;
    }
    uint16_t version = tls12 ? VERSION_TLS12 : VERSION_TLS13;
    struct record_half out = { 0 };
    struct record_half in = { 0 };
    uint8_t *record = malloc(RECORD_HEADER + RECORD_CIPHER_MAX);
    REQUIRE(record != NULL);
    REQUIRE(record_half_install(&out, version, aead, secret, secret, true, NULL));
    REQUIRE(record_half_install(&in, version, aead, secret, secret, false, NULL));
    check_open(&in, data, size, record);
    if (tls12) {
        check_content12(&out, &in, data, size, record);
    } else {
        check_inner(&out, &in, data, size, record);
    }
    record_half_drop(&out);
    record_half_drop(&in);
    free(record);
    return 0;
}
