/* A client and a server that meet more than once: see resumed.h. */
#include "support/resumed.h"

#include "support/identities.h"

static uint64_t tell_time(void *user)
{
    return ((const struct met *)user)->now_ms;
}

static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    struct met *met = user;
    (void)connection;
    if (met->count < MET_SESSIONS) {
        met->sessions[met->count++] = session;
    } else {
        hf_session_free(session);
    }
}

static bool set_lists(const struct pair *pair, const struct met_setup *setup)
{
    hf_config *client = pair->client_config;
    hf_config *server = pair->server_config;
    return (setup->alpn == NULL || (hf_config_set_alpn(client, setup->alpn, NULL) &&
                                       hf_config_set_alpn(server, setup->alpn, NULL))) &&
        (setup->suites == NULL || hf_config_set_suites(client, setup->suites, NULL)) &&
        (setup->server_suites == NULL ||
            hf_config_set_suites(server, setup->server_suites, NULL)) &&
        (setup->groups == NULL || hf_config_set_groups(client, setup->groups, NULL)) &&
        (setup->server_groups == NULL || hf_config_set_groups(server, setup->server_groups, NULL));
}

static bool set_identities(const struct pair *pair, const struct met_setup *setup, hf_trust *trust)
{
    char ca[4096];
    hf_identity *identity = identity_of_kind(KIND_P256, "a.example,b.example");
    hf_identity *other = hf_identity_self_signed("other", ca, sizeof ca, NULL);
    bool ok = identity != NULL && other != NULL && trust != NULL &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        (!setup->client_identity || hf_config_add_identity(pair->client_config, identity, NULL)) &&
        (!setup->other_trust || hf_trust_add_pem(trust, ca, strlen(ca), NULL));
    hf_identity_free(identity);
    hf_identity_free(other);
    return ok;
}

static void set_sessions(struct met *met, const struct met_setup *setup)
{
    static const uint8_t cookie_key[32] = { 1 };
    hf_config *client = met->pair.client_config;
    hf_config *server = met->pair.server_config;
    hf_config_set_clock(client, tell_time, met);
    hf_config_set_clock(server, tell_time, met);
    hf_config_set_client_auth(server, setup->client_auth);
    hf_config_set_grease(client, setup->grease);
    if (setup->retries) {
        hf_config_set_stateless_retry(server, cookie_key);
    }
    if (!setup->no_callback) {
        hf_config_set_session_callback(client, keep_session, met);
    }
    if (!setup->no_tickets) {
        hf_config_set_tickets(server, met->tickets,
            setup->ticket_count > 0 ? setup->ticket_count : 2, setup->lifetime_s);
    }
}

bool met_configs(struct met *met, const struct met_setup *setup)
{
    hf_trust *trust = identity_trust();
    hf_trust *servers = identity_trust();
    pair_free(&met->pair);
    bool ok = pair_configs_new(&met->pair, setup->client_memory, setup->server_memory) &&
        set_lists(&met->pair, setup) && set_identities(&met->pair, setup, trust);
    if (ok) {
        hf_config_set_trust(met->pair.client_config, trust);
        hf_config_set_trust(met->pair.server_config, servers);
        set_sessions(met, setup);
    }
    hf_trust_free(trust);
    hf_trust_free(servers);
    return ok;
}

bool met_new(struct met *met, const struct met_setup *setup)
{
    memset(met, 0, sizeof *met);
    met->now_ms = UINT64_C(1790000000000); /* 2026 */
    met->name = "a.example";
    met->tickets = hf_tickets_new(0, SESSION_LIFETIME_MAX_S);
    return met->tickets != NULL && met_configs(met, setup);
}

bool met_open(struct met *met, hf_session *session)
{
    hf_connect_options options = { .identity = met->name, .session = session };
    if (!met->pair.client_config->sealed && !pair_seal(&met->pair)) {
        return false;
    }
    return pair_open_with(&met->pair, &options);
}

bool met_shake(struct met *met, hf_session *session)
{
    if (!met_open(met, session)) {
        return false;
    }
    pair_run(&met->pair);
    return pair_connected(&met->pair);
}

void met_free(struct met *met)
{
    pair_free(&met->pair);
    for (size_t i = 0; i < met->count; i++) {
        hf_session_free(met->sessions[i]);
    }
    met->count = 0;
    hf_tickets_free(met->tickets);
    met->tickets = NULL;
}

/* ---- What came of it ---- */

static bool says(const struct end *end, bool resumed, enum session_verdict verdict)
{
    hf_facts facts;
    hf_connection_facts(end->connection, &facts);
    const char *words = facts.resumption != NULL ? facts.resumption : "";
    const char *expected = session_verdict_text(verdict);
    expected = expected != NULL ? expected : "";
    if (facts.resumed != resumed || strcmp(words, expected) != 0) {
        (void)fprintf(stderr, "resumed: %d, \"%s\"\n", facts.resumed, words);
        return false;
    }
    return true;
}

bool met_resumed(const struct met *met)
{
    return says(&met->pair.client, true, SESSION_USABLE) &&
        says(&met->pair.server, true, SESSION_USABLE);
}

bool met_refused(const struct met *met, enum session_verdict client, enum session_verdict server)
{
    bool first = says(&met->pair.client, false, client);
    return says(&met->pair.server, false, server) && first;
}

hf_session *met_change(const struct met *met, void (*edit)(struct session *session))
{
    struct session copy = *session_view(met->sessions[met->count - 1]);
    edit(&copy);
    return session_new(&allocator_malloc, &copy, NULL);
}
