/* X25519's kernels: RFC 7748's vectors, libcrypto's answers, and each other's. The environment can
 * make it long: HANDFAST_X25519_CASES random cases (100,000 if not set, fewer under a sanitizer or
 * with HANDFAST_SLOW), HANDFAST_X25519_ITERATIONS of RFC 7748, 5.2 (1,000; it knows 1,000,000). */
#include "crypto/x25519/kernels.h"

#include <pthread.h>

#include "crypto/provider.h"

#include "../test.h"

/* A build that is slow, and whose frames are larger than any that is shipped. */
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
#define WATCHED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define WATCHED
#endif
#endif

/* Both sides of an operation, for up to eight at once. */
struct kernel {
    const char *name;
    enum x25519_kernel needs;
    size_t lanes;
    void (*shared)(uint8_t out[8][32], const uint8_t scalar[8][32], const uint8_t u[8][32]);
    void (*publish)(uint8_t out[8][32], const uint8_t scalar[8][32]);
};

#define ONE(name) \
    static void one_##name(uint8_t out[8][32], const uint8_t scalar[8][32], \
        const uint8_t u[8][32]) \
    { \
        x25519_##name(out[0], scalar[0], u[0]); \
    } \
    static void one_public_##name(uint8_t out[8][32], const uint8_t scalar[8][32]) \
    { \
        x25519_public_##name(out[0], scalar[0]); \
    }

ONE(portable)
#if X25519_IFMA
ONE(ifma)
#endif

static const struct kernel kernels[] = {
    { "portable", X25519_PORTABLE_KERNEL, 1, one_portable, one_public_portable },
#if X25519_IFMA
    { "ifma", X25519_IFMA_KERNEL, 1, one_ifma, one_public_ifma },
    { "batch8", X25519_IFMA_KERNEL, 8, x25519_batch8, x25519_public_batch8 },
#endif
};

#define EACH_KERNEL(k) \
    for (const struct kernel *k = kernels; k < kernels + sizeof kernels / sizeof *kernels; k++) \
        if (x25519_can(k->needs))

/* ---- What it is compared with, and chance that can be had again ---- */

static const struct group *libcrypto(void)
{
    return provider_libcrypto.group(0x001d);
}

/* libcrypto refuses a result of zeros, and then leaves zeros. */
static void expected_shared(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32])
{
    bool bad;
    (void)libcrypto()->decapsulate(libcrypto(), scalar, NULL, bytes_of(u, 32), out, &bad);
}

static bool given(void *user, uint8_t *out, size_t length)
{
    memcpy(out, user, length);
    return true;
}

static void expected_public(uint8_t out[32], uint8_t scalar[32])
{
    const struct random random = { given, given, scalar };
    uint8_t private_key[32];
    CHECK(libcrypto()->generate(libcrypto(), &random, private_key, out));
}

/* splitmix64 */
static uint64_t next_word(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill(uint64_t *state, void *out, size_t length)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)next_word(state);
    }
}

static unsigned long number_of(const char *name, unsigned long usual)
{
    const char *text = getenv(name);
    return text == NULL ? usual : strtoul(text, NULL, 10);
}

/* ---- One operation in every lane, which must agree ---- */

static void shared(const struct kernel *kernel, uint8_t out[32], const uint8_t scalar[32],
    const uint8_t u[32])
{
    uint8_t scalars[8][32], points[8][32], results[8][32];
    for (size_t i = 0; i < 8; i++) {
        memcpy(scalars[i], scalar, 32);
        memcpy(points[i], u, 32);
    }
    kernel->shared(results, (const uint8_t(*)[32])scalars, (const uint8_t(*)[32])points);
    for (size_t i = 1; i < kernel->lanes; i++) {
        CHECK_BYTES(results[i], results[0], 32);
    }
    memcpy(out, results[0], 32);
}

static void publish(const struct kernel *kernel, uint8_t out[32], const uint8_t scalar[32])
{
    uint8_t scalars[8][32], results[8][32];
    for (size_t i = 0; i < 8; i++) {
        memcpy(scalars[i], scalar, 32);
    }
    kernel->publish(results, (const uint8_t(*)[32])scalars);
    for (size_t i = 1; i < kernel->lanes; i++) {
        CHECK_BYTES(results[i], results[0], 32);
    }
    memcpy(out, results[0], 32);
}

/* ---- The tests ---- */

static void vectors_of_rfc7748(void)
{
    static const char *const cases[][3] = { /* 5.2, and 6.1: Bob's public key, his secret */
        { "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
        { "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
        { "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", NULL,
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f" },
        { "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
    };
    static const uint8_t nine[32] = { 9 };
    EACH_KERNEL(kernel) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            uint8_t scalar[32], u[32], out[32], expected[32];
            CHECK(from_hex(cases[i][0], scalar, 32) == 32);
            if (cases[i][1] != NULL) {
                CHECK(from_hex(cases[i][1], u, 32) == 32);
                CHECK(from_hex(cases[i][2], expected, 32) == 32);
                shared(kernel, out, scalar, u);
                CHECK_BYTES(out, expected, 32);
                continue;
            }
            CHECK(from_hex(cases[i][2], expected, 32) == 32);
            publish(kernel, out, scalar);
            CHECK_BYTES(out, expected, 32);
            shared(kernel, out, scalar, nine);
            CHECK_BYTES(out, expected, 32);
        }
    }
}

static void iterations_of_rfc7748(void)
{
    static const struct {
        unsigned long after;
        const char *expected;
    } known[] = { /* 5.2 */
        { 1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079" },
        { 1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51" },
        { 1000000, "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424" },
    };
    const unsigned long iterations = number_of("HANDFAST_X25519_ITERATIONS", 1000);
    EACH_KERNEL(kernel) {
        uint8_t scalar[32] = { 9 }, u[32] = { 9 }, out[32];
        for (unsigned long i = 1; i <= iterations; i++) {
            shared(kernel, out, scalar, u);
            memcpy(u, scalar, 32);
            memcpy(scalar, out, 32);
            for (size_t j = 0; j < sizeof known / sizeof *known; j++) {
                if (known[j].after == i) {
                    uint8_t expected[32];
                    CHECK(from_hex(known[j].expected, expected, 32) == 32);
                    CHECK_BYTES(scalar, expected, 32);
                }
            }
        }
    }
}

/* RFC 7748, 6.1: points of small order give zeros, and the provider refuses them. */
static void small_orders(void)
{
    static const char *const small[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    static const uint8_t zero[32] = { 0 };
    const struct group *group = provider_openssl.group(0x001d);
    uint64_t chance = 1;
    EACH_KERNEL(kernel) {
        CHECK(x25519_force(kernel->needs));
        for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
            uint8_t scalar[32], u[32], out[32], share[32];
            fill(&chance, scalar, 32);
            CHECK(from_hex(small[i], u, 32) == 32);
            shared(kernel, out, scalar, u);
            CHECK_BYTES(out, zero, 32);
            memset(out, 1, 32);
            CHECK(!x25519(out, scalar, u));
            bool bad = false;
            memset(out, 1, 32);
            CHECK(!group->decapsulate(group, scalar, NULL, bytes_of(u, 32), out, &bad) && bad);
            CHECK_BYTES(out, zero, 32);
            memset(out, 1, 32);
            bad = false;
            CHECK(!group->encapsulate(group, &provider_openssl.random, bytes_of(u, 32), share, out,
                &bad) && bad);
            CHECK_BYTES(out, zero, 32);
            CHECK_BYTES(share, zero, 32);
        }
    }
    CHECK(x25519_force(X25519_AUTO));
}

/* RFC 7748, 5: values from p - 19 to 2^255 - 1, with and without the top bit. */
static void values_that_are_not_canonical(void)
{
    uint64_t chance = 2;
    EACH_KERNEL(kernel) {
        for (unsigned low = 0xda; low < 0x200; low++) {
            uint8_t scalar[32], u[32], out[32], expected[32];
            fill(&chance, scalar, 32);
            memset(u, 0xff, 32);
            u[0] = (uint8_t)(low < 0x100 ? low : low - 0x100 + 0xda);
            u[31] = low < 0x100 ? 0x7f : 0xff;
            shared(kernel, out, scalar, u);
            expected_shared(expected, scalar, u);
            CHECK_BYTES(out, expected, 32);
        }
    }
}

/* One bit set or one cleared, and patterns: carries through every digit of the recoding. */
static void extreme_scalars(void)
{
    static const uint8_t patterns[] = { 0x00, 0xff, 0x55, 0xaa, 0x80, 0x7f, 0x0f, 0xf0, 0xf7 };
    for (size_t i = 0; i < 512 + sizeof patterns; i++) {
        uint8_t scalar[32], out[32], expected[32];
        if (i < 512) {
            memset(scalar, i < 256 ? 0 : 0xff, 32);
            scalar[i % 256 / 8] ^= (uint8_t)(1 << i % 8);
        } else {
            memset(scalar, patterns[i - 512], 32);
        }
        expected_public(expected, scalar);
        EACH_KERNEL(kernel) {
            publish(kernel, out, scalar);
            CHECK_BYTES(out, expected, 32);
            shared(kernel, out, scalar, expected);
            uint8_t twice[32];
            expected_shared(twice, scalar, expected);
            CHECK_BYTES(out, twice, 32);
        }
    }
}

/* Eight different operations at a time, so that lanes cannot be mixed up unseen. */
static void random_cases_against_libcrypto(void)
{
#ifdef WATCHED
    const unsigned long usual = 4000;
#else
    const unsigned long usual = getenv("HANDFAST_SLOW") != NULL ? 400 : 100000;
#endif
    const unsigned long cases = number_of("HANDFAST_X25519_CASES", usual);
    uint64_t chance = number_of("HANDFAST_X25519_SEED", 3);
    for (unsigned long i = 0; i < cases && test_failures == 0; i += 8) {
        uint8_t scalar[8][32], u[8][32], expected[8][32], expected_key[8][32], out[8][32];
        fill(&chance, scalar, sizeof scalar);
        fill(&chance, u, sizeof u);
        for (size_t j = 0; j < 8; j++) {
            expected_shared(expected[j], scalar[j], u[j]);
            expected_public(expected_key[j], scalar[j]);
        }
        EACH_KERNEL(kernel) {
            for (size_t j = 0; j < 8; j += kernel->lanes) {
                kernel->shared(out + j, (const uint8_t(*)[32])scalar + j,
                    (const uint8_t(*)[32])u + j);
            }
            CHECK_BYTES(out, expected, sizeof out);
            for (size_t j = 0; j < 8; j += kernel->lanes) {
                kernel->publish(out + j, (const uint8_t(*)[32])scalar + j);
            }
            CHECK_BYTES(out, expected_key, sizeof out);
        }
    }
}

static void batches_of_any_size(void)
{
    uint8_t scalar[8][32], u[8][32], out[9][32], expected[32];
    uint64_t chance = 4;
    fill(&chance, scalar, sizeof scalar);
    fill(&chance, u, sizeof u);
    EACH_KERNEL(kernel) {
        CHECK(x25519_force(kernel->needs));
        for (size_t count = 0; count <= 8; count++) {
            for (int keys = 0; keys < 2; keys++) {
                memset(out, 0xee, sizeof out);
                if (keys) {
                    x25519_public_batch(out, (const uint8_t(*)[32])scalar, count);
                } else {
                    x25519_batch(out, (const uint8_t(*)[32])scalar, (const uint8_t(*)[32])u,
                        count);
                }
                for (size_t i = 0; i < count; i++) {
                    if (keys) {
                        expected_public(expected, scalar[i]);
                    } else {
                        expected_shared(expected, scalar[i], u[i]);
                    }
                    CHECK_BYTES(out[i], expected, 32);
                }
                CHECK(out[count][0] == 0xee && out[count][31] == 0xee);
            }
        }
    }
    CHECK(x25519_force(X25519_AUTO));
}

static void results_over_the_inputs(void)
{
    uint64_t chance = 5;
    EACH_KERNEL(kernel) {
        CHECK(x25519_force(kernel->needs));
        uint8_t scalar[32], u[32], out[32];
        fill(&chance, scalar, 32);
        fill(&chance, u, 32);
        CHECK(x25519(out, scalar, u));
        CHECK(x25519(u, scalar, u));
        CHECK_BYTES(u, out, 32);
        x25519_public(out, scalar);
        x25519_public(scalar, scalar);
        CHECK_BYTES(scalar, out, 32);
    }
    CHECK(x25519_force(X25519_AUTO));
}

static void fastest_kernel_is_taken(void)
{
    CHECK(x25519_force(X25519_AUTO));
    CHECK_TEXT(x25519_kernel_name(), x25519_can(X25519_IFMA_KERNEL) ? "avx512-ifma" : "portable");
    CHECK(x25519_force(X25519_PORTABLE_KERNEL));
    CHECK_TEXT(x25519_kernel_name(), "portable");
    CHECK(x25519_force(X25519_AUTO));
#if defined(X25519_LIBCRYPTO)
    CHECK(provider_openssl.group(0x001d) == libcrypto());
#else
    CHECK(provider_openssl.group(0x001d) == &x25519_group);
#endif
    CHECK(libcrypto() != &x25519_group);
}

static void every_kernel_was_tested(void)
{
    if (!x25519_can(X25519_IFMA_KERNEL)) {
        SKIP("no AVX-512 IFMA on this processor, or not in this build");
    }
}

/* ---- The stack ---- */

enum { STACK_SIZE = 1 << 18, PAINT = 0xa5 };

static _Alignas(64) uint8_t stack[STACK_SIZE];
static uint8_t the_scalar[8][32];
static uint8_t the_point[8][32];
static uint8_t the_result[8][32];

#ifndef WATCHED
static void *wiped_single(void *unused)
{
    CHECK(x25519(the_result[0], the_scalar[0], the_point[0]));
    return unused;
}

static void *wiped_public(void *unused)
{
    x25519_public(the_result[0], the_scalar[0]);
    return unused;
}

static void *wiped_batch(void *unused)
{
    x25519_batch(the_result, (const uint8_t(*)[32])the_scalar, (const uint8_t(*)[32])the_point, 8);
    return unused;
}
#endif

/* What a kernel without wiping might do. */
static void *leaves_a_trace(void *unused)
{
    volatile uint8_t copy[32];
    for (size_t i = 0; i < sizeof copy; i++) {
        copy[i] = the_scalar[0][i];
    }
    return unused;
}

/* How often a word of the scalar or a limb of the result lies on the stack that `run` has used. */
static size_t traces_of(void *(*run)(void *))
{
    memset(stack, PAINT, sizeof stack);
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK(pthread_attr_init(&attributes) == 0
        && pthread_attr_setstack(&attributes, stack, sizeof stack) == 0
        && pthread_create(&thread, &attributes, run, NULL) == 0
        && pthread_join(thread, NULL) == 0);
    (void)pthread_attr_destroy(&attributes);
    size_t found = 0;
    for (size_t i = 0; i + 8 <= sizeof stack; i++) {
        for (size_t word = 8; word < 24; word += 8) { /* those that clamping leaves */
            found += memcmp(stack + i, the_scalar[0] + word, 8) == 0;
        }
        found += memcmp(stack + i, the_result[0] + 12, 8) == 0;
    }
    return found;
}

static void stack_is_wiped(void)
{
    if (getenv("HANDFAST_SLOW") != NULL) {
        SKIP("valgrind forbids to read a stack that was left");
    }
    uint64_t chance = 6;
    fill(&chance, the_scalar, sizeof the_scalar);
    fill(&chance, the_point, sizeof the_point);
    CHECK(traces_of(leaves_a_trace) > 0); /* that it is found at all */
#ifndef WATCHED
    EACH_KERNEL(kernel) {
        CHECK(x25519_force(kernel->needs));
        CHECK(traces_of(wiped_single) == 0);
        CHECK(traces_of(wiped_public) == 0);
        CHECK(traces_of(wiped_batch) == 0);
    }
#endif
    CHECK(x25519_force(X25519_AUTO));
}

TEST_MAIN(TEST(vectors_of_rfc7748), TEST(iterations_of_rfc7748), TEST(small_orders),
    TEST(values_that_are_not_canonical), TEST(extreme_scalars),
    TEST(random_cases_against_libcrypto), TEST(batches_of_any_size), TEST(results_over_the_inputs),
    TEST(fastest_kernel_is_taken), TEST(every_kernel_was_tested), TEST(stack_is_wiped))
