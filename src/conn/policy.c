/* Policies: named sets of what a config allows. The default is `intermediate`. The names and
 * contents are those of Mozilla's server-side guidelines where they speak (modern, intermediate;
 * without DHE); `pci` leaves out what is not on NIST's lists. `legacy` is for peers that cannot do
 * better: it adds DHE and RSA key exchange, the latter without forward secrecy. */
#include <string.h>
#include <time.h>

#include "conn/connection.h"

enum { POLICY_CODES = 16 };

struct policy {
    const char *name;
    uint16_t lowest_version;
    uint16_t suites[POLICY_CODES]; /* in order of preference; 0 ends */
    uint16_t groups[POLICY_CODES];
    uint16_t schemes[POLICY_CODES];
};

/* ECDSA and EdDSA first, then RSA-PSS; PKCS#1 for certificates alone (RFC 9846, 4.3.3). */
#define SCHEMES_OF_ALL \
    { 0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, \
        0x0501, 0x0601 }

#define SUITES_13 0x1301, 0x1302, 0x1303
#define SUITES_12 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8

static const struct policy policies[] = {
    { "intermediate", VERSION_TLS12, { SUITES_13, SUITES_12 }, { 0x11ec, 0x001d, 0x0017, 0x0018 },
        SCHEMES_OF_ALL },
    { "modern", VERSION_TLS13, { SUITES_13 }, { 0x11ec, 0x001d, 0x0017, 0x0018 }, SCHEMES_OF_ALL },
    { "pci", VERSION_TLS12, { 0x1301, 0x1302, 0xc02b, 0xc02f, 0xc02c, 0xc030 }, { 0x0017, 0x0018 },
        { 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
            0x0601 } },
    { "legacy", VERSION_TLS12, { SUITES_13, SUITES_12, 0x009e, 0x009f, 0xccaa, 0x009c, 0x009d },
        { 0x11ec, 0x001d, 0x0017, 0x0018, 0x0019, 0x0100, 0x0101 }, SCHEMES_OF_ALL },
};

static uint64_t system_clock(void *user)
{
    (void)user;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

/* What the provider lacks is left out: a policy never promises more than the machine has. */
static void apply(struct settings *s, const struct policy *policy)
{
    s->suite_count = s->group_count = s->scheme_count = 0;
    for (size_t i = 0; i < POLICY_CODES; i++) {
        const struct suite *suite = suite_find(policy->suites[i]);
        if (suite != NULL && s->provider->aead(suite->aead) != NULL) {
            s->suites[s->suite_count++] = suite;
        }
        const struct group *group = s->provider->group(policy->groups[i]);
        if (group != NULL) {
            s->groups[s->group_count++] = group;
        }
        const struct signature_scheme *scheme = s->provider->scheme(policy->schemes[i]);
        if (scheme != NULL) {
            s->schemes[s->scheme_count++] = scheme;
        }
    }
    s->lowest_version = policy->lowest_version;
    s->highest_version = VERSION_TLS13;
    s->policy = policy->name;
}
_Static_assert((int)POLICY_CODES <= (int)SUITES_MAX && (int)POLICY_CODES <= (int)GROUPS_MAX &&
        (int)POLICY_CODES <= (int)SCHEMES_MAX, "a policy fits the settings");

void policy_default(struct settings *s)
{
    apply(s, &policies[0]);
    s->share_count = 1;
    s->ticket_lifetime_s = SESSION_LIFETIME_S;
    s->compat = true;
    s->now_ms = system_clock;
}

bool hf_config_set_policy(hf_config *config, const char *name, hf_error *error)
{
    error_begin(error);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        if (strcmp(policies[i].name, name) == 0) {
            apply(config_open(config), &policies[i]);
            return true;
        }
    }
    return fail(error, ERR_bad_configuration,
        "the policy %s is not known: modern, intermediate, pci and legacy are", name);
}

/* ---- In words ---- */

struct words {
    char *text;
    size_t capacity;
};

/* A row: the setting's name, then its value or values. */
static void row(struct words *w, const char *name)
{
    text_append(w->text, w->capacity, "%s%s", w->text[0] != '\0' ? "\n" : "", name);
}

static void row_number(struct words *w, const char *name, size_t value)
{
    row(w, name);
    text_append(w->text, w->capacity, " %zu", value);
}

static void row_switch(struct words *w, const char *name, bool on)
{
    row(w, name);
    text_append(w->text, w->capacity, " %s", on ? "yes" : "no");
}

static void row_protocols(struct words *w, const struct settings *s)
{
    const char *at = s->alpn_text;
    row(w, "alpn");
    for (size_t i = 0; i < s->protocol_count; i++) {
        text_append(w->text, w->capacity, " %s", at);
        at += strlen(at) + 1;
    }
}

static void rows_of_role(struct words *w, const struct settings *s)
{
    static const char *const auth[] = { "none", "request", "require" };
    if (s->role == HF_CLIENT) {
        row_number(w, "key_shares", s->share_count);
        row_switch(w, "grease", s->grease);
        row_switch(w, "compatibility", s->compat);
        row_switch(w, "post_handshake_auth", s->post_auth);
        return;
    }
    row(w, "client_auth");
    text_append(w->text, w->capacity, " %s", auth[s->client_auth]);
    row_switch(w, "strict_names", s->strict_names);
    row_switch(w, "strict_groups", s->strict_groups);
    row_switch(w, "stateless_retry", s->stateless_retry);
    row_switch(w, "half_rtt", s->half_rtt);
    row_number(w, "tickets", s->tickets != NULL ? s->ticket_count : 0);
    row_number(w, "ticket_lifetime_s", s->ticket_lifetime_s);
    row_switch(w, "session_cache", s->session_cache != NULL);
}

static void rows_of_verification(struct words *w, const struct settings *s)
{
    static const char *const profiles[] = { "deployed", "rfc5280", "web" };
    static const char *const revocations[] = { "none", "soft", "hard", "hard-chain" };
    row_number(w, "trusted", s->trust != NULL ? trust_count(s->trust) : 0);
    row_switch(w, "verification", !s->insecure);
    row(w, "profile");
    text_append(w->text, w->capacity, " %s", profiles[s->profile]);
    row_number(w, "verify_depth", s->has_depth_limit ? s->depth_limit : CHAIN_MAX);
    row(w, "revocation");
    text_append(w->text, w->capacity, " %s", revocations[s->revocation]);
    row_switch(w, "require_staple", s->require_staple);
    row_number(w, "crls", s->crl_count);
    row_number(w, "pins", s->pins.count);
    row_switch(w, "memo", s->memo != NULL);
}

void hf_config_text(const hf_config *config, char *text, size_t capacity)
{
    const struct settings *s = &config->settings;
    struct words w = { text, capacity };
    text[0] = '\0';
    row(&w, "policy ");
    text_append(text, capacity, "%s", s->policy);
    row(&w, "versions");
    for (unsigned version = s->lowest_version; version <= s->highest_version; version++) {
        text_append(text, capacity, " %s", version_name((uint16_t)version));
    }
    row(&w, "suites");
    for (size_t i = 0; i < s->suite_count; i++) {
        text_append(text, capacity, " %s", s->suites[i]->name);
    }
    row(&w, "groups");
    for (size_t i = 0; i < s->group_count; i++) {
        text_append(text, capacity, " %s", s->groups[i]->name);
    }
    row(&w, "signatures");
    for (size_t i = 0; i < s->scheme_count; i++) {
        text_append(text, capacity, " %s", s->schemes[i]->name);
    }
    row_protocols(&w, s);
    row_number(&w, "identities", s->identity_count);
    rows_of_verification(&w, s);
    row_number(&w, "padding", s->padding);
    row_number(&w, "keyshare_pool", s->keyshare_pool);
    rows_of_role(&w, s);
}
