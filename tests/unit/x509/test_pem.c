/* PEM (RFC 7468): what is found, what is refused, and that writing and reading agree. */
#include <unistd.h>

#include "test.h"
#include "x509/pem.h"

static int next(hf_reader *r, char *label, uint8_t *out, size_t capacity, size_t *length)
{
    hf_bytes l;
    int found = pem_next(r, &l, out, capacity, length, NULL);
    label[0] = '\0';
    if (found == 1) {
        (void)snprintf(label, 70, "%.*s", (int)l.length, (const char *)l.data);
    }
    return found;
}

static hf_reader text_reader(const char *text)
{
    return reader_of((const uint8_t *)text, strlen(text));
}

static void finds_blocks(void)
{
    hf_reader r = text_reader("Subject: who\n-----BEGIN\n-----BEGIN A-----\r\nAQID\r\n"
        "-----END A-----\r\nbetween -----BEGIN B B-----\nAQ = =\n-----END B B-----");
    char label[80];
    uint8_t out[16];
    size_t length;
    CHECK(next(&r, label, out, sizeof out, &length) == 1);
    CHECK_TEXT(label, "A");
    CHECK(length == 3 && out[0] == 1 && out[1] == 2 && out[2] == 3);
    CHECK(next(&r, label, out, sizeof out, &length) == 1);
    CHECK_TEXT(label, "B B");
    CHECK(length == 1 && out[0] == 1);
    CHECK(next(&r, label, out, sizeof out, &length) == 0);
    CHECK(next(&r, label, out, sizeof out, &length) == 0);
}

/* RFC 1421, 4.6, as encrypted keys have them. */
static void passes_headers(void)
{
    const char *text = "-----BEGIN A-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: X,\r\n 00\r\n\r\n"
        "AQID\r\n-----END A-----\n-----BEGIN B-----\nAQID\n-----END B-----\n";
    hf_reader r = text_reader(text);
    hf_bytes label;
    hf_bytes headers;
    uint8_t out[16];
    size_t length;
    CHECK(pem_next(&r, &label, out, sizeof out, &length, NULL) == 1 && length == 3);
    headers = pem_headers(&r, label);
    CHECK(headers.length == strlen("Proc-Type: 4,ENCRYPTED\r\nDEK-Info: X,\r\n 00\r\n"));
    CHECK(pem_next(&r, &label, out, sizeof out, &length, NULL) == 1 && length == 3);
    CHECK(pem_headers(&r, label).length == 0);
}

static void refuses(void)
{
    static const struct {
        const char *text;
        const char *says;
        size_t offset;
    } rows[] = {
        { "-----BEGIN A-----\nAQI!\n-----END A-----", "not base64", 21 },
        { "-----BEGIN A-----\nAQI\n-----END A-----", "cut off", 22 },
        { "-----BEGIN A-----\nAQID\n", "END", 23 },
        { "-----BEGIN A-----\nAQID\n-----END B-----", "END", 38 },
        { "-----BEGIN A-----\nAQJ=\n-----END A-----", "stray bits", 21 },
        { "-----BEGIN A-----\nAR==\n-----END A-----", "stray bits", 21 },
        { "-----BEGIN A-----\nAQ==AQID\n-----END A-----", "base64", 22 },
        { "-----BEGIN A-----\nAQ===\n-----END A-----", "padding", 22 },
        { "-----BEGIN A-----\nA===\n-----END A-----", "base64", 19 },
        { "-----BEGIN A-----\nAQ=D\n-----END A-----", "base64", 21 },
        { "-----BEGIN A-----\nProc-Type 4\n-----END A-----", "END", 22 },
        { "-----BEGIN A-----\nName: x\nAQI!\n-----END A-----", "not base64", 29 },
        { "-----BEGIN A-----\nName: x", "END", 25 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hf_error error;
        hf_reader r = text_reader(rows[i].text);
        hf_bytes label;
        uint8_t out[64];
        size_t length;
        error_clear(&error);
        CHECK(pem_next(&r, &label, out, sizeof out, &length, &error) == -1);
        if (strstr(error.detail, rows[i].says) == NULL || error.offset != rows[i].offset) {
            (void)fprintf(stderr, "row %zu: %s at %zu\n", i, error.detail, error.offset);
            CHECK(false);
        }
        CHECK(pem_next(&r, &label, out, sizeof out, &length, &error) == 0);
    }
}

static void refuses_what_does_not_fit(void)
{
    char label[80];
    uint8_t out[2];
    size_t length;
    hf_reader r = text_reader("-----BEGIN A-----\nAQID\n-----END A-----\n"
        "-----BEGIN A-----\nAQI=\n-----END A-----\n");
    CHECK(next(&r, label, out, sizeof out, &length) == -1);
    CHECK(next(&r, label, out, sizeof out, &length) == 1 && length == 2);
}

static void writes_what_it_reads(void)
{
    uint8_t data[200];
    uint8_t back[200];
    char text[512];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 37);
    }
    for (size_t n = 0; n <= sizeof data; n++) {
        size_t length;
        size_t got;
        hf_bytes label;
        CHECK(pem_write("X", bytes_of(data, n), text, sizeof text, &length));
        CHECK(text[length] == '\0' && strlen(text) == length);
        hf_reader r = text_reader(text);
        CHECK(pem_next(&r, &label, back, n, &got, NULL) == 1);
        CHECK(got == n && memcmp(back, data, n) == 0);
        CHECK(!pem_write("X", bytes_of(data, n), text, length, &got));
    }
    size_t length;
    CHECK(pem_write("LABEL", bytes_of(data, 49), text, sizeof text, &length));
    CHECK_TEXT(text, "-----BEGIN LABEL-----\n"
        "ACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL\n8A==\n"
        "-----END LABEL-----\n");
}

static void reads_files(void)
{
    char path[] = "handfast-test-XXXXXX";
    int file = mkstemp(path);
    uint8_t *data;
    size_t length = 0;
    struct hf_error error;
    CHECK(file >= 0);
    CHECK(write(file, "hello", 5) == 5);
    CHECK(close(file) == 0);
    CHECK(file_read(&allocator_malloc, path, &data, &length, NULL));
    CHECK(length == 5 && memcmp(data, "hello", 6) == 0);
    release_wiped(&allocator_malloc, data, length + 1);
    CHECK(remove(path) == 0);
    error_clear(&error);
    CHECK(!file_read(&allocator_malloc, path, &data, &length, &error));
    CHECK(error.code == HF_CODE_bad_configuration && strstr(error.detail, path) != NULL);
    CHECK(!file_read(&allocator_malloc, "/", &data, &length, NULL));
    /* A file without a size: seeking to its end says 0. */
    CHECK(file_read(&allocator_malloc, "/proc/self/cmdline", &data, &length, NULL) && length > 0);
    release_wiped(&allocator_malloc, data, length + 1);
}

TEST_MAIN(TEST(finds_blocks), TEST(passes_headers), TEST(refuses), TEST(refuses_what_does_not_fit),
    TEST(writes_what_it_reads), TEST(reads_files))
