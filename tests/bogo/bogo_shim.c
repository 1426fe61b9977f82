/* bogo_shim: handfast as BoringSSL's test runner drives it (docs/bogo.md). For each connection it
 * dials the runner, whichever role it plays, and says which shim it is. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "shim.h"

/* A socket to the runner; -1: none. */
static int dial(const struct options *o)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)o->port),
        .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)o->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const struct sockaddr *address = o->ipv6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
    socklen_t size = o->ipv6 ? sizeof six : sizeof four;
    struct timeval patience = { .tv_sec = 20 };
    int one = 1;
    uint8_t id[8];
    for (size_t i = 0; i < sizeof id; i++) {
        id[i] = (uint8_t)(o->shim_id >> 8 * i);
    }
    int fd = socket(address->sa_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, address, size) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        send(fd, id, sizeof id, MSG_NOSIGNAL) != (ssize_t)sizeof id) {
        perror("bogo_shim: the runner cannot be reached");
        return -1;
    }
    return fd;
}

static int connect_once(struct shim *shim, const struct options *options, bool resumes)
{
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return EXIT_FAILED;
    }
    x->shim = shim;
    x->options = options;
    x->resumes = resumes;
    x->fd = dial(options);
    int status = x->fd < 0 ? EXIT_FAILED : exchange_run(x);
    (void)close(x->fd);
    free(x);
    return status;
}

int main(int argc, char **argv)
{
    static struct options initial;
    static struct options resume;
    struct shim shim = { .now_ms = (uint64_t)time(NULL) * 1000U };
    if (!options_parse(argc, argv, &initial, &resume)) {
        return EXIT_UNIMPLEMENTED;
    }
    if (initial.is_handshaker_supported) {
        (void)puts("No");
        return 0;
    }
    int status = 0;
    for (unsigned i = 0; i <= initial.resume_count && status == 0; i++) {
        const struct options *options = i == 0 ? &initial : &resume;
        status = connect_once(&shim, options, i > 0);
        shim.now_ms += options->resumption_delay * UINT64_C(1000);
    }
    hf_session_free(shim.session);
    hf_session_cache_free(shim.cache);
    hf_tickets_free(shim.tickets);
    return status;
}
