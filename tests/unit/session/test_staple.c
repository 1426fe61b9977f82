/* A server's staple: set, read again from its file, kept when the file goes bad, not handed out
 * when out of date, shared by threads. */
#include "unit/x509/revoke.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "session/staple.h"

static struct made root, leaf, other;
static char path[64];
static char fresh_path[80];

static void begin(void)
{
    make(&root, &(struct plan){ "Root", "Root", key_at(0), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    make(&leaf, &(struct plan){ "leaf", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE } });
    make(&other, &(struct plan){ "other", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE } });
    memcpy(path, "/tmp/test_staple_XXXXXX", 24);
    int file = mkstemp(path);
    CHECK(file >= 0);
    (void)close(file);
    (void)snprintf(fresh_path, sizeof fresh_path, "%s.new", path);
}

static void end(struct stapling *stapling)
{
    stapling_free(stapling);
    (void)unlink(path);
    drop_keys();
}

/* A response for `about` that is good until `until`. */
static struct bytes_made response_of(const struct made *about, int64_t until)
{
    struct bytes_made made;
    make_ocsp(&made, &(struct ocsp_plan){ .responder = "Root", .key = key_at(0),
        .issuer = &root.certificate, .serials = { about->certificate.serial }, .status = 'g',
        .next_update = until });
    return made;
}

/* In one step, as it should be done; another file each time. */
static void put_file(const void *data, size_t length)
{
    FILE *file = fopen(fresh_path, "wb");
    CHECK(file != NULL && fwrite(data, 1, length, file) == length && fclose(file) == 0);
    CHECK(rename(fresh_path, path) == 0);
}

static const uint64_t now_ms = (uint64_t)NOW * 1000;

/* Whether at `at_ms` this very response is handed out; NULL: none. */
static bool hands_out(struct stapling *stapling, uint64_t at_ms, const struct bytes_made *response)
{
    struct staple *staple = stapling_take(stapling, &leaf.certificate, at_ms);
    bool same = response == NULL ? staple == NULL
        : staple != NULL && bytes_equal_public(staple_der(staple), made_bytes(response));
    staple_drop(staple);
    return same;
}

static void from_memory(void)
{
    struct hf_error error;
    begin();
    struct stapling *stapling = stapling_new(&allocator_malloc, provider);
    struct bytes_made good = response_of(&leaf, NOW + 100);
    struct bytes_made stranger = response_of(&other, NOW + 100);
    CHECK(hands_out(stapling, now_ms, NULL));
    CHECK(stapling_set(stapling, &leaf.certificate, made_bytes(&good), NULL));
    CHECK(hands_out(stapling, now_ms, &good));
    struct staple *staple = stapling_take(stapling, &leaf.certificate, now_ms);
    CHECK(staple != NULL && staple_status(staple) == REVOCATION_GOOD);
    /* What is refused leaves it in place. */
    const hf_bytes refused[] = { made_bytes(&stranger), bytes_of(good.der, good.length - 1),
        OID("\x30\x03\x0a\x01\x03"), { root.der, STAPLE_MAX + 1 } };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        error_clear(&error);
        CHECK(!stapling_set(stapling, &leaf.certificate, refused[i], &error));
        CHECK_TEXT(error.reason, "staple_invalid");
        CHECK(hands_out(stapling, now_ms, &good));
    }
    CHECK(stapling_set(stapling, &leaf.certificate, bytes_of(NULL, 0), NULL));
    CHECK(hands_out(stapling, now_ms, NULL));
    CHECK(bytes_equal_public(staple_der(staple), made_bytes(&good))); /* whoever has it keeps it */
    staple_drop(staple);
    end(stapling);
}

static void out_of_date(void)
{
    begin();
    struct stapling *stapling = stapling_new(&allocator_malloc, provider);
    struct bytes_made good = response_of(&leaf, NOW + 100);
    CHECK(stapling_set(stapling, &leaf.certificate, made_bytes(&good), NULL));
    CHECK(hands_out(stapling, now_ms + 100 * 1000, &good));
    CHECK(hands_out(stapling, now_ms + 101 * 1000, NULL));
    CHECK(hands_out(stapling, now_ms - (uint64_t)3600 * 1000 - 301 * 1000, NULL));
    CHECK(hands_out(stapling, now_ms, &good));
    /* Without nextUpdate a response is kept for a day. */
    struct bytes_made open_ended = response_of(&leaf, INT64_MIN);
    CHECK(stapling_set(stapling, &leaf.certificate, made_bytes(&open_ended), NULL));
    CHECK(hands_out(stapling, now_ms + (uint64_t)22 * 3600 * 1000, &open_ended));
    CHECK(hands_out(stapling, now_ms + (uint64_t)24 * 3600 * 1000, NULL));
    end(stapling);
}

static void from_a_file(void)
{
    struct hf_error error;
    begin();
    struct stapling *stapling = stapling_new(&allocator_malloc, provider);
    struct bytes_made first = response_of(&leaf, NOW + 100);
    struct bytes_made second = response_of(&leaf, NOW + 200);
    error_clear(&error);
    CHECK(!stapling_set_file(stapling, &leaf.certificate, path, &error)); /* empty */
    CHECK_TEXT(error.reason, "staple_invalid");
    error_clear(&error);
    CHECK(!stapling_set_file(stapling, &leaf.certificate, "/nowhere", &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    put_file(first.der, first.length);
    CHECK(stapling_set_file(stapling, &leaf.certificate, path, NULL));
    CHECK(hands_out(stapling, now_ms, &first));
    put_file(second.der, second.length);
    CHECK(hands_out(stapling, now_ms + 999, &first)); /* once a second */
    CHECK(hands_out(stapling, now_ms + 1000, &second));
    put_file("rubbish", 7);
    CHECK(hands_out(stapling, now_ms + 2000, &second));
    CHECK(unlink(path) == 0);
    CHECK(hands_out(stapling, now_ms + 3000, &second));
    put_file(first.der, first.length);
    CHECK(hands_out(stapling, now_ms + 4000, &first));
    CHECK(hands_out(stapling, now_ms + 5000, &first));
    put_file(second.der, second.length);
    CHECK(hands_out(stapling, now_ms + 1000, &second)); /* the clock went back */
    /* What is set by hand is no file's any more. */
    CHECK(stapling_set(stapling, &leaf.certificate, made_bytes(&first), NULL));
    CHECK(hands_out(stapling, now_ms + 9000, &first));
    end(stapling);
}

static void long_paths(void)
{
    struct hf_error error;
    char *name = calloc(1, STAPLE_PATH_MAX + 1);
    begin();
    struct stapling *stapling = stapling_new(&allocator_malloc, provider);
    memset(name, 'a', STAPLE_PATH_MAX);
    error_clear(&error);
    CHECK(!stapling_set_file(stapling, &leaf.certificate, name, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    free(name);
    end(stapling);
}

/* ---- Threads ---- */

enum { THREADS = 4, ROUNDS = 2000 };

struct crowd {
    struct stapling *stapling;
    struct bytes_made responses[2];
    atomic_uint wrong;
    _Atomic uint64_t at_ms;
};

static void *take_many(void *argument)
{
    struct crowd *crowd = argument;
    for (int i = 0; i < ROUNDS; i++) {
        struct staple *staple = stapling_take(crowd->stapling, &leaf.certificate,
            atomic_fetch_add(&crowd->at_ms, 1));
        if (staple == NULL ||
                (!bytes_equal_public(staple_der(staple), made_bytes(&crowd->responses[0])) &&
                !bytes_equal_public(staple_der(staple), made_bytes(&crowd->responses[1])))) {
            (void)atomic_fetch_add(&crowd->wrong, 1);
        }
        staple_drop(staple);
    }
    return NULL;
}

/* Four threads take what a fifth exchanges, by hand and by file. */
static void shared_by_threads(void)
{
    pthread_t threads[THREADS];
    begin();
    struct crowd crowd = { .stapling = stapling_new(&allocator_malloc, provider),
        .responses = { response_of(&leaf, NOW + 100), response_of(&leaf, NOW + 200) } };
    atomic_init(&crowd.at_ms, now_ms);
    put_file(crowd.responses[0].der, crowd.responses[0].length);
    CHECK(stapling_set_file(crowd.stapling, &leaf.certificate, path, NULL));
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, take_many, &crowd) == 0);
    }
    for (int i = 0; i < 100; i++) {
        const struct bytes_made *next = &crowd.responses[i % 2];
        put_file(next->der, next->length);
        CHECK(i % 3 == 0
            ? stapling_set_file(crowd.stapling, &leaf.certificate, path, NULL)
            : stapling_set(crowd.stapling, &leaf.certificate, made_bytes(next), NULL));
    }
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    CHECK(crowd.wrong == 0);
    end(crowd.stapling);
}

/* ---- Memory ---- */

static long until_failure;

static void *allocate(void *user, size_t size)
{
    (void)user;
    return until_failure-- == 0 ? NULL : malloc(size);
}

static void release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

static void no_memory(void)
{
    const struct allocator failing = { allocate, release, NULL };
    struct hf_error error;
    begin();
    until_failure = 0;
    CHECK(stapling_new(&failing, provider) == NULL);
    struct stapling *stapling = stapling_new(&failing, provider);
    struct bytes_made good = response_of(&leaf, NOW + 100);
    until_failure = 0;
    error_clear(&error);
    CHECK(!stapling_set(stapling, &leaf.certificate, made_bytes(&good), &error));
    CHECK_TEXT(error.reason, "out_of_memory");
    put_file(good.der, good.length);
    for (int i = 0; i < 2; i++) {
        until_failure = i;
        error_clear(&error);
        CHECK(!stapling_set_file(stapling, &leaf.certificate, path, &error));
        CHECK_TEXT(error.reason, "out_of_memory");
    }
    until_failure = -1;
    CHECK(stapling_set_file(stapling, &leaf.certificate, path, NULL));
    /* A refresh that fails is tried again. */
    struct bytes_made second = response_of(&leaf, NOW + 200);
    put_file(second.der, second.length);
    until_failure = 0;
    CHECK(hands_out(stapling, now_ms, &good));
    until_failure = -1;
    CHECK(hands_out(stapling, now_ms + 1000, &second));
    end(stapling);
}

TEST_MAIN(TEST(from_memory), TEST(out_of_date), TEST(from_a_file), TEST(long_paths),
    TEST(shared_by_threads), TEST(no_memory))
