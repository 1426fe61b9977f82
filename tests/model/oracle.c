/* What the RFCs demand, written from their message flows and never from the tables: for each set of
 * facts the one sequence of messages, each with its sender and its keys. */
#include <string.h>

#include "model.h"

static void put(struct spec *s, int sender, unsigned message, enum epoch epoch)
{
    s->item[s->count++] = (struct item){ (uint8_t)sender, (uint8_t)message, (uint8_t)epoch };
}

/* RFC 9846, 2.1 and E.4: ClientHello, HelloRetryRequest, ServerHello, and the CCS that stand in for
 * those of a resumption: the client's before its second flight, but at once with early data. */
static void put_hellos13(struct spec *s, unsigned f)
{
    bool ccs = (f & FACT_COMPAT) != 0;
    bool early = (f & FACT_EARLY) != 0;
    put(s, CLIENT, CLIENT_HELLO, PLAIN);
    if (ccs && early) {
        put(s, CLIENT, CHANGE_CIPHER_SPEC, PLAIN);
    }
    if ((f & FACT_RETRY) != 0) {
        put(s, SERVER, HELLO_RETRY, PLAIN);
        if (ccs) {
            put(s, SERVER, CHANGE_CIPHER_SPEC, PLAIN);
        }
        if (ccs && !early) {
            put(s, CLIENT, CHANGE_CIPHER_SPEC, PLAIN);
        }
        put(s, CLIENT, CLIENT_HELLO, PLAIN);
    }
    put(s, SERVER, SERVER_HELLO, PLAIN);
    if (ccs && (f & FACT_RETRY) == 0) {
        put(s, SERVER, CHANGE_CIPHER_SPEC, PLAIN);
    }
}

/* RFC 9846, 2, figures 1 to 4. */
static void spec13(struct spec *s, unsigned f)
{
    bool certificates = (f & FACT_PSK) == 0;
    bool asked = (f & FACT_ASKED) != 0;
    put_hellos13(s, f);
    put(s, SERVER, ENCRYPTED_EXTENSIONS, HANDSHAKE);
    if (certificates && asked) {
        put(s, SERVER, CERTIFICATE_REQUEST, HANDSHAKE);
    }
    if (certificates) {
        put(s, SERVER, CERTIFICATE, HANDSHAKE);
        put(s, SERVER, CERTIFICATE_VERIFY, HANDSHAKE);
    }
    put(s, SERVER, FINISHED, HANDSHAKE);
    if ((f & FACT_COMPAT) != 0 && (f & (FACT_RETRY | FACT_EARLY)) == 0) {
        put(s, CLIENT, CHANGE_CIPHER_SPEC, PLAIN);
    }
    if ((f & FACT_ACCEPTED) != 0 && (f & FACT_QUIC) == 0) {
        put(s, CLIENT, END_OF_EARLY_DATA, EARLY_KEYS);
    }
    if (asked) {
        put(s, CLIENT, CERTIFICATE, HANDSHAKE);
    }
    if (asked && (f & FACT_NO_CERT) == 0) {
        put(s, CLIENT, CERTIFICATE_VERIFY, HANDSHAKE);
    }
    put(s, CLIENT, FINISHED, HANDSHAKE);
}

static void finish12(struct spec *s, int sender, bool ticket)
{
    if (ticket) {
        put(s, sender, NEW_SESSION_TICKET, PLAIN);
    }
    put(s, sender, CHANGE_CIPHER_SPEC, PLAIN);
    put(s, sender, FINISHED, PROTECTED12);
}

/* RFC 5246, 7.3, figures 1 and 2; RFC 5077, 3.1; RFC 6066, 8. */
static void spec12(struct spec *s, unsigned f)
{
    put(s, CLIENT, CLIENT_HELLO, PLAIN);
    put(s, SERVER, SERVER_HELLO, PLAIN);
    if ((f & FACT_RESUMED) != 0) {
        finish12(s, SERVER, (f & FACT_NST) != 0);
        finish12(s, CLIENT, false);
        return;
    }
    put(s, SERVER, CERTIFICATE, PLAIN);
    if ((f & FACT_OCSP) != 0 && (f & FACT_STATUS_OMITTED) == 0) {
        put(s, SERVER, CERTIFICATE_STATUS, PLAIN);
    }
    if ((f & FACT_RSA) == 0) { /* RFC 5246, 7.4.3 */
        put(s, SERVER, SERVER_KEY_EXCHANGE, PLAIN);
    }
    if ((f & FACT_ASKED) != 0) {
        put(s, SERVER, CERTIFICATE_REQUEST, PLAIN);
    }
    put(s, SERVER, SERVER_HELLO_DONE, PLAIN);
    if ((f & FACT_ASKED) != 0) {
        put(s, CLIENT, CERTIFICATE, PLAIN);
    }
    put(s, CLIENT, CLIENT_KEY_EXCHANGE, PLAIN);
    if ((f & FACT_ASKED) != 0 && (f & FACT_NO_CERT) == 0) {
        put(s, CLIENT, CERTIFICATE_VERIFY, PLAIN);
    }
    finish12(s, CLIENT, false);
    finish12(s, SERVER, (f & FACT_NST) != 0);
}

void spec_of(const struct subject *subject, struct spec *spec, unsigned facts)
{
    memset(spec, 0, sizeof *spec);
    if (subject->tls13) {
        spec13(spec, facts);
    } else {
        spec12(spec, facts);
    }
}

bool is_legal(const struct subject *subject, unsigned f)
{
    if ((f & FACT_NO_CERT) != 0 && (f & FACT_ASKED) == 0) {
        return false;
    }
    if (!subject->tls13) {
        return ((f & FACT_STATUS_OMITTED) == 0 || (f & FACT_OCSP) != 0) &&
            ((f & FACT_RESUMED) == 0 || (f & (FACT_OCSP | FACT_NO_CERT)) == 0);
    }
    if ((f & FACT_PSK) != 0 && (f & FACT_ASKED) != 0) {
        return false; /* RFC 9846, 4.4.2 */
    }
    if ((f & FACT_QUIC) != 0 && (f & FACT_COMPAT) != 0) {
        return false; /* RFC 9001, 8.4 */
    }
    /* RFC 9846, 4.3.10: accepted only with the first PSK offered, and never after a retry. */
    return (f & FACT_ACCEPTED) == 0 ||
        ((f & FACT_PSK) != 0 && (f & FACT_EARLY) != 0 && (f & FACT_RETRY) == 0);
}

/* A client knows its own offers; a server, until ClientHello came, nothing but its transport. */
unsigned known_first(int role)
{
    return role == CLIENT ? FACT_COMPAT | FACT_EARLY | FACT_QUIC : FACT_QUIC;
}

static unsigned taught_to_server(int sender, unsigned message)
{
    if (sender == CLIENT && message == CLIENT_HELLO) {
        return FACT_COMPAT | FACT_EARLY | FACT_RETRY | FACT_PSK | FACT_ACCEPTED | FACT_ASKED |
            FACT_OCSP | FACT_STATUS_OMITTED | FACT_NST | FACT_RESUMED | FACT_RSA;
    }
    return sender == CLIENT && message == CERTIFICATE ? FACT_NO_CERT : 0;
}

static unsigned taught_to_client(bool tls13, int sender, unsigned message)
{
    if (sender == CLIENT) {
        return 0;
    }
    if (message == SERVER_HELLO) {
        return tls13 ? FACT_PSK : FACT_RESUMED | FACT_OCSP | FACT_NST | FACT_RSA;
    }
    if (message == ENCRYPTED_EXTENSIONS) {
        return FACT_ACCEPTED;
    }
    /* What the server asks for decides whether there is a certificate that fits. */
    return message == CERTIFICATE_REQUEST ? FACT_ASKED | FACT_NO_CERT : 0;
}

unsigned taught(const struct subject *subject, int role, int sender, unsigned message)
{
    return role == SERVER ? taught_to_server(sender, message)
                          : taught_to_client(subject->tls13, sender, message);
}

bool spec_hashes(unsigned message)
{
    return message != CHANGE_CIPHER_SPEC && message != DATA && message != HELLO_REQUEST;
}

bool spec_lets_ask(const struct subject *subject, int role, unsigned facts, unsigned message)
{
    if (!subject->tls13) {
        return false;
    }
    if (message == KEY_UPDATE) {
        return (facts & FACT_QUIC) == 0; /* RFC 9846, 4.7.3; RFC 9001, 6 */
    }
    return message == NEW_SESSION_TICKET && role == SERVER && subject->tickets;
}

size_t next_item(const struct run *run, const struct endpoint *e, int sender, bool with_ccs)
{
    size_t i = e->at[sender];
    while (i < run->spec.count) {
        const struct item *item = &run->spec.item[i];
        bool passed_over = run->subject->tls13 && !with_ccs && item->message == CHANGE_CIPHER_SPEC;
        if (item->sender == sender && !passed_over) {
            break;
        }
        i++;
    }
    return i;
}

size_t find_item(const struct spec *spec, int sender, unsigned message)
{
    for (size_t i = 0; i < spec->count; i++) {
        if (spec->item[i].sender == sender && spec->item[i].message == message) {
            return i;
        }
    }
    return spec->count;
}

/* Whether the spec's messages begin with `seen`; then `*next` is the one that follows. */
static bool begins_with(bool tls13, const struct spec *spec, const struct item *seen, size_t count,
    struct item *next)
{
    size_t k = 0;
    for (size_t i = 0; i < spec->count; i++) {
        const struct item *item = &spec->item[i];
        if (tls13 && !spec_hashes(item->message)) {
            continue;
        }
        if (k == count) {
            *next = *item;
            return true;
        }
        if (memcmp(item, &seen[k++], sizeof *item) != 0) {
            return false;
        }
    }
    return false;
}

unsigned admissible(const struct run *run, const struct endpoint *e, size_t next)
{
    bool tls13 = run->subject->tls13;
    unsigned known = known_first(e->role);
    struct item seen[ITEMS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < next; i++) {
        const struct item *item = &run->spec.item[i];
        known |= taught(run->subject, e->role, item->sender, item->message);
        if (!tls13 || spec_hashes(item->message)) {
            seen[count++] = *item;
        }
    }
    unsigned may = 0;
    for (size_t i = 0; i < run->other_count; i++) {
        struct item item;
        if ((run->others[i] & known) == (run->facts & known) &&
            begins_with(tls13, &run->other_specs[i], seen, count, &item) &&
            item.sender != e->role) {
            may |= 1U << item.message;
        }
    }
    return may;
}

/* RFC 9846, 4.3.10, 4.6 and A.1: early keys until the early data ended, or was refused. */
static unsigned client_epoch13(const struct run *run, const struct endpoint *e)
{
    const struct spec *spec = &run->spec;
    unsigned f = run->facts;
    bool retried = (f & FACT_RETRY) != 0 && e->at[SERVER] > find_item(spec, SERVER, HELLO_RETRY);
    bool early = (f & FACT_EARLY) != 0 && (f & FACT_QUIC) == 0 && !retried;
    if (e->at[SERVER] <= find_item(spec, SERVER, SERVER_HELLO)) {
        return early ? EARLY_KEYS : PLAIN;
    }
    bool told = e->at[SERVER] > find_item(spec, SERVER, ENCRYPTED_EXTENSIONS);
    return early && (!told || (f & FACT_ACCEPTED) != 0) ? EARLY_KEYS : HANDSHAKE;
}

unsigned spec_write_epoch(const struct run *run, const struct endpoint *e)
{
    const struct spec *spec = &run->spec;
    if (e->state == CONNECTED) {
        unsigned top = run->subject->tls13 ? APPLICATION : PROTECTED12;
        return top + e->updates;
    }
    if (!run->subject->tls13) {
        bool changed = e->at[e->role] > find_item(spec, e->role, CHANGE_CIPHER_SPEC);
        return changed ? PROTECTED12 : PLAIN;
    }
    if (e->role == CLIENT) {
        return client_epoch13(run, e);
    }
    if (e->at[SERVER] > find_item(spec, SERVER, FINISHED)) {
        return APPLICATION;
    }
    return e->at[SERVER] > find_item(spec, SERVER, SERVER_HELLO) ? HANDSHAKE : PLAIN;
}
