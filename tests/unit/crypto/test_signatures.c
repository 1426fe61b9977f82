/* Private keys, signing and verifying: see src/crypto/provider.h. The keys are made here by
 * libcrypto; tests/vectors runs Wycheproof's signatures. */
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>

#include "crypto/provider.h"

#include "../test.h"

/* One key of each kind, in the encodings that it has. */
struct made {
    enum key_type type;
    const char *what;
    EVP_PKEY *evp;
    struct private_key *key;
    uint8_t der[4096];
    size_t der_length;
    uint8_t spki[1200];
    size_t spki_length;
    uint8_t modulus[1024];
    uint8_t exponent[8];
    struct public_key public_half;
};

enum { KEYS = 11 };

static struct made keys[KEYS];

static EVP_PKEY *make_evp(enum key_type type)
{
    switch (type) {
    case KEY_P256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    case KEY_P384:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    case KEY_P521:
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521");
    case KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case KEY_ED448:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
    case KEY_RSA:
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    case KEY_RSA_PSS: {
        EVP_PKEY *key = NULL;
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA_PSS, NULL);
        if (EVP_PKEY_keygen_init(context) == 1
            && EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1) {
            (void)EVP_PKEY_keygen(context, &key);
        }
        EVP_PKEY_CTX_free(context);
        return key;
    }
    case KEY_MLDSA44: /* unit/x509/test_mldsa.c */
    case KEY_MLDSA65:
    case KEY_MLDSA87:
    case KEY_NONE:
        return NULL;
    }
    return NULL;
}

/* DER to a buffer; libcrypto's i2d functions are alike but for their type. */
static size_t pkcs8(EVP_PKEY *evp, uint8_t *out, size_t capacity)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(evp);
    unsigned char *at = out;
    int length = info == NULL ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
    if (length > 0 && (size_t)length <= capacity) {
        length = i2d_PKCS8_PRIV_KEY_INFO(info, &at);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return (size_t)length;
}

static size_t traditional(EVP_PKEY *evp, uint8_t *out)
{
    unsigned char *at = out;
    return (size_t)i2d_PrivateKey(evp, &at);
}

static void find_public(struct made *m)
{
    m->public_half.type = m->type;
    const uint8_t *end = m->spki + m->spki_length;
    size_t point = 0;
    switch (m->type) {
    case KEY_P256:
        point = 65;
        break;
    case KEY_P384:
        point = 97;
        break;
    case KEY_P521:
        point = 133;
        break;
    case KEY_ED25519:
        point = 32;
        break;
    case KEY_ED448:
        point = 57;
        break;
    case KEY_RSA:
    case KEY_RSA_PSS: {
        BIGNUM *n = NULL;
        BIGNUM *e = NULL;
        CHECK(EVP_PKEY_get_bn_param(m->evp, "n", &n) == 1);
        CHECK(EVP_PKEY_get_bn_param(m->evp, "e", &e) == 1);
        m->public_half.modulus = bytes_of(m->modulus, (size_t)BN_bn2bin(n, m->modulus));
        m->public_half.exponent = bytes_of(m->exponent, (size_t)BN_bn2bin(e, m->exponent));
        BN_free(n);
        BN_free(e);
        return;
    }
    case KEY_MLDSA44:
    case KEY_MLDSA65:
    case KEY_MLDSA87:
    case KEY_NONE:
        return;
    }
    m->public_half.point = bytes_of(end - point, point);
}

static void makes_and_loads_keys(void)
{
    static const enum key_type types[KEYS] = { KEY_P256, KEY_P384, KEY_P521, KEY_ED25519, KEY_ED448,
        KEY_RSA, KEY_RSA_PSS, KEY_P256, KEY_ED25519, KEY_ED448, KEY_RSA };
    for (size_t i = 0; i < KEYS; i++) {
        struct made *m = &keys[i];
        m->type = types[i];
        m->evp = make_evp(types[i]);
        CHECK(m->evp != NULL);
        m->der_length = pkcs8(m->evp, m->der, sizeof m->der);
        m->key = provider_openssl.private_key_load(bytes_of(m->der, m->der_length));
        CHECK(m->key != NULL);
        if (m->key == NULL) {
            continue;
        }
        CHECK(provider_openssl.private_key_type(m->key) == m->type);
        CHECK(provider_openssl.private_key_public(m->key, m->spki, sizeof m->spki,
            &m->spki_length));
        unsigned char *expected = NULL;
        int length = i2d_PUBKEY(m->evp, &expected);
        CHECK(length > 0 && (size_t)length == m->spki_length);
        CHECK_BYTES(m->spki, expected, m->spki_length);
        OPENSSL_free(expected);
        size_t unused = 0;
        uint8_t small[512];
        CHECK(!provider_openssl.private_key_public(m->key, small, m->spki_length - 1, &unused));
        find_public(m);
    }
}

static void traditional_encodings_load(void)
{
    for (size_t i = 0; i < KEYS; i++) {
        uint8_t der[4096];
        size_t length = traditional(keys[i].evp, der); /* PKCS#1, SEC1; PKCS#8 for the others */
        struct private_key *key = provider_openssl.private_key_load(bytes_of(der, length));
        CHECK(key != NULL);
        if (key != NULL) {
            uint8_t spki[1200];
            size_t spki_length = 0;
            CHECK(provider_openssl.private_key_type(key) == keys[i].type);
            CHECK(provider_openssl.private_key_public(key, spki, sizeof spki, &spki_length));
            CHECK(spki_length == keys[i].spki_length);
            CHECK_BYTES(spki, keys[i].spki, spki_length);
        }
        provider_openssl.private_key_drop(key);
    }
}

static void broken_keys_do_not_load(void)
{
    CHECK(provider_openssl.private_key_load(bytes_of(NULL, 0)) == NULL);
    for (size_t i = 0; i < KEYS; i++) {
        uint8_t der[4097] = { 0 };
        const size_t length = keys[i].der_length;
        memcpy(der, keys[i].der, length);
        /* a byte more */
        CHECK(provider_openssl.private_key_load(bytes_of(der, length + 1)) == NULL);
        for (size_t cut = 0; cut < length; cut += 1 + length / 40) {
            CHECK(provider_openssl.private_key_load(bytes_of(der, cut)) == NULL);
        }
        const hf_bytes public_alone = bytes_of(keys[i].spki, keys[i].spki_length);
        CHECK(provider_openssl.private_key_load(public_alone) == NULL);
    }
    /* The halves of two keys: SEC1 carries the public half at its end. */
    uint8_t one[512];
    uint8_t other[512];
    size_t length = traditional(keys[0].evp, one);
    CHECK(traditional(keys[7].evp, other) == length);
    memcpy(one + length - 64, other + length - 64, 64);
    CHECK(provider_openssl.private_key_load(bytes_of(one, length)) == NULL);
    provider_openssl.private_key_drop(NULL);
}

static void other_kinds_do_not_load(void)
{
    uint8_t der[4096];
    EVP_PKEY *x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    size_t length = pkcs8(x25519, der, sizeof der);
    CHECK(length > 0 && provider_openssl.private_key_load(bytes_of(der, length)) == NULL);
    EVP_PKEY_free(x25519);
    EVP_PKEY *brainpool = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "brainpoolP256r1");
    length = pkcs8(brainpool, der, sizeof der);
    CHECK(length > 0 && provider_openssl.private_key_load(bytes_of(der, length)) == NULL);
    EVP_PKEY_free(brainpool);
    EVP_PKEY *weak = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)512);
    length = pkcs8(weak, der, sizeof der);
    CHECK(length > 0 && provider_openssl.private_key_load(bytes_of(der, length)) == NULL);
    EVP_PKEY_free(weak);
    /* Encrypted: refused at once, and nobody is asked for a passphrase. */
    X509_SIG *sealed = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(keys[0].evp);
    sealed = PKCS8_encrypt(-1, EVP_aes_128_cbc(), "secret", 6, NULL, 0, 1000, info);
    unsigned char *at = der;
    CHECK(sealed != NULL);
    length = (size_t)i2d_X509_SIG(sealed, &at);
    CHECK(provider_openssl.private_key_load(bytes_of(der, length)) == NULL);
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(info);
}

/* Which scheme a key of a type signs with. */
static bool fits(enum key_type key, enum key_type scheme)
{
    const bool ec = key == KEY_P256 || key == KEY_P384 || key == KEY_P521;
    return key == scheme
        || (ec && (scheme == KEY_P256 || scheme == KEY_P384 || scheme == KEY_P521));
}

static const uint16_t all_schemes[] = {
#define X(id, name, key, padding, hash) id,
#include "crypto/signatures.def"
#undef X
};

enum { SCHEMES = sizeof all_schemes / sizeof *all_schemes };

static void check_pair(const struct made *m, const struct signature_scheme *scheme)
{
    uint8_t signature[SIGNATURE_SIZE_MAX];
    uint8_t message[200];
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (uint8_t)i;
    }
    const hf_bytes text = bytes_of(message, sizeof message);
    size_t length = 1;
    if (!fits(m->type, scheme->key)) {
        CHECK(!provider_openssl.sign(m->key, scheme, text, signature, &length));
        CHECK(length == 0);
        return;
    }
    CHECK(provider_openssl.sign(m->key, scheme, text, signature, &length));
    CHECK(length > 0 && length <= sizeof signature);
    CHECK(provider_openssl.verify(scheme, &m->public_half, text, bytes_of(signature, length)));
    CHECK(!provider_openssl.verify(scheme, &m->public_half, bytes_of(message, sizeof message - 1),
        bytes_of(signature, length)));
    CHECK(!provider_openssl.verify(scheme, &m->public_half, text, bytes_of(signature, length - 1)));
    CHECK(!provider_openssl.verify(scheme, &m->public_half, text, bytes_of(signature, 0)));
    CHECK(!provider_openssl.verify(scheme, &m->public_half, text, bytes_of(NULL, 0)));
    for (size_t at = 0; at < length; at += 1 + length / 8) {
        signature[at] ^= 0x10;
        CHECK(!provider_openssl.verify(scheme, &m->public_half, text, bytes_of(signature, length)));
        signature[at] ^= 0x10;
    }
    CHECK(provider_openssl.verify(scheme, &m->public_half, text, bytes_of(signature, length)));
    CHECK(provider_openssl.sign(m->key, scheme, bytes_of(NULL, 0), signature, &length));
    CHECK(provider_openssl.verify(scheme, &m->public_half, bytes_of(NULL, 0),
        bytes_of(signature, length)));
    for (size_t other = 0; other < SCHEMES; other++) {
        const struct signature_scheme *wrong = provider_openssl.scheme(all_schemes[other]);
        const bool same = wrong == NULL
            || (wrong->hash == scheme->hash && wrong->padding == scheme->padding);
        if (!same) {
            CHECK(!provider_openssl.verify(wrong, &m->public_half, bytes_of(NULL, 0),
                bytes_of(signature, length)));
        }
    }
}

static void every_key_with_every_scheme(void)
{
    for (size_t i = 0; i < KEYS; i++) {
        for (size_t j = 0; keys[i].key != NULL && j < SCHEMES; j++) {
            const struct signature_scheme *scheme = provider_openssl.scheme(all_schemes[j]);
            if (scheme != NULL) { /* else the next test says so */
                CHECK(scheme->id == all_schemes[j]);
                check_pair(&keys[i], scheme);
            }
        }
    }
    CHECK(provider_openssl.scheme(0x0203) == NULL && provider_openssl.scheme(0) == NULL);
}

static void every_scheme_is_here(void)
{
    static const char *const names[] = {
#define X(id, name, key, padding, hash) name,
#include "crypto/signatures.def"
#undef X
    };
    static char lacking[1024];
    lacking[0] = '\0';
    for (size_t i = 0; i < SCHEMES; i++) {
        const struct signature_scheme *scheme = provider_openssl.scheme(all_schemes[i]);
        if (scheme == NULL) {
            const size_t length = strlen(lacking);
            (void)snprintf(lacking + length, sizeof lacking - length, "%s%s",
                length == 0 ? "not in this libcrypto: " : ", ", names[i]);
        } else {
            CHECK_TEXT(scheme->name, names[i]);
        }
    }
    if (lacking[0] != '\0') {
        SKIP(lacking);
    }
}

/* Scratch keys are overwritten in place: a signature holds under its own key alone. */
static void public_keys_alternate(void)
{
    struct signed_text {
        const struct signature_scheme *scheme;
        const struct made *made;
        uint8_t bytes[SIGNATURE_SIZE_MAX];
        size_t length;
    };
    static const struct {
        size_t key;
        uint16_t scheme;
    } of[] = { { 0, 0x0403 }, { 7, 0x0403 }, { 5, 0x0804 }, { 10, 0x0804 }, { 6, 0x0809 },
        { 3, 0x0807 }, { 8, 0x0807 }, { 4, 0x0808 }, { 9, 0x0808 } };
    enum { TEXTS = sizeof of / sizeof *of };
    static struct signed_text s[TEXTS];
    const hf_bytes text = bytes_of("alternate", 9);
    for (size_t i = 0; i < TEXTS; i++) {
        s[i].made = &keys[of[i].key];
        s[i].scheme = provider_openssl.scheme(of[i].scheme);
        CHECK(provider_openssl.sign(s[i].made->key, s[i].scheme, text, s[i].bytes, &s[i].length));
    }
    struct public_key bad = keys[0].public_half; /* off the curve */
    uint8_t bad_point[65];
    memcpy(bad_point, bad.point.data, 65);
    bad_point[64] ^= 1;
    bad.point = bytes_of(bad_point, 65);
    size_t good = 0;
    for (size_t k = 0; k < 3 * TEXTS * TEXTS; k++) {
        const struct signed_text *one = &s[k * 7 % TEXTS];
        const struct signed_text *key = &s[k / TEXTS % TEXTS];
        const bool expected = one == key;
        good += expected;
        CHECK(provider_openssl.verify(one->scheme, &key->made->public_half, text,
                  bytes_of(one->bytes, one->length)) == expected);
        if (k % 9 == 0) {
            CHECK(!provider_openssl.verify(s[0].scheme, &bad, text,
                bytes_of(s[0].bytes, s[0].length)));
        }
    }
    CHECK(good == 3 * TEXTS);
}

static void bad_points_are_refused(void)
{
    const struct signature_scheme *scheme = provider_openssl.scheme(0x0403);
    const hf_bytes text = bytes_of("points", 6);
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    CHECK(provider_openssl.sign(keys[0].key, scheme, text, signature, &length));
    const hf_bytes good = keys[0].public_half.point;
    struct public_key key = keys[0].public_half;
    uint8_t point[66] = { 0 };
    memcpy(point, good.data, 65);
    const size_t lengths[] = { 0, 1, 33, 64, 66 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        key.point = bytes_of(point, lengths[i]);
        CHECK(!provider_openssl.verify(scheme, &key, text, bytes_of(signature, length)));
    }
    point[0] = (uint8_t)(2 + good.data[64] % 2); /* compressed */
    key.point = bytes_of(point, 33);
    CHECK(!provider_openssl.verify(scheme, &key, text, bytes_of(signature, length)));
    point[0] = (uint8_t)(6 + good.data[64] % 2); /* hybrid */
    key.point = bytes_of(point, 65);
    CHECK(!provider_openssl.verify(scheme, &key, text, bytes_of(signature, length)));
    memset(point, 0, sizeof point);
    for (size_t i = 1; i <= 65; i += 64) { /* infinity */
        key.point = bytes_of(point, i);
        CHECK(!provider_openssl.verify(scheme, &key, text, bytes_of(signature, length)));
    }
    key = keys[0].public_half;
    key.type = KEY_NONE;
    CHECK(!provider_openssl.verify(scheme, &key, text, bytes_of(signature, length)));
    CHECK(provider_openssl.verify(scheme, &keys[0].public_half, text, bytes_of(signature, length)));
}

static void hostile_rsa_keys_are_refused(void)
{
    const struct signature_scheme *scheme = provider_openssl.scheme(0x0804);
    static uint8_t modulus[2049];
    static const uint8_t signature[2049];
    memset(modulus, 0xff, sizeof modulus);
    static const uint8_t e_65537[] = { 1, 0, 1 };
    static const uint8_t e_large[] = { 2, 0, 0, 0, 1 };
    static const uint8_t e_larger[] = { 1, 0, 0, 0, 0, 1 };
    static const uint8_t e_even[] = { 4 };
    static const uint8_t e_one[] = { 1 };
    static const uint8_t e_padded[] = { 0, 3 };
    const struct {
        size_t length;
        hf_bytes exponent;
    } cases[] = {
        { 1025, { e_65537, 3 } }, /* over 8192 bits */
        { 2049, { e_65537, 3 } },
        { 0, { e_65537, 3 } },
        { 16, { e_65537, 3 } },
        { 256, { e_large, 5 } },
        { 256, { e_larger, 6 } },
        { 256, { modulus, 256 } },
        { 256, { e_even, 1 } },
        { 256, { e_one, 1 } },
        { 256, { e_padded, 2 } },
        { 256, { NULL, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct public_key key = { KEY_RSA, { modulus, cases[i].length }, cases[i].exponent,
            { NULL, 0 }, HASH_NONE };
        CHECK(!provider_openssl.verify(scheme, &key, bytes_of("x", 1),
            bytes_of(signature, cases[i].length)));
    }
    modulus[255] = 0xfe; /* even */
    const struct public_key even = { KEY_RSA, { modulus, 256 }, { e_65537, 3 }, { NULL, 0 },
        HASH_NONE };
    CHECK(!provider_openssl.verify(scheme, &even, bytes_of("x", 1), bytes_of(signature, 256)));
}

/* RFC 4055, 1.2: a key for PSS does not do PKCS#1; nor does an RSA key do ECDSA. */
static void families_do_not_mix(void)
{
    const hf_bytes text = bytes_of("x", 1);
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    const struct signature_scheme *pkcs1 = provider_openssl.scheme(0x0401);
    CHECK(provider_openssl.sign(keys[5].key, pkcs1, text, signature, &length));
    struct public_key key = keys[5].public_half;
    CHECK(provider_openssl.verify(pkcs1, &key, text, bytes_of(signature, length)));
    key.type = KEY_RSA_PSS;
    CHECK(!provider_openssl.verify(pkcs1, &key, text, bytes_of(signature, length)));
    const struct signature_scheme *pss = provider_openssl.scheme(0x0804);
    CHECK(provider_openssl.sign(keys[5].key, pss, text, signature, &length));
    CHECK(provider_openssl.verify(pss, &key, text, bytes_of(signature, length)));
    CHECK(!provider_openssl.verify(provider_openssl.scheme(0x0403), &key, text,
        bytes_of(signature, length)));
}

/* RFC 8017, 9.1.1: PSS with a salt as long as SHA-512's digest needs 130 bytes, PKCS #1 94. */
static void small_rsa_key(void)
{
    unsigned char *der = NULL;
    EVP_PKEY *evp = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    int size = i2d_PrivateKey(evp, &der);
    struct private_key *key = provider_openssl.private_key_load(bytes_of(der, (size_t)size));
    uint8_t out[SIGNATURE_SIZE_MAX];
    size_t length = 1;
    const hf_bytes text = bytes_of("x", 1);
    CHECK(key != NULL);
    CHECK(!provider_openssl.sign(key, provider_openssl.scheme(0x0806), text, out, &length));
    CHECK(length == 0);
    CHECK(provider_openssl.sign(key, provider_openssl.scheme(0x0805), text, out, &length));
    CHECK(length == 128);
    CHECK(provider_openssl.sign(key, provider_openssl.scheme(0x0601), text, out, &length));
    provider_openssl.private_key_drop(key);
    EVP_PKEY_free(evp);
    OPENSSL_free(der);
}

static void throw_away_keys(void)
{
    static const enum key_type types[] = { KEY_P256, KEY_ED25519 };
    for (size_t i = 0; i < 2; i++) {
        struct private_key *key = provider_openssl.private_key_generate(types[i]);
        CHECK(key != NULL && provider_openssl.private_key_type(key) == types[i]);
        uint8_t signature[SIGNATURE_SIZE_MAX];
        size_t length = 0;
        const struct signature_scheme *scheme = provider_openssl.scheme(i == 0 ? 0x0403 : 0x0807);
        CHECK(provider_openssl.sign(key, scheme, bytes_of("x", 1), signature, &length));
        provider_openssl.private_key_drop(key);
    }
    CHECK(provider_openssl.private_key_generate(KEY_RSA) == NULL);
    CHECK(provider_openssl.private_key_generate(KEY_NONE) == NULL);
}

/* One key, many threads at once, more than it keeps contexts for. */
enum { THREADS = 24, ROUNDS = 60 };

static void *sign_and_verify(void *bad)
{
    bool *failed = bad;
    static const size_t of[] = { 0, 3, 5 };
    static const uint16_t schemes[] = { 0x0403, 0x0807, 0x0804 };
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct made *m = &keys[of[i % 3]];
        const struct signature_scheme *scheme = provider_openssl.scheme(schemes[i % 3]);
        uint8_t signature[SIGNATURE_SIZE_MAX];
        size_t length = 0;
        const hf_bytes text = bytes_of(&i, sizeof i);
        if (!provider_openssl.sign(m->key, scheme, text, signature, &length)
            || !provider_openssl.verify(scheme, &m->public_half, text,
                bytes_of(signature, length))) {
            *failed = true;
        }
    }
    return NULL;
}

static void threads_share_a_key(void)
{
    pthread_t threads[THREADS];
    bool failed[THREADS] = { false };
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, sign_and_verify, &failed[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(!failed[i]);
    }
}

static void drops_the_keys(void)
{
    for (size_t i = 0; i < KEYS; i++) {
        provider_openssl.private_key_drop(keys[i].key);
        EVP_PKEY_free(keys[i].evp);
    }
    crypto_thread_release();
}

TEST_MAIN(TEST(makes_and_loads_keys), TEST(traditional_encodings_load),
    TEST(broken_keys_do_not_load), TEST(other_kinds_do_not_load),
    TEST(every_key_with_every_scheme), TEST(every_scheme_is_here), TEST(public_keys_alternate),
    TEST(bad_points_are_refused), TEST(hostile_rsa_keys_are_refused), TEST(families_do_not_mix),
    TEST(small_rsa_key), TEST(throw_away_keys), TEST(threads_share_a_key), TEST(drops_the_keys))
