/* A TLS library under measurement: what driver.c asks of it. Each bench_<library>.c is one; they
 * know no sockets: two ends in one process, and two pipes in memory between them. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_options {
    const char *version, *kx, *auth, *mode, *cipher, *folder, *memo, *pool;
    double seconds;
    int connections;
    int count;           /* handshakes, instead of seconds, and nothing else; 0: no */
};

#define BENCH_HOST "bench.example.com"

/* One direction: bytes that wait, from `begin` to `end`. */
struct pipe {
    uint8_t *data;
    size_t begin;
    size_t end;
};

enum { PIPE_CAPACITY = 1 << 18 };

/* One side of a connection, and its view of the pipes. */
struct end {
    void *tls;
    struct pipe *in;
    struct pipe *out;
};

_Noreturn void bench_die(const char *what, const char *which);
/* DIR/AUTH-END in `path`, which holds 512 bytes. */
const char *bench_path(const struct bench_options *options, const char *end, char *path);

size_t pipe_read(struct pipe *pipe, void *out, size_t capacity);
void pipe_write(struct pipe *pipe, const void *data, size_t length);

/* ---- What each library gives; all of them die on an error ---- */

extern const char peer_name[];
/* Its version, one word. */
const char *peer_library(void);
/* Whether it can do what the options say. */
bool peer_can(const struct bench_options *options);
/* What all connections share. */
void peer_open(const struct bench_options *options);
void peer_close(void);

/* Before a handshake, outside its time. */
void peer_prepare(void);
/* The first connection of --mode resume, whose data has gone both ways: from now on clients offer
 * the session that it brought, and servers grant no more. */
void peer_keep(struct end *client);
bool peer_resumed(struct end *end);
/* A connection; a client writes its first flight. */
void peer_begin(struct end *end, bool server);
/* Takes what came. True: the handshake is complete on this side. */
bool peer_shake(struct end *end);
void peer_send(struct end *end, const void *data, size_t length);
/* Takes what came; how many bytes of data. */
size_t peer_take(struct end *end);
void peer_end(struct end *end);
const char *peer_suite(struct end *end);

#endif
