/* Cipher suites: see src/crypto/suite.h. */
#include "crypto/suite.h"

#include "../test.h"

static void every_row_is_found_again(void)
{
    size_t count = 0;
    for (const struct suite *s; (s = suite_at(count)) != NULL; count++) {
        CHECK(suite_find(s->id) == s);
        CHECK(suite_find_name(s->name, strlen(s->name)) == s);
        CHECK(suite_find_name(s->openssl_name, strlen(s->openssl_name)) == s);
        CHECK(s->version == 0x0304 || s->version == 0x0303);
        const struct aead *aead = provider_openssl.aead(s->aead);
        const struct hash *hash = provider_openssl.hash(s->hash);
        CHECK(aead != NULL && aead->id == s->aead);
        CHECK(hash != NULL && hash->id == s->hash);
        for (size_t i = 0; i < count; i++) {
            CHECK(suite_at(i)->id != s->id);
        }
    }
    CHECK(count >= 5);
    CHECK(suite_at(count + 1) == NULL && suite_at(SIZE_MAX) == NULL);
}

static void tls13(void)
{
    const struct suite *s = suite_find(0x1302);
    CHECK(s != NULL);
    if (s != NULL) {
        CHECK_TEXT(s->name, "TLS_AES_256_GCM_SHA384");
        CHECK(s->aead == AEAD_AES_256_GCM && s->hash == HASH_SHA384 && s->version == 0x0304);
    }
    s = suite_find(0x1303);
    CHECK(s != NULL && s->aead == AEAD_CHACHA20_POLY1305 && s->hash == HASH_SHA256);
    s = suite_find(0x1305);
    CHECK(s != NULL && s->aead == AEAD_AES_128_CCM_8);
    CHECK(suite_at(0) != NULL && suite_at(0)->id == 0x1301);
}

/* RFC 5246, 5288, 5289, 6655, 7251, 7905: what each suite's name says is what it is. */
static void tls12(void)
{
    size_t count = 0;
    for (size_t i = 0; suite_at(i) != NULL; i++) {
        const struct suite *s = suite_at(i);
        if (s->version != 0x0303) {
            CHECK(s->kx == KX_ANY && s->auth == AUTH_ANY);
            continue;
        }
        static const char *const exchanges[] = { "", "TLS_ECDHE_", "TLS_DHE_", "TLS_RSA_WITH" };
        static const char *const ciphers[] = { "_AES_128_GCM_SHA256", "_AES_256_GCM_SHA384",
            "_CHACHA20_POLY1305_SHA256", "_AES_128_CCM", "_AES_128_CCM_8", "_AES_256_CCM",
            "_AES_256_CCM_8" };
        const char *cipher = strstr(s->name, "_WITH_") + 5;
        count++;
        CHECK(strncmp(s->name, exchanges[s->kx], strlen(exchanges[s->kx])) == 0);
        CHECK((s->auth == AUTH_ECDSA) == (strstr(s->name, "ECDSA_WITH") != NULL));
        CHECK((s->auth == AUTH_RSA) == (strstr(s->name, "RSA_WITH") != NULL));
        CHECK_TEXT(cipher, ciphers[s->aead]);
        CHECK((s->hash == HASH_SHA384) == (strstr(cipher, "SHA384") != NULL));
    }
    CHECK(count == 19);
    CHECK(suite_find(0xc02b)->kx == KX_ECDHE && suite_find(0xc02b)->auth == AUTH_ECDSA);
    CHECK(suite_find(0xccaa)->kx == KX_DHE && suite_find(0x009d)->kx == KX_RSA);
}

static void names(void)
{
    CHECK(suite_find_name("ecdhe-rsa-aes128-gcm-sha256", 27) == suite_find(0xc02f));
    CHECK(suite_find_name("AES128-GCM-SHA256", 17) == suite_find(0x009c));
    CHECK(suite_find_name("ECDHE-ECDSA-AES256-CCM8", 23) == suite_find(0xc0af));
    CHECK(suite_find_name("tls_aes_128_gcm_sha256", 22) == suite_find(0x1301));
    CHECK(suite_find_name("TLS_AES_128_GCM_SHA256x", 22) == suite_find(0x1301));
    CHECK(suite_find_name("TLS_AES_128_GCM_SHA256", 21) == NULL);
    CHECK(suite_find_name("", 0) == NULL);
    CHECK(suite_find(0x0000) == NULL && suite_find(0x1a1a) == NULL && suite_find(0x1306) == NULL);
}

TEST_MAIN(TEST(every_row_is_found_again), TEST(tls13), TEST(tls12), TEST(names))
