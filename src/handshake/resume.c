/* Resumption, what both versions share: see resume.h. */
#include "handshake/resume.h"

#include <string.h>

#include "base/ct.h"
#include "handshake/handlers.h"
#include "x509/identity.h"

static uint64_t now_of(const struct hf_connection *c)
{
    return c->settings->now_ms(c->settings->clock_user);
}

static void copy_text(char *to, size_t capacity, const char *from)
{
    to[0] = '\0';
    if (from != NULL) {
        text_append(to, capacity, "%s", from);
    }
}

/* ---- Which one is used ---- */

/* Whether a suite is still among those that the client offers: in TLS 1.3 one of the same hash will
 * do (RFC 9846, 4.7.1), in TLS 1.2 it must be the same (RFC 5246, 7.4.1.2). */
static bool offers_suite_of(const struct settings *s, const struct session *session)
{
    for (size_t i = 0; i < s->suite_count; i++) {
        const struct suite *suite = s->suites[i];
        if (suite->version == session->version && (suite == session->suite ||
            (session->version == VERSION_TLS13 && suite->hash == session->suite->hash))) {
            return true;
        }
    }
    return false;
}

static enum session_verdict judge_offer(const struct hf_connection *c,
    const struct session *session)
{
    const struct settings *s = c->settings;
    char identity[256];
    identity_text(&c->hs->identity, identity);
    struct session_demand demand = {
        .now_ms = now_of(c),
        .version = s->lowest_version == s->highest_version ? s->highest_version : 0,
        .server_name = c->server_name,
        .identity = identity,
        .protocols = bytes_of(s->alpn, s->alpn_length),
        .binding = s->session_binding,
    };
    enum session_verdict verdict = session_judge(session, &demand);
    if (verdict == SESSION_USABLE && !offers_suite_of(s, session)) {
        verdict = SESSION_OTHER_SUITE;
    }
    return verdict;
}

void resume_offer(struct hf_connection *c, hf_session *session)
{
    const struct session *contents = session_view(session);
    c->verdict = judge_offer(c, contents);
    if (c->verdict == SESSION_USABLE && !session_take(session)) {
        c->verdict = SESSION_ALREADY_USED;
    }
    if (c->verdict == SESSION_USABLE) {
        session_retain(session);
        c->hs->held = session;
        c->hs->session = contents;
        c->verdict = SESSION_NOT_TAKEN; /* until the server takes it */
    }
}

void resume_release(struct hf_connection *c)
{
    if (c->hs != NULL && c->hs->held != NULL) {
        hf_session_free(c->hs->held);
        c->hs->held = NULL;
        c->hs->session = NULL;
    }
}

enum session_verdict resume_judge(const struct hf_connection *c, const struct session *session)
{
    const struct settings *s = c->settings;
    struct session_demand demand = {
        .now_ms = now_of(c),
        .version = c->version,
        .server_name = c->server_name,
        .alpn = c->alpn != NULL ? c->alpn : "",
        .binding = s->session_binding,
        .wants_client_certificate = s->client_auth == HF_AUTH_REQUIRE,
    };
    return session_judge(session, &demand);
}

/* ---- What is taken from it ---- */

/* What was found when the session began; its sentences are not kept. */
static void recall_checks(struct peer *peer, const struct session *session)
{
    struct verification *v = &peer->verification;
    char when[32];
    time_text((int64_t)(session->created_ms / 1000), when);
    for (size_t i = CHECK_CHAIN; i <= CHECK_USAGE; i++) {
        struct check_result *result = &v->checks[i];
        if (i == CHECK_IDENTITY && session->identity[0] == '\0') {
            continue;
        }
        *result = (struct check_result){ .done = true, .ok = true, .certificate = -1 };
        text_append(result->detail, sizeof result->detail,
            "found good when the session began, %s", when);
    }
    v->ok = true;
    peer->checked = true;
}

bool resume_begin(struct hf_connection *c)
{
    const struct session *session = c->hs->session;
    c->verdict = SESSION_USABLE;
    c->scheme = c->settings->provider->scheme(session->scheme);
    c->client_certificate = is_server(c) && session->chain_count > 0;
    if (is_server(c) && session->chain_count == 0) {
        return true;
    }
    TRY(keep_certificates(c, session->chain, session->chain_count));
    if (session->verified_until != 0) {
        recall_checks(c->peer, session);
    }
    return true;
}

/* ---- What is left to the next ---- */

/* The first notAfter of what was verified; 0: nothing was, or the application overruled us. */
static int64_t verified_until(const struct peer *peer)
{
    if (peer == NULL || !peer->checked || !peer->verification.ok) {
        return 0;
    }
    const struct verification *v = &peer->verification;
    int64_t first = v->path[0]->not_after;
    for (size_t i = 1; i < v->path_length; i++) {
        first = v->path[i]->not_after < first ? v->path[i]->not_after : first;
    }
    return first;
}

/* Before the handshake is wiped. */
static void find_origin(const struct hf_connection *c, struct origin *origin)
{
    const struct session *old = is_resumed(c) ? c->hs->session : NULL;
    origin->created_ms = old != NULL ? old->created_ms : now_of(c);
    origin->verified_until = old != NULL ? old->verified_until : verified_until(c->peer);
    identity_text(&c->hs->identity, origin->identity);
}

void resume_keep(struct hf_connection *c)
{
    if (!is_server(c) && !is_tls12(c) && c->settings->session_callback != NULL) {
        find_origin(c, &c->peer->origin);
        memcpy(c->peer->origin.secret, c->hs->schedule.resumption, c->hash->size);
    }
}

void resume_forget(struct hf_connection *c)
{
    if (c->peer != NULL) {
        wipe(&c->peer->origin, sizeof c->peer->origin);
    }
}

void resume_fill(const struct hf_connection *c, struct session *session)
{
    struct origin origin;
    if (is_server(c) || is_tls12(c)) {
        find_origin(c, &origin);
    } else {
        origin = c->peer->origin; /* a client's tickets come when the handshake is gone */
    }
    *session = (struct session){
        .version = c->version,
        .suite = c->suite,
        .group = c->group != NULL ? c->group->id : 0,
        .scheme = c->scheme != NULL ? c->scheme->id : 0,
        .extended_master = c->extended_master,
        .created_ms = origin.created_ms,
        .issued_ms = now_of(c),
        .verified_until = origin.verified_until,
    };
    memcpy(session->binding, c->settings->session_binding, sizeof session->binding);
    copy_text(session->server_name, sizeof session->server_name, c->server_name);
    copy_text(session->alpn, sizeof session->alpn, c->alpn);
    copy_text(session->identity, sizeof session->identity, is_server(c) ? NULL : origin.identity);
    wipe(&origin, sizeof origin);
    for (size_t i = 0; c->peer != NULL && i < c->peer->count; i++) {
        session->chain[session->chain_count++] = c->peer->certificates[i];
    }
}

uint32_t resume_lifetime(struct session *session, uint32_t wanted_s)
{
    uint64_t now = session->issued_ms;
    uint64_t since_s = now > session->created_ms ? (now - session->created_ms) / 1000 : 0;
    if (since_s >= SESSION_LIFETIME_MAX_S) {
        return 0;
    }
    uint32_t left_s = SESSION_LIFETIME_MAX_S - (uint32_t)since_s;
    uint32_t granted_s = wanted_s < left_s ? wanted_s : left_s;
    session->lifetime_s = (uint32_t)since_s + granted_s;
    return granted_s;
}

/* Numbers, binding, secret, session ID, and the lengths before what varies. */
enum { FIXED_MAX = 256 };

size_t resume_size(const struct hf_connection *c)
{
    size_t size = FIXED_MAX + strlen(c->server_name) + (c->alpn != NULL ? strlen(c->alpn) : 0);
    for (size_t i = 0; c->peer != NULL && i < c->peer->count; i++) {
        size += 3 + c->peer->certificates[i].length;
    }
    return size;
}
