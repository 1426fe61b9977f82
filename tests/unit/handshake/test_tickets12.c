/* Sessions of TLS 1.2 that must not be resumed, each with its reason: tickets that were altered,
 * cut or sealed with a key that went; another name, protocol, config or client certificate; and
 * the extended master secret, without which nothing is resumed (RFC 5077; RFC 7627, 5.3). */
#include "support/edit.h"
#include "support/resumed.h"
#include "unit/test.h"

static struct met met;

#define TWELVE \
    .suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", \
    .server_suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:" \
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"

/* A first handshake, and the one session that it brings. */
static bool meet(const struct met_setup *setup)
{
    return met_new(&met, setup) && met_shake(&met, NULL) && met.count == 1 &&
        session_view(met.sessions[0])->version == VERSION_TLS12;
}

static void check_not_taken(enum session_verdict verdict)
{
    CHECK(pair_connected(&met.pair) && met_refused(&met, SESSION_NOT_TAKEN, verdict));
}

static void resumes_again_and_again(void)
{
    CHECK(meet(&(struct met_setup){ TWELVE }));
    for (int i = 0; i < 3; i++) {
        CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
        CHECK(pair_say(&met.pair, true, "a") && pair_say(&met.pair, false, "b"));
        pair_run(&met.pair);
        CHECK(met.pair.server.received_length == 1 && met.pair.client.received_length == 1);
    }
    met_free(&met);
}

static size_t changed_at;

static void flip(struct session *session)
{
    static uint8_t ticket[SESSION_TICKET_MAX];
    memcpy(ticket, session->ticket.data, session->ticket.length);
    ticket[changed_at / 8] ^= (uint8_t)(1U << changed_at % 8);
    session->ticket.data = ticket;
}

static void shorten(struct session *session)
{
    session->ticket.length = changed_at;
}

static void become_b(struct session *session)
{
    memcpy(session->server_name, "b.example", sizeof "b.example");
    memcpy(session->identity, "b.example", sizeof "b.example");
}

static void become_http(struct session *session)
{
    memcpy(session->alpn, "http/1.1", sizeof "http/1.1");
}

static void become_current(struct session *session)
{
    memcpy(session->binding, met.pair.client_config->settings.session_binding, SESSION_BINDING);
}

/* Offers the session changed, and forgets the sessions that this brought. Whether the server went
 * its own way, with a reason, and all is well. */
static bool is_refused(void (*edit)(struct session *session))
{
    hf_facts facts;
    hf_session *changed = met_change(&met, edit);
    bool connected = changed != NULL && met_shake(&met, changed);
    hf_connection_facts(met.pair.server.connection, &facts);
    hf_session_free(changed);
    for (; met.count > 1; met.count--) {
        hf_session_free(met.sessions[met.count - 1]);
    }
    return connected && !facts.resumed && facts.resumption != NULL;
}

static void altered_or_truncated(void)
{
    CHECK(meet(&(struct met_setup){ TWELVE }));
    size_t length = session_view(met.sessions[0])->ticket.length;
    for (changed_at = 0; changed_at < 8 * length && test_failures == 0; changed_at += 7) {
        CHECK(is_refused(flip));
    }
    for (changed_at = 1; changed_at < length && test_failures == 0; changed_at += 3) {
        CHECK(is_refused(shorten));
    }
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    met_free(&met);
}

static void keys_rotate(void)
{
    static const uint8_t old[HF_TICKET_KEY] = { 1 };
    static const uint8_t fresh[HF_TICKET_KEY] = { 2 };
    CHECK(met_new(&met, &(struct met_setup){ TWELVE }));
    hf_tickets_set_key(met.tickets, old, true);
    CHECK(met_shake(&met, NULL) && met.count == 1);
    hf_tickets_set_key(met.tickets, fresh, true);
    /* The old key opens, and brings a ticket under the fresh one, which needs no renewal. */
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met) && met.count == 2);
    CHECK(met_shake(&met, met.sessions[1]) && met_resumed(&met) && met.count == 2);
    CHECK(session_view(met.sessions[1])->created_ms == session_view(met.sessions[0])->created_ms);
    hf_tickets_retire_key(met.tickets, old);
    CHECK(met_shake(&met, met.sessions[0]));
    check_not_taken(SESSION_UNKNOWN_KEY);
    CHECK(met_shake(&met, met.sessions[1]) && met_resumed(&met));
    met_free(&met);
}

/* A client that does not keep to its part: the server judges by what the ticket says. */
static void another_name_or_protocol(void)
{
    CHECK(meet(&(struct met_setup){ TWELVE }));
    hf_session *changed = met_change(&met, become_b);
    met.name = "b.example";
    CHECK(met_shake(&met, changed));
    check_not_taken(SESSION_OTHER_NAME);
    hf_session_free(changed);
    met_free(&met);

    CHECK(meet(&(struct met_setup){ TWELVE, .alpn = "h2" }));
    changed = met_change(&met, become_http);
    CHECK(met_configs(&met, &(struct met_setup){ TWELVE, .alpn = "http/1.1" }));
    CHECK(met_shake(&met, changed));
    check_not_taken(SESSION_OTHER_PROTOCOL);
    hf_session_free(changed);
    met_free(&met);
}

static void another_config_or_client(void)
{
    static const struct {
        struct met_setup before;
        struct met_setup after;
        enum session_verdict verdict;
    } rows[] = {
        { { TWELVE }, { TWELVE, .client_auth = HF_AUTH_REQUEST }, SESSION_OTHER_CONFIG },
        { { TWELVE, .client_auth = HF_AUTH_REQUEST }, { TWELVE }, SESSION_OTHER_CONFIG },
        { { TWELVE, .client_auth = HF_AUTH_REQUEST }, { TWELVE, .client_auth = HF_AUTH_REQUIRE,
            .client_identity = true }, SESSION_OTHER_CONFIG },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(meet(&rows[i].before));
        CHECK(met_configs(&met, &rows[i].after) && pair_seal(&met.pair));
        hf_session *changed = met_change(&met, become_current);
        CHECK(met_shake(&met, changed));
        check_not_taken(rows[i].verdict);
        hf_session_free(changed);
        met_free(&met);
    }
}

static void client_certificate_stays(void)
{
    struct met_setup setup = { TWELVE, .client_auth = HF_AUTH_REQUIRE, .client_identity = true };
    CHECK(meet(&setup) && met_shake(&met, met.sessions[0]) && met_resumed(&met));
    size_t length;
    CHECK(hf_peer_certificate(met.pair.server.connection, 0, &length) != NULL && length > 0);
    met_free(&met);
}

static void drop_extended_master(void *user, struct hf_connection *c, enum message message,
    hf_builder *body)
{
    (void)c;
    if (message == *(const enum message *)user) {
        edit_extension_drop(message, body, EXT_EXTENDED_MASTER_SECRET);
    }
}

/* RFC 7627, 5.3: who resumes without it is refused; who never had it gets no session. */
static void extended_master_secret_or_nothing(void)
{
    static enum message hello[] = { CLIENT_HELLO, SERVER_HELLO };
    for (size_t i = 0; i < 2; i++) {
        CHECK(meet(&(struct met_setup){ TWELVE }));
        CHECK(met_configs(&met, &(struct met_setup){ TWELVE }));
        hf_config *config = i == 0 ? met.pair.client_config : met.pair.server_config;
        config->settings.rewrite = drop_extended_master;
        config->settings.rewrite_user = &hello[i];
        CHECK(!met_shake(&met, met.sessions[0]));
        CHECK_TEXT(end_reason(i == 0 ? &met.pair.server : &met.pair.client),
            "lost_extended_master");
        CHECK(hf_connection_error(i == 0 ? met.pair.server.connection
            : met.pair.client.connection)->alert == 40);
        met_free(&met);
    }
    CHECK(met_new(&met, &(struct met_setup){ TWELVE }) && pair_seal(&met.pair));
    met.pair.client_config->settings.rewrite = drop_extended_master;
    met.pair.client_config->settings.rewrite_user = &hello[0];
    CHECK(met_shake(&met, NULL) && met.count == 0);
    met_free(&met);
}

TEST_MAIN(TEST(resumes_again_and_again), TEST(altered_or_truncated), TEST(keys_rotate),
    TEST(another_name_or_protocol), TEST(another_config_or_client),
    TEST(client_certificate_stays), TEST(extended_master_secret_or_nothing))
