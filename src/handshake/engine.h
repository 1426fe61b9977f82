/* Walks the tables. All order of the handshake is in the rows; all order within a row is here. */
#ifndef HANDSHAKE_ENGINE_H
#define HANDSHAKE_ENGINE_H

#include "handshake/handshake.h"

/* Begins a handshake: an arena, a transcript, the tables of the role. False: out of memory. */
bool engine_begin(struct hf_connection *c);

/* Opens a handshake again when CONNECTED, with the transcript of the one that was completed. */
bool engine_reopen(struct hf_connection *c);

/* Does what the state does by itself (AUTO, SEND, OP rows) until it waits for the peer, for an
 * operation, or is CONNECTED. False: failed (c->error). */
bool engine_act(struct hf_connection *c);

/* Gives the content of handshake records; goes on with what is there, until an operation waits. */
bool engine_receive(struct hf_connection *c, hf_bytes content);

/* Goes on after an operation was done, and with messages that waited behind it. */
bool engine_resume(struct hf_connection *c);

/* Whether a record of CCS or data may come now (rules 7 and the tables'). */
bool engine_allows_ccs(const struct hf_connection *c);
/* In TLS 1.2 a ChangeCipherSpec is a message. */
bool engine_receive_ccs(struct hf_connection *c);
bool engine_allows_data(struct hf_connection *c);

/* Runs the SEND row of a post-handshake message. */
bool engine_request(struct hf_connection *c, enum message message);

bool engine_waits(const struct hf_connection *c);  /* for an operation */

/* Refuses in words what came and is not expected here. */
bool engine_refuse(struct hf_connection *c, enum message message, const char *name);

/* Wipes and releases the handshake. */
void engine_end(struct hf_connection *c);

#endif
