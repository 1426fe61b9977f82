/* What X25519 stands on: the field, its vectors, their limb bounds, and the table of multiples of
 * the base point, each against slow arithmetic of another kind. */
#include "crypto/x25519/base_table.h"
#include "crypto/x25519/kernels.h"

#include <openssl/bn.h>

#include "../test.h"

#if X25519_IFMA
/* The vectors' inline functions, four lanes and eight, under their own names. */
#define VEC_LANES 8
#include "crypto/x25519/field_vec.h"
#endif

enum { LOOSE_BITS = 54, RANDOM_CASES = 20000 };

static uint64_t next_word(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A limb at most `top`: often that, often zero, else anything between. */
static uint64_t extreme_limb(uint64_t *state, uint64_t top)
{
    const uint64_t choice = next_word(state) % 4;
    return choice == 0 ? 0 : choice == 1 ? top : next_word(state) % (top + 1);
}

static fe extreme(uint64_t *state, uint64_t top)
{
    fe a;
    for (int i = 0; i < 5; i++) {
        a.v[i] = extreme_limb(state, top);
    }
    return a;
}

/* ---- The reference: libcrypto's whole numbers ---- */

struct reference {
    BN_CTX *context;
    BIGNUM *p, *a, *b, *r;
};

static struct reference reference_begin(void)
{
    struct reference n = { BN_CTX_new(), BN_new(), BN_new(), BN_new(), BN_new() };
    CHECK(BN_one(n.p) && BN_lshift(n.p, n.p, 255) && BN_sub_word(n.p, 19));
    return n;
}

static void reference_end(struct reference *n)
{
    BN_free(n->p);
    BN_free(n->a);
    BN_free(n->b);
    BN_free(n->r);
    BN_CTX_free(n->context);
}

/* The value of limbs, whatever their size. */
static void value_of(BIGNUM *out, const fe *a)
{
    BN_zero(out);
    for (int i = 4; i >= 0; i--) {
        uint8_t word[8];
        for (int j = 0; j < 8; j++) {
            word[j] = (uint8_t)(a->v[i] >> 8 * (7 - j));
        }
        BIGNUM *limb = BN_bin2bn(word, 8, NULL);
        CHECK(BN_lshift(out, out, 51) && BN_add(out, out, limb));
        BN_free(limb);
    }
}

/* Whether a, reduced and written, is n->r mod p. */
static bool equals(struct reference *n, const fe *a)
{
    uint8_t bytes[32], expected[32];
    fe_to_bytes(bytes, a);
    return BN_nnmod(n->r, n->r, n->p, n->context) == 1 && BN_bn2lebinpad(n->r, expected, 32) == 32
        && memcmp(bytes, expected, 32) == 0;
}

static bool tight(const fe *a)
{
    const uint64_t top = UINT64_C(1) << 51;
    return a->v[0] < top && a->v[1] < top + (1 << 13) && a->v[2] < top && a->v[3] < top
        && a->v[4] < top;
}

/* ---- The field in portable C ---- */

static void products_of_loose_limbs(void)
{
    struct reference n = reference_begin();
    uint64_t chance = 1;
    const uint64_t top = (UINT64_C(1) << LOOSE_BITS) - 1;
    for (int i = 0; i < RANDOM_CASES; i++) {
        fe a = extreme(&chance, top), b = extreme(&chance, top), r;
        if (i == 0) {
            for (int j = 0; j < 5; j++) {
                a.v[j] = b.v[j] = top;
            }
        }
        value_of(n.a, &a);
        value_of(n.b, &b);
        fe_mul(&r, &a, &b);
        CHECK(tight(&r) && BN_mul(n.r, n.a, n.b, n.context) && equals(&n, &r));
        fe_square(&r, &a);
        CHECK(tight(&r) && BN_sqr(n.r, n.a, n.context) && equals(&n, &r));
        fe_mul_small(&r, &a, 121665);
        CHECK(tight(&r) && BN_copy(n.r, n.a) && BN_mul_word(n.r, 121665) && equals(&n, &r));
        fe_mul_small(&r, &a, UINT32_MAX);
        CHECK(tight(&r) && BN_copy(n.r, n.a) && BN_mul_word(n.r, UINT32_MAX) && equals(&n, &r));
        CHECK(BN_copy(n.r, n.a) && equals(&n, &a)); /* fe_to_bytes by itself */
    }
    reference_end(&n);
}

/* From tight ones, and from sums of two: what comes out is loose. */
static void sums_and_differences(void)
{
    struct reference n = reference_begin();
    uint64_t chance = 2;
    const uint64_t top = (UINT64_C(1) << 52) + (1 << 14) - 1;
    for (int i = 0; i < RANDOM_CASES; i++) {
        const fe a = extreme(&chance, top), b = extreme(&chance, top);
        fe r;
        value_of(n.a, &a);
        value_of(n.b, &b);
        fe_add(&r, &a, &b);
        CHECK(BN_add(n.r, n.a, n.b) && equals(&n, &r));
        fe_subtract(&r, &a, &b);
        for (int j = 0; j < 5; j++) {
            CHECK(r.v[j] < UINT64_C(1) << LOOSE_BITS);
        }
        CHECK(BN_sub(n.r, n.a, n.b) && equals(&n, &r));
    }
    reference_end(&n);
}

/* Values next to 0, p, 2p and 2^255, whose bytes are canonical. */
static void bytes_next_to_the_modulus(void)
{
    struct reference n = reference_begin();
    static const uint64_t ends[] = { 0, FE_MASK - 18, 2 * FE_MASK - 36 };
    for (size_t end = 0; end < sizeof ends / sizeof *ends; end++) {
        for (uint64_t i = 0; i < 80; i++) {
            fe a = { { ends[end] + i, 0, 0, 0, 0 } };
            if (end > 0 && i >= 40) {
                a.v[0] = ends[end] - (i - 39);
            }
            for (int j = 1; j < 5; j++) {
                a.v[j] = end * FE_MASK;
            }
            value_of(n.r, &a);
            CHECK(equals(&n, &a));
            uint8_t bytes[32];
            fe b;
            fe_to_bytes(bytes, &a);
            fe_from_bytes(&b, bytes);
            value_of(n.r, &b);
            CHECK(BN_cmp(n.r, n.p) < 0 && equals(&n, &a));
            bytes[31] |= 0x80; /* RFC 7748, 5: ignored */
            fe c;
            fe_from_bytes(&c, bytes);
            CHECK_BYTES(&c, &b, sizeof b);
        }
    }
    reference_end(&n);
}

static bool inverts(const fe *a)
{
    static const uint8_t one[32] = { 1 };
    fe inverse, product;
    uint8_t bytes[32];
    fe_invert(&inverse, a);
    for (int i = 0; i < 5; i++) {
        if (inverse.v[i] >= UINT64_C(1) << 53) {
            return false;
        }
    }
    fe_mul(&product, a, &inverse);
    fe_to_bytes(bytes, &product);
    return memcmp(bytes, one, 32) == 0;
}

static void inverses(void)
{
    const fe zero = { { 0 } };
    uint64_t chance = 3;
    for (int i = 0; i < 4000; i++) {
        fe a = zero, minus;
        if (i < 255) {
            a.v[i / 51] = UINT64_C(1) << i % 51;
        } else if (i < 1255) {
            a.v[0] = (uint64_t)i - 254;
        } else {
            a = extreme(&chance, (UINT64_C(1) << 53) - 77);
            uint8_t bytes[32], none[32] = { 0 };
            fe_to_bytes(bytes, &a);
            if (memcmp(bytes, none, 32) == 0) {
                continue;
            }
        }
        fe_subtract(&minus, &zero, &a);
        CHECK(inverts(&a) && inverts(&minus));
    }
    /* 0, also as p and 2p: gives 0 */
    for (uint64_t times = 0; times < 3; times++) {
        fe a, r;
        uint8_t bytes[32], none[32] = { 0 };
        for (int i = 0; i < 5; i++) {
            a.v[i] = times * (i == 0 ? FE_MASK - 18 : FE_MASK);
        }
        fe_invert(&r, &a);
        fe_to_bytes(bytes, &r);
        CHECK_BYTES(bytes, none, 32);
    }
}

/* ---- The table ---- */

static void canonical(fe *a)
{
    uint8_t bytes[32];
    fe_to_bytes(bytes, a);
    fe_from_bytes(a, bytes);
}

struct affine {
    fe x, y;
};

/* d of edwards25519 (RFC 7748, 4.1) */
static fe curve_d(void)
{
    const fe zero = { { 0 } };
    fe numerator = { { 121665 } }, denominator = { { 121666 } }, d;
    fe_subtract(&numerator, &zero, &numerator);
    fe_invert(&denominator, &denominator);
    fe_mul(&d, &numerator, &denominator);
    return d;
}

/* Slowly, by the law itself: (x1 y2 + y1 x2) / (1 + d x1 x2 y1 y2) and so on. */
static struct affine affine_add(const struct affine *a, const struct affine *b)
{
    const fe one = { { 1 } }, d = curve_d();
    fe xx, yy, xy, yx, t, up, down;
    struct affine r;
    fe_mul(&xx, &a->x, &b->x);
    fe_mul(&yy, &a->y, &b->y);
    fe_mul(&xy, &a->x, &b->y);
    fe_mul(&yx, &a->y, &b->x);
    fe_mul(&t, &xx, &yy);
    fe_mul(&t, &t, &d);
    fe_add(&up, &xy, &yx);
    fe_add(&down, &one, &t);
    fe_invert(&down, &down);
    fe_mul(&r.x, &up, &down);
    fe_add(&up, &yy, &xx);
    fe_subtract(&down, &one, &t);
    fe_invert(&down, &down);
    fe_mul(&r.y, &up, &down);
    canonical(&r.x);
    canonical(&r.y);
    return r;
}

static struct affine base_point(void)
{
    struct affine b;
    uint8_t bytes[32]; /* RFC 7748, 4.1: X(P), Y(P) of edwards25519 */
    CHECK(from_hex("1ad5258f602d56c9b2a7259560c72c695cdcd6fd31e2a4c0fe536ecdd3366921", bytes, 32)
        == 32);
    fe_from_bytes(&b.x, bytes);
    CHECK(from_hex("5866666666666666666666666666666666666666666666666666666666666666", bytes, 32)
        == 32);
    fe_from_bytes(&b.y, bytes);
    return b;
}

static void check_entry(int row, int entry, const struct affine *point)
{
    const fe d = curve_d();
    fe expected[3];
    fe_subtract(&expected[0], &point->y, &point->x);
    fe_add(&expected[1], &point->y, &point->x);
    fe_mul(&expected[2], &point->x, &point->y);
    fe_mul(&expected[2], &expected[2], &d);
    fe_add(&expected[2], &expected[2], &expected[2]);
    for (int c = 0; c < 3; c++) {
        canonical(&expected[c]);
        for (int limb = 0; limb < 5; limb++) {
            CHECK(x25519_base_table[row][5 * c + limb][entry] == expected[c].v[limb]);
        }
    }
}

static void table_of_multiples(void)
{
    struct affine unit = base_point();
    for (int row = 0; row < BASE_ROWS && test_failures == 0; row++) {
        const struct affine twice = affine_add(&unit, &unit);
        struct affine point = unit;
        for (int entry = 0; entry < BASE_ENTRIES; entry++) {
            check_entry(row, entry, &point);
            if (entry < BASE_ENTRIES - 1) {
                point = affine_add(&point, &twice);
            }
        }
        unit = affine_add(&point, &unit); /* 31 + 1 */
    }
    const struct affine base = base_point();
    const fe zero = { { 0 } };
    fe start[3] = { base.x, base.y, base.y };
    fe_subtract(&start[0], &zero, &start[0]);
    canonical(&start[0]);
    fe_mul(&start[2], &start[0], &base.y);
    canonical(&start[2]);
    CHECK_BYTES(x25519_base_start, start, sizeof start);
}

/* The digits of a scalar add up to it, plus one. */
static void digits_add_up(void)
{
    struct reference n = reference_begin();
    uint64_t chance = 4;
    for (int i = 0; i < 2000; i++) {
        uint8_t scalar[32];
        uint64_t words[5];
        for (int j = 0; j < 32; j++) {
            scalar[j] = i == 0 ? 0 : i == 1 ? 0xff : (uint8_t)next_word(&chance);
        }
        base_recode(words, scalar);
        BN_zero(n.r);
        for (int digit = BASE_ROWS - 1; digit >= 0; digit--) {
            const int d = 2 * (int)base_digit(words, digit) - 31;
            CHECK(BN_lshift(n.r, n.r, 5)
                && (d > 0 ? BN_add_word(n.r, (BN_ULONG)d) : BN_sub_word(n.r, (BN_ULONG)-d)));
        }
        scalar[0] &= 248; /* RFC 7748, 5 */
        scalar[31] = (uint8_t)((scalar[31] & 127) | 64);
        CHECK(BN_lebin2bn(scalar, 32, n.a) != NULL && BN_add_word(n.a, 1)
            && BN_cmp(n.a, n.r) == 0);
    }
    reference_end(&n);
}

/* ---- The vectors ---- */

#if X25519_IFMA

enum { LANES = 8, RESULTS = 4 };

/* What is checked of extreme tight factors; the second may reach 2^52. */
static __attribute__((noinline)) VEC_TARGET void vector_results(fe_vec out[RESULTS],
    const uint64_t a[5][LANES], const uint64_t b[5][LANES], uint64_t widest[5][LANES])
{
    fe_vec x, y;
    EACH_LIMB {
        x.v[i] = _mm512_loadu_si512(a[i]);
        y.v[i] = _mm512_loadu_si512(b[i]);
    }
    const fe_vec product = vec_mul(x, y);
    const fe_vec other = vec_mul(x, x);
    EACH_LIMB {
        _mm512_storeu_si512(widest[i], product.v[i]);
    }
    out[0] = vec_carry(product);
    out[1] = vec_carry(vec_subtract(other, product));
    out[2] = vec_carry(vec_subtract(vec_add(other, other), product));
    out[3] = vec_carry(vec_add(vec_add(other, other), product));
    vec_clear_registers();
}

static void vector_expected(fe expected[RESULTS], const fe *x, const fe *y)
{
    fe product, other, twice;
    fe_mul(&product, x, y);
    fe_square(&other, x);
    fe_add(&twice, &other, &other);
    expected[0] = product;
    fe_subtract(&expected[1], &other, &product);
    fe_subtract(&expected[2], &twice, &product);
    fe_add(&expected[3], &twice, &product);
}

static bool same_value(const fe *a, const fe *b)
{
    uint8_t x[32], y[32];
    fe_to_bytes(x, a);
    fe_to_bytes(y, b);
    return memcmp(x, y, 32) == 0;
}

static void vectors_of_extreme_limbs(void)
{
    if (!x25519_can(X25519_IFMA_KERNEL)) {
        SKIP("no AVX-512 IFMA on this processor");
    }
    const uint64_t top = (UINT64_C(1) << 51) + (1 << 15) - 1;
    const uint64_t top_of_second = (UINT64_C(1) << 52) - 1;
    uint64_t chance = 5;
    for (int i = 0; i < RANDOM_CASES && test_failures == 0; i++) {
        uint64_t a[5][LANES], b[5][LANES], widest[5][LANES];
        static fe_vec out[RESULTS];
        for (int limb = 0; limb < 5; limb++) {
            for (int lane = 0; lane < LANES; lane++) {
                a[limb][lane] = i == 0 ? top : extreme_limb(&chance, top);
                b[limb][lane] = i == 0 ? top_of_second : extreme_limb(&chance, top_of_second);
            }
        }
        vector_results(out, (const uint64_t(*)[LANES])a, (const uint64_t(*)[LANES])b, widest);
        for (int lane = 0; lane < LANES; lane++) {
            fe x, y, expected[RESULTS];
            for (int limb = 0; limb < 5; limb++) {
                x.v[limb] = a[limb][lane];
                y.v[limb] = b[limb][lane];
                CHECK(widest[limb][lane] < UINT64_C(688) << 50);
            }
            vector_expected(expected, &x, &y);
            for (int r = 0; r < RESULTS; r++) {
                fe got;
                for (int limb = 0; limb < 5; limb++) {
                    memcpy(&got.v[limb], (const uint8_t *)&out[r].v[limb] + 8 * lane, 8);
                    CHECK(got.v[limb] <= top);
                }
                CHECK(same_value(&got, &expected[r]));
            }
        }
    }
}

TEST_MAIN(TEST(products_of_loose_limbs), TEST(sums_and_differences),
    TEST(bytes_next_to_the_modulus), TEST(inverses), TEST(table_of_multiples),
    TEST(digits_add_up), TEST(vectors_of_extreme_limbs))

#else

TEST_MAIN(TEST(products_of_loose_limbs), TEST(sums_and_differences),
    TEST(bytes_next_to_the_modulus), TEST(inverses), TEST(table_of_multiples),
    TEST(digits_add_up))

#endif
