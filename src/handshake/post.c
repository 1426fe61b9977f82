/* After the handshake (RFC 9846, 4.7): tickets and key updates. A SEND row here runs on request. */
#include "base/ct.h"
#include "handshake/handlers.h"
#include "handshake/resume.h"
#include "session/ticket.h"

static bool write_new_session_ticket(struct hf_connection *c);
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
    { CONNECTED, RECV, DATA,               NULL,                     NULL, 0,          CONNECTED },
    { CONNECTED, RECV, KEY_UPDATE,         on_key_update,            NULL, READ_NEXT,  CONNECTED },
    { CONNECTED, SEND, KEY_UPDATE,         write_key_update,         NULL, WRITE_NEXT, CONNECTED },
    { CONNECTED, SEND, NEW_SESSION_TICKET, write_new_session_ticket, NULL, 0,          CONNECTED },
};
const struct table post_server13_table = { server_rows, sizeof server_rows / sizeof *server_rows };

/* ---- Tickets: RFC 9846, 4.7.1 ---- */

/* Only to a client that can use them (4.3.9), and not when its certificates are too long. */
static unsigned tickets_due(const struct hf_connection *c)
{
    const struct settings *s = c->settings;
    bool wanted = is_server(c) && !is_tls12(c) && s->tickets != NULL && c->hs->takes_psk;
    return wanted && resume_size(c) <= SESSION_SEALED_MAX ? s->ticket_count : 0;
}

/* One room for all of a connection's tickets: each goes out before the next is made. */
static bool seal_ticket(struct hf_connection *c, const struct session *session, hf_bytes *sealed)
{
    const struct settings *s = c->settings;
    size_t room = resume_size(c);
    uint8_t **memory = &c->hs->ticket_room;
    if (*memory == NULL) {
        *memory = arena_take(&c->arena, 2 * room + TICKET_OVERHEAD);
    }
    TRY(*memory != NULL);
    hf_builder plain = builder_of(*memory, room);
    hf_builder ticket = builder_of(*memory + room, room + TICKET_OVERHEAD);
    session_build(&plain, session);
    TRY(!plain.failed && tickets_seal(s->tickets, s->provider, session->issued_ms,
                             builder_bytes(&plain), &ticket));
    *sealed = builder_bytes(&ticket);
    return true;
}

/* Each ticket of a connection has its own nonce, and so its own PSK. */
bool make_ticket(struct hf_connection *c)
{
    const struct random *random = &c->settings->provider->random;
    struct handshake *hs = c->hs;
    struct new_session_ticket *ticket = &hs->ticket;
    struct session session;
    uint8_t add[4];
    TRY(hs->tickets < tickets_due(c));
    TRY(random->private_bytes(random->user, add, sizeof add));
    hs->ticket_nonce = (uint8_t)hs->tickets++;
    ticket->nonce = bytes_of(&hs->ticket_nonce, 1);
    ticket->age_add = (uint32_t)add[0] << 24 | (uint32_t)add[1] << 16 | (uint32_t)add[2] << 8 |
        add[3];
    resume_fill(c, &session);
    session.age_add = ticket->age_add;
    session.secret_length = c->hash->size;
    resumption_psk(c->hash, hs->schedule.resumption, ticket->nonce, session.secret);
    ticket->lifetime_s = resume_lifetime(&session, c->settings->ticket_lifetime_s);
    bool made = ticket->lifetime_s > 0 && seal_ticket(c, &session, &ticket->ticket);
    wipe(&session, sizeof session);
    return made;
}

static bool write_new_session_ticket(struct hf_connection *c)
{
    struct new_session_ticket ticket = c->hs->ticket;
    /* An empty extension of a type that nobody has (RFC 8701, 4.1). */
    uint8_t any = (uint8_t)((ticket.age_add & 0xf0U) | 0x0aU);
    uint8_t grease[4] = { any, any };
    ticket.extensions = bytes_of(grease, c->settings->grease ? sizeof grease : 0);
    new_session_ticket_build(c->out, &ticket);
    return true;
}

/* A lifetime of 0 means: not to be kept. What lives longer than 7 days is cut to that. */
static bool on_new_session_ticket(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct new_session_ticket ticket;
    struct session session;
    TRY(new_session_ticket_parse(&c->in, &ticket, &c->error));
    TRY(extensions_read(c, IN_NST, ticket.extensions));
    if (s->session_callback == NULL) {
        return true;
    }
    resume_fill(c, &session);
    if (resume_lifetime(&session, ticket.lifetime_s) == 0) {
        return true;
    }
    session.ticket = ticket.ticket;
    session.age_add = ticket.age_add;
    session.secret_length = c->hash->size;
    resumption_psk(c->hash, c->peer->origin.secret, ticket.nonce, session.secret);
    hf_session *kept = session_new(s->allocator, &session, NULL);
    wipe(&session, sizeof session);
    if (kept != NULL) { /* without memory for it there is none: the connection is as good */
        s->session_callback(s->session_user, c, kept);
    }
    return true;
}

/* ---- Keys ---- */

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
