/* The handlers of the tables' rows, by file in RFC order, and what they share. */
#ifndef HANDSHAKE_HANDLERS_H
#define HANDSHAKE_HANDLERS_H

#include "handshake/extensions.h"
#include "wire/messages12.h"

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
bool write_ccs(struct hf_connection *c);
void choose_client_identity(struct hf_connection *c);

/* peer.c: what came in Certificate, leaf first; at most CHAIN_MAX, none for a client that has none.
 * Copies and parses it. */
bool take_chain(struct hf_connection *c, const hf_bytes *der, size_t count);
/* Copies them alone, for as long as the connection lives. */
bool keep_certificates(struct hf_connection *c, const hf_bytes *der, size_t count);
/* Verifies the chain and, with hs->peer_scheme, hs->peer_signature over the operation's content. */
bool begin_peer(struct hf_connection *c);

/* ext_staple.c: the OCSP response that a server sends for hs->own, if the client asked for one and
 * there is a current one; else empty. The same one for the whole handshake. */
const hf_bytes *staple_for(struct hf_connection *c);
/* As hf_facts has it. */
const char *stapled_word(const struct hf_connection *c);
/* What it and the SCTs add to a message of ours. */
size_t staple_room(struct hf_connection *c);
/* Copies a response that came for the certificate at hs->entry; 0: the leaf. */
bool keep_staple(struct hf_connection *c, hf_bytes response);

/* The scheme and a copy of a signature of the peer's, checked later. */
bool take_signature(struct hf_connection *c, const struct certificate_verify *verify);

/* auth12.c: the same of TLS 1.2, for both roles. */
bool write_certificate12(struct hf_connection *c);
bool on_certificate12(struct hf_connection *c);
bool begin_signature12(struct hf_connection *c);
bool on_certificate_verify12(struct hf_connection *c);
bool write_finished12(struct hf_connection *c);
bool on_finished12(struct hf_connection *c);

/* hello_client.c: a value of RFC 8701 for a place; the two extensions' differ. */
uint16_t grease_value(const struct handshake *hs, enum grease place);

/* server13.c: the body of ServerHello or HelloRetryRequest. */
bool build_hello(struct hf_connection *c, const uint8_t random[HELLO_RANDOM], enum where where,
    hf_builder *b);

/* A client: whether its hello offers TLS 1.3. */
static inline bool offers_tls13(const struct hf_connection *c)
{
    return c->settings->highest_version >= VERSION_TLS13;
}

static inline bool offers_version(const struct hf_connection *c, uint16_t version)
{
    return version >= c->settings->lowest_version && version <= c->settings->highest_version;
}

/* ext_psk.c: a server looks for a session among the PSKs of a hello (RFC 9846, 4.3.11). */
bool choose_psk(struct hf_connection *c);
/* ext_psk.c: a client's binder, when the rest of its hello is written (4.3.11.2); and what must
 * hold of the ServerHello that takes its PSK. */
bool write_binder(struct hf_connection *c);
bool check_psk(struct hf_connection *c);

/* post.c: makes the next ticket that a server sends when the handshake is over, into hs->ticket.
 * False: there is none to send, or not enough memory or chance for it; the connection is as
 * good. */
bool make_ticket(struct hf_connection *c);

/* session12.c: a client looks whether ServerHello's session ID resumes; keeps the server's
 * ticket. */
bool take_session12(struct hf_connection *c, hf_bytes id);
bool take_ticket12(struct hf_connection *c, const struct new_session_ticket12 *ticket);
/* A server looks for the session that a hello offers, and whether a ticket will go. */
bool find_session12(struct hf_connection *c);
bool write_ticket12(struct hf_connection *c);
/* The session of a handshake that was completed goes into the cache or the application's hands. */
bool keep_session12(struct hf_connection *c);

/* exchange12.c: the peer's share as the group takes it, into the handshake. False: out of
 * memory. */
bool copy_share12(struct hf_connection *c, hf_bytes share, size_t size);
/* RSA: begins the work of either side (RFC 5246, 7.4.7.1). */
bool begin_premaster(struct hf_connection *c);
bool begin_decryption(struct hf_connection *c);
/* The premaster secret; borrows the handshake. */
hf_bytes premaster12(const struct hf_connection *c);

/* negotiate.c: "TLS 1.2 or TLS 1.3", as the settings have it. */
void versions_text(const struct settings *s, char *text, size_t capacity);
/* negotiate.c: whether the client's hello leads to TLS 1.3 (RFC 9846, 9.2). */
bool chooses_tls13(const struct hf_connection *c);

/* negotiate.c: what a server chooses (RFC 9846, 4.2.1). */
bool choose_version(struct hf_connection *c);
/* Whether the client's hello offers a suite or signalling value. */
bool offers_suite(const struct hf_connection *c, uint16_t id);
bool choose_suite(struct hf_connection *c);
/* TLS 1.2: the suite, and the group and identity that it needs. */
bool choose_suite12(struct hf_connection *c);
/* Of NamedGroups: an elliptic curve (RFC 8422, 5.1.1), a prime field (RFC 7919, 2). */
static inline bool is_curve(uint16_t group)
{
    return group < 0x0100;
}
static inline bool is_prime_group(uint16_t group)
{
    return group >> 8 == 0x01;
}
bool choose_group(struct hf_connection *c);
bool choose_identity(struct hf_connection *c);
bool choose_protocol(struct hf_connection *c);
bool scheme_fits_key(const struct hf_connection *c, const struct signature_scheme *scheme,
    const struct public_key *key);
/* Whether a certificate's key is of the suite's kind. */
bool auth_fits_key(const struct suite *suite, enum key_type key);
/* Whether an identity can make a signature that the peer takes; which. */
const struct signature_scheme *scheme_for(const struct hf_connection *c,
    const struct hf_identity *identity);

#endif
