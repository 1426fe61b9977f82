/* Legal, and seldom seen: many messages in one record, and every message cut at every byte (RFC
 * 9846, 5.1). Alerts and ChangeCipherSpec at every place are in tests/refuse. */
#include "record/record.h"
#include "support/pair.h"
#include "unit/test.h"

enum { MANY = 255, RANDOM_RUNS = 400 };

static const hf_version_id versions[] = { HF_TLS13, HF_TLS12 };
enum { VERSIONS = sizeof versions / sizeof *versions };

static bool open_pair(struct pair *pair, hf_version_id version, bool client_auth)
{
    if (!pair_configs(pair, "example.com") ||
        !hf_config_set_versions(pair->server_config, HF_TLS12, version, NULL)) {
        return false;
    }
    if (client_auth) {
        hf_config_insecure_no_verification(pair->server_config);
        hf_config_set_client_auth(pair->server_config, HF_AUTH_REQUEST);
        hf_identity *identity = hf_identity_self_signed("client.example.com", NULL, 0, NULL);
        if (!hf_config_add_identity(pair->client_config, identity, NULL)) {
            return false;
        }
        hf_identity_free(identity);
    }
    return pair_seal(pair) && pair_open(pair, "example.com");
}

static void check_talks(struct pair *pair)
{
    CHECK(pair_connected(pair));
    CHECK(pair_say(pair, false, "there") && pair_say(pair, true, "back"));
    pair_run(pair);
    CHECK(pair->server.received_length == 5 && pair->client.received_length == 4);
}

static void many_messages_in_one_record(void)
{
    static const uint8_t ticket[] = { 4, 0, 0, 14, 0, 0, 0, 60, 1, 2, 3, 4, 0, 0, 1, 9, 0, 0 };
    struct pair pair = { 0 };
    uint8_t record[MANY * sizeof ticket];
    CHECK(open_pair(&pair, HF_TLS13, false));
    pair_run(&pair);
    for (size_t i = 0; i < MANY; i++) {
        memcpy(record + i * sizeof ticket, ticket, sizeof ticket);
    }
    CHECK(pair_put_record(&pair, &pair.server, CONTENT_HANDSHAKE, record, sizeof record, 0));
    pair_run(&pair);
    check_talks(&pair);
    pair_free(&pair);
}

/* Both flights in records of `size` bytes: the first cut of each message wanders over all of it. */
static void cut_flights(struct pair *pair, size_t size)
{
    CHECK(pair_open(pair, "example.com"));
    pair->server.connection->send_limit = size;
    pair->client.connection->send_limit = size;
    pair_run(pair);
    check_talks(pair);
}

static void every_message_cut_at_every_byte(void)
{
    size_t step = getenv("HANDFAST_SLOW") != NULL ? 41 : 1;
    for (size_t i = 0; i < VERSIONS; i++) {
        struct pair pair = { 0 };
        CHECK(open_pair(&pair, versions[i], true));
        pair_run(&pair);
        size_t longest = pair.server.wire_length;
        CHECK(longest > 500);
        for (size_t size = 1; size < longest; size += step) {
            cut_flights(&pair, size);
        }
        pair_free(&pair);
    }
}

/* The ClientHello in two records, cut at every byte. */
static void client_hello_cut_at_every_byte(void)
{
    struct pair pair = { 0 };
    CHECK(open_pair(&pair, HF_TLS13, false));
    size_t length;
    (void)hf_output(pair.client.connection, &length);
    size_t step = getenv("HANDFAST_SLOW") != NULL ? 41 : 1;
    for (size_t cut = 1; cut < length - RECORD_HEADER; cut += step) {
        CHECK(pair_open(&pair, "example.com"));
        uint8_t hello[2048];
        const uint8_t *wire = hf_output(pair.client.connection, &length);
        CHECK(length <= sizeof hello);
        memcpy(hello, wire, length);
        hf_sent(pair.client.connection, length);
        size_t body = length - RECORD_HEADER;
        const uint8_t first[] = { CONTENT_HANDSHAKE, 3, 1, (uint8_t)(cut >> 8), (uint8_t)cut };
        const uint8_t second[] = { CONTENT_HANDSHAKE, 3, 3, (uint8_t)((body - cut) >> 8),
            (uint8_t)(body - cut) };
        pair_put(&pair.server, first, sizeof first);
        pair_put(&pair.server, hello + RECORD_HEADER, cut);
        pair_put(&pair.server, second, sizeof second);
        pair_put(&pair.server, hello + RECORD_HEADER + cut, body - cut);
        pair_run(&pair);
        check_talks(&pair);
    }
    pair_free(&pair);
}

/* A record of chance before an end: sealed under the peer's key as it stands, or under none. */
static void put_random_record(struct pair *pair, bool from_server, uint64_t *chance)
{
    uint8_t content[48];
    struct end *from = from_server ? &pair->server : &pair->client;
    size_t length = (size_t)(pair_random(chance) % sizeof content);
    uint8_t type = (uint8_t)(19 + pair_random(chance) % 7);
    for (size_t i = 0; i < sizeof content; i++) {
        content[i] = (uint8_t)(pair_random(chance) >> 16);
    }
    if (pair_random(chance) % 2 == 0 && from->connection->write.aead != NULL) {
        (void)pair_put_record(pair, from, type, content, length, 0);
        return;
    }
    const uint8_t header[RECORD_HEADER] = { type, 3, 3, 0, (uint8_t)length };
    pair_put(pair_peer(pair, from), header, sizeof header);
    pair_put(pair_peer(pair, from), content, length);
}

/* Nothing stands for ever: each end fails, or is connected and ends when the transport does. */
static void random_records_at_any_time(void)
{
    uint64_t chance = 20261121;
    for (size_t i = 0; i < VERSIONS; i++) {
        struct pair pair = { 0 };
        unsigned failed = 0;
        CHECK(open_pair(&pair, versions[i], true));
        for (unsigned run = 0; run < RANDOM_RUNS; run++) {
            CHECK(pair_open(&pair, "example.com"));
            unsigned when = (unsigned)(pair_random(&chance) % 12);
            bool moved = true;
            for (unsigned step = 0; moved || step <= when; step++) {
                if (step == when) {
                    put_random_record(&pair, pair_random(&chance) % 2 == 0, &chance);
                }
                bool to_client = step % 2 == 1;
                moved = pair_move(&pair, to_client);
                moved |= pair_feed(&pair, to_client ? &pair.client : &pair.server);
                moved |= pair_move(&pair, !to_client);
            }
            failed += end_reason(&pair.client)[0] != '\0' && end_reason(&pair.server)[0] != '\0';
            pair_hang_up(&pair);
            CHECK(pair.client.status == HF_FAILED || pair.client.status == HF_CLOSED);
            CHECK(pair.server.status == HF_FAILED || pair.server.status == HF_CLOSED);
        }
        CHECK(failed > RANDOM_RUNS / 4);
        pair_free(&pair);
    }
}

/* The provider's AEADs, worn out after few records. */
enum { FEW_RECORDS = 200, RECORDS_SENT = 1000 };

static const struct aead *worn_aead(enum aead_id id)
{
    static struct aead few;
    few = *provider_openssl.aead(id);
    few.record_limit = FEW_RECORDS;
    return &few;
}

/* RFC 9846, 5.5: both sides renew their keys in time, without being asked. */
static void low_record_limits(void)
{
    static struct provider worn;
    struct pair pair = { 0 };
    worn = provider_openssl;
    worn.aead = worn_aead;
    CHECK(pair_configs(&pair, "example.com"));
    pair.client_config->settings.provider = &worn;
    pair.server_config->settings.provider = &worn;
    CHECK(pair_seal(&pair) && pair_open(&pair, "example.com"));
    pair_run(&pair);
    for (int i = 0; i < RECORDS_SENT; i++) {
        CHECK(pair_say(&pair, i % 2 == 0, "x"));
        pair_run(&pair);
    }
    CHECK(pair.client.received_length == RECORDS_SENT / 2);
    CHECK(pair.server.received_length == RECORDS_SENT / 2);
    CHECK(pair.client.connection->write_generation >= RECORDS_SENT / 2 / FEW_RECORDS);
    CHECK(pair.server.connection->read_generation == pair.client.connection->write_generation);
    CHECK(pair.client.connection->read_generation == pair.server.connection->write_generation);
    pair_free(&pair);
}

TEST_MAIN(TEST(low_record_limits), TEST(many_messages_in_one_record),
    TEST(every_message_cut_at_every_byte), TEST(client_hello_cut_at_every_byte),
    TEST(random_records_at_any_time))
