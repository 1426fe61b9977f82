/* OpenSSL's libssl under measurement: see driver.c. Its BIO reads and writes the pipes. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "bench/peer.h"

enum { PATH = 512, CHUNK = 16384 };

const char peer_name[] = "openssl";

static SSL_CTX *contexts[2]; /* client, server */
static SSL_SESSION *kept;
static BIO_METHOD *method;

static void demand(bool good, const char *what)
{
    if (!good) {
        ERR_print_errors_fp(stderr);
        bench_die(what, "failed");
    }
}

const char *peer_library(void)
{
    static char words[128];
    (void)snprintf(words, sizeof words, "%s", OpenSSL_version(OPENSSL_VERSION));
    for (char *at = words; *at != '\0'; at++) {
        *at = *at == ' ' ? '_' : *at;
    }
    return words;
}

bool peer_can(const struct bench_options *o)
{
    return (strcmp(o->version, "1.3") == 0 || strcmp(o->version, "1.2") == 0)
        && strcmp(o->memo, "0") == 0 && strcmp(o->pool, "0") == 0;
}

/* ---- The pipes as a BIO ---- */

static int bio_write(BIO *bio, const char *data, int length)
{
    const struct end *end = BIO_get_data(bio);
    pipe_write(end->out, data, (size_t)length);
    return length;
}

static int bio_read(BIO *bio, char *out, int capacity)
{
    const struct end *end = BIO_get_data(bio);
    size_t length = pipe_read(end->in, out, (size_t)capacity);
    BIO_clear_retry_flags(bio);
    if (length == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    return (int)length;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

/* ---- Contexts ---- */

static void set_suite(SSL_CTX *context, const struct bench_options *o)
{
    size_t cipher = strcmp(o->cipher, "aes256gcm") == 0 ? 1 : strcmp(o->cipher, "chacha20") == 0
        ? 2 : 0;
    if (strcmp(o->version, "1.3") == 0) {
        static const char *const names[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256" };
        demand(SSL_CTX_set_ciphersuites(context, names[cipher]) == 1, "suites");
        return;
    }
    static const char *const names[] = { "AES128-GCM-SHA256", "AES256-GCM-SHA384",
        "CHACHA20-POLY1305" };
    char list[64];
    (void)snprintf(list, sizeof list, "ECDHE-%s-%s", strcmp(o->auth, "rsa") == 0 ? "RSA" : "ECDSA",
        names[cipher]);
    demand(SSL_CTX_set_cipher_list(context, list) == 1, "suites");
}

/* A client of TLS 1.2 names the curve of ECDSA certificates in the same list. */
static const char *group_list(const struct bench_options *o)
{
    return strcmp(o->kx, "p256") == 0 ? "P-256"
        : strcmp(o->version, "1.2") == 0 ? "X25519:P-256"
                                         : "X25519";
}

static void set_identity(SSL_CTX *context, const struct bench_options *o, bool server)
{
    char path[PATH];
    demand(SSL_CTX_use_certificate_chain_file(context,
               bench_path(o, server ? "chain.pem" : "client-chain.pem", path)) == 1, "chain");
    demand(SSL_CTX_use_PrivateKey_file(context,
               bench_path(o, server ? "key.pem" : "client-key.pem", path), SSL_FILETYPE_PEM) == 1,
        "key");
}

static void open_context(const struct bench_options *o, bool server)
{
    char path[PATH];
    const int version = strcmp(o->version, "1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
    const bool mutual = strcmp(o->mode, "mtls") == 0;
    SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    contexts[server] = context;
    demand(SSL_CTX_set_min_proto_version(context, version) == 1
            && SSL_CTX_set_max_proto_version(context, version) == 1, "version");
    set_suite(context, o);
    char groups[16]; /* libssl's macro casts const away */
    (void)snprintf(groups, sizeof groups, "%s", group_list(o));
    demand(SSL_CTX_set1_groups_list(context, groups) == 1, "groups");
    if (server || mutual) {
        set_identity(context, o, server);
    }
    if (!server || mutual) {
        demand(SSL_CTX_load_verify_file(context, bench_path(o, "root.pem", path)) == 1, "root");
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    /* No tickets, no cache: nobody else pays for them here. */
    const bool resumes = strcmp(o->mode, "resume") == 0;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, resumes ? 0 : SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, resumes ? 1 : 0);
}

void peer_open(const struct bench_options *o)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pipe");
    demand(method != NULL, "no memory");
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_ctrl(method, bio_control);
    BIO_meth_set_create(method, bio_create);
    open_context(o, false);
    open_context(o, true);
}

void peer_close(void)
{
    SSL_SESSION_free(kept);
    SSL_CTX_free(contexts[0]);
    SSL_CTX_free(contexts[1]);
    BIO_meth_free(method);
}

/* ---- Connections ---- */

void peer_prepare(void)
{
}

void peer_keep(struct end *client)
{
    kept = SSL_get1_session(client->tls);
    demand(kept != NULL, "session");
    SSL_CTX_set_num_tickets(contexts[1], 0);
}

bool peer_resumed(struct end *end)
{
    return SSL_session_reused(end->tls) == 1;
}

void peer_begin(struct end *end, bool server)
{
    SSL *ssl = SSL_new(contexts[server]);
    BIO *bio = BIO_new(method);
    demand(ssl != NULL && bio != NULL, "no memory");
    end->tls = ssl;
    BIO_set_data(bio, end);
    SSL_set_bio(ssl, bio, bio);
    if (server) {
        SSL_set_accept_state(ssl);
        return;
    }
    SSL_set_connect_state(ssl);
    demand(SSL_set_tlsext_host_name(ssl, BENCH_HOST) == 1 && SSL_set1_host(ssl, BENCH_HOST) == 1,
        "name");
    demand(kept == NULL || SSL_set_session(ssl, kept) == 1, "session");
    (void)peer_shake(end);
}

static bool wants_more(const struct end *end, int result)
{
    demand(SSL_get_error(end->tls, result) == SSL_ERROR_WANT_READ, "connection");
    return true;
}

bool peer_shake(struct end *end)
{
    int result = SSL_do_handshake(end->tls);
    return result == 1 || !wants_more(end, result);
}

void peer_send(struct end *end, const void *data, size_t length)
{
    demand(SSL_write(end->tls, data, (int)length) == (int)length, "send");
}

size_t peer_take(struct end *end)
{
    static uint8_t data[CHUNK];
    size_t total = 0;
    int got;
    while ((got = SSL_read(end->tls, data, sizeof data)) > 0) {
        total += (size_t)got;
    }
    (void)wants_more(end, got);
    return total;
}

void peer_end(struct end *end)
{
    /* Else the session of a connection that was not closed counts as spoilt. */
    SSL_set_shutdown(end->tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(end->tls);
    end->tls = NULL;
}

const char *peer_suite(struct end *end)
{
    return SSL_get_cipher_name(end->tls);
}
