/* GnuTLS under measurement: see driver.c. Its transport functions read and write the pipes. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "bench/peer.h"

enum { PATH = 512, CHUNK = 16384, PRIORITY = 256 };

const char peer_name[] = "gnutls";

static gnutls_certificate_credentials_t credentials[2]; /* client, server */
static gnutls_priority_t priority;
static bool mutual;
static bool resumes;
static bool grants;             /* servers send tickets */
static gnutls_datum_t ticket_key;
static gnutls_datum_t kept;

static void demand(int result, const char *what)
{
    if (result < 0) {
        bench_die(what, gnutls_strerror(result));
    }
}

const char *peer_library(void)
{
    return gnutls_check_version(NULL);
}

bool peer_can(const struct bench_options *o)
{
    return (strcmp(o->version, "1.3") == 0 || strcmp(o->version, "1.2") == 0)
        && strcmp(o->memo, "0") == 0 && strcmp(o->pool, "0") == 0;
}

/* ---- The pipes as a transport ---- */

static ssize_t push(gnutls_transport_ptr_t transport, const void *data, size_t length)
{
    const struct end *end = transport;
    pipe_write(end->out, data, length);
    return (ssize_t)length;
}

static ssize_t pull(gnutls_transport_ptr_t transport, void *out, size_t capacity)
{
    const struct end *end = transport;
    size_t length = pipe_read(end->in, out, capacity);
    if (length == 0) {
        gnutls_transport_set_errno(end->tls, EAGAIN);
        return -1;
    }
    return (ssize_t)length;
}

static int something_waits(gnutls_transport_ptr_t transport, unsigned ms)
{
    const struct end *end = transport;
    (void)ms;
    return end->in->begin < end->in->end;
}

/* ---- What connections share ---- */

static void open_credentials(const struct bench_options *o, bool server)
{
    char path[PATH];
    char key[PATH];
    gnutls_certificate_credentials_t *made = &credentials[server];
    demand(gnutls_certificate_allocate_credentials(made), "no memory");
    if (server || mutual) {
        demand(gnutls_certificate_set_x509_key_file(*made,
                   bench_path(o, server ? "chain.pem" : "client-chain.pem", path),
                   bench_path(o, server ? "key.pem" : "client-key.pem", key),
                   GNUTLS_X509_FMT_PEM), "identity");
    }
    if (!server || mutual) {
        demand(gnutls_certificate_set_x509_trust_file(*made, bench_path(o, "root.pem", path),
                   GNUTLS_X509_FMT_PEM), "root");
    }
}

void peer_open(const struct bench_options *o)
{
    char words[PRIORITY];
    const bool tls13 = strcmp(o->version, "1.3") == 0;
    const char *cipher = strcmp(o->cipher, "aes256gcm") == 0 ? "AES-256-GCM"
        : strcmp(o->cipher, "chacha20") == 0                 ? "CHACHA20-POLY1305"
                                                             : "AES-128-GCM";
    /* Signatures and curves of certificates stay as they are. */
    (void)snprintf(words, sizeof words,
        "NORMAL:-VERS-ALL:+VERS-TLS%s:-CIPHER-ALL:+%s:-KX-ALL:+ECDHE-%s:-GROUP-ALL:+GROUP-%s",
        o->version, cipher, strcmp(o->auth, "rsa") == 0 ? "RSA" : "ECDSA",
        strcmp(o->kx, "p256") == 0 ? "SECP256R1"
            : tls13                ? "X25519"
                                   : "X25519:+GROUP-SECP256R1");
    mutual = strcmp(o->mode, "mtls") == 0;
    resumes = grants = strcmp(o->mode, "resume") == 0;
    demand(gnutls_session_ticket_key_generate(&ticket_key), "ticket key");
    demand(gnutls_priority_init(&priority, words, NULL), words);
    open_credentials(o, false);
    open_credentials(o, true);
}

void peer_close(void)
{
    gnutls_certificate_free_credentials(credentials[0]);
    gnutls_certificate_free_credentials(credentials[1]);
    gnutls_priority_deinit(priority);
    gnutls_free(ticket_key.data);
    gnutls_free(kept.data);
}

/* ---- Connections ---- */

void peer_prepare(void)
{
}

void peer_begin(struct end *end, bool server)
{
    gnutls_session_t session;
    const unsigned flags = (server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK
        | (resumes ? 0U : GNUTLS_NO_TICKETS) | (grants ? 0U : GNUTLS_NO_AUTO_SEND_TICKET);
    demand(gnutls_init(&session, flags), "no memory");
    end->tls = session;
    demand(gnutls_priority_set(session, priority), "priority");
    demand(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials[server]),
        "credentials");
    gnutls_transport_set_ptr(session, end);
    gnutls_transport_set_push_function(session, push);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_pull_timeout_function(session, something_waits);
    if (!server) {
        demand(gnutls_server_name_set(session, GNUTLS_NAME_DNS, BENCH_HOST, strlen(BENCH_HOST)),
            "name");
        gnutls_session_set_verify_cert(session, BENCH_HOST, 0);
        if (kept.data != NULL) {
            demand(gnutls_session_set_data(session, kept.data, kept.size), "session");
        }
        (void)peer_shake(end);
        return;
    }
    if (resumes) {
        demand(gnutls_session_ticket_enable_server(session, &ticket_key), "tickets");
    }
    if (mutual) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        gnutls_session_set_verify_cert(session, NULL, 0);
    }
}

void peer_keep(struct end *client)
{
    demand(gnutls_session_get_data2(client->tls, &kept), "session");
    grants = false;
}

bool peer_resumed(struct end *end)
{
    return gnutls_session_is_resumed(end->tls) != 0;
}

bool peer_shake(struct end *end)
{
    int result;
    do {
        result = gnutls_handshake(end->tls);
    } while (result < 0 && result != GNUTLS_E_AGAIN && gnutls_error_is_fatal(result) == 0);
    if (result == GNUTLS_E_AGAIN) {
        return false;
    }
    demand(result, "handshake");
    return true;
}

void peer_send(struct end *end, const void *data, size_t length)
{
    ssize_t sent = gnutls_record_send(end->tls, data, length);
    if (sent != (ssize_t)length) {
        bench_die("send", gnutls_strerror((int)sent));
    }
}

size_t peer_take(struct end *end)
{
    static uint8_t data[CHUNK];
    size_t total = 0;
    ssize_t got;
    do {
        got = gnutls_record_recv(end->tls, data, sizeof data);
        total += got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got == GNUTLS_E_AGAIN && something_waits(end, 0))); /* a ticket */
    if (got != GNUTLS_E_AGAIN) {
        bench_die("receive", gnutls_strerror((int)got));
    }
    return total;
}

void peer_end(struct end *end)
{
    gnutls_deinit(end->tls);
    end->tls = NULL;
}

const char *peer_suite(struct end *end)
{
    return gnutls_ciphersuite_get(end->tls);
}
