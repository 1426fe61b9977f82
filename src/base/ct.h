/* Constant time: what secrets are compared and wiped with. */
#ifndef BASE_CT_H
#define BASE_CT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether two secrets of `length` bytes are equal; the time depends on `length` alone. */
bool ct_equal(const uint8_t *a, const uint8_t *b, size_t length);

/* Whether all `length` bytes are zero; the time depends on `length` alone. */
bool ct_is_zero(const uint8_t *a, size_t length);

/* 0xff if a byte is zero, else 0; and `out` becomes `in` where the mask is 0xff, and stays where it
 * is 0. Neither's time depends on the values. */
uint8_t ct_zero_mask(uint8_t value);
void ct_take(uint8_t mask, const uint8_t *in, uint8_t *out, size_t length);

/* Overwrites `length` bytes with zeros; never optimised away. NULL with 0 is fine. */
void wipe(void *memory, size_t length);

#endif
