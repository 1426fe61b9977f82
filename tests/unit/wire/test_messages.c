/* The handshake messages after the hellos: parsing, every failure with its field and byte,
 * building, and the content that CertificateVerify signs. */
#include "wire/expect.h"

#include "wire/messages.h"

static bool parse_encrypted_extensions(hf_reader *body, struct hf_error *error)
{
    hf_bytes extensions;
    return encrypted_extensions_parse(body, &extensions, error);
}

static bool parse_request(hf_reader *body, struct hf_error *error)
{
    struct certificate_request request;
    return certificate_request_parse(body, &request, error);
}

/* The message and its entries. */
static bool parse_certificate(hf_reader *body, struct hf_error *error)
{
    struct certificate_message message;
    TRY(certificate_message_parse(body, &message, error));
    hf_reader list = reader_within(body, message.list);
    struct certificate_entry entry;
    int more;
    while ((more = certificate_entry_next(&list, &entry, error)) == 1) {
    }
    return more == 0;
}

static bool parse_verify(hf_reader *body, struct hf_error *error)
{
    struct certificate_verify verify;
    return certificate_verify_parse(body, &verify, error);
}

static bool parse_ticket(hf_reader *body, struct hf_error *error)
{
    struct new_session_ticket ticket;
    return new_session_ticket_parse(body, &ticket, error);
}

static bool parse_update(hf_reader *body, struct hf_error *error)
{
    bool requested;
    return key_update_parse(body, &requested, error);
}

static void encrypted_extensions(void)
{
    EXPECT_PASS("0000", parse_encrypted_extensions);
    EXPECT_PASS("0004 0000 0000", parse_encrypted_extensions);
    EXPECT_FAIL("", parse_encrypted_extensions, "decode_error", "extensions", 4);
    EXPECT_FAIL("00", parse_encrypted_extensions, "decode_error", "extensions", 4);
    EXPECT_FAIL("0001", parse_encrypted_extensions, "decode_error", "extensions", 4);
    EXPECT_FAIL("0000 00", parse_encrypted_extensions, "decode_error", "extensions", 6);
}

static void certificate_requests(void)
{
    EXPECT_PASS("00 0000", parse_request);
    EXPECT_PASS("01aa 0004 000d 0000", parse_request);
    EXPECT_FAIL("", parse_request, "decode_error", "certificate_request_context", 4);
    EXPECT_FAIL("02aa", parse_request, "decode_error", "certificate_request_context", 4);
    EXPECT_FAIL("01aa", parse_request, "decode_error", "extensions", 6);
    EXPECT_FAIL("01aa 0001", parse_request, "decode_error", "extensions", 6);
    EXPECT_FAIL("01aa 0000 00", parse_request, "decode_error", "extensions", 8);
}

static void certificates(void)
{
    EXPECT_PASS("00 000000", parse_certificate);
    EXPECT_PASS("01aa 000006 000001 30 0000", parse_certificate);
    EXPECT_PASS("00 000011 000002 3000 0004 00050000 000001 30 0000", parse_certificate);
    EXPECT_FAIL("", parse_certificate, "decode_error", "certificate_request_context", 4);
    EXPECT_FAIL("01", parse_certificate, "decode_error", "certificate_request_context", 4);
    EXPECT_FAIL("00", parse_certificate, "decode_error", "certificate_list", 5);
    EXPECT_FAIL("00 0000", parse_certificate, "decode_error", "certificate_list", 5);
    EXPECT_FAIL("00 000001", parse_certificate, "decode_error", "certificate_list", 5);
    EXPECT_FAIL("00 000000 00", parse_certificate, "decode_error", "certificate_list", 8);
    /* Entries: offsets count on from the message's beginning. */
    EXPECT_FAIL("00 000002 0000", parse_certificate, "decode_error", "cert_data", 8);
    EXPECT_FAIL("00 000005 000000 0000", parse_certificate, "decode_error", "cert_data", 8);
    EXPECT_FAIL("00 000004 000002 30", parse_certificate, "decode_error", "cert_data", 8);
    EXPECT_FAIL("00 000004 000001 30", parse_certificate, "decode_error", "extensions", 12);
    EXPECT_FAIL("00 000006 000001 30 0001", parse_certificate, "decode_error", "extensions", 12);
    EXPECT_FAIL("00 000007 000001 30 0000 00", parse_certificate, "decode_error", "cert_data", 14);
}

static void certificate_round_trip(void)
{
    static const uint8_t one[] = { 0x30, 0x01, 0x02 };
    static const uint8_t two[300] = { 0x30 };
    static const uint8_t context[] = { 0xaa, 0xbb };
    const hf_bytes chain[] = { bytes_of(one, sizeof one), bytes_of(two, sizeof two) };
    uint8_t body[512];
    hf_builder b = builder_of(body, sizeof body);
    certificate_message_build(&b, bytes_of(context, sizeof context), chain, NULL, 2);
    CHECK(!b.failed);
    CHECK(b.length == 3 + 3 + (3 + 3 + 2) + (3 + 300 + 2));

    hf_reader r = reader_of(body, b.length);
    struct certificate_message message;
    CHECK(certificate_message_parse(&r, &message, NULL));
    CHECK(bytes_equal_public(message.context, bytes_of(context, sizeof context)));
    hf_reader list = reader_within(&r, message.list);
    struct certificate_entry entry;
    for (size_t i = 0; i < 2; i++) {
        CHECK(certificate_entry_next(&list, &entry, NULL) == 1);
        CHECK(bytes_equal_public(entry.der, chain[i]));
        CHECK(entry.extensions.length == 0);
    }
    CHECK(certificate_entry_next(&list, &entry, NULL) == 0);

    /* Extensions of one certificate and none of the other. */
    const hf_bytes extensions[] = { bytes_of("\0\5\0\0", 4), bytes_of(NULL, 0) };
    b = builder_of(body, sizeof body);
    certificate_message_build(&b, bytes_of(NULL, 0), chain, extensions, 2);
    CHECK(!b.failed && b.length == 1 + 3 + (3 + 3 + 2 + 4) + (3 + 300 + 2));
    r = reader_of(body, b.length);
    CHECK(certificate_message_parse(&r, &message, NULL));
    list = reader_within(&r, message.list);
    for (size_t i = 0; i < 2; i++) {
        CHECK(certificate_entry_next(&list, &entry, NULL) == 1);
        CHECK(bytes_equal_public(entry.der, chain[i]));
        CHECK(bytes_equal_public(entry.extensions, extensions[i]));
    }
    CHECK(certificate_entry_next(&list, &entry, NULL) == 0);

    b = builder_of(body, sizeof body);
    certificate_message_build(&b, bytes_of(NULL, 0), NULL, NULL, 0);
    CHECK(b.length == 4);
    CHECK_BYTES(body, "\0\0\0\0", 4);
    b = builder_of(body, 100);
    certificate_message_build(&b, bytes_of(NULL, 0), chain, NULL, 2);
    CHECK(b.failed);
}

static void certificate_verify(void)
{
    EXPECT_PASS("0403 0000", parse_verify);
    EXPECT_FAIL("04", parse_verify, "decode_error", "algorithm", 4);
    EXPECT_FAIL("0403 00", parse_verify, "decode_error", "signature", 6);
    EXPECT_FAIL("0403 0002 aa", parse_verify, "decode_error", "signature", 6);
    EXPECT_FAIL("0403 0001 aa bb", parse_verify, "decode_error", "signature", 9);

    uint8_t body[64];
    hf_builder b = builder_of(body, sizeof body);
    const struct certificate_verify made = { 0x0804, bytes_of("signature", 9) };
    certificate_verify_build(&b, &made);
    CHECK(!b.failed && b.length == 2 + 2 + 9);
    hf_reader r = reader_of(body, b.length);
    struct certificate_verify parsed;
    CHECK(certificate_verify_parse(&r, &parsed, NULL));
    CHECK(parsed.scheme == 0x0804 && bytes_equal_public(parsed.signature, made.signature));
}

/* RFC 9846, 4.5.2: the example, a digest of 32 times 01. */
static void content_to_sign(void)
{
    uint8_t digest[64];
    memset(digest, 1, sizeof digest);
    uint8_t out[SIGNED_CONTENT_MAX];
    uint8_t expected[64 + 34 + 32];
    (void)from_hex("2020202020202020202020202020202020202020202020202020202020202020"
        "2020202020202020202020202020202020202020202020202020202020202020"
        "544c5320312e332c207365727665722043657274696669636174655665726966" "7900"
        "0101010101010101010101010101010101010101010101010101010101010101",
        expected, sizeof expected);
    CHECK(signed_content(true, bytes_of(digest, 32), out) == 130);
    CHECK_BYTES(out, expected, 130);
    CHECK(signed_content(false, bytes_of(digest, 64), out) == SIGNED_CONTENT_MAX);
    CHECK_BYTES(out + 64, "TLS 1.3, client CertificateVerify", 34);
    CHECK_BYTES(out + 98, digest, 64);
}

static void new_session_tickets(void)
{
    EXPECT_PASS("00000e10 01020304 0100 0001aa 0000", parse_ticket);
    EXPECT_PASS("00000e10 01020304 00 0001aa 0004 002a0000", parse_ticket);
    EXPECT_FAIL("00000e", parse_ticket, "decode_error", "ticket_lifetime", 4);
    EXPECT_FAIL("00000e10 010203", parse_ticket, "decode_error", "ticket_age_add", 8);
    EXPECT_FAIL("00000e10 01020304", parse_ticket, "decode_error", "ticket_nonce", 12);
    EXPECT_FAIL("00000e10 01020304 01", parse_ticket, "decode_error", "ticket_nonce", 12);
    EXPECT_FAIL("00000e10 01020304 0100", parse_ticket, "decode_error", "ticket", 14);
    EXPECT_FAIL("00000e10 01020304 0100 0000 0000", parse_ticket, "decode_error", "ticket", 14);
    EXPECT_FAIL("00000e10 01020304 0100 0002 aa", parse_ticket, "decode_error", "ticket", 14);
    EXPECT_FAIL("00000e10 01020304 0100 0001aa", parse_ticket, "decode_error", "extensions", 17);
    EXPECT_FAIL("00000e10 01020304 0100 0001aa 0001", parse_ticket, "decode_error", "extensions",
        17);
    EXPECT_FAIL("00000e10 01020304 0100 0001aa 0000 00", parse_ticket, "decode_error", "extensions",
        19);

    uint8_t body[32];
    size_t length =
        from_hex("00000e10 01020304 0207 08 0001aa 0004 002a0000", body, sizeof body);
    hf_reader r = reader_of(body, length);
    struct new_session_ticket ticket;
    CHECK(new_session_ticket_parse(&r, &ticket, NULL));
    CHECK(ticket.lifetime_s == 3600 && ticket.age_add == 0x01020304);
    CHECK(ticket.nonce.length == 2 && ticket.nonce.data[1] == 8);
    CHECK(ticket.ticket.length == 1 && ticket.extensions.length == 4);
    expect_prefixes_fail(body, length, parse_ticket, 0);
}

static void key_updates(void)
{
    for (unsigned value = 0; value < 256; value++) {
        uint8_t body = (uint8_t)value;
        if (value <= 1) {
            bool requested = value == 0;
            hf_reader r = reader_of(&body, 1);
            CHECK(key_update_parse(&r, &requested, NULL) && requested == (value == 1));
        } else {
            EXPECT_FAIL_BYTES(&body, 1, parse_update, "illegal_parameter", "request_update", 4);
        }
    }
    EXPECT_FAIL("", parse_update, "decode_error", "request_update", 4);
    EXPECT_FAIL("0000", parse_update, "decode_error", "request_update", 5);
}

static void prefixes_fail(void)
{
    uint8_t body[64];
    size_t length = from_hex("02aabb 000010 000002 3000 0004 00050000 000001 30 0000", body,
        sizeof body);
    body[5] = (uint8_t)(length - 6);
    EXPECT_PASS_BYTES(body, length, parse_certificate);
    expect_prefixes_fail(body, length, parse_certificate, 0);
    length = from_hex("02aabb 0004 000d0000", body, sizeof body);
    expect_prefixes_fail(body, length, parse_request, 0);
    length = from_hex("0403 0003 aabbcc", body, sizeof body);
    expect_prefixes_fail(body, length, parse_verify, 0);
    length = from_hex("0004 00000000", body, sizeof body);
    expect_prefixes_fail(body, length, parse_encrypted_extensions, 0);
}

TEST_MAIN(TEST(encrypted_extensions), TEST(certificate_requests), TEST(certificates),
    TEST(certificate_round_trip), TEST(certificate_verify), TEST(content_to_sign),
    TEST(new_session_tickets), TEST(key_updates), TEST(prefixes_fail))
