/* What waits to be sent. Content of one type gathers in an open record, so that a flight goes
 * out in as few records as the limits allow; it is sealed when the type or the key changes and
 * when the connection waits. */
#ifndef HANDSHAKE_OUTPUT_H
#define HANDSHAKE_OUTPUT_H

#include "handshake/handshake.h"

/* Room for `size` more bytes of content of `type`, in a builder; output_commit takes what was
 * built. False: out of memory. */
bool output_open(struct hf_connection *c, uint8_t type, size_t size, hf_builder *b);
void output_commit(struct hf_connection *c, const hf_builder *b);

/* Seals the open record, if any. */
bool output_seal(struct hf_connection *c);

/* The zeros that a protected record of `length` bytes of content gets (RFC 9846, 5.4): none in
 * plaintext, none beyond what the peer takes. */
size_t output_padding(const struct hf_connection *c, const struct record_half *half, size_t length);

/* Queues an alert; seals it. */
bool output_alert(struct hf_connection *c, bool fatal, int description);

/* Whether bytes wait to be sent, sealed or not. */
static inline bool output_waits(const struct hf_connection *c)
{
    return c->output.length > c->output.start;
}

/* When nothing waits: a handshake that goes on keeps the buffer for its next flight, an idle
 * connection holds none. */
void output_settle(struct hf_connection *c);

/* Releases the buffer whatever is in it. */
void output_release(struct hf_connection *c);

#endif
