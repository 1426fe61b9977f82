/* Private keys in files: encrypted ones (written by the openssl command 3.0, passphrase "open
 * sesame"), what is said of those that cannot be opened, and of files that others may read. */
#include "x509/private_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static const struct provider *const provider = &provider_openssl;

/* openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 1000: PBES2, PBKDF2 */
static const char aes[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAizs8sUSlAprQICA+gw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECbqghzqWp2XH3QbYSaNnqwEQIgc\n"
    "nKo97+hrBc4/SCLc/wltCsENi2bC1hT2yye1vBBUGZ4f8SgmtCDMlCRRnr3ILcKv\n"
    "PfKm6P2xh9L6Z1LV5Co=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* -scrypt -scrypt_N 1024 */
static const char scrypt[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAj5R657xpw12QICBAAC\n"
    "AQgCAQEwHQYJYIZIAWUDBAEqBBBgzAVnEhkMk+gwyw7Lr3zbBEDMzHPchNxLcoi5\n"
    "p9Xq2iyWDfnDU3i6y1yK0RW+vJBZnaZgZNBmS7IfTxG4LjgvOvUcmcmTU+kWTEQN\n"
    "65v4sIU3\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* -v1 PBE-SHA1-3DES */
static const char pbes1[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MFgwHAYKKoZIhvcNAQwBAzAOBAgbo0TNMuWwCwICCAAEOG2HkR6/HbsndXcsS2IC\n"
    "1RI04Zai0Zjk3E0cwo1Ok92GR6CWNGUvOG478m5CnIAyOSdtCIA+ucxE\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* -v2 rc2-cbc -provider legacy: libcrypto does not read it without that provider */
static const char rc2[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGSMFYGCSqGSIb3DQEFDTBJMCwGCSqGSIb3DQEFDDAfBAjQM+yrrgeW4AICCAAC\n"
    "ARAwDAYIKoZIhvcNAgkFADAZBggqhkiG9w0DAjANAgE6BAi5Y8/rlHGQLAQ4ILH+\n"
    "kV+x5DA+f2x9kyO2MLevXs6LO4xNPXpquyLhZQMQcAmWxmNGtYu7PdzrdjqZLzPy\n"
    "+5wP0IU=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

/* openssl ec -aes256 */
static const char aes256[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-256-CBC,ABF4C98C7D961A9B4EE94CAF1A1F7677\n"
    "\n"
    "Q5jSD/G1MrDCK2c4+s66lSc8SHC/2AGkoaQVZhUQ78kNyMXzOz+6K43XRkC0Dz4O\n"
    "oFbJMa9Af7WLXEm2TNthECvAtJL8WF7+juHSDY2yCizI5Wc0FHPhDcVonAXYS1VT\n"
    "QJMDlS7SSlhS7LA+Z2KX3W9wgNEp0XbanN6hq/aDctM=\n"
    "-----END EC PRIVATE KEY-----\n";

/* openssl ec -des3 */
static const char des3[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: DES-EDE3-CBC,EA10994EF0E64827\n"
    "\n"
    "L8dHe/Byv6gQta0XydD2U0D73pFpAVinSpmXBr0UYuGoVKwZYrW7wa68ZJuF8r4c\n"
    "4gsz9hX736l518FCnzpxJujF6k6AfYxxGWYZPa9RQwxQfcTElIt6nbVG1PgGBYnK\n"
    "tOPPGQCxmLw/XdY4Vn/7zkJ/Y/3WKuNVoqROafwncvA=\n"
    "-----END EC PRIVATE KEY-----\n";

/* openssl ec -camellia128: a cipher that we do not take */
static const char camellia128[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: CAMELLIA-128-CBC,86DF2D8F2579439291D5196985AEB17E\n"
    "\n"
    "vfq/oN+rMInNTcXQUUUQx3jVAUok0Y7Zh6o4rvgoCrd1fCx4OXxwcXSgl6NTRbL4\n"
    "IT1+PD/KuVBccm9XYDO5aDzRAhG2LSsx2in5NbWKk9xIFsQZRkskroBGnrfTYi/t\n"
    "zYAvP3/7ISvgUPwApZHHsMJyHgpVUkM6+I0A7FnRhp0=\n"
    "-----END EC PRIVATE KEY-----\n";

static struct private_key *open_with(const char *pem, const char *passphrase,
    struct hf_error *error)
{
    error_clear(error);
    return private_key_of_pem(provider, bytes_of(pem, strlen(pem)),
        bytes_of(passphrase, strlen(passphrase)), error);
}

static void opens(void)
{
    static const struct {
        const char *pem;
        enum key_type type;
    } rows[] = { { aes, KEY_ED25519 }, { scrypt, KEY_ED25519 }, { pbes1, KEY_ED25519 },
        { aes256, KEY_P256 }, { des3, KEY_P256 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hf_error error;
        struct private_key *key = open_with(rows[i].pem, "open sesame", &error);
        CHECK(key != NULL && !error_is_set(&error));
        CHECK(key != NULL && provider->private_key_type(key) == rows[i].type);
        provider->private_key_drop(key);
        CHECK(open_with(rows[i].pem, "", &error) == NULL);
        CHECK_TEXT(error.reason, "passphrase_missing");
        CHECK(open_with(rows[i].pem, "open sesame ", &error) == NULL);
        CHECK_TEXT(error.reason, "wrong_passphrase");
    }
}

/* The same key each time: the public halves agree. */
static void same_key(void)
{
    uint8_t first[128];
    uint8_t second[128];
    size_t length = 0;
    size_t other = 0;
    struct hf_error error;
    struct private_key *a = open_with(aes256, "open sesame", &error);
    struct private_key *b = open_with(des3, "open sesame", &error);
    CHECK(a != NULL && b != NULL);
    if (a != NULL && b != NULL) {
        CHECK(provider->private_key_public(a, first, sizeof first, &length));
        CHECK(provider->private_key_public(b, second, sizeof second, &other));
        CHECK(length == other && length > 0);
        CHECK_BYTES(first, second, length);
    }
    provider->private_key_drop(a);
    provider->private_key_drop(b);
}

/* A wrong key leaves a right padding behind once in 256 times: the answer is the same. */
static void wrong_is_wrong_by_chance_too(void)
{
    for (int i = 0; i < 700; i++) {
        char guess[16];
        struct hf_error error;
        (void)snprintf(guess, sizeof guess, "guess %d", i);
        CHECK(open_with(des3, guess, &error) == NULL);
        CHECK_TEXT(error.reason, "wrong_passphrase");
        CHECK(open_with(aes, guess, &error) == NULL);
        CHECK_TEXT(error.reason, "wrong_passphrase");
    }
}

static void says_what_is_not_supported(void)
{
    struct hf_error error;
    CHECK(open_with(rc2, "open sesame", &error) == NULL);
    CHECK_TEXT(error.reason, "bad_private_key");
    CHECK(open_with(camellia128, "open sesame", &error) == NULL);
    CHECK_TEXT(error.reason, "bad_private_key");
    CHECK(strstr(error.detail, "CAMELLIA-128-CBC") != NULL);
    CHECK(open_with("-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----",
        "x", &error) == NULL);
    CHECK_TEXT(error.reason, "bad_private_key");
    CHECK(open_with("no key", "x", &error) == NULL);
    CHECK_TEXT(error.reason, "bad_private_key");
}

/* Headers of any shape: an answer, and no key. */
static void broken_headers(void)
{
    static const char *const headers[] = { "Proc-Type: 4,ENCRYPTED\n\n",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info:\n\n", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC\n",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899aabbccddeeff0011\n\n",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: A-NAME-THAT-IS-LONGER-THAN-ANY,0011223344556677\n\n" };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        char pem[512];
        struct hf_error error;
        (void)snprintf(pem, sizeof pem, "-----BEGIN EC PRIVATE KEY-----\n%sMAAAAAAAAAAAAAAAAAAAAAAA"
            "\n-----END EC PRIVATE KEY-----\n", headers[i]);
        CHECK(open_with(pem, "open sesame", &error) == NULL);
        CHECK_TEXT(error.reason, "bad_private_key");
    }
}

static void tells_exposed_files(void)
{
    static const struct {
        mode_t mode;
        bool exposed;       /* whosoever's it is */
        bool exposed_root;
    } rows[] = { { 0400, false, false }, { 0600, false, false }, { 0640, true, false },
        { 0660, true, true }, { 0604, true, true }, { 0602, true, true }, { 0644, true, true } };
    char path[] = "/tmp/handfast-key-XXXXXX";
    int fd = mkstemp(path);
    unsigned mode = 1;
    CHECK(fd >= 0);
    for (size_t i = 0; fd >= 0 && i < sizeof rows / sizeof *rows; i++) {
        CHECK(fchmod(fd, rows[i].mode) == 0);
        CHECK(key_file_is_exposed(path, &mode) ==
            (geteuid() == 0 ? rows[i].exposed_root : rows[i].exposed));
        CHECK(mode == rows[i].mode);
    }
    /* As root, another's file as well. */
    if (fd >= 0 && geteuid() == 0 && fchown(fd, 65534, 65534) == 0) {
        CHECK(fchmod(fd, 0640) == 0 && key_file_is_exposed(path, &mode));
    }
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(path);
    }
    CHECK(!key_file_is_exposed(path, &mode) && mode == 0);
    CHECK(!key_file_is_exposed("/tmp", &mode));
}

TEST_MAIN(TEST(opens), TEST(same_key), TEST(wrong_is_wrong_by_chance_too),
    TEST(says_what_is_not_supported), TEST(broken_headers), TEST(tells_exposed_files))
