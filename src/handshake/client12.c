/* The client's handshake of TLS 1.2 after ServerHello: RFC 5246, 7.3; RFC 8422, 5; RFC 5077, 3. */
#include <string.h>

#include "handshake/handlers.h"
#include "wire/messages12.h"

static bool on_certificate_status(struct hf_connection *c);
static bool on_server_key_exchange(struct hf_connection *c);
static bool on_certificate_request(struct hf_connection *c);
static bool on_server_hello_done(struct hf_connection *c);
static bool begin_exchange(struct hf_connection *c);
static bool write_client_key_exchange(struct hf_connection *c);
static bool on_new_session_ticket(struct hf_connection *c);
static bool on_server_finished(struct hf_connection *c);

/* RFC 5246, 7.3: the whole handshake, then the short one (R_). */
static const struct edge rows[] = {
    { GOT_SH,          AUTO, NONE,                NULL,
        when_resumed,   0,             R_NST },
    { GOT_SH,          AUTO, NONE,                NULL,
        NULL,           0,             WAIT_CERT },
    { WAIT_CERT,       RECV, CERTIFICATE,         on_certificate12,
        when_status,    0,             WAIT_STATUS },
    { WAIT_CERT,       RECV, CERTIFICATE,         on_certificate12,
        when_rsa,       0,             WAIT_CR },
    { WAIT_CERT,       RECV, CERTIFICATE,         on_certificate12,
        NULL,           0,             WAIT_SKE },
    { WAIT_STATUS,     RECV, CERTIFICATE_STATUS,  on_certificate_status,
        when_rsa,       0,             WAIT_CR },
    { WAIT_STATUS,     RECV, CERTIFICATE_STATUS,  on_certificate_status,
        NULL,           0,             WAIT_SKE },
    { WAIT_STATUS,     RECV, SERVER_KEY_EXCHANGE, on_server_key_exchange,
        when_not_rsa,   0,             WAIT_CR },
    { WAIT_STATUS,     RECV, CERTIFICATE_REQUEST, on_certificate_request,
        when_rsa,       0,             WAIT_SHD },
    { WAIT_STATUS,     RECV, SERVER_HELLO_DONE,   on_server_hello_done,
        when_rsa,       0,             CHECK_PEER },
    { WAIT_SKE,        RECV, SERVER_KEY_EXCHANGE, on_server_key_exchange,
        NULL,           0,             WAIT_CR },
    { WAIT_CR,         RECV, CERTIFICATE_REQUEST, on_certificate_request,
        NULL,           0,             WAIT_SHD },
    { WAIT_CR,         RECV, SERVER_HELLO_DONE,   on_server_hello_done,
        NULL,           0,             CHECK_PEER },
    { WAIT_SHD,        RECV, SERVER_HELLO_DONE,   on_server_hello_done,
        NULL,           0,             CHECK_PEER },
    { CHECK_PEER,      OP,   PEER,                begin_peer,
        NULL,           0,             FLIGHT2 },
    { FLIGHT2,         SEND, CERTIFICATE,         write_certificate12,
        when_asked,     0,             EXCHANGE },
    { FLIGHT2,         AUTO, NONE,                NULL,
        NULL,           0,             EXCHANGE },
    { EXCHANGE,        OP,   SHARED_SECRET,       begin_exchange,
        NULL,           0,             SEND_CKE },
    { SEND_CKE,        SEND, CLIENT_KEY_EXCHANGE, write_client_key_exchange,
        when_signs,     DERIVE_MASTER, SIGN },
    { SEND_CKE,        SEND, CLIENT_KEY_EXCHANGE, write_client_key_exchange,
        NULL,           DERIVE_MASTER, SEND_CCS },
    { SIGN,            OP,   SIGNATURE,           begin_signature12,
        NULL,           0,             SEND_CV },
    { SEND_CV,         SEND, CERTIFICATE_VERIFY,  write_certificate_verify,
        NULL,           0,             SEND_CCS },
    { SEND_CCS,        SEND, CHANGE_CIPHER_SPEC,  write_ccs,
        NULL,           WRITE_12,      SEND_FINISHED },
    { SEND_FINISHED,   SEND, FINISHED,            write_finished12,
        when_ticket,    0,             WAIT_NST },
    { SEND_FINISHED,   SEND, FINISHED,            write_finished12,
        NULL,           0,             WAIT_CCS },
    { WAIT_NST,        RECV, NEW_SESSION_TICKET,  on_new_session_ticket,
        NULL,           0,             WAIT_CCS },
    { WAIT_CCS,        RECV, CHANGE_CIPHER_SPEC,  NULL,
        NULL,           READ_12,       WAIT_FINISHED },
    { WAIT_FINISHED,   RECV, FINISHED,            on_server_finished,
        NULL,           0,             CONNECTED },
    { R_NST,           RECV, NEW_SESSION_TICKET,  on_new_session_ticket,
        when_ticket,    0,             R_CCS },
    { R_NST,           RECV, CHANGE_CIPHER_SPEC,  NULL,
        when_no_ticket, READ_12,       R_FINISHED },
    { R_CCS,           RECV, CHANGE_CIPHER_SPEC,  NULL,
        NULL,           READ_12,       R_FINISHED },
    { R_FINISHED,      RECV, FINISHED,            on_server_finished,
        NULL,           0,             R_SEND_CCS },
    { R_SEND_CCS,      SEND, CHANGE_CIPHER_SPEC,  write_ccs,
        NULL,           WRITE_12,      R_SEND_FINISHED },
    { R_SEND_FINISHED, SEND, FINISHED,            write_finished12,
        NULL,           0,             CONNECTED },
};
const struct table client12_table = { rows, sizeof rows / sizeof *rows };

/* RFC 5246, 7.4.1.1: renegotiation is never taken up, so that HelloRequest is in no row. */
static const struct edge post_rows[] = {
    { CONNECTED, RECV, DATA, NULL, NULL, 0, CONNECTED },
};
const struct table post_client12_table = { post_rows, sizeof post_rows / sizeof *post_rows };
const struct table post_server12_table = { post_rows, sizeof post_rows / sizeof *post_rows };

/* RFC 6066, 8. */
static bool on_certificate_status(struct hf_connection *c)
{
    hf_bytes response;
    TRY(status_parse(&c->in, &response, &c->error));
    return keep_staple(c, response);
}

/* RFC 8422, 5.4: a curve that we offered. */
static bool take_curve(struct hf_connection *c, const struct ecdhe_params *params)
{
    const struct settings *s = c->settings;
    for (size_t i = 0; i < s->group_count; i++) {
        if (s->groups[i]->id == params->group && is_curve(params->group)) {
            c->group = s->groups[i];
        }
    }
    if (c->group == NULL) {
        return fail_at(&c->error, ERR_wrong_group, "named_curve", MESSAGE_HEADER + 1,
            "the server chose %s, which we did not offer", group_name(params->group));
    }
    if (params->point.length != c->group->server_share_size) {
        return fail_at(&c->error, ERR_bad_key_share, "public", MESSAGE_HEADER + 4,
            "%zu bytes for %s", params->point.length, c->group->name);
    }
    return true;
}

/* RFC 5246, 7.4.3: by table, of primes that others have looked at: RFC 7919 and RFC 3526. */
static bool take_prime(struct hf_connection *c, const struct dhe_params *params)
{
    c->group = c->settings->provider->prime_group(params->p, params->g);
    if (c->group == NULL) {
        return fail_at(&c->error, ERR_weak_dh, "dh_p", MESSAGE_HEADER,
            "the server's prime of %zu bits is %s", 8 * params->p.length,
            params->p.length < 256 ? "too small" : "not one of RFC 7919 or RFC 3526");
    }
    return true;
}

/* A copy of what the signature covers, and the server's share as the group takes it. */
static bool keep_params(struct hf_connection *c, const struct server_key_exchange *message,
    hf_bytes share)
{
    struct handshake *hs = c->hs;
    size_t size = 2 * HELLO_RANDOM + message->params.length;
    uint8_t *copy = arena_take(&c->arena, size);
    if (copy == NULL || !copy_share12(c, share, c->group->server_share_size)) {
        return fail_c(c, ERR_out_of_memory, "the server's key");
    }
    hf_builder b = builder_of(copy, size);
    signed_params_build(&b, bytes_of(hs->random, HELLO_RANDOM),
        bytes_of(c->kept.tls12.server_random, HELLO_RANDOM), message->params);
    hs->operation.content = builder_bytes(&b);
    return true;
}

static bool on_server_key_exchange(struct hf_connection *c)
{
    struct server_key_exchange message;
    c->group = NULL;
    bool curve = c->suite->kx == KX_ECDHE;
    if (curve) {
        TRY(server_key_exchange_parse_ecdhe(&c->in, &message, &c->error));
        TRY(take_curve(c, &message.of.ecdhe));
    } else {
        TRY(server_key_exchange_parse_dhe(&c->in, &message, &c->error));
        TRY(take_prime(c, &message.of.dhe));
    }
    TRY(take_signature(c, &message.signature));
    return keep_params(c, &message, curve ? message.of.ecdhe.point : message.of.dhe.ys);
}

/* RFC 5246, 7.4.4. */
static bool on_certificate_request(struct hf_connection *c)
{
    struct certificate_request12 request;
    TRY(certificate_request12_parse(&c->in, &request, &c->error));
    c->hs->peer_schemes = request.schemes;
    c->hs->peer_authorities = request.authorities;
    c->hs->peer_types = request.types;
    c->facts |= FACT_ASKED;
    choose_client_identity(c);
    return true;
}

static bool on_server_hello_done(struct hf_connection *c)
{
    TRY(no_body_parse(&c->in, "ServerHelloDone", &c->error));
    if (!when_signs(c->facts)) {
        transcript_forget(&c->hs->transcript);
    }
    return true;
}

/* Our half and the secret in one go: ours is the second share (RFC 8422, 5.7; RFC 5246, 7.4.7). */
static bool begin_exchange(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    struct hf_operation *op = &hs->operation;
    op->kind = HF_OP_SHARED_SECRET;
    op->secret = hs->secret;
    if (c->suite->kx == KX_RSA) {
        return begin_premaster(c);
    }
    hs->server_share = arena_take(&c->arena, c->group->server_share_size);
    if (hs->server_share == NULL) {
        return fail_c(c, ERR_out_of_memory, "a key share for %s", c->group->name);
    }
    op->group = c->group;
    op->encapsulates = true;
    op->own_share = hs->server_share;
    op->peer_share = hs->peer_share;
    hs->secret_length = c->group->secret_size;
    return true;
}

static bool write_client_key_exchange(struct hf_connection *c)
{
    const struct handshake *hs = c->hs;
    switch (c->suite->kx) {
    case KX_ECDHE:
        client_key_exchange_build_ecdhe(c->out,
            bytes_of(hs->server_share, c->group->server_share_size));
        break;
    case KX_DHE:
        client_key_exchange_build_dhe(c->out,
            bytes_of(hs->server_share, c->group->server_share_size));
        break;
    case KX_RSA:
        client_key_exchange_build_rsa(c->out, hs->encrypted);
        break;
    case KX_ANY:
        break;
    }
    return true;
}

/* RFC 5077, 3.3. */
static bool on_new_session_ticket(struct hf_connection *c)
{
    struct new_session_ticket12 ticket;
    TRY(new_session_ticket12_parse(&c->in, &ticket, &c->error));
    return take_ticket12(c, &ticket);
}

/* The session is good from here on: the server proved that it has the keys. */
static bool on_server_finished(struct hf_connection *c)
{
    return on_finished12(c) && keep_session12(c);
}
