/* Slow operations that somebody else does: late, out of order, on another thread, by an outside
 * signer, not at all; and calls that come at the wrong time (include/handfast/provider.h). */
#include <pthread.h>

#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"
#include "x509/pem.h"

enum { CONNECTIONS = 100, ROUNDS_MAX = 4000 };

/* Both ends leave every operation to the test; client certificates, so that all kinds occur on
 * both. */
static bool configure(struct pair *pair, hf_identity *server, hf_identity *client, bool defer)
{
    hf_trust *trust = identity_trust();
    bool ok = trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, server, NULL) &&
        (client == NULL || hf_config_add_identity(pair->client_config, client, NULL));
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trust(pair->server_config, trust);
        hf_config_set_client_auth(pair->server_config,
            client != NULL ? HF_AUTH_REQUIRE : HF_AUTH_NONE);
        hf_config_defer_operations(pair->client_config, defer);
        hf_config_defer_operations(pair->server_config, defer);
    }
    hf_trust_free(trust);
    return ok && pair_seal(pair);
}

/* Everything but operations: bytes move, what waits keeps waiting. */
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

struct crowd {
    struct pair pairs[CONNECTIONS];
    struct end *waiting[2 * CONNECTIONS];
    size_t count;
    size_t most;       /* operations that waited at once */
    size_t done[3];    /* of each kind */
};

static void gather(struct crowd *crowd)
{
    crowd->count = 0;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct pair *pair = &crowd->pairs[i];
        move_bytes(pair);
        if (pair->client.status == HF_OPERATION) {
            crowd->waiting[crowd->count++] = &pair->client;
        }
        if (pair->server.status == HF_OPERATION) {
            crowd->waiting[crowd->count++] = &pair->server;
        }
    }
    crowd->most = crowd->count > crowd->most ? crowd->count : crowd->most;
}

static void shuffle(struct crowd *crowd, uint64_t *chance)
{
    for (size_t i = crowd->count; i > 1; i--) {
        size_t other = (size_t)(pair_random(chance) % i);
        struct end *kept = crowd->waiting[i - 1];
        crowd->waiting[i - 1] = crowd->waiting[other];
        crowd->waiting[other] = kept;
    }
}

static bool open_crowd(struct crowd *crowd)
{
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    struct pair *first = &crowd->pairs[0];
    bool ok = identity != NULL && configure(first, identity, identity, true);
    for (size_t i = 0; i < CONNECTIONS && ok; i++) {
        crowd->pairs[i].client_config = first->client_config;
        crowd->pairs[i].server_config = first->server_config;
        ok = pair_open(&crowd->pairs[i], "example.com");
    }
    hf_identity_free(identity);
    return ok;
}

static void close_crowd(struct crowd *crowd)
{
    for (size_t i = 1; i < CONNECTIONS; i++) {
        crowd->pairs[i].client_config = crowd->pairs[i].server_config = NULL;
        pair_free(&crowd->pairs[i]);
    }
    pair_free(&crowd->pairs[0]);
}

static void check_crowd(struct crowd *crowd)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        CHECK(pair_connected(&crowd->pairs[i]));
        CHECK(pair_say(&crowd->pairs[i], false, "late"));
        CHECK(pair_say(&crowd->pairs[i], true, "later"));
        pair_run(&crowd->pairs[i]);
        CHECK(crowd->pairs[i].server.received_length == 4);
        CHECK(crowd->pairs[i].client.received_length == 5);
    }
    /* Each side's half of the exchange, each side's signature, each side's check of the other. */
    CHECK(crowd->done[HF_OP_SHARED_SECRET] == 2 * CONNECTIONS);
    CHECK(crowd->done[HF_OP_SIGNATURE] == 2 * CONNECTIONS);
    CHECK(crowd->done[HF_OP_PEER] == 2 * CONNECTIONS);
    CHECK(crowd->most >= CONNECTIONS);
}

/* In each round a third of what waits is done, in an order by chance: some wait for many rounds. */
static void late_and_out_of_order(void)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    uint64_t chance = 4711;
    CHECK(crowd != NULL && open_crowd(crowd));
    for (int round = 0; round < ROUNDS_MAX; round++) {
        gather(crowd);
        if (crowd->count == 0) {
            break;
        }
        shuffle(crowd, &chance);
        for (size_t i = 0; i < (crowd->count + 2) / 3; i++) {
            struct end *end = crowd->waiting[i];
            hf_operation *op = hf_pending_op(end->connection);
            CHECK(op != NULL);
            crowd->done[hf_operation_kind_of(op)]++;
            hf_operation_run(op);
            end_resume(end);
        }
    }
    check_crowd(crowd);
    close_crowd(crowd);
    free(crowd);
}

/* A batch for a thread: it runs every other operation of the list, from its end. */
struct batch {
    struct crowd *crowd;
    size_t first;
};

static void *run_batch(void *argument)
{
    struct batch *batch = argument;
    for (size_t i = batch->first; i < batch->crowd->count; i += 2) {
        const struct end *end = batch->crowd->waiting[batch->crowd->count - 1 - i];
        hf_operation_run(hf_pending_op(end->connection));
    }
    hf_thread_release();
    return NULL;
}

static void on_other_threads(void)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    CHECK(crowd != NULL && open_crowd(crowd));
    for (int round = 0; round < ROUNDS_MAX; round++) {
        gather(crowd);
        if (crowd->count == 0) {
            break;
        }
        struct batch batches[2] = { { crowd, 0 }, { crowd, 1 } };
        pthread_t threads[2];
        for (size_t i = 0; i < 2; i++) {
            CHECK(pthread_create(&threads[i], NULL, run_batch, &batches[i]) == 0);
        }
        for (size_t i = 0; i < crowd->count; i++) {
            crowd->done[hf_operation_kind_of(hf_pending_op(crowd->waiting[i]->connection))]++;
        }
        for (size_t i = 0; i < 2; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
        for (size_t i = 0; i < crowd->count; i++) {
            end_resume(crowd->waiting[i]);
        }
    }
    check_crowd(crowd);
    close_crowd(crowd);
    free(crowd);
}

/* ---- An outside signer ---- */

static struct private_key *load_key(enum identity_kind kind)
{
    uint8_t der[2048];
    const char *pem = identity_key(kind);
    hf_reader r = reader_of((const uint8_t *)pem, strlen(pem));
    hf_bytes label;
    size_t length;
    return pem_next(&r, &label, der, sizeof der, &length, NULL) == 1
        ? provider_openssl.private_key_load(bytes_of(der, length))
        : NULL;
}

/* Signs the pending operation with a key of its own. */
static bool sign_outside(hf_operation *op, const struct private_key *key)
{
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t length;
    size_t content_length;
    const uint8_t *content = hf_operation_content(op, &content_length);
    const struct signature_scheme *scheme = provider_openssl.scheme(hf_operation_scheme(op));
    return scheme != NULL &&
        provider_openssl.sign(key, scheme, bytes_of(content, content_length), signature, &length) &&
        hf_operation_sign(op, signature, length);
}

/* The keys of both ends are elsewhere; nothing else is deferred. */
static void outside_signer(void)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct pair pair = { 0 };
        hf_identity *identity = identity_external((enum identity_kind)kind, "example.com");
        struct private_key *key = load_key((enum identity_kind)kind);
        CHECK(identity != NULL && key != NULL);
        if (kind == KIND_ED448) {
            /* Not among the default schemes: the server has nothing to offer. */
            CHECK(configure(&pair, identity, identity, false) && pair_open(&pair, "example.com"));
            pair_run(&pair);
            CHECK_TEXT(end_reason(&pair.server), "no_common_signature");
        } else {
            CHECK(configure(&pair, identity, identity, false) && pair_open(&pair, "example.com"));
            move_bytes(&pair);
            CHECK(pair.server.status == HF_OPERATION && pair.client.status != HF_OPERATION);
            CHECK(sign_outside(hf_pending_op(pair.server.connection), key));
            end_resume(&pair.server);
            move_bytes(&pair);
            CHECK(pair.client.status == HF_OPERATION);
            CHECK(sign_outside(hf_pending_op(pair.client.connection), key));
            end_resume(&pair.client);
            move_bytes(&pair);
            CHECK(pair_connected(&pair));
        }
        pair_free(&pair);
        provider_openssl.private_key_drop(key);
        hf_identity_free(identity);
    }
}

/* A signature that is none is found by the peer. */
static void outside_signer_lies(void)
{
    struct pair pair = { 0 };
    hf_identity *identity = identity_external(KIND_P256, "example.com");
    CHECK(configure(&pair, identity, NULL, false) && pair_open(&pair, "example.com"));
    move_bytes(&pair);
    CHECK(pair.server.status == HF_OPERATION);
    CHECK(hf_operation_sign(hf_pending_op(pair.server.connection), (const uint8_t *)"lie", 3));
    end_resume(&pair.server);
    move_bytes(&pair);
    CHECK_TEXT(end_reason(&pair.client), "bad_certificate_verify");
    CHECK_TEXT(end_reason(&pair.server), "peer_says_decrypt_error");
    pair_free(&pair);
    hf_identity_free(identity);
}

/* ---- Failure and misuse ---- */

/* The nth operation of one end fails; all others are done. */
static void fail_nth(struct pair *pair, struct end *end, unsigned nth)
{
    unsigned seen = 0;
    CHECK(pair_open(pair, "example.com"));
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct end *ends[2] = { &pair->client, &pair->server };
        size_t waited = 0;
        move_bytes(pair);
        for (size_t i = 0; i < 2; i++) {
            if (ends[i]->status != HF_OPERATION) {
                continue;
            }
            hf_operation *op = hf_pending_op(ends[i]->connection);
            if (ends[i] == end && seen++ == nth) {
                hf_operation_fail(op);
                hf_operation_run(op); /* nothing: it was ended */
            } else {
                hf_operation_run(op);
                hf_operation_fail(op); /* the same */
            }
            end_resume(ends[i]);
            waited++;
        }
        if (waited == 0) {
            break;
        }
    }
}

static void operations_fail(void)
{
    struct pair pair = { 0 };
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    CHECK(identity != NULL && configure(&pair, identity, identity, true));
    struct end *ends[2] = { &pair.client, &pair.server };
    for (size_t i = 0; i < 6; i++) {
        struct end *end = ends[i % 2];
        fail_nth(&pair, end, (unsigned)i / 2);
        const hf_error *error = hf_connection_error(end->connection);
        CHECK_TEXT(end_reason(end), "operation_failed");
        CHECK(error->alert == 80 && error->who == HF_WE && error->state[0] != '\0');
        CHECK(end->status == HF_FAILED && hf_resume(end->connection) == HF_FAILED);
        CHECK(hf_pending_op(end->connection) == NULL);
        CHECK_TEXT(end_reason(pair_peer(&pair, end)), "peer_refused");
    }
    pair_free(&pair);
    hf_identity_free(identity);
}

/* Calls while an operation waits, and on the wrong kind. */
static void waits_patiently(void)
{
    struct pair pair = { 0 };
    hf_received got;
    uint8_t signature[SIGNATURE_SIZE_MAX + 1] = { 0 };
    size_t length;
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    CHECK(identity != NULL && configure(&pair, identity, NULL, true));
    CHECK(pair_open(&pair, "example.com"));
    CHECK(hf_pending_op(pair.client.connection) == NULL);
    CHECK(hf_resume(pair.client.connection) == HF_MORE);
    move_bytes(&pair);
    hf_operation *op = hf_pending_op(pair.server.connection);
    CHECK(op != NULL && hf_operation_kind_of(op) == HF_OP_SHARED_SECRET);
    CHECK(hf_operation_scheme(op) == 0 && hf_operation_content(op, &length) == NULL && length == 0);
    CHECK(!hf_operation_sign(op, signature, 64));
    /* Bytes that come meanwhile are not taken. */
    CHECK(hf_receive(pair.server.connection, signature, 5, &got) == HF_OPERATION);
    CHECK(got.consumed == 0 && got.length == 0);
    CHECK(hf_resume(pair.server.connection) == HF_OPERATION);
    hf_operation_run(op);
    hf_operation_run(op);
    end_resume(&pair.server);
    CHECK(pair.server.status == HF_OPERATION);
    op = hf_pending_op(pair.server.connection);
    CHECK(op != NULL && hf_operation_kind_of(op) == HF_OP_SIGNATURE);
    CHECK(hf_operation_scheme(op) == 0x0403 && hf_operation_content(op, &length) != NULL);
    CHECK(length == 64 + 33 + 1 + 32);
    CHECK(!hf_operation_sign(op, signature, sizeof signature));
    CHECK(!hf_operation_sign(op, signature, 0));
    hf_operation_run(op);
    CHECK(!hf_operation_sign(op, signature, 64));
    end_resume(&pair.server);
    CHECK(hf_resume(pair.server.connection) == HF_MORE);
    pair_run(&pair);
    CHECK(pair_connected(&pair));
    pair_free(&pair);
    hf_identity_free(identity);
}

/* A connection may go while its operation waits. */
static void goes_while_it_waits(void)
{
    struct pair pair = { 0 };
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    CHECK(identity != NULL && configure(&pair, identity, identity, true));
    for (int steps = 0; steps < 6; steps++) {
        CHECK(pair_open(&pair, "example.com"));
        for (int i = 0; i < steps; i++) {
            move_bytes(&pair);
            struct end *end = pair.server.status == HF_OPERATION ? &pair.server : &pair.client;
            CHECK(end->status == HF_OPERATION);
            hf_operation_run(hf_pending_op(end->connection));
            end_resume(end);
        }
        move_bytes(&pair);
        CHECK(pair.server.status == HF_OPERATION || pair.client.status == HF_OPERATION);
    }
    pair_free(&pair);
    hf_identity_free(identity);
}

/* The transport ends while somebody is at work: the connection fails at once, and what the work
 * needs stays until the connection is freed. */
static void fails_while_it_waits(void)
{
    struct pair pair = { 0 };
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    CHECK(identity != NULL && configure(&pair, identity, identity, true));
    for (int steps = 0; steps < 6; steps++) {
        CHECK(pair_open(&pair, "example.com"));
        for (int i = 0; i <= steps; i++) {
            move_bytes(&pair);
            struct end *end = pair.server.status == HF_OPERATION ? &pair.server : &pair.client;
            hf_operation *op = hf_pending_op(end->connection);
            CHECK(op != NULL);
            if (i == steps) {
                CHECK(hf_receive_end(end->connection) == HF_FAILED);
                CHECK_TEXT(end_reason(end), "closed_in_handshake");
                CHECK(hf_pending_op(end->connection) == NULL);
            }
            hf_operation_run(op);
            end_resume(end);
            CHECK(i < steps || end->status == HF_FAILED);
        }
    }
    pair_free(&pair);
    hf_identity_free(identity);
}

TEST_MAIN(TEST(late_and_out_of_order), TEST(on_other_threads), TEST(outside_signer),
    TEST(outside_signer_lies), TEST(operations_fail), TEST(waits_patiently),
    TEST(goes_while_it_waits),
    TEST(fails_while_it_waits))
