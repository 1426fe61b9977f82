/* What stands beside a certificate: status_request with the OCSP response that answers it (RFC
 * 6066, 8; RFC 9846, 4.5.1.1), and signed_certificate_timestamp (RFC 6962, 3.3.1). TLS 1.3
 * carries both in the entry of Certificate; TLS 1.2 answers in ServerHello, and the response is
 * a message of its own. Our servers ask clients for neither. */
#include <assert.h>
#include <string.h>

#include "handshake/handlers.h"
#include "x509/revocation.h"

const hf_bytes *staple_for(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    if (is_server(c) && hs->wants_status && hs->own != NULL && !hs->looked_for_staple) {
        hs->looked_for_staple = true;
        hs->held_staple = stapling_take(hs->own->stapling, &hs->own->leaf,
            s->now_ms(s->clock_user));
        if (hs->held_staple != NULL) {
            hs->staple = staple_der(hs->held_staple);
            c->staple_status = staple_status(hs->held_staple);
        }
    }
    return &hs->staple;
}

static hf_bytes timestamps_for(const struct hf_connection *c)
{
    const struct hf_identity *own = c->hs->own;
    return is_server(c) && own != NULL ? own->timestamps : bytes_of(NULL, 0);
}

size_t staple_room(struct hf_connection *c)
{
    return staple_for(c)->length + timestamps_for(c).length;
}

/* A copy that lives as long as the connection. */
static bool keep(struct hf_connection *c, hf_bytes bytes, struct kept_bytes *kept)
{
    const struct allocator *a = c->settings->allocator;
    assert(kept->data == NULL && bytes.length > 0);
    kept->data = a->allocate(a->user, bytes.length);
    if (kept->data == NULL) {
        return fail_c(c, ERR_out_of_memory, "what came with the peer's certificate");
    }
    memcpy(kept->data, bytes.data, bytes.length);
    kept->length = bytes.length;
    return true;
}

bool keep_staple(struct hf_connection *c, hf_bytes response)
{
    struct handshake *hs = c->hs;
    assert(hs->staple_count < CHAIN_MAX);
    if (hs->entry == 0) {
        TRY(keep(c, response, &c->staple));
        hs->staples[hs->staple_count++] = bytes_of(c->staple.data, c->staple.length);
        return true;
    }
    uint8_t *copy = arena_take(&c->arena, response.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "an OCSP response");
    }
    memcpy(copy, response.data, response.length);
    hs->staples[hs->staple_count++] = bytes_of(copy, response.length);
    return true;
}

const char *stapled_word(const struct hf_connection *c)
{
    switch (c->staple_status) {
    case REVOCATION_GOOD: return "good";
    case REVOCATION_REVOKED: return "revoked";
    case REVOCATION_STALE: case REVOCATION_UNVERIFIABLE: return "invalid";
    case REVOCATION_UNKNOWN: return "unknown";
    case REVOCATION_NOT_ASKED: break;
    }
    return c->staple.data != NULL ? "unknown" : "none";
}

/* A client's Certificate answers our CertificateRequest, not what its own hello asked for. */
static bool unasked(struct hf_connection *c, const char *name, const hf_reader *body)
{
    return is_server(c) &&
        !fail_at(&c->error, ERR_unsolicited_extension, name, reader_offset(body) - 4,
            "%s in the client's Certificate, which we did not ask for", name);
}

/* ---- status_request ---- */

WRITER(offer_status)
{
    const struct settings *s = c->settings;
    if (where == IN_CH && (s->revocation != REVOCATION_NONE || s->require_staple)) {
        status_request_build(b);
    }
    return true;
}

/* In CertificateRequest it is empty (RFC 9846, 4.5.1.1); our clients have no staples to send. */
READER(on_status)
{
    if (where == IN_CR) {
        return empty_parse(body, "status_request", &c->error);
    }
    return status_request_parse(body, &c->hs->wants_status, &c->error);
}

WRITER(answer_status)
{
    const hf_bytes *staple = staple_for(c);
    if (staple->length == 0 || (c->facts & FACT_RESUMED) != 0) {
        return true;
    }
    if (where == IN_SH12) {
        empty_build(b, EXT_STATUS_REQUEST);
        c->facts |= FACT_OCSP;
    } else {
        size_t mark = extension_open(b, EXT_STATUS_REQUEST);
        status_build(b, *staple);
        extension_close(b, mark);
    }
    return true;
}

READER(on_status_answer)
{
    hf_bytes response;
    if (where == IN_SH12) {
        c->facts |= FACT_OCSP;
        return empty_parse(body, "status_request", &c->error);
    }
    if (unasked(c, "status_request", body)) {
        return false;
    }
    return status_parse(body, &response, &c->error) && keep_staple(c, response);
}

/* ---- signed_certificate_timestamp ---- */

WRITER(offer_timestamps)
{
    if (where == IN_CH && c->settings->wants_timestamps) {
        empty_build(b, EXT_SCT);
    }
    return true;
}

READER(on_timestamps)
{
    (void)where;
    return empty_parse(body, "signed_certificate_timestamp", &c->error);
}

WRITER(answer_timestamps)
{
    (void)where;
    hf_bytes list = timestamps_for(c);
    if (list.length > 0 && (c->facts & FACT_RESUMED) == 0) {
        timestamps_build(b, list);
    }
    return true;
}

/* Those of the leaf are handed on; nobody asks for those of a CA. */
READER(on_timestamps_answer)
{
    (void)where;
    hf_bytes list;
    if (unasked(c, "signed_certificate_timestamp", body)) {
        return false;
    }
    TRY(timestamps_parse(body, &list, &c->error));
    return c->hs->entry > 0 || keep(c, list, &c->timestamps);
}
