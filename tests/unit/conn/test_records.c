/* Records that no honest peer sends, and alerts: what is refused and how, in the handshake and
 * after it (RFC 9846, 5 and 6). */
#include "record/record.h"
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

static bool open_pair(struct pair *pair)
{
    return pair_configs(pair, "example.com") && pair_seal(pair) && pair_open(pair, "example.com");
}

static bool connect_pair(struct pair *pair)
{
    bool ok = open_pair(pair);
    if (ok) {
        pair_run(pair);
        ok = pair_connected(pair);
    }
    return ok;
}

/* An end refused, for this reason and with this alert; the other heard it. */
static void check_refused(struct pair *pair, const struct end *end, const char *reason, int alert)
{
    const hf_error *error = hf_connection_error(end->connection);
    const hf_error *heard = hf_connection_error(pair_peer(pair, end)->connection);
    CHECK_TEXT(end_reason(end), reason);
    CHECK(error->alert == alert && error->who == HF_WE && end->status == HF_FAILED);
    CHECK(error->state != NULL && error->state[0] != '\0');
    CHECK(heard->who == HF_PEER && heard->alert == alert);
}

/* What a server that has read the ClientHello (or a client) does with raw bytes. */
static void refuses_raw(const void *bytes, size_t length, bool to_server, const char *reason,
    int alert)
{
    struct pair pair = { 0 };
    CHECK(open_pair(&pair));
    struct end *end = to_server ? &pair.server : &pair.client;
    pair_put(end, bytes, length);
    while (pair_feed(&pair, end)) {
    }
    pair_run(&pair);
    CHECK_TEXT(end_reason(end), reason);
    CHECK(hf_connection_error(end->connection)->alert == alert);
    pair_free(&pair);
}

#define RAW(bytes, to_server, reason, alert) \
    refuses_raw(bytes, sizeof(bytes) - 1, to_server, reason, alert)

static void first_bytes(void)
{
    RAW("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", true, "not_tls", 10);
    RAW("SSH-2.0-OpenSSH_9.2\r\n", false, "not_tls", 10);
    RAW("\x80\x2e\x01\x00\x02", true, "not_tls", 10);
    RAW("\x16\x03\x01\x40\x01", true, "record_overflow", 22);
    RAW("\x18\x03\x03\x00\x01\x00", true, "not_tls", 10);
    RAW("\x17\x03\x03\x00\x01\x00", true, "unexpected_message", 10);
    RAW("\x16\x03\x01\x00\x00", true, "empty_record", 10);
    RAW("\x15\x03\x01\x00\x00", false, "empty_record", 10);
    RAW("\x15\x03\x01\x00\x01\x02", false, "decode_error", 50);
    RAW("\x15\x03\x01\x00\x04\x02\x28\x02\x28", false, "decode_error", 50);
    RAW("\x14\x03\x03\x00\x01\x01", true, "unexpected_message", 10);
    RAW("\x14\x03\x03\x00\x01\x02", false, "unexpected_message", 10);
    RAW("\x14\x03\x03\x00\x02\x01\x01", false, "unexpected_message", 10);
    RAW("\x16\x03\x01\x00\x04\x01\x01\x00\x01", true, "message_too_long", 47);
    RAW("\x16\x03\x01\x00\x04\x02\x02\x20\x01", false, "message_too_long", 47);
    RAW("\x16\x03\x01\x00\x04\x00\x00\x00\x00", true, "unexpected_message", 10);
}

/* ---- The server's flight, opened and sealed again with its own keys ---- */

struct flight {
    struct record_half open;
    struct record_half seal;
    uint8_t plain[8192];   /* EncryptedExtensions to Finished */
    size_t length;
    size_t at;             /* where the protected records begin in the client's inbox */
};

static bool half_of(struct record_half *half, const struct pair *pair, const uint8_t *secret,
    bool seals)
{
    const struct hf_connection *c = pair->server.connection;
    const struct aead *aead = provider_openssl.aead(c->suite->aead);
    uint8_t key[AEAD_KEY_MAX];
    uint8_t iv[AEAD_NONCE];
    traffic_keys(c->hash, secret, aead->key_size, key, iv);
    return record_half_install(half, VERSION_TLS13, aead, key, iv, seals, NULL);
}

/* Lets the server answer; its flight lies opened in `flight`, its plain records before the
 * client. */
static bool take_flight(struct pair *pair, struct flight *flight)
{
    memset(flight, 0, sizeof *flight);
    (void)pair_move(pair, false);
    (void)pair_feed(pair, &pair->server);
    (void)pair_move(pair, true);
    const uint8_t *secret = pair->server.connection->hs->schedule.server_handshake;
    if (!half_of(&flight->open, pair, secret, false) ||
        !half_of(&flight->seal, pair, secret, true)) {
        return false;
    }
    struct end *client = &pair->client;
    size_t at = 0;
    while (at < client->length) {
        struct record_header header;
        uint8_t type;
        hf_bytes plain;
        if (record_header_read(client->inbox + at, client->length - at, true, false, &header,
            NULL) < 0) {
            header.type = CONTENT_HANDSHAKE; /* ServerHello's, in plaintext */
            header.length = (size_t)(client->inbox[at + 3] << 8 | client->inbox[at + 4]);
        }
        if (header.type == CONTENT_DATA) {
            flight->at = flight->at > 0 ? flight->at : at;
            if (!record_open(&flight->open, &header, client->inbox + at, &type, &plain, NULL)) {
                return false;
            }
            memcpy(flight->plain + flight->length, plain.data, plain.length);
            flight->length += plain.length;
        }
        at += RECORD_HEADER + header.length;
    }
    client->length = flight->at;
    return flight->length > 0;
}

static void put_sealed(struct pair *pair, struct flight *flight, uint8_t type, const void *bytes,
    size_t length)
{
    struct end *client = &pair->client;
    hf_builder b = builder_of(client->inbox + client->length, PAIR_INBOX - client->length);
    CHECK(record_seal(&flight->seal, type, VERSION_TLS12, bytes_of(bytes, length), 0, &b, NULL));
    client->length += b.length;
}

static void end_flight(struct pair *pair, struct flight *flight)
{
    record_half_drop(&flight->open);
    record_half_drop(&flight->seal);
    pair_free(pair);
}

/* A flight in any records completes the handshake. */
static void flight_in_small_records(void)
{
    for (size_t size = 1; size < 200; size += size < 8 ? 1 : 37) {
        struct pair pair = { 0 };
        struct flight flight;
        CHECK(open_pair(&pair) && take_flight(&pair, &flight));
        for (size_t at = 0; at < flight.length; at += size) {
            size_t left = flight.length - at;
            put_sealed(&pair, &flight, CONTENT_HANDSHAKE, flight.plain + at,
                left < size ? left : size);
        }
        pair_run(&pair);
        CHECK(pair_connected(&pair));
        end_flight(&pair, &flight);
    }
}

static void bytes_behind_finished(void)
{
    struct pair pair = { 0 };
    struct flight flight;
    CHECK(open_pair(&pair) && take_flight(&pair, &flight));
    put_sealed(&pair, &flight, CONTENT_HANDSHAKE, flight.plain, flight.length + 1);
    pair_run(&pair);
    check_refused(&pair, &pair.client, "left_over_bytes", 10);
    CHECK_TEXT(hf_connection_error(pair.client.connection)->state, "WAIT_FINISHED");
    end_flight(&pair, &flight);
}

/* ServerHello changes the keys: nothing may stand behind it in its record. */
static void bytes_behind_server_hello(void)
{
    struct pair pair = { 0 };
    CHECK(open_pair(&pair));
    (void)pair_move(&pair, false);
    (void)pair_feed(&pair, &pair.server);
    (void)pair_move(&pair, true);
    struct end *client = &pair.client;
    size_t size = RECORD_HEADER + (size_t)(client->inbox[3] << 8 | client->inbox[4]);
    memmove(client->inbox + size + 1, client->inbox + size, client->length - size);
    client->inbox[size] = TYPE_ENCRYPTED_EXTENSIONS;
    client->inbox[4]++;
    client->length++;
    pair_run(&pair);
    CHECK_TEXT(end_reason(client), "left_over_bytes");
    CHECK(hf_connection_error(client->connection)->alert == 10);
    pair_free(&pair);
}

/* Between the fragments of a message stands nothing else. */
static void data_between_fragments(void)
{
    static const uint8_t types[] = { CONTENT_DATA, CONTENT_ALERT };
    static const char *const reasons[] = { "left_over_bytes", "unexpected_message" };
    static const int alerts[] = { 10, 10 };
    for (size_t i = 0; i < 2; i++) {
        struct pair pair = { 0 };
        struct flight flight;
        CHECK(open_pair(&pair) && take_flight(&pair, &flight));
        put_sealed(&pair, &flight, CONTENT_HANDSHAKE, flight.plain, 7);
        put_sealed(&pair, &flight, types[i], "\1\132", 2); /* user_canceled */
        put_sealed(&pair, &flight, CONTENT_HANDSHAKE, flight.plain + 7, flight.length - 7);
        pair_run(&pair);
        check_refused(&pair, &pair.client, reasons[i], alerts[i]);
        end_flight(&pair, &flight);
    }
}

/* RFC 9846, 5: CCS is dropped anywhere in the handshake, but not between fragments, not too often,
 * not protected. */
static void change_cipher_spec(void)
{
    static const uint8_t ccs[] = { CONTENT_CCS, 3, 3, 0, 1, 1 };
    for (int kind = 0; kind < 4; kind++) {
        struct pair pair = { 0 };
        struct flight flight;
        CHECK(open_pair(&pair) && take_flight(&pair, &flight));
        /* Behind EncryptedExtensions, or in its middle. */
        size_t first = kind == 1 ? 7 : MESSAGE_HEADER + (size_t)flight.plain[3];
        if (kind == 3) {
            put_sealed(&pair, &flight, CONTENT_CCS, "\1", 1);
        }
        put_sealed(&pair, &flight, CONTENT_HANDSHAKE, flight.plain, first);
        for (int i = 0; i < (kind == 2 ? 40 : 2); i++) {
            pair_put(&pair.client, ccs, sizeof ccs);
        }
        put_sealed(&pair, &flight, CONTENT_HANDSHAKE, flight.plain + first,
            flight.length - first);
        pair_run(&pair);
        switch (kind) {
        case 0: CHECK(pair_connected(&pair)); break;
        case 1: check_refused(&pair, &pair.client, "unexpected_message", 10); break;
        case 2: check_refused(&pair, &pair.client, "too_many_records", 10); break;
        default: check_refused(&pair, &pair.client, "bad_record_type", 10); break;
        }
        end_flight(&pair, &flight);
    }
}

static void ccs_after_the_handshake(void)
{
    static const uint8_t ccs[] = { CONTENT_CCS, 3, 3, 0, 1, 1 };
    for (int i = 0; i < 2; i++) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        struct end *end = i == 0 ? &pair.client : &pair.server;
        pair_put(end, ccs, sizeof ccs);
        pair_run(&pair);
        check_refused(&pair, end, "unexpected_message", 10);
        CHECK_TEXT(hf_connection_error(end->connection)->message, "ChangeCipherSpec");
        pair_free(&pair);
    }
}

/* Data before Finished: RFC 9846, 5. */
static void data_in_the_handshake(void)
{
    struct pair pair = { 0 };
    struct flight flight;
    CHECK(open_pair(&pair) && take_flight(&pair, &flight));
    put_sealed(&pair, &flight, CONTENT_DATA, "early", 5);
    pair_run(&pair);
    check_refused(&pair, &pair.client, "unexpected_message", 10);
    CHECK(pair.client.received_length == 0);
    end_flight(&pair, &flight);
}

/* ---- Under application keys ---- */

static void refuses_record(uint8_t type, const void *bytes, size_t length, const char *reason,
    int alert)
{
    for (int i = 0; i < 2; i++) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        struct end *end = i == 0 ? &pair.client : &pair.server;
        CHECK(pair_put_record(&pair, pair_peer(&pair, end), type, bytes, length, 0));
        pair_run(&pair);
        check_refused(&pair, end, reason, alert);
        pair_free(&pair);
    }
}

static void protected_records(void)
{
    refuses_record(CONTENT_HANDSHAKE, "", 0, "empty_record", 10);
    refuses_record(CONTENT_ALERT, "", 0, "empty_record", 10);
    refuses_record(CONTENT_ALERT, "\2", 1, "decode_error", 50);
    refuses_record(CONTENT_ALERT, "\2\50\2\50", 4, "decode_error", 50);
    refuses_record(CONTENT_CCS, "\1", 1, "bad_record_type", 10);
    refuses_record(24, "x", 1, "bad_record_type", 10);
    refuses_record(0, "", 0, "bad_record_type", 10);
    refuses_record(CONTENT_HANDSHAKE, "\24\0\0\0", 4, "unexpected_message", 10);
    refuses_record(CONTENT_HANDSHAKE, "\1\0\0\0", 4, "unexpected_message", 10);
    refuses_record(CONTENT_HANDSHAKE, "\15\0\0\0", 4, "unexpected_message", 10);
    refuses_record(CONTENT_HANDSHAKE, "\0\0\0\0", 4, "unexpected_message", 10);
    refuses_record(CONTENT_HANDSHAKE, "\30\377\377\377", 4, "message_too_long", 47);
}

static void outer_records(void)
{
    static const struct {
        uint8_t header[6];
        const char *reason;
        int alert;
    } cases[] = {
        { { 22, 3, 3, 0, 1, 0 }, "bad_record", 20 },
        { { 24, 3, 3, 0, 1, 0 }, "bad_record_type", 10 },
        { { 21, 3, 3, 0, 1, 0 }, "bad_record", 20 },
        { { 23, 3, 3, 0, 1, 0 }, "bad_record", 20 },
        { { 23, 3, 3, 0x41, 1, 0 }, "record_overflow", 22 },
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        struct end *end = i % 2 == 0 ? &pair.client : &pair.server;
        pair_put(end, cases[i / 2].header, sizeof cases[i / 2].header);
        pair_run(&pair);
        check_refused(&pair, end, cases[i / 2].reason, cases[i / 2].alert);
        pair_free(&pair);
    }
}

/* One flipped bit, a record twice, a record lost. */
static void tampered_data(void)
{
    for (int kind = 0; kind < 3; kind++) {
        struct pair pair = { 0 };
        CHECK(connect_pair(&pair));
        size_t before = pair.server.length;
        CHECK(pair_say(&pair, false, "hello"));
        size_t size = pair.server.length - before;
        if (kind == 0) {
            pair.server.inbox[before + RECORD_HEADER] ^= 0x40;
        } else if (kind == 1) {
            uint8_t copy[64];
            memcpy(copy, pair.server.inbox + before, size);
            pair_put(&pair.server, copy, size);
        } else {
            pair.server.length = before;
            CHECK(pair_say(&pair, false, "world"));
        }
        pair_run(&pair);
        check_refused(&pair, &pair.server, "bad_record", 20);
        CHECK(pair.server.received_length == (kind == 1 ? 5 : 0));
        pair_free(&pair);
    }
}

static void sequence_numbers_end(void)
{
    struct pair pair = { 0 };
    CHECK(connect_pair(&pair));
    pair.client.connection->read.sequence = UINT64_MAX;
    CHECK(pair_say(&pair, true, "one too many"));
    pair_run(&pair);
    check_refused(&pair, &pair.client, "key_limit", 80);
    pair_free(&pair);
}

/* ---- Alerts ---- */

static const struct {
    uint8_t description;
    const char *at_client;
    const char *at_server;
} alerts[] = {
    { 10, "peer_refused", "peer_refused" },
    { 20, "peer_refused", "peer_refused" },
    { 22, "peer_refused", "peer_refused" },
    { 40, "peer_refused", "peer_refused" },
    { 42, "peer_refused", "peer_refused_certificate" },
    { 43, "peer_refused", "peer_refused_certificate" },
    { 44, "peer_refused", "peer_refused_certificate" },
    { 45, "peer_refused", "peer_refused_certificate" },
    { 46, "peer_refused", "peer_refused_certificate" },
    { 47, "peer_refused", "peer_refused" },
    { 48, "peer_refused", "peer_refused_certificate" },
    { 49, "peer_refused", "peer_refused_certificate" },
    { 50, "peer_refused", "peer_refused" },
    { 51, "peer_says_decrypt_error", "peer_says_decrypt_error" },
    { 70, "peer_no_version", "peer_no_version" },
    { 71, "peer_refused", "peer_refused" },
    { 80, "peer_refused", "peer_refused" },
    { 86, "peer_refused", "peer_refused" },
    { 109, "peer_refused", "peer_refused" },
    { 110, "peer_refused", "peer_refused" },
    { 112, "peer_unknown_name", "peer_unknown_name" },
    { 116, "peer_wants_certificate", "peer_wants_certificate" },
    { 120, "peer_no_alpn", "peer_no_alpn" },
    { 255, "peer_refused", "peer_refused" },
};

/* RFC 9846, 6: fatal whatever the level says; never answered. */
static void peer_alerts(void)
{
    for (size_t i = 0; i < 4 * sizeof alerts / sizeof *alerts; i++) {
        struct pair pair = { 0 };
        uint8_t content[2] = { i % 4 < 2 ? 2 : 1, alerts[i / 4].description };
        size_t left;
        CHECK(connect_pair(&pair));
        struct end *end = i % 2 == 0 ? &pair.client : &pair.server;
        CHECK(pair_put_record(&pair, pair_peer(&pair, end), CONTENT_ALERT, content, 2, 0));
        pair_run(&pair);
        const hf_error *error = hf_connection_error(end->connection);
        CHECK_TEXT(end_reason(end), i % 2 == 0 ? alerts[i / 4].at_client : alerts[i / 4].at_server);
        CHECK(error->who == HF_PEER && error->alert == alerts[i / 4].description);
        CHECK(hf_output(end->connection, &left) == NULL);
        CHECK_TEXT(end_reason(pair_peer(&pair, end)), "");
        pair_free(&pair);
    }
}

/* A plain alert is heard until the peer's first protected record; data then is safe from it. */
static void plain_alerts(void)
{
    static const uint8_t alert[] = { CONTENT_ALERT, 3, 3, 0, 2, 2, 40 };
    struct pair pair = { 0 };
    CHECK(open_pair(&pair));
    pair_put(&pair.client, alert, sizeof alert);
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.client), "peer_refused");
    pair_free(&pair);
    CHECK(connect_pair(&pair));
    pair_put(&pair.client, alert, sizeof alert);
    pair_run(&pair);
    check_refused(&pair, &pair.client, "bad_record", 20);
    pair_free(&pair);
}

/* user_canceled says nothing by itself; a flood of it does. */
static void user_canceled(void)
{
    struct pair pair = { 0 };
    CHECK(connect_pair(&pair));
    for (int i = 0; i < 4; i++) {
        CHECK(pair_put_record(&pair, &pair.client, CONTENT_ALERT, "\1\132", 2, 0));
    }
    CHECK(pair_say(&pair, false, "still here"));
    pair_run(&pair);
    CHECK(pair.server.received_length == 10 && end_reason(&pair.server)[0] == '\0');
    for (int i = 0; i < 5; i++) {
        CHECK(pair_put_record(&pair, &pair.client, CONTENT_ALERT, "\1\132", 2, 0));
    }
    pair_run(&pair);
    check_refused(&pair, &pair.server, "too_many_records", 10);
    pair_free(&pair);
}

static void close_in_the_handshake(void)
{
    struct pair pair = { 0 };
    CHECK(open_pair(&pair));
    CHECK(hf_close(pair.client.connection) == HF_OK);
    (void)pair_move(&pair, false);
    (void)pair_feed(&pair, &pair.server);
    CHECK_TEXT(end_reason(&pair.server), "closed_in_handshake");
    CHECK(hf_connection_error(pair.server.connection)->who == HF_PEER);
    pair_free(&pair);
    CHECK(open_pair(&pair));
    CHECK(hf_receive_end(pair.client.connection) == HF_FAILED);
    CHECK_TEXT(end_reason(&pair.client), "closed_in_handshake");
    CHECK_TEXT(hf_connection_error(pair.client.connection)->state, "WAIT_SH");
    CHECK(hf_receive_end(pair.client.connection) == HF_FAILED);
    pair_free(&pair);
}

TEST_MAIN(TEST(first_bytes), TEST(flight_in_small_records), TEST(bytes_behind_finished),
    TEST(bytes_behind_server_hello), TEST(data_between_fragments), TEST(change_cipher_spec),
    TEST(ccs_after_the_handshake), TEST(data_in_the_handshake), TEST(protected_records),
    TEST(outer_records), TEST(tampered_data), TEST(sequence_numbers_end), TEST(peer_alerts),
    TEST(plain_alerts), TEST(user_canceled), TEST(close_in_the_handshake))
