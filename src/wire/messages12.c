/* The handshake messages of TLS 1.2 (RFC 5246, 7.4; RFC 8422, 5; RFC 5077, 3.3): messages12.h. */
#include "wire/messages12.h"

#include "wire/codepoints.h"
#include "wire/field.h"

bool no_body_parse(hf_reader *body, const char *name, struct hf_error *error)
{
    return field_end(body, name, error);
}

/* ---- Certificate: RFC 5246, 7.4.2 ---- */

bool certificate12_parse(hf_reader *body, hf_bytes *list, struct hf_error *error)
{
    TRY(field_vector24(body, "certificate_list", 0, list, error));
    return field_end(body, "certificate_list", error);
}

int certificate12_next(hf_reader *list, hf_bytes *der, struct hf_error *error)
{
    if (reader_done(list)) {
        return 0;
    }
    return field_vector24(list, "certificate", 1, der, error) ? 1 : -1;
}

void certificate12_build(hf_builder *b, const hf_bytes *chain, size_t count)
{
    size_t list = build_open(b, 3);
    for (size_t i = 0; i < count; i++) {
        build_vector24(b, chain[i]);
    }
    build_close(b, 3, list);
}

/* ---- ServerKeyExchange: RFC 5246, 7.4.3; RFC 8422, 5.4 ---- */

static bool read_ecdhe_params(hf_reader *r, struct ecdhe_params *params, struct hf_error *error)
{
    size_t at = reader_offset(r);
    uint8_t type;
    TRY(field_u8(r, "curve_type", &type, error));
    /* RFC 8422, 5.4: curves described by themselves must not be used any more. */
    if (type != CURVE_TYPE_NAMED) {
        return fail_at(error, ERR_illegal_parameter, "curve_type", at,
            "curve_type is %u; only named_curve (3) is allowed", type);
    }
    TRY(field_u16(r, "namedcurve", &params->group, error));
    return field_vector8(r, "public", 1, 255, &params->point, error);
}

static bool read_dhe_params(hf_reader *r, struct dhe_params *params, struct hf_error *error)
{
    TRY(field_vector16(r, "dh_p", 1, &params->p, error));
    TRY(field_vector16(r, "dh_g", 1, &params->g, error));
    return field_vector16(r, "dh_Ys", 1, &params->ys, error);
}

bool server_key_exchange_parse_ecdhe(hf_reader *body, struct server_key_exchange *message,
    struct hf_error *error)
{
    const uint8_t *begin = body->at;
    TRY(read_ecdhe_params(body, &message->of.ecdhe, error));
    message->params = bytes_of(begin, (size_t)(body->at - begin));
    return certificate_verify_parse(body, &message->signature, error);
}

bool server_key_exchange_parse_dhe(hf_reader *body, struct server_key_exchange *message,
    struct hf_error *error)
{
    const uint8_t *begin = body->at;
    TRY(read_dhe_params(body, &message->of.dhe, error));
    message->params = bytes_of(begin, (size_t)(body->at - begin));
    return certificate_verify_parse(body, &message->signature, error);
}

void ecdhe_params_build(hf_builder *b, const struct ecdhe_params *params)
{
    build_u8(b, CURVE_TYPE_NAMED);
    build_u16(b, params->group);
    build_vector8(b, params->point);
}

void dhe_params_build(hf_builder *b, const struct dhe_params *params)
{
    build_vector16(b, params->p);
    build_vector16(b, params->g);
    build_vector16(b, params->ys);
}

void signed_params_build(hf_builder *b, hf_bytes client_random, hf_bytes server_random,
    hf_bytes params)
{
    build_bytes(b, client_random);
    build_bytes(b, server_random);
    build_bytes(b, params);
}

/* ---- CertificateRequest: RFC 5246, 7.4.4 ---- */

bool certificate_request12_parse(hf_reader *body, struct certificate_request12 *request,
    struct hf_error *error)
{
    TRY(field_vector8(body, "certificate_types", 1, 255, &request->types, error));
    TRY(field_codes16(body, "supported_signature_algorithms", &request->schemes, error));
    TRY(field_vector16(body, "certificate_authorities", 0, &request->authorities, error));
    TRY(field_end(body, "certificate_authorities", error));
    hf_reader names = reader_within(body, request->authorities);
    while (!reader_done(&names)) {
        hf_bytes name;
        TRY(field_vector16(&names, "distinguished_name", 1, &name, error));
    }
    return true;
}

void certificate_request12_build(hf_builder *b, const struct certificate_request12 *request)
{
    build_vector8(b, request->types);
    build_vector16(b, request->schemes);
    build_vector16(b, request->authorities);
}

/* ---- ClientKeyExchange: RFC 5246, 7.4.7; RFC 8422, 5.7 ---- */

bool client_key_exchange_parse_ecdhe(hf_reader *body, hf_bytes *point, struct hf_error *error)
{
    TRY(field_vector8(body, "ecdh_Yc", 1, 255, point, error));
    return field_end(body, "ecdh_Yc", error);
}

bool client_key_exchange_parse_dhe(hf_reader *body, hf_bytes *yc, struct hf_error *error)
{
    TRY(field_vector16(body, "dh_Yc", 1, yc, error));
    return field_end(body, "dh_Yc", error);
}

bool client_key_exchange_parse_rsa(hf_reader *body, hf_bytes *encrypted, struct hf_error *error)
{
    TRY(field_vector16(body, "encrypted_pre_master_secret", 0, encrypted, error));
    return field_end(body, "encrypted_pre_master_secret", error);
}

void client_key_exchange_build_ecdhe(hf_builder *b, hf_bytes point)
{
    build_vector8(b, point);
}

void client_key_exchange_build_dhe(hf_builder *b, hf_bytes yc)
{
    build_vector16(b, yc);
}

void client_key_exchange_build_rsa(hf_builder *b, hf_bytes encrypted)
{
    build_vector16(b, encrypted);
}

/* ---- NewSessionTicket: RFC 5077, 3.3 ---- */

bool new_session_ticket12_parse(hf_reader *body, struct new_session_ticket12 *ticket,
    struct hf_error *error)
{
    TRY(field_u32(body, "ticket_lifetime_hint", &ticket->lifetime_hint_s, error));
    TRY(field_vector16(body, "ticket", 0, &ticket->ticket, error));
    return field_end(body, "ticket", error);
}

void new_session_ticket12_build(hf_builder *b, const struct new_session_ticket12 *ticket)
{
    build_u32(b, ticket->lifetime_hint_s);
    build_vector16(b, ticket->ticket);
}
