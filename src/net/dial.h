/* From a host name to a connected, non-blocking TCP socket. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/error.h"

enum { ADDRESS_TEXT = 64, HOST_TEXT = 256 };

/* --resolve HOST:PORT:ADDR */
struct dial_override {
    char host[HOST_TEXT];
    uint16_t port;
    char address[ADDRESS_TEXT];
};

struct dial_input {
    const char *host;             /* a name or a numeric address, without brackets */
    uint16_t port;
    int family;                   /* 0: any; 4 or 6 */
    const struct dial_override *overrides;
    size_t override_count;
    uint64_t deadline_us;         /* by clock_us */
};

struct dial_output {
    int fd;                       /* the caller closes it; -1: failed */
    char address[ADDRESS_TEXT];   /* numeric; the last one tried when it failed; "" unresolved */
    uint64_t dns_us;
    uint64_t tcp_us;
};

/* Tries every address in turn. False: dns_failed, connection_refused or timed_out, who =
 * network. */
bool dial(const struct dial_input *input, struct dial_output *output, struct hf_error *error);

/* A listening, non-blocking socket on a numeric address; `*port` 0 gets the one that was picked.
 * -1: bad_configuration. */
int listen_on(const char *address, uint16_t *port, struct hf_error *error);

struct sockaddr_storage;
/* "127.0.0.1" and 4433 from a socket's address. */
void address_text(const struct sockaddr_storage *address, char text[ADDRESS_TEXT], unsigned *port);

/* Makes a descriptor non-blocking. False: failed. */
bool set_nonblocking(int fd);

#endif
