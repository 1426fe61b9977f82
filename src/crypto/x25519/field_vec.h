/* GF(2^255 - 19) with AVX-512 IFMA: an element per lane, five limbs of 51 bits, each in a vector
 * of VEC_LANES words; whoever includes this sets that to 4 or 8.
 *
 * Limb bounds, by which no sum overflows:
 *   tight  < 2^51 + 2^15: what the multiplier takes, for it reads 52 bits. One of the factors may
 *          come up to 2^52 (a negated entry of the base table).
 *   wide   < 2^60: what a product gives. A column has at most five low halves < 2^52 and, twice,
 *          five high halves <= 2^51; what is folded back by 19 has four and five: 684 * 2^50, and
 *          with the rest < 688 * 2^50 < 2^59.43. With both factors tight, < 2^59.
 * vec_add and vec_subtract do not carry. vec_subtract adds 2^9 p, so that its subtrahend's limbs
 * must be < 2^60 - 2^14. vec_carry makes a tight one of limbs < 2^61.7 (19 (2^10.7 + 1) < 2^15): of
 * the sum or the difference of two wide ones, and of twice a wide one (< 2^60 of tight factors)
 * plus or minus another (< 2^61.1 each).
 *
 * Constant time: no branch and no address depends on a limb; the multiplier's time does not. */
#ifndef CRYPTO_X25519_FIELD_VEC_H
#define CRYPTO_X25519_FIELD_VEC_H

#include "crypto/x25519/field.h"

#include <immintrin.h>

#define VEC_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512ifma,bmi2")))
#define VEC_INLINE static inline __attribute__((always_inline)) VEC_TARGET

#if VEC_LANES == 8
typedef __m512i vec;
#define V(operation) _mm512_##operation
#define VEC_WHOLE(operation) _mm512_##operation##_si512
#define VEC_SET1 _mm512_set1_epi64
#else
typedef __m256i vec;
#define V(operation) _mm256_##operation
#define VEC_WHOLE(operation) _mm256_##operation##_si256
#define VEC_SET1 _mm256_set1_epi64x
#endif

typedef struct {
    vec v[5];
} fe_vec;

VEC_INLINE vec vec_set(uint64_t word)
{
    return VEC_SET1((long long)word);
}

VEC_INLINE fe_vec vec_add(fe_vec a, fe_vec b)
{
    EACH_LIMB {
        a.v[i] = V(add_epi64)(a.v[i], b.v[i]);
    }
    return a;
}

/* The limbs of 2^shift p. */
VEC_INLINE vec vec_p(int limb, int shift)
{
    return vec_set((limb == 0 ? FE_MASK - 18 : FE_MASK) << shift);
}

VEC_INLINE fe_vec vec_subtract(fe_vec a, fe_vec b)
{
    EACH_LIMB {
        a.v[i] = V(sub_epi64)(V(add_epi64)(a.v[i], vec_p(i, 9)), b.v[i]);
    }
    return a;
}

VEC_INLINE fe_vec vec_carry(fe_vec a)
{
    vec carry[5];
    EACH_LIMB {
        carry[i] = V(srli_epi64)(a.v[i], 51);
        a.v[i] = VEC_WHOLE(and)(a.v[i], vec_set(FE_MASK));
    }
    a.v[0] = V(madd52lo_epu64)(a.v[0], carry[4], vec_set(19));
    UNROLL(4) for (int i = 1; i < 5; i++) {
        a.v[i] = V(add_epi64)(a.v[i], carry[i - 1]);
    }
    return a;
}

/* a + 2b. Hidden, for else gcc makes a shift of it, which waits for the multiplier's port. */
VEC_INLINE vec vec_add_twice(vec a, vec b)
{
    a = V(add_epi64)(a, b);
    FE_HIDE("+v", a);
    return V(add_epi64)(a, b);
}

/* The nine columns of a product: low[k] weighs 2^51k, high[k] 2^(51k + 52). */
VEC_INLINE fe_vec vec_fold(const vec low[9], const vec high[9])
{
    fe_vec r;
    vec nineteen = vec_set(19);
    FE_HIDE("+v", nineteen); /* one multiplication, not gcc's shifts and additions */
    UNROLL(5) for (int k = 0; k < 5; k++) {
        const vec top = vec_add_twice(k < 4 ? low[k + 5] : VEC_WHOLE(setzero)(), high[k + 4]);
        r.v[k] = V(add_epi64)(k > 0 ? vec_add_twice(low[k], high[k - 1]) : low[k],
            V(mullo_epi64)(top, nineteen));
    }
    return r;
}

VEC_INLINE fe_vec vec_mul(fe_vec a, fe_vec b)
{
    vec low[9], high[9];
    UNROLL(9) for (int k = 8; k >= 0; k--) {
        low[k] = high[k] = VEC_WHOLE(setzero)();
        EACH_LIMB {
            if (k - i >= 0 && k - i < 5) {
                low[k] = V(madd52lo_epu64)(low[k], a.v[i], b.v[k - i]);
                high[k] = V(madd52hi_epu64)(high[k], a.v[i], b.v[k - i]);
            }
        }
    }
    return vec_fold(low, high);
}

/* Leaves no secret in vector registers, which no call preserves and few overwrite. */
VEC_INLINE void vec_clear_registers(void)
{
#ifndef FE_NO_ASM
#define CLEAR(n) "vpxorq %%xmm" #n ", %%xmm" #n ", %%xmm" #n "\n\t"
    __asm__ volatile("vzeroall\n\t" CLEAR(16) CLEAR(17) CLEAR(18) CLEAR(19) CLEAR(20) CLEAR(21)
        CLEAR(22) CLEAR(23) CLEAR(24) CLEAR(25) CLEAR(26) CLEAR(27) CLEAR(28) CLEAR(29) CLEAR(30)
        CLEAR(31) : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
        "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm16", "xmm17", "xmm18",
        "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28",
        "xmm29", "xmm30", "xmm31");
#undef CLEAR
#endif
}

#endif
