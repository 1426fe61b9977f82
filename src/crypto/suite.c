/* Cipher suites: see suite.h and suites.def. RFC 9846, B.4. */
#include "crypto/suite.h"

#include <string.h>

static const struct suite suites[] = {
#define X(id, version, kx, auth, aead, hash, name, openssl_name) \
    { id, name, openssl_name, version, aead, hash, kx, auth },
#include "crypto/suites.def"
#undef X
};

enum { SUITES = sizeof suites / sizeof *suites };

const struct suite *suite_find(uint16_t id)
{
    for (size_t i = 0; i < SUITES; i++) {
        if (suites[i].id == id) {
            return &suites[i];
        }
    }
    return NULL;
}

/* Not tolower: the locale must not decide what a suite is called. */
static char upper(char letter)
{
    return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

static bool same_name(const char *known, const char *name, size_t length)
{
    if (strlen(known) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (upper(known[i]) != upper(name[i])) {
            return false;
        }
    }
    return true;
}

const struct suite *suite_find_name(const char *name, size_t length)
{
    for (size_t i = 0; i < SUITES; i++) {
        if (same_name(suites[i].name, name, length)
            || same_name(suites[i].openssl_name, name, length)) {
            return &suites[i];
        }
    }
    return NULL;
}

const struct suite *suite_at(size_t index)
{
    return index < SUITES ? &suites[index] : NULL;
}
