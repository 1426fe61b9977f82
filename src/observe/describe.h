/* What a handshake message says, in words: who offers, chooses, proves or learns what. */
#ifndef OBSERVE_DESCRIBE_H
#define OBSERVE_DESCRIBE_H

#include "observe/collector.h"
#include "observe/text.h"

/* Appends lines, each begun with `indent`, for an HF_EVENT_MESSAGE whose bytes are there. */
void describe_message(struct text *text, const struct observed *observed, const char *indent);

/* The SNI of a ClientHello message; false: none. */
bool hello_server_name(hf_bytes client_hello, hf_bytes *name);

#endif
