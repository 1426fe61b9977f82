/* Every kernel of X25519 gives what the portable one gives, for any scalar and any u; and that goes
 * both ways round: the shared secret of two keys is one. Input: scalars and points of 32 bytes, by
 * turns, repeated to fill eight lanes. */
#include "crypto/x25519/kernels.h"

#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#if X25519_HERE

struct lanes {
    uint8_t bytes[8][32];
};

#if X25519_IFMA
static void compare(const struct lanes *scalars, const struct lanes *points)
{
    struct lanes shared, keys;
    x25519_batch8(shared.bytes, scalars->bytes, points->bytes);
    x25519_public_batch8(keys.bytes, scalars->bytes);
    for (size_t i = 0; i < 8; i++) {
        uint8_t expected[32], out[32];
        x25519_portable(expected, scalars->bytes[i], points->bytes[i]);
        x25519_ifma(out, scalars->bytes[i], points->bytes[i]);
        REQUIRE(memcmp(out, expected, 32) == 0);
        REQUIRE(memcmp(shared.bytes[i], expected, 32) == 0);
        x25519_public_portable(expected, scalars->bytes[i]);
        x25519_public_ifma(out, scalars->bytes[i]);
        REQUIRE(memcmp(out, expected, 32) == 0);
        REQUIRE(memcmp(keys.bytes[i], expected, 32) == 0);
    }
}
#endif

/* Alice's and Bob's; the table and the ladder, which share no formula. */
static void agree(const uint8_t *alice, const uint8_t *bob)
{
    static const uint8_t nine[32] = { 9 };
    uint8_t a[32], b[32], ab[32], ba[32];
    x25519_public_portable(a, alice);
    x25519_portable(ab, alice, nine);
    REQUIRE(memcmp(a, ab, 32) == 0);
    x25519_public_portable(b, bob);
    x25519_portable(ab, alice, b);
    x25519_portable(ba, bob, a);
    REQUIRE(memcmp(ab, ba, 32) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lanes scalars, points;
    if (size == 0) {
        return 0;
    }
    for (size_t i = 0; i < 8; i++) {
        for (size_t j = 0; j < 32; j++) {
            scalars.bytes[i][j] = data[(64 * i + j) % size];
            points.bytes[i][j] = data[(64 * i + 32 + j) % size];
        }
    }
    agree(scalars.bytes[0], scalars.bytes[1]);
#if X25519_IFMA
    if (x25519_can(X25519_IFMA_KERNEL)) {
        compare(&scalars, &points);
    }
#endif
    return 0;
}

#else

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    return 0;
}

#endif
