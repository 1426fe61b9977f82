/* A client and a server in memory, for tests: bytes delivered whole, one by one or in random
 * pieces, each of them open to tampering; events written down; chance injected where a test
 * wants the same bytes again. */
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
    size_t events_length;
    uint8_t *wire;           /* all that it sent */
    size_t wire_length;
    void *user;              /* of whoever drives the pair */
};

/* The default provider with a chance that a seed decides: each end has its own. */
struct chance {
    struct provider provider;
    uint64_t seed;
    uint64_t state;
    bool empty;              /* no bytes are left: every draw fails */
};

struct pair {
    hf_config *client_config;
    hf_config *server_config;
    struct end client;
    struct end server;
    struct chance client_chance;  /* after pair_inject */
    struct chance server_chance;
    enum delivery delivery;
    uint64_t chance;         /* for the pieces of RANDOM_PIECES */
    /* May change what `from_server` sends, before it is delivered. */
    void (*tamper)(struct pair *pair, bool from_server, uint8_t *bytes, size_t length);
    void *tamper_user;
    /* The transport loses all that `from_server` sends behind its first `at` bytes. */
    struct {
        bool on;
        bool from_server;
        size_t at;
    } cut;
};

/* The next of a row of numbers; the state is not 0. */
uint64_t pair_random(uint64_t *state);

/* Configs that trust each other by a throw-away CA for `names`. */
bool pair_configs(struct pair *pair, const char *names);
/* Empty configs with the pair's trace, for tests that choose identities themselves. */
bool pair_configs_new(struct pair *pair, const hf_allocator *client, const hf_allocator *server);
/* Before sealing: each end draws from its own seed, again from its beginning at each pair_open. */
void pair_inject(struct pair *pair, uint64_t seed);
bool pair_seal(struct pair *pair);

/* Connections of the two sealed configs; the client asks for `name`. May be called again: old
 * connections are freed. */
bool pair_open(struct pair *pair, const char *name);
bool pair_open_with(struct pair *pair, const hf_connect_options *options);
/* A fresh server connection in the place of the old one, to which nothing was delivered yet. */
bool pair_replace_server(struct pair *pair);
void pair_free(struct pair *pair);

/* The other end. */
struct end *pair_peer(struct pair *pair, const struct end *end);

/* Moves what one end sent into the other's inbox. False: nothing was sent. */
bool pair_move(struct pair *pair, bool from_server);
/* Shows an end the next piece of its inbox. False: there was nothing to do. */
bool pair_feed(struct pair *pair, struct end *end);
/* After an operation was done: goes on, and shows again what was not consumed. */
void end_resume(struct end *end);
/* Until nothing moves any more. An operation that waits is done at once. */
void pair_run(struct pair *pair);
/* The transport ends, for whoever still listens; then what that made them send is delivered. */
void pair_hang_up(struct pair *pair);
bool pair_connected(const struct pair *pair);

/* Sends data from one end; it arrives by pair_run. */
bool pair_send(struct pair *pair, bool from_server, const void *data, size_t length);
bool pair_say(struct pair *pair, bool from_server, const char *text);
/* Puts raw bytes before an end, as if the peer had sent them. */
void pair_put(struct end *to, const void *data, size_t length);
/* Seals a record of any type and content under the write key of `from` and puts it before the
 * other: what no honest peer would send. */
bool pair_put_record(struct pair *pair, struct end *from, uint8_t type, const void *data,
    size_t length, size_t padding);

/* The reason of an end's error; "" when there is none. */
const char *end_reason(const struct end *end);

/* For failures: both ends' errors and events, to stderr. */
void pair_print(const struct pair *pair);

#endif
