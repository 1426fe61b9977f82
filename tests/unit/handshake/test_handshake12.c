/* TLS 1.2 in memory: suites, keys, client certificates, resumption by ticket and by session ID,
 * versions. RFC 5246, 7.3; RFC 5077; RFC 7627. */
#include "support/pair.h"

#include "support/identities.h"
#include "unit/test.h"

/* What a handshake under test has beyond the defaults. */
struct setting {
    enum identity_kind kind;
    const char *suites;
    const char *groups;     /* NULL: the policy's */
    bool mutual;
    hf_version_id server_highest;
    hf_tickets *tickets;
    hf_session_cache *cache;
    enum delivery delivery;
};

/* The sessions that a client was given; the last one stays. */
struct purse {
    hf_session *session;
    unsigned count;
};

static void on_session(void *user, hf_connection *connection, hf_session *session)
{
    struct purse *purse = user;
    (void)connection;
    hf_session_free(purse->session);
    purse->session = session;
    purse->count++;
}

static bool open_pair(struct pair *pair, const struct setting *setting, struct purse *purse)
{
    *pair = (struct pair){ .delivery = setting->delivery, .chance = 7 };
    hf_identity *identity = identity_of_kind(setting->kind, "twelve.test");
    hf_identity *client = identity_of_kind(KIND_P256, "client.test");
    hf_trust *trust = identity_trust();
    bool ok = identity != NULL && client != NULL && trust != NULL &&
        pair_configs_new(pair, NULL, NULL);
    if (ok) {
        hf_config *configs[2] = { pair->client_config, pair->server_config };
        for (size_t i = 0; i < 2 && ok; i++) {
            hf_config_set_trust(configs[i], trust);
            ok = hf_config_set_suites(configs[i], setting->suites, NULL) &&
                (setting->groups == NULL ||
                    hf_config_set_groups(configs[i], setting->groups, NULL));
        }
        ok = ok && hf_config_add_identity(pair->server_config, identity, NULL) &&
            hf_config_set_versions(pair->server_config, HF_TLS12,
                setting->server_highest != 0 ? setting->server_highest : HF_TLS12, NULL) &&
            (!setting->mutual || hf_config_add_identity(pair->client_config, client, NULL));
        hf_config_set_client_auth(pair->server_config,
            setting->mutual ? HF_AUTH_REQUIRE : HF_AUTH_NONE);
        if (setting->tickets != NULL) {
            hf_config_set_tickets(pair->server_config, setting->tickets, 1, 0);
        }
        if (setting->cache != NULL) {
            hf_config_set_session_cache(pair->server_config, setting->cache);
        }
        if (purse != NULL) {
            hf_config_set_session_callback(pair->client_config, on_session, purse);
        }
        ok = ok && pair_seal(pair);
    }
    hf_identity_free(identity);
    hf_identity_free(client);
    hf_trust_free(trust);
    return ok;
}

static bool shakes(struct pair *pair, hf_session *session)
{
    hf_connect_options options = { .identity = "twelve.test", .session = session };
    CHECK(pair_open_with(pair, &options));
    pair_run(pair);
    if (!pair_connected(pair)) {
        return false;
    }
    bool said = pair_say(pair, false, "from the client") && pair_say(pair, true, "from the server");
    pair_run(pair);
    return said && pair->server.received_length == 15 && pair->client.received_length == 15;
}

static hf_facts facts_of(const struct end *end)
{
    hf_facts facts;
    hf_connection_facts(end->connection, &facts);
    return facts;
}

static void shakes_hands(void)
{
    static const struct setting settings[] = {
        { KIND_P256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", NULL, .delivery = WHOLE },
        { KIND_P384, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "secp384r1", false, 0, NULL, NULL,
            BYTE_BY_BYTE },
        { KIND_ED25519, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", NULL, false, 0, NULL, NULL,
            RANDOM_PIECES },
        { KIND_P256, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM", NULL, .delivery = WHOLE },
        { KIND_P256, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8", "secp521r1,secp256r1",
            .delivery = WHOLE },
        { KIND_RSA, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "secp256r1", .delivery = WHOLE },
        { KIND_RSA_PSS, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", NULL, .delivery = WHOLE },
        { KIND_RSA, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", NULL,
            .delivery = RANDOM_PIECES },
        { KIND_RSA, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "ffdhe2048", .delivery = WHOLE },
        { KIND_RSA, "TLS_DHE_RSA_WITH_AES_256_CCM_8", "ffdhe3072", .delivery = WHOLE },
        { KIND_RSA, "TLS_RSA_WITH_AES_256_GCM_SHA384", NULL, .delivery = BYTE_BY_BYTE },
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        for (int mutual = 0; mutual < 2; mutual++) {
            struct setting setting = settings[i];
            struct pair pair;
            setting.mutual = mutual == 1;
            CHECK(open_pair(&pair, &setting, NULL));
            CHECK(shakes(&pair, NULL));
            if (!pair_connected(&pair)) {
                pair_print(&pair);
            }
            hf_facts client = facts_of(&pair.client);
            hf_facts server = facts_of(&pair.server);
            CHECK(strcmp(client.version, "TLS 1.2") == 0 && strcmp(server.version, "TLS 1.2") == 0);
            CHECK(strcmp(client.suite, setting.suites) == 0);
            CHECK(client.extended_master_secret && server.extended_master_secret);
            CHECK(!client.resumed && !server.resumed && client.round_trips == 2);
            CHECK(server.client_certificate_sent == setting.mutual);
            pair_free(&pair);
        }
    }
}

static void resumes(void)
{
    for (int kind = 0; kind < 4; kind++) {
        bool by_ticket = kind < 2;
        struct purse purse = { 0 };
        struct pair pair;
        hf_tickets *tickets = hf_tickets_new(0, 0);
        hf_session_cache *cache = hf_session_cache_new(16);
        struct setting setting = { KIND_P256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", NULL,
            kind % 2 == 1, 0, by_ticket ? tickets : NULL, by_ticket ? NULL : cache, WHOLE };
        CHECK(tickets != NULL && cache != NULL && open_pair(&pair, &setting, &purse));
        CHECK(shakes(&pair, NULL) && purse.count == 1);
        for (int round = 0; round < 3; round++) { /* a session of TLS 1.2 serves again and again */
            CHECK(shakes(&pair, purse.session));
            hf_facts client = facts_of(&pair.client);
            hf_facts server = facts_of(&pair.server);
            CHECK(client.resumed && server.resumed && client.round_trips == 1);
            CHECK(client.resumption == NULL && server.resumption == NULL);
            CHECK(server.client_certificate_sent == setting.mutual);
            size_t length;
            CHECK(hf_peer_certificate(pair.client.connection, 0, &length) != NULL);
            CHECK((hf_peer_certificate(pair.server.connection, 0, &length) != NULL) ==
                setting.mutual);
        }
        pair_free(&pair);
        hf_session_free(purse.session);
        hf_tickets_free(tickets);
        hf_session_cache_free(cache);
    }
}

TEST_MAIN(TEST(shakes_hands), TEST(resumes))
