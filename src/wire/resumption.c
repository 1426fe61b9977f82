/* The extensions of resumption: see resumption.h. RFC 9846, 4.3.9 to 4.3.11; RFC 5077, 3.2. */
#include "wire/resumption.h"

#include "wire/codepoints.h"
#include "wire/field.h"

/* ---- psk_key_exchange_modes: RFC 9846, 4.3.9 ---- */

bool psk_modes_parse(hf_reader *body, hf_bytes *modes, struct hf_error *error)
{
    TRY(field_vector8(body, "psk_key_exchange_modes.ke_modes", 1, 255, modes, error));
    return field_end(body, "psk_key_exchange_modes.ke_modes", error);
}

void psk_modes_build(hf_builder *b, const uint8_t *modes, size_t count)
{
    size_t extension = extension_open(b, EXT_PSK_KEY_EXCHANGE_MODES);
    build_vector8(b, bytes_of(modes, count));
    extension_close(b, extension);
}

/* ---- pre_shared_key: RFC 9846, 4.3.11 ---- */

/* RFC 9846 says 32 at least; a shorter one is as wrong as one of other bytes, and is told so where
 * the session is used, if it is. */
enum { BINDER_MIN = 1, BINDER_MAX = 255 };

static bool read_psk_identity(hf_reader *r, struct psk *psk, struct hf_error *error)
{
    TRY(field_vector16(r, "pre_shared_key.identity", 1, &psk->identity, error));
    return field_u32(r, "pre_shared_key.obfuscated_ticket_age", &psk->obfuscated_age, error);
}

static bool read_psk_binder(hf_reader *r, struct psk *psk, struct hf_error *error)
{
    return field_vector8(r, "pre_shared_key.binder", BINDER_MIN, BINDER_MAX, &psk->binder, error);
}

bool psk_offer_parse(hf_reader *body, struct psk_offer *offer, struct hf_error *error)
{
    hf_bytes identities;
    hf_bytes binders;
    TRY(field_vector16(body, "pre_shared_key.identities", 7, &identities, error));
    offer->binders_at = reader_offset(body);
    TRY(field_vector16(body, "pre_shared_key.binders", 1 + BINDER_MIN, &binders, error));
    TRY(field_end(body, "pre_shared_key.binders", error));
    offer->identities = reader_within(body, identities);
    offer->binders = reader_within(body, binders);
    offer->count = 0;
    struct psk psk;
    hf_reader walked = offer->identities;
    while (!reader_done(&walked)) {
        TRY(read_psk_identity(&walked, &psk, error));
        offer->count++;
    }
    size_t count = 0;
    walked = offer->binders;
    while (!reader_done(&walked)) {
        TRY(read_psk_binder(&walked, &psk, error));
        count++;
    }
    /* RFC 9846, 4.3.11: one for each identity. */
    if (count != offer->count) {
        return fail_at(error, ERR_illegal_parameter, "pre_shared_key.binders", offer->binders_at,
            "%zu binders for %zu identities", count, offer->count);
    }
    return true;
}

bool psk_offer_next(struct psk_offer *offer, struct psk *psk)
{
    return !reader_done(&offer->identities) && read_psk_identity(&offer->identities, psk, NULL)
        && read_psk_binder(&offer->binders, psk, NULL);
}

void psk_binders_build(hf_builder *b, const struct psk *psks, size_t count)
{
    size_t list = build_open(b, 2);
    for (size_t i = 0; i < count; i++) {
        build_vector8(b, psks[i].binder);
    }
    build_close(b, 2, list);
}

size_t psk_offer_build(hf_builder *b, const struct psk *psks, size_t count)
{
    size_t extension = extension_open(b, EXT_PRE_SHARED_KEY);
    size_t list = build_open(b, 2);
    for (size_t i = 0; i < count; i++) {
        build_vector16(b, psks[i].identity);
        build_u32(b, psks[i].obfuscated_age);
    }
    build_close(b, 2, list);
    size_t binders_at = b->length;
    psk_binders_build(b, psks, count);
    extension_close(b, extension);
    return binders_at;
}

bool psk_choice_parse(hf_reader *body, uint16_t *index, struct hf_error *error)
{
    TRY(field_u16(body, "pre_shared_key.selected_identity", index, error));
    return field_end(body, "pre_shared_key.selected_identity", error);
}

void psk_choice_build(hf_builder *b, uint16_t index)
{
    size_t extension = extension_open(b, EXT_PRE_SHARED_KEY);
    build_u16(b, index);
    extension_close(b, extension);
}

/* ---- early_data in a ticket: RFC 9846, 4.3.10 ---- */

bool early_data_limit_parse(hf_reader *body, uint32_t *bytes, struct hf_error *error)
{
    TRY(field_u32(body, "early_data.max_early_data_size", bytes, error));
    return field_end(body, "early_data.max_early_data_size", error);
}

void early_data_limit_build(hf_builder *b, uint32_t bytes)
{
    size_t extension = extension_open(b, EXT_EARLY_DATA);
    build_u32(b, bytes);
    extension_close(b, extension);
}

/* ---- session_ticket: RFC 5077, 3.2 ---- */

hf_bytes session_ticket_read(hf_reader *body)
{
    hf_bytes ticket = bytes_of(body->at, reader_left(body));
    body->at = body->end;
    return ticket;
}

void session_ticket_build(hf_builder *b, hf_bytes ticket)
{
    size_t extension = extension_open(b, EXT_SESSION_TICKET);
    build_bytes(b, ticket);
    extension_close(b, extension);
}
