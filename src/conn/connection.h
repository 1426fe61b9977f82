/* What the files of conn/ share. */
#ifndef CONN_CONNECTION_H
#define CONN_CONNECTION_H

#include <stdatomic.h>

#include "handshake/handshake.h"

struct hf_config {
    struct settings settings;
    struct allocator allocator;
    atomic_uint holds;
    bool sealed;
    bool sends_ca_names;
};

/* Records that stay unused under a key before it is renewed: for KeyUpdate and alerts. */
enum { KEY_MARGIN = 64 };

void config_retain(struct hf_config *config);
/* For setters: asserts that the config is not sealed. */
struct settings *config_open(struct hf_config *config);
void identity_retain(struct hf_identity *identity);

/* Ends a call that failed: queues the alert, wipes the handshake and the keys. HF_FAILED. */
hf_status connection_fail(struct hf_connection *c);

/* An error that a caller gave, if any, begins empty. */
static inline void error_begin(struct hf_error *error)
{
    if (error != NULL) {
        error_clear(error);
    }
}

/* policy.c: what a config starts with. */
void policy_default(struct settings *settings);

#endif
