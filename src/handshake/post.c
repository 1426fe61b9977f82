/* After the handshake (RFC 9846, 4.7): tickets and key updates. A SEND row here runs on request. */
#include "handshake/handlers.h"

static bool on_new_session_ticket(struct hf_connection *c);
static bool on_key_update(struct hf_connection *c);
static bool write_key_update(struct hf_connection *c);

static const struct edge client_rows[] = {
    { CONNECTED, RECV, DATA,               NULL,                  NULL, 0,          CONNECTED },
    { CONNECTED, RECV, NEW_SESSION_TICKET, on_new_session_ticket, NULL, 0,          CONNECTED },
    { CONNECTED, RECV, KEY_UPDATE,         on_key_update,         NULL, READ_NEXT,  CONNECTED },
    { CONNECTED, SEND, KEY_UPDATE,         write_key_update,      NULL, WRITE_NEXT, CONNECTED },
};
const struct table post_client13_table = { client_rows, sizeof client_rows / sizeof *client_rows };

static const struct edge server_rows[] = {
    { CONNECTED, RECV, DATA,               NULL,                  NULL, 0,          CONNECTED },
    { CONNECTED, RECV, KEY_UPDATE,         on_key_update,         NULL, READ_NEXT,  CONNECTED },
    { CONNECTED, SEND, KEY_UPDATE,         write_key_update,      NULL, WRITE_NEXT, CONNECTED },
};
const struct table post_server13_table = { server_rows, sizeof server_rows / sizeof *server_rows };

/* RFC 9846, 4.7.1: parsed, so that a broken one is refused; sessions are not kept yet. */
static bool on_new_session_ticket(struct hf_connection *c)
{
    struct new_session_ticket ticket;
    return new_session_ticket_parse(&c->in, &ticket, &c->error);
}

/* RFC 9846, 4.7.3. */
static bool on_key_update(struct hf_connection *c)
{
    bool requested;
    TRY(key_update_parse(&c->in, &requested, &c->error));
    c->key_update_due |= requested;
    c->key_update_asked = false;
    return true;
}

/* RFC 9846, 4.7.3: no second request until the peer's KeyUpdate came. */
static bool write_key_update(struct hf_connection *c)
{
    bool asks = c->key_update_request && !c->key_update_asked;
    c->key_update_asked |= asks;
    build_u8(c->out, asks ? 1 : 0);
    return true;
}
