/* Handshakes that stop at any message, and what is common to the checks: see bench.h. */
#include "refuse/bench.h"

#include "refuse/stapled.h"
#include "session/session.h"

/* ---- A handshake, message by message ---- */

/* A server that renews a used ticket is made of ours by saying so when the hello comes. */
static void keep_message(void *user, hf_connection *connection, const hf_event *event)
{
    struct bench *bench = user;
    if (event->type != HF_EVENT_MESSAGE || event->of.message.length > MESSAGE_KEPT) {
        return;
    }
    bool ccs = event->of.message.handshake_type == 0xff;
    if (!event->sent) {
        bool hello = event->of.message.handshake_type == TYPE_CLIENT_HELLO;
        connection->facts |= bench->scenario->renews && hello ? FACT_NST : 0U;
        return;
    }
    struct sent *sent = &bench->sent[event->by_server];
    if (sent->count < MESSAGES_KEPT && (!ccs || bench->about->version == HF_TLS12)) {
        struct kept *kept = &sent->message[sent->count++];
        memcpy(kept->bytes, event->of.message.bytes, event->of.message.length);
        kept->length = event->of.message.length;
        kept->is_ccs = ccs;
    }
}

static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    struct bench *bench = user;
    (void)connection;
    hf_session_free(bench->session);
    bench->session = session;
}

static uint64_t tell_time(void *user)
{
    return ((const struct bench *)user)->now_ms;
}

static bool add_identity(struct bench *bench, hf_config *config, enum identity_kind kind,
    const char *name)
{
    hf_identity *identity = identity_of_kind(kind, name);
    bool staples = bench->scenario->staples && config == bench->pair.server_config;
    bool ok = identity != NULL && (!staples || staple_something(identity, &bench->now_ms)) &&
        hf_config_add_identity(config, identity, NULL);
    hf_identity_free(identity);
    return ok;
}

/* Versions, suites and groups of both ends. */
static bool set_lists(struct bench *bench)
{
    const struct scenario *scenario = bench->scenario;
    const hf_version_id version = bench->about->version;
    hf_config *client = bench->pair.client_config;
    hf_config *server = bench->pair.server_config;
    static const char all[] = "x25519:secp256r1:ffdhe2048";
    const char *groups = scenario->suites != NULL ? all : scenario->retry ? "secp256r1" : "x25519";
    return hf_config_set_versions(server, scenario->only_newest ? version : HF_TLS12, version,
               NULL) &&
        hf_config_set_versions(client, scenario->only_newest ? version : HF_TLS12,
            scenario->only_newest ? version : HF_TLS13, NULL) &&
        (scenario->suites == NULL ||
            (hf_config_set_policy(client, "legacy", NULL) &&
                hf_config_set_suites(server, scenario->suites, NULL))) &&
        hf_config_set_groups(client, all, NULL) && hf_config_set_groups(server, groups, NULL);
}

static void set_sessions(struct bench *bench)
{
    const struct scenario *scenario = bench->scenario;
    if (scenario->resumption == BY_TICKET || scenario->tickets) {
        hf_tickets *tickets = hf_tickets_new(0, 0);
        hf_config_set_tickets(bench->pair.server_config, tickets, 1, 0);
        hf_tickets_free(tickets);
    }
    if (scenario->resumption == BY_ID) {
        hf_session_cache *cache = hf_session_cache_new(4);
        hf_config_set_session_cache(bench->pair.server_config, cache);
        hf_session_cache_free(cache);
    }
    if (scenario->resumption != NOT_RESUMED || scenario->tickets) {
        hf_config_set_session_callback(bench->pair.client_config, keep_session, bench);
    }
}

static void set_hooks(struct bench *bench)
{
    hf_config *configs[2] = { bench->pair.client_config, bench->pair.server_config };
    for (size_t i = 0; i < 2; i++) {
        hf_config_set_trace(configs[i], keep_message, bench);
        if (bench->now_ms != 0) {
            hf_config_set_clock(configs[i], tell_time, bench);
        }
    }
}

/* Connections, and a session to resume that was never offered. */
static bool open_pair(struct bench *bench)
{
    hf_connect_options options = { .identity = "localhost" };
    bench->sent[0].count = bench->sent[1].count = 0;
    if (bench->session != NULL && bench->scenario->resumption != NOT_RESUMED) {
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

void bench_free(struct bench *bench)
{
    pair_free(&bench->pair);
    hf_session_free(bench->session);
    bench->session = NULL;
}

bool bench_configure(struct bench *bench, const struct scenario *scenario)
{
    struct pair *pair = &bench->pair;
    memset(pair, 0, sizeof *pair);
    bench->scenario = scenario;
    bench->now_ms = 0;
    hf_trust *trust = identity_trust();
    bool ok = trust != NULL && pair_configs_new(pair, NULL, NULL) && set_lists(bench) &&
        add_identity(bench, pair->server_config, scenario->kind, "localhost");
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trust(pair->server_config, trust);
        hf_config_set_client_auth(pair->server_config,
            scenario->asked ? HF_AUTH_REQUEST : HF_AUTH_NONE);
        if (scenario->staples) {
            hf_config_insecure_no_verification(pair->client_config);
            hf_config_set_revocation(pair->client_config, HF_REVOCATION_SOFT);
        }
        set_hooks(bench);
        set_sessions(bench);
        ok = !scenario->has_certificate ||
            add_identity(bench, pair->client_config, KIND_ED25519, "me");
    }
    hf_trust_free(trust);
    return ok && pair_seal(pair) &&
        (scenario->resumption == NOT_RESUMED || meet_first(bench));
}

struct end *end_of(struct bench *bench, bool server)
{
    return server ? &bench->pair.server : &bench->pair.client;
}

static void drop_output(struct end *end)
{
    size_t length;
    (void)hf_output(end->connection, &length);
    hf_sent(end->connection, length);
}

bool put_record(struct bench *bench, struct end *to, uint8_t type, const void *data, size_t length)
{
    struct hf_connection *c = to->connection;
    if (c->state == CONNECTED) {
        return pair_put_record(&bench->pair, pair_peer(&bench->pair, to), type, data, length, 0);
    }
    struct record_half half = { 0 };
    if (c->read.aead != NULL) {
        if (!bench->about->reading_half(c, &half)) {
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

void put_plain(struct end *to, uint8_t type, const void *data, size_t length)
{
    const uint8_t header[RECORD_HEADER] = { type, 3, 3, (uint8_t)(length >> 8), (uint8_t)length };
    pair_put(to, header, sizeof header);
    pair_put(to, data, length);
}

void feed(struct bench *bench, struct end *end)
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
        if (!put_record(bench, reader, kept->is_ccs ? CONTENT_CCS : CONTENT_HANDSHAKE, kept->bytes,
                kept->length)) {
            break;
        }
        feed(bench, reader);
    }
    return reader->connection->state != CONNECTED;
}

bool bench_connect(struct bench *bench)
{
    if (!open_pair(bench)) {
        return false;
    }
    pair_run(&bench->pair);
    return pair_connected(&bench->pair);
}

bool bench_go(struct bench *bench, const struct place *place)
{
    if (place->count == SIZE_MAX) {
        return bench_connect(bench);
    }
    return bench_open(bench, place->server, place->count);
}

const struct kept *bench_next(const struct bench *bench, const struct place *place)
{
    return &bench->sent[!place->server].message[place->count];
}

/* ---- What is injected ---- */

const struct injected injected[INJECTED] = {
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

static bool is_type(const struct kept *kept, unsigned type)
{
    bool retry = kept->length >= 38 &&
        memcmp(kept->bytes + 6, hello_retry_random, HELLO_RANDOM) == 0;
    unsigned own = kept->bytes[0] == TYPE_SERVER_HELLO && retry ? RETRY_MESSAGE : kept->bytes[0];
    return !kept->is_ccs && own == type;
}

/* A real message of the type, if the fullest handshake has one; else a well-formed one of that
 * name, or an empty one. */
void make_injected(const struct bench *bench, unsigned type, struct kept *out)
{
    for (size_t role = 0; role < 2; role++) {
        for (size_t i = 0; i < bench->donors[role].count; i++) {
            if (is_type(&bench->donors[role].message[i], type)) {
                *out = bench->donors[role].message[i];
                return;
            }
        }
    }
    static const uint8_t ticket[] = { 4, 0, 0, 14, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0 };
    static const uint8_t update[] = { 24, 0, 0, 1, 0 };
    memset(out, 0, sizeof *out);
    out->bytes[0] = (uint8_t)type;
    out->length = 4;
    if (type == RETRY_MESSAGE) {
        out->bytes[0] = TYPE_SERVER_HELLO;
        out->bytes[3] = 38;
        out->length = 4 + 38;
        memcpy(out->bytes + 4, "\x03\x03", 2);
        memcpy(out->bytes + 6, hello_retry_random, HELLO_RANDOM);
    } else if (type == TYPE_NEW_SESSION_TICKET || type == TYPE_KEY_UPDATE) {
        out->length = type == TYPE_KEY_UPDATE ? sizeof update : sizeof ticket;
        memcpy(out->bytes, type == TYPE_KEY_UPDATE ? update : ticket, out->length);
    }
}
