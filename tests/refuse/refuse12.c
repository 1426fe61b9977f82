/* TLS 1.2: every message, record and alert in every state of the library itself. What may come next
 * follows here from the last message that came and from what the hellos agreed on, by RFC 5246, 7.3
 * (with RFC 5077, 3.1, RFC 6066, 8, and RFC 8422, 2), and not from the tables. */
#include "keys/prf12.h"
#include "refuse/bench.h"

#define ECDHE "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
#define STATIC_RSA "TLS_RSA_WITH_AES_128_GCM_SHA256"

static const struct scenario scenarios[] = {
    { .name = "a plain handshake" },
    { .name = "a plain handshake of ends that speak TLS 1.2 alone", .only_newest = true },
    { .name = "a handshake with a client certificate", .asked = true, .has_certificate = true },
    { .name = "a handshake, asked in vain for a certificate", .asked = true },
    { .name = "a handshake that brings a ticket", .tickets = true },
    { .name = "a handshake with CertificateStatus", .staples = true, .suites = ECDHE },
    { .name = "a handshake with finite fields", .kind = KIND_RSA,
        .suites = "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256" },
    { .name = "a handshake with static RSA", .kind = KIND_RSA, .suites = STATIC_RSA },
    { .name = "a handshake with static RSA and a client certificate", .kind = KIND_RSA,
        .suites = STATIC_RSA, .asked = true, .has_certificate = true },
    { .name = "a handshake with static RSA and CertificateStatus", .kind = KIND_RSA,
        .suites = STATIC_RSA, .staples = true },
    { .name = "a handshake resumed by its ticket", .resumption = BY_TICKET },
    { .name = "a handshake resumed by a ticket that is renewed", .resumption = BY_TICKET,
        .renews = true },
    { .name = "a handshake resumed by its session ID", .resumption = BY_ID },
    { .name = "a resumed handshake of a client with a certificate", .resumption = BY_TICKET,
        .asked = true, .has_certificate = true },
};
static const struct scenario fullest = { .name = "the fullest handshake", .asked = true,
    .has_certificate = true, .tickets = true, .staples = true, .suites = ECDHE };

static bool reading_half(const struct hf_connection *c, struct record_half *half)
{
    const struct key_block12 *block = &c->hs->block;
    return record_half_install(half, VERSION_TLS12, c->read.aead,
        is_server(c) ? block->client_key : block->server_key,
        is_server(c) ? block->client_iv : block->server_iv, true, NULL);
}

/* ---- What may come (RFC 5246, 7.3) ---- */

/* What the hellos agreed on; a row holds for scenarios that have all of its bits. */
enum agreed { WHOLE_ONE = 1, SHORT = 2, SIGNS_PARAMS = 4, STATIC = 8, STATUS = 16, NO_STATUS = 32,
    TICKET = 64, NO_TICKET = 128, ASKED = 256, NOT_ASKED = 512, CLIENT_SIGNS = 1024,
    CLIENT_DOES_NOT = 2048 };

enum { NOTHING_YET = 400 };

static const struct {
    bool server;          /* who waits */
    unsigned after;       /* what came last */
    unsigned agreed;
    struct expectation expectation;
} steps[] = {
    { false, NOTHING_YET, 0, { WAIT_SH, "HelloRetryRequest or ServerHello",
        { RETRY_MESSAGE, TYPE_SERVER_HELLO }, false } },
    { false, TYPE_SERVER_HELLO, WHOLE_ONE, { WAIT_CERT, "Certificate", { TYPE_CERTIFICATE },
        false } },
    /* RFC 6066, 8: the status may stay away although it was announced. */
    { false, TYPE_CERTIFICATE, STATUS | SIGNS_PARAMS, { WAIT_STATUS,
        "CertificateStatus or ServerKeyExchange",
        { TYPE_CERTIFICATE_STATUS, TYPE_SERVER_KEY_EXCHANGE }, false } },
    { false, TYPE_CERTIFICATE, STATUS | STATIC, { WAIT_STATUS,
        "CertificateStatus or CertificateRequest or ServerHelloDone",
        { TYPE_CERTIFICATE_STATUS, TYPE_CERTIFICATE_REQUEST, TYPE_SERVER_HELLO_DONE }, false } },
    { false, TYPE_CERTIFICATE, NO_STATUS | SIGNS_PARAMS, { WAIT_SKE, "ServerKeyExchange",
        { TYPE_SERVER_KEY_EXCHANGE }, false } },
    { false, TYPE_CERTIFICATE, NO_STATUS | STATIC, { WAIT_CR,
        "CertificateRequest or ServerHelloDone",
        { TYPE_CERTIFICATE_REQUEST, TYPE_SERVER_HELLO_DONE }, false } },
    { false, TYPE_CERTIFICATE_STATUS, SIGNS_PARAMS, { WAIT_SKE, "ServerKeyExchange",
        { TYPE_SERVER_KEY_EXCHANGE }, false } },
    { false, TYPE_CERTIFICATE_STATUS, STATIC, { WAIT_CR, "CertificateRequest or ServerHelloDone",
        { TYPE_CERTIFICATE_REQUEST, TYPE_SERVER_HELLO_DONE }, false } },
    { false, TYPE_SERVER_KEY_EXCHANGE, 0, { WAIT_CR, "CertificateRequest or ServerHelloDone",
        { TYPE_CERTIFICATE_REQUEST, TYPE_SERVER_HELLO_DONE }, false } },
    { false, TYPE_CERTIFICATE_REQUEST, 0, { WAIT_SHD, "ServerHelloDone",
        { TYPE_SERVER_HELLO_DONE }, false } },
    /* RFC 5077, 3.3: a ticket that was announced must come, before the keys change. */
    { false, TYPE_SERVER_HELLO_DONE, TICKET, { WAIT_NST, "NewSessionTicket",
        { TYPE_NEW_SESSION_TICKET }, false } },
    { false, TYPE_SERVER_HELLO_DONE, NO_TICKET, { WAIT_CCS, "ChangeCipherSpec", { CCS_MESSAGE },
        false } },
    { false, TYPE_NEW_SESSION_TICKET, WHOLE_ONE, { WAIT_CCS, "ChangeCipherSpec", { CCS_MESSAGE },
        false } },
    { false, CCS_MESSAGE, WHOLE_ONE, { WAIT_FINISHED, "Finished", { TYPE_FINISHED }, false } },
    { false, TYPE_SERVER_HELLO, SHORT | TICKET, { R_NST, "NewSessionTicket",
        { TYPE_NEW_SESSION_TICKET }, false } },
    { false, TYPE_SERVER_HELLO, SHORT | NO_TICKET, { R_NST, "ChangeCipherSpec", { CCS_MESSAGE },
        false } },
    { false, TYPE_NEW_SESSION_TICKET, SHORT, { R_CCS, "ChangeCipherSpec", { CCS_MESSAGE },
        false } },
    { false, CCS_MESSAGE, SHORT, { R_FINISHED, "Finished", { TYPE_FINISHED }, false } },
    { false, TYPE_FINISHED, 0, { CONNECTED, "application data", { 0 }, true } },

    { true, NOTHING_YET, 0, { START, "ClientHello", { TYPE_CLIENT_HELLO }, false } },
    { true, TYPE_CLIENT_HELLO, WHOLE_ONE | ASKED, { WAIT_CERT, "Certificate", { TYPE_CERTIFICATE },
        false } },
    { true, TYPE_CLIENT_HELLO, WHOLE_ONE | NOT_ASKED, { WAIT_CKE, "ClientKeyExchange",
        { TYPE_CLIENT_KEY_EXCHANGE }, false } },
    { true, TYPE_CERTIFICATE, 0, { WAIT_CKE, "ClientKeyExchange", { TYPE_CLIENT_KEY_EXCHANGE },
        false } },
    { true, TYPE_CLIENT_KEY_EXCHANGE, CLIENT_SIGNS, { WAIT_CV, "CertificateVerify",
        { TYPE_CERTIFICATE_VERIFY }, false } },
    { true, TYPE_CLIENT_KEY_EXCHANGE, CLIENT_DOES_NOT, { WAIT_CCS, "ChangeCipherSpec",
        { CCS_MESSAGE }, false } },
    { true, TYPE_CERTIFICATE_VERIFY, 0, { WAIT_CCS, "ChangeCipherSpec", { CCS_MESSAGE }, false } },
    { true, CCS_MESSAGE, WHOLE_ONE, { WAIT_FINISHED, "Finished", { TYPE_FINISHED }, false } },
    { true, TYPE_CLIENT_HELLO, SHORT, { R_WAIT_CCS, "ChangeCipherSpec", { CCS_MESSAGE }, false } },
    { true, CCS_MESSAGE, SHORT, { R_WAIT_FINISHED, "Finished", { TYPE_FINISHED }, false } },
    { true, TYPE_FINISHED, 0, { CONNECTED, "application data", { 0 }, true } },
};

static bool is_short(const struct bench *bench)
{
    return bench->scenario->resumption != NOT_RESUMED;
}

static unsigned agreed(const struct bench *bench)
{
    const struct scenario *s = bench->scenario;
    bool is_static = s->suites != NULL && strcmp(s->suites, STATIC_RSA) == 0;
    bool ticket = is_short(bench) ? s->renews : s->tickets;
    return (is_short(bench) ? SHORT : WHOLE_ONE) | (is_static ? STATIC : SIGNS_PARAMS) |
        (s->staples ? STATUS : NO_STATUS) | (ticket ? TICKET : NO_TICKET) |
        (s->asked ? ASKED : NOT_ASKED) |
        (s->asked && s->has_certificate ? CLIENT_SIGNS : CLIENT_DOES_NOT);
}

static unsigned last_read(const struct bench *bench, const struct place *place)
{
    if (place->count == SIZE_MAX) {
        return TYPE_FINISHED;
    }
    if (place->count == 0) {
        return NOTHING_YET;
    }
    const struct kept *last = &bench->sent[!place->server].message[place->count - 1];
    return last->is_ccs ? (unsigned)CCS_MESSAGE : last->bytes[0];
}

static const struct expectation *expect(const struct bench *bench, const struct place *place,
    enum state state)
{
    unsigned last = last_read(bench, place);
    unsigned now = agreed(bench);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].server == place->server && steps[i].after == last &&
            (steps[i].agreed & now) == steps[i].agreed) {
            return steps[i].expectation.state == state ? &steps[i].expectation : NULL;
        }
    }
    return NULL;
}

/* ---- What is refused ---- */

/* RFC 5246, 7.2.2 and 7.4.1.1: a new handshake inside a connection is never taken up. (A
 * HelloRequest in the middle of one may be passed over; here it is refused like all else.) */
static bool judge_message(struct bench *bench, struct end *end, unsigned type)
{
    bool server = is_server(end->connection);
    const hf_error *e = hf_connection_error(end->connection);
    unsigned begins = server ? TYPE_CLIENT_HELLO : TYPE_HELLO_REQUEST;
    if (type != begins || strcmp(e->state, "CONNECTED") != 0) {
        return false;
    }
    TALLY(&bench->tally, is_refused(bench, end, "renegotiation", SAYS_NO_RENEGOTIATION) &&
        strstr(e->detail, server ? "got ClientHello" : "got HelloRequest") != NULL,
        "%s: renegotiation: %s, \"%s\"", bench->scenario->name, end_reason(end), e->detail);
    return true;
}

/* RFC 5246, 7.1: ChangeCipherSpec is one byte 1, under the keys that stood. Before ServerHello a
 * client cannot know that it will not be TLS 1.3, where it would be dropped. */
static void refuse_ccs(struct bench *bench, const struct place *place)
{
    static const uint8_t contents[3][2] = { { 1 }, { 2 }, { 1, 1 } };
    for (size_t i = 0; i < 3; i++) {
        struct end *end = end_of(bench, place->server);
        (void)bench_go(bench, place);
        enum state state = end->connection->state;
        const struct expectation *x = expect(bench, place, state);
        if (i == 0 && x->legal[0] == CCS_MESSAGE) {
            continue;
        }
        (void)put_record(bench, end, CONTENT_CCS, contents[i], i == 2 ? 2 : 1);
        feed(bench, end);
        if (i == 0 && state == WAIT_SH && !bench->scenario->only_newest) {
            TALLY(&bench->tally, went_by(end, state), "%s: CCS before ServerHello: %s",
                bench->scenario->name, end_reason(end));
        } else {
            check_unexpected(bench, end, state, "ChangeCipherSpec", x->words);
        }
    }
}

/* Data too early, records without content, and under no key where there is one. */
static void refuse_records(struct bench *bench, const struct place *place)
{
    static const uint8_t types[] = { CONTENT_HANDSHAKE, CONTENT_ALERT, CONTENT_CCS, CONTENT_DATA };
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    enum state state = end->connection->state;
    const struct expectation *x = expect(bench, place, state);
    for (size_t length = 0; length < 5 && !x->data; length += 4) {
        (void)bench_go(bench, place);
        (void)put_record(bench, end, CONTENT_DATA, "data", length);
        feed(bench, end);
        check_unexpected(bench, end, state, "application data", x->words);
    }
    for (size_t i = 0; i < 3; i++) {
        (void)bench_go(bench, place);
        (void)put_record(bench, end, types[i], "", 0);
        feed(bench, end);
        TALLY(&bench->tally, is_refused(bench, end, "empty_record", SAYS_UNEXPECTED),
            "%s: an empty record of type %u in %s: %s", bench->scenario->name, types[i],
            state_name(state), end_reason(end));
    }
    for (size_t i = 0; i < sizeof types; i++) {
        (void)bench_go(bench, place);
        if (end->connection->read.aead != NULL) {
            put_plain(end, types[i], "\1\0", types[i] == CONTENT_CCS ? 1 : 2);
            feed(bench, end);
            TALLY(&bench->tally, is_refused(bench, end, "bad_record", SAYS_BAD_RECORD),
                "%s: a plain record of type %u in %s: %s", bench->scenario->name, types[i],
                state_name(state), end_reason(end));
        }
    }
}

/* RFC 5246, 7.2: warnings go by, what is fatal ends the connection, and so does close_notify, of
 * either level. Before ServerHello user_canceled is TLS 1.3's, which has no levels. */
static bool judge_alert(const struct bench *bench, const struct place *place,
    const struct end *end, enum state before, uint8_t level, uint8_t description)
{
    (void)bench;
    if (description == 0) {
        return ended(end, before);
    }
    bool canceled = description == SAYS_CANCELED && place->count == 0;
    return canceled || level == ALERT_WARNING ? went_by(end, before)
                                              : failed_by_peer(end, before, description);
}

/* Nothing stands behind the message that we answer. Behind the last of all another handshake might
 * begin, which is refused for itself. */
static bool ends_flight(const struct bench *bench, const struct place *place)
{
    uint8_t type = bench_next(bench, place)->bytes[0];
    bool last = is_short(bench) == place->server;
    return type == TYPE_CLIENT_HELLO || type == TYPE_SERVER_HELLO_DONE ||
        (type == TYPE_FINISHED && !last);
}

static void refuse_at(struct bench *bench, const struct place *place)
{
    refuse_messages(bench, place, judge_message);
    refuse_ccs(bench, place);
    refuse_records(bench, place);
    hear_alerts(bench, place, judge_alert);
    if (place->count != SIZE_MAX) {
        refuse_between_fragments(bench, place, CONTENT_CCS);
        refuse_between_fragments(bench, place, CONTENT_DATA);
        refuse_between_fragments(bench, place, CONTENT_ALERT);
        (void)bench_go(bench, place);
        if (!bench_next(bench, place)->is_ccs) {
            check_left_over(bench, place, ends_flight(bench, place));
        }
    }
}

int main(void)
{
    static const struct description about = { HF_TLS12, reading_half, expect, refuse_at };
    static struct bench bench = { .about = &about };
    static const size_t messages[2] = { 6, 9 };
    refuse_all(&bench, scenarios, sizeof scenarios / sizeof *scenarios, &fullest, messages);
    check_reach(&bench, false, &hello_client_table);
    check_reach(&bench, false, &client12_table);
    check_reach(&bench, false, &post_client12_table);
    check_reach(&bench, true, &hello_server_table);
    check_reach(&bench, true, &server12_table);
    check_reach(&bench, true, &post_server12_table);
    return tally_close(&bench.tally);
}
