/* A connection driven by fuzz input: see drive.h. The connection under test is the target; the
 * other is its peer.
 *
 * Byte 0: bit 0: a script, else raw bytes for the target; bits 1 to 3 choose the configs
 * (HelloRetryRequest, client certificates, stateless retries with padding and SCTs); bits 4 and 5
 * the size of the pieces in which bytes come; bit 6: the server speaks TLS 1.2 alone (and then bit
 * 1: by RSA key exchange); bit 7: a session of before is offered.
 *
 * A script is a row of commands for an honest peer, which has the real keys:
 *   0 n o o r i b…   in the peer's nth message, at offset oo: takes r bytes away, puts i bytes in
 *   1 o o x          xors the byte oo of what the peer sends
 *   2 t l b…         once connected: a record of type t with l bytes
 *   3 l l p          once connected: data of ll bytes, from the target if p is odd
 *   4 p              once connected: KeyUpdate, from the target if p is odd, asking if p & 2
 *   5 p              once connected: the close, of the target if p is odd
 * Other values are passed over. */
#include "support/drive.h"

#include "handshake/resume.h"
#include "support/edit.h"
#include "support/identities.h"
#include "support/pair.h"

#define REQUIRE(condition) \
    do { \
        if (!(condition)) { \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort(); \
        } \
    } while (0)

enum { SCRIPT = 1, RETRY = 2, CLIENT_AUTH = 4, STATELESS = 8, TWELVE = 64,
    RESUMED = 128, CONFIGS = 32, SCRIPT_MAX = 4096 };

struct command {
    uint8_t code;
    uint8_t a;
    uint8_t b;
    uint8_t c;
    size_t offset;
    hf_bytes bytes;
};

struct run {
    struct pair *pair;
    struct end *target;
    struct end *peer;
    struct command commands[64];
    size_t count;
    unsigned written;       /* messages of the peer so far */
};

/* Made once, for each role and choice of configs; the process ends with them. */
static struct pair pairs[2][CONFIGS];
static hf_session *sessions[2][CONFIGS]; /* NULL: nothing is resumed */

/* ---- Configs ---- */

static void rewrite(void *user, struct hf_connection *c, enum message message, hf_builder *body);

/* The first one of all: each input meets the same. */
static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    hf_session **kept = user;
    (void)connection;
    if (*kept != NULL) {
        hf_session_free(session);
    } else {
        *kept = session;
    }
}

static size_t index_of(unsigned switches)
{
    return (switches >> 1 & 7) | (switches & RESUMED) >> 4 | (switches & TWELVE) >> 2;
}

static bool set_sessions(struct pair *pair, hf_session **kept)
{
    static const uint8_t key[HF_TICKET_KEY] = { 4, 5, 6 };
    hf_tickets *tickets = hf_tickets_new(0, 0);
    if (tickets == NULL) {
        return false;
    }
    hf_tickets_set_key(tickets, key, true);
    hf_config_set_tickets(pair->server_config, tickets, 1, 0);
    hf_config_set_session_callback(pair->client_config, keep_session, kept);
    hf_tickets_free(tickets);
    return true;
}

static bool open_pair(struct pair *pair, const hf_session *session)
{
    hf_connect_options options = { .identity = "example.com" };
    if (session != NULL) {
        options.session = session_new(&allocator_malloc, session_view(session), NULL);
    }
    bool ok = pair_open_with(pair, &options);
    hf_session_free(options.session);
    return ok;
}

/* RSA key exchange is of the policy `legacy`. */
static bool set_twelve(struct pair *pair, unsigned switches)
{
    bool rsa = (switches & RETRY) != 0;
    return hf_config_set_versions(pair->server_config, HF_TLS12, HF_TLS12, NULL) &&
        (!rsa || (hf_config_set_policy(pair->client_config, "legacy", NULL) &&
                     hf_config_set_suites(pair->server_config, "TLS_RSA_WITH_AES_128_GCM_SHA256",
                         NULL)));
}

static bool configure(struct pair *pair, bool server, unsigned switches)
{
    static const uint8_t key[32] = { 1, 2, 3 };
    static const uint8_t timestamps[] = { 0, 3, 0, 1, 9 };
    bool rsa = (switches & (TWELVE | RETRY)) == (TWELVE | RETRY);
    hf_identity *identity = identity_of_kind(rsa ? KIND_RSA : KIND_ED25519, "example.com");
    hf_trust *trust = identity_trust();
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        hf_config_set_alpn(pair->client_config, "h2,http/1.1", NULL) &&
        hf_config_set_alpn(pair->server_config, "http/1.1", NULL);
    if (ok && (switches & TWELVE) != 0) {
        ok = set_twelve(pair, switches);
    } else if (ok && (switches & RETRY) != 0) {
        ok = hf_config_set_groups(pair->server_config, "secp256r1", NULL);
    }
    if (ok && (switches & CLIENT_AUTH) != 0) {
        hf_config_set_client_auth(pair->server_config, HF_AUTH_REQUEST);
        ok = hf_config_add_identity(pair->client_config, identity, NULL);
    }
    if (ok && (switches & STATELESS) != 0) {
        hf_config_set_stateless_retry(pair->server_config, key);
        hf_config_set_grease(pair->client_config, true);
        hf_config_set_revocation(pair->client_config, HF_REVOCATION_SOFT);
        hf_config_want_sct(pair->client_config, true);
        ok = hf_config_set_padding(pair->server_config, 64, NULL) &&
            hf_identity_set_sct(identity, timestamps, sizeof timestamps, NULL);
    }
    if (ok) {
        ok = (switches & RESUMED) == 0 ||
            set_sessions(pair, &sessions[server][index_of(switches)]);
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trust(pair->server_config, trust);
        hf_config *peer = server ? pair->client_config : pair->server_config;
        peer->settings.rewrite = rewrite;
        pair_inject(pair, 1);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return ok && pair_seal(pair);
}

/* A clock that stands: cookies and certificates are the same each time. */
static uint64_t noon(void *user)
{
    (void)user;
    return UINT64_C(1800000000000);
}

static struct pair *pair_for(bool server, unsigned switches)
{
    struct pair *pair = &pairs[server][index_of(switches)];
    if (pair->client_config == NULL) {
        REQUIRE(configure(pair, server, switches));
        pair->client_config->settings.now_ms = noon;
        pair->server_config->settings.now_ms = noon;
        if ((switches & RESUMED) != 0) {
            REQUIRE(open_pair(pair, NULL));
            pair_run(pair);
            REQUIRE(open_pair(pair, sessions[server][index_of(switches)]));
            pair_run(pair);
            REQUIRE(is_resumed(pair->client.connection));
        }
    }
    return pair;
}

/* ---- Scripts ---- */

static bool parse_command(hf_reader *r, struct command *command)
{
    uint16_t offset = 0;
    *command = (struct command){ 0 };
    command->bytes = bytes_of("", 0);
    TRY(read_u8(r, &command->code));
    bool ok = true;
    switch (command->code) {
    case 0:
        ok = read_u8(r, &command->a) && read_u16(r, &offset) && read_u8(r, &command->b) &&
            read_u8(r, &command->c) && read_bytes(r, command->c, &command->bytes);
        break;
    case 1:
        ok = read_u16(r, &offset) && read_u8(r, &command->a);
        break;
    case 2:
        ok = read_u8(r, &command->a) && read_u8(r, &command->b) &&
            read_bytes(r, command->b, &command->bytes);
        break;
    case 3:
        ok = read_u16(r, &offset) && read_u8(r, &command->a);
        break;
    case 4: case 5:
        ok = read_u8(r, &command->a);
        break;
    default:
        break;
    }
    command->offset = offset;
    return ok;
}

static void parse_script(struct run *run, const uint8_t *data, size_t size)
{
    hf_reader r = reader_of(data, size);
    while (run->count < sizeof run->commands / sizeof *run->commands &&
        parse_command(&r, &run->commands[run->count])) {
        run->count++;
    }
}

static void rewrite(void *user, struct hf_connection *c, enum message message, hf_builder *body)
{
    (void)user;
    (void)message;
    const struct end *end = hf_connection_user(c);
    struct run *run = end != NULL ? end->user : NULL;
    if (run == NULL) {
        return;
    }
    for (size_t i = 0; i < run->count; i++) {
        const struct command *command = &run->commands[i];
        if (command->code == 0 && command->a == run->written && command->offset <= body->length) {
            size_t left = body->length - command->offset;
            edit_remove(body, command->offset, command->b < left ? command->b : left);
            if (body->capacity - body->length >= command->bytes.length) {
                edit_insert(body, command->offset, command->bytes.data, command->bytes.length);
            }
        }
    }
    run->written++;
}

static void tamper(struct pair *pair, bool from_server, uint8_t *bytes, size_t length)
{
    struct run *run = pair->tamper_user;
    const struct end *from = from_server ? &pair->server : &pair->client;
    if (from != run->peer) {
        return;
    }
    for (size_t i = 0; i < run->count; i++) {
        const struct command *command = &run->commands[i];
        if (command->code == 1 && command->offset >= from->wire_length &&
            command->offset - from->wire_length < length) {
            bytes[command->offset - from->wire_length] ^= command->a;
        }
    }
}

static void send_data(struct run *run, const struct command *command)
{
    static const uint8_t zeros[65536];
    bool from_target = command->a % 2 == 1;
    bool from_server = (run->target == &run->pair->server) == from_target;
    (void)pair_send(run->pair, from_server, zeros, command->offset);
}

static void run_later(struct run *run, const struct command *command)
{
    struct end *end = command->a % 2 == 1 ? run->target : run->peer;
    switch (command->code) {
    case 2:
        if (run->peer->connection->write.aead != NULL) {
            (void)pair_put_record(run->pair, run->peer, command->a, command->bytes.data,
                command->bytes.length, 0);
        }
        break;
    case 3:
        send_data(run, command);
        break;
    case 4:
        (void)(hf_key_update(end->connection, (command->a & 2) != 0) == HF_OK);
        break;
    case 5:
        (void)(hf_close(end->connection) == HF_OK);
        break;
    default:
        return;
    }
    pair_run(run->pair);
}

/* ---- What must hold ---- */

static void check_end(const struct end *end)
{
    const hf_error *error = hf_connection_error(end->connection);
    hf_facts facts;
    hf_check checks[HF_CHECKS];
    size_t length;
    REQUIRE((end->status == HF_FAILED) == (error->code != HF_CODE_none));
    REQUIRE(end->length <= PAIR_INBOX && end->given <= end->length);
    REQUIRE(hf_output(end->connection, &length) == NULL && length == 0);
    if (error->code != HF_CODE_none) {
        REQUIRE(error->reason[0] != '\0' && error->sentence[0] != '\0' && error->fix[0] != '\0');
        REQUIRE(error->state[0] != '\0' && error->detail[0] != '\0');
        REQUIRE(strcmp(error->reason, "internal_error") != 0);
        REQUIRE(strcmp(error->reason, "misuse") != 0);
    }
    if (end->received_length > 0) {
        REQUIRE(hf_is_connected(end->connection));
    }
    hf_connection_facts(end->connection, &facts);
    (void)hf_peer_checks(end->connection, checks);
    (void)hf_peer_certificate(end->connection, 0, &length);
}

/* A target that is connected saw what its peer sent. */
static void check_agreement(const struct run *run)
{
    uint8_t a[32];
    uint8_t b[32];
    const struct end *client = &run->pair->client;
    const struct end *server = &run->pair->server;
    if (hf_export(client->connection, "EXPORTER-fuzz", "", 0, a, sizeof a) == HF_OK &&
        hf_export(server->connection, "EXPORTER-fuzz", "", 0, b, sizeof b) == HF_OK) {
        REQUIRE(memcmp(a, b, sizeof a) == 0);
    }
}

void drive(bool server, const uint8_t *data, size_t size)
{
    if (size == 0 || size > 65536) {
        return;
    }
    struct pair *pair = pair_for(server, data[0]);
    unsigned piece = data[0] >> 4 & 3;
    struct run run = { .pair = pair, .target = server ? &pair->server : &pair->client,
        .peer = server ? &pair->client : &pair->server };
    pair->delivery = piece == 0 ? WHOLE : piece == 1 ? BYTE_BY_BYTE : RANDOM_PIECES;
    pair->chance = piece + 1;
    pair->tamper = tamper;
    pair->tamper_user = &run;
    if ((data[0] & SCRIPT) != 0) {
        parse_script(&run, data + 1, size < SCRIPT_MAX ? size - 1 : SCRIPT_MAX - 1);
    }
    run.peer->user = &run;
    REQUIRE(open_pair(pair, sessions[server][index_of(data[0])]));
    if ((data[0] & SCRIPT) != 0) {
        pair_run(pair);
        for (size_t i = 0; i < run.count && pair_connected(pair); i++) {
            run_later(&run, &run.commands[i]);
        }
        check_agreement(&run);
    } else {
        /* The peer is not there: only its bytes are. */
        pair_put(run.target, data + 1, size - 1);
        do {
            (void)pair_move(pair, server);
        } while (pair_feed(pair, run.target));
        run.peer->status = HF_CLOSED;
        run.target->status = run.target->status == HF_FAILED || run.target->status == HF_CLOSED
            ? run.target->status
            : hf_receive_end(run.target->connection);
        (void)pair_move(pair, server);
        check_end(run.target);
        return;
    }
    pair_hang_up(pair);
    check_end(run.target);
    check_end(run.peer);
}
