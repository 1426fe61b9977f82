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

void wipe(void *memory, size_t length)
{
    if (length > 0) {
        memset(memory, 0, length);
        __asm__ volatile("" : : "r"(memory) : "memory");
    }
}
