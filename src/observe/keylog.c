/* The NSS key log: see keylog.h. RFC 9850 gives the format; the lines come from the connection. */
#include "observe/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/ct.h"

enum { LINE_MAX_BYTES = 512 }; /* the longest label, 64 and 128 hex digits */

bool keylog_open(struct keylog *keylog, const char *path, struct hf_error *error)
{
    keylog->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (keylog->fd < 0) {
        return fail(error, ERR_bad_configuration, "the key log %s cannot be opened: %s", path,
            strerror(errno));
    }
    return true;
}

void keylog_line(void *user, hf_connection *connection, const char *line)
{
    (void)connection;
    const struct keylog *keylog = user;
    char text[LINE_MAX_BYTES];
    size_t length = strlen(line);
    if (keylog->fd < 0 || length + 1 > sizeof text) {
        return;
    }
    memcpy(text, line, length);
    text[length] = '\n';
    /* A full disk loses the line, never the connection. */
    ssize_t written = write(keylog->fd, text, length + 1);
    (void)written;
    wipe(text, sizeof text);
}

void keylog_close(struct keylog *keylog)
{
    if (keylog->fd >= 0) {
        (void)close(keylog->fd);
        keylog->fd = -1;
    }
}
