/* JA3 and JA4 against what others compute: RFC 8448's first ClientHello by hand, and the
 * captures of HANDFAST_TEST_DATA/pcap with the values that tshark gives for them. */
#include "observe/ja.h"

#include "test.h"

enum { CAPTURE_MAX = 2 << 20, ROWS_MAX = 512 };

/* RFC 8448, 3: the ClientHello of the simple handshake. */
static const char hello_hex[] =
    "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302"
    "010000910000000b0009000006736572766572ff01000100000a00140012001d001700180019010001010102010301"
    "0400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c"
    "002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d0002"
    "0101001c00024001";

static void knows_rfc_8448(void)
{
    uint8_t bytes[512];
    char ja3[JA3_TEXT];
    char ja4[JA4_TEXT];
    hf_bytes hello = bytes_of(bytes, from_hex(hello_hex, bytes, sizeof bytes));
    CHECK(hello.length == 196);
    CHECK(ja3_client(hello, ja3));
    CHECK(ja4_client(hello, ja4));
    /* MD5 of "771,4865-4867-4866,0-65281-10-35-51-43-13-45-28,29-23-24-25-256-257-258-259-260,". */
    CHECK_TEXT(ja3, "da4dea34fe6d4ce5f0725df3f2682fa0");
    /* SHA-256 of "1301,1302,1303" and of the eight sorted extensions, '_', the schemes as sent. */
    CHECK_TEXT(ja4, "t13d030900_55b375c5d22e_59cd3dafc54d");
}

static void refuses_what_is_no_hello(void)
{
    uint8_t bytes[512];
    char ja3[JA3_TEXT];
    char ja4[JA4_TEXT];
    size_t length = from_hex(hello_hex, bytes, sizeof bytes);
    for (size_t cut = 0; cut < length; cut++) {
        CHECK(!ja3_client(bytes_of(bytes, cut), ja3) && ja3[0] == '\0');
        CHECK(!ja4_client(bytes_of(bytes, cut), ja4) && ja4[0] == '\0');
    }
    CHECK(!ja3_server(bytes_of(bytes, length), ja3));
}

static void knows_servers(void)
{
    /* RFC 8448, 3: the ServerHello. MD5 of "771,4865,51-43". */
    static const char hex[] =
        "020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e269280013010000"
        "2e00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b"
        "00020304";
    uint8_t bytes[128];
    char ja3s[JA3_TEXT];
    size_t length = from_hex(hex, bytes, sizeof bytes);
    CHECK(length == 90);
    CHECK(ja3_server(bytes_of(bytes, length), ja3s));
    CHECK_TEXT(ja3s, "eb1d94daa7e0344597e756a1fb6e7054");
}

/* ---- Captures ---- */

struct expected {
    char file[64];
    char ja3[JA3_TEXT];
    char ja4[JA4_TEXT];
    bool found;
};

static uint8_t capture[CAPTURE_MAX];
static struct expected expected[ROWS_MAX];

static FILE *open_data(const char *folder, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/pcap/%s", folder, name);
    return fopen(path, "rb");
}

static size_t read_expected(const char *folder)
{
    char line[4096];
    size_t count = 0;
    FILE *file = open_data(folder, "expected.tsv");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        return 0;
    }
    while (count < ROWS_MAX && fgets(line, sizeof line, file) != NULL) {
        struct expected *row = &expected[count];
        char version[32];
        if (sscanf(line, "%63s %31s %32s %36s", row->file, version, row->ja3, row->ja4) == 4
            && strcmp(version, "QUIC") != 0 && row->ja4[0] == 't') {
            row->found = false;
            count++;
        }
    }
    (void)fclose(file);
    return count;
}

static void note_found(const char *name, size_t rows, hf_bytes hello, unsigned *wrong)
{
    char ja3[JA3_TEXT];
    char ja4[JA4_TEXT];
    bool known = false;
    if (!ja3_client(hello, ja3) || !ja4_client(hello, ja4)) {
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        if (strcmp(expected[i].file, name) == 0 && strcmp(expected[i].ja3, ja3) == 0
            && strcmp(expected[i].ja4, ja4) == 0) {
            expected[i].found = known = true;
        }
    }
    if (!known) {
        ++*wrong;
        (void)fprintf(stderr, "%s: %s %s is not expected\n", name, ja3, ja4);
    }
}

/* Every ClientHello that stands whole in one record and one packet, found by its header. */
static void scan(const char *folder, const char *name, size_t rows, unsigned *wrong)
{
    FILE *file = open_data(folder, name);
    CHECK(file != NULL);
    if (file == NULL) {
        return;
    }
    size_t length = fread(capture, 1, sizeof capture, file);
    (void)fclose(file);
    for (size_t i = 0; i + 9 < length; i++) {
        const uint8_t *at = capture + i;
        size_t record = (size_t)at[3] << 8 | at[4];
        size_t message = (size_t)at[6] << 16 | (size_t)at[7] << 8 | at[8];
        if (at[0] == 22 && at[1] == 3 && at[2] <= 3 && at[5] == 1 && record == message + 4
            && i + 5 + record <= length) {
            note_found(name, rows, bytes_of(at + 5, record), wrong);
        }
    }
}

static void agrees_on_captures(void)
{
    static const char *const files[] = { "badcurveball.pcap", "tls-alpn-h2.pcap",
        "tls-handshake.pcapng", "tls12.pcap", "tls3.pcapng", "tls-non-ascii-alpn.pcapng" };
    const char *folder = getenv("HANDFAST_TEST_DATA");
    size_t rows = folder == NULL ? 0 : read_expected(folder);
    if (rows == 0) {
        SKIP("no pcap/expected.tsv in HANDFAST_TEST_DATA");
    }
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        scan(folder, files[i], rows, &wrong);
    }
    CHECK(wrong == 0);
    size_t found = 0;
    for (size_t i = 0; i < rows; i++) {
        found += expected[i].found;
        if (!expected[i].found) {
            (void)fprintf(stderr, "%s %s %s was not found\n", expected[i].file, expected[i].ja3,
                expected[i].ja4);
        }
    }
    (void)printf("%zu of %zu fingerprints of captures found\n", found, rows);
    CHECK(found == rows);
}

TEST_MAIN(TEST(knows_rfc_8448), TEST(refuses_what_is_no_hello), TEST(knows_servers),
    TEST(agrees_on_captures))
