/* When libcrypto gets no memory, an operation fails (or does without): it never crashes, gives no
 * half of a secret, and works again once there is memory. Each operation is run with its first
 * allocation failing, then its second, and so on until it needs no more; once with that one failing
 * alone, once with all that follow as well; with this thread's scratch warm and cold. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "crypto/provider.h"

#include "../test.h"

static size_t allowed = SIZE_MAX; /* allocations until one fails */
static bool fails_on;             /* those after it fail as well */
static bool failed;

static bool refused(void)
{
    if (allowed == SIZE_MAX) {
        return false;
    }
    if (allowed > 0) {
        allowed--;
        return false;
    }
    if (!fails_on) {
        allowed = SIZE_MAX;
    }
    failed = true;
    return true;
}

static void *test_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return refused() ? NULL : malloc(size);
}

static void *test_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return refused() ? NULL : realloc(memory, size);
}

static void test_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    free(memory);
}

static bool hooked;

static void takes_over_the_allocator(void)
{
    hooked = CRYPTO_set_mem_functions(test_malloc, test_realloc, test_free) == 1;
    CHECK(hooked);
}

/* ---- The operations; each gives whether it succeeded ---- */

static const uint8_t zeros[GROUP_SECRET_MAX];
static const hf_bytes text = { (const uint8_t *)"some bytes to sign", 18 };
static uint8_t private_key[GROUP_PRIVATE_MAX];
static uint8_t client_share[GROUP_SHARE_MAX];
static uint8_t server_share[GROUP_SHARE_MAX];
static const struct group *group;

static bool run_generate(void)
{
    bool good = group->generate(group, &provider_openssl.random, private_key, client_share);
    if (!good) {
        CHECK_BYTES(private_key, zeros, group->private_size);
    }
    return good;
}

static bool run_encapsulate(void)
{
    uint8_t secret[GROUP_SECRET_MAX];
    bool bad_share;
    bool good = group->encapsulate(group, &provider_openssl.random,
        bytes_of(client_share, group->client_share_size), server_share, secret, &bad_share);
    if (!good) {
        CHECK(!bad_share); /* the peer is not blamed */
        CHECK_BYTES(secret, zeros, group->secret_size);
    }
    return good;
}

static bool run_decapsulate(void)
{
    uint8_t secret[GROUP_SECRET_MAX];
    bool bad_share;
    bool good = group->decapsulate(group, private_key, client_share,
        bytes_of(server_share, group->server_share_size), secret, &bad_share);
    if (!good) {
        CHECK(!bad_share); /* the peer is not blamed */
        CHECK_BYTES(secret, zeros, group->secret_size);
    }
    return good;
}

static const struct aead *aead;

static bool run_aead(void)
{
    uint8_t buffer[64];
    const uint8_t nonce[AEAD_NONCE] = { 0 };
    const hf_bytes none = { NULL, 0 };
    struct aead_key *seals = aead->make(aead, zeros, true);
    struct aead_key *opens = aead->make(aead, zeros, false);
    bool good = seals != NULL && opens != NULL && aead->seal(seals, nonce, none, text, none, buffer)
        && aead->open(opens, nonce, none, buffer, text.length + aead->tag_size, buffer);
    aead->drop(seals);
    aead->drop(opens);
    return good;
}

static const struct signature_scheme *scheme;
static struct private_key *key;
static struct public_key public_half;
static uint8_t der[2048];
static size_t der_length;
static uint8_t signature[SIGNATURE_SIZE_MAX];
static size_t signature_length;

static bool run_sign(void)
{
    uint8_t made[SIGNATURE_SIZE_MAX];
    size_t length;
    return provider_openssl.sign(key, scheme, text, made, &length);
}

static bool run_first_sign(void)
{
    struct private_key *loaded = provider_openssl.private_key_load(bytes_of(der, der_length));
    uint8_t made[SIGNATURE_SIZE_MAX];
    uint8_t spki[600];
    size_t length;
    bool good = loaded != NULL && provider_openssl.sign(loaded, scheme, text, made, &length)
        && provider_openssl.private_key_public(loaded, spki, sizeof spki, &length);
    provider_openssl.private_key_drop(loaded);
    return good;
}

/* The key once more, encrypted. */
static uint8_t locked[2048];
static size_t locked_length;

static bool run_unlock(void)
{
    bool wrong = false;
    struct private_key *opened = provider_openssl.private_key_unlock(
        bytes_of(locked, locked_length), NULL, bytes_of("open sesame", 11), &wrong);
    bool good = opened != NULL;
    CHECK(!wrong); /* nor is the passphrase blamed */
    provider_openssl.private_key_drop(opened);
    return good;
}

static void lock(EVP_PKEY *evp)
{
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(evp);
    X509_SIG *sealed = plain == NULL ? NULL : PKCS8_encrypt(-1, EVP_aes_128_cbc(), "open sesame",
        11, NULL, 0, 64, plain);
    unsigned char *at = locked;
    CHECK(sealed != NULL && i2d_X509_SIG(sealed, NULL) <= (int)sizeof locked);
    locked_length = (size_t)i2d_X509_SIG(sealed, &at);
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(plain);
}

static bool run_generate_key(void)
{
    struct private_key *made = provider_openssl.private_key_generate(KEY_P256);
    provider_openssl.private_key_drop(made);
    return made != NULL;
}

static bool run_verify(void)
{
    return provider_openssl.verify(scheme, &public_half, text,
        bytes_of(signature, signature_length));
}

static uint8_t encrypted[300];

static bool run_rsa_encrypt(void)
{
    bool good = provider_openssl.rsa_encrypt(&public_half, bytes_of(zeros, 48), encrypted);
    if (!good) {
        CHECK_BYTES(encrypted, zeros, public_half.modulus.length);
    }
    return good;
}

/* The premaster secret is zeros, and so is what is wiped. For want of memory libcrypto 3.5 may give
 * a wrong block and call it well, from then on with this key: then the substitute stays, and the
 * handshake ends with its Finished. Nothing else comes out. */
static bool rsa_starves;

static bool run_rsa_decrypt(void)
{
    uint8_t secret[48];
    uint8_t substitute[48];
    memset(secret, 0xee, sizeof secret);
    memset(substitute, 0xee, sizeof substitute);
    bool good = provider_openssl.rsa_decrypt_premaster(key,
        bytes_of(encrypted, public_half.modulus.length), 0, secret);
    bool kept = good && rsa_starves && memcmp(secret, substitute, sizeof secret) == 0;
    if (!kept) {
        CHECK_BYTES(secret, zeros, sizeof secret);
    }
    return good;
}

static bool run_public_bytes(void)
{
    uint8_t bytes[64];
    return provider_openssl.random.public_bytes(NULL, bytes, sizeof bytes);
}

/* ---- The trial ---- */

static void starve(bool (*run)(void), bool cold)
{
    size_t failures = 0;
    for (int mode = 0; mode < 2; mode++) {
        for (size_t k = 0; k < 100000; k += 1 + k / 40) { /* far in, not each one */
            if (cold) {
                crypto_thread_release();
            }
            failed = false;
            fails_on = mode == 1;
            allowed = k;
            bool good = run();
            allowed = SIZE_MAX;
            failures += !good;
            CHECK(good || failed);
            if (!failed) {
                break;
            }
            CHECK(run()); /* it recovers */
        }
        CHECK(!failed);
    }
    CHECK(failures > 0 || !cold); /* or nothing was tested */
}

static void groups_starve(void)
{
    static const uint16_t ids[] = { 0x001d, 0x0017, 0x0018, 0x001e, 0x0100 };
    for (size_t i = 0; hooked && i < sizeof ids / sizeof *ids; i++) {
        group = provider_libcrypto.group(ids[i]);
        CHECK(run_generate() && run_encapsulate() && run_decapsulate());
        for (int cold = 0; cold < 2; cold++) {
            starve(run_generate, cold);
            starve(run_encapsulate, cold);
            starve(run_decapsulate, cold);
        }
    }
}

static void aeads_starve(void)
{
    for (int id = AEAD_AES_128_GCM; hooked && id <= AEAD_AES_256_CCM_8; id++) {
        aead = provider_openssl.aead((enum aead_id)id);
        CHECK(run_aead());
        starve(run_aead, false);
        starve(run_aead, true);
    }
}

static void signatures_starve(void)
{
    static uint8_t n[300];
    static uint8_t e[8];
    for (int rsa = 0; hooked && rsa < 2; rsa++) {
        EVP_PKEY *evp = rsa ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024)
                            : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        unsigned char *at = der;
        der_length = (size_t)i2d_PrivateKey(evp, &at);
        key = provider_openssl.private_key_load(bytes_of(der, der_length));
        scheme = provider_openssl.scheme(rsa ? 0x0804 : 0x0403);
        uint8_t spki[600];
        size_t length = 0;
        CHECK(key != NULL && provider_openssl.private_key_public(key, spki, sizeof spki, &length));
        if (rsa) {
            BIGNUM *number = NULL;
            CHECK(EVP_PKEY_get_bn_param(evp, "n", &number) == 1);
            public_half = (struct public_key){ .type = KEY_RSA,
                .modulus = { n, (size_t)BN_bn2bin(number, n) }, .exponent = { e, 3 } };
            BN_free(number);
            number = NULL;
            CHECK(EVP_PKEY_get_bn_param(evp, "e", &number) == 1 && BN_bn2bin(number, e) == 3);
            BN_free(number);
        } else {
            public_half = (struct public_key){ .type = KEY_P256,
                .point = { spki + length - 65, 65 } };
        }
        CHECK(provider_openssl.sign(key, scheme, text, signature, &signature_length));
        CHECK(run_sign() && run_verify() && run_first_sign() && run_generate_key());
        if (rsa) {
            CHECK(run_rsa_encrypt() && run_rsa_decrypt());
            starve(run_rsa_encrypt, true);
            CHECK(run_rsa_encrypt());
            rsa_starves = true;
            starve(run_rsa_decrypt, true);
            rsa_starves = false;
        }
        for (int cold = 0; cold < 2; cold++) {
            starve(run_sign, false); /* a key keeps its contexts itself: never cold */
            starve(run_verify, cold);
        }
        lock(evp);
        CHECK(run_unlock());
        starve(run_unlock, true);
        starve(run_first_sign, true);
        starve(run_generate_key, true);
        provider_openssl.private_key_drop(key);
        EVP_PKEY_free(evp);
    }
}

/* RSA key exchange, and the primes that TLS 1.2's servers name by their numbers. */
static void exchanges12_starve(void)
{
    hf_bytes p;
    hf_bytes g;
    for (int i = 0; hooked && i < 2; i++) {
        provider_openssl.prime_params(provider_openssl.group(i == 0 ? 0x0100 : 0x0101), &p, &g);
        BIGNUM *modp = i == 0 ? BN_get_rfc3526_prime_2048(NULL) : NULL;
        uint8_t number[256];
        if (modp != NULL && BN_bn2bin(modp, number) == sizeof number) {
            p = bytes_of(number, sizeof number);
        }
        BN_free(modp);
        group = provider_openssl.prime_group(p, g);
        CHECK(group != NULL && run_generate() && run_encapsulate() && run_decapsulate());
        starve(run_encapsulate, true);
        starve(run_decapsulate, false);
    }
}

static void chance_starves(void)
{
    if (hooked) {
        CHECK(run_public_bytes());
        for (int i = 0; i < 200; i++) {
            allowed = 0;
            fails_on = true;
            (void)run_public_bytes();
            allowed = SIZE_MAX;
            CHECK(run_public_bytes());
        }
    }
    crypto_thread_release();
}

TEST_MAIN(TEST(takes_over_the_allocator), TEST(groups_starve), TEST(aeads_starve),
    TEST(signatures_starve), TEST(exchanges12_starve), TEST(chance_starves))
