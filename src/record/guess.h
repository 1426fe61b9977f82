/* What the first bytes of a connection look like when they are not TLS: words for a not_tls
 * error. */
#ifndef RECORD_GUESS_H
#define RECORD_GUESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In words, "an HTTP request (GET)"; never NULL: "an unknown protocol" when nothing fits. */
const char *guess_protocol(const uint8_t *data, size_t length);

/* Whether more bytes could still make a known protocol of these few. */
bool guess_may_follow(const uint8_t *data, size_t length);

#endif
