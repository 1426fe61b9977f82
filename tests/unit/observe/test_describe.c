/* Messages in words and as fields: handshakes of TLS 1.2 with each of its key exchanges, full and
 * resumed, as OpenSSL made them, and the resumed one of RFC 8448. */
#include "observe/emit.h"

#include "observe/describe.h"
#include "observe/explain.h"
#include "observe/fields.h"
#include "wire/messages.h"
#include "wire/recorded12.h"
#include "wire/recorded13.h"

/* The words on the last message that the collector holds. */
static void check_words(const struct collector *collector, const char *words)
{
    struct text text = { 0 };
    describe_message(&text, &collector->events[collector->count - 1], "  ");
    CHECK_TEXT(text_string(&text), words);
    text_free(&text);
}

struct told {
    const char *hex;
    bool by_server;
    const char *words;
};

static void begin(struct collector *collector)
{
    now = 0;
    collector_begin(collector, COLLECT_BYTES, fake_clock);
}

static void check_told(struct collector *collector, const struct told *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        emit_message(collector, "", rows[i].hex, !rows[i].by_server, rows[i].by_server, false);
        check_words(collector, rows[i].words);
    }
}

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define OPENSSL_SIGNS \
    "  signs    ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512, " \
    "ed25519, ed448,\n" \
    "           rsa_pss_pss_sha256, rsa_pss_pss_sha384, rsa_pss_pss_sha512, " \
    "rsa_pss_rsae_sha256,\n" \
    "           rsa_pss_rsae_sha384, rsa_pss_rsae_sha512, rsa_pkcs1_sha256, rsa_pkcs1_sha384,\n" \
    "           rsa_pkcs1_sha512, 0x0303, "

static void words_ecdhe(void)
{
    static const struct told rows[] = {
        { ecdhe_client_hello, false,
            "  suites   TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "
            "TLS_EMPTY_RENEGOTIATION_INFO_SCSV\n"
            "  name     server.example (SNI: anyone on the path can read it)\n"
            "  groups   x25519, secp256r1, x448, secp521r1, secp384r1\n"
            "  asks     for a ticket, should it come to TLS 1.2\n"
            "  asks     for an OCSP answer with the certificate\n"
            "  alpn     h2\n"
            OPENSSL_SIGNS "0x0301, 0x0302, 0x0402, 0x0502, 0x0602\n"
            "  versions TLS 1.2 or lower\n" },
        { ecdhe_server_hello, true,
            "  chooses  TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
            "  alpn     h2 is chosen\n"
            "  answers  renegotiation_info, ec_point_formats, session_ticket, status_request,\n"
            "           extended_master_secret\n"
            "  learnt   the certificate and the key exchange follow in the clear: TLS 1.2 encrypts "
            "after\n"
            "           ChangeCipherSpec\n" },
        { ecdhe_certificate, true,
            "  [0]      CN=server.example, issued by CN=Test CA, EC P-256, valid until "
            "2036-11-18T04:47:30Z\n"
            "  [1]      CN=Test CA, issued by itself, EC P-256, valid until "
            "2036-11-18T04:47:30Z\n" },
        { ecdhe_certificate_status, true,
            "  staples  an OCSP answer of 282 bytes on certificate 0\n" },
        { ecdhe_server_key_exchange, true,
            "  share    x25519 (32 bytes), the public half of a key made for this handshake alone\n"
            "  proves   with ecdsa_secp256r1_sha256 over it and both randoms that the server holds "
            "the\n"
            "           certificate's key\n" },
        { ecdhe_certificate_request, true,
            "  asks     for a certificate of the client\n"
            "  types    rsa_sign, dss_sign, ecdsa_sign\n"
            OPENSSL_SIGNS "0x0301, 0x0302, 0x0402, 0x0502, 0x0602\n"
            "  of CA    CN=Test CA\n" },
        { server_hello_done, true, "  says     that it has said all: it is the client's turn\n" },
        { "0b000003000000", false, "  says     no certificate\n" },
        { ecdhe_client_key_exchange, false,
            "  share    32 bytes, the public half of a key made for this handshake alone\n"
            "  learnt   both sides can compute the shared secret\n" },
        { ecdhe_certificate_verify, false,
            "  proves   with ecdsa_secp256r1_sha256 over all that was said that the client holds "
            "the\n"
            "           certificate's key\n" },
        { "ff", false, "  says     that the next records are encrypted under the new keys\n" },
        { "1400000c000102030405060708090a0b", false,
            "  proves   with a MAC that both saw the same handshake, byte for byte\n" },
        { new_session_ticket, true,
            "  gives    a ticket of 176 bytes to resume with, for 7200 s\n" },
        { "04000007 00000000 0001aa", true, "  gives    a ticket of 1 bytes to resume with\n" },
        { "04000006 00000e10 0000", true, "  gives    no ticket after all\n" },
        { "00000000", true, "  asks     for a new handshake within this one\n" },
    };
    struct collector collector;
    begin(&collector);
    check_told(&collector, rows, COUNT(rows));
    collector_free(&collector);
}

static void words_dhe(void)
{
    static const struct told rows[] = {
        { dhe_client_hello, false,
            "  suites   TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, TLS_EMPTY_RENEGOTIATION_INFO_SCSV\n"
            "  asks     for a ticket, should it come to TLS 1.2\n"
            OPENSSL_SIGNS "ecdsa_sha1, 0x0301, rsa_pkcs1_sha1, 0x0302, 0x0202, 0x0402,\n"
            "           0x0502, 0x0602\n"
            "  versions TLS 1.2 or lower\n" },
        { dhe_server_hello, true,
            "  chooses  TLS 1.2, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\n"
            "  answers  renegotiation_info, session_ticket, extended_master_secret\n"
            "  learnt   the certificate and the key exchange follow in the clear: TLS 1.2 encrypts "
            "after\n"
            "           ChangeCipherSpec\n" },
        { dhe_server_key_exchange, true,
            "  share    finite field with a prime of 1024 bits, the public half of a key made for "
            "this handshake\n"
            "           alone\n"
            "  proves   with rsa_pss_rsae_sha256 over it and both randoms that the server holds "
            "the certificate's\n"
            "           key\n" },
        { dhe_client_key_exchange, false,
            "  share    128 bytes, the public half of a key made for this handshake alone\n"
            "  learnt   both sides can compute the shared secret\n" },
        /* Zeros in front of the prime do not count: 0x0017 has 5 bits. */
        { "0c000010 0002 0017 0001 02 0001 05 0804 0001 bb", true,
            "  share    finite field with a prime of 5 bits, the public half of a key made for "
            "this handshake\n"
            "           alone\n"
            "  proves   with rsa_pss_rsae_sha256 over it and both randoms that the server holds "
            "the certificate's\n"
            "           key\n" },
        /* Another suite's form is not put in words, nor what is broken. */
        { ecdhe_server_key_exchange, true, "" },
        { ecdhe_client_key_exchange, false, "" },
    };
    struct collector collector;
    begin(&collector);
    check_told(&collector, rows, COUNT(rows));
    collector_free(&collector);
}

static void words_rsa(void)
{
    static const struct told rows[] = {
        { rsa_server_hello, true,
            "  chooses  TLS 1.2, TLS_RSA_WITH_AES_128_GCM_SHA256\n"
            "  answers  renegotiation_info, session_ticket, extended_master_secret\n"
            "  learnt   the client will send the secret, encrypted for the certificate's key: "
            "whoever gets that\n"
            "           key, even years later, can read all that was recorded\n" },
        { rsa_client_key_exchange, false,
            "  sends    the secret, encrypted for the certificate's key (128 bytes)\n" },
    };
    struct collector collector;
    begin(&collector);
    check_told(&collector, rows, COUNT(rows));
    collector_free(&collector);
}

static void words_resumed12(void)
{
    struct collector collector;
    struct text text = { 0 };
    begin(&collector);
    emit_message(&collector, "ClientHello", resumed_client_hello, true, false, false);
    describe_message(&text, &collector.events[0], "  ");
    CHECK(has(&text, "  resumes  with a ticket of 176 bytes, in TLS 1.2\n"));
    CHECK(strstr(text_string(&text), "an ID of") == NULL);
    text_free(&text);
    emit_message(&collector, "ServerHello", resumed_server_hello, false, true, false);
    CHECK(collector.agreed.resumed);
    check_words(&collector, "  chooses  TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
        "  answers  renegotiation_info, extended_master_secret\n"
        "  learnt   the session goes on: both sides have its secret, and no certificate is "
        "needed\n");
    /* Another ID, or none, begins a new session. */
    emit_message(&collector, "ClientHello", ecdhe_client_hello, true, false, false);
    emit_message(&collector, "ServerHello", resumed_server_hello, false, true, false);
    CHECK(!collector.agreed.resumed);
    emit_message(&collector, "ServerHello", ecdhe_server_hello, false, true, false);
    CHECK(!collector.agreed.resumed);
    collector_free(&collector);
}

/* A hello of TLS 1.2 without extensions, with a session ID and TLS_FALLBACK_SCSV. */
static void words_bare_hello(void)
{
    struct collector collector;
    begin(&collector);
    emit_message(&collector, "ClientHello", "0100002e 0303"
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        "03aabbcc 0004 c02b 5600 0100", true, false, false);
    check_words(&collector,
        "  suites   TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_FALLBACK_SCSV\n"
        "  versions TLS 1.2 or lower\n"
        "  resumes  the session of an ID of 3 bytes, if the server knows it\n"
        "  says     that a higher version failed before (TLS_FALLBACK_SCSV)\n");
    collector_free(&collector);
}

static void words_resumed13(void)
{
    struct collector collector;
    struct text text = { 0 };
    char hello[2048];
    begin(&collector);
    (void)snprintf(hello, sizeof hello, "%s%s", psk_client_hello, psk_binders);
    emit_message(&collector, "ClientHello", hello, true, false, false);
    describe_message(&text, &collector.events[0], "  ");
    CHECK(has(&text, "  early    data follows at once, under the ticket's key; others could send a "
        "copy of it again\n"));
    CHECK(has(&text, "  psk      psk_dhe_ke\n"));
    CHECK(has(&text, "  resumes  with a ticket of 178 bytes; a binder proves that the client has "
        "its key\n"));
    text_free(&text);
    emit_message(&collector, "ServerHello", psk_server_hello, false, true, false);
    CHECK(collector.agreed.resumed);
    check_words(&collector, "  chooses  TLS 1.3, TLS_AES_128_GCM_SHA256, x25519\n"
        "  resumes  with ticket 0 of the offer: no certificate is needed\n"
        "  learnt   both sides can compute the shared secret: all that follows is encrypted\n");
    emit_message(&collector, "NewSessionTicket", psk_ticket, false, true, true);
    check_words(&collector, "  gives    a ticket of 178 bytes to resume with, for 30 s\n"
        "  early    up to 1024 bytes may be sent with it before the server answers\n");
    emit_message(&collector, "EndOfEarlyData", "05000000", true, false, true);
    check_words(&collector, "  says     that no more early data comes\n");
    collector_free(&collector);
}

static void words_encrypted_extensions(void)
{
    struct collector collector;
    begin(&collector);
    emit_message(&collector, "EncryptedExtensions", "08000019 0017 0000 0000"
        "0010 0005 0003 02 6832 001c 0002 4001 002a 0000", false, true, true);
    check_words(&collector, "  alpn     h2 is chosen\n"
        "  answers  server_name, record_size_limit, early_data\n");
    emit_message(&collector, "EncryptedExtensions", "08000002 0000", false, true, true);
    check_words(&collector, "  says     nothing more to agree\n");
    collector_free(&collector);
}

/* Status and timestamps stand with their certificate in TLS 1.3; a request names CAs, too many to
 * show. */
static void words_other13(void)
{
    struct collector collector;
    begin(&collector);
    emit_message(&collector, "ServerHello", psk_server_hello, false, true, false);
    emit_message(&collector, "Certificate", "0b000020 00 00001c 000001 30 0016"
        "0005 0005 01 000001 30" "0012 0009 0007 0001 aa 0002 bbbb", false, true, true);
    check_words(&collector, "  [0]      1 bytes that are no valid certificate\n"
        "  staples  an OCSP answer of 1 bytes on certificate 0\n"
        "  adds     timestamps (SCT) of 9 bytes for certificate 0\n");
#define NAME "000f 300d310b300906035504030c0254" /* CN=T and a digit */
    emit_message(&collector, "CertificateRequest", "0d000072 00 006f 000d 0004 0002 0403"
        "0005 0000 0012 0000 002f 005b 0059"
        NAME "30" NAME "31" NAME "32" NAME "33" NAME "34" "0002 3000", false, true, true);
    check_words(&collector, "  asks     for a certificate of the client\n"
        "  signs    ecdsa_secp256r1_sha256\n"
        "  asks     for an OCSP answer with the certificate\n"
        "  asks     for the certificate's timestamps (SCT)\n"
        "  of CA    CN=T0\n  of CA    CN=T1\n  of CA    CN=T2\n  of CA    CN=T3\n"
        "  of CA    … and 2 more\n");
    collector_free(&collector);
}

/* ---- Fields ---- */

struct listed {
    const char *name;
    size_t offset;
    size_t length;
};

static void check_fields(const char *hex, uint16_t suite, const struct listed *rows, size_t count)
{
    uint8_t bytes[1024];
    struct field fields[FIELDS_MAX];
    const struct agreed agreed = { suite_find(suite), false };
    CHECK(agreed.suite != NULL);
    size_t length = from_hex(hex, bytes, sizeof bytes);
    CHECK(message_fields(bytes_of(bytes, length), &agreed, fields) == count);
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT(fields[i].name, rows[i].name);
        CHECK(fields[i].offset == rows[i].offset && fields[i].bytes.length == rows[i].length);
        CHECK(fields[i].bytes.data == bytes + rows[i].offset && !fields[i].is_extension);
    }
    /* What is cut is one field. */
    CHECK(message_fields(bytes_of(bytes, length - 1), &agreed, fields) == 1);
    CHECK_TEXT(fields[0].name, "body");
}

#define CHECK_FIELDS(hex, suite, ...) \
    do { \
        static const struct listed rows_[] = { __VA_ARGS__ }; \
        check_fields(hex, suite, rows_, COUNT(rows_)); \
    } while (0)

static void fields12(void)
{
    enum { ECDHE = 0xc02b, DHE = 0x009e, RSA = 0x009c };
    CHECK_FIELDS(ecdhe_certificate, ECDHE, { "certificate", 10, 0x129 },
        { "certificate", 0x136, 0x17d });
    CHECK_FIELDS(ecdhe_certificate_status, ECDHE, { "status_type", 4, 1 }, { "response", 8, 282 });
    CHECK_FIELDS(ecdhe_server_key_exchange, ECDHE, { "curve_type", 4, 1 }, { "namedcurve", 5, 2 },
        { "public", 8, 32 }, { "algorithm", 40, 2 }, { "signature", 44, 70 });
    CHECK_FIELDS(dhe_server_key_exchange, DHE, { "dh_p", 6, 128 }, { "dh_g", 136, 1 },
        { "dh_Ys", 139, 128 }, { "algorithm", 267, 2 }, { "signature", 271, 128 });
    CHECK_FIELDS(ecdhe_certificate_request, ECDHE, { "certificate_types", 5, 3 },
        { "supported_signature_algorithms", 10, 40 }, { "certificate_authorities", 52, 22 });
    CHECK_FIELDS(ecdhe_client_key_exchange, ECDHE, { "ecdh_Yc", 5, 32 });
    CHECK_FIELDS(dhe_client_key_exchange, DHE, { "dh_Yc", 6, 128 });
    CHECK_FIELDS(rsa_client_key_exchange, RSA, { "encrypted_pre_master_secret", 6, 128 });
    CHECK_FIELDS(ecdhe_certificate_verify, ECDHE, { "algorithm", 4, 2 }, { "signature", 8, 71 });
    CHECK_FIELDS(new_session_ticket, ECDHE, { "ticket_lifetime_hint", 4, 4 },
        { "ticket", 10, 176 });
}

/* A document of such an event names the fields too. */
static void json_fields12(void)
{
    struct collector collector;
    struct text text = { 0 };
    struct json json;
    begin(&collector);
    emit_message(&collector, "ServerHello", rsa_server_hello, false, true, false);
    emit_message(&collector, "ClientKeyExchange", "10000004 0002 abcd", true, false, false);
    json_begin(&json, &text, false);
    event_json(&json, &collector.events[1], COLLECT_BYTES);
    CHECK(has(&text, "\"name\": \"ClientKeyExchange\", \"handshake_type\": 16"));
    CHECK(has(&text, "\"fields\": [{\"name\": \"encrypted_pre_master_secret\", \"extension\": "
        "false, \"offset\": 6, \"bytes\": \"abcd\"}]"));
    text_free(&text);
    collector_free(&collector);
}

/* What the path can see depends on the version and on the key exchange. */
static void words_the_observer(void)
{
    static const struct {
        const char *hello;
        const char *words;
    } rows[] = {
        { ecdhe_server_hello, "sizes and times can be seen; data cannot\n" },
        { rsa_server_hello, "data cannot, until somebody gets the server's key\n" },
        { psk_server_hello, "sizes and times can be seen; certificates and data cannot\n" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct collector collector;
        struct report report;
        struct text text = { 0 };
        hf_error none;
        error_clear(&none);
        begin(&collector);
        emit_message(&collector, "ServerHello", rows[i].hello, false, true, false);
        memset(&report, 0, sizeof report);
        report.host = "server";
        report.collector = &collector;
        report.error = &none;
        explain_report(&text, &report, EXPLAIN_LADDER, false);
        CHECK(has(&text, rows[i].words));
        text_free(&text);
        collector_free(&collector);
    }
}

TEST_MAIN(TEST(words_ecdhe), TEST(words_dhe), TEST(words_rsa), TEST(words_resumed12),
    TEST(words_bare_hello), TEST(words_resumed13), TEST(words_encrypted_extensions),
    TEST(words_other13), TEST(fields12), TEST(json_fields12), TEST(words_the_observer))
