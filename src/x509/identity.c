/* Identities: see identity.h. RFC 9525, 6 (matching), 6.3 (DNS names and wildcards), 2 (CN is
 * never matched); RFC 4291, 2.2 and RFC 3986, 3.2.2 (texts of
 * addresses). International names: idn.h. */
#include "x509/identity.h"

#include <stdio.h>
#include <string.h>

#include "x509/idn.h"
#include "x509/name.h"

enum { LABEL_MAX = 63, DNS_MAX = 253 };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* ---- Addresses ---- */

/* RFC 3986, 3.2.2: four numbers without leading zeros. */
static bool parse_ipv4(hf_bytes text, uint8_t *out)
{
    size_t i = 0;
    for (size_t part = 0; part < 4; part++) {
        unsigned value = 0;
        size_t digits = 0;
        if (part > 0 && (i >= text.length || text.data[i++] != '.')) {
            return false;
        }
        while (i < text.length && text.data[i] >= '0' && text.data[i] <= '9' && digits < 4) {
            value = value * 10 + (unsigned)(text.data[i++] - '0');
            digits++;
        }
        if (digits == 0 || digits > 3 || value > 255 ||
                (digits > 1 && text.data[i - digits] == '0')) {
            return false;
        }
        out[part] = (uint8_t)value;
    }
    return i == text.length;
}

static int hex_value(uint8_t c)
{
    c = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to four hexadecimal digits; the number of them. */
static size_t parse_word(hf_bytes text, size_t at, unsigned *value)
{
    size_t digits = 0;
    *value = 0;
    while (digits < 4 && at + digits < text.length && hex_value(text.data[at + digits]) >= 0) {
        *value = *value << 4 | (unsigned)hex_value(text.data[at + digits]);
        digits++;
    }
    return digits;
}

/* RFC 4291, 2.2, its three forms. */
static bool parse_ipv6(hf_bytes text, uint8_t *out)
{
    uint8_t bytes[16] = { 0 };
    size_t length = 0;
    size_t gap = SIZE_MAX; /* where "::" stands */
    size_t i = 0;
    if (text.length >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        gap = 0;
        i = 2;
    }
    while (i < text.length) {
        unsigned value;
        size_t digits = parse_word(text, i, &value);
        if (i + digits < text.length && text.data[i + digits] == '.') {
            if (length > 12 || !parse_ipv4(bytes_of(text.data + i, text.length - i),
                    bytes + length)) {
                return false;
            }
            length += 4;
            break;
        }
        if (digits == 0 || length == 16) {
            return false;
        }
        bytes[length++] = (uint8_t)(value >> 8);
        bytes[length++] = (uint8_t)value;
        i += digits;
        if (i == text.length) {
            break;
        }
        if (text.data[i++] != ':' || i == text.length) {
            return false;
        }
        if (text.data[i] == ':') {
            if (gap != SIZE_MAX) {
                return false;
            }
            gap = length;
            i++;
        }
    }
    if (gap == SIZE_MAX ? length != 16 : length > 14) {
        return false;
    }
    gap = gap == SIZE_MAX ? length : gap;
    memset(out, 0, 16);
    memcpy(out, bytes, gap);
    memcpy(out + 16 - (length - gap), bytes + gap, length - gap);
    return true;
}

/* ---- Names ---- */

/* Labels of 1 to 63 letters, digits, '-' and '_', joined by dots. */
static bool labels_valid(hf_bytes name)
{
    size_t label = 0;
    if (name.length == 0 || name.length > DNS_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.length; i++) {
        uint8_t c = lower(name.data[i]);
        bool dot = c == '.';
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if ((dot && label == 0) || (!dot && !good) || (!dot && label == LABEL_MAX)) {
            return false;
        }
        label = dot ? 0 : label + 1;
    }
    return label > 0;
}

bool dns_name_valid(hf_bytes name)
{
    uint8_t ip[4];
    return labels_valid(name) && !parse_ipv4(name, ip);
}

static bool equal_folded(hf_bytes a, hf_bytes b)
{
    if (a.length != b.length) {
        return false;
    }
    for (size_t i = 0; i < a.length; i++) {
        if (lower(a.data[i]) != lower(b.data[i])) {
            return false;
        }
    }
    return true;
}

static hf_bytes without_last_dot(hf_bytes name)
{
    return name.length > 1 && name.data[name.length - 1] == '.' ?
        bytes_of(name.data, name.length - 1) : name;
}

bool dns_pattern_matches(hf_bytes pattern, hf_bytes name)
{
    name = without_last_dot(name);
    if (!dns_name_valid(name)) {
        return false;
    }
    if (pattern.length < 2 || pattern.data[0] != '*' || pattern.data[1] != '.') {
        return dns_name_valid(pattern) && equal_folded(pattern, name);
    }
    /* RFC 9525, 6.3: the wildcard is the whole left-most label and stands for exactly one. Two
     * labels at least must follow it: "*.com" would be anybody. */
    hf_bytes rest = bytes_of(pattern.data + 2, pattern.length - 2);
    const uint8_t *dot = memchr(name.data, '.', name.length);
    if (dot == NULL || !dns_name_valid(rest) ||
            memchr(rest.data, '.', rest.length) == NULL) {
        return false;
    }
    size_t label = (size_t)(dot - name.data);
    return equal_folded(rest, bytes_of(dot + 1, name.length - label - 1));
}

bool identity_parse(const char *text, struct identity *identity, struct hf_error *error)
{
    char ascii[IDN_SIZE];
    *identity = (struct identity){ .type = IDENTITY_NONE };
    TRY(idn_to_ascii(text, ascii, error)); /* RFC 9525, 6.3: compared as A-labels */
    size_t length = strlen(ascii);
    hf_bytes name = without_last_dot(bytes_of(ascii, length));
    hf_bytes bare = bytes_of(ascii, length);
    if (length >= 2 && ascii[0] == '[' && ascii[length - 1] == ']') {
        bare = bytes_of(ascii + 1, length - 2);
    }
    if (bare.length == length && parse_ipv4(bare, identity->ip)) {
        identity->type = IDENTITY_IP;
        identity->ip_length = 4;
        return true;
    }
    if (parse_ipv6(bare, identity->ip)) {
        identity->type = IDENTITY_IP;
        identity->ip_length = 16;
        return true;
    }
    if (!dns_name_valid(name)) {
        char shown[96] = "";
        text_append_safe(shown, sizeof shown, name);
        return fail(error, ERR_bad_configuration,
            "\"%s\" is neither a DNS name (letters, digits, '-', '_', labels up to 63) nor an IP "
            "address", shown);
    }
    identity->type = IDENTITY_DNS;
    for (size_t i = 0; i < name.length; i++) {
        identity->dns[i] = (char)lower(name.data[i]);
    }
    return true;
}

/* ---- Matching ---- */

static bool entry_matches(const struct general_name *name, const struct identity *identity)
{
    if (identity->type == IDENTITY_IP) { /* RFC 9525, 6.4 */
        return name->type == GENERAL_IP &&
            bytes_equal_public(name->value, bytes_of(identity->ip, identity->ip_length));
    }
    return name->type == GENERAL_DNS &&
        dns_pattern_matches(name->value, bytes_of(identity->dns, strlen(identity->dns)));
}

void identity_text(const struct identity *identity, char text[256])
{
    char ip[48];
    if (identity->type == IDENTITY_IP) {
        ip_text(bytes_of(identity->ip, identity->ip_length), ip);
        (void)snprintf(text, 256, "%s", ip);
    } else {
        (void)snprintf(text, 256, "%s", identity->dns);
    }
}

void certificate_names_text(const struct certificate *certificate, char *text, size_t capacity)
{
    char name[128];
    size_t position = 0;
    size_t left_out = 0;
    text[0] = '\0';
    while (alternative_name_text(certificate, &position, name, sizeof name)) {
        size_t used = strlen(text);
        if (left_out > 0 || used + strlen(name) + 20 > capacity) {
            left_out++;
            continue;
        }
        text_append(text, capacity, "%s%s", used > 0 ? ", " : "", name);
    }
    if (left_out > 0 && strlen(text) + 20 <= capacity) {
        text_append(text, capacity, "%s%zu more", text[0] != '\0' ? " and " : "", left_out);
    }
}

static bool common_name_would(const struct certificate *leaf, const struct identity *identity)
{
    hf_bytes cn;
    uint8_t ip[16];
    if (!name_attribute(leaf->subject, OID_COMMON_NAME, &cn)) {
        return false;
    }
    if (identity->type == IDENTITY_IP) {
        return (identity->ip_length == 4 ? parse_ipv4(cn, ip) : parse_ipv6(cn, ip)) &&
            bytes_equal_public(bytes_of(ip, identity->ip_length),
                bytes_of(identity->ip, identity->ip_length));
    }
    return dns_pattern_matches(cn, bytes_of(identity->dns, strlen(identity->dns)));
}

bool identity_matches(const struct certificate *leaf, const struct identity *identity, char *detail,
    size_t capacity)
{
    char asked[256];
    char shown[128];
    hf_reader r = reader_of_bytes(leaf->alternative_names);
    struct general_name name;
    identity_text(identity, asked);
    detail[0] = '\0';
    while (!reader_done(&r) && general_name_read(&r, "subjectAltName", false, &name, NULL)) {
        if (entry_matches(&name, identity)) {
            general_name_text(&name, shown, sizeof shown);
            text_append(detail, capacity, "the certificate's %s covers %s", shown, asked);
            return true;
        }
    }
    bool by_common_name = common_name_would(leaf, identity);
    const char *last = by_common_name ?
        "; its common name would match, but names count in subjectAltName only" : "";
    if (!leaf->has_alternative_names) {
        text_append(detail, capacity,
            "the certificate has no subjectAltName, so it is not for %.80s%s", asked, last);
        return false;
    }
    text_append(detail, capacity, "not for %.80s but for ", asked);
    size_t used = strlen(detail);
    if (used + strlen(last) < capacity) {
        certificate_names_text(leaf, detail + used, capacity - used - strlen(last));
    }
    text_append(detail, capacity, "%s", last);
    return false;
}
