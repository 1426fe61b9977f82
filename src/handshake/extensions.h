/* The extensions of all messages, by one table (extensions.def). */
#ifndef HANDSHAKE_EXTENSIONS_H
#define HANDSHAKE_EXTENSIONS_H

#include "handshake/handshake.h"

/* The messages that carry extensions; IN_SH12: ServerHello of TLS 1.2. */
enum where { IN_CH = 1, IN_SH = 2, IN_HRR = 4, IN_EE = 8, IN_CR = 16, IN_CT = 32, IN_NST = 64,
    IN_SH12 = 128,
    OFFERS = IN_CH | IN_CR };

/* Writes a message's extensions block, length included. */
bool extensions_write(struct hf_connection *c, enum where where, hf_builder *b);

/* Reads one (its contents, within the message at hand): first that each may stand here, once,
 * and was asked for; then each by the table's order; then what is missing. */
bool extensions_read(struct hf_connection *c, enum where where, hf_bytes block);

/* Answers as if the hello had held the extension. */
void extension_mark(struct hf_connection *c, uint16_t type);

/* In a reader: whether the message at hand has an extension of the table. */
bool extension_stands(const struct hf_connection *c, uint16_t type);

/* Columns of the table. A writer writes the whole extension or nothing. */
typedef bool (*extension_writer)(struct hf_connection *c, enum where where, hf_builder *b);
typedef bool (*extension_reader)(struct hf_connection *c, enum where where, hf_reader *body);
typedef bool (*extension_absence)(struct hf_connection *c, enum where where);

#define WRITER(name) bool name(struct hf_connection *c, enum where where, hf_builder *b)
#define READER(name) bool name(struct hf_connection *c, enum where where, hf_reader *body)
#define ABSENCE(name) bool name(struct hf_connection *c, enum where where)

/* ext_names.c */
WRITER(offer_server_name);
READER(on_server_name);
WRITER(answer_server_name);
READER(on_server_name_answer);
WRITER(offer_protocols);
READER(on_protocols);
WRITER(answer_protocol);
READER(on_protocol);
WRITER(offer_record_size);
READER(on_record_size);
WRITER(answer_record_size);
READER(on_record_size_answer);

/* ext_keys.c */
WRITER(offer_versions);
READER(on_versions);
WRITER(answer_version);
READER(on_version);
WRITER(offer_groups);
READER(on_groups);
READER(on_groups_answer);
ABSENCE(missing_groups);
WRITER(offer_shares);
READER(on_shares);
WRITER(answer_share);
READER(on_share);
ABSENCE(missing_share);
READER(on_early_data);
WRITER(offer_cookie);
READER(on_cookie_back);
WRITER(answer_cookie);
READER(on_cookie);

/* ext12.c */
WRITER(offer_extended_master);
READER(on_extended_master);
WRITER(answer_extended_master);
READER(on_extended_master_answer);
ABSENCE(missing_extended_master);
WRITER(offer_renegotiation);
READER(on_renegotiation);
WRITER(answer_renegotiation);
WRITER(offer_point_formats);
READER(on_point_formats);
WRITER(answer_point_formats);
WRITER(offer_ticket);
READER(on_ticket);
WRITER(answer_ticket);
READER(on_ticket_answer);

/* ext_psk.c */
WRITER(offer_psk_modes);
READER(on_psk_modes);
ABSENCE(missing_psk_modes);
WRITER(offer_psk);
READER(on_psks);
WRITER(answer_psk);
READER(on_psk_choice);

/* ext_staple.c */
WRITER(offer_status);
READER(on_status);
WRITER(answer_status);
READER(on_status_answer);
WRITER(offer_timestamps);
READER(on_timestamps);
WRITER(answer_timestamps);
READER(on_timestamps_answer);

/* ext_auth.c */
WRITER(offer_schemes);
READER(on_schemes);
READER(on_schemes_cert);
ABSENCE(missing_schemes);
WRITER(offer_post_auth);
READER(on_post_auth);
WRITER(offer_authorities);
READER(on_authorities);

#endif
