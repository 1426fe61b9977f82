/* What a config keeps of sessions and grants (include/handfast/session.h), and the digest of all
 * settings that a session's verdict hung on. */
#include "handfast/session.h"

#include <stdlib.h>
#include <string.h>

#include "conn/connection.h"
#include "session/cache.h"
#include "session/ticket.h"

enum { TICKETS_MAX = 8 };

void hf_config_set_session_callback(hf_config *config, hf_session_callback callback, void *user)
{
    struct settings *s = config_open(config);
    s->session_callback = callback;
    s->session_user = user;
}

void hf_config_set_tickets(hf_config *config, hf_tickets *tickets, unsigned count,
    uint32_t lifetime_s)
{
    struct settings *s = config_open(config);
    if (tickets != NULL) {
        tickets_retain(tickets);
    }
    tickets_release(s->tickets);
    s->tickets = tickets;
    s->ticket_count = count < TICKETS_MAX ? count : TICKETS_MAX;
    lifetime_s = lifetime_s != 0 ? lifetime_s : SESSION_LIFETIME_S;
    s->ticket_lifetime_s =
        lifetime_s < SESSION_LIFETIME_MAX_S ? lifetime_s : SESSION_LIFETIME_MAX_S;
}

void hf_config_set_session_cache(hf_config *config, hf_session_cache *cache)
{
    struct settings *s = config_open(config);
    if (cache != NULL) {
        session_cache_retain(cache);
    }
    session_cache_release(s->session_cache);
    s->session_cache = cache;
}

void session_release(struct hf_config *config)
{
    tickets_release(config->settings.tickets);
    session_cache_release(config->settings.session_cache);
}

/* ---- The binding ----
 *
 * Numbers, and sets: of a set each member's digest, sorted, so that the order in which roots were
 * loaded or suites are preferred does not matter. What differs between two runs of a program with
 * the same settings (pointers) has no part in it: sessions are kept in files, tickets are shared by
 * hosts. */

enum { DIGEST = SESSION_BINDING };

struct binding {
    const struct hash *hash;
    struct hash_state state;
    uint8_t (*members)[DIGEST]; /* of the set at hand */
    size_t count;
};

static void add_number(struct binding *b, uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    b->hash->update(&b->state, bytes, sizeof bytes);
}

static void add_member(struct binding *b, hf_bytes member)
{
    struct hash_state state;
    uint8_t digest[HASH_SIZE_MAX];
    b->hash->init(&state);
    b->hash->update(&state, member.data, member.length);
    b->hash->finish(&state, digest);
    memcpy(b->members[b->count++], digest, DIGEST);
}

static void add_code_point(struct binding *b, uint16_t id)
{
    const uint8_t bytes[2] = { (uint8_t)(id >> 8), (uint8_t)id };
    add_member(b, bytes_of(bytes, sizeof bytes));
}

static int compare(const void *a, const void *b)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    for (size_t i = 0; i < DIGEST; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

static void add_set(struct binding *b)
{
    qsort(b->members, b->count, DIGEST, compare);
    add_number(b, b->count);
    b->hash->update(&b->state, b->members[0], b->count * DIGEST);
    b->count = 0;
}

/* What may be agreed on. */
static void add_agreement(struct binding *b, const struct settings *s)
{
    add_number(b, s->role);
    add_number(b, s->lowest_version);
    add_number(b, s->highest_version);
    for (size_t i = 0; i < s->suite_count; i++) {
        add_code_point(b, s->suites[i]->id);
    }
    add_set(b);
    for (size_t i = 0; i < s->group_count; i++) {
        add_code_point(b, s->groups[i]->id);
    }
    add_set(b);
    for (size_t i = 0; i < s->scheme_count; i++) {
        add_code_point(b, s->schemes[i]->id);
    }
    add_set(b);
}

/* What the peer's certificates were judged by. */
static void add_verification(struct binding *b, const struct settings *s)
{
    add_number(b, s->insecure);
    add_number(b, s->verify != NULL);
    add_number(b, s->client_auth);
    add_number(b, s->profile);
    add_number(b, s->has_depth_limit ? s->depth_limit + UINT64_C(1) : 0);
    add_number(b, s->revocation);
    add_number(b, s->require_staple);
    add_number(b, s->trust != NULL);
    for (size_t i = 0; s->trust != NULL && i < trust_count(s->trust); i++) {
        add_member(b, trust_at(s->trust, i)->der);
    }
    add_set(b);
    for (size_t i = 0; i < s->crl_count; i++) {
        add_member(b, s->crls[i].der);
    }
    add_set(b);
    add_number(b, s->pins.report_only);
    for (size_t i = 0; i < s->pins.count; i++) {
        add_member(b, bytes_of(s->pins.digests[i], sizeof s->pins.digests[i]));
    }
    add_set(b);
}

/* Who we are. A client: by its certificates, for the server remembers whose the session is. A
 * server: by the names that it speaks for, so that a renewed certificate, or another host's for the
 * same names, ends no session, and a session with one name's host never leads to another's. */
static void add_identities(struct binding *b, const struct settings *s)
{
    for (size_t i = 0; i < s->identity_count; i++) {
        const struct certificate *leaf = &s->identities[i]->leaf;
        add_member(b, s->role == HF_CLIENT ? leaf->der :
            leaf->has_alternative_names ? leaf->alternative_names : leaf->subject);
    }
    add_set(b);
}

static size_t largest_set(const struct settings *s)
{
    size_t roots = s->trust != NULL ? trust_count(s->trust) : 0;
    size_t others = SUITES_MAX + GROUPS_MAX + SCHEMES_MAX + CRLS_MAX + PINS_MAX + IDENTITIES_MAX;
    return roots > others ? roots : others;
}

bool binding_digest(const struct settings *settings, uint8_t digest[SESSION_BINDING],
    struct hf_error *error)
{
    const size_t size = largest_set(settings) * DIGEST;
    uint8_t out[HASH_SIZE_MAX];
    struct binding b = { .hash = settings->provider->hash(HASH_SHA256) };
    b.members = allocate_zeroed(settings->allocator, size);
    if (b.members == NULL) {
        return fail(error, ERR_out_of_memory, "for the digest of the settings");
    }
    b.hash->init(&b.state);
    add_number(&b, SESSION_FORMAT);
    add_agreement(&b, settings);
    add_verification(&b, settings);
    add_identities(&b, settings);
    b.hash->finish(&b.state, out);
    memcpy(digest, out, SESSION_BINDING);
    settings->allocator->release(settings->allocator->user, b.members, size);
    return true;
}
