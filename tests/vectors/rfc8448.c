/* The traces of RFC 8448, simple 1-RTT (3) and HelloRetryRequest (5), run by our client and our
 * server at once. Injected as recorded: hellos, EncryptedExtensions, the certificate, its
 * signature, the private keys. Computed and compared: key shares, every secret, key and iv,
 * Finished, and every record of both sides, byte for byte. The trace's RSA-1024 certificate
 * passes by the named way round verification; its CertificateVerify is verified. */
#include "handshake/handlers.h"
#include "keys/schedule13.h"
#include "support/pair.h"
#include "unit/test.h"
#include "x509/pem.h"

enum { ITEMS_MAX = 400, TEXT_MAX = 64, VALUE_MAX = 1400 };

struct item {
    char section;            /* '3' */
    char actor;              /* 'c' or 's' */
    char step[TEXT_MAX];
    char label[TEXT_MAX];
    uint8_t *bytes;
    size_t length;
};

/* ---- The file: {"items": [{"section": "3. …", "actor": …, "step": …, "hex": …, …}]} ---- */

static struct item items[ITEMS_MAX];
static size_t item_count;

/* The next string at or after *at, without its quotes and escapes, cut at the capacity. */
static bool next_string(const char **at, char *out, size_t capacity)
{
    const char *p = strchr(*at, '"');
    size_t used = 0;
    if (p == NULL) {
        return false;
    }
    for (p++; *p != '"' && *p != '\0'; p++) {
        p += *p == '\\' && p[1] != '\0';
        if (used + 1 < capacity) {
            out[used++] = *p;
        }
    }
    out[used] = '\0';
    *at = *p == '"' ? p + 1 : p;
    return *p == '"';
}

static bool take_value(struct item *item, const char *key, const char *value)
{
    if (strcmp(key, "section") == 0) {
        item->section = value[0];
    } else if (strcmp(key, "actor") == 0) {
        item->actor = value[0];
    } else if (strcmp(key, "step") == 0) {
        text_append(item->step, sizeof item->step, "%s", value);
    } else if (strcmp(key, "label") == 0) {
        text_append(item->label, sizeof item->label, "%s", value);
    } else if (strcmp(key, "hex") == 0) {
        item->bytes = malloc(strlen(value) / 2 + 1);
        item->length = item->bytes == NULL ? 0 : from_hex(value, item->bytes, strlen(value) / 2);
        return true;
    }
    return false;
}

static void parse_items(const char *text)
{
    static char key[TEXT_MAX];
    static char value[2 * VALUE_MAX];
    const char *at = strstr(text, "\"items\"");
    at = at != NULL ? at + strlen("\"items\"") : text + strlen(text);
    while (item_count < ITEMS_MAX && next_string(&at, key, sizeof key)) {
        if (strcmp(key, "octets") == 0) {
            continue; /* a number */
        }
        if (next_string(&at, value, sizeof value) && take_value(&items[item_count], key, value)) {
            item_count++;
        }
    }
}

static bool load(void)
{
    const char *folder = getenv("HANDFAST_TEST_DATA");
    char path[1024];
    uint8_t *text = NULL;
    size_t length = 0;
    if (item_count > 0) {
        return true;
    }
    if (folder == NULL) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/rfc8448.json", folder);
    if (!file_read(&allocator_malloc, path, &text, &length, NULL)) {
        return false;
    }
    parse_items((const char *)text);
    release_wiped(&allocator_malloc, text, length + 1);
    return item_count > 0;
}

static void unload(void)
{
    for (size_t i = 0; i < item_count; i++) {
        free(items[i].bytes);
    }
}

/* The nth item of a section whose step begins so and whose label is this; empty: there is none. */
static hf_bytes find(char section, char actor, const char *step, const char *label, size_t nth)
{
    for (size_t i = 0; i < item_count; i++) {
        const struct item *item = &items[i];
        if (item->section == section && item->actor == actor && strcmp(item->label, label) == 0 &&
            strncmp(item->step, step, strlen(step)) == 0 && nth-- == 0) {
            return bytes_of(item->bytes, item->length);
        }
    }
    test_failures++;
    (void)fprintf(stderr, "section %c has no \"%s\" of \"%s\"\n", section, label, step);
    return bytes_of("", 0);
}

/* ---- A run ---- */

struct run;

struct side {
    struct run *run;
    char actor;
    struct provider provider;
    size_t private_drawn;
    size_t messages;   /* written so far */
    bool saw_secrets;
};

struct run {
    char section;
    bool retry;
    struct side client;
    struct side server;
};

static bool same(hf_bytes expected, const uint8_t *actual, size_t length)
{
    return expected.length == length && memcmp(expected.data, actual, length) == 0;
}

/* The hello's random, as recorded. */
static bool draw_public(void *user, uint8_t *out, size_t length)
{
    struct side *side = user;
    bool server = side->actor == 's';
    hf_bytes hello = find(side->run->section, side->actor, "construct",
        server ? "ServerHello" : "ClientHello", server && side->run->retry ? 1 : 0);
    if (length > HELLO_RANDOM || hello.length < MESSAGE_HEADER + 2 + HELLO_RANDOM) {
        return length == 0;
    }
    memcpy(out, hello.data + MESSAGE_HEADER + 2, length);
    return true;
}

static bool draw_private(void *user, uint8_t *out, size_t length)
{
    struct side *side = user;
    hf_bytes key = find(side->run->section, side->actor, "create an ephemeral", "private key",
        side->private_drawn++);
    if (key.length != length) {
        return false;
    }
    memcpy(out, key.data, length);
    return true;
}

/* The test signer: what was recorded, under the scheme that was recorded. */
static bool sign(const struct private_key *key, const struct signature_scheme *scheme,
    hf_bytes message, uint8_t *out, size_t *length)
{
    const struct run *run = (const void *)key;
    const size_t before = MESSAGE_HEADER + 4; /* scheme, length */
    hf_bytes verify = find(run->section, 's', "construct", "CertificateVerify", 0);
    if (message.length != 64 + 33 + 1 + 32 || verify.length <= before ||
        scheme->id != (verify.data[MESSAGE_HEADER] << 8 | verify.data[MESSAGE_HEADER + 1])) {
        return false;
    }
    *length = verify.length - before;
    memcpy(out, verify.data + before, *length);
    return true;
}

static const char *recorded_name(enum message message)
{
    switch (message) {
    case CLIENT_HELLO: return "ClientHello";
    case HELLO_RETRY: case SERVER_HELLO: return "ServerHello";
    case ENCRYPTED_EXTENSIONS: return "EncryptedExtensions";
    case CERTIFICATE: return "Certificate";
    case CERTIFICATE_VERIFY: return "CertificateVerify";
    case FINISHED: return "Finished";
    case NONE: case CERTIFICATE_REQUEST: case NEW_SESSION_TICKET: case KEY_UPDATE:
    case CHANGE_CIPHER_SPEC: case DATA: case OTHER_MESSAGE: case MESSAGES: case SIGNATURE:
    case CERTIFICATE_STATUS: case SERVER_KEY_EXCHANGE: case SERVER_HELLO_DONE:
    case CLIENT_KEY_EXCHANGE: case HELLO_REQUEST:
    case PEER: case WORKS: break;
    }
    return "?";
}

static bool contains(const hf_builder *body, hf_bytes wanted)
{
    for (size_t i = 0; i + wanted.length <= body->length; i++) {
        if (memcmp(body->data + i, wanted.data, wanted.length) == 0) {
            return wanted.length > 0;
        }
    }
    return false;
}

/* Before a message goes out: what we computed ourselves must be in it; then hellos and
 * EncryptedExtensions become the recorded ones. */
static void rewrite(void *user, struct hf_connection *c, enum message message, hf_builder *body)
{
    struct side *side = user;
    struct run *run = side->run;
    (void)c;
    size_t nth = message == SERVER_HELLO && run->retry ? 1 : 0;
    nth = message == CLIENT_HELLO ? side->messages : nth;
    side->messages++;
    hf_bytes recorded = find(run->section, side->actor, "construct", recorded_name(message), nth);
    if (message == CLIENT_HELLO || message == SERVER_HELLO) {
        CHECK(contains(body, find(run->section, side->actor, "create an ephemeral", "public key",
            message == CLIENT_HELLO ? nth : 0)));
    }
    bool inject = message == CLIENT_HELLO || message == SERVER_HELLO || message == HELLO_RETRY ||
        message == ENCRYPTED_EXTENSIONS;
    if (inject && recorded.length > MESSAGE_HEADER && recorded.length <= body->capacity) {
        body->length = 0;
        build_bytes(body, bytes_of(recorded.data + MESSAGE_HEADER,
            recorded.length - MESSAGE_HEADER));
    }
    CHECK(recorded.length > MESSAGE_HEADER &&
        same(bytes_of(recorded.data + MESSAGE_HEADER, recorded.length - MESSAGE_HEADER), body->data,
            body->length));
}

/* ---- Secrets ---- */

static void check_derived_by(const struct run *run, char actor, const char *step,
    const char *label, const uint8_t *secret)
{
    CHECK(same(find(run->section, actor, step, label, 0), secret, 32));
}

static void check_derived(const struct run *run, const char *step, const char *label,
    const uint8_t *secret)
{
    check_derived_by(run, 's', step, label, secret);
}

static void check_keys(const struct run *run, char actor, const char *step, const uint8_t *secret)
{
    uint8_t key[16];
    uint8_t iv[AEAD_NONCE];
    traffic_keys(provider_openssl.hash(HASH_SHA256), secret, sizeof key, key, iv);
    CHECK(same(find(run->section, actor, step, "key expanded", 0), key, sizeof key));
    CHECK(same(find(run->section, actor, step, "iv expanded", 0), iv, sizeof iv));
}

static void check_all(const struct run *run, const struct schedule13 *s)
{
    check_derived(run, "derive secret \"tls13 c hs", "expanded", s->client_handshake);
    check_derived(run, "derive secret \"tls13 s hs", "expanded", s->server_handshake);
    check_derived(run, "derive secret \"tls13 c ap", "expanded", s->client_application);
    check_derived(run, "derive secret \"tls13 s ap", "expanded", s->server_application);
    check_derived(run, "derive secret \"tls13 exp", "expanded", s->exporter);
    check_derived(run, "extract secret \"master", "secret", s->secret);
    CHECK(same(find(run->section, 'c', "derive secret \"tls13 res", "expanded", 0),
        s->resumption, 32));
    check_keys(run, 's', "derive write traffic keys for handshake", s->server_handshake);
    check_keys(run, 's', "derive write traffic keys for application", s->server_application);
    bool early = run->section == '4'; /* the server reads early data first */
    check_keys(run, early ? 'c' : 's', early ? "derive write traffic keys for handshake"
                                             : "derive read traffic keys for handshake",
        s->client_handshake);
    check_keys(run, 'c', "derive write traffic keys for application", s->client_application);
}

static void on_event(void *user, hf_connection *connection, const hf_event *event)
{
    struct side *side = user;
    if (event->type != HF_EVENT_STATE) {
        return;
    }
    const struct schedule13 *s = &connection->hs->schedule;
    if (strcmp(event->of.state.to, "SENT_SH") == 0 || strcmp(event->of.state.to, "WAIT_EE") == 0) {
        check_derived(side->run, "extract secret \"handshake", "secret", s->secret);
    }
    if (strcmp(event->of.state.to, "CONNECTED") == 0) {
        check_all(side->run, s);
        side->saw_secrets = true;
    }
}

static void check_early(const struct run *run)
{
    struct schedule13 s;
    schedule13_early(&s, provider_openssl.hash(HASH_SHA256), bytes_of(NULL, 0));
    check_derived(run, "extract secret \"early", "secret", s.secret);
}

/* ---- Records ---- */

/* All records that an actor sends, up to `count` of them, joined. */
static void check_wire(const struct run *run, const struct end *end, char actor, size_t first,
    size_t count)
{
    size_t at = 0;
    for (size_t i = first; i < first + count; i++) {
        hf_bytes record = find(run->section, actor, "send", "complete record", i);
        CHECK(at + record.length <= end->wire_length &&
            same(record, end->wire + at, record.length));
        at += record.length;
    }
    CHECK(at == end->wire_length);
}

/* What comes from an end from now on is looked at by itself. */
static void forget_wire(struct pair *pair)
{
    pair->client.wire_length = pair->server.wire_length = 0;
}

/* The server's ticket is the recorded one, sealed by our record layer. */
static void check_ticket(const struct run *run, struct pair *pair)
{
    hf_bytes ticket = find(run->section, 's', "construct", "NewSessionTicket", 0);
    hf_bytes record = find(run->section, 's', "send handshake", "complete record", 2);
    size_t before = pair->client.length;
    CHECK(pair_put_record(pair, &pair->server, CONTENT_HANDSHAKE, ticket.data, ticket.length, 0));
    CHECK(same(record, pair->client.inbox + before, pair->client.length - before));
    pair_run(pair);
    CHECK(end_reason(&pair->client)[0] == '\0');
}

static void check_data(const struct run *run, struct pair *pair)
{
    hf_bytes client = find(run->section, 'c', "send application_data", "payload", 0);
    hf_bytes server = find(run->section, 's', "send application_data", "payload", 0);
    forget_wire(pair);
    CHECK(pair_send(pair, false, client.data, client.length));
    CHECK(pair_send(pair, true, server.data, server.length));
    check_wire(run, &pair->client, 'c', 2, 1);
    check_wire(run, &pair->server, 's', 3, 1);
    pair_run(pair);
    CHECK(same(client, pair->server.received, pair->server.received_length));
    CHECK(same(server, pair->client.received, pair->client.received_length));
}

static void check_close(const struct run *run, struct pair *pair, size_t client, size_t server)
{
    forget_wire(pair);
    CHECK(hf_close(pair->client.connection) == HF_OK && hf_close(pair->server.connection) == HF_OK);
    pair_run(pair);
    check_wire(run, &pair->client, 'c', client, 1);
    check_wire(run, &pair->server, 's', server, 1);
    CHECK(pair->client.status == HF_CLOSED && pair->server.status == HF_CLOSED);
}

/* ---- The runs ---- */

static void set_side(struct run *run, struct side *side, char actor, hf_config *config)
{
    side->run = run;
    side->actor = actor;
    side->provider = provider_openssl;
    side->provider.random = (struct random){ draw_public, draw_private, side };
    side->provider.sign = sign;
    config->settings.provider = &side->provider;
    config->settings.rewrite = rewrite;
    config->settings.rewrite_user = side;
    config->settings.compat = false;
    hf_config_set_trace(config, on_event, side);
}

/* The trace's certificate, whose key nobody has. */
static hf_identity *recorded_identity(const struct run *run)
{
    char pem[2048];
    size_t length;
    hf_bytes message = find(run->section == '4' ? '3' : run->section, 's', "construct",
        "Certificate", 0);
    const size_t before = MESSAGE_HEADER + 1 + 3 + 3; /* context, list, certificate */
    const size_t after = 2;                           /* extensions */
    if (message.length < before + after ||
        !pem_write("CERTIFICATE", bytes_of(message.data + before, message.length - before - after),
            pem, sizeof pem, &length)) {
        return NULL;
    }
    return hf_identity_external(pem, length, NULL);
}

static bool begin(struct run *run, struct pair *pair)
{
    hf_identity *identity = recorded_identity(run);
    bool ok = identity != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        hf_config_set_groups(pair->server_config, run->retry ? "secp256r1" : "x25519", NULL);
    if (identity != NULL) {
        identity->key = (const void *)run; /* what `sign` gets */
    }
    hf_identity_free(identity);
    if (!ok) {
        return false;
    }
    set_side(run, &run->client, 'c', pair->client_config);
    set_side(run, &run->server, 's', pair->server_config);
    hf_config_insecure_no_verification(pair->client_config);
    return pair_seal(pair) && pair_open(pair, "server");
}

static void shake(struct run *run, struct pair *pair)
{
    pair_run(pair);
    if (!pair_connected(pair)) {
        pair_print(pair);
    }
    CHECK(pair_connected(pair));
    CHECK(run->client.saw_secrets && run->server.saw_secrets);
}

static void simple_one_rtt(void)
{
    struct run run = { .section = '3' };
    struct pair pair = { 0 };
    uint8_t psk[32];
    if (!load()) {
        SKIP("HANDFAST_TEST_DATA has no rfc8448.json");
    }
    check_early(&run);
    CHECK(begin(&run, &pair));
    shake(&run, &pair);
    if (pair_connected(&pair)) {
        check_wire(&run, &pair.client, 'c', 0, 2); /* ClientHello, Finished */
        check_wire(&run, &pair.server, 's', 0, 2); /* ServerHello, the rest */
        check_ticket(&run, &pair);
        check_data(&run, &pair);
        check_close(&run, &pair, 3, 4);
    }
    /* RFC 9846, 4.7.1: the ticket's key. */
    resumption_psk(provider_openssl.hash(HASH_SHA256),
        find('3', 'c', "derive secret \"tls13 res", "expanded", 0).data, bytes_of("\0\0", 2), psk);
    CHECK(same(find('3', 's', "generate resumption secret", "expanded", 0), psk, sizeof psk));
    pair_free(&pair);
}

/* ---- Section 4: a session is resumed, with early data, which we do not have: so our client sends
 * the hello as recorded, with a binder of its own making, and goes as far as ServerHello; the rest
 * of the schedule runs over the digests recorded. ---- */

static void send_recorded(void *user, struct hf_connection *c, enum message message,
    hf_builder *body)
{
    static const uint8_t binders[2 + 1 + 32];
    hf_bytes prefix = find('4', 'c', "construct", "ClientHello", 0);
    (void)user;
    CHECK(message == CLIENT_HELLO && c->hs->binders_at > 0 && prefix.length > MESSAGE_HEADER);
    body->length = 0;
    build_bytes(body, bytes_of(prefix.data + MESSAGE_HEADER, prefix.length - MESSAGE_HEADER));
    c->hs->binders_at = body->length;
    build_bytes(body, bytes_of(binders, sizeof binders));
    c->out = body;
    CHECK(!body->failed && write_binder(c));
}

/* The session that section 3 left: its ticket stands behind lifetime, age_add and nonce. */
static hf_session *recorded_session(const struct settings *settings)
{
    struct new_session_ticket ticket;
    hf_bytes message = find('3', 's', "construct", "NewSessionTicket", 0);
    hf_bytes psk = find('4', 'c', "extract secret \"early", "IKM", 0);
    hf_reader body = reader_of_bytes(message);
    struct session session = { .version = VERSION_TLS13, .suite = suite_find(0x1301),
        .lifetime_s = 30, .created_ms = settings->now_ms(settings->clock_user),
        .issued_ms = settings->now_ms(settings->clock_user), .server_name = "server",
        .identity = "server", .secret_length = psk.length };
    body.at += MESSAGE_HEADER;
    if (psk.length != 32 || !new_session_ticket_parse(&body, &ticket, NULL)) {
        return NULL;
    }
    memcpy(session.secret, psk.data, psk.length);
    memcpy(session.binding, settings->session_binding, SESSION_BINDING);
    session.ticket = ticket.ticket;
    return session_new(&allocator_malloc, &session, NULL);
}

static void check_rest(const struct run *run, struct schedule13 s)
{
    check_derived(run, "derive secret \"tls13 c hs", "expanded", s.client_handshake);
    check_derived(run, "derive secret \"tls13 s hs", "expanded", s.server_handshake);
    schedule13_application(&s, find('4', 's', "derive secret \"tls13 c ap", "hash", 0).data);
    schedule13_resumption(&s, find('4', 'c', "derive secret \"tls13 res", "hash", 0).data);
    check_all(run, &s);
}

static void resumed(void)
{
    struct run run = { .section = '4' };
    struct pair pair = { 0 };
    if (!load()) {
        SKIP("HANDFAST_TEST_DATA has no rfc8448.json");
    }
    CHECK(begin(&run, &pair));
    run.client.private_drawn = 0;
    pair.client_config->settings.rewrite = send_recorded;
    hf_session *session = recorded_session(&pair.client_config->settings);
    hf_connect_options options = { .identity = "server", .session = session };
    CHECK(session != NULL && pair_open_with(&pair, &options));
    const struct handshake *hs = pair.client.connection->hs;
    check_derived_by(&run, 'c', "extract secret \"early", "secret", hs->schedule.secret);
    CHECK(pair_move(&pair, false));
    check_wire(&run, &pair.client, 'c', 0, 1); /* ClientHello, the binder with it */
    hf_bytes answer = find('4', 's', "send handshake", "complete record", 0);
    pair_put(&pair.client, answer.data, answer.length);
    while (pair_feed(&pair, &pair.client)) {
    }
    CHECK_TEXT(hf_state_name(pair.client.connection), "WAIT_EE");
    CHECK(end_reason(&pair.client)[0] == '\0');
    check_rest(&run, hs->schedule);
    hf_session_free(session);
    pair_free(&pair);
}

static void hello_retry_request(void)
{
    struct run run = { .section = '5', .retry = true };
    struct pair pair = { 0 };
    if (!load()) {
        SKIP("HANDFAST_TEST_DATA has no rfc8448.json");
    }
    check_early(&run);
    CHECK(begin(&run, &pair));
    shake(&run, &pair);
    if (pair_connected(&pair)) {
        check_wire(&run, &pair.client, 'c', 0, 3); /* both ClientHellos, Finished */
        check_wire(&run, &pair.server, 's', 0, 3); /* HelloRetryRequest, ServerHello, the rest */
        check_close(&run, &pair, 3, 3);
    }
    pair_free(&pair);
    unload();
}

TEST_MAIN(TEST(simple_one_rtt), TEST(resumed), TEST(hello_retry_request))
