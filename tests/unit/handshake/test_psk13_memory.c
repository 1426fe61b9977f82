/* Resumption in TLS 1.3 and memory: each allocation fails in turn, nothing leaks, and how few there
 * are. */
#include "support/resumed.h"
#include "unit/test.h"

enum { NEVER = 1 << 30, CLIENT = 0, SERVER = 1, NTH_MAX = 64 };

struct memory {
    long left;          /* allocations that still succeed */
    bool goes_on;       /* and all after the first that fails do too */
    bool failed;
    size_t live;
    size_t count;
};

static struct met met;
static struct memory memories[2];

static void *allocate(void *user, size_t size)
{
    struct memory *memory = user;
    memory->count++;
    if (memory->left-- == 0) {
        memory->failed = true;
        memory->left = memory->goes_on ? 0 : NEVER;
        return NULL;
    }
    void *block = malloc(size);
    memory->live += block != NULL;
    return block;
}

static void release(void *user, void *block, size_t size)
{
    struct memory *memory = user;
    (void)size;
    memory->live--;
    free(block);
}

static const hf_allocator allocators[2] = { { allocate, release, &memories[CLIENT] },
    { allocate, release, &memories[SERVER] } };

/* A first handshake with memory for everything. */
static bool meet(struct met_setup setup)
{
    memories[CLIENT] = memories[SERVER] = (struct memory){ .left = NEVER };
    setup.client_memory = &allocators[CLIENT];
    setup.server_memory = &allocators[SERVER];
    return met_new(&met, &setup) && met_shake(&met, NULL) && met.count > 0;
}

static void leave(void)
{
    met_free(&met);
    CHECK(memories[CLIENT].live == 0 && memories[SERVER].live == 0);
}

/* ---- How few ---- */

static size_t count_for(size_t side, struct met_setup setup)
{
    CHECK(meet(setup));
    size_t before = met.count;
    memories[side].count = 0;
    CHECK(met_open(&met, met.sessions[0]));
    pair_run(&met.pair);
    CHECK(met_resumed(&met));
    size_t count = memories[side].count - (side == CLIENT ? met.count - before : 0);
    leave();
    return count;
}

static void few_are_needed(void)
{
    /* The connection, its handshake, its output; a client's server certificates. */
    CHECK(count_for(SERVER, (struct met_setup){ 0 }) == 3);
    CHECK(count_for(CLIENT, (struct met_setup){ 0 }) == 4);
    CHECK(count_for(SERVER, (struct met_setup){ .ticket_count = 8, .alpn = "h2" }) == 3);
}

/* ---- Each fails ---- */

/* Whether the end said why, or never was. */
static bool is_refused(size_t side)
{
    const struct end *end = side == CLIENT ? &met.pair.client : &met.pair.server;
    return end->connection == NULL || strcmp(end_reason(end), "out_of_memory") == 0;
}

static void fail_each(size_t side, struct met_setup setup, bool goes_on)
{
    bool failed = true;
    for (long n = 0; failed && n < NTH_MAX; n++) {
        CHECK(meet(setup));
        size_t before = met.count;
        memories[side].left = n;
        memories[side].goes_on = goes_on;
        bool ok = met_shake(&met, met.sessions[0]);
        failed = memories[side].failed;
        memories[side].left = NEVER;
        /* Without memory for a new session, or for its ticket, the connection is as good. */
        bool forgone = ok && end_reason(&met.pair.client)[0] == '\0' &&
            end_reason(&met.pair.server)[0] == '\0' && met.count < 2 * before;
        CHECK(failed ? forgone || is_refused(side) : ok && met_resumed(&met));
        leave();
    }
    CHECK(!failed);
}

static void each_fails(void)
{
    for (size_t side = CLIENT; side <= SERVER; side++) {
        for (int goes_on = 0; goes_on < 2; goes_on++) {
            fail_each(side, (struct met_setup){ 0 }, goes_on > 0);
            fail_each(side, (struct met_setup){ .groups = "x25519:secp256r1",
                .server_groups = "secp256r1" }, goes_on > 0);
            fail_each(side, (struct met_setup){ .client_auth = HF_AUTH_REQUIRE,
                .client_identity = true }, goes_on > 0);
        }
    }
}

TEST_MAIN(TEST(few_are_needed), TEST(each_fails))
