/* A client's session in a file, for --sess-out and --sess-in. */
#ifndef CLI_SESSION_FILE_H
#define CLI_SESSION_FILE_H

#include "handfast/session.h"

/* Writes a session where the user alone can read it (0600), in the place of what was there: whoever
 * reads the file meanwhile sees the old one or the new one. False: `error` says why. */
bool session_file_write(const char *path, const hf_session *session, hf_error *error);

/* NULL: `error` says why. `*shared`: others may read the file, and impersonate us with it. */
hf_session *session_file_read(const char *path, bool *shared, hf_error *error);

#endif
