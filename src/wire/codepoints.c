/* Names of code points: IANA's registries as sorted tables (codepoints.def, suites_iana.def),
 * searched by halves for a number and one by one for a name. GREASE is RFC 8701. */
#include "wire/codepoints.h"

#include <stdio.h>
#include <string.h>

struct row {
    uint16_t number;
    const char *name;
};

#define ROW(number, name) { number, name },
#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct row versions[] = {
#define VERSION(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row contents[] = {
#define CONTENT(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row handshakes[] = {
#define HANDSHAKE(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row extensions[] = {
#define EXTENSION(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row groups[] = {
#define GROUP(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row schemes[] = {
#define SCHEME(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row client_certificate_types[] = {
#define CLIENT_CERTIFICATE(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row psk_modes[] = {
#define PSK_MODE(number, name) ROW(number, name)
#include "wire/codepoints.def"
};

static const struct row suites[] = {
#define X(number, name) ROW(number, name)
#include "wire/suites_iana.def"
#undef X
};

/* What else people call the groups (SEC 2, FIPS 186, X9.62). */
static const struct row group_aliases[] = {
    { 0x0017, "P-256" }, { 0x0017, "prime256v1" }, { 0x0018, "P-384" }, { 0x0019, "P-521" },
};

bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static const char *find_name(const struct row *table, size_t count, uint16_t number)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle].number == number) {
            return table[middle].name;
        }
        if (table[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static const char *name_of(const struct row *table, size_t count, uint16_t number)
{
    const char *name = find_name(table, count, number);
    if (name != NULL) {
        return name;
    }
    return is_grease(number) ? "GREASE" : "unknown";
}

const char *version_name(uint16_t version)
{
    return name_of(versions, COUNT(versions), version);
}

const char *content_type_name(uint8_t type)
{
    return name_of(contents, COUNT(contents), type);
}

const char *handshake_type_name(uint8_t type)
{
    return name_of(handshakes, COUNT(handshakes), type);
}

const char *extension_name(uint16_t type)
{
    return name_of(extensions, COUNT(extensions), type);
}

const char *suite_name(uint16_t suite)
{
    return name_of(suites, COUNT(suites), suite);
}

const char *group_name(uint16_t group)
{
    return name_of(groups, COUNT(groups), group);
}

const char *scheme_name(uint16_t scheme)
{
    return name_of(schemes, COUNT(schemes), scheme);
}

const char *client_certificate_type_name(uint8_t type)
{
    return name_of(client_certificate_types, COUNT(client_certificate_types), type);
}

const char *psk_mode_name(uint8_t mode)
{
    /* RFC 8701, 2: GREASE for modes is 0x0b, 0x2a, 0x49 and so on to 0xe4. */
    return mode % 0x1f == 0x0b ? "GREASE" : name_of(psk_modes, COUNT(psk_modes), mode);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *known, const char *name, size_t length)
{
    if (strlen(known) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (lower(known[i]) != lower(name[i])) {
            return false;
        }
    }
    return true;
}

static bool find_number(const struct row *table, size_t count, const char *name, size_t length,
    uint16_t *number)
{
    for (size_t i = 0; i < count; i++) {
        if (same_name(table[i].name, name, length)) {
            *number = table[i].number;
            return true;
        }
    }
    return false;
}

bool suite_by_name(const char *name, size_t length, uint16_t *suite)
{
    return find_number(suites, COUNT(suites), name, length, suite);
}

bool group_by_name(const char *name, size_t length, uint16_t *group)
{
    return find_number(groups, COUNT(groups), name, length, group)
        || find_number(group_aliases, COUNT(group_aliases), name, length, group);
}

bool scheme_by_name(const char *name, size_t length, uint16_t *scheme)
{
    return find_number(schemes, COUNT(schemes), name, length, scheme);
}

/* Whether `piece` fits behind `used` bytes, with room for "…" too unless it is the last one. */
static bool list_fits(size_t used, const char *piece, bool last, size_t capacity)
{
    return used + strlen(piece) + (last ? 0 : strlen("…")) < capacity;
}

void list_text(const uint8_t *list, size_t bytes, const char *(*name)(uint16_t), char *text,
    size_t capacity)
{
    if (capacity == 0) {
        return;
    }
    text[0] = '\0';
    size_t used = 0;
    for (size_t i = 0; i + 1 < bytes; i += 2) {
        uint16_t value = (uint16_t)(list[i] << 8 | list[i + 1]);
        const char *known = name(value);
        bool named = strcmp(known, "unknown") != 0 && strcmp(known, "GREASE") != 0;
        char piece[64];
        const char *comma = i > 0 ? ", " : "";
        if (named) {
            (void)snprintf(piece, sizeof piece, "%s%s", comma, known);
        } else {
            (void)snprintf(piece, sizeof piece, "%s0x%04x", comma, value);
        }
        if (!list_fits(used, piece, i + 3 >= bytes, capacity)) {
            if (used + strlen("…") < capacity) {
                memcpy(text + used, "…", sizeof "…");
            }
            return;
        }
        memcpy(text + used, piece, strlen(piece) + 1);
        used += strlen(piece);
    }
}
