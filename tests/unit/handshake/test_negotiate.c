/* What a server chooses: the identity by SNI and by what the client can verify, and the
 * protocol. */
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

/* Identities of a server, in the order given; the last has no names. */
struct offer {
    enum identity_kind kind;
    const char *names;
};

static bool prepare(struct pair *pair, const struct offer *offers)
{
    memset(pair, 0, sizeof *pair);
    hf_trust *trust = identity_trust();
    pair->client_config = hf_config_new(HF_CLIENT, NULL);
    pair->server_config = hf_config_new(HF_SERVER, NULL);
    bool ok = trust != NULL && pair->client_config != NULL && pair->server_config != NULL;
    hf_config_set_trust(pair->client_config, trust);
    hf_trust_free(trust);
    for (; ok && offers->names != NULL; offers++) {
        hf_identity *identity = identity_of_kind(offers->kind, offers->names);
        ok = identity != NULL && hf_config_add_identity(pair->server_config, identity, NULL);
        hf_identity_free(identity);
    }
    return ok;
}

/* The SAN (tag 2, its length, its text) of the leaf that the client got; "": none of the known. */
static const char *leaf_of(struct pair *pair)
{
    static const char *const known[] = { "one.example", "*.wild.example", "two.example",
        "exact.wild.example" };
    pair_run(pair);
    size_t length;
    const uint8_t *der = hf_peer_certificate(pair->client.connection, 0, &length);
    for (size_t i = 0; der != NULL && i < sizeof known / sizeof *known; i++) {
        size_t size = strlen(known[i]);
        for (size_t at = 2; at + size <= length; at++) {
            if (der[at - 2] == 0x82 && der[at - 1] == size && memcmp(der + at, known[i], size) ==
                0) {
                return known[i];
            }
        }
    }
    return "";
}

static void chooses_by_name(void)
{
    static const struct offer offers[] = { { KIND_P256, "one.example" },
        { KIND_P256, "*.wild.example" }, { KIND_P256, "exact.wild.example" },
        { KIND_P256, "two.example" }, { KIND_P256, NULL } };
    static const struct {
        const char *asked;
        const char *leaf;
    } cases[] = { { "one.example", "one.example" }, { "TWO.example", "two.example" },
        { "a.wild.example", "*.wild.example" }, { "exact.wild.example", "exact.wild.example" },
        { "a.b.wild.example", "one.example" }, { "nobody.example", "one.example" } };
    struct pair pair;
    CHECK(prepare(&pair, offers) && pair_seal(&pair));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(pair_open(&pair, cases[i].asked));
        CHECK_TEXT(leaf_of(&pair), cases[i].leaf);
    }
    pair_free(&pair);
}

static void strict_names_refuse(void)
{
    static const struct offer offers[] = { { KIND_P256, "one.example" }, { KIND_P256, NULL } };
    struct pair pair;
    CHECK(prepare(&pair, offers));
    hf_config_set_strict_names(pair.server_config, true);
    CHECK(pair_seal(&pair));
    CHECK(pair_open(&pair, "nobody.example"));
    pair_run(&pair);
    const hf_error *error = hf_connection_error(pair.server.connection);
    CHECK_TEXT(error->reason, "unknown_name");
    CHECK_TEXT(error->offered, "nobody.example");
    CHECK(error->alert == 112);
    CHECK_TEXT(end_reason(&pair.client), "peer_unknown_name");
    CHECK(pair_open(&pair, "one.example"));
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    pair_free(&pair);
}

/* The signature that came of it, when the client accepts `schemes`. */
static const char *signature_for(const struct offer *offers, const char *schemes)
{
    struct pair pair;
    hf_facts facts = { 0 };
    CHECK(prepare(&pair, offers));
    CHECK(hf_config_set_signatures(pair.client_config, schemes, NULL));
    CHECK(pair_seal(&pair) && pair_open(&pair, "one.example"));
    pair_run(&pair);
    hf_connection_facts(pair.client.connection, &facts);
    const char *signature = pair_connected(&pair) ? facts.signature : "";
    pair_free(&pair);
    return signature;
}

static void chooses_by_what_the_client_verifies(void)
{
    static const struct offer rsa_first[] = { { KIND_RSA, "one.example" },
        { KIND_P256, "one.example" }, { KIND_ED25519, "one.example" }, { KIND_P256, NULL } };
    CHECK_TEXT(signature_for(rsa_first, "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256:ed25519"),
        "ecdsa_secp256r1_sha256");
    CHECK_TEXT(signature_for(rsa_first, "rsa_pss_rsae_sha256:ed25519"), "ed25519");
    CHECK_TEXT(signature_for(rsa_first, "ed25519"), "ed25519");
    CHECK_TEXT(signature_for(rsa_first, "ed25519:rsa_pss_rsae_sha384"), "ed25519");
}

static void protocol_in_our_order(void)
{
    static const struct offer offers[] = { { KIND_P256, "one.example" }, { KIND_P256, NULL } };
    struct pair pair;
    hf_facts facts;
    CHECK(prepare(&pair, offers));
    CHECK(hf_config_set_alpn(pair.server_config, "h2,http/1.1", NULL));
    CHECK(hf_config_set_alpn(pair.client_config, "http/1.1,h2,smtp", NULL));
    CHECK(pair_seal(&pair) && pair_open(&pair, "one.example"));
    pair_run(&pair);
    hf_connection_facts(pair.client.connection, &facts);
    CHECK(facts.alpn != NULL && strcmp(facts.alpn, "h2") == 0);
    hf_connection_facts(pair.server.connection, &facts);
    CHECK(facts.alpn != NULL && strcmp(facts.alpn, "h2") == 0);
    pair_free(&pair);
}

TEST_MAIN(TEST(chooses_by_name), TEST(strict_names_refuse),
    TEST(chooses_by_what_the_client_verifies), TEST(protocol_in_our_order))
