/* Sessions: their form, when they are used, and a client's object: see src/session/session.h. */
#include "session/session.h"

#include "memory.h"
#include "wire/codepoints.h"

static const uint64_t now = UINT64_C(1790000000000); /* 2026 */
static const uint8_t leaf[] = { 0x30, 3, 2, 1, 7 };
static const uint8_t issuer[] = { 0x30, 0 };
static uint8_t binding[SESSION_BINDING] = { 1, 2, 3 };

static struct session sample(uint16_t version)
{
    struct session s = {
        .version = version,
        .suite = suite_find(version == VERSION_TLS13 ? 0x1302 : 0xc02f),
        .group = 29,
        .scheme = 0x0403,
        .secret_length = 48,
        .extended_master = true,
        .created_ms = now,
        .issued_ms = now + 5,
        .lifetime_s = 3600,
        .age_add = 0xfedcba98,
        .verified_until = (int64_t)(now / 1000) + 1800,
        .server_name = "a.example",
        .alpn = "h2",
        .identity = "a.example",
        .chain_count = 2,
        .chain = { { leaf, sizeof leaf }, { issuer, sizeof issuer } },
        .ticket = bytes_of("a ticket", 8),
        .session_id = bytes_of("an id", 5),
    };
    memset(s.secret, 0x5a, s.secret_length);
    memcpy(s.binding, binding, sizeof s.binding);
    return s;
}

static size_t built(const struct session *session, uint8_t *out, size_t capacity)
{
    hf_builder b = builder_of(out, capacity);
    session_build(&b, session);
    CHECK(!b.failed);
    return b.length;
}

static bool bytes_same(hf_bytes a, hf_bytes b)
{
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* ---- Form ---- */

static void comes_back(void)
{
    static const uint16_t versions[] = { VERSION_TLS12, VERSION_TLS13 };
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[1024];
        uint8_t again[1024];
        struct session from = sample(versions[i]);
        struct session to;
        size_t length = built(&from, bytes, sizeof bytes);
        CHECK(session_parse(bytes_of(bytes, length), &to, NULL));
        CHECK(to.version == from.version && to.suite == from.suite && to.group == 29);
        CHECK(to.scheme == 0x0403 && to.extended_master && to.created_ms == now);
        CHECK(to.issued_ms == now + 5 && to.lifetime_s == 3600 && to.age_add == 0xfedcba98);
        CHECK(to.verified_until == from.verified_until && to.secret_length == 48);
        CHECK_BYTES(to.secret, from.secret, 48);
        CHECK_BYTES(to.binding, binding, sizeof binding);
        CHECK_TEXT(to.server_name, "a.example");
        CHECK_TEXT(to.alpn, "h2");
        CHECK_TEXT(to.identity, "a.example");
        CHECK(to.chain_count == 2 && bytes_same(to.chain[0], from.chain[0]) &&
            bytes_same(to.chain[1], from.chain[1]));
        CHECK(bytes_same(to.ticket, from.ticket) && bytes_same(to.session_id, from.session_id));
        CHECK(built(&to, again, sizeof again) == length);
        CHECK_BYTES(again, bytes, length);
    }
}

static void fits_or_fails(void)
{
    uint8_t bytes[1024];
    struct session s = sample(VERSION_TLS13);
    size_t length = built(&s, bytes, sizeof bytes);
    for (size_t room = 0; room < length; room++) {
        hf_builder b = builder_of(bytes, room);
        session_build(&b, &s);
        CHECK(b.failed);
    }
}

static bool refused(hf_bytes bytes)
{
    struct session s;
    struct hf_error error;
    error_clear(&error);
    memset(&s, 1, sizeof s);
    if (session_parse(bytes, &s, &error)) {
        return false;
    }
    CHECK_TEXT(error.reason, "bad_session");
    CHECK(s.secret[0] == 0 && s.ticket.data == NULL); /* nothing of it stays */
    return true;
}

/* Whatever byte changes, it is refused or is a session again that builds to the very same bytes. */
static void one_form_only(void)
{
    uint8_t bytes[1024];
    uint8_t again[1024];
    struct session s = sample(VERSION_TLS13);
    size_t length = built(&s, bytes, sizeof bytes);
    size_t refusals = 0;
    for (size_t cut = 0; cut < length; cut++) {
        CHECK(refused(bytes_of(bytes, cut)));
    }
    bytes[length] = 0;
    CHECK(refused(bytes_of(bytes, length + 1)));
    for (size_t i = 0; i < length * 8; i++) {
        struct session other;
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        if (session_parse(bytes_of(bytes, length), &other, NULL)) {
            CHECK(built(&other, again, sizeof again) == length);
            CHECK_BYTES(again, bytes, length);
        } else {
            refusals++;
        }
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    CHECK(refusals > 100);
}

/* Sessions with one thing wrong, as session_build writes them. */
static void wrong_ones(void)
{
    static const uint8_t long_id[33];
    for (int wrong = 0; wrong < 12; wrong++) {
        uint8_t bytes[1024];
        struct session s = sample(wrong == 11 ? VERSION_TLS12 : VERSION_TLS13);
        switch (wrong) {
        case 0: s.version = 0x0302; break;
        case 1: s.version = VERSION_TLS12; break; /* the suite is of 1.3 */
        case 2: s.created_ms = UINT64_MAX; break;
        case 3: s.issued_ms = (uint64_t)INT64_MAX + 1; break;
        case 4: s.lifetime_s = SESSION_LIFETIME_MAX_S + 1; break;
        case 5: s.verified_until = -1; break;
        case 6: s.secret_length = 32; break;      /* SHA-384 makes 48 */
        case 7: s.secret_length = 0; break;
        case 8: s.session_id = bytes_of(long_id, sizeof long_id); break;
        case 9: s.chain[1].length = 0; break;
        case 10: s.secret_length = 64; break;
        default: s.secret_length = 47; break;
        }
        CHECK(refused(bytes_of(bytes, built(&s, bytes, sizeof bytes))));
    }
    uint8_t bytes[1024];
    struct session s = sample(VERSION_TLS13);
    size_t length = built(&s, bytes, sizeof bytes);
    uint8_t *name = memchr(bytes, 'x', length);  /* of "a.example" */
    CHECK(name != NULL);
    if (name != NULL) {
        *name = '\0';
        CHECK(refused(bytes_of(bytes, length)));
    }
}

/* ---- Whether it is used ---- */

static struct session_demand demand_now(void)
{
    return (struct session_demand){ .now_ms = now + 1000, .server_name = "a.example",
        .identity = "a.example", .binding = binding, .protocols = bytes_of("\x08http/1.1\x02h2", 12)
    };
}

static enum session_verdict judged(const struct session *session,
    const struct session_demand *demand)
{
    return session_judge(session, demand);
}

static void holds_when_all_agrees(void)
{
    struct session s = sample(VERSION_TLS13);
    struct session_demand d = demand_now();
    CHECK(judged(&s, &d) == SESSION_USABLE);
    d.version = VERSION_TLS13;
    CHECK(judged(&s, &d) == SESSION_USABLE);
    d.version = VERSION_TLS12;
    CHECK(judged(&s, &d) == SESSION_OTHER_VERSION);
    s = sample(VERSION_TLS12);
    CHECK(judged(&s, &d) == SESSION_USABLE);
    s.extended_master = false;
    CHECK(judged(&s, &d) == SESSION_NO_EXTENDED_MASTER);
}

static void for_whom_and_under_what(void)
{
    struct session s = sample(VERSION_TLS13);
    struct session_demand d = demand_now();
    uint8_t other[SESSION_BINDING];
    d.server_name = "b.example";
    CHECK(judged(&s, &d) == SESSION_OTHER_NAME);
    d.server_name = "";
    CHECK(judged(&s, &d) == SESSION_OTHER_NAME);
    d = demand_now();
    d.identity = "b.example";
    CHECK(judged(&s, &d) == SESSION_OTHER_IDENTITY);
    d.identity = NULL;
    CHECK(judged(&s, &d) == SESSION_USABLE);
    for (size_t i = 0; i < sizeof other; i++) {
        memcpy(other, binding, sizeof other);
        other[i] ^= 0x80;
        d.binding = other;
        CHECK(judged(&s, &d) == SESSION_OTHER_CONFIG);
    }
    d = demand_now();
    d.wants_client_certificate = true;
    CHECK(judged(&s, &d) == SESSION_USABLE);
    s.chain_count = 0;
    CHECK(judged(&s, &d) == SESSION_NO_CLIENT_CERTIFICATE);
}

static void protocols(void)
{
    struct session s = sample(VERSION_TLS13);
    struct session_demand d = demand_now();
    d.protocols = bytes_of("\x08http/1.1\x03h2c", 13);
    CHECK(judged(&s, &d) == SESSION_OTHER_PROTOCOL);
    d.protocols = bytes_of(NULL, 0);
    CHECK(judged(&s, &d) == SESSION_OTHER_PROTOCOL);
    d.alpn = "h2"; /* a server: what it agrees on now */
    CHECK(judged(&s, &d) == SESSION_USABLE);
    d.alpn = "http/1.1";
    CHECK(judged(&s, &d) == SESSION_OTHER_PROTOCOL);
    d.alpn = "";
    CHECK(judged(&s, &d) == SESSION_OTHER_PROTOCOL);
    s.alpn[0] = '\0';
    CHECK(judged(&s, &d) == SESSION_USABLE);
    d.alpn = "h2";
    CHECK(judged(&s, &d) == SESSION_OTHER_PROTOCOL);
    d.alpn = NULL; /* a client whose server agreed on none then may offer some now */
    d.protocols = bytes_of("\x02h2", 3);
    CHECK(judged(&s, &d) == SESSION_USABLE);
}

static void times(void)
{
    struct session s = sample(VERSION_TLS13);
    struct session_demand d = demand_now();
    s.verified_until = 0;
    d.now_ms = now + UINT64_C(3600000) - 1;
    CHECK(judged(&s, &d) == SESSION_USABLE);
    d.now_ms++;
    CHECK(judged(&s, &d) == SESSION_EXPIRED);
    d.now_ms = UINT64_MAX / 2;
    CHECK(judged(&s, &d) == SESSION_EXPIRED);
    d.now_ms = now + 5 - SESSION_SKEW_S * UINT64_C(1000);
    CHECK(judged(&s, &d) == SESSION_USABLE);
    d.now_ms--;
    CHECK(judged(&s, &d) == SESSION_FROM_THE_FUTURE); /* by issued_ms */
    s.issued_ms = 0;
    CHECK(judged(&s, &d) == SESSION_USABLE);
    d.now_ms -= 5;
    CHECK(judged(&s, &d) == SESSION_FROM_THE_FUTURE); /* by created_ms */
    s.lifetime_s = 0;
    d.now_ms = now;
    CHECK(judged(&s, &d) == SESSION_EXPIRED);
    s = sample(VERSION_TLS13);
    d.now_ms = now - now % 1000 + UINT64_C(1800999);
    CHECK(judged(&s, &d) == SESSION_USABLE); /* notAfter's second counts (RFC 5280, 4.1.2.5) */
    d.now_ms++;
    CHECK(judged(&s, &d) == SESSION_CERTIFICATE_EXPIRED);
}

static void verdicts_have_words(void)
{
    for (unsigned v = 0; v < SESSION_VERDICT_COUNT; v++) {
        const char *text = session_verdict_text((enum session_verdict)v);
        CHECK((text == NULL) == (v == SESSION_USABLE || v == SESSION_NONE_OFFERED));
        CHECK(text == NULL || strlen(text) > 10);
    }
    CHECK(session_verdict_text(SESSION_VERDICT_COUNT) == NULL);
}

/* ---- A client's ---- */

static void is_kept_and_loaded(void)
{
    uint8_t bytes[1024];
    struct session from = sample(VERSION_TLS13);
    hf_session_info info;
    hf_error error;
    hf_session *session = session_new(&allocator_malloc, &from, NULL);
    CHECK(session != NULL);
    size_t length = hf_session_save(session, NULL, 0);
    memset(bytes, 0xee, sizeof bytes);
    CHECK(hf_session_save(session, bytes, length - 1) == length && bytes[0] == 0xee);
    CHECK(length > 0 && hf_session_save(session, bytes, sizeof bytes) == length);
    hf_session *loaded = hf_session_load(bytes, length, &error);
    CHECK(loaded != NULL && error.code == HF_CODE_none);
    hf_session_facts(loaded, &info);
    CHECK_TEXT(info.version, "TLS 1.3");
    CHECK_TEXT(info.suite, "TLS_AES_256_GCM_SHA384");
    CHECK_TEXT(info.identity, "a.example");
    CHECK_TEXT(info.server_name, "a.example");
    CHECK_TEXT(info.alpn, "h2");
    CHECK(info.created_ms == now && info.expires_ms == now + 3600000 && !info.used);
    CHECK(bytes_same(session_view(loaded)->ticket, from.ticket));
    hf_session_free(loaded);
    for (size_t cut = 0; cut < length; cut++) {
        CHECK(hf_session_load(bytes, cut, &error) == NULL && error.code != HF_CODE_none);
    }
    bytes[0]++;
    CHECK(hf_session_load(bytes, length, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_session");
    CHECK(hf_session_load(bytes, length, NULL) == NULL);
    /* Only its length is looked at. */
    CHECK(hf_session_load(bytes, 1 << 24, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_session");
    hf_session_free(session);
    hf_session_free(NULL);
}

static void without_names(void)
{
    hf_session_info info;
    struct session from = sample(VERSION_TLS12);
    from.server_name[0] = from.alpn[0] = from.identity[0] = '\0';
    hf_session *session = session_new(&allocator_malloc, &from, NULL);
    CHECK(session != NULL);
    hf_session_facts(session, &info);
    CHECK_TEXT(info.version, "TLS 1.2");
    CHECK(info.identity == NULL && info.server_name == NULL && info.alpn == NULL);
    hf_session_free(session);
}

static void is_used_once(void)
{
    struct session from = sample(VERSION_TLS13);
    hf_session_info info;
    hf_session *session = session_new(&allocator_malloc, &from, NULL);
    CHECK(session_take(session) && !session_take(session) && !session_take(session));
    hf_session_facts(session, &info);
    CHECK(info.used && hf_session_save(session, NULL, 0) == 0);
    hf_session_free(session);
    from = sample(VERSION_TLS12);
    session = session_new(&allocator_malloc, &from, NULL);
    CHECK(session_take(session) && session_take(session));
    hf_session_facts(session, &info);
    CHECK(!info.used && hf_session_save(session, NULL, 0) > 0);
    hf_session_free(session);
}

enum { TAKERS = 2, ROUNDS = 20 };

static void *take(void *session)
{
    bool taken = session_take(session);
    hf_session_free(session);
    return taken ? session : NULL;
}

static void one_thread_takes_it(void)
{
    struct session from = sample(VERSION_TLS13);
    for (size_t round = 0; round < ROUNDS; round++) {
        pthread_t threads[TAKERS];
        unsigned taken = 0;
        hf_session *session = session_new(&allocator_malloc, &from, NULL);
        for (size_t i = 0; i < TAKERS; i++) {
            session_retain(session);
            CHECK(pthread_create(&threads[i], NULL, take, session) == 0);
        }
        for (size_t i = 0; i < TAKERS; i++) {
            void *result = NULL;
            CHECK(pthread_join(threads[i], &result) == 0);
            taken += result != NULL;
        }
        CHECK(taken == 1 && !session_take(session));
        hf_session_free(session);
    }
}

static void memory_fails(void)
{
    struct memory memory = { .left = 1 };
    const struct allocator allocator = memory_allocator(&memory);
    struct session from = sample(VERSION_TLS13);
    struct hf_error error;
    error_clear(&error);
    hf_session *session = session_new(&allocator, &from, &error);
    CHECK(session != NULL && memory.live == 1);
    CHECK(session_new(&allocator, &from, &error) == NULL);
    CHECK_TEXT(error.reason, "out_of_memory");
    hf_session_free(session);
    CHECK(memory.live == 0 && !memory.unwiped);
}

/* What cannot be kept is not made. */
static void too_much(void)
{
    static uint8_t big[SESSION_TICKET_MAX + 1];
    struct memory memory = { .left = 100 };
    const struct allocator allocator = memory_allocator(&memory);
    struct session from = sample(VERSION_TLS13);
    struct hf_error error;
    error_clear(&error);
    from.ticket = bytes_of(big, SESSION_TICKET_MAX);
    hf_session *session = session_new(&allocator, &from, &error);
    CHECK(session != NULL);
    hf_session_free(session);
    from.ticket.length++;
    CHECK(session_new(&allocator, &from, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_session");
    from.ticket.length = 0;
    for (from.chain_count = 0; from.chain_count < CHAIN_MAX; from.chain_count++) {
        from.chain[from.chain_count] = bytes_of(big, CHAIN_BYTES_MAX / CHAIN_MAX);
    }
    session = session_new(&allocator, &from, NULL);
    CHECK(session != NULL);
    hf_session_free(session);
    from.chain[0].length++;
    CHECK(session_new(&allocator, &from, NULL) == NULL);
    CHECK(memory.live == 0 && !memory.unwiped);
}

TEST_MAIN(TEST(comes_back), TEST(fits_or_fails), TEST(one_form_only), TEST(wrong_ones),
    TEST(holds_when_all_agrees), TEST(for_whom_and_under_what), TEST(protocols), TEST(times),
    TEST(verdicts_have_words), TEST(is_kept_and_loaded), TEST(without_names), TEST(is_used_once),
    TEST(one_thread_takes_it), TEST(memory_fails), TEST(too_much))
