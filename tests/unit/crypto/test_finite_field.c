/* Finite fields: see src/crypto/openssl/finite_field.c. What holds of every group is in
 * test_groups.c; here stand the primes, which are compared with libcrypto's, the range of shares,
 * the padding, and libcrypto's own Diffie-Hellman as the peer. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "crypto/provider.h"

#include "../test.h"

static const struct {
    uint16_t id; /* 0: TLS 1.3 has none for it */
    size_t size;
    char name[12];
    char foreign[12]; /* libcrypto's name */
} fields[] = {
    { 0x0100, 256, "ffdhe2048", "ffdhe2048" },
    { 0x0101, 384, "ffdhe3072", "ffdhe3072" },
    { 0x0102, 512, "ffdhe4096", "ffdhe4096" },
    { 0, 256, "modp2048", "modp_2048" },
    { 0, 384, "modp3072", "modp_3072" },
    { 0, 512, "modp4096", "modp_4096" },
};

enum { FIELDS = sizeof fields / sizeof *fields, NAMED = 2, SIZE_MAX_HERE = 512 };

static const uint8_t two[] = { 0, 2 };

static bool play_back(void *user, uint8_t *out, size_t length)
{
    memcpy(out, user, length);
    return true;
}

/* A chance that gives the key `low`, a number below 256. */
static struct random random_of(uint8_t *key, const struct group *group, uint8_t low)
{
    memset(key, 0, GROUP_PRIVATE_MAX);
    key[group->private_size - 1] = low;
    return (struct random){ play_back, play_back, key };
}

/* A key of libcrypto's named group; its prime to `prime`. */
static EVP_PKEY *foreign_key(size_t i, uint8_t *prime)
{
    char name[12];
    memcpy(name, fields[i].foreign, sizeof name);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;
    BIGNUM *p = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    CHECK(EVP_PKEY_keygen_init(context) == 1);
    CHECK(EVP_PKEY_CTX_set_params(context, parameters) == 1);
    CHECK(EVP_PKEY_generate(context, &key) == 1);
    CHECK(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &p) == 1);
    CHECK((size_t)BN_num_bytes(p) == fields[i].size);
    CHECK(BN_bn2binpad(p, prime, (int)fields[i].size) == (int)fields[i].size);
    BN_free(p);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* As TLS 1.2 finds them: by libcrypto's numbers. */
static const struct group *field(size_t i)
{
    uint8_t prime[SIZE_MAX_HERE];
    EVP_PKEY_free(foreign_key(i, prime));
    const struct group *group = provider_openssl.prime_group(bytes_of(prime, fields[i].size),
        bytes_of(two + 1, 1));
    CHECK(group != NULL);
    return group;
}

/* Whether both sides take the peer's share; they must be of one opinion. */
static bool takes(const struct group *group, const uint8_t *share, size_t length)
{
    static uint8_t key[GROUP_PRIVATE_MAX];
    struct random random = random_of(key, group, 3);
    uint8_t own[SIZE_MAX_HERE];
    uint8_t server[SIZE_MAX_HERE];
    uint8_t secrets[2][SIZE_MAX_HERE];
    uint8_t private_key[GROUP_PRIVATE_MAX];
    bool bad[2] = { false, false };
    CHECK(group->generate(group, &random, private_key, own));
    bool first = group->encapsulate(group, &random, bytes_of(share, length), server, secrets[0],
        &bad[0]);
    bool second = group->decapsulate(group, private_key, own, bytes_of(share, length), secrets[1],
        &bad[1]);
    CHECK(first == second && bad[0] == !first && bad[1] == !second);
    CHECK_BYTES(secrets[0], secrets[1], group->secret_size); /* zeros when refused */
    return first;
}

/* Only numbers between 1 and p - 1 are shares, and in exactly the size of p. The bounds are those
 * of libcrypto's prime, so that ours is the same. */
static void range(void)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const struct group *group = field(i);
        const size_t size = fields[i].size;
        uint8_t p[SIZE_MAX_HERE + 1] = { 0 };
        uint8_t share[SIZE_MAX_HERE + 1] = { 0 };
        EVP_PKEY_free(foreign_key(i, p));
        CHECK(!takes(group, share, size));
        share[size - 1] = 1;
        CHECK(!takes(group, share, size));
        share[size - 1] = 2;
        CHECK(takes(group, share, size));
        CHECK(!takes(group, share + 1, size - 1)); /* without its first zero */
        share[size - 1] = 0;
        share[size] = 2;
        CHECK(!takes(group, share, size + 1)); /* with one more */
        CHECK(!takes(group, share, 0));
        CHECK(!takes(group, p, size));
        p[size - 1] = 0xfe; /* p - 1; p ends with 64 ones */
        CHECK(!takes(group, p, size));
        p[size - 1] = 0xfd;
        CHECK(takes(group, p, size));
        memset(share, 0xff, size); /* above p */
        CHECK(!takes(group, share, size));
    }
}

/* RFC 9846, 4.3.8.1 and 7.4.1: small numbers, filled up with zeros: 2^7 and 5^7. */
static void padding(void)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const struct group *group = field(i);
        const size_t size = fields[i].size;
        static uint8_t key[GROUP_PRIVATE_MAX];
        struct random random = random_of(key, group, 7);
        uint8_t private_key[GROUP_PRIVATE_MAX];
        uint8_t peer[SIZE_MAX_HERE] = { 0 };
        uint8_t share[SIZE_MAX_HERE] = { 0 };
        uint8_t expected[SIZE_MAX_HERE] = { 0 };
        uint8_t got[2][SIZE_MAX_HERE];
        bool bad;
        peer[size - 1] = 5;
        share[size - 1] = 128;
        expected[size - 3] = 1; /* 78125 is 0x1312d */
        expected[size - 2] = 0x31;
        expected[size - 1] = 0x2d;
        memset(got, 0xee, sizeof got);
        CHECK(group->generate(group, &random, private_key, got[0]));
        CHECK_BYTES(got[0], share, size);
        CHECK_BYTES(private_key, key, group->private_size);
        memset(got, 0xee, sizeof got);
        CHECK(group->encapsulate(group, &random, bytes_of(peer, size), got[0], got[1], &bad));
        CHECK_BYTES(got[0], share, size);
        CHECK_BYTES(got[1], expected, size);
        memset(got, 0xee, sizeof got);
        CHECK(group->decapsulate(group, private_key, share, bytes_of(peer, size), got[1], &bad));
        CHECK_BYTES(got[1], expected, size);
    }
}

/* Its secret with our share, padded. */
static bool foreign_secret(EVP_PKEY *key, const uint8_t *share, size_t size, uint8_t *secret)
{
    EVP_PKEY *peer = EVP_PKEY_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    unsigned int pad = 1;
    size_t length = size;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
        OSSL_PARAM_construct_end(),
    };
    bool good = EVP_PKEY_copy_parameters(peer, key) == 1
        && EVP_PKEY_set1_encoded_public_key(peer, share, size) == 1
        && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_CTX_set_params(context, parameters) == 1
        && EVP_PKEY_derive_set_peer(context, peer) == 1
        && EVP_PKEY_derive(context, secret, &length) == 1 && length == size;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    return good;
}

static void agrees_with_libcrypto(void)
{
    const struct random *random = &provider_openssl.random;
    for (size_t k = 0; k < 8 * FIELDS; k++) {
        const struct group *group = field(k / 8);
        const size_t size = fields[k / 8].size;
        uint8_t prime[SIZE_MAX_HERE];
        uint8_t private_key[GROUP_PRIVATE_MAX];
        uint8_t ours[SIZE_MAX_HERE];
        uint8_t secret[SIZE_MAX_HERE];
        uint8_t expected[SIZE_MAX_HERE];
        unsigned char *theirs = NULL;
        bool bad;
        EVP_PKEY *key = foreign_key(k / 8, prime);
        CHECK(EVP_PKEY_get1_encoded_public_key(key, &theirs) == size);
        CHECK(group->generate(group, random, private_key, ours));
        CHECK(group->decapsulate(group, private_key, ours, bytes_of(theirs, size), secret, &bad));
        CHECK(foreign_secret(key, ours, size, expected));
        CHECK_BYTES(secret, expected, size);
        CHECK(group->encapsulate(group, random, bytes_of(theirs, size), ours, secret, &bad));
        CHECK(foreign_secret(key, ours, size, expected));
        CHECK_BYTES(secret, expected, size);
        OPENSSL_free(theirs);
        EVP_PKEY_free(key);
    }
}

/* RFC 7919, 5.2. */
static void keys_are_long_enough(void)
{
    CHECK(8 * provider_openssl.group(0x0100)->private_size >= 225);
    CHECK(8 * provider_openssl.group(0x0101)->private_size >= 275);
    for (size_t i = 0; i < FIELDS; i++) {
        const struct group *group = field(i);
        CHECK(group->id == fields[i].id);
        CHECK(i >= NAMED || group == provider_openssl.group(group->id));
        CHECK(8 * group->private_size >= (group->secret_size == 512 ? 325 : 225));
        CHECK_TEXT(group->name, fields[i].name);
        static uint8_t key[GROUP_PRIVATE_MAX];
        uint8_t private_key[GROUP_PRIVATE_MAX];
        uint8_t share[SIZE_MAX_HERE];
        struct random random = random_of(key, group, 0); /* 2^0 is no share */
        CHECK(!group->generate(group, &random, private_key, share));
    }
}

/* RFC 5246, 7.4.3: whole numbers are compared; zeros in front may stand there or not. */
static void found_by_numbers(void)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const size_t size = fields[i].size;
        uint8_t p[SIZE_MAX_HERE + 2] = { 0 };
        EVP_PKEY_free(foreign_key(i, p + 2));
        const struct group *group = provider_openssl.prime_group(bytes_of(p, size + 2),
            bytes_of(two, 2));
        CHECK(group != NULL && group == field(i));
        hf_bytes own_p;
        hf_bytes own_g;
        provider_openssl.prime_params(group, &own_p, &own_g);
        CHECK(own_p.length == size && own_g.length == 1 && own_g.data[0] == 2);
        CHECK_BYTES(own_p.data, p + 2, size);
        CHECK(provider_openssl.prime_group(bytes_of(p + 2, size - 1), bytes_of(two, 2)) == NULL);
        CHECK(provider_openssl.prime_group(bytes_of(p + 2, size), bytes_of(two, 1)) == NULL);
        CHECK(provider_openssl.prime_group(bytes_of(p + 2, size), bytes_of("\x05", 1)) == NULL);
        CHECK(provider_openssl.prime_group(bytes_of(p + 2, size), bytes_of("\2\2", 2)) == NULL);
        CHECK(provider_openssl.prime_group(bytes_of(p + 2, size), bytes_of(NULL, 0)) == NULL);
        for (size_t at = 0; at < size; at += 51) {
            p[2 + at] ^= 0x10;
            CHECK(provider_openssl.prime_group(bytes_of(p + 2, size), bytes_of(two, 2)) == NULL);
            p[2 + at] ^= 0x10;
        }
    }
    /* Primes, and well known, but too small or too large. */
    BIGNUM *const others[] = { BN_get_rfc2409_prime_1024(NULL), BN_get_rfc3526_prime_1536(NULL),
        BN_get_rfc3526_prime_6144(NULL) };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        uint8_t p[768];
        size_t length = (size_t)BN_bn2bin(others[i], p);
        CHECK(provider_openssl.prime_group(bytes_of(p, length), bytes_of(two, 2)) == NULL);
        BN_free(others[i]);
    }
    CHECK(provider_openssl.prime_group(bytes_of(NULL, 0), bytes_of(two, 2)) == NULL);
    CHECK(provider_openssl.group(0x0102) == NULL); /* not for TLS 1.3 */
}

TEST_MAIN(TEST(range), TEST(padding), TEST(agrees_with_libcrypto), TEST(keys_are_long_enough),
    TEST(found_by_numbers))
