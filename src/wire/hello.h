/* ClientHello, ServerHello and HelloRetryRequest (RFC 9846, 4.2): parse and write, nothing else.
 * Parsers borrow the message; each failure is decode_error (or what the RFC says) with field and
 * byte. */
#ifndef WIRE_HELLO_H
#define WIRE_HELLO_H

#include "base/builder.h"
#include "base/error.h"

enum { HELLO_RANDOM = 32, SESSION_ID_MAX = 32 };

struct client_hello {
    uint16_t legacy_version;
    hf_bytes random;              /* 32 bytes */
    hf_bytes session_id;          /* 0..32 */
    hf_bytes cipher_suites;       /* contents: 2 bytes each, at least one */
    hf_bytes compression_methods; /* contents: at least one */
    /* contents of the extensions block; empty when absent (TLS 1.2) */
    hf_bytes extensions;
};

struct server_hello {
    uint16_t legacy_version;
    hf_bytes random;
    bool is_retry;                /* the random is HelloRetryRequest's (RFC 9846, 4.2.3) */
    hf_bytes session_id;
    uint16_t cipher_suite;
    uint8_t compression_method;
    hf_bytes extensions;
};

/* SHA-256 of "HelloRetryRequest". */
extern const uint8_t hello_retry_random[HELLO_RANDOM];

/* `body`: the message without its 4-byte header; all of it must be used. */
bool client_hello_parse(hf_reader *body, struct client_hello *hello, struct hf_error *error);
bool server_hello_parse(hf_reader *body, struct server_hello *hello, struct hf_error *error);

/* Everything before the extensions block (which the caller builds next, with build_open(b, 2)). */
void client_hello_build(hf_builder *b, const struct client_hello *hello);
void server_hello_build(hf_builder *b, const struct server_hello *hello);

#endif
