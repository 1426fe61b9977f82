/* The certificates that a host sends in its handshake, good or bad. */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include "cli/setup.h"
#include "x509/path.h"

struct fetched {
    char address[ADDRESS_TEXT];
    uint8_t *der;               /* one behind the other */
    size_t length;
    hf_bytes certificates[CHAIN_MAX];
    size_t count;
};

/* Makes a handshake that goes on whatever the certificates are like, then ends. `setup` was begun
 * as a client's and is sealed here. False: there was no handshake. */
bool fetch_chain(struct setup *setup, const struct options *options, struct fetched *fetched,
    struct hf_error *error);
void fetched_end(struct fetched *fetched);

#endif
