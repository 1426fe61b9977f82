/* The handshake messages of TLS 1.2: OpenSSL's are read field by field and written again to the
 * same bytes, its signatures are good over what we say they cover; every failure with its field
 * and byte, and every message cut at every byte. */
#include "wire/expect.h"

#include "crypto/provider.h"
#include "wire/codepoints.h"
#include "wire/extensions.h"
#include "wire/messages12.h"
#include "wire/recorded12.h"
#include "x509/certificate.h"

static bool parse_nothing(hf_reader *body, struct hf_error *error)
{
    return no_body_parse(body, "ServerHelloDone", error);
}

/* The message and its list. */
static bool parse_certificate(hf_reader *body, struct hf_error *error)
{
    hf_bytes contents;
    TRY(certificate12_parse(body, &contents, error));
    hf_reader list = reader_within(body, contents);
    hf_bytes der;
    int more;
    while ((more = certificate12_next(&list, &der, error)) == 1) {
    }
    return more == 0;
}

static bool parse_ecdhe(hf_reader *body, struct hf_error *error)
{
    struct server_key_exchange message;
    return server_key_exchange_parse_ecdhe(body, &message, error);
}

static bool parse_dhe(hf_reader *body, struct hf_error *error)
{
    struct server_key_exchange message;
    return server_key_exchange_parse_dhe(body, &message, error);
}

static bool parse_request(hf_reader *body, struct hf_error *error)
{
    struct certificate_request12 request;
    return certificate_request12_parse(body, &request, error);
}

static bool parse_client_ecdhe(hf_reader *body, struct hf_error *error)
{
    hf_bytes point;
    return client_key_exchange_parse_ecdhe(body, &point, error);
}

static bool parse_client_dhe(hf_reader *body, struct hf_error *error)
{
    hf_bytes yc;
    return client_key_exchange_parse_dhe(body, &yc, error);
}

static bool parse_client_rsa(hf_reader *body, struct hf_error *error)
{
    hf_bytes encrypted;
    return client_key_exchange_parse_rsa(body, &encrypted, error);
}

static bool parse_verify(hf_reader *body, struct hf_error *error)
{
    struct certificate_verify verify;
    return certificate_verify_parse(body, &verify, error);
}

static bool parse_ticket(hf_reader *body, struct hf_error *error)
{
    struct new_session_ticket12 ticket;
    return new_session_ticket12_parse(body, &ticket, error);
}

static bool parse_status(hf_reader *body, struct hf_error *error)
{
    hf_bytes response;
    return status_parse(body, &response, error);
}

/* ---- OpenSSL's ---- */

enum { MESSAGE_MAX = 1024 };

/* A recorded message, and where it is built again. */
struct recorded {
    uint8_t bytes[MESSAGE_MAX];
    size_t length;
    hf_reader body;
    uint8_t again[MESSAGE_MAX];
    hf_builder b;
};

static void load(struct recorded *r, const char *hex)
{
    r->length = from_hex(hex, r->bytes, sizeof r->bytes);
    r->body = reader_of(r->bytes, r->length);
    r->body.at += EXPECT_HEADER;
    r->b = builder_of(r->again, sizeof r->again);
}

static void check_again(const struct recorded *r)
{
    CHECK(!r->b.failed && r->b.length == r->length - EXPECT_HEADER);
    CHECK_BYTES(r->again, r->bytes + EXPECT_HEADER, r->length - EXPECT_HEADER);
}

static void recorded_certificate(void)
{
    struct recorded r;
    hf_bytes contents;
    hf_bytes chain[2];
    load(&r, ecdhe_certificate);
    CHECK(certificate12_parse(&r.body, &contents, NULL));
    hf_reader list = reader_within(&r.body, contents);
    CHECK(certificate12_next(&list, &chain[0], NULL) == 1 && chain[0].length == 0x129);
    CHECK(certificate12_next(&list, &chain[1], NULL) == 1 && chain[1].length == 0x17d);
    CHECK(certificate12_next(&list, &chain[1], NULL) == 0);
    certificate12_build(&r.b, chain, 2);
    check_again(&r);
    r.b = builder_of(r.again, sizeof r.again);
    certificate12_build(&r.b, NULL, 0);
    CHECK(r.b.length == 3);
    CHECK_BYTES(r.again, "\0\0\0", 3);
    EXPECT_PASS_BYTES(r.again, 3, parse_certificate);
}

static void random_of(const char *hello, uint8_t *random)
{
    uint8_t bytes[MESSAGE_MAX];
    (void)from_hex(hello, bytes, sizeof bytes);
    memcpy(random, bytes + EXPECT_HEADER + 2, 32);
}

/* The signature under the certificate's key, over the randoms and the params; and not over less. */
static void check_signature(const struct server_key_exchange *message, const char *certificate_hex,
    const char *client_hello_hex, const char *server_hello_hex)
{
    struct recorded r;
    struct certificate leaf;
    hf_bytes list;
    hf_bytes der;
    uint8_t client_random[32];
    uint8_t server_random[32];
    uint8_t content[SIGNED_PARAMS_MAX];
    load(&r, certificate_hex);
    CHECK(certificate12_parse(&r.body, &list, NULL));
    hf_reader certificates = reader_of_bytes(list);
    CHECK(certificate12_next(&certificates, &der, NULL) == 1);
    CHECK(certificate_parse(der, &provider_openssl, &leaf, NULL));
    random_of(client_hello_hex, client_random);
    random_of(server_hello_hex, server_random);
    hf_builder b = builder_of(content, sizeof content);
    signed_params_build(&b, bytes_of(client_random, 32), bytes_of(server_random, 32),
        message->params);
    CHECK(!b.failed && b.length == 64 + message->params.length);
    const struct signature_scheme *scheme =
        provider_openssl.scheme(message->signature.scheme);
    CHECK(scheme != NULL && provider_openssl.verify(scheme, &leaf.key, builder_bytes(&b),
        message->signature.signature));
    CHECK(scheme != NULL && !provider_openssl.verify(scheme, &leaf.key, message->params,
        message->signature.signature));
}

static void recorded_ecdhe(void)
{
    struct recorded r;
    struct server_key_exchange message;
    load(&r, ecdhe_server_key_exchange);
    CHECK(server_key_exchange_parse_ecdhe(&r.body, &message, NULL));
    CHECK(message.of.ecdhe.group == 0x001d && message.of.ecdhe.point.length == 32);
    CHECK(message.params.data == r.bytes + 4 && message.params.length == 1 + 2 + 1 + 32);
    CHECK(message.signature.scheme == 0x0403);
    check_signature(&message, ecdhe_certificate, ecdhe_client_hello, ecdhe_server_hello);
    ecdhe_params_build(&r.b, &message.of.ecdhe);
    certificate_verify_build(&r.b, &message.signature);
    check_again(&r);
    load(&r, ecdhe_server_key_exchange);
    struct hf_error error;
    error_clear(&error);
    CHECK(!server_key_exchange_parse_dhe(&r.body, &message, &error));
}

static void recorded_dhe(void)
{
    struct recorded r;
    struct server_key_exchange message;
    load(&r, dhe_server_key_exchange);
    CHECK(server_key_exchange_parse_dhe(&r.body, &message, NULL));
    CHECK(message.of.dhe.p.length == 128 && message.of.dhe.ys.length == 128);
    CHECK(message.of.dhe.g.length == 1 && message.of.dhe.g.data[0] == 2);
    CHECK(message.params.data == r.bytes + 4 && message.params.length == 2 + 128 + 3 + 2 + 128);
    CHECK(message.signature.scheme == 0x0804 && message.signature.signature.length == 128);
    check_signature(&message, dhe_certificate, dhe_client_hello, dhe_server_hello);
    dhe_params_build(&r.b, &message.of.dhe);
    certificate_verify_build(&r.b, &message.signature);
    check_again(&r);
}

static void recorded_request(void)
{
    struct recorded r;
    struct certificate_request12 request;
    load(&r, ecdhe_certificate_request);
    CHECK(certificate_request12_parse(&r.body, &request, NULL));
    CHECK(bytes_equal_public(request.types, bytes_of("\x01\x02\x40", 3)));
    CHECK(request.types.data[0] == CLIENT_RSA_SIGN && request.types.data[2] == CLIENT_ECDSA_SIGN);
    CHECK(request.schemes.length == 40 && request.schemes.data[0] == 0x04);
    hf_reader names = reader_of_bytes(request.authorities);
    hf_bytes name;
    CHECK(read_vector16(&names, &name) && name.length == 20 && reader_done(&names));
    certificate_request12_build(&r.b, &request);
    check_again(&r);
}

static void recorded_client_key_exchanges(void)
{
    struct recorded r;
    hf_bytes bytes;
    load(&r, ecdhe_client_key_exchange);
    CHECK(client_key_exchange_parse_ecdhe(&r.body, &bytes, NULL) && bytes.length == 32);
    client_key_exchange_build_ecdhe(&r.b, bytes);
    check_again(&r);
    load(&r, dhe_client_key_exchange);
    CHECK(client_key_exchange_parse_dhe(&r.body, &bytes, NULL) && bytes.length == 128);
    client_key_exchange_build_dhe(&r.b, bytes);
    check_again(&r);
    load(&r, rsa_client_key_exchange);
    CHECK(client_key_exchange_parse_rsa(&r.body, &bytes, NULL) && bytes.length == 128);
    client_key_exchange_build_rsa(&r.b, bytes);
    check_again(&r);
}

static void recorded_others(void)
{
    struct recorded r;
    struct new_session_ticket12 ticket;
    struct certificate_verify verify;
    hf_bytes response;
    load(&r, new_session_ticket);
    CHECK(new_session_ticket12_parse(&r.body, &ticket, NULL));
    CHECK(ticket.lifetime_hint_s == 7200 && ticket.ticket.length == 0xb0);
    new_session_ticket12_build(&r.b, &ticket);
    check_again(&r);
    load(&r, ecdhe_certificate_status);
    CHECK(status_parse(&r.body, &response, NULL));
    CHECK(response.length == r.length - 8 && response.data[0] == 0x30);
    status_build(&r.b, response);
    check_again(&r);
    load(&r, ecdhe_certificate_verify);
    CHECK(certificate_verify_parse(&r.body, &verify, NULL) && verify.scheme == 0x0403);
    certificate_verify_build(&r.b, &verify);
    check_again(&r);
    load(&r, server_hello_done);
    CHECK(no_body_parse(&r.body, "ServerHelloDone", NULL));
}

static void recorded_prefixes_fail(void)
{
    static const struct {
        const char *hex;
        expect_parse *parse;
    } rows[] = {
        { ecdhe_certificate, parse_certificate }, { ecdhe_server_key_exchange, parse_ecdhe },
        { dhe_server_key_exchange, parse_dhe }, { ecdhe_certificate_request, parse_request },
        { ecdhe_client_key_exchange, parse_client_ecdhe },
        { dhe_client_key_exchange, parse_client_dhe },
        { rsa_client_key_exchange, parse_client_rsa },
        { ecdhe_certificate_verify, parse_verify }, { new_session_ticket, parse_ticket },
        { ecdhe_certificate_status, parse_status },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct recorded r;
        load(&r, rows[i].hex);
        EXPECT_PASS_BYTES(r.bytes + EXPECT_HEADER, r.length - EXPECT_HEADER, rows[i].parse);
        expect_prefixes_fail(r.bytes + EXPECT_HEADER, r.length - EXPECT_HEADER, rows[i].parse, 0);
        r.bytes[r.length] = 0; /* nor may anything follow */
        struct hf_error error;
        CHECK(!expect_run(r.bytes + EXPECT_HEADER, r.length - EXPECT_HEADER + 1, rows[i].parse,
            &error));
        CHECK_TEXT(error.reason, "decode_error");
        CHECK(error.offset == r.length);
    }
}

/* ---- Field by field ---- */

static void no_bodies(void)
{
    EXPECT_PASS("", parse_nothing);
    EXPECT_FAIL("00", parse_nothing, "decode_error", "ServerHelloDone", 4);
}

static void certificates(void)
{
    EXPECT_PASS("000000", parse_certificate);
    EXPECT_PASS("000009 000002 3000 000001 30", parse_certificate);
    EXPECT_FAIL("", parse_certificate, "decode_error", "certificate_list", 4);
    EXPECT_FAIL("0000", parse_certificate, "decode_error", "certificate_list", 4);
    EXPECT_FAIL("000001", parse_certificate, "decode_error", "certificate_list", 4);
    EXPECT_FAIL("000000 00", parse_certificate, "decode_error", "certificate_list", 7);
    EXPECT_FAIL("000002 0000", parse_certificate, "decode_error", "certificate", 7);
    EXPECT_FAIL("000003 000000", parse_certificate, "decode_error", "certificate", 7);
    EXPECT_FAIL("000004 000002 30", parse_certificate, "decode_error", "certificate", 7);
    EXPECT_FAIL("000007 000001 30 000000", parse_certificate, "decode_error", "certificate", 11);
    /* The form of TLS 1.3 is none of 1.2. */
    EXPECT_FAIL("00 000006 000001 30 0000", parse_certificate, "decode_error", "certificate_list",
        7);
}

static void server_key_exchanges(void)
{
    EXPECT_PASS("03 001d 01 aa 0403 0001 bb", parse_ecdhe);
    EXPECT_PASS("03 001d 01 aa 0403 0000", parse_ecdhe);
    EXPECT_FAIL("", parse_ecdhe, "decode_error", "curve_type", 4);
    EXPECT_FAIL("01", parse_ecdhe, "illegal_parameter", "curve_type", 4);
    EXPECT_FAIL("02 001d 01 aa 0403 0001 bb", parse_ecdhe, "illegal_parameter", "curve_type", 4);
    EXPECT_FAIL("00 001d 01 aa 0403 0001 bb", parse_ecdhe, "illegal_parameter", "curve_type", 4);
    EXPECT_FAIL("ff 001d 01 aa 0403 0001 bb", parse_ecdhe, "illegal_parameter", "curve_type", 4);
    EXPECT_FAIL("03 00", parse_ecdhe, "decode_error", "namedcurve", 5);
    EXPECT_FAIL("03 001d", parse_ecdhe, "decode_error", "public", 7);
    EXPECT_FAIL("03 001d 00 0403 0001 bb", parse_ecdhe, "decode_error", "public", 7);
    EXPECT_FAIL("03 001d 02 aa", parse_ecdhe, "decode_error", "public", 7);
    EXPECT_FAIL("03 001d 01 aa", parse_ecdhe, "decode_error", "algorithm", 9);
    EXPECT_FAIL("03 001d 01 aa 0403", parse_ecdhe, "decode_error", "signature", 11);
    EXPECT_FAIL("03 001d 01 aa 0403 0002 bb", parse_ecdhe, "decode_error", "signature", 11);
    EXPECT_FAIL("03 001d 01 aa 0403 0001 bb cc", parse_ecdhe, "decode_error", "signature", 14);

    EXPECT_PASS("0001 17 0001 02 0001 05 0804 0001 bb", parse_dhe);
    EXPECT_FAIL("00", parse_dhe, "decode_error", "dh_p", 4);
    EXPECT_FAIL("0000 0001 02 0001 05 0804 0001 bb", parse_dhe, "decode_error", "dh_p", 4);
    EXPECT_FAIL("0002 17", parse_dhe, "decode_error", "dh_p", 4);
    EXPECT_FAIL("0001 17", parse_dhe, "decode_error", "dh_g", 7);
    EXPECT_FAIL("0001 17 0000 0001 05 0804 0001 bb", parse_dhe, "decode_error", "dh_g", 7);
    EXPECT_FAIL("0001 17 0001 02", parse_dhe, "decode_error", "dh_Ys", 10);
    EXPECT_FAIL("0001 17 0001 02 0000 0804 0001 bb", parse_dhe, "decode_error", "dh_Ys", 10);
    EXPECT_FAIL("0001 17 0001 02 0001 05 08", parse_dhe, "decode_error", "algorithm", 13);
    EXPECT_FAIL("0001 17 0001 02 0001 05 0804 0001", parse_dhe, "decode_error", "signature", 15);
}

static void certificate_requests(void)
{
    EXPECT_PASS("01 40 0002 0403 0000", parse_request);
    EXPECT_PASS("02 4001 0004 04030804 0007 0001 30 0002 3000", parse_request);
    EXPECT_FAIL("", parse_request, "decode_error", "certificate_types", 4);
    EXPECT_FAIL("00 0002 0403 0000", parse_request, "decode_error", "certificate_types", 4);
    EXPECT_FAIL("02 40", parse_request, "decode_error", "certificate_types", 4);
    EXPECT_FAIL("01 40 00", parse_request, "decode_error", "supported_signature_algorithms", 6);
    EXPECT_FAIL("01 40 0000 0000", parse_request, "decode_error",
        "supported_signature_algorithms", 6);
    EXPECT_FAIL("01 40 0003 040308 0000", parse_request, "decode_error",
        "supported_signature_algorithms", 6);
    EXPECT_FAIL("01 40 0002 0403", parse_request, "decode_error", "certificate_authorities", 10);
    EXPECT_FAIL("01 40 0002 0403 0001", parse_request, "decode_error", "certificate_authorities",
        10);
    EXPECT_FAIL("01 40 0002 0403 0000 00", parse_request, "decode_error",
        "certificate_authorities", 12);
    EXPECT_FAIL("01 40 0002 0403 0001 00", parse_request, "decode_error", "distinguished_name",
        12);
    EXPECT_FAIL("01 40 0002 0403 0002 0000", parse_request, "decode_error", "distinguished_name",
        12);
    EXPECT_FAIL("01 40 0002 0403 0005 0001 30 0002", parse_request, "decode_error",
        "distinguished_name", 15);
}

static void client_key_exchanges(void)
{
    EXPECT_PASS("01 aa", parse_client_ecdhe);
    EXPECT_FAIL("", parse_client_ecdhe, "decode_error", "ecdh_Yc", 4);
    EXPECT_FAIL("00", parse_client_ecdhe, "decode_error", "ecdh_Yc", 4);
    EXPECT_FAIL("02 aa", parse_client_ecdhe, "decode_error", "ecdh_Yc", 4);
    EXPECT_FAIL("01 aa bb", parse_client_ecdhe, "decode_error", "ecdh_Yc", 6);
    EXPECT_PASS("0001 aa", parse_client_dhe);
    EXPECT_FAIL("", parse_client_dhe, "decode_error", "dh_Yc", 4);
    EXPECT_FAIL("0000", parse_client_dhe, "decode_error", "dh_Yc", 4);
    EXPECT_FAIL("0002 aa", parse_client_dhe, "decode_error", "dh_Yc", 4);
    EXPECT_FAIL("0001 aa bb", parse_client_dhe, "decode_error", "dh_Yc", 7);
    EXPECT_PASS("0001 aa", parse_client_rsa);
    EXPECT_PASS("0000", parse_client_rsa);
    EXPECT_FAIL("00", parse_client_rsa, "decode_error", "encrypted_pre_master_secret", 4);
    EXPECT_FAIL("0002 aa", parse_client_rsa, "decode_error", "encrypted_pre_master_secret", 4);
    EXPECT_FAIL("0001 aa bb", parse_client_rsa, "decode_error", "encrypted_pre_master_secret", 7);
}

static void tickets_and_statuses(void)
{
    EXPECT_PASS("00000000 0000", parse_ticket);
    EXPECT_FAIL("000000", parse_ticket, "decode_error", "ticket_lifetime_hint", 4);
    EXPECT_FAIL("00000000 00", parse_ticket, "decode_error", "ticket", 8);
    EXPECT_FAIL("00000000 0001", parse_ticket, "decode_error", "ticket", 8);
    EXPECT_FAIL("00000000 0000 00", parse_ticket, "decode_error", "ticket", 10);
    EXPECT_PASS("01 000001 30", parse_status);
    EXPECT_FAIL("", parse_status, "decode_error", "status_request.status_type", 4);
    EXPECT_FAIL("02 000001 30", parse_status, "decode_error", "status_request.status_type", 4);
    EXPECT_FAIL("01 000000", parse_status, "decode_error", "status_request.response", 5);
    EXPECT_FAIL("01 000002 30", parse_status, "decode_error", "status_request.response", 5);
    EXPECT_FAIL("01 000001 30 00", parse_status, "decode_error", "status_request.response", 9);
}

/* The greatest params that a table of primes up to 8192 bits allows fit; one byte more does not. */
static void signed_params_room(void)
{
    static uint8_t content[SIGNED_PARAMS_MAX];
    static uint8_t params[3 * (2 + 1024) + 1];
    static const uint8_t random[32] = { 0 };
    for (size_t more = 0; more < 2; more++) {
        hf_builder b = builder_of(content, sizeof content);
        signed_params_build(&b, bytes_of(random, 32), bytes_of(random, 32),
            bytes_of(params, sizeof params - 1 + more));
        CHECK(b.failed == (more == 1));
    }
}

TEST_MAIN(TEST(recorded_certificate), TEST(recorded_ecdhe), TEST(recorded_dhe),
    TEST(recorded_request), TEST(recorded_client_key_exchanges), TEST(recorded_others),
    TEST(recorded_prefixes_fail), TEST(no_bodies), TEST(certificates), TEST(server_key_exchanges),
    TEST(certificate_requests), TEST(client_key_exchanges), TEST(tickets_and_statuses),
    TEST(signed_params_room))
