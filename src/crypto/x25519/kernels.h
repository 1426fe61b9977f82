/* The kernels of X25519, to be called through x25519.h alone, which clears the stack after them,
 * and by their tests. `out` may be any of the inputs, but not in a batch. */
#ifndef CRYPTO_X25519_KERNELS_H
#define CRYPTO_X25519_KERNELS_H

#include "crypto/x25519/x25519.h"

/* A kernel's frame is its own, below its caller's, where stack_wipe reaches it. */
#define X25519_KERNEL __attribute__((noinline))

#if X25519_HERE
X25519_KERNEL void x25519_portable(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32]);
X25519_KERNEL void x25519_public_portable(uint8_t out[32], const uint8_t scalar[32]);
#endif

#if X25519_IFMA
X25519_KERNEL void x25519_ifma(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32]);
X25519_KERNEL void x25519_public_ifma(uint8_t out[32], const uint8_t scalar[32]);
X25519_KERNEL void x25519_batch8(uint8_t out[8][32], const uint8_t scalar[8][32],
    const uint8_t u[8][32]);
X25519_KERNEL void x25519_public_batch8(uint8_t out[8][32], const uint8_t scalar[8][32]);
#endif

/* Whether the processor has what the IFMA kernels use, and the system saves its registers. */
bool cpu_has_ifma(void);

/* Overwrites the stack below its caller, where a kernel that has returned kept its secrets; at most
 * STACK_WIPED bytes deep. The batches take more than the others. */
enum { STACK_WIPED = 4096, STACK_WIPED_BATCH = 16384 };
void stack_wipe(void);
void stack_wipe_batch(void);

#endif
