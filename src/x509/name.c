/* Names: see name.h. RFC 5280, 4.1.2.4, 4.2.1.6 and 7.1; RFC 4514 (words); RFC 5952 (IPv6 texts).
 * Invariant: the walkers run only over names that name_read has accepted, so they cannot fail. */
#include "x509/name.h"

#include <stdio.h>
#include <string.h>

#include "x509/certificate.h"

bool name_read(hf_reader *r, const char *field, hf_bytes *name, struct hf_error *error)
{
    struct der_element whole;
    TRY(der_get(r, DER_SEQUENCE, field, &whole, error));
    hf_reader sets = reader_within(r, whole.contents);
    while (!reader_done(&sets)) {
        hf_reader set;
        TRY(der_enter(&sets, DER_SET, field, &set, error));
        do { /* a set is never empty: an empty one fails here */
            hf_reader pair;
            hf_bytes type;
            struct der_element value;
            TRY(der_enter(&set, DER_SEQUENCE, field, &pair, error));
            TRY(der_oid(&pair, field, &type, error));
            TRY(der_any(&pair, field, &value, error));
            TRY(der_end(&pair, field, error));
        } while (!reader_done(&set));
    }
    *name = whole.whole;
    return true;
}

void name_begin(struct name_walk *walk, hf_bytes name)
{
    hf_reader r = reader_of_bytes(name);
    walk->set = reader_of(NULL, 0);
    walk->sets = walk->set;
    struct der_element whole;
    if (der_get(&r, DER_SEQUENCE, "", &whole, NULL)) {
        walk->sets = reader_of_bytes(whole.contents);
    }
}

bool name_next(struct name_walk *walk, struct attribute *attribute)
{
    attribute->starts_set = reader_done(&walk->set);
    if (attribute->starts_set) {
        TRY(!reader_done(&walk->sets));
        TRY(der_enter(&walk->sets, DER_SET, "", &walk->set, NULL));
    }
    hf_reader pair;
    struct der_element value;
    TRY(der_enter(&walk->set, DER_SEQUENCE, "", &pair, NULL));
    TRY(der_oid(&pair, "", &attribute->type, NULL));
    TRY(der_any(&pair, "", &value, NULL));
    attribute->tag = value.tag;
    attribute->value = value.contents;
    return true;
}

bool name_is_empty(hf_bytes name)
{
    return name.length <= 2;
}

static bool is_folded(uint8_t tag)
{
    return tag == DER_PRINTABLE_STRING || tag == DER_UTF8_STRING || tag == DER_IA5_STRING;
}

/* The next character of a string as it compares (RFC 4518, 2.6.1): -1 at its end. */
static int next_folded(hf_bytes *s, bool first)
{
    bool space = false;
    while (s->length > 0 && s->data[0] == ' ') {
        *s = bytes_of(s->data + 1, s->length - 1);
        space = true;
    }
    if (s->length == 0) {
        return -1;
    }
    if (space && !first) {
        return ' ';
    }
    int c = s->data[0];
    *s = bytes_of(s->data + 1, s->length - 1);
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool attribute_equal(const struct attribute *a, const struct attribute *b)
{
    if (a->starts_set != b->starts_set || !bytes_equal_public(a->type, b->type)) {
        return false;
    }
    if (!is_folded(a->tag) || !is_folded(b->tag)) {
        return a->tag == b->tag && bytes_equal_public(a->value, b->value);
    }
    hf_bytes left = a->value;
    hf_bytes right = b->value;
    bool first = true;
    for (;;) {
        int c = next_folded(&left, first);
        if (c != next_folded(&right, first)) {
            return false;
        }
        if (c < 0) {
            return true;
        }
        first = false;
    }
}

/* Whether every attribute of `base` stands in `name` at its place. */
static bool has_prefix(struct name_walk *walk, hf_bytes base)
{
    struct name_walk base_walk;
    struct attribute a;
    struct attribute b;
    name_begin(&base_walk, base);
    while (name_next(&base_walk, &b)) {
        if (!name_next(walk, &a) || !attribute_equal(&a, &b)) {
            return false;
        }
    }
    return true;
}

bool name_equal(hf_bytes a, hf_bytes b)
{
    if (bytes_equal_public(a, b)) {
        return true;
    }
    struct name_walk walk;
    name_begin(&walk, a);
    return has_prefix(&walk, b) && reader_done(&walk.set) && reader_done(&walk.sets);
}

bool name_within(hf_bytes name, hf_bytes base)
{
    struct name_walk walk;
    name_begin(&walk, name);
    return has_prefix(&walk, base) && reader_done(&walk.set);
}

/* FNV-1a: the store is the user's own, so nobody can flood a bucket. */
static void mix(uint32_t *hash, int byte)
{
    *hash = (*hash ^ (uint32_t)byte) * 16777619u;
}

uint32_t name_hash(hf_bytes name)
{
    uint32_t hash = 2166136261u;
    struct name_walk walk;
    struct attribute a;
    name_begin(&walk, name);
    while (name_next(&walk, &a)) {
        for (size_t i = 0; i < a.type.length; i++) {
            mix(&hash, a.type.data[i]);
        }
        bool first = true;
        while (is_folded(a.tag)) {
            int c = next_folded(&a.value, first);
            if (c < 0) {
                break;
            }
            mix(&hash, c);
            first = false;
        }
        for (size_t i = 0; !is_folded(a.tag) && i < a.value.length; i++) {
            mix(&hash, a.value.data[i]);
        }
    }
    return hash;
}

bool name_attribute(hf_bytes name, hf_bytes type, hf_bytes *value)
{
    bool found = false;
    struct name_walk walk;
    struct attribute a;
    name_begin(&walk, name);
    while (name_next(&walk, &a)) {
        if (bytes_equal_public(a.type, type)) {
            *value = a.value;
            found = true;
        }
    }
    return found;
}

/* ---- Words ---- */

/* The length of the UTF-8 character at the front, or 0 where it is not one (RFC 3629, 4). */
static size_t utf8_length(hf_bytes s, uint32_t *point)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t lead = s.data[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 :
        lead < 0xf5 ? 4 : 0;
    if (length == 0 || length > s.length) {
        return 0;
    }
    *point = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s.data[i] & 0xc0) != 0x80) {
            return 0;
        }
        *point = *point << 6 | (s.data[i] & 0x3fu);
    }
    bool good = *point >= least[length] && *point <= 0x10ffff &&
        !(*point >= 0xd800 && *point <= 0xdfff);
    return good ? length : 0;
}

/* Characters that a terminal obeys or hides instead of showing. */
static bool is_unsafe(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad ||
        (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
        (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
        (point >= 0xe0000 && point < 0xe0080);
}

/* All of `piece` or nothing. False: it did not fit. */
static bool append_whole(char *text, size_t capacity, const void *piece, size_t length)
{
    size_t used = strnlen(text, capacity);
    if (used + length >= capacity) {
        return false;
    }
    memcpy(text + used, piece, length);
    text[used + length] = '\0';
    return true;
}

void text_append_safe(char *text, size_t capacity, hf_bytes bytes)
{
    bool fits = true;
    while (fits && bytes.length > 0) {
        uint32_t point = 0;
        size_t length = utf8_length(bytes, &point);
        if (length > 0 && !is_unsafe(point)) {
            fits = append_whole(text, capacity, bytes.data, length);
        } else {
            length = length > 0 ? length : 1;
            for (size_t i = 0; fits && i < length; i++) {
                char escape[5];
                (void)snprintf(escape, sizeof escape, "\\x%02x", bytes.data[i]);
                fits = append_whole(text, capacity, escape, 4);
            }
        }
        bytes = bytes_of(bytes.data + length, bytes.length - length);
    }
}

/* A BMPString's or T61String's character as UTF-8. */
static void append_point(char *text, size_t capacity, unsigned point)
{
    uint8_t utf8[3] = { (uint8_t)point };
    size_t length = 1;
    if (point >= 0x800) {
        utf8[0] = (uint8_t)(0xe0 | point >> 12);
        utf8[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
        utf8[2] = (uint8_t)(0x80 | (point & 0x3f));
        length = 3;
    } else if (point >= 0x80) {
        utf8[0] = (uint8_t)(0xc0 | point >> 6);
        utf8[1] = (uint8_t)(0x80 | (point & 0x3f));
        length = 2;
    }
    text_append_safe(text, capacity, bytes_of(utf8, length));
}

static void append_value(char *text, size_t capacity, const struct attribute *a)
{
    hf_bytes v = a->value;
    if (a->tag == DER_BMP_STRING) {
        for (size_t i = 0; i + 1 < v.length; i += 2) {
            append_point(text, capacity, (unsigned)(v.data[i] << 8 | v.data[i + 1]));
        }
        return;
    }
    for (size_t i = 0; i < v.length;) {
        /* RFC 4514, 2.4: what would end the value is escaped. */
        size_t run = 0;
        while (i + run < v.length && strchr(",+\\", v.data[i + run]) == NULL) {
            run++;
        }
        text_append_safe(text, capacity, bytes_of(v.data + i, run));
        i += run;
        if (i < v.length && v.data[i] != '\0') {
            char escaped[2] = { '\\', (char)v.data[i] };
            (void)append_whole(text, capacity, escaped, 2);
            i++;
        } else if (i < v.length) {
            text_append_safe(text, capacity, bytes_of(v.data + i, 1));
            i++;
        }
    }
}

/* RFC 4514, 3, and those that are seen in certificates. */
static const char *attribute_name(hf_bytes type)
{
    static const struct {
        uint8_t last;
        const char *name;
    } short_names[] = { { 3, "CN" }, { 4, "SN" }, { 5, "serialNumber" }, { 6, "C" }, { 7, "L" },
        { 8, "ST" }, { 9, "street" }, { 10, "O" }, { 11, "OU" }, { 12, "title" },
        { 15, "businessCategory" }, { 17, "postalCode" }, { 42, "GN" }, { 46, "dnQualifier" },
        { 97, "organizationIdentifier" } };
    if (type.length == 3 && type.data[0] == 0x55 && type.data[1] == 0x04) {
        for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++) {
            if (short_names[i].last == type.data[2]) {
                return short_names[i].name;
            }
        }
    }
    if (bytes_equal_public(type, OID_EMAIL_ADDRESS)) {
        return "emailAddress";
    }
    if (bytes_equal_public(type, OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"))) {
        return "DC";
    }
    if (bytes_equal_public(type, OID("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"))) {
        return "UID";
    }
    return NULL;
}

void name_text(hf_bytes name, char *text, size_t capacity)
{
    struct name_walk walk;
    struct attribute a;
    text[0] = '\0';
    name_begin(&walk, name);
    for (bool first = true; name_next(&walk, &a); first = false) {
        char oid[64];
        const char *type = attribute_name(a.type);
        if (type == NULL) {
            der_oid_text(a.type, oid, sizeof oid);
            type = oid;
        }
        const char *before = first ? "" : a.starts_set ? ", " : "+";
        char head[80];
        int length = snprintf(head, sizeof head, "%s%s=", before, type);
        if (!append_whole(text, capacity, head, (size_t)length)) {
            return;
        }
        append_value(text, capacity, &a);
    }
}

void name_short(hf_bytes name, char *text, size_t capacity)
{
    struct name_walk walk;
    struct attribute a;
    bool have_name = false;
    text[0] = '\0';
    name_begin(&walk, name);
    while (name_next(&walk, &a)) {
        bool common = bytes_equal_public(a.type, OID_COMMON_NAME);
        if (common || (!have_name && bytes_equal_public(a.type, OID("\x55\x04\x0a")))) {
            text[0] = '\0';
            append_value(text, capacity, &a);
            have_name = common;
        }
    }
    if (text[0] == '\0') {
        name_text(name, text, capacity);
    }
    if (text[0] == '\0') {
        text_append(text, capacity, "(no name)");
    }
}
