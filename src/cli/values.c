/* The values of flags: numbers, times, targets. See values.h. RFC 3339, 5.6; RFC 3986, 3.2. */
#include "cli/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool number_parse(const char *text, uint64_t most, uint64_t *value)
{
    uint64_t v = 0;
    if (text[0] == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || digit > most || v > (most - digit) / 10) {
            return false;
        }
        v = v * 10 + digit;
    }
    *value = v;
    return true;
}

bool seconds_parse(const char *text, uint64_t *us)
{
    char *end = NULL;
    errno = 0;
    double value = strtod(text, &end);
    bool digits = text[0] >= '0' && text[0] <= '9';
    if (!digits || *end != '\0' || errno != 0 || !(value > 0 && value <= 1e6)) {
        return false;
    }
    *us = (uint64_t)(value * 1e6);
    return true;
}

bool port_number(const char *text, uint16_t *port)
{
    uint64_t value;
    if (!number_parse(text, UINT16_MAX, &value)) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

bool split_host(const char *text, char host[HOST_TEXT], const char **port)
{
    const char *begin = text;
    const char *end;
    *port = NULL;
    if (text[0] == '[') {
        begin = text + 1;
        end = strchr(begin, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':')) {
            return false;
        }
        *port = end[1] == ':' ? end + 2 : NULL;
    } else {
        const char *colon = strchr(text, ':');
        bool v6 = colon != NULL && strchr(colon + 1, ':') != NULL;
        end = colon == NULL || v6 ? text + strlen(text) : colon;
        *port = colon == NULL || v6 ? NULL : colon + 1;
    }
    size_t length = (size_t)(end - begin);
    if (length == 0 || length >= HOST_TEXT) {
        return false;
    }
    memcpy(host, begin, length);
    host[length] = '\0';
    return true;
}

bool target_parse(const char *target, char host[HOST_TEXT], uint16_t *port)
{
    static const struct {
        const char *scheme;
        uint16_t port;
    } schemes[] = { { "https", 443 }, { "wss", 443 }, { "tls", 443 }, { "imaps", 993 },
        { "pop3s", 995 }, { "smtps", 465 }, { "ldaps", 636 }, { "ftps", 990 }, { "ircs", 6697 } };
    char authority[HOST_TEXT + 16];
    const char *after = strstr(target, "://");
    *port = 443;
    if (after == NULL) {
        after = target;
        /* "localhost:4433/" is no host; a path needs a scheme. */
        if (strpbrk(target, "/?#@ ") != NULL) {
            return false;
        }
    } else {
        size_t i = 0;
        size_t length = (size_t)(after - target);
        size_t count = sizeof schemes / sizeof *schemes;
        while (i < count && (strlen(schemes[i].scheme) != length
               || strncmp(schemes[i].scheme, target, length) != 0)) {
            i++;
        }
        if (i == count) {
            return false;
        }
        *port = schemes[i].port;
        after += 3;
    }
    size_t length = strcspn(after, "/?#");
    if (length >= sizeof authority) {
        return false;
    }
    memcpy(authority, after, length);
    authority[length] = '\0';
    const char *at = strrchr(authority, '@');
    const char *digits;
    if (!split_host(at == NULL ? authority : at + 1, host, &digits)) {
        return false;
    }
    return digits == NULL || (port_number(digits, port) && *port != 0);
}

bool override_parse(const char *text, struct dial_override *override)
{
    const char *port = strchr(text, ':');
    const char *address = port == NULL ? NULL : strchr(port + 1, ':');
    char digits[8];
    if (address == NULL || port == text || (size_t)(port - text) >= HOST_TEXT
        || (size_t)(address - port) > sizeof digits) {
        return false;
    }
    memcpy(override->host, text, (size_t)(port - text));
    override->host[port - text] = '\0';
    memcpy(digits, port + 1, (size_t)(address - port - 1));
    digits[address - port - 1] = '\0';
    address += address[1] == '[' ? 2 : 1;
    size_t length = strcspn(address, ",]");
    if (length == 0 || length >= ADDRESS_TEXT || !port_number(digits, &override->port)) {
        return false;
    }
    memcpy(override->address, address, length);
    override->address[length] = '\0';
    return true;
}

/* ---- RFC 3339 ---- */

static bool digits_at(const char *text, size_t at, size_t count, int *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[at + i] < '0' || text[at + i] > '9') {
            return false;
        }
        *value = *value * 10 + (text[at + i] - '0');
    }
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = year - (month <= 2 ? 1 : 0);
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool offset_parse(const char *text, int64_t *offset_s)
{
    int hours;
    int minutes;
    *offset_s = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        return true;
    }
    if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':'
        || !digits_at(text, 1, 2, &hours) || !digits_at(text, 4, 2, &minutes) || hours > 23
        || minutes > 59) {
        return false;
    }
    *offset_s = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
    return true;
}

bool rfc3339_parse(const char *text, int64_t *seconds_out)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int v[6];
    static const size_t places[][2] = { { 0, 4 }, { 5, 2 }, { 8, 2 }, { 11, 2 }, { 14, 2 },
        { 17, 2 } };
    if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' || strchr("Tt ", text[10]) == NULL
        || text[13] != ':' || text[16] != ':') {
        return false;
    }
    for (size_t i = 0; i < 6; i++) {
        if (!digits_at(text, places[i][0], places[i][1], &v[i])) {
            return false;
        }
    }
    bool leap = (v[0] % 4 == 0 && v[0] % 100 != 0) || v[0] % 400 == 0;
    if (v[0] < 1 || v[1] < 1 || v[1] > 12 || v[2] < 1
        || v[2] > lengths[v[1] - 1] + (v[1] == 2 && leap ? 1 : 0) || v[3] > 23 || v[4] > 59
        || v[5] > 60) {
        return false;
    }
    const char *rest = text + 19;
    if (*rest == '.') {
        size_t fraction = strspn(rest + 1, "0123456789");
        if (fraction == 0) {
            return false;
        }
        rest += 1 + fraction;
    }
    int64_t offset;
    if (!offset_parse(rest, &offset)) {
        return false;
    }
    int64_t days = days_since_1970(v[0], v[1], v[2]);
    *seconds_out = days * 86400 + v[3] * 3600 + v[4] * 60 + v[5] - offset;
    return true;
}
