/* ClientHello, ServerHello, HelloRetryRequest: parsing, every failure with its field and byte, and
 * building what parses to the same. */
#include "wire/expect.h"

#include "wire/hello.h"

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

static struct client_hello client;
static struct server_hello server;

static bool parse_client(hf_reader *body, struct hf_error *error)
{
    memset(&client, 0xee, sizeof client);
    return client_hello_parse(body, &client, error);
}

static bool parse_server(hf_reader *body, struct hf_error *error)
{
    memset(&server, 0xee, sizeof server);
    return server_hello_parse(body, &server, error);
}

static void client_hello_fields(void)
{
    uint8_t body[256];
    size_t length =
        from_hex("0303" RANDOM "03aabbcc" "0004 1301 1302" "0100" "0005 002b 0001 02", body,
            sizeof body);
    hf_reader r = reader_of(body, length);
    struct hf_error error;
    error_clear(&error);
    CHECK(client_hello_parse(&r, &client, &error));
    CHECK(reader_done(&r));
    CHECK(client.legacy_version == 0x0303);
    CHECK(client.random.data == body + 2 && client.random.length == 32);
    CHECK(client.session_id.data == body + 35 && client.session_id.length == 3);
    CHECK(client.cipher_suites.data == body + 40 && client.cipher_suites.length == 4);
    CHECK(client.compression_methods.data == body + 45 && client.compression_methods.length == 1);
    CHECK(client.extensions.data == body + 48 && client.extensions.length == 5);
}

static void client_hello_allowed(void)
{
    /* RFC 5246, 7.4.1.2: no extensions block. */
    EXPECT_PASS("0301" RANDOM "00" "0002 002f" "0100", parse_client);
    CHECK(client.extensions.length == 0);
    /* An empty one. */
    EXPECT_PASS("0303" RANDOM "00" "0002 002f" "020100" "0000", parse_client);
    CHECK(client.extensions.length == 0 && client.compression_methods.length == 2);
    EXPECT_PASS("0303" RANDOM "20" RANDOM "0002 002f" "0100" "0000", parse_client);
    CHECK(client.session_id.length == 32);
}

static void client_hello_failures(void)
{
    EXPECT_FAIL("", parse_client, "decode_error", "legacy_version", 4);
    EXPECT_FAIL("03", parse_client, "decode_error", "legacy_version", 4);
    EXPECT_FAIL("0303 0001", parse_client, "decode_error", "random", 6);
    EXPECT_FAIL("0303" RANDOM, parse_client, "decode_error", "legacy_session_id", 38);
    EXPECT_FAIL("0303" RANDOM "02aa", parse_client, "decode_error", "legacy_session_id", 38);
    EXPECT_FAIL("0303" RANDOM "21" RANDOM "aa 0002 1301 0100", parse_client, "decode_error",
        "legacy_session_id", 38);
    EXPECT_FAIL("0303" RANDOM "00", parse_client, "decode_error", "cipher_suites", 39);
    EXPECT_FAIL("0303" RANDOM "00 00", parse_client, "decode_error", "cipher_suites", 39);
    EXPECT_FAIL("0303" RANDOM "00 0000 0100", parse_client, "decode_error", "cipher_suites", 39);
    EXPECT_FAIL("0303" RANDOM "00 0001 13 0100", parse_client, "decode_error", "cipher_suites", 39);
    EXPECT_FAIL("0303" RANDOM "00 0003 130113 0100", parse_client, "decode_error", "cipher_suites",
        39);
    EXPECT_FAIL("0303" RANDOM "00 0004 1301", parse_client, "decode_error", "cipher_suites", 39);
    EXPECT_FAIL("0303" RANDOM "00 0002 1301", parse_client, "decode_error",
        "legacy_compression_methods", 43);
    EXPECT_FAIL("0303" RANDOM "00 0002 1301 00", parse_client, "decode_error",
        "legacy_compression_methods", 43);
    EXPECT_FAIL("0303" RANDOM "00 0002 1301 0200", parse_client, "decode_error",
        "legacy_compression_methods", 43);
    EXPECT_FAIL("0303" RANDOM "00 0002 1301 0100 00", parse_client, "decode_error", "extensions",
        45);
    EXPECT_FAIL("0303" RANDOM "00 0002 1301 0100 0002 00", parse_client, "decode_error",
        "extensions", 45);
    EXPECT_FAIL("0303" RANDOM "00 0002 1301 0100 0001 00 ff", parse_client, "decode_error",
        "extensions", 48);
}

static void check_words(const char *hex, expect_parse *parse, const char *words)
{
    struct hf_error error;
    uint8_t body[256];
    CHECK(!expect_run(body, from_hex(hex, body, sizeof body), parse, &error));
    CHECK_TEXT(error.detail, words);
}

static void failures_in_words(void)
{
    check_words("03", parse_client, "legacy_version takes 2 bytes, 1 are left");
    check_words("0303 0001", parse_client, "random takes 32 bytes, 2 are left");
    check_words("0303" RANDOM, parse_client,
        "the length of legacy_session_id takes 1 bytes, 0 are left");
    check_words("0303" RANDOM "02aa", parse_client, "legacy_session_id claims 2 bytes, 1 are left");
    check_words("0303" RANDOM "21" RANDOM "aa", parse_client,
        "legacy_session_id has 33 bytes, allowed are 0 to 32");
    check_words("0303" RANDOM "00 0003 130113", parse_client,
        "cipher_suites has 3 bytes: not a list of 2-byte codes");
    check_words("0303" RANDOM "00 0001 13", parse_client,
        "cipher_suites has 1 bytes, allowed are 2 to 65535");
    check_words("0303" RANDOM "00 1301", parse_server,
        "legacy_compression_method takes 1 bytes, 0 are left");
    check_words("0303" RANDOM "00 1301 00 0000 aabb", parse_server,
        "2 bytes too many behind extensions");
}

static void server_hello_failures(void)
{
    EXPECT_FAIL("03", parse_server, "decode_error", "legacy_version", 4);
    EXPECT_FAIL("0303 00", parse_server, "decode_error", "random", 6);
    EXPECT_FAIL("0303" RANDOM, parse_server, "decode_error", "legacy_session_id_echo", 38);
    EXPECT_FAIL("0303" RANDOM "21" RANDOM "aa 1301 00", parse_server, "decode_error",
        "legacy_session_id_echo", 38);
    EXPECT_FAIL("0303" RANDOM "00 13", parse_server, "decode_error", "cipher_suite", 39);
    EXPECT_FAIL("0303" RANDOM "00 1301", parse_server, "decode_error", "legacy_compression_method",
        41);
    EXPECT_FAIL("0303" RANDOM "00 1301 00 00", parse_server, "decode_error", "extensions", 42);
    EXPECT_FAIL("0303" RANDOM "00 1301 00 0001", parse_server, "decode_error", "extensions", 42);
    EXPECT_FAIL("0303" RANDOM "00 1301 00 0000 aa", parse_server, "decode_error", "extensions", 44);
}

static void server_hello_fields(void)
{
    EXPECT_PASS("0303" RANDOM "01aa 1302 01", parse_server); /* TLS 1.2 without extensions */
    CHECK(server.legacy_version == 0x0303 && server.cipher_suite == 0x1302);
    CHECK(server.compression_method == 1 && server.extensions.length == 0);
    CHECK(server.session_id.length == 1 && !server.is_retry);
    EXPECT_PASS("0303" RETRY "00 1301 00 0006 002b 0002 0304", parse_server);
    CHECK(server.is_retry && server.extensions.length == 6);
}

static void prefixes_fail(void)
{
    uint8_t body[256];
    size_t length = from_hex("0303" RANDOM "03aabbcc" "0004 1301 1302" "0100" "0006 002b 0002 0304",
        body, sizeof body);
    expect_prefixes_fail(body, length, parse_client, length - 8);
    length = from_hex("0303" RETRY "03aabbcc 1301 00 0006 002b 0002 0304", body, sizeof body);
    expect_prefixes_fail(body, length, parse_server, length - 8);
}

static void round_trips(void)
{
    uint8_t body[256];
    uint8_t again[256];
    size_t length = from_hex("0303" RANDOM "03aabbcc" "0004 1301 1302" "0100" "0006 002b 0002 0304",
        body, sizeof body);
    hf_reader r = reader_of(body, length);
    CHECK(client_hello_parse(&r, &client, NULL));
    hf_builder b = builder_of(again, sizeof again);
    client_hello_build(&b, &client);
    build_vector16(&b, client.extensions);
    CHECK(!b.failed && b.length == length);
    CHECK_BYTES(again, body, length);

    length = from_hex("0303" RANDOM "03aabbcc 1301 00 0006 002b 0002 0304", body, sizeof body);
    r = reader_of(body, length);
    CHECK(server_hello_parse(&r, &server, NULL));
    b = builder_of(again, sizeof again);
    server_hello_build(&b, &server);
    build_vector16(&b, server.extensions);
    CHECK(!b.failed && b.length == length);
    CHECK_BYTES(again, body, length);
    b = builder_of(again, 40);
    server_hello_build(&b, &server);
    CHECK(b.failed);
}

TEST_MAIN(TEST(client_hello_fields), TEST(client_hello_allowed), TEST(client_hello_failures),
    TEST(failures_in_words),
    TEST(server_hello_fields), TEST(server_hello_failures), TEST(prefixes_fail), TEST(round_trips))
