/* A server's tickets (RFC 5077, 4; RFC 9846, 4.7.1): sealed by AES-256-GCM under keys that rotate.
 * Layout: format byte, key id (16), nonce (12), ciphertext, tag (16); all before the ciphertext is
 * authenticated too. When it was made is told inside alone: in clear it would lead from the second
 * connection back to the first, which RFC 9846 hides (4.3.11, obfuscated_ticket_age). */
#ifndef SESSION_TICKET_H
#define SESSION_TICKET_H

#include "handfast/session.h"
#include "session/session.h"

enum { TICKET_FORMAT = 1, TICKET_OVERHEAD = 1 + 16 + 12 + 16 };

/* Zeros are the defaults that hf_tickets_new tells, and 2^32 tickets. */
struct ticket_limits {
    uint32_t rotate_s;
    uint32_t keep_s;
    uint64_t seals_max; /* tickets under one key: nonces are random (SP 800-38D, 8.3) */
};

/* NULL: out of memory. */
hf_tickets *tickets_new(const struct allocator *allocator, struct ticket_limits limits);
void tickets_retain(hf_tickets *tickets);
void tickets_release(hf_tickets *tickets); /* NULL is fine */

/* Seals under the key of `now_ms`, making a new one when its time has come. False: no random bytes,
 * no memory, no key that seals (one from outside was retired, or reached its limit), or it does not
 * fit (the builder's failure); nothing is written then. */
bool tickets_seal(hf_tickets *tickets, const struct provider *provider, uint64_t now_ms,
    hf_bytes plaintext, hf_builder *out);

/* Opens into `out` (capacity at least the ticket's length). SESSION_USABLE, or why not:
 * UNKNOWN_FORMAT, UNKNOWN_KEY, NOT_AUTHENTIC, NOT_OPENED; `out` holds nothing then. */
enum session_verdict tickets_open(hf_tickets *tickets, const struct provider *provider,
    uint64_t now_ms, hf_bytes ticket, uint8_t *out, size_t *length);

/* Whether a ticket that opens was sealed with another key than the one that seals now: its holder
 * may be given a new one (RFC 5077, 3.3). */
bool tickets_are_old(hf_tickets *tickets, uint64_t now_ms, hf_bytes ticket);

#endif
