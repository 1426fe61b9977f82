/* TLS 1.2's records: see src/record/protect12.c. What ours seals, libcrypto's ciphers open by the
 * letters of RFC 5246, 6.2.3.3, and the other way round. */
#include "test.h"

#include <openssl/evp.h>

#include "record/record.h"

static const struct {
    enum aead_id id;
    const char *cipher; /* libcrypto's name */
    int tag;
    bool explicit_nonce;
} aeads[] = {
    { AEAD_AES_128_GCM, "AES-128-GCM", 16, true },
    { AEAD_AES_256_GCM, "AES-256-GCM", 16, true },
    { AEAD_CHACHA20_POLY1305, "ChaCha20-Poly1305", 16, false },
    { AEAD_AES_128_CCM, "AES-128-CCM", 16, true },
    { AEAD_AES_128_CCM_8, "AES-128-CCM", 8, true },
    { AEAD_AES_256_CCM, "AES-256-CCM", 16, true },
    { AEAD_AES_256_CCM_8, "AES-256-CCM", 8, true },
};
enum { AEADS = sizeof aeads / sizeof *aeads, ROOM = RECORD_HEADER + RECORD_CIPHER_MAX + 64 };

static struct hf_error error;
static uint8_t record[ROOM];
static uint8_t content[RECORD_PLAIN_MAX + 1];
static uint8_t key[AEAD_KEY_MAX];
static uint8_t iv[AEAD_NONCE];

struct world {
    struct record_half out;
    struct record_half in;
};

static void begin(struct world *w, size_t i)
{
    for (size_t k = 0; k < sizeof content; k++) {
        content[k] = (uint8_t)(k * 11 + 3);
    }
    memset(key, 0x31, sizeof key);
    memset(iv, 0, sizeof iv);
    memset(iv, 0x42, aeads[i].explicit_nonce ? 4 : AEAD_NONCE);
    memset(w, 0, sizeof *w);
    error_clear(&error);
    const struct aead *aead = provider_openssl.aead(aeads[i].id);
    CHECK(record_half_install(&w->out, VERSION_TLS12, aead, key, iv, true, &error));
    CHECK(record_half_install(&w->in, VERSION_TLS12, aead, key, iv, false, &error));
    CHECK(record_state(&w->out) == RECORD_PROTECTED12);
    CHECK(record_prefix(&w->out) == (aeads[i].explicit_nonce ? 13 : 5));
}

static void end(struct world *w)
{
    record_half_drop(&w->out);
    record_half_drop(&w->in);
    CHECK(record_state(&w->out) == RECORD_PLAIN && record_prefix(&w->out) == RECORD_HEADER);
}

static size_t seal(struct world *w, uint8_t type, size_t length)
{
    hf_builder b = builder_of(record, sizeof record);
    CHECK(record_seal(&w->out, type, 0x0301, bytes_of(content, length), 0, &b, &error));
    CHECK(b.length == record_sealed_size(&w->out, length, 0));
    CHECK(record[0] == type && record[1] == 3 && record[2] == 3);
    CHECK((size_t)(record[3] << 8 | record[4]) == b.length - RECORD_HEADER);
    return b.length;
}

static bool open(struct world *w, size_t size, uint8_t *type, hf_bytes *plain)
{
    struct record_header h;
    error_clear(&error);
    return record_header_read(record, size, record_state(&w->in), false, &h, &error) == 1
        && size == RECORD_HEADER + h.length
        && record_open(&w->in, &h, record, type, plain, &error);
}

/* ---- libcrypto ---- */

static void put64(uint8_t *out, uint64_t number)
{
    for (int i = 7; i >= 0; i--) {
        out[i] = (uint8_t)number;
        number >>= 8;
    }
}

/* One AEAD operation, in place; `tag` is read or written. */
static bool foreign(size_t i, bool seals, const uint8_t *nonce, const uint8_t aad[13],
    uint8_t *text, int length, uint8_t *tag)
{
    int done = 0;
    const bool ccm = strstr(aeads[i].cipher, "CCM") != NULL;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, aeads[i].cipher, NULL);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool good = EVP_CipherInit_ex2(c, cipher, NULL, NULL, seals, NULL) == 1
        && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) == 1
        && ((seals && !ccm)
            || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, aeads[i].tag, seals ? NULL : tag)
                == 1)
        && EVP_CipherInit_ex2(c, NULL, key, nonce, seals, NULL) == 1
        && (!ccm || EVP_CipherUpdate(c, NULL, &done, NULL, length) == 1)
        && EVP_CipherUpdate(c, NULL, &done, aad, 13) == 1
        && EVP_CipherUpdate(c, text, &done, text, length) == 1
        && ((ccm && !seals) || EVP_CipherFinal_ex(c, text + length, &done) == 1)
        && (!seals || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, aeads[i].tag, tag) == 1);
    EVP_CIPHER_CTX_free(c);
    EVP_CIPHER_free(cipher);
    return good;
}

/* RFC 5246, 6.2.3.3; RFC 5288, 3; RFC 7905, 2. */
static void foreign_inputs(size_t i, uint64_t sequence, const uint8_t *explicit_part, uint8_t type,
    size_t length, uint8_t nonce[12], uint8_t aad[13])
{
    uint8_t number[8];
    put64(number, sequence);
    memcpy(nonce, iv, 12);
    for (size_t k = 0; k < 8; k++) {
        nonce[4 + k] = aeads[i].explicit_nonce ? explicit_part[k] : iv[4 + k] ^ number[k];
    }
    memcpy(aad, number, 8);
    aad[8] = type;
    aad[9] = 3;
    aad[10] = 3;
    aad[11] = (uint8_t)(length >> 8);
    aad[12] = (uint8_t)length;
}

static void libcrypto_opens_ours(void)
{
    static const size_t lengths[] = { 1, 16, 100, 16384 };
    static const uint64_t sequences[] = { 0, 1, 255, 0x0102030405060708 };
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        begin(&w, i);
        for (size_t k = 0; k < 4; k++) {
            uint8_t nonce[12];
            uint8_t aad[13];
            w.out.sequence = sequences[k];
            size_t size = seal(&w, CONTENT_ALERT, lengths[k]);
            foreign_inputs(i, sequences[k], record + RECORD_HEADER, CONTENT_ALERT, lengths[k],
                nonce, aad);
            uint8_t *text = record + record_prefix(&w.out);
            CHECK(size == record_prefix(&w.out) + lengths[k] + (size_t)aeads[i].tag);
            CHECK(foreign(i, false, nonce, aad, text, (int)lengths[k], text + lengths[k]));
            CHECK_BYTES(text, content, lengths[k]);
            CHECK(w.out.sequence == sequences[k] + 1);
        }
        end(&w);
    }
}

/* With an explicit nonce that is not the sequence number, as some peers send. */
static size_t foreign_record(size_t i, uint64_t sequence, uint8_t type, size_t length)
{
    const uint8_t head[13] = { type, 3, 3, 0, 0, 0xde, 0xad, 0xbe, 0xef, 9, 8, 7, 6 };
    uint8_t nonce[12];
    uint8_t aad[13];
    const size_t prefix = aeads[i].explicit_nonce ? 13 : 5;
    memcpy(record, head, prefix);
    foreign_inputs(i, sequence, head + 5, type, length, nonce, aad);
    memcpy(record + prefix, content, length);
    CHECK(foreign(i, true, nonce, aad, record + prefix, (int)length, record + prefix + length));
    size_t size = prefix + length + (size_t)aeads[i].tag;
    record[3] = (uint8_t)((size - 5) >> 8);
    record[4] = (uint8_t)(size - 5);
    return size;
}

static void ours_opens_libcryptos(void)
{
    static const size_t lengths[] = { 1, 2, 64, 1000, 16384 };
    static const uint8_t types[] = { CONTENT_HANDSHAKE, CONTENT_DATA, CONTENT_ALERT, CONTENT_CCS,
        CONTENT_DATA };
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        begin(&w, i);
        for (size_t k = 0; k < 5; k++) {
            uint8_t type = 0;
            hf_bytes plain = { NULL, 0 };
            size_t size = foreign_record(i, k, types[k], lengths[k]);
            CHECK(open(&w, size, &type, &plain));
            CHECK(type == types[k] && plain.length == lengths[k]);
            CHECK(plain.data == record + record_prefix(&w.in));
            CHECK_BYTES(record + record_prefix(&w.in), content, lengths[k]);
        }
        end(&w);
    }
}

/* ---- Ours alone ---- */

static void round_trips_in_place(void)
{
    static const size_t lengths[] = { 0, 1, 15, 16, 17, 1400, RECORD_PLAIN_MAX };
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        begin(&w, i);
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            uint8_t *place = record + record_prefix(&w.out);
            uint8_t type = 0;
            hf_bytes plain = { NULL, 0 };
            memcpy(place, content, lengths[k]);
            hf_builder b = builder_of(record, sizeof record);
            CHECK(record_seal(&w.out, CONTENT_HANDSHAKE, 0x0303, bytes_of(place, lengths[k]), 0, &b,
                &error));
            CHECK(open(&w, b.length, &type, &plain));
            CHECK(type == CONTENT_HANDSHAKE && plain.length == lengths[k] && plain.data == place);
            CHECK_BYTES(place, content, lengths[k]);
        }
        end(&w);
    }
}

/* Every bit of a record, its type and version, its order: nothing is left in its place. */
static void tampering(void)
{
    static const uint8_t zeros[128];
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        begin(&w, i);
        size_t size = seal(&w, CONTENT_DATA, 40);
        uint8_t sealed[128];
        memcpy(sealed, record, size);
        const struct record_header h = { CONTENT_DATA, VERSION_TLS12, size - RECORD_HEADER };
        for (size_t bit = 0; bit < 8 * size; bit++) {
            uint8_t type = 99;
            hf_bytes plain = { NULL, 0 };
            if (bit / 8 == 3 || bit / 8 == 4) {
                continue; /* the record's length, which is not authenticated as such */
            }
            memcpy(record, sealed, size);
            record[bit / 8] ^= (uint8_t)(1U << bit % 8);
            error_clear(&error);
            CHECK(!record_open(&w.in, &h, record, &type, &plain, &error));
            CHECK_TEXT(error.reason, "bad_record");
            CHECK(error.alert == 20 && type == 99 && w.in.sequence == 0);
            CHECK_BYTES(record + record_prefix(&w.in), zeros, 40);
        }
        uint8_t type;
        hf_bytes plain;
        memcpy(record, sealed, size);
        w.in.sequence = 1;
        CHECK(!record_open(&w.in, &h, record, &type, &plain, &error));
        w.in.sequence = 0;
        memcpy(record, sealed, size);
        CHECK(record_open(&w.in, &h, record, &type, &plain, &error));
        end(&w);
    }
}

/* Too short for nonce and tag; and the shortest, which is empty. */
static void short_records(void)
{
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        begin(&w, i);
        size_t size = seal(&w, CONTENT_DATA, 0);
        uint8_t sealed[64];
        memcpy(sealed, record, size);
        for (size_t n = 0; n < size - RECORD_HEADER; n++) {
            struct record_header h = { CONTENT_DATA, VERSION_TLS12, n };
            uint8_t type = 99;
            hf_bytes plain = { NULL, 0 };
            memcpy(record, sealed, size);
            error_clear(&error);
            CHECK(!record_open(&w.in, &h, record, &type, &plain, &error));
            CHECK_TEXT(error.reason, "bad_record");
            CHECK(type == 99 && plain.data == NULL);
        }
        uint8_t type;
        hf_bytes plain;
        memcpy(record, sealed, size);
        CHECK(open(&w, size, &type, &plain) && plain.length == 0 && type == CONTENT_DATA);
        end(&w);
    }
}

/* RFC 5246, 6.2.1 and 6.2.3. */
static void lengths_and_types(void)
{
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        uint8_t type;
        hf_bytes plain;
        begin(&w, i);
        size_t size = foreign_record(i, 0, CONTENT_DATA, RECORD_PLAIN_MAX + 1);
        CHECK(!open(&w, size, &type, &plain));
        CHECK_TEXT(error.reason, "record_overflow");
        CHECK(error.alert == 22);
        static const uint8_t zeros[RECORD_PLAIN_MAX + 1];
        CHECK_BYTES(record + record_prefix(&w.in), zeros, sizeof zeros);
        end(&w);
    }
    struct record_header h;
    const uint8_t most[] = { 23, 3, 3, 0x41, 0x00 };
    const uint8_t more[] = { 23, 3, 3, 0x41, 0x01 };
    CHECK(record_header_read(most, 5, RECORD_PROTECTED12, false, &h, &error) == 1);
    error_clear(&error);
    CHECK(record_header_read(more, 5, RECORD_PROTECTED12, false, &h, &error) == -1);
    CHECK_TEXT(error.reason, "record_overflow");
    for (unsigned content_type = 0; content_type < 256; content_type++) {
        const uint8_t data[] = { (uint8_t)content_type, 3, 3, 0, 32 };
        bool known = content_type >= 20 && content_type <= 23;
        error_clear(&error);
        CHECK(record_header_read(data, 5, RECORD_PROTECTED12, false, &h, &error)
            == (known ? 1 : -1));
        CHECK(known || strcmp(error.reason, "bad_record_type") == 0);
    }
}

/* No KeyUpdate: the AEADs' limits of RFC 9846 do not end a connection, the sequence number does. */
static void limits(void)
{
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        uint8_t type;
        hf_bytes plain;
        begin(&w, i);
        w.out.sequence = w.out.aead->record_limit - 1;
        w.in.sequence = w.out.sequence;
        if (w.out.aead->record_limit < UINT64_MAX) {
            for (int k = 0; k < 3; k++) {
                size_t size = seal(&w, CONTENT_DATA, 10);
                CHECK(open(&w, size, &type, &plain));
            }
        }
        w.out.sequence = UINT64_MAX - 1;
        w.in.sequence = w.out.sequence;
        size_t size = seal(&w, CONTENT_DATA, 10);
        CHECK(open(&w, size, &type, &plain));
        hf_builder b = builder_of(record, sizeof record);
        error_clear(&error);
        CHECK(!record_seal(&w.out, CONTENT_DATA, 0x0303, bytes_of(content, 1), 0, &b, &error));
        CHECK_TEXT(error.reason, "key_limit");
        CHECK(b.length == 0);
        CHECK(!open(&w, size, &type, &plain));
        CHECK_TEXT(error.reason, "key_limit");
        end(&w);
    }
}

/* A record that has no room is not begun. */
static void no_room(void)
{
    for (size_t i = 0; i < AEADS; i++) {
        struct world w;
        begin(&w, i);
        size_t size = record_sealed_size(&w.out, 100, 0);
        hf_builder b = builder_of(record, size - 1);
        error_clear(&error);
        CHECK(!record_seal(&w.out, CONTENT_DATA, 0x0303, bytes_of(content, 100), 0, &b, &error));
        CHECK_TEXT(error.reason, "internal_error");
        CHECK(w.out.sequence == 0);
        end(&w);
    }
}

TEST_MAIN(TEST(libcrypto_opens_ours), TEST(ours_opens_libcryptos), TEST(round_trips_in_place),
    TEST(tampering), TEST(short_records), TEST(lengths_and_types), TEST(limits), TEST(no_room))
