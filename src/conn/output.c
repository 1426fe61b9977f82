/* Bytes out: what waits, application data, the close (RFC 9846, 5.1 and 6.1). */
#include "handshake/output.h"

#include <string.h>

#include "conn/connection.h"
#include "handshake/engine.h"
#include "handshake/trace.h"

const uint8_t *hf_output(const hf_connection *connection, size_t *length)
{
    const struct output *o = &connection->output;
    *length = o->sealed - o->start;
    return *length > 0 ? o->data + o->start : NULL;
}

static void drop_sent(struct hf_connection *c, size_t count)
{
    struct output *o = &c->output;
    size_t waiting = o->sealed - o->start;
    o->start += count < waiting ? count : waiting;
    if (o->start == o->sealed && o->type == CONTENT_INVALID) {
        c->key_update_waits = false;
        output_settle(c);
    }
}

void hf_sent(hf_connection *connection, size_t count)
{
    if (!connection->busy) { /* in a callback it may be in use */
        drop_sent(connection, count);
    }
}

/* Moves what waits into the caller's buffer. */
static void take_waiting(struct hf_connection *c, uint8_t *out, size_t capacity, hf_io *io)
{
    size_t waiting;
    const uint8_t *data = hf_output(c, &waiting);
    size_t room = capacity - io->written;
    size_t count = waiting < room ? waiting : room;
    if (count > 0) {
        memcpy(out + io->written, data, count);
        drop_sent(c, count);
        io->written += count;
    }
}

/* Before the client's Finished a server's data is half-authenticated: only if asked for by name. */
static bool may_send(const struct hf_connection *c)
{
    return c->state == CONNECTED || (c->settings->half_rtt && c->application_write);
}

/* Whether a KeyUpdate goes before the next data: the peer asked for it (RFC 9846, 4.7.3), or the
 * key is nearly worn out (5.5), with `records` more and room for KeyUpdate and alerts. */
static bool update_due(const struct hf_connection *c, size_t records)
{
    return c->state == CONNECTED && !is_tls12(c) && (c->key_update_due ||
        c->write.sequence + records + KEY_MARGIN >= c->write.aead->record_limit);
}

static bool renew_key(struct hf_connection *c)
{
    if (!update_due(c, 0)) {
        return true;
    }
    c->key_update_due = c->key_update_request = false;
    return engine_request(c, KEY_UPDATE);
}

/* The bytes of content that fit into `room` as one record. */
static size_t content_that_fits(const struct hf_connection *c, size_t room)
{
    size_t overhead = record_sealed_size(&c->write, 0, 0);
    size_t fits = room > overhead ? room - overhead : 0;
    return fits < c->send_limit ? fits : c->send_limit;
}

static bool seal_data(struct hf_connection *c, const uint8_t *data, size_t length, uint8_t *out,
    size_t capacity, hf_io *io)
{
    while (io->taken < length) {
        TRY(renew_key(c));
        take_waiting(c, out, capacity, io);
        size_t count = content_that_fits(c, capacity - io->written);
        count = count < length - io->taken ? count : length - io->taken;
        if (count == 0 || output_waits(c)) {
            break;
        }
        hf_builder b = builder_of(out + io->written, capacity - io->written);
        size_t padding = output_padding(c, &c->write, count);
        size_t room = capacity - io->written - record_sealed_size(&c->write, count, 0);
        TRY(record_seal(&c->write, CONTENT_DATA, VERSION_TLS12, bytes_of(data + io->taken, count),
            padding < room ? padding : room, &b, &c->error));
        trace_record(c, true, CONTENT_DATA, true, b.length, count);
        io->taken += count;
        io->written += b.length;
    }
    return true;
}

hf_status hf_send(hf_connection *connection, const void *data, size_t length, uint8_t *out,
    size_t capacity, hf_io *io)
{
    struct hf_connection *c = connection;
    memset(io, 0, sizeof *io);
    if (c->busy) {
        return HF_FAILED;
    }
    take_waiting(c, out, capacity, io);
    if (error_is_set(&c->error) || (c->closed_out && length > 0)) {
        return HF_FAILED;
    }
    if (!may_send(c)) {
        return HF_MORE;
    }
    c->busy = true;
    bool ok = seal_data(c, data, length, out, capacity, io);
    c->busy = false;
    return ok ? HF_OK : connection_fail(c);
}

size_t hf_sealed_size(const hf_connection *connection, size_t length)
{
    const struct hf_connection *c = connection;
    size_t records = length == 0 ? 0 : (length - 1) / c->send_limit + 1;
    size_t waiting = c->output.sealed - c->output.start;
    if (!error_is_set(&c->error) && update_due(c, records)) {
        waiting += record_sealed_size(&c->write, MESSAGE_HEADER + 1, c->settings->padding);
    }
    return waiting + length + records * record_sealed_size(&c->write, 0, c->settings->padding);
}

hf_status hf_close(hf_connection *connection)
{
    struct hf_connection *c = connection;
    if (error_is_set(&c->error) || c->busy) {
        return HF_FAILED;
    }
    if (c->closed_out) {
        return HF_OK;
    }
    c->closed_out = true;
    c->busy = true;
    bool ok = output_alert(c, false, 0);
    c->busy = false;
    return ok ? HF_OK : connection_fail(c);
}
