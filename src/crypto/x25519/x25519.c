/* Which kernel of X25519 is taken, the clearing after it, and the provider's entry. RFC 7748, 5 and
 * 6.1; RFC 9846, 4.3.8.2 and 7.4.2.
 *
 * Invariants: `chosen` changes from "not known" to a kernel once, and any thread that finds it
 * unknown writes the same; kernels are called through `cleared` alone. */
#include "crypto/x25519/x25519.h"

#include <stdatomic.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/x25519/kernels.h"

#if X25519_HERE

/* Asking the processor costs 30 us on some virtual machines, hence once. */
static _Atomic int chosen = X25519_AUTO;

X25519_KERNEL void stack_wipe(void)
{
    uint8_t dead[STACK_WIPED];
    wipe(dead, sizeof dead);
}

X25519_KERNEL void stack_wipe_batch(void)
{
    uint8_t dead[STACK_WIPED_BATCH];
    wipe(dead, sizeof dead);
}

bool x25519_can(enum x25519_kernel kernel)
{
    return kernel != X25519_IFMA_KERNEL || cpu_has_ifma();
}

bool x25519_force(enum x25519_kernel kernel)
{
    if (!x25519_can(kernel)) {
        return false;
    }
    atomic_store_explicit(&chosen, (int)kernel, memory_order_relaxed);
    return true;
}

static bool with_ifma(void)
{
    int kernel = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (kernel == X25519_AUTO) {
        kernel = cpu_has_ifma() ? X25519_IFMA_KERNEL : X25519_PORTABLE_KERNEL;
        atomic_store_explicit(&chosen, kernel, memory_order_relaxed);
    }
    return kernel == X25519_IFMA_KERNEL;
}

const char *x25519_kernel_name(void)
{
    return with_ifma() ? "avx512-ifma" : "portable";
}

void x25519_public(uint8_t out[32], const uint8_t private_key[32])
{
#if X25519_IFMA
    if (with_ifma()) {
        x25519_public_ifma(out, private_key);
        stack_wipe();
        return;
    }
#endif
    x25519_public_portable(out, private_key);
    stack_wipe();
}

static void multiply(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32])
{
#if X25519_IFMA
    if (with_ifma()) {
        x25519_ifma(out, scalar, u);
        return;
    }
#endif
    x25519_portable(out, scalar, u);
}

bool x25519(uint8_t out[32], const uint8_t scalar[32], const uint8_t u[32])
{
    multiply(out, scalar, u);
    stack_wipe();
    return !ct_is_zero(out, X25519_SIZE);
}

/* Eight lanes take as long for one as for eight: about three and a half public keys, or four shared
 * secrets, of the kernel for one. */
enum { PUBLIC_BATCH_PAYS = 4, BATCH_PAYS = 5 };

void x25519_public_batch(uint8_t out[][32], const uint8_t private_key[][32], size_t count)
{
#if X25519_IFMA
    if (count >= PUBLIC_BATCH_PAYS && with_ifma()) {
        uint8_t keys[X25519_LANES][32] = { { 0 } }; /* idle lanes compute for nobody */
        uint8_t results[X25519_LANES][32];
        memcpy(keys, private_key, count * sizeof *keys);
        x25519_public_batch8(results, (const uint8_t(*)[32])keys);
        stack_wipe_batch();
        memcpy(out, results, count * sizeof *out);
        wipe(keys, sizeof keys);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++) {
        x25519_public(out[i], private_key[i]);
    }
}

void x25519_batch(uint8_t out[][32], const uint8_t scalar[][32], const uint8_t u[][32],
    size_t count)
{
#if X25519_IFMA
    if (count >= BATCH_PAYS && with_ifma()) {
        uint8_t scalars[X25519_LANES][32] = { { 0 } };
        uint8_t points[X25519_LANES][32] = { { 0 } };
        uint8_t results[X25519_LANES][32];
        memcpy(scalars, scalar, count * sizeof *scalars);
        memcpy(points, u, count * sizeof *points);
        x25519_batch8(results, (const uint8_t(*)[32])scalars, (const uint8_t(*)[32])points);
        stack_wipe_batch();
        memcpy(out, results, count * sizeof *out);
        wipe(scalars, sizeof scalars);
        wipe(results, sizeof results);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++) {
        multiply(out[i], scalar[i], u[i]);
    }
    stack_wipe();
}

/* ---- The provider's entry ---- */

static bool group_generate(const struct group *group, const struct random *random,
    uint8_t *private_key, uint8_t *share)
{
    (void)group;
    if (!random->private_bytes(random->user, private_key, X25519_SIZE)) {
        wipe(private_key, X25519_SIZE);
        wipe(share, X25519_SIZE);
        return false;
    }
    x25519_public(share, private_key);
    return true;
}

/* RFC 9846, 7.4.2: a shared secret of zeros is refused. */
static bool group_secret(const uint8_t *private_key, hf_bytes share, uint8_t *secret,
    bool *bad_share)
{
    *bad_share = share.length != X25519_SIZE || !x25519(secret, private_key, share.data);
    if (*bad_share) {
        wipe(secret, X25519_SIZE);
    }
    return !*bad_share;
}

static bool group_encapsulate(const struct group *group, const struct random *random,
    hf_bytes client_share, uint8_t *server_share, uint8_t *secret, bool *bad_share)
{
    uint8_t private_key[X25519_SIZE];
    *bad_share = client_share.length != X25519_SIZE; /* before any chance is used up */
    const bool good = !*bad_share && group_generate(group, random, private_key, server_share)
        && group_secret(private_key, client_share, secret, bad_share);
    wipe(private_key, sizeof private_key);
    if (!good) {
        wipe(server_share, X25519_SIZE);
        wipe(secret, X25519_SIZE);
    }
    return good;
}

static bool group_decapsulate(const struct group *group, const uint8_t *private_key,
    const uint8_t *own_share, hf_bytes server_share, uint8_t *secret, bool *bad_share)
{
    (void)group;
    (void)own_share;
    return group_secret(private_key, server_share, secret, bad_share);
}

const struct group x25519_group = {
    .id = 0x001d,
    .name = "x25519",
    .private_size = X25519_SIZE,
    .client_share_size = X25519_SIZE,
    .server_share_size = X25519_SIZE,
    .secret_size = X25519_SIZE,
    .generate = group_generate,
    .encapsulate = group_encapsulate,
    .decapsulate = group_decapsulate,
};

#endif
