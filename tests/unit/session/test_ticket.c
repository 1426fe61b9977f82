/* Tickets and their keys: see src/session/ticket.h. */
#include "session/ticket.h"

#include <sys/wait.h>
#include <unistd.h>

#include "memory.h"

static const struct provider *const provider = &provider_openssl;
static const uint64_t start = UINT64_C(1790000000000); /* 2026 */
static const char secret[] = "what a server remembers of a session";

enum { HOUR_S = 3600, ROOM = 256, FIRST_KEY = 1, LAST_KEY = 17 };

struct ticket {
    uint8_t bytes[ROOM];
    size_t length;
};

static bool seal_at(hf_tickets *tickets, uint64_t now, struct ticket *ticket)
{
    hf_builder b = builder_of(ticket->bytes, sizeof ticket->bytes);
    bool ok = tickets_seal(tickets, provider, now, bytes_of(secret, sizeof secret), &b);
    ticket->length = b.length;
    CHECK(ok ? b.length == sizeof secret + TICKET_OVERHEAD : b.length == 0);
    return ok;
}

static enum session_verdict open_at(hf_tickets *tickets, uint64_t now, const struct ticket *ticket)
{
    uint8_t out[ROOM];
    size_t length = 99;
    enum session_verdict verdict = tickets_open(tickets, provider, now,
        bytes_of(ticket->bytes, ticket->length), out, &length);
    if (verdict == SESSION_USABLE) {
        CHECK(length == sizeof secret && memcmp(out, secret, sizeof secret) == 0);
    } else {
        CHECK(length == 0);
    }
    return verdict;
}

static uint64_t hours(uint64_t count)
{
    return start + count * HOUR_S * 1000;
}

/* ---- A ticket ---- */

static void opens_what_it_sealed(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    struct ticket a;
    struct ticket b;
    CHECK(seal_at(tickets, start, &a) && seal_at(tickets, start, &b));
    CHECK(open_at(tickets, start, &a) == SESSION_USABLE);
    CHECK(open_at(tickets, start, &b) == SESSION_USABLE);
    /* The same key, and another nonce: nothing else is alike. */
    CHECK(a.bytes[0] == TICKET_FORMAT && memcmp(a.bytes, b.bytes, 17) == 0);
    CHECK(memcmp(a.bytes + 17, b.bytes + 17, 12) != 0);
    CHECK(memcmp(a.bytes + 29, b.bytes + 29, sizeof secret) != 0);
    hf_tickets_free(tickets);
    hf_tickets_free(NULL);
}

static void no_altered_one(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    struct ticket good;
    CHECK(seal_at(tickets, start, &good));
    for (size_t i = 0; i < good.length * 8; i++) {
        struct ticket t = good;
        t.bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        enum session_verdict expected = i / 8 == 0 ? SESSION_UNKNOWN_FORMAT :
            i / 8 < 17 ? SESSION_UNKNOWN_KEY : SESSION_NOT_AUTHENTIC;
        CHECK(open_at(tickets, start, &t) == expected);
    }
    for (size_t cut = 0; cut < good.length; cut++) {
        struct ticket t = good;
        t.length = cut;
        CHECK(open_at(tickets, start, &t) ==
            (cut == 0 ? SESSION_UNKNOWN_FORMAT : SESSION_NOT_AUTHENTIC));
    }
    struct ticket longer = good;
    longer.bytes[longer.length++] = 0;
    CHECK(open_at(tickets, start, &longer) == SESSION_NOT_AUTHENTIC);
    hf_tickets_free(tickets);
}

static void not_of_another_server(void)
{
    hf_tickets *ours = hf_tickets_new(0, 0);
    hf_tickets *theirs = hf_tickets_new(0, 0);
    struct ticket t;
    CHECK(seal_at(theirs, start, &t));
    CHECK(open_at(ours, start, &t) == SESSION_UNKNOWN_KEY);
    hf_tickets_free(ours);
    hf_tickets_free(theirs);
}

static void writes_all_or_nothing(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    for (size_t room = 0; room < sizeof secret + TICKET_OVERHEAD; room++) {
        uint8_t bytes[ROOM];
        hf_builder b = builder_of(bytes, room);
        CHECK(!tickets_seal(tickets, provider, start, bytes_of(secret, sizeof secret), &b));
        CHECK(b.failed && b.length == 0);
    }
    hf_tickets_free(tickets);
}

/* ---- Keys that rotate ---- */

static void keys_rotate(void)
{
    hf_tickets *tickets = hf_tickets_new(12 * HOUR_S, 24 * HOUR_S);
    struct ticket first;
    struct ticket same;
    struct ticket second;
    CHECK(seal_at(tickets, hours(0), &first) && seal_at(tickets, hours(12) - 1, &same));
    CHECK(memcmp(first.bytes, same.bytes, 17) == 0);
    CHECK(seal_at(tickets, hours(12), &second));
    CHECK(memcmp(first.bytes, second.bytes, 17) != 0);
    /* The old key opens, for as long as it is kept. */
    CHECK(open_at(tickets, hours(36) - 1, &first) == SESSION_USABLE);
    CHECK(open_at(tickets, hours(36), &first) == SESSION_UNKNOWN_KEY);
    CHECK(open_at(tickets, hours(36), &second) == SESSION_USABLE);
    /* Nobody sealed for long: the last key goes all the same. */
    CHECK(open_at(tickets, hours(48), &second) == SESSION_UNKNOWN_KEY);
    hf_tickets_free(tickets);
}

static void defaults(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    struct ticket a;
    struct ticket b;
    CHECK(seal_at(tickets, hours(0), &a) && seal_at(tickets, hours(12), &b));
    CHECK(memcmp(a.bytes, b.bytes, 17) != 0);
    CHECK(open_at(tickets, hours(36) - 1, &a) == SESSION_USABLE);
    CHECK(open_at(tickets, hours(36), &a) == SESSION_UNKNOWN_KEY);
    hf_tickets_free(tickets);
}

static void no_more_than_sixteen(void)
{
    hf_tickets *tickets = hf_tickets_new(1, 7 * 24 * HOUR_S);
    struct ticket t[20];
    for (size_t i = 0; i < 20; i++) {
        CHECK(seal_at(tickets, start + i * 1000, &t[i]));
    }
    for (size_t i = 0; i < 20; i++) {
        CHECK(open_at(tickets, start + 20000, &t[i]) ==
            (i < 4 ? SESSION_UNKNOWN_KEY : SESSION_USABLE));
    }
    hf_tickets_free(tickets);
}

/* Nonces are random: a key's tickets are counted. */
static void a_key_is_spent(void)
{
    hf_tickets *tickets = tickets_new(&allocator_malloc, (struct ticket_limits){ .seals_max = 3 });
    struct ticket t[4];
    static const uint8_t key[HF_TICKET_KEY] = { 1 };
    for (size_t i = 0; i < 4; i++) {
        CHECK(seal_at(tickets, start, &t[i]));
        CHECK(open_at(tickets, start, &t[i]) == SESSION_USABLE);
    }
    CHECK(memcmp(t[0].bytes, t[2].bytes, 17) == 0 && memcmp(t[0].bytes, t[3].bytes, 17) != 0);
    /* One from outside has no successor, and coming again makes it no younger. */
    hf_tickets_set_key(tickets, key, true);
    for (size_t i = 0; i < 3; i++) {
        CHECK(seal_at(tickets, start, &t[i]));
    }
    hf_tickets_set_key(tickets, key, true);
    CHECK(!seal_at(tickets, start, &t[3]));
    CHECK(open_at(tickets, start, &t[0]) == SESSION_USABLE);
    hf_tickets_free(tickets);
}

/* A clock that goes back: a little is what threads differ by; more, and the key was made under a
 * wrong clock. */
static void clock_goes_back(void)
{
    hf_tickets *tickets = hf_tickets_new(12 * HOUR_S, 24 * HOUR_S);
    struct ticket a;
    struct ticket b;
    CHECK(seal_at(tickets, hours(1000), &a));
    CHECK(seal_at(tickets, hours(1000) - SESSION_SKEW_S * 1000, &b));
    CHECK(memcmp(a.bytes, b.bytes, 17) == 0);
    CHECK(seal_at(tickets, hours(0), &b));
    CHECK(memcmp(a.bytes, b.bytes, 17) != 0);
    CHECK(open_at(tickets, hours(36) - 1, &a) == SESSION_USABLE); /* from then on it counts */
    CHECK(open_at(tickets, hours(36), &a) == SESSION_UNKNOWN_KEY);
    hf_tickets_free(tickets);
}

/* ---- Keys from outside ---- */

static void fill(uint8_t key[HF_TICKET_KEY], int seed)
{
    for (size_t i = 0; i < HF_TICKET_KEY; i++) {
        key[i] = (uint8_t)(seed * 31 + (int)i);
    }
}

static void hosts_share_keys(void)
{
    hf_tickets *a = hf_tickets_new(0, 0);
    hf_tickets *b = hf_tickets_new(0, 0);
    uint8_t first[HF_TICKET_KEY];
    uint8_t second[HF_TICKET_KEY];
    struct ticket t;
    struct ticket u;
    fill(first, 1);
    fill(second, 2);
    hf_tickets_set_key(a, first, true);
    hf_tickets_set_key(b, first, false);
    CHECK(!seal_at(b, start, &t)); /* it opens only */
    CHECK(seal_at(a, start, &t) && memcmp(t.bytes + 1, first, 16) == 0);
    CHECK(open_at(b, start, &t) == SESSION_USABLE);
    hf_tickets_set_key(b, second, true);
    CHECK(seal_at(b, start, &u) && memcmp(u.bytes + 1, second, 16) == 0);
    CHECK(open_at(a, start, &u) == SESSION_UNKNOWN_KEY);
    hf_tickets_set_key(a, second, true);
    CHECK(open_at(a, start, &u) == SESSION_USABLE && open_at(a, start, &t) == SESSION_USABLE);
    CHECK(seal_at(a, start, &t) && memcmp(t.bytes + 1, second, 16) == 0);
    /* They do not age by themselves. */
    CHECK(open_at(b, hours(100000), &u) == SESSION_USABLE);
    CHECK(seal_at(b, hours(100000), &u) && memcmp(u.bytes + 1, second, 16) == 0);
    hf_tickets_free(a);
    hf_tickets_free(b);
}

static void outside_ends_our_own(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    uint8_t key[HF_TICKET_KEY];
    struct ticket own;
    struct ticket t;
    fill(key, 1);
    CHECK(seal_at(tickets, start, &own));
    hf_tickets_set_key(tickets, key, false);
    CHECK(!seal_at(tickets, start, &t));
    CHECK(open_at(tickets, start, &own) == SESSION_USABLE);
    CHECK(open_at(tickets, hours(36), &own) == SESSION_UNKNOWN_KEY);
    hf_tickets_set_key(tickets, key, true);
    CHECK(seal_at(tickets, start, &t));
    hf_tickets_free(tickets);
}

/* The sixteenth and the one that seals stay; the oldest of the others goes. */
static void room_for_sixteen(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    struct ticket t[LAST_KEY + 1];
    struct ticket now;
    uint8_t key[HF_TICKET_KEY];
    for (int i = FIRST_KEY; i <= LAST_KEY; i++) {
        hf_tickets *other = hf_tickets_new(0, 0);
        fill(key, i);
        hf_tickets_set_key(other, key, true);
        CHECK(seal_at(other, start, &t[i]));
        hf_tickets_free(other);
        hf_tickets_set_key(tickets, key, i == FIRST_KEY);
    }
    for (int i = FIRST_KEY; i <= LAST_KEY; i++) {
        CHECK(open_at(tickets, start, &t[i]) ==
            (i == FIRST_KEY + 1 ? SESSION_UNKNOWN_KEY : SESSION_USABLE));
    }
    CHECK(seal_at(tickets, start, &now) && memcmp(now.bytes, t[FIRST_KEY].bytes, 17) == 0);
    hf_tickets_free(tickets);
}

static void retired(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    uint8_t key[HF_TICKET_KEY];
    struct ticket own;
    struct ticket fresh;
    struct ticket t[3];
    CHECK(seal_at(tickets, start, &own));
    hf_tickets_retire_key(tickets, own.bytes + 1);
    CHECK(open_at(tickets, start, &own) == SESSION_UNKNOWN_KEY);
    CHECK(seal_at(tickets, start, &fresh) && memcmp(own.bytes, fresh.bytes, 17) != 0);
    for (int i = 0; i < 3; i++) {
        fill(key, i);
        hf_tickets_set_key(tickets, key, true);
        CHECK(seal_at(tickets, start, &t[i]));
    }
    fill(key, 1); /* from the middle: the others stay, and the last goes on sealing */
    hf_tickets_retire_key(tickets, key);
    hf_tickets_retire_key(tickets, key);
    CHECK(open_at(tickets, start, &t[1]) == SESSION_UNKNOWN_KEY);
    CHECK(open_at(tickets, start, &t[0]) == SESSION_USABLE);
    CHECK(open_at(tickets, start, &t[2]) == SESSION_USABLE && seal_at(tickets, start, &fresh));
    fill(key, 2);
    hf_tickets_retire_key(tickets, key);
    CHECK(!seal_at(tickets, start, &fresh));
    hf_tickets_free(tickets);
}

/* The same id with another key replaces it. */
static void replaced(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    uint8_t key[HF_TICKET_KEY];
    struct ticket t;
    fill(key, 1);
    hf_tickets_set_key(tickets, key, true);
    CHECK(seal_at(tickets, start, &t));
    key[HF_TICKET_KEY - 1] ^= 1;
    hf_tickets_set_key(tickets, key, true);
    CHECK(open_at(tickets, start, &t) == SESSION_NOT_AUTHENTIC);
    CHECK(seal_at(tickets, start, &t) && open_at(tickets, start, &t) == SESSION_USABLE);
    hf_tickets_free(tickets);
}

/* ---- Failures, threads ---- */

static bool no_bytes(void *user, uint8_t *out, size_t length)
{
    (void)user, (void)out, (void)length;
    return false;
}

static struct aead_key *no_context(const struct aead *aead, const uint8_t *key, bool seals)
{
    (void)aead, (void)key, (void)seals;
    return NULL;
}

static const struct aead *poor_aead(enum aead_id id)
{
    static struct aead poor;
    poor = *provider_openssl.aead(id);
    poor.make = no_context;
    return &poor;
}

static const struct aead *absent_aead(enum aead_id id)
{
    (void)id;
    return NULL;
}

static void crypto_fails(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    uint8_t bytes[ROOM];
    size_t length;
    struct ticket t;
    struct provider without[4] = { *provider, *provider, *provider, *provider };
    without[0].random.public_bytes = no_bytes;
    without[1].random.private_bytes = no_bytes;
    without[2].aead = poor_aead;
    without[3].aead = absent_aead;
    for (size_t i = 0; i < 4; i++) {
        hf_builder b = builder_of(bytes, sizeof bytes);
        CHECK(!tickets_seal(tickets, &without[i], start, bytes_of(secret, sizeof secret), &b));
        CHECK(b.length == 0);
        CHECK(seal_at(tickets, start, &t));
        CHECK(tickets_open(tickets, &without[i], start, bytes_of(t.bytes, t.length), bytes,
            &length) == (i < 2 ? SESSION_USABLE : SESSION_NOT_OPENED));
        hf_tickets_retire_key(tickets, t.bytes + 1); /* so that a key is made anew */
    }
    hf_tickets_free(tickets);
}

static void memory_fails(void)
{
    struct memory memory = { .left = 1 };
    const struct allocator allocator = memory_allocator(&memory);
    struct ticket t;
    hf_tickets *tickets = tickets_new(&allocator, (struct ticket_limits){ 0 });
    CHECK(tickets != NULL && seal_at(tickets, start, &t));
    CHECK(tickets_new(&allocator, (struct ticket_limits){ 0 }) == NULL);
    tickets_retain(tickets);
    tickets_release(tickets);
    CHECK(memory.live == 1);
    tickets_release(tickets);
    CHECK(memory.live == 0 && !memory.unwiped);
}

/* A child does not draw its parent's nonces again. */
static void a_fork_seals_otherwise(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    struct ticket ours;
    struct ticket theirs = { .length = 0 };
    int ends[2];
    CHECK(seal_at(tickets, start, &ours) && pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        bool ok = seal_at(tickets, start, &theirs) &&
            write(ends[1], &theirs, sizeof theirs) == (ssize_t)sizeof theirs;
        _exit(ok ? 0 : 1);
    }
    int status = 1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    CHECK(read(ends[0], &theirs, sizeof theirs) == (ssize_t)sizeof theirs);
    CHECK(seal_at(tickets, start, &ours) && memcmp(ours.bytes, theirs.bytes, 17) == 0);
    CHECK(memcmp(ours.bytes + 17, theirs.bytes + 17, 12) != 0);
    CHECK(open_at(tickets, start, &theirs) == SESSION_USABLE);
    CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
    hf_tickets_free(tickets);
}

struct hammer {
    hf_tickets *tickets;
    unsigned failures;
    unsigned index;
};

/* Keys rotate and end while both threads seal and open; their clocks differ a little. */
static void *swing(void *user)
{
    struct hammer *hammer = user;
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t bytes[ROOM];
        uint8_t out[ROOM];
        size_t length = 0;
        uint64_t now = start + i * UINT64_C(100) + hammer->index;
        hf_builder b = builder_of(bytes, sizeof bytes);
        hammer->failures += !tickets_seal(hammer->tickets, provider, now,
            bytes_of(secret, sizeof secret), &b);
        hammer->failures += tickets_open(hammer->tickets, provider, now, builder_bytes(&b), out,
            &length) != SESSION_USABLE;
        hammer->failures += length != sizeof secret;
    }
    return NULL;
}

static void threads_share_them(void)
{
    pthread_t threads[2];
    struct hammer hammers[2];
    hf_tickets *tickets = hf_tickets_new(100, 200);
    for (unsigned i = 0; i < 2; i++) {
        hammers[i] = (struct hammer){ tickets, 0, i };
        CHECK(pthread_create(&threads[i], NULL, swing, &hammers[i]) == 0);
    }
    for (size_t i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(hammers[i].failures == 0);
    }
    hf_tickets_free(tickets);
}

TEST_MAIN(TEST(opens_what_it_sealed), TEST(no_altered_one), TEST(not_of_another_server),
    TEST(writes_all_or_nothing), TEST(keys_rotate), TEST(defaults), TEST(no_more_than_sixteen),
    TEST(a_key_is_spent), TEST(clock_goes_back), TEST(hosts_share_keys),
    TEST(outside_ends_our_own), TEST(room_for_sixteen), TEST(retired), TEST(replaced),
    TEST(crypto_fails), TEST(memory_fails), TEST(a_fork_seals_otherwise),
    TEST(threads_share_them))
