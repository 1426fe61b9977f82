/* The collector: see collector.h. It runs inside the trace callback and never calls the
 * connection. */
#include "observe/collector.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/reader.h"
#include "wire/codepoints.h"
#include "wire/extensions.h"

enum { HEADER = 4 };

void collector_begin(struct collector *collector, enum collect level, uint64_t (*now_us)(void))
{
    memset(collector, 0, sizeof *collector);
    collector->level = level;
    collector->now_us = now_us;
    collector->begin_us = now_us();
    error_clear(&collector->error);
}

static void note_client_hello(struct collector *collector, hf_bytes message)
{
    struct client_hello hello;
    hf_reader body = reader_of_bytes(message);
    hf_bytes header;
    if (collector->ja4[0] == '\0') {
        (void)ja3_client(message, collector->ja3);
        (void)ja4_client(message, collector->ja4);
    }
    if (read_bytes(&body, HEADER, &header) && client_hello_parse(&body, &hello, NULL)) {
        collector->session_id_length = hello.session_id.length;
        memcpy(collector->session_id, hello.session_id.data, hello.session_id.length);
    }
}

/* RFC 9846, 4.3.11: a session goes on when the server chose a pre-shared key; RFC 5246, 7.4.1.3:
 * when it sent the client's session ID back. */
static bool resumes(const struct collector *collector, const struct suite *suite,
    const struct server_hello *hello)
{
    struct extension extension;
    hf_reader list = reader_of_bytes(hello->extensions);
    if (suite->version == VERSION_TLS12) {
        return hello->session_id.length > 0 && bytes_equal_public(hello->session_id,
            bytes_of(collector->session_id, collector->session_id_length));
    }
    while (extension_next(&list, &extension, NULL) == 1) {
        if (extension.type == EXT_PRE_SHARED_KEY) {
            return true;
        }
    }
    return false;
}

static void note_server_hello(struct collector *collector, hf_bytes message)
{
    struct server_hello hello;
    hf_reader body = reader_of_bytes(message);
    hf_bytes header;
    (void)ja3_server(message, collector->ja3s);
    if (read_bytes(&body, HEADER, &header) && server_hello_parse(&body, &hello, NULL)) {
        const struct suite *suite = suite_find(hello.cipher_suite);
        collector->agreed.suite = suite;
        collector->agreed.resumed = suite != NULL && resumes(collector, suite, &hello);
    }
}

static void note_message(struct collector *collector, const hf_event *event)
{
    hf_bytes message = bytes_of(event->of.message.bytes, event->of.message.length);
    if (event->of.message.handshake_type == TYPE_CLIENT_HELLO) {
        note_client_hello(collector, message);
    } else if (event->of.message.handshake_type == TYPE_SERVER_HELLO) {
        note_server_hello(collector, message);
    } else if (event->of.message.handshake_type == TYPE_FINISHED) {
        *(event->sent ? &collector->finished_sent : &collector->finished_received) = true;
    }
}

static void note(struct collector *collector, const hf_event *event, uint64_t at)
{
    switch (event->type) {
    case HF_EVENT_MESSAGE:
        note_message(collector, event);
        break;
    case HF_EVENT_RECORD:
        if (!event->sent && collector->finished_sent && collector->finished_received) {
            collector->records_after++;
        }
        break;
    case HF_EVENT_OPERATION:
        if (event->of.operation.begins) {
            collector->operation_us = at;
        } else {
            collector->crypto_us += at - collector->operation_us;
        }
        break;
    case HF_EVENT_STATE:
        if (collector->connected_us == 0 && strcmp(event->of.state.to, "CONNECTED") == 0) {
            collector->connected_us = at;
        }
        break;
    case HF_EVENT_ERROR:
        if (!collector->failed) {
            collector->failed = true;
            collector->error = *event->of.error;
        }
        break;
    case HF_EVENT_KEYS:
        if (event->of.keys.reads) {
            collector->read_updates = event->of.keys.generation;
        }
        break;
    case HF_EVENT_EXTENSION:
    case HF_EVENT_ALERT:
    case HF_EVENT_CHECK:
        break;
    }
}

/* Where an event's borrowed bytes are, and how many. */
static const void *borrowed(const hf_event *event, enum collect level, size_t *length)
{
    *length = 0;
    if (event->type == HF_EVENT_MESSAGE) {
        *length = event->of.message.length;
        return event->of.message.bytes;
    }
    if (event->type == HF_EVENT_EXTENSION && level == COLLECT_BYTES) {
        *length = event->of.extension.length;
        return event->of.extension.bytes;
    }
    if (event->type == HF_EVENT_CHECK && event->of.check.detail != NULL) {
        *length = strlen(event->of.check.detail) + 1;
        return event->of.check.detail;
    }
    return NULL;
}

static void point_to_copy(struct collector *collector, struct observed *observed)
{
    hf_event *event = &observed->event;
    if (event->type == HF_EVENT_MESSAGE) {
        event->of.message.bytes = observed->copy;
    } else if (event->type == HF_EVENT_EXTENSION) {
        event->of.extension.bytes = observed->copy;
    } else if (event->type == HF_EVENT_CHECK) {
        event->of.check.detail = observed->copy == NULL ? "" : observed->copy;
    } else if (event->type == HF_EVENT_ERROR) {
        event->of.error = &collector->error;
    }
}

static bool grow(struct collector *collector)
{
    if (collector->count < collector->capacity) {
        return true;
    }
    size_t capacity = collector->capacity == 0 ? 64 : collector->capacity * 2;
    if (capacity > COLLECTOR_EVENTS_MAX) {
        return false;
    }
    struct observed *events = realloc(collector->events, capacity * sizeof *events);
    if (events == NULL) {
        return false;
    }
    collector->events = events;
    collector->capacity = capacity;
    return true;
}

static void keep(struct collector *collector, const hf_event *event, uint64_t at)
{
    size_t length;
    const void *bytes = borrowed(event, collector->level, &length);
    if (!grow(collector) || length > COLLECTOR_BYTES_MAX - collector->bytes) {
        collector->lost++;
        return;
    }
    struct observed observed = { .at_us = at, .event = *event, .agreed = collector->agreed };
    if (bytes != NULL && length > 0) {
        observed.copy = malloc(length);
        if (observed.copy == NULL) {
            collector->lost++;
            return;
        }
        memcpy(observed.copy, bytes, length);
        observed.copied = length;
        collector->bytes += length;
    }
    point_to_copy(collector, &observed);
    collector->events[collector->count++] = observed;
}

void collector_trace(void *user, hf_connection *connection, const hf_event *event)
{
    (void)connection;
    struct collector *collector = user;
    if (collector == NULL) {
        return;
    }
    uint64_t at = collector->now_us() - collector->begin_us;
    note(collector, event, at);
    if (collector->level != COLLECT_SUMMARY) {
        keep(collector, event, at);
    }
}

void collector_forget(struct collector *collector, size_t from)
{
    while (collector->count > from) {
        struct observed *last = &collector->events[--collector->count];
        collector->bytes -= last->copied;
        free(last->copy);
    }
}

void collector_free(struct collector *collector)
{
    collector_forget(collector, 0);
    free(collector->events);
    collector->events = NULL;
    collector->capacity = 0;
}
