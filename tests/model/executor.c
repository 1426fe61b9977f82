/* The rules of edge.h, each in one place, over messages without bytes. The rows come from the
 * subject; at each step the oracle is asked whether this is the message, under these keys, over
 * this transcript. Flaws break one rule each, to show that the checks would see it. */
#include <stdio.h>
#include <string.h>

#include "model.h"

enum verdict wrong(struct run *run, enum verdict v, const struct endpoint *e, const char *what,
    unsigned message)
{
    run->why = (struct complaint){ *e, run->facts, what, message };
    return v;
}

void complaint_text(const struct run *run, char *text, size_t size)
{
    const struct complaint *c = &run->why;
    (void)snprintf(text, size, "facts %#x: %s in %s: %s%s%s", c->facts, role_name(c->at.role),
        any_state_name(c->at.state), c->what, c->message == NONE ? "" : " ",
        c->message == NONE ? "" : any_message_name(c->message));
}

const struct edge *row_for(const struct run *run, const struct endpoint *e, unsigned incoming)
{
    const struct table *const *own = run->subject->tables[e->role];
    const struct table *const handshake[2] = { own[HELLO_TABLE],
        e->version_known ? own[VERSION_TABLE] : NULL };
    const struct table *const post[2] = { own[POST_TABLE], NULL };
    return edge_find(e->state == CONNECTED ? post : handshake, (enum state)e->state,
        (enum message)incoming, e->facts);
}

bool receives(const struct run *run, const struct endpoint *e)
{
    return e->state == CONNECTED || row_for(run, e, NONE) == NULL;
}

/* RFC 9846, 4.1: HelloRetryRequest folds ClientHello1 into message_hash. */
static void fold(uint8_t *list, uint8_t *length)
{
    memset(list, 0, *length);
    list[0] = MESSAGE_HASH;
    *length = 1;
}

static void hash(uint8_t *list, uint8_t *length, unsigned sender, unsigned message, bool folds)
{
    if (message == HELLO_RETRY && folds) {
        fold(list, length);
    }
    list[(*length)++] = (uint8_t)(message + 32 * sender);
}

/* Whether the transcript holds exactly what the spec hashes of its first `count` items. */
bool covers(const struct run *run, const struct endpoint *e, size_t count)
{
    uint8_t want[ITEMS_MAX] = { 0 };
    uint8_t length = 0;
    for (size_t i = 0; i < count; i++) {
        const struct item *item = &run->spec.item[i];
        if (spec_hashes(item->message)) {
            hash(want, &length, item->sender, item->message, true);
        }
    }
    return length == e->length && memcmp(want, e->transcript, length) == 0;
}

/* Work that OP rows do: is it there when it is needed? */
static enum verdict check_work(struct run *run, struct endpoint *e, int sender, unsigned message)
{
    bool ours = sender == e->role;
    bool signature = message == CERTIFICATE_VERIFY || message == SERVER_KEY_EXCHANGE;
    bool sharing = message == (run->subject->tls13 ? (unsigned)SERVER_HELLO : CLIENT_KEY_EXCHANGE);
    if ((e->work & OWES_CHECK) != 0 && (ours || message == FINISHED)) {
        return wrong(run, WRONG, e, "the peer is unchecked at", message);
    }
    if (ours && signature && (e->work & HAS_SIGNATURE) == 0) {
        return wrong(run, WRONG, e, "no signature for", message);
    }
    if (ours && sharing && (e->work & HAS_SHARED) == 0) {
        return wrong(run, WRONG, e, "no key share for", message);
    }
    /* RSA key exchange: nothing is signed, and the certificate is all there is to check. */
    if (!ours && message == CERTIFICATE && e->role == CLIENT && (run->facts & FACT_RSA) != 0) {
        e->work |= OWES_CHECK;
    }
    if (signature) {
        e->work = (uint8_t)((e->work & ~(unsigned)HAS_SIGNATURE) | (ours ? 0U : OWES_CHECK));
    }
    return FINE;
}

/* A handler runs: is it the message that the RFC puts here, and does the hash cover what is due? */
static enum verdict check_handler(struct run *run, struct endpoint *e, int sender, unsigned message,
    unsigned epoch)
{
    size_t i = next_item(run, e, sender, sender == e->role);
    if (i == run->spec.count || run->spec.item[i].message != message) {
        return wrong(run, WRONG, e, "the RFC has no", message);
    }
    if (run->spec.item[i].epoch != epoch) {
        return wrong(run, WRONG, e, "other keys for", message);
    }
    if (!covers(run, e, i)) {
        return wrong(run, WRONG, e, "the hash covers wrong messages at", message);
    }
    e->at[sender] = (uint8_t)(i + 1);
    return check_work(run, e, sender, message);
}

/* What a message teaches; guards of later rows read it. */
static void teach(const struct run *run, struct endpoint *e, int sender, unsigned message)
{
    e->facts |= run->facts & taught(run->subject, e->role, sender, message);
    if (message == HELLO_RETRY) {
        e->facts |= FACT_RETRIED;
    }
    if (message == CHANGE_CIPHER_SPEC && sender == e->role) {
        e->facts |= FACT_CCS_SENT;
    }
    if ((message == CLIENT_HELLO || message == SERVER_HELLO) && sender != e->role) {
        e->version_known = 1;
    }
}

static enum verdict do_work(struct run *run, struct endpoint *e, unsigned kind)
{
    unsigned bit = kind == PEER ? OWES_CHECK : kind == SIGNATURE ? HAS_SIGNATURE : HAS_SHARED;
    if (((e->work & bit) != 0) != (kind == PEER)) {
        return wrong(run, WRONG, e, "work twice or for nothing:", kind);
    }
    e->work ^= (uint8_t)bit;
    run->tally.operations++;
    return FINE;
}

/* Each secret covers the transcript up to one message (RFC 9846, 7.1; RFC 7627, 4). */
static enum verdict derive(struct run *run, struct endpoint *e, unsigned keys)
{
    static const struct {
        unsigned key;
        int sender;
        unsigned last;
    } due[] = {
        { DERIVE_EARLY, CLIENT, CLIENT_HELLO },
        { DERIVE_HS, SERVER, SERVER_HELLO },
        { DERIVE_APP, SERVER, FINISHED },
        { DERIVE_RESUMPTION, CLIENT, FINISHED },
        { DERIVE_MASTER, CLIENT, CLIENT_KEY_EXCHANGE },
    };
    for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
        if ((keys & due[i].key) == 0) {
            continue;
        }
        if (!covers(run, e, find_item(&run->spec, due[i].sender, due[i].last) + 1)) {
            return wrong(run, WRONG, e, "a secret covers wrong messages; the last is due to be",
                due[i].last);
        }
        if ((due[i].key & (DERIVE_HS | DERIVE_MASTER)) != 0 && (e->work & HAS_SHARED) == 0) {
            return wrong(run, WRONG, e, "no shared secret", NONE);
        }
        e->secrets |= due[i].key;
        run->tally.secrets++;
    }
    return FINE;
}

static enum verdict install(struct run *run, struct endpoint *e, unsigned keys)
{
    static const struct {
        unsigned read, write, secret;
        enum epoch epoch;
    } sets[] = {
        { 0, WRITE_PLAIN, 0, PLAIN },
        { READ_EARLY, WRITE_EARLY, DERIVE_EARLY, EARLY_KEYS },
        { READ_HS, WRITE_HS, DERIVE_HS, HANDSHAKE },
        { READ_12, WRITE_12, DERIVE_MASTER, PROTECTED12 },
        { READ_APP, WRITE_APP, DERIVE_APP, APPLICATION },
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if ((keys & (sets[i].read | sets[i].write)) == 0) {
            continue;
        }
        bool kept = !run->subject->tls13 && (e->facts & FACT_RESUMED) != 0; /* the session's own */
        if ((e->secrets & sets[i].secret) != sets[i].secret && !kept) {
            return wrong(run, WRONG, e, "a key whose secret is not derived", NONE);
        }
        if ((e->facts & FACT_QUIC) != 0 && sets[i].epoch == EARLY_KEYS) {
            continue; /* handed out; no handshake message goes under them */
        }
        if ((keys & sets[i].read) != 0) {
            e->read = (uint8_t)sets[i].epoch;
        }
        if ((keys & sets[i].write) != 0) {
            e->write = (uint8_t)sets[i].epoch;
        }
    }
    e->read = (uint8_t)(e->read + ((keys & READ_NEXT) != 0));
    e->write = (uint8_t)(e->write + ((keys & WRITE_NEXT) != 0));
    e->skip |= (keys & SKIP_EARLY) != 0;
    return FINE;
}

static enum verdict change_keys(struct run *run, struct endpoint *e, unsigned keys)
{
    if ((keys & ALL_READ) != 0 && e->more && run->flaw != LEFTOVER_AT_KEYS) {
        return wrong(run, REFUSED, e, "unread bytes at a key change", NONE);
    }
    enum verdict v = derive(run, e, keys);
    return v == FINE ? install(run, e, keys) : v;
}

void push(struct world *w, int to, unsigned message, unsigned epoch)
{
    struct pipe *pipe = &w->to[to];
    pipe->record[pipe->tail++] = (struct record){ (uint8_t)message, (uint8_t)epoch };
}

static bool hashes(const struct run *run, const struct edge *row, bool in_handshake)
{
    if (run->flaw == CCS_HASHED && row->message == CHANGE_CIPHER_SPEC) {
        return true;
    }
    bool library_says = (unsigned)row->message < WORKS ? is_hashed(row->message)
                                                       : spec_hashes(row->message);
    return library_says && (in_handshake || run->flaw == POST_HASHED);
}

static enum verdict handle(struct run *run, struct endpoint *e, const struct edge *row, int sender,
    unsigned epoch)
{
    if (run->flaw == FOLD_BEFORE_HANDLER && row->message == HELLO_RETRY) {
        fold(e->transcript, &e->length);
    }
    enum verdict v = check_handler(run, e, sender, row->message, epoch);
    teach(run, e, sender, row->message);
    return v;
}

/* A row that carries a message: handler, hash, send. */
static enum verdict carry(struct run *run, struct world *w, struct endpoint *e,
    const struct edge *row, unsigned epoch)
{
    int sender = row->act == SEND ? e->role : !e->role;
    bool in_handshake = e->state != CONNECTED && row->message != DATA;
    bool folds = run->flaw != NO_MESSAGE_HASH;
    bool hashed = hashes(run, row, in_handshake);
    enum verdict v = FINE;
    if (hashed && run->flaw == HASH_BEFORE_HANDLER) {
        hash(e->transcript, &e->length, (unsigned)sender, row->message, folds);
    }
    if (in_handshake) {
        v = handle(run, e, row, sender, epoch);
    }
    if (v == FINE && in_handshake && run->flaw == KEYS_BEFORE_HASH) {
        v = change_keys(run, e, row->keys);
    }
    if (hashed && run->flaw != HASH_BEFORE_HANDLER) {
        hash(e->transcript, &e->length, (unsigned)sender, row->message, folds);
    }
    if (v == FINE && row->act == SEND) {
        push(w, !e->role, row->message, epoch);
        run->tally.records++;
    }
    return v;
}

/* A flaw may have done some of a row's key changes already. */
static unsigned keys_left(const struct run *run, const struct endpoint *e, const struct edge *row)
{
    if (run->flaw == KEYS_BEFORE_SEND) {
        return row->keys & ALL_DERIVE;
    }
    bool carries = (row->act == SEND || row->act == RECV) && row->message != DATA;
    return run->flaw == KEYS_BEFORE_HASH && carries && e->state != CONNECTED ? 0 : row->keys;
}

enum verdict take(struct run *run, struct world *w, struct endpoint *e, const struct edge *row,
    unsigned epoch)
{
    if (w->to[!e->role].tail > WIRE_MAX - 8 || e->length > sizeof e->transcript - 4) {
        return wrong(run, WRONG, e, "no end of", row->message);
    }
    if (row->act == SEND && e->more && run->flaw != LEFTOVER_AT_SEND) {
        return wrong(run, REFUSED, e, "unread bytes before we send", row->message);
    }
    enum verdict v = row->act == OP ? do_work(run, e, row->message) : FINE;
    if (v == FINE && run->flaw == KEYS_BEFORE_SEND) {
        v = change_keys(run, e, row->keys & ~(unsigned)ALL_DERIVE);
    }
    if (row->act == SEND) {
        bool plain = run->subject->tls13 && row->message == CHANGE_CIPHER_SPEC;
        epoch = plain && run->flaw != CCS_SEALED ? PLAIN : e->write;
    }
    unsigned keys = keys_left(run, e, row);
    if (v == FINE && (row->act == SEND || row->act == RECV)) {
        v = carry(run, w, e, row, epoch);
    }
    if (v == FINE) {
        v = change_keys(run, e, keys);
    }
    if (v == FINE) {
        e->state = (uint8_t)row->to;
    }
    return v;
}

/* RFC 9846, 5: a plain CCS between the first ClientHello and the peer's Finished is dropped by the
 * record layer; it is in no table of 1.3. */
static bool drops_ccs(const struct run *run, const struct endpoint *e, struct record in)
{
    bool begun = e->role == CLIENT || e->length > 0;
    return run->subject->tls13 && in.message == CHANGE_CIPHER_SPEC && in.epoch == PLAIN && begun &&
        (e->facts & FACT_QUIC) == 0 && e->state != CONNECTED &&
        (!e->more || run->flaw == LEFTOVER_AT_CCS);
}

enum verdict receive(struct run *run, struct world *w, struct endpoint *e, struct record in,
    bool more)
{
    if (drops_ccs(run, e, in)) {
        return FINE;
    }
    if (e->skip && in.epoch == EARLY_KEYS) {
        run->tally.dropped++;
        return FINE; /* RFC 9846, 4.3.10 */
    }
    if (in.epoch != e->read) {
        return wrong(run, REFUSED, e, "does not open:", in.message);
    }
    if (e->more && !spec_hashes(in.message) && run->flaw != LEFTOVER_AT_CCS) {
        return wrong(run, REFUSED, e, "between fragments:", in.message);
    }
    if (run->flaw == TAUGHT_BEFORE_GUARD) {
        teach(run, e, !e->role, in.message);
    }
    const struct edge *row = row_for(run, e, in.message);
    if (row == NULL) {
        return wrong(run, REFUSED, e, "unexpected", in.message);
    }
    if (run->flaw != SKIP_FOR_EVER) {
        e->skip = 0;
    }
    e->more = more;
    return take(run, w, e, row, in.epoch);
}

bool may_write_data(const struct endpoint *e)
{
    return (e->facts & FACT_QUIC) == 0 &&
        (e->state == CONNECTED || e->write == EARLY_KEYS || e->write == APPLICATION);
}
