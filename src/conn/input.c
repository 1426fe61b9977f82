/* Bytes in: records, alerts, messages, data (RFC 9846, 5 and 6). */
#include <string.h>

#include "conn/connection.h"
#include "handshake/engine.h"
#include "handshake/output.h"
#include "handshake/trace.h"

/* Records that carry nothing, between two that do. */
static bool count_idle(struct hf_connection *c, enum idle kind)
{
    static const struct {
        unsigned most;
        const char *what;
    } limits[IDLES] = {
        [IDLE_EMPTY] = { 32, "empty data" },
        [IDLE_CCS] = { 32, "ChangeCipherSpec" },
        [IDLE_WARNING] = { 4, "warnings" },
        [IDLE_MESSAGE] = { 32, "post-handshake messages" },
    };
    if (++c->idle_records[kind] > limits[kind].most) {
        return fail_c(c, ERR_too_many_records, "more than %u records of %s in a row",
            limits[kind].most, limits[kind].what);
    }
    return true;
}

/* RFC 9846, 6: what a fatal alert of the peer says. */
static enum reason reason_of_alert(const struct hf_connection *c, uint8_t description)
{
    switch (description) {
    case 70: return ERR_peer_no_version;
    case 112: return ERR_peer_unknown_name;
    case 116: return ERR_peer_wants_certificate;
    case 120: return ERR_peer_no_alpn;
    case 51: return ERR_peer_says_decrypt_error;
    case 42: case 43: case 44: case 45: case 46: case 48: case 49:
        /* RFC 9846, 6.2: about a certificate; ours, if we sent one. */
        if (is_server(c) || c->client_certificate) {
            return ERR_peer_refused_certificate;
        }
        return c->asked_certificate ? ERR_peer_wants_certificate : ERR_peer_refused;
    default: return ERR_peer_refused;
    }
}

static bool on_alert(struct hf_connection *c, hf_bytes content)
{
    if (content.length != 2) {
        return fail_c(c, ERR_decode_error, "an alert of %zu bytes", content.length);
    }
    uint8_t description = content.data[1];
    if (fragment_pending(&c->fragment)) { /* RFC 9846, 5.1 */
        return fail_c(c, ERR_unexpected_message,
            "the alert %s (%u) between the fragments of a message", hf_alert_name(description),
            description);
    }
    /* RFC 9846, 6: all but these two are fatal, whatever their level says. */
    bool closure = description == 0;
    bool canceled = description == 90 && !is_tls12(c);
    /* RFC 5246, 7.2: there a warning ends nothing, and what is fatal ends all. */
    bool may_be_12 = is_tls12(c) ||
        (c->version == 0 && c->settings->lowest_version <= VERSION_TLS12);
    bool warning = content.data[0] == ALERT_WARNING && may_be_12;
    if (content.data[0] != ALERT_WARNING && content.data[0] != ALERT_FATAL) {
        return fail_c(c, ERR_illegal_parameter, "an alert of level %u", content.data[0]);
    }
    canceled |= warning && !closure;
    trace_alert(c, false, !closure && !canceled, description);
    if (closure) {
        c->closed_in = true;
        if (c->state != CONNECTED) {
            (void)fail_c(c, ERR_closed_in_handshake, "close_notify in %s", state_name(c->state));
            c->error.who = HF_PEER;
            return false;
        }
        return true;
    }
    if (canceled) {
        return count_idle(c, IDLE_WARNING);
    }
    (void)fail_c(c, reason_of_alert(c, description), "the peer sent the alert %s (%u)",
        hf_alert_name(description), description);
    c->error.who = HF_PEER;
    c->error.alert = description;
    return false;
}

/* Where the connection failed, when nobody said so yet. */
static void locate(struct hf_connection *c)
{
    if (c->error.state[0] == '\0') {
        c->error.state = state_name(c->state);
    }
}

/* RFC 9846, 5: a CCS of one byte 0x01 is dropped while the handshake runs. */
static bool on_ccs(struct hf_connection *c, const uint8_t *record,
    const struct record_header *header)
{
    hf_bytes content = bytes_of(record + RECORD_HEADER, header->length);
    trace_message(c, false, CHANGE_CIPHER_SPEC, content);
    bool sound = content.length == 1 && content.data[0] == 1;
    if (sound && is_tls12(c)) {
        return engine_receive_ccs(c);
    }
    if (!sound || !engine_allows_ccs(c)) {
        return engine_refuse(c, CHANGE_CIPHER_SPEC, message_name(CHANGE_CIPHER_SPEC));
    }
    return count_idle(c, IDLE_CCS);
}

/* A plaintext alert is heard until the first record under the read key opened: a peer that could
 * not come so far has no other way to say why (RFC 9846, 6). */
static bool is_plain(const struct hf_connection *c, const struct record_header *header)
{
    if (c->read.aead == NULL || is_tls12(c)) {
        return c->read.aead == NULL;
    }
    return header->type == CONTENT_CCS ||
        (header->type == CONTENT_ALERT && !c->protected_record && c->state != CONNECTED &&
            header->length == 2);
}

/* RFC 9846, 4.3.10: a server that takes no early data drops what does not open under the
 * handshake's key, and after HelloRetryRequest all application data, up to a limit. `may` is set
 * when the record at hand may be such. */
static bool skip_early(struct hf_connection *c, const struct record_header *header, bool plain,
    bool *may)
{
    *may = c->skip_early > 0 && header->type == CONTENT_DATA;
    if (*may && header->length >= c->skip_early) {
        return fail_c(c, plain ? ERR_unexpected_message : ERR_bad_record,
            "more early data than the %d bytes that are passed over", EARLY_SKIP_MAX);
    }
    c->skip_early -= *may ? header->length : 0;
    return true;
}

/* One whole record. Application data comes back in `got`. */
static bool on_record(struct hf_connection *c, uint8_t *record, const struct record_header *header,
    hf_received *got)
{
    uint8_t type = header->type;
    hf_bytes content = bytes_of(record + RECORD_HEADER, header->length);
    bool plain = is_plain(c, header);
    /* RFC 5246, 6.2.1. TLS 1.3 does not look (RFC 9846, 5.1). */
    if (is_tls12(c) && header->version != VERSION_TLS12) {
        return fail_at(&c->error, ERR_record_version, "version", 1,
            "a record of version 0x%04x in a connection of TLS 1.2", header->version);
    }
    bool skipped = false;
    TRY(skip_early(c, header, plain, &skipped));
    if (skipped && plain) {
        return true;
    }
    if (!plain) {
        struct hf_error ignored;
        error_clear(&ignored);
        if (!record_open(&c->read, header, record, &type, &content,
                skipped ? &ignored : &c->error)) {
            return skipped;
        }
        c->protected_record = true;
        c->skip_early = 0;
    }
    trace_record(c, false, type, !plain, RECORD_HEADER + header->length, content.length);
    if (content.length == 0 && type != CONTENT_DATA) {
        /* RFC 9846, 5.1 and 5.4. */
        return fail_c(c, ERR_empty_record, "an empty record of type %s", content_type_name(type));
    }
    switch (type) {
    case CONTENT_HANDSHAKE:
        TRY(engine_receive(c, content));
        return c->state != CONNECTED || fragment_pending(&c->fragment) ||
            count_idle(c, IDLE_MESSAGE);
    case CONTENT_ALERT:
        return on_alert(c, content);
    case CONTENT_CCS:
        /* RFC 9846, 5: never inside a protected record. */
        return plain ? on_ccs(c, record, header)
                     : engine_refuse(c, CHANGE_CIPHER_SPEC, message_name(CHANGE_CIPHER_SPEC));
    case CONTENT_DATA:
        TRY(engine_allows_data(c));
        if (content.length == 0) {
            return count_idle(c, IDLE_EMPTY);
        }
        memset(c->idle_records, 0, sizeof c->idle_records);
        got->data = content.data;
        got->length = content.length;
        return true;
    default:
        return fail_c(c, ERR_bad_record_type, "content type %u", type);
    }
}

/* Answers the peer's KeyUpdate once what waited was sent (RFC 9846, 4.7.3): one answer serves
 * all. And asks for one when the peer's key is nearly worn out (5.5). */
static bool answer_key_update(struct hf_connection *c)
{
    if (c->state == CONNECTED && !c->closed_out && !is_tls12(c) &&
        c->read.sequence + KEY_MARGIN == c->read.aead->record_limit) {
        c->key_update_request = true;
        return engine_request(c, KEY_UPDATE);
    }
    c->key_update_due &= !(c->key_update_waits && output_waits(c));
    if (!c->key_update_due || output_waits(c) || c->closed_out || c->state != CONNECTED) {
        return true;
    }
    c->key_update_due = false;
    c->key_update_request = false;
    c->key_update_waits = true;
    return engine_request(c, KEY_UPDATE);
}

/* Records until one brings data, the input ends or something waits. */
static hf_status take_records(struct hf_connection *c, uint8_t *buffer, size_t length,
    hf_received *got)
{
    while (!c->closed_in) {
        uint8_t *at = buffer + got->consumed;
        size_t left = length - got->consumed;
        struct record_header header;
        int found = record_header_read(at, left, record_state(&c->read), !c->accepted_record,
            &header, &c->error);
        if (found < 0) {
            return HF_FAILED;
        }
        if (found == 0 || left - RECORD_HEADER < header.length) {
            return HF_MORE;
        }
        c->accepted_record = true;
        got->consumed += RECORD_HEADER + header.length;
        if (!on_record(c, at, &header, got)) {
            return HF_FAILED;
        }
        if (!answer_key_update(c)) {
            return HF_FAILED;
        }
        if (engine_waits(c)) {
            return HF_OPERATION;
        }
        if (got->length > 0) {
            return HF_OK;
        }
    }
    return HF_CLOSED;
}

hf_status hf_receive(hf_connection *connection, uint8_t *buffer, size_t length,
    hf_received *received)
{
    struct hf_connection *c = connection;
    memset(received, 0, sizeof *received);
    if (error_is_set(&c->error) || c->busy) {
        return HF_FAILED;
    }
    if (engine_waits(c)) {
        return HF_OPERATION;
    }
    c->busy = true;
    hf_status status = take_records(c, buffer, length, received);
    if (status == HF_FAILED) {
        locate(c);
        status = connection_fail(c);
    }
    c->busy = false;
    return status;
}

size_t hf_need(const hf_connection *connection, const uint8_t *buffer, size_t length)
{
    (void)connection;
    if (length < RECORD_HEADER) {
        return RECORD_HEADER - length;
    }
    size_t whole = RECORD_HEADER + (size_t)(buffer[3] << 8 | buffer[4]);
    return whole > length ? whole - length : 0;
}

hf_status hf_receive_end(hf_connection *connection)
{
    struct hf_connection *c = connection;
    if (error_is_set(&c->error) || c->busy) {
        return HF_FAILED;
    }
    if (c->closed_in) {
        return HF_CLOSED;
    }
    bool done = c->state == CONNECTED;
    (void)fail_c(c, done ? ERR_truncated : ERR_closed_in_handshake, "the transport ended in %s",
        state_name(c->state));
    c->error.who = done ? HF_NETWORK : HF_PEER;
    locate(c);
    return connection_fail(c);
}

hf_operation *hf_pending_op(hf_connection *connection)
{
    bool waits = !error_is_set(&connection->error) && engine_waits(connection);
    return waits ? &connection->hs->operation : NULL;
}

hf_status hf_resume(hf_connection *connection)
{
    struct hf_connection *c = connection;
    if (error_is_set(&c->error) || c->busy) {
        return HF_FAILED;
    }
    if (!engine_waits(c)) {
        return HF_MORE;
    }
    if (atomic_load_explicit(&c->hs->operation.status, memory_order_acquire) != OPERATION_DONE) {
        return HF_OPERATION;
    }
    c->busy = true;
    hf_status status = HF_MORE;
    if (!engine_resume(c)) {
        locate(c);
        status = connection_fail(c);
    } else if (engine_waits(c)) {
        status = HF_OPERATION;
    }
    c->busy = false;
    return status;
}
