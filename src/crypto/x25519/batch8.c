/* Eight X25519 at once with AVX-512 IFMA, one in each lane: as long for one as for eight.
 * RFC 7748, 4.1 and 5; bounds: field_vec.h. Constant time: as ifma.c.
 *
 * Nothing is known of the lanes' order: each holds an operation of its own. */
#include "crypto/x25519/kernels.h"

#if X25519_IFMA

#define VEC_LANES 8
#include "base/ct.h"
#include "crypto/x25519/base_table.h"
#include "crypto/x25519/field_vec.h"

/* b in the lanes of `mask`, a in the others. */
VEC_INLINE fe_vec blend(__mmask8 mask, fe_vec a, fe_vec b)
{
    EACH_LIMB {
        a.v[i] = _mm512_mask_blend_epi64(mask, a.v[i], b.v[i]);
    }
    return a;
}

VEC_INLINE fe_vec splat(const fe *a)
{
    fe_vec r;
    EACH_LIMB {
        r.v[i] = vec_set(a->v[i]);
    }
    return r;
}

/* Cross products once, doubled afterwards; bounds as vec_mul's. */
VEC_INLINE fe_vec square(fe_vec a)
{
    vec low[9], high[9];
    UNROLL(9) for (int k = 8; k >= 0; k--) {
        low[k] = high[k] = _mm512_setzero_si512();
        EACH_LIMB {
            if (k - i > i && k - i < 5) {
                low[k] = _mm512_madd52lo_epu64(low[k], a.v[i], a.v[k - i]);
                high[k] = _mm512_madd52hi_epu64(high[k], a.v[i], a.v[k - i]);
            }
        }
        if (k > 0 && k < 8) {
            low[k] = _mm512_add_epi64(low[k], low[k]);
            high[k] = _mm512_add_epi64(high[k], high[k]);
        }
        if (k % 2 == 0) {
            low[k] = _mm512_madd52lo_epu64(low[k], a.v[k / 2], a.v[k / 2]);
            high[k] = _mm512_madd52hi_epu64(high[k], a.v[k / 2], a.v[k / 2]);
        }
    }
    return vec_fold(low, high);
}

/* `a` tight, the result < 2^52 + 2^21 */
VEC_INLINE fe_vec mul_a24(fe_vec a)
{
    const vec zero = _mm512_setzero_si512();
    const vec a24 = vec_set(121665);
    vec high[5];
    EACH_LIMB {
        high[i] = _mm512_madd52hi_epu64(zero, a.v[i], a24);
        high[i] = _mm512_add_epi64(high[i], high[i]);
        a.v[i] = _mm512_madd52lo_epu64(zero, a.v[i], a24);
    }
    a.v[0] = _mm512_madd52lo_epu64(a.v[0], high[4], vec_set(19));
    UNROLL(4) for (int i = 1; i < 5; i++) {
        a.v[i] = _mm512_add_epi64(a.v[i], high[i - 1]);
    }
    return a;
}

static __attribute__((noinline)) VEC_TARGET void mul_to(fe_vec *r, const fe_vec *a,
    const fe_vec *b)
{
    *r = vec_carry(vec_mul(*a, *b));
}

/* r = a^(2^n), n public */
static __attribute__((noinline)) VEC_TARGET void squares_to(fe_vec *r, const fe_vec *a, int n)
{
    fe_vec t = *a;
    for (int i = 0; i < n; i++) {
        t = vec_carry(square(t));
    }
    *r = t;
}

/* r = a^(p - 2), which is 1/a: here one power for eight is cheaper than eight times divsteps. The
 * chain of 254 squarings and 11 products is the usual one (Bernstein, "Curve25519", 2006). The
 * exponents that a name tells: a_n is a^(2^n - 1). */
static VEC_TARGET void invert_to(fe_vec *r, const fe_vec *a)
{
    fe_vec t, u, a_11, a_5, a_10, a_50;
    squares_to(&t, a, 1);       /* 2 */
    squares_to(&u, &t, 2);      /* 8 */
    mul_to(&u, &u, a);          /* 9 */
    mul_to(&a_11, &u, &t);      /* 11 */
    squares_to(&t, &a_11, 1);   /* 22 */
    mul_to(&a_5, &t, &u);       /* 31 = 2^5 - 1 */
    squares_to(&t, &a_5, 5);
    mul_to(&a_10, &t, &a_5);
    squares_to(&t, &a_10, 10);
    mul_to(&u, &t, &a_10);      /* 2^20 - 1 */
    squares_to(&t, &u, 20);
    mul_to(&t, &t, &u);         /* 2^40 - 1 */
    squares_to(&t, &t, 10);
    mul_to(&a_50, &t, &a_10);
    squares_to(&t, &a_50, 50);
    mul_to(&u, &t, &a_50);      /* 2^100 - 1 */
    squares_to(&t, &u, 100);
    mul_to(&t, &t, &u);         /* 2^200 - 1 */
    squares_to(&t, &t, 50);
    mul_to(&t, &t, &a_50);      /* 2^250 - 1 */
    squares_to(&t, &t, 5);
    mul_to(r, &t, &a_11);       /* 2^255 - 21 = p - 2 */
}

static __attribute__((noinline)) VEC_TARGET void finish_eight(uint8_t out[8][32],
    const fe_vec *numerator, const fe_vec *denominator)
{
    fe_vec t;
    uint64_t words[5][8];
    invert_to(&t, denominator);
    mul_to(&t, &t, numerator);
    EACH_LIMB {
        _mm512_storeu_si512(words[i], t.v[i]);
    }
    vec_clear_registers();
    for (int lane = 0; lane < 8; lane++) {
        const fe x = { { words[0][lane], words[1][lane], words[2][lane], words[3][lane],
            words[4][lane] } };
        fe_to_bytes(out[lane], &x);
    }
}

struct ladder {
    fe_vec x1, x2, z2, x3, z3; /* x1 tight, the others wide */
};

/* portable.c's step, where the lanes of `swap` have (x2, z2) and (x3, z3) exchanged. */
VEC_INLINE void ladder_step(struct ladder *l, __mmask8 swap)
{
    const fe_vec x2 = blend(swap, l->x2, l->x3);
    const fe_vec x3 = blend(swap, l->x3, l->x2);
    const fe_vec z2 = blend(swap, l->z2, l->z3);
    const fe_vec z3 = blend(swap, l->z3, l->z2);
    fe_vec a = vec_carry(vec_add(x2, z2));
    fe_vec b = vec_carry(vec_subtract(x2, z2));
    const fe_vec c = vec_carry(vec_add(x3, z3));
    const fe_vec d = vec_carry(vec_subtract(x3, z3));
    const fe_vec da = vec_mul(d, a);
    const fe_vec cb = vec_mul(c, b);
    l->x3 = square(vec_carry(vec_add(da, cb)));
    l->z3 = vec_mul(vec_carry(square(vec_carry(vec_subtract(da, cb)))), l->x1);
    a = vec_carry(square(a));
    b = vec_carry(square(b));
    l->x2 = vec_mul(a, b);
    const fe_vec e = vec_carry(vec_subtract(a, b));
    l->z2 = vec_mul(e, vec_carry(vec_add(a, mul_a24(e))));
}

VEC_TARGET void x25519_batch8(uint8_t out[8][32], const uint8_t scalar[8][32],
    const uint8_t u[8][32])
{
    uint64_t words[9][8]; /* u's limbs and the scalars' words, lane by lane */
    for (int lane = 0; lane < 8; lane++) {
        fe x;
        uint64_t k[4];
        fe_from_bytes(&x, u[lane]);
        scalar_load(k, scalar[lane]);
        EACH_LIMB {
            words[i][lane] = x.v[i];
        }
        UNROLL(4) for (int i = 0; i < 4; i++) {
            words[5 + i][lane] = k[i];
        }
    }
    struct ladder l;
    EACH_LIMB {
        l.x1.v[i] = _mm512_loadu_si512(words[i]);
        l.x2.v[i] = l.z3.v[i] = vec_set(i == 0);
        l.z2.v[i] = _mm512_setzero_si512();
    }
    l.x3 = l.x1;
    __mmask8 last = 0;
    for (int n = 254; n >= 0; n--) {
        const vec k = _mm512_loadu_si512(words[5 + n / 64]);
        const __mmask8 bit = _mm512_test_epi64_mask(k, vec_set(UINT64_C(1) << (n % 64)));
        ladder_step(&l, (__mmask8)(last ^ bit));
        last = bit;
    }
    /* No last swap: clamping has made bit 0 zero. */
    l.x2 = vec_carry(l.x2);
    l.z2 = vec_carry(l.z2);
    finish_eight(out, &l.x2, &l.z2);
}

struct entry {
    fe_vec difference, sum, product;
};

/* The entries of eight digits. */
VEC_INLINE struct entry select_entry(int row, vec digits)
{
    const __mmask8 negative = _mm512_testn_epi64_mask(digits, vec_set(16));
    const vec index = _mm512_and_si512(
        _mm512_mask_xor_epi64(digits, negative, digits, vec_set(15)), vec_set(15));
    struct entry e;
    EACH_LIMB {
#define PICK(limb) _mm512_permutex2var_epi64( \
    _mm512_load_si512(&x25519_base_table[row][limb][0]), index, \
    _mm512_load_si512(&x25519_base_table[row][limb][8]))
        const vec difference = PICK(i);
        const vec sum = PICK(5 + i);
        const vec product = PICK(10 + i);
#undef PICK
        e.difference.v[i] = _mm512_mask_blend_epi64(negative, difference, sum);
        e.sum.v[i] = _mm512_mask_blend_epi64(negative, sum, difference);
        e.product.v[i] = _mm512_mask_sub_epi64(product, negative, vec_p(i, 1), product);
    }
    return e;
}

struct extended {
    fe_vec x, y, z, t; /* wide */
};

/* The addition of portable.c. */
VEC_INLINE void add_entry(struct extended *p, const struct entry *entry)
{
    const fe_vec a = vec_mul(vec_carry(vec_subtract(p->y, p->x)), entry->difference);
    const fe_vec b = vec_mul(vec_carry(vec_add(p->y, p->x)), entry->sum);
    const fe_vec c = vec_mul(vec_carry(p->t), entry->product);
    const fe_vec d = vec_add(p->z, p->z);
    const fe_vec e = vec_carry(vec_subtract(b, a));
    const fe_vec f = vec_carry(vec_subtract(d, c));
    const fe_vec g = vec_carry(vec_add(d, c));
    const fe_vec h = vec_carry(vec_add(b, a));
    p->x = vec_mul(e, f);
    p->y = vec_mul(g, h);
    p->z = vec_mul(f, g);
    p->t = vec_mul(e, h);
}

VEC_TARGET void x25519_public_batch8(uint8_t out[8][32], const uint8_t scalar[8][32])
{
    uint64_t digits[BASE_ROWS][8];
    for (int lane = 0; lane < 8; lane++) {
        uint64_t words[5];
        base_recode(words, scalar[lane]);
        for (int n = 0; n < BASE_ROWS; n++) {
            digits[n][lane] = base_digit(words, n);
        }
    }
    const fe one = { { 1 } };
    struct extended p = { splat(&x25519_base_start[0]), splat(&x25519_base_start[1]), splat(&one),
        splat(&x25519_base_start[2]) };
    for (int n = 0; n < BASE_ROWS; n++) {
        const struct entry entry = select_entry(n, _mm512_loadu_si512(digits[n]));
        add_entry(&p, &entry);
    }
    const fe_vec u = vec_carry(vec_add(p.z, p.y)); /* RFC 7748, 4.1: u = (1 + y) / (1 - y) */
    const fe_vec v = vec_carry(vec_subtract(p.z, p.y));
    finish_eight(out, &u, &v);
}

#endif
