/* Handshake messages out of records (RFC 9846, 5.1): several messages in one record, one message in
 * several. A message that stands whole in a record is not copied. */
#ifndef RECORD_FRAGMENT_H
#define RECORD_FRAGMENT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/reader.h"

enum { MESSAGE_HEADER = 4 };

struct fragment {
    struct arena *arena; /* where the buffer grows */
    uint8_t *data;       /* bytes kept from earlier records: a message's beginning, or several */
    size_t taken;        /* of `data`: bytes of messages that were given out */
    size_t length;
    size_t capacity;
    hf_bytes input;      /* what is left of the record at hand; borrowed */
    size_t limit;        /* of a message, header included */
};

void fragment_init(struct fragment *f, struct arena *arena, size_t limit);

/* Gives a record's content, which must outlive the fragment_next calls until one returns 0 or
 * fragment_keep is called; not before one of them (asserted). */
void fragment_feed(struct fragment *f, hf_bytes content);

/* The next whole message, header included; it is valid until the next call. 1: a message; 0: more
 * bytes are needed (those at hand are kept); -1: too long (message_too_long) or out of memory.
 * `limit` for this message type is the caller's: it is checked as soon as the header is there. */
int fragment_next(struct fragment *f, hf_bytes *message, struct hf_error *error);

/* Copies what is left of the record, because the caller's buffer goes away. */
bool fragment_keep(struct fragment *f, struct hf_error *error);

/* Are there bytes of a message (or of several) that were not taken yet? */
bool fragment_pending(const struct fragment *f);

#endif
