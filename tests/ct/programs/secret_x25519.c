/* Runs each kernel of X25519 with scalars that a tool holds for undefined, so that the tool reports
 * every branch and every address that depends on one: valgrind's memcheck, or clang's
 * MemorySanitizer. tests/project/test_constant_time.py runs it.
 *
 *     secret_x25519 KERNEL     portable, ifma, batch8; leak-branch, leak-address: planted leaks
 */
#include <stdio.h>
#include <string.h>

#include "crypto/x25519/kernels.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define WITH_MSAN
#endif
#endif

#if defined(WITH_MSAN)
#include <sanitizer/msan_interface.h>
#define SECRET(memory, size) __msan_poison(memory, size)
#define PUBLIC(memory, size) __msan_unpoison(memory, size)
#define IS_SECRET(memory, size) (__msan_test_shadow(memory, size) >= 0)
#elif defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define SECRET(memory, size) (void)VALGRIND_MAKE_MEM_UNDEFINED(memory, size)
#define PUBLIC(memory, size) (void)VALGRIND_MAKE_MEM_DEFINED(memory, size)
#define IS_SECRET(memory, size) (VALGRIND_GET_VBITS(memory, shadow, size) == 1 && any(shadow, size))
#define WITH_MEMCHECK
#endif
#endif

#if X25519_HERE && (defined(WITH_MSAN) || defined(WITH_MEMCHECK))

#ifdef WITH_MEMCHECK
static uint8_t shadow[256];

static bool any(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return true;
        }
    }
    return false;
}
#endif

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
