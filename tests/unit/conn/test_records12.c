/* Records of TLS 1.2 in a connection: the version that they bear, what may come once it stands, and
 * keys that are never changed. */
#include "support/pair.h"

#include "unit/test.h"
#include "wire/messages.h"

static bool open12(struct pair *pair)
{
    return pair_configs(pair, "records.test")
        && hf_config_set_versions(pair->server_config, HF_TLS12, HF_TLS12, NULL)
        && pair_seal(pair) && pair_open(pair, "records.test");
}

static bool connect12(struct pair *pair)
{
    if (!open12(pair)) {
        return false;
    }
    pair_run(pair);
    return pair_connected(pair) && pair->client.connection->version == VERSION_TLS12;
}

static void check_refused(const struct pair *pair, const struct end *end, const char *reason,
    int alert)
{
    CHECK_TEXT(end_reason(end), reason);
    CHECK(hf_connection_error(end->connection)->alert == alert);
    if (strcmp(end_reason(end), reason) != 0) {
        pair_print(pair);
    }
}

/* Each record's version from the `first` on becomes 0x03ff. */
static void spoil_versions(struct pair *pair, bool from_server, uint8_t *bytes, size_t length)
{
    const size_t *first = pair->tamper_user;
    size_t count = 0;
    for (size_t at = 0; from_server && at + RECORD_HEADER <= length;) {
        if (count++ >= *first) {
            bytes[at + 2] = 0xff;
        }
        at += RECORD_HEADER + (size_t)(bytes[at + 3] << 8 | bytes[at + 4]);
    }
}

/* RFC 5246, 6.2.1: ServerHello's own record is not looked at, those behind it are. */
static void version_of_the_handshakes_records(void)
{
    struct pair pair = { 0 };
    CHECK(open12(&pair));
    (void)pair_move(&pair, false);
    (void)pair_feed(&pair, &pair.server);
    (void)pair_move(&pair, true);
    struct end *client = &pair.client;
    /* ServerHello in a record of its own, the rest in another. */
    size_t hello = MESSAGE_HEADER + (size_t)(client->inbox[RECORD_HEADER + 2] << 8
        | client->inbox[RECORD_HEADER + 3]);
    size_t whole = (size_t)(client->inbox[3] << 8 | client->inbox[4]);
    uint8_t *second = client->inbox + RECORD_HEADER + hello;
    CHECK(hello < whole);
    memmove(second + RECORD_HEADER, second, client->length - RECORD_HEADER - hello);
    client->length += RECORD_HEADER;
    const uint8_t header[] = { CONTENT_HANDSHAKE, 3, 0xff, (uint8_t)((whole - hello) >> 8),
        (uint8_t)(whole - hello) };
    memcpy(second, header, sizeof header);
    client->inbox[2] = 0xff;
    client->inbox[3] = (uint8_t)(hello >> 8);
    client->inbox[4] = (uint8_t)hello;
    pair_run(&pair);
    check_refused(&pair, client, "record_version", 70);
    CHECK(hf_connection_error(client->connection)->offset == 1);
    pair_free(&pair);
}

static void version_of_protected_records(void)
{
    struct pair pair = { 0 };
    size_t first = 1;
    CHECK(connect12(&pair));
    pair.tamper = spoil_versions;
    pair.tamper_user = &first;
    CHECK(pair_say(&pair, true, "one"));
    pair_run(&pair);
    CHECK(pair_connected(&pair) && pair.client.received_length == 3);
    first = 0;
    CHECK(pair_say(&pair, true, "two"));
    pair_run(&pair);
    check_refused(&pair, &pair.client, "record_version", 70);
    pair_free(&pair);
}

/* Nothing changes keys: data goes on over the limits at which TLS 1.3 would send KeyUpdate. */
static void keys_stay(void)
{
    struct pair pair = { 0 };
    CHECK(connect12(&pair));
    struct hf_connection *ends[2] = { pair.client.connection, pair.server.connection };
    uint64_t limit = ends[0]->read.aead->record_limit;
    CHECK(limit < UINT64_MAX);
    for (size_t i = 0; i < 2; i++) {
        ends[i]->read.sequence = limit - 100;
        ends[i]->write.sequence = limit - 100;
    }
    for (size_t i = 0; i < 200; i++) {
        CHECK(pair_say(&pair, i % 2 == 0, "x") && pair_say(&pair, i % 2 == 1, "y"));
        pair_run(&pair);
    }
    CHECK(pair_connected(&pair));
    CHECK(pair.client.received_length == 200 && pair.server.received_length == 200);
    CHECK(ends[0]->read.sequence == limit + 100 && ends[1]->read.sequence == limit + 100);
    pair_free(&pair);
}

/* RFC 5246, 7.1 and 6.2.1: after the handshake no ChangeCipherSpec, nothing unprotected, no type
 * that is not known, no message that is empty. */
static void after_the_handshake(void)
{
    static const struct {
        uint8_t type;
        size_t length;
        const char *reason;
        int alert;
    } cases[] = {
        { CONTENT_CCS, 1, "unexpected_message", 10 },
        { CONTENT_HANDSHAKE, 0, "empty_record", 10 },
        { CONTENT_ALERT, 0, "empty_record", 10 },
        { 24, 1, "bad_record_type", 10 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair = { 0 };
        CHECK(connect12(&pair));
        CHECK(pair_put_record(&pair, &pair.server, cases[i].type, "\1", cases[i].length, 0));
        pair_run(&pair);
        check_refused(&pair, &pair.client, cases[i].reason, cases[i].alert);
        pair_free(&pair);
    }
    static const uint8_t plain[][7] = { { CONTENT_CCS, 3, 3, 0, 1, 1 },
        { CONTENT_DATA, 3, 3, 0, 1, 'x' }, { CONTENT_ALERT, 3, 3, 0, 2, 1, 0 } };
    for (size_t i = 0; i < 3; i++) {
        struct pair pair = { 0 };
        CHECK(connect12(&pair));
        pair_put(&pair.server, plain[i], RECORD_HEADER + (size_t)plain[i][4]);
        pair_run(&pair);
        check_refused(&pair, &pair.server, "bad_record", 20);
        pair_free(&pair);
    }
}

TEST_MAIN(TEST(version_of_the_handshakes_records), TEST(version_of_protected_records),
    TEST(keys_stay), TEST(after_the_handshake))
