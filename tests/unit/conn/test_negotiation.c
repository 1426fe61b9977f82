/* What two honest configs agree on or not: versions of lists, names, identities, certificates;
 * what is said on both sides when nothing fits (RFC 9846, 4.2.1; RFC 6066, 3; RFC 7301). */
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

/* The usual: P-256 for example.com, trusted. `more`: a second identity, or NULL. */
static bool configure(struct pair *pair, const char *names, hf_identity *more)
{
    hf_identity *identity = identity_of_kind(KIND_P256, names);
    hf_trust *trust = identity_trust();
    memset(pair, 0, sizeof *pair);
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        (more == NULL || hf_config_add_identity(pair->server_config, more, NULL));
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trust(pair->server_config, trust);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return ok;
}

static void run(struct pair *pair, const char *name)
{
    CHECK(pair_seal(pair) && pair_open(pair, name));
    pair_run(pair);
}

static void check_end(const struct end *end, const char *reason, const char *offered,
    const char *required)
{
    const hf_error *error = hf_connection_error(end->connection);
    CHECK_TEXT(end_reason(end), reason);
    CHECK_TEXT(error->offered, offered);
    CHECK_TEXT(error->required, required);
}

/* ---- Lists ---- */

static void nothing_in_common(void)
{
    struct pair pair;
    CHECK(configure(&pair, "example.com", NULL));
    CHECK(hf_config_set_groups(pair.client_config, "secp384r1", NULL));
    CHECK(hf_config_set_groups(pair.server_config, "x25519:secp256r1", NULL));
    run(&pair, "example.com");
    check_end(&pair.server, "no_common_group", "secp384r1", "x25519, secp256r1");
    CHECK_TEXT(end_reason(&pair.client), "peer_refused");
    CHECK(hf_connection_error(pair.client.connection)->alert == 40);
    pair_free(&pair);

    CHECK(configure(&pair, "example.com", NULL));
    CHECK(hf_config_set_suites(pair.client_config, "TLS_CHACHA20_POLY1305_SHA256", NULL));
    CHECK(hf_config_set_suites(pair.server_config, "TLS_AES_128_GCM_SHA256", NULL));
    run(&pair, "example.com");
    check_end(&pair.server, "no_common_suite", "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256");
    pair_free(&pair);

    CHECK(configure(&pair, "example.com", NULL));
    CHECK(hf_config_set_signatures(pair.client_config, "ed25519", NULL));
    run(&pair, "example.com");
    CHECK_TEXT(end_reason(&pair.server), "no_common_signature");
    CHECK_TEXT(hf_connection_error(pair.server.connection)->offered, "ed25519");
    pair_free(&pair);

    CHECK(configure(&pair, "example.com", NULL));
    CHECK(hf_config_set_alpn(pair.client_config, "h2,http/1.1", NULL));
    CHECK(hf_config_set_alpn(pair.server_config, "imap", NULL));
    run(&pair, "example.com");
    check_end(&pair.server, "no_common_alpn", "h2, http/1.1", "imap");
    CHECK_TEXT(end_reason(&pair.client), "peer_no_alpn");
    pair_free(&pair);
}

static void orders_of_preference(void)
{
    struct pair pair;
    hf_facts facts;
    CHECK(configure(&pair, "example.com", NULL));
    CHECK(hf_config_set_alpn(pair.client_config, "http/1.1,h2", NULL));
    CHECK(hf_config_set_alpn(pair.server_config, "h2,http/1.1", NULL));
    CHECK(hf_config_set_suites(pair.server_config,
        "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256", NULL));
    hf_config_set_share_count(pair.client_config, 3);
    CHECK(hf_config_set_groups(pair.server_config, "secp384r1:x25519", NULL));
    run(&pair, "example.com");
    CHECK(pair_connected(&pair));
    hf_connection_facts(pair.client.connection, &facts);
    CHECK_TEXT(facts.alpn, "h2");
    CHECK_TEXT(facts.suite, "TLS_AES_256_GCM_SHA384");
    CHECK_TEXT(facts.group, "secp384r1");
    CHECK(!facts.hello_retry && facts.round_trips == 1);
    pair_free(&pair);
    /* A server without protocols, or a client, agrees on none. */
    CHECK(configure(&pair, "example.com", NULL));
    CHECK(hf_config_set_alpn(pair.client_config, "h2", NULL));
    run(&pair, "example.com");
    hf_connection_facts(pair.client.connection, &facts);
    CHECK(pair_connected(&pair) && facts.alpn == NULL);
    pair_free(&pair);
}

/* ---- Names and identities ---- */

/* Which of three names the leaf that the client got is for; NULL: none. */
static bool got_leaf_of(const struct pair *pair, const char *name)
{
    size_t length;
    const uint8_t *der = hf_peer_certificate(pair->client.connection, 0, &length);
    size_t size = strlen(name);
    for (size_t i = 0; der != NULL && i + size <= length; i++) {
        if (memcmp(der + i, name, size) == 0) {
            return true;
        }
    }
    return false;
}

static void identity_by_name(void)
{
    static const struct {
        const char *asked;
        const char *leaf;   /* a name of the certificate that comes */
        const char *reason; /* the client's */
    } cases[] = {
        { "one.example", "one.example", "" },
        { "two.example", "two.example", "" },
        { "deep.three.example", "*.three.example", "" },
        { "named.three.example", "named.three.example", "" },
        { "too.deep.three.example", "one.example", "name_mismatch" },
        { "other.example", "one.example", "name_mismatch" },
        { "192.0.2.7", "one.example", "" },
        { "192.0.2.8", "one.example", "name_mismatch" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        hf_identity *more = identity_of_kind(KIND_ED25519, "two.example,*.three.example");
        hf_identity *exact = identity_of_kind(KIND_RSA, "named.three.example");
        CHECK(more != NULL && exact != NULL && configure(&pair, "one.example,192.0.2.7", more));
        CHECK(hf_config_add_identity(pair.server_config, exact, NULL));
        run(&pair, cases[i].asked);
        CHECK(got_leaf_of(&pair, cases[i].leaf));
        CHECK_TEXT(end_reason(&pair.client), cases[i].reason);
        CHECK(pair_connected(&pair) == (cases[i].reason[0] == '\0'));
        if (!pair_connected(&pair)) {
            const hf_error *error = hf_connection_error(pair.client.connection);
            CHECK(error->certificate == 0 && error->alert == 42);
            CHECK_TEXT(end_reason(&pair.server), "peer_refused_certificate");
        }
        pair_free(&pair);
        hf_identity_free(more);
        hf_identity_free(exact);
    }
}

/* Of identities for one name, one that the client can verify. */
static void identity_by_signature(void)
{
    struct pair pair;
    hf_facts facts;
    hf_identity *more = identity_of_kind(KIND_RSA, "example.com");
    CHECK(more != NULL && configure(&pair, "example.com", more));
    CHECK(hf_config_set_signatures(pair.client_config, "rsa_pss_rsae_sha384:ed25519", NULL));
    run(&pair, "example.com");
    hf_connection_facts(pair.client.connection, &facts);
    CHECK(pair_connected(&pair));
    CHECK_TEXT(facts.signature, "rsa_pss_rsae_sha384");
    pair_free(&pair);
    hf_identity_free(more);
}

static void strict_names(void)
{
    struct pair pair;
    CHECK(configure(&pair, "example.com", NULL));
    hf_config_set_strict_names(pair.server_config, true);
    run(&pair, "other.example");
    CHECK_TEXT(end_reason(&pair.server), "unknown_name");
    CHECK(hf_connection_error(pair.server.connection)->alert == 112);
    CHECK_TEXT(hf_connection_error(pair.server.connection)->offered, "other.example");
    CHECK_TEXT(end_reason(&pair.client), "peer_unknown_name");
    pair_free(&pair);
    /* Who names nothing gets the first. */
    CHECK(configure(&pair, "192.0.2.7", NULL));
    hf_config_set_strict_names(pair.server_config, true);
    run(&pair, "192.0.2.7");
    CHECK(pair_connected(&pair));
    pair_free(&pair);
}

static void names_that_are_none(void)
{
    static const char *const names[] = { "", "no spaces.example", "example..com", ".", "a:1" };
    struct pair pair;
    hf_error error;
    CHECK(configure(&pair, "example.com", NULL) && pair_seal(&pair));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK(hf_connect_new(pair.client_config, names[i], &error) == NULL);
        CHECK_TEXT(error.reason, "bad_configuration");
        CHECK(hf_connect_new(pair.client_config, names[i], NULL) == NULL);
    }
    CHECK(hf_connect_new(pair.client_config, NULL, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(hf_connect_new_sni(pair.client_config, "example.com", "192.0.2.1", &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    pair_free(&pair);
}

/* Another SNI than the identity that is verified. */
static void other_server_name(void)
{
    struct pair pair;
    hf_facts facts;
    static const char *const sni[] = { "front.example", NULL };
    for (size_t i = 0; i < 2; i++) {
        CHECK(configure(&pair, "example.com", NULL) && pair_seal(&pair));
        CHECK(pair_open(&pair, "example.com"));
        hf_connection_free(pair.client.connection);
        pair.client.connection = hf_connect_new_sni(pair.client_config, "example.com", sni[i],
            NULL);
        CHECK(pair.client.connection != NULL);
        pair_run(&pair);
        hf_connection_facts(pair.server.connection, &facts);
        CHECK(pair_connected(&pair));
        CHECK(i == 0 ? facts.server_name != NULL : facts.server_name == NULL);
        CHECK(i == 1 || strcmp(facts.server_name, sni[i]) == 0);
        pair_free(&pair);
    }
}

/* ---- Certificates ---- */

static uint64_t clock_at(void *user)
{
    return *(const uint64_t *)user;
}

static void certificates(void)
{
    static const struct {
        uint64_t now_s;
        bool other_ca;
        const char *reason;
        int alert;
    } cases[] = {
        { 1577836800u - 1, false, "certificate_not_yet_valid", 45 },
        { 1577836800u, false, "", 0 },
        { 4733510400u, false, "", 0 },
        { 4733510400u + 1, false, "certificate_expired", 45 },
        { 1800000000u, true, "untrusted_root", 48 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        char ca[4096];
        uint64_t now = cases[i].now_s * 1000;
        CHECK(configure(&pair, "example.com", NULL));
        hf_config_set_clock(pair.client_config, clock_at, &now);
        if (cases[i].other_ca) {
            hf_identity *other = hf_identity_self_signed("example.com", ca, sizeof ca, NULL);
            hf_trust *trust = hf_trust_new();
            CHECK(other != NULL && trust != NULL && hf_trust_add_pem(trust, ca, strlen(ca), NULL));
            hf_config_set_trust(pair.client_config, trust);
            hf_trust_free(trust);
            hf_identity_free(other);
        }
        run(&pair, "example.com");
        if (cases[i].other_ca) {
            /* The chain ends before its root: either word is right, both say unknown_ca. */
            CHECK(strcmp(end_reason(&pair.client), "untrusted_root") == 0 ||
                strcmp(end_reason(&pair.client), "incomplete_chain") == 0);
        } else {
            CHECK_TEXT(end_reason(&pair.client), cases[i].reason);
        }
        if (cases[i].alert != 0) {
            CHECK(hf_connection_error(pair.client.connection)->alert == cases[i].alert);
            CHECK_TEXT(end_reason(&pair.server), "peer_refused_certificate");
        } else {
            CHECK(pair_connected(&pair));
        }
        pair_free(&pair);
    }
}

struct opinion {
    bool says;
    bool heard;
    bool checked;
    unsigned calls;
};

static bool decide(void *user, hf_connection *connection, bool ok, const hf_check checks[HF_CHECKS])
{
    struct opinion *opinion = user;
    (void)connection;
    opinion->heard = ok;
    opinion->checked = checks[0].done;
    opinion->calls++;
    return opinion->says;
}

/* The application hears our verdict first and may overrule it, but not the signature. */
static void verify_callback(void)
{
    for (int i = 0; i < 4; i++) {
        struct opinion opinion = { .says = i % 2 == 1 };
        struct pair pair;
        bool good = i / 2 == 1;
        hf_check checks[HF_CHECKS];
        CHECK(configure(&pair, "example.com", NULL));
        hf_config_set_verify(pair.client_config, decide, &opinion);
        run(&pair, good ? "example.com" : "other.example");
        CHECK(opinion.calls == 1 && opinion.heard == good && opinion.checked);
        CHECK(pair_connected(&pair) == opinion.says);
        CHECK_TEXT(end_reason(&pair.client),
            opinion.says ? "" : good ? "constraint_violated" : "name_mismatch");
        CHECK(hf_peer_checks(pair.client.connection, checks) && checks[0].ok);
        CHECK(!hf_peer_checks(pair.server.connection, checks));
        pair_free(&pair);
    }
}

/* Verification switched off by name, or left to the callback alone, needs no trust. */
static void without_trust(void)
{
    for (int i = 0; i < 3; i++) {
        struct opinion opinion = { .says = i != 2 };
        struct pair pair;
        CHECK(configure(&pair, "example.com", NULL));
        hf_config_set_trust(pair.client_config, NULL);
        if (i == 0) {
            hf_config_insecure_no_verification(pair.client_config);
        } else {
            hf_config_set_verify(pair.client_config, decide, &opinion);
        }
        run(&pair, "example.com");
        CHECK(pair_connected(&pair) == (i != 2));
        CHECK(i == 0 || (opinion.calls == 1 && !opinion.heard));
        pair_free(&pair);
    }
}

/* ---- Client certificates ---- */

static void client_certificates(void)
{
    static const struct {
        hf_client_auth auth;
        int kind;               /* the client's identity; -1: none */
        const char *signatures; /* the server's; NULL: all */
        const char *at_server;
        const char *at_client;
    } cases[] = {
        { HF_AUTH_NONE, KIND_P256, NULL, "", "" },
        { HF_AUTH_REQUEST, KIND_P384, NULL, "", "" },
        { HF_AUTH_REQUEST, -1, NULL, "", "" },
        { HF_AUTH_REQUIRE, KIND_RSA_PSS, NULL, "", "" },
        { HF_AUTH_REQUIRE, -1, NULL, "client_certificate_missing", "peer_wants_certificate" },
        { HF_AUTH_REQUIRE, KIND_RSA, "ed25519", "client_certificate_missing",
            "peer_wants_certificate" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        hf_facts facts;
        hf_identity *identity = cases[i].kind < 0
            ? NULL
            : identity_of_kind((enum identity_kind)cases[i].kind, "client.example");
        CHECK(configure(&pair, "example.com", NULL));
        hf_config_set_client_auth(pair.server_config, cases[i].auth);
        CHECK(identity == NULL || hf_config_add_identity(pair.client_config, identity, NULL));
        CHECK(cases[i].signatures == NULL ||
            hf_config_set_signatures(pair.server_config, cases[i].signatures, NULL));
        run(&pair, "example.com");
        CHECK_TEXT(end_reason(&pair.server), cases[i].at_server);
        CHECK_TEXT(end_reason(&pair.client), cases[i].at_client);
        hf_connection_facts(pair.server.connection, &facts);
        bool sent = cases[i].at_server[0] == '\0' && identity != NULL &&
            cases[i].auth != HF_AUTH_NONE;
        CHECK(facts.client_certificate_sent == sent);
        size_t length;
        CHECK((hf_peer_certificate(pair.server.connection, 0, &length) != NULL) == sent);
        CHECK((hf_peer_certificate(pair.server.connection, 1, &length) != NULL) == sent);
        CHECK(hf_peer_certificate(pair.server.connection, 2, &length) == NULL && length == 0);
        pair_free(&pair);
        hf_identity_free(identity);
    }
}

/* A client certificate that the server does not trust: the client knows whose it was. */
static void refused_client_certificate(void)
{
    struct pair pair;
    hf_identity *identity = hf_identity_self_signed("client.example", NULL, 0, NULL);
    CHECK(identity != NULL && configure(&pair, "example.com", NULL));
    hf_config_set_client_auth(pair.server_config, HF_AUTH_REQUIRE);
    CHECK(hf_config_add_identity(pair.client_config, identity, NULL));
    run(&pair, "example.com");
    CHECK(hf_connection_error(pair.server.connection)->alert == 48);
    CHECK_TEXT(end_reason(&pair.client), "peer_refused_certificate");
    CHECK(hf_connection_error(pair.client.connection)->who == HF_PEER);
    pair_free(&pair);
    hf_identity_free(identity);
}

/* ---- Chance ---- */

/* No random bytes: each end fails by itself and says so; nothing half-written goes out. */
static void no_chance(void)
{
    struct pair pair;
    hf_error error;
    CHECK(configure(&pair, "example.com", NULL));
    pair_inject(&pair, 3);
    CHECK(pair_seal(&pair));
    pair.client_chance.empty = true;
    CHECK(hf_connect_new(pair.client_config, "example.com", &error) == NULL);
    CHECK_TEXT(error.reason, "operation_failed");
    pair.client_chance.empty = false;
    pair.server_chance.empty = true;
    CHECK(pair_open(&pair, "example.com"));
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.server), "operation_failed");
    CHECK_TEXT(end_reason(&pair.client), "peer_refused");
    CHECK(hf_connection_error(pair.client.connection)->alert == 80);
    CHECK(pair.server.wire_length == 7); /* one alert */
    pair_free(&pair);
}

/* Meaningless values change nothing (RFC 8701), with HelloRetryRequest too. */
static void grease(void)
{
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct pair pair;
        CHECK(configure(&pair, "example.com", NULL));
        hf_config_set_grease(pair.client_config, true);
        const char *group = seed % 2 == 0 ? "x25519" : "secp384r1";
        CHECK(hf_config_set_groups(pair.server_config, group, NULL));
        pair_inject(&pair, seed);
        run(&pair, "example.com");
        CHECK(pair_connected(&pair) && strstr(pair.server.events, "GREASE") != NULL);
        pair_free(&pair);
    }
}

TEST_MAIN(TEST(nothing_in_common), TEST(orders_of_preference), TEST(identity_by_name),
    TEST(identity_by_signature), TEST(strict_names), TEST(names_that_are_none),
    TEST(other_server_name), TEST(certificates), TEST(verify_callback), TEST(without_trust),
    TEST(client_certificates), TEST(refused_client_certificate), TEST(no_chance), TEST(grease))
