/* Events: see trace.h and include/handfast/trace.h. */
#include "handshake/trace.h"

#include <stdio.h>
#include <string.h>

#include "base/ct.h"

static void emit(struct hf_connection *c, hf_event *event, bool sent)
{
    event->sent = sent;
    event->by_server = sent == is_server(c);
    c->settings->trace(c->settings->trace_user, c, event);
}

void trace_record(struct hf_connection *c, bool sent, uint8_t content_type, bool is_protected,
    size_t length, size_t content)
{
    if (c->settings->trace != NULL) {
        hf_event event = { .type = HF_EVENT_RECORD,
            .of.record = { content_type, content_type_name(content_type), is_protected, length,
                content } };
        emit(c, &event, sent);
    }
}

/* Where a message's extensions block stands in its body: after what. */
static bool extensions_of(enum message message, hf_reader *body, hf_bytes *block)
{
    struct client_hello client;
    struct server_hello server;
    struct certificate_request request;
    struct new_session_ticket ticket;
    switch (message) {
    case CLIENT_HELLO:
        TRY(client_hello_parse(body, &client, NULL));
        *block = client.extensions;
        return true;
    case HELLO_RETRY: case SERVER_HELLO:
        TRY(server_hello_parse(body, &server, NULL));
        *block = server.extensions;
        return true;
    case ENCRYPTED_EXTENSIONS:
        return encrypted_extensions_parse(body, block, NULL);
    case CERTIFICATE_REQUEST:
        TRY(certificate_request_parse(body, &request, NULL));
        *block = request.extensions;
        return true;
    case NEW_SESSION_TICKET:
        TRY(new_session_ticket_parse(body, &ticket, NULL));
        *block = ticket.extensions;
        return true;
    case NONE: case CERTIFICATE: case CERTIFICATE_VERIFY: case FINISHED: case KEY_UPDATE:
    case CHANGE_CIPHER_SPEC: case DATA: case OTHER_MESSAGE: case MESSAGES: case SIGNATURE:
    case CERTIFICATE_STATUS: case SERVER_KEY_EXCHANGE: case SERVER_HELLO_DONE:
    case CLIENT_KEY_EXCHANGE: case HELLO_REQUEST: case PEER: case WORKS:
        break;
    }
    return false;
}

static void trace_extensions(struct hf_connection *c, bool sent, enum message message,
    hf_bytes bytes)
{
    hf_reader body = reader_of_bytes(bytes);
    hf_bytes block;
    bool hello = message == CLIENT_HELLO || message == SERVER_HELLO;
    if ((is_tls12(c) && !hello) || !read_bytes(&body, MESSAGE_HEADER, &block) ||
        !extensions_of(message, &body, &block)) {
        return;
    }
    hf_reader list = reader_of_bytes(block);
    struct extension extension;
    while (extension_next(&list, &extension, NULL) == 1) {
        hf_event event = { .type = HF_EVENT_EXTENSION,
            .of.extension = { message_name(message), extension.type, extension_name(extension.type),
                extension.body.at, reader_left(&extension.body) } };
        emit(c, &event, sent);
    }
}

void trace_message(struct hf_connection *c, bool sent, enum message message, hf_bytes bytes)
{
    if (c->settings->trace != NULL) {
        bool ccs = message == CHANGE_CIPHER_SPEC;
        const struct record_half *half = sent ? &c->write : &c->read;
        hf_event event = { .type = HF_EVENT_MESSAGE,
            .of.message = { ccs || bytes.length == 0 ? 0xff : bytes.data[0],
                message == OTHER_MESSAGE ? handshake_type_name(bytes.data[0])
                : message_name(message),
                bytes.data, bytes.length, !ccs && half->aead != NULL } };
        emit(c, &event, sent);
        if (!ccs) {
            trace_extensions(c, sent, message, bytes);
        }
    }
}

void trace_state(struct hf_connection *c, enum state from, enum state to)
{
    if (c->settings->trace != NULL && from != to) {
        hf_event event = { .type = HF_EVENT_STATE,
            .of.state = { state_name(from), state_name(to) } };
        emit(c, &event, false);
    }
}

void trace_keys(struct hf_connection *c, bool reads, const char *epoch, unsigned generation)
{
    if (c->settings->trace != NULL) {
        const struct record_half *half = reads ? &c->read : &c->write;
        hf_event event = { .type = HF_EVENT_KEYS,
            .of.keys = { reads, epoch, half->aead->name, generation } };
        emit(c, &event, !reads);
    }
}

void trace_alert(struct hf_connection *c, bool sent, bool fatal, int description)
{
    if (c->settings->trace != NULL) {
        hf_event event = { .type = HF_EVENT_ALERT,
            .of.alert = { fatal, description, hf_alert_name(description) } };
        emit(c, &event, sent);
    }
}

void trace_operation(struct hf_connection *c, bool begins)
{
    if (c->settings->trace != NULL) {
        hf_event event = { .type = HF_EVENT_OPERATION,
            .of.operation = { operation_name(c->hs->operation.kind), begins } };
        emit(c, &event, false);
    }
}

void trace_checks(struct hf_connection *c)
{
    for (size_t i = 0; c->settings->trace != NULL && i < CHECKS; i++) {
        const struct check_result *result = &c->peer->verification.checks[i];
        hf_event event = { .type = HF_EVENT_CHECK,
            .of.check = { check_name((enum check)i), result->done, result->ok, result->detail } };
        emit(c, &event, false);
    }
}

void trace_error(struct hf_connection *c)
{
    if (c->settings->trace != NULL) {
        hf_event event = { .type = HF_EVENT_ERROR, .of.error = &c->error };
        emit(c, &event, false);
    }
}

static char *put_hex(char *at, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

void keylog(struct hf_connection *c, const char *label, const uint8_t *secret, size_t size)
{
    if (c->settings->keylog != NULL) {
        char line[48 + 2 * HELLO_RANDOM + 2 * HASH_SIZE_MAX + 3];
        int used = snprintf(line, 48, "%s ", label);
        char *at = put_hex(line + used, c->hs->random, HELLO_RANDOM);
        *at++ = ' ';
        at = put_hex(at, secret, size);
        *at = '\0';
        c->settings->keylog(c->settings->keylog_user, c, line);
        wipe(line, sizeof line);
    }
}
