/* A server that takes no early data passes it over: RFC 9846, 4.3.10. The client's part is
 * played with made-up early keys: what it seals opens under nothing that the server holds. */
#include "handshake/extensions.h"
#include "support/pair.h"
#include "unit/test.h"

/* Adds an empty early_data extension to the first ClientHello. */
static void offer_early(void *user, hf_connection *c, enum message message, hf_builder *body)
{
    (void)user;
    if (message != CLIENT_HELLO || (c->facts & FACT_RETRIED) != 0) {
        return;
    }
    struct client_hello hello;
    hf_reader r = reader_of(body->data, body->length);
    CHECK(client_hello_parse(&r, &hello, NULL));
    size_t at = (size_t)(hello.extensions.data - body->data) - 2;
    build_u16(body, EXT_EARLY_DATA);
    build_u16(body, 0);
    size_t length = hello.extensions.length + 4;
    body->data[at] = (uint8_t)(length >> 8);
    body->data[at + 1] = (uint8_t)length;
}

static bool prepare(struct pair *pair, bool retry, bool offers)
{
    memset(pair, 0, sizeof *pair);
    if (!pair_configs(pair, "example.com") ||
        (retry && !hf_config_set_groups(pair->server_config, "secp256r1", NULL))) {
        return false;
    }
    if (offers) {
        pair->client_config->settings.rewrite = offer_early;
    }
    return pair_seal(pair) && pair_open(pair, "example.com");
}

/* A record of application data that opens under no key, right behind the first ClientHello. */
static void put_early(struct pair *pair, size_t length)
{
    static uint8_t record[RECORD_HEADER + 16384];
    memset(record, 0x5a, sizeof record);
    record[0] = CONTENT_DATA;
    record[1] = 3;
    record[2] = 3;
    record[3] = (uint8_t)(length >> 8);
    record[4] = (uint8_t)length;
    pair_put(&pair->server, record, RECORD_HEADER + length);
}

static void passed_over(void)
{
    for (int retry = 0; retry < 2; retry++) {
        for (int delivery = WHOLE; delivery <= RANDOM_PIECES; delivery++) {
            struct pair pair;
            CHECK(prepare(&pair, retry != 0, true));
            pair.delivery = (enum delivery)delivery;
            CHECK(pair_move(&pair, false));
            put_early(&pair, 100);
            put_early(&pair, 5000);
            pair_run(&pair);
            CHECK(pair_connected(&pair));
            CHECK(pair_say(&pair, false, "late"));
            pair_run(&pair);
            CHECK(pair.server.received_length == 4);
            pair_free(&pair);
        }
    }
}

static void not_without_the_extension(void)
{
    struct pair pair;
    CHECK(prepare(&pair, false, false));
    CHECK(pair_move(&pair, false));
    put_early(&pair, 100);
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.server), "bad_record");
    pair_free(&pair);
}

static void up_to_a_limit(void)
{
    struct pair pair;
    CHECK(prepare(&pair, false, true));
    CHECK(pair_move(&pair, false));
    for (int i = 0; i < 5; i++) {
        put_early(&pair, 16000);
    }
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.server), "bad_record");
    pair_free(&pair);
}

/* Once a record opened, what does not is refused again. */
static void over_once_a_record_opened(void)
{
    struct pair pair;
    CHECK(prepare(&pair, false, true));
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    put_early(&pair, 100);
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.server), "bad_record");
    pair_free(&pair);
}

TEST_MAIN(TEST(passed_over), TEST(not_without_the_extension), TEST(up_to_a_limit),
    TEST(over_once_a_record_opened))
