/* The engine: matches the row, and does each row's steps in the one order: guard, handler, hash,
 * send, keys, state. Nothing else assigns the state. Rules: edge.h; words: RFC 9846, 4 and
 * Appendix A. */
#include "handshake/engine.h"

#include <assert.h>
#include <string.h>

#include "base/ct.h"
#include "handshake/epoch.h"
#include "handshake/handlers.h"
#include "handshake/output.h"
#include "handshake/resume.h"
#include "handshake/trace.h"

/* The first block of a handshake's arena, beside the handshake itself: shares, a hello, a chain, a
 * signature. */
enum { ARENA_FIRST = sizeof(struct handshake) + 5120, ARENA_LIMIT = 1048576 };

bool engine_begin(struct hf_connection *c)
{
    bool server = is_server(c);
    size_t limit = server && c->settings->client_auth == HF_AUTH_NONE ? HELLO_MAX : MESSAGE_MAX;
    if (!arena_init(&c->arena, c->settings->allocator, ARENA_FIRST, ARENA_LIMIT)) {
        return fail_c(c, ERR_out_of_memory, "a handshake");
    }
    c->hs = arena_take(&c->arena, sizeof *c->hs);
    assert(c->hs != NULL);
    memset(c->hs, 0, sizeof *c->hs);
    c->hs->operation.provider = c->settings->provider;
    c->hs->operation.pooled = c->settings->keyshare_pool > 0;
    transcript_init(&c->hs->transcript, &c->arena);
    fragment_init(&c->fragment, &c->arena, limit);
    c->tables[0] = server ? &hello_server_table : &hello_client_table;
    c->tables[1] = NULL;
    c->state = START;
    if (server && c->settings->client_auth != HF_AUTH_NONE) {
        c->facts |= FACT_ASKED;
        c->asked_certificate = true;
    }
    return true;
}

bool engine_reopen(struct hf_connection *c)
{
    c->hs = arena_take(&c->arena, sizeof *c->hs);
    if (c->hs == NULL) {
        return fail_c(c, ERR_out_of_memory, "an authentication after the handshake");
    }
    memset(c->hs, 0, sizeof *c->hs);
    c->hs->operation.provider = c->settings->provider;
    transcript_init(&c->hs->transcript, &c->arena);
    transcript_choose(&c->hs->transcript, c->hash);
    c->hs->transcript.state = *c->after;
    return true;
}

/* The first time that CONNECTED is reached. */
static bool complete(struct hf_connection *c)
{
    c->connected = true;
    c->own = is_server(c) ? c->hs->own : NULL;
    c->tables[1] = NULL;
    if (is_tls12(c)) {
        c->tables[0] = is_server(c) ? &post_server12_table : &post_client12_table;
        return true;
    }
    c->tables[0] = is_server(c) ? &post_server13_table : &post_client13_table;
    if (c->settings->post_auth && !is_server(c)) {
        c->after = allocate_zeroed(c->settings->allocator, sizeof *c->after);
        if (c->after == NULL) {
            return fail_c(c, ERR_out_of_memory, "the transcript");
        }
        *c->after = c->hs->transcript.state;
        c->tables[1] = &post_auth_table;
    }
    return true;
}

void engine_end(struct hf_connection *c)
{
    resume_release(c);
    if (c->hs != NULL) {
        staple_drop(c->hs->held_staple);
    }
    if (c->peer != NULL) {
        memset((void *)c->peer->verification.path, 0, sizeof c->peer->verification.path);
    }
    c->hs = NULL;
    arena_release(&c->arena);
    fragment_init(&c->fragment, &c->arena, c->fragment.limit);
}

/* Bytes of the next message may wait in the arena: then it goes with the last of them
 * (keep_rest). */
static void leave_handshake(struct hf_connection *c)
{
    if (fragment_pending(&c->fragment)) {
        resume_release(c);
        wipe(c->hs, sizeof *c->hs);
        c->hs = NULL;
    } else {
        engine_end(c);
    }
}

/* Adds where we are to an error that a row's step made. */
static bool blame(struct hf_connection *c, enum message message)
{
    struct hf_error *error = &c->error;
    if (error_is_set(error) && error->state[0] == '\0') {
        error->state = state_name(c->state);
        error->message = message == NONE ? "" : message_name(message);
    }
    return false;
}

bool engine_refuse(struct hf_connection *c, enum message message, const char *name)
{
    enum message anew = is_server(c) ? CLIENT_HELLO : HELLO_REQUEST;
    if (is_tls12(c) && c->connected && message == anew) {
        (void)fail_c(c, ERR_renegotiation, "got %s in %s", name, state_name(c->state));
        return blame(c, message);
    }
    (void)fail_c(c, ERR_unexpected_message, "got %s in %s", name, state_name(c->state));
    error_offered(&c->error, "%s", name);
    for (size_t t = 0; t < 2 && c->tables[t] != NULL; t++) {
        for (size_t i = 0; i < c->tables[t]->count; i++) {
            const struct edge *row = &c->tables[t]->rows[i];
            if (row->from == c->state && row->act == RECV &&
                row == edge_find(c->tables, c->state, row->message, c->facts)) {
                text_append(c->error.required, sizeof c->error.required, "%s%s",
                    c->error.required[0] != '\0' ? " or " : "", message_name(row->message));
            }
        }
    }
    text_append(c->error.detail, sizeof c->error.detail, ", expected %s",
        c->error.required[0] != '\0' ? c->error.required : "nothing");
    (void)blame(c, message);
    c->error.message = name;
    return false;
}

/* ---- Rows ---- */

/* RFC 9846, 4.7.1: a server's tickets, in the handshake's last breath. */
static bool send_tickets(struct hf_connection *c)
{
    while (make_ticket(c)) {
        TRY(engine_request(c, NEW_SESSION_TICKET));
    }
    return true;
}

/* The last steps of every row. */
static bool enter(struct hf_connection *c, const struct edge *row)
{
    TRY(change_keys(c, row->keys));
    enum state from = c->state;
    c->state = row->to;
    trace_state(c, from, row->to);
    if (row->to == CONNECTED && from != CONNECTED) {
        TRY(output_seal(c));
        if (!c->connected) {
            TRY(complete(c));
            resume_keep(c);
            TRY(send_tickets(c));
        }
        leave_handshake(c);
        output_settle(c);
    }
    return true;
}

/* Rule 4: HelloRetryRequest folds the first ClientHello before it is hashed itself. */
static bool hash_message(struct hf_connection *c, enum message message, hf_bytes bytes)
{
    bool ticket13 = message == NEW_SESSION_TICKET && c->connected;
    if (c->hs == NULL || !is_hashed(message) || ticket13) {
        return true;
    }
    if (message == HELLO_RETRY) {
        transcript_fold(&c->hs->transcript);
    }
    if (!transcript_add(&c->hs->transcript, bytes)) {
        return fail_c(c, ERR_out_of_memory, "the transcript");
    }
    return true;
}

static enum handshake_type type_of(enum message message)
{
    switch (message) {
    case CLIENT_HELLO: return TYPE_CLIENT_HELLO;
    case HELLO_RETRY: case SERVER_HELLO: return TYPE_SERVER_HELLO;
    case ENCRYPTED_EXTENSIONS: return TYPE_ENCRYPTED_EXTENSIONS;
    case CERTIFICATE_REQUEST: return TYPE_CERTIFICATE_REQUEST;
    case CERTIFICATE: return TYPE_CERTIFICATE;
    case CERTIFICATE_VERIFY: return TYPE_CERTIFICATE_VERIFY;
    case FINISHED: return TYPE_FINISHED;
    case NEW_SESSION_TICKET: return TYPE_NEW_SESSION_TICKET;
    case KEY_UPDATE: return TYPE_KEY_UPDATE;
    case CERTIFICATE_STATUS: return TYPE_CERTIFICATE_STATUS;
    case SERVER_KEY_EXCHANGE: return TYPE_SERVER_KEY_EXCHANGE;
    case SERVER_HELLO_DONE: return TYPE_SERVER_HELLO_DONE;
    case CLIENT_KEY_EXCHANGE: return TYPE_CLIENT_KEY_EXCHANGE;
    case HELLO_REQUEST: return TYPE_HELLO_REQUEST;
    case NONE: case CHANGE_CIPHER_SPEC: case DATA: case OTHER_MESSAGE: case MESSAGES:
    case SIGNATURE: case PEER: case WORKS: break;
    }
    return TYPE_MESSAGE_HASH;
}

/* At most what a message of ours can need. */
static size_t room_for(struct hf_connection *c, enum message message)
{
    const struct handshake *hs = c->hs;
    size_t room = 1024;
    if (message == SERVER_HELLO || message == CERTIFICATE || message == CERTIFICATE_STATUS) {
        room += staple_room(c);
    }
    if (message == CERTIFICATE && hs->own != NULL) {
        room += hs->own->message_length;
    }
    if (message == CERTIFICATE_REQUEST) {
        room += c->settings->ca_names_size;
    }
    if (message == NEW_SESSION_TICKET) {
        return resume_size(c) + 128; /* what the sealing adds, and the other fields */
    }
    if (message == CERTIFICATE_VERIFY || message == SERVER_KEY_EXCHANGE) {
        room += hs->operation.signature_length + hs->params.length;
    }
    if (message == CLIENT_KEY_EXCHANGE) {
        room += c->group != NULL ? c->group->server_share_size : hs->encrypted.length;
    }
    if (message == CLIENT_HELLO) {
        room += c->settings->alpn_length + hs->cookie.length;
        room += hs->session != NULL ? hs->session->ticket.length : 0;
        for (size_t i = 0; i < c->settings->group_count; i++) {
            room += c->settings->groups[i]->client_share_size;
        }
    }
    return room;
}

static bool write_message(struct hf_connection *c, const struct edge *row, hf_builder *b)
{
    c->out = b;
    if (row->message == CHANGE_CIPHER_SPEC) {
        return row->run(c);
    }
    build_u8(b, (uint8_t)type_of(row->message));
    size_t mark = build_open(b, 3);
    hf_builder body = builder_of(b->data + b->length, b->capacity - b->length);
    c->out = &body;
    TRY(row->run(c));
    if (c->settings->rewrite != NULL) {
        c->settings->rewrite(c->settings->rewrite_user, c, row->message, &body);
    }
    if (body.failed) {
        return fail_c(c, ERR_internal_error, "%s does not fit %zu bytes",
            message_name(row->message), b->capacity);
    }
    b->length += body.length;
    build_close(b, 3, mark);
    return true;
}

static bool run_send(struct hf_connection *c, const struct edge *row)
{
    /* Rule 7; after the handshake nothing ends a flight (RFC 9846, 4.7). */
    if (!c->connected && fragment_pending(&c->fragment)) {
        return fail_c(c, ERR_left_over_bytes, "bytes behind the end of the peer's flight");
    }
    bool ccs = row->message == CHANGE_CIPHER_SPEC;
    hf_builder b;
    TRY(output_open(c, ccs ? CONTENT_CCS : CONTENT_HANDSHAKE,
        c->hs != NULL ? room_for(c, row->message) : 64, &b));
    TRY(write_message(c, row, &b));
    TRY(hash_message(c, row->message, builder_bytes(&b)));
    output_commit(c, &b);
    trace_message(c, true, row->message, builder_bytes(&b));
    return enter(c, row);
}

bool engine_waits(const struct hf_connection *c)
{
    return c->hs != NULL && atomic_load_explicit(&c->hs->operation.status, memory_order_acquire) !=
        OPERATION_NONE;
}

/* The row whose operation waits: the state's, again; nothing was read since. */
static bool end_operation(struct hf_connection *c)
{
    const struct edge *row = edge_find(c->tables, c->state, NONE, c->facts);
    trace_operation(c, false);
    TRY(operation_finish(c));
    return enter(c, row);
}

static bool run_operation(struct hf_connection *c, const struct edge *row)
{
    struct hf_operation *op = &c->hs->operation;
    TRY(row->run(c));
    if (op->kind == HF_OP_SIGNATURE) {
        op->signature = arena_take(&c->arena, signature_room(op->scheme));
        if (op->signature == NULL) {
            return fail_c(c, ERR_out_of_memory, "a signature of %s", op->scheme->name);
        }
    }
    op->status = OPERATION_PENDING;
    trace_operation(c, true);
    bool outside = op->kind == HF_OP_SIGNATURE && op->key == NULL;
    if (c->settings->defer_operations || outside) {
        return true;
    }
    hf_operation_run(op);
    return end_operation(c);
}

static bool run_row(struct hf_connection *c, const struct edge *row)
{
    switch (row->act) {
    case SEND: return run_send(c, row);
    case OP: return run_operation(c, row);
    case AUTO: return enter(c, row);
    case RECV: break;
    }
    assert(false && "a receiving row does not act");
    return false;
}

bool engine_act(struct hf_connection *c)
{
    while (c->state != CONNECTED && !engine_waits(c)) {
        const struct edge *row = edge_find(c->tables, c->state, NONE, c->facts);
        if (row == NULL) {
            break;
        }
        if (!run_row(c, row)) {
            return blame(c, row->act == OP ? NONE : row->message);
        }
    }
    return output_seal(c) || blame(c, NONE);
}

/* RFC 9846, 4: HelloRetryRequest is a ServerHello with a random of its own (4.2.3). */
static enum message message_of(hf_bytes bytes)
{
    switch (bytes.data[0]) {
    case TYPE_CLIENT_HELLO: return CLIENT_HELLO;
    case TYPE_SERVER_HELLO:
        return bytes.length >= MESSAGE_HEADER + 2 + HELLO_RANDOM &&
                bytes_equal_public(bytes_of(bytes.data + MESSAGE_HEADER + 2, HELLO_RANDOM),
                    bytes_of(hello_retry_random, HELLO_RANDOM))
            ? HELLO_RETRY
            : SERVER_HELLO;
    case TYPE_ENCRYPTED_EXTENSIONS: return ENCRYPTED_EXTENSIONS;
    case TYPE_CERTIFICATE_REQUEST: return CERTIFICATE_REQUEST;
    case TYPE_CERTIFICATE: return CERTIFICATE;
    case TYPE_CERTIFICATE_VERIFY: return CERTIFICATE_VERIFY;
    case TYPE_FINISHED: return FINISHED;
    case TYPE_NEW_SESSION_TICKET: return NEW_SESSION_TICKET;
    case TYPE_KEY_UPDATE: return KEY_UPDATE;
    case TYPE_CERTIFICATE_STATUS: return CERTIFICATE_STATUS;
    case TYPE_SERVER_KEY_EXCHANGE: return SERVER_KEY_EXCHANGE;
    case TYPE_SERVER_HELLO_DONE: return SERVER_HELLO_DONE;
    case TYPE_CLIENT_KEY_EXCHANGE: return CLIENT_KEY_EXCHANGE;
    case TYPE_HELLO_REQUEST: return HELLO_REQUEST;
    default: return OTHER_MESSAGE;
    }
}

static bool run_receive(struct hf_connection *c, hf_bytes bytes)
{
    enum message message = message_of(bytes);
    trace_message(c, false, message, bytes);
    const struct edge *row = edge_find(c->tables, c->state, message, c->facts);
    if (row == NULL) {
        return engine_refuse(c, message,
            message == OTHER_MESSAGE ? handshake_type_name(bytes.data[0]) : message_name(message));
    }
    c->in = reader_of_bytes(bytes);
    c->in.at += MESSAGE_HEADER;
    if ((row->run != NULL && !row->run(c)) || !hash_message(c, message, bytes) || !enter(c, row)) {
        return blame(c, message);
    }
    return true;
}

/* Takes messages until there are none, or until an operation waits. */
static bool run_messages(struct hf_connection *c)
{
    TRY(engine_act(c));
    while (!engine_waits(c)) {
        hf_bytes message;
        int more = fragment_next(&c->fragment, &message, &c->error);
        if (more <= 0) {
            return more == 0 || blame(c, NONE);
        }
        TRY(run_receive(c, message));
        TRY(engine_act(c));
    }
    return true;
}

/* What the caller's buffer still holds is kept, because the buffer goes away. An idle connection
 * keeps nothing. */
static bool keep_rest(struct hf_connection *c)
{
    if (!fragment_keep(&c->fragment, &c->error)) {
        return blame(c, NONE);
    }
    if (c->hs == NULL && !fragment_pending(&c->fragment)) {
        engine_end(c);
    }
    return true;
}

bool engine_receive(struct hf_connection *c, hf_bytes content)
{
    fragment_feed(&c->fragment, content);
    return run_messages(c) && keep_rest(c);
}

bool engine_resume(struct hf_connection *c)
{
    if (!end_operation(c)) {
        return blame(c, NONE);
    }
    return run_messages(c) && keep_rest(c);
}

/* The ChangeCipherSpec of TLS 1.2 is a message (RFC 5246, 7.1). */
bool engine_receive_ccs(struct hf_connection *c)
{
    const struct edge *row = edge_find(c->tables, c->state, CHANGE_CIPHER_SPEC, c->facts);
    if (row == NULL) {
        return engine_refuse(c, CHANGE_CIPHER_SPEC, message_name(CHANGE_CIPHER_SPEC));
    }
    if (!enter(c, row) || !engine_act(c)) {
        return blame(c, CHANGE_CIPHER_SPEC);
    }
    return true;
}

/* RFC 9846, 5: between the first ClientHello and the peer's Finished, never between fragments. A
 * server of stateless retries cannot tell whether there was a hello before. */
bool engine_allows_ccs(const struct hf_connection *c)
{
    if (!is_server(c) && c->tables[1] == NULL && c->settings->highest_version < VERSION_TLS13) {
        return false;
    }
    bool begun = !is_server(c) || c->tables[1] != NULL || c->settings->stateless_retry;
    return begun && c->state != CONNECTED && !fragment_pending(&c->fragment);
}

bool engine_allows_data(struct hf_connection *c)
{
    if (fragment_pending(&c->fragment)) {
        (void)fail_c(c, ERR_left_over_bytes, "application data between the fragments of a message");
        return blame(c, DATA);
    }
    return edge_find(c->tables, c->state, DATA, c->facts) != NULL ||
        engine_refuse(c, DATA, message_name(DATA));
}

bool engine_request(struct hf_connection *c, enum message message)
{
    for (size_t i = 0; i < c->tables[0]->count; i++) {
        const struct edge *row = &c->tables[0]->rows[i];
        if (row->from == c->state && row->act == SEND && row->message == message) {
            return run_send(c, row) || blame(c, message);
        }
    }
    return fail_c(c, ERR_misuse, "%s cannot be sent in %s", message_name(message),
        state_name(c->state));
}
