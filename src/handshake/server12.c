/* The server's handshake of TLS 1.2 after ClientHello: RFC 5246, 7.3; RFC 8422, 5; RFC 5077, 3. */
#include <string.h>

#include "handshake/handlers.h"
#include "wire/messages12.h"

static bool write_server_hello(struct hf_connection *c);
static bool write_certificate_status(struct hf_connection *c);
static bool begin_params(struct hf_connection *c);
static bool write_server_key_exchange(struct hf_connection *c);
static bool write_certificate_request(struct hf_connection *c);
static bool write_server_hello_done(struct hf_connection *c);
static bool on_client_key_exchange(struct hf_connection *c);
static bool begin_exchange(struct hf_connection *c);
static bool on_client_finished(struct hf_connection *c);

/* RFC 5246, 7.3: the whole handshake, then the short one (R_). */
static const struct edge rows[] = {
    { RECVD_CH,        SEND, SERVER_HELLO,        write_server_hello,
        when_resumed_ticket, 0,        R_NST },
    { RECVD_CH,        SEND, SERVER_HELLO,        write_server_hello,
        when_resumed,   0,             R_SEND_CCS },
    { RECVD_CH,        SEND, SERVER_HELLO,        write_server_hello,
        NULL,           0,             SEND_CERT },
    { SEND_CERT,       SEND, CERTIFICATE,         write_certificate12,
        when_staples,   0,             SEND_STATUS },
    { SEND_CERT,       SEND, CERTIFICATE,         write_certificate12,
        when_rsa,       0,             SEND_CR },
    { SEND_CERT,       SEND, CERTIFICATE,         write_certificate12,
        NULL,           0,             SIGN },
    { SEND_STATUS,     SEND, CERTIFICATE_STATUS,  write_certificate_status,
        when_rsa,       0,             SEND_CR },
    { SEND_STATUS,     SEND, CERTIFICATE_STATUS,  write_certificate_status,
        NULL,           0,             SIGN },
    { SIGN,            OP,   SIGNATURE,           begin_params,
        NULL,           0,             SEND_SKE },
    { SEND_SKE,        SEND, SERVER_KEY_EXCHANGE, write_server_key_exchange,
        NULL,           0,             SEND_CR },
    { SEND_CR,         SEND, CERTIFICATE_REQUEST, write_certificate_request,
        when_asked,     0,             SEND_SHD },
    { SEND_CR,         AUTO, NONE,                NULL,
        NULL,           0,             SEND_SHD },
    { SEND_SHD,        SEND, SERVER_HELLO_DONE,   write_server_hello_done,
        when_asked,     0,             WAIT_CERT },
    { SEND_SHD,        SEND, SERVER_HELLO_DONE,   write_server_hello_done,
        NULL,           0,             WAIT_CKE },
    { WAIT_CERT,       RECV, CERTIFICATE,         on_certificate12,
        NULL,           0,             WAIT_CKE },
    { WAIT_CKE,        RECV, CLIENT_KEY_EXCHANGE, on_client_key_exchange,
        NULL,           0,             EXCHANGE },
    { EXCHANGE,        OP,   SHARED_SECRET,       begin_exchange,
        when_signs,     DERIVE_MASTER, WAIT_CV },
    { EXCHANGE,        OP,   SHARED_SECRET,       begin_exchange,
        NULL,           DERIVE_MASTER, WAIT_CCS },
    { WAIT_CV,         RECV, CERTIFICATE_VERIFY,  on_certificate_verify12,
        NULL,           0,             CHECK_PEER },
    { CHECK_PEER,      OP,   PEER,                begin_peer,
        NULL,           0,             WAIT_CCS },
    { WAIT_CCS,        RECV, CHANGE_CIPHER_SPEC,  NULL,
        NULL,           READ_12,       WAIT_FINISHED },
    { WAIT_FINISHED,   RECV, FINISHED,            on_client_finished,
        when_ticket,    0,             SEND_NST },
    { WAIT_FINISHED,   RECV, FINISHED,            on_client_finished,
        NULL,           0,             SEND_CCS },
    { SEND_NST,        SEND, NEW_SESSION_TICKET,  write_ticket12,
        NULL,           0,             SEND_CCS },
    { SEND_CCS,        SEND, CHANGE_CIPHER_SPEC,  write_ccs,
        NULL,           WRITE_12,      SEND_FINISHED },
    { SEND_FINISHED,   SEND, FINISHED,            write_finished12,
        NULL,           0,             CONNECTED },
    { R_NST,           SEND, NEW_SESSION_TICKET,  write_ticket12,
        NULL,           0,             R_SEND_CCS },
    { R_SEND_CCS,      SEND, CHANGE_CIPHER_SPEC,  write_ccs,
        NULL,           WRITE_12,      R_SEND_FINISHED },
    { R_SEND_FINISHED, SEND, FINISHED,            write_finished12,
        NULL,           0,             R_WAIT_CCS },
    { R_WAIT_CCS,      RECV, CHANGE_CIPHER_SPEC,  NULL,
        NULL,           READ_12,       R_WAIT_FINISHED },
    { R_WAIT_FINISHED, RECV, FINISHED,            on_client_finished,
        NULL,           0,             CONNECTED },
};
const struct table server12_table = { rows, sizeof rows / sizeof *rows };

/* RFC 9846, 4.2.3: the mark of a server that speaks TLS 1.3 as well. */
static void mark_downgrade(uint8_t random[HELLO_RANDOM])
{
    static const uint8_t sentinel[8] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D', 1 };
    memcpy(random + HELLO_RANDOM - sizeof sentinel, sentinel, sizeof sentinel);
}

static bool write_server_hello(struct hf_connection *c)
{
    const struct random *random = &c->settings->provider->random;
    uint8_t *bytes = c->kept.tls12.server_random;
    if (!random->public_bytes(random->user, bytes, HELLO_RANDOM)) {
        return fail_c(c, ERR_operation_failed, "no random bytes for ServerHello");
    }
    if (c->settings->highest_version > VERSION_TLS12) {
        mark_downgrade(bytes);
    }
    memcpy(c->kept.tls12.client_random, c->hs->random, HELLO_RANDOM);
    return build_hello(c, bytes, IN_SH12, c->out);
}

static bool write_certificate_status(struct hf_connection *c)
{
    status_build(c->out, *staple_for(c));
    return true;
}

/* Our key for this exchange: used once and wiped with the handshake. */
static bool make_ephemeral(struct hf_connection *c)
{
    const struct group *group = c->group;
    struct own_share *own = &c->hs->ephemeral;
    own->group = group;
    own->private_key = arena_take(&c->arena, group->private_size);
    own->share = arena_take(&c->arena, group->client_share_size);
    if (own->private_key == NULL || own->share == NULL) {
        return fail_c(c, ERR_out_of_memory, "a key share for %s", group->name);
    }
    if (!keyshare_take(group, &c->settings->provider->random, c->settings->keyshare_pool > 0,
            own->private_key, own->share)) {
        return fail_c(c, ERR_operation_failed, "no key share for %s could be made", group->name);
    }
    return true;
}

/* The params of ServerKeyExchange: RFC 8422, 5.4; RFC 5246, 7.4.3. */
static void build_params(const struct hf_connection *c, hf_builder *b)
{
    const struct group *group = c->group;
    hf_bytes share = bytes_of(c->hs->ephemeral.share, group->client_share_size);
    if (c->suite->kx == KX_DHE) {
        struct dhe_params params = { .ys = share };
        c->settings->provider->prime_params(group, &params.p, &params.g);
        dhe_params_build(b, &params);
    } else {
        struct ecdhe_params params = { group->id, share };
        ecdhe_params_build(b, &params);
    }
}

/* RFC 5246, 7.4.3: what is signed is both randoms and the params. */
static bool begin_params(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    struct hf_operation *op = &hs->operation;
    TRY(make_ephemeral(c));
    size_t capacity = 2 * HELLO_RANDOM + 16 + 3 * c->group->client_share_size;
    uint8_t *signed_bytes = arena_take(&c->arena, capacity);
    if (signed_bytes == NULL) {
        return fail_c(c, ERR_out_of_memory, "ServerKeyExchange");
    }
    hf_builder b = builder_of(signed_bytes, capacity);
    build_bytes(&b, bytes_of(c->kept.tls12.client_random, HELLO_RANDOM));
    build_bytes(&b, bytes_of(c->kept.tls12.server_random, HELLO_RANDOM));
    build_params(c, &b);
    if (b.failed) {
        return fail_c(c, ERR_internal_error, "ServerKeyExchange does not fit %zu bytes", capacity);
    }
    hs->params = bytes_of(signed_bytes + 2 * HELLO_RANDOM, b.length - 2 * HELLO_RANDOM);
    op->kind = HF_OP_SIGNATURE;
    op->scheme = hs->own_scheme;
    op->key = hs->own->key;
    op->content = builder_bytes(&b);
    c->scheme = hs->own_scheme;
    return true;
}

static bool write_server_key_exchange(struct hf_connection *c)
{
    build_bytes(c->out, c->hs->params);
    return write_certificate_verify(c);
}

/* RFC 5246, 7.4.4. */
static bool write_certificate_request(struct hf_connection *c)
{
    static const uint8_t types[2] = { CLIENT_ECDSA_SIGN, CLIENT_RSA_SIGN };
    const struct settings *s = c->settings;
    uint8_t schemes[2 * SCHEMES_MAX];
    hf_builder list = builder_of(schemes, sizeof schemes);
    for (size_t i = 0; i < s->scheme_count; i++) {
        build_u16(&list, s->schemes[i]->id);
    }
    build_vector8(c->out, bytes_of(types, sizeof types));
    build_vector16(c->out, builder_bytes(&list));
    size_t mark = build_open(c->out, 2);
    for (size_t i = 0; s->ca_names_size > 0 && i < trust_count(s->trust); i++) {
        build_vector16(c->out, trust_at(s->trust, i)->subject);
    }
    build_close(c->out, 2, mark);
    return true;
}

static bool write_server_hello_done(struct hf_connection *c)
{
    (void)c;
    return true;
}

static bool on_client_key_exchange(struct hf_connection *c)
{
    hf_bytes share;
    size_t size = c->suite->kx == KX_RSA ? 0 : c->group->client_share_size;
    switch (c->suite->kx) {
    case KX_ECDHE:
        TRY(client_key_exchange_parse_ecdhe(&c->in, &share, &c->error));
        if (share.length != size) {
            return fail_at(&c->error, ERR_bad_key_share, "public", MESSAGE_HEADER + 1,
                "%zu bytes for %s", share.length, c->group->name);
        }
        break;
    case KX_DHE:
        TRY(client_key_exchange_parse_dhe(&c->in, &share, &c->error));
        break;
    case KX_RSA:
        TRY(client_key_exchange_parse_rsa(&c->in, &share, &c->error));
        size = share.length;
        break;
    case KX_ANY:
        return fail_c(c, ERR_internal_error, "a suite without a key exchange");
    }
    if (!copy_share12(c, share, size)) {
        return fail_c(c, ERR_out_of_memory, "the client's key");
    }
    return true;
}

static bool begin_exchange(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    struct hf_operation *op = &hs->operation;
    op->kind = HF_OP_SHARED_SECRET;
    op->peer_share = hs->peer_share;
    op->secret = hs->secret;
    if (c->suite->kx == KX_RSA) {
        return begin_decryption(c);
    }
    op->group = c->group;
    op->encapsulates = false;
    op->private_key = hs->ephemeral.private_key;
    op->own_share = hs->ephemeral.share;
    hs->secret_length = c->group->secret_size;
    return true;
}

/* The session is good from here on. */
static bool on_client_finished(struct hf_connection *c)
{
    return on_finished12(c) && keep_session12(c);
}
