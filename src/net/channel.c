/* A connection on a socket: see channel.h. Order on the wire: sealed bytes that wait in `out`,
 * then what waits in the connection (handshake, alerts); hf_send itself puts the latter before
 * new data. */
#include "net/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/ct.h"

void channel_begin(struct channel *channel, hf_connection *connection, int fd)
{
    memset(channel, 0, sizeof *channel);
    channel->connection = connection;
    channel->fd = fd;
    error_clear(&channel->error);
}

const struct hf_error *channel_error(const struct channel *channel)
{
    const hf_error *error = hf_connection_error(channel->connection);
    return error->code != HF_CODE_none ? error : &channel->error;
}

static enum channel_status broken(struct channel *channel, int reason)
{
    channel->failed = true;
    bool reset = reason == ECONNRESET || reason == EPIPE;
    enum reason row = reason == ETIMEDOUT ? ERR_timed_out
        : hf_is_connected(channel->connection) ? ERR_truncated
        : reset ? ERR_reset : ERR_closed_in_handshake;
    (void)fail(&channel->error, row, "%s", strerror(reason));
    channel->error.who = HF_NETWORK;
    channel->error.state = hf_state_name(channel->connection);
    return CHANNEL_FAILED;
}

enum channel_status channel_fill(struct channel *channel, struct inbox *inbox)
{
    if (inbox->begin > 0) {
        memmove(inbox->data, inbox->data + inbox->begin, inbox->end - inbox->begin);
        inbox->end -= inbox->begin;
        inbox->begin = 0;
    }
    if (inbox->end == inbox->capacity) {
        return CHANNEL_OK;
    }
    ssize_t got;
    do {
        got = recv(channel->fd, inbox->data + inbox->end, inbox->capacity - inbox->end, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        bool later = errno == EAGAIN || errno == EWOULDBLOCK;
        return later ? CHANNEL_WAIT : broken(channel, errno);
    }
    channel->ended = got == 0;
    channel->received += (uint64_t)got;
    inbox->end += (size_t)got;
    return CHANNEL_OK;
}

static hf_status run_operations(hf_connection *connection, hf_status status)
{
    while (status == HF_OPERATION) {
        hf_operation *operation = hf_pending_op(connection);
        if (operation == NULL) {
            break;
        }
        hf_operation_run(operation);
        status = hf_resume(connection);
    }
    return status;
}

static enum channel_status failed(struct channel *channel)
{
    channel->failed = true;
    (void)channel_flush(channel); /* the alert */
    return CHANNEL_FAILED;
}

enum channel_status channel_next(struct channel *channel, struct inbox *inbox, const uint8_t **data,
    size_t *length)
{
    while (!channel->failed && inbox->begin < inbox->end) {
        hf_received got = { 0 };
        hf_status status = hf_receive(channel->connection, inbox->data + inbox->begin,
            inbox->end - inbox->begin, &got);
        bool was_operation = status == HF_OPERATION;
        inbox->begin += got.consumed;
        status = run_operations(channel->connection, status);
        if (status == HF_FAILED) {
            return failed(channel);
        }
        if (status == HF_CLOSED) {
            return CHANNEL_CLOSED;
        }
        if (got.length > 0) {
            *data = got.data;
            *length = got.length;
            return CHANNEL_DATA;
        }
        if (got.consumed == 0 && !was_operation) {
            break;
        }
    }
    if (channel->failed) {
        return CHANNEL_FAILED;
    }
    if (channel->ended) {
        return hf_receive_end(channel->connection) == HF_CLOSED ? CHANNEL_CLOSED : failed(channel);
    }
    return CHANNEL_WAIT;
}

/* Sends `length` bytes; what is left is not counted. */
static enum channel_status send_some(struct channel *channel, const uint8_t *data, size_t length,
    size_t *sent)
{
    ssize_t count;
    do {
        count = send(channel->fd, data, length, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    *sent = 0;
    if (count < 0) {
        bool later = errno == EAGAIN || errno == EWOULDBLOCK;
        return later ? CHANNEL_WAIT : broken(channel, errno);
    }
    *sent = (size_t)count;
    channel->sent += (uint64_t)count;
    return CHANNEL_OK;
}

enum channel_status channel_flush(struct channel *channel)
{
    size_t sent;
    while (channel->out_begin < channel->out_end) {
        enum channel_status status = send_some(channel, channel->out + channel->out_begin,
            channel->out_end - channel->out_begin, &sent);
        if (status != CHANNEL_OK) {
            return status;
        }
        channel->out_begin += sent;
    }
    channel_end(channel);
    size_t length = 0;
    const uint8_t *output;
    while ((output = hf_output(channel->connection, &length)) != NULL && length > 0) {
        enum channel_status status = send_some(channel, output, length, &sent);
        if (status != CHANNEL_OK) {
            return status;
        }
        hf_sent(channel->connection, sent);
    }
    return CHANNEL_OK;
}

bool channel_has_output(const struct channel *channel)
{
    size_t length = 0;
    return channel->out_begin < channel->out_end
        || (hf_output(channel->connection, &length) != NULL && length > 0);
}

enum channel_status channel_write(struct channel *channel, const uint8_t *data, size_t length)
{
    hf_io io = { 0 };
    if (channel->out_begin < channel->out_end) {
        return CHANNEL_WAIT;
    }
    if (channel->closing) {
        (void)fail(&channel->error, ERR_misuse, "data after close_notify");
        return CHANNEL_FAILED;
    }
    channel_end(channel);
    channel->out_capacity = hf_sealed_size(channel->connection, length);
    channel->out = malloc(channel->out_capacity);
    if (channel->out == NULL) {
        channel->failed = true;
        (void)fail(&channel->error, ERR_out_of_memory, "sealing %zu bytes", length);
        return CHANNEL_FAILED;
    }
    hf_status status = hf_send(channel->connection, data, length, channel->out,
        channel->out_capacity,
        &io);
    channel->out_begin = 0;
    channel->out_end = io.written;
    if (status != HF_OK || io.taken != length) {
        channel->failed = true;
        (void)fail(&channel->error, ERR_internal_error, "%zu of %zu bytes were sealed", io.taken,
            length);
        return failed(channel);
    }
    return channel_flush(channel);
}

enum channel_status channel_close(struct channel *channel)
{
    if (!channel->closing && !channel->failed) {
        channel->closing = true;
        if (hf_close(channel->connection) == HF_FAILED) {
            return failed(channel);
        }
    }
    return channel_flush(channel);
}

void channel_end(struct channel *channel)
{
    free(channel->out); /* ciphertext: no secret */
    channel->out = NULL;
    channel->out_begin = channel->out_end = channel->out_capacity = 0;
}
