/* Identities whose key is encrypted, through the public functions: libcrypto encrypts. */
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/identities.h"
#include "unit/test.h"

static char chain[IDENTITY_PEM];
static char locked[4096];

/* The key of the P-256 identity, encrypted as PKCS#8 or in PEM's older way. */
static bool lock(bool pkcs8)
{
    char passphrase[] = "open sesame";
    const char *plain = identity_key(KIND_P256);
    BIO *in = BIO_new_mem_buf(plain, (int)strlen(plain));
    BIO *out = BIO_new(BIO_s_mem());
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    bool good = key != NULL && (pkcs8
        ? PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), passphrase, 11, NULL, NULL)
        : PEM_write_bio_PrivateKey_traditional(out, key, EVP_aes_128_cbc(),
            (unsigned char *)passphrase, 11, NULL, NULL)) == 1;
    int length = good ? BIO_read(out, locked, sizeof locked - 1) : 0;
    locked[length > 0 ? length : 0] = '\0';
    EVP_PKEY_free(key);
    BIO_free(in);
    BIO_free(out);
    return length > 0 && identity_chain(KIND_P256, "example.com", chain);
}

static const char *opened(const char *passphrase)
{
    static hf_error error;
    hf_identity *identity = hf_identity_from_pem_locked(chain, strlen(chain), locked,
        strlen(locked), passphrase, &error);
    CHECK((identity == NULL) == (error.code != HF_CODE_none));
    hf_identity_free(identity);
    return identity != NULL ? "opened" : error.reason;
}

static void from_memory(void)
{
    for (int pkcs8 = 0; pkcs8 < 2; pkcs8++) {
        CHECK(lock(pkcs8 == 1));
        CHECK_TEXT(opened("open sesame"), "opened");
        CHECK_TEXT(opened("open"), "wrong_passphrase");
        CHECK_TEXT(opened(""), "passphrase_missing");
        CHECK_TEXT(opened(NULL), "passphrase_missing");
        CHECK(hf_identity_from_pem(chain, strlen(chain), locked, strlen(locked), NULL) == NULL);
    }
}

/* One file holds both. */
static void from_files(void)
{
    char path[] = "/tmp/handfast-locked-XXXXXX";
    int fd = mkstemp(path);
    hf_error error;
    CHECK(fd >= 0 && lock(false));
    CHECK(write(fd, chain, strlen(chain)) == (ssize_t)strlen(chain));
    CHECK(write(fd, locked, strlen(locked)) == (ssize_t)strlen(locked));
    hf_identity *identity = hf_identity_from_files_locked(path, path, "open sesame", &error);
    CHECK(identity != NULL);
    hf_identity_free(identity);
    CHECK(hf_identity_from_files(path, path, &error) == NULL);
    CHECK_TEXT(error.reason, "passphrase_missing");
    CHECK(!hf_key_file_is_exposed(path)); /* mkstemp's 0600 */
    CHECK(fchmod(fd, 0604) == 0 && hf_key_file_is_exposed(path));
    (void)close(fd);
    (void)unlink(path);
    CHECK(!hf_key_file_is_exposed(path));
}

TEST_MAIN(TEST(from_memory), TEST(from_files))
