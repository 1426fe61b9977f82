/* Every message in every state of the library itself that does not expect it: refused with
 * unexpected_message and words that name what came, what was expected and the state; and the alert
 * reaches the peer. The states are reached by real handshakes in memory, message by message; what
 * is injected is sealed under the right keys. What each state expects is written here from RFC
 * 9846, Appendix A, and not read from the tables (RFC 9846, 4, 5 and 5.1). */
#include "keys/schedule13.h"
#include "support/identities.h"
#include "support/pair.h"
#include "support/tally.h"

enum { MESSAGE_KEPT = 4096, MESSAGES_KEPT = 16, ALERT_UNEXPECTED = 10, RETRY_MESSAGE = 300 };

/* A message as it went out, header included. */
struct kept {
    uint8_t bytes[MESSAGE_KEPT];
    size_t length;
};

struct sent {
    struct kept message[MESSAGES_KEPT];
    size_t count;
};

/* What a handshake is asked to have. */
struct scenario {
    const char *name;
    bool retry;
    bool asked;
    bool has_certificate;
    bool resumed;
};
static const struct scenario scenarios[] = {
    { "a plain handshake", false, false, false, false },
    { "a retried handshake", true, false, false, false },
    { "a handshake with a client certificate", false, true, true, false },
    { "a retried handshake, asked in vain for a certificate", true, true, false, false },
    { "a resumed handshake", false, false, false, true },
    { "a retried and resumed handshake with a client certificate", true, true, true, true },
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

struct bench {
    struct pair pair;
    struct sent sent[2]; /* by the client, by the server */
    struct tally tally;
    const struct scenario *scenario;
    uint32_t reached[2]; /* states, by the role that waited in them */
    hf_session *session; /* that every handshake resumes; NULL: none */
};

/* What may be injected: a type, and the library's name for it. */
struct injected {
    unsigned type;
    const char *name;
};
static const struct injected injected[] = {
    { TYPE_HELLO_REQUEST, "HelloRequest" },
    { TYPE_CLIENT_HELLO, "ClientHello" },
    { RETRY_MESSAGE, "HelloRetryRequest" },
    { TYPE_SERVER_HELLO, "ServerHello" },
    { TYPE_NEW_SESSION_TICKET, "NewSessionTicket" },
    { TYPE_END_OF_EARLY_DATA, "EndOfEarlyData" },
    { TYPE_ENCRYPTED_EXTENSIONS, "EncryptedExtensions" },
    { TYPE_CERTIFICATE, "Certificate" },
    { TYPE_SERVER_KEY_EXCHANGE, "ServerKeyExchange" },
    { TYPE_CERTIFICATE_REQUEST, "CertificateRequest" },
    { TYPE_SERVER_HELLO_DONE, "ServerHelloDone" },
    { TYPE_CERTIFICATE_VERIFY, "CertificateVerify" },
    { TYPE_CLIENT_KEY_EXCHANGE, "ClientKeyExchange" },
    { TYPE_FINISHED, "Finished" },
    { TYPE_CERTIFICATE_STATUS, "CertificateStatus" },
    { TYPE_KEY_UPDATE, "KeyUpdate" },
    { TYPE_MESSAGE_HASH, "message_hash" },
    { 99, "unknown" },
};

/* What each state expects: RFC 9846, Appendix A and 4.7. */
static const struct {
    bool server;
    bool retried; /* a retry tells two states of one name apart */
    bool any;     /* retried or not */
    enum state state;
    const char *words;
    unsigned legal[3]; /* 0: none; HelloRequest is never legal */
    bool data;
} expected[] = {
    { false, false, false, WAIT_SH, "HelloRetryRequest or ServerHello",
        { RETRY_MESSAGE, TYPE_SERVER_HELLO }, false },
    { false, true, false, WAIT_SH, "ServerHello", { TYPE_SERVER_HELLO }, false },
    { false, false, true, WAIT_EE, "EncryptedExtensions", { TYPE_ENCRYPTED_EXTENSIONS }, false },
    { false, false, true, WAIT_CERT_CR, "CertificateRequest or Certificate",
        { TYPE_CERTIFICATE_REQUEST, TYPE_CERTIFICATE }, false },
    { false, false, true, WAIT_CERT, "Certificate", { TYPE_CERTIFICATE }, false },
    { false, false, true, WAIT_CV, "CertificateVerify", { TYPE_CERTIFICATE_VERIFY }, false },
    { false, false, true, WAIT_FINISHED, "Finished", { TYPE_FINISHED }, false },
    { false, false, true, CONNECTED, "application data or NewSessionTicket or KeyUpdate",
        { TYPE_NEW_SESSION_TICKET, TYPE_KEY_UPDATE }, true },
    { true, false, true, START, "ClientHello", { TYPE_CLIENT_HELLO }, false },
    { true, false, true, WAIT_CERT, "Certificate", { TYPE_CERTIFICATE }, false },
    { true, false, true, WAIT_CV, "CertificateVerify", { TYPE_CERTIFICATE_VERIFY }, false },
    { true, false, true, WAIT_FINISHED, "Finished", { TYPE_FINISHED }, false },
    { true, false, true, CONNECTED, "application data or KeyUpdate", { TYPE_KEY_UPDATE }, true },
};

/* ---- A handshake, message by message ---- */

static void keep_message(void *user, hf_connection *connection, const hf_event *event)
{
    struct bench *bench = user;
    (void)connection;
    if (event->type != HF_EVENT_MESSAGE || !event->sent ||
        event->of.message.handshake_type == 0xff || event->of.message.length > MESSAGE_KEPT) {
        return;
    }
    struct sent *sent = &bench->sent[event->by_server];
    if (sent->count < MESSAGES_KEPT) {
        struct kept *kept = &sent->message[sent->count++];
        memcpy(kept->bytes, event->of.message.bytes, event->of.message.length);
        kept->length = event->of.message.length;
    }
}

static bool add_identity(hf_config *config, enum identity_kind kind, const char *name)
{
    hf_identity *identity = identity_of_kind(kind, name);
    bool ok = identity != NULL && hf_config_add_identity(config, identity, NULL);
    hf_identity_free(identity);
    return ok;
}

static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    struct bench *bench = user;
    (void)connection;
    hf_session_free(bench->session);
    bench->session = session;
}

/* Connections, and a session to resume that was never offered. */
static bool open_pair(struct bench *bench)
{
    hf_connect_options options = { .identity = "localhost" };
    if (bench->session != NULL) {
        options.session = session_new(&allocator_malloc, session_view(bench->session), NULL);
    }
    bool ok = pair_open_with(&bench->pair, &options);
    hf_session_free(options.session);
    return ok;
}

/* A first handshake, for its session. */
static bool meet_first(struct bench *bench)
{
    if (!open_pair(bench)) {
        return false;
    }
    pair_run(&bench->pair);
    return bench->session != NULL;
}

static void bench_free(struct bench *bench)
{
    pair_free(&bench->pair);
    hf_session_free(bench->session);
    bench->session = NULL;
}

static bool bench_configure(struct bench *bench, const struct scenario *scenario)
{
    struct pair *pair = &bench->pair;
    memset(pair, 0, sizeof *pair);
    bench->scenario = scenario;
    hf_trust *trust = identity_trust();
    bool ok = trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        add_identity(pair->server_config, KIND_P256, "localhost");
    ok = ok && hf_config_set_groups(pair->client_config, "x25519:secp256r1", NULL) &&
        hf_config_set_groups(pair->server_config, scenario->retry ? "secp256r1" : "x25519", NULL);
    if (!ok) {
        hf_trust_free(trust);
        return false;
    }
    hf_config_set_trust(pair->client_config, trust);
    if (scenario->asked) {
        hf_config_set_trust(pair->server_config, trust);
        hf_config_set_client_auth(pair->server_config, HF_AUTH_REQUEST);
    }
    hf_trust_free(trust);
    ok = !scenario->has_certificate || add_identity(pair->client_config, KIND_ED25519, "me");
    hf_config_set_trace(pair->client_config, keep_message, bench);
    hf_config_set_trace(pair->server_config, keep_message, bench);
    if (scenario->resumed) {
        hf_tickets *tickets = hf_tickets_new(0, 0);
        hf_config_set_tickets(pair->server_config, tickets, 1, 0);
        hf_config_set_session_callback(pair->client_config, keep_session, bench);
        hf_tickets_free(tickets);
    }
    return ok && pair_seal(pair) && (!scenario->resumed || meet_first(bench));
}

static struct end *end_of(struct bench *bench, bool server)
{
    return server ? &bench->pair.server : &bench->pair.client;
}

static void drop_output(struct end *end)
{
    size_t length;
    (void)hf_output(end->connection, &length);
    hf_sent(end->connection, length);
}

/* A record as the peer would seal it now. */
static bool put_record(struct bench *bench, struct end *to, uint8_t type, const void *data,
    size_t length)
{
    struct hf_connection *c = to->connection;
    struct end *from = pair_peer(&bench->pair, to);
    if (c->state == CONNECTED) {
        return pair_put_record(&bench->pair, from, type, data, length, 0);
    }
    struct record_half half = { 0 };
    if (c->read.aead != NULL) {
        const struct schedule13 *s = &c->hs->schedule;
        const struct aead *aead = c->read.aead;
        uint8_t key[AEAD_KEY_MAX];
        uint8_t iv[AEAD_NONCE];
        traffic_keys(c->hash, is_server(c) ? s->client_handshake : s->server_handshake,
            aead->key_size, key, iv);
        if (!record_half_install(&half, VERSION_TLS13, aead, key, iv, true, NULL)) {
            return false;
        }
        half.sequence = c->read.sequence;
    }
    hf_builder b = builder_of(to->inbox + to->length, PAIR_INBOX - to->length);
    bool ok = record_seal(&half, type, VERSION_TLS12, bytes_of(data, length), 0, &b, NULL);
    to->length += b.length;
    record_half_drop(&half);
    return ok;
}

/* A record as no key protects it. */
static void put_plain(struct end *to, uint8_t type, const void *data, size_t length)
{
    const uint8_t header[RECORD_HEADER] = { type, 3, 3, (uint8_t)(length >> 8), (uint8_t)length };
    pair_put(to, header, sizeof header);
    pair_put(to, data, length);
}

static void feed(struct bench *bench, struct end *end)
{
    while (end->length > 0 && pair_feed(&bench->pair, end) && end->status != HF_MORE) {
    }
}

/* Gives what `end` waits to send to the other, which goes on. */
static void hand_over(struct bench *bench, struct end *end)
{
    if (pair_move(&bench->pair, end == &bench->pair.server)) {
        feed(bench, pair_peer(&bench->pair, end));
    }
}

/* A new handshake, in which `server` or the client has read the peer's first `count` messages, one
 * record each. False: there are no more than that, and it is CONNECTED. */
static bool bench_open(struct bench *bench, bool server, size_t count)
{
    struct end *reader = end_of(bench, server);
    struct end *writer = pair_peer(&bench->pair, reader);
    bench->sent[0].count = bench->sent[1].count = 0;
    if (!open_pair(bench)) {
        return false;
    }
    for (size_t i = 0;; i++) {
        hand_over(bench, reader);
        drop_output(writer);
        if (i == count || i >= bench->sent[!server].count) {
            break;
        }
        const struct kept *kept = &bench->sent[!server].message[i];
        if (!put_record(bench, reader, CONTENT_HANDSHAKE, kept->bytes, kept->length)) {
            break;
        }
        feed(bench, reader);
    }
    return reader->connection->state != CONNECTED;
}

/* Both ends CONNECTED. */
static bool bench_connect(struct bench *bench)
{
    bench->sent[0].count = bench->sent[1].count = 0;
    if (!open_pair(bench)) {
        return false;
    }
    pair_run(&bench->pair);
    return pair_connected(&bench->pair);
}

/* Where a test stands. */
struct place {
    bool server;
    size_t count; /* messages read; SIZE_MAX: connected */
};

static bool bench_go(struct bench *bench, const struct place *place)
{
    if (place->count == SIZE_MAX) {
        return bench_connect(bench);
    }
    return bench_open(bench, place->server, place->count);
}

/* ---- What is injected ---- */

static bool is_type(const struct kept *kept, unsigned type)
{
    bool retry = kept->length >= 38 &&
        memcmp(kept->bytes + 6, hello_retry_random, HELLO_RANDOM) == 0;
    unsigned own = kept->bytes[0] == TYPE_SERVER_HELLO && retry ? RETRY_MESSAGE : kept->bytes[0];
    return own == type;
}

/* A real message of the type, if this handshake or the fullest has one; else a well-formed one of
 * that name, or an empty one. */
static void make_message(const struct sent donors[2], unsigned type, struct kept *out)
{
    for (size_t role = 0; role < 2; role++) {
        for (size_t i = 0; i < donors[role].count; i++) {
            if (is_type(&donors[role].message[i], type)) {
                *out = donors[role].message[i];
                return;
            }
        }
    }
    static const uint8_t ticket[] = { 4, 0, 0, 14, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0 };
    static const uint8_t update[] = { 24, 0, 0, 1, 0 };
    memset(out, 0, sizeof *out);
    out->bytes[0] = (uint8_t)type;
    out->length = 4;
    if (type == TYPE_NEW_SESSION_TICKET || type == TYPE_KEY_UPDATE) {
        out->length = type == TYPE_KEY_UPDATE ? sizeof update : sizeof ticket;
        memcpy(out->bytes, type == TYPE_KEY_UPDATE ? update : ticket, out->length);
    }
}

/* ---- Checks ---- */

static size_t expectation(const struct bench *bench, const struct place *place, enum state state)
{
    bool server = place->server;
    bool retried = bench->scenario->retry && !server && place->count > 0;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (expected[i].server == server && expected[i].state == state &&
            (expected[i].any || expected[i].retried == retried)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool alert_arrives(struct bench *bench, struct end *from)
{
    struct end *to = pair_peer(&bench->pair, from);
    to->length = to->given = 0;
    hand_over(bench, from);
    const hf_error *error = hf_connection_error(to->connection);
    return to->status == HF_FAILED && error->who == HF_PEER && error->alert == ALERT_UNEXPECTED;
}

/* `came` was refused in `state`, in these words, and the peer was told. */
static void check_refusal(struct bench *bench, struct end *end, enum state state, const char *came,
    const char *words)
{
    const hf_error *e = hf_connection_error(end->connection);
    char detail[sizeof e->detail];
    (void)snprintf(detail, sizeof detail, "got %s in %s, expected %s", came, state_name(state),
        words);
    bool refused = end->status == HF_FAILED && strcmp(end_reason(end), "unexpected_message") == 0 &&
        e->alert == ALERT_UNEXPECTED && e->who == HF_WE && e->code == HF_CODE_protocol_error;
    bool worded = strcmp(e->detail, detail) == 0 && strcmp(e->state, state_name(state)) == 0 &&
        strcmp(e->message, came) == 0 && strcmp(e->offered, came) == 0 &&
        strcmp(e->required, words) == 0;
    bool told = refused && alert_arrives(bench, end);
    TALLY(&bench->tally, refused && worded && told, "%s: %s in %s (%s): %s, \"%s\"%s",
        bench->scenario->name, came, state_name(state), is_server(end->connection) ? "server" :
        "client", end_reason(end), e->detail, told ? "" : "; the alert did not arrive");
}

/* Every handshake message that is not expected at a place. */
static void refuse_messages(struct bench *bench, const struct place *place,
    const struct sent donors[2])
{
    for (size_t k = 0; k < sizeof injected / sizeof *injected; k++) {
        struct end *end = end_of(bench, place->server);
        (void)bench_go(bench, place);
        enum state state = end->connection->state;
        size_t x = expectation(bench, place, state);
        unsigned type = injected[k].type;
        if (x == SIZE_MAX) {
            TALLY(&bench->tally, false, "%s: %s waits for nothing", bench->scenario->name,
                state_name(state));
            return;
        }
        if (type != 0 && (expected[x].legal[0] == type || expected[x].legal[1] == type)) {
            continue;
        }
        struct kept message;
        make_message(donors, type, &message);
        bool put = put_record(bench, end, CONTENT_HANDSHAKE, message.bytes, message.length);
        feed(bench, end);
        TALLY(&bench->tally, put, "%s: could not seal %s", bench->scenario->name, injected[k].name);
        check_refusal(bench, end, state, injected[k].name, expected[x].words);
    }
}

/* Data and ChangeCipherSpec, in records of their own (RFC 9846, 5). */
static void refuse_records(struct bench *bench, const struct place *place)
{
    static const uint8_t one[1] = { 1 };
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    enum state state = end->connection->state;
    size_t x = expectation(bench, place, state);
    if (x == SIZE_MAX) {
        return;
    }
    if (!expected[x].data) {
        (void)put_record(bench, end, CONTENT_DATA, "data", 4);
        feed(bench, end);
        check_refusal(bench, end, state, "application data", expected[x].words);
        (void)bench_go(bench, place);
    }
    if (end->connection->read.aead != NULL) {
        /* A sealed one is refused by the record layer, as a record of no known type. */
        (void)put_record(bench, end, CONTENT_CCS, one, sizeof one);
        feed(bench, end);
        const hf_error *e = hf_connection_error(end->connection);
        TALLY(&bench->tally, end->status == HF_FAILED && e->alert == ALERT_UNEXPECTED &&
            strcmp(end_reason(end), "bad_record_type") == 0 && alert_arrives(bench, end),
            "%s: a sealed CCS in %s: %s", bench->scenario->name, state_name(state),
            end_reason(end));
        (void)bench_go(bench, place);
        put_plain(end, CONTENT_HANDSHAKE, "\x14\0\0\0", 4);
        feed(bench, end);
        e = hf_connection_error(end->connection);
        TALLY(&bench->tally, end->status == HF_FAILED && e->alert == ALERT_UNEXPECTED &&
            alert_arrives(bench, end), "%s: an unprotected message in %s: %s",
            bench->scenario->name, state_name(state), end_reason(end));
        (void)bench_go(bench, place);
    }
    bool dropped = state != CONNECTED && !(place->server && place->count == 0);
    put_plain(end, CONTENT_CCS, one, sizeof one);
    feed(bench, end);
    if (dropped) {
        TALLY(&bench->tally, end->status == HF_MORE && end->connection->state == state &&
            end_reason(end)[0] == '\0', "%s: CCS is not dropped in %s", bench->scenario->name,
            state_name(state));
    } else {
        check_refusal(bench, end, state, "ChangeCipherSpec", expected[x].words);
    }
}

/* Between the fragments of the message that is expected nothing else may stand (RFC 9846, 5.1). */
static void refuse_between_fragments(struct bench *bench, const struct place *place, uint8_t type)
{
    static const uint8_t one[1] = { 1 };
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    const struct kept *next = &bench->sent[!place->server].message[place->count];
    (void)put_record(bench, end, CONTENT_HANDSHAKE, next->bytes, 3);
    feed(bench, end);
    TALLY(&bench->tally, end->status == HF_MORE, "%s: a fragment is refused",
        bench->scenario->name);
    if (type == CONTENT_CCS) {
        put_plain(end, type, one, sizeof one);
    } else {
        (void)put_record(bench, end, type, one, sizeof one);
    }
    feed(bench, end);
    const hf_error *e = hf_connection_error(end->connection);
    TALLY(&bench->tally, end->status == HF_FAILED && e->alert == ALERT_UNEXPECTED &&
        alert_arrives(bench, end), "%s: type %u between the fragments of type %u: %s",
        bench->scenario->name, type, next->bytes[0], end_reason(end));
}

/* A message with the first byte of another behind it, in one record. */
static void glue(struct bench *bench, const struct place *place, const struct kept *message)
{
    uint8_t glued[MESSAGE_KEPT + 1];
    struct end *end = end_of(bench, place->server);
    memcpy(glued, message->bytes, message->length);
    glued[message->length] = TYPE_FINISHED;
    (void)put_record(bench, end, CONTENT_HANDSHAKE, glued, message->length + 1);
    feed(bench, end);
}

/* Bytes behind a message are refused where the keys change or we answer, and only there (RFC 9846,
 * 5.1): behind both hellos and Finished. */
static void refuse_left_over(struct bench *bench, const struct place *place)
{
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    enum state state = end->connection->state;
    struct kept message = bench->sent[!place->server].message[place->count];
    uint8_t type = message.bytes[0];
    bool refused = type == TYPE_CLIENT_HELLO || type == TYPE_SERVER_HELLO || type == TYPE_FINISHED;
    glue(bench, place, &message);
    const hf_error *e = hf_connection_error(end->connection);
    if (!refused) {
        TALLY(&bench->tally, end->status == HF_MORE && end_reason(end)[0] == '\0',
            "%s: bytes behind type %u in %s: %s", bench->scenario->name, type, state_name(state),
            end_reason(end));
        return;
    }
    TALLY(&bench->tally, end->status == HF_FAILED && e->alert == ALERT_UNEXPECTED &&
        strcmp(end_reason(end), "left_over_bytes") == 0, "%s: bytes behind type %u in %s: %s",
        bench->scenario->name, type, state_name(state), end_reason(end));
}

static void refuse_left_over_update(struct bench *bench, bool server)
{
    static const struct kept update = { { TYPE_KEY_UPDATE, 0, 0, 1, 0 }, 5 };
    const struct place place = { server, SIZE_MAX };
    struct end *end = end_of(bench, server);
    (void)bench_go(bench, &place);
    glue(bench, &place, &update);
    const hf_error *e = hf_connection_error(end->connection);
    TALLY(&bench->tally, end->status == HF_FAILED && e->alert == ALERT_UNEXPECTED &&
        strcmp(end_reason(end), "left_over_bytes") == 0, "bytes behind KeyUpdate: %s",
        end_reason(end));
}

/* Alerts in every state, whatever their level says (RFC 9846, 6): user_canceled goes by,
 * close_notify ends what was connected, all else fails in the peer's name. */
static void hear_alert(struct bench *bench, const struct place *place, uint8_t level,
    uint8_t description)
{
    const uint8_t alert[2] = { level, description };
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    enum state state = end->connection->state;
    bool put = put_record(bench, end, CONTENT_ALERT, alert, sizeof alert);
    feed(bench, end);
    const hf_error *e = hf_connection_error(end->connection);
    bool ok = end->status == HF_FAILED && e->who == HF_PEER && e->alert == description &&
        strcmp(e->state, state_name(state)) == 0;
    if (description == 90) {
        ok = end->status == HF_MORE && e->code == HF_CODE_none && end->connection->state == state;
    } else if (description == 0) {
        ok = state == CONNECTED ? end->status == HF_CLOSED && e->code == HF_CODE_none
                                : end->status == HF_FAILED && e->who == HF_PEER &&
                strcmp(e->reason, "closed_in_handshake") == 0;
    }
    TALLY(&bench->tally, put && ok, "%s: alert %u, level %u in %s: %s", bench->scenario->name,
        description, level, state_name(state), end_reason(end));
}

static void hear_alerts(struct bench *bench, const struct place *place)
{
    static const uint8_t descriptions[] = { 0, 10, 20, 40, 42, 45, 46, 47, 48, 50, 51, 70, 80, 86,
        90, 109, 112, 116, 120, 255 };
    for (size_t i = 0; i < sizeof descriptions; i++) {
        hear_alert(bench, place, ALERT_WARNING, descriptions[i]);
        hear_alert(bench, place, ALERT_FATAL, descriptions[i]);
    }
}

/* ---- All places ---- */

static void refuse_at(struct bench *bench, const struct place *place, const struct sent donors[2])
{
    bench->reached[place->server] |= 1U << end_of(bench, place->server)->connection->state;
    refuse_messages(bench, place, donors);
    refuse_records(bench, place);
    hear_alerts(bench, place);
    if (place->count != SIZE_MAX) {
        refuse_between_fragments(bench, place, CONTENT_CCS);
        refuse_between_fragments(bench, place, CONTENT_DATA);
        refuse_left_over(bench, place);
    } else {
        refuse_left_over_update(bench, place->server);
    }
}

static void refuse_in(struct bench *bench, const struct scenario *scenario,
    const struct sent donors[2])
{
    if (!bench_configure(bench, scenario) || !bench_connect(bench)) {
        TALLY(&bench->tally, false, "%s does not end", scenario->name);
        pair_print(&bench->pair);
        return;
    }
    for (int server = 0; server < 2; server++) {
        for (size_t count = 0; count < MESSAGES_KEPT; count++) {
            const struct place place = { server != 0, count };
            if (!bench_open(bench, place.server, count)) {
                break;
            }
            refuse_at(bench, &place, donors);
        }
        const struct place connected = { server != 0, SIZE_MAX };
        bool ok = bench_connect(bench);
        TALLY(&bench->tally, ok, "%s does not end", scenario->name);
        refuse_at(bench, &connected, donors);
    }
}

/* Every state of the tables that receives was reached. */
static void check_reach(struct bench *bench)
{
    const struct table *const tables[2][3] = {
        { &hello_client_table, &client13_table, &post_client13_table },
        { &hello_server_table, &server13_table, &post_server13_table },
    };
    for (size_t role = 0; role < 2; role++) {
        for (size_t t = 0; t < 3; t++) {
            for (size_t i = 0; i < tables[role][t]->count; i++) {
                const struct edge *row = &tables[role][t]->rows[i];
                bool reached = row->act != RECV || (bench->reached[role] >> row->from & 1) != 0;
                TALLY(&bench->tally, reached, "%s was not reached", state_name(row->from));
            }
        }
    }
}

/* A message of every kind that a handshake can have. */
static bool make_donors(struct bench *bench, struct sent donors[2])
{
    static const struct scenario full = { "the fullest handshake", true, true, true, false };
    bool ok = bench_configure(bench, &full) && bench_connect(bench);
    memcpy(donors, bench->sent, sizeof bench->sent);
    pair_free(&bench->pair);
    return ok && donors[0].count == 5 && donors[1].count == 7;
}

int main(void)
{
    static struct bench bench;
    static struct sent donors[2];
    bool made = make_donors(&bench, donors);
    TALLY(&bench.tally, made, "the fullest handshake does not end");
    for (size_t i = 0; i < SCENARIOS && made; i++) {
        refuse_in(&bench, &scenarios[i], donors);
        bench_free(&bench);
    }
    check_reach(&bench);
    return tally_close(&bench.tally);
}
