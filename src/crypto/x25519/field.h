/* GF(2^255 - 19) in portable C: five limbs of 51 bits in 64-bit words. RFC 7748, 4.1 and 5.
 *
 * Limb bounds, by which no sum overflows:
 *   loose  every limb < 2^54: what fe_mul, fe_square and fe_to_bytes take
 *   tight  limb 1 < 2^51 + 2^13, the others < 2^51: what they give
 * fe_add and fe_subtract do not carry. Two tight ones add up to limbs < 2^52 + 2^14. fe_subtract
 * adds 4p, so that its subtrahend's limbs must be < 2^53 - 76; from tight or added ones the
 * difference stays < 2^54. In fe_mul a column is at most 77 * 2^108 (one product and four by 19),
 * thus its carry < 2^63.3 fits 64 bits; the last column is at most 5 * 2^108 + 2^64, its carry by
 * 19 plus a limb < 2^63.6; and what that leaves for limb 1 is < 2^13.
 *
 * Constant time: no branch and no address depends on a limb. */
#ifndef CRYPTO_X25519_FIELD_H
#define CRYPTO_X25519_FIELD_H

#include <stdint.h>

__extension__ typedef unsigned __int128 fe_wide;
__extension__ typedef __int128 fe_wide_signed;

typedef struct {
    uint64_t v[5];
} fe;

#define FE_MASK ((UINT64_C(1) << 51) - 1)

/* Hides a value from the optimiser, which else may turn a mask back into a branch.
 * MemorySanitizer takes every operand of an asm for a use, so that it goes without. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define FE_NO_ASM
#endif
#endif
#ifdef FE_NO_ASM
#define FE_HIDE(kind, x) (void)(x)
#else
#define FE_HIDE(kind, x) __asm__("" : kind(x))
#endif

/* Limbs are to stay in registers, at -O2 too: short loops are unrolled. */
#ifdef __clang__
#define UNROLL(n) _Pragma("clang loop unroll(full)")
#else
#define UNROLL_TEXT(text) _Pragma(#text)
#define UNROLL(n) UNROLL_TEXT(GCC unroll n)
#endif
#define FE_INLINE static inline __attribute__((always_inline))
#define EACH_LIMB UNROLL(5) for (int i = 0; i < 5; i++)

/* Little-endian, on any machine; compilers make one load of it. */
static inline uint64_t load64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24
        | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48
        | (uint64_t)p[7] << 56;
}

/* RFC 7748, 5: the top bit is ignored, values from p to 2^255 - 1 are taken as they are. */
static inline void fe_from_bytes(fe *r, const uint8_t bytes[32])
{
    const uint64_t a = load64(bytes);
    const uint64_t b = load64(bytes + 8);
    const uint64_t c = load64(bytes + 16);
    const uint64_t d = load64(bytes + 24);
    r->v[0] = a & FE_MASK;
    r->v[1] = (a >> 51 | b << 13) & FE_MASK;
    r->v[2] = (b >> 38 | c << 26) & FE_MASK;
    r->v[3] = (c >> 25 | d << 39) & FE_MASK;
    r->v[4] = d >> 12 & FE_MASK;
}

static inline void fe_add(fe *r, const fe *a, const fe *b)
{
    EACH_LIMB {
        r->v[i] = a->v[i] + b->v[i];
    }
}

static inline void fe_subtract(fe *r, const fe *a, const fe *b)
{
    r->v[0] = a->v[0] + 4 * (FE_MASK - 18) - b->v[0];
    UNROLL(4) for (int i = 1; i < 5; i++) {
        r->v[i] = a->v[i] + 4 * FE_MASK - b->v[i];
    }
}

static inline void fe_carry(fe *r, fe_wide t0, fe_wide t1, fe_wide t2, fe_wide t3, fe_wide t4)
{
    t1 += (uint64_t)(t0 >> 51);
    t2 += (uint64_t)(t1 >> 51);
    t3 += (uint64_t)(t2 >> 51);
    t4 += (uint64_t)(t3 >> 51);
    const uint64_t low = ((uint64_t)t0 & FE_MASK) + 19 * (uint64_t)(t4 >> 51);
    r->v[0] = low & FE_MASK;
    r->v[1] = ((uint64_t)t1 & FE_MASK) + (low >> 51);
    r->v[2] = (uint64_t)t2 & FE_MASK;
    r->v[3] = (uint64_t)t3 & FE_MASK;
    r->v[4] = (uint64_t)t4 & FE_MASK;
}

/* `r` may be `a` or `b`, here and below. */
FE_INLINE void fe_mul(fe *r, const fe *a, const fe *b)
{
    const fe_wide a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    const uint64_t b0 = b->v[0], b1 = b->v[1], b2 = b->v[2], b3 = b->v[3], b4 = b->v[4];
    const uint64_t c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;
    fe_carry(r, a0 * b0 + a1 * c4 + a2 * c3 + a3 * c2 + a4 * c1,
        a0 * b1 + a1 * b0 + a2 * c4 + a3 * c3 + a4 * c2,
        a0 * b2 + a1 * b1 + a2 * b0 + a3 * c4 + a4 * c3,
        a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + a4 * c4,
        a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0);
}

FE_INLINE void fe_square(fe *r, const fe *a)
{
    const uint64_t a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3], a4 = a->v[4];
    const fe_wide d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3;
    const uint64_t e3 = 19 * a3, e4 = 19 * a4;
    fe_carry(r, (fe_wide)a0 * a0 + d1 * e4 + d2 * e3, d0 * a1 + d2 * e4 + (fe_wide)a3 * e3,
        d0 * a2 + (fe_wide)a1 * a1 + d3 * e4, d0 * a3 + d1 * a2 + (fe_wide)a4 * e4,
        d0 * a4 + d1 * a3 + (fe_wide)a2 * a2);
}

/* `small` < 2^32 */
static inline void fe_mul_small(fe *r, const fe *a, uint64_t small)
{
    const fe_wide k = small;
    fe_carry(r, k * a->v[0], k * a->v[1], k * a->v[2], k * a->v[3], k * a->v[4]);
}

/* Swaps when `bit` is 1. */
static inline void fe_swap(fe *a, fe *b, uint64_t bit)
{
    uint64_t mask = 0 - bit;
    FE_HIDE("+r", mask);
    EACH_LIMB {
        const uint64_t x = (a->v[i] ^ b->v[i]) & mask;
        a->v[i] ^= x;
        b->v[i] ^= x;
    }
}

/* The canonical bytes of a loose one. */
void fe_to_bytes(uint8_t bytes[32], const fe *a);

/* r = 1/a, limbs < 2^53; 0 gives 0. `a` is loose. */
void fe_invert(fe *r, const fe *a);

#endif
