/* Extensions: the list (RFC 9846, 4.3) and each body: see extensions.h. The field in an error is
 * the extension's name, and after a dot the member at fault. */
#include "wire/extensions.h"

#include <string.h>

#include "wire/codepoints.h"
#include "wire/field.h"

int extension_next(hf_reader *list, struct extension *extension, struct hf_error *error)
{
    if (reader_done(list)) {
        return 0;
    }
    size_t at = reader_offset(list);
    if (!field_u16(list, "extension_type", &extension->type, error)) {
        return -1;
    }
    hf_bytes body;
    if (!read_vector16(list, &body)) {
        (void)fail_at(error, ERR_decode_error, extension_name(extension->type), at,
            "the body of extension %u is longer than the %zu bytes left", extension->type,
            reader_left(list));
        return -1;
    }
    extension->body = reader_within(list, body);
    return 1;
}

size_t extension_open(hf_builder *b, uint16_t type)
{
    build_u16(b, type);
    return build_open(b, 2);
}

void extension_close(hf_builder *b, size_t mark)
{
    build_close(b, 2, mark);
}

bool empty_parse(hf_reader *body, const char *field, struct hf_error *error)
{
    return field_end(body, field, error);
}

void empty_build(hf_builder *b, uint16_t type)
{
    extension_close(b, extension_open(b, type));
}

/* ---- server_name: RFC 6066, 3 ---- */

enum { NAME_TYPE_HOST = 0, HOST_NAME_MAX_BYTES = 255 };

static bool host_name_allowed(hf_bytes name, size_t at, struct hf_error *error)
{
    /* A DNS name has at most 255 bytes (RFC 1035, 2.3.4); a zero byte would cut it short for
     * others. */
    if (name.length > HOST_NAME_MAX_BYTES) {
        return fail_at(error, ERR_illegal_parameter, "server_name.host_name", at,
            "the host name has %zu bytes; no DNS name has over 255", name.length);
    }
    const uint8_t *zero = memchr(name.data, 0, name.length);
    if (zero != NULL) {
        return fail_at(error, ERR_illegal_parameter, "server_name.host_name",
            at + 2 + (size_t)(zero - name.data), "a zero byte in the host name");
    }
    return true;
}

bool server_name_parse(hf_reader *body, hf_bytes *host_name, struct hf_error *error)
{
    hf_bytes contents;
    TRY(field_vector16(body, "server_name.server_name_list", 1, &contents, error));
    TRY(field_end(body, "server_name.server_name_list", error));
    hf_reader list = reader_within(body, contents);
    size_t at = reader_offset(&list);
    uint8_t type;
    TRY(field_u8(&list, "server_name.name_type", &type, error));
    if (type != NAME_TYPE_HOST) {
        return fail_at(error, ERR_decode_error, "server_name.name_type", at,
            "name type %u; only host_name (0) is defined", type);
    }
    at = reader_offset(&list);
    TRY(field_vector16(&list, "server_name.host_name", 1, host_name, error));
    TRY(host_name_allowed(*host_name, at, error));
    if (!reader_done(&list)) {
        return fail_at(error, ERR_illegal_parameter, "server_name.server_name_list",
            reader_offset(&list), "more than one name of the same type");
    }
    return true;
}

void server_name_build(hf_builder *b, hf_bytes host_name)
{
    size_t extension = extension_open(b, EXT_SERVER_NAME);
    if (host_name.length > 0) {
        size_t list = build_open(b, 2);
        build_u8(b, NAME_TYPE_HOST);
        build_vector16(b, host_name);
        build_close(b, 2, list);
    }
    extension_close(b, extension);
}

/* ---- Lists of codes: supported_groups (RFC 9846, 4.3.7), signature_algorithms (4.3.3) ---- */

bool code_list_parse(hf_reader *body, const char *field, hf_bytes *list, struct hf_error *error)
{
    TRY(field_codes16(body, field, list, error));
    return field_end(body, field, error);
}

static void build_codes(hf_builder *b, size_t length_size, const uint16_t *codes, size_t count)
{
    size_t list = build_open(b, length_size);
    for (size_t i = 0; i < count; i++) {
        build_u16(b, codes[i]);
    }
    build_close(b, length_size, list);
}

void code_list_build(hf_builder *b, uint16_t type, const uint16_t *codes, size_t count)
{
    size_t extension = extension_open(b, type);
    build_codes(b, 2, codes, count);
    extension_close(b, extension);
}

/* ---- supported_versions: RFC 9846, 4.3.1 ---- */

bool supported_versions_parse_client(hf_reader *body, hf_bytes *list, struct hf_error *error)
{
    TRY(field_codes8(body, "supported_versions.versions", list, error));
    return field_end(body, "supported_versions.versions", error);
}

bool supported_versions_parse_server(hf_reader *body, uint16_t *version, struct hf_error *error)
{
    TRY(field_u16(body, "supported_versions.selected_version", version, error));
    return field_end(body, "supported_versions.selected_version", error);
}

void supported_versions_build_client(hf_builder *b, const uint16_t *versions, size_t count)
{
    size_t extension = extension_open(b, EXT_SUPPORTED_VERSIONS);
    build_codes(b, 1, versions, count);
    extension_close(b, extension);
}

void supported_versions_build_server(hf_builder *b, uint16_t version)
{
    size_t extension = extension_open(b, EXT_SUPPORTED_VERSIONS);
    build_u16(b, version);
    extension_close(b, extension);
}

/* ---- key_share: RFC 9846, 4.3.8 ---- */

static bool read_key_share(hf_reader *r, struct key_share *share, struct hf_error *error)
{
    TRY(field_u16(r, "key_share.group", &share->group, error));
    return field_vector16(r, "key_share.key_exchange", 1, &share->key_exchange, error);
}

bool key_share_parse_client(hf_reader *body, hf_reader *list, struct hf_error *error)
{
    /* An empty list asks for a HelloRetryRequest. */
    hf_bytes contents;
    TRY(field_vector16(body, "key_share.client_shares", 0, &contents, error));
    *list = reader_within(body, contents);
    return field_end(body, "key_share.client_shares", error);
}

int key_share_next(hf_reader *list, struct key_share *share, struct hf_error *error)
{
    if (reader_done(list)) {
        return 0;
    }
    return read_key_share(list, share, error) ? 1 : -1;
}

bool key_share_parse_server(hf_reader *body, struct key_share *share, struct hf_error *error)
{
    TRY(read_key_share(body, share, error));
    return field_end(body, "key_share.server_share", error);
}

bool key_share_parse_retry(hf_reader *body, uint16_t *group, struct hf_error *error)
{
    TRY(field_u16(body, "key_share.selected_group", group, error));
    return field_end(body, "key_share.selected_group", error);
}

static void build_key_share(hf_builder *b, const struct key_share *share)
{
    build_u16(b, share->group);
    build_vector16(b, share->key_exchange);
}

void key_share_build_client(hf_builder *b, const struct key_share *shares, size_t count)
{
    size_t extension = extension_open(b, EXT_KEY_SHARE);
    size_t list = build_open(b, 2);
    for (size_t i = 0; i < count; i++) {
        build_key_share(b, &shares[i]);
    }
    build_close(b, 2, list);
    extension_close(b, extension);
}

void key_share_build_server(hf_builder *b, const struct key_share *share)
{
    size_t extension = extension_open(b, EXT_KEY_SHARE);
    build_key_share(b, share);
    extension_close(b, extension);
}

void key_share_build_retry(hf_builder *b, uint16_t group)
{
    size_t extension = extension_open(b, EXT_KEY_SHARE);
    build_u16(b, group);
    extension_close(b, extension);
}

/* ---- ALPN: RFC 7301, 3.1 ---- */

bool alpn_parse(hf_reader *body, hf_bytes *list, struct hf_error *error)
{
    TRY(field_vector16(body, "alpn.protocol_name_list", 2, list, error));
    TRY(field_end(body, "alpn.protocol_name_list", error));
    hf_reader names = reader_within(body, *list);
    while (!reader_done(&names)) {
        hf_bytes name;
        TRY(field_vector8(&names, "alpn.protocol_name", 1, 255, &name, error));
    }
    return true;
}

bool alpn_parse_answer(hf_reader *body, hf_bytes *protocol, struct hf_error *error)
{
    hf_bytes list;
    TRY(alpn_parse(body, &list, error));
    hf_reader names = reader_within(body, list);
    TRY(field_vector8(&names, "alpn.protocol_name", 1, 255, protocol, error));
    /* RFC 7301, 3.1: the answer holds exactly one name. */
    return field_end(&names, "alpn.protocol_name", error);
}

void alpn_build(hf_builder *b, hf_bytes list)
{
    size_t extension = extension_open(b, EXT_ALPN);
    build_vector16(b, list);
    extension_close(b, extension);
}

void alpn_build_answer(hf_builder *b, hf_bytes protocol)
{
    size_t extension = extension_open(b, EXT_ALPN);
    size_t list = build_open(b, 2);
    build_vector8(b, protocol);
    build_close(b, 2, list);
    extension_close(b, extension);
}

bool alpn_contains(hf_bytes list, hf_bytes protocol)
{
    hf_reader names = reader_of_bytes(list);
    hf_bytes name;
    while (read_vector8(&names, &name)) {
        if (bytes_equal_public(name, protocol)) {
            return true;
        }
    }
    return false;
}

/* ---- cookie: RFC 9846, 4.3.2 ---- */

bool cookie_parse(hf_reader *body, hf_bytes *cookie, struct hf_error *error)
{
    TRY(field_vector16(body, "cookie", 1, cookie, error));
    return field_end(body, "cookie", error);
}

void cookie_build(hf_builder *b, hf_bytes cookie)
{
    size_t extension = extension_open(b, EXT_COOKIE);
    build_vector16(b, cookie);
    extension_close(b, extension);
}

/* ---- status_request: RFC 6066, 8 ---- */

bool status_request_parse(hf_reader *body, bool *ocsp, struct hf_error *error)
{
    uint8_t type;
    hf_bytes responders;
    hf_bytes extensions;
    TRY(field_u8(body, "status_request.status_type", &type, error));
    *ocsp = type == STATUS_OCSP;
    if (!*ocsp) {
        return true;
    }
    TRY(field_vector16(body, "status_request.responder_id_list", 0, &responders, error));
    TRY(field_vector16(body, "status_request.request_extensions", 0, &extensions, error));
    TRY(field_end(body, "status_request.request_extensions", error));
    hf_reader ids = reader_within(body, responders);
    while (!reader_done(&ids)) {
        hf_bytes id;
        TRY(field_vector16(&ids, "status_request.responder_id", 1, &id, error));
    }
    return true;
}

void status_request_build(hf_builder *b)
{
    size_t extension = extension_open(b, EXT_STATUS_REQUEST);
    build_u8(b, STATUS_OCSP);
    build_vector16(b, bytes_of(NULL, 0));
    build_vector16(b, bytes_of(NULL, 0));
    extension_close(b, extension);
}

bool status_parse(hf_reader *body, hf_bytes *response, struct hf_error *error)
{
    size_t at = reader_offset(body);
    uint8_t type;
    TRY(field_u8(body, "status_request.status_type", &type, error));
    if (type != STATUS_OCSP) {
        return fail_at(error, ERR_decode_error, "status_request.status_type", at,
            "status type %u; only ocsp (1) was asked for", type);
    }
    TRY(field_vector24(body, "status_request.response", 1, response, error));
    return field_end(body, "status_request.response", error);
}

void status_build(hf_builder *b, hf_bytes response)
{
    build_u8(b, STATUS_OCSP);
    build_vector24(b, response);
}

/* ---- signed_certificate_timestamp: RFC 6962, 3.3 ---- */

bool timestamps_parse(hf_reader *body, hf_bytes *list, struct hf_error *error)
{
    hf_bytes whole = bytes_of(body->at, reader_left(body));
    hf_bytes contents;
    TRY(field_vector16(body, "signed_certificate_timestamp.sct_list", 1, &contents, error));
    TRY(field_end(body, "signed_certificate_timestamp.sct_list", error));
    hf_reader timestamps = reader_within(body, contents);
    while (!reader_done(&timestamps)) {
        hf_bytes sct;
        TRY(field_vector16(&timestamps, "signed_certificate_timestamp.sct", 1, &sct, error));
    }
    *list = whole;
    return true;
}

void timestamps_build(hf_builder *b, hf_bytes list)
{
    size_t extension = extension_open(b, EXT_SCT);
    build_bytes(b, list);
    extension_close(b, extension);
}

/* ---- ec_point_formats: RFC 8422, 5.1.2 ---- */

enum { POINT_UNCOMPRESSED = 0 };

bool point_formats_parse(hf_reader *body, hf_bytes *formats, struct hf_error *error)
{
    size_t at = reader_offset(body);
    TRY(field_vector8(body, "ec_point_formats", 1, 255, formats, error));
    TRY(field_end(body, "ec_point_formats", error));
    if (memchr(formats->data, POINT_UNCOMPRESSED, formats->length) == NULL) {
        return fail_at(error, ERR_illegal_parameter, "ec_point_formats", at,
            "uncompressed (0) is not among the formats");
    }
    return true;
}

void point_formats_build(hf_builder *b)
{
    size_t extension = extension_open(b, EXT_EC_POINT_FORMATS);
    build_u8(b, 1);
    build_u8(b, POINT_UNCOMPRESSED);
    extension_close(b, extension);
}

/* ---- renegotiation_info: RFC 5746, 3.2 ---- */

bool renegotiation_info_parse(hf_reader *body, hf_bytes *connection, struct hf_error *error)
{
    TRY(field_vector8(body, "renegotiation_info.renegotiated_connection", 0, 255, connection,
        error));
    return field_end(body, "renegotiation_info.renegotiated_connection", error);
}

void renegotiation_info_build(hf_builder *b, hf_bytes connection)
{
    size_t extension = extension_open(b, EXT_RENEGOTIATION_INFO);
    build_vector8(b, connection);
    extension_close(b, extension);
}

/* ---- certificate_authorities: RFC 9846, 4.3.4 ---- */

bool authorities_parse(hf_reader *body, hf_bytes *list, struct hf_error *error)
{
    TRY(field_vector16(body, "certificate_authorities.authorities", 3, list, error));
    TRY(field_end(body, "certificate_authorities.authorities", error));
    hf_reader names = reader_within(body, *list);
    while (!reader_done(&names)) {
        hf_bytes name;
        TRY(field_vector16(&names, "certificate_authorities.distinguished_name", 1, &name, error));
    }
    return true;
}
