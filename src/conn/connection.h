/* What the files of conn/ share. */
#ifndef CONN_CONNECTION_H
#define CONN_CONNECTION_H

#include <stdatomic.h>

#include "handshake/handshake.h"

struct hf_config {
    struct settings settings;
    struct allocator allocator;
    atomic_uint holds;
    struct crl_bytes *crl_bytes; /* what settings.crls borrow; verify.c */
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

/* verify.c: what its setters made. */
void verify_release(struct hf_config *config);

/* session.c: ends the holds of its setters. */
void session_release(struct hf_config *config);
/* SHA-256 of every setting on which it hung whether a handshake succeeded: a session is used under
 * equal ones alone. False: out of memory. */
bool binding_digest(const struct settings *settings, uint8_t digest[SESSION_BINDING],
    struct hf_error *error);

/* policy.c: what a config starts with. */
void policy_default(struct settings *settings);

#endif
