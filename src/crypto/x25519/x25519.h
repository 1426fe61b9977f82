/* X25519 (RFC 7748, 5 and 6.1), our own. What it is for: libcrypto needs 40 us to make a key and 35
 * to use it, and together that is most of a handshake.
 *
 * Three kernels give the same bytes: portable C, AVX-512 IFMA for one operation, and IFMA for eight
 * at once. Which is taken is settled once, by what the processor has and the system saves (CPUID,
 * XCR0). All are in constant time, and leave no secret on the stack or in vector registers. */
#ifndef CRYPTO_X25519_X25519_H
#define CRYPTO_X25519_X25519_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/provider.h"

/* Whether there is portable code for this machine at all: it wants 128-bit integers. */
#ifdef __SIZEOF_INT128__
#define X25519_HERE 1
#else
#define X25519_HERE 0
#endif
#if X25519_HERE && defined(__x86_64__) && !defined(X25519_PORTABLE)
#define X25519_IFMA 1
#else
#define X25519_IFMA 0
#endif

/* Whether the default provider takes it: -Dx25519=libcrypto builds without. */
#if X25519_HERE && !defined(X25519_LIBCRYPTO)
#define X25519_OURS 1
#else
#define X25519_OURS 0
#endif

enum { X25519_SIZE = 32, X25519_LANES = 8 };

/* ---- For the provider ---- */

/* The entry of NamedGroup x25519 (RFC 9846, 4.3.8.2); like every group's it takes the private key
 * from `random` as it is. */
extern const struct group x25519_group;

/* The public key of a private one: X25519(private_key, 9). */
void x25519_public(uint8_t out[32], const uint8_t private_key[32]);

/* out = X25519(scalar, u). False, and `out` all zero: u has a small order (RFC 7748, 6.1). */
bool x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32]);

/* The same for `count` operations, at most X25519_LANES, together where that is faster. Nothing is
 * said of small orders: their results are all zero. `out` may not overlap the others. */
void x25519_public_batch(uint8_t out[][32], const uint8_t private_key[][32], size_t count);
void x25519_batch(uint8_t out[][32], const uint8_t scalar[][32], const uint8_t u[][32],
    size_t count);

/* ---- For tests ---- */

enum x25519_kernel { X25519_AUTO, X25519_PORTABLE_KERNEL, X25519_IFMA_KERNEL };

/* Whether this processor can run it. */
bool x25519_can(enum x25519_kernel kernel);

/* From now on this one is taken, in every thread; false: it cannot run here. */
bool x25519_force(enum x25519_kernel kernel);

/* What is taken: "portable" or "avx512-ifma". */
const char *x25519_kernel_name(void);

#endif
