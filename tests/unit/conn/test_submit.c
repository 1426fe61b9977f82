/* Operations of many connections, done together by hf_operations_submit: the secrets are those of
 * the same connections that work inline, and a failure is its own connection's. */
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

enum { CONNECTIONS = 64, ROUNDS_MAX = 4000, CONFIGS = 3 };

struct crowd {
    struct pair pairs[CONNECTIONS];
    hf_operation *waiting[2 * CONNECTIONS];
    struct end *ends[2 * CONNECTIONS];
    size_t count;
    size_t most;             /* that waited at once */
    size_t done[3];          /* of each kind */
    bool mixed;              /* two kinds in one batch */
};

/* Fewer under valgrind. */
static size_t connections(void)
{
    return getenv("HANDFAST_SLOW") != NULL ? 16 : CONNECTIONS;
}

/* ---- Connections: X25519 and others, server and client certificates ---- */

static const char *const groups[CONFIGS] = { "x25519", "x25519:secp256r1", "secp256r1" };

static bool configure(struct pair *pair, const char *list, bool defer, unsigned pool)
{
    hf_identity *identity = identity_of_kind(KIND_ED25519, "example.com");
    hf_trust *trust = identity_trust();
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        hf_config_add_identity(pair->client_config, identity, NULL) &&
        hf_config_set_groups(pair->client_config, list, NULL) &&
        hf_config_set_groups(pair->server_config, list, NULL);
    if (ok) {
        hf_config *configs[2] = { pair->client_config, pair->server_config };
        for (size_t i = 0; i < 2; i++) {
            hf_config_set_trust(configs[i], trust);
            hf_config_defer_operations(configs[i], defer);
            hf_config_set_keyshare_pool(configs[i], pool);
        }
        hf_config_set_client_auth(pair->server_config, HF_AUTH_REQUIRE);
    }
    hf_trust_free(trust);
    hf_identity_free(identity);
    return ok;
}

/* Each pair with configs of its own; with a seed, each draws its own chance. */
static struct crowd *crowd_new(bool defer, unsigned pool, uint64_t seed)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    bool ok = crowd != NULL;
    for (size_t i = 0; i < connections() && ok; i++) {
        struct pair *pair = &crowd->pairs[i];
        ok = configure(pair, groups[i % 8 == 7 ? 2 : i % 2], defer, pool);
        if (ok && seed != 0) {
            pair_inject(pair, seed + i);
        }
        ok = ok && pair_seal(pair) && pair_open(pair, "example.com");
    }
    CHECK(ok);
    return crowd;
}

static void crowd_free(struct crowd *crowd)
{
    for (size_t i = 0; i < connections(); i++) {
        pair_free(&crowd->pairs[i]);
    }
    free(crowd);
}

/* ---- Rounds ---- */

static void move_bytes(struct pair *pair)
{
    struct end *ends[2] = { &pair->server, &pair->client };
    bool moved = true;
    while (moved) {
        moved = pair_move(pair, false);
        moved |= pair_move(pair, true);
        for (size_t i = 0; i < 2; i++) {
            moved |= ends[i]->status != HF_OPERATION && pair_feed(pair, ends[i]);
        }
    }
}

/* Bytes move in every pair that `some` leaves; what waits there is gathered. */
static void gather(struct crowd *crowd, uint64_t *some)
{
    unsigned kinds = 0;
    crowd->count = 0;
    for (size_t i = 0; i < connections(); i++) {
        struct pair *pair = &crowd->pairs[i];
        struct end *ends[2] = { &pair->server, &pair->client };
        if (some != NULL && pair_random(some) % 3 == 0) {
            continue;
        }
        move_bytes(pair);
        for (size_t j = 0; j < 2; j++) {
            if (ends[j]->status == HF_OPERATION) {
                hf_operation *op = hf_pending_op(ends[j]->connection);
                crowd->done[hf_operation_kind_of(op)]++;
                kinds |= 1U << hf_operation_kind_of(op);
                crowd->ends[crowd->count] = ends[j];
                crowd->waiting[crowd->count++] = op;
            }
        }
    }
    crowd->most = crowd->count > crowd->most ? crowd->count : crowd->most;
    crowd->mixed |= (kinds & (kinds - 1)) != 0;
}

static bool is_over(const struct crowd *crowd)
{
    for (size_t i = 0; i < connections(); i++) {
        const struct pair *pair = &crowd->pairs[i];
        bool failed = pair->client.status == HF_FAILED && pair->server.status == HF_FAILED;
        if (!failed && !pair_connected(pair)) {
            return false;
        }
    }
    return true;
}

/* Until all have ended; `some`: in each round a part of them only, so that kinds mix. */
static void run_crowd(struct crowd *crowd, uint64_t *some)
{
    int round = 0;
    do {
        gather(crowd, some);
        hf_operations_submit(crowd->waiting, crowd->count);
        for (size_t i = 0; i < crowd->count; i++) {
            end_resume(crowd->ends[i]);
        }
    } while ((crowd->count > 0 || !is_over(crowd)) && ++round < ROUNDS_MAX);
    for (size_t i = 0; i < connections(); i++) {
        move_bytes(&crowd->pairs[i]);
    }
}

static void check_all_connected(struct crowd *crowd)
{
    for (size_t i = 0; i < connections(); i++) {
        struct pair *pair = &crowd->pairs[i];
        CHECK(pair_connected(pair));
        CHECK(pair_say(pair, false, "so") && pair_say(pair, true, "many"));
        pair_run(pair);
        CHECK(pair->server.received_length == 2 && pair->client.received_length == 4);
    }
    for (size_t i = 0; i < 3; i++) {
        CHECK(crowd->done[i] == 2 * connections());
    }
}

/* ---- The tests ---- */

/* The exporter's secret hangs on the shared secret and on all messages up to the server's Finished
 * (RFC 9846, 7.1). Records may be cut elsewhere: what is ready goes while an operation waits. */
static bool same_secrets(const struct end *a, const struct end *b)
{
    uint8_t exported[2][32];
    return hf_export(a->connection, "same", NULL, 0, exported[0], 32) == HF_OK &&
        hf_export(b->connection, "same", NULL, 0, exported[1], 32) == HF_OK &&
        memcmp(exported[0], exported[1], 32) == 0;
}

static void same_secrets_as_inline(void)
{
    struct crowd *inlined = crowd_new(false, 0, 20261121);
    for (unsigned pool = 0; pool <= 8; pool += 8) {
        struct crowd *together = crowd_new(true, pool, 20261121);
        run_crowd(together, NULL);
        CHECK(together->most >= connections());
        for (size_t i = 0; i < connections(); i++) {
            struct pair *a = &inlined->pairs[i];
            struct pair *b = &together->pairs[i];
            pair_run(a);
            CHECK(pair_connected(a) && pair_connected(b));
            CHECK(same_secrets(&a->server, &b->server));
            CHECK(same_secrets(&a->client, &b->client));
        }
        crowd_free(together);
    }
    crowd_free(inlined);
}

static void every_kind_in_one_batch(void)
{
    for (unsigned pool = 0; pool <= 16; pool += 16) {
        uint64_t some = 99;
        struct crowd *crowd = crowd_new(true, pool, 0);
        run_crowd(crowd, &some);
        CHECK(crowd->mixed);
        check_all_connected(crowd);
        crowd_free(crowd);
    }
}

/* Every hello of the chosen side that carries an X25519 share carries zeros instead. */
static void tamper_share(struct pair *pair, bool from_server, uint8_t *bytes, size_t length)
{
    const bool *wanted = pair->tamper_user;
    for (size_t i = 0; from_server == *wanted && i + 36 <= length; i++) {
        if (memcmp(bytes + i, "\x00\x1d\x00\x20", 4) == 0) {
            memset(bytes + i + 4, 0, 32);
        }
    }
}

/* RFC 9846, 7.4.2. */
static void failures_are_their_own(void)
{
    for (int server = 0; server < 2; server++) {
        bool from_server = server != 0;
        struct crowd *crowd = crowd_new(true, 0, 0);
        for (size_t i = 0; i < connections(); i += 8) {
            crowd->pairs[i].tamper = tamper_share;
            crowd->pairs[i].tamper_user = &from_server;
        }
        run_crowd(crowd, NULL);
        for (size_t i = 0; i < connections(); i++) {
            struct pair *pair = &crowd->pairs[i];
            if (i % 8 != 0) {
                CHECK(pair_connected(pair));
                continue;
            }
            struct end *victim = from_server ? &pair->client : &pair->server;
            CHECK_TEXT(end_reason(victim), "bad_key_share");
            CHECK(hf_connection_error(victim->connection)->who == HF_WE);
            CHECK(hf_connection_error(victim->connection)->alert == 47);
        }
        crowd_free(crowd);
    }
}

/* What has ended stays as it ended; gaps are passed over; an outside signer's is failed, as
 * hf_operation_run does it. */
static void what_it_passes_over(void)
{
    struct pair pairs[2] = { 0 };
    hf_operation *ops[5] = { NULL };
    hf_identity *external = identity_external(KIND_ED25519, "example.com");
    CHECK(configure(&pairs[0], "x25519", true, 0) && pair_seal(&pairs[0]));
    CHECK(pair_open(&pairs[0], "example.com"));
    CHECK(pair_configs_new(&pairs[1], NULL, NULL) && external != NULL);
    CHECK(hf_config_add_identity(pairs[1].server_config, external, NULL));
    hf_config_insecure_no_verification(pairs[1].client_config);
    CHECK(pair_seal(&pairs[1]) && pair_open(&pairs[1], "example.com"));
    hf_operations_submit(NULL, 0);
    hf_operations_submit(ops, 5);
    move_bytes(&pairs[0]);
    move_bytes(&pairs[1]);
    CHECK(pairs[0].server.status == HF_OPERATION && pairs[1].server.status == HF_OPERATION);
    ops[1] = hf_pending_op(pairs[0].server.connection);
    ops[3] = hf_pending_op(pairs[1].server.connection);
    CHECK(hf_operation_kind_of(ops[1]) == HF_OP_SHARED_SECRET);
    CHECK(hf_operation_kind_of(ops[3]) == HF_OP_SIGNATURE);
    hf_operation_fail(ops[1]);
    hf_operations_submit(ops, 5);
    end_resume(&pairs[0].server);
    end_resume(&pairs[1].server);
    CHECK_TEXT(end_reason(&pairs[0].server), "operation_failed");
    CHECK_TEXT(end_reason(&pairs[1].server), "operation_failed");
    pair_free(&pairs[0]);
    pair_free(&pairs[1]);
    hf_identity_free(external);
}

/* hf_config_set_keyshare_pool as a caller sees it. */
static void the_pool_of_a_config(void)
{
    static const unsigned asked[][2] = { { 0, 0 }, { 16, 16 }, { 1000, 64 } };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct pair pair = { 0 };
        char text[4096];
        char row[64];
        CHECK(configure(&pair, "x25519", false, asked[i][0]) && pair_seal(&pair));
        (void)snprintf(row, sizeof row, "\nkeyshare_pool %u\n", asked[i][1]);
        hf_config_text(pair.server_config, text, sizeof text);
        CHECK(strstr(text, row) != NULL);
        CHECK(hf_thread_fill(pair.server_config));
        for (int j = 0; j < 20; j++) {
            CHECK(pair_open(&pair, "example.com"));
            pair_run(&pair);
            CHECK(pair_connected(&pair));
        }
        pair_free(&pair);
    }
}

TEST_MAIN(TEST(same_secrets_as_inline), TEST(every_kind_in_one_batch), TEST(failures_are_their_own),
    TEST(what_it_passes_over), TEST(the_pool_of_a_config))
