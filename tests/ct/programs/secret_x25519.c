/* Runs each kernel of X25519 with scalars that a tool holds for undefined, so that the tool reports
 * every branch and every address that depends on one: valgrind's memcheck, or clang's
 * MemorySanitizer. tests/project/test_constant_time.py runs it.
 *
 *     secret_x25519 KERNEL     portable, ifma, batch8; leak-branch, leak-address: planted leaks
 */
#include <stdio.h>
#include <string.h>

#include "crypto/x25519/kernels.h"

#include "secret.h"

#if X25519_HERE && defined(WITH_TOOL)

static uint8_t scalars[8][32];
static uint8_t points[8][32];
static uint8_t shared[8][32];
static uint8_t keys[8][32];
static volatile const uint8_t table[256];
static volatile unsigned sink;

static bool run(const char *kernel)
{
    if (strcmp(kernel, "portable") == 0) {
        x25519_portable(shared[0], scalars[0], points[0]);
        x25519_public_portable(keys[0], scalars[0]);
#if X25519_IFMA
    } else if (strcmp(kernel, "ifma") == 0) {
        x25519_ifma(shared[0], scalars[0], points[0]);
        x25519_public_ifma(keys[0], scalars[0]);
    } else if (strcmp(kernel, "batch8") == 0) {
        x25519_batch8(shared, (const uint8_t(*)[32])scalars, (const uint8_t(*)[32])points);
        x25519_public_batch8(keys, (const uint8_t(*)[32])scalars);
#endif
    } else if (strcmp(kernel, "leak-branch") == 0) {
        memcpy(shared, scalars, sizeof shared);
        memcpy(keys, scalars, sizeof keys);
        if (scalars[0][1] > 100) {
            sink = 1;
        }
    } else if (strcmp(kernel, "leak-address") == 0) {
        memcpy(shared, scalars, sizeof shared);
        memcpy(keys, scalars, sizeof keys);
        sink = table[scalars[0][1]];
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *kernel = argc > 1 ? argv[1] : "";
    memset(scalars, 0x77, sizeof scalars);
    memset(points, 9, sizeof points);
    SECRET(scalars, sizeof scalars);
    if (!run(kernel)) {
        (void)fprintf(stderr, "no kernel \"%s\"\n", kernel);
        return 2;
    }
    /* Else the tool has lost sight of the secret on its way. */
    const bool seen = IS_SECRET(shared[0], 32) && IS_SECRET(keys[0], 32);
    PUBLIC(shared, sizeof shared);
    PUBLIC(keys, sizeof keys);
    (void)printf("%s: %s\n", kernel, seen ? "the results are secret" : "the results are public");
    return 0;
}

#else

int main(void)
{
    (void)puts("no tool: built without valgrind/memcheck.h or MemorySanitizer");
    return 3;
}

#endif
