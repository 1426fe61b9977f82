/* JSON: see json.h. RFC 8259, strictly: no comments, no trailing commas, no control characters in
 * strings, escapes and surrogates as they should be. The tree is built along `parent`, without
 * recursion. */
#include "json.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, DEPTH_MAX = 64 };

struct block {
    struct block *next;
    size_t used;
    struct json values[BLOCK];
};

struct json_document {
    struct block *blocks;
    struct json *root;
};

struct parser {
    struct json_document *document;
    char *begin;
    char *at;
    char *end;
    char *why;
};

static bool bad(struct parser *p, const char *what)
{
    (void)snprintf(p->why, 128, "%s at byte %zu", what, (size_t)(p->at - p->begin));
    return false;
}

static struct json *value_new(struct json_document *document)
{
    if (document->blocks == NULL || document->blocks->used == BLOCK) {
        struct block *block = calloc(1, sizeof *block);
        if (block == NULL) {
            return NULL;
        }
        block->next = document->blocks;
        document->blocks = block;
    }
    return &document->blocks->values[document->blocks->used++];
}

static void skip_space(struct parser *p)
{
    while (p->at < p->end && memchr(" \t\r\n", *p->at, 4) != NULL) {
        p->at++;
    }
}

static bool take(struct parser *p, char c)
{
    skip_space(p);
    if (p->at < p->end && *p->at == c) {
        p->at++;
        return true;
    }
    return false;
}

static bool hex4(struct parser *p, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        const char *digits = "0123456789abcdef";
        char c = p->at < p->end ? *p->at : '\0';
        const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
        if (at == NULL) {
            return bad(p, "bad \\u");
        }
        *value = *value << 4 | (unsigned)(at - digits);
    }
    return true;
}

static char *put_utf8(char *out, unsigned c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 63));
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    }
    return out;
}

static bool escape(struct parser *p, char **out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (p->at == p->end) {
        return bad(p, "cut off");
    }
    char c = *p->at++;
    const char *at = c != '\0' ? strchr(from, c) : NULL;
    if (at != NULL) {
        *(*out)++ = to[at - from];
        return true;
    }
    unsigned code;
    if (c != 'u' || !hex4(p, &code)) {
        return bad(p, "bad escape");
    }
    if (code >= 0xd800 && code < 0xdc00) {
        unsigned low;
        if (p->end - p->at < 2 || p->at[0] != '\\' || p->at[1] != 'u') {
            return bad(p, "lone surrogate");
        }
        p->at += 2;
        if (!hex4(p, &low) || low < 0xdc00 || low > 0xdfff) {
            return bad(p, "lone surrogate");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if ((code >= 0xdc00 && code < 0xe000) || code == 0) {
        return bad(p, code == 0 ? "NUL in a string" : "lone surrogate");
    }
    *out = put_utf8(*out, code);
    return true;
}

/* Decodes in place: what is decoded is never longer. */
static bool string_parse(struct parser *p, const char **text)
{
    if (!take(p, '"')) {
        return bad(p, "no string");
    }
    char *out = p->at;
    *text = out;
    while (p->at < p->end && *p->at != '"') {
        if ((unsigned char)*p->at < 0x20) {
            return bad(p, "control character in a string");
        }
        if (*p->at != '\\') {
            *out++ = *p->at++;
            continue;
        }
        p->at++;
        if (!escape(p, &out)) {
            return false;
        }
    }
    if (p->at == p->end) {
        return bad(p, "string cut off");
    }
    p->at++;
    *out = '\0';
    return true;
}

static void digits_skip(struct parser *p)
{
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9') {
        p->at++;
    }
}

static bool number_parse(struct parser *p, const char **text)
{
    char *begin = p->at;
    p->at += *p->at == '-' ? 1 : 0;
    char *whole = p->at;
    digits_skip(p);
    if (p->at == whole || (*whole == '0' && p->at - whole > 1)) {
        return bad(p, "bad number");
    }
    for (int part = 0; part < 2 && p->at < p->end; part++) {
        bool fraction = part == 0;
        if (fraction ? *p->at != '.' : (*p->at != 'e' && *p->at != 'E')) {
            continue;
        }
        p->at++;
        if (!fraction && p->at < p->end && (*p->at == '+' || *p->at == '-')) {
            p->at++;
        }
        char *digits = p->at;
        digits_skip(p);
        if (p->at == digits) {
            return bad(p, "bad number");
        }
    }
    /* Moved one byte back, over what came before it, to make room for its end. */
    memmove(begin - 1, begin, (size_t)(p->at - begin));
    p->at[-1] = '\0';
    *text = begin - 1;
    return true;
}

static bool word(struct parser *p, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, text, length) != 0) {
        return false;
    }
    p->at += length;
    return true;
}

/* A value up to the opening of its contents. */
static bool value_begin(struct parser *p, struct json *value)
{
    skip_space(p);
    if (p->at == p->end) {
        return bad(p, "cut off");
    }
    if (*p->at == '{' || *p->at == '[') {
        value->type = *p->at++ == '{' ? JSON_OBJECT : JSON_ARRAY;
        return true;
    }
    if (*p->at == '"') {
        value->type = JSON_STRING;
        return string_parse(p, &value->text);
    }
    if (*p->at == '-' || (*p->at >= '0' && *p->at <= '9')) {
        value->type = JSON_NUMBER;
        return p->at == p->begin ? bad(p, "a bare number") : number_parse(p, &value->text);
    }
    if (word(p, "null") || word(p, "true") || word(p, "false")) {
        char last = p->at[-2]; /* l, u or s */
        value->type = last == 'l' ? JSON_NULL : last == 'u' ? JSON_TRUE : JSON_FALSE;
        return true;
    }
    return bad(p, "no value");
}

/* Adds the next child to a container. */
static bool child_begin(struct parser *p, struct json *container, struct json **child)
{
    struct json *value = value_new(p->document);
    if (value == NULL) {
        return bad(p, "out of memory");
    }
    if (container != NULL && container->type == JSON_OBJECT &&
            (!string_parse(p, &value->name) || !take(p, ':'))) {
        return bad(p, "no member");
    }
    value->parent = container;
    if (container != NULL) {
        *(container->last == NULL ? &container->first : &container->last->next) = value;
        container->last = value;
    }
    *child = value;
    return value_begin(p, value);
}

static bool is_container(const struct json *value)
{
    return value->type == JSON_OBJECT || value->type == JSON_ARRAY;
}

static bool document_parse(struct parser *p)
{
    struct json *open = NULL;
    struct json *value = NULL;
    int depth = 0;
    if (!child_begin(p, NULL, &value)) {
        return false;
    }
    p->document->root = value;
    open = is_container(value) ? value : NULL;
    while (open != NULL) {
        if (take(p, open->type == JSON_OBJECT ? '}' : ']')) {
            open = open->parent;
            depth--;
            continue;
        }
        if (open->first != NULL && !take(p, ',')) {
            return bad(p, "no comma");
        }
        if (!child_begin(p, open, &value)) {
            return false;
        }
        if (is_container(value)) {
            open = value;
            if (++depth > DEPTH_MAX) {
                return bad(p, "nested too deeply");
            }
        }
    }
    skip_space(p);
    return p->at == p->end || bad(p, "something after the value");
}

struct json_document *json_parse(char *text, size_t length, char why[128])
{
    struct json_document *document = calloc(1, sizeof *document);
    struct parser p = { document, text, text, text + length, why };
    why[0] = '\0';
    if (document == NULL) {
        (void)bad(&p, "out of memory");
        return NULL;
    }
    if (!document_parse(&p)) {
        json_free(document);
        return NULL;
    }
    return document;
}

const struct json *json_root(const struct json_document *document)
{
    return document->root;
}

void json_free(struct json_document *document)
{
    while (document != NULL && document->blocks != NULL) {
        struct block *block = document->blocks;
        document->blocks = block->next;
        free(block);
    }
    free(document);
}

const struct json *json_get(const struct json *object, const char *name)
{
    const struct json *found = NULL;
    if (object == NULL || object->type != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json *v = object->first; v != NULL && found == NULL; v = v->next) {
        found = strcmp(v->name, name) == 0 ? v : NULL;
    }
    return found;
}

const char *json_text(const struct json *object, const char *name)
{
    const struct json *value = json_get(object, name);
    return value != NULL && value->type == JSON_STRING ? value->text : NULL;
}
