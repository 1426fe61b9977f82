/* Constant-time comparison and wiping. */
#include "base/ct.h"

#include <string.h>

/* Hides a value's origin from the optimiser, so that it cannot turn the loop into an early exit. */
static inline uint8_t opaque(uint8_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

bool ct_equal(const uint8_t *a, const uint8_t *b, size_t length)
{
    uint8_t difference = 0;
    for (size_t i = 0; i < length; i++) {
        difference = opaque((uint8_t)(difference | (a[i] ^ b[i])));
    }
    return difference == 0;
}

bool ct_is_zero(const uint8_t *a, size_t length)
{
    uint8_t any = 0;
    for (size_t i = 0; i < length; i++) {
        any = opaque((uint8_t)(any | a[i]));
    }
    return any == 0;
}

uint8_t ct_zero_mask(uint8_t value)
{
    /* 0 - 1 borrows from the bits above the byte, and nothing else does. */
    return opaque((uint8_t)(((unsigned)value - 1) >> 8));
}

void ct_take(uint8_t mask, const uint8_t *in, uint8_t *out, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        out[i] = (uint8_t)(out[i] ^ (opaque(mask) & (in[i] ^ out[i])));
    }
}

void wipe(void *memory, size_t length)
{
    if (length > 0) {
        memset(memory, 0, length);
        __asm__ volatile("" : : "r"(memory) : "memory");
    }
}
