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

/* Overwrites `length` bytes with zeros; never optimised away. NULL with 0 is fine. */
void wipe(void *memory, size_t length);

#endif
