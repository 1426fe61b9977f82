/* A TLS server on one thread: poll(2), non-blocking sockets, hundreds of connections, memory
 * that does not grow. What is done with the data is the application's. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "net/channel.h"
#include "net/dial.h"

enum { SERVER_PEERS_MAX = 1000, SERVER_CHUNK = 16384 };

/* One connection, as the application sees it. */
struct peer {
    struct channel channel;
    void *state;               /* the application's */
    char address[ADDRESS_TEXT];
    unsigned port;
    uint64_t begun_us;
    bool connected;            /* the handshake is complete */
};

/* What an application does. Each gets `user`. */
struct application {
    void *user;
    /* A connection was accepted; its handshake has not begun. False: drop it. */
    bool (*begin)(void *user, struct peer *peer);
    void (*connected)(void *user, struct peer *peer);
    /* Data came. False: it wants no more of it. */
    bool (*receive)(void *user, struct peer *peer, const uint8_t *data, size_t length);
    /* The peer sent close_notify. */
    void (*received_all)(void *user, struct peer *peer);
    /* Up to SERVER_CHUNK bytes to send; `*finished`: no more will ever come. While something was
     * produced or waits to be sent, nothing is received. */
    size_t (*produce)(void *user, struct peer *peer, uint8_t *out, bool *finished);
    /* The last call: the connection is over, `error` (code none: all well) says how. */
    void (*end)(void *user, struct peer *peer, const hf_error *error);
};

struct server_input {
    hf_config *config;
    int listener;
    int stop;                  /* a descriptor that becomes readable when it shall end */
    uint64_t count;            /* end after so many connections; 0: never */
    unsigned handshake_timeout_ms;
    unsigned idle_timeout_ms;
    struct application application;
};

/* Serves until told to stop, or until `count` connections came and went. False: bad_configuration,
 * out_of_memory. */
bool serve_forever(const struct server_input *input, struct hf_error *error);

#endif
