/* Resumption in TLS 1.2: session IDs (RFC 5246, 7.4.1.2 and 7.4.1.3) and tickets (RFC 5077). Only
 * sessions with the extended master secret are kept and resumed (RFC 7627, 5.3 and 5.4). */
#include <string.h>

#include "base/ct.h"
#include "handshake/handlers.h"
#include "handshake/resume.h"
#include "session/cache.h"
#include "session/ticket.h"

static uint64_t now_ms(const struct hf_connection *c)
{
    return c->settings->now_ms(c->settings->clock_user);
}

/* ---- Both sides ---- */

/* The master secret and the suite are the old ones; the keys are new by the randoms. */
static bool resume_session(struct hf_connection *c)
{
    const struct session *session = c->hs->session;
    c->facts |= FACT_RESUMED;
    c->verdict = SESSION_USABLE;
    c->suite = session->suite;
    c->group = c->settings->provider->group(session->group); /* of then: it is told */
    memcpy(c->kept.tls12.master, session->secret, MASTER_SECRET);
    return resume_begin(c) || fail_c(c, ERR_out_of_memory, "the session's certificates");
}

/* ---- The client ---- */

/* RFC 5246, 7.4.1.3: an echo of our session ID resumes. */
bool take_session12(struct hf_connection *c, hf_bytes id)
{
    struct handshake *hs = c->hs;
    const struct session *session = hs->session;
    if (id.length == 0 ||
        !bytes_equal_public(id, bytes_of(hs->session_id, hs->session_id_length))) {
        c->verdict = session != NULL ? SESSION_NOT_TAKEN : c->verdict;
        hs->session_id_length = id.length;
        memcpy(hs->session_id, id.data, id.length);
        return true;
    }
    if (session == NULL || session->version != VERSION_TLS12) {
        return fail_at(&c->error, ERR_illegal_parameter, "session_id", 38,
            "the server resumes a session that we did not offer");
    }
    if (session->suite != c->suite) {
        return fail_at(&c->error, ERR_wrong_suite, "cipher_suite", SIZE_MAX,
            "%s, and the session was made with %s", c->suite->name, session->suite->name);
    }
    if (!c->extended_master) {
        return fail_at(&c->error, ERR_lost_extended_master, "extended_master_secret", SIZE_MAX,
            "the server resumes without it");
    }
    return resume_session(c);
}

bool take_ticket12(struct hf_connection *c, const struct new_session_ticket12 *ticket)
{
    struct handshake *hs = c->hs;
    uint8_t *copy = arena_take(&c->arena, ticket->ticket.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "the server's ticket");
    }
    if (ticket->ticket.length > 0) {
        memcpy(copy, ticket->ticket.data, ticket->ticket.length);
    }
    hs->new_ticket = bytes_of(copy, ticket->ticket.length);
    hs->new_lifetime_s = ticket->lifetime_hint_s;
    return true;
}

/* Hands the new session over: one with a ticket, or with a session ID of the server's. */
static bool give_session(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    const struct handshake *hs = c->hs;
    struct session session;
    bool by_id = hs->new_ticket.length == 0;
    if (s->session_callback == NULL || !c->extended_master ||
        (by_id && (hs->session_id_length == 0 || (c->facts & FACT_RESUMED) != 0))) {
        return true;
    }
    resume_fill(c, &session);
    session.secret_length = MASTER_SECRET;
    memcpy(session.secret, c->kept.tls12.master, MASTER_SECRET);
    session.ticket = hs->new_ticket;
    session.session_id = by_id ? bytes_of(hs->session_id, hs->session_id_length)
                               : bytes_of(NULL, 0);
    uint32_t wanted = hs->new_lifetime_s > 0 ? hs->new_lifetime_s : SESSION_LIFETIME_S;
    struct hf_session *kept = NULL;
    struct hf_error error;
    error_clear(&error);
    if (resume_lifetime(&session, wanted) > 0) {
        kept = session_new(s->allocator, &session, &error);
    }
    wipe(&session, sizeof session);
    if (kept != NULL) { /* without memory for it there is none: the connection is as good */
        s->session_callback(s->session_user, c, kept);
    }
    return true;
}

/* ---- The server ---- */

/* The encoded session that the hello offers, by ticket or by ID. */
static enum session_verdict fetch(struct hf_connection *c, uint8_t *out, size_t capacity,
    size_t *length)
{
    const struct settings *s = c->settings;
    const struct handshake *hs = c->hs;
    if (s->tickets != NULL && hs->peer_ticket.length > 0) {
        return tickets_open(s->tickets, s->provider, now_ms(c), hs->peer_ticket, out, length);
    }
    hf_bytes id = bytes_of(hs->session_id, hs->session_id_length);
    if (s->session_cache != NULL && id.length > 0) {
        return session_cache_get(s->session_cache, id, now_ms(c), out, capacity, length);
    }
    return SESSION_NONE_OFFERED;
}

/* RFC 5246, 7.4.1.3: the suite must be offered again, and still be allowed. */
static bool suite_agrees(const struct hf_connection *c, const struct suite *suite)
{
    bool allowed = false;
    for (size_t i = 0; i < c->settings->suite_count; i++) {
        allowed |= c->settings->suites[i] == suite;
    }
    return allowed && offers_suite(c, suite->id);
}

static enum session_verdict look_up(struct hf_connection *c, uint8_t *buffer, size_t capacity,
    struct session *session)
{
    size_t length = 0;
    enum session_verdict verdict = fetch(c, buffer, capacity, &length);
    if (verdict != SESSION_USABLE) {
        return verdict;
    }
    if (!session_parse(bytes_of(buffer, length), session, NULL)) {
        return SESSION_UNKNOWN_FORMAT;
    }
    if (session->version != VERSION_TLS12) {
        return SESSION_OTHER_VERSION;
    }
    if (!suite_agrees(c, session->suite)) {
        return SESSION_OTHER_SUITE;
    }
    return resume_judge(c, session);
}

/* A new session's ID: what the cache will know it by (RFC 5246, 7.4.1.3). */
static bool choose_id(struct hf_connection *c)
{
    const struct random *random = &c->settings->provider->random;
    struct handshake *hs = c->hs;
    bool keeps = c->settings->session_cache != NULL && c->extended_master &&
        (c->facts & FACT_NST) == 0;
    hs->session_id_length = keeps ? SESSION_ID_MAX : 0;
    return random->public_bytes(random->user, hs->session_id, hs->session_id_length) ||
        fail_c(c, ERR_operation_failed, "no random bytes for a session ID");
}

/* RFC 7627, 5.3: a session with the extended master secret is not resumed by a hello without. */
bool find_session12(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    size_t ticket = hs->peer_ticket.length;
    size_t capacity = ticket > SESSION_SEALED_MAX ? ticket : SESSION_SEALED_MAX;
    bool offered = (s->tickets != NULL && ticket > 0) ||
        (s->session_cache != NULL && hs->session_id_length > 0);
    if (offered) {
        uint8_t *buffer = arena_take(&c->arena, capacity);
        struct session *session = arena_take(&c->arena, sizeof *session);
        hs->session = session;
        if (buffer == NULL || session == NULL) {
            return fail_c(c, ERR_out_of_memory, "the session that the client offers");
        }
        c->verdict = look_up(c, buffer, capacity, session);
        if (c->verdict == SESSION_USABLE && !c->extended_master) {
            return fail_at(&c->error, ERR_lost_extended_master, "extended_master_secret", SIZE_MAX,
                "the client resumes without it");
        }
        if (c->verdict == SESSION_USABLE) {
            bool old = ticket > 0 && s->tickets != NULL &&
                tickets_are_old(s->tickets, now_ms(c), hs->peer_ticket);
            c->facts |= old ? FACT_NST : 0U;
            return resume_session(c);
        }
    }
    hs->session = NULL;
    bool grants = s->tickets != NULL && hs->takes_ticket && c->extended_master;
    c->facts |= grants ? FACT_NST : 0U;
    return choose_id(c);
}

/* The session that this handshake made, encoded. False: it does not fit, or is not worth it. */
static bool encode(struct hf_connection *c, hf_builder *b, uint32_t *lifetime_s)
{
    struct session session;
    resume_fill(c, &session);
    session.secret_length = MASTER_SECRET;
    memcpy(session.secret, c->kept.tls12.master, MASTER_SECRET);
    session.session_id = bytes_of(c->hs->session_id, c->hs->session_id_length);
    *lifetime_s = resume_lifetime(&session, c->settings->ticket_lifetime_s);
    session_build(b, &session);
    wipe(&session, sizeof session);
    return *lifetime_s > 0 && !b->failed;
}

static uint8_t *encoding_room(struct hf_connection *c, hf_builder *b)
{
    size_t size = resume_size(c);
    uint8_t *buffer = size <= SESSION_SEALED_MAX ? arena_take(&c->arena, size) : NULL;
    *b = builder_of(buffer, buffer != NULL ? size : 0);
    return buffer;
}

/* RFC 5077, 3.3: empty, when there is none to give after all. */
bool write_ticket12(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_builder encoded;
    uint32_t lifetime_s = 0;
    bool made = encoding_room(c, &encoded) != NULL && encode(c, &encoded, &lifetime_s);
    build_u32(c->out, made ? lifetime_s : 0);
    size_t mark = build_open(c->out, 2);
    if (made) {
        (void)tickets_seal(s->tickets, s->provider, now_ms(c), builder_bytes(&encoded), c->out);
    }
    build_close(c->out, 2, mark);
    return true;
}

/* A cache without memory forgets: the connection is as good. */
static void cache_session(struct hf_connection *c)
{
    const struct handshake *hs = c->hs;
    hf_builder encoded;
    uint32_t lifetime_s;
    bool is_new = (c->facts & FACT_RESUMED) == 0 && hs->session_id_length > 0;
    if (c->settings->session_cache != NULL && is_new &&
        encoding_room(c, &encoded) != NULL && encode(c, &encoded, &lifetime_s)) {
        (void)session_cache_put(c->settings->session_cache,
            bytes_of(hs->session_id, hs->session_id_length), builder_bytes(&encoded), now_ms(c),
            now_ms(c) + 1000 * (uint64_t)lifetime_s);
    }
}

bool keep_session12(struct hf_connection *c)
{
    if (!is_server(c)) {
        return give_session(c);
    }
    cache_session(c);
    return true;
}
