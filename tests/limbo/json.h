/* A small, strict JSON reader (RFC 8259) for the suites of test cases. */
#ifndef TESTS_LIMBO_JSON_H
#define TESTS_LIMBO_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY,
    JSON_OBJECT };

/* A value; a member of an object knows its name. Children are linked in their order. */
struct json {
    enum json_type type;
    const char *name; /* NULL: not a member */
    const char *text; /* of a string (UTF-8, terminated) or a number */
    struct json *first;
    struct json *last;
    struct json *next;
    struct json *parent;
};

struct json_document;

/* Parses `text` in place (strings are decoded within it), which must outlive the document. NULL:
 * `why` says what is wrong and where. */
struct json_document *json_parse(char *text, size_t length, char why[128]);
const struct json *json_root(const struct json_document *document);
void json_free(struct json_document *document);

/* A member; NULL: none, or not an object. */
const struct json *json_get(const struct json *object, const char *name);
/* A member's string; NULL: none, or not a string. */
const char *json_text(const struct json *object, const char *name);

#endif
