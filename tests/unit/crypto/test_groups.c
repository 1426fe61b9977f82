/* Key exchange: see struct group in src/crypto/provider.h. Vectors: RFC 7748, 6.1; the generator of
 * P-256 (SP 800-186, 3.2.1.3); tests/vectors runs Wycheproof's. */
#include "crypto/provider.h"

#include "../test.h"

static const uint16_t all[] = { 0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101 };

enum { ALL = sizeof all / sizeof *all + 1 };

/* Those of libcrypto, then the default provider's X25519, which may be another one. */
static const struct group *group_at(size_t i)
{
    return i < ALL - 1 ? provider_libcrypto.group(all[i]) : provider_openssl.group(0x001d);
}

static const char order_p256[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
static const char gx_p256[] = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
static const char gy_p256[] = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/* A chance that plays back a script, then fails. */
struct script {
    const uint8_t *bytes;
    size_t left;
    size_t calls;
};

static bool scripted(void *user, uint8_t *out, size_t length)
{
    struct script *script = user;
    script->calls++;
    if (script->left < length) {
        return false;
    }
    memcpy(out, script->bytes, length);
    script->bytes += length;
    script->left -= length;
    return true;
}

static bool never_asked(void *user, uint8_t *out, size_t length)
{
    (void)user;
    (void)out;
    (void)length;
    test_failures++; /* private keys do not come from the public source */
    return false;
}

static struct random random_of(struct script *script)
{
    return (struct random){ never_asked, scripted, script };
}

static bool all_zero(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (data[i] != 0) {
            return false;
        }
    }
    return true;
}

struct exchange {
    uint8_t private_key[GROUP_PRIVATE_MAX + 1]; /* the byte behind each must stay */
    uint8_t client_share[GROUP_SHARE_MAX + 1];
    uint8_t server_share[GROUP_SHARE_MAX + 1];
    uint8_t client_secret[GROUP_SECRET_MAX + 1];
    uint8_t server_secret[GROUP_SECRET_MAX + 1];
};

static bool run(const struct group *group, struct exchange *x)
{
    bool bad_share = true;
    return group->generate(group, &provider_openssl.random, x->private_key, x->client_share)
        && group->encapsulate(group, &provider_openssl.random,
            bytes_of(x->client_share, group->client_share_size), x->server_share, x->server_secret,
            &bad_share)
        && group->decapsulate(group, x->private_key, x->client_share,
            bytes_of(x->server_share, group->server_share_size), x->client_secret, &bad_share)
        && !bad_share;
}

static void both_sides_agree(void)
{
    static struct exchange x;
    static struct exchange before;
    for (size_t i = 0; i < ALL; i++) {
        const struct group *group = group_at(i);
        CHECK(group != NULL && group->id == (i < ALL - 1 ? all[i] : 0x001d));
        CHECK(group->private_size <= GROUP_PRIVATE_MAX && group->secret_size <= GROUP_SECRET_MAX);
        CHECK(group->client_share_size <= GROUP_SHARE_MAX);
        memset(&before, 0, sizeof before);
        for (int k = 0; k < 10; k++) {
            memset(&x, 0xee, sizeof x);
            CHECK(run(group, &x));
            CHECK_BYTES(x.client_secret, x.server_secret, group->secret_size);
            CHECK(!all_zero(x.client_secret, group->secret_size));
            CHECK(memcmp(x.client_secret, before.client_secret, group->secret_size) != 0);
            CHECK(memcmp(x.client_share, before.client_share, group->client_share_size) != 0);
            CHECK(memcmp(x.server_share, x.client_share, group->server_share_size) != 0);
            CHECK(x.private_key[group->private_size] == 0xee);
            CHECK(x.client_share[group->client_share_size] == 0xee);
            CHECK(x.server_share[group->server_share_size] == 0xee);
            CHECK(x.client_secret[group->secret_size] == 0xee);
            CHECK(x.server_secret[group->secret_size] == 0xee);
            before = x;
        }
    }
    CHECK(provider_openssl.group(0x0015) == NULL && provider_openssl.group(0) == NULL);
}

/* Scratch keys are overwritten in place: nothing of one peer may show in the next. */
static void peers_alternate(void)
{
    static struct exchange x[4];
    for (size_t i = 0; i < ALL; i++) {
        const struct group *group = group_at(i);
        for (size_t k = 0; k < 4; k++) {
            CHECK(run(group, &x[k]));
        }
        for (size_t k = 0; k < 16; k++) {
            const struct exchange *one = &x[k * 7 % 4];
            uint8_t secret[GROUP_SECRET_MAX];
            bool bad_share;
            if (k % 5 == 4) { /* a refused share in between */
                uint8_t bad[GROUP_SHARE_MAX] = { 0 };
                CHECK(!group->decapsulate(group, one->private_key, one->client_share,
                    bytes_of(bad, group->server_share_size), secret, &bad_share));
                CHECK(bad_share);
            }
            CHECK(group->decapsulate(group, one->private_key, one->client_share,
                bytes_of(one->server_share, group->server_share_size), secret, &bad_share));
            CHECK_BYTES(secret, one->client_secret, group->secret_size);
        }
    }
}

static void the_same_chance_gives_the_same_key(void)
{
    uint8_t bytes[GROUP_PRIVATE_MAX];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(3 * i + 1);
    }
    bytes[0] = 1; /* below every order */
    for (size_t i = 0; i < ALL; i++) {
        const struct group *group = group_at(i);
        static struct exchange x;
        static struct exchange y;
        struct script script = { bytes, group->private_size, 0 };
        struct random random = random_of(&script);
        CHECK(group->generate(group, &random, x.private_key, x.client_share));
        CHECK(script.calls == 1 && script.left == 0);
        CHECK_BYTES(x.private_key, bytes, group->private_size);
        script = (struct script){ bytes, group->private_size, 0 };
        CHECK(group->generate(group, &random, y.private_key, y.client_share));
        CHECK_BYTES(x.client_share, y.client_share, group->client_share_size);
        /* The server's half makes its key from the same bytes, so it has the same share. */
        bool bad_share;
        script = (struct script){ bytes, group->private_size, 0 };
        CHECK(group->encapsulate(group, &random, bytes_of(x.client_share, group->client_share_size),
            x.server_share, x.server_secret, &bad_share));
        CHECK_BYTES(x.server_share, x.client_share, group->client_share_size);
    }
}

static void no_chance_no_key(void)
{
    for (size_t i = 0; i < ALL; i++) {
        const struct group *group = group_at(i);
        static struct exchange x;
        CHECK(run(group, &x));
        struct script script = { NULL, 0, 0 };
        struct random random = random_of(&script);
        bool bad_share = true;
        memset(x.private_key, 0xee, sizeof x.private_key);
        CHECK(!group->generate(group, &random, x.private_key, x.client_share));
        CHECK(all_zero(x.private_key, group->private_size));
        CHECK(all_zero(x.client_share, group->client_share_size));
        CHECK(run(group, &x));
        CHECK(!group->encapsulate(group, &random,
            bytes_of(x.client_share, group->client_share_size), x.server_share, x.server_secret,
            &bad_share));
        CHECK(!bad_share); /* it was not the peer's fault */
        CHECK(all_zero(x.server_share, group->server_share_size));
        CHECK(all_zero(x.server_secret, group->secret_size));
    }
}

static void check_bad_share(const struct group *group, const uint8_t *share, size_t length)
{
    static struct exchange x;
    CHECK(group->generate(group, &provider_openssl.random, x.private_key, x.client_share));
    bool bad_share = false;
    memset(x.server_secret, 0xee, sizeof x.server_secret);
    memset(x.server_share, 0xee, sizeof x.server_share);
    CHECK(!group->encapsulate(group, &provider_openssl.random, bytes_of(share, length),
        x.server_share, x.server_secret, &bad_share));
    CHECK(bad_share && all_zero(x.server_secret, group->secret_size));
    CHECK(all_zero(x.server_share, group->server_share_size));
    bad_share = false;
    memset(x.client_secret, 0xee, sizeof x.client_secret);
    CHECK(!group->decapsulate(group, x.private_key, x.client_share, bytes_of(share, length),
        x.client_secret, &bad_share));
    CHECK(bad_share && all_zero(x.client_secret, group->secret_size));
}

static void bad_shares_are_refused(void)
{
    for (size_t i = 0; i < ALL; i++) {
        const struct group *group = group_at(i);
        static struct exchange x;
        uint8_t share[GROUP_SHARE_MAX + 1] = { 0 };
        const size_t size = group->client_share_size;
        CHECK(run(group, &x));
        memcpy(share, x.client_share, size);
        check_bad_share(group, share, size - 1);
        check_bad_share(group, share, size + 1);
        check_bad_share(group, share, 0);
        memset(share, 0, sizeof share);
        check_bad_share(group, share, size); /* zero; of small order, or not 0x04 */
        if (size % 2 == 0) {
            share[group->id < 0x0100 ? 0 : size - 1] = 1;
            check_bad_share(group, share, size); /* of order 1 or 4 */
            continue;
        }
        check_bad_share(group, share, 1); /* the point at infinity */
        memcpy(share, x.client_share, size);
        share[size - 1] ^= 1;
        check_bad_share(group, share, size); /* off the curve */
        memcpy(share, x.client_share, size);
        share[0] = (uint8_t)(2 + x.client_share[size - 1] % 2);
        check_bad_share(group, share, (size + 1) / 2); /* compressed */
        share[0] = (uint8_t)(6 + x.client_share[size - 1] % 2);
        check_bad_share(group, share, size); /* hybrid */
        share[0] = 4;
        memset(share + 1, 0xff, size / 2);
        check_bad_share(group, share, size); /* x is not below p */
        CHECK(run(group, &x));
    }
}

static void rfc7748(void)
{
    const struct group *group = provider_libcrypto.group(0x001d);
    uint8_t bob[32];
    uint8_t bob_public[32];
    uint8_t alice_public[32];
    uint8_t expected[32];
    uint8_t made[32];
    uint8_t share[32];
    uint8_t secret[32];
    bool bad_share;
    (void)from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", bob, 32);
    (void)from_hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", bob_public,
        32);
    (void)from_hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", alice_public,
        32);
    (void)from_hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", expected,
        32);
    struct script script = { bob, 32, 0 };
    struct random random = random_of(&script);
    CHECK(group->generate(group, &random, made, share));
    CHECK_BYTES(share, bob_public, 32);
    CHECK(group->decapsulate(group, bob, bob_public, bytes_of(alice_public, 32), secret,
        &bad_share));
    CHECK_BYTES(secret, expected, 32);
}

/* A candidate that is zero or not below the order is drawn anew; n - 1 is good: its point is -G. */
static void scalars_are_in_range(void)
{
    const struct group *group = provider_openssl.group(0x0017);
    uint8_t candidates[4 * 32] = { 0 };
    memset(candidates, 0xff, 32);
    CHECK(from_hex(order_p256, candidates + 32, 32) == 32);
    CHECK(from_hex(order_p256, candidates + 96, 32) == 32); /* [64] is zero */
    candidates[127] -= 1;
    struct script script = { candidates, sizeof candidates, 0 };
    struct random random = random_of(&script);
    uint8_t private_key[32];
    uint8_t share[65];
    uint8_t gx[32];
    uint8_t gy[32];
    (void)from_hex(gx_p256, gx, 32);
    (void)from_hex(gy_p256, gy, 32);
    CHECK(group->generate(group, &random, private_key, share));
    CHECK(script.calls == 4);
    CHECK_BYTES(private_key, candidates + 96, 32);
    CHECK(share[0] == 4);
    CHECK_BYTES(share + 1, gx, 32);
    CHECK(memcmp(share + 33, gy, 32) != 0);
    uint8_t one[32] = { 0 };
    one[31] = 1;
    script = (struct script){ one, 32, 0 };
    CHECK(group->generate(group, &random, private_key, share));
    CHECK_BYTES(share + 1, gx, 32);
    CHECK_BYTES(share + 33, gy, 32);
    static const uint8_t zeros[32 * 200];
    script = (struct script){ zeros, sizeof zeros, 0 };
    CHECK(!group->generate(group, &random, private_key, share)); /* it gives up */
    CHECK(script.calls < 200);
}

/* P-521's order has 521 bits: seven bits of the first byte are dropped. */
static void the_first_byte_of_p521(void)
{
    const struct group *group = provider_openssl.group(0x0019);
    uint8_t bytes[66];
    uint8_t private_key[66];
    uint8_t share[133];
    memset(bytes, 0x33, sizeof bytes);
    bytes[0] = 0xfe;
    struct script script = { bytes, 66, 0 };
    struct random random = random_of(&script);
    CHECK(group->generate(group, &random, private_key, share));
    CHECK(private_key[0] == 0);
    CHECK_BYTES(private_key + 1, bytes + 1, 65);
}

TEST_MAIN(TEST(both_sides_agree), TEST(peers_alternate), TEST(the_same_chance_gives_the_same_key),
    TEST(no_chance_no_key), TEST(bad_shares_are_refused), TEST(rfc7748), TEST(scalars_are_in_range),
    TEST(the_first_byte_of_p521))
