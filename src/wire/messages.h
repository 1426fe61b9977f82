/* The handshake messages after the hellos (RFC 9846, 4.4 to 4.7), parsed and written, nothing else.
 * `body`: the message without its 4-byte header; all of it must be used. Everything borrows. */
#ifndef WIRE_MESSAGES_H
#define WIRE_MESSAGES_H

#include "base/builder.h"
#include "base/error.h"

/* EncryptedExtensions (4.4.1): the contents of its extensions block. */
bool encrypted_extensions_parse(hf_reader *body, hf_bytes *extensions, struct hf_error *error);

/* CertificateRequest (4.4.2). */
struct certificate_request {
    hf_bytes context;    /* empty in the handshake */
    hf_bytes extensions;
};
bool certificate_request_parse(hf_reader *body, struct certificate_request *request,
    struct hf_error *error);

/* Certificate (4.5.1): the context, and the list walked by certificate_entry_next. */
struct certificate_message {
    hf_bytes context;
    hf_bytes list;       /* contents of certificate_list; empty: no certificate */
};
struct certificate_entry {
    hf_bytes der;        /* at least one byte */
    hf_bytes extensions; /* contents */
};
bool certificate_message_parse(hf_reader *body, struct certificate_message *message,
    struct hf_error *error);
int certificate_entry_next(hf_reader *list, struct certificate_entry *entry,
    struct hf_error *error); /* 1, 0, -1 */
/* The whole body for a chain. `extensions`: for each certificate the contents of its extensions
 * block; NULL: none has any. */
void certificate_message_build(hf_builder *b, hf_bytes context, const hf_bytes *chain,
    const hf_bytes *extensions, size_t count);

/* CertificateVerify (4.5.2). */
struct certificate_verify {
    uint16_t scheme;
    hf_bytes signature;
};
bool certificate_verify_parse(hf_reader *body, struct certificate_verify *verify,
    struct hf_error *error);
void certificate_verify_build(hf_builder *b, const struct certificate_verify *verify);

/* What is signed: 64 spaces, the context string, a zero byte, the transcript's digest. Returns the
 * length; `out` holds SIGNED_CONTENT_MAX. */
enum { SIGNED_CONTENT_MAX = 64 + 33 + 1 + 64 };
size_t signed_content(bool by_server, hf_bytes digest, uint8_t *out);

/* NewSessionTicket (4.7.1). */
struct new_session_ticket {
    uint32_t lifetime_s;
    uint32_t age_add;
    hf_bytes nonce;
    hf_bytes ticket;     /* at least one byte */
    hf_bytes extensions;
};
bool new_session_ticket_parse(hf_reader *body, struct new_session_ticket *ticket,
    struct hf_error *error);
void new_session_ticket_build(hf_builder *b, const struct new_session_ticket *ticket);

/* KeyUpdate (4.7.3): request_update must be 0 or 1 (illegal_parameter). */
bool key_update_parse(hf_reader *body, bool *requested, struct hf_error *error);

#endif
