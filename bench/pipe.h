/* Two connections and the bytes between them. */
#ifndef BENCH_PIPE_H
#define BENCH_PIPE_H

#include "handfast/handfast.h"

struct bench_options {
    const char *version, *kx, *auth, *mode, *cipher, *folder;
    double seconds;
    int connections;
    bool unsupported;
};

/* One direction: bytes that wait, shown to the reader in place. */
struct pipe {
    uint8_t *data;
    size_t length;
};

struct pair {
    hf_connection *client;
    hf_connection *server;
    struct pipe to_client;
    struct pipe to_server;
};

_Noreturn void bench_die(const char *what, const char *which);

/* The configs that all pairs share. */
void configs_open(const struct bench_options *options);
void configs_close(void);

void pair_pipes(struct pair *p);
void pair_drop_pipes(struct pair *p);
void pair_connect(struct pair *p); /* to the end of the handshake */
void pair_ping(struct pair *p);    /* 100 bytes each way */
void pair_bulk(struct pair *p, size_t size, int count);
void pair_end(struct pair *p);
const char *pair_suite(void);      /* of the last handshake */

#endif
