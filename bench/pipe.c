/* Two connections and the bytes between them: see pipe.h. */
#include "bench/pipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/count.h"

enum { PIPE = 1 << 18, ROUNDS = 40 };

static hf_config *client_config;
static hf_config *server_config;
static const char *suite_now = "-";

void bench_die(const char *what, const char *which)
{
    (void)fprintf(stderr, "bench_handfast: %s: %s\n", what, which);
    exit(1);
}

static const char *path_of(const struct bench_options *o, const char *end, char *path, size_t size)
{
    (void)snprintf(path, size, "%s/%s-%s", o->folder, o->auth, end);
    return path;
}

static void check(bool ok, const hf_error *error)
{
    if (!ok) {
        bench_die(error->reason, error->detail);
    }
}

static void add_identity(hf_config *config, const struct bench_options *o, const char *chain,
    const char *key)
{
    hf_error error;
    char chain_path[512];
    char key_path[512];
    hf_identity *identity = hf_identity_from_files(path_of(o, chain, chain_path, sizeof chain_path),
        path_of(o, key, key_path, sizeof key_path), &error);
    check(identity != NULL, &error);
    check(hf_config_add_identity(config, identity, &error), &error);
    hf_identity_free(identity);
}

static void set_lists(hf_config *config, const struct bench_options *o)
{
    hf_error error;
    const char *suite = strcmp(o->cipher, "aes256gcm") == 0 ? "TLS_AES_256_GCM_SHA384"
        : strcmp(o->cipher, "chacha20") == 0                ? "TLS_CHACHA20_POLY1305_SHA256"
                                                            : "TLS_AES_128_GCM_SHA256";
    const char *group = strcmp(o->kx, "p256") == 0 ? "secp256r1" : o->kx;
    check(hf_config_set_suites(config, suite, &error), &error);
    check(hf_config_set_groups(config, group, &error), &error);
}

void configs_open(const struct bench_options *o)
{
    hf_error error;
    char path[512];
    hf_trust *trust = hf_trust_new();
    client_config = hf_config_new(HF_CLIENT, &count_allocator);
    server_config = hf_config_new(HF_SERVER, &count_allocator);
    if (trust == NULL || client_config == NULL || server_config == NULL) {
        bench_die("no memory", "configs");
    }
    check(hf_trust_add_file(trust, path_of(o, "root.pem", path, sizeof path), &error), &error);
    hf_config_set_trust(client_config, trust);
    set_lists(client_config, o);
    set_lists(server_config, o);
    add_identity(server_config, o, "chain.pem", "key.pem");
    if (strcmp(o->mode, "mtls") == 0) {
        add_identity(client_config, o, "client-chain.pem", "client-key.pem");
        hf_config_set_trust(server_config, trust);
        hf_config_set_client_auth(server_config, HF_AUTH_REQUIRE);
    }
    check(hf_config_seal(client_config, &error), &error);
    check(hf_config_seal(server_config, &error), &error);
    hf_trust_free(trust);
}

void configs_close(void)
{
    hf_config_free(client_config);
    hf_config_free(server_config);
    hf_thread_release();
}

void pair_pipes(struct pair *p)
{
    p->to_client.data = malloc(PIPE);
    p->to_server.data = malloc(PIPE);
    if (p->to_client.data == NULL || p->to_server.data == NULL) {
        bench_die("no memory", "pipes");
    }
}

void pair_drop_pipes(struct pair *p)
{
    free(p->to_client.data);
    free(p->to_server.data);
}

static void flush(hf_connection *c, struct pipe *to)
{
    size_t length;
    const uint8_t *bytes = hf_output(c, &length);
    if (length > PIPE - to->length) {
        bench_die("a pipe is full", hf_state_name(c));
    }
    if (length > 0) {
        memcpy(to->data + to->length, bytes, length);
        to->length += length;
        hf_sent(c, length);
    }
}

/* Shows a connection what waits; the bytes of data that came. */
static size_t take(hf_connection *c, struct pipe *from, struct pipe *to)
{
    size_t data = 0;
    size_t done = 0;
    hf_status status = HF_OK;
    while (status == HF_OK) {
        hf_received got;
        status = hf_receive(c, from->data + done, from->length - done, &got);
        done += got.consumed;
        data += got.length;
    }
    if (status != HF_MORE) {
        bench_die(hf_connection_error(c)->reason, hf_connection_error(c)->detail);
    }
    memmove(from->data, from->data + done, from->length - done);
    from->length -= done;
    flush(c, to);
    return data;
}

void pair_connect(struct pair *p)
{
    hf_error error;
    p->to_client.length = p->to_server.length = 0;
    side_begin(CLIENT_SIDE);
    p->client = hf_connect_new(client_config, "bench.example.com", &error);
    check(p->client != NULL, &error);
    flush(p->client, &p->to_server);
    side_begin(SERVER_SIDE);
    p->server = hf_accept_new(server_config, &error);
    check(p->server != NULL, &error);
    for (int i = 0; !hf_is_connected(p->client) || !hf_is_connected(p->server); i++) {
        if (i > ROUNDS) {
            bench_die("the handshake does not end", hf_state_name(p->client));
        }
        side_begin(SERVER_SIDE);
        (void)take(p->server, &p->to_server, &p->to_client);
        if (p->to_client.length > 0) {
            side_begin(CLIENT_SIDE);
            (void)take(p->client, &p->to_client, &p->to_server);
        }
    }
    side_begin(NO_SIDE);
    hf_facts facts;
    hf_connection_facts(p->client, &facts);
    suite_now = facts.suite;
}

static void send_data(hf_connection *c, struct pipe *to, const void *data, size_t length)
{
    hf_io io;
    hf_status status = hf_send(c, data, length, to->data + to->length, PIPE - to->length, &io);
    to->length += io.written;
    if (status != HF_OK || io.taken != length) {
        bench_die("send", hf_connection_error(c)->detail);
    }
}

void pair_ping(struct pair *p)
{
    static const uint8_t data[100] = { 0 };
    side_begin(CLIENT_SIDE);
    send_data(p->client, &p->to_server, data, sizeof data);
    side_begin(SERVER_SIDE);
    size_t there = take(p->server, &p->to_server, &p->to_client);
    send_data(p->server, &p->to_client, data, sizeof data);
    side_begin(CLIENT_SIDE);
    size_t back = take(p->client, &p->to_client, &p->to_server);
    side_begin(NO_SIDE);
    if (there != sizeof data || back != sizeof data) {
        bench_die("ping", "data is missing");
    }
}

void pair_bulk(struct pair *p, size_t size, int count)
{
    static const uint8_t data[1 << 14] = { 0 };
    side_begin(CLIENT_SIDE);
    for (int i = 0; i < count; i++) {
        send_data(p->client, &p->to_server, data, size);
    }
    side_begin(SERVER_SIDE);
    size_t got = take(p->server, &p->to_server, &p->to_client);
    side_begin(NO_SIDE);
    if (got != size * (size_t)count) {
        bench_die("bulk", "data is missing");
    }
}

void pair_end(struct pair *p)
{
    side_begin(CLIENT_SIDE);
    hf_connection_free(p->client);
    side_begin(SERVER_SIDE);
    hf_connection_free(p->server);
    side_begin(NO_SIDE);
    p->client = p->server = NULL;
}

const char *pair_suite(void)
{
    return suite_now;
}
