/* hf_stream: a connection on a blocking descriptor. RFC 9846, 6.1: the end of the transport without
 * close_notify is an error, never an end of data. */
#include "handfast/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "net/channel.h"

enum { WRITE_CHUNK = 16384 };

struct hf_stream {
    struct channel channel;
    struct inbox inbox;
    const uint8_t *data;   /* of the record opened last; borrows the inbox */
    size_t left;
    bool closed;           /* close_notify came */
};

static hf_stream *stream_fail(hf_stream *stream, hf_connection *connection, hf_error *error)
{
    if (error != NULL && stream != NULL) {
        *error = *channel_error(&stream->channel);
    }
    if (stream != NULL) {
        hf_stream_free(stream);
    } else {
        if (error != NULL) {
            (void)fail(error, ERR_out_of_memory, "a stream");
        }
        hf_connection_free(connection);
    }
    return NULL;
}

static bool handshake(hf_stream *stream)
{
    struct channel *channel = &stream->channel;
    while (!hf_is_connected(channel->connection)) {
        if (channel_flush(channel) != CHANNEL_OK) {
            return false;
        }
        enum channel_status status = channel_next(channel, &stream->inbox, &stream->data,
            &stream->left);
        if (status == CHANNEL_WAIT && !hf_is_connected(channel->connection)) {
            TRY(channel_flush(channel) == CHANNEL_OK);
            status = channel_fill(channel, &stream->inbox);
        }
        if (status == CHANNEL_FAILED) {
            return false;
        }
        /* Never before the end of the handshake (RFC 9846, 6.1), but right behind it is fine. */
        stream->closed = stream->closed || status == CHANNEL_CLOSED;
    }
    return channel_flush(channel) == CHANNEL_OK;
}

static hf_stream *stream_new(hf_connection *connection, int fd, hf_error *error)
{
    if (connection == NULL) {
        return NULL;
    }
    hf_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return stream_fail(NULL, connection, error);
    }
    channel_begin(&stream->channel, connection, fd);
    stream->inbox.capacity = CHANNEL_BUFFER;
    stream->inbox.data = malloc(CHANNEL_BUFFER);
    if (stream->inbox.data == NULL) {
        (void)fail(&stream->channel.error, ERR_out_of_memory, "the buffer of a stream");
        return stream_fail(stream, connection, error);
    }
    return handshake(stream) ? stream : stream_fail(stream, connection, error);
}

static void clear(hf_error *error)
{
    if (error != NULL) {
        error_clear(error);
    }
}

hf_stream *hf_stream_connect(hf_config *config, const char *identity, int fd, hf_error *error)
{
    clear(error);
    return stream_new(hf_connect_new(config, identity, error), fd, error);
}

hf_stream *hf_stream_accept(hf_config *config, int fd, hf_error *error)
{
    clear(error);
    return stream_new(hf_accept_new(config, error), fd, error);
}

ssize_t hf_stream_read(hf_stream *stream, void *data, size_t length)
{
    struct channel *channel = &stream->channel;
    while (stream->left == 0 && !stream->closed) {
        enum channel_status status = channel_next(channel, &stream->inbox, &stream->data,
            &stream->left);
        if (status == CHANNEL_CLOSED) {
            stream->closed = true;
        } else if (status == CHANNEL_WAIT) {
            /* An answer to a KeyUpdate may wait. */
            if (channel_flush(channel) == CHANNEL_FAILED
                || channel_fill(channel, &stream->inbox) == CHANNEL_FAILED) {
                return -1;
            }
        } else if (status == CHANNEL_FAILED) {
            return -1;
        }
    }
    size_t count = stream->left < length ? stream->left : length;
    if (count > 0) {
        memcpy(data, stream->data, count);
        stream->data += count;
        stream->left -= count;
    }
    return (ssize_t)count;
}

bool hf_stream_write(hf_stream *stream, const void *data, size_t length)
{
    const uint8_t *at = data;
    while (length > 0) {
        size_t count = length < WRITE_CHUNK ? length : WRITE_CHUNK;
        TRY(channel_write(&stream->channel, at, count) == CHANNEL_OK);
        at += count;
        length -= count;
    }
    return true;
}

bool hf_stream_close(hf_stream *stream)
{
    return channel_close(&stream->channel) == CHANNEL_OK;
}

const hf_error *hf_stream_error(const hf_stream *stream)
{
    return channel_error(&stream->channel);
}

hf_connection *hf_stream_connection(hf_stream *stream)
{
    return stream->channel.connection;
}

void hf_stream_free(hf_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    hf_connection_free(stream->channel.connection);
    channel_end(&stream->channel);
    if (stream->inbox.data != NULL) {
        wipe(stream->inbox.data, CHANNEL_BUFFER); /* decrypted data */
        free(stream->inbox.data);
    }
    free(stream);
}
