/* X25519 beside libcrypto's, in one interleaved run: each kernel's public keys and shared secrets,
 * and the same through EVP as a program would call it. Prints a key=value line for each; a time is
 * the median of the rounds, in microseconds of CPU time for one operation, `ratio` that to
 * libcrypto's in the same run, `limit` what it may be at most (docs/kernels.md).
 *
 *   bench_x25519 [ROUNDS]      default: 31 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/provider.h"
#include "crypto/x25519/kernels.h"

#if X25519_HERE

enum { ROUNDS_MAX = 1001, CALLS = 64 };

static uint8_t scalars[8][32];
static uint8_t points[8][32];
static uint8_t results[8][32];
static EVP_PKEY *ours;
static EVP_PKEY *peer;

static void demand(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "bench_x25519: %s\n", what);
        exit(1);
    }
}

/* ---- What is measured: one call does `operations` of them ---- */

static void evp_public(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, NULL);
    demand(EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_keygen(context, &key) == 1, "keygen");
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

static void evp_shared(void)
{
    size_t length = sizeof results[0];
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(ours, NULL);
    demand(EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1
            && EVP_PKEY_derive(context, results[0], &length) == 1, "derive");
    EVP_PKEY_CTX_free(context);
}

static void one_public(void)
{
    x25519_public(results[0], scalars[0]);
}

static void one_shared(void)
{
    demand(x25519(results[0], scalars[0], points[0]), "a share of small order");
}

static void eight_public(void)
{
    x25519_public_batch(results, (const uint8_t(*)[32])scalars, 8);
}

static void eight_shared(void)
{
    x25519_batch(results, (const uint8_t(*)[32])scalars, (const uint8_t(*)[32])points, 8);
}

static const struct row {
    const char *name;
    enum x25519_kernel kernel;  /* X25519_AUTO: libcrypto, the rows before a comparison */
    unsigned operations;
    void (*publish)(void);
    void (*share)(void);
    double limits[2];
} rows[] = {
    { "libcrypto-evp", X25519_AUTO, 1, evp_public, evp_shared, { 1, 1 } },
    { "portable", X25519_PORTABLE_KERNEL, 1, one_public, one_shared, { 0.35, 1.05 } },
    { "avx512-ifma", X25519_IFMA_KERNEL, 1, one_public, one_shared, { 0.12, 0.40 } },
    { "avx512-ifma-batch8", X25519_IFMA_KERNEL, 8, eight_public, eight_shared, { 0.05, 0.20 } },
};

enum { ROWS = sizeof rows / sizeof *rows };

static double times[ROWS][2][ROUNDS_MAX];

/* ---- Time ---- */

static double cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double time_of(void (*call)(void), unsigned operations)
{
    const unsigned calls = CALLS / operations;
    const double begun = cpu_us();
    for (unsigned i = 0; i < calls; i++) {
        call();
    }
    return (cpu_us() - begun) / CALLS;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

static void run_round(size_t round)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (x25519_force(rows[i].kernel)) {
            times[i][0][round] = time_of(rows[i].publish, rows[i].operations);
            times[i][1][round] = time_of(rows[i].share, rows[i].operations);
        }
    }
}

static bool put_row(size_t i, size_t rounds)
{
    static const char *const names[2] = { "public", "shared" };
    bool good = true;
    for (size_t side = 0; side < 2; side++) {
        if (!x25519_can(rows[i].kernel)) {
            (void)printf("kernel=%s operation=%s unsupported=1\n", rows[i].name, names[side]);
            continue;
        }
        const double us = median(times[i][side], rounds);
        const double ratio = us / median(times[0][side], rounds);
        good = good && ratio <= rows[i].limits[side];
        (void)printf("kernel=%s operation=%s us=%.2f least_us=%.2f ratio=%.3f limit=%.2f\n",
            rows[i].name, names[side], us, times[i][side][0], ratio, rows[i].limits[side]);
    }
    return good;
}

int main(int count, char **words)
{
    unsigned long rounds = count > 1 ? strtoul(words[1], NULL, 10) : 31;
    demand(rounds > 0 && rounds <= ROUNDS_MAX, "1 to 1001 rounds");
    const struct random *random = &provider_openssl.random;
    demand(random->private_bytes(random->user, scalars[0], sizeof scalars)
            && random->private_bytes(random->user, points[0], sizeof points), "no chance");
    ours = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalars[0], 32);
    peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, points[0], 32);
    demand(ours != NULL && peer != NULL, "no keys");
    run_round(0); /* warm; written over */
    for (size_t round = 0; round < rounds; round++) {
        run_round(round);
    }
    (void)printf("# %s; %lu rounds\n", provider_openssl.version(), rounds);
    bool good = true;
    for (size_t i = 0; i < ROWS; i++) {
        good &= put_row(i, rounds);
    }
    EVP_PKEY_free(ours);
    EVP_PKEY_free(peer);
    return good ? 0 : 1;
}

#else

int main(void)
{
    (void)puts("unsupported=1");
    return 0;
}

#endif
