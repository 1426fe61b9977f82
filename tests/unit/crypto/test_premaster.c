/* RSA key exchange of TLS 1.2: see src/crypto/premaster.h and provider.h. Premasters are encrypted
 * by libcrypto, with any padding that a peer could make, and what ours encrypts it decrypts. */
#include "crypto/premaster.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/provider.h"

#include "../test.h"

enum { SIZE_HERE = 384, VERSION = 0x0303 };

static const uint8_t substitute[PREMASTER_SIZE] =
    "a substitute that nobody knows, of 48 bytes long";

/* ---- The padding ---- */

/* 00 02, `padding` bytes that are not zero, 00, the message. */
static void build_block(uint8_t *block, size_t size, size_t padding, const uint8_t *message)
{
    memset(block, 0xa5, size);
    block[0] = 0;
    block[1] = 2;
    block[2 + padding] = 0;
    memcpy(block + 3 + padding, message, size - 3 - padding);
}

static const uint8_t *premaster(void)
{
    static uint8_t bytes[SIZE_HERE];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i + 1);
    }
    bytes[0] = 3;
    bytes[1] = 3;
    return bytes;
}

static bool takes(const uint8_t *block, size_t size, uint16_t version)
{
    uint8_t secret[PREMASTER_SIZE];
    memcpy(secret, substitute, sizeof secret);
    premaster_take(block, size, version, secret);
    bool taken = size >= PREMASTER_SIZE
        && memcmp(secret, block + size - PREMASTER_SIZE, PREMASTER_SIZE) == 0;
    CHECK(taken || memcmp(secret, substitute, PREMASTER_SIZE) == 0);
    return taken;
}

/* Right, and then each byte changed to each value: which may differ and which may not. */
static void padding(void)
{
    static const size_t sizes[] = { 59, 64, 128, 256, 384 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t size = sizes[i];
        const size_t zero = size - PREMASTER_SIZE - 1;
        uint8_t block[SIZE_HERE];
        build_block(block, size, zero - 2, premaster());
        CHECK(takes(block, size, VERSION));
        for (size_t at = 0; at < size; at++) {
            uint8_t right = block[at];
            for (unsigned value = 0; value < 256; value++) {
                block[at] = (uint8_t)value;
                bool free = at > zero + 2;
                bool in_padding = at >= 2 && at < zero;
                bool fits = value == right || free || (in_padding && value != 0);
                CHECK(takes(block, size, VERSION) == fits);
            }
            block[at] = right;
        }
    }
}

static void length(void)
{
    uint8_t block[SIZE_HERE];
    for (size_t padded = 0; padded < 256 - 3; padded++) {
        build_block(block, 256, padded, premaster());
        CHECK(takes(block, 256, VERSION) == (padded == 256 - 3 - PREMASTER_SIZE));
    }
    /* No room for eight bytes of padding: not even looked at. */
    build_block(block, 58, 7, premaster());
    CHECK(!takes(block, 58, VERSION));
}

static void version(void)
{
    uint8_t block[SIZE_HERE];
    build_block(block, 256, 256 - 3 - PREMASTER_SIZE, premaster());
    CHECK(takes(block, 256, 0x0303));
    CHECK(!takes(block, 256, 0x0302) && !takes(block, 256, 0x0304) && !takes(block, 256, 0x0203));
    CHECK(!takes(block, 256, 0x0003) && !takes(block, 256, 0x0300));
}

/* ---- The provider ---- */

struct pair {
    EVP_PKEY *evp;
    struct private_key *key;
    struct public_key public_half;
    uint8_t modulus[SIZE_HERE];
    uint8_t exponent[8];
};

static hf_bytes number_of(EVP_PKEY *evp, const char *name, uint8_t *out)
{
    BIGNUM *number = NULL;
    CHECK(EVP_PKEY_get_bn_param(evp, name, &number) == 1);
    hf_bytes bytes = bytes_of(out, (size_t)BN_bn2bin(number, out));
    BN_free(number);
    return bytes;
}

static void make_pair(struct pair *p, size_t bits)
{
    unsigned char *der = NULL;
    p->evp = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
    int size = i2d_PrivateKey(p->evp, &der);
    p->key = provider_openssl.private_key_load(bytes_of(der, (size_t)size));
    CHECK(p->key != NULL);
    p->public_half = (struct public_key){ .type = KEY_RSA };
    p->public_half.modulus = number_of(p->evp, "n", p->modulus);
    p->public_half.exponent = number_of(p->evp, "e", p->exponent);
    OPENSSL_free(der);
}

static void drop_pair(struct pair *p)
{
    provider_openssl.private_key_drop(p->key);
    EVP_PKEY_free(p->evp);
}

/* libcrypto's; padding RSA_NO_PADDING or RSA_PKCS1_PADDING. */
static void foreign_encrypt(EVP_PKEY *evp, int how, const uint8_t *in, size_t size, uint8_t *out)
{
    size_t written = SIZE_HERE;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(evp, NULL);
    CHECK(EVP_PKEY_encrypt_init(context) == 1
        && EVP_PKEY_CTX_set_rsa_padding(context, how) == 1
        && EVP_PKEY_encrypt(context, out, &written, in, size) == 1);
    EVP_PKEY_CTX_free(context);
}

static bool foreign_decrypt(EVP_PKEY *evp, const uint8_t *in, size_t size, uint8_t *out,
    size_t *written)
{
    *written = SIZE_HERE;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(evp, NULL);
    bool good = EVP_PKEY_decrypt_init(context) == 1
        && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
        && EVP_PKEY_decrypt(context, out, written, in, size) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

/* Whether the premaster came out: it never fails, and else the substitute stays. */
static bool decrypts(const struct private_key *key, const uint8_t *ciphertext, size_t size)
{
    uint8_t secret[PREMASTER_SIZE];
    memcpy(secret, substitute, sizeof secret);
    CHECK(provider_openssl.rsa_decrypt_premaster(key, bytes_of(ciphertext, size), VERSION, secret));
    bool taken = memcmp(secret, premaster(), sizeof secret) == 0;
    CHECK(taken || memcmp(secret, substitute, sizeof secret) == 0);
    return taken;
}

static void check_out_of_range(const struct pair *p, size_t size)
{
    uint8_t ciphertext[SIZE_HERE + 1] = { 0 };
    foreign_encrypt(p->evp, RSA_PKCS1_PADDING, premaster(), PREMASTER_SIZE, ciphertext + 1);
    CHECK(decrypts(p->key, ciphertext + 1, size));
    CHECK(!decrypts(p->key, ciphertext, size + 1)); /* a zero more */
    CHECK(!decrypts(p->key, ciphertext + 1, size - 1));
    CHECK(!decrypts(p->key, ciphertext, 0));
    CHECK(!decrypts(p->key, p->modulus, size));
    memset(ciphertext, 0xff, sizeof ciphertext);
    CHECK(!decrypts(p->key, ciphertext, size));
    memset(ciphertext, 0, sizeof ciphertext);
    CHECK(!decrypts(p->key, ciphertext, size));
    ciphertext[size - 1] = 1;
    CHECK(!decrypts(p->key, ciphertext, size));
    /* A multiple of one of its primes. */
    memset(ciphertext, 0, sizeof ciphertext);
    uint8_t prime[SIZE_HERE];
    hf_bytes factor = number_of(p->evp, "rsa-factor1", prime);
    memcpy(ciphertext + size - factor.length, factor.data, factor.length);
    CHECK(!decrypts(p->key, ciphertext, size));
}

static void provider_decrypts(void)
{
    static const size_t sizes[] = { 1024, 2048, 3072 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t size = sizes[i] / 8;
        struct pair p;
        uint8_t block[SIZE_HERE];
        uint8_t ciphertext[SIZE_HERE];
        make_pair(&p, sizes[i]);
        build_block(block, size, size - 3 - PREMASTER_SIZE, premaster());
        foreign_encrypt(p.evp, RSA_NO_PADDING, block, size, ciphertext);
        CHECK(decrypts(p.key, ciphertext, size));
        /* Each thing that must be right, wrong: lead, type, padding, zero, version. */
        const size_t zero = size - PREMASTER_SIZE - 1;
        const size_t places[] = { 1, 2, 9, zero - 1, zero, zero + 1, zero + 2 };
        for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
            uint8_t right = block[places[k]];
            block[places[k]] = right == 0 ? 1 : 0;
            foreign_encrypt(p.evp, RSA_NO_PADDING, block, size, ciphertext);
            CHECK(!decrypts(p.key, ciphertext, size));
            block[places[k]] = right;
        }
        for (size_t n = 0; n < 60; n++) {
            foreign_encrypt(p.evp, RSA_PKCS1_PADDING, premaster(), n, ciphertext);
            CHECK(decrypts(p.key, ciphertext, size) == (n == PREMASTER_SIZE));
        }
        check_out_of_range(&p, size);
        drop_pair(&p);
    }
}

static void provider_encrypts(void)
{
    struct pair p;
    uint8_t first[SIZE_HERE] = { 0 };
    uint8_t second[SIZE_HERE];
    uint8_t plain[SIZE_HERE];
    size_t written;
    make_pair(&p, 2048);
    const hf_bytes in = bytes_of(premaster(), PREMASTER_SIZE);
    CHECK(provider_openssl.rsa_encrypt(&p.public_half, in, first));
    CHECK(foreign_decrypt(p.evp, first, 256, plain, &written));
    CHECK(written == PREMASTER_SIZE);
    CHECK_BYTES(plain, premaster(), PREMASTER_SIZE);
    CHECK(decrypts(p.key, first, 256));
    CHECK(provider_openssl.rsa_encrypt(&p.public_half, in, second));
    CHECK(memcmp(first, second, 256) != 0); /* the padding is random */
    CHECK(first[256] == 0);
    drop_pair(&p);
}

/* Neither key is for encryption, and a mad one is none. */
static void other_keys_are_refused(void)
{
    struct private_key *ec = provider_openssl.private_key_generate(KEY_P256);
    static const uint8_t zeros[256];
    uint8_t secret[PREMASTER_SIZE];
    uint8_t out[256];
    struct pair p;
    memcpy(secret, substitute, sizeof secret);
    CHECK(!provider_openssl.rsa_decrypt_premaster(ec, bytes_of(zeros, 256), VERSION, secret));
    CHECK_BYTES(secret, zeros, sizeof secret);
    provider_openssl.private_key_drop(ec);
    make_pair(&p, 2048);
    p.public_half.type = KEY_RSA_PSS;
    memset(out, 0xee, sizeof out);
    CHECK(!provider_openssl.rsa_encrypt(&p.public_half, bytes_of(substitute, 48), out));
    CHECK_BYTES(out, zeros, sizeof out);
    p.public_half.type = KEY_RSA;
    p.modulus[255] &= 0xfe; /* even */
    CHECK(!provider_openssl.rsa_encrypt(&p.public_half, bytes_of(substitute, 48), out));
    p.modulus[255] |= 1;
    CHECK(!provider_openssl.rsa_encrypt(&p.public_half, bytes_of(zeros, 246), out)); /* too long */
    CHECK(provider_openssl.rsa_encrypt(&p.public_half, bytes_of(zeros, 245), out));
    drop_pair(&p);
}

TEST_MAIN(TEST(padding), TEST(length), TEST(version), TEST(provider_decrypts),
    TEST(provider_encrypts), TEST(other_keys_are_refused))
