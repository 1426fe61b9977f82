/* Connections in a row, each offering the session that the one before was given; a line of facts
 * for each: "TLS 1.3, resumed" or "TLS 1.3, full: the server did not take it".
 *
 *   resume connect PORT CAFILE COUNT VERSION      to localhost at 127.0.0.1:PORT
 *   resume accept CHAIN KEY COUNT VERSION         says "listening on 127.0.0.1:PORT" first
 * VERSION: 1.2 or 1.3. Both sides send a line and wait for one.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handfast/handfast.h"
#include "net/dial.h"

enum { BUFFER = 65536, WAIT_MS = 10000 };

static hf_session *given; /* the last one; not used yet */

static void keep(void *user, hf_connection *connection, hf_session *session)
{
    (void)user;
    (void)connection;
    hf_session_free(given);
    given = session;
}

static int give_up(const char *what, const hf_error *error)
{
    (void)fprintf(stderr, "resume: %s: %s: %s\n", what, hf_code_name(error->code), error->detail);
    return 1;
}

static void tell(const hf_connection *connection)
{
    hf_facts facts;
    hf_connection_facts(connection, &facts);
    (void)printf("%s, %s%s%s\n", facts.version, facts.resumed ? "resumed" : "full",
        facts.resumption != NULL ? ": " : "", facts.resumption != NULL ? facts.resumption : "");
    (void)fflush(stdout);
}

static bool flush(hf_connection *connection, int fd)
{
    size_t length;
    const uint8_t *bytes;
    while ((bytes = hf_output(connection, &length)) != NULL) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        hf_sent(connection, (size_t)sent);
    }
    return true;
}

static bool say(hf_connection *connection, int fd)
{
    static const char line[] = "GET / HTTP/1.0\r\n\r\n";
    uint8_t sealed[256];
    hf_io io;
    return hf_send(connection, line, sizeof line - 1, sealed, sizeof sealed, &io) == HF_OK &&
        send(fd, sealed, io.written, MSG_NOSIGNAL) == (ssize_t)io.written;
}

/* Until a byte of data came, or the peer went. */
static bool exchange(hf_connection *connection, int fd)
{
    static uint8_t buffer[BUFFER];
    size_t length = 0;
    bool said = false;
    for (;;) {
        hf_received got;
        hf_status status = hf_receive(connection, buffer, length, &got);
        memmove(buffer, buffer + got.consumed, length - got.consumed);
        length -= got.consumed;
        if (!flush(connection, fd) || status == HF_FAILED) {
            return false;
        }
        if (hf_is_connected(connection) && !said) {
            tell(connection);
            said = true;
            if (!say(connection, fd)) {
                return false;
            }
        }
        if (got.length > 0 || status == HF_CLOSED) {
            return said;
        }
        struct pollfd waits = { fd, POLLIN, 0 };
        ssize_t came = poll(&waits, 1, WAIT_MS) == 1
            ? recv(fd, buffer + length, sizeof buffer - length, 0)
            : 0;
        if (came <= 0) {
            return false;
        }
        length += (size_t)came;
    }
}

static int converse(hf_connection *connection, int fd)
{
    if (connection == NULL) {
        return 1;
    }
    bool done = exchange(connection, fd);
    if (done && hf_close(connection) == HF_OK) {
        (void)flush(connection, fd);
    }
    int status = done ? 0 : give_up("exchange", hf_connection_error(connection));
    hf_connection_free(connection);
    (void)close(fd);
    return status;
}

static hf_config *config_new(hf_role role, const char *version)
{
    hf_config *config = hf_config_new(role, NULL);
    hf_version_id id = strcmp(version, "1.2") == 0 ? HF_TLS12 : HF_TLS13;
    if (config == NULL || !hf_config_set_versions(config, id, id, NULL)) {
        exit(1);
    }
    return config;
}

static int connect_to(unsigned long port, const char *ca, long count, const char *version)
{
    hf_error error = { 0 };
    hf_config *config = config_new(HF_CLIENT, version);
    hf_trust *trust = hf_trust_new();
    int status = 0;
    if (trust == NULL || !hf_trust_add_file(trust, ca, &error)) {
        return give_up("trust", &error);
    }
    hf_config_set_trust(config, trust);
    hf_trust_free(trust);
    hf_config_set_session_callback(config, keep, NULL);
    if (!hf_config_seal(config, &error)) {
        return give_up("config", &error);
    }
    while (count-- > 0 && status == 0) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
            .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        hf_connect_options options = { .identity = "localhost", .session = given };
        if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
            perror("connect");
            return 1;
        }
        status = converse(hf_connect_new_with(config, &options, &error), fd);
    }
    hf_session_free(given);
    hf_config_free(config);
    return status;
}

static int accept_some(const char *chain, const char *key, long count, const char *version)
{
    hf_error error = { 0 };
    hf_config *config = config_new(HF_SERVER, version);
    hf_identity *identity = hf_identity_from_files(chain, key, &error);
    hf_tickets *tickets = hf_tickets_new(0, 0);
    uint16_t port = 0;
    int status = 0;
    if (identity == NULL || tickets == NULL || !hf_config_add_identity(config, identity, &error)) {
        return give_up("identity", &error);
    }
    hf_config_set_tickets(config, tickets, 2, 0);
    hf_identity_free(identity);
    hf_tickets_free(tickets);
    int listener = listen_on("127.0.0.1", &port, &error);
    if (listener < 0 || !hf_config_seal(config, &error)) {
        return give_up("listen", &error);
    }
    (void)printf("listening on 127.0.0.1:%u\n", port);
    (void)fflush(stdout);
    while (count-- > 0 && status == 0) {
        struct pollfd waits = { listener, POLLIN, 0 };
        if (poll(&waits, 1, 2 * WAIT_MS) != 1) {
            return 1;
        }
        status = converse(hf_accept_new(config, &error), accept(listener, NULL, NULL));
    }
    (void)close(listener);
    hf_config_free(config);
    return status;
}

int main(int count, char **words)
{
    if (count != 6) {
        (void)fprintf(stderr, "resume connect PORT CAFILE COUNT VERSION\n"
            "resume accept CHAIN KEY COUNT VERSION\n");
        return 2;
    }
    long times = strtol(words[4], NULL, 10);
    return strcmp(words[1], "connect") == 0
        ? connect_to(strtoul(words[2], NULL, 10), words[3], times, words[5])
        : accept_some(words[2], words[3], times, words[5]);
}
