/* A connection on a socket: moves bytes between the two, in order, and turns the socket's
 * failures into errors. Works on blocking and non-blocking descriptors; owns neither them nor
 * the connection. */
#ifndef NET_CHANNEL_H
#define NET_CHANNEL_H

#include "base/error.h"
#include "handfast/connection.h"

enum { CHANNEL_BUFFER = 65536 };

/* Bytes that came and were not used yet: data[begin..end). */
struct inbox {
    uint8_t *data;
    size_t begin;
    size_t end;
    size_t capacity;    /* CHANNEL_BUFFER: over one record */
};

struct channel {
    hf_connection *connection;
    int fd;
    uint8_t *out;       /* sealed bytes not sent yet; NULL when none */
    size_t out_begin;
    size_t out_end;
    size_t out_capacity;
    uint64_t sent;      /* bytes, on the wire */
    uint64_t received;
    bool ended;         /* the peer's side of the socket came to its end */
    bool closing;       /* close_notify was queued */
    bool failed;
    struct hf_error error;
};

enum channel_status {
    CHANNEL_OK,
    CHANNEL_DATA,       /* application data is there */
    /* the socket has nothing, or takes nothing, right now; or input is needed */
    CHANNEL_WAIT,
    CHANNEL_CLOSED,     /* the peer sent close_notify */
    CHANNEL_FAILED      /* see error */
};

void channel_begin(struct channel *channel, hf_connection *connection, int fd);

/* Receives once. OK: bytes came, or the end did (`ended`). */
enum channel_status channel_fill(struct channel *channel, struct inbox *inbox);

/* Works on what is in the inbox. DATA: one record of data, which borrows the inbox until the
 * next call; WAIT: fill first. With `ended` and nothing left it becomes CLOSED or FAILED
 * (truncated …). */
enum channel_status channel_next(struct channel *channel, struct inbox *inbox, const uint8_t **data,
    size_t *length);

/* Sends what waits. OK: all gone. */
enum channel_status channel_flush(struct channel *channel);

/* Is there anything to send? */
bool channel_has_output(const struct channel *channel);

/* Seals all of the data (at most 64 KiB) behind what waits, then flushes. The connection is
 * connected. WAIT before anything was sealed (out was not empty) or after all was: channel_flush
 * first. */
enum channel_status channel_write(struct channel *channel, const uint8_t *data, size_t length);

/* Queues close_notify and flushes. */
enum channel_status channel_close(struct channel *channel);

/* The connection's error, else the socket's; code none: no error. */
const struct hf_error *channel_error(const struct channel *channel);

/* Frees what waits. The descriptor and the connection stay the caller's. */
void channel_end(struct channel *channel);

#endif
