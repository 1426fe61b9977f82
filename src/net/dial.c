/* Sockets: see dial.h. The resolver is the system's (getaddrinfo); its time counts against the
 * deadline but cannot be cut short. */
#include "net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/clock.h"
#include "x509/idn.h"

enum { LISTEN_BACKLOG = 1024 };

bool set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

void address_text(const struct sockaddr_storage *address, char text[ADDRESS_TEXT], unsigned *port)
{
    text[0] = '\0';
    *port = 0;
    if (address->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        (void)inet_ntop(AF_INET, &v4.sin_addr, text, ADDRESS_TEXT);
        *port = ntohs(v4.sin_port);
    } else if (address->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, text, ADDRESS_TEXT);
        *port = ntohs(v6.sin6_port);
    }
}

static bool network_fail(struct hf_error *error, enum reason reason, const char *words,
    const char *what)
{
    (void)fail(error, reason, "%s: %s", what, words);
    error->who = HF_NETWORK;
    return false;
}

static const char *overridden(const struct dial_input *input)
{
    for (size_t i = 0; i < input->override_count; i++) {
        const struct dial_override *o = &input->overrides[i];
        if (o->port == input->port && strcasecmp(o->host, input->host) == 0) {
            return o->address;
        }
    }
    return NULL;
}

static bool resolve(const struct dial_input *input, struct addrinfo **list, struct hf_error *error)
{
    char service[8];
    (void)snprintf(service, sizeof service, "%u", input->port);
    struct addrinfo hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = input->family == 4 ? AF_INET : input->family == 6 ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    const char *host = overridden(input);
    char ascii[IDN_SIZE];
    if (host != NULL) {
        hints.ai_flags |= AI_NUMERICHOST;
    } else {
        host = idn_to_ascii(input->host, ascii, NULL) ? ascii : input->host;
    }
    int status = getaddrinfo(host, service, &hints, list);
    if (status != 0) {
        return network_fail(error, ERR_dns_failed,
            status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status), host);
    }
    return true;
}

/* 0, or the errno with which it failed. */
static int connect_one(const struct addrinfo *address, uint64_t deadline_us, int *out)
{
    int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (fd < 0) {
        return errno;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    int status = 0;
    socklen_t size = sizeof status;
    if (!set_nonblocking(fd)) {
        status = errno;
    } else if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        status = errno;
        if (status == EINPROGRESS) {
            struct pollfd waits = { fd, POLLOUT, 0 };
            int ready;
            do {
                ready = poll(&waits, 1, clock_poll_ms(deadline_us));
            } while (ready < 0 && errno == EINTR);
            status = ETIMEDOUT;
            if (ready > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &status, &size) != 0) {
                status = errno;
            }
        }
    }
    if (status != 0) {
        (void)close(fd);
        return status;
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *out = fd;
    return 0;
}

bool dial(const struct dial_input *input, struct dial_output *output, struct hf_error *error)
{
    struct addrinfo *list = NULL;
    memset(output, 0, sizeof *output);
    output->fd = -1;
    uint64_t begin = clock_us();
    bool resolved = resolve(input, &list, error);
    uint64_t looked_up = clock_us();
    output->dns_us = looked_up - begin;
    TRY(resolved);
    int status = ETIMEDOUT;
    uint64_t left = 0;
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        left++;
    }
    for (const struct addrinfo *a = list; a != NULL && output->fd < 0; a = a->ai_next) {
        struct sockaddr_storage storage;
        unsigned port;
        memset(&storage, 0, sizeof storage);
        memcpy(&storage, a->ai_addr, a->ai_addrlen);
        address_text(&storage, output->address, &port);
        /* A share of the time for each address: a dead first one does not take it all. */
        uint64_t now = clock_us();
        uint64_t share = input->deadline_us > now ? (input->deadline_us - now) / left : 0;
        left--;
        status = connect_one(a, now + share, &output->fd);
    }
    freeaddrinfo(list);
    output->tcp_us = clock_us() - looked_up;
    if (output->fd >= 0) {
        return true;
    }
    char what[ADDRESS_TEXT + 16];
    (void)snprintf(what, sizeof what, "%s port %u", output->address, input->port);
    return network_fail(error, status == ETIMEDOUT ? ERR_timed_out : ERR_connection_refused,
        strerror(status), what);
}

int listen_on(const char *address, uint16_t *port, struct hf_error *error)
{
    char service[8];
    (void)snprintf(service, sizeof service, "%u", *port);
    struct addrinfo hints;
    struct addrinfo *list = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE;
    int status = getaddrinfo(address[0] == '\0' ? NULL : address, service, &hints, &list);
    if (status != 0) {
        (void)fail(error, ERR_bad_configuration, "--listen %s: %s", address, gai_strerror(status));
        return -1;
    }
    int fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
    int on = 1;
    bool listens = fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && set_nonblocking(fd)
        && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
        && bind(fd, list->ai_addr, list->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0;
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    if (!listens || getsockname(fd, (struct sockaddr *)&bound, &size) != 0) {
        (void)fail(error, ERR_bad_configuration, "cannot listen on %s port %u: %s", address, *port,
            strerror(errno));
        freeaddrinfo(list);
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    char text[ADDRESS_TEXT];
    unsigned picked;
    address_text(&bound, text, &picked);
    *port = (uint16_t)picked;
    freeaddrinfo(list);
    return fd;
}
