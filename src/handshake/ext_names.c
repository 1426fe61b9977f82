/* Extensions that name things: server_name (RFC 6066, 3), application protocols (RFC 7301), and the
 * peer's record_size_limit (RFC 8449). */
#include <string.h>

#include "handshake/handlers.h"
#include "handshake/resume.h"
#include "x509/identity.h"

WRITER(offer_server_name)
{
    if (where == IN_CH && c->server_name[0] != '\0') {
        server_name_build(b, bytes_of(c->server_name, strlen(c->server_name)));
    }
    return true;
}

READER(on_server_name)
{
    if (where == IN_CR) {
        return true; /* RFC 9846, 4.3 lets it stand there; it says nothing to us */
    }
    hf_bytes name;
    TRY(server_name_parse(body, &name, &c->error));
    /* RFC 6066, 3: an address or what is no DNS name is passed over, as if nothing had been
       sent. */
    if (dns_name_valid(name) && name.length < sizeof c->server_name) {
        memcpy(c->server_name, name.data, name.length);
        c->server_name[name.length] = '\0';
    }
    return true;
}

/* RFC 6066, 3: none when the session is an old one. */
WRITER(answer_server_name)
{
    (void)where;
    if (c->server_name[0] != '\0' && !is_resumed(c)) { /* RFC 6066, 3 */
        server_name_build(b, bytes_of(NULL, 0));
    }
    return true;
}

READER(on_server_name_answer)
{
    (void)where;
    return empty_parse(body, "server_name", &c->error);
}

WRITER(offer_protocols)
{
    if (where == IN_CH && c->settings->alpn_length > 0) {
        alpn_build(b, bytes_of(c->settings->alpn, c->settings->alpn_length));
    }
    return true;
}

READER(on_protocols)
{
    (void)where;
    return alpn_parse(body, &c->hs->peer_protocols, &c->error);
}

WRITER(answer_protocol)
{
    (void)where;
    if (c->alpn != NULL) {
        alpn_build_answer(b, bytes_of(c->alpn, strlen(c->alpn)));
    }
    return true;
}

/* RFC 7301, 3.1: one of those that we offered. */
READER(on_protocol)
{
    (void)where;
    const struct settings *s = c->settings;
    hf_bytes protocol;
    size_t offset = reader_offset(body);
    TRY(alpn_parse_answer(body, &protocol, &c->error));
    const char *text = s->alpn_text;
    for (size_t i = 0; i < s->protocol_count; i++) {
        if (bytes_equal_public(protocol, bytes_of(text, strlen(text)))) {
            c->alpn = text;
            return true;
        }
        text += strlen(text) + 1;
    }
    return fail_at(&c->error, ERR_illegal_parameter, "application_layer_protocol_negotiation",
        offset, "the server chose a protocol that we did not offer");
}

/* RFC 8449, 4: what we take is the protocol's maximum, in TLS 1.3 the type byte included. */
WRITER(offer_record_size)
{
    bool tls12 = where == IN_CH ? !offers_tls13(c) : is_tls12(c);
    size_t mark = extension_open(b, EXT_RECORD_SIZE_LIMIT);
    build_u16(b, tls12 ? RECORD_PLAIN_MAX : RECORD_PLAIN_MAX + 1);
    extension_close(b, mark);
    return true;
}

WRITER(answer_record_size)
{
    return offer_record_size(c, where, b);
}

READER(on_record_size)
{
    (void)where;
    uint16_t limit;
    size_t offset = reader_offset(body);
    if (!read_u16(body, &limit) || !reader_done(body)) {
        return fail_at(&c->error, ERR_decode_error, "record_size_limit", offset,
            "it is not 2 bytes");
    }
    if (limit < 64) {
        return fail_at(&c->error, ERR_illegal_parameter, "record_size_limit", offset,
            "%u bytes, fewer than 64", limit);
    }
    c->send_limit = limit <= RECORD_PLAIN_MAX ? (size_t)limit - 1 : RECORD_PLAIN_MAX;
    return true;
}

READER(on_record_size_answer)
{
    return on_record_size(c, where, body);
}
