/* Names of code points: single ones, the whole registry's tables, GREASE, lists in words. */
#include "test.h"

#include "wire/codepoints.h"

static void names(void)
{
    CHECK_TEXT(version_name(VERSION_TLS13), "TLS 1.3");
    CHECK_TEXT(version_name(0x0300), "SSL 3.0");
    CHECK_TEXT(version_name(0x0305), "unknown");
    CHECK_TEXT(version_name(0x7a7a), "GREASE");
    CHECK_TEXT(content_type_name(CONTENT_HANDSHAKE), "handshake");
    CHECK_TEXT(content_type_name(CONTENT_CCS), "change_cipher_spec");
    CHECK_TEXT(content_type_name(0), "unknown");
    CHECK_TEXT(handshake_type_name(TYPE_CLIENT_HELLO), "ClientHello");
    CHECK_TEXT(handshake_type_name(TYPE_HELLO_REQUEST), "HelloRequest");
    CHECK_TEXT(handshake_type_name(TYPE_MESSAGE_HASH), "message_hash");
    CHECK_TEXT(handshake_type_name(7), "unknown");
    CHECK_TEXT(extension_name(EXT_SERVER_NAME), "server_name");
    CHECK_TEXT(extension_name(EXT_ALPN), "application_layer_protocol_negotiation");
    CHECK_TEXT(extension_name(EXT_RENEGOTIATION_INFO), "renegotiation_info");
    CHECK_TEXT(extension_name(0xfefe), "unknown");
    CHECK_TEXT(suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
    CHECK_TEXT(suite_name(0x0000), "TLS_NULL_WITH_NULL_NULL");
    CHECK_TEXT(suite_name(0xffe1), "SSL_RSA_FIPS_WITH_DES_CBC_SHA");
    CHECK_TEXT(suite_name(0xffff), "unknown");
    CHECK_TEXT(suite_name(0xfafa), "GREASE");
    CHECK_TEXT(group_name(0x001d), "x25519");
    CHECK_TEXT(group_name(0x11ec), "X25519MLKEM768");
    CHECK_TEXT(group_name(0x0000), "unknown");
    CHECK_TEXT(scheme_name(0x0403), "ecdsa_secp256r1_sha256");
    CHECK_TEXT(scheme_name(0x0804), "rsa_pss_rsae_sha256");
    CHECK_TEXT(scheme_name(0xffff), "unknown");
    CHECK_TEXT(suite_name(SCSV_EMPTY_RENEGOTIATION_INFO), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    CHECK_TEXT(suite_name(SCSV_FALLBACK), "TLS_FALLBACK_SCSV");
    CHECK_TEXT(client_certificate_type_name(CLIENT_RSA_SIGN), "rsa_sign");
    CHECK_TEXT(client_certificate_type_name(CLIENT_ECDSA_SIGN), "ecdsa_sign");
    CHECK_TEXT(client_certificate_type_name(68), "gost_sign512");
    CHECK_TEXT(client_certificate_type_name(7), "unknown");
    CHECK_TEXT(psk_mode_name(PSK_KE), "psk_ke");
    CHECK_TEXT(psk_mode_name(PSK_DHE_KE), "psk_dhe_ke");
    CHECK_TEXT(psk_mode_name(2), "unknown");
}

static void by_name(void)
{
    uint16_t number = 0;
    CHECK(suite_by_name("tls_aes_256_gcm_sha384", 22, &number) && number == 0x1302);
    /* The registered number, not the draft's private one. */
    const char *chacha = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
    CHECK(suite_by_name(chacha, strlen(chacha), &number) && number == 0xcca8);
    CHECK(!suite_by_name("TLS_AES_128_GCM_SHA25", 21, &number));
    CHECK(!suite_by_name("", 0, &number));
    CHECK(!suite_by_name("XLS_AES_128_GCM_SHA256", 22, &number));
    CHECK(group_by_name("X25519", 6, &number) && number == 0x001d);
    CHECK(group_by_name("x25519, secp256r1", 6, &number) && number == 0x001d);
    CHECK(group_by_name("p-256", 5, &number) && number == 0x0017);
    CHECK(group_by_name("prime256v1", 10, &number) && number == 0x0017);
    CHECK(group_by_name("P-384", 5, &number) && number == 0x0018);
    CHECK(group_by_name("P-521", 5, &number) && number == 0x0019);
    CHECK(group_by_name("x25519mlkem768", 14, &number) && number == 0x11ec);
    CHECK(!group_by_name("P-257", 5, &number));
    CHECK(scheme_by_name("ED25519", 7, &number) && number == 0x0807);
    CHECK(!scheme_by_name("ed2551", 6, &number));
}

/* A name leads to a number that bears the same name. */
static void names_and_numbers_agree(void)
{
    unsigned suites = 0;
    unsigned groups = 0;
    unsigned schemes = 0;
    for (unsigned i = 0; i < 0x10000; i++) {
        uint16_t number = (uint16_t)i;
        uint16_t back = 0;
        const char *name = suite_name(number);
        if (strcmp(name, "unknown") != 0 && strcmp(name, "GREASE") != 0) {
            suites++;
            CHECK(suite_by_name(name, strlen(name), &back));
            CHECK_TEXT(suite_name(back), name);
        }
        name = group_name(number);
        if (strcmp(name, "unknown") != 0 && strcmp(name, "GREASE") != 0) {
            groups++;
            CHECK(group_by_name(name, strlen(name), &back));
            CHECK_TEXT(group_name(back), name);
        }
        name = scheme_name(number);
        if (strcmp(name, "unknown") != 0 && strcmp(name, "GREASE") != 0) {
            schemes++;
            CHECK(scheme_by_name(name, strlen(name), &back) && back == number);
        }
    }
    CHECK(suites == 408); /* and GREASE's 16 */
    CHECK(groups == 139);
    CHECK(schemes == 88);
}

/* RFC 8701, 2. */
static void grease(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < 0x10000; i++) {
        count += is_grease((uint16_t)i);
    }
    CHECK(count == 16);
    CHECK(is_grease(0x0a0a));
    CHECK(is_grease(0xfafa));
    CHECK(!is_grease(0x0a1a));
    CHECK(!is_grease(0x0b0b));
    static const uint8_t modes[] = { 0x0b, 0x2a, 0x49, 0x68, 0x87, 0xa6, 0xc5, 0xe4 };
    count = 0;
    for (unsigned i = 0; i < 0x100; i++) {
        count += strcmp(psk_mode_name((uint8_t)i), "GREASE") == 0;
    }
    CHECK(count == sizeof modes);
    for (size_t i = 0; i < sizeof modes; i++) {
        CHECK_TEXT(psk_mode_name(modes[i]), "GREASE");
    }
}

/* Each row of a table of the test data bears its name here. Returns the rows, or 0 when the file is
 * missing. The tables' own remarks in brackets are left out. */
static unsigned check_table(const char *file, const char *(*name_of)(uint16_t))
{
    const char *data = getenv("HANDFAST_TEST_DATA");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/codepoints/%s", data == NULL ? "." : data, file);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        return 0;
    }
    unsigned rows = 0;
    char line[256];
    while (fgets(line, sizeof line, f) != NULL) {
        char *name = strchr(line, '\t');
        if (name == NULL) {
            continue;
        }
        name++;
        name[strcspn(name, "\n")] = '\0';
        uint16_t number = (uint16_t)strtoul(line, NULL, 0);
        rows++;
        if (strstr(name, "GREASE") != NULL) {
            CHECK_TEXT(name_of(number), "GREASE");
            continue;
        }
        if (number == 34 && name_of == extension_name) {
            CHECK_TEXT(name_of(number), "delegated_credential"); /* the table's has an s */
            continue;
        }
        if (strncmp(name, "Reserved", 8) == 0) {
            CHECK(strncmp(name_of(number), "reserved", 8) == 0);
            continue;
        }
        size_t length = strcspn(name, " ");
        CHECK(strncmp(name_of(number), name, length) == 0);
    }
    (void)fclose(f);
    return rows;
}

static void whole_registry(void)
{
    if (getenv("HANDFAST_TEST_DATA") == NULL) {
        SKIP("HANDFAST_TEST_DATA is not set");
    }
    CHECK(check_table("cipher_suites.tsv", suite_name) == 424);
    CHECK(check_table("groups.tsv", group_name) == 155);
    CHECK(check_table("signature_schemes.tsv", scheme_name) == 104);
    CHECK(check_table("extensions.tsv", extension_name) == 76);
}

static void lists(void)
{
    static const uint8_t list[] = { 0x00, 0x1d, 0x00, 0x17, 0x4a, 0x4a, 0xff, 0xff };
    char text[64];
    list_text(list, sizeof list, group_name, text, sizeof text);
    CHECK_TEXT(text, "x25519, secp256r1, 0x4a4a, 0xffff");
    list_text(list, 0, group_name, text, sizeof text);
    CHECK_TEXT(text, "");
    list_text(list, 3, group_name, text, sizeof text); /* half a code is left out */
    CHECK_TEXT(text, "x25519");
    list_text(list, sizeof list, group_name, text, 20);
    CHECK_TEXT(text, "x25519…");
    list_text(list, sizeof list, group_name, text, 21); /* 17 bytes, 3 for the mark, 1 to end */
    CHECK_TEXT(text, "x25519, secp256r1…");
    for (size_t bytes = 4; bytes <= 5; bytes++) {
        list_text(list, bytes, group_name, text, 18); /* the last one needs no room for more */
        CHECK_TEXT(text, "x25519, secp256r1");
        list_text(list, bytes, group_name, text, 17);
        CHECK_TEXT(text, "x25519…");
    }
    list_text(list + 4, 2, group_name, text, 7);
    CHECK_TEXT(text, "0x4a4a");
    list_text(list, sizeof list, group_name, text, 4);
    CHECK_TEXT(text, "…");
    list_text(list, sizeof list, group_name, text, 3);
    CHECK_TEXT(text, "");
}

/* Whatever the capacity: terminated, within it, a prefix of the whole and the mark of the cut. */
static void lists_cut(void)
{
    static const uint8_t list[] = { 0x00, 0x1d, 0x00, 0x17, 0x4a, 0x4a, 0xff, 0xff };
    char whole[64];
    list_text(list, sizeof list, group_name, whole, sizeof whole);
    for (size_t capacity = 1; capacity <= strlen(whole) + 1; capacity++) {
        char *text = malloc(capacity);
        if (text == NULL) {
            abort();
        }
        list_text(list, sizeof list, group_name, text, capacity);
        size_t length = strnlen(text, capacity);
        CHECK(length < capacity);
        char *cut = strstr(text, "…");
        size_t same = cut == NULL ? length : (size_t)(cut - text);
        CHECK(strncmp(text, whole, same) == 0);
        CHECK(cut != NULL || length == 0 || strcmp(text, whole) == 0);
        free(text);
    }
    list_text(list, sizeof list, group_name, NULL, 0);
}

TEST_MAIN(TEST(names), TEST(by_name), TEST(names_and_numbers_agree), TEST(grease),
    TEST(whole_registry), TEST(lists), TEST(lists_cut))
