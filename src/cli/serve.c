/* `handfast serve`: files, echo, or one fixed answer; a line for every handshake, with the
 * reason when it fails. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/ct.h"
#include "handfast/session.h"

#include "cli/respond.h"
#include "cli/setup.h"
#include "cli/verbs.h"
#include "net/clock.h"
#include "net/server.h"
#include "observe/diagnose.h"
#include "observe/explain.h"
#include "x509/certificate.h"
#include "x509/pem.h"

enum { HANDSHAKE_TIMEOUT_MS = 10000, IDLE_TIMEOUT_MS = 60000, PEM_CAPACITY = 8192,
    KEYSHARE_POOL = 16, CACHED_SESSIONS = 4096 };

/* What one connection needs beyond TLS. */
struct visitor {
    struct collector collector;
    struct request request;
    struct response response;
    bool responded;
    bool logged;
    bool done;               /* nothing more will be answered */
    uint8_t *echo;           /* one record at most waits */
    size_t echo_length;
};

struct service {
    const struct options *options;
    struct setup setup;
    int root;                /* --www; -1: none */
    int listener;
    int stop;                /* signalfd */
    bool colour;
};

/* ---- The log ---- */

static void log_handshake(const struct service *service, struct peer *peer, const hf_error *error)
{
    struct visitor *visitor = peer->state;
    const struct options *options = service->options;
    char time[32];
    if (visitor->logged) {
        return;
    }
    visitor->logged = true;
    time_text(clock_wall_s(), time);
    struct report report;
    memset(&report, 0, sizeof report);
    report.host = report.address = peer->address;
    report.port = peer->port;
    report.is_server = true;
    report.connection = peer->channel.connection;
    report.collector = &visitor->collector;
    report.timing.handshake_us = clock_us() - peer->begun_us;
    report.timing.our_crypto_us = visitor->collector.crypto_us;
    report.sent = peer->channel.sent;
    report.received = peer->channel.received;
    report.error = error;
    report.time = time;
    report.events = options->trace;
    struct text text = { 0 };
    if (options->jsonl || options->json) {
        report_handshake_json(&text, &report);
        (void)put_text(STDOUT_FILENO, &text);
        text.length = 0;
    }
    if (!options->quiet) {
        if (options->verbose || options->trace != COLLECT_SUMMARY) {
            explain_report(&text, &report, options->verbose ? EXPLAIN_VERBOSE : EXPLAIN_LADDER,
                service->colour);
        }
        explain_line(&text, &report);
        (void)put_text(STDERR_FILENO, &text);
    }
    text_free(&text);
}

/* ---- The application ---- */

static void trace_peer(void *user, hf_connection *connection, const hf_event *event)
{
    (void)user;
    struct peer *peer = hf_connection_user(connection);
    if (peer != NULL && peer->state != NULL) {
        struct visitor *visitor = peer->state;
        collector_trace(&visitor->collector, connection, event);
    }
}

static bool begin_visit(void *user, struct peer *peer)
{
    const struct service *service = user;
    struct visitor *visitor = calloc(1, sizeof *visitor);
    if (visitor == NULL) {
        return false;
    }
    bool kept = service->options->verbose || service->options->trace != COLLECT_SUMMARY;
    enum collect level = service->options->trace == COLLECT_BYTES ? COLLECT_BYTES
        : kept ? COLLECT_MESSAGES : COLLECT_SUMMARY;
    collector_begin(&visitor->collector, level, clock_us);
    response_begin(&visitor->response);
    peer->state = visitor;
    return true;
}

static void connected_visit(void *user, struct peer *peer)
{
    hf_error none;
    error_clear(&none);
    log_handshake(user, peer, &none);
    struct visitor *visitor = peer->state;
    collector_free(&visitor->collector);
    const struct service *service = user;
    if (!service->options->verbose || service->options->quiet) {
        visitor->collector.level = COLLECT_SUMMARY;
    }
}

static void put_fact(struct text *body, const char *title, const char *fact)
{
    text_putf(body, "%-20s ", title);
    text_put_safe(body, fact == NULL ? "-" : fact, fact == NULL ? 1 : strlen(fact));
    text_put(body, "\n");
}

static void tell_facts(const struct peer *peer, const struct visitor *visitor, struct text *body)
{
    hf_facts facts;
    hf_connection_facts(peer->channel.connection, &facts);
    text_putf(body, "handfast %s, %s\n\n", hf_version(), hf_crypto_version());
    put_fact(body, "version", facts.version);
    put_fact(body, "cipher suite", facts.suite);
    put_fact(body, "group", facts.group);
    put_fact(body, "our signature", facts.signature);
    put_fact(body, "ALPN", facts.alpn);
    put_fact(body, "SNI", facts.server_name);
    put_fact(body, "hello retry", facts.hello_retry ? "yes" : "no");
    put_fact(body, "resumed", facts.resumed ? "yes" : "no");
    put_fact(body, "not resumed, because", facts.resumption);
    put_fact(body, "client certificate", client_certificate_words(&facts));
    put_fact(body, "your address", peer->address);
    put_fact(body, "your JA3", visitor->collector.ja3);
    put_fact(body, "your JA4", visitor->collector.ja4);
}

static void answer(const struct service *service, const struct peer *peer, struct visitor *visitor)
{
    const struct options *options = service->options;
    visitor->responded = true;
    if (service->root >= 0) {
        respond_file(&visitor->response, &visitor->request, service->root);
    } else if (options->response != NULL) {
        respond_text(&visitor->response, &visitor->request, options->response);
    } else {
        struct text body = { 0 };
        tell_facts(peer, visitor, &body);
        respond_text(&visitor->response, &visitor->request, text_string(&body));
        text_free(&body);
    }
    if (options->verbose) {
        char line[256];
        struct text text = { 0 };
        request_line(&visitor->request, line, sizeof line);
        text_putf(&text, "%s:%u asks: ", peer->address, peer->port);
        text_put_safe(&text, line, strlen(line));
        text_put(&text, "\n");
        (void)put_text(STDERR_FILENO, &text);
        text_free(&text);
    }
}

static bool receive_visit(void *user, struct peer *peer, const uint8_t *data, size_t length)
{
    const struct service *service = user;
    struct visitor *visitor = peer->state;
    if (service->options->echo) {
        visitor->echo = malloc(length);
        if (visitor->echo == NULL) {
            visitor->done = true;
            return false;
        }
        memcpy(visitor->echo, data, length);
        visitor->echo_length = length;
        return true;
    }
    enum request_state state = request_add(&visitor->request, data, length);
    if (state == REQUEST_PARTIAL) {
        return true;
    }
    if (state == REQUEST_TOO_LONG) {
        visitor->responded = true;
        respond_error(&visitor->response, "431 Request Header Fields Too Large", false);
    } else {
        answer(service, peer, visitor);
    }
    return false;
}

static void received_all_visit(void *user, struct peer *peer)
{
    (void)user;
    struct visitor *visitor = peer->state;
    visitor->done = true;
}

static size_t produce_visit(void *user, struct peer *peer, uint8_t *out, bool *finished)
{
    (void)user;
    struct visitor *visitor = peer->state;
    size_t length = visitor->echo_length;
    if (length > 0) {
        length = length < SERVER_CHUNK ? length : SERVER_CHUNK;
        memcpy(out, visitor->echo, length);
        wipe(visitor->echo, visitor->echo_length);
        free(visitor->echo);
        visitor->echo = NULL;
        visitor->echo_length = 0;
        return length;
    }
    length = visitor->responded ? response_take(&visitor->response, out, SERVER_CHUNK) : 0;
    *finished = length == 0 && (visitor->responded || visitor->done);
    return length;
}

static void log_later(const struct service *service, const struct peer *peer, const hf_error *error)
{
    const struct visitor *visitor = peer->state;
    struct text text = { 0 };
    if (service->options->quiet) {
        return;
    }
    if (visitor->collector.count > 0) {
        struct report report = { .is_server = true, .collector = &visitor->collector,
            .events = service->options->trace };
        text_putf(&text, "%s:%u, since the handshake:\n", peer->address, peer->port);
        explain_later(&text, &report, 0, service->colour);
    }
    if (error->code != HF_CODE_none) {
        text_putf(&text, "%s:%u after the handshake: ", peer->address, peer->port);
        diagnosis_line(&text, error);
        text_put(&text, "\n");
    }
    (void)put_text(STDERR_FILENO, &text);
    text_free(&text);
}

static void end_visit(void *user, struct peer *peer, const hf_error *error)
{
    struct visitor *visitor = peer->state;
    if (peer->connected) {
        log_later(user, peer, error);
    } else if (error->code != HF_CODE_none) {
        log_handshake(user, peer, error);
    }
    peer->state = NULL;
    collector_free(&visitor->collector);
    response_end(&visitor->response);
    wipe(visitor->request.text, sizeof visitor->request.text);
    if (visitor->echo != NULL) {
        wipe(visitor->echo, visitor->echo_length);
        free(visitor->echo);
    }
    free(visitor);
}

/* ---- Setting up ---- */

static bool write_ca(const char *path, const char *pem, struct hf_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
        S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    bool written = fd >= 0 && put_bytes(fd, pem, strlen(pem));
    if (fd >= 0) {
        written = close(fd) == 0 && written;
    }
    return written || fail(error, ERR_bad_configuration, "--self-signed-ca %s cannot be written",
        path);
}

static bool add_self_signed(struct service *service, struct hf_error *error)
{
    const struct options *options = service->options;
    char pem[PEM_CAPACITY];
    if (options->self_signed == NULL) {
        return true;
    }
    hf_identity *identity = hf_identity_self_signed(options->self_signed, pem, sizeof pem, error);
    TRY(identity != NULL);
    bool added = hf_config_add_identity(service->setup.config, identity, error);
    hf_identity_free(identity);
    TRY(added);
    return options->self_signed_ca == NULL || write_ca(options->self_signed_ca, pem, error);
}

/* SIGINT and SIGTERM become readable bytes: no handler, no global. */
static bool catch_signals(struct service *service, struct hf_error *error)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0) {
        service->stop = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    }
    return service->stop >= 0 || fail(error, ERR_internal_error, "signals cannot be caught");
}

/* Tickets for both versions; session IDs for clients of TLS 1.2 that take no tickets. */
static bool add_sessions(struct service *service, struct hf_error *error)
{
    const struct options *options = service->options;
    if (options->tickets == 0) {
        return true;
    }
    hf_tickets *tickets = hf_tickets_new(0, 0);
    hf_session_cache *cache = hf_session_cache_new(CACHED_SESSIONS);
    bool ok = tickets != NULL && cache != NULL;
    if (ok) {
        hf_config_set_tickets(service->setup.config, tickets, (unsigned)options->tickets,
            (uint32_t)options->ticket_lifetime_s);
        hf_config_set_session_cache(service->setup.config, cache);
    }
    hf_tickets_free(tickets);
    hf_session_cache_free(cache);
    return ok || fail(error, ERR_out_of_memory, "the keys of tickets");
}

static bool set_up(struct service *service, struct hf_error *error)
{
    const struct options *options = service->options;
    TRY(setup_begin(&service->setup, options, HF_SERVER, error));
    TRY(add_self_signed(service, error));
    hf_config_set_client_auth(service->setup.config, options->client_auth);
    hf_config_set_trace(service->setup.config, trace_peer, NULL);
    hf_config_set_keyshare_pool(service->setup.config, KEYSHARE_POOL);
    TRY(add_sessions(service, error));
    TRY(hf_config_seal(service->setup.config, error));
    if (options->verbose && !options->quiet) {
        put_settings(service->setup.config);
    }
    if (options->www != NULL) {
        service->root = open(options->www, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (service->root < 0) {
            return fail(error, ERR_bad_configuration, "--www %s is no folder that can be read",
                options->www);
        }
    }
    TRY(catch_signals(service, error));
    uint16_t port = options->listen_port;
    service->listener = listen_on(options->listen_address, &port, error);
    TRY(service->listener >= 0);
    struct text text = { 0 };
    bool v6 = strchr(options->listen_address, ':') != NULL;
    text_putf(&text, "listening on %s%s%s:%u\n", v6 ? "[" : "", options->listen_address,
        v6 ? "]" : "", port);
    (void)put_text(STDERR_FILENO, &text);
    text_free(&text);
    return true;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

int run_serve(const struct options *options)
{
    struct service service;
    struct hf_error error;
    memset(&service, 0, sizeof service);
    service.options = options;
    service.root = service.listener = service.stop = -1;
    service.setup.keylog.fd = -1;
    service.colour = wants_colour(options, STDERR_FILENO);
    error_clear(&error);
    bool ok = set_up(&service, &error);
    if (ok) {
        struct server_input input = { service.setup.config, service.listener, service.stop,
            options->count, HANDSHAKE_TIMEOUT_MS, IDLE_TIMEOUT_MS,
            { &service, begin_visit, connected_visit, receive_visit, received_all_visit,
                produce_visit, end_visit } };
        ok = serve_forever(&input, &error);
    }
    if (!ok) {
        struct text text = { 0 };
        diagnosis_words(&text, &error, NULL);
        (void)put_text(STDERR_FILENO, &text);
        text_free(&text);
    }
    close_if_open(service.root);
    close_if_open(service.listener);
    close_if_open(service.stop);
    setup_end(&service.setup);
    return ok ? EXIT_OK : hf_code_exit(error.code);
}
