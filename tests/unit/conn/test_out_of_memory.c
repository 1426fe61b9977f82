/* The nth allocation of an end fails, for every n of a handshake, data, key updates and the close:
 * out_of_memory or no connection at all, nothing leaked, other connections of the same config
 * unharmed. Both versions; resumption of TLS 1.3 is in tests/unit/handshake/test_psk13_memory.c. */
#include "session/session.h"
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

enum { NEVER = 1 << 30, NTH_MAX = 400 };

/* An allocator that keeps count, and fails at will. */
struct memory {
    long until_failure;   /* allocations that still succeed */
    bool goes_on;         /* and all after it fail */
    bool failed;
    size_t live;
    bool wrong_size;      /* a release named another size than its allocation */
};

struct header {
    size_t size;
    max_align_t align[];
};

static void *allocate(void *user, size_t size)
{
    struct memory *memory = user;
    if (memory->until_failure-- == 0) {
        memory->failed = true;
        memory->until_failure = memory->goes_on ? 0 : NEVER;
        return NULL;
    }
    struct header *header = malloc(sizeof *header + size);
    if (header == NULL) {
        return NULL;
    }
    header->size = size;
    memory->live++;
    memset(header->align, 0xa5, size);
    return header->align;
}

static void release(void *user, void *block, size_t size)
{
    struct memory *memory = user;
    void *begin = (uint8_t *)block - offsetof(struct header, align);
    struct header *header = begin;
    memory->wrong_size |= header->size != size;
    memory->live--;
    free(header);
}

struct scenario {
    bool retry;
    bool client_auth;
    bool goes_on;
    const char *suites;        /* of TLS 1.2; NULL: TLS 1.3 */
    enum identity_kind kind;
    bool resumes;              /* TLS 1.2, by ticket or by session ID */
    bool by_id;
};

struct world {
    const struct scenario *scenario;
    hf_session *session;       /* of the other connection; NULL: none is resumed */
    struct memory memory[2];   /* client, server */
    struct pair pair;
    struct pair other;         /* of the same configs, connected before anything fails */
};

/* The first one stays: a session of TLS 1.2 serves again and again. */
static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    struct world *world = user;
    (void)connection;
    if (world->session == NULL) {
        world->session = session_new(&allocator_malloc, session_view(session), NULL);
    }
    hf_session_free(session);
}

static bool configure12(struct world *world, const struct scenario *scenario)
{
    hf_config *client = world->pair.client_config;
    hf_config *server = world->pair.server_config;
    if (scenario->suites == NULL) {
        return true;
    }
    if (scenario->resumes) {
        hf_tickets *tickets = hf_tickets_new(0, 0);
        hf_session_cache *cache = hf_session_cache_new(4);
        hf_config_set_tickets(server, scenario->by_id ? NULL : tickets, 1, 0);
        hf_config_set_session_cache(server, scenario->by_id ? cache : NULL);
        hf_config_set_session_callback(client, keep_session, world);
        hf_tickets_free(tickets);
        hf_session_cache_free(cache);
    }
    return hf_config_set_policy(client, "legacy", NULL) &&
        hf_config_set_suites(server, scenario->suites, NULL) &&
        hf_config_set_groups(server, "x25519:ffdhe2048", NULL) &&
        hf_config_set_versions(server, HF_TLS12, HF_TLS12, NULL);
}

static bool configure(struct world *world, const struct scenario *scenario)
{
    struct pair *pair = &world->pair;
    hf_allocator client = { allocate, release, &world->memory[0] };
    hf_allocator server = { allocate, release, &world->memory[1] };
    hf_identity *identity = identity_of_kind(scenario->kind, "example.com");
    hf_trust *trust = identity_trust();
    world->scenario = scenario;
    world->memory[0].until_failure = world->memory[1].until_failure = NEVER;
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, &client, &server) &&
        configure12(world, scenario) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        hf_config_set_alpn(pair->client_config, "h2", NULL) &&
        hf_config_set_alpn(pair->server_config, "h2", NULL) &&
        (!scenario->retry || hf_config_set_groups(pair->server_config, "secp384r1", NULL));
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trust(pair->server_config, trust);
        hf_config_set_client_auth(pair->server_config,
            scenario->client_auth ? HF_AUTH_REQUIRE : HF_AUTH_NONE);
        ok = !scenario->client_auth || hf_config_add_identity(pair->client_config, identity, NULL);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return ok && pair_seal(pair);
}

/* New keys, and a message in two records, which is kept in between. */
static bool renew_keys(struct pair *pair)
{
    static const uint8_t ticket[] = { 4, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };
    if (hf_key_update(pair->client.connection, true) != HF_OK) {
        return false;
    }
    pair_run(pair);
    if (!pair_put_record(pair, &pair->server, CONTENT_HANDSHAKE, ticket, 6, 0)) {
        return false;
    }
    pair_run(pair);
    (void)pair_put_record(pair, &pair->server, CONTENT_HANDSHAKE, ticket + 6, sizeof ticket - 6, 0);
    pair_run(pair);
    return true;
}

/* All that allocates. False: it did not come to a good end. */
static bool live_a_life(struct world *world)
{
    struct pair *pair = &world->pair;
    hf_connect_options options = { .identity = "example.com", .session = world->session };
    if (!pair_open_with(pair, &options)) {
        return false;
    }
    pair_run(pair);
    if (!pair_connected(pair) || !pair_say(pair, false, "ping") ||
        (world->scenario->suites == NULL && !renew_keys(pair)) || !pair_say(pair, true, "pong")) {
        return false;
    }
    pair_run(pair);
    (void)(hf_close(pair->client.connection) == HF_OK &&
        hf_close(pair->server.connection) == HF_OK);
    pair_run(pair);
    return pair->client.status == HF_CLOSED && pair->server.status == HF_CLOSED &&
        pair->client.received_length == 4 && pair->server.received_length == 4;
}

static bool is_resumed_pair(const struct pair *pair)
{
    hf_facts facts;
    hf_connection_facts(pair->server.connection, &facts);
    return facts.resumed;
}

/* The other connection goes on as if nothing had happened. */
static void check_other(struct pair *other)
{
    size_t before = other->server.received_length;
    CHECK(pair_connected(other) && pair_say(other, false, "well"));
    pair_run(other);
    CHECK(other->server.received_length == before + 4);
    CHECK(end_reason(&other->client)[0] == '\0' && end_reason(&other->server)[0] == '\0');
    other->server.received_length = 0;
}

static void check_error(const struct end *end, const struct pair *pair)
{
    if (end->connection != NULL) {
        if (strcmp(end_reason(end), "out_of_memory") != 0) {
            pair_print(pair);
        }
        CHECK_TEXT(end_reason(end), "out_of_memory");
        const hf_error *error = hf_connection_error(end->connection);
        CHECK(error->code == HF_CODE_out_of_memory && error->alert == 80 && error->who == HF_WE);
    }
}

/* Fails each allocation of one end in turn. How many there were. */
static long fail_each(struct world *world, size_t side, bool goes_on)
{
    struct memory *memory = &world->memory[side];
    struct pair *pair = &world->pair;
    for (long n = 0; n < NTH_MAX; n++) {
        memory->until_failure = n;
        memory->goes_on = goes_on;
        memory->failed = false;
        bool ok = live_a_life(world);
        bool failed = memory->failed;
        memory->until_failure = NEVER;
        check_other(&world->other);
        if (!failed) {
            CHECK(ok && is_resumed_pair(pair) == world->scenario->resumes);
            return n;
        }
        /* Without memory for a session to keep, the connection is as good. */
        CHECK(!ok || world->scenario->resumes);
        if (ok) {
            continue;
        }
        check_error(side == 0 ? &pair->client : &pair->server, pair);
        if (test_failures > 10) {
            break;
        }
    }
    return 0;
}

static void run_scenario(const struct scenario *scenario)
{
    struct world *world = calloc(1, sizeof *world);
    CHECK(world != NULL && configure(world, scenario));
    world->other.client_config = world->pair.client_config;
    world->other.server_config = world->pair.server_config;
    CHECK(pair_open(&world->other, "example.com"));
    pair_run(&world->other);
    CHECK((world->session != NULL) == scenario->resumes);
    long client = fail_each(world, 0, scenario->goes_on);
    long server = fail_each(world, 1, scenario->goes_on);
    CHECK(client > 3 && server > 3);
    world->other.client_config = world->other.server_config = NULL;
    pair_free(&world->other);
    pair_free(&world->pair);
    hf_session_free(world->session);
    for (size_t i = 0; i < 2; i++) {
        CHECK(world->memory[i].live == 0);
        CHECK(!world->memory[i].wrong_size);
    }
    free(world);
}

static void full_handshake(void)
{
    run_scenario(&(struct scenario){ .retry = false });
    run_scenario(&(struct scenario){ .goes_on = true });
}

static void after_hello_retry_request(void)
{
    run_scenario(&(struct scenario){ .retry = true });
    run_scenario(&(struct scenario){ .retry = true, .goes_on = true });
}

static void with_client_certificate(void)
{
    run_scenario(&(struct scenario){ .client_auth = true });
    run_scenario(&(struct scenario){ .client_auth = true, .goes_on = true });
}

/* Both kinds of failure, with and without a client's certificate. */
static void run_both(const char *suites, enum identity_kind kind, bool resumes, bool by_id)
{
    for (unsigned i = 0; i < 4; i++) {
        run_scenario(&(struct scenario){ .suites = suites, .kind = kind, .resumes = resumes,
            .by_id = by_id, .goes_on = i % 2 == 1, .client_auth = i / 2 == 1 });
    }
}

static void tls12(void)
{
    run_both("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", KIND_P256, false, false);
    run_both("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", KIND_RSA, false, false);
    run_both("TLS_RSA_WITH_AES_128_GCM_SHA256", KIND_RSA, false, false);
}

static void tls12_resumed(void)
{
    run_both("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", KIND_P256, true, false);
    run_both("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", KIND_P256, true, true);
}

static void no_config(void)
{
    struct memory memory = { .until_failure = 0 };
    hf_allocator allocator = { allocate, release, &memory };
    CHECK(hf_config_new(HF_CLIENT, &allocator) == NULL && memory.failed && memory.live == 0);
}

TEST_MAIN(TEST(full_handshake), TEST(after_hello_retry_request), TEST(with_client_certificate),
    TEST(tls12), TEST(tls12_resumed), TEST(no_config))
