/* NewSessionTicket in TLS 1.3 (RFC 9846, 4.7.1): how many a server sends and for how long, what a
 * client makes of each. */
#include "support/resumed.h"
#include "unit/test.h"

static struct met met;

enum { DAY_S = 86400, WEEK_S = 7 * DAY_S };

static uint64_t expires_ms(const hf_session *session)
{
    hf_session_info info;
    hf_session_facts(session, &info);
    return info.expires_ms;
}

/* ---- The server ---- */

static void as_many_as_asked_for(void)
{
    for (unsigned count = 1; count <= 8; count++) {
        CHECK(met_new(&met, &(struct met_setup){ .ticket_count = count }));
        CHECK(met_shake(&met, NULL) && met.count == count);
        for (size_t i = 0; i < count; i++) {
            const struct session *a = session_view(met.sessions[i]);
            for (size_t k = 0; k < i; k++) {
                const struct session *b = session_view(met.sessions[k]);
                CHECK(memcmp(a->secret, b->secret, a->secret_length) != 0);
            }
        }
        CHECK(met_shake(&met, met.sessions[count - 1]) && met_resumed(&met));
        met_free(&met);
    }
}

static void none_where_none_is_wanted(void)
{
    /* The client keeps none, and says so. */
    CHECK(met_new(&met, &(struct met_setup){ .no_callback = true }) && met_shake(&met, NULL));
    CHECK(strstr(met.pair.server.events, "psk_key_exchange_modes") == NULL);
    CHECK(strstr(met.pair.server.events, "NewSessionTicket") == NULL);
    met_free(&met);
    /* The server has no keys. */
    CHECK(met_new(&met, &(struct met_setup){ .no_tickets = true }) && met_shake(&met, NULL));
    CHECK(strstr(met.pair.server.events, "psk_key_exchange_modes") != NULL);
    CHECK(met.count == 0);
    met_free(&met);
}

static void kept_sessions_are_offered_without_a_callback(void)
{
    uint8_t saved[8192];
    CHECK(met_new(&met, &(struct met_setup){ 0 }) && met_shake(&met, NULL));
    size_t length = hf_session_save(met.sessions[0], saved, sizeof saved);
    CHECK(length > 0 && length <= sizeof saved);
    hf_session *loaded = hf_session_load(saved, length, NULL);
    CHECK(loaded != NULL && met_configs(&met, &(struct met_setup){ .no_callback = true }));
    CHECK(met_shake(&met, loaded) && met_resumed(&met));
    hf_session_free(loaded);
    met_free(&met);
}

/* Nothing lives for more than 7 days after the handshake that verified. */
static void a_week_at_most(void)
{
    CHECK(met_new(&met, &(struct met_setup){ .lifetime_s = WEEK_S }) && met_shake(&met, NULL));
    uint64_t end = met.now_ms + WEEK_S * UINT64_C(1000);
    CHECK(expires_ms(met.sessions[0]) == end);
    met.now_ms += (WEEK_S - 60) * UINT64_C(1000);
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met) && met.count == 4);
    CHECK(expires_ms(met.sessions[2]) == end);
    met.now_ms += 59 * 1000 + 999;
    CHECK(met_shake(&met, met.sessions[2]) && met_resumed(&met));
    CHECK(met.count == 6 && expires_ms(met.sessions[4]) == end);
    met.now_ms += 1;
    CHECK(met_shake(&met, met.sessions[3]));
    CHECK(met_refused(&met, SESSION_EXPIRED, SESSION_NONE_OFFERED));
    met_free(&met);
}

static void no_chance_no_ticket(void)
{
    CHECK(met_new(&met, &(struct met_setup){ 0 }));
    pair_inject(&met.pair, 1);
    CHECK(met_open(&met, NULL));
    CHECK(pair_move(&met.pair, false) && pair_feed(&met.pair, &met.pair.server));
    met.pair.server_chance.empty = true;
    pair_run(&met.pair);
    CHECK(pair_connected(&met.pair) && met.count == 0); /* the connection is as good */
    met_free(&met);
}

/* ---- The client ---- */

static void build_u16_list(hf_builder *b, const uint16_t *types, size_t count)
{
    size_t list = build_open(b, 2);
    for (size_t i = 0; i < count; i++) {
        build_u16(b, types[i]);
        build_vector16(b, bytes_of("\0\0\0\1", 4));
    }
    build_close(b, 2, list);
}

/* As if the server had sent it; with so many extensions of these types. */
static void put_ticket(uint32_t lifetime_s, size_t nonce, size_t ticket, const uint16_t *types,
    size_t count)
{
    static const uint8_t bytes[300] = { 9 };
    uint8_t message[1024];
    hf_builder b = builder_of(message, sizeof message);
    build_u8(&b, TYPE_NEW_SESSION_TICKET);
    size_t body = build_open(&b, 3);
    build_u32(&b, lifetime_s);
    build_u32(&b, 1234);
    build_vector8(&b, bytes_of(bytes, nonce));
    build_vector16(&b, bytes_of(bytes, ticket));
    build_u16_list(&b, types, count);
    build_close(&b, 3, body);
    CHECK(!b.failed && pair_put_record(&met.pair, &met.pair.server, CONTENT_HANDSHAKE, b.data,
        b.length, 0));
    pair_run(&met.pair);
}

static void met_without_tickets(void)
{
    CHECK(met_new(&met, &(struct met_setup){ .no_tickets = true }) && met_shake(&met, NULL));
}

static void lifetimes(void)
{
    met_without_tickets();
    put_ticket(0, 1, 10, NULL, 0); /* not to be kept */
    CHECK(met.count == 0);
    put_ticket(1, 1, 10, NULL, 0);
    CHECK(met.count == 1 && expires_ms(met.sessions[0]) == met.now_ms + 1000);
    put_ticket(WEEK_S + 1, 1, 10, NULL, 0);
    put_ticket(UINT32_MAX, 1, 10, NULL, 0);
    CHECK(met.count == 3 && expires_ms(met.sessions[2]) == met.now_ms + WEEK_S * UINT64_C(1000));
    /* A week after the handshake nothing that comes is worth keeping. */
    met.now_ms += WEEK_S * UINT64_C(1000);
    put_ticket(100, 1, 10, NULL, 0);
    CHECK(met.count == 3 && end_reason(&met.pair.client)[0] == '\0');
    met_free(&met);
}

static void nonces(void)
{
    met_without_tickets();
    put_ticket(100, 0, 10, NULL, 0);
    put_ticket(100, 255, 10, NULL, 0);
    put_ticket(100, 255, 10, NULL, 0);
    CHECK(met.count == 3);
    const struct session *a = session_view(met.sessions[0]);
    const struct session *b = session_view(met.sessions[1]);
    const struct session *c = session_view(met.sessions[2]);
    CHECK(memcmp(a->secret, b->secret, a->secret_length) != 0);
    CHECK(memcmp(b->secret, c->secret, b->secret_length) == 0);
    CHECK(a->age_add == 1234 && a->ticket.length == 10);
    met_free(&met);
}

static void extensions(void)
{
    static const uint16_t unknown[] = { 0xfafa, 0x1234, EXT_EARLY_DATA, EXT_KEY_SHARE };
    static const uint16_t twice[] = { 0xfafa, 0xfafa };
    met_without_tickets();
    put_ticket(100, 1, 10, unknown, 4);
    CHECK(met.count == 1 && end_reason(&met.pair.client)[0] == '\0');
    put_ticket(100, 1, 10, twice, 2);
    CHECK_TEXT(end_reason(&met.pair.client), "duplicate_extension");
    CHECK(met.count == 1);
    met_free(&met);
}

static void broken(void)
{
    met_without_tickets();
    put_ticket(100, 1, 0, NULL, 0);
    CHECK_TEXT(end_reason(&met.pair.client), "decode_error");
    met_free(&met);
}

/* What nobody keeps is parsed all the same. */
static void nobody_keeps_them(void)
{
    CHECK(met_new(&met, &(struct met_setup){ .no_callback = true }) && met_shake(&met, NULL));
    put_ticket(100, 1, 10, NULL, 0);
    CHECK(met.count == 0 && end_reason(&met.pair.client)[0] == '\0');
    put_ticket(100, 1, 0, NULL, 0);
    CHECK_TEXT(end_reason(&met.pair.client), "decode_error");
    met_free(&met);
}

static void a_flood(void)
{
    met_without_tickets();
    for (size_t i = 0; i < 40 && end_reason(&met.pair.client)[0] == '\0'; i++) {
        put_ticket(100, 1, 10, NULL, 0);
    }
    CHECK_TEXT(end_reason(&met.pair.client), "too_many_records");
    met_free(&met);
}

/* They come late, between data and after a change of keys. */
static void in_between(void)
{
    met_without_tickets();
    met.now_ms += 5000;
    CHECK(pair_say(&met.pair, true, "x"));
    pair_run(&met.pair);
    CHECK(hf_key_update(met.pair.server.connection, true) == HF_OK);
    pair_run(&met.pair);
    put_ticket(100, 1, 10, NULL, 0);
    CHECK(met.count == 1);
    const struct session *session = session_view(met.sessions[0]);
    CHECK(session->created_ms + 5000 == session->issued_ms && session->issued_ms == met.now_ms);
    CHECK(expires_ms(met.sessions[0]) == met.now_ms + 100000);
    met_free(&met);
}

TEST_MAIN(TEST(as_many_as_asked_for), TEST(none_where_none_is_wanted),
    TEST(kept_sessions_are_offered_without_a_callback), TEST(a_week_at_most),
    TEST(no_chance_no_ticket), TEST(lifetimes), TEST(nonces), TEST(extensions), TEST(broken),
    TEST(nobody_keeps_them), TEST(a_flood), TEST(in_between))
