/* X25519 in portable C: the ladder of RFC 7748, 5, and public keys by the table of base_table.h.
 *
 * Every field element is tight or the sum or difference of two such (field.h), so that all factors
 * are loose. Constant time: the loops' bounds are constants; bits of the scalar become masks. */
#include "crypto/x25519/kernels.h"

#if X25519_HERE

#include "crypto/x25519/base_table.h"

/* RFC 7748, 5: a24 */
enum { A24 = 121665 };

/* Out of line, where a call costs nothing beside the size of a copy: not in the ladder. */
static __attribute__((noinline)) void product(fe *r, const fe *a, const fe *b)
{
    fe_mul(r, a, b);
}

struct ladder {
    fe x1, x2, z2, x3, z3;
};

/* One differential addition and doubling; names as in RFC 7748, 5. */
static inline void ladder_step(struct ladder *l)
{
    fe a, b, c, d, e;
    fe_add(&a, &l->x2, &l->z2);
    fe_subtract(&b, &l->x2, &l->z2);
    fe_add(&c, &l->x3, &l->z3);
    fe_subtract(&d, &l->x3, &l->z3);
    fe_mul(&d, &d, &a);
    fe_mul(&c, &c, &b);
    fe_square(&a, &a);
    fe_square(&b, &b);
    fe_add(&l->x3, &d, &c);
    fe_subtract(&l->z3, &d, &c);
    fe_square(&l->x3, &l->x3);
    fe_square(&l->z3, &l->z3);
    fe_mul(&l->z3, &l->z3, &l->x1);
    fe_subtract(&e, &a, &b);
    fe_mul(&l->x2, &a, &b);
    fe_mul_small(&b, &e, A24);
    fe_add(&b, &b, &a);
    fe_mul(&l->z2, &e, &b);
}

void x25519_portable(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32])
{
    uint64_t k[4];
    scalar_load(k, scalar);
    struct ladder l = { .x2 = { { 1 } }, .z3 = { { 1 } } };
    fe_from_bytes(&l.x1, u);
    l.x3 = l.x1;
    uint64_t last = 0;
    for (int i = 254; i >= 0; i--) {
        const uint64_t bit = k[i / 64] >> (i % 64) & 1;
        fe_swap(&l.x2, &l.x3, last ^ bit);
        fe_swap(&l.z2, &l.z3, last ^ bit);
        last = bit;
        ladder_step(&l);
    }
    /* No last swap: clamping has made bit 0 zero. */
    fe_invert(&l.z2, &l.z2);
    product(&l.x2, &l.x2, &l.z2);
    fe_to_bytes(out, &l.x2);
}

/* An entry of the table: y - x, y + x, 2dxy. */
struct entry {
    fe difference, sum, product;
};

/* Reads the whole row, whatever the digit. */
static inline void select_entry(struct entry *entry, int row, uint64_t digit)
{
    const uint64_t negative = (digit >> 4) - 1;
    const uint64_t index = (digit ^ negative) & 15;
    uint64_t mask[BASE_ENTRIES];
    for (uint64_t j = 0; j < BASE_ENTRIES; j++) {
        mask[j] = 0 - (((j ^ index) - 1) >> 63);
        FE_HIDE("+r", mask[j]);
    }
    uint64_t limbs[BASE_LIMBS];
    for (int l = 0; l < BASE_LIMBS; l++) {
        limbs[l] = 0;
        for (int j = 0; j < BASE_ENTRIES; j++) {
            limbs[l] |= x25519_base_table[row][l][j] & mask[j];
        }
    }
    for (int l = 0; l < 5; l++) {
        entry->difference.v[l] = limbs[l];
        entry->sum.v[l] = limbs[5 + l];
        entry->product.v[l] = limbs[10 + l];
    }
    /* -(x, y) = (-x, y) */
    fe_swap(&entry->difference, &entry->sum, negative & 1);
    const fe zero = { { 0 } };
    fe minus;
    fe_subtract(&minus, &zero, &entry->product);
    fe_swap(&entry->product, &minus, negative & 1);
}

struct extended {
    fe x, y, z, t;
};

/* Hisil, Wong, Carter, Dawson, "Twisted Edwards curves revisited" (2008), 3.1, with a = -1 and the
 * second point's z = 1: complete, so that no case stands apart. */
static inline void add_entry(struct extended *p, const struct entry *entry)
{
    fe a, b, c, d, e, f, g, h;
    fe_subtract(&a, &p->y, &p->x);
    product(&a, &a, &entry->difference);
    fe_add(&b, &p->y, &p->x);
    product(&b, &b, &entry->sum);
    product(&c, &p->t, &entry->product);
    fe_add(&d, &p->z, &p->z);
    fe_subtract(&e, &b, &a);
    fe_subtract(&f, &d, &c);
    fe_add(&g, &d, &c);
    fe_add(&h, &b, &a);
    product(&p->x, &e, &f);
    product(&p->y, &g, &h);
    product(&p->z, &f, &g);
    product(&p->t, &e, &h);
}

void x25519_public_portable(uint8_t out[32], const uint8_t scalar[32])
{
    uint64_t words[5];
    base_recode(words, scalar);
    struct extended p = { x25519_base_start[0], x25519_base_start[1], { { 1 } },
        x25519_base_start[2] };
    for (int i = 0; i < BASE_ROWS; i++) {
        struct entry entry;
        select_entry(&entry, i, base_digit(words, i));
        add_entry(&p, &entry);
    }
    /* RFC 7748, 4.1: u = (1 + y) / (1 - y) */
    fe u, v;
    fe_add(&u, &p.z, &p.y);
    fe_subtract(&v, &p.z, &p.y);
    fe_invert(&v, &v);
    product(&u, &u, &v);
    fe_to_bytes(out, &u);
}

#endif
