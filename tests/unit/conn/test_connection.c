/* Two connections in memory: the handshake, data both ways, the close, errors. */
#include "support/pair.h"
#include "unit/test.h"

static void shakes_hands(void)
{
    struct pair pair = { .delivery = WHOLE };
    hf_facts facts;
    CHECK(pair_configs(&pair, "example.com,127.0.0.1"));
    hf_config_set_grease(pair.client_config, true);
    CHECK(pair_seal(&pair));
    CHECK(pair_open(&pair, "example.com"));
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    if (!pair_connected(&pair)) {
        pair_print(&pair);
    }
    CHECK(pair_say(&pair, false, "ping") && pair_say(&pair, true, "pong!"));
    pair_run(&pair);
    CHECK(pair.server.received_length == 4 && memcmp(pair.server.received, "ping", 4) == 0);
    CHECK(pair.client.received_length == 5 && memcmp(pair.client.received, "pong!", 5) == 0);
    hf_connection_facts(pair.client.connection, &facts);
    CHECK_TEXT(facts.suite, "TLS_AES_128_GCM_SHA256");
    CHECK_TEXT(facts.group, "x25519");
    CHECK_TEXT(facts.signature, "ecdsa_secp256r1_sha256");
    CHECK_TEXT(facts.server_name, "example.com");
    CHECK(hf_close(pair.client.connection) == HF_OK);
    pair_run(&pair);
    CHECK(pair.server.status == HF_CLOSED);
    CHECK(hf_receive_end(pair.client.connection) == HF_FAILED);
    CHECK_TEXT(hf_connection_error(pair.client.connection)->reason, "truncated");
    CHECK(hf_receive_end(pair.server.connection) == HF_CLOSED);
    pair_free(&pair);
}

TEST_MAIN(TEST(shakes_hands))
