/* A server's tickets (RFC 5077, 4; RFC 9846, 4.7.1): sealed by AES-256-GCM under keys that rotate.
 * Layout: format byte, key id (16), created_ms (8), nonce (12), ciphertext, tag (16); all before the
 * ciphertext is authenticated too. */
#ifndef SESSION_TICKET_H
#define SESSION_TICKET_H

#include "handfast/session.h"
#include "session/session.h"

enum { TICKET_FORMAT = 1, TICKET_OVERHEAD = 1 + 16 + 8 + 12 + 16 };

void tickets_retain(hf_tickets *tickets);
void tickets_release(hf_tickets *tickets); /* NULL is fine */

/* Seals under the key of `now_ms`, making a new one when its time has come. False: no random bytes,
 * no memory, or it does not fit (the builder's failure); nothing is written then. */
bool tickets_seal(hf_tickets *tickets, const struct provider *provider, uint64_t now_ms,
    hf_bytes plaintext, hf_builder *out);

/* Opens into `out` (capacity at least the ticket's length). SESSION_USABLE, or why not:
 * UNKNOWN_FORMAT, UNKNOWN_KEY, NOT_AUTHENTIC. */
enum session_verdict tickets_open(hf_tickets *tickets, const struct provider *provider,
    uint64_t now_ms, hf_bytes ticket, uint8_t *out, size_t *length);

#endif
