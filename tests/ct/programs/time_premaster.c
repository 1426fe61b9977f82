/* Whether a server's time tells good premaster secrets from bad ones (RFC 5246, 7.4.7.1): good,
 * with a wrong padding, a wrong version, a wrong length, each made anew and encrypted to an RSA
 * key of 2048 bits, decrypted in random order, and compared by Welch's t-test. Two of three runs
 * must find nothing (|t| < 4.5). It takes some minutes, so that no suite runs it.
 *
 *     time_premaster [COUNT [leak|server]]
 *
 * COUNT: decryptions in a run (100000); leak: with 5 us planted on wrong paddings, which must be
 * found; server: a whole server from ClientKeyExchange to its alert, the same for all.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/premaster.h"
#include "crypto/provider.h"
#include "handfast/handfast.h"
#include "support/identities.h"

enum kind { GOOD, PADDING, VERSION, LENGTH, PREMASTERS };
enum { SIZE = 256, RUNS = 3, DEFAULT_COUNT = 100000, LEAK_NS = 5000 };

static const double T_MAX = 4.5;
static const char *const names[PREMASTERS] = { "good", "padding", "version", "length" };

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
    hf_config *server;      /* NULL: the decryption alone is measured */
    uint8_t hello[2048];    /* a client's record */
    size_t hello_length;
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
    uint8_t chance = 0;
    require(RAND_bytes(&chance, 1) == 1 && RAND_bytes(secret, sizeof secret) == 1, "RAND_bytes");
    s->kind = (enum kind)(chance % PREMASTERS);
    make_ciphertext(w, s->kind, ciphertext);
    double begin = now_ns();
    require(provider_openssl.rsa_decrypt_premaster(w->key, bytes_of(ciphertext, SIZE), 0x0303,
                secret), "decryption");
    double end = now_ns();
    while (w->leaks && s->kind == PADDING && now_ns() < end + LEAK_NS) {
    }
    s->ns = now_ns() - begin;
}

static size_t put_record(uint8_t *at, uint8_t type, const uint8_t *content, size_t length)
{
    const uint8_t header[5] = { type, 3, 3, (uint8_t)(length >> 8), (uint8_t)length };
    memcpy(at, header, sizeof header);
    memcpy(at + sizeof header, content, length);
    return sizeof header + length;
}

/* ClientKeyExchange, ChangeCipherSpec and a Finished that nobody sealed: its length is right. */
static size_t make_flight(const uint8_t *ciphertext, uint8_t *out)
{
    enum { FINISHED_SIZE = 8 + 16 + 16, KEY_EXCHANGE = 16 };
    const uint8_t ccs = 1;
    uint8_t message[6 + SIZE] = { KEY_EXCHANGE, 0, (SIZE + 2) >> 8, (SIZE + 2) & 0xff, SIZE >> 8,
        SIZE & 0xff };
    uint8_t finished[FINISHED_SIZE];
    memcpy(message + 6, ciphertext, SIZE);
    require(RAND_bytes(finished, sizeof finished) == 1, "RAND_bytes");
    size_t length = put_record(out, 22, message, sizeof message);
    length += put_record(out + length, 20, &ccs, 1);
    return length + put_record(out + length, 22, finished, sizeof finished);
}

/* Nobody but who knows the premaster secret can make a Finished: here it is always wrong, and what
 * must not be told is whether the premaster secret was right. */
static void measure_server(struct world *w, struct sample *s)
{
    uint8_t bytes[4096];
    uint8_t ciphertext[SIZE];
    uint8_t chance = 0;
    hf_received received;
    hf_connection *c = hf_accept_new(w->server, NULL);
    require(c != NULL && RAND_bytes(&chance, 1) == 1, "a connection");
    memcpy(bytes, w->hello, w->hello_length);
    require(hf_receive(c, bytes, w->hello_length, &received) == HF_MORE, "ClientHello");
    s->kind = (enum kind)(chance % PREMASTERS);
    make_ciphertext(w, s->kind, ciphertext);
    size_t length = make_flight(ciphertext, bytes);
    double begin = now_ns();
    hf_status status = hf_receive(c, bytes, length, &received);
    s->ns = now_ns() - begin;
    const hf_error *error = hf_connection_error(c);
    require(status == HF_FAILED && error->alert == 20 && strcmp(error->reason, "bad_record") == 0,
        "the one alert, bad_record_mac,");
    hf_connection_free(c);
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
    double mean[PREMASTERS];
    double variance[PREMASTERS];
    double n[PREMASTERS];
    bool same = true;
    for (size_t i = 0; i < w->count; i++) {
        if (w->server != NULL) {
            measure_server(w, &w->samples[i]);
        } else {
            measure(w, &w->samples[i]);
        }
    }
    qsort(w->samples, w->count, sizeof *w->samples, by_time);
    size_t kept = w->count - w->count / 10;
    (void)printf("run %d:", number);
    for (int k = 0; k < PREMASTERS; k++) {
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

/* A server with the key of `identity_key`, and the hello of a client that wants RSA of it. */
static void set_up_server(struct world *w)
{
    static const char suite[] = "TLS_RSA_WITH_AES_128_GCM_SHA256";
    hf_identity *identity = identity_of_kind(KIND_RSA, "timed.test");
    hf_config *client = hf_config_new(HF_CLIENT, NULL);
    w->server = hf_config_new(HF_SERVER, NULL);
    require(identity != NULL && client != NULL && w->server != NULL, "configs");
    hf_config_insecure_no_verification(client);
    require(hf_config_add_identity(w->server, identity, NULL)
            && hf_config_set_suites(w->server, suite, NULL) && hf_config_seal(w->server, NULL)
            && hf_config_set_suites(client, suite, NULL) && hf_config_seal(client, NULL),
        "sealing");
    hf_connection *c = hf_connect_new(client, "timed.test", NULL);
    const uint8_t *hello = c == NULL ? NULL : hf_output(c, &w->hello_length);
    require(hello != NULL && w->hello_length <= sizeof w->hello, "a hello");
    memcpy(w->hello, hello, w->hello_length);
    hf_connection_free(c);
    hf_config_free(client);
    hf_identity_free(identity);
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

static void set_up(struct world *w, bool server)
{
    unsigned char *der = NULL;
    if (server) {
        set_up_server(w);
    }
    EVP_PKEY *evp = server ? read_key(identity_key(KIND_RSA))
                           : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)(8 * SIZE));
    require(evp != NULL && EVP_PKEY_get_size(evp) == SIZE, "making a key");
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
    set_up(&w, argc > 2 && strcmp(argv[2], "server") == 0);
    for (int i = 1; i <= RUNS; i++) {
        same += run(&w, i);
    }
    provider_openssl.private_key_drop(w.key);
    EVP_PKEY_CTX_free(w.encrypts);
    free(w.samples);
    hf_config_free(w.server);
    (void)printf("%d of %d runs tell nothing apart\n", same, RUNS);
    return (same >= 2) == !w.leaks ? 0 : 1;
}
