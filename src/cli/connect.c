/* `handfast connect`: a handshake, its explanation, then stdin and stdout piped. JSON alone goes to
 * stdout; words go to stderr. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ct.h"
#include "handfast/session.h"

#include "cli/session_file.h"
#include "cli/setup.h"
#include "cli/verbs.h"
#include "net/channel.h"
#include "net/clock.h"
#include "observe/diagnose.h"
#include "observe/explain.h"
#include "x509/path.h"

/* The report waits for the peer's first record after Finished, or so long (RFC 9846, 4.5.1.3: a
 * server refuses a client's certificate only after the client thinks itself connected). */
enum { REPORT_US = 500000, REPORT_ASKED_US = 2000000, PATIENCE_US = 30000000, PARTING_MS = 200,
    STDIN_CHUNK = 16384 };

struct visit {
    const struct options *options;
    struct setup setup;
    struct collector collector;
    struct dial_output dialed;
    hf_connection *connection;
    struct channel channel;
    struct inbox inbox;
    const char *identity;
    const char *server_name;   /* SNI; NULL: none */
    uint64_t last_us;          /* --max-time; UINT64_MAX: never */
    uint64_t begun_us;
    uint64_t waited_us;
    uint64_t handshake_us;
    size_t told;               /* events that the report told */
    bool connected;
    bool closed;               /* the peer sent close_notify */
    bool again;                /* --reconnect: this is the second connection */
    hf_session *offered;       /* NULL: none */
    hf_session *granted;       /* the last one that the server gave; NULL: none */
    struct text first;         /* --reconnect with --json: the first connection's document */
    struct hf_error error;     /* the failure; code none: none yet */
};

static bool keep_error(struct visit *visit)
{
    if (!error_is_set(&visit->error)) {
        visit->error = *channel_error(&visit->channel);
    }
    return false;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool for_machines(const struct options *options)
{
    return options->json || options->jsonl;
}

/* ---- Before the network ---- */

static bool choose_names(struct visit *visit)
{
    const struct options *options = visit->options;
    struct identity parsed;
    visit->identity = options->name != NULL ? options->name : options->host;
    TRY(identity_parse(visit->identity, &parsed, &visit->error));
    visit->server_name = options->no_server_name ? NULL
        : options->server_name != NULL ? options->server_name
        : parsed.type == IDENTITY_DNS ? visit->identity : NULL;
    return true;
}

/* ---- Sessions ---- */

/* The newest replaces the others: each ticket is for one connection (RFC 9846, C.4). */
static void on_session(void *user, hf_connection *connection, hf_session *session)
{
    struct visit *visit = user;
    (void)connection;
    hf_session_free(visit->granted);
    visit->granted = session;
}

static bool take_session(struct visit *visit)
{
    const struct options *options = visit->options;
    bool shared = false;
    if (options->sess_out != NULL || options->sess_in != NULL || options->reconnect) {
        hf_config_set_session_callback(visit->setup.config, on_session, visit);
    }
    if (options->sess_in == NULL) {
        return true;
    }
    visit->offered = session_file_read(options->sess_in, &shared, &visit->error);
    if (shared && visit->offered != NULL && !options->quiet) {
        struct text text = { 0 };
        text_putf(&text, "warning: others may read %s, and take our place with it: chmod 600\n",
            options->sess_in);
        (void)put_text(STDERR_FILENO, &text);
        text_free(&text);
    }
    return visit->offered != NULL;
}

static bool prepare(struct visit *visit)
{
    const struct options *options = visit->options;
    TRY(choose_names(visit));
    TRY(setup_begin(&visit->setup, options, HF_CLIENT, &visit->error));
    if (options->insecure) {
        hf_config_insecure_no_verification(visit->setup.config);
    }
    hf_config_set_trace(visit->setup.config, collector_trace, &visit->collector);
    /* Whoever brings a certificate may be asked for it at any time (RFC 9846, 4.7.2). */
    hf_config_allow_post_handshake_auth(visit->setup.config, options->cert_count > 0);
    TRY(take_session(visit));
    TRY(hf_config_seal(visit->setup.config, &visit->error));
    if (options->verbose && !for_machines(options)) {
        put_settings(visit->setup.config);
    }
    visit->inbox.capacity = CHANNEL_BUFFER;
    visit->inbox.data = malloc(CHANNEL_BUFFER);
    if (visit->inbox.data == NULL) {
        return fail(&visit->error, ERR_out_of_memory, "the buffer");
    }
    return true;
}

/* ---- The handshake ---- */

/* Waits for the socket (and for stdin, where `with_stdin`). 0: the deadline came. */
static int wait_for(struct visit *visit, uint64_t deadline_us, bool with_stdin, bool *stdin_ready)
{
    bool sends = channel_has_output(&visit->channel);
    short events = (short)(POLLIN | (sends ? POLLOUT : 0));
    struct pollfd waits[2] = {
        { visit->channel.fd, events, 0 },
        { with_stdin && !sends ? STDIN_FILENO : -1, POLLIN, 0 },
    };
    uint64_t begin = clock_us();
    int ready;
    do {
        ready = poll(waits, 2, deadline_us == UINT64_MAX ? -1 : clock_poll_ms(deadline_us));
    } while (ready < 0 && errno == EINTR);
    visit->waited_us += visit->connected ? 0 : clock_us() - begin;
    if (stdin_ready != NULL) {
        *stdin_ready = waits[1].revents != 0;
    }
    return ready;
}

/* Application data goes to stdout, but for --json and --jsonl. */
static bool deliver(struct visit *visit, const uint8_t *data, size_t length)
{
    return for_machines(visit->options) || put_bytes(STDOUT_FILENO, data, length);
}

/* Works on all that can be had without waiting. False: failed (error is set), or nobody reads
 * stdout. */
static bool work(struct visit *visit)
{
    for (;;) {
        const uint8_t *data = NULL;
        size_t length = 0;
        enum channel_status status = channel_next(&visit->channel, &visit->inbox, &data, &length);
        if (status == CHANNEL_FAILED || channel_flush(&visit->channel) == CHANNEL_FAILED) {
            return keep_error(visit);
        }
        if (status == CHANNEL_DATA) {
            TRY(deliver(visit, data, length));
        } else if (status == CHANNEL_CLOSED) {
            visit->closed = true;
            return true;
        } else {
            status = channel_fill(&visit->channel, &visit->inbox);
            if (status == CHANNEL_FAILED) {
                return keep_error(visit);
            }
            if (status == CHANNEL_WAIT) {
                return true;
            }
        }
    }
}

static bool out_of_time(struct visit *visit)
{
    bool silent = !visit->connected && visit->channel.received == 0 && visit->channel.sent > 0;
    (void)fail(&visit->error, silent ? ERR_silent : ERR_timed_out, "after %llu ms",
        (unsigned long long)((clock_us() - visit->begun_us) / 1000));
    visit->error.who = HF_NETWORK;
    visit->error.state = hf_state_name(visit->connection);
    return false;
}

static bool shake_hands(struct visit *visit, uint64_t deadline_us)
{
    uint64_t begin = clock_us();
    collector_begin(&visit->collector,
        visit->options->trace == COLLECT_BYTES ? COLLECT_BYTES : COLLECT_MESSAGES, clock_us);
    hf_connect_options asked = { .identity = visit->identity, .server_name = visit->server_name,
        .no_server_name = visit->server_name == NULL, .session = visit->offered };
    visit->connection = hf_connect_new_with(visit->setup.config, &asked, &visit->error);
    TRY(visit->connection != NULL);
    channel_begin(&visit->channel, visit->connection, visit->dialed.fd);
    while (!hf_is_connected(visit->connection)) {
        if (!work(visit)) {
            return false;
        }
        if (!hf_is_connected(visit->connection) && wait_for(visit, deadline_us, false, NULL) == 0) {
            return out_of_time(visit);
        }
    }
    visit->connected = true;
    visit->handshake_us = clock_us() - begin;
    return true;
}

/* --key-update: new keys for both directions (RFC 9846, 4.7.3). */
static bool renew_keys(struct visit *visit)
{
    if (!visit->options->key_update) {
        return true;
    }
    if (hf_key_update(visit->connection, true) != HF_OK
        || channel_flush(&visit->channel) == CHANNEL_FAILED) {
        return keep_error(visit);
    }
    return true;
}

/* For the next connection: the session that this one brought, or the one of TLS 1.2 that it
 * resumed, which may be used again (RFC 5077, 3.3). NULL: none. */
static hf_session *next_session(const struct visit *visit)
{
    hf_facts facts;
    hf_session_info info;
    if (visit->granted != NULL || visit->offered == NULL) {
        return visit->granted;
    }
    hf_connection_facts(visit->connection, &facts);
    hf_session_facts(visit->offered, &info);
    return facts.resumed && !info.used ? visit->offered : NULL;
}

/* A session was asked for, and none came yet. */
static bool awaits_session(const struct visit *visit)
{
    bool wanted = visit->options->sess_out != NULL || (visit->options->reconnect && !visit->again);
    return wanted && next_session(visit) == NULL;
}

/* Has all come that the report should tell of? */
static bool heard_enough(const struct visit *visit)
{
    if (awaits_session(visit)) {
        return visit->closed;
    }
    return visit->closed || (visit->options->key_update ? visit->collector.read_updates > 0
        : visit->collector.records_after > 0);
}

/* What comes right after the handshake belongs to the report: a ticket, an alert, the first
 * data. */
static bool listen_on_for_report(struct visit *visit)
{
    hf_facts facts;
    hf_connection_facts(visit->connection, &facts);
    uint64_t deadline = sooner(visit->last_us, clock_us()
        + (facts.client_certificate_asked ? REPORT_ASKED_US : REPORT_US));
    while (!heard_enough(visit)) {
        TRY(work(visit));
        if (!heard_enough(visit) && wait_for(visit, deadline, false, NULL) == 0) {
            break;
        }
    }
    return true;
}

static bool visit_peer(struct visit *visit)
{
    const struct options *options = visit->options;
    uint64_t patience = options->connect_timeout_us > 0 ? options->connect_timeout_us : PATIENCE_US;
    uint64_t deadline = sooner(visit->last_us, visit->begun_us + patience);
    struct dial_input input = { options->host, options->port, options->family, options->overrides,
        options->override_count, deadline };
    TRY(dial(&input, &visit->dialed, &visit->error));
    return shake_hands(visit, deadline) && renew_keys(visit) && listen_on_for_report(visit);
}

/* ---- The report ---- */

static void fill_report(const struct visit *visit, struct report *report)
{
    const struct options *options = visit->options;
    memset(report, 0, sizeof *report);
    report->host = options->host;
    report->port = options->port;
    report->address = visit->dialed.address[0] == '\0' ? NULL : visit->dialed.address;
    report->identity = visit->identity;
    report->server_name = visit->server_name;
    report->connection = visit->connection;
    report->collector = &visit->collector;
    report->timing = (struct report_timing){ visit->dialed.dns_us, visit->dialed.tcp_us,
        visit->handshake_us, visit->collector.crypto_us, visit->waited_us };
    report->sent = visit->channel.sent;
    report->received = visit->channel.received;
    report->error = &visit->error;
    report->events = options->trace;
    report->first = visit->first.data;
}

/* --json: one document; --jsonl: a line for each event, then the document in a line. */
static void put_documents(const struct visit *visit, struct report *report)
{
    struct text text = { 0 };
    if (!visit->options->json) {
        for (size_t i = 0; i < visit->collector.count; i++) {
            struct json json;
            json_begin(&json, &text, false);
            event_json(&json, &visit->collector.events[i], visit->options->trace);
            text_put(&text, "\n");
        }
        report->events = COLLECT_SUMMARY;
    }
    report_connect_json(&text, report, visit->options->json);
    (void)put_text(STDOUT_FILENO, &text);
    text_free(&text);
}

static bool is_brief(const struct options *options)
{
    return options->brief || options->quiet;
}

static void put_report(struct visit *visit)
{
    const struct options *options = visit->options;
    bool failed = error_is_set(&visit->error);
    struct report report;
    struct text text = { 0 };
    fill_report(visit, &report);
    if (for_machines(options)) {
        put_documents(visit, &report);
    } else if (!options->quiet || failed) {
        explain_report(&text, &report, is_brief(options) ? EXPLAIN_BRIEF
            : options->verbose ? EXPLAIN_VERBOSE : EXPLAIN_LADDER,
            wants_colour(options, STDERR_FILENO));
        if (failed && visit->setup.no_roots && hf_code_exit(visit->error.code) == 5) {
            text_put(&text, "  note      this system holds no trusted roots: install "
                "ca-certificates, or pass --cacert\n");
        }
        (void)put_text(STDERR_FILENO, &text);
    }
    text_free(&text);
    visit->told = visit->collector.count;
}

/* What happened since the report: key updates, tickets, requests for a certificate, alerts. */
static void put_later(struct visit *visit)
{
    struct report report;
    struct text text = { 0 };
    fill_report(visit, &report);
    if (!is_brief(visit->options)) {
        explain_later(&text, &report, visit->told,
            wants_colour(visit->options, STDERR_FILENO));
        (void)put_text(STDERR_FILENO, &text);
    }
    text_free(&text);
    collector_forget(&visit->collector, visit->told);
}

/* A failure of the piped part, after the report. */
static void put_late_failure(const struct visit *visit)
{
    struct text text = { 0 };
    diagnosis_words(&text, &visit->error, &visit->collector);
    (void)put_text(STDERR_FILENO, &text);
    text_free(&text);
}

/* ---- Piping ---- */

static bool send_stdin(struct visit *visit, bool *stdin_open)
{
    uint8_t chunk[STDIN_CHUNK];
    ssize_t count = read(STDIN_FILENO, chunk, sizeof chunk);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    enum channel_status status;
    if (count <= 0) {
        *stdin_open = false;
        status = channel_close(&visit->channel);
    } else {
        status = channel_write(&visit->channel, chunk, (size_t)count);
        wipe(chunk, (size_t)count);
    }
    return status != CHANNEL_FAILED || keep_error(visit);
}

static bool pipe_both(struct visit *visit)
{
    bool stdin_open = true;
    while (!visit->closed) {
        bool stdin_ready = false;
        bool worked = work(visit);
        put_later(visit);
        TRY(worked);
        if (visit->closed) {
            break;
        }
        if (wait_for(visit, visit->last_us, stdin_open, &stdin_ready) == 0) {
            return out_of_time(visit);
        }
        if (stdin_ready) {
            TRY(send_stdin(visit, &stdin_open));
        }
    }
    return true;
}

/* ---- The end ---- */

/* Closes so that what we said last is not lost in a reset: half-close, then wait a little. */
static void part(struct visit *visit)
{
    if (visit->connection != NULL && !error_is_set(&visit->error)) {
        (void)channel_close(&visit->channel);
    }
    if (visit->dialed.fd < 0) {
        return;
    }
    (void)shutdown(visit->dialed.fd, SHUT_WR);
    uint64_t deadline = clock_us() + PARTING_MS * 1000;
    struct pollfd waits = { visit->dialed.fd, POLLIN, 0 };
    ssize_t got = 1;
    while (visit->inbox.data != NULL && got > 0
           && poll(&waits, 1, clock_poll_ms(deadline)) > 0) {
        got = recv(visit->dialed.fd, visit->inbox.data, visit->inbox.capacity, 0);
    }
    (void)close(visit->dialed.fd);
}

static void end(struct visit *visit)
{
    part(visit);
    channel_end(&visit->channel);
    hf_connection_free(visit->connection);
    hf_session_free(visit->offered);
    hf_session_free(visit->granted);
    collector_free(&visit->collector);
    text_free(&visit->first);
    if (visit->inbox.data != NULL) {
        wipe(visit->inbox.data, visit->inbox.capacity);
        free(visit->inbox.data);
    }
    setup_end(&visit->setup);
}

/* The session goes into its file, whatever comes after. */
static bool save_session(struct visit *visit)
{
    const char *path = visit->options->sess_out;
    if (path == NULL) {
        return true;
    }
    const hf_session *session = next_session(visit);
    if (session == NULL) {
        return fail(&visit->error, ERR_no_session, "%s was not written", path);
    }
    return session_file_write(path, session, &visit->error);
}

/* --json has one document alone: that of the first connection becomes part of the second's. */
static void report_first(struct visit *visit)
{
    if (visit->options->json) {
        struct report report;
        fill_report(visit, &report);
        report_connect_json(&visit->first, &report, true);
    } else {
        put_report(visit);
    }
}

/* --reconnect: the connection ends, and another begins with the session that it brought. */
static bool connect_again(struct visit *visit)
{
    if (next_session(visit) == NULL) {
        return fail(&visit->error, ERR_no_session, "there is nothing to connect again with");
    }
    report_first(visit);
    part(visit);
    channel_end(&visit->channel);
    hf_connection_free(visit->connection);
    collector_free(&visit->collector);
    visit->connection = NULL;
    visit->dialed = (struct dial_output){ .fd = -1 };
    visit->inbox = (struct inbox){ .data = visit->inbox.data, .capacity = visit->inbox.capacity };
    memset(&visit->channel, 0, sizeof visit->channel);
    memset(&visit->collector, 0, sizeof visit->collector);
    visit->connected = visit->closed = false;
    visit->again = true;
    visit->waited_us = visit->handshake_us = 0;
    visit->told = 0;
    if (visit->granted != NULL) {
        hf_session_free(visit->offered);
        visit->offered = visit->granted;
        visit->granted = NULL;
    }
    visit->begun_us = clock_us();
    return visit_peer(visit);
}

int run_connect(const struct options *options)
{
    struct visit visit;
    memset(&visit, 0, sizeof visit);
    visit.options = options;
    visit.dialed.fd = -1;
    visit.setup.keylog.fd = -1;
    visit.begun_us = clock_us();
    visit.last_us = options->max_time_us == 0 ? UINT64_MAX : visit.begun_us + options->max_time_us;
    error_clear(&visit.error);
    bool ok = prepare(&visit) && visit_peer(&visit);
    ok = ok && (!options->reconnect || connect_again(&visit)) && save_session(&visit);
    put_report(&visit);
    if (ok && !for_machines(options) && !pipe_both(&visit) && error_is_set(&visit.error)) {
        put_late_failure(&visit);
    }
    int code = hf_code_exit(visit.error.code);
    end(&visit);
    return code;
}
