/* The handlers of the tables' rows, by file in RFC order, and what they share. */
#ifndef HANDSHAKE_HANDLERS_H
#define HANDSHAKE_HANDLERS_H

#include "handshake/extensions.h"

/* Guards. */
bool when_first_hello(unsigned facts);
bool when_retry(unsigned facts);
bool when_retried_ccs(unsigned facts);
bool when_ccs_due(unsigned facts);
bool when_asked(unsigned facts);
bool when_no_cert(unsigned facts);
bool when_psk(unsigned facts);
bool when_resumed(unsigned facts);
bool when_ticket(unsigned facts);
bool when_no_ticket(unsigned facts);
bool when_resumed_ticket(unsigned facts);
bool when_rsa(unsigned facts);
bool when_not_rsa(unsigned facts);
bool when_status(unsigned facts);
bool when_staples(unsigned facts);
bool when_signs(unsigned facts);

/* auth.c: Certificate, CertificateVerify and Finished, the same for both roles (RFC 9846, 4.5). */
bool write_certificate(struct hf_connection *c);
bool write_certificate_verify(struct hf_connection *c);
bool write_finished(struct hf_connection *c);
bool on_certificate(struct hf_connection *c);
bool on_certificate_verify(struct hf_connection *c);
bool on_finished(struct hf_connection *c);
bool begin_signature(struct hf_connection *c);
bool begin_peer(struct hf_connection *c);
bool write_ccs(struct hf_connection *c);
void choose_client_identity(struct hf_connection *c);

/* hello_client.c: a value of RFC 8701 for a place; the two extensions' differ. */
uint16_t grease_value(const struct handshake *hs, enum grease place);

/* server13.c: the body of ServerHello or HelloRetryRequest. */
bool build_hello(struct hf_connection *c, const uint8_t random[HELLO_RANDOM], enum where where,
    hf_builder *b);

/* negotiate.c: whether the client's hello offers TLS 1.3 (RFC 9846, 9.2). */
bool offers_tls13(const struct hf_connection *c);

/* negotiate.c: what a server chooses (RFC 9846, 4.2.1). */
bool choose_version(struct hf_connection *c);
bool choose_suite(struct hf_connection *c);
bool choose_group(struct hf_connection *c);
bool choose_identity(struct hf_connection *c);
bool choose_protocol(struct hf_connection *c);
bool scheme_fits_key(const struct signature_scheme *scheme, const struct public_key *key);
/* Whether an identity can make a signature that the peer takes; which. */
const struct signature_scheme *scheme_for(const struct hf_identity *identity,
    hf_bytes peer_schemes);

#endif
