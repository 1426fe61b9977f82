/* A client and a server in memory, for tests: identities made on the spot, bytes delivered whole, one by
 * one or in random pieces, each byte open to tampering, events written down. */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn/connection.h"
#include "handfast/handfast.h"

enum { PAIR_INBOX = 1 << 20, PAIR_TEXT = 1 << 16 };

enum delivery { WHOLE, BYTE_BY_BYTE, RANDOM_PIECES };

struct end {
    hf_connection *connection;
    hf_status status;
    uint8_t *inbox;          /* bytes that came and were not consumed */
    size_t length;
    size_t given;            /* of them, shown to the connection */
    uint8_t received[4096];  /* application data */
    size_t received_length;
    char *events;            /* a line each */
    uint8_t *wire;           /* all that it sent */
    size_t wire_length;
};

struct pair {
    hf_config *client_config;
    hf_config *server_config;
    struct end client;
    struct end server;
    enum delivery delivery;
    uint64_t chance;
    /* May change what `from_server` sends, before it is delivered. */
    void (*tamper)(struct pair *pair, bool from_server, uint8_t *bytes, size_t length);
    void *tamper_user;
};

__attribute__((unused)) static uint64_t pair_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Events as text, without times: the same whatever the delivery. Records are left out. */
__attribute__((unused)) static void pair_write_event(void *user, hf_connection *connection,
    const hf_event *event)
{
    (void)user;
    struct end *end = hf_connection_user(connection);
    if (end == NULL || end->events == NULL) {
        return;
    }
    size_t used = strlen(end->events);
    char *at = end->events + used;
    size_t room = PAIR_TEXT - used;
    const char *way = event->sent ? ">" : "<";
    switch (event->type) {
    case HF_EVENT_MESSAGE:
        (void)snprintf(at, room, "%s %s %zu%s\n", way, event->of.message.name, event->of.message.length,
            event->of.message.is_protected ? " protected" : "");
        break;
    case HF_EVENT_STATE:
        (void)snprintf(at, room, "  %s -> %s\n", event->of.state.from, event->of.state.to);
        break;
    case HF_EVENT_EXTENSION:
        (void)snprintf(at, room, "%s   %s %zu\n", way, event->of.extension.name,
            event->of.extension.length);
        break;
    case HF_EVENT_KEYS:
        (void)snprintf(at, room, "  keys %s %s %s\n", event->of.keys.reads ? "read" : "write",
            event->of.keys.epoch, event->of.keys.cipher);
        break;
    case HF_EVENT_ALERT:
        (void)snprintf(at, room, "%s alert %s\n", way, event->of.alert.name);
        break;
    case HF_EVENT_CHECK:
        (void)snprintf(at, room, "  check %s %d %d\n", event->of.check.name, event->of.check.done,
            event->of.check.ok);
        break;
    case HF_EVENT_OPERATION:
        (void)snprintf(at, room, "  operation %s %s\n", event->of.operation.name,
            event->of.operation.begins ? "begins" : "ends");
        break;
    case HF_EVENT_ERROR:
        (void)snprintf(at, room, "  error %s\n", event->of.error->reason);
        break;
    case HF_EVENT_RECORD:
        break;
    }
}

__attribute__((unused)) static bool end_open(struct end *end, hf_connection *connection)
{
    if (connection == NULL) {
        return false;
    }
    end->connection = connection;
    end->status = HF_MORE;
    end->inbox = malloc(PAIR_INBOX);
    end->wire = malloc(PAIR_INBOX);
    end->events = calloc(1, PAIR_TEXT);
    hf_connection_set_user(connection, end);
    return end->inbox != NULL && end->wire != NULL && end->events != NULL;
}

__attribute__((unused)) static void end_close(struct end *end)
{
    hf_connection_free(end->connection);
    free(end->inbox);
    free(end->wire);
    free(end->events);
    memset(end, 0, sizeof *end);
}

/* Connections of two sealed configs; the client asks for `name`. */
__attribute__((unused)) static bool pair_open(struct pair *pair, const char *name)
{
    memset(&pair->client, 0, sizeof pair->client);
    memset(&pair->server, 0, sizeof pair->server);
    if (pair->chance == 0) {
        pair->chance = 88172645463325252u;
    }
    return end_open(&pair->server, hf_accept_new(pair->server_config, NULL)) &&
        end_open(&pair->client, hf_connect_new(pair->client_config, name, NULL));
}

__attribute__((unused)) static void pair_close(struct pair *pair)
{
    end_close(&pair->client);
    end_close(&pair->server);
}

__attribute__((unused)) static void pair_free(struct pair *pair)
{
    pair_close(pair);
    hf_config_free(pair->client_config);
    hf_config_free(pair->server_config);
}

/* Moves what one end sent into the other's inbox. */
__attribute__((unused)) static bool pair_move(struct pair *pair, bool from_server)
{
    struct end *from = from_server ? &pair->server : &pair->client;
    struct end *to = from_server ? &pair->client : &pair->server;
    size_t length;
    const uint8_t *bytes = hf_output(from->connection, &length);
    if (length == 0 || to->length + length > PAIR_INBOX || from->wire_length + length > PAIR_INBOX) {
        return false;
    }
    memcpy(from->wire + from->wire_length, bytes, length);
    from->wire_length += length;
    memcpy(to->inbox + to->length, bytes, length);
    if (pair->tamper != NULL) {
        pair->tamper(pair, from_server, to->inbox + to->length, length);
    }
    to->length += length;
    hf_sent(from->connection, length);
    return true;
}

static inline size_t pair_piece(struct pair *pair, size_t left)
{
    switch (pair->delivery) {
    case WHOLE: break;
    case BYTE_BY_BYTE: return 1;
    case RANDOM_PIECES: return 1 + (size_t)(pair_random(&pair->chance) % left);
    }
    return left;
}

/* Shows an end the next piece of its inbox. Records are opened in place, so the connection sees only
 * what it has not consumed. False: there was nothing to do. */
__attribute__((unused)) static bool pair_feed(struct pair *pair, struct end *end)
{
    if (end->status == HF_FAILED || end->status == HF_CLOSED) {
        return false;
    }
    if (end->status == HF_OPERATION) {
        hf_operation_run(hf_pending_op(end->connection));
        end->status = hf_resume(end->connection);
        return true;
    }
    if (end->given == end->length && end->status != HF_OK) {
        return false;
    }
    if (end->given < end->length) {
        end->given += pair_piece(pair, end->length - end->given);
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

/* Until nothing moves any more. */
__attribute__((unused)) static void pair_run(struct pair *pair)
{
    bool moved = true;
    while (moved) {
        moved = pair_move(pair, false);
        moved |= pair_feed(pair, &pair->server);
        moved |= pair_move(pair, true);
        moved |= pair_feed(pair, &pair->client);
    }
}

__attribute__((unused)) static bool pair_connected(const struct pair *pair)
{
    return hf_is_connected(pair->client.connection) && hf_is_connected(pair->server.connection);
}

/* Sends a text from one end; it arrives by pair_run. */
__attribute__((unused)) static bool pair_say(struct pair *pair, bool from_server, const char *text)
{
    struct end *from = from_server ? &pair->server : &pair->client;
    struct end *to = from_server ? &pair->client : &pair->server;
    hf_io io;
    hf_status status = hf_send(from->connection, text, strlen(text), to->inbox + to->length,
        PAIR_INBOX - to->length, &io);
    to->length += io.written;
    return status == HF_OK && io.taken == strlen(text);
}

/* Configs that trust each other by a throw-away CA for `names`. */
__attribute__((unused)) static bool pair_configs(struct pair *pair, const char *names)
{
    char ca[4096];
    hf_identity *identity = hf_identity_self_signed(names, ca, sizeof ca, NULL);
    hf_trust *trust = hf_trust_new();
    pair->client_config = hf_config_new(HF_CLIENT, NULL);
    pair->server_config = hf_config_new(HF_SERVER, NULL);
    bool ok = identity != NULL && trust != NULL && pair->client_config != NULL &&
        pair->server_config != NULL && hf_trust_add_pem(trust, ca, strlen(ca), NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL);
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trace(pair->client_config, pair_write_event, NULL);
        hf_config_set_trace(pair->server_config, pair_write_event, NULL);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return ok;
}

__attribute__((unused)) static bool pair_seal(struct pair *pair)
{
    return hf_config_seal(pair->client_config, NULL) && hf_config_seal(pair->server_config, NULL);
}

#endif
