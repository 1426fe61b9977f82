/* Ephemeral keys made ahead, and key agreements side by side: src/crypto/keyshare.h. What comes out
 * is compared with libcrypto's X25519, and with the same work done alone. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include "crypto/keyshare.h"

#include <pthread.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/x25519/x25519.h"

#include "../test.h"

enum { X25519 = 0x001d, SECP256R1 = 0x0017, JOBS_MAX = 48 };

static const uint8_t zeros[GROUP_SHARE_MAX];

static const struct group *group_of(uint16_t id)
{
    return provider_openssl.group(id);
}

static const struct random *chance(void)
{
    return &provider_openssl.random;
}

static struct keyshare_pool *pool(void)
{
    return crypto_thread_keyshares();
}

static void empty_pool(void)
{
    CHECK(pool() != NULL);
    keyshare_drop(pool());
}

/* libcrypto multiplies a base point that it is told. */
static bool is_pair(const uint8_t key[32], const uint8_t share[32])
{
    static const uint8_t nine[32] = { 9 };
    const struct group *theirs = provider_libcrypto.group(X25519);
    uint8_t expected[32];
    bool bad;
    return theirs->decapsulate(theirs, key, NULL, bytes_of(nine, 32), expected, &bad)
        && memcmp(share, expected, 32) == 0;
}

static bool has_pool(void)
{
#if X25519_OURS
    return group_of(X25519) == &x25519_group;
#else
    return false;
#endif
}

#define NEEDS_POOL() \
    if (!has_pool()) { \
        SKIP("this build takes libcrypto's X25519, for which there is no pool"); \
    }

/* ---- The pool ---- */

static void keys_are_pairs_and_come_once(void)
{
    enum { TAKEN = 200 };
    static uint8_t keys[TAKEN][32], shares[TAKEN][32];
    const struct group *group = group_of(X25519);
    for (size_t i = 0; i < TAKEN; i++) {
        CHECK(keyshare_take(group, chance(), true, keys[i], shares[i]));
        CHECK(is_pair(keys[i], shares[i]));
        for (size_t j = 0; j < i; j++) {
            CHECK(memcmp(keys[i], keys[j], 32) != 0 && memcmp(shares[i], shares[j], 32) != 0);
        }
    }
}

static void fills_by_eights_to_its_end(void)
{
    NEEDS_POOL();
    static const size_t steps[][2] = { { 0, 0 }, { 1, 8 }, { 8, 8 }, { 9, 16 }, { 3, 16 },
        { 50, 56 }, { 64, 64 }, { 1000, 64 }, { 0, 64 } };
    empty_pool();
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        CHECK(keyshare_fill(steps[i][0]));
        CHECK(pool()->left == steps[i][1]);
    }
    for (size_t i = 0; i < KEYSHARE_POOL_MAX; i++) {
        CHECK(is_pair(pool()->private_keys[i], pool()->shares[i]));
    }
    /* Not by eights any more: it is not filled beyond its end. */
    uint8_t key[32], share[32];
    CHECK(keyshare_take(group_of(X25519), chance(), true, key, share));
    CHECK(keyshare_fill(64) && pool()->left == 63);
    CHECK(memcmp(pool()->private_keys[63], zeros, 32) == 0);
}

static void a_key_that_was_taken_is_erased(void)
{
    NEEDS_POOL();
    empty_pool();
    CHECK(keyshare_fill(8));
    for (size_t left = 8; left-- > 0;) {
        uint8_t kept[32], key[32], share[32];
        memcpy(kept, pool()->private_keys[left], 32);
        CHECK(keyshare_take(group_of(X25519), chance(), true, key, share));
        CHECK_BYTES(key, kept, 32);
        CHECK(pool()->left == left);
        CHECK_BYTES(pool()->private_keys[left], zeros, 32);
    }
    uint8_t key[32], share[32]; /* from the eight that the next one makes */
    CHECK(keyshare_take(group_of(X25519), chance(), true, key, share) && pool()->left == 7);
    keyshare_drop(pool());
    CHECK(pool()->left == 0 && memcmp(pool()->private_keys, zeros, 32 * 8) == 0);
}

static bool counted(void *user, uint8_t *out, size_t length)
{
    uint8_t *next = user;
    for (size_t i = 0; i < length; i++) {
        out[i] = (uint8_t)((*next)++ * 29U + i);
    }
    return true;
}

static bool none_left(void *user, uint8_t *out, size_t length)
{
    (void)user;
    memset(out, 0xee, length);
    return false;
}

/* Chance that is not the provider's, other groups, and whoever does not ask for it. */
static void others_do_not_draw_on_it(void)
{
    NEEDS_POOL();
    uint8_t key[GROUP_PRIVATE_MAX], again[GROUP_PRIVATE_MAX], share[GROUP_SHARE_MAX];
    uint8_t next = 7;
    const struct random injected = { counted, counted, &next };
    const struct random empty = { none_left, none_left, NULL };
    empty_pool();
    CHECK(keyshare_fill(16));
    CHECK(keyshare_take(group_of(X25519), &injected, true, key, share));
    CHECK(is_pair(key, share));
    next = 7;
    CHECK(keyshare_take(group_of(X25519), &injected, true, again, share));
    CHECK_BYTES(key, again, 32);
    CHECK(!keyshare_take(group_of(X25519), &empty, true, key, share));
    CHECK_BYTES(key, zeros, 32);
    CHECK(keyshare_take(group_of(SECP256R1), chance(), true, key, share));
    CHECK(keyshare_take(provider_libcrypto.group(X25519), chance(), true, key, share));
    CHECK(keyshare_take(group_of(X25519), chance(), false, key, share));
    CHECK(pool()->left == 16);
}

static int no_bytes(unsigned char *out, int length)
{
    memset(out, 0xee, (size_t)length);
    return 0;
}

static int is_ready(void)
{
    return 1;
}

static void without_chance_there_are_no_keys(void)
{
    NEEDS_POOL();
    RAND_METHOD without;
    memset(&without, 0, sizeof without);
    without.bytes = without.pseudorand = no_bytes;
    without.status = is_ready;
    uint8_t key[32], share[32];
    empty_pool();
    CHECK(keyshare_fill(8));
    CHECK(RAND_set_rand_method(&without) == 1);
    CHECK(!keyshare_fill(16) && pool()->left == 8);
    CHECK_BYTES(pool()->private_keys[8], zeros, 32);
    for (size_t i = 0; i < 8; i++) {
        CHECK(keyshare_take(group_of(X25519), chance(), true, key, share));
    }
    memset(key, 1, sizeof key);
    memset(share, 1, sizeof share);
    CHECK(!keyshare_take(group_of(X25519), chance(), true, key, share));
    CHECK_BYTES(key, zeros, 32);
    CHECK_BYTES(share, zeros, 32);
    CHECK(RAND_set_rand_method(NULL) == 1);
    CHECK(keyshare_take(group_of(X25519), chance(), true, key, share) && is_pair(key, share));
}

/* ---- Processes and threads ---- */

static void a_child_finds_it_empty(void)
{
    NEEDS_POOL();
    empty_pool();
    CHECK(keyshare_fill(64));
    const pid_t child = fork();
    if (child == 0) {
        bool good = pool()->left == 0;
        for (size_t i = 0; i < KEYSHARE_POOL_MAX; i++) {
            good = good && memcmp(pool()->private_keys[i], zeros, 32) == 0;
        }
        _exit(good ? 0 : 1);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    CHECK(pool()->left == 64);
}

/* As after a clone of the process that calls no handler. */
static void keys_of_another_process_are_not_used(void)
{
    NEEDS_POOL();
    uint8_t theirs[8][32], key[32], share[32];
    empty_pool();
    CHECK(keyshare_fill(8));
    memcpy(theirs, pool()->private_keys, sizeof theirs);
    pool()->owner = (long)getppid();
    CHECK(keyshare_take(group_of(X25519), chance(), true, key, share) && is_pair(key, share));
    CHECK(pool()->left == 7);
    for (size_t i = 0; i < 8; i++) {
        CHECK(memcmp(theirs[i], key, 32) != 0);
        CHECK(memcmp(theirs[i], pool()->private_keys[i], 32) != 0);
    }
}

static void *in_a_thread(void *ours)
{
    CHECK(crypto_thread_keyshares() != ours && crypto_thread_keyshares()->left == 0);
    CHECK(keyshare_fill(8));
    return NULL;
}

static void each_thread_has_its_own(void)
{
    NEEDS_POOL();
    empty_pool();
    CHECK(keyshare_fill(16));
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, in_a_thread, pool()) == 0
        && pthread_join(thread, NULL) == 0);
    CHECK(pool()->left == 16);
    crypto_thread_release();
    CHECK(pool()->left == 0);
}

/* ---- Agreements ---- */

/* One side of an exchange, and what is needed to check it. */
struct job {
    struct agreement agreement;
    bool must_fail;
    uint8_t own_key[GROUP_PRIVATE_MAX];   /* a client's */
    uint8_t peer_key[GROUP_PRIVATE_MAX];  /* of who answers or is answered */
    uint8_t peer_share[GROUP_SHARE_MAX];
    uint8_t own_share[GROUP_SHARE_MAX];
    uint8_t secret[GROUP_SECRET_MAX];
};

enum fault { NO_FAULT, ZERO_SHARE, SHORT_SHARE };

static void job_begin(struct job *job, const struct group *group, bool encapsulates, bool pooled,
    const struct random *random, enum fault fault)
{
    memset(job, 0, sizeof *job);
    size_t length = encapsulates ? group->client_share_size : group->server_share_size;
    CHECK(group->generate(group, chance(), job->peer_key, job->peer_share));
    CHECK(encapsulates || group->generate(group, chance(), job->own_key, job->own_share));
    if (fault == ZERO_SHARE) {
        memset(job->peer_share, 0, length);
    }
    job->must_fail = fault != NO_FAULT;
    memset(job->secret, 0x5c, sizeof job->secret);
    job->agreement = (struct agreement){ .group = group, .random = random, .pooled = pooled,
        .encapsulates = encapsulates, .private_key = job->own_key, .own_share = job->own_share,
        .peer_share = bytes_of(job->peer_share, fault == SHORT_SHARE ? length - 1 : length),
        .secret = job->secret };
}

/* The other side, by libcrypto's code. */
static void job_check(const struct job *job)
{
    const struct agreement *a = &job->agreement;
    const struct group *theirs = provider_libcrypto.group(a->group->id);
    uint8_t secret[GROUP_SECRET_MAX];
    bool bad;
    CHECK(a->ok == !job->must_fail && a->bad_share == job->must_fail);
    if (job->must_fail) {
        CHECK_BYTES(job->secret, zeros, a->group->secret_size);
        CHECK(!a->encapsulates || memcmp(job->own_share, zeros, a->group->server_share_size) == 0);
        return;
    }
    CHECK(theirs->decapsulate(theirs, job->peer_key, job->peer_share,
        bytes_of(job->own_share, theirs->server_share_size), secret, &bad));
    CHECK_BYTES(job->secret, secret, a->group->secret_size);
    CHECK(job->secret[a->group->secret_size] == 0x5c);
}

static void alone(void)
{
    static const enum fault faults[] = { NO_FAULT, ZERO_SHARE, SHORT_SHARE };
    static const uint16_t groups[] = { X25519, SECP256R1 };
    struct job job;
    for (size_t i = 0; i < 24; i++) {
        job_begin(&job, group_of(groups[i % 2]), i / 2 % 2 != 0, i / 4 % 2 != 0, chance(),
            faults[i / 8]);
        agreement_run(&job.agreement);
        job_check(&job);
    }
}

/* A share that cannot be one uses up no key. */
static void junk_takes_no_key(void)
{
    NEEDS_POOL();
    struct job job;
    empty_pool();
    CHECK(keyshare_fill(8));
    job_begin(&job, group_of(X25519), true, true, chance(), SHORT_SHARE);
    agreement_run(&job.agreement);
    job_check(&job);
    agreement_run_all(&job.agreement, 1);
    job_check(&job);
    CHECK(pool()->left == 8);
}

/* Any number, of two groups, servers and clients, with and without the pool, and with shares that
 * are none in any lane. */
static void side_by_side(void)
{
    static struct job jobs[JOBS_MAX];
    static struct agreement agreements[JOBS_MAX];
    for (size_t count = 0; count <= JOBS_MAX; count += count < 20 ? 1 : 7) {
        empty_pool();
        CHECK(keyshare_fill(8));
        const size_t left = pool()->left;
        for (size_t i = 0; i < count; i++) {
            const size_t mix = i + 5 * count;
            job_begin(&jobs[i], group_of(mix % 7 == 3 ? SECP256R1 : X25519), mix % 3 != 0,
                count % 2 == 0, chance(),
                mix % 11 == 4 ? ZERO_SHARE : mix % 13 == 6 ? SHORT_SHARE : NO_FAULT);
            agreements[i] = jobs[i].agreement;
        }
        agreement_run_all(agreements, count);
        for (size_t i = 0; i < count; i++) {
            jobs[i].agreement = agreements[i];
            job_check(&jobs[i]);
        }
        CHECK(count % 2 == 0 || pool()->left == left);
    }
}

/* With injected chance the bytes are those of the same work one by one. */
static void the_same_bytes_as_alone(void)
{
    static struct job jobs[2][JOBS_MAX];
    uint8_t next = 3;
    const struct random injected = { counted, counted, &next };
    for (size_t i = 0; i < JOBS_MAX; i++) {
        job_begin(&jobs[0][i], group_of(X25519), i % 4 != 1, i % 2 == 0, &injected, NO_FAULT);
        jobs[1][i] = jobs[0][i];
        jobs[1][i].agreement.own_share = jobs[1][i].own_share;
        jobs[1][i].agreement.secret = jobs[1][i].secret;
        agreement_run(&jobs[0][i].agreement);
    }
    next = 3;
    static struct agreement agreements[JOBS_MAX];
    for (size_t i = 0; i < JOBS_MAX; i++) {
        agreements[i] = jobs[1][i].agreement;
    }
    agreement_run_all(agreements, JOBS_MAX);
    for (size_t i = 0; i < JOBS_MAX; i++) {
        CHECK(agreements[i].ok);
        CHECK_BYTES(jobs[0][i].secret, jobs[1][i].secret, 32);
        CHECK_BYTES(jobs[0][i].own_share, jobs[1][i].own_share, 32);
    }
}

/* One whose chance fails is alone in that. */
static void chance_fails_in_a_lane(void)
{
    static struct job jobs[16];
    static struct agreement agreements[16];
    const struct random empty = { none_left, none_left, NULL };
    for (size_t i = 0; i < 16; i++) {
        job_begin(&jobs[i], group_of(X25519), true, false, i % 5 == 2 ? &empty : chance(),
            NO_FAULT);
        agreements[i] = jobs[i].agreement;
    }
    agreement_run_all(agreements, 16);
    for (size_t i = 0; i < 16; i++) {
        jobs[i].agreement = agreements[i];
        if (i % 5 == 2) {
            CHECK(!agreements[i].ok && !agreements[i].bad_share);
            CHECK_BYTES(jobs[i].secret, zeros, 32);
            CHECK_BYTES(jobs[i].own_share, zeros, 32);
        } else {
            job_check(&jobs[i]);
        }
    }
}

TEST_MAIN(TEST(keys_are_pairs_and_come_once), TEST(fills_by_eights_to_its_end),
    TEST(a_key_that_was_taken_is_erased), TEST(others_do_not_draw_on_it),
    TEST(without_chance_there_are_no_keys), TEST(a_child_finds_it_empty),
    TEST(keys_of_another_process_are_not_used), TEST(each_thread_has_its_own), TEST(alone),
    TEST(junk_takes_no_key), TEST(side_by_side), TEST(the_same_bytes_as_alone),
    TEST(chance_fails_in_a_lane))
