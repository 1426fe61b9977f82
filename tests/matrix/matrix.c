/* TLS 1.3: every suite x group x signature x HelloRetryRequest x client certificate, in memory. */
#include "matrix/cell.h"

static const struct {
    const char *scheme;
    enum identity_kind kind;
} signatures[] = {
    { "ecdsa_secp256r1_sha256", KIND_P256 },
    { "ecdsa_secp384r1_sha384", KIND_P384 },
    { "ecdsa_secp521r1_sha512", KIND_P521 },
    { "ed25519", KIND_ED25519 },
    { "ed448", KIND_ED448 },
    { "rsa_pss_rsae_sha256", KIND_RSA },
    { "rsa_pss_rsae_sha384", KIND_RSA },
    { "rsa_pss_rsae_sha512", KIND_RSA },
    { "rsa_pss_pss_sha256", KIND_RSA_PSS },
    { "rsa_pss_pss_sha384", KIND_RSA_PSS },
    { "rsa_pss_pss_sha512", KIND_RSA_PSS },
};
static const char *const suites[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256" };
static const char *const groups[] = { "x25519", "secp256r1", "secp384r1", "secp521r1", "x448",
    "ffdhe2048", "ffdhe3072" };

enum { SIGNATURES = sizeof signatures / sizeof *signatures, SUITES = sizeof suites / sizeof *suites,
    GROUPS = sizeof groups / sizeof *groups };

static void run_all(struct work *work)
{
    for (size_t s = 0; s < SUITES; s++) {
        for (size_t g = 0; g < GROUPS; g++) {
            const char *other = strcmp(groups[g], "x25519") == 0 ? "secp256r1" : "x25519";
            char both[64];
            (void)snprintf(both, sizeof both, "%s:%s", other, groups[g]);
            for (size_t i = 0; i < 2 * SIGNATURES; i++) {
                bool retry = i % 2 == 1;
                for (int auth = NOT_ASKED; auth < CLIENT_AUTHS; auth++) {
                    struct cell cell = { HF_TLS13, suites[s], groups[g], retry ? both : groups[g],
                        signatures[i / 2].scheme, true, signatures[i / 2].kind, retry,
                        (enum client_auth)auth };
                    tally_cell(work, &cell, (const size_t[FACTORS]){ s, g, i / 2, i % 2,
                        (size_t)auth });
                }
            }
        }
    }
}

int main(void)
{
    static struct work work;
    return run_matrix(&work, run_all);
}
