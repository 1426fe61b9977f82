/* The fields of a handshake message with their bytes, for `--trace=bytes`. */
#ifndef OBSERVE_FIELDS_H
#define OBSERVE_FIELDS_H

#include "observe/collector.h"

enum { FIELDS_MAX = 96 };

struct field {
    const char *name;  /* "cipher_suites", an extension's name, "certificate" … */
    size_t offset;     /* in the message, its 4-byte header included */
    hf_bytes bytes;    /* without the length that stands before it */
    bool is_extension;
};

/* The fields of a whole message, at most FIELDS_MAX; their number. What cannot be parsed is one
 * field "body". `agreed`: up to this message. */
size_t message_fields(hf_bytes message, const struct agreed *agreed,
    struct field fields[FIELDS_MAX]);

#endif
