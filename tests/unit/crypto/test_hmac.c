/* HMAC and HKDF: see src/crypto/hmac.h. Vectors: RFC 4231, 4.3 and 4.7; RFC 5869, A.1-A.3. */
#include "crypto/hmac.h"

#include "../test.h"

static void rfc4231(void)
{
    static const struct {
        enum hash_id id;
        const char *case2;
        const char *case6;
    } cases[] = {
        { HASH_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { HASH_SHA384,
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
            "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f"
            "3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952" },
        { HASH_SHA512,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct hash *hash = provider_openssl.hash(cases[i].id);
        uint8_t expected[HASH_SIZE_MAX];
        uint8_t out[HASH_SIZE_MAX];
        struct hmac_key key;
        hmac_init(&key, hash, (const uint8_t *)"Jefe", 4);
        const hf_bytes parts[] = { { (const uint8_t *)"what do ya want ", 16 }, { NULL, 0 },
            { (const uint8_t *)"for nothing?", 12 } };
        CHECK(from_hex(cases[i].case2, expected, sizeof expected) == hash->size);
        for (int twice = 0; twice < 2; twice++) { /* the key is not spent */
            memset(out, 0, sizeof out);
            hmac(&key, parts, 3, out);
            CHECK_BYTES(out, expected, hash->size);
        }
        uint8_t secret[131];
        memset(secret, 0xaa, sizeof secret);
        const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
        const hf_bytes message = bytes_of(text, strlen(text));
        hmac_init(&key, hash, secret, sizeof secret);
        hmac(&key, &message, 1, out);
        CHECK(from_hex(cases[i].case6, expected, sizeof expected) == hash->size);
        CHECK_BYTES(out, expected, hash->size);
    }
}

struct hkdf_case {
    const char *secret;
    const char *salt;
    const char *info;
    const char *prk;
    const char *out;
};

static const struct hkdf_case rfc5869[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
    { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
      "28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
        "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687"
        "88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
        "d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        "cc30c58179ec3e87c14c01d5c1f3434f1d87" },
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
        "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

static void hkdf(void)
{
    const struct hash *hash = provider_openssl.hash(HASH_SHA256);
    for (size_t i = 0; i < sizeof rfc5869 / sizeof *rfc5869; i++) {
        const struct hkdf_case *c = &rfc5869[i];
        uint8_t secret[128];
        uint8_t salt[128];
        uint8_t info[128];
        uint8_t expected[128];
        uint8_t prk[HASH_SIZE_MAX];
        uint8_t out[129];
        size_t secret_length = from_hex(c->secret, secret, sizeof secret);
        size_t salt_length = from_hex(c->salt, salt, sizeof salt);
        size_t info_length = from_hex(c->info, info, sizeof info);
        hkdf_extract(hash, bytes_of(salt, salt_length), bytes_of(secret, secret_length), prk);
        CHECK(from_hex(c->prk, expected, sizeof expected) == 32);
        CHECK_BYTES(prk, expected, 32);
        struct hmac_key key;
        hmac_init(&key, hash, prk, 32);
        size_t length = from_hex(c->out, expected, sizeof expected);
        memset(out, 0xee, sizeof out);
        hkdf_expand(&key, bytes_of(info, info_length), out, length);
        CHECK_BYTES(out, expected, length);
        CHECK(out[length] == 0xee);
        memset(out, 0xee, sizeof out);
        hkdf_expand(&key, bytes_of(info, info_length), out, 7); /* a prefix of the same */
        CHECK_BYTES(out, expected, 7);
        CHECK(out[7] == 0xee);
    }
}

static void the_longest_expansion(void)
{
    static uint8_t out[255 * 32 + 1];
    static uint8_t shorter[254 * 32];
    struct hmac_key key;
    hmac_init(&key, provider_openssl.hash(HASH_SHA256), (const uint8_t *)"key", 3);
    out[255 * 32] = 0xee;
    hkdf_expand(&key, bytes_of("info", 4), out, 255 * 32);
    hkdf_expand(&key, bytes_of("info", 4), shorter, sizeof shorter);
    CHECK_BYTES(out, shorter, sizeof shorter);
    CHECK(out[255 * 32] == 0xee);
    CHECK(memcmp(out + 253 * 32, out + 254 * 32, 32) != 0);
    hkdf_expand(&key, bytes_of("info", 4), out + 255 * 32, 0);
    CHECK(out[255 * 32] == 0xee);
}

TEST_MAIN(TEST(rfc4231), TEST(hkdf), TEST(the_longest_expansion))
