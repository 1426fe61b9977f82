/* A server's cache of sessions of TLS 1.2 by session ID (RFC 5246, 7.4.1.3): bounded, shared by
 * threads, the oldest goes first. */
#ifndef SESSION_CACHE_H
#define SESSION_CACHE_H

#include "handfast/session.h"
#include "session/session.h"

/* NULL: out of memory. */
hf_session_cache *session_cache_new(const struct allocator *allocator, size_t capacity);
void session_cache_retain(hf_session_cache *cache);
void session_cache_release(hf_session_cache *cache); /* NULL is fine */

/* Keeps a copy of an encoded session (session_build) under its ID, until `expires_ms`. False: no
 * memory, or too long. */
bool session_cache_put(hf_session_cache *cache, hf_bytes id, hf_bytes encoded, uint64_t now_ms,
    uint64_t expires_ms);
/* Copies it to `out`, whose capacity is SESSION_SEALED_MAX for any. SESSION_USABLE, NOT_CACHED or
 * EXPIRED. */
enum session_verdict session_cache_get(hf_session_cache *cache, hf_bytes id, uint64_t now_ms,
    uint8_t *out, size_t capacity, size_t *length);
/* A session whose connection failed must not be resumed (RFC 5246, 7.2.2). */
void session_cache_drop(hf_session_cache *cache, hf_bytes id);

#endif
