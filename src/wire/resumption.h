/* The extensions of resumption (RFC 9846, 4.3.9 to 4.3.11; RFC 5077, 3.2), parsed and written as
 * those of extensions.h are. */
#ifndef WIRE_RESUMPTION_H
#define WIRE_RESUMPTION_H

#include "wire/extensions.h"

/* psk_key_exchange_modes (4.3.9): at least one mode. */
bool psk_modes_parse(hf_reader *body, hf_bytes *modes, struct hf_error *error);
void psk_modes_build(hf_builder *b, const uint8_t *modes, size_t count);

/* pre_shared_key (4.3.11) in a ClientHello. The parser has checked every entry, and that there are
 * as many binders as identities (illegal_parameter). */
struct psk {
    hf_bytes identity;       /* 1..65535 bytes */
    uint32_t obfuscated_age; /* milliseconds + ticket_age_add, mod 2^32 */
    hf_bytes binder;         /* 1..255 bytes; the hash's length is not checked here */
};
struct psk_offer {
    hf_reader identities;    /* what psk_offer_next has not given yet */
    hf_reader binders;
    size_t count;
    size_t binders_at;       /* byte of the message at which the truncated ClientHello ends: the
                              * length of the list of binders */
};
bool psk_offer_parse(hf_reader *body, struct psk_offer *offer, struct hf_error *error);
bool psk_offer_next(struct psk_offer *offer, struct psk *psk);  /* false: no more */
/* The whole extension, the last of its hello. Returns the place of the list of binders in `b`: once
 * the hello's lengths are closed and the binders computed, setting b->length to it and calling
 * psk_binders_build writes binders of the same lengths over the first ones. */
size_t psk_offer_build(hf_builder *b, const struct psk *psks, size_t count);
void psk_binders_build(hf_builder *b, const struct psk *psks, size_t count);
/* In a ServerHello: the index of the identity taken. */
bool psk_choice_parse(hf_reader *body, uint16_t *index, struct hf_error *error);
void psk_choice_build(hf_builder *b, uint16_t index);

/* early_data (4.3.10) in a NewSessionTicket: how many bytes may be sent early. Elsewhere it is
 * empty. */
bool early_data_limit_parse(hf_reader *body, uint32_t *bytes, struct hf_error *error);
void early_data_limit_build(hf_builder *b, uint32_t bytes);

/* session_ticket (RFC 5077, 3.2): the ticket is the whole body, and may be empty. */
hf_bytes session_ticket_read(hf_reader *body);
void session_ticket_build(hf_builder *b, hf_bytes ticket);

#endif
