/* The provider as a whole: chance, threads, forks. See src/crypto/provider.h. */
#include "crypto/provider.h"

#include <pthread.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/suite.h"

#include "../test.h"

static void names_itself(void)
{
    CHECK_TEXT(provider_openssl.name, "libcrypto");
    CHECK(strncmp(provider_openssl.version(), "OpenSSL 3.", 10) == 0);
}

static void chance_differs(void)
{
    const struct random *random = &provider_openssl.random;
    uint8_t a[32] = { 0 };
    uint8_t b[32] = { 0 };
    CHECK(random->public_bytes(random->user, a, sizeof a));
    CHECK(random->public_bytes(random->user, b, sizeof b));
    CHECK(memcmp(a, b, sizeof a) != 0);
    CHECK(random->private_bytes(random->user, a, sizeof a));
    CHECK(random->private_bytes(random->user, b, sizeof b));
    CHECK(memcmp(a, b, sizeof a) != 0);
}

/* The block drawn ahead is refilled in time: no 32 bytes come twice, and no byte is left out. */
static void no_block_twice(void)
{
    enum { DRAWS = 1000 };
    static uint8_t drawn[DRAWS][33];
    const struct random *random = &provider_openssl.random;
    for (size_t i = 0; i < DRAWS; i++) {
        CHECK(random->public_bytes(random->user, drawn[i], sizeof drawn[i]));
        for (size_t j = 0; j < i; j++) {
            if (memcmp(drawn[i], drawn[j], 32) == 0) {
                CHECK(i == j);
            }
        }
    }
    static uint8_t much[10000];
    CHECK(random->public_bytes(random->user, much, sizeof much));
    for (size_t at = 0; at + 32 <= sizeof much; at += 32) {
        static const uint8_t zeros[32];
        CHECK(memcmp(much + at, zeros, 32) != 0);
    }
    CHECK(random->public_bytes(random->user, much, 0));
}

static void a_child_draws_its_own(void)
{
    const struct random *random = &provider_openssl.random;
    uint8_t ours[32];
    uint8_t theirs[32] = { 0 };
    int ends[2];
    CHECK(random->public_bytes(random->user, ours, sizeof ours)); /* now a block is at hand */
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        bool good = random->public_bytes(random->user, theirs, sizeof theirs)
            && write(ends[1], theirs, sizeof theirs) == (ssize_t)sizeof theirs;
        _exit(good ? 0 : 1);
    }
    CHECK(child > 0);
    CHECK(random->public_bytes(random->user, ours, sizeof ours));
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(read(ends[0], theirs, sizeof theirs) == (ssize_t)sizeof theirs);
    CHECK(memcmp(ours, theirs, sizeof ours) != 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static bool use_everything(void)
{
    static const uint16_t groups[] = { 0x001d, 0x0017, 0x0018 };
    const struct random *random = &provider_openssl.random;
    uint8_t bytes[32];
    bool good = random->public_bytes(random->user, bytes, sizeof bytes);
    for (size_t i = 0; i < 3; i++) {
        const struct group *group = provider_openssl.group(groups[i]);
        uint8_t private_key[GROUP_PRIVATE_MAX];
        uint8_t share[GROUP_SHARE_MAX];
        uint8_t server_share[GROUP_SHARE_MAX];
        uint8_t secret[GROUP_SECRET_MAX];
        bool bad;
        good = good && group->generate(group, random, private_key, share)
            && group->encapsulate(group, random, bytes_of(share, group->client_share_size),
                server_share, secret, &bad);
    }
    const struct aead *aead = provider_openssl.aead(AEAD_AES_128_GCM);
    struct aead_key *key = aead->make(aead, bytes, true);
    aead->drop(key);
    return good && key != NULL;
}

static void *in_a_thread(void *result)
{
    *(bool *)result = use_everything();
    return NULL; /* its scratch goes by itself: the leak checker sees to it */
}

static void threads_clean_up(void)
{
    for (size_t i = 0; i < 8; i++) {
        pthread_t thread;
        bool good = false;
        CHECK(pthread_create(&thread, NULL, in_a_thread, &good) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        CHECK(good);
    }
}

static void release_is_not_the_end(void)
{
    CHECK(use_everything());
    crypto_thread_release();
    crypto_thread_release();
    CHECK(use_everything());
    crypto_thread_release();
}

/* ---- Every row of the tables works, or the provider says that it has no such thing; the schemes
 * are in test_signatures.c ---- */

static char lacking[1024];

static void is_lacking(const char *name)
{
    const size_t length = strlen(lacking);
    (void)snprintf(lacking + length, sizeof lacking - length, "%s%s",
        length == 0 ? "not in this libcrypto: " : ", ", name);
}

static void every_group_works(void)
{
    static const struct {
        uint16_t id;
        const char *name;
    } rows[] = {
#define X(id, name, family, curve, private_key, client, server, secret) { id, name },
#include "crypto/groups.def"
#undef X
    };
    lacking[0] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct group *group = provider_openssl.group(rows[i].id);
        static uint8_t private_key[GROUP_PRIVATE_MAX];
        static uint8_t share[GROUP_SHARE_MAX];
        if (group == NULL) {
            is_lacking(rows[i].name);
            continue;
        }
        CHECK(group->id == rows[i].id);
        CHECK_TEXT(group->name, rows[i].name);
        CHECK(group->generate(group, &provider_openssl.random, private_key, share));
    }
    if (lacking[0] != '\0') {
        SKIP(lacking);
    }
}

static void every_suite_works(void)
{
    lacking[0] = '\0';
    for (size_t i = 0; suite_at(i) != NULL; i++) {
        const struct aead *aead = provider_openssl.aead(suite_at(i)->aead);
        const struct hash *hash = provider_openssl.hash(suite_at(i)->hash);
        static const uint8_t zeros[AEAD_KEY_MAX];
        if (aead == NULL || hash == NULL) {
            is_lacking(suite_at(i)->name);
            continue;
        }
        struct aead_key *key = aead->make(aead, zeros, true);
        CHECK(key != NULL);
        aead->drop(key);
    }
    if (lacking[0] != '\0') {
        SKIP(lacking);
    }
}

TEST_MAIN(TEST(names_itself), TEST(chance_differs), TEST(no_block_twice),
    TEST(a_child_draws_its_own), TEST(threads_clean_up), TEST(release_is_not_the_end),
    TEST(every_group_works), TEST(every_suite_works))
