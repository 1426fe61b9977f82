/* Every interleaving of two endpoints, for every combination of facts; and in every state that is
 * reached, every message under every key, and the legal one with bytes of another behind it. */
#include <stdio.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

enum { SLOTS = 1 << 19 };

static_assert(sizeof(struct world) == 2 * 48 + 2 * 98, "no padding: worlds are compared as bytes");

struct run *run_new(const struct subject *subject)
{
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return NULL;
    }
    run->subject = subject;
    run->seen = calloc(SLOTS, sizeof *run->seen);
    run->used = calloc(SLOTS, sizeof *run->used);
    for (unsigned pick = 0; pick < 1U << subject->choice_count; pick++) {
        unsigned facts = 0;
        for (size_t i = 0; i < subject->choice_count; i++) {
            facts |= (pick >> i & 1) != 0 ? subject->choices[i] : 0;
        }
        if (is_legal(subject, facts) && run->other_count < COMBINATIONS_MAX) {
            spec_of(subject, &run->other_specs[run->other_count], facts);
            run->others[run->other_count++] = facts;
        }
    }
    if (run->seen == NULL || run->used == NULL) {
        run_free(run);
        return NULL;
    }
    return run;
}

void run_free(struct run *run)
{
    free(run->seen);
    free(run->used);
    free(run);
}

static bool same_world(const struct world *a, const struct world *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Whether this world was seen before; remembers it. */
static bool visited(struct run *run, const struct world *w)
{
    uint64_t h = 0x9e3779b97f4a7c15U;
    const unsigned char *bytes = (const unsigned char *)w;
    for (size_t i = 0; i + sizeof h <= sizeof *w; i += sizeof h) {
        uint64_t part;
        memcpy(&part, bytes + i, sizeof part);
        h = (h ^ part) * 0xff51afd7ed558ccdU;
        h ^= h >> 29;
    }
    for (size_t i = sizeof *w / sizeof h * sizeof h; i < sizeof *w; i++) {
        h = (h ^ bytes[i]) * 0x100000001b3U;
    }
    h |= 1;
    assert(run->used_count < SLOTS / 2);
    for (size_t i = h >> 40 & (SLOTS - 1);; i = (i + 1) & (SLOTS - 1)) {
        if (run->seen[i] == h) {
            return true;
        }
        if (run->seen[i] == 0) {
            run->seen[i] = h;
            run->used[run->used_count++] = (uint32_t)i;
            return false;
        }
    }
}

static void forget(struct run *run)
{
    for (size_t i = 0; i < run->used_count; i++) {
        run->seen[run->used[i]] = 0;
    }
    run->used_count = 0;
    memset(run->probed, 0, sizeof run->probed);
}

/* ---- Probes ---- */

/* What the RFCs let come here, and what they let pass unheeded. */
struct expected {
    size_t next;       /* the peer's next item */
    unsigned may;      /* a set of messages */
    unsigned epoch;    /* under which keys */
    bool skips;        /* early data that does not open is dropped (RFC 9846, 4.3.10) */
    bool drops_ccs;    /* RFC 9846, 5 */
    bool done;
};

/* How many messages of the client the server has read. */
static size_t client_messages(const struct run *run, size_t next)
{
    size_t count = 0;
    for (size_t i = 0; i < next; i++) {
        const struct item *item = &run->spec.item[i];
        count += item->sender == CLIENT && spec_hashes(item->message);
    }
    return count;
}

static struct expected expect(const struct run *run, const struct endpoint *e)
{
    bool tls13 = run->subject->tls13;
    bool stream = (run->facts & FACT_QUIC) == 0;
    struct expected x = { .next = next_item(run, e, !e->role, false) };
    x.done = e->state == CONNECTED;
    bool early_now = false;
    if (x.done) {
        x.may |= tls13 && e->role == CLIENT ? 1U << NEW_SESSION_TICKET : 0;
        x.may |= tls13 && stream ? 1U << KEY_UPDATE : 0;
        x.may |= stream ? 1U << DATA : 0;
    } else {
        x.may = admissible(run, e, x.next);
    }
    if (!x.done && tls13 && e->role == SERVER && stream) {
        early_now = (run->facts & FACT_ACCEPTED) != 0 && x.next < run->spec.count &&
            run->spec.item[x.next].message == END_OF_EARLY_DATA;
        x.may |= early_now ? 1U << DATA : 0;
        x.skips = (run->facts & FACT_EARLY) != 0 && (run->facts & FACT_ACCEPTED) == 0 &&
            client_messages(run, x.next) == 1;
    }
    x.epoch = x.done || early_now ? e->read : run->spec.item[x.next].epoch;
    x.drops_ccs = !x.done && tls13 && stream && (e->role == CLIENT || e->length > 0);
    return x;
}

/* After the handshake a message changes nothing but, if it is KeyUpdate, the read key. */
static bool stays_connected(const struct world *now, const struct world *after, int role,
    unsigned message)
{
    struct world same = *now;
    same.end[role].read = (uint8_t)(same.end[role].read + (message == KEY_UPDATE));
    same.end[role].facts = after->end[role].facts;
    return same_world(&same, after);
}

/* One message under one key: taken, dropped or refused as the RFCs want it? */
static enum verdict probe_one(struct run *run, const struct world *now, int role,
    const struct expected *x, struct record in)
{
    struct world copy = *now;
    const struct endpoint *e = &now->end[role];
    bool legal = (x->may >> in.message & 1) != 0 && in.epoch == x->epoch;
    bool dropped = (x->skips && in.epoch == EARLY_KEYS) ||
        (x->drops_ccs && in.message == CHANGE_CIPHER_SPEC && in.epoch == PLAIN);
    if (legal && !x->done && in.message != run->spec.item[x->next].message && in.message != DATA) {
        return FINE; /* legal in another combination, which has its own turn */
    }
    run->tally.probes++;
    enum verdict v = receive(run, &copy, &copy.end[role], in, false);
    if (v == WRONG) {
        return v;
    }
    if (dropped ? v != FINE || !same_world(&copy, now) : v != (legal ? FINE : REFUSED)) {
        return wrong(run, WRONG, e, legal ? "refused a legal" : "did not refuse", in.message);
    }
    if (legal && x->done && !stays_connected(now, &copy, role, in.message)) {
        return wrong(run, WRONG, e, "led astray by", in.message);
    }
    return FINE;
}

/* The legal message with bytes of another behind it in its record: legal only where the RFC lets a
 * message of the same sender follow under the same keys. */
static enum verdict probe_glued(struct run *run, const struct world *now, int role, size_t next)
{
    const struct spec *spec = &run->spec;
    struct world copy = *now;
    struct endpoint *e = &copy.end[role];
    struct record in = { spec->item[next].message, spec->item[next].epoch };
    enum verdict v = receive(run, &copy, e, in, true);
    for (int i = 0; i < 9 && v == FINE && !receives(run, e); i++) {
        v = take(run, &copy, e, row_for(run, e, NONE), 0);
    }
    size_t after = next + 1;
    while (after < spec->count && run->subject->tls13 && !spec_hashes(spec->item[after].message)) {
        after++;
    }
    if (after == spec->count && !run->subject->tls13) {
        return v == WRONG ? WRONG : FINE; /* 1.2 ends without a key change */
    }
    run->tally.glued++;
    const struct item *follower = after < spec->count ? &spec->item[after] : NULL;
    bool follows = follower != NULL && follower->sender != role && follower->epoch == in.epoch;
    if (follows && follower->message == CHANGE_CIPHER_SPEC) {
        struct record ccs = { CHANGE_CIPHER_SPEC, PLAIN };
        v = v == FINE ? receive(run, &copy, e, ccs, false) : v;
        follows = false;
    } else if (follows && run->subject->tls13 && v == FINE) {
        /* Between the fragments of a message not even a CCS that is else dropped (RFC 9846, 5). */
        struct world other = copy;
        struct record ccs = { CHANGE_CIPHER_SPEC, PLAIN };
        if (receive(run, &other, &other.end[role], ccs, false) != REFUSED) {
            return wrong(run, WRONG, e, "did not refuse between fragments", CHANGE_CIPHER_SPEC);
        }
    }
    if (v == WRONG) {
        return v;
    }
    return v == (follows ? FINE : REFUSED)
        ? FINE
        : wrong(run, WRONG, e, "unread bytes misjudged after", in.message);
}

/* The row that sends a message after the handshake, on request. */
static const struct edge *request_row(const struct run *run, const struct endpoint *e,
    unsigned message)
{
    const struct table *post = run->subject->tables[e->role][POST_TABLE];
    for (size_t i = 0; i < post->count; i++) {
        const struct edge *row = &post->rows[i];
        if (row->act == SEND && row->message == message &&
            (row->when == NULL || row->when(e->facts))) {
            return row;
        }
    }
    return NULL;
}

/* After the handshake: may all be sent that the RFC lets us send, and nothing else? */
static enum verdict probe_requests(struct run *run, const struct endpoint *e)
{
    for (unsigned m = NONE + 1; m < ALL_MESSAGES; m++) {
        bool may = request_row(run, e, m) != NULL;
        if (may != spec_lets_ask(run->subject, e->role, run->facts, m)) {
            return wrong(run, WRONG, e, may ? "may send" : "cannot send", m);
        }
    }
    return FINE;
}

static enum verdict probe(struct run *run, const struct world *now, int role)
{
    const struct endpoint *e = &now->end[role];
    struct expected x = expect(run, e);
    if (!x.done && x.next == run->spec.count) {
        return wrong(run, WRONG, e, "waits though nothing is to come", NONE);
    }
    if (e->write != spec_write_epoch(run, e)) {
        return wrong(run, WRONG, e, "an alert would go under other keys", NONE);
    }
    for (unsigned m = NONE + 1; m < ALL_MESSAGES; m++) {
        if (m >= MESSAGES && m < WORKS) {
            continue; /* not messages */
        }
        for (unsigned epoch = 0; epoch <= EPOCHS; epoch++) {
            enum verdict v = probe_one(run, now, role, &x, (struct record){ (uint8_t)m,
                (uint8_t)epoch });
            if (v != FINE) {
                return v;
            }
        }
    }
    if (x.done) {
        return probe_requests(run, e);
    }
    if (!spec_hashes(run->spec.item[x.next].message)) {
        return FINE;
    }
    return probe_glued(run, now, role, x.next);
}

/* ---- Interleavings ---- */

static enum verdict explore(struct run *run, const struct world *now);

/* What an endpoint does by itself or with what came. */
static enum verdict step(struct run *run, const struct world *now, int role, bool *moved)
{
    const struct endpoint *e = &now->end[role];
    bool waiting = now->to[role].head < now->to[role].tail;
    const struct edge *own = e->state == CONNECTED ? NULL : row_for(run, e, NONE);
    if (own == NULL && !waiting) {
        return FINE;
    }
    struct world next = *now;
    struct pipe *in = &next.to[role];
    enum verdict v;
    if (own != NULL && own->act == OP && waiting && run->flaw == READS_WHILE_WAITING) {
        v = receive(run, &next, &next.end[role], in->record[in->head++], false);
    } else if (own != NULL) {
        v = take(run, &next, &next.end[role], own, 0);
    } else {
        v = receive(run, &next, &next.end[role], in->record[in->head++], false);
    }
    *moved = true;
    if (v == FINE && !same_world(&next, now)) {
        v = explore(run, &next);
    }
    return v == REFUSED ? WRONG : v;
}

static enum verdict write_data(struct run *run, const struct world *now, int role, bool *moved)
{
    const struct endpoint *e = &now->end[role];
    unsigned budget = e->write == EARLY_KEYS ? 2 : 3;
    if (!may_write_data(e) || e->data >= budget || (run->brief && e->state == CONNECTED)) {
        return FINE;
    }
    struct world next = *now;
    next.end[role].data++;
    push(&next, !role, DATA, e->write);
    *moved = true;
    return explore(run, &next);
}

/* A post-handshake message on request: once each. */
static enum verdict ask(struct run *run, const struct world *now, int role, unsigned message,
    bool *moved)
{
    const struct endpoint *e = &now->end[role];
    const struct edge *row = request_row(run, e, message);
    bool done = (message == KEY_UPDATE ? e->updates : e->tickets) != 0;
    if (e->state != CONNECTED || run->brief || row == NULL || done) {
        return FINE;
    }
    struct world next = *now;
    struct endpoint *x = &next.end[role];
    *(message == KEY_UPDATE ? &x->updates : &x->tickets) = 1;
    *moved = true;
    enum verdict v = take(run, &next, x, row, 0);
    return v == FINE ? explore(run, &next) : WRONG;
}

/* Nothing moves any more: is this how a handshake ends? */
static enum verdict check_end(struct run *run, const struct world *now, int role)
{
    const struct endpoint *e = &now->end[role];
    const struct endpoint *peer = &now->end[!role];
    bool tls13 = run->subject->tls13;
    unsigned top = tls13 ? APPLICATION : PROTECTED12;
    if (e->state != CONNECTED) {
        return wrong(run, WRONG, e, "stuck", NONE);
    }
    if (next_item(run, e, CLIENT, role == CLIENT) != run->spec.count ||
        next_item(run, e, SERVER, role == SERVER) != run->spec.count) {
        return wrong(run, WRONG, e, "connected too soon", NONE);
    }
    if (e->write != top + e->updates || e->read != top + peer->updates || e->skip) {
        return wrong(run, WRONG, e, "connected under other keys", NONE);
    }
    if (!covers(run, e, run->spec.count)) {
        return wrong(run, WRONG, e, "a post-handshake message was hashed", NONE);
    }
    if ((e->work & (OWES_CHECK | HAS_SIGNATURE)) != 0) {
        return wrong(run, WRONG, e, "work left over", NONE);
    }
    unsigned due = tls13 ? DERIVE_HS | DERIVE_APP | DERIVE_RESUMPTION
        : (run->facts & FACT_RESUMED) != 0 ? 0U : DERIVE_MASTER;
    bool early = (run->facts & FACT_ACCEPTED) != 0 ||
        (role == CLIENT && (run->facts & FACT_EARLY) != 0);
    due |= early ? DERIVE_EARLY : 0U;
    return e->secrets == due ? FINE : wrong(run, WRONG, e, "secrets missing or to spare", NONE);
}

static enum verdict explore(struct run *run, const struct world *now)
{
    if (visited(run, now)) {
        return FINE;
    }
    run->tally.worlds++;
    bool moved = false;
    for (int role = 0; role < ROLES; role++) {
        const struct endpoint *e = &now->end[role];
        bool *probed = &run->probed[role][e->state][e->at[!role]][e->read > APPLICATION];
        enum verdict v = FINE;
        if (receives(run, e) && !*probed) {
            *probed = true;
            v = probe(run, now, role) == FINE ? FINE : WRONG;
        }
        v = v == FINE ? step(run, now, role, &moved) : v;
        v = v == FINE ? write_data(run, now, role, &moved) : v;
        v = v == FINE ? ask(run, now, role, KEY_UPDATE, &moved) : v;
        v = v == FINE ? ask(run, now, role, NEW_SESSION_TICKET, &moved) : v;
        if (v != FINE) {
            return v;
        }
    }
    if (moved) {
        return FINE;
    }
    run->ends++;
    enum verdict v = check_end(run, now, CLIENT);
    return v == FINE ? check_end(run, now, SERVER) : v;
}

static bool run_combination(struct run *run)
{
    struct world first;
    memset(&first, 0, sizeof first);
    for (int role = 0; role < ROLES; role++) {
        struct endpoint *e = &first.end[role];
        e->role = (uint8_t)role;
        e->state = START;
        e->facts = run->facts & known_first(role);
        e->version_known = 0;
    }
    forget(run);
    run->ends = 0;
    run->tally.combinations++;
    if (explore(run, &first) != FINE) {
        return false;
    }
    run->tally.ends += run->ends;
    return run->ends > 0 || wrong(run, WRONG, &first.end[CLIENT], "never connected", NONE) == FINE;
}

bool run_all(struct run *run)
{
    for (size_t i = 0; i < run->other_count; i++) {
        run->facts = run->others[i];
        run->spec = run->other_specs[i];
        if (!run_combination(run)) {
            return false;
        }
    }
    return run->tally.combinations > 0;
}
