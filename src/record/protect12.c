/* The protection of TLS 1.2's records: RFC 5246, 6.2.3.3. GCM (RFC 5288) and CCM (RFC 6655) send 8
 * bytes of the nonce with each record: ours are the sequence number. ChaCha20-Poly1305 (RFC 7905)
 * makes its nonce as TLS 1.3 does. */
#include "record/protect12.h"

#include <string.h>

/* 6.2.3.3: sequence number, type, version and length of the content. */
enum { ADDITIONAL_DATA = 13 };

static void put_number(uint8_t out[8], uint64_t number)
{
    for (size_t i = 0; i < 8; i++) {
        out[7 - i] = (uint8_t)(number >> (8 * i));
    }
}

static void make_aad(const struct record_half *half, const uint8_t *record, size_t length,
    uint8_t aad[ADDITIONAL_DATA])
{
    put_number(aad, half->sequence);
    memcpy(aad + 8, record, 3);
    aad[11] = (uint8_t)(length >> 8);
    aad[12] = (uint8_t)length;
}

static void make_nonce(const struct record_half *half, const uint8_t *explicit_part,
    uint8_t nonce[AEAD_NONCE])
{
    size_t length = record_explicit(half);
    memcpy(nonce, half->iv, AEAD_NONCE);
    if (length > 0) {
        memcpy(nonce + AEAD_NONCE - length, explicit_part, length);
        return;
    }
    uint8_t number[8];
    put_number(number, half->sequence);
    for (size_t i = 0; i < sizeof number; i++) {
        nonce[AEAD_NONCE - sizeof number + i] ^= number[i];
    }
}

bool protect12_open(struct record_half *half, const struct record_header *header, uint8_t *record,
    hf_bytes *plain)
{
    uint8_t aad[ADDITIONAL_DATA];
    uint8_t nonce[AEAD_NONCE];
    size_t overhead = record_explicit(half) + half->aead->tag_size;
    if (header->length < overhead) {
        return false;
    }
    uint8_t *content = record + record_prefix(half);
    size_t length = header->length - overhead;
    make_aad(half, record, length, aad);
    make_nonce(half, record + RECORD_HEADER, nonce);
    *plain = bytes_of(content, length);
    return half->aead->open(half->key, nonce, bytes_of(aad, sizeof aad), content,
        header->length - record_explicit(half), content);
}

bool protect12_seal(struct record_half *half, hf_bytes data, uint8_t *record)
{
    uint8_t aad[ADDITIONAL_DATA];
    uint8_t nonce[AEAD_NONCE];
    if (record_explicit(half) > 0) {
        put_number(record + RECORD_HEADER, half->sequence);
    }
    make_aad(half, record, data.length, aad);
    make_nonce(half, record + RECORD_HEADER, nonce);
    return half->aead->seal(half->key, nonce, bytes_of(aad, sizeof aad), data, bytes_of(NULL, 0),
        record + record_prefix(half));
}
