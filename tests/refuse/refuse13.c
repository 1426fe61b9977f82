/* TLS 1.3: every message in every state of the library itself that does not expect it: refused with
 * unexpected_message and words that name what came, what was expected and the state; and the alert
 * reaches the peer. What each state expects is written here from RFC 9846, Appendix A, and not read
 * from the tables (RFC 9846, 4, 5 and 5.1). */
#include "keys/schedule13.h"
#include "refuse/bench.h"

static const struct scenario scenarios[] = {
    { .name = "a plain handshake" },
    { .name = "a plain handshake of ends that speak TLS 1.3 alone", .only_newest = true },
    { .name = "a retried handshake", .retry = true },
    { .name = "a handshake with a client certificate", .asked = true, .has_certificate = true },
    { .name = "a retried handshake, asked in vain for a certificate", .retry = true,
        .asked = true },
    { .name = "a resumed handshake", .resumption = BY_TICKET },
    { .name = "a retried and resumed handshake of a client with a certificate", .retry = true,
        .asked = true, .has_certificate = true, .resumption = BY_TICKET },
};
static const struct scenario fullest = { .name = "the fullest handshake", .retry = true,
    .asked = true, .has_certificate = true };

static bool reading_half(const struct hf_connection *c, struct record_half *half)
{
    const struct schedule13 *s = &c->hs->schedule;
    const struct aead *aead = c->read.aead;
    uint8_t key[AEAD_KEY_MAX];
    uint8_t iv[AEAD_NONCE];
    traffic_keys(c->hash, is_server(c) ? s->client_handshake : s->server_handshake, aead->key_size,
        key, iv);
    return record_half_install(half, VERSION_TLS13, aead, key, iv, true, NULL);
}

/* RFC 9846, Appendix A and 4.7. */
static const struct {
    bool server;
    bool retried; /* a retry tells two states of one name apart */
    bool any;     /* retried or not */
    struct expectation expectation;
} expected[] = {
    { false, false, false, { WAIT_SH, "HelloRetryRequest or ServerHello",
        { RETRY_MESSAGE, TYPE_SERVER_HELLO }, false } },
    { false, true, false, { WAIT_SH, "ServerHello", { TYPE_SERVER_HELLO }, false } },
    { false, false, true, { WAIT_EE, "EncryptedExtensions", { TYPE_ENCRYPTED_EXTENSIONS },
        false } },
    { false, false, true, { WAIT_CERT_CR, "CertificateRequest or Certificate",
        { TYPE_CERTIFICATE_REQUEST, TYPE_CERTIFICATE }, false } },
    { false, false, true, { WAIT_CERT, "Certificate", { TYPE_CERTIFICATE }, false } },
    { false, false, true, { WAIT_CV, "CertificateVerify", { TYPE_CERTIFICATE_VERIFY }, false } },
    { false, false, true, { WAIT_FINISHED, "Finished", { TYPE_FINISHED }, false } },
    { false, false, true, { CONNECTED, "application data or NewSessionTicket or KeyUpdate",
        { TYPE_NEW_SESSION_TICKET, TYPE_KEY_UPDATE }, true } },
    { true, false, true, { START, "ClientHello", { TYPE_CLIENT_HELLO }, false } },
    { true, false, true, { WAIT_CERT, "Certificate", { TYPE_CERTIFICATE }, false } },
    { true, false, true, { WAIT_CV, "CertificateVerify", { TYPE_CERTIFICATE_VERIFY }, false } },
    { true, false, true, { WAIT_FINISHED, "Finished", { TYPE_FINISHED }, false } },
    { true, false, true, { CONNECTED, "application data or KeyUpdate", { TYPE_KEY_UPDATE },
        true } },
};

static const struct expectation *expect(const struct bench *bench, const struct place *place,
    enum state state)
{
    bool retried = bench->scenario->retry && !place->server && place->count > 0;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (expected[i].server == place->server && expected[i].expectation.state == state &&
            (expected[i].any || expected[i].retried == retried)) {
            return &expected[i].expectation;
        }
    }
    return NULL;
}

/* Data and ChangeCipherSpec, in records of their own (RFC 9846, 5). */
static void refuse_records(struct bench *bench, const struct place *place)
{
    static const uint8_t one[1] = { 1 };
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    enum state state = end->connection->state;
    const struct expectation *x = expect(bench, place, state);
    if (!x->data) {
        (void)put_record(bench, end, CONTENT_DATA, "data", 4);
        feed(bench, end);
        check_unexpected(bench, end, state, "application data", x->words);
        (void)bench_go(bench, place);
    }
    if (end->connection->read.aead != NULL) {
        /* A sealed one is refused by the record layer, as a record of no known type. */
        (void)put_record(bench, end, CONTENT_CCS, one, sizeof one);
        feed(bench, end);
        TALLY(&bench->tally, is_refused(bench, end, "bad_record_type", SAYS_UNEXPECTED),
            "%s: a sealed CCS in %s: %s", bench->scenario->name, state_name(state),
            end_reason(end));
        (void)bench_go(bench, place);
        put_plain(end, CONTENT_HANDSHAKE, "\x14\0\0\0", 4);
        feed(bench, end);
        /* What is not protected does not open (RFC 9846, 5.2). */
        TALLY(&bench->tally, is_refused(bench, end, "bad_record", SAYS_BAD_RECORD),
            "%s: an unprotected message in %s: %s", bench->scenario->name, state_name(state),
            end_reason(end));
        (void)bench_go(bench, place);
    }
    bool dropped = state != CONNECTED && !(place->server && place->count == 0);
    put_plain(end, CONTENT_CCS, one, sizeof one);
    feed(bench, end);
    if (dropped) {
        TALLY(&bench->tally, went_by(end, state), "%s: CCS is not dropped in %s",
            bench->scenario->name, state_name(state));
    } else {
        check_unexpected(bench, end, state, "ChangeCipherSpec", x->words);
    }
}

/* Alerts, whatever their level says (RFC 9846, 6): user_canceled goes by, close_notify ends what
 * was connected, all else fails in the peer's name. But as long as it may turn out to speak TLS
 * 1.2, its warnings are warnings (RFC 5246, 7.2). */
static bool judge_alert(const struct bench *bench, const struct place *place,
    const struct end *end, enum state before, uint8_t level, uint8_t description)
{
    bool open = place->count == 0 && !bench->scenario->only_newest;
    if (description == 0) {
        return ended(end, before);
    }
    return description == SAYS_CANCELED || (open && level == ALERT_WARNING)
        ? went_by(end, before)
        : failed_by_peer(end, before, description);
}

/* RFC 9846, 5.1: nothing stands behind a message where the keys change or we answer: both hellos,
 * Finished and KeyUpdate. */
static bool ends_flight(const struct bench *bench, const struct place *place)
{
    uint8_t type = place->count == SIZE_MAX ? TYPE_KEY_UPDATE : bench_next(bench, place)->bytes[0];
    return type == TYPE_CLIENT_HELLO || type == TYPE_SERVER_HELLO || type == TYPE_FINISHED ||
        type == TYPE_KEY_UPDATE;
}

static void refuse_at(struct bench *bench, const struct place *place)
{
    refuse_messages(bench, place, NULL);
    refuse_records(bench, place);
    hear_alerts(bench, place, judge_alert);
    if (place->count != SIZE_MAX) {
        refuse_between_fragments(bench, place, CONTENT_CCS);
        refuse_between_fragments(bench, place, CONTENT_DATA);
        refuse_between_fragments(bench, place, CONTENT_ALERT);
    }
    (void)bench_go(bench, place);
    check_left_over(bench, place, ends_flight(bench, place));
}

int main(void)
{
    static const struct description about = { HF_TLS13, reading_half, expect, refuse_at };
    static struct bench bench = { .about = &about };
    static const size_t messages[2] = { 5, 7 };
    refuse_all(&bench, scenarios, sizeof scenarios / sizeof *scenarios, &fullest, messages);
    check_reach(&bench, false, &hello_client_table);
    check_reach(&bench, false, &client13_table);
    check_reach(&bench, false, &post_client13_table);
    check_reach(&bench, true, &hello_server_table);
    check_reach(&bench, true, &server13_table);
    check_reach(&bench, true, &post_server13_table);
    return tally_close(&bench.tally);
}
