/* What both versions share of resumption (RFC 9846, 2.2; RFC 5246, 7.3; RFC 5077): which session
 * is used and why another is not (c->verdict), what a connection takes from the one that it
 * resumes, and what it leaves to the next. `c->hs->session` is the session that a client offers,
 * or that a server found; FACT_PSK and FACT_RESUMED say that it is in use. */
#ifndef HANDSHAKE_RESUME_H
#define HANDSHAKE_RESUME_H

#include "handshake/handshake.h"

/* A client, before its first hello: offers the session when all that it was made under holds now,
 * and takes its one use if it is of TLS 1.3. Keeps a hold of it for the handshake. */
void resume_offer(struct hf_connection *c, hf_session *session);
/* Ends the hold. */
void resume_release(struct hf_connection *c);

/* A server, when name, protocol and suite are chosen: whether a session of a ticket or cache may be
 * used. */
enum session_verdict resume_judge(const struct hf_connection *c, const struct session *session);

/* The session is in use, its secret aside: the peer's certificates and what was found of them are
 * those of then. False: out of memory. */
bool resume_begin(struct hf_connection *c);
static inline bool is_resumed(const struct hf_connection *c)
{
    return (c->facts & (FACT_PSK | FACT_RESUMED)) != 0;
}

/* A session of this connection, but for its secret, lifetime, ticket and session ID; chain and
 * strings are the connection's. Resuming does not prolong what was verified. */
void resume_fill(const struct hf_connection *c, struct session *session);
/* Sets how long a filled session lives from now: `wanted_s`, and no longer than 7 days after the
 * handshake that verified. Returns the seconds; 0: it is not worth anything. */
uint32_t resume_lifetime(struct session *session, uint32_t wanted_s);
/* At most so many bytes does session_build write for a server's session of this connection. */
size_t resume_size(const struct hf_connection *c);

/* At the handshake's end: a client of TLS 1.3 keeps what the tickets to come need. */
void resume_keep(struct hf_connection *c);
/* Wipes that, when the connection failed. */
void resume_forget(struct hf_connection *c);

#endif
