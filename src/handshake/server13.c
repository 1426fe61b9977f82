/* The server's handshake of TLS 1.3 after ClientHello (RFC 9846, 4.2.3 to 4.5 and Appendix A.2). */
#include <string.h>

#include "handshake/extensions.h"
#include "handshake/handlers.h"
#include "handshake/resume.h"

static bool write_hello_retry(struct hf_connection *c);
static bool begin_exchange(struct hf_connection *c);
static bool write_server_hello(struct hf_connection *c);
static bool write_encrypted_extensions(struct hf_connection *c);
static bool write_certificate_request(struct hf_connection *c);

/* RFC 9846, Appendix A.2. */
static const struct edge rows[] = {
    { RECVD_CH,      SEND, HELLO_RETRY,          write_hello_retry,
        when_retry,   0,                                SENT_HRR },
    { RECVD_CH,      OP,   SHARED_SECRET,        begin_exchange,
        NULL,         0,                                NEGOTIATED },
    { SENT_HRR,      SEND, CHANGE_CIPHER_SPEC,   write_ccs,
        when_ccs_due, 0,                                START },
    { SENT_HRR,      AUTO, NONE,                 NULL,
        NULL,         0,                                START },
    { NEGOTIATED,    SEND, SERVER_HELLO,         write_server_hello,
        NULL,         DERIVE_HS | WRITE_HS | READ_HS,   SENT_SH },
    { SENT_SH,       SEND, CHANGE_CIPHER_SPEC,   write_ccs,
        when_ccs_due, 0,                                SENT_SH },
    { SENT_SH,       SEND, ENCRYPTED_EXTENSIONS, write_encrypted_extensions,
        when_psk,     0,                                SEND_FINISHED },
    { SENT_SH,       SEND, ENCRYPTED_EXTENSIONS, write_encrypted_extensions,
        when_asked,   0,                                SEND_CR },
    { SENT_SH,       SEND, ENCRYPTED_EXTENSIONS, write_encrypted_extensions,
        NULL,         0,                                SEND_CERT },
    { SEND_CR,       SEND, CERTIFICATE_REQUEST,  write_certificate_request,
        NULL,         0,                                SEND_CERT },
    { SEND_CERT,     SEND, CERTIFICATE,          write_certificate,
        NULL,         0,                                SIGN },
    { SIGN,          OP,   SIGNATURE,            begin_signature,
        NULL,         0,                                SEND_CV },
    { SEND_CV,       SEND, CERTIFICATE_VERIFY,   write_certificate_verify,
        NULL,         0,                                SEND_FINISHED },
    { SEND_FINISHED, SEND, FINISHED,             write_finished,
        NULL,         DERIVE_APP | WRITE_APP,           WAIT_FLIGHT2 },
    { WAIT_FLIGHT2,  AUTO, NONE,                 NULL,
        when_asked,   0,                                WAIT_CERT },
    { WAIT_FLIGHT2,  AUTO, NONE,                 NULL,
        NULL,         0,                                WAIT_FINISHED },
    { WAIT_CERT,     RECV, CERTIFICATE,          on_certificate,
        NULL,         0,                                GOT_CERT },
    { GOT_CERT,      AUTO, NONE,                 NULL,
        when_no_cert, 0,                                WAIT_FINISHED },
    { GOT_CERT,      AUTO, NONE,                 NULL,
        NULL,         0,                                WAIT_CV },
    { WAIT_CV,       RECV, CERTIFICATE_VERIFY,   on_certificate_verify,
        NULL,         0,                                CHECK_PEER },
    { CHECK_PEER,    OP,   PEER,                 begin_peer,
        NULL,         0,                                WAIT_FINISHED },
    { WAIT_FINISHED, RECV, FINISHED,             on_finished,
        NULL,         DERIVE_RESUMPTION | READ_APP,     CONNECTED },
};
const struct table server13_table = { rows, sizeof rows / sizeof *rows };

bool build_hello(struct hf_connection *c, const uint8_t random[HELLO_RANDOM], enum where where,
    hf_builder *b)
{
    struct handshake *hs = c->hs;
    struct server_hello hello = {
        .legacy_version = VERSION_TLS12,
        .random = bytes_of(random, HELLO_RANDOM),
        .session_id = bytes_of(hs->session_id, hs->session_id_length),
        .cipher_suite = c->suite->id,
        .compression_method = 0,
    };
    server_hello_build(b, &hello);
    size_t before = b->length;
    TRY(extensions_write(c, where, b));
    if (b->length == before + 2) {
        b->length = before; /* RFC 5246, 7.4.1.3: no block rather than an empty one */
    }
    return true;
}

/* RFC 9846, 4.2.4. */
static bool write_hello_retry(struct hf_connection *c)
{
    c->facts |= FACT_RETRIED;
    return build_hello(c, hello_retry_random, IN_HRR, c->out);
}

/* RFC 9846, 7.4: our share and the secret, in one go, from the client's share. */
static bool begin_exchange(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    hs->server_share = arena_take(&c->arena, c->group->server_share_size);
    if (hs->server_share == NULL) {
        return fail_c(c, ERR_out_of_memory, "a key share for %s", c->group->name);
    }
    hs->operation.kind = HF_OP_SHARED_SECRET;
    hs->operation.group = c->group;
    hs->operation.encapsulates = true;
    hs->operation.own_share = hs->server_share;
    hs->operation.peer_share = hs->peer_share;
    hs->operation.secret = hs->secret;
    return true;
}

static bool write_server_hello(struct hf_connection *c)
{
    const struct random *random = &c->settings->provider->random;
    struct handshake *hs = c->hs;
    TRY((c->facts & FACT_PSK) == 0 || resume_begin(c));
    if (!random->public_bytes(random->user, hs->server_random, HELLO_RANDOM)) {
        return fail_c(c, ERR_operation_failed, "no random bytes for ServerHello");
    }
    return build_hello(c, hs->server_random, IN_SH, c->out);
}

static bool write_encrypted_extensions(struct hf_connection *c)
{
    return extensions_write(c, IN_EE, c->out);
}

/* RFC 9846, 4.4.2. */
static bool write_certificate_request(struct hf_connection *c)
{
    build_vector8(c->out, bytes_of(NULL, 0));
    return extensions_write(c, IN_CR, c->out);
}
