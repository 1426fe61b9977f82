/* ML-DSA (FIPS 204), where this libcrypto has it: keys, signatures and their sizes, and throw-away
 * certificates (RFC 9881) that our own parser reads. The keys and the other half of each check are
 * libcrypto's own. */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "x509/certificate.h"
#include "x509/issue.h"
#include "x509/signature.h"

#include "../test.h"

enum { KINDS = 3, DER_MAX = 8192, CERTIFICATE_MAX = 12288 };

/* FIPS 204, 4: sizes of public keys and signatures. */
static const struct kind {
    const char *name;
    enum key_type type;
    uint16_t scheme;
    size_t public_size;
    size_t signature_size;
} kinds[KINDS] = {
    { "ML-DSA-44", KEY_MLDSA44, 0x0904, 1312, 2420 },
    { "ML-DSA-65", KEY_MLDSA65, 0x0905, 1952, 3309 },
    { "ML-DSA-87", KEY_MLDSA87, 0x0906, 2592, 4627 },
};

static const struct provider *const provider = &provider_openssl;

/* What libcrypto itself says, by a fetch of its own. */
static bool is_here(const struct kind *kind)
{
    EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, kind->name, NULL);
    const bool here = signature != NULL;
    EVP_SIGNATURE_free(signature);
    return here;
}

static bool all_here(void)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (!is_here(&kinds[i])) {
            return false;
        }
    }
    return true;
}

/* A key of libcrypto's, as PKCS#8. */
static EVP_PKEY *make(const struct kind *kind, uint8_t der[DER_MAX], size_t *length)
{
    EVP_PKEY *evp = EVP_PKEY_Q_keygen(NULL, NULL, kind->name);
    PKCS8_PRIV_KEY_INFO *info = evp == NULL ? NULL : EVP_PKEY2PKCS8(evp);
    unsigned char *at = der;
    int size = info == NULL ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    CHECK(size > 0 && size <= DER_MAX);
    *length = size > 0 && size <= DER_MAX ? (size_t)i2d_PKCS8_PRIV_KEY_INFO(info, &at) : 0;
    PKCS8_PRIV_KEY_INFO_free(info);
    return evp;
}

static bool verified_by_libcrypto(EVP_PKEY *key, hf_bytes message, hf_bytes signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool good = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1
        && EVP_DigestVerify(context, signature.data, signature.length, message.data,
            message.length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static void schemes_are_those_of_libcrypto(void)
{
    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = 0; i < KINDS; i++) {
            const struct signature_scheme *scheme = provider->scheme(kinds[i].scheme);
            CHECK((scheme != NULL) == is_here(&kinds[i]));
            CHECK(scheme == NULL || (scheme->key == kinds[i].type
                && signature_room(scheme) >= kinds[i].signature_size));
        }
    }
}

static void signs_and_verifies(void)
{
    static uint8_t der[DER_MAX];
    static uint8_t spki[SPKI_SIZE_MAX];
    static uint8_t signature[SIGNATURE_SIZE_MAX];
    const hf_bytes text = bytes_of("a message", 9);
    if (!all_here()) {
        SKIP("this libcrypto has no ML-DSA");
    }
    for (size_t i = 0; i < KINDS; i++) {
        size_t length = 0;
        EVP_PKEY *evp = make(&kinds[i], der, &length);
        struct private_key *key = provider->private_key_load(bytes_of(der, length));
        CHECK(key != NULL && provider->private_key_type(key) == kinds[i].type);
        CHECK(provider->private_key_load(bytes_of(der, length - 1)) == NULL);
        CHECK(provider->private_key_public(key, spki, sizeof spki, &length));
        struct public_key half;
        int bits = 0;
        CHECK(public_key_parse(bytes_of(spki, length), &half, &bits, NULL));
        CHECK(half.type == kinds[i].type && half.point.length == kinds[i].public_size);
        CHECK(bits == (int)(8 * kinds[i].public_size));
        const struct signature_scheme *scheme = provider->scheme(kinds[i].scheme);
        const struct signature_scheme *other = provider->scheme(kinds[(i + 1) % KINDS].scheme);
        CHECK(!provider->sign(key, other, text, signature, &length) && length == 0);
        CHECK(!provider->sign(key, provider->scheme(0x0807), text, signature, &length));
        CHECK(provider->sign(key, scheme, text, signature, &length));
        CHECK(length == kinds[i].signature_size);
        const hf_bytes made = bytes_of(signature, length);
        CHECK(verified_by_libcrypto(evp, text, made));
        CHECK(provider->verify(scheme, &half, text, made));
        CHECK(!provider->verify(other, &half, text, made));
        CHECK(!provider->verify(scheme, &half, bytes_of("a massage", 9), made));
        CHECK(!provider->verify(scheme, &half, text, bytes_of(signature, length - 1)));
        CHECK(!provider->verify(scheme, &half, text, bytes_of(NULL, 0)));
        signature[length / 2] ^= 1;
        CHECK(!provider->verify(scheme, &half, text, made));
        half.point.length--;
        CHECK(!provider->verify(scheme, &half, text, made));
        provider->private_key_drop(key);
        EVP_PKEY_free(evp);
    }
}

/* A file with two halves of different keys: an expanded key beside another one's seed. RFC 9881, 6:
 * the seed stands first, 32 bytes behind the header. */
static void halves_must_agree(void)
{
    static uint8_t der[DER_MAX];
    if (!all_here()) {
        SKIP("this libcrypto has no ML-DSA");
    }
    for (size_t i = 0; i < KINDS; i++) {
        size_t length = 0;
        EVP_PKEY *evp = make(&kinds[i], der, &length);
        EVP_PKEY_free(evp);
        der[length - 100] ^= 1;
        CHECK(provider->private_key_load(bytes_of(der, length)) == NULL);
    }
}

static void certificates(void)
{
    static uint8_t der[DER_MAX];
    static uint8_t out[CERTIFICATE_MAX];
    if (!all_here()) {
        SKIP("this libcrypto has no ML-DSA");
    }
    for (size_t i = 0; i < KINDS; i++) {
        size_t length = 0;
        EVP_PKEY *evp = make(&kinds[i], der, &length);
        struct private_key *key = provider->private_key_load(bytes_of(der, length));
        struct issue_input input = { .provider = provider, .subject_key = key, .issuer_key = key,
            .common_name = "root", .issuer_name = "root", .not_before = 1700000000,
            .not_after = 1900000000, .is_ca = true };
        CHECK(key != NULL);
        CHECK(certificate_issue(&input, out, sizeof out, &length, NULL));
        struct certificate c;
        CHECK(certificate_parse(bytes_of(out, length), provider, &c, NULL));
        char text[32];
        key_text(&c, text, sizeof text);
        CHECK_TEXT(text, kinds[i].name);
        CHECK(c.key.type == kinds[i].type && c.scheme == provider->scheme(kinds[i].scheme));
        const unsigned char *at = out;
        X509 *theirs = d2i_X509(NULL, &at, (long)length);
        CHECK(theirs != NULL && X509_verify(theirs, evp) == 1);
        X509_free(theirs);
        provider->private_key_drop(key);
        EVP_PKEY_free(evp);
    }
}

/* RFC 9881, 4: the length is fixed. */
static void other_lengths_are_malformed(void)
{
    /* SEQUENCE { SEQUENCE { id-ml-dsa-44 }, BIT STRING of 4 bytes } */
    static const uint8_t spki[] = { 0x30, 0x14, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
        0x65, 0x03, 0x04, 0x03, 0x11, 0x03, 0x05, 0x00, 1, 2, 3, 4 };
    struct public_key key;
    struct hf_error error;
    error_clear(&error);
    CHECK(!public_key_parse(bytes_of(spki, sizeof spki), &key, NULL, &error));
    CHECK(error_is_set(&error));
}

TEST_MAIN(TEST(schemes_are_those_of_libcrypto), TEST(signs_and_verifies), TEST(halves_must_agree),
    TEST(certificates), TEST(other_lengths_are_malformed))
