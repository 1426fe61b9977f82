/* A small JSON writer (RFC 8259). It puts commas, escapes strings, and turns bytes that are no
 * UTF-8 into U+FFFD, so that its output is always valid. `key` is NULL inside an array. */
#ifndef OBSERVE_JSON_H
#define OBSERVE_JSON_H

#include "observe/text.h"

enum { JSON_DEPTH_MAX = 12 };

struct json {
    struct text *out;
    bool pretty;                       /* lines and indents, else one line */
    unsigned depth;
    char closing[JSON_DEPTH_MAX];      /* '}' or ']' of each open level */
    bool has_members[JSON_DEPTH_MAX + 1];
};

void json_begin(struct json *json, struct text *out, bool pretty);
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
/* Ends the innermost object or array. */
void json_end(struct json *json);

void json_string(struct json *json, const char *key, const char *value); /* NULL: null */
void json_string_bytes(struct json *json, const char *key, hf_bytes value);
/* The same, but an empty string is null: "" stands for "not known" in hf_error. */
void json_word(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_hex(struct json *json, const char *key, hf_bytes value);
void json_base64(struct json *json, const char *key, hf_bytes value);
/* A document that this writer made before, with a newline at its end; NULL: null. */
void json_document(struct json *json, const char *key, const char *document);

#endif
