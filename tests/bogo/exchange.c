/* One connection with the runner: the handshake, then every byte comes back, inverted. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn/connection.h"
#include "handshake/output.h"
#include "handshake/resume.h"
#include "shim.h"

/* ---- Bytes ---- */

/* Writes what waits; while the first write is held, one byte of it. A peer that is gone shows when
 * it is read from. */
static void flush(struct exchange *x)
{
    size_t length;
    const uint8_t *waiting = hf_output(x->connection, &length);
    length = length < BUFFER - x->out_length ? length : BUFFER - x->out_length;
    if (length > 0) {
        memcpy(x->out + x->out_length, waiting, length);
        x->out_length += length;
        hf_sent(x->connection, length);
    }
    size_t at = 0;
    while (!x->held && at < x->out_length) {
        ssize_t count = send(x->fd, x->out + at, x->out_length - at, MSG_NOSIGNAL);
        at += count > 0 ? (size_t)count : x->out_length - at;
    }
    memmove(x->out, x->out + at, x->out_length - at);
    x->out_length -= at;
}

/* False: the transport ended. With -async the connection sees byte after byte. */
static bool fill(struct exchange *x)
{
    if (x->in_shown == x->in_end) {
        memmove(x->in, x->in + x->in_start, x->in_end - x->in_start);
        x->in_end -= x->in_start;
        x->in_start = 0;
        x->in_shown = x->in_end;
        ssize_t count = recv(x->fd, x->in + x->in_end, BUFFER - x->in_end, 0);
        if (count <= 0) {
            return false;
        }
        x->in_end += (size_t)count;
    }
    x->in_shown = x->options->async ? x->in_shown + 1 : x->in_end;
    return true;
}

static bool send_data(struct exchange *x, const void *data, size_t length)
{
    const uint8_t *at = data;
    hf_io io;
    do {
        flush(x);
        hf_status status = hf_send(x->connection, at, length, x->out + x->out_length,
            BUFFER - x->out_length, &io);
        x->out_length += io.written;
        if (status != HF_OK) {
            return false;
        }
        at += io.taken;
        length -= io.taken;
    } while (length > 0);
    flush(x);
    return true;
}

/* ---- What the flags want beside the echo ---- */

static bool send_exported(struct exchange *x)
{
    const struct options *o = x->options;
    uint8_t material[1024];
    size_t length = o->export_keying_material;
    if (length > sizeof material ||
        hf_export(x->connection, o->export_label,
            o->use_export_context ? o->export_context : NULL,
            o->use_export_context ? strlen(o->export_context) : 0, material, length) != HF_OK) {
        (void)fprintf(stderr, "failed to export keying material\n");
        return false;
    }
    return send_data(x, material, length);
}

static bool send_secrets(struct exchange *x)
{
    const struct hf_connection *c = x->connection;
    uint8_t all[2 + 2 * HASH_SIZE_MAX] = { (uint8_t)c->hash->size };
    memcpy(all + 2, c->kept.tls13.read, c->hash->size);
    memcpy(all + 2 + c->hash->size, c->kept.tls13.write, c->hash->size);
    return send_data(x, all, 2 + 2 * c->hash->size);
}

/* RFC 5929, 3: the first Finished. RFC 7627, 5.4: without the extended master secret it says
 * nothing of a resumed session. */
static bool send_unique(struct exchange *x)
{
    const struct hf_connection *c = x->connection;
    if (!c->extended_master && is_resumed(c)) {
        (void)fprintf(stderr, "failed to get tls-unique\n");
        return false;
    }
    return send_data(x, c->kept.tls12.unique, sizeof c->kept.tls12.unique);
}

static bool send_first(struct exchange *x)
{
    const struct options *o = x->options;
    size_t length = strlen(o->shim_initial_write);
    for (unsigned i = 0; i < o->repeat_shim_initial_write; i++) {
        if (!send_data(x, o->shim_initial_write, length)) {
            return false;
        }
    }
    return true;
}

/* Lets one byte of the first write through; the rest waits for the first data of the runner. */
static bool hold_first(struct exchange *x)
{
    flush(x);
    x->held = true;
    if (!send_first(x)) {
        return false;
    }
    (void)send(x->fd, x->out, 1, MSG_NOSIGNAL);
    memmove(x->out, x->out + 1, x->out_length - 1);
    x->out_length--;
    return true;
}

/* The handshake is complete. */
static bool begin_data(struct exchange *x)
{
    const struct options *o = x->options;
    x->checked = true;
    flush(x);
    if (o->reverify_on_resume && o->verify_fail && is_resumed(x->connection)) {
        (void)output_alert(x->connection, true, 46); /* the application looks again for itself */
        (void)fprintf(stderr, "refused by the verify callback\n");
        return false;
    }
    if (!check_handshake(x) || (o->export_keying_material > 0 && !send_exported(x)) ||
        (o->export_traffic_secrets && !send_secrets(x)) || (o->tls_unique && !send_unique(x))) {
        return false;
    }
    if (o->send_alert) {
        return output_alert(x->connection, true, 30);
    }
    if (o->read_with_unfinished_write ? !hold_first(x) : o->shim_writes_first && !send_first(x)) {
        return false;
    }
    if (o->shim_shuts_down) {
        return !o->check_close_notify || hf_close(x->connection) == HF_OK;
    }
    return !o->key_update_before_read || hf_key_update(x->connection, false) == HF_OK;
}

static bool echo(struct exchange *x, const uint8_t *data, size_t length)
{
    const struct options *o = x->options;
    uint8_t answer[RECORD_PLAIN_MAX];
    if (o->shim_shuts_down) {
        (void)fprintf(stderr, "application data on shutdown\n");
        return false;
    }
    x->held = false;
    if (o->key_update && hf_key_update(x->connection, false) != HF_OK) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        answer[i] = data[i] ^ 0xff;
    }
    return send_data(x, answer, length) &&
        (!o->key_update_before_read || hf_key_update(x->connection, false) == HF_OK);
}

/* ---- The loop ---- */

/* The runner closes or breaks off; without -check-close-notify the two are the same. */
static bool end_data(struct exchange *x, bool closed)
{
    const struct options *o = x->options;
    if (!o->check_close_notify) {
        return true;
    }
    if (!closed) {
        (void)fprintf(stderr, "no close_notify came\n");
        return false;
    }
    return o->shim_shuts_down || hf_close(x->connection) == HF_OK;
}

/* Whether there is nothing to wait for. */
static bool is_over(const struct exchange *x)
{
    const struct options *o = x->options;
    return x->checked && (o->send_alert || (o->shim_shuts_down && !o->check_close_notify));
}

static bool run(struct exchange *x)
{
    for (;;) {
        hf_received got;
        hf_status status = hf_receive(x->connection, x->in + x->in_start, x->in_shown - x->in_start,
            &got);
        x->in_start += got.consumed;
        for (; status == HF_OPERATION; status = hf_resume(x->connection)) {
            hf_operation_run(hf_pending_op(x->connection));
        }
        if (status == HF_FAILED) {
            return false;
        }
        bool news = !x->checked || got.length > 0;
        if (hf_is_connected(x->connection) && !x->checked && !begin_data(x)) {
            return false;
        }
        if (got.length > 0 && !echo(x, got.data, got.length)) {
            return false;
        }
        if (news) {
            flush(x); /* an answer to KeyUpdate alone waits for data: one serves many */
        }
        if (is_over(x)) {
            return true;
        }
        if (status == HF_CLOSED) {
            return end_data(x, true);
        }
        if (status == HF_MORE && !fill(x)) {
            return hf_is_connected(x->connection) ? end_data(x, false)
                                                  : hf_receive_end(x->connection) == HF_CLOSED;
        }
    }
}

/* The runner reads what waits, alerts above all, before the socket goes. */
static void drain(struct exchange *x)
{
    uint8_t rest[4096];
    x->held = false;
    flush(x);
    (void)shutdown(x->fd, SHUT_WR);
    while (recv(x->fd, rest, sizeof rest, 0) > 0) {
        continue;
    }
}

static void tell(const hf_error *error)
{
    (void)fprintf(stderr, "error [%s] %s%s%s: %s\n", error->reason,
        error->who == HF_PEER && error->alert >= 0 ? "by the peer's " : "",
        error->who == HF_PEER && error->alert >= 0 ? hf_alert_name(error->alert) : "",
        error->state, error->detail);
}

int exchange_run(struct exchange *x)
{
    bool unimplemented;
    const struct options *o = x->options;
    hf_error error = { 0 };
    x->config = config_of(x, &error, &unimplemented);
    if (unimplemented) {
        (void)fprintf(stderr, "not implemented\n");
        return EXIT_UNIMPLEMENTED;
    }
    hf_connect_options names = { .identity = o->host_name, .server_name = o->host_name,
        .fallback = o->fallback_scsv,
        .session = x->resumes && !o->no_ticket ? x->shim->session : NULL };
    x->connection = x->config == NULL ? NULL
        : o->server                   ? hf_accept_new(x->config, &error)
                                      : hf_connect_new_with(x->config, &names, &error);
    if (x->connection == NULL) {
        tell(&error);
        hf_config_free(x->config);
        return EXIT_FAILED;
    }
    if (o->max_send_fragment > 0) { /* as if the peer had named it (RFC 8449, 4) */
        x->connection->send_limit = o->max_send_fragment;
    }
    flush(x);
    bool ok = run(x);
    if (error_is_set(hf_connection_error(x->connection))) {
        tell(hf_connection_error(x->connection));
        ok = false;
    }
    drain(x);
    bool done = hf_is_connected(x->connection);
    ok = ok && check_end(x);
    hf_connection_free(x->connection);
    hf_config_free(x->config);
    if (o->handshake_never_done && done) {
        return EXIT_MUST_FAIL;
    }
    return ok ? 0 : EXIT_FAILED;
}
