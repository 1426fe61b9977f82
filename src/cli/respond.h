/* Small HTTP/1.1 answers for `serve`: one request a connection, GET and HEAD only. */
#ifndef CLI_RESPOND_H
#define CLI_RESPOND_H

#include "observe/text.h"

enum { REQUEST_MAX = 8192 };

struct request {
    char text[REQUEST_MAX];
    size_t length;
};

struct response {
    struct text text;   /* head, and the body where it is no file */
    size_t sent;
    int file;           /* -1: none */
    uint64_t file_left;
};

enum request_state { REQUEST_PARTIAL, REQUEST_WHOLE, REQUEST_TOO_LONG };

/* Adds bytes until the empty line that ends the head. */
enum request_state request_add(struct request *request, const uint8_t *data, size_t length);

/* "GET /path", for the log; cut at capacity. */
void request_line(const struct request *request, char *line, size_t capacity);

/* A text body for any GET or HEAD; else 405. */
void respond_text(struct response *response, const struct request *request, const char *body);

/* A file below `root` (a descriptor of the folder). Neither "..", nor hidden names, nor symbolic
 * links are followed, so nothing outside can be reached. */
void respond_file(struct response *response, const struct request *request, int root);

/* An error page: "431 Request Header Fields Too Large". */
void respond_error(struct response *response, const char *status, bool head_only);

/* Up to `capacity` bytes to send; 0: that was all. */
size_t response_take(struct response *response, uint8_t *out, size_t capacity);

void response_begin(struct response *response);
void response_end(struct response *response);

#endif
