/* After the handshake: data of all sizes, KeyUpdate, tickets, record_size_limit, exporters, the
 * close, and calls at the wrong time (RFC 9846, 4.7, 5, 6.1 and 7.5; RFC 8449). */
#include "record/record.h"
#include "support/edit.h"
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

enum { LARGE = 300000 };

static bool connect_pair(struct pair *pair)
{
    bool ok = pair_configs(pair, "example.com") && pair_seal(pair) &&
        pair_open(pair, "example.com");
    if (ok) {
        pair_run(pair);
        ok = pair_connected(pair);
    }
    return ok;
}

static void check_well(const struct pair *pair)
{
    CHECK_TEXT(end_reason(&pair->client), "");
    CHECK_TEXT(end_reason(&pair->server), "");
}

/* A word each way arrives. */
static void talk(struct pair *pair)
{
    size_t client = pair->client.received_length;
    size_t server = pair->server.received_length;
    CHECK(pair_say(pair, false, "ping") && pair_say(pair, true, "pong!"));
    pair_run(pair);
    CHECK(pair->server.received_length == server + 4);
    CHECK(pair->client.received_length == client + 5);
    check_well(pair);
}

/* ---- Data ---- */

/* Takes all that lies before an end; how much matched `expected`. */
static size_t take_data(struct end *end, const uint8_t *expected, size_t length)
{
    size_t taken = 0;
    hf_received got;
    size_t at = 0;
    while ((end->status = hf_receive(end->connection, end->inbox + at, end->length - at, &got)) ==
        HF_OK) {
        if (got.length > length - taken || memcmp(got.data, expected + taken, got.length) != 0) {
            return 0;
        }
        taken += got.length;
        at += got.consumed;
    }
    at += got.consumed;
    memmove(end->inbox, end->inbox + at, end->length - at);
    end->length -= at;
    end->given = 0;
    return taken;
}

/* Through a window of any size: never more than fits is written, nothing is lost. */
static void large_data(void)
{
    static const size_t windows[] = { 1 << 20, 16384 + 22, 16384, 5000, 23 };
    uint8_t *data = malloc(LARGE);
    CHECK(data != NULL);
    for (size_t i = 0; i < LARGE; i++) {
        data[i] = (uint8_t)(i * 7 + i / 251);
    }
    for (size_t w = 0; w < 2 * sizeof windows / sizeof *windows; w++) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        struct end *from = w % 2 == 0 ? &pair.client : &pair.server;
        struct end *to = pair_peer(&pair, from);
        size_t window = windows[w / 2];
        size_t length = window < 100 ? 5000 : LARGE;
        size_t sent = 0;
        size_t taken = 0;
        while (sent < length) {
            hf_io io;
            CHECK(hf_send(from->connection, data + sent, length - sent, to->inbox + to->length,
                window, &io) == HF_OK);
            CHECK(io.written <= window && io.taken > 0);
            if (io.taken == 0) {
                break;
            }
            sent += io.taken;
            to->length += io.written;
            taken += take_data(to, data + taken, length - taken);
        }
        CHECK(taken == length && to->status == HF_MORE && to->length == 0);
        pair_free(&pair);
    }
    free(data);
}

/* Every capacity around what a record needs. */
static void small_capacity(void)
{
    struct pair pair = { 0 };
    uint8_t out[64];
    CHECK(connect_pair(&pair));
    for (size_t capacity = 0; capacity < 40; capacity++) {
        hf_io io;
        memset(out, 0xee, sizeof out);
        CHECK(hf_send(pair.client.connection, "0123456789", 10, out, capacity, &io) == HF_OK);
        size_t overhead = RECORD_HEADER + 1 + 16;
        size_t fits = capacity > overhead ? capacity - overhead : 0;
        CHECK(io.taken == (fits < 10 ? fits : 10));
        CHECK(io.written == (io.taken > 0 ? overhead + io.taken : 0));
        CHECK(out[io.written] == 0xee && out[sizeof out - 1] == 0xee);
        pair_put(&pair.server, out, io.written);
    }
    pair_run(&pair);
    CHECK(pair.server.received_length == 55 + 7 * 10 && pair.server.length == 0);
    /* What waits goes first, in as many pieces as it takes. */
    CHECK(hf_key_update(pair.client.connection, false) == HF_OK);
    size_t before = pair.server.received_length;
    size_t taken = 0;
    for (int i = 0; i < 20 && taken == 0; i++) {
        hf_io io;
        CHECK(hf_send(pair.client.connection, "x", 1, out, i < 4 ? 7 : 64, &io) == HF_OK);
        pair_put(&pair.server, out, io.written);
        taken += io.taken;
        CHECK(i >= 3 || (io.taken == 0 && io.written == 7));
    }
    pair_run(&pair);
    CHECK(taken == 1 && pair.server.received_length == before + 1);
    check_well(&pair);
    pair_free(&pair);
}

static void empty_and_one_byte(void)
{
    struct pair pair = { 0 };
    hf_io io;
    uint8_t out[64];
    CHECK(connect_pair(&pair));
    CHECK(hf_send(pair.client.connection, NULL, 0, out, sizeof out, &io) == HF_OK);
    CHECK(io.taken == 0 && io.written == 0);
    /* Empty records of data are traffic cover, up to a point (RFC 9846, 5.1). */
    for (int i = 0; i < 30; i++) {
        CHECK(pair_put_record(&pair, &pair.client, CONTENT_DATA, "", 0, (size_t)i));
    }
    CHECK(pair_put_record(&pair, &pair.client, CONTENT_DATA, "1", 1, 1000));
    pair_run(&pair);
    CHECK(pair.server.received_length == 1 && pair.server.received[0] == '1');
    talk(&pair);
    for (int i = 0; i < 40; i++) {
        CHECK(pair_put_record(&pair, &pair.client, CONTENT_DATA, "", 0, 0));
    }
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.server), "too_many_records");
    pair_free(&pair);
}

/* hf_need never asks for more than the record that began. */
static void need(void)
{
    struct pair pair = { 0 };
    CHECK(connect_pair(&pair));
    CHECK(pair_say(&pair, false, "one") && pair_say(&pair, false, "two"));
    const struct end *server = &pair.server;
    size_t record = RECORD_HEADER + 3 + 1 + 16;
    CHECK(server->length == 2 * record);
    for (size_t have = 0; have <= record; have++) {
        size_t wanted = have < RECORD_HEADER ? RECORD_HEADER - have : record - have;
        CHECK(hf_need(server->connection, server->inbox, have) == wanted);
    }
    pair_free(&pair);
}

/* ---- KeyUpdate (RFC 9846, 4.7.3) ---- */

static bool has_event(const struct end *end, const char *text)
{
    return strstr(end->events, text) != NULL;
}

static void key_update(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        struct end *end = i % 2 == 0 ? &pair.client : &pair.server;
        struct end *other = pair_peer(&pair, end);
        bool asks = i >= 2;
        CHECK(hf_key_update(end->connection, asks) == HF_OK);
        talk(&pair);
        CHECK(has_event(end, "keys write application AES-128-GCM 1"));
        CHECK(has_event(other, "keys read application AES-128-GCM 1"));
        CHECK(has_event(other, "keys write application AES-128-GCM 1") == asks);
        CHECK(has_event(end, "keys read application AES-128-GCM 1") == asks);
        for (int n = 0; n < 50; n++) {
            CHECK(hf_key_update(end->connection, asks) == HF_OK);
            talk(&pair);
        }
        CHECK(has_event(end, "keys write application AES-128-GCM 51"));
        pair_free(&pair);
    }
}

/* Both at once; and a second request before the answer asks for nothing. */
static void key_updates_cross(void)
{
    struct pair pair = { 0 };
    CHECK(connect_pair(&pair));
    CHECK(hf_key_update(pair.client.connection, true) == HF_OK);
    CHECK(hf_key_update(pair.client.connection, true) == HF_OK);
    CHECK(hf_key_update(pair.server.connection, true) == HF_OK);
    talk(&pair);
    CHECK(has_event(&pair.client, "keys write application AES-128-GCM 3"));
    CHECK(!has_event(&pair.client, "keys write application AES-128-GCM 4"));
    CHECK(has_event(&pair.server, "keys write application AES-128-GCM 2"));
    CHECK(!has_event(&pair.server, "keys write application AES-128-GCM 3"));
    pair_free(&pair);
}

/* The answer goes before the next data even when our last flight still waits. */
static void answer_before_data(void)
{
    struct pair pair = { 0 };
    hf_io io;
    CHECK(pair_configs(&pair, "example.com"));
    hf_config_allow_half_rtt(pair.server_config, true);
    CHECK(pair_seal(&pair) && pair_open(&pair, "example.com"));
    (void)pair_move(&pair, false);
    (void)pair_feed(&pair, &pair.server);
    (void)pair_move(&pair, true);
    /* The server's data and request come with its Finished. */
    CHECK(pair_say(&pair, true, "half"));
    CHECK(pair_put_record(&pair, &pair.server, CONTENT_HANDSHAKE, "\30\0\0\1\1", 5, 0));
    while (pair_feed(&pair, &pair.client)) {
    }
    CHECK(hf_is_connected(pair.client.connection) && pair.client.received_length == 4);
    size_t room = hf_sealed_size(pair.client.connection, 4);
    CHECK(hf_send(pair.client.connection, "data", 4, pair.server.inbox, room, &io) == HF_OK);
    CHECK(io.taken == 4 && io.written == room);
    pair.server.length = io.written;
    while (pair_feed(&pair, &pair.server)) {
    }
    const char *update = strstr(pair.server.events, "< KeyUpdate");
    CHECK(update != NULL && has_event(&pair.server, "keys read application AES-128-GCM 1"));
    CHECK(pair.server.received_length == 4 && memcmp(pair.server.received, "data", 4) == 0);
    pair_free(&pair);
}

static void bad_key_updates(void)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *reason;
    } cases[] = {
        { "\30\0\0\1\2", 5, "illegal_parameter" },
        { "\30\0\0\0", 4, "decode_error" },
        { "\30\0\0\2\0\0", 6, "decode_error" },
        { "\30\0\0\1\0\30", 6, "left_over_bytes" },
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        struct end *end = i % 2 == 0 ? &pair.client : &pair.server;
        CHECK(pair_put_record(&pair, pair_peer(&pair, end), CONTENT_HANDSHAKE, cases[i / 2].bytes,
            cases[i / 2].length, 0));
        pair_run(&pair);
        CHECK_TEXT(end_reason(end), cases[i / 2].reason);
        CHECK_TEXT(hf_connection_error(end->connection)->state, "CONNECTED");
        pair_free(&pair);
    }
}

static void key_update_flood(void)
{
    for (int limit = 20; limit <= 40; limit += 20) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        for (int i = 0; i < limit; i++) {
            CHECK(hf_key_update(pair.client.connection, false) == HF_OK);
        }
        pair_run(&pair);
        CHECK_TEXT(end_reason(&pair.server), limit == 20 ? "" : "too_many_records");
        pair_free(&pair);
    }
}

/* RFC 9846, 5.5: a key is renewed before it is worn out, by the one who seals, and on request. */
static void keys_wear_out(void)
{
    struct pair pair = { 0 };
    CHECK(connect_pair(&pair));
    struct hf_connection *client = pair.client.connection;
    struct hf_connection *server = pair.server.connection;
    uint64_t worn = client->write.aead->record_limit - 1;
    client->write.sequence = server->read.sequence = worn;
    talk(&pair);
    CHECK(has_event(&pair.server, "keys read application AES-128-GCM 1"));
    CHECK(client->write.sequence < 10 && server->read.sequence < 10);
    pair_free(&pair);
}

/* ---- Tickets (RFC 9846, 4.7.1) ---- */

static const uint8_t ticket[] = { 4, 0, 0, 16, 0, 0, 0, 1, 9, 9, 9, 9, 1, 7, 0, 2, 't', 't', 0, 1,
    0 };

static void tickets(void)
{
    struct pair pair = { 0 };
    uint8_t good[20];
    memcpy(good, ticket, sizeof good);
    good[19] = 0;
    good[18] = 0;
    CHECK(connect_pair(&pair));
    CHECK(pair_put_record(&pair, &pair.server, CONTENT_HANDSHAKE, good, sizeof good, 0));
    talk(&pair);
    /* In pieces, with its neighbour in the same records. */
    uint8_t two[40];
    memcpy(two, good, 20);
    memcpy(two + 20, good, 20);
    for (size_t i = 0; i < sizeof two; i++) {
        CHECK(pair_put_record(&pair, &pair.server, CONTENT_HANDSHAKE, two + i, 1, 3));
    }
    talk(&pair);
    CHECK(strstr(pair.client.events, "NewSessionTicket") != NULL);
    /* Data in the middle of one is refused. */
    CHECK(pair_put_record(&pair, &pair.server, CONTENT_HANDSHAKE, good, 7, 0));
    CHECK(pair_say(&pair, true, "between"));
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.client), "left_over_bytes");
    pair_free(&pair);
    CHECK(connect_pair(&pair));
    CHECK(pair_put_record(&pair, &pair.server, CONTENT_HANDSHAKE, ticket, sizeof ticket - 1, 0));
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.client), "decode_error");
    pair_free(&pair);
    CHECK(connect_pair(&pair));
    CHECK(pair_put_record(&pair, &pair.client, CONTENT_HANDSHAKE, good, sizeof good, 0));
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.server), "unexpected_message");
    CHECK_TEXT(hf_connection_error(pair.server.connection)->message, "NewSessionTicket");
    pair_free(&pair);
}

/* ---- record_size_limit (RFC 8449) ---- */

static void limit_100(void *user, struct hf_connection *c, enum message message, hf_builder *body)
{
    (void)user;
    (void)c;
    if (message == CLIENT_HELLO || message == ENCRYPTED_EXTENSIONS) {
        edit_extension_set(message, body, EXT_RECORD_SIZE_LIMIT, "\0\144", 2);
    }
}

/* No protected record of an end holds more than 100 bytes, the type included. */
static void check_sizes(const struct end *end)
{
    size_t at = 0;
    size_t protected_records = 0;
    while (at < end->wire_length) {
        size_t length = (size_t)(end->wire[at + 3] << 8 | end->wire[at + 4]);
        if (end->wire[at] == CONTENT_DATA) {
            CHECK(length <= 100 + 16);
            protected_records++;
        }
        at += RECORD_HEADER + length;
    }
    CHECK(at == end->wire_length && protected_records > 10);
}

static void record_size_limit(void)
{
    for (int i = 0; i < 2; i++) {
        struct pair pair = { 0 };
        uint8_t data[2000];
        memset(data, 'd', sizeof data);
        CHECK(pair_configs(&pair, "example.com"));
        hf_config *config = i == 0 ? pair.client_config : pair.server_config;
        config->settings.rewrite = limit_100;
        CHECK(pair_seal(&pair) && pair_open(&pair, "example.com"));
        pair_run(&pair);
        CHECK(pair_connected(&pair));
        CHECK(pair_send(&pair, i == 0, data, sizeof data));
        CHECK(hf_sealed_size((i == 0 ? &pair.server : &pair.client)->connection, 198) ==
            198 + 2 * (RECORD_HEADER + 1 + 16));
        pair_run(&pair);
        CHECK((i == 0 ? &pair.client : &pair.server)->received_length == sizeof data);
        check_sizes(i == 0 ? &pair.server : &pair.client);
        talk(&pair);
        pair_free(&pair);
    }
}

static void padding(void)
{
    struct pair pair = { 0 };
    CHECK(pair_configs(&pair, "example.com"));
    CHECK(hf_config_set_padding(pair.client_config, 256, NULL));
    CHECK(pair_seal(&pair) && pair_open(&pair, "example.com"));
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    size_t before = pair.client.wire_length;
    talk(&pair);
    CHECK(pair.client.wire_length == before + RECORD_HEADER + 256 + 1 + 16);
    pair_free(&pair);
}

/* ---- Exporters (RFC 9846, 7.5) ---- */

static void exporters(void)
{
    struct pair pair = { 0 };
    uint8_t a[64];
    uint8_t b[64];
    uint8_t long_one[255 * 32 + 1];
    CHECK(pair_configs(&pair, "example.com") && pair_seal(&pair));
    CHECK(pair_open(&pair, "example.com"));
    hf_connection *client = pair.client.connection;
    hf_connection *server = pair.server.connection;
    CHECK(hf_export(client, "EXPORTER-test", "", 0, a, sizeof a) == HF_FAILED);
    CHECK(end_reason(&pair.client)[0] == '\0');
    pair_run(&pair);
    CHECK(hf_export(client, "EXPORTER-test", "context", 7, a, sizeof a) == HF_OK);
    CHECK(hf_export(server, "EXPORTER-test", "context", 7, b, sizeof b) == HF_OK);
    CHECK_BYTES(a, b, sizeof a);
    CHECK(hf_export(server, "EXPORTER-test", "Context", 7, b, sizeof b) == HF_OK);
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK(hf_export(server, "EXPORTER-toast", "context", 7, b, sizeof b) == HF_OK);
    CHECK(memcmp(a, b, sizeof a) != 0);
    /* No context and an empty one are the same in TLS 1.3. */
    CHECK(hf_export(client, "EXPORTER-test", NULL, 0, a, sizeof a) == HF_OK);
    CHECK(hf_export(server, "EXPORTER-test", "", 0, b, sizeof b) == HF_OK);
    CHECK_BYTES(a, b, sizeof a);
    CHECK(hf_export(client, "EXPORTER-test", "", 0, long_one, sizeof long_one) == HF_FAILED);
    CHECK(hf_export(client, "EXPORTER-test", "", 0, long_one, sizeof long_one - 1) == HF_OK);
    /* KeyUpdate changes nothing in them. */
    CHECK(hf_key_update(client, true) == HF_OK);
    talk(&pair);
    CHECK(hf_export(server, "EXPORTER-test", "", 0, b, sizeof b) == HF_OK);
    CHECK_BYTES(a, b, sizeof a);
    pair_free(&pair);
}

/* ---- The close (RFC 9846, 6.1) ---- */

static void half_close(void)
{
    struct pair pair = { 0 };
    hf_io io;
    uint8_t out[64];
    hf_received got;
    CHECK(connect_pair(&pair));
    CHECK(hf_close(pair.client.connection) == HF_OK && hf_close(pair.client.connection) == HF_OK);
    CHECK(hf_send(pair.client.connection, "x", 1, out, sizeof out, &io) == HF_FAILED &&
        io.taken == 0);
    pair_put(&pair.server, out, io.written);
    CHECK(hf_key_update(pair.client.connection, false) == HF_FAILED);
    pair_run(&pair);
    CHECK(pair.server.status == HF_CLOSED && end_reason(&pair.client)[0] == '\0');
    /* The server may go on; nothing more is taken from the client. */
    CHECK(pair_say(&pair, true, "last words"));
    pair_run(&pair);
    CHECK(pair.client.received_length == 10);
    CHECK(hf_receive(pair.server.connection, out, sizeof out, &got) == HF_CLOSED &&
        got.consumed == 0);
    CHECK(hf_receive_end(pair.server.connection) == HF_CLOSED);
    CHECK(hf_close(pair.server.connection) == HF_OK);
    pair_run(&pair);
    CHECK(pair.client.status == HF_CLOSED && hf_receive_end(pair.client.connection) == HF_CLOSED);
    check_well(&pair);
    pair_free(&pair);
}

static void truncation(void)
{
    struct pair pair = { 0 };
    CHECK(connect_pair(&pair));
    CHECK(hf_receive_end(pair.client.connection) == HF_FAILED);
    const hf_error *error = hf_connection_error(pair.client.connection);
    CHECK_TEXT(error->reason, "truncated");
    CHECK(error->alert == HF_NO_ALERT && error->who == HF_NETWORK);
    size_t length;
    CHECK(hf_output(pair.client.connection, &length) == NULL && length == 0);
    CHECK(hf_close(pair.client.connection) == HF_FAILED);
    CHECK(hf_key_update(pair.client.connection, true) == HF_FAILED);
    pair_free(&pair);
}

/* ---- Calls from callbacks and before their time ---- */

struct intruder {
    unsigned calls;
    unsigned refused;
};

static void call_back(void *user, hf_connection *connection, const hf_event *event)
{
    struct intruder *intruder = user;
    uint8_t bytes[64] = { 0 };
    hf_received got;
    hf_io io;
    (void)event;
    intruder->calls++;
    intruder->refused += hf_receive(connection, bytes, sizeof bytes, &got) == HF_FAILED &&
        hf_receive_end(connection) == HF_FAILED && hf_close(connection) == HF_FAILED &&
        hf_resume(connection) == HF_FAILED && hf_key_update(connection, true) == HF_FAILED &&
        hf_send(connection, "x", 1, bytes, sizeof bytes, &io) == HF_FAILED && io.written == 0;
    hf_sent(connection, 1000000);
}

/* Calls into the connection from its own callbacks are refused and harm nothing. */
static void calls_from_callbacks(void)
{
    struct intruder intruders[2] = { { 0, 0 }, { 0, 0 } };
    struct pair pair = { 0 };
    CHECK(pair_configs(&pair, "example.com"));
    hf_config_set_trace(pair.client_config, call_back, &intruders[0]);
    hf_config_set_trace(pair.server_config, call_back, &intruders[1]);
    CHECK(pair_seal(&pair) && pair_open(&pair, "example.com"));
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    CHECK(hf_key_update(pair.client.connection, true) == HF_OK);
    talk(&pair);
    CHECK(hf_close(pair.client.connection) == HF_OK);
    pair_run(&pair);
    CHECK(hf_receive_end(pair.client.connection) == HF_FAILED);
    for (size_t i = 0; i < 2; i++) {
        CHECK(intruders[i].calls > 20 && intruders[i].refused == intruders[i].calls);
    }
    pair_free(&pair);
}

static void before_the_handshake_ends(void)
{
    struct pair pair = { 0 };
    hf_io io;
    uint8_t out[1024];
    size_t length;
    CHECK(pair_configs(&pair, "example.com") && pair_seal(&pair));
    CHECK(pair_open(&pair, "example.com"));
    CHECK(hf_key_update(pair.client.connection, true) == HF_MORE);
    (void)hf_output(pair.client.connection, &length);
    CHECK(length > 0);
    CHECK(hf_send(pair.client.connection, "x", 1, out, sizeof out, &io) == HF_MORE);
    CHECK(io.taken == 0 && io.written == length);
    CHECK(hf_output(pair.client.connection, &length) == NULL && length == 0);
    pair_put(&pair.server, out, io.written);
    (void)pair_feed(&pair, &pair.server);
    /* Without being asked by name, a server does not send before the client's Finished. */
    CHECK(hf_send(pair.server.connection, "x", 1, out, 0, &io) == HF_MORE && io.taken == 0);
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    talk(&pair);
    pair_free(&pair);
}

TEST_MAIN(TEST(large_data), TEST(small_capacity), TEST(empty_and_one_byte), TEST(need),
    TEST(key_update), TEST(key_updates_cross), TEST(answer_before_data), TEST(bad_key_updates),
    TEST(key_update_flood), TEST(keys_wear_out), TEST(tickets), TEST(record_size_limit),
    TEST(padding),
    TEST(exporters), TEST(half_close), TEST(truncation), TEST(calls_from_callbacks),
    TEST(before_the_handshake_ends))
