/* The fields of handshake messages: see fields.h. RFC 9846, 4.2 to 4.7; RFC 5246, 7.4. Parsing is
 * wire's work; this only lists what it finds, in the order of the bytes. */
#include "observe/fields.h"

#include "wire/codepoints.h"
#include "wire/extensions.h"
#include "wire/hello.h"
#include "wire/messages12.h"

enum { HEADER = 4 };

struct list {
    const uint8_t *begin;
    struct field *fields;
    size_t count;
};

static void add_field(struct list *list, const char *name, hf_bytes bytes, bool is_extension)
{
    if (list->count < FIELDS_MAX && bytes.data != NULL) {
        list->fields[list->count++] = (struct field){ name, (size_t)(bytes.data - list->begin),
            bytes,
            is_extension };
    }
}

static void add(struct list *list, const char *name, hf_bytes bytes)
{
    add_field(list, name, bytes, false);
}

static void add_extensions(struct list *list, hf_bytes block)
{
    hf_reader r = reader_of_bytes(block);
    struct extension extension;
    struct hf_error ignored;
    error_clear(&ignored);
    while (extension_next(&r, &extension, &ignored) == 1) {
        hf_bytes body = bytes_of(extension.body.at, reader_left(&extension.body));
        add_field(list, extension_name(extension.type), body, true);
    }
}

static bool list_client_hello(struct list *list, hf_reader *body, struct hf_error *error)
{
    struct client_hello hello;
    hf_bytes version = bytes_of(body->at, 2);
    TRY(client_hello_parse(body, &hello, error));
    add(list, "legacy_version", version);
    add(list, "random", hello.random);
    add(list, "legacy_session_id", hello.session_id);
    add(list, "cipher_suites", hello.cipher_suites);
    add(list, "legacy_compression_methods", hello.compression_methods);
    add_extensions(list, hello.extensions);
    return true;
}

static bool list_server_hello(struct list *list, hf_reader *body, struct hf_error *error)
{
    struct server_hello hello;
    hf_bytes version = bytes_of(body->at, 2);
    TRY(server_hello_parse(body, &hello, error));
    add(list, "legacy_version", version);
    add(list, "random", hello.random);
    add(list, "legacy_session_id_echo", hello.session_id);
    const uint8_t *suite = hello.session_id.data + hello.session_id.length;
    add(list, "cipher_suite", bytes_of(suite, 2));
    add(list, "legacy_compression_method", bytes_of(suite + 2, 1));
    add_extensions(list, hello.extensions);
    return true;
}

static void add_verify(struct list *list, const struct certificate_verify *verify)
{
    /* The scheme and the signature's length stand before it, two bytes each. */
    add(list, "algorithm", bytes_of(verify->signature.data - 4, 2));
    add(list, "signature", verify->signature);
}

static bool list_certificate(struct list *list, hf_reader *body, struct hf_error *error)
{
    struct certificate_message message;
    struct certificate_entry entry;
    TRY(certificate_message_parse(body, &message, error));
    add(list, "certificate_request_context", message.context);
    hf_reader entries = reader_of_bytes(message.list);
    while (certificate_entry_next(&entries, &entry, error) == 1) {
        add(list, "cert_data", entry.der);
        add_extensions(list, entry.extensions);
    }
    return true;
}

static bool list_others(struct list *list, uint8_t type, hf_reader *body, struct hf_error *error)
{
    hf_bytes extensions;
    struct certificate_request request;
    struct certificate_verify verify;
    struct new_session_ticket ticket;
    hf_bytes start = bytes_of(body->at, reader_left(body));
    if (type == TYPE_ENCRYPTED_EXTENSIONS) {
        TRY(encrypted_extensions_parse(body, &extensions, error));
        add_extensions(list, extensions);
        return true;
    }
    if (type == TYPE_CERTIFICATE_REQUEST) {
        TRY(certificate_request_parse(body, &request, error));
        add(list, "certificate_request_context", request.context);
        add_extensions(list, request.extensions);
        return true;
    }
    if (type == TYPE_CERTIFICATE_VERIFY) {
        TRY(certificate_verify_parse(body, &verify, error));
        add_verify(list, &verify);
        return true;
    }
    if (type == TYPE_NEW_SESSION_TICKET) {
        TRY(new_session_ticket_parse(body, &ticket, error));
        add(list, "ticket_lifetime", bytes_of(start.data, 4));
        add(list, "ticket_age_add", bytes_of(start.data + 4, 4));
        add(list, "ticket_nonce", ticket.nonce);
        add(list, "ticket", ticket.ticket);
        add_extensions(list, ticket.extensions);
        return true;
    }
    const char *name = type == TYPE_FINISHED ? "verify_data"
        : type == TYPE_KEY_UPDATE ? "request_update" : "body";
    add(list, name, start);
    return true;
}

/* ---- TLS 1.2 ---- */

static bool list_certificate12(struct list *list, hf_reader *body, struct hf_error *error)
{
    hf_bytes contents;
    hf_bytes der;
    TRY(certificate12_parse(body, &contents, error));
    hf_reader certificates = reader_of_bytes(contents);
    while (certificate12_next(&certificates, &der, error) == 1) {
        add(list, "certificate", der);
    }
    return true;
}

static bool list_server_key(struct list *list, hf_reader *body, enum key_exchange kx,
    struct hf_error *error)
{
    struct server_key_exchange message;
    hf_bytes start = bytes_of(body->at, reader_left(body));
    if (kx == KX_DHE) {
        TRY(server_key_exchange_parse_dhe(body, &message, error));
        add(list, "dh_p", message.of.dhe.p);
        add(list, "dh_g", message.of.dhe.g);
        add(list, "dh_Ys", message.of.dhe.ys);
    } else {
        TRY(kx == KX_ECDHE && server_key_exchange_parse_ecdhe(body, &message, error));
        add(list, "curve_type", bytes_of(start.data, 1));
        add(list, "namedcurve", bytes_of(start.data + 1, 2));
        add(list, "public", message.of.ecdhe.point);
    }
    add_verify(list, &message.signature);
    return true;
}

static bool list_client_key(struct list *list, hf_reader *body, enum key_exchange kx,
    struct hf_error *error)
{
    hf_bytes bytes;
    if (kx == KX_RSA) {
        TRY(client_key_exchange_parse_rsa(body, &bytes, error));
        add(list, "encrypted_pre_master_secret", bytes);
    } else if (kx == KX_DHE) {
        TRY(client_key_exchange_parse_dhe(body, &bytes, error));
        add(list, "dh_Yc", bytes);
    } else {
        TRY(client_key_exchange_parse_ecdhe(body, &bytes, error));
        add(list, "ecdh_Yc", bytes);
    }
    return true;
}

static bool list_request12(struct list *list, hf_reader *body, struct hf_error *error)
{
    struct certificate_request12 request;
    TRY(certificate_request12_parse(body, &request, error));
    add(list, "certificate_types", request.types);
    add(list, "supported_signature_algorithms", request.schemes);
    add(list, "certificate_authorities", request.authorities);
    return true;
}

static bool list_message12(struct list *list, uint8_t type, hf_reader *body,
    const struct suite *suite, struct hf_error *error)
{
    struct new_session_ticket12 ticket;
    hf_bytes response;
    hf_bytes start = bytes_of(body->at, reader_left(body));
    switch (type) {
    case TYPE_CERTIFICATE:
        return list_certificate12(list, body, error);
    case TYPE_SERVER_KEY_EXCHANGE:
        return list_server_key(list, body, suite->kx, error);
    case TYPE_CERTIFICATE_REQUEST:
        return list_request12(list, body, error);
    case TYPE_CLIENT_KEY_EXCHANGE:
        return list_client_key(list, body, suite->kx, error);
    case TYPE_CERTIFICATE_STATUS:
        TRY(status_parse(body, &response, error));
        add(list, "status_type", bytes_of(start.data, 1));
        add(list, "response", response);
        return true;
    case TYPE_NEW_SESSION_TICKET:
        TRY(new_session_ticket12_parse(body, &ticket, error));
        add(list, "ticket_lifetime_hint", bytes_of(start.data, 4));
        add(list, "ticket", ticket.ticket);
        return true;
    default:
        return list_others(list, type, body, error);
    }
}

size_t message_fields(hf_bytes message, const struct agreed *agreed,
    struct field fields[FIELDS_MAX])
{
    struct list list = { message.data, fields, 0 };
    if (message.length < HEADER) {
        add(&list, "body", message);
        return list.count;
    }
    struct hf_error ignored;
    error_clear(&ignored);
    uint8_t type = message.data[0];
    hf_bytes rest = bytes_of(message.data + HEADER, message.length - HEADER);
    hf_reader body = reader_of_bytes(rest);
    bool listed;
    if (type == TYPE_CLIENT_HELLO) {
        listed = list_client_hello(&list, &body, &ignored);
    } else if (type == TYPE_SERVER_HELLO) {
        listed = list_server_hello(&list, &body, &ignored);
    } else if (agreed->suite != NULL && agreed->suite->version == VERSION_TLS12) {
        listed = list_message12(&list, type, &body, agreed->suite, &ignored);
    } else if (type == TYPE_CERTIFICATE) {
        listed = list_certificate(&list, &body, &ignored);
    } else {
        listed = list_others(&list, type, &body, &ignored);
    }
    if (!listed) {
        list.count = 0;
        add(&list, "body", rest);
    }
    return list.count;
}
