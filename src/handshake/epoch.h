/* What rows do to the keys: a set of enum keys, derived from the transcript as it stands, then
 * installed. */
#ifndef HANDSHAKE_EPOCH_H
#define HANDSHAKE_EPOCH_H

#include "handshake/handshake.h"

/* False: bytes stand behind a message that changes the read key, or there is no memory (error
 * set). */
bool change_keys(struct hf_connection *c, unsigned keys);

#endif
