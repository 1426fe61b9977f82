/* TLS 1.2: every suite x group x signature x client certificate, in memory (RFC 5246, RFC 8422, RFC
 * 7919). */
#include "matrix/cell.h"

enum exchange { ON_CURVES, OVER_PRIMES, BY_RSA };

static const struct {
    const char *name;
    enum exchange exchange;
    bool rsa;              /* the server's key is */
} suites[] = {
    { "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ON_CURVES, false },
    { "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", ON_CURVES, false },
    { "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", ON_CURVES, false },
    { "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", ON_CURVES, false },
    { "TLS_ECDHE_ECDSA_WITH_AES_256_CCM", ON_CURVES, false },
    { "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", ON_CURVES, false },
    { "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", ON_CURVES, false },
    { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", ON_CURVES, true },
    { "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", ON_CURVES, true },
    { "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", ON_CURVES, true },
    { "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", OVER_PRIMES, true },
    { "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", OVER_PRIMES, true },
    { "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", OVER_PRIMES, true },
    { "TLS_DHE_RSA_WITH_AES_128_CCM", OVER_PRIMES, true },
    { "TLS_DHE_RSA_WITH_AES_256_CCM", OVER_PRIMES, true },
    { "TLS_DHE_RSA_WITH_AES_128_CCM_8", OVER_PRIMES, true },
    { "TLS_DHE_RSA_WITH_AES_256_CCM_8", OVER_PRIMES, true },
    { "TLS_RSA_WITH_AES_128_GCM_SHA256", BY_RSA, true },
    { "TLS_RSA_WITH_AES_256_GCM_SHA384", BY_RSA, true },
};

/* `curve`: the one that a client must offer for the sake of the certificate (RFC 8422, 5.3). */
static const struct {
    const char *scheme;
    enum identity_kind kind;
    const char *curve;
} signatures[] = {
    { "ecdsa_secp256r1_sha256", KIND_P256, "secp256r1" },
    { "ecdsa_secp384r1_sha384", KIND_P384, "secp384r1" },
    { "ecdsa_secp521r1_sha512", KIND_P521, "secp521r1" },
    { "ecdsa_secp256r1_sha256", KIND_P384, "secp384r1" }, /* any curve with any hash */
    { "ed25519", KIND_ED25519, NULL },
    { "ed448", KIND_ED448, NULL },
    { "rsa_pkcs1_sha256", KIND_RSA, NULL },
    { "rsa_pkcs1_sha512", KIND_RSA, NULL },
    { "rsa_pss_rsae_sha256", KIND_RSA, NULL },
    { "rsa_pss_rsae_sha512", KIND_RSA, NULL },
    { "rsa_pss_pss_sha256", KIND_RSA_PSS, NULL },
};

static const char *const curves[] = { "x25519", "secp256r1", "secp384r1", "secp521r1", "x448" };
static const char *const primes[] = { "ffdhe2048", "ffdhe3072" };

enum { SUITES = sizeof suites / sizeof *suites, SIGNATURES = sizeof signatures / sizeof *signatures,
    CURVES = sizeof curves / sizeof *curves, PRIMES = sizeof primes / sizeof *primes };

static bool fits(size_t suite, size_t signature)
{
    enum identity_kind kind = signatures[signature].kind;
    bool rsa = kind == KIND_RSA || kind == KIND_RSA_PSS;
    return suites[suite].rsa == rsa && !(suites[suite].exchange == BY_RSA && kind != KIND_RSA);
}

static void run_cells(struct work *work, size_t s, size_t g, const char *group)
{
    for (size_t i = 0; i < SIGNATURES; i++) {
        const char *curve = signatures[i].curve;
        char offered[64];
        bool more = group != NULL && curve != NULL && strcmp(group, curve) != 0;
        (void)snprintf(offered, sizeof offered, "%s%s%s", group != NULL ? group : "x25519",
            more ? ":" : "", more ? curve : "");
        for (int auth = NOT_ASKED; auth < CLIENT_AUTHS && fits(s, i); auth++) {
            struct cell cell = { HF_TLS12, suites[s].name, group, offered, signatures[i].scheme,
                suites[s].exchange != BY_RSA, signatures[i].kind, false, (enum client_auth)auth };
            tally_cell(work, &cell, (const size_t[FACTORS]){ s, g, i, 0, (size_t)auth });
        }
    }
}

static void run_all(struct work *work)
{
    for (size_t s = 0; s < SUITES; s++) {
        switch (suites[s].exchange) {
        case ON_CURVES:
            for (size_t g = 0; g < CURVES; g++) {
                run_cells(work, s, g, curves[g]);
            }
            break;
        case OVER_PRIMES:
            for (size_t g = 0; g < PRIMES; g++) {
                run_cells(work, s, CURVES + g, primes[g]);
            }
            break;
        case BY_RSA:
            run_cells(work, s, CURVES + PRIMES, NULL);
            break;
        }
    }
}

int main(void)
{
    static struct work work;
    return run_matrix(&work, run_all);
}
