/* Resumption by a pre-shared key (RFC 9846, 2.2): psk_key_exchange_modes (4.3.9) and pre_shared_key
 * (4.3.11). Only psk_dhe_ke is spoken: a ticket's secret alone opens no later connection. */
#include <string.h>

#include "base/ct.h"
#include "handshake/extensions.h"
#include "handshake/handlers.h"
#include "handshake/resume.h"
#include "session/ticket.h"

/* Identities of one hello that a server tries; honest clients send one or two. */
enum { PSK_TRIES_MAX = 8 };

static const struct hash *hash_of(const struct hf_connection *c, const struct session *session)
{
    return c->settings->provider->hash(session->suite->hash);
}

/* The session that a client offers as a PSK; NULL: none. */
static const struct session *offered_psk(const struct hf_connection *c)
{
    const struct session *session = c->hs->session;
    return session != NULL && session->version == VERSION_TLS13 ? session : NULL;
}

/* ---- psk_key_exchange_modes ---- */

/* RFC 9846, 4.3.9: servers send tickets only to who can use them. */
WRITER(offer_psk_modes)
{
    static const uint8_t modes[1] = { PSK_DHE_KE };
    bool keeps = c->settings->session_callback != NULL && offers_tls13(c);
    if (where == IN_CH && (keeps || offered_psk(c) != NULL)) {
        psk_modes_build(b, modes, sizeof modes);
    }
    return true;
}

READER(on_psk_modes)
{
    (void)where;
    hf_bytes modes;
    TRY(psk_modes_parse(body, &modes, &c->error));
    for (size_t i = 0; i < modes.length; i++) {
        c->hs->takes_psk |= modes.data[i] == PSK_DHE_KE;
    }
    return true;
}

ABSENCE(missing_psk_modes)
{
    if (where == IN_CH && chooses_tls13(c) && extension_stands(c, EXT_PRE_SHARED_KEY)) {
        return fail_at(&c->error, ERR_missing_extension, "psk_key_exchange_modes", SIZE_MAX,
            "ClientHello has pre_shared_key without psk_key_exchange_modes");
    }
    return true;
}

/* ---- Binders ---- */

/* RFC 9846, 4.3.11.2: over all that was said before and the hello up to its binders. Leaves the
 * PSK's Early Secret in the schedule. */
static void make_binder(struct hf_connection *c, const struct session *session, hf_bytes header,
    hf_bytes hello, uint8_t binder[HASH_SIZE_MAX])
{
    const struct hash *hash = hash_of(c, session);
    uint8_t key[HASH_SIZE_MAX];
    uint8_t digest[HASH_SIZE_MAX];
    schedule13_early(&c->hs->schedule, hash, bytes_of(session->secret, session->secret_length));
    schedule13_binder(&c->hs->schedule, key);
    transcript_digest_with(&c->hs->transcript, hash, header, hello, digest);
    finished_mac(hash, key, digest, binder);
    wipe(key, sizeof key);
}

/* ---- pre_shared_key, the client ---- */

/* How old the client believes the ticket to be, and that hidden (RFC 9846, 4.3.11.1). */
static uint32_t obfuscated_age(const struct hf_connection *c, const struct session *session)
{
    uint64_t now = c->settings->now_ms(c->settings->clock_user);
    uint64_t age = now > session->issued_ms ? now - session->issued_ms : 0;
    return (uint32_t)age + session->age_add;
}

WRITER(offer_psk)
{
    const struct session *session = offered_psk(c);
    c->hs->binders_at = 0;
    if (where != IN_CH || session == NULL) {
        return true;
    }
    /* RFC 9846, 4.2.2: what HelloRetryRequest's suite cannot use is not offered again. */
    const struct hash *hash = hash_of(c, session);
    if (c->hash != NULL && c->hash != hash) {
        c->verdict = SESSION_OTHER_SUITE;
        return true;
    }
    static const uint8_t empty[HASH_SIZE_MAX];
    struct psk psk = { session->ticket, obfuscated_age(c, session), bytes_of(empty, hash->size) };
    c->hs->binders_at = psk_offer_build(b, &psk, 1);
    return true;
}

bool write_binder(struct hf_connection *c)
{
    const struct session *session = c->hs->session;
    hf_builder *b = c->out;
    size_t binders_at = c->hs->binders_at;
    if (binders_at == 0 || b->failed) {
        return true;
    }
    uint8_t binder[HASH_SIZE_MAX];
    uint8_t header[MESSAGE_HEADER];
    hf_builder h = builder_of(header, sizeof header);
    build_u8(&h, TYPE_CLIENT_HELLO);
    build_u24(&h, (uint32_t)b->length);
    make_binder(c, session, builder_bytes(&h), bytes_of(b->data, binders_at), binder);
    struct psk psk = { .binder = bytes_of(binder, hash_of(c, session)->size) };
    b->length = binders_at;
    psk_binders_build(b, &psk, 1);
    return true;
}

/* RFC 9846, 4.3.11: one of those that were offered. */
READER(on_psk_choice)
{
    (void)where;
    uint16_t index;
    size_t offset = reader_offset(body);
    TRY(psk_choice_parse(body, &index, &c->error));
    if (index != 0) {
        return fail_at(&c->error, ERR_illegal_parameter, "selected_identity", offset,
            "the server took identity %u of the one that we offered", index);
    }
    c->facts |= FACT_PSK;
    return true;
}

bool check_psk(struct hf_connection *c)
{
    if ((c->facts & FACT_PSK) == 0) {
        return true;
    }
    const struct session *session = c->hs->session;
    if (hash_of(c, session) != c->hash) {
        return fail_at(&c->error, ERR_illegal_parameter, "cipher_suite", SIZE_MAX,
            "%s has another hash than the session that the server takes, of %s", c->suite->name,
            session->suite->name);
    }
    return resume_begin(c);
}

/* ---- pre_shared_key, the server ---- */

READER(on_psks)
{
    (void)where;
    return psk_offer_parse(body, &c->hs->peer_psks, &c->error);
}

/* The room that one PSK after the other is opened into. */
struct opening {
    struct session session;
    size_t capacity;
    uint8_t *plain;
};

static bool reserve(struct hf_connection *c, struct opening *opening, size_t size)
{
    if (size > opening->capacity) {
        opening->plain = arena_take(&c->arena, size);
        opening->capacity = opening->plain != NULL ? size : 0;
    }
    return opening->plain != NULL || fail_c(c, ERR_out_of_memory, "a ticket");
}

/* RFC 9846, 4.7.1: the PSK is of this hash alone; and a client that offers the session offers its
 * suite, too. */
static enum session_verdict judge_psk(const struct hf_connection *c, const struct session *session)
{
    enum session_verdict verdict = resume_judge(c, session);
    if (verdict == SESSION_USABLE && (session->suite->hash != c->suite->hash ||
            !offers_suite(c, session->suite->id))) {
        verdict = SESSION_OTHER_SUITE;
    }
    return verdict;
}

/* False: out of memory. */
static bool open_psk(struct hf_connection *c, hf_bytes identity, struct opening *opening,
    enum session_verdict *verdict)
{
    const struct settings *s = c->settings;
    size_t length = 0;
    if (identity.length > SESSION_SEALED_MAX + TICKET_OVERHEAD) {
        *verdict = SESSION_UNKNOWN_FORMAT;
        return true;
    }
    TRY(reserve(c, opening, identity.length));
    *verdict = tickets_open(s->tickets, s->provider, s->now_ms(s->clock_user), identity,
        opening->plain, &length);
    if (*verdict != SESSION_USABLE) {
        return true;
    }
    bool parsed = session_parse(bytes_of(opening->plain, length), &opening->session, NULL);
    *verdict = parsed ? judge_psk(c, &opening->session) : SESSION_UNKNOWN_FORMAT;
    return true;
}

/* RFC 9846, 4.3.11: before a PSK is accepted its binder must be right. */
static bool check_binder(struct hf_connection *c, const struct session *session, hf_bytes binder)
{
    uint8_t ours[HASH_SIZE_MAX];
    hf_bytes hello = bytes_of(c->in.begin, c->hs->peer_psks.binders_at);
    make_binder(c, session, hello, bytes_of(NULL, 0), ours);
    bool right = binder.length == c->hash->size && ct_equal(ours, binder.data, c->hash->size);
    wipe(ours, sizeof ours);
    return right || fail_at(&c->error, ERR_bad_binder, "binder", SIZE_MAX,
        "the binder of identity %u is not the one of our transcript", c->hs->psk_index);
}

/* The first identity that may be used. The verdict of the first of all is told when none is: it is
 * the one that the client thinks best of. */
static bool try_psks(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    struct psk psk;
    struct opening *opening = arena_take(&c->arena, sizeof *opening);
    if (opening == NULL) {
        return fail_c(c, ERR_out_of_memory, "a session");
    }
    opening->plain = NULL;
    opening->capacity = 0;
    for (uint16_t i = 0; i < PSK_TRIES_MAX && psk_offer_next(&hs->peer_psks, &psk); i++) {
        enum session_verdict verdict;
        TRY(open_psk(c, psk.identity, opening, &verdict));
        c->verdict = i == 0 ? verdict : c->verdict;
        if (verdict == SESSION_USABLE) {
            c->verdict = verdict;
            hs->psk_index = i;
            hs->session = &opening->session;
            c->facts |= FACT_PSK;
            return check_binder(c, hs->session, psk.binder);
        }
    }
    return true;
}

/* RFC 9846, 9.2 and 4.3.3: a hello with PSKs may lack signature_algorithms, but not when none of
 * them is taken. */
static bool need_schemes(struct hf_connection *c)
{
    return (c->facts & FACT_PSK) != 0 || extension_stands(c, EXT_SIGNATURE_ALGORITHMS) ||
        fail_at(&c->error, ERR_missing_extension, "signature_algorithms", SIZE_MAX,
            "ClientHello without signature_algorithms, and none of its PSKs is taken");
}

bool choose_psk(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    c->facts &= ~(unsigned)FACT_PSK;
    c->facts |= c->settings->client_auth != HF_AUTH_NONE ? FACT_ASKED : 0U;
    c->verdict = SESSION_NONE_OFFERED;
    hs->session = NULL;
    if (hs->peer_psks.count == 0) {
        return true;
    }
    if (!hs->takes_psk || c->settings->tickets == NULL) {
        c->verdict = hs->takes_psk ? SESSION_UNKNOWN_KEY : SESSION_NO_KEY_EXCHANGE;
        return need_schemes(c);
    }
    TRY(try_psks(c));
    if ((c->facts & FACT_PSK) != 0) {
        c->facts &= ~(unsigned)FACT_ASKED; /* RFC 9846, 4.4.2 */
    }
    return need_schemes(c);
}

WRITER(answer_psk)
{
    (void)where;
    if ((c->facts & FACT_PSK) != 0) {
        psk_choice_build(b, c->hs->psk_index);
    }
    return true;
}
