/* The handshake messages that TLS 1.2 has otherwise than 1.3 (RFC 5246, 7.4; RFC 8422, 5; RFC 5077,
 * 3.3; RFC 6066, 8), parsed and written, nothing else. `body`: the message without its 4-byte
 * header; all of it must be used. Everything borrows. CertificateVerify has the form of 1.3's
 * (messages.h). */
#ifndef WIRE_MESSAGES12_H
#define WIRE_MESSAGES12_H

#include "wire/messages.h"

/* HelloRequest (7.4.1.1) and ServerHelloDone (7.4.5) have no body. `name` is told in errors. */
bool no_body_parse(hf_reader *body, const char *name, struct hf_error *error);

/* Certificate (7.4.2): the list's contents (empty: no certificate), walked by
 * certificate12_next: 1, 0 (the end), -1 (malformed); `der` has at least one byte. */
bool certificate12_parse(hf_reader *body, hf_bytes *list, struct hf_error *error);
int certificate12_next(hf_reader *list, hf_bytes *der, struct hf_error *error);
void certificate12_build(hf_builder *b, const hf_bytes *chain, size_t count);

/* ServerKeyExchange (RFC 5246, 7.4.3; RFC 8422, 5.4), signed. `params` is the part that the
 * signature covers; `signature` the scheme and the bytes behind it. */
struct ecdhe_params {
    uint16_t group;      /* a named curve: other types are refused as illegal_parameter */
    hf_bytes point;      /* 1..255 bytes */
};
struct dhe_params {
    hf_bytes p;          /* each at least one byte, big-endian; zeros in front are allowed */
    hf_bytes g;
    hf_bytes ys;
};
struct server_key_exchange {
    union {
        struct ecdhe_params ecdhe;
        struct dhe_params dhe;
    } of;
    hf_bytes params;
    struct certificate_verify signature;
};
bool server_key_exchange_parse_ecdhe(hf_reader *body, struct server_key_exchange *message,
    struct hf_error *error);
bool server_key_exchange_parse_dhe(hf_reader *body, struct server_key_exchange *message,
    struct hf_error *error);
/* The params alone; certificate_verify_build writes the signature behind them. */
void ecdhe_params_build(hf_builder *b, const struct ecdhe_params *params);
void dhe_params_build(hf_builder *b, const struct dhe_params *params);

/* What the signature covers (RFC 5246, 7.4.3): both randoms (32 bytes each), then the params.
 * SIGNED_PARAMS_MAX holds it for primes of up to 8192 bits; the builder fails beyond its room. */
enum { SIGNED_PARAMS_MAX = 2 * 32 + 3 * (2 + 1024) };
void signed_params_build(hf_builder *b, hf_bytes client_random, hf_bytes server_random,
    hf_bytes params);

/* CertificateRequest (7.4.4). */
struct certificate_request12 {
    hf_bytes types;       /* enum client_certificate_type, a byte each, at least one */
    hf_bytes schemes;     /* of supported_signature_algorithms: 2 bytes each, at least one */
    hf_bytes authorities; /* contents: 16-bit vectors of at least one byte of DER; may be empty */
};
bool certificate_request12_parse(hf_reader *body, struct certificate_request12 *request,
    struct hf_error *error);
void certificate_request12_build(hf_builder *b, const struct certificate_request12 *request);

/* ClientKeyExchange: ECDHE's point (RFC 8422, 5.7; 1..255 bytes), DHE's Yc (RFC 5246, 7.4.7.2; at
 * least one byte), RSA's EncryptedPreMasterSecret (7.4.7.1; any length: a wrong one must not be
 * told apart from other wrong ones). */
bool client_key_exchange_parse_ecdhe(hf_reader *body, hf_bytes *point, struct hf_error *error);
bool client_key_exchange_parse_dhe(hf_reader *body, hf_bytes *yc, struct hf_error *error);
bool client_key_exchange_parse_rsa(hf_reader *body, hf_bytes *encrypted, struct hf_error *error);
void client_key_exchange_build_ecdhe(hf_builder *b, hf_bytes point);
void client_key_exchange_build_dhe(hf_builder *b, hf_bytes yc);
void client_key_exchange_build_rsa(hf_builder *b, hf_bytes encrypted);

/* NewSessionTicket (RFC 5077, 3.3). An empty ticket: the server gives none after all. */
struct new_session_ticket12 {
    uint32_t lifetime_hint_s; /* 0: not said */
    hf_bytes ticket;
};
bool new_session_ticket12_parse(hf_reader *body, struct new_session_ticket12 *ticket,
    struct hf_error *error);
void new_session_ticket12_build(hf_builder *b, const struct new_session_ticket12 *ticket);

/* CertificateStatus (RFC 6066, 8): status_parse of extensions.h reads the body, as it reads the
 * extension of a certificate in TLS 1.3. */

#endif
