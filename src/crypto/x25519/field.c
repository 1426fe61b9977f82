/* GF(2^255 - 19): canonical bytes, and the inverse. Bounds and constant time: field.h.
 *
 * The inverse is by 590 "divsteps" (Bernstein and Yang, "Fast constant-time gcd computation and
 * modular inversion", 2019, in the half-delta variant, for which 590 steps are proven to suffice
 * for 256-bit inputs): 59 steps at a time on the low words give a 2x2 matrix of entries u, v, q, r
 * with |u| + |v| and |q| + |r| at most 2^59; then the matrix is applied to the whole numbers, ten
 * times. Bounds of that: f and g are signed numbers below 2^256 in limbs of 59 bits, so that a
 * limb times an entry, twice, and a carry stay below 2^120; d and e are field elements whose limbs
 * lie between -2^14 and 2^51 + 2^14, so that a column and a carry stay below 2^112. */
#include "crypto/x25519/field.h"

#include <string.h>

#include "base/ct.h"

#define MASK59 ((UINT64_C(1) << 59) - 1)

enum { STEPS = 59, ROUNDS = 10 };

static void store64(uint8_t *p, uint64_t word)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(word >> 8 * i);
    }
}

void fe_to_bytes(uint8_t bytes[32], const fe *a)
{
    fe t = *a;
    /* The first pass leaves limb 0 < 2^51 + 171, the second one a value below 2^255. */
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 4; i++) {
            t.v[i + 1] += t.v[i] >> 51;
            t.v[i] &= FE_MASK;
        }
        t.v[0] += 19 * (t.v[4] >> 51);
        t.v[4] &= FE_MASK;
    }
    uint64_t above = (t.v[0] + 19) >> 51; /* 1 if the value is p or more, in the end */
    for (int i = 1; i < 5; i++) {
        above = (t.v[i] + above) >> 51;
    }
    t.v[0] += 19 * above;
    for (int i = 0; i < 4; i++) {
        t.v[i + 1] += t.v[i] >> 51;
        t.v[i] &= FE_MASK;
    }
    t.v[4] &= FE_MASK;
    store64(bytes, t.v[0] | t.v[1] << 51);
    store64(bytes + 8, t.v[1] >> 13 | t.v[2] << 38);
    store64(bytes + 16, t.v[2] >> 26 | t.v[3] << 25);
    store64(bytes + 24, t.v[3] >> 39 | t.v[4] << 12);
}

/* What 59 steps do to (f, g): the matrix times 2^59. */
struct matrix {
    int64_t u, v, q, r;
};

/* The steps, on the low words of f and g alone. -2 zeta - 1 is twice the paper's delta. */
static int64_t divsteps(struct matrix *m, int64_t zeta, uint64_t f, uint64_t g)
{
    uint64_t u = 1, v = 0, q = 0, r = 1;
    for (int i = 0; i < STEPS; i++) {
        uint64_t odd = 0 - (g & 1);
        uint64_t swap = (uint64_t)(zeta >> 63) & odd;
        FE_HIDE("+r", odd);
        FE_HIDE("+r", swap);
        const uint64_t g1 = g + (((f & odd) ^ swap) - swap);
        const uint64_t q1 = q + (((u & odd) ^ swap) - swap);
        const uint64_t r1 = r + (((v & odd) ^ swap) - swap);
        f += (g - f) & swap;
        u += (q - u) & swap;
        v += (r - v) & swap;
        zeta = (zeta ^ (int64_t)swap) - 1;
        g = g1 >> 1;
        q = q1;
        r = r1;
        u <<= 1;
        v <<= 1;
    }
    *m = (struct matrix){ (int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r };
    return zeta;
}

/* (f, g) = (u f + v g, q f + r g) / 2^59, which is exact. Out of line, as update_field is: inlined,
 * their 128-bit sums run out of registers. */
static __attribute__((noinline)) void update_numbers(const struct matrix *m, int64_t f[5],
    int64_t g[5])
{
    fe_wide_signed s = ((fe_wide_signed)m->u * f[0] + (fe_wide_signed)m->v * g[0]) >> STEPS;
    fe_wide_signed t = ((fe_wide_signed)m->q * f[0] + (fe_wide_signed)m->r * g[0]) >> STEPS;
    for (int i = 1; i < 5; i++) {
        s += (fe_wide_signed)m->u * f[i] + (fe_wide_signed)m->v * g[i];
        t += (fe_wide_signed)m->q * f[i] + (fe_wide_signed)m->r * g[i];
        f[i - 1] = (int64_t)((uint64_t)s & MASK59);
        g[i - 1] = (int64_t)((uint64_t)t & MASK59);
        s >>= STEPS;
        t >>= STEPS;
    }
    f[4] = (int64_t)s;
    g[4] = (int64_t)t;
}

/* out = x a + y b mod p. The factor 2^59 stays in; it was divided out of e beforehand. */
static __attribute__((noinline)) void update_field(int64_t out[5], int64_t x, const int64_t a[5],
    int64_t y, const int64_t b[5])
{
    fe_wide_signed t = 0;
    for (int i = 0; i < 5; i++) {
        t += (fe_wide_signed)x * a[i] + (fe_wide_signed)y * b[i];
        out[i] = (int64_t)((uint64_t)t & FE_MASK);
        t >>= 51;
    }
    t = t * 19 + out[0];
    out[0] = (int64_t)((uint64_t)t & FE_MASK);
    out[1] += (int64_t)(t >> 51);
}

/* The whole state, in one place to be wiped. */
struct inversion {
    int64_t f[5], g[5], d[5], e[5], next[5];
    struct matrix m;
    uint8_t bytes[32];
};

static void inversion_begin(struct inversion *n, const fe *a)
{
    static const int64_t p[5] = { 0x7ffffffffffffed, 0x7ffffffffffffff, 0x7ffffffffffffff,
        0x7ffffffffffffff, 0x7ffff };
    static const int64_t power[5] = { 0x19e2375022099, 0x7e3a264b2b41f, 0x6b1490aa31a3c,
        0x30ab636449c02, 0x276508b241770 }; /* 2^-590 mod p */
    memcpy(n->f, p, sizeof p);
    memset(n->d, 0, sizeof n->d);
    memcpy(n->e, power, sizeof power);
    fe_to_bytes(n->bytes, a);
    const uint64_t w0 = load64(n->bytes);
    const uint64_t w1 = load64(n->bytes + 8);
    const uint64_t w2 = load64(n->bytes + 16);
    const uint64_t w3 = load64(n->bytes + 24);
    n->g[0] = (int64_t)(w0 & MASK59);
    n->g[1] = (int64_t)((w0 >> 59 | w1 << 5) & MASK59);
    n->g[2] = (int64_t)((w1 >> 54 | w2 << 10) & MASK59);
    n->g[3] = (int64_t)((w2 >> 49 | w3 << 15) & MASK59);
    n->g[4] = (int64_t)(w3 >> 44);
}

void fe_invert(fe *r, const fe *a)
{
    struct inversion n;
    inversion_begin(&n, a);
    int64_t zeta = -1;
    for (int round = 0; round < ROUNDS; round++) {
        zeta = divsteps(&n.m, zeta, (uint64_t)n.f[0], (uint64_t)n.g[0]);
        update_numbers(&n.m, n.f, n.g);
        update_field(n.next, n.m.u, n.d, n.m.v, n.e);
        update_field(n.e, n.m.q, n.d, n.m.r, n.e);
        memcpy(n.d, n.next, sizeof n.d);
    }
    /* f is 1 or -1, and d that times the inverse: 2p is added to keep the limbs positive. */
    const int64_t sign = n.f[4] >> 63;
    for (int i = 0; i < 5; i++) {
        r->v[i] = (uint64_t)((n.d[i] ^ sign) - sign) + 2 * (i == 0 ? FE_MASK - 18 : FE_MASK);
    }
    wipe(&n, sizeof n);
}
