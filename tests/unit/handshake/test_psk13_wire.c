/* What RFC 9846, 4.3.9 and 4.3.11 demand of hellos with pre-shared keys: each rule broken, by a
 * peer that is honest but for that. */
#include "support/edit.h"
#include "support/resumed.h"
#include "unit/test.h"

static struct met met;

typedef void (*editor)(struct hf_connection *c, hf_builder *body);

/* The one message that is edited. */
static struct {
    enum message message;
    editor edit;
} planned;

static void rewrite(void *user, struct hf_connection *c, enum message message, hf_builder *body)
{
    (void)user;
    if (message == planned.message && planned.edit != NULL) {
        planned.edit(c, body);
    }
}

/* A session is there; what is edited comes with the next handshake. */
static bool meet(const struct met_setup *setup)
{
    planned.edit = NULL;
    if (!met_new(&met, setup)) {
        return false;
    }
    met.pair.client_config->settings.rewrite = rewrite;
    met.pair.server_config->settings.rewrite = rewrite;
    return met_shake(&met, NULL) && met.count == 2;
}

static void plan(enum message message, editor edit)
{
    planned.message = message;
    planned.edit = edit;
}

/* ---- pre_shared_key, made by hand ---- */

static uint8_t offer[32768];

/* `before` identities that are nothing, then the session's; as many binders, of `size` bytes. */
static void put_offer(struct hf_connection *c, hf_builder *body, size_t before, size_t binders,
    size_t size)
{
    static const uint8_t nothing[255];
    hf_builder b = builder_of(offer, sizeof offer);
    size_t list = build_open(&b, 2);
    for (size_t i = 0; i <= before; i++) {
        build_vector16(&b, i < before ? bytes_of(nothing, 70) : c->hs->session->ticket);
        build_u32(&b, 7);
    }
    build_close(&b, 2, list);
    list = build_open(&b, 2);
    for (size_t i = 0; i < binders; i++) {
        build_vector8(&b, bytes_of(nothing, size));
    }
    build_close(&b, 2, list);
    edit_extension_set(CLIENT_HELLO, body, EXT_PRE_SHARED_KEY, b.data, b.length);
}

/* All binders anew, as RFC 9846, 4.3.11.2 has them, over the hello as it is now. */
static void bind_again(struct hf_connection *c, hf_builder *body, size_t count)
{
    const struct session *session = c->hs->session;
    const struct hash *hash = c->settings->provider->hash(session->suite->hash);
    size_t end = body->length - 2 - count * (1 + hash->size);
    uint8_t header[4] = { TYPE_CLIENT_HELLO, 0, (uint8_t)(body->length >> 8),
        (uint8_t)body->length };
    uint8_t key[HASH_SIZE_MAX];
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t mac[HASH_SIZE_MAX];
    struct schedule13 schedule;
    schedule13_early(&schedule, hash, bytes_of(session->secret, session->secret_length));
    schedule13_binder(&schedule, key);
    transcript_digest_with(&c->hs->transcript, hash, bytes_of(header, sizeof header),
        bytes_of(body->data, end), digest);
    finished_mac(hash, key, digest, mac);
    for (size_t i = 0; i < count; i++) {
        edit_put(body, end + 2 + i * (1 + hash->size) + 1, mac, hash->size);
    }
}

static size_t hash_size(const struct hf_connection *c)
{
    return c->hs->session->secret_length;
}

/* ---- ClientHello ---- */

static void put_behind(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    edit_extension_add(CLIENT_HELLO, body, 0xfafa, "", 0);
}

static void drop_modes(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    edit_extension_drop(CLIENT_HELLO, body, EXT_PSK_KEY_EXCHANGE_MODES);
}

static void empty_modes(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    edit_extension_set(CLIENT_HELLO, body, EXT_PSK_KEY_EXCHANGE_MODES, "\0", 1);
}

static void spoil_binder(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    body->data[body->length - 1] ^= 1;
}

static void other_random(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    body->data[AT_RANDOM] ^= 1;
}

static void long_binder(struct hf_connection *c, hf_builder *body)
{
    put_offer(c, body, 0, 1, hash_size(c) + 1);
}

static void two_binders(struct hf_connection *c, hf_builder *body)
{
    put_offer(c, body, 0, 2, hash_size(c));
}

static void one_binder(struct hf_connection *c, hf_builder *body)
{
    put_offer(c, body, 1, 1, hash_size(c));
}

static void last_that_is_tried(struct hf_connection *c, hf_builder *body)
{
    put_offer(c, body, 7, 8, hash_size(c));
    bind_again(c, body, 8);
}

static void one_too_many(struct hf_connection *c, hf_builder *body)
{
    put_offer(c, body, 8, 9, hash_size(c));
    bind_again(c, body, 9);
}

static void psk_alone(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    edit_extension_set(CLIENT_HELLO, body, EXT_PSK_KEY_EXCHANGE_MODES, "\1\0", 2);
}

static void modes_unknown_too(struct hf_connection *c, hf_builder *body)
{
    edit_extension_set(CLIENT_HELLO, body, EXT_PSK_KEY_EXCHANGE_MODES, "\3\x0b\0\1", 4);
    bind_again(c, body, 1);
}

static void drop_schemes(struct hf_connection *c, hf_builder *body)
{
    edit_extension_drop(CLIENT_HELLO, body, EXT_SIGNATURE_ALGORITHMS);
    bind_again(c, body, 1);
}

/* ---- ServerHello ---- */

static void choose_second(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    edit_extension_set(SERVER_HELLO, body, EXT_PRE_SHARED_KEY, "\0\1", 2);
}

static void drop_share(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    edit_extension_drop(SERVER_HELLO, body, EXT_KEY_SHARE);
}

static void another_hash(struct hf_connection *c, hf_builder *body)
{
    uint8_t suite[2] = { 0x13, c->suite->hash == HASH_SHA384 ? 1 : 2 };
    edit_put(body, edit_after_session_id(body), suite, sizeof suite);
}

static void choose_none_offered(struct hf_connection *c, hf_builder *body)
{
    (void)c;
    edit_extension_add(SERVER_HELLO, body, EXT_PRE_SHARED_KEY, "\0\0", 2);
}

/* ---- Refusals ---- */

static const struct row {
    const char *reason;
    int alert;
    const char *field;
    enum message message;
    editor edit;
    bool without_session;
} rows[] = {
    { "illegal_parameter", 47, "pre_shared_key", CLIENT_HELLO, put_behind, false },
    { "missing_extension", 109, "psk_key_exchange_modes", CLIENT_HELLO, drop_modes, false },
    { "decode_error", 50, "psk_key_exchange_modes.ke_modes", CLIENT_HELLO, empty_modes, false },
    { "illegal_parameter", 47, "pre_shared_key.binders", CLIENT_HELLO, two_binders, false },
    { "illegal_parameter", 47, "pre_shared_key.binders", CLIENT_HELLO, one_binder, false },
    { "bad_binder", 51, "binder", CLIENT_HELLO, spoil_binder, false },
    { "bad_binder", 51, "binder", CLIENT_HELLO, other_random, false },
    { "bad_binder", 51, "binder", CLIENT_HELLO, long_binder, false },
    { "illegal_parameter", 47, "selected_identity", SERVER_HELLO, choose_second, false },
    { "illegal_parameter", 47, "key_share", SERVER_HELLO, drop_share, false },
    { "illegal_parameter", 47, "cipher_suite", SERVER_HELLO, another_hash, false },
    { "unsolicited_extension", 110, "pre_shared_key", SERVER_HELLO, choose_none_offered, true },
};

static void rules_broken(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        CHECK(meet(&(struct met_setup){ 0 }));
        plan(row->message, row->edit);
        CHECK(!met_shake(&met, row->without_session ? NULL : met.sessions[0]));
        bool by_client = row->message == CLIENT_HELLO;
        const struct end *judge = by_client ? &met.pair.server : &met.pair.client;
        const hf_error *error = hf_connection_error(judge->connection);
        CHECK_TEXT(end_reason(judge), row->reason);
        CHECK_TEXT(error->field != NULL ? error->field : "", row->field);
        CHECK(error->alert == row->alert && error->who == HF_WE);
        CHECK_TEXT(error->message, by_client ? "ClientHello" : "ServerHello");
        met_free(&met);
    }
}

/* ---- What is borne ---- */

static void modes(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    plan(CLIENT_HELLO, psk_alone);
    CHECK(met_shake(&met, met.sessions[0]));
    CHECK(met_refused(&met, SESSION_NOT_TAKEN, SESSION_NO_KEY_EXCHANGE));
    CHECK(met.count == 2); /* RFC 9846, 4.3.9: and no tickets for it */
    plan(CLIENT_HELLO, modes_unknown_too);
    CHECK(met_shake(&met, met.sessions[1]) && met_resumed(&met));
    met_free(&met);
}

/* The client offered one, so that it refuses; the server took the eighth. */
static void so_many_are_tried(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    plan(CLIENT_HELLO, last_that_is_tried);
    CHECK(!met_shake(&met, met.sessions[0]));
    CHECK_TEXT(end_reason(&met.pair.client), "illegal_parameter");
    CHECK((met.pair.server.connection->facts & FACT_PSK) != 0);
    plan(CLIENT_HELLO, one_too_many);
    CHECK(met_shake(&met, met.sessions[1]));
    CHECK(met_refused(&met, SESSION_NOT_TAKEN, SESSION_UNKNOWN_FORMAT));
    met_free(&met);
}

/* RFC 9846, 9.2: a hello with a PSK may lack signature_algorithms, unless certificates are needed
 * after all. */
static void without_schemes(void)
{
    CHECK(meet(&(struct met_setup){ 0 }));
    plan(CLIENT_HELLO, drop_schemes);
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    CHECK(met_configs(&met, &(struct met_setup){ .no_tickets = true }));
    met.pair.client_config->settings.rewrite = rewrite;
    CHECK(!met_shake(&met, met.sessions[1]));
    CHECK_TEXT(end_reason(&met.pair.server), "missing_extension");
    CHECK_TEXT(hf_connection_error(met.pair.server.connection)->field, "signature_algorithms");
    met_free(&met);
}

/* The rules hold of a second hello too; its binder covers both. */
static void second_hello(void)
{
    static const editor edits[] = { spoil_binder, two_binders };
    static const char *const reasons[] = { "bad_binder", "illegal_parameter" };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        CHECK(meet(&(struct met_setup){ .groups = "x25519:secp256r1",
            .server_groups = "secp256r1" }));
        CHECK(met_open(&met, met.sessions[0]));
        CHECK(pair_move(&met.pair, false)); /* the first went as it is */
        plan(CLIENT_HELLO, edits[i]);
        pair_run(&met.pair);
        CHECK(!pair_connected(&met.pair));
        CHECK_TEXT(end_reason(&met.pair.server), reasons[i]);
        CHECK((met.pair.server.connection->facts & FACT_RETRIED) != 0);
        met_free(&met);
    }
}

/* GREASE stands before pre_shared_key, which is last (RFC 8701, 3.1; RFC 9846, 4.3.11). */
static void last_of_all(void)
{
    CHECK(met_new(&met, &(struct met_setup){ .grease = true }) && met_shake(&met, NULL));
    CHECK(met_shake(&met, met.sessions[0]) && met_resumed(&met));
    const char *psk = strstr(met.pair.server.events, "<   pre_shared_key");
    const char *next = psk != NULL ? strchr(psk, '\n') : NULL;
    CHECK(next != NULL && strncmp(next + 1, "<   ", 4) != 0);
    met_free(&met);
}

TEST_MAIN(TEST(rules_broken), TEST(modes), TEST(so_many_are_tried), TEST(without_schemes),
    TEST(second_hello), TEST(last_of_all))
