/* The handshake messages after the hellos: see messages.h. RFC 9846, 4.4 to 4.7. */
#include "wire/messages.h"

#include <string.h>

#include "wire/field.h"

/* RFC 9846, 4.4.1. */
bool encrypted_extensions_parse(hf_reader *body, hf_bytes *extensions, struct hf_error *error)
{
    TRY(field_vector16(body, "extensions", 0, extensions, error));
    return field_end(body, "extensions", error);
}

/* RFC 9846, 4.4.2. */
bool certificate_request_parse(hf_reader *body, struct certificate_request *request,
    struct hf_error *error)
{
    TRY(field_vector8(body, "certificate_request_context", 0, 255, &request->context, error));
    TRY(field_vector16(body, "extensions", 0, &request->extensions, error));
    return field_end(body, "extensions", error);
}

/* RFC 9846, 4.5.1. */
bool certificate_message_parse(hf_reader *body, struct certificate_message *message,
    struct hf_error *error)
{
    TRY(field_vector8(body, "certificate_request_context", 0, 255, &message->context, error));
    TRY(field_vector24(body, "certificate_list", 0, &message->list, error));
    return field_end(body, "certificate_list", error);
}

int certificate_entry_next(hf_reader *list, struct certificate_entry *entry,
    struct hf_error *error)
{
    if (reader_done(list)) {
        return 0;
    }
    if (!field_vector24(list, "cert_data", 1, &entry->der, error)
        || !field_vector16(list, "extensions", 0, &entry->extensions, error)) {
        return -1;
    }
    return 1;
}

void certificate_message_build(hf_builder *b, hf_bytes context, const hf_bytes *chain,
    const hf_bytes *extensions, size_t count)
{
    build_vector8(b, context);
    size_t list = build_open(b, 3);
    for (size_t i = 0; i < count; i++) {
        build_vector24(b, chain[i]);
        build_vector16(b, extensions == NULL ? bytes_of(NULL, 0) : extensions[i]);
    }
    build_close(b, 3, list);
}

/* RFC 9846, 4.5.2. */
bool certificate_verify_parse(hf_reader *body, struct certificate_verify *verify,
    struct hf_error *error)
{
    TRY(field_u16(body, "algorithm", &verify->scheme, error));
    TRY(field_vector16(body, "signature", 0, &verify->signature, error));
    return field_end(body, "signature", error);
}

void certificate_verify_build(hf_builder *b, const struct certificate_verify *verify)
{
    build_u16(b, verify->scheme);
    build_vector16(b, verify->signature);
}

size_t signed_content(bool by_server, hf_bytes digest, uint8_t *out)
{
    static const char server[] = "TLS 1.3, server CertificateVerify";
    static const char client[] = "TLS 1.3, client CertificateVerify";
    _Static_assert(sizeof server == 33 + 1 && sizeof client == sizeof server,
        "SIGNED_CONTENT_MAX counts on it");
    hf_builder b = builder_of(out, SIGNED_CONTENT_MAX);
    uint8_t *spaces = build_space(&b, 64);
    if (spaces != NULL) {
        memset(spaces, ' ', 64);
    }
    /* The separator is the string's own zero byte. */
    build_bytes(&b, bytes_of(by_server ? server : client, sizeof server));
    build_bytes(&b, digest);
    return b.length;
}

/* RFC 9846, 4.7.1. */
bool new_session_ticket_parse(hf_reader *body, struct new_session_ticket *ticket,
    struct hf_error *error)
{
    TRY(field_u32(body, "ticket_lifetime", &ticket->lifetime_s, error));
    TRY(field_u32(body, "ticket_age_add", &ticket->age_add, error));
    TRY(field_vector8(body, "ticket_nonce", 0, 255, &ticket->nonce, error));
    TRY(field_vector16(body, "ticket", 1, &ticket->ticket, error));
    TRY(field_vector16(body, "extensions", 0, &ticket->extensions, error));
    return field_end(body, "extensions", error);
}

void new_session_ticket_build(hf_builder *b, const struct new_session_ticket *ticket)
{
    build_u32(b, ticket->lifetime_s);
    build_u32(b, ticket->age_add);
    build_vector8(b, ticket->nonce);
    build_vector16(b, ticket->ticket);
    build_vector16(b, ticket->extensions);
}

/* RFC 9846, 4.7.3. */
bool key_update_parse(hf_reader *body, bool *requested, struct hf_error *error)
{
    size_t at = reader_offset(body);
    uint8_t value;
    TRY(field_u8(body, "request_update", &value, error));
    TRY(field_end(body, "request_update", error));
    if (value > 1) {
        return fail_at(error, ERR_illegal_parameter, "request_update", at,
            "request_update is %u; only 0 and 1 are allowed", value);
    }
    *requested = value == 1;
    return true;
}
