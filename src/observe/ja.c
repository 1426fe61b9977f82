/* JA3, JA3S and JA4 of hellos: see ja.h.
 *
 * JA3:  MD5 of "version,suites,extensions,groups,point formats", numbers in decimal joined by
 * '-', GREASE (RFC 8701) left out, in the order sent. JA3S: "version,suite,extensions".
 * JA4: a_b_c. a: 't', highest version, 'd' or 'i' (SNI or none), counts of suites and extensions,
 * first and last character of the first ALPN name. b: SHA-256 of the sorted suites. c: SHA-256
 * of the sorted extensions without SNI and ALPN, and the signature schemes as sent. Both cut at
 * 12 digits. */
#include "observe/ja.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/provider.h"
#include "observe/text.h"
#include "wire/codepoints.h"
#include "wire/extensions.h"
#include "wire/hello.h"

enum { EXTENSIONS_MAX = 1024 };

/* What the fingerprints are made of. */
struct parts {
    struct client_hello hello;
    uint16_t extensions[EXTENSIONS_MAX];
    size_t extension_count;
    hf_bytes groups;    /* contents of each list, empty when absent */
    hf_bytes formats;
    hf_bytes schemes;
    hf_bytes versions;
    hf_bytes alpn;      /* the first name */
    bool has_name;
};

static hf_bytes list16(hf_reader body)
{
    hf_bytes list = { NULL, 0 };
    (void)read_vector16(&body, &list);
    return list;
}

static hf_bytes list8(hf_reader body)
{
    hf_bytes list = { NULL, 0 };
    (void)read_vector8(&body, &list);
    return list;
}

static void note_extension(struct parts *parts, const struct extension *extension)
{
    if (extension->type == EXT_SUPPORTED_GROUPS) {
        parts->groups = list16(extension->body);
    } else if (extension->type == EXT_EC_POINT_FORMATS) {
        parts->formats = list8(extension->body);
    } else if (extension->type == EXT_SIGNATURE_ALGORITHMS) {
        parts->schemes = list16(extension->body);
    } else if (extension->type == EXT_SUPPORTED_VERSIONS) {
        parts->versions = list8(extension->body);
    } else if (extension->type == EXT_ALPN) {
        parts->alpn = list8(reader_of_bytes(list16(extension->body)));
    } else if (extension->type == EXT_SERVER_NAME) {
        parts->has_name = true;
    }
}

static bool read_extensions(struct parts *parts, hf_bytes block)
{
    hf_reader list = reader_of_bytes(block);
    struct extension extension;
    struct hf_error ignored;
    error_clear(&ignored);
    int found;
    while ((found = extension_next(&list, &extension, &ignored)) == 1) {
        if (parts->extension_count == EXTENSIONS_MAX) {
            return false;
        }
        parts->extensions[parts->extension_count++] = extension.type;
        note_extension(parts, &extension);
    }
    return found == 0;
}

/* The body of a whole message of this type. */
static bool open_message(hf_bytes message, uint8_t type, hf_reader *body)
{
    hf_reader r = reader_of_bytes(message);
    uint8_t found;
    hf_bytes bytes;
    TRY(read_u8(&r, &found) && found == type && read_vector24(&r, &bytes) && reader_done(&r));
    *body = reader_of_bytes(bytes);
    return true;
}

static bool parse_client(hf_bytes message, struct parts *parts)
{
    struct hf_error ignored;
    hf_reader body;
    error_clear(&ignored);
    memset(parts, 0, sizeof *parts);
    return open_message(message, TYPE_CLIENT_HELLO, &body)
        && client_hello_parse(&body, &parts->hello, &ignored)
        && read_extensions(parts, parts->hello.extensions);
}

/* ---- JA3 ---- */

static void put_decimal(struct text *text, uint16_t value)
{
    bool first = text->length == 0 || text->data[text->length - 1] == ',';
    text_putf(text, "%s%u", first ? "" : "-", value);
}

static void put_list(struct text *text, hf_bytes list)
{
    hf_reader r = reader_of_bytes(list);
    uint16_t value;
    while (read_u16(&r, &value)) {
        if (!is_grease(value)) {
            put_decimal(text, value);
        }
    }
}

static void put_extensions(struct text *text, const struct parts *parts)
{
    for (size_t i = 0; i < parts->extension_count; i++) {
        if (!is_grease(parts->extensions[i])) {
            put_decimal(text, parts->extensions[i]);
        }
    }
}

static bool md5_text(struct text *text, char out[JA3_TEXT])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    out[0] = '\0';
    bool ok = !text->failed
        && EVP_Digest(text_string(text), text->length, digest, &length, EVP_md5(), NULL) == 1
        && length == 16;
    for (size_t i = 0; ok && i < length; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
    text_free(text);
    return ok;
}

bool ja3_client(hf_bytes client_hello, char text[JA3_TEXT])
{
    struct parts parts;
    text[0] = '\0';
    TRY(parse_client(client_hello, &parts));
    struct text fields = { 0 };
    text_putf(&fields, "%u,", parts.hello.legacy_version);
    put_list(&fields, parts.hello.cipher_suites);
    text_put(&fields, ",");
    put_extensions(&fields, &parts);
    text_put(&fields, ",");
    put_list(&fields, parts.groups);
    text_put(&fields, ",");
    for (size_t i = 0; i < parts.formats.length; i++) {
        put_decimal(&fields, parts.formats.data[i]);
    }
    return md5_text(&fields, text);
}

bool ja3_server(hf_bytes server_hello, char text[JA3_TEXT])
{
    struct server_hello hello;
    struct parts parts;
    struct hf_error ignored;
    memset(&parts, 0, sizeof parts);
    error_clear(&ignored);
    text[0] = '\0';
    hf_reader body;
    TRY(open_message(server_hello, TYPE_SERVER_HELLO, &body));
    TRY(server_hello_parse(&body, &hello, &ignored));
    TRY(read_extensions(&parts, hello.extensions));
    struct text fields = { 0 };
    text_putf(&fields, "%u,%u,", hello.legacy_version, hello.cipher_suite);
    put_extensions(&fields, &parts);
    return md5_text(&fields, text);
}

/* ---- JA4 ---- */

static int compare_codes(const void *a, const void *b)
{
    const uint16_t *x = a;
    const uint16_t *y = b;
    return (*x > *y) - (*x < *y);
}

static void put_hex_codes(struct text *text, const uint16_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_putf(text, "%s%04x", i == 0 ? "" : ",", codes[i]);
    }
}

/* The first 12 digits of the SHA-256; zeros for nothing. */
static bool sha256_cut(struct text *text, char out[13])
{
    const struct hash *hash = provider_openssl.hash(HASH_SHA256);
    bool ok = !text->failed && hash != NULL;
    if (ok && text->length > 0) {
        uint8_t digest[HASH_SIZE_MAX];
        struct hash_state state;
        hash->init(&state);
        hash->update(&state, (const uint8_t *)text->data, text->length);
        hash->finish(&state, digest);
        for (size_t i = 0; i < 6; i++) {
            (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
        }
    } else {
        (void)snprintf(out, 13, "000000000000");
    }
    text_free(text);
    return ok;
}

static const char *version_mark(const struct parts *parts)
{
    uint16_t best = 0;
    hf_reader r = reader_of_bytes(parts->versions);
    uint16_t version;
    while (read_u16(&r, &version)) {
        if (!is_grease(version) && version > best) {
            best = version;
        }
    }
    best = best == 0 ? parts->hello.legacy_version : best;
    static const struct {
        uint16_t version;
        char mark[3];
    } marks[] = { { VERSION_TLS13, "13" }, { VERSION_TLS12, "12" }, { VERSION_TLS11, "11" },
        { VERSION_TLS10, "10" }, { 0x0300, "s3" }, { 0x0002, "s2" } };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (marks[i].version == best) {
            return marks[i].mark;
        }
    }
    return "00";
}

static bool is_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The first and last character of the first name; of its hex digits where they are not plain. */
static void alpn_mark(hf_bytes name, char mark[3])
{
    static const char digits[] = "0123456789abcdef";
    mark[0] = mark[1] = '0';
    mark[2] = '\0';
    if (name.length == 0) {
        return;
    }
    uint8_t first = name.data[0];
    uint8_t last = name.data[name.length - 1];
    bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    mark[0] = plain ? (char)first : digits[first >> 4];
    mark[1] = plain ? (char)last : digits[last & 15];
}

/* b and the count of suites. */
static bool suites_mark(const struct parts *parts, size_t *count, char cut[13])
{
    size_t length = parts->hello.cipher_suites.length;
    uint16_t *codes = malloc(length + 1);
    TRY(codes != NULL);
    hf_reader r = reader_of_bytes(parts->hello.cipher_suites);
    size_t n = 0;
    uint16_t code;
    while (read_u16(&r, &code)) {
        if (!is_grease(code)) {
            codes[n++] = code;
        }
    }
    qsort(codes, n, sizeof *codes, compare_codes);
    struct text text = { 0 };
    put_hex_codes(&text, codes, n);
    free(codes);
    *count = n;
    return sha256_cut(&text, cut);
}

/* c and the count of extensions. */
static bool extensions_mark(const struct parts *parts, size_t *count, char cut[13])
{
    uint16_t codes[EXTENSIONS_MAX];
    size_t n = 0;
    *count = 0;
    for (size_t i = 0; i < parts->extension_count; i++) {
        uint16_t code = parts->extensions[i];
        if (is_grease(code)) {
            continue;
        }
        ++*count;
        if (code != EXT_SERVER_NAME && code != EXT_ALPN) {
            codes[n++] = code;
        }
    }
    qsort(codes, n, sizeof *codes, compare_codes);
    struct text text = { 0 };
    put_hex_codes(&text, codes, n);
    hf_reader r = reader_of_bytes(parts->schemes);
    uint16_t scheme;
    bool first = true;
    while (n > 0 && read_u16(&r, &scheme)) {
        if (!is_grease(scheme)) {
            text_putf(&text, "%s%04x", first ? "_" : ",", scheme);
            first = false;
        }
    }
    return sha256_cut(&text, cut);
}

bool ja4_client(hf_bytes client_hello, char text[JA4_TEXT])
{
    struct parts parts;
    char alpn[3];
    char suites[13];
    char extensions[13];
    size_t suite_count = 0;
    size_t extension_count = 0;
    text[0] = '\0';
    TRY(parse_client(client_hello, &parts));
    TRY(suites_mark(&parts, &suite_count, suites));
    TRY(extensions_mark(&parts, &extension_count, extensions));
    alpn_mark(parts.alpn, alpn);
    unsigned shown_suites = suite_count > 99 ? 99 : (unsigned)suite_count;
    unsigned shown_extensions = extension_count > 99 ? 99 : (unsigned)extension_count;
    (void)snprintf(text, JA4_TEXT, "t%s%c%02u%02u%s_%s_%s", version_mark(&parts),
        parts.has_name ? 'd' : 'i', shown_suites, shown_extensions, alpn, suites, extensions);
    return true;
}
