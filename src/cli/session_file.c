/* A client's session in a file: see session_file.h. The bytes are those of hf_session_save. */
#include "cli/session_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/error.h"
#include "cli/setup.h"

enum { PATH_SIZE = 4096, SESSION_FILE_MAX = 1 << 18 };

/* Returns an errno; 0: done. */
static int write_beside(const char *path, const uint8_t *bytes, size_t length)
{
    char temporary[PATH_SIZE];
    int used = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (used < 0 || (size_t)used >= sizeof temporary) {
        return ENAMETOOLONG;
    }
    int fd = mkstemp(temporary); /* 0600 */
    if (fd < 0) {
        return errno;
    }
    int failure = put_bytes(fd, bytes, length) ? 0 : errno;
    if (close(fd) != 0 && failure == 0) {
        failure = errno;
    }
    if (failure == 0 && rename(temporary, path) != 0) {
        failure = errno;
    }
    if (failure != 0) {
        (void)unlink(temporary);
    }
    return failure;
}

/* A device or a pipe would be replaced by a file. */
static bool may_replace(const char *path)
{
    struct stat status;
    return lstat(path, &status) != 0 || S_ISREG(status.st_mode) || S_ISLNK(status.st_mode);
}

bool session_file_write(const char *path, const hf_session *session, hf_error *error)
{
    size_t length = hf_session_save(session, NULL, 0);
    if (length == 0) {
        return fail(error, ERR_bad_session, "it was used: another connection needs another");
    }
    if (!may_replace(path)) {
        return fail(error, ERR_bad_configuration, "%s is no file", path);
    }
    uint8_t *bytes = malloc(length);
    if (bytes == NULL) {
        return fail(error, ERR_out_of_memory, "a session of %zu bytes", length);
    }
    (void)hf_session_save(session, bytes, length);
    int failure = write_beside(path, bytes, length);
    wipe(bytes, length);
    free(bytes);
    return failure == 0 || fail(error, ERR_bad_configuration, "%s cannot be written: %s", path,
        strerror(failure));
}

hf_session *session_file_read(const char *path, bool *shared, hf_error *error)
{
    static const char *const words[] = { "cannot be read", "is no file", "is too long" };
    struct stat status = { 0 };
    FILE *file = fopen(path, "rb");
    const char *wrong = file == NULL || fstat(fileno(file), &status) != 0 ? words[0]
        : !S_ISREG(status.st_mode)                                       ? words[1]
        : status.st_size > SESSION_FILE_MAX                              ? words[2]
                                                                         : NULL;
    size_t length = (size_t)status.st_size;
    uint8_t *bytes = wrong == NULL ? malloc(length + 1) : NULL;
    hf_session *session = NULL;
    if (wrong != NULL) {
        (void)fail(error, ERR_bad_configuration, "%s %s", path, wrong);
    } else if (bytes == NULL) {
        (void)fail(error, ERR_out_of_memory, "a session of %zu bytes", length);
    } else {
        length = fread(bytes, 1, length, file);
        session = hf_session_load(bytes, length, error);
        wipe(bytes, length);
    }
    *shared = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    free(bytes);
    if (file != NULL) {
        (void)fclose(file);
    }
    return session;
}
