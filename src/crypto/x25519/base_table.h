/* The multiples of the base point that key generation adds up, on the Edwards form of Curve25519
 * (RFC 7748, 4.1: edwards25519, birationally equivalent).
 *
 * Row i, entry j is (2j + 1) 32^i B as (y - x, y + x, 2dxy), each canonical in limbs of 51 bits.
 * The entries of a limb lie side by side, limb l of coordinate c in x25519_base_table[i][5c + l],
 * so that one permutation in registers picks one limb of an entry. All digits are odd: none is
 * zero, and a negative one costs a swap of the first two coordinates.
 *
 * tools/x25519-table writes base_table.def. */
#ifndef CRYPTO_X25519_BASE_TABLE_H
#define CRYPTO_X25519_BASE_TABLE_H

#include "crypto/x25519/field.h"

enum { BASE_ROWS = 51, BASE_ENTRIES = 16, BASE_LIMBS = 15 };

extern const uint64_t x25519_base_table[BASE_ROWS][BASE_LIMBS][BASE_ENTRIES];

/* -B, where the sum begins: x, y, xy. */
extern const fe x25519_base_start[3];

/* The scalar's words, clamped (RFC 7748, 5: decodeScalar25519). */
static inline void scalar_load(uint64_t words[4], const uint8_t scalar[32])
{
    words[0] = load64(scalar) & ~UINT64_C(7);
    words[1] = load64(scalar + 8);
    words[2] = load64(scalar + 16);
    words[3] = (load64(scalar + 24) & ~UINT64_C(0) >> 1) | UINT64_C(1) << 62;
}

/* words = k/2 + 2^254 for the clamped scalar k. Then k + 1 is the sum of (2 d - 31) 32^i over the
 * 51 digits d of five bits, for 31 (32^51 - 1) / 31 = 2^255 - 1. Beginning at -B gives k B. */
static inline void base_recode(uint64_t words[5], const uint8_t scalar[32])
{
    uint64_t k[4];
    scalar_load(k, scalar);
    words[0] = k[0] >> 1 | k[1] << 63;
    words[1] = k[1] >> 1 | k[2] << 63;
    words[2] = k[2] >> 1 | k[3] << 63;
    words[3] = k[3] >> 1 | UINT64_C(1) << 62;
    words[4] = 0;
}

/* Digit `i`, which is public. From 16: positive, entry d - 16; below: negative, entry 15 - d. */
static inline uint64_t base_digit(const uint64_t words[5], int i)
{
    const int word = 5 * i / 64;
    const int shift = 5 * i % 64;
    return (words[word] >> shift | (words[word + 1] << 1) << (63 - shift)) & 31;
}

#endif
