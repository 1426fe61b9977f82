/* Extensions: the walk over a block, each body parsed, every failure with its field and byte, and
 * builders whose output parses to the same. */
#include "wire/expect.h"

#include "wire/codepoints.h"
#include "wire/extensions.h"

static bool walk(hf_reader *list, struct hf_error *error)
{
    struct extension extension;
    int more;
    while ((more = extension_next(list, &extension, error)) == 1) {
    }
    return more == 0;
}

static bool parse_name(hf_reader *body, struct hf_error *error)
{
    hf_bytes name;
    return server_name_parse(body, &name, error);
}

static bool parse_groups(hf_reader *body, struct hf_error *error)
{
    hf_bytes list;
    return code_list_parse(body, "supported_groups", &list, error);
}

static bool parse_versions(hf_reader *body, struct hf_error *error)
{
    hf_bytes list;
    return supported_versions_parse_client(body, &list, error);
}

static bool parse_version(hf_reader *body, struct hf_error *error)
{
    uint16_t version;
    return supported_versions_parse_server(body, &version, error);
}

static bool parse_shares(hf_reader *body, struct hf_error *error)
{
    hf_reader list;
    TRY(key_share_parse_client(body, &list, error));
    struct key_share share;
    int more;
    while ((more = key_share_next(&list, &share, error)) == 1) {
    }
    return more == 0;
}

static bool parse_share(hf_reader *body, struct hf_error *error)
{
    struct key_share share;
    return key_share_parse_server(body, &share, error);
}

static bool parse_retry(hf_reader *body, struct hf_error *error)
{
    uint16_t group;
    return key_share_parse_retry(body, &group, error);
}

static bool parse_alpn(hf_reader *body, struct hf_error *error)
{
    hf_bytes list;
    return alpn_parse(body, &list, error);
}

static bool parse_alpn_answer(hf_reader *body, struct hf_error *error)
{
    hf_bytes protocol;
    return alpn_parse_answer(body, &protocol, error);
}

static bool parse_cookie(hf_reader *body, struct hf_error *error)
{
    hf_bytes cookie;
    return cookie_parse(body, &cookie, error);
}

static bool parse_authorities(hf_reader *body, struct hf_error *error)
{
    hf_bytes list;
    return authorities_parse(body, &list, error);
}

static bool parse_empty(hf_reader *body, struct hf_error *error)
{
    return empty_parse(body, "extended_master_secret", error);
}

static bool parse_status_request(hf_reader *body, struct hf_error *error)
{
    bool ocsp;
    return status_request_parse(body, &ocsp, error);
}

static bool parse_timestamps(hf_reader *body, struct hf_error *error)
{
    hf_bytes list;
    return timestamps_parse(body, &list, error);
}

static bool parse_point_formats(hf_reader *body, struct hf_error *error)
{
    hf_bytes formats;
    return point_formats_parse(body, &formats, error);
}

static bool parse_renegotiation(hf_reader *body, struct hf_error *error)
{
    hf_bytes connection;
    return renegotiation_info_parse(body, &connection, error);
}

static void blocks(void)
{
    EXPECT_PASS("", walk);
    EXPECT_PASS("0017 0000 ff01 0001 00", walk);
    EXPECT_FAIL("00", walk, "decode_error", "extension_type", 4);
    EXPECT_FAIL("0017", walk, "decode_error", "extended_master_secret", 4);
    EXPECT_FAIL("0017 00", walk, "decode_error", "extended_master_secret", 4);
    EXPECT_FAIL("0017 0001", walk, "decode_error", "extended_master_secret", 4);
    EXPECT_FAIL("0017 0000 4242 0002 00", walk, "decode_error", "unknown", 8);
    EXPECT_FAIL("0017 0000 00", walk, "decode_error", "extension_type", 8);

    uint8_t block[16];
    size_t length = from_hex("0017 0000 002c 0003 0001 aa", block, sizeof block);
    hf_reader list = reader_of(block, length);
    struct extension extension;
    CHECK(extension_next(&list, &extension, NULL) == 1);
    CHECK(extension.type == EXT_EXTENDED_MASTER_SECRET && reader_done(&extension.body));
    CHECK(reader_offset(&extension.body) == 4);
    CHECK(extension_next(&list, &extension, NULL) == 1);
    CHECK(extension.type == EXT_COOKIE && reader_left(&extension.body) == 3);
    CHECK(reader_offset(&extension.body) == 8);
    CHECK(extension_next(&list, &extension, NULL) == 0);
}

static void server_names(void)
{
    EXPECT_PASS("0004 00 0001 61", parse_name);
    EXPECT_FAIL("", parse_name, "decode_error", "server_name.server_name_list", 4);
    EXPECT_FAIL("0000", parse_name, "decode_error", "server_name.server_name_list", 4);
    EXPECT_FAIL("0005 00 0001 61", parse_name, "decode_error", "server_name.server_name_list", 4);
    EXPECT_FAIL("0004 00 0001 61 00", parse_name, "decode_error",
        "server_name.server_name_list", 10);
    EXPECT_FAIL("0004 01 0001 61", parse_name, "decode_error", "server_name.name_type", 6);
    EXPECT_FAIL("0001 00", parse_name, "decode_error", "server_name.host_name", 7);
    EXPECT_FAIL("0003 00 0000", parse_name, "decode_error", "server_name.host_name", 7);
    EXPECT_FAIL("0004 00 0002 61", parse_name, "decode_error", "server_name.host_name", 7);
    EXPECT_FAIL("0006 00 0003 610062", parse_name, "illegal_parameter", "server_name.host_name",
        10);
    EXPECT_FAIL("0008 00 0001 61 00 0001 62", parse_name, "illegal_parameter",
        "server_name.server_name_list", 10);

    uint8_t body[2 + 3 + 256];
    for (size_t n = 255; n <= 256; n++) {
        hf_builder b = builder_of(body, sizeof body);
        build_u16(&b, (uint16_t)(3 + n));
        build_u8(&b, 0);
        build_u16(&b, (uint16_t)n);
        memset(build_space(&b, n), 'a', n);
        if (n == 255) {
            EXPECT_PASS_BYTES(body, b.length, parse_name);
        } else {
            EXPECT_FAIL_BYTES(body, b.length, parse_name, "illegal_parameter",
                "server_name.host_name", 7);
        }
    }
}

static void code_lists(void)
{
    EXPECT_PASS("0002 001d", parse_groups);
    EXPECT_FAIL("", parse_groups, "decode_error", "supported_groups", 4);
    EXPECT_FAIL("0000", parse_groups, "decode_error", "supported_groups", 4);
    EXPECT_FAIL("0001 00", parse_groups, "decode_error", "supported_groups", 4);
    EXPECT_FAIL("0003 001d00", parse_groups, "decode_error", "supported_groups", 4);
    EXPECT_FAIL("0004 001d", parse_groups, "decode_error", "supported_groups", 4);
    EXPECT_FAIL("0002 001d 00", parse_groups, "decode_error", "supported_groups", 8);
}

static void versions(void)
{
    EXPECT_PASS("02 0304", parse_versions);
    EXPECT_FAIL("", parse_versions, "decode_error", "supported_versions.versions", 4);
    EXPECT_FAIL("00", parse_versions, "decode_error", "supported_versions.versions", 4);
    EXPECT_FAIL("01 03", parse_versions, "decode_error", "supported_versions.versions", 4);
    EXPECT_FAIL("03 030403", parse_versions, "decode_error", "supported_versions.versions", 4);
    EXPECT_FAIL("04 0304", parse_versions, "decode_error", "supported_versions.versions", 4);
    EXPECT_FAIL("02 0304 00", parse_versions, "decode_error", "supported_versions.versions", 7);
    uint8_t body[256] = { 255 }; /* 254 at the most */
    EXPECT_FAIL_BYTES(body, 256, parse_versions, "decode_error", "supported_versions.versions", 4);
    body[0] = 254;
    EXPECT_PASS_BYTES(body, 255, parse_versions);

    EXPECT_PASS("0304", parse_version);
    EXPECT_FAIL("03", parse_version, "decode_error", "supported_versions.selected_version", 4);
    EXPECT_FAIL("030400", parse_version, "decode_error", "supported_versions.selected_version", 6);
}

static void key_shares(void)
{
    EXPECT_PASS("0000", parse_shares);
    EXPECT_PASS("000a 0a0a 0001 00 001d 0001 aa", parse_shares);
    EXPECT_FAIL("00", parse_shares, "decode_error", "key_share.client_shares", 4);
    EXPECT_FAIL("0001", parse_shares, "decode_error", "key_share.client_shares", 4);
    EXPECT_FAIL("0000 00", parse_shares, "decode_error", "key_share.client_shares", 6);
    EXPECT_FAIL("0001 00", parse_shares, "decode_error", "key_share.group", 6);
    EXPECT_FAIL("0002 001d", parse_shares, "decode_error", "key_share.key_exchange", 8);
    EXPECT_FAIL("0004 001d 0000", parse_shares, "decode_error", "key_share.key_exchange", 8);
    EXPECT_FAIL("0005 001d 0002 aa", parse_shares, "decode_error", "key_share.key_exchange", 8);
    EXPECT_FAIL("0006 001d 0001 aa 00", parse_shares, "decode_error", "key_share.group", 11);

    EXPECT_PASS("001d 0001 aa", parse_share);
    EXPECT_FAIL("00", parse_share, "decode_error", "key_share.group", 4);
    EXPECT_FAIL("001d", parse_share, "decode_error", "key_share.key_exchange", 6);
    EXPECT_FAIL("001d 0000", parse_share, "decode_error", "key_share.key_exchange", 6);
    EXPECT_FAIL("001d 0001 aa bb", parse_share, "decode_error", "key_share.server_share", 9);

    EXPECT_PASS("001d", parse_retry);
    EXPECT_FAIL("00", parse_retry, "decode_error", "key_share.selected_group", 4);
    EXPECT_FAIL("001d00", parse_retry, "decode_error", "key_share.selected_group", 6);
}

static void alpn(void)
{
    EXPECT_PASS("0003 02 6832", parse_alpn);
    EXPECT_FAIL("", parse_alpn, "decode_error", "alpn.protocol_name_list", 4);
    EXPECT_FAIL("0000", parse_alpn, "decode_error", "alpn.protocol_name_list", 4);
    EXPECT_FAIL("0001 00", parse_alpn, "decode_error", "alpn.protocol_name_list", 4);
    EXPECT_FAIL("0004 02 6832", parse_alpn, "decode_error", "alpn.protocol_name_list", 4);
    EXPECT_FAIL("0003 02 6832 00", parse_alpn, "decode_error", "alpn.protocol_name_list", 9);
    EXPECT_FAIL("0004 02 6832 00", parse_alpn, "decode_error", "alpn.protocol_name", 9);
    EXPECT_FAIL("0004 00 02 6832", parse_alpn, "decode_error", "alpn.protocol_name", 6);
    EXPECT_FAIL("0003 03 6832", parse_alpn, "decode_error", "alpn.protocol_name", 6);

    EXPECT_PASS("0003 02 6832", parse_alpn_answer);
    EXPECT_FAIL("0000", parse_alpn_answer, "decode_error", "alpn.protocol_name_list", 4);
    EXPECT_FAIL("0006 02 6832 02 6833", parse_alpn_answer, "decode_error", "alpn.protocol_name", 9);

    static const uint8_t list[] = "\x02h2\x08http/1.1";
    hf_bytes names = bytes_of(list, sizeof list - 1);
    CHECK(alpn_contains(names, bytes_of("h2", 2)));
    CHECK(alpn_contains(names, bytes_of("http/1.1", 8)));
    CHECK(!alpn_contains(names, bytes_of("http/1.", 7)));
    CHECK(!alpn_contains(names, bytes_of("h3", 2)));
    CHECK(!alpn_contains(names, bytes_of("", 0)));
    CHECK(!alpn_contains(bytes_of(NULL, 0), bytes_of("h2", 2)));
}

static void others(void)
{
    EXPECT_PASS("0001 00", parse_cookie);
    EXPECT_FAIL("00", parse_cookie, "decode_error", "cookie", 4);
    EXPECT_FAIL("0000", parse_cookie, "decode_error", "cookie", 4);
    EXPECT_FAIL("0002 00", parse_cookie, "decode_error", "cookie", 4);
    EXPECT_FAIL("0001 00 00", parse_cookie, "decode_error", "cookie", 7);

    const char *list = "certificate_authorities.authorities";
    const char *name = "certificate_authorities.distinguished_name";
    EXPECT_PASS("0007 0002 3000 0001 30", parse_authorities);
    EXPECT_FAIL("", parse_authorities, "decode_error", list, 4);
    EXPECT_FAIL("0002 0000", parse_authorities, "decode_error", list, 4);
    EXPECT_FAIL("0004 0001 30", parse_authorities, "decode_error", list, 4);
    EXPECT_FAIL("0003 0001 30 00", parse_authorities, "decode_error", list, 9);
    EXPECT_FAIL("0003 0002 30", parse_authorities, "decode_error", name, 6);
    EXPECT_FAIL("0005 0000 0001 30", parse_authorities, "decode_error", name, 6);
    EXPECT_FAIL("0004 0001 30 00", parse_authorities, "decode_error", name, 9);

    EXPECT_PASS("", parse_empty);
    EXPECT_FAIL("00", parse_empty, "decode_error", "extended_master_secret", 4);
}

/* status_parse, the answer: test_messages12.c. */
static void status_requests(void)
{
    EXPECT_PASS("01 0000 0000", parse_status_request);
    EXPECT_PASS("01 0007 0002 a1a1 0001 a2 0002 3000", parse_status_request);
    EXPECT_FAIL("", parse_status_request, "decode_error", "status_request.status_type", 4);
    EXPECT_FAIL("01 00", parse_status_request, "decode_error", "status_request.responder_id_list",
        5);
    EXPECT_FAIL("01 0000", parse_status_request, "decode_error",
        "status_request.request_extensions", 7);
    EXPECT_FAIL("01 0000 0001", parse_status_request, "decode_error",
        "status_request.request_extensions", 7);
    EXPECT_FAIL("01 0000 0000 00", parse_status_request, "decode_error",
        "status_request.request_extensions", 9);
    EXPECT_FAIL("01 0001 00 0000", parse_status_request, "decode_error",
        "status_request.responder_id", 7);
    EXPECT_FAIL("01 0005 0001 a1 0000 0000", parse_status_request, "decode_error",
        "status_request.responder_id", 10);
    uint8_t body[16];
    size_t length = from_hex("01 0003 0001 a1 0002 3000", body, sizeof body);
    expect_prefixes_fail(body, length, parse_status_request, 0);

    /* RFC 6066, 8: what a type that we do not know holds is not for us to judge. */
    for (unsigned type = 0; type < 256; type++) {
        const uint8_t request[] = { (uint8_t)type, 0, 0, 0, 0 };
        hf_reader r = reader_of(request, sizeof request);
        bool ocsp = type != STATUS_OCSP;
        CHECK(status_request_parse(&r, &ocsp, NULL) && ocsp == (type == STATUS_OCSP));
    }
    EXPECT_PASS("02", parse_status_request);
    EXPECT_PASS("02 ffff", parse_status_request);
}

static void timestamps(void)
{
    const char *list = "signed_certificate_timestamp.sct_list";
    const char *sct = "signed_certificate_timestamp.sct";
    EXPECT_PASS("0003 0001 aa", parse_timestamps);
    EXPECT_PASS("0007 0001 aa 0002 bbbb", parse_timestamps);
    EXPECT_FAIL("", parse_timestamps, "decode_error", list, 4);
    EXPECT_FAIL("0000", parse_timestamps, "decode_error", list, 4);
    EXPECT_FAIL("0003 0001", parse_timestamps, "decode_error", list, 4);
    EXPECT_FAIL("0003 0001 aa 00", parse_timestamps, "decode_error", list, 9);
    EXPECT_FAIL("0002 0000", parse_timestamps, "decode_error", sct, 6);
    EXPECT_FAIL("0003 0002 aa", parse_timestamps, "decode_error", sct, 6);
    EXPECT_FAIL("0005 0001 aa 0000", parse_timestamps, "decode_error", sct, 9);
    uint8_t body[16];
    size_t length = from_hex("0007 0001 aa 0002 bbbb", body, sizeof body);
    expect_prefixes_fail(body, length, parse_timestamps, 0);
    hf_reader r = reader_of(body, length);
    hf_bytes whole;
    CHECK(timestamps_parse(&r, &whole, NULL));
    CHECK(whole.data == body && whole.length == length);
}

static void point_formats(void)
{
    EXPECT_PASS("01 00", parse_point_formats);
    EXPECT_PASS("03 020100", parse_point_formats);
    EXPECT_FAIL("", parse_point_formats, "decode_error", "ec_point_formats", 4);
    EXPECT_FAIL("00", parse_point_formats, "decode_error", "ec_point_formats", 4);
    EXPECT_FAIL("02 00", parse_point_formats, "decode_error", "ec_point_formats", 4);
    EXPECT_FAIL("01 00 00", parse_point_formats, "decode_error", "ec_point_formats", 6);
    EXPECT_FAIL("02 0102", parse_point_formats, "illegal_parameter", "ec_point_formats", 4);
}

static void renegotiation(void)
{
    const char *field = "renegotiation_info.renegotiated_connection";
    EXPECT_PASS("00", parse_renegotiation);
    EXPECT_PASS("02 abcd", parse_renegotiation);
    EXPECT_FAIL("", parse_renegotiation, "decode_error", field, 4);
    EXPECT_FAIL("02 ab", parse_renegotiation, "decode_error", field, 4);
    EXPECT_FAIL("00 00", parse_renegotiation, "decode_error", field, 5);
}

/* ---- Builders: whole extensions, byte by byte ---- */

static uint8_t built[256];

static void check_built(const hf_builder *b, const char *hex)
{
    uint8_t expected[256];
    size_t length = from_hex(hex, expected, sizeof expected);
    CHECK(!b->failed);
    CHECK(b->length == length);
    CHECK_BYTES(built, expected, length);
}

#define BUILD(hex, call) \
    do { \
        hf_builder b = builder_of(built, sizeof built); \
        call; \
        check_built(&b, hex); \
        for (size_t n = 0; n < b.length; n++) { \
            hf_builder whole = b; \
            uint8_t small[256]; \
            b = builder_of(small, n); \
            call; \
            CHECK(b.failed); \
            b = whole; \
        } \
    } while (0)

static void builders(void)
{
    static const uint16_t codes[] = { 0x001d, 0x0017 };
    const struct key_share shares[] = { { 0x001d, bytes_of("ab", 2) },
        { 0x0017, bytes_of("c", 1) } };
    BUILD("0000 0006 0004 00 0001 61", server_name_build(&b, bytes_of("a", 1)));
    BUILD("0000 0000", server_name_build(&b, bytes_of(NULL, 0)));
    BUILD("000a 0006 0004 001d 0017", code_list_build(&b, EXT_SUPPORTED_GROUPS, codes, 2));
    BUILD("002b 0005 04 001d 0017", supported_versions_build_client(&b, codes, 2));
    BUILD("002b 0002 0304", supported_versions_build_server(&b, VERSION_TLS13));
    BUILD("0033 000d 000b 001d 0002 6162 0017 0001 63", key_share_build_client(&b, shares, 2));
    BUILD("0033 0002 0000", key_share_build_client(&b, shares, 0));
    BUILD("0033 0006 001d 0002 6162", key_share_build_server(&b, &shares[0]));
    BUILD("0033 0002 001d", key_share_build_retry(&b, 0x001d));
    BUILD("0010 0005 0003 02 6832", alpn_build(&b, bytes_of("\x02h2", 3)));
    BUILD("0010 0005 0003 02 6832", alpn_build_answer(&b, bytes_of("h2", 2)));
    BUILD("002c 0004 0002 6162", cookie_build(&b, bytes_of("ab", 2)));
    BUILD("0017 0000", empty_build(&b, EXT_EXTENDED_MASTER_SECRET));
    BUILD("0005 0005 01 0000 0000", status_request_build(&b));
    BUILD("01 000002 3000", status_build(&b, bytes_of("0\0", 2)));
    BUILD("0012 0005 0003 0001 aa", timestamps_build(&b, bytes_of("\0\3\0\1\xaa", 5)));
    BUILD("000b 0002 01 00", point_formats_build(&b));
    BUILD("ff01 0001 00", renegotiation_info_build(&b, bytes_of(NULL, 0)));
    BUILD("ff01 0003 02 6162", renegotiation_info_build(&b, bytes_of("ab", 2)));
}

/* What is built parses to the same values. */
static void round_trips(void)
{
    static const uint16_t codes[] = { 0x0804, 0x0403 };
    const struct key_share shares[] = { { 0x001d, bytes_of("ab", 2) },
        { 0x0017, bytes_of("c", 1) } };
    hf_builder b = builder_of(built, sizeof built);
    server_name_build(&b, bytes_of("example.com", 11));
    code_list_build(&b, EXT_SIGNATURE_ALGORITHMS, codes, 2);
    key_share_build_client(&b, shares, 2);
    alpn_build_answer(&b, bytes_of("http/1.1", 8));
    cookie_build(&b, bytes_of("cookie", 6));
    hf_reader list = reader_of(built, b.length);
    struct extension e;
    hf_bytes bytes;
    CHECK(extension_next(&list, &e, NULL) == 1 && e.type == EXT_SERVER_NAME);
    CHECK(server_name_parse(&e.body, &bytes, NULL));
    CHECK(bytes_equal_public(bytes, bytes_of("example.com", 11)));
    CHECK(extension_next(&list, &e, NULL) == 1 && e.type == EXT_SIGNATURE_ALGORITHMS);
    CHECK(code_list_parse(&e.body, "signature_algorithms", &bytes, NULL));
    CHECK(bytes_equal_public(bytes, bytes_of("\x08\x04\x04\x03", 4)));
    CHECK(extension_next(&list, &e, NULL) == 1 && e.type == EXT_KEY_SHARE);
    hf_reader walked;
    struct key_share share;
    CHECK(key_share_parse_client(&e.body, &walked, NULL));
    for (size_t i = 0; i < 2; i++) {
        CHECK(key_share_next(&walked, &share, NULL) == 1 && share.group == shares[i].group);
        CHECK(bytes_equal_public(share.key_exchange, shares[i].key_exchange));
    }
    CHECK(key_share_next(&walked, &share, NULL) == 0);
    CHECK(extension_next(&list, &e, NULL) == 1 && e.type == EXT_ALPN);
    CHECK(alpn_parse_answer(&e.body, &bytes, NULL));
    CHECK(bytes_equal_public(bytes, bytes_of("http/1.1", 8)));
    CHECK(extension_next(&list, &e, NULL) == 1 && e.type == EXT_COOKIE);
    CHECK(cookie_parse(&e.body, &bytes, NULL));
    CHECK(bytes_equal_public(bytes, bytes_of("cookie", 6)));
    CHECK(extension_next(&list, &e, NULL) == 0);
}

TEST_MAIN(TEST(blocks), TEST(server_names), TEST(code_lists), TEST(versions), TEST(key_shares),
    TEST(alpn), TEST(others), TEST(status_requests), TEST(timestamps), TEST(point_formats),
    TEST(renegotiation), TEST(builders), TEST(round_trips))
