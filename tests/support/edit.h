/* Malformed messages with the real keys: edits of a message's body before it is hashed and sent,
 * for the hook settings.rewrite. */
#ifndef TESTS_EDIT_H
#define TESTS_EDIT_H

#include "handshake/handshake.h"

/* Puts bytes at an offset, over what stands there; before it; takes some away. Lengths inside the
 * message stay as they are. */
void edit_put(hf_builder *body, size_t offset, const void *bytes, size_t length);
void edit_insert(hf_builder *body, size_t offset, const void *bytes, size_t length);
void edit_remove(hf_builder *body, size_t offset, size_t length);
/* The whole body anew. */
void edit_all(hf_builder *body, const void *bytes, size_t length);

/* Where fields of the hellos stand in their bodies. */
enum { AT_VERSION = 0, AT_RANDOM = 2, AT_SESSION_ID = 34 };
size_t edit_after_session_id(const hf_builder *body); /* suites, or the suite */

/* Extensions of a ClientHello, ServerHello, EncryptedExtensions or CertificateRequest (without
 * context); all lengths are mended. */
void edit_extension_add(enum message message, hf_builder *body, uint16_t type, const void *bytes,
    size_t length);
void edit_extension_drop(enum message message, hf_builder *body, uint16_t type);
/* Another body for the first one of a type. */
void edit_extension_set(enum message message, hf_builder *body, uint16_t type, const void *bytes,
    size_t length);

#endif
