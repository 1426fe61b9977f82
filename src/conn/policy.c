/* What a config starts with: nothing weak. Mozilla's "intermediate" for TLS 1.3. */
#include <time.h>

#include "conn/connection.h"

static uint64_t system_clock(void *user)
{
    (void)user;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

static void add_suite(struct settings *s, uint16_t id)
{
    const struct suite *suite = suite_find(id);
    if (suite != NULL && s->provider->aead(suite->aead) != NULL) {
        s->suites[s->suite_count++] = suite;
    }
}

static void add_group(struct settings *s, uint16_t id)
{
    const struct group *group = s->provider->group(id);
    if (group != NULL) {
        s->groups[s->group_count++] = group;
    }
}

static void add_scheme(struct settings *s, uint16_t id)
{
    const struct signature_scheme *scheme = s->provider->scheme(id);
    if (scheme != NULL) {
        s->schemes[s->scheme_count++] = scheme;
    }
}

void policy_default(struct settings *s)
{
    static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303 };
    static const uint16_t groups[] = { 0x001d, 0x0017, 0x0018 };
    /* ECDSA and EdDSA first, then RSA-PSS; PKCS#1 for certificates alone (RFC 9846, 4.3.3). */
    static const uint16_t schemes[] = { 0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806,
        0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601 };
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        add_suite(s, suites[i]);
    }
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        add_group(s, groups[i]);
    }
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        add_scheme(s, schemes[i]);
    }
    s->share_count = 1;
    s->compat = true;
    s->now_ms = system_clock;
}
