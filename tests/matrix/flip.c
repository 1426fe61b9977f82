/* Damage on the way: any one bit of any record of a handshake flipped, and the transport ending
 * behind any byte. It must end in an error at who received it, never in a connection on both sides.
 *
 * All bits are tried, but for the two bytes of the version in records that nobody can judge yet:
 * in TLS 1.3 all that are not protected (RFC 9846, 5.1: ignored), in TLS 1.2 the first of each
 * side. HANDFAST_FLIP_STRIDE=n (HANDFAST_SLOW: 61) tries each n-th bit alone, for valgrind. */
#include "record/record.h"
#include "session/session.h"
#include "support/identities.h"
#include "support/pair.h"
#include "support/tally.h"

enum { WIRE_MAX = 16384 };

struct scenario {
    const char *name;
    bool retry;
    bool client_auth;
    hf_version_id version;
    bool resumed;
};

static const struct scenario scenarios[] = {
    { "full handshake", false, false, HF_TLS13, false },
    { "HelloRetryRequest", true, false, HF_TLS13, false },
    { "client certificate", false, true, HF_TLS13, false },
    { "resumed", false, false, HF_TLS13, true },
    { "TLS 1.2", false, true, HF_TLS12, false },
    { "TLS 1.2, resumed", false, false, HF_TLS12, true },
};

/* A pair, and what it resumes. */
struct bench {
    struct pair pair;
    const struct scenario *scenario;
    hf_session *session; /* NULL: none */
};

/* The one bit that a run flips. */
struct flip {
    bool from_server;
    size_t bit;      /* of all that this end sends */
    bool done;
};

/* What an undamaged run sends. */
struct wire {
    uint8_t bytes[WIRE_MAX];
    size_t length;
};

static uint64_t tell_time(void *user)
{
    (void)user;
    return UINT64_C(1790000000000); /* 2026 */
}

static bool configure(struct bench *bench, hf_identity *identity, hf_trust *trust)
{
    struct pair *pair = &bench->pair;
    const struct scenario *scenario = bench->scenario;
    bool ok = pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        hf_config_set_versions(pair->server_config, HF_TLS12, scenario->version, NULL) &&
        hf_config_set_groups(pair->server_config, scenario->retry ? "secp256r1" : "x25519", NULL);
    if (!ok) {
        return false;
    }
    hf_config *configs[2] = { pair->client_config, pair->server_config };
    for (size_t i = 0; i < 2; i++) {
        hf_config_set_trace(configs[i], NULL, NULL);
        hf_config_set_clock(configs[i], tell_time, NULL);
    }
    hf_config_set_trust(pair->client_config, trust);
    if (scenario->client_auth) {
        hf_config_set_trust(pair->server_config, trust);
        hf_config_set_client_auth(pair->server_config, HF_AUTH_REQUIRE);
        ok = hf_config_add_identity(pair->client_config, identity, NULL);
    }
    pair_inject(pair, 1);
    return ok;
}

static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    struct bench *bench = user;
    (void)connection;
    hf_session_free(bench->session);
    bench->session = session;
}

/* Connections, and the session as one that was never offered. */
static bool open_pair(struct bench *bench)
{
    hf_connect_options options = { .identity = "example.com" };
    if (bench->session != NULL) {
        options.session = session_new(&allocator_malloc, session_view(bench->session), NULL);
    }
    bool ok = pair_open_with(&bench->pair, &options);
    hf_session_free(options.session);
    return ok;
}

/* A pair to be damaged. One that resumes gets its session from another pair with the same ticket
 * keys, and grants none itself: a ticket after the handshake is no part of it. */
static bool make_bench(struct bench *bench, hf_identity *identity, hf_trust *trust)
{
    if (!bench->scenario->resumed) {
        return configure(bench, identity, trust) && pair_seal(&bench->pair);
    }
    hf_tickets *tickets = hf_tickets_new(0, 0);
    bool ok = configure(bench, identity, trust);
    hf_config_set_tickets(bench->pair.server_config, tickets, 1, 0);
    hf_config_set_session_callback(bench->pair.client_config, keep_session, bench);
    ok = ok && pair_seal(&bench->pair) && open_pair(bench);
    if (ok) {
        pair_run(&bench->pair);
    }
    pair_free(&bench->pair);
    ok = ok && bench->session != NULL && configure(bench, identity, trust);
    if (ok) {
        hf_config_set_tickets(bench->pair.server_config, tickets, 0, 0);
        ok = pair_seal(&bench->pair);
    }
    hf_tickets_free(tickets);
    return ok;
}

static void flip_bit(struct pair *pair, bool from_server, uint8_t *bytes, size_t length)
{
    struct flip *flip = pair->tamper_user;
    size_t sent = from_server ? pair->server.wire_length : pair->client.wire_length;
    size_t byte = flip->bit / 8;
    if (flip->from_server == from_server && byte >= sent && byte - sent < length) {
        bytes[byte - sent] ^= (uint8_t)(1U << flip->bit % 8);
        flip->done = true;
    }
}

/* Which byte of a version that nobody judges it is, from 1; 0: none. */
static size_t version_byte(const struct bench *bench, const struct wire *wire, size_t byte)
{
    size_t at = 0;
    while (at + RECORD_HEADER <= wire->length) {
        size_t size = RECORD_HEADER + (size_t)(wire->bytes[at + 3] << 8 | wire->bytes[at + 4]);
        if (byte < at + size) {
            bool ignored = bench->scenario->version == HF_TLS12 ? at == 0
                                                                : wire->bytes[at] != CONTENT_DATA;
            bool version = byte == at + 1 || byte == at + 2;
            return ignored && version ? byte - at : 0;
        }
        at += size;
    }
    return 0;
}

static bool has_failed(const struct end *end)
{
    return hf_connection_error(end->connection)->code != HF_CODE_none;
}

/* Who ends the handshake: the server where TLS 1.2 makes a new session, else the client. */
static bool server_is_last(const struct bench *bench)
{
    return bench->scenario->version == HF_TLS12 && !bench->scenario->resumed;
}

/* Whoever does not have the last word is connected by the other's Finished alone, which proves that
 * both saw the same; so whatever was flipped, it is not. The other one must not be, if what it got
 * was damaged. */
static bool ends_in_error(struct bench *bench, struct flip *flip)
{
    struct pair *pair = &bench->pair;
    bool server_last = server_is_last(bench);
    const struct end *last = server_last ? &pair->server : &pair->client;
    const struct end *first = pair_peer(pair, last);
    if (!open_pair(bench)) {
        return false;
    }
    pair_run(pair);
    bool one = hf_is_connected(first->connection);
    bool other = hf_is_connected(last->connection);
    pair_hang_up(pair);
    return flip->done && !one && !(other && flip->from_server != server_last) &&
        has_failed(&pair->server) && has_failed(&pair->client) &&
        !hf_is_connected(first->connection);
}

/* RFC 9846, 5.1: legacy_record_version is ignored; we look at the first byte of it alone, to
 * tell what is not TLS. Such a flip shows that this program sees a connection where there is
 * one. */
static bool is_ignored(struct bench *bench, struct flip *flip)
{
    if (!open_pair(bench)) {
        return false;
    }
    pair_run(&bench->pair);
    return flip->done && pair_connected(&bench->pair);
}

static bool is_as_wanted(const struct bench *bench)
{
    hf_facts facts;
    hf_connection_facts(bench->pair.server.connection, &facts);
    return pair_connected(&bench->pair) && facts.resumed == bench->scenario->resumed &&
        strcmp(facts.version, bench->scenario->version == HF_TLS12 ? "TLS 1.2" : "TLS 1.3") == 0;
}

/* A run without damage, to know what is sent; its handshake alone. */
static bool record_wires(struct bench *bench, struct wire wires[2])
{
    if (!open_pair(bench)) {
        return false;
    }
    pair_run(&bench->pair);
    const struct end *ends[2] = { &bench->pair.client, &bench->pair.server };
    for (size_t i = 0; i < 2; i++) {
        wires[i].length = ends[i]->wire_length;
        if (ends[i]->wire_length > WIRE_MAX) {
            return false;
        }
        memcpy(wires[i].bytes, ends[i]->wire, ends[i]->wire_length);
    }
    return is_as_wanted(bench);
}

static void flip_all(struct tally *tally, struct bench *bench, const struct wire wires[2],
    size_t stride)
{
    struct flip flip;
    struct pair *pair = &bench->pair;
    const char *name = bench->scenario->name;
    pair->tamper = flip_bit;
    pair->tamper_user = &flip;
    for (size_t from = 0; from < 2; from++) {
        size_t tried = 0;
        for (size_t bit = 0; bit < 8 * wires[from].length; bit += stride) {
            size_t version = version_byte(bench, &wires[from], bit / 8);
            flip = (struct flip){ from == 1, bit, false };
            if (version == 2) {
                TALLY(tally, is_ignored(bench, &flip), "%s: bit %zu of byte %zu from the %s is not "
                    "ignored", name, bit % 8, bit / 8, from == 1 ? "server" : "client");
            } else if (version == 0) {
                TALLY(tally, ends_in_error(bench, &flip), "%s: bit %zu of byte %zu from the %s",
                    name, bit % 8, bit / 8, from == 1 ? "server" : "client");
                tried++;
            }
        }
        (void)printf("%s: %zu bits of %zu bytes from the %s\n", name, tried, wires[from].length,
            from == 1 ? "server" : "client");
    }
    pair->tamper = NULL;
}

/* ---- Ends ---- */

static void talk_and_close(struct pair *pair, bool from_server)
{
    struct end *end = from_server ? &pair->server : &pair->client;
    if (hf_is_connected(end->connection) && !has_failed(end) &&
        pair_say(pair, from_server, "twelve bytes") && hf_close(end->connection) == HF_OK) {
        pair_run(pair);
    }
}

/* What a record holds beside its content: TLS 1.3 a type and a tag, TLS 1.2 half a nonce and a
 * tag. */
static size_t overhead(const struct bench *bench)
{
    return RECORD_HEADER + (bench->scenario->version == HF_TLS12 ? 8 + 16 : 1 + 16);
}

/* Data comes whole or not at all; an end without close_notify is told as one. `data`: where it
 * ends. */
static bool is_told(const struct end *end, size_t at, size_t handshake, size_t data, size_t total)
{
    bool got = end->received_length == 12;
    if (at < handshake) {
        return strcmp(end_reason(end), "closed_in_handshake") == 0 && end->received_length == 0;
    }
    if (at < total) {
        return strcmp(end_reason(end), "truncated") == 0 && got == (at >= data);
    }
    return end->status == HF_CLOSED && got && !has_failed(end);
}

/* The last byte is never stepped over. */
static size_t next_cut(size_t at, size_t stride, size_t total)
{
    return at < total && at + stride > total ? total : at + stride;
}

static void cut_all(struct tally *tally, struct bench *bench, const struct wire wires[2],
    size_t stride)
{
    struct pair *pair = &bench->pair;
    for (size_t from = 0; from < 2; from++) {
        size_t handshake = wires[from].length;
        size_t data = handshake + overhead(bench) + 12;
        size_t total = data + overhead(bench) + 2;
        struct end *to = from == 1 ? &pair->client : &pair->server;
        for (size_t at = 0; at <= total; at = next_cut(at, stride, total)) {
            pair->cut.on = true;
            pair->cut.from_server = from == 1;
            pair->cut.at = at;
            bool ok = open_pair(bench);
            if (ok) {
                pair_run(pair);
                talk_and_close(pair, from == 1);
                to->status = hf_receive_end(to->connection);
                ok = is_told(to, at, handshake, data, total);
            }
            TALLY(tally, ok, "%s: the %s's bytes end behind %zu of %zu: %s",
                bench->scenario->name,
                from == 1 ? "server" : "client", at, total, end_reason(to));
        }
    }
    pair->cut.on = false;
}

static size_t stride_wanted(void)
{
    const char *text = getenv("HANDFAST_FLIP_STRIDE");
    if (text == NULL) {
        text = getenv("HANDFAST_SLOW") != NULL ? "61" : "1";
    }
    long stride = strtol(text, NULL, 10);
    return stride > 0 ? (size_t)stride : 1;
}

int main(void)
{
    struct tally tally = { 0 };
    size_t stride = stride_wanted();
    hf_identity *identity = identity_of_kind(KIND_ED25519, "example.com");
    hf_trust *trust = identity_trust();
    if (stride > 1) {
        (void)printf("only each %zuth bit and byte is tried\n", stride);
    }
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        static struct wire wires[2];
        struct bench bench = { .scenario = &scenarios[i] };
        bool ok = identity != NULL && trust != NULL && make_bench(&bench, identity, trust) &&
            record_wires(&bench, wires);
        TALLY(&tally, ok, "%s: without damage", scenarios[i].name);
        if (ok) {
            flip_all(&tally, &bench, wires, stride);
            cut_all(&tally, &bench, wires, stride);
        }
        pair_free(&bench.pair);
        hf_session_free(bench.session);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return tally_close(&tally);
}
