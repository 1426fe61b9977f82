/* A client and a server that meet more than once: their sessions, their clock, their tickets. */
#ifndef TESTS_RESUMED_H
#define TESTS_RESUMED_H

#include "handshake/handshake.h"
#include "support/pair.h"

enum { MET_SESSIONS = 16 };

/* What a pair of configs holds beside the usual; zeros: nothing. */
struct met_setup {
    const char *alpn;           /* of both */
    const char *suites;         /* the client's; NULL: the policy's */
    const char *server_suites;
    const char *groups;         /* the client's */
    const char *server_groups;
    hf_client_auth client_auth;
    bool client_identity;       /* the client has one */
    bool retries;               /* the server retries statelessly */
    bool grease;
    bool other_trust;           /* the client trusts one root more */
    bool no_callback;           /* the client keeps no sessions */
    bool no_tickets;            /* the server has none */
    unsigned ticket_count;      /* 0: 2 */
    uint32_t lifetime_s;        /* 0: a day */
    const hf_allocator *client_memory;
    const hf_allocator *server_memory;
};

struct met {
    struct pair pair;
    hf_tickets *tickets;
    uint64_t now_ms;
    hf_session *sessions[MET_SESSIONS]; /* that the client was given, in order */
    size_t count;
    const char *name;                   /* that it connects to */
};

/* A clock, ticket keys and configs, sealed. */
bool met_new(struct met *met, const struct met_setup *setup);
/* New configs; connections end, sessions and ticket keys stay. `met_open` seals them, so that a
 * test may add to them. */
bool met_configs(struct met *met, const struct met_setup *setup);
/* Connections that offer the session (NULL: none); nothing is delivered yet. */
bool met_open(struct met *met, hf_session *session);
/* That, run until nothing moves. Whether both connected. */
bool met_shake(struct met *met, hf_session *session);
void met_free(struct met *met);

/* Whether both ends say that the connection was resumed; that it was not, and why: the words of
 * each end ("": none). */
bool met_resumed(const struct met *met);
bool met_refused(const struct met *met, enum session_verdict client, enum session_verdict server);

/* The last session, changed by `edit`, as one that was never used. */
hf_session *met_change(const struct met *met, void (*edit)(struct session *session));

#endif
