/* The values of flags: numbers, times, targets. Each gives false for what is not one, and leaves no
 * half-made value to be used. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "net/dial.h"

/* Decimal digits, at most `most`. */
bool number_parse(const char *text, uint64_t most, uint64_t *value);

/* "1.5" seconds, more than 0 and at most a million, to microseconds. */
bool seconds_parse(const char *text, uint64_t *us);

bool port_number(const char *text, uint16_t *port);

/* "HOST", "HOST:PORT", "[v6]", "[v6]:PORT", "v6": `*port` points behind the colon or is NULL. */
bool split_host(const char *text, char host[HOST_TEXT], const char **port);

/* HOST, HOST:PORT, [v6]:PORT, v6, or a URL, whose scheme gives the port. */
bool target_parse(const char *target, char host[HOST_TEXT], uint16_t *port);

/* RFC 3339, 5.6: "2026-11-21T00:00:00Z" to seconds since 1970. */
bool rfc3339_parse(const char *text, int64_t *seconds);

/* HOST:PORT:ADDR[,ADDR…] (the first address is taken; brackets are fine). */
bool override_parse(const char *text, struct dial_override *override);

#endif
