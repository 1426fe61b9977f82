/* A stateless HelloRetryRequest (RFC 9846, 4.2.4 and 4.3.2): the server's state travels in the
 * cookie, so that a fresh connection (of another process even) can take the second ClientHello. */
#ifndef HANDSHAKE_COOKIE_H
#define HANDSHAKE_COOKIE_H

#include "handshake/handshake.h"

enum { COOKIE_KEY = 32, COOKIE_LIFETIME_S = 60, COOKIE_SKEW_S = 5,
    COOKIE_MAX = 1 + 2 + 2 + 8 + 1 + HASH_SIZE_MAX + 32 };

/* What a cookie says. */
struct cookie {
    uint16_t suite;
    uint16_t group;
    hf_bytes hello_hash; /* of the first ClientHello */
};

/* Seals what c->suite, c->group and the transcript (ClientHello alone) say now. */
void cookie_seal(const struct hf_connection *c, hf_builder *b);

/* False: not ours, changed or too old (illegal_parameter). `cookie` borrows `bytes`. */
bool cookie_unseal(struct hf_connection *c, hf_bytes bytes, struct cookie *cookie);

#endif
