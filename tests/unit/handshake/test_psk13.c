/* Resumption in TLS 1.3 (RFC 9846, 2.2): what is resumed, what is not and why, and what is told. */
#include "support/edit.h"
#include "support/resumed.h"
#include "unit/test.h"

static struct met met;

static bool has_event(const struct end *end, const char *line)
{
    return strstr(end->events, line) != NULL;
}

/* The second session of a first, full handshake is kept for later. */
static bool meet(const struct met_setup *setup)
{
    if (!met_new(&met, setup) || !met_shake(&met, NULL)) {
        pair_print(&met.pair);
        return false;
    }
    return true;
}

static void talk(void)
{
    CHECK(pair_say(&met.pair, false, "ping") && pair_say(&met.pair, true, "pong"));
    pair_run(&met.pair);
    CHECK(met.pair.client.received_length == 4 && met.pair.server.received_length == 4);
}

/* ---- What is resumed ---- */

static void resumes_and_again(void)
{
    size_t length = 0;
    uint8_t leaf[4096];
    hf_check checks[HF_CHECKS];
    CHECK(meet(&(struct met_setup){ .alpn = "h2" }));
    CHECK(met.count == 2);
    CHECK(met_refused(&met, SESSION_USABLE, SESSION_NONE_OFFERED));
    const uint8_t *first = hf_peer_certificate(met.pair.client.connection, 0, &length);
    CHECK(first != NULL && length <= sizeof leaf);
    memcpy(leaf, first, length);
    uint64_t begun = session_view(met.sessions[0])->created_ms;
    for (size_t i = 0; i < 3; i++) {
        size_t again = 0;
        met.now_ms += 3600000;
        CHECK(met_shake(&met, met.sessions[2 * i]) && met_resumed(&met));
        CHECK(met.count == 4 + 2 * i);
        CHECK(session_view(met.sessions[3 + 2 * i])->created_ms == begun);
        CHECK(session_view(met.sessions[3 + 2 * i])->issued_ms == met.now_ms);
        /* No certificate went, and all are known. */
        CHECK(!has_event(&met.pair.server, "> Certificate "));
        const uint8_t *now = hf_peer_certificate(met.pair.client.connection, 0, &again);
        CHECK(now != NULL && again == length && memcmp(now, leaf, length) == 0);
        CHECK(hf_peer_certificate(met.pair.client.connection, 1, &again) != NULL);
        CHECK(hf_peer_checks(met.pair.client.connection, checks));
        CHECK(checks[CHECK_CHAIN].ok && checks[CHECK_IDENTITY].ok && checks[CHECK_VALIDITY].ok);
        CHECK(strstr(checks[CHECK_CHAIN].detail, "when the session began") != NULL);
        CHECK(!checks[CHECK_REVOCATION].done);
        talk();
    }
    hf_facts facts;
    hf_connection_facts(met.pair.client.connection, &facts);
    CHECK_TEXT(facts.alpn, "h2");
    CHECK_TEXT(facts.signature, "ecdsa_secp256r1_sha256");
    CHECK_TEXT(facts.server_name, "a.example");
    CHECK(facts.round_trips == 1);
    met_free(&met);
}

static void keys_are_fresh_and_go_on(void)
{
    uint8_t a[32];
    uint8_t b[32];
    CHECK(meet(&(struct met_setup){ 0 }));
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    CHECK(hf_export(met.pair.client.connection, "x", NULL, 0, a, sizeof a) == HF_OK);
    CHECK(hf_export(met.pair.server.connection, "x", NULL, 0, b, sizeof b) == HF_OK);
    CHECK_BYTES(a, b, sizeof a);
    CHECK(hf_key_update(met.pair.client.connection, true) == HF_OK);
    pair_run(&met.pair);
    CHECK(hf_key_update(met.pair.server.connection, false) == HF_OK);
    pair_run(&met.pair);
    talk();
    /* Both tickets of a connection have secrets of their own. */
    const struct session *x = session_view(met.sessions[2]);
    const struct session *y = session_view(met.sessions[3]);
    CHECK(x->secret_length == 48 || x->secret_length == 32);
    CHECK(memcmp(x->secret, y->secret, x->secret_length) != 0 && x->age_add != y->age_add);
    CHECK(met_shake(&met, met.sessions[1]) && met_resumed(&met));
    CHECK(hf_export(met.pair.client.connection, "x", NULL, 0, b, sizeof b) == HF_OK);
    CHECK(memcmp(a, b, sizeof a) != 0);
    met_free(&met);
}

static void however_bytes_come(void)
{
    for (int delivery = WHOLE; delivery <= RANDOM_PIECES; delivery++) {
        CHECK(meet(&(struct met_setup){ .grease = true }));
        met.pair.delivery = (enum delivery)delivery;
        CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
        talk();
        met_free(&met);
    }
}

/* The key exchange is done by somebody else, while the session is held. */
static void while_others_work(void)
{
    CHECK(met_new(&met, &(struct met_setup){ 0 }));
    hf_config_defer_operations(met.pair.client_config, true);
    hf_config_defer_operations(met.pair.server_config, true);
    CHECK(met_shake(&met, NULL) && met_shake(&met, met.sessions[0]) && met_resumed(&met));
    CHECK(has_event(&met.pair.client, "operation SHARED_SECRET ends"));
    CHECK(!has_event(&met.pair.client, "operation PEER"));
    CHECK(!has_event(&met.pair.server, "operation SIGNATURE"));
    talk();
    met_free(&met);
}

/* RFC 9846, 4.2.2: age and binder are made anew over both hellos. */
static void after_hello_retry(void)
{
    for (int retries = 0; retries < 2; retries++) {
        CHECK(meet(&(struct met_setup){ .groups = "x25519:secp256r1",
            .server_groups = "secp256r1", .retries = retries > 0 }));
        CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
        hf_facts facts;
        hf_connection_facts(met.pair.client.connection, &facts);
        CHECK(facts.hello_retry && facts.round_trips == 2);
        CHECK(has_event(&met.pair.client, "< HelloRetryRequest"));
        talk();
        met_free(&met);
    }
}

/* The second hello comes to a server that never saw the first one. */
static void after_stateless_retry(void)
{
    CHECK(meet(&(struct met_setup){ .groups = "x25519:secp256r1", .server_groups = "secp256r1",
        .retries = true }));
    CHECK(met_open(&met, met.sessions[0]));
    CHECK(pair_move(&met.pair, false) && pair_feed(&met.pair, &met.pair.server));
    CHECK(pair_move(&met.pair, true) && pair_replace_server(&met.pair));
    pair_run(&met.pair);
    CHECK(pair_connected(&met.pair) && met_resumed(&met));
    met_free(&met);
}

/* RFC 9846, 4.2.2: what HelloRetryRequest's suite cannot use is not offered again. */
static void retry_takes_the_hash_away(void)
{
    CHECK(meet(&(struct met_setup){ .server_suites = "TLS_AES_128_GCM_SHA256",
        .groups = "x25519:secp256r1" }));
    CHECK(met_configs(&met, &(struct met_setup){ .server_suites = "TLS_AES_256_GCM_SHA384",
        .groups = "x25519:secp256r1", .server_groups = "secp256r1" }));
    CHECK(met_shake(&met, met.sessions[0]));
    CHECK(met_refused(&met, SESSION_OTHER_SUITE, SESSION_NONE_OFFERED));
    met_free(&met);
}

static void client_certificate_stays(void)
{
    struct met_setup setup = { .client_auth = HF_AUTH_REQUIRE, .client_identity = true };
    size_t length = 0;
    uint8_t leaf[4096];
    hf_facts facts;
    CHECK(meet(&setup));
    const uint8_t *first = hf_peer_certificate(met.pair.server.connection, 0, &length);
    CHECK(first != NULL && length <= sizeof leaf);
    memcpy(leaf, first, length);
    for (size_t i = 0; i < 2; i++) {
        size_t again = 0;
        hf_check checks[HF_CHECKS];
        CHECK(met_shake(&met, met.sessions[2 * i]) && met_resumed(&met));
        CHECK(!has_event(&met.pair.client, "CertificateRequest"));
        const uint8_t *now = hf_peer_certificate(met.pair.server.connection, 0, &again);
        CHECK(now != NULL && again == length && memcmp(now, leaf, length) == 0);
        hf_connection_facts(met.pair.server.connection, &facts);
        CHECK(facts.client_certificate_sent);
        CHECK(hf_peer_checks(met.pair.server.connection, checks));
        CHECK(checks[CHECK_CHAIN].ok && !checks[CHECK_IDENTITY].done);
    }
    met_free(&met);
}

/* A client that verifies nothing has nothing to say of it later either. */
static void nothing_verified(void)
{
    hf_check checks[HF_CHECKS];
    CHECK(met_new(&met, &(struct met_setup){ 0 }));
    hf_config_insecure_no_verification(met.pair.client_config);
    met.name = "c.example"; /* is in no certificate */
    CHECK(met_shake(&met, NULL) && met.count == 2);
    CHECK(session_view(met.sessions[0])->verified_until == 0);
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    CHECK(!hf_peer_checks(met.pair.client.connection, checks));
    met_free(&met);
}

/* ---- What a client does not offer ---- */

static void check_not_offered(enum session_verdict verdict)
{
    CHECK(pair_connected(&met.pair) && met_refused(&met, verdict, SESSION_NONE_OFFERED));
    CHECK(!has_event(&met.pair.server, "<   pre_shared_key"));
}

static void once_only(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    CHECK(met_shake(&met, met.sessions[0]));
    check_not_offered(SESSION_ALREADY_USED);
    met_free(&met);
}

static void for_another_name(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    met.name = "b.example";
    CHECK(met_shake(&met, met.sessions[0]));
    check_not_offered(SESSION_OTHER_NAME);
    /* It was not used up by that. */
    met.name = "a.example";
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    met_free(&met);
}

static void for_another_identity(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    hf_connect_options options = { .identity = "b.example", .server_name = "a.example",
        .session = met.sessions[0] };
    CHECK(pair_open_with(&met.pair, &options));
    pair_run(&met.pair);
    check_not_offered(SESSION_OTHER_IDENTITY);
    met_free(&met);
}

static void under_another_config(void)
{
    static const struct {
        struct met_setup before;
        struct met_setup after;
        enum session_verdict verdict;
    } rows[] = {
        { { 0 }, { .other_trust = true }, SESSION_OTHER_CONFIG },
        { { 0 }, { .client_identity = true }, SESSION_OTHER_CONFIG },
        { { .alpn = "h2" }, { .alpn = "http/1.1" }, SESSION_OTHER_PROTOCOL },
        { { .alpn = "h2" }, { 0 }, SESSION_OTHER_PROTOCOL },
        { { 0 }, { .suites = "TLS_AES_128_GCM_SHA256" }, SESSION_OTHER_CONFIG },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(meet(&rows[i].before));
        CHECK(met_configs(&met, &rows[i].after) && met_shake(&met, met.sessions[0]));
        check_not_offered(rows[i].verdict);
        /* With the old config it would be used all the same. */
        CHECK(met_configs(&met, &rows[i].before) && met_shake(&met, met.sessions[0]));
        CHECK(met_resumed(&met));
        met_free(&met);
    }
}

static void too_late_or_too_early(void)
{
    CHECK(meet(&(struct met_setup){ .lifetime_s = 100 }));
    met.now_ms += 100000;
    CHECK(met_shake(&met, met.sessions[0]));
    check_not_offered(SESSION_EXPIRED);
    met.now_ms -= 3600000;
    CHECK(met_shake(&met, met.sessions[1]));
    check_not_offered(SESSION_FROM_THE_FUTURE);
    met_free(&met);
}

static void without_that_version(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    CHECK(met_configs(&met, &(struct met_setup){ 0 }));
    CHECK(hf_config_set_versions(met.pair.client_config, HF_TLS12, HF_TLS12, NULL));
    CHECK(met_shake(&met, met.sessions[0]));
    CHECK(!has_event(&met.pair.server, "<   pre_shared_key"));
    CHECK(!has_event(&met.pair.server, "<   psk_key_exchange_modes"));
    CHECK(met_refused(&met, SESSION_OTHER_VERSION, SESSION_NONE_OFFERED));
    met_free(&met);
}

/* ---- What a server does not take: a full handshake, and the reason ---- */

static void check_not_taken(enum session_verdict verdict)
{
    CHECK(pair_connected(&met.pair) && met_refused(&met, SESSION_NOT_TAKEN, verdict));
    CHECK(has_event(&met.pair.server, "<   pre_shared_key"));
    CHECK(!has_event(&met.pair.client, "<   pre_shared_key"));
    talk();
}

static size_t flipped;

static void flip(struct session *session)
{
    static uint8_t ticket[SESSION_TICKET_MAX];
    memcpy(ticket, session->ticket.data, session->ticket.length);
    ticket[flipped / 8] ^= (uint8_t)(1U << flipped % 8);
    session->ticket.data = ticket;
}

static void shorten(struct session *session)
{
    session->ticket.length = flipped;
}

/* `whole`: the verdict depends on the byte, and is never "usable". */
static void offer_changed(void (*edit)(struct session *session))
{
    hf_session *changed = met_change(&met, edit);
    hf_facts facts;
    CHECK(changed != NULL && met_shake(&met, changed));
    hf_connection_facts(met.pair.server.connection, &facts);
    CHECK(!facts.resumed && facts.resumption != NULL);
    CHECK(pair_connected(&met.pair));
    hf_session_free(changed);
    for (; met.count > 2; met.count--) {
        hf_session_free(met.sessions[met.count - 1]);
    }
}

static void altered_or_truncated(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    size_t length = session_view(met.sessions[1])->ticket.length;
    for (flipped = 0; flipped < 8 * length && test_failures == 0; flipped += 5) {
        offer_changed(flip);
    }
    for (flipped = 1; flipped < length && test_failures == 0; flipped++) {
        offer_changed(shorten);
    }
    CHECK(met_shake(&met, met.sessions[1]) && met_resumed(&met));
    met_free(&met);
}

static void under_another_key(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    hf_tickets_free(met.tickets);
    met.tickets = hf_tickets_new(0, 0);
    CHECK(met_configs(&met, &(struct met_setup){ 0 }) && met_shake(&met, met.sessions[0]));
    check_not_taken(SESSION_UNKNOWN_KEY);
    CHECK(met_configs(&met, &(struct met_setup){ .no_tickets = true }));
    CHECK(met_shake(&met, met.sessions[1]));
    check_not_taken(SESSION_UNKNOWN_KEY);
    met_free(&met);
}

static void key_retired(void)
{
    static const uint8_t old[HF_TICKET_KEY] = { 1 };
    static const uint8_t fresh[HF_TICKET_KEY] = { 2 };
    CHECK(met_new(&met, &(struct met_setup){ 0 }));
    hf_tickets_set_key(met.tickets, old, true);
    CHECK(met_shake(&met, NULL));
    hf_tickets_set_key(met.tickets, fresh, true);
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    hf_tickets_retire_key(met.tickets, old);
    CHECK(met_shake(&met, met.sessions[1]));
    check_not_taken(SESSION_UNKNOWN_KEY);
    CHECK(met_shake(&met, met.sessions[2]) && met_resumed(&met)); /* sealed with the fresh one */
    met_free(&met);
}

static void of_another_server(void)
{
    static const struct {
        struct met_setup before;
        struct met_setup after;
        enum session_verdict verdict;
    } rows[] = {
        { { 0 }, { .client_auth = HF_AUTH_REQUEST }, SESSION_OTHER_CONFIG },
        { { .client_auth = HF_AUTH_REQUEST }, { 0 }, SESSION_OTHER_CONFIG },
        { { 0 }, { .server_suites = "TLS_AES_128_GCM_SHA256" }, SESSION_OTHER_CONFIG },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK(meet(&rows[i].before));
        CHECK(met_configs(&met, &rows[i].after) && met_shake(&met, met.sessions[0]));
        check_not_taken(rows[i].verdict);
        met_free(&met);
    }
}

/* A client that does not keep to its part: the server judges by what the ticket says. */
static void become_b(struct session *session)
{
    memcpy(session->server_name, "b.example", sizeof "b.example");
    memcpy(session->identity, "b.example", sizeof "b.example");
}

static void become_http(struct session *session)
{
    memcpy(session->alpn, "http/1.1", sizeof "http/1.1");
}

static void live_longer(struct session *session)
{
    session->lifetime_s = SESSION_LIFETIME_MAX_S;
}

static void become_other_hash(struct session *session)
{
    memcpy(session->binding, met.pair.client_config->settings.session_binding, SESSION_BINDING);
    session->suite = suite_find(session->suite->hash == HASH_SHA256 ? 0x1302 : 0x1301);
    session->secret_length = session->suite->hash == HASH_SHA256 ? 32 : 48;
}

/* A session of one hash where the suites that are offered now have the other. */
static void of_another_hash(void)
{
    CHECK(meet(&(struct met_setup){ .suites = "TLS_AES_256_GCM_SHA384" }));
    hf_session *changed = met_change(&met, become_other_hash);
    CHECK(met_shake(&met, changed));
    check_not_offered(SESSION_OTHER_SUITE);
    hf_session_free(changed);
    /* Here the server alone finds it. */
    CHECK(met_configs(&met, &(struct met_setup){ .suites = "TLS_AES_128_GCM_SHA256" }));
    CHECK(pair_seal(&met.pair));
    changed = met_change(&met, become_other_hash);
    CHECK(met_shake(&met, changed));
    check_not_taken(SESSION_OTHER_SUITE);
    hf_session_free(changed);
    met_free(&met);
}

static void client_does_not_judge(void)
{
    CHECK(meet(&(struct met_setup){ .lifetime_s = 100 }));
    hf_session *changed = met_change(&met, become_b);
    met.name = "b.example";
    CHECK(met_shake(&met, changed));
    check_not_taken(SESSION_OTHER_NAME);
    hf_session_free(changed);
    met_free(&met);

    CHECK(meet(&(struct met_setup){ .alpn = "h2", .lifetime_s = 100 }));
    changed = met_change(&met, become_http);
    CHECK(met_configs(&met, &(struct met_setup){ .alpn = "http/1.1" }));
    CHECK(met_shake(&met, changed));
    check_not_taken(SESSION_OTHER_PROTOCOL);
    hf_session_free(changed);
    met_free(&met);

    CHECK(meet(&(struct met_setup){ .lifetime_s = 100 }));
    changed = met_change(&met, live_longer);
    met.now_ms += 200000;
    CHECK(met_shake(&met, changed));
    check_not_taken(SESSION_EXPIRED);
    hf_session_free(changed);
    met_free(&met);
}

TEST_MAIN(TEST(resumes_and_again), TEST(keys_are_fresh_and_go_on), TEST(however_bytes_come),
    TEST(while_others_work), TEST(after_hello_retry), TEST(after_stateless_retry),
    TEST(retry_takes_the_hash_away), TEST(client_certificate_stays), TEST(nothing_verified),
    TEST(once_only), TEST(for_another_name), TEST(for_another_identity),
    TEST(under_another_config), TEST(too_late_or_too_early), TEST(without_that_version),
    TEST(altered_or_truncated), TEST(under_another_key), TEST(key_retired),
    TEST(of_another_server), TEST(of_another_hash), TEST(client_does_not_judge))
