/* handfast under measurement: see driver.c. */
#include <stdlib.h>
#include <string.h>

#include "bench/count.h"
#include "bench/peer.h"
#include "handfast/handfast.h"
#include "handfast/verify.h"

enum { POOL = 64, MEMO = 256, PATH = 512, SESSION = 16384 };

const char peer_name[] = "handfast";

static hf_config *client_config;
static hf_config *server_config;
static hf_config *granting_config;     /* the server of the first connection of --mode resume */
static bool filled_outside;
static uint8_t kept[SESSION];          /* a session as bytes: in TLS 1.3 each is good for once */
static size_t kept_length;
static hf_session *offered;

static void *counted_allocate(void *user, size_t size)
{
    (void)user;
    count_ours();
    return malloc(size);
}

static void counted_release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

static const hf_allocator counted_allocator = { counted_allocate, counted_release, NULL };

static void check(bool ok, const hf_error *error)
{
    if (!ok) {
        bench_die(error->reason, error->detail);
    }
}

const char *peer_library(void)
{
    static char words[128];
    size_t length = 0;
    const char *parts[] = { hf_version(), "_on_", hf_crypto_version() };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (const char *at = parts[i]; *at != '\0' && length + 1 < sizeof words; at++) {
            words[length++] = *at == ' ' ? '_' : *at;
        }
    }
    words[length] = '\0';
    return words;
}

bool peer_can(const struct bench_options *o)
{
    return strcmp(o->version, "1.3") == 0 || strcmp(o->version, "1.2") == 0;
}

/* ---- Configs ---- */

static void add_identity(hf_config *config, const struct bench_options *o, const char *chain,
    const char *key)
{
    hf_error error;
    char chain_path[PATH];
    char key_path[PATH];
    hf_identity *identity = hf_identity_from_files(bench_path(o, chain, chain_path),
        bench_path(o, key, key_path), &error);
    check(identity != NULL, &error);
    check(hf_config_add_identity(config, identity, &error), &error);
    hf_identity_free(identity);
}

static const char *suite_name(const struct bench_options *o)
{
    static const char *const names[3][3] = {
        { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256" },
        { "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-CHACHA20-POLY1305" },
        { "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
            "ECDHE-RSA-CHACHA20-POLY1305" },
    };
    size_t row = strcmp(o->version, "1.3") == 0 ? 0 : strcmp(o->auth, "rsa") == 0 ? 2 : 1;
    size_t column = strcmp(o->cipher, "aes256gcm") == 0 ? 1
        : strcmp(o->cipher, "chacha20") == 0            ? 2
                                                        : 0;
    return names[row][column];
}

static void set_up(hf_config *config, const struct bench_options *o)
{
    hf_error error;
    hf_version_id version = strcmp(o->version, "1.2") == 0 ? HF_TLS12 : HF_TLS13;
    check(hf_config_set_versions(config, version, version, &error), &error);
    check(hf_config_set_suites(config, suite_name(o), &error), &error);
    /* In TLS 1.2 the curve of an ECDSA certificate must be in the same list (RFC 8422, 5.1). */
    check(hf_config_set_groups(config, strcmp(o->kx, "p256") == 0 ? "secp256r1"
                  : version == HF_TLS12 ? "x25519:secp256r1" : "x25519", &error), &error);
    hf_config_set_keyshare_pool(config, strcmp(o->pool, "0") == 0 ? 0 : POOL);
    if (strcmp(o->memo, "0") != 0) {
        hf_memo *memo = hf_memo_new(MEMO);
        hf_config_set_memo(config, memo);
        hf_memo_free(memo);
    }
}

static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    (void)user;
    (void)connection;
    if (kept_length == 0) {
        kept_length = hf_session_save(session, kept, sizeof kept);
    }
    hf_session_free(session);
}

/* Two servers with one key: the first grants a ticket, the one that is measured none. */
static void open_resumption(const struct bench_options *o)
{
    hf_error error;
    hf_tickets *tickets = hf_tickets_new(0, 0);
    granting_config = hf_config_new(HF_SERVER, NULL);
    if (tickets == NULL || granting_config == NULL) {
        bench_die("no memory", "tickets");
    }
    set_up(granting_config, o);
    add_identity(granting_config, o, "chain.pem", "key.pem");
    hf_config_set_tickets(granting_config, tickets, 1, 0);
    hf_config_set_tickets(server_config, tickets, 0, 0);
    hf_config_set_session_callback(client_config, keep_session, NULL);
    check(hf_config_seal(granting_config, &error), &error);
    hf_tickets_free(tickets);
}

void peer_open(const struct bench_options *o)
{
    hf_error error;
    char path[PATH];
    hf_trust *trust = hf_trust_new();
    client_config = hf_config_new(HF_CLIENT, &counted_allocator);
    server_config = hf_config_new(HF_SERVER, &counted_allocator);
    if (trust == NULL || client_config == NULL || server_config == NULL) {
        bench_die("no memory", "configs");
    }
    filled_outside = strcmp(o->pool, "filled") == 0;
    check(hf_trust_add_file(trust, bench_path(o, "root.pem", path), &error), &error);
    hf_config_set_trust(client_config, trust);
    set_up(client_config, o);
    set_up(server_config, o);
    add_identity(server_config, o, "chain.pem", "key.pem");
    if (strcmp(o->mode, "mtls") == 0) {
        add_identity(client_config, o, "client-chain.pem", "client-key.pem");
        hf_config_set_trust(server_config, trust);
        hf_config_set_client_auth(server_config, HF_AUTH_REQUIRE);
    }
    if (strcmp(o->mode, "resume") == 0) {
        open_resumption(o);
    }
    check(hf_config_seal(client_config, &error), &error);
    check(hf_config_seal(server_config, &error), &error);
    hf_trust_free(trust);
}

void peer_close(void)
{
    hf_config_free(client_config);
    hf_config_free(server_config);
    hf_config_free(granting_config);
    hf_session_free(offered);
    hf_thread_release();
}

/* ---- Connections ---- */

static void flush(const struct end *end)
{
    size_t length;
    const uint8_t *bytes = hf_output(end->tls, &length);
    if (length > 0) {
        pipe_write(end->out, bytes, length);
        hf_sent(end->tls, length);
    }
}

void peer_prepare(void)
{
    if (filled_outside && !hf_thread_fill(client_config)) {
        bench_die("no chance", "the pool");
    }
    hf_session_free(offered);
    hf_error error;
    offered = NULL;
    if (kept_length > 0 && granting_config == NULL) {
        offered = hf_session_load(kept, kept_length, &error);
        check(offered != NULL, &error);
    }
}

void peer_keep(struct end *client)
{
    (void)client;
    hf_config_free(granting_config);
    granting_config = NULL;
    if (kept_length == 0) {
        bench_die("resumption", "no session came");
    }
}

bool peer_resumed(struct end *end)
{
    hf_facts facts;
    hf_connection_facts(end->tls, &facts);
    return facts.resumed;
}

void peer_begin(struct end *end, bool server)
{
    hf_error error;
    const hf_connect_options how = { .identity = BENCH_HOST, .session = offered };
    end->tls = server
        ? hf_accept_new(granting_config != NULL ? granting_config : server_config, &error)
        : hf_connect_new_with(client_config, &how, &error);
    check(end->tls != NULL, &error);
    flush(end);
}

/* Shown in place: what comes is decrypted where it lies. */
size_t peer_take(struct end *end)
{
    struct pipe *in = end->in;
    size_t data = 0;
    hf_status status = HF_OK;
    while (status == HF_OK) {
        hf_received got;
        status = hf_receive(end->tls, in->data + in->begin, in->end - in->begin, &got);
        in->begin += got.consumed;
        data += got.length;
    }
    if (status != HF_MORE) {
        const hf_error *error = hf_connection_error(end->tls);
        bench_die(error->reason, error->detail);
    }
    if (in->begin == in->end) {
        in->begin = in->end = 0;
    }
    flush(end);
    return data;
}

bool peer_shake(struct end *end)
{
    (void)peer_take(end);
    return hf_is_connected(end->tls);
}

void peer_send(struct end *end, const void *data, size_t length)
{
    hf_io io;
    struct pipe *out = end->out;
    hf_status status = hf_send(end->tls, data, length, out->data + out->end,
        PIPE_CAPACITY - out->end, &io);
    out->end += io.written;
    if (status != HF_OK || io.taken != length) {
        bench_die("send", hf_connection_error(end->tls)->detail);
    }
}

void peer_end(struct end *end)
{
    hf_connection_free(end->tls);
    end->tls = NULL;
}

const char *peer_suite(struct end *end)
{
    hf_facts facts;
    hf_connection_facts(end->tls, &facts);
    return facts.suite;
}
