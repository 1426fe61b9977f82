/* A small JSON writer: see json.h. RFC 8259. */
#include "observe/json.h"

#include <assert.h>
#include <string.h>

void json_begin(struct json *json, struct text *out, bool pretty)
{
    memset(json, 0, sizeof *json);
    json->out = out;
    json->pretty = pretty;
}

static void put_line(struct json *json)
{
    if (json->pretty) {
        text_put(json->out, "\n");
        for (unsigned i = 0; i < json->depth; i++) {
            text_put(json->out, "  ");
        }
    }
}

static void put_escaped(struct json *json, const uint8_t *data, size_t length)
{
    text_put(json->out, "\"");
    size_t at = 0;
    while (at < length) {
        size_t run = utf8_length(data + at, length - at);
        /* RFC 8259, 7: quotation mark, reverse solidus and controls are escaped. DEL is no control
         * to JSON, but to a terminal. */
        if (run == 0) {
            text_put(json->out, "\\ufffd");
            at++;
        } else if (run == 1 && (data[at] == '\n' || data[at] == '\t')) {
            text_put(json->out, data[at] == '\n' ? "\\n" : "\\t");
            at++;
        } else if (run == 1 && (data[at] < 0x20 || data[at] == 0x7f)) {
            text_putf(json->out, "\\u%04x", data[at]);
            at++;
        } else if (run == 1 && (data[at] == '"' || data[at] == '\\')) {
            text_putf(json->out, "\\%c", data[at]);
            at++;
        } else {
            text_put_bytes(json->out, (const char *)data + at, run);
            at += run;
        }
    }
    text_put(json->out, "\"");
}

static void put_key(struct json *json, const char *key)
{
    if (json->has_members[json->depth]) {
        text_put(json->out, json->pretty ? "," : ", ");
    }
    if (json->depth > 0) {
        put_line(json);
    }
    json->has_members[json->depth] = true;
    if (key != NULL) {
        put_escaped(json, (const uint8_t *)key, strlen(key));
        text_put(json->out, ": ");
    }
}

static void open_level(struct json *json, const char *key, const char *opening, char closing)
{
    put_key(json, key);
    assert(json->depth < JSON_DEPTH_MAX);
    text_put(json->out, opening);
    json->closing[json->depth++] = closing;
    json->has_members[json->depth] = false;
}

void json_object(struct json *json, const char *key)
{
    open_level(json, key, "{", '}');
}

void json_array(struct json *json, const char *key)
{
    open_level(json, key, "[", ']');
}

void json_end(struct json *json)
{
    assert(json->depth > 0);
    bool had_members = json->has_members[json->depth];
    json->depth--;
    if (had_members) {
        put_line(json);
    }
    text_put_bytes(json->out, &json->closing[json->depth], 1);
}

void json_string_bytes(struct json *json, const char *key, hf_bytes value)
{
    put_key(json, key);
    put_escaped(json, value.data, value.length);
}

void json_string(struct json *json, const char *key, const char *value)
{
    if (value == NULL) {
        json_null(json, key);
    } else {
        json_string_bytes(json, key, bytes_of(value, strlen(value)));
    }
}

void json_word(struct json *json, const char *key, const char *value)
{
    json_string(json, key, value != NULL && value[0] == '\0' ? NULL : value);
}

void json_number(struct json *json, const char *key, int64_t value)
{
    put_key(json, key);
    text_putf(json->out, "%lld", (long long)value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    put_key(json, key);
    text_put(json->out, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
    put_key(json, key);
    text_put(json->out, "null");
}

void json_hex(struct json *json, const char *key, hf_bytes value)
{
    put_key(json, key);
    text_put(json->out, "\"");
    text_put_hex(json->out, value);
    text_put(json->out, "\"");
}

void json_base64(struct json *json, const char *key, hf_bytes value)
{
    put_key(json, key);
    text_put(json->out, "\"");
    text_put_base64(json->out, value);
    text_put(json->out, "\"");
}

void json_document(struct json *json, const char *key, const char *document)
{
    if (document == NULL) {
        json_null(json, key);
        return;
    }
    put_key(json, key);
    for (const char *line = document; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (line > document) {
            put_line(json);
        }
        text_put_bytes(json->out, line, length);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
}
