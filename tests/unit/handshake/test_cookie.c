/* The stateless HelloRetryRequest: the second ClientHello reaches another connection. */
#include <time.h>

#include "support/pair.h"
#include "unit/test.h"

static uint64_t clock_ms;

static uint64_t now_ms(void *user)
{
    (void)user;
    return clock_ms;
}

/* A client whose first share is for a group that the server does not take. */
static bool prepare(struct pair *pair)
{
    static const uint8_t key[32] = { 1, 2, 3 };
    clock_ms = (uint64_t)time(NULL) * 1000;
    memset(pair, 0, sizeof *pair);
    if (!pair_configs(pair, "example.com") ||
        !hf_config_set_groups(pair->client_config, "x25519:secp256r1", NULL) ||
        !hf_config_set_groups(pair->server_config, "secp256r1", NULL)) {
        return false;
    }
    hf_config_set_stateless_retry(pair->server_config, key);
    hf_config_set_clock(pair->server_config, now_ms, NULL);
    return pair_seal(pair) && pair_open(pair, "example.com");
}

/* Lets the first hello and the answer pass. */
static void first_round(struct pair *pair)
{
    CHECK(pair_move(pair, false));
    CHECK(pair_feed(pair, &pair->server));
    CHECK(pair_move(pair, true));
    CHECK(pair_feed(pair, &pair->client));
    CHECK_TEXT(hf_state_name(pair->client.connection), "WAIT_SH");
}

static void replace_server(struct pair *pair)
{
    CHECK(pair_replace_server(pair));
}

static void same_connection(void)
{
    struct pair pair;
    CHECK(prepare(&pair));
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    pair_free(&pair);
}

static void another_connection(void)
{
    struct pair pair;
    hf_facts facts;
    CHECK(prepare(&pair));
    first_round(&pair);
    replace_server(&pair);
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    hf_connection_facts(pair.server.connection, &facts);
    CHECK_TEXT(facts.group, "secp256r1");
    CHECK(pair_say(&pair, false, "hello"));
    pair_run(&pair);
    CHECK(pair.server.received_length == 5);
    pair_free(&pair);
}

static void too_old(void)
{
    struct pair pair;
    CHECK(prepare(&pair));
    first_round(&pair);
    replace_server(&pair);
    clock_ms += 61 * 1000;
    pair_run(&pair);
    CHECK_TEXT(hf_connection_error(pair.server.connection)->reason, "illegal_parameter");
    CHECK_TEXT(hf_connection_error(pair.server.connection)->field, "cookie");
    pair_free(&pair);
}

static size_t flip_at;

/* Flips one byte of the second hello's cookie, told by its format and what stands before it. */
static void flip_cookie(struct pair *pair, bool from_server, uint8_t *bytes, size_t length)
{
    (void)pair;
    static const uint8_t head[] = { 0x00, 0x2c };
    for (size_t i = 0; !from_server && i + 6 + 78 <= length; i++) {
        if (memcmp(bytes + i, head, 2) == 0 && bytes[i + 6] == 1) {
            bytes[i + 6 + flip_at] ^= 1;
            return;
        }
    }
}

static void changed(void)
{
    for (flip_at = 0; flip_at < 70; flip_at += 3) {
        struct pair pair;
        CHECK(prepare(&pair));
        first_round(&pair);
        replace_server(&pair);
        pair.tamper = flip_cookie;
        pair_run(&pair);
        CHECK(!pair_connected(&pair));
        CHECK_TEXT(hf_connection_error(pair.server.connection)->field, "cookie");
        pair_free(&pair);
    }
}

TEST_MAIN(TEST(same_connection), TEST(another_connection), TEST(too_old), TEST(changed))
