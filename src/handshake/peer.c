/* The peer's certificates: kept, and verified as one operation with its signature (RFC 9846,
 * 4.5.1.3 and 4.5.2; RFC 5246, 7.4.2). */
#include <assert.h>
#include <string.h>

#include "handshake/handlers.h"

/* RFC 9846, 4.5.1.3; RFC 5246, 7.4.6: who sent no certificate. */
static bool take_no_chain(struct hf_connection *c)
{
    c->facts |= FACT_NO_CERT;
    if (!is_server(c)) {
        return fail_c(c, ERR_no_certificate, "an empty list of certificates");
    }
    if (c->settings->client_auth == HF_AUTH_REQUIRE) {
        (void)fail_c(c, ERR_client_certificate_missing, "an empty list of certificates");
        c->error.alert = is_tls12(c) ? 40 : c->error.alert; /* handshake_failure: RFC 5246, 7.4.6 */
        return false;
    }
    return true;
}

bool keep_certificates(struct hf_connection *c, const hf_bytes *der, size_t count)
{
    size_t size = sizeof(struct peer);
    for (size_t i = 0; i < count; i++) {
        size += der[i].length;
    }
    struct peer *peer = allocate_zeroed(c->settings->allocator, size);
    c->peer = peer;
    if (peer == NULL) {
        return fail_c(c, ERR_out_of_memory, "the peer's certificates");
    }
    peer->size = size;
    uint8_t *at = peer->bytes;
    for (size_t i = 0; i < count; i++) {
        memcpy(at, der[i].data, der[i].length);
        peer->certificates[i] = bytes_of(at, der[i].length);
        at += der[i].length;
    }
    peer->count = count;
    return true;
}

bool take_chain(struct hf_connection *c, const hf_bytes *der, size_t count)
{
    struct handshake *hs = c->hs;
    if (count == 0) {
        return take_no_chain(c);
    }
    c->client_certificate |= is_server(c);
    TRY(keep_certificates(c, der, count));
    hs->chain = arena_take(&c->arena, count * sizeof *hs->chain);
    if (hs->chain == NULL) {
        return fail_c(c, ERR_out_of_memory, "the peer's certificates");
    }
    for (size_t i = 0; i < count; i++) {
        /* RFC 9846, 4.5.1: cert_data is DER of X.509, a SEQUENCE; RFC 9846, 6.2. */
        if (der[i].data[0] != 0x30) {
            return fail_at(&c->error, ERR_decode_error, "cert_data", SIZE_MAX,
                "entry %zu is no certificate", i);
        }
        if (!certificate_parse(c->peer->certificates[i], c->settings->provider, &hs->chain[i],
                &c->error)) {
            c->error.certificate = (int)i;
            return false;
        }
        hs->chain_count++;
    }
    return true;
}

bool begin_peer(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    struct hf_operation *op = &hs->operation;
    bool signs = is_server(c) || (c->facts & FACT_RSA) == 0;
    assert(signs == (hs->peer_scheme != NULL));
    op->kind = HF_OP_PEER;
    op->peer = (struct peer_work){
        .input = { .provider = s->provider, .trust = s->trust, .chain = hs->chain,
            .count = hs->chain_count, .identity = is_server(c) ? NULL : &hs->identity,
            .purpose = is_server(c) ? PURPOSE_CLIENT : PURPOSE_SERVER,
            .now = (int64_t)(s->now_ms(s->clock_user) / 1000),
            .deciphers = !signs,
            .profile = s->profile, .memo = s->memo, .has_depth_limit = s->has_depth_limit,
            .depth_limit = s->depth_limit, .crls = s->crls, .crl_count = s->crl_count,
            .ocsp = hs->staples, .ocsp_count = hs->staple_count, .revocation = s->revocation,
            .is_stapled = !is_server(c), .require_staple = s->require_staple,
            .pins = s->pins.count > 0 ? &s->pins : NULL, .pins_suffice = s->trust == NULL },
        .scheme = hs->peer_scheme,
        .signature = hs->peer_signature,
        .verification = &c->peer->verification,
    };
    return true;
}
