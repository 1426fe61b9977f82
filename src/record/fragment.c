/* Handshake messages out of records: see fragment.h. RFC 9846, 4 (the header) and 5.1 (coalescing
 * and fragmenting). Invariant: data[taken..length) comes before `input` on the wire; the buffer
 * grows with what has come, never with what a header merely claims. */
#include "record/fragment.h"

#include <assert.h>
#include <string.h>

#include "wire/codepoints.h"

enum { FIRST_CAPACITY = 512 };

void fragment_init(struct fragment *f, struct arena *arena, size_t limit)
{
    *f = (struct fragment){ .arena = arena, .limit = limit };
}

void fragment_feed(struct fragment *f, hf_bytes content)
{
    assert(f->input.length == 0);
    f->input = content;
}

static size_t kept(const struct fragment *f)
{
    return f->length - f->taken;
}

bool fragment_pending(const struct fragment *f)
{
    return kept(f) > 0 || f->input.length > 0;
}

/* RFC 9846, 4: a type, and 24 bits of length. */
static bool message_size(const struct fragment *f, const uint8_t *header, size_t *size,
    struct hf_error *error)
{
    size_t body = (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
    *size = MESSAGE_HEADER + body;
    if (*size > f->limit) {
        return fail_at(error, ERR_message_too_long, "length", 1,
            "%s (type %u) of %zu bytes; the limit is %zu", handshake_type_name(header[0]),
            header[0], *size, f->limit);
    }
    return true;
}

/* What was given out makes place for what follows. */
static void compact(struct fragment *f)
{
    if (f->taken > 0) {
        memmove(f->data, f->data + f->taken, kept(f));
        f->length -= f->taken;
        f->taken = 0;
    }
}

static bool reserve(struct fragment *f, size_t capacity, struct hf_error *error)
{
    if (capacity <= f->capacity) {
        return true;
    }
    size_t doubled = f->capacity > 0 ? 2 * f->capacity : FIRST_CAPACITY;
    size_t wanted = capacity > doubled ? capacity : doubled;
    uint8_t *data = arena_take(f->arena, wanted);
    if (data == NULL) {
        return fail(error, ERR_out_of_memory, "no memory for %zu bytes of a handshake message",
            capacity);
    }
    if (f->length > 0) {
        memcpy(data, f->data, f->length);
    }
    f->data = data;
    f->capacity = wanted;
    return true;
}

/* Moves `count` bytes of the input behind those kept. */
static bool absorb(struct fragment *f, size_t count, struct hf_error *error)
{
    if (count == 0) {
        return true;
    }
    compact(f);
    TRY(reserve(f, f->length + count, error));
    memcpy(f->data + f->length, f->input.data, count);
    f->length += count;
    f->input.data += count;
    f->input.length -= count;
    return true;
}

/* Fills what is kept up to `size` bytes as far as the input goes. */
static bool fill(struct fragment *f, size_t size, struct hf_error *error)
{
    if (kept(f) >= size) {
        return true;
    }
    size_t missing = size - kept(f);
    return absorb(f, missing < f->input.length ? missing : f->input.length, error);
}

static int next_kept(struct fragment *f, hf_bytes *message, struct hf_error *error)
{
    if (!fill(f, MESSAGE_HEADER, error)) {
        return -1;
    }
    if (kept(f) < MESSAGE_HEADER) {
        return 0;
    }
    size_t size;
    if (!message_size(f, f->data + f->taken, &size, error) || !fill(f, size, error)) {
        return -1;
    }
    if (kept(f) < size) {
        return 0;
    }
    *message = bytes_of(f->data + f->taken, size);
    f->taken += size;
    return 1;
}

int fragment_next(struct fragment *f, hf_bytes *message, struct hf_error *error)
{
    if (kept(f) > 0 || f->input.length < MESSAGE_HEADER) {
        return next_kept(f, message, error);
    }
    size_t size;
    if (!message_size(f, f->input.data, &size, error)) {
        return -1;
    }
    if (size > f->input.length) {
        return next_kept(f, message, error);
    }
    *message = bytes_of(f->input.data, size);
    f->input.data += size;
    f->input.length -= size;
    return 1;
}

bool fragment_keep(struct fragment *f, struct hf_error *error)
{
    return absorb(f, f->input.length, error);
}
