/* A client and a server in memory: see pair.h. */
#include "support/pair.h"

#include "record/record.h"

static const uint64_t first_state = 88172645463325252u;

uint64_t pair_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* ---- Chance ---- */

static bool draw(void *user, uint8_t *out, size_t length)
{
    struct chance *chance = user;
    if (chance->empty) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        out[i] = (uint8_t)(pair_random(&chance->state) >> 32);
    }
    return true;
}

static void inject(hf_config *config, struct chance *chance, uint64_t seed)
{
    chance->provider = provider_openssl;
    chance->provider.random = (struct random){ draw, draw, chance };
    chance->seed = chance->state = seed;
    config->settings.provider = &chance->provider;
}

void pair_inject(struct pair *pair, uint64_t seed)
{
    inject(pair->client_config, &pair->client_chance, seed * 2 + 1);
    inject(pair->server_config, &pair->server_chance, seed * 2 + 2);
}

/* ---- Events ---- */

/* Events as text, without times: the same whatever the delivery. Records are left out. */
static void write_event(void *user, hf_connection *connection, const hf_event *event)
{
    (void)user;
    struct end *end = hf_connection_user(connection);
    if (end == NULL || end->events_length + 512 > PAIR_TEXT) {
        return;
    }
    char *at = end->events + end->events_length;
    size_t room = PAIR_TEXT - end->events_length;
    const char *way = event->sent ? ">" : "<";
    int n = 0;
    switch (event->type) {
    case HF_EVENT_MESSAGE:
        /* The length of an ECDSA signature is a matter of chance. */
        n = snprintf(at, room, "%s %s %zu%s\n", way, event->of.message.name,
            event->of.message.handshake_type == TYPE_CERTIFICATE_VERIFY ||
                    event->of.message.handshake_type == TYPE_SERVER_KEY_EXCHANGE
                ? 0
                : event->of.message.length,
            event->of.message.is_protected ? " protected" : "");
        break;
    case HF_EVENT_STATE:
        n = snprintf(at, room, "  %s -> %s\n", event->of.state.from, event->of.state.to);
        break;
    case HF_EVENT_EXTENSION:
        n = snprintf(at, room, "%s   %s %zu\n", way, event->of.extension.name,
            event->of.extension.length);
        break;
    case HF_EVENT_KEYS:
        n = snprintf(at, room, "  keys %s %s %s %u\n", event->of.keys.reads ? "read" : "write",
            event->of.keys.epoch, event->of.keys.cipher, event->of.keys.generation);
        break;
    case HF_EVENT_ALERT:
        n = snprintf(at, room, "%s alert %s\n", way, event->of.alert.name);
        break;
    case HF_EVENT_CHECK:
        n = snprintf(at, room, "  check %s %d %d\n", event->of.check.name, event->of.check.done,
            event->of.check.ok);
        break;
    case HF_EVENT_OPERATION:
        n = snprintf(at, room, "  operation %s %s\n", event->of.operation.name,
            event->of.operation.begins ? "begins" : "ends");
        break;
    case HF_EVENT_ERROR:
        n = snprintf(at, room, "  error %s\n", event->of.error->reason);
        break;
    case HF_EVENT_RECORD:
        break;
    }
    end->events_length += n > 0 ? (size_t)n : 0;
}

/* ---- Open and close ---- */

bool pair_configs_new(struct pair *pair, const hf_allocator *client, const hf_allocator *server)
{
    pair->client_config = hf_config_new(HF_CLIENT, client);
    pair->server_config = hf_config_new(HF_SERVER, server);
    if (pair->client_config == NULL || pair->server_config == NULL) {
        return false;
    }
    hf_config_set_trace(pair->client_config, write_event, NULL);
    hf_config_set_trace(pair->server_config, write_event, NULL);
    return true;
}

bool pair_configs(struct pair *pair, const char *names)
{
    char ca[4096];
    hf_identity *identity = hf_identity_self_signed(names, ca, sizeof ca, NULL);
    hf_trust *trust = hf_trust_new();
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_trust_add_pem(trust, ca, strlen(ca), NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL);
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return ok;
}

bool pair_seal(struct pair *pair)
{
    return hf_config_seal(pair->client_config, NULL) && hf_config_seal(pair->server_config, NULL);
}

static void end_close(struct end *end)
{
    hf_connection_free(end->connection);
    end->connection = NULL;
}

/* The buffers are made once for all connections of a pair. */
static bool end_open(struct end *end, hf_connection *connection)
{
    end->connection = connection;
    if (connection == NULL) {
        return false;
    }
    end->status = HF_MORE;
    end->length = end->given = end->received_length = end->wire_length = 0;
    end->events_length = 0;
    if (end->inbox == NULL) {
        end->inbox = malloc(PAIR_INBOX);
        end->wire = malloc(PAIR_INBOX);
        end->events = malloc(PAIR_TEXT);
    }
    if (end->inbox == NULL || end->wire == NULL || end->events == NULL) {
        return false;
    }
    end->events[0] = '\0';
    hf_connection_set_user(connection, end);
    return true;
}

bool pair_open(struct pair *pair, const char *name)
{
    hf_connect_options options = { .identity = name };
    return pair_open_with(pair, &options);
}

bool pair_open_with(struct pair *pair, const hf_connect_options *options)
{
    end_close(&pair->client);
    end_close(&pair->server);
    if (pair->chance == 0) {
        pair->chance = first_state;
    }
    pair->client_chance.state = pair->client_chance.seed;
    pair->server_chance.state = pair->server_chance.seed;
    return end_open(&pair->server, hf_accept_new(pair->server_config, NULL)) &&
        end_open(&pair->client, hf_connect_new_with(pair->client_config, options, NULL));
}

bool pair_replace_server(struct pair *pair)
{
    end_close(&pair->server);
    return end_open(&pair->server, hf_accept_new(pair->server_config, NULL));
}

static void end_free(struct end *end)
{
    end_close(end);
    free(end->inbox);
    free(end->wire);
    free(end->events);
    memset(end, 0, sizeof *end);
}

void pair_free(struct pair *pair)
{
    end_free(&pair->client);
    end_free(&pair->server);
    hf_config_free(pair->client_config);
    hf_config_free(pair->server_config);
    pair->client_config = pair->server_config = NULL;
}

/* ---- Bytes ---- */

struct end *pair_peer(struct pair *pair, const struct end *end)
{
    return end == &pair->client ? &pair->server : &pair->client;
}

/* How much of what comes next from an end is not lost. */
static size_t uncut(const struct pair *pair, bool from_server, size_t sent, size_t length)
{
    if (!pair->cut.on || pair->cut.from_server != from_server) {
        return length;
    }
    size_t left = pair->cut.at > sent ? pair->cut.at - sent : 0;
    return length < left ? length : left;
}

/* Notes what an end sent and brings it to the other. False: it does not fit. */
static bool deliver(struct pair *pair, bool from_server, const uint8_t *bytes, size_t length)
{
    struct end *from = from_server ? &pair->server : &pair->client;
    struct end *to = pair_peer(pair, from);
    if (to->length + length > PAIR_INBOX || from->wire_length + length > PAIR_INBOX) {
        return false;
    }
    size_t kept = uncut(pair, from_server, from->wire_length, length);
    memcpy(from->wire + from->wire_length, bytes, length);
    memcpy(to->inbox + to->length, bytes, kept);
    if (pair->tamper != NULL) {
        pair->tamper(pair, from_server, to->inbox + to->length, kept);
    }
    from->wire_length += length;
    to->length += kept;
    return true;
}

bool pair_move(struct pair *pair, bool from_server)
{
    struct end *from = from_server ? &pair->server : &pair->client;
    size_t length;
    const uint8_t *bytes = hf_output(from->connection, &length);
    if (length == 0 || !deliver(pair, from_server, bytes, length)) {
        return false;
    }
    hf_sent(from->connection, length);
    return true;
}

static size_t piece(struct pair *pair, size_t left)
{
    switch (pair->delivery) {
    case WHOLE: break;
    case BYTE_BY_BYTE: return 1;
    case RANDOM_PIECES: return 1 + (size_t)(pair_random(&pair->chance) % left);
    }
    return left;
}

void end_resume(struct end *end)
{
    end->status = hf_resume(end->connection);
    end->given = 0;
}

/* Records are opened in place, so a connection sees only what it has not consumed. */
bool pair_feed(struct pair *pair, struct end *end)
{
    if (end->status == HF_FAILED || end->status == HF_CLOSED) {
        return false;
    }
    if (end->status == HF_OPERATION) {
        hf_operation_run(hf_pending_op(end->connection));
        end_resume(end);
        return true;
    }
    if (end->given == end->length && end->status != HF_OK) {
        return false;
    }
    if (end->given < end->length) {
        end->given += piece(pair, end->length - end->given);
    }
    hf_received got;
    end->status = hf_receive(end->connection, end->inbox, end->given, &got);
    if (got.length > 0 && end->received_length + got.length <= sizeof end->received) {
        memcpy(end->received + end->received_length, got.data, got.length);
        end->received_length += got.length;
    }
    memmove(end->inbox, end->inbox + got.consumed, end->length - got.consumed);
    end->length -= got.consumed;
    end->given -= got.consumed;
    return true;
}

void pair_run(struct pair *pair)
{
    bool moved = true;
    while (moved) {
        moved = pair_move(pair, false);
        moved |= pair_feed(pair, &pair->server);
        moved |= pair_move(pair, true);
        moved |= pair_feed(pair, &pair->client);
    }
}

void pair_hang_up(struct pair *pair)
{
    struct end *ends[2] = { &pair->server, &pair->client };
    for (size_t i = 0; i < 2; i++) {
        if (ends[i]->status != HF_FAILED && ends[i]->status != HF_CLOSED) {
            ends[i]->status = hf_receive_end(ends[i]->connection);
        }
    }
    pair_run(pair);
}

bool pair_connected(const struct pair *pair)
{
    return hf_is_connected(pair->client.connection) && hf_is_connected(pair->server.connection);
}

bool pair_send(struct pair *pair, bool from_server, const void *data, size_t length)
{
    struct end *from = from_server ? &pair->server : &pair->client;
    size_t capacity = hf_sealed_size(from->connection, length);
    uint8_t *sealed = malloc(capacity + 1);
    hf_io io = { 0 };
    bool ok = sealed != NULL &&
        hf_send(from->connection, data, length, sealed, capacity, &io) == HF_OK &&
        io.taken == length &&
        deliver(pair, from_server, sealed, io.written);
    free(sealed);
    return ok;
}

bool pair_say(struct pair *pair, bool from_server, const char *text)
{
    return pair_send(pair, from_server, text, strlen(text));
}

void pair_put(struct end *to, const void *data, size_t length)
{
    if (to->length + length <= PAIR_INBOX) {
        memcpy(to->inbox + to->length, data, length);
        to->length += length;
    }
}

bool pair_put_record(struct pair *pair, struct end *from, uint8_t type, const void *data,
    size_t length, size_t padding)
{
    struct end *to = pair_peer(pair, from);
    hf_builder b = builder_of(to->inbox + to->length, PAIR_INBOX - to->length);
    if (!record_seal(&from->connection->write, type, VERSION_TLS12, bytes_of(data, length), padding,
            &b, NULL)) {
        return false;
    }
    to->length += b.length;
    return true;
}

/* ---- Words ---- */

const char *end_reason(const struct end *end)
{
    const hf_error *error = hf_connection_error(end->connection);
    return error->code != HF_CODE_none ? error->reason : "";
}

static void end_print(const char *name, const struct end *end)
{
    if (end->connection != NULL) {
        const hf_error *e = hf_connection_error(end->connection);
        (void)fprintf(stderr, "%s: %s: %s %s %s; %s\n%s", name, hf_state_name(end->connection),
            end_reason(end), e->state, e->message, e->detail, end->events);
    }
}

void pair_print(const struct pair *pair)
{
    end_print("client", &pair->client);
    end_print("server", &pair->server);
}
