/* Records: headers and their limits, what is not TLS, sealing and opening under every AEAD,
 * tampering with each byte, padding, sequence numbers and key limits, memory running out. */
#include "test.h"

#include "record/guess.h"
#include "record/record.h"

static struct hf_error error;

static int header_of(const uint8_t *data, size_t length, enum record_state state, bool first,
    struct record_header *header)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    if (copy == NULL) {
        abort();
    }
    if (length > 0) {
        memcpy(copy, data, length);
    }
    error_clear(&error);
    int result = record_header_read(copy, length, state, first, header, &error);
    free(copy);
    CHECK((result == -1) == error_is_set(&error));
    return result;
}

static int header_hex(const char *hex, enum record_state state, bool first,
    struct record_header *header)
{
    uint8_t data[64];
    size_t length = from_hex(hex, data, sizeof data);
    return header_of(data, length, state, first, header);
}

/* ---- Headers ---- */

static void headers(void)
{
    struct record_header h;
    CHECK(header_hex("16 0301 0200", RECORD_PLAIN, true, &h) == 1);
    CHECK(h.type == CONTENT_HANDSHAKE && h.version == 0x0301 && h.length == 512);
    CHECK(header_hex("16 0303 0000 aa", RECORD_PLAIN, false, &h) == 1 && h.length == 0);
    CHECK(header_hex("14 0303 0001 01", RECORD_PROTECTED13, false, &h) == 1);
    CHECK(h.type == CONTENT_CCS);
    CHECK(header_hex("15 0303 0002", RECORD_PROTECTED13, false, &h) == 1);
    CHECK(h.type == CONTENT_ALERT);
    CHECK(header_hex("17 0303 0001", RECORD_PLAIN, false, &h) == 1 && h.type == CONTENT_DATA);
    /* RFC 9846, 5.1: the version is ignored once the peer is known to speak TLS. */
    CHECK(header_hex("16 7f7f 0001", RECORD_PLAIN, false, &h) == 1 && h.version == 0x7f7f);
}

static void headers_need_five_bytes(void)
{
    struct record_header h;
    uint8_t data[] = { 0x16, 0x03, 0x01, 0x00, 0x05 };
    for (size_t n = 0; n < 5; n++) {
        CHECK(header_of(data, n, RECORD_PLAIN, true, &h) == 0);
        CHECK(header_of(data, n, RECORD_PLAIN, false, &h) == 0);
    }
    CHECK(header_of(data, 5, RECORD_PLAIN, true, &h) == 1);
}

static void header_lengths(void)
{
    struct record_header h;
    CHECK(header_hex("16 0303 4000", RECORD_PLAIN, false, &h) == 1 && h.length == RECORD_PLAIN_MAX);
    CHECK(header_hex("16 0303 4001", RECORD_PLAIN, false, &h) == -1);
    CHECK_TEXT(error.reason, "record_overflow");
    CHECK_TEXT(error.field, "length");
    CHECK(error.offset == 3 && error.alert == 22);
    CHECK(header_hex("17 0303 4100", RECORD_PROTECTED13, false, &h) == 1);
    CHECK(h.length == RECORD_CIPHER_MAX);
    CHECK(header_hex("17 0303 4101", RECORD_PROTECTED13, false, &h) == -1);
    CHECK_TEXT(error.reason, "record_overflow");
    /* What stays plain keeps the limit of plaintext. */
    CHECK(header_hex("14 0303 4001", RECORD_PROTECTED13, false, &h) == -1);
    CHECK(header_hex("15 0303 4001", RECORD_PROTECTED13, false, &h) == -1);
    CHECK(header_hex("17 0303 4001", RECORD_PLAIN, false, &h) == -1);
}

static void header_types(void)
{
    struct record_header h;
    for (unsigned type = 0; type < 256; type++) {
        uint8_t data[] = { (uint8_t)type, 3, 3, 0, 2 };
        bool plain = type >= 20 && type <= 23;
        CHECK(header_of(data, 5, RECORD_PLAIN, false, &h) == (plain ? 1 : -1));
        if (!plain) {
            CHECK_TEXT(error.reason, "bad_record_type");
            CHECK_TEXT(error.field, "type");
            CHECK(error.offset == 0 && error.alert == 10);
            char words[32];
            (void)snprintf(words, sizeof words, "a record of type %u (", type);
            CHECK(strncmp(error.detail, words, strlen(words)) == 0);
            CHECK(header_of(data, 1, RECORD_PLAIN, false, &h) == -1);
        }
        bool protected = type == 20 || type == 21 || type == 23;
        CHECK(header_of(data, 5, RECORD_PROTECTED13, false, &h) == (protected ? 1 : -1));
    }
    CHECK(header_hex("18 0303 0002", RECORD_PLAIN, true, &h) == -1);
    CHECK_TEXT(error.reason, "not_tls");
}

/* ---- Not TLS ---- */

static void check_guess(const char *bytes, size_t length, const char *words)
{
    struct record_header h;
    CHECK(header_of((const uint8_t *)bytes, length, RECORD_PLAIN, true, &h) == -1);
    CHECK_TEXT(error.reason, "not_tls");
    CHECK(error.alert == 10);
    CHECK(strstr(error.detail, words) != NULL);
    if (strstr(error.detail, words) == NULL) {
        (void)fprintf(stderr, "    %s lacks %s\n", error.detail, words);
    }
    CHECK(strlen(guess_protocol((const uint8_t *)bytes, length)) > 0);
    /* Byte by byte it waits or refuses, and never takes it for TLS. */
    for (size_t n = 1; n < length; n++) {
        int result = header_of((const uint8_t *)bytes, n, RECORD_PLAIN, true, &h);
        CHECK(result == -1 || (result == 0 && n < RECORD_HEADER));
    }
    /* Later it is a bad record, or none. */
    CHECK(header_of((const uint8_t *)bytes, length, RECORD_PLAIN, false, &h) == -1
        || (bytes[0] >= 20 && bytes[0] <= 23));
}

#define GUESS(bytes, words) check_guess(bytes, sizeof(bytes) - 1, words)

static void not_tls(void)
{
    GUESS("GET / HTTP/1.1\r\n", "an HTTP request (GET): \"GET / HTTP/1.1..\"");
    GUESS("POST /x", "an HTTP request (POST)");
    GUESS("CONNECT a:443 HTTP/1.1", "an HTTP proxy request");
    GUESS("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "an HTTP/2 connection preface");
    GUESS("HTTP/1.1 400 Bad Request", "an HTTP answer");
    GUESS("<html><body>", "an HTML page");
    GUESS("<?xml version='1.0'?>", "XMPP");
    GUESS("SSH-2.0-OpenSSH_9.2", "an SSH banner: \"SSH-2.0-OpenSSH_9.2\"");
    GUESS("220 mail.example.com ESMTP", "an SMTP or FTP greeting");
    GUESS("220-mail", "an SMTP or FTP greeting");
    GUESS("554 no", "an SMTP refusal");
    GUESS("502 command", "an SMTP, FTP or NNTP answer");
    GUESS("* OK IMAP4rev1", "an IMAP greeting");
    GUESS("+OK ready", "a POP3 greeting");
    GUESS("-ERR unknown command", "a POP3 or Redis error");
    GUESS("EHLO there", "an SMTP command");
    GUESS("PROXY TCP4 1.2.3.4", "a PROXY protocol header");
    GUESS("\r\n\r\n\0\r\nQUIT\n\x21", "PROXY protocol header (version 2)");
    GUESS("RFB 003.008\n", "a VNC greeting");
    GUESS("\0\0\0\x08\x04\xd2\x16\x2f", "a PostgreSQL SSLRequest");
    GUESS("\x4a\0\0\0\x0a" "8.0.36\0", "a MySQL or MariaDB greeting");
    GUESS("E\0\0\0\x40SFATAL", "a PostgreSQL error");
    GUESS("\0\0\x12\x04\0\0\0\0\0", "an HTTP/2 SETTINGS frame");
    GUESS("\x03\0\0\x13\x0e", "a Remote Desktop");
    GUESS("0\x0c\x02\x01\x01\x60", "an LDAP message");
    GUESS("\x80\x2e\x01\0\x02\0\x15", "an SSL 2.0 ClientHello");
    GUESS("\x80\x2e\x01\x03\x01\0\x15", "a ClientHello in SSL 2.0 form");
    GUESS("\x16\xfe\xfd\0\0\0", "a DTLS handshake record");
    GUESS("hello there", "lines of text");
    GUESS("\x01\xff\xff\xff\xff", "an unknown protocol: \".....\"");
    GUESS("\x16\x02\x00\x00\x05", "an unknown protocol");
    GUESS("999 nines", "an SMTP, FTP or NNTP answer");
    GUESS("\x80\x2e\x02\0\x02", "an unknown protocol");
    GUESS("\x80\x2e\x01\0\x03", "an unknown protocol");
    GUESS("\x80\x2e\x01\x01\x02", "an unknown protocol");
    GUESS("\x7f" "ELF\x02", "an unknown protocol: \".ELF.\"");
    GUESS("line\n\x01 16 bytes", "an unknown protocol");
    GUESS("16 bytes of text\x01", "lines of text");
    CHECK_TEXT(guess_protocol((const uint8_t *)"", 0), "an unknown protocol");
    CHECK_TEXT(guess_protocol((const uint8_t *)"\t", 1), "lines of text");
}

static int first_bytes(const char *bytes, size_t length)
{
    struct record_header h;
    return header_of((const uint8_t *)bytes, length, RECORD_PLAIN, true, &h);
}

#define FIRST(bytes) first_bytes(bytes, sizeof(bytes) - 1)

/* Few bytes are waited on as long as more could tell what they are, five at the most. */
static void waits_for_words(void)
{
    CHECK(FIRST("G") == 0 && FIRST("GE") == 0 && FIRST("GET") == 0 && FIRST("GET ") == -1);
    CHECK(FIRST("GEX") == -1 && FIRST("SSH") == 0 && FIRST("SSX") == -1 && FIRST("HTTP") == 0);
    CHECK(FIRST("DELE") == 0 && FIRST("DELET") == -1);
    CHECK(FIRST("\x01") == 0 && FIRST("\x01\xff") == 0 && FIRST("\x01\xff\xff") == -1);
    CHECK(FIRST("\x80") == 0 && FIRST("\x80\x2e") == 0 && FIRST("\x80\x2e\x01") == 0);
    CHECK(FIRST("\x80\x2e\x01\x03") == 0 && FIRST("\x80\x2e\x01\x03\x01") == -1);
    CHECK(FIRST("\x14\x03\x03\x00\x01") == 1 && FIRST("\x17\x03\x03\x00\x01") == 1);
    CHECK(!guess_may_follow((const uint8_t *)"\x80\x2e\x01\x03\x01", 5));
    CHECK(!guess_may_follow((const uint8_t *)"GET / HTTP", 10));
}

/* ---- Protection ---- */

static const enum aead_id aeads[] = { AEAD_AES_128_GCM, AEAD_AES_256_GCM, AEAD_CHACHA20_POLY1305,
    AEAD_AES_128_CCM, AEAD_AES_128_CCM_8 };
enum { AEADS = sizeof aeads / sizeof *aeads, ROOM = RECORD_CIPHER_MAX + RECORD_HEADER };

static uint8_t record[ROOM];
static uint8_t content[RECORD_PLAIN_MAX + 64];

static void fill_content(void)
{
    for (size_t i = 0; i < sizeof content; i++) {
        content[i] = (uint8_t)(i * 7 + 1);
    }
}

/* A sealing and an opening half under the same key. */
static void make_halves(const struct aead *aead, struct record_half *out, struct record_half *in)
{
    uint8_t key[AEAD_KEY_MAX];
    uint8_t iv[AEAD_NONCE];
    memset(key, 0x11, sizeof key);
    memset(iv, 0x22, sizeof iv);
    memset(out, 0, sizeof *out);
    memset(in, 0, sizeof *in);
    error_clear(&error);
    CHECK(record_half_install(out, VERSION_TLS13, aead, key, iv, true, &error));
    CHECK(record_half_install(in, VERSION_TLS13, aead, key, iv, false, &error));
}

static bool seal(struct record_half *half, uint8_t type, size_t length, size_t padding,
    size_t *size)
{
    hf_builder b = builder_of(record, sizeof record);
    error_clear(&error);
    bool done = record_seal(half, type, 0x0303, bytes_of(content, length), padding, &b, &error);
    *size = b.length;
    return done;
}

static bool open(struct record_half *half, size_t size, uint8_t *type, hf_bytes *plain)
{
    struct record_header h;
    error_clear(&error);
    return record_header_read(record, size, RECORD_PROTECTED13, false, &h, &error) == 1
        && size == RECORD_HEADER + h.length && record_open(half, &h, record, type, plain, &error);
}

static void check_round_trip(struct record_half *out, struct record_half *in, uint8_t type,
    size_t length, size_t padding)
{
    size_t size;
    uint8_t got_type = 0;
    hf_bytes plain = { NULL, 0 };
    CHECK(seal(out, type, length, padding, &size));
    CHECK(size == record_sealed_size(out, length, padding));
    CHECK(record[0] == CONTENT_DATA && record[1] == 3 && record[2] == 3);
    CHECK(open(in, size, &got_type, &plain));
    CHECK(got_type == type && plain.length == length && plain.data == record + RECORD_HEADER);
    if (plain.length == length) {
        CHECK_BYTES(plain.data, content, length);
    }
    CHECK(out->sequence == in->sequence);
}

static void round_trips(void)
{
    static const size_t lengths[] = { 0, 1, 15, 16, 17, 100, 1400, RECORD_PLAIN_MAX - 1,
        RECORD_PLAIN_MAX };
    fill_content();
    for (size_t i = 0; i < AEADS; i++) {
        struct record_half out;
        struct record_half in;
        make_halves(provider_openssl.aead(aeads[i]), &out, &in);
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            check_round_trip(&out, &in, CONTENT_DATA, lengths[j], 0);
            check_round_trip(&out, &in, CONTENT_HANDSHAKE, lengths[j], 0);
            check_round_trip(&out, &in, CONTENT_ALERT, lengths[j], RECORD_PLAIN_MAX - lengths[j]);
            if (lengths[j] < 2000) {
                check_round_trip(&out, &in, CONTENT_DATA, lengths[j], 1);
                check_round_trip(&out, &in, CONTENT_DATA, lengths[j], 300);
            }
        }
        CHECK(out.sequence > 27);
        record_half_drop(&out);
        record_half_drop(&in);
        static const struct record_half empty;
        CHECK_BYTES(&out, &empty, sizeof out);
    }
}

/* The content already stands where its fragment goes. */
static void seals_in_place(void)
{
    fill_content();
    for (size_t i = 0; i < AEADS; i++) {
        for (size_t padding = 0; padding < 3; padding++) {
            struct record_half out;
            struct record_half in;
            make_halves(provider_openssl.aead(aeads[i]), &out, &in);
            memcpy(record + RECORD_HEADER, content, 1000);
            hf_builder b = builder_of(record, sizeof record);
            CHECK(record_seal(&out, CONTENT_DATA, 0x0303, bytes_of(record + RECORD_HEADER, 1000),
                padding, &b, &error));
            uint8_t type = 0;
            hf_bytes plain = { NULL, 0 };
            CHECK(open(&in, b.length, &type, &plain));
            CHECK(type == CONTENT_DATA && plain.length == 1000);
            CHECK_BYTES(record + RECORD_HEADER, content, 1000);
            record_half_drop(&out);
            record_half_drop(&in);
        }
    }
}

static void tampering(void)
{
    fill_content();
    for (size_t i = 0; i < AEADS; i++) {
        struct record_half out;
        struct record_half in;
        make_halves(provider_openssl.aead(aeads[i]), &out, &in);
        size_t size;
        CHECK(seal(&out, CONTENT_DATA, 40, 3, &size));
        uint8_t sealed[128];
        memcpy(sealed, record, size);
        static const uint8_t zeros[128];
        for (size_t at = 0; at < size; at++) {
            for (unsigned bit = 1; bit < 256; bit <<= 1) {
                memcpy(record, sealed, size);
                record[at] ^= (uint8_t)bit;
                struct record_header h = { CONTENT_DATA, 0x0303, size - RECORD_HEADER };
                uint8_t type = 99;
                hf_bytes plain = { NULL, 0 };
                error_clear(&error);
                CHECK(!record_open(&in, &h, record, &type, &plain, &error));
                CHECK_TEXT(error.reason, "bad_record");
                CHECK(error.alert == 20 && type == 99 && plain.data == NULL && in.sequence == 0);
                CHECK_BYTES(record + RECORD_HEADER, zeros,
                    size - RECORD_HEADER - out.aead->tag_size);
            }
        }
        /* Cut at the end, and each length too short to hold a tag. */
        for (size_t length = 0; length < size - RECORD_HEADER; length++) {
            memcpy(record, sealed, size);
            struct record_header h = { CONTENT_DATA, 0x0303, length };
            uint8_t type;
            hf_bytes plain;
            error_clear(&error);
            CHECK(!record_open(&in, &h, record, &type, &plain, &error));
            CHECK_TEXT(error.reason, "bad_record");
        }
        memcpy(record, sealed, size);
        uint8_t type = 0;
        hf_bytes plain;
        CHECK(open(&in, size, &type, &plain) && plain.length == 40 && in.sequence == 1);
        record_half_drop(&out);
        record_half_drop(&in);
    }
}

/* RFC 9846, 5.3: a record opens at its own place in the order only. */
static void sequence_numbers(void)
{
    fill_content();
    struct record_half out;
    struct record_half in;
    make_halves(provider_openssl.aead(AEAD_AES_128_GCM), &out, &in);
    size_t size;
    uint8_t type;
    hf_bytes plain;
    CHECK(seal(&out, CONTENT_DATA, 10, 0, &size));
    in.sequence = 1;
    CHECK(!open(&in, size, &type, &plain));
    CHECK_TEXT(error.reason, "bad_record");
    CHECK(strncmp(error.detail, "record 1 (", 10) == 0);
    /* All eight bytes of the number reach the nonce. */
    for (unsigned bit = 0; bit < 64; bit++) {
        out.sequence = 0;
        in.sequence = (uint64_t)1 << bit;
        CHECK(seal(&out, CONTENT_DATA, 10, 0, &size));
        CHECK(!open(&in, size, &type, &plain));
    }
    record_half_drop(&out);
    record_half_drop(&in);
}

/* The nonce against the RFC's words: an AEAD called by hand must open what record_seal made. */
static void nonce_and_additional_data(void)
{
    fill_content();
    struct record_half out;
    struct record_half in;
    const struct aead *aead = provider_openssl.aead(AEAD_CHACHA20_POLY1305);
    make_halves(aead, &out, &in);
    out.sequence = 0x0102030405060708;
    size_t size;
    CHECK(seal(&out, CONTENT_ALERT, 2, 1, &size));
    uint8_t nonce[AEAD_NONCE];
    CHECK(from_hex("22222222 23202126 2724252a", nonce, sizeof nonce) == sizeof nonce);
    uint8_t aad[] = { 23, 3, 3, 0, 2 + 1 + 1 + 16 };
    CHECK_BYTES(record, aad, 5);
    uint8_t inner[4];
    CHECK(aead->open(in.key, nonce, bytes_of(aad, 5), record + 5, size - 5, inner));
    uint8_t expected[] = { content[0], content[1], CONTENT_ALERT, 0 };
    CHECK_BYTES(inner, expected, 4);
    record_half_drop(&out);
    record_half_drop(&in);
}

static void key_limits(void)
{
    fill_content();
    for (size_t i = 0; i < AEADS; i++) {
        struct record_half out;
        struct record_half in;
        make_halves(provider_openssl.aead(aeads[i]), &out, &in);
        size_t size;
        uint8_t type;
        hf_bytes plain;
        out.sequence = in.sequence = out.aead->record_limit - 1;
        CHECK(seal(&out, CONTENT_DATA, 10, 0, &size) && open(&in, size, &type, &plain));
        CHECK(!seal(&out, CONTENT_DATA, 10, 0, &size));
        CHECK_TEXT(error.reason, "key_limit");
        CHECK(size == 0);
        /* RFC 9846, 5.5: a receiver should not enforce the limit, 5.3: but the number never
         * wraps. */
        const struct aead *known = out.aead;
        struct aead generous = *known;
        generous.record_limit = UINT64_MAX;
        out.aead = &generous;
        if (known->record_limit < UINT64_MAX) {
            CHECK(seal(&out, CONTENT_DATA, 10, 0, &size) && open(&in, size, &type, &plain));
            CHECK(in.sequence == known->record_limit + 1);
        }
        out.sequence = in.sequence = UINT64_MAX;
        CHECK(!seal(&out, CONTENT_DATA, 10, 0, &size));
        CHECK_TEXT(error.reason, "key_limit");
        struct record_header h = { CONTENT_DATA, 0x0303, 40 };
        error_clear(&error);
        CHECK(!record_open(&in, &h, record, &type, &plain, &error));
        CHECK_TEXT(error.reason, "key_limit");
        record_half_drop(&out);
        record_half_drop(&in);
    }
}

/* Seals an inner plaintext as it is, whatever its type and length. */
static size_t seal_inner(struct record_half *out, const uint8_t *inner, size_t length)
{
    size_t size = length + out->aead->tag_size;
    uint8_t nonce[AEAD_NONCE];
    memcpy(nonce, out->iv, sizeof nonce); /* number 0 */
    record[0] = CONTENT_DATA;
    record[1] = record[2] = 3;
    record[3] = (uint8_t)(size >> 8);
    record[4] = (uint8_t)size;
    CHECK(out->aead->seal(out->key, nonce, bytes_of(record, 5), bytes_of(inner, length),
        bytes_of(NULL, 0), record + 5));
    return RECORD_HEADER + size;
}

static void inner_plaintext(void)
{
    static uint8_t inner[RECORD_PLAIN_MAX + 64];
    static const uint8_t zeros[RECORD_PLAIN_MAX + 64];
    struct record_half out;
    struct record_half in;
    uint8_t type;
    hf_bytes plain;
    make_halves(provider_openssl.aead(AEAD_AES_128_GCM), &out, &in);
    /* RFC 9846, 5.4: nothing but zeros. */
    for (size_t length = 0; length < 3; length++) {
        in.sequence = 0;
        CHECK(!open(&in, seal_inner(&out, zeros, length), &type, &plain));
        CHECK_TEXT(error.reason, "bad_record_type");
        CHECK(error.alert == 10 && strstr(error.detail, "has no type") != NULL);
    }
    /* RFC 9846, 5: change_cipher_spec and unknown types inside. */
    for (unsigned t = 1; t < 256; t++) {
        inner[0] = 0xaa;
        inner[1] = (uint8_t)t;
        in.sequence = 0;
        bool allowed = t >= 21 && t <= 23;
        CHECK(open(&in, seal_inner(&out, inner, 2), &type, &plain) == allowed);
        if (allowed) {
            CHECK(type == t && plain.length == 1 && plain.data[0] == 0xaa);
        } else {
            CHECK_TEXT(error.reason, "bad_record_type");
            CHECK_BYTES(record + 5, zeros, 2);
        }
    }
    /* 2^14 + 1 bytes in all, padding included, and not one more. */
    memset(inner, 0, sizeof inner);
    inner[0] = CONTENT_DATA;
    in.sequence = 0;
    CHECK(open(&in, seal_inner(&out, inner, RECORD_PLAIN_MAX + 1), &type, &plain));
    CHECK(plain.length == 0 && type == CONTENT_DATA);
    in.sequence = 0;
    CHECK(!open(&in, seal_inner(&out, inner, RECORD_PLAIN_MAX + 2), &type, &plain));
    CHECK_TEXT(error.reason, "record_overflow");
    CHECK_BYTES(record + 5, zeros, RECORD_PLAIN_MAX + 2);
    record_half_drop(&out);
    record_half_drop(&in);
}

static void plaintext_passes(void)
{
    fill_content();
    struct record_half half = { 0 };
    hf_builder b = builder_of(record, sizeof record);
    error_clear(&error);
    CHECK(record_seal(&half, CONTENT_HANDSHAKE, 0x0301, bytes_of(content, 300), 0, &b, &error));
    CHECK(b.length == 305 && record_sealed_size(&half, 300, 0) == 305);
    CHECK_BYTES(record, "\x16\x03\x01\x01\x2c", 5);
    CHECK_BYTES(record + 5, content, 300);
    struct record_header h;
    CHECK(record_header_read(record, b.length, RECORD_PLAIN, true, &h, &error) == 1);
    uint8_t type = 0;
    hf_bytes plain;
    CHECK(record_open(&half, &h, record, &type, &plain, &error));
    CHECK(type == CONTENT_HANDSHAKE && plain.data == record + 5 && plain.length == 300);
    record_half_drop(&half);
    record_half_drop(&half);
}

static void seal_failures(void)
{
    fill_content();
    struct record_half out;
    struct record_half in;
    size_t size;
    make_halves(provider_openssl.aead(AEAD_AES_128_GCM), &out, &in);
    CHECK(!seal(&out, CONTENT_DATA, RECORD_PLAIN_MAX + 1, 0, &size));
    CHECK_TEXT(error.reason, "internal_error");
    CHECK(!seal(&out, CONTENT_DATA, RECORD_PLAIN_MAX, 1, &size));
    CHECK(!seal(&out, CONTENT_DATA, 1, SIZE_MAX, &size));
    CHECK(out.sequence == 0);
    /* A buffer one byte too small. */
    for (size_t less = 1; less < 40; less++) {
        hf_builder b = builder_of(record, record_sealed_size(&out, 20, 0) - less);
        error_clear(&error);
        CHECK(!record_seal(&out, CONTENT_DATA, 0x0303, bytes_of(content, 20), 0, &b, &error));
        CHECK_TEXT(error.reason, "internal_error");
        CHECK(out.sequence == 0);
    }
    record_half_drop(&out);
    record_half_drop(&in);
}

/* ---- An AEAD that fails ---- */

static unsigned drops;

static struct aead_key *make_nothing(const struct aead *aead, const uint8_t *key, bool seals)
{
    (void)aead;
    (void)key;
    (void)seals;
    return NULL;
}

static struct aead_key *make_something(const struct aead *aead, const uint8_t *key, bool seals)
{
    (void)aead;
    (void)key;
    (void)seals;
    static uint64_t memory; /* never looked into */
    return (struct aead_key *)(void *)&memory;
}

static bool seal_nothing(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    hf_bytes in, hf_bytes tail, uint8_t *out)
{
    (void)key;
    (void)nonce;
    (void)aad;
    (void)tail;
    memset(out, 0x55, in.length);
    return false;
}

static void count_drop(struct aead_key *key)
{
    drops += key != NULL;
}

static const struct aead no_memory = { AEAD_AES_128_GCM, "AES-128-GCM", 16, 16, 100, make_nothing,
    NULL, NULL, count_drop };
static const struct aead no_seal = { AEAD_AES_128_GCM, "AES-128-GCM", 16, 16, 100, make_something,
    seal_nothing, NULL, count_drop };

static void failing_provider(void)
{
    static const uint8_t key[AEAD_KEY_MAX];
    struct record_half half = { 0 };
    drops = 0;
    error_clear(&error);
    CHECK(!record_half_install(&half, VERSION_TLS13, &no_memory, key, key, true, &error));
    CHECK_TEXT(error.reason, "out_of_memory");
    CHECK(half.aead == NULL && half.key == NULL);
    error_clear(&error);
    CHECK(record_half_install(&half, VERSION_TLS13, &no_seal, key, key, true, &error));
    hf_builder b = builder_of(record, sizeof record);
    build_u8(&b, 0xaa);
    static const uint8_t zeros[64];
    for (size_t padding = 0; padding < 2; padding++) {
        error_clear(&error);
        hf_bytes data = bytes_of("secret", 6);
        CHECK(!record_seal(&half, CONTENT_DATA, 0x0303, data, padding, &b, &error));
        CHECK_TEXT(error.reason, "operation_failed");
        CHECK(b.length == 1 && half.sequence == 0);
        CHECK_BYTES(record + 1, zeros, RECORD_HEADER + 6 + 1 + 16);
    }
    /* Installing anew drops the old key, and so does a failure to. */
    CHECK(record_half_install(&half, VERSION_TLS13, &no_seal, key, key, true, &error));
    CHECK(drops == 1);
    half.sequence = 7;
    CHECK(record_half_install(&half, VERSION_TLS13, &no_seal, key, key, true, &error));
    CHECK(drops == 2);
    CHECK(half.sequence == 0);
    CHECK(!record_half_install(&half, VERSION_TLS13, &no_memory, key, key, true, NULL));
    CHECK(drops == 3);
    record_half_drop(&half);
    CHECK(drops == 3);
}

TEST_MAIN(TEST(headers), TEST(headers_need_five_bytes), TEST(header_lengths), TEST(header_types),
    TEST(not_tls), TEST(waits_for_words), TEST(round_trips), TEST(seals_in_place),
    TEST(tampering), TEST(sequence_numbers),
    TEST(nonce_and_additional_data), TEST(key_limits), TEST(inner_plaintext),
    TEST(plaintext_passes), TEST(seal_failures), TEST(failing_provider))
