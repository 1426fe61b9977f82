/* Edits of messages: see edit.h. A test that edits what is not there is wrong, so that stops it. */
#include "support/edit.h"

#include <assert.h>
#include <string.h>

void edit_put(hf_builder *body, size_t offset, const void *bytes, size_t length)
{
    assert(offset + length <= body->length);
    memcpy(body->data + offset, bytes, length);
}

void edit_insert(hf_builder *body, size_t offset, const void *bytes, size_t length)
{
    assert(offset <= body->length && body->capacity - body->length >= length);
    memmove(body->data + offset + length, body->data + offset, body->length - offset);
    if (length > 0) {
        memcpy(body->data + offset, bytes, length);
    }
    body->length += length;
}

void edit_remove(hf_builder *body, size_t offset, size_t length)
{
    assert(offset + length <= body->length);
    memmove(body->data + offset, body->data + offset + length, body->length - offset - length);
    body->length -= length;
}

void edit_all(hf_builder *body, const void *bytes, size_t length)
{
    body->length = 0;
    edit_insert(body, 0, bytes, length);
}

static size_t u16_at(const hf_builder *body, size_t offset)
{
    assert(offset + 2 <= body->length);
    return (size_t)body->data[offset] << 8 | body->data[offset + 1];
}

static void set_u16(hf_builder *body, size_t offset, size_t value)
{
    uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };
    edit_put(body, offset, bytes, sizeof bytes);
}

size_t edit_after_session_id(const hf_builder *body)
{
    return AT_SESSION_ID + 1 + (size_t)body->data[AT_SESSION_ID];
}

/* Where the extensions' length stands. */
static size_t block_at(enum message message, const hf_builder *body)
{
    size_t at = 0;
    if (message == CLIENT_HELLO) {
        at = edit_after_session_id(body);
        at += 2 + u16_at(body, at);
        return at + 1 + body->data[at];
    }
    if (message == SERVER_HELLO || message == HELLO_RETRY) {
        return edit_after_session_id(body) + 3;
    }
    if (message == CERTIFICATE_REQUEST) {
        return 1 + (size_t)body->data[0];
    }
    assert(message == ENCRYPTED_EXTENSIONS);
    return at;
}

static void grow_block(enum message message, hf_builder *body, size_t more, size_t less)
{
    size_t block = block_at(message, body);
    set_u16(body, block, u16_at(body, block) + more - less);
}

void edit_extension_add(enum message message, hf_builder *body, uint16_t type, const void *bytes,
    size_t length)
{
    size_t block = block_at(message, body);
    size_t end = block + 2 + u16_at(body, block);
    uint8_t header[4] = { (uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(length >> 8),
        (uint8_t)length };
    edit_insert(body, end, bytes, length);
    edit_insert(body, end, header, sizeof header);
    grow_block(message, body, sizeof header + length, 0);
}

/* Where an extension stands; its header included. */
static size_t find(enum message message, const hf_builder *body, uint16_t type)
{
    size_t block = block_at(message, body);
    size_t end = block + 2 + u16_at(body, block);
    for (size_t at = block + 2; at < end; at += 4 + u16_at(body, at + 2)) {
        if (u16_at(body, at) == type) {
            return at;
        }
    }
    assert(false && "the extension is not there");
    return 0;
}

void edit_extension_drop(enum message message, hf_builder *body, uint16_t type)
{
    size_t at = find(message, body, type);
    size_t size = 4 + u16_at(body, at + 2);
    edit_remove(body, at, size);
    grow_block(message, body, 0, size);
}

void edit_extension_set(enum message message, hf_builder *body, uint16_t type, const void *bytes,
    size_t length)
{
    size_t at = find(message, body, type);
    size_t old = u16_at(body, at + 2);
    edit_remove(body, at + 4, old);
    edit_insert(body, at + 4, bytes, length);
    set_u16(body, at + 2, length);
    grow_block(message, body, length, old);
}
