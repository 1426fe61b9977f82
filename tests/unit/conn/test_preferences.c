/* Whose preference decides, where both sides have one: suites, groups, signature schemes (RFC 9846,
 * 4.2.1 and 4.3.3). */
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

static bool configure(struct pair *pair, hf_identity *identity)
{
    hf_trust *trust = identity_trust();
    memset(pair, 0, sizeof *pair);
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL);
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
    }
    hf_trust_free(trust);
    return ok;
}

static hf_facts agreed(struct pair *pair)
{
    hf_facts facts;
    CHECK(pair_seal(pair) && pair_open(pair, "example.com"));
    pair_run(pair);
    CHECK(pair_connected(pair));
    hf_connection_facts(pair->client.connection, &facts);
    return facts;
}

/* The server's order; but a client that puts ChaCha20 first gets it. */
static void suites(void)
{
    static const struct {
        const char *client, *server, *suite;
    } cases[] = {
        { "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
            "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256" },
        { "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
            "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256" },
        { "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256",
            "TLS_AES_128_GCM_SHA256" },
        { "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256" },
    };
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        CHECK(configure(&pair, identity));
        CHECK(hf_config_set_suites(pair.client_config, cases[i].client, NULL));
        CHECK(hf_config_set_suites(pair.server_config, cases[i].server, NULL));
        CHECK_TEXT(agreed(&pair).suite, cases[i].suite);
        pair_free(&pair);
    }
    hf_identity_free(identity);
}

/* A share that came is taken, unless the server insists on its order: then it retries, if the
 * client knows the better group at all. */
static void groups(void)
{
    static const struct {
        const char *client;
        bool strict;
        const char *group;
        bool retry;
    } cases[] = {
        { "secp256r1:x25519", false, "secp256r1", false },
        { "secp256r1:x25519", true, "x25519", true },
        { "secp256r1", true, "secp256r1", false },
        { "x25519:secp256r1", true, "x25519", false },
    };
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        CHECK(configure(&pair, identity));
        CHECK(hf_config_set_groups(pair.client_config, cases[i].client, NULL));
        CHECK(hf_config_set_groups(pair.server_config, "x25519:secp256r1", NULL));
        hf_config_set_strict_groups(pair.server_config, cases[i].strict);
        hf_facts facts = agreed(&pair);
        CHECK_TEXT(facts.group, cases[i].group);
        CHECK(facts.hello_retry == cases[i].retry);
        pair_free(&pair);
    }
    hf_identity_free(identity);
}

/* The client's order; the identity's, when it has one; and nothing else than that. */
static void signatures(void)
{
    static const struct {
        const char *identity, *signature;
    } cases[] = {
        { "", "rsa_pss_rsae_sha384" },
        { "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha256" },
        { "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384", "rsa_pss_rsae_sha256" },
        { "ed25519:rsa_pss_rsae_sha384", "rsa_pss_rsae_sha384" },
    };
    for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        bool fits = i < sizeof cases / sizeof *cases;
        hf_identity *identity = identity_of_kind(KIND_RSA, "example.com");
        CHECK(configure(&pair, identity));
        CHECK(hf_identity_set_signatures(identity,
            fits ? cases[i].identity : "rsa_pss_rsae_sha512", NULL));
        CHECK(hf_config_set_signatures(pair.client_config,
            "rsa_pss_rsae_sha384:rsa_pss_rsae_sha256:ed25519", NULL));
        if (fits) {
            CHECK_TEXT(agreed(&pair).signature, cases[i].signature);
        } else {
            CHECK(pair_seal(&pair) && pair_open(&pair, "example.com"));
            pair_run(&pair);
            CHECK_TEXT(end_reason(&pair.server), "no_common_signature");
        }
        pair_free(&pair);
        hf_identity_free(identity);
    }
    hf_error error;
    hf_identity *identity = identity_of_kind(KIND_RSA, "example.com");
    CHECK(!hf_identity_set_signatures(identity, "rsa_pss_rsae_sha256:sha1", &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    hf_identity_free(identity);
}

TEST_MAIN(TEST(suites), TEST(groups), TEST(signatures))
