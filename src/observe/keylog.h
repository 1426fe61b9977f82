/* The NSS key log (SSLKEYLOGFILE): lines appended to a file that its owner alone can read. */
#ifndef OBSERVE_KEYLOG_H
#define OBSERVE_KEYLOG_H

#include "base/error.h"
#include "handfast/trace.h"

struct keylog {
    int fd; /* -1: closed */
};

/* Opens for appending; a new file gets mode 0600. False: bad_configuration. */
bool keylog_open(struct keylog *keylog, const char *path, struct hf_error *error);

/* An hf_keylog_callback; `user` is the struct keylog. One write a line, so that several
 * processes can share the file. */
void keylog_line(void *user, hf_connection *connection, const char *line);

void keylog_close(struct keylog *keylog);

#endif
