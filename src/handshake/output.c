/* The queue of outgoing bytes: see output.h. */
#include "handshake/output.h"

#include <string.h>

#include "handshake/trace.h"

/* What sealing adds to each record at most: header, explicit nonce or inner type,
 * tag. */
enum { OVERHEAD = RECORD_HEADER + 8 + 1 + AEAD_TAG_MAX };

/* A flight without its certificates fits this: one allocation for most handshakes. */
enum { OUTPUT_FIRST = 4096 };

/* Makes room for `size` more bytes, moving what waits to the front. */
static bool reserve(struct hf_connection *c, size_t size)
{
    const struct allocator *a = c->settings->allocator;
    struct output *o = &c->output;
    if (o->capacity - o->length >= size) {
        return true;
    }
    size_t used = o->length - o->start;
    size_t least = o->capacity > 0 ? 2 * o->capacity : OUTPUT_FIRST;
    if (o->capacity == 0 && c->hs != NULL && c->hs->own != NULL) {
        least += c->hs->own->message_length;
    }
    size_t capacity = used + size < least ? least : used + size;
    uint8_t *data = a->allocate(a->user, capacity);
    if (data == NULL) {
        return fail_c(c, ERR_out_of_memory, "%zu bytes of output", capacity);
    }
    if (used > 0) {
        memcpy(data, o->data + o->start, used);
    }
    release_wiped(a, o->data, o->capacity);
    o->data = data;
    o->capacity = capacity;
    o->sealed -= o->start;
    o->length = used;
    o->start = 0;
    return true;
}

/* RFC 9846, 5: ChangeCipherSpec is never protected; nor is TLS 1.2's, which goes before the
 * keys. */
static size_t prefix_of(const struct hf_connection *c, uint8_t type)
{
    return type == CONTENT_CCS ? RECORD_HEADER : record_prefix(&c->write);
}

bool output_open(struct hf_connection *c, uint8_t type, size_t size, hf_builder *b)
{
    struct output *o = &c->output;
    if (o->type != type) {
        TRY(output_seal(c));
    }
    size_t waiting = o->type == type ? o->length - o->sealed : prefix_of(c, type);
    size_t records = (waiting + size) / c->send_limit + 2;
    TRY(reserve(c, size + OVERHEAD + records * OVERHEAD + c->settings->padding));
    if (o->type != type) {
        o->type = type;
        o->length = o->sealed + prefix_of(c, type);
    }
    *b = builder_of(o->data + o->length, size);
    return true;
}

void output_commit(struct hf_connection *c, const hf_builder *b)
{
    c->output.length += b->length;
}

/* The version that a plaintext record bears: RFC 9846, 5.1. */
static uint16_t plain_version(const struct hf_connection *c, uint8_t type)
{
    bool first_hello = !is_server(c) && c->state == WAIT_SH && type == CONTENT_HANDSHAKE &&
        (c->facts & FACT_RETRIED) == 0;
    return first_hello ? VERSION_TLS10 : VERSION_TLS12;
}

size_t output_padding(const struct hf_connection *c, const struct record_half *half, size_t length)
{
    size_t block = c->settings->padding;
    if (record_state(half) != RECORD_PROTECTED13 || block <= 1 || length % block == 0) {
        return 0;
    }
    size_t padding = block - length % block;
    return length + padding <= c->send_limit ? padding : c->send_limit - length;
}

bool output_seal(struct hf_connection *c)
{
    struct output *o = &c->output;
    if (o->type == CONTENT_INVALID) {
        return true;
    }
    struct record_half plain = { 0 };
    struct record_half *half = o->type == CONTENT_CCS ? &plain : &c->write;
    size_t prefix = prefix_of(c, o->type);
    size_t total = o->length - o->sealed - prefix;
    if (total == 0) {
        /* RFC 9846, 5.1: no empty records. A message that failed to be written leaves nothing. */
        o->length = o->sealed;
        o->type = CONTENT_INVALID;
        return true;
    }
    size_t limit = c->send_limit;
    size_t count = (total + limit - 1) / limit;
    size_t overhead = record_sealed_size(half, 0, 0);
    uint8_t *first = o->data + o->sealed;
    /* Each chunk moves to where its record's content goes, the last one first. */
    for (size_t i = count - 1; i > 0; i--) {
        size_t length = i == count - 1 ? total - i * limit : limit;
        memmove(first + i * (overhead + limit) + prefix, first + prefix + i * limit,
            length);
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = i == count - 1 ? total - i * limit : limit;
        uint8_t *at = first + i * (overhead + limit);
        hf_builder b = builder_of(at, o->capacity - (size_t)(at - o->data));
        TRY(record_seal(half, o->type, plain_version(c, o->type),
            bytes_of(at + prefix, length), output_padding(c, half, length), &b, &c->error));
        o->sealed += b.length;
        trace_record(c, true, o->type, half->aead != NULL, b.length, length);
    }
    o->length = o->sealed;
    o->type = CONTENT_INVALID;
    return true;
}

bool output_alert(struct hf_connection *c, bool fatal, int description)
{
    hf_builder b;
    TRY(output_open(c, CONTENT_ALERT, 2, &b));
    build_u8(&b, fatal ? ALERT_FATAL : ALERT_WARNING);
    build_u8(&b, (uint8_t)description);
    output_commit(c, &b);
    TRY(output_seal(c));
    trace_alert(c, true, fatal, description);
    return true;
}

void output_settle(struct hf_connection *c)
{
    struct output *o = &c->output;
    if (output_waits(c)) {
        return;
    }
    if (c->hs == NULL) {
        output_release(c);
    } else {
        o->start = o->sealed = o->length = 0;
    }
}

void output_release(struct hf_connection *c)
{
    struct output *o = &c->output;
    if (o->data != NULL) {
        release_wiped(c->settings->allocator, o->data, o->capacity);
    }
    *o = (struct output){ 0 };
}
