/* Certificates beside libcrypto, in one run: parsing, loading a bundle of roots, and verifying leaf
 * + intermediate + root (P-256) with and without the memo. Prints key=value lines; a time is the
 * best of ROUNDS, in microseconds of this thread's CPU time.
 *
 *   bench_x509 [BUNDLE.pem]    default: /etc/ssl/certs/ca-certificates.crt */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "x509/issue.h"
#include "x509/pem.h"

enum { ROUNDS = 20, CERTIFICATES_MAX = 512, DER_MAX = 2048, NEAR_1K_LEAST = 900,
    NEAR_1K_MOST = 1150 };

static const struct provider *const provider = &provider_openssl;

static void demand(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "bench_x509: %s\n", what);
        exit(1);
    }
}

/* ---- Time ---- */

static double cpu_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Of one call among `calls`, in the best round. */
static double best_us(void (*call)(void *), void *argument, unsigned calls)
{
    double best = 1e12;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double begun = cpu_us();
        for (unsigned i = 0; i < calls; i++) {
            call(argument);
        }
        double each = (cpu_us() - begun) / calls;
        best = each < best ? each : best;
    }
    return best;
}

/* ---- Parsing ---- */

struct bundle {
    const char *path;
    uint8_t *der;
    hf_bytes certificates[CERTIFICATES_MAX]; /* near 1 KiB alone */
    size_t count;
    size_t bytes;
};

static void bundle_read(struct bundle *bundle)
{
    uint8_t *text;
    size_t size;
    hf_bytes label;
    size_t length;
    size_t used = 0;
    demand(file_read(&allocator_malloc, bundle->path, &text, &size, NULL), "no bundle");
    bundle->der = malloc(size);
    demand(bundle->der != NULL, "out of memory");
    hf_reader r = reader_of(text, size);
    while (pem_next(&r, &label, bundle->der + used, size - used, &length, NULL) == 1) {
        bool near = length >= NEAR_1K_LEAST && length <= NEAR_1K_MOST;
        if (near && bundle->count < CERTIFICATES_MAX) {
            bundle->certificates[bundle->count++] = bytes_of(bundle->der + used, length);
            bundle->bytes += length;
            used += length;
        }
    }
    release_wiped(&allocator_malloc, text, size + 1);
    demand(bundle->count > 0, "no certificate of about 1 KiB in the bundle");
}

static void parse_ours(void *argument)
{
    const struct bundle *bundle = argument;
    struct certificate certificate;
    for (size_t i = 0; i < bundle->count; i++) {
        demand(certificate_parse(bundle->certificates[i], provider, &certificate, NULL), "parse");
    }
}

static void parse_theirs(void *argument)
{
    const struct bundle *bundle = argument;
    for (size_t i = 0; i < bundle->count; i++) {
        const unsigned char *at = bundle->certificates[i].data;
        X509 *certificate = d2i_X509(NULL, &at, (long)bundle->certificates[i].length);
        demand(certificate != NULL, "d2i_X509");
        X509_free(certificate);
    }
}

static void bench_parse(struct bundle *bundle)
{
    double count = (double)bundle->count;
    double ours = best_us(parse_ours, bundle, 20) / count;
    double theirs = best_us(parse_theirs, bundle, 1) / count;
    (void)printf("bench=parse certificates=%zu mean_bytes=%zu us=%.3f d2i_X509_us=%.2f "
        "times_faster=%.1f\n", bundle->count, bundle->bytes / bundle->count, ours, theirs,
        theirs / ours);
}

/* ---- Loading ---- */

static void load_ours(void *argument)
{
    const struct bundle *bundle = argument;
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    demand(trust != NULL && trust_add_file(trust, bundle->path, NULL), "trust_add_file");
    trust_release(trust);
}

static void load_theirs(void *argument)
{
    const struct bundle *bundle = argument;
    X509_STORE *store = X509_STORE_new();
    demand(store != NULL && X509_STORE_load_file(store, bundle->path) == 1,
        "X509_STORE_load_file");
    X509_STORE_free(store);
}

static void bench_load(struct bundle *bundle)
{
    double ours = best_us(load_ours, bundle, 2);
    double theirs = best_us(load_theirs, bundle, 1);
    (void)printf("bench=load us=%.0f X509_STORE_load_file_us=%.0f times_faster=%.1f\n", ours,
        theirs, theirs / ours);
}

/* ---- Verifying ---- */

struct chain {
    struct private_key *keys[3];         /* leaf, intermediate, root */
    uint8_t der[3][DER_MAX];
    size_t length[3];
    struct certificate parsed[3];
    struct hf_trust *trust;
    struct hf_memo *memo;
    struct identity identity;
    EVP_PKEY_CTX *contexts[2];           /* libcrypto's, ready: the intermediate's, the root's */
};

enum { NOW = 1893456000, YEAR = 365 * 86400 };

static void chain_issue(struct chain *chain)
{
    static const char *const names[] = { "leaf", "Bench Intermediate", "Bench Root", "Bench Root" };
    demand(identity_parse("www.example.com", &chain->identity, NULL), "identity_parse");
    for (size_t i = 0; i < 3; i++) {
        chain->keys[i] = provider->private_key_generate(KEY_P256);
        demand(chain->keys[i] != NULL, "a key");
    }
    for (size_t i = 0; i < 3; i++) {
        struct issue_input input = { .provider = provider, .common_name = names[i],
            .issuer_name = names[i + 1], .subject_key = chain->keys[i],
            .issuer_key = chain->keys[i < 2 ? i + 1 : 2], .is_ca = i > 0,
            .names = &chain->identity, .name_count = i == 0 ? 1 : 0, .not_before = NOW - YEAR,
            .not_after = NOW + YEAR };
        demand(certificate_issue(&input, chain->der[i], DER_MAX, &chain->length[i], NULL)
            && certificate_parse(bytes_of(chain->der[i], chain->length[i]), provider,
                &chain->parsed[i], NULL), "a certificate");
    }
}

static void chain_begin(struct chain *chain)
{
    memset(chain, 0, sizeof *chain);
    chain_issue(chain);
    chain->trust = trust_new(&allocator_malloc, provider);
    chain->memo = memo_new(&allocator_malloc, 1024);
    demand(chain->trust != NULL && chain->memo != NULL
        && trust_add_pem(chain->trust, bytes_of(chain->der[2], chain->length[2]), NULL), "trust");
    for (size_t i = 0; i < 2; i++) {
        hf_bytes spki = chain->parsed[i + 1].spki;
        const unsigned char *at = spki.data;
        EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.length);
        chain->contexts[i] = EVP_PKEY_CTX_new(key, NULL);
        demand(chain->contexts[i] != NULL && EVP_PKEY_verify_init(chain->contexts[i]) == 1, "key");
        EVP_PKEY_free(key);
    }
}

static void chain_end(struct chain *chain)
{
    for (size_t i = 0; i < 3; i++) {
        provider->private_key_drop(chain->keys[i]);
    }
    EVP_PKEY_CTX_free(chain->contexts[0]);
    EVP_PKEY_CTX_free(chain->contexts[1]);
    memo_free(chain->memo);
    trust_release(chain->trust);
}

/* The two signature checks alone, with keys and contexts that libcrypto holds ready. */
static void two_checks(void *argument)
{
    struct chain *chain = argument;
    for (size_t i = 0; i < 2; i++) {
        const struct certificate *c = &chain->parsed[i];
        unsigned char digest[32];
        demand(EVP_Digest(c->tbs.data, c->tbs.length, digest, NULL, EVP_sha256(), NULL) == 1
            && EVP_PKEY_verify(chain->contexts[i], c->signature.data, c->signature.length, digest,
                sizeof digest) == 1, "EVP_PKEY_verify");
    }
}

static void verify_parsed(struct chain *chain, struct hf_memo *memo)
{
    struct verification out;
    struct verify_input input = { .provider = provider, .trust = chain->trust,
        .chain = chain->parsed, .count = 2, .identity = &chain->identity,
        .purpose = PURPOSE_SERVER, .now = NOW, .memo = memo };
    demand(verify_chain(&input, &out, NULL), "verify_chain");
}

static void verify_afresh(void *argument)
{
    verify_parsed(argument, NULL);
}

static void verify_remembered(void *argument)
{
    struct chain *chain = argument;
    verify_parsed(chain, chain->memo);
}

static void parse_both(struct chain *chain)
{
    for (size_t i = 0; i < 2; i++) {
        demand(certificate_parse(bytes_of(chain->der[i], chain->length[i]), provider,
            &chain->parsed[i], NULL), "parse");
    }
}

static void from_bytes_afresh(void *argument)
{
    parse_both(argument);
    verify_afresh(argument);
}

static void from_bytes_remembered(void *argument)
{
    parse_both(argument);
    verify_remembered(argument);
}

static void bench_verify(void)
{
    static struct chain chain;
    static const struct {
        const char *name;
        void (*call)(void *);
    } rows[] = { { "verify", verify_afresh }, { "verify_memo", verify_remembered },
        { "parse_verify", from_bytes_afresh }, { "parse_verify_memo", from_bytes_remembered } };
    chain_begin(&chain);
    double checks = best_us(two_checks, &chain, 100);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double each = best_us(rows[i].call, &chain, 100);
        (void)printf("bench=%s us=%.2f two_checks_us=%.2f share=%.3f\n", rows[i].name, each, checks,
            each / checks);
    }
    chain_end(&chain);
}

int main(int argc, char **argv)
{
    static struct bundle bundle;
    bundle.path = argc > 1 ? argv[1] : "/etc/ssl/certs/ca-certificates.crt";
    bundle_read(&bundle);
    bench_parse(&bundle);
    bench_load(&bundle);
    bench_verify();
    free(bundle.der);
    return 0;
}
