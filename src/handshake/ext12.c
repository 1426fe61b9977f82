/* Extensions that TLS 1.2 alone has: extended_master_secret (RFC 7627, 5), renegotiation_info (RFC
 * 5746, 3), ec_point_formats (RFC 8422, 5.1.2) and session_ticket (RFC 5077, 3.2). A client that
 * speaks TLS 1.3 alone sends none of them; a server of TLS 1.3 passes over them. */
#include "handshake/extensions.h"
#include "wire/resumption.h"

static bool offers_tls12(const struct hf_connection *c, enum where where)
{
    return where == IN_CH && c->settings->lowest_version <= VERSION_TLS12;
}

WRITER(offer_extended_master)
{
    if (offers_tls12(c, where)) {
        empty_build(b, EXT_EXTENDED_MASTER_SECRET);
    }
    return true;
}

READER(on_extended_master)
{
    (void)where;
    TRY(empty_parse(body, "extended_master_secret", &c->error));
    c->extended_master = true;
    return true;
}

WRITER(answer_extended_master)
{
    (void)where;
    if (c->extended_master) {
        empty_build(b, EXT_EXTENDED_MASTER_SECRET);
    }
    return true;
}

READER(on_extended_master_answer)
{
    return on_extended_master(c, where, body);
}

/* What an earlier hello of the same connection said does not count. */
ABSENCE(missing_extended_master)
{
    (void)where;
    c->extended_master = false;
    return true;
}

/* RFC 5746, 3.4 and 3.5: nothing is renegotiated here, so that it is always empty. */
WRITER(offer_renegotiation)
{
    if (offers_tls12(c, where)) {
        renegotiation_info_build(b, bytes_of(NULL, 0));
    }
    return true;
}

READER(on_renegotiation)
{
    (void)where;
    hf_bytes connection;
    size_t offset = reader_offset(body);
    TRY(renegotiation_info_parse(body, &connection, &c->error));
    return connection.length == 0 ||
        fail_at(&c->error, ERR_renegotiation, "renegotiation_info", offset,
            "%zu bytes in a first handshake", connection.length);
}

WRITER(answer_renegotiation)
{
    (void)c;
    (void)where;
    renegotiation_info_build(b, bytes_of(NULL, 0));
    return true;
}

WRITER(offer_point_formats)
{
    if (offers_tls12(c, where)) {
        point_formats_build(b);
    }
    return true;
}

READER(on_point_formats)
{
    (void)where;
    hf_bytes formats;
    return point_formats_parse(body, &formats, &c->error);
}

WRITER(answer_point_formats)
{
    (void)where;
    if (c->suite->kx == KX_ECDHE) {
        point_formats_build(b);
    }
    return true;
}

/* RFC 5077, 3.2: empty asks for a ticket. */
WRITER(offer_ticket)
{
    const struct session *session = c->hs->session;
    bool has = session != NULL && session->version == VERSION_TLS12 && session->ticket.length > 0;
    if (offers_tls12(c, where) && (has || c->settings->session_callback != NULL)) {
        session_ticket_build(b, has ? session->ticket : bytes_of(NULL, 0));
    }
    return true;
}

READER(on_ticket)
{
    (void)where;
    c->hs->peer_ticket = session_ticket_read(body);
    c->hs->takes_ticket = true;
    return true;
}

WRITER(answer_ticket)
{
    (void)where;
    if ((c->facts & FACT_NST) != 0) {
        session_ticket_build(b, bytes_of(NULL, 0));
    }
    return true;
}

READER(on_ticket_answer)
{
    (void)where;
    TRY(empty_parse(body, "session_ticket", &c->error));
    c->facts |= FACT_NST;
    return true;
}
