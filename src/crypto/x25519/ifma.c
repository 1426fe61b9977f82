/* One X25519 with AVX-512 IFMA: the four independent products of a ladder step, or of an addition
 * on the Edwards curve, in the four lanes of a vector. RFC 7748, 4.1 and 5; bounds: field_vec.h.
 *
 * Every factor has gone through vec_carry, or is a limb of a public table or of u. Constant time:
 * the scalar chooses lanes and entries by permutations within registers. */
#include "crypto/x25519/kernels.h"

#if X25519_IFMA

#define VEC_LANES 4
#include "base/ct.h"
#include "crypto/x25519/base_table.h"
#include "crypto/x25519/field_vec.h"

/* Lanes a, b, c, d of x, by name. */
#define LANES(a, b, c, d) ((a) | (b) << 2 | (c) << 4 | (d) << 6)
#define PERMUTE(x, a, b, c, d) permuted(x, LANES(a, b, c, d))
#define permuted(x, lanes) \
    (fe_vec){ { _mm256_permute4x64_epi64((x).v[0], lanes), \
        _mm256_permute4x64_epi64((x).v[1], lanes), _mm256_permute4x64_epi64((x).v[2], lanes), \
        _mm256_permute4x64_epi64((x).v[3], lanes), _mm256_permute4x64_epi64((x).v[4], lanes) } }

VEC_INLINE vec vec_lanes(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    return _mm256_setr_epi64x((long long)a, (long long)b, (long long)c, (long long)d);
}

/* p + q in the lanes `add`, p - q in the lanes `subtract`, p in the others; tight. */
VEC_INLINE fe_vec combine(fe_vec p, fe_vec q, __mmask8 add, __mmask8 subtract)
{
    EACH_LIMB {
        const vec t = _mm256_add_epi64(p.v[i], _mm256_maskz_mov_epi64(subtract, vec_p(i, 9)));
        p.v[i] = _mm256_mask_sub_epi64(_mm256_mask_add_epi64(t, add, t, q.v[i]), subtract, t,
            q.v[i]);
    }
    return vec_carry(p);
}

VEC_INLINE void get_lane(fe *r, const fe_vec *a, int lane)
{
    EACH_LIMB {
        uint64_t words[4];
        _mm256_storeu_si256((__m256i *)(void *)words, a->v[i]);
        r->v[i] = words[lane];
    }
}

/* One ladder step on s = (x2, z2, x3, z3), wide; `x1` in every lane. With the names of RFC 7748, 5:
 * AA = A^2, BB = B^2, E = AA - BB. */
VEC_INLINE fe_vec ladder_step(fe_vec s, fe_vec x1, vec swap)
{
    const vec ip = _mm256_xor_si256(vec_lanes(0, 0, 2, 2), swap);
    const vec iq = _mm256_xor_si256(vec_lanes(1, 1, 3, 3), swap);
    fe_vec p, q, a24;
    EACH_LIMB {
        p.v[i] = _mm256_permutexvar_epi64(ip, s.v[i]);
        q.v[i] = _mm256_permutexvar_epi64(iq, s.v[i]);
        a24.v[i] = vec_lanes(0, i == 0 ? 121665 : 0, 0, 0);
    }
    fe_vec h = combine(p, q, 0x5, 0xa);               /* A, B, C, D */
    fe_vec v = vec_mul(h, PERMUTE(h, 0, 1, 1, 0));    /* AA, BB, CB, DA */
    q = PERMUTE(v, 1, 1, 2, 2);
    h = combine(PERMUTE(v, 0, 0, 3, 3), q, 0x4, 0xa); /* AA, E, DA + CB, DA - CB */
    fe_vec w;
    EACH_LIMB {
        w.v[i] = _mm256_maskz_mov_epi64(0x1, q.v[i]);
    }
    w = vec_carry(w);
    EACH_LIMB { /* BB, a24, DA + CB, DA - CB */
        w.v[i] = _mm256_or_si256(_mm256_mask_mov_epi64(w.v[i], 0xc, h.v[i]), a24.v[i]);
    }
    v = vec_mul(h, w);                                /* x2, a24 E, x3, (DA - CB)^2 */
    q = PERMUTE(h, 0, 0, 2, 2);
    EACH_LIMB { /* lane 1: AA + a24 E */
        w.v[i] = _mm256_mask_add_epi64(v.v[i], 0x2, v.v[i], q.v[i]);
        h.v[i] = _mm256_mask_mov_epi64(h.v[i], 0x8, x1.v[i]);
    }
    w = vec_mul(h, vec_carry(w));                     /* lanes 1 and 3: z2, z3 */
    EACH_LIMB {
        s.v[i] = _mm256_mask_mov_epi64(v.v[i], 0xa, w.v[i]);
    }
    return s;
}

/* out = numerator / denominator; the lanes of vector registers are cleared. */
static __attribute__((noinline)) VEC_TARGET void finish_one(uint8_t out[32], fe *numerator,
    fe *denominator)
{
    vec_clear_registers();
    fe_invert(denominator, denominator);
    fe_mul(numerator, numerator, denominator);
    fe_to_bytes(out, numerator);
}

VEC_TARGET void x25519_ifma(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32])
{
    uint64_t k[4];
    scalar_load(k, scalar);
    fe x;
    fe_from_bytes(&x, u);
    fe_vec s, x1;
    EACH_LIMB {
        const uint64_t one = i == 0;
        s.v[i] = vec_lanes(one, 0, x.v[i], one);
        x1.v[i] = vec_set(x.v[i]);
    }
    uint64_t last = 0;
    for (int n = 254; n >= 0; n--) {
        const uint64_t bit = k[n / 64] >> (n % 64) & 1;
        s = ladder_step(s, x1, vec_set((last ^ bit) << 1));
        last = bit;
    }
    /* No last swap: clamping has made bit 0 zero. */
    s = vec_carry(s);
    fe z;
    get_lane(&x, &s, 0);
    get_lane(&z, &s, 1);
    finish_one(out, &x, &z);
}

/* The entry of a digit: y - x, y + x, 2dxy and, for twice the z, 2. Limbs of a negated 2dxy are
 * below 2^52. By halves of a row, in registers of 256 bits: while wider ones are in use, some
 * processors multiply at half their speed. */
VEC_INLINE fe_vec select_entry(int row, uint64_t digit)
{
    const uint64_t negative = (digit >> 4) - 1;
    const uint64_t chosen = (digit ^ negative) & 15;
    const vec index = vec_set(chosen & 7);
    const __mmask8 upper = (__mmask8)(0 - (chosen >> 3));
    const __mmask8 negate = (__mmask8)(negative & 4);
    const vec order = vec_lanes(negative & 1, (negative & 1) ^ 1, 2, 3);
    fe_vec e;
    EACH_LIMB {
#define FOUR(limb, at) \
    _mm256_load_si256((const vec *)(const void *)&x25519_base_table[row][limb][at])
#define HALF(limb, at) _mm256_permutex2var_epi64(FOUR(limb, at), index, FOUR(limb, (at) + 4))
#define PICK(limb) _mm256_mask_mov_epi64(HALF(limb, 0), upper, HALF(limb, 8))
        vec t = vec_lanes(0, 0, 0, i == 0 ? 2 : 0);
        t = _mm256_mask_mov_epi64(t, 0x1, PICK(i));
        t = _mm256_mask_mov_epi64(t, 0x2, PICK(5 + i));
        t = _mm256_mask_mov_epi64(t, 0x4, PICK(10 + i));
#undef PICK
#undef HALF
#undef FOUR
        t = _mm256_permutexvar_epi64(order, t);
        e.v[i] = _mm256_mask_sub_epi64(t, negate, vec_p(i, 1), t);
    }
    return e;
}

/* The addition of portable.c; s = (x, y, z, t), wide. */
VEC_INLINE fe_vec add_entry(fe_vec s, fe_vec e)
{
    fe_vec h = combine(PERMUTE(s, 1, 1, 3, 2), PERMUTE(s, 0, 0, 0, 0), 0x2, 0x1);
    s = vec_mul(h, e);                                                         /* A, B, C, D */
    h = combine(PERMUTE(s, 1, 3, 3, 1), PERMUTE(s, 0, 2, 2, 0), 0x2, 0xd);     /* E, G, F, E */
    const fe_vec w
        = combine(PERMUTE(s, 3, 1, 3, 1), PERMUTE(s, 2, 0, 2, 0), 0xe, 0x1);   /* F, H, G, H */
    return vec_mul(h, w);                                                      /* x, y, z, t */
}

VEC_TARGET void x25519_public_ifma(uint8_t out[32], const uint8_t scalar[32])
{
    uint64_t words[5];
    base_recode(words, scalar);
    fe_vec s;
    EACH_LIMB {
        s.v[i] = vec_lanes(x25519_base_start[0].v[i], x25519_base_start[1].v[i], i == 0,
            x25519_base_start[2].v[i]);
    }
    for (int n = 0; n < BASE_ROWS; n++) {
        s = add_entry(s, select_entry(n, base_digit(words, n)));
    }
    s = vec_carry(s);
    fe y, z, u, v;
    get_lane(&y, &s, 1);
    get_lane(&z, &s, 2);
    fe_add(&u, &z, &y); /* RFC 7748, 4.1: u = (1 + y) / (1 - y) */
    fe_subtract(&v, &z, &y);
    finish_one(out, &u, &v);
}

#endif
