/* Fingerprints of hellos: JA3, JA3S (MD5 of the fields in decimal) and JA4 (readable, order left
 * out). They name a TLS stack and its settings, not a person; a client may wear another's. */
#ifndef OBSERVE_JA_H
#define OBSERVE_JA_H

#include "base/reader.h"

enum { JA3_TEXT = 33, JA4_TEXT = 37 };

/* Each takes a whole handshake message with its 4-byte header. False: it cannot be parsed (or the
 * hash is not to be had); the text is "" then. */
bool ja3_client(hf_bytes client_hello, char text[JA3_TEXT]);
bool ja3_server(hf_bytes server_hello, char text[JA3_TEXT]);
/* Of a ClientHello that came over TCP. */
bool ja4_client(hf_bytes client_hello, char text[JA4_TEXT]);

#endif
