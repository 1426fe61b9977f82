/* Whether a server's time tells good premaster secrets from bad ones (RFC 5246, 7.4.7.1): good,
 * with a wrong padding, a wrong version, a wrong length, each made anew and encrypted to an RSA key
 * of 2048 bits, decrypted in random order, and compared by Welch's t-test. Two of three runs must
 * find nothing (|t| < 4.5). It takes some minutes, so that no suite runs it.
 *
 *     time_premaster [COUNT [leak]]    decryptions in a run (100000); leak: with 5 us planted on
 *                                      wrong paddings, which must be found
 */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/premaster.h"
#include "crypto/provider.h"

enum kind { GOOD, PADDING, VERSION, LENGTH, KINDS };
enum { SIZE = 256, RUNS = 3, DEFAULT_COUNT = 100000, LEAK_NS = 5000 };

static const double T_MAX = 4.5;
static const char *const names[KINDS] = { "good", "padding", "version", "length" };

struct sample {
    double ns;
    enum kind kind;
};

struct world {
    EVP_PKEY_CTX *encrypts;
    struct private_key *key;
    struct sample *samples;
    size_t count;
    bool leaks;
};

static void require(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "%s failed\n", what);
        exit(2);
    }
}

/* The same work for each kind, down to the bytes drawn. */
static void make_ciphertext(struct world *w, enum kind kind, uint8_t *ciphertext)
{
    uint8_t block[SIZE];
    size_t written = SIZE;
    const size_t zero = SIZE - PREMASTER_SIZE - 1;
    require(RAND_bytes(block, sizeof block) == 1, "RAND_bytes");
    for (size_t i = 2; i < zero; i++) {
        block[i] |= 1;
    }
    block[0] = 0;
    block[1] = kind == PADDING ? 1 : 2;
    block[zero] = kind == LENGTH; /* then 47 bytes follow the zero */
    block[zero + 1] = kind == LENGTH ? 0 : 3;
    block[zero + 2] = kind == VERSION ? 1 : 3;
    require(EVP_PKEY_encrypt(w->encrypts, ciphertext, &written, block, SIZE) == 1, "encryption");
}

/* This thread's own time, so that the machine's other work counts for less. */
static double now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(struct world *w, struct sample *s)
{
    uint8_t ciphertext[SIZE];
    uint8_t secret[PREMASTER_SIZE];
    uint8_t chance;
    require(RAND_bytes(&chance, 1) == 1 && RAND_bytes(secret, sizeof secret) == 1, "RAND_bytes");
    s->kind = (enum kind)(chance % KINDS);
    make_ciphertext(w, s->kind, ciphertext);
    double begin = now_ns();
    require(provider_openssl.rsa_decrypt_premaster(w->key, bytes_of(ciphertext, SIZE), 0x0303,
                secret), "decryption");
    double end = now_ns();
    while (w->leaks && s->kind == PADDING && now_ns() < end + LEAK_NS) {
    }
    s->ns = now_ns() - begin;
}

static int by_time(const void *a, const void *b)
{
    double x = ((const struct sample *)a)->ns;
    double y = ((const struct sample *)b)->ns;
    return (x > y) - (x < y);
}

/* Mean and variance of a kind among the first `count`. */
static void summarise(const struct sample *samples, size_t count, enum kind kind, double *mean,
    double *variance, double *number)
{
    double squares = 0;
    *mean = 0;
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (samples[i].kind == kind) {
            double delta = samples[i].ns - *mean;
            *number += 1;
            *mean += delta / *number;
            squares += delta * (samples[i].ns - *mean);
        }
    }
    *variance = squares / (*number - 1);
}

/* One run: whether no kind is told from the good ones. The slowest tenth, which is the machine's
 * other work, is left out: of all kinds together, so that it favours none. */
static bool run(struct world *w, int number)
{
    double mean[KINDS];
    double variance[KINDS];
    double n[KINDS];
    bool same = true;
    for (size_t i = 0; i < w->count; i++) {
        measure(w, &w->samples[i]);
    }
    qsort(w->samples, w->count, sizeof *w->samples, by_time);
    size_t kept = w->count - w->count / 10;
    (void)printf("run %d:", number);
    for (int k = 0; k < KINDS; k++) {
        summarise(w->samples, kept, (enum kind)k, &mean[k], &variance[k], &n[k]);
        double difference = mean[k] - mean[GOOD];
        double squared = difference * difference / (variance[k] / n[k] + variance[GOOD] / n[GOOD]);
        (void)printf("  %s %+.0f ns (t^2 %.1f)", names[k], difference, squared);
        same = same && squared < T_MAX * T_MAX;
    }
    (void)printf("\n");
    (void)fflush(stdout);
    return same;
}

static void set_up(struct world *w)
{
    unsigned char *der = NULL;
    EVP_PKEY *evp = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)(8 * SIZE));
    require(evp != NULL, "making a key");
    int length = i2d_PrivateKey(evp, &der);
    w->key = provider_openssl.private_key_load(bytes_of(der, (size_t)length));
    w->encrypts = EVP_PKEY_CTX_new(evp, NULL);
    w->samples = calloc(w->count, sizeof *w->samples);
    require(w->key != NULL && w->encrypts != NULL && w->samples != NULL
            && EVP_PKEY_encrypt_init(w->encrypts) == 1
            && EVP_PKEY_CTX_set_rsa_padding(w->encrypts, RSA_NO_PADDING) == 1, "setting up");
    OPENSSL_clear_free(der, (size_t)length);
    EVP_PKEY_free(evp);
}

int main(int argc, char **argv)
{
    struct world w = { .count = DEFAULT_COUNT, .leaks = argc > 2 && strcmp(argv[2], "leak") == 0 };
    int same = 0;
    if (argc > 1) {
        w.count = (size_t)strtoul(argv[1], NULL, 10);
    }
    require(w.count >= 100, "a COUNT of at least 100");
    set_up(&w);
    for (int i = 1; i <= RUNS; i++) {
        same += run(&w, i);
    }
    provider_openssl.private_key_drop(w.key);
    EVP_PKEY_CTX_free(w.encrypts);
    free(w.samples);
    (void)printf("%d of %d runs tell nothing apart\n", same, RUNS);
    return (same >= 2) == !w.leaks ? 0 : 1;
}
