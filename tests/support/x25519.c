/* HANDFAST_X25519=portable or avx512-ifma makes any test take that kernel of X25519. The library
 * itself reads no environment. */
#include "crypto/x25519/x25519.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if X25519_HERE

static __attribute__((constructor)) void take_kernel(void)
{
    const char *wanted = getenv("HANDFAST_X25519");
    if (wanted == NULL || wanted[0] == '\0') {
        return;
    }
    const enum x25519_kernel kernel = strcmp(wanted, "portable") == 0 ? X25519_PORTABLE_KERNEL
        : strcmp(wanted, "avx512-ifma") == 0 ? X25519_IFMA_KERNEL : X25519_AUTO;
    if (kernel == X25519_AUTO || !x25519_force(kernel)) {
        (void)fprintf(stderr, "HANDFAST_X25519: no kernel \"%s\" on this processor\n", wanted);
        exit(2);
    }
}

#endif
