/* The places that emit events. With no subscriber each costs one branch. Called by the engine
 * and the connection alone. */
#ifndef HANDSHAKE_TRACE_H
#define HANDSHAKE_TRACE_H

#include "handshake/handshake.h"

void trace_record(struct hf_connection *c, bool sent, uint8_t content_type, bool is_protected,
    size_t length, size_t content);
/* A whole message with its header (CHANGE_CIPHER_SPEC: its content), and each of its extensions. */
void trace_message(struct hf_connection *c, bool sent, enum message message, hf_bytes bytes);
void trace_state(struct hf_connection *c, enum state from, enum state to);
void trace_keys(struct hf_connection *c, bool reads, const char *epoch, unsigned generation);
void trace_alert(struct hf_connection *c, bool sent, bool fatal, int description);
void trace_operation(struct hf_connection *c, bool begins);
void trace_checks(struct hf_connection *c);
void trace_error(struct hf_connection *c);

/* One line of the key log; `label` as NSS has it. */
void keylog(struct hf_connection *c, const char *label, const uint8_t *secret, size_t size);

#endif
