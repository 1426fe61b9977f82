/* Small HTTP/1.1 answers: see respond.h. RFC 9112; the path is RFC 3986's. */
#include "cli/respond.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_CAPACITY = 1024, SEGMENTS_MAX = 32 };

void response_begin(struct response *response)
{
    memset(response, 0, sizeof *response);
    response->file = -1;
}

void response_end(struct response *response)
{
    text_free(&response->text);
    if (response->file >= 0) {
        (void)close(response->file);
        response->file = -1;
    }
}

enum request_state request_add(struct request *request, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (request->length == sizeof request->text) {
            return REQUEST_TOO_LONG;
        }
        request->text[request->length++] = (char)data[i];
        size_t n = request->length;
        const char *end = request->text + n;
        bool crlf = n >= 4 && strncmp(end - 4, "\r\n\r\n", 4) == 0;
        /* RFC 9112, 2.2: a single LF may end a line. */
        if (crlf || (n >= 2 && strncmp(end - 2, "\n\n", 2) == 0)) {
            return REQUEST_WHOLE;
        }
    }
    return REQUEST_PARTIAL;
}

static size_t line_length(const struct request *request)
{
    size_t n = 0;
    while (n < request->length && request->text[n] != '\r' && request->text[n] != '\n') {
        n++;
    }
    return n;
}

void request_line(const struct request *request, char *line, size_t capacity)
{
    size_t n = line_length(request);
    n = n < capacity ? n : capacity - 1;
    memcpy(line, request->text, n);
    line[n] = '\0';
}

static bool starts(const struct request *request, const char *word)
{
    return request->length > strlen(word) && strncmp(request->text, word, strlen(word)) == 0;
}

static bool is_head(const struct request *request)
{
    return starts(request, "HEAD ");
}

static bool is_allowed(const struct request *request)
{
    return is_head(request) || starts(request, "GET ");
}

static void put_head(struct response *response, const char *status, const char *type,
    uint64_t length)
{
    text_putf(&response->text, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %llu\r\n"
        "Connection: close\r\n\r\n", status, type, (unsigned long long)length);
}

void respond_error(struct response *response, const char *status, bool head_only)
{
    put_head(response, status, "text/plain; charset=utf-8", strlen(status) + 1);
    if (!head_only) {
        text_putf(&response->text, "%s\n", status);
    }
}

void respond_text(struct response *response, const struct request *request, const char *body)
{
    if (!is_allowed(request)) {
        respond_error(response, "405 Method Not Allowed", false);
        return;
    }
    put_head(response, "200 OK", "text/plain; charset=utf-8", strlen(body));
    if (!is_head(request)) {
        text_put(&response->text, body);
    }
}

/* ---- Files ---- */

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = c >= 'A' && c <= 'F' ? (char)(c + ('a' - 'A')) : c;
    const char *at = lower == '\0' ? NULL : strchr(digits, lower);
    return at == NULL ? -1 : (int)(at - digits);
}

/* The path of the request, percent-decoded, without query. False: none, too long or broken. */
static bool request_path(const struct request *request, char path[PATH_CAPACITY])
{
    const char *end = request->text + line_length(request);
    const char *at = request->text + (is_head(request) ? strlen("HEAD ") : strlen("GET "));
    size_t length = 0;
    if (at >= end || *at != '/') {
        return false;
    }
    while (at < end && *at != ' ' && *at != '?' && *at != '#') {
        int c = (unsigned char)*at++;
        if (c == '%') {
            int high = end - at >= 2 ? hex_value(at[0]) : -1;
            int low = end - at >= 2 ? hex_value(at[1]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = high << 4 | low;
            at += 2;
        }
        if (c == '\0' || length + 1 >= PATH_CAPACITY) {
            return false;
        }
        path[length++] = (char)c;
    }
    path[length] = '\0';
    return true;
}

/* Opens one step below `folder`, which is closed. A name that begins with a dot is "..", "." or
 * hidden. */
static int step(int folder, const char *name, int flags)
{
    int fd = name[0] == '.' ? -1 : openat(folder, name, flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC
        | O_NONBLOCK);
    (void)close(folder);
    return fd;
}

/* A regular file below `root`, or -1. */
static int open_below(int root, char path[PATH_CAPACITY], struct stat *status, const char **name)
{
    int fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
    char *at = path;
    *name = "index.html";
    for (unsigned i = 0; fd >= 0; i++) {
        at += strspn(at, "/");
        size_t length = strcspn(at, "/");
        if (length == 0 || i == SEGMENTS_MAX) {
            break;
        }
        bool last = at[length] == '\0';
        at[length] = '\0';
        *name = at;
        fd = step(fd, at, last ? 0 : O_DIRECTORY);
        at += length + (last ? 0 : 1);
    }
    if (fd >= 0 && fstat(fd, status) == 0 && S_ISDIR(status->st_mode)) {
        *name = "index.html";
        fd = step(fd, *name, 0);
    }
    if (fd >= 0 && (fstat(fd, status) != 0 || !S_ISREG(status->st_mode))) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static const char *media_type(const char *name)
{
    static const struct {
        const char *suffix;
        const char *type;
    } types[] = { { ".html", "text/html; charset=utf-8" }, { ".txt", "text/plain; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" },
        { ".json", "application/json" }, { ".svg", "image/svg+xml" }, { ".png", "image/png" },
        { ".jpg", "image/jpeg" }, { ".gif", "image/gif" }, { ".ico", "image/x-icon" },
        { ".pem", "application/x-pem-file" }, { ".pdf", "application/pdf" } };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].suffix, dot) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

void respond_file(struct response *response, const struct request *request, int root)
{
    char path[PATH_CAPACITY];
    const char *name = "";
    struct stat status;
    if (!is_allowed(request)) {
        respond_error(response, "405 Method Not Allowed", false);
        return;
    }
    if (!request_path(request, path)) {
        respond_error(response, "400 Bad Request", is_head(request));
        return;
    }
    int fd = open_below(root, path, &status, &name);
    if (fd < 0) {
        respond_error(response, "404 Not Found", is_head(request));
        return;
    }
    put_head(response, "200 OK", media_type(name), (uint64_t)status.st_size);
    if (is_head(request)) {
        (void)close(fd);
    } else {
        response->file = fd;
        response->file_left = (uint64_t)status.st_size;
    }
}

size_t response_take(struct response *response, uint8_t *out, size_t capacity)
{
    size_t left = response->text.length - response->sent;
    if (left > 0) {
        size_t count = left < capacity ? left : capacity;
        memcpy(out, response->text.data + response->sent, count);
        response->sent += count;
        return count;
    }
    if (response->file < 0 || response->file_left == 0) {
        return 0;
    }
    size_t wanted = response->file_left < capacity ? (size_t)response->file_left : capacity;
    ssize_t got = read(response->file, out, wanted);
    if (got <= 0) {
        response->file_left = 0; /* the file shrank: the length told before shows it */
        return 0;
    }
    response->file_left -= (uint64_t)got;
    return (size_t)got;
}
