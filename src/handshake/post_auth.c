/* Post-handshake authentication, the client's side (RFC 9846, 4.3.6 and 4.7.2): a server that
 * was told it may asks for a certificate when CONNECTED. A server of ours never asks. */
#include <string.h>

#include "handshake/engine.h"
#include "handshake/extensions.h"
#include "handshake/handlers.h"

static bool on_request(struct hf_connection *c);

static const struct edge rows[] = {
    { CONNECTED,       RECV, CERTIFICATE_REQUEST, on_request,               NULL,         0,
        P_SEND_CERT },
    { P_SEND_CERT,     SEND, CERTIFICATE,         write_certificate,        when_no_cert, 0,
        P_SEND_FINISHED },
    { P_SEND_CERT,     SEND, CERTIFICATE,         write_certificate,        NULL,         0,
        P_SIGN },
    { P_SIGN,          OP,   SIGNATURE,           begin_signature,          NULL,         0,
        P_SEND_CV },
    { P_SEND_CV,       SEND, CERTIFICATE_VERIFY,  write_certificate_verify, NULL,         0,
        P_SEND_FINISHED },
    { P_SEND_FINISHED, SEND, FINISHED,            write_finished,           NULL,         0,
        CONNECTED },
};
const struct table post_auth_table = { rows, sizeof rows / sizeof *rows };

/* The answer's transcript goes on from the whole handshake's (RFC 9846, 4.1 and 4.5); its
 * Finished is made with the application traffic secret at hand (4.5.3). */
static bool on_request(struct hf_connection *c)
{
    struct certificate_request request;
    TRY(engine_reopen(c));
    c->hs->finished_base = c->kept.tls13.write;
    TRY(certificate_request_parse(&c->in, &request, &c->error));
    uint8_t *context = arena_take(&c->arena, request.context.length + 1);
    if (context == NULL) {
        return fail_c(c, ERR_out_of_memory, "a certificate request");
    }
    if (request.context.length > 0) {
        memcpy(context, request.context.data, request.context.length);
    }
    c->hs->context = bytes_of(context, request.context.length);
    TRY(extensions_read(c, IN_CR, request.extensions));
    choose_client_identity(c);
    return true;
}
