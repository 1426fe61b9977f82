/* The client's handshake of TLS 1.3 after ServerHello (RFC 9846, 4.4 to 4.5 and Appendix A.1). */
#include "handshake/extensions.h"
#include "handshake/handlers.h"

static bool begin_exchange(struct hf_connection *c);
static bool on_encrypted_extensions(struct hf_connection *c);
static bool on_certificate_request(struct hf_connection *c);

/* RFC 9846, Appendix A.1. */
static const struct edge rows[] = {
    { GOT_SH,        OP,   SHARED_SECRET,        begin_exchange,
        NULL,         DERIVE_HS | READ_HS | WRITE_HS,     WAIT_EE },
    { WAIT_EE,       RECV, ENCRYPTED_EXTENSIONS, on_encrypted_extensions,
        NULL,         0,                                  GOT_EE },
    { GOT_EE,        AUTO, NONE,                 NULL,
        when_psk,     0,                                  WAIT_FINISHED },
    { GOT_EE,        AUTO, NONE,                 NULL,
        NULL,         0,                                  WAIT_CERT_CR },
    { WAIT_CERT_CR,  RECV, CERTIFICATE_REQUEST,  on_certificate_request,
        NULL,         0,                                  WAIT_CERT },
    { WAIT_CERT_CR,  RECV, CERTIFICATE,          on_certificate,
        NULL,         0,                                  WAIT_CV },
    { WAIT_CERT,     RECV, CERTIFICATE,          on_certificate,
        NULL,         0,                                  WAIT_CV },
    { WAIT_CV,       RECV, CERTIFICATE_VERIFY,   on_certificate_verify,
        NULL,         0,                                  CHECK_PEER },
    { CHECK_PEER,    OP,   PEER,                 begin_peer,
        NULL,         0,                                  WAIT_FINISHED },
    { WAIT_FINISHED, RECV, FINISHED,             on_finished,
        NULL,         DERIVE_APP | READ_APP,              FLIGHT2 },
    { FLIGHT2,       SEND, CHANGE_CIPHER_SPEC,   write_ccs,
        when_ccs_due, 0,                                  FLIGHT2 },
    { FLIGHT2,       AUTO, NONE,                 NULL,
        when_asked,   0,                                  SEND_CERT },
    { FLIGHT2,       AUTO, NONE,                 NULL,
        NULL,         0,                                  SEND_FINISHED },
    { SEND_CERT,     SEND, CERTIFICATE,          write_certificate,
        when_no_cert, 0,                                  SEND_FINISHED },
    { SEND_CERT,     SEND, CERTIFICATE,          write_certificate,
        NULL,         0,                                  SIGN },
    { SIGN,          OP,   SIGNATURE,            begin_signature,
        NULL,         0,                                  SEND_CV },
    { SEND_CV,       SEND, CERTIFICATE_VERIFY,   write_certificate_verify,
        NULL,         0,                                  SEND_FINISHED },
    { SEND_FINISHED, SEND, FINISHED,             write_finished,
        NULL,         DERIVE_RESUMPTION | WRITE_APP,      CONNECTED },
};
const struct table client13_table = { rows, sizeof rows / sizeof *rows };

/* RFC 9846, 7.4: our private key and the server's share. */
static bool begin_exchange(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    for (size_t i = 0; i < hs->share_count; i++) {
        if (hs->shares[i].group == c->group) {
            hs->operation.private_key = hs->shares[i].private_key;
            hs->operation.own_share = hs->shares[i].share;
        }
    }
    hs->operation.kind = HF_OP_SHARED_SECRET;
    hs->operation.group = c->group;
    hs->operation.encapsulates = false;
    hs->operation.peer_share = hs->peer_share;
    hs->operation.secret = hs->secret;
    return true;
}

static bool on_encrypted_extensions(struct hf_connection *c)
{
    hf_bytes extensions;
    TRY(encrypted_extensions_parse(&c->in, &extensions, &c->error));
    return extensions_read(c, IN_EE, extensions);
}

/* RFC 9846, 4.4.2: the server asks for our certificate; the context is empty in the handshake. */
static bool on_certificate_request(struct hf_connection *c)
{
    struct certificate_request request;
    TRY(certificate_request_parse(&c->in, &request, &c->error));
    if (request.context.length != 0) {
        return fail_at(&c->error, ERR_illegal_parameter, "certificate_request_context",
            MESSAGE_HEADER, "it is not empty in the handshake");
    }
    TRY(extensions_read(c, IN_CR, request.extensions));
    c->facts |= FACT_ASKED;
    choose_client_identity(c);
    return true;
}
