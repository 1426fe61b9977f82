/* Configs: set, checked, sealed, counted (include/handfast/config.h). */
#include "conn/connection.h"

#include <assert.h>
#include <string.h>

#include "wire/codepoints.h"

hf_config *hf_config_new(hf_role role, const hf_allocator *allocator)
{
    struct allocator a = allocator_malloc;
    if (allocator != NULL) {
        a = (struct allocator){ allocator->allocate, allocator->release, allocator->user };
    }
    struct hf_config *config = allocate_zeroed(&a, sizeof *config);
    if (config != NULL) {
        config->allocator = a;
        atomic_init(&config->holds, 1);
        config->settings.role = role;
        config->settings.allocator = &config->allocator;
        config->settings.provider = &provider_openssl;
        policy_default(&config->settings);

    }
    return config;
}

void config_retain(struct hf_config *config)
{
    (void)atomic_fetch_add_explicit(&config->holds, 1, memory_order_relaxed);
}

void hf_config_free(hf_config *config)
{
    if (config == NULL ||
        atomic_fetch_sub_explicit(&config->holds, 1, memory_order_acq_rel) > 1) {
        return;
    }
    struct settings *s = &config->settings;
    for (size_t i = 0; i < s->identity_count; i++) {
        hf_identity_free(s->identities[i]);
    }
    trust_release(s->trust);
    verify_release(config);
    session_release(config);
    struct allocator a = config->allocator;
    release_wiped(&a, config, sizeof *config);
}

/* Settings that change a sealed config would change what threads share. */
struct settings *config_open(struct hf_config *config)
{
    assert(!config->sealed);
    return &config->settings;
}

void hf_config_set_trust(hf_config *config, hf_trust *trust)
{
    struct settings *s = config_open(config);
    if (trust != NULL) {
        trust_retain(trust);
    }
    trust_release(s->trust);
    s->trust = trust;
}

bool hf_config_add_identity(hf_config *config, hf_identity *identity, hf_error *error)
{
    error_begin(error);
    struct settings *s = config_open(config);
    if (s->identity_count == IDENTITIES_MAX) {
        return fail(error, ERR_bad_configuration, "more than %d identities", IDENTITIES_MAX);
    }
    identity_retain(identity);
    s->identities[s->identity_count++] = identity;
    return true;
}

void hf_config_insecure_no_verification(hf_config *config)
{
    config_open(config)->insecure = true;
}

void hf_config_set_verify(hf_config *config, hf_verify_callback callback, void *user)
{
    struct settings *s = config_open(config);
    s->verify = callback;
    s->verify_user = user;
}

void hf_config_set_client_auth(hf_config *config, hf_client_auth auth)
{
    config_open(config)->client_auth = auth;
}

void hf_config_send_ca_names(hf_config *config, bool send)
{
    (void)config_open(config);
    config->sends_ca_names = send;
}

void hf_config_set_share_count(hf_config *config, unsigned count)
{
    config_open(config)->share_count = count < SHARES_MAX ? count : SHARES_MAX;
}

void hf_config_set_strict_names(hf_config *config, bool strict)
{
    config_open(config)->strict_names = strict;
}

void hf_config_set_strict_groups(hf_config *config, bool strict)
{
    config_open(config)->strict_groups = strict;
}

void hf_config_set_trace(hf_config *config, hf_trace_callback callback, void *user)
{
    struct settings *s = config_open(config);
    s->trace = callback;
    s->trace_user = user;
}

void hf_config_set_keylog(hf_config *config, hf_keylog_callback callback, void *user)
{
    struct settings *s = config_open(config);
    s->keylog = callback;
    s->keylog_user = user;
}

void hf_config_defer_operations(hf_config *config, bool defer)
{
    config_open(config)->defer_operations = defer;
}

void hf_config_set_keyshare_pool(hf_config *config, unsigned count)
{
    config_open(config)->keyshare_pool = count < KEYSHARE_POOL_MAX ? count : KEYSHARE_POOL_MAX;
}

bool hf_thread_fill(const hf_config *config)
{
    return keyshare_fill(config->settings.keyshare_pool);
}

void hf_config_set_clock(hf_config *config, uint64_t (*now_ms)(void *user), void *user)
{
    struct settings *s = config_open(config);
    s->now_ms = now_ms;
    s->clock_user = user;
}

bool hf_config_set_padding(hf_config *config, unsigned block, hf_error *error)
{
    error_begin(error);
    if (block > 4096) {
        return fail(error, ERR_bad_configuration, "padding to %u bytes, more than 4096", block);
    }
    config_open(config)->padding = block;
    return true;
}

void hf_config_set_grease(hf_config *config, bool grease)
{
    config_open(config)->grease = grease;
}

void hf_config_set_stateless_retry(hf_config *config, const uint8_t key[32])
{
    struct settings *s = config_open(config);
    s->stateless_retry = true;
    memcpy(s->cookie_key, key, sizeof s->cookie_key);
}

void hf_config_allow_post_handshake_auth(hf_config *config, bool allow)
{
    config_open(config)->post_auth = allow;
}

void hf_config_allow_half_rtt(hf_config *config, bool allow)
{
    config_open(config)->half_rtt = allow;
}

bool hf_config_set_versions(hf_config *config, hf_version_id lowest, hf_version_id highest,
    hf_error *error)
{
    error_begin(error);
    struct settings *s = config_open(config);
    uint16_t from = lowest != 0 ? (uint16_t)lowest : s->lowest_version;
    uint16_t to = highest != 0 ? (uint16_t)highest : s->highest_version;
    if (from > to || from < VERSION_TLS12 || to > VERSION_TLS13) {
        return fail(error, ERR_bad_configuration, "no version is from %s to %s",
            version_name(from), version_name(to));
    }
    s->lowest_version = from;
    s->highest_version = to;
    return true;
}

/* ---- Lists ---- */

/* The next word of a list; false: no more. */
static bool next_word(const char **at, const char *separators, hf_bytes *word)
{
    *at += strspn(*at, separators);
    size_t length = strcspn(*at, separators);
    *word = bytes_of(*at, length);
    *at += length;
    return length > 0;
}

/* Adds what a word names to the settings. False: not known, or not spoken. */
typedef bool (*word_taker)(struct settings *s, hf_bytes word);

static bool set_list(hf_config *config, const char *list, const char *what, word_taker take,
    size_t *count, hf_error *error)
{
    error_begin(error);
    struct settings *s = config_open(config);
    struct settings kept = *s;
    const char *at = list;
    hf_bytes word;
    *count = 0;
    while (next_word(&at, ":, ", &word)) {
        if (!take(s, word)) {
            *s = kept;
            return fail(error, ERR_bad_configuration,
                "%s: %.*s is not known, not spoken here, or one "
                "too many", what, (int)word.length, (const char *)word.data);
        }
    }
    if (*count == 0) {
        *s = kept;
        return fail(error, ERR_bad_configuration, "%s: the list is empty", what);
    }
    return true;
}

static bool take_suite(struct settings *s, hf_bytes word)
{
    const struct suite *suite = suite_find_name((const char *)word.data, word.length);
    if (suite == NULL || s->suite_count == SUITES_MAX ||
        s->provider->aead(suite->aead) == NULL) {
        return false;
    }
    s->suites[s->suite_count++] = suite;
    return true;
}

static bool take_group(struct settings *s, hf_bytes word)
{
    uint16_t id;
    TRY(group_by_name((const char *)word.data, word.length, &id));
    const struct group *group = s->provider->group(id);
    if (group == NULL || s->group_count == GROUPS_MAX) {
        return false;
    }
    for (size_t i = 0; i < s->group_count; i++) {
        if (s->groups[i] == group) {
            return true;
        }
    }
    s->groups[s->group_count++] = group;
    return true;
}

static bool take_scheme(struct settings *s, hf_bytes word)
{
    uint16_t id;
    TRY(scheme_by_name((const char *)word.data, word.length, &id));
    const struct signature_scheme *scheme = s->provider->scheme(id);
    if (scheme == NULL || s->scheme_count == SCHEMES_MAX) {
        return false;
    }
    s->schemes[s->scheme_count++] = scheme;
    return true;
}

bool hf_config_set_suites(hf_config *config, const char *list, hf_error *error)
{
    return set_list(config, list, "suites", take_suite, &config->settings.suite_count, error);
}

bool hf_config_set_groups(hf_config *config, const char *list, hf_error *error)
{
    return set_list(config, list, "groups", take_group, &config->settings.group_count, error);
}

bool hf_config_set_signatures(hf_config *config, const char *list, hf_error *error)
{
    return set_list(config, list, "signatures", take_scheme, &config->settings.scheme_count, error);
}

bool hf_identity_set_signatures(hf_identity *identity, const char *list, hf_error *error)
{
    uint16_t schemes[SCHEMES_MAX];
    size_t count = 0;
    const char *at = list;
    hf_bytes word;
    error_begin(error);
    while (next_word(&at, ":, ", &word)) {
        if (count == SCHEMES_MAX ||
            !scheme_by_name((const char *)word.data, word.length, &schemes[count])) {
            return fail(error, ERR_bad_configuration,
                "signatures: %.*s is not known, or one too many", (int)word.length,
                (const char *)word.data);
        }
        count++;
    }
    memcpy(identity->schemes, schemes, count * sizeof *schemes);
    identity->scheme_count = count;
    return true;
}

/* RFC 7301, 3.1: names of 1 to 255 bytes. */
bool hf_config_set_alpn(hf_config *config, const char *list, hf_error *error)
{
    error_begin(error);
    struct settings *s = config_open(config);
    hf_builder names = builder_of(s->alpn, sizeof s->alpn);
    hf_builder text = builder_of((uint8_t *)s->alpn_text, sizeof s->alpn_text);
    const char *at = list;
    hf_bytes word;
    s->alpn_length = s->protocol_count = 0;
    while (next_word(&at, ",", &word)) {
        build_vector8(&names, word);
        build_bytes(&text, word);
        build_u8(&text, 0);
        s->protocol_count++;
    }
    if (names.failed || text.failed || s->protocol_count > PROTOCOLS_MAX) {
        s->alpn_length = s->protocol_count = 0;
        return fail(error, ERR_bad_configuration, "application protocols: too many or too long");
    }
    s->alpn_length = names.length;
    return true;
}

/* ---- Seal ---- */

/* The named ways round trust. */
static bool has_way_round(const struct settings *s)
{
    bool pinned = s->pins.count > 0 && !s->pins.report_only && s->trust == NULL;
    return s->insecure || s->verify != NULL || pinned;
}

static bool check_client(const struct settings *s, hf_error *error)
{
    if (s->trust == NULL && !has_way_round(s)) {
        return fail(error, ERR_bad_configuration, "a client needs trust: hf_config_set_trust");
    }
    if (s->trust != NULL && trust_count(s->trust) == 0 && !has_way_round(s)) {
        return fail(error, ERR_bad_configuration, "the trust store is empty");
    }
    return true;
}

static bool check_server(const struct settings *s, hf_error *error)
{
    if (s->identity_count == 0) {
        return fail(error, ERR_bad_configuration,
            "a server needs an identity: hf_config_add_identity");
    }
    if (s->client_auth != HF_AUTH_NONE && s->trust == NULL && !has_way_round(s)) {
        return fail(error, ERR_bad_configuration,
            "client certificates need trust to be checked with");
    }
    return true;
}

/* A version without a suite is not spoken. */
static bool check_versions(struct settings *s, hf_error *error)
{
    uint16_t lowest = 0;
    uint16_t highest = 0;
    for (size_t i = 0; i < s->suite_count; i++) {
        uint16_t version = s->suites[i]->version;
        if (version >= s->lowest_version && version <= s->highest_version) {
            lowest = lowest == 0 || version < lowest ? version : lowest;
            highest = version > highest ? version : highest;
        }
    }
    if (highest == 0) {
        return fail(error, ERR_bad_configuration, "no cipher suite is of %s%s%s",
            version_name(s->lowest_version), s->lowest_version != s->highest_version ? " or " : "",
            s->lowest_version != s->highest_version ? version_name(s->highest_version) : "");
    }
    s->lowest_version = lowest;
    s->highest_version = highest;
    return true;
}

/* RFC 9846, 4.3.4: only as much as one extension holds. */
static size_t names_size(const struct hf_trust *trust)
{
    size_t size = 0;
    for (size_t i = 0; trust != NULL && i < trust_count(trust); i++) {
        size += 2 + trust_at(trust, i)->subject.length;
    }
    return size <= UINT16_MAX - 2 ? size : 0;
}

bool hf_config_seal(hf_config *config, hf_error *error)
{
    struct hf_error here;
    error = error != NULL ? error : &here;
    error_clear(error);
    struct settings *s = config_open(config);
    TRY(check_versions(s, error));
    TRY(s->role == HF_CLIENT ? check_client(s, error) : check_server(s, error));
    s->ca_names_size = config->sends_ca_names ? names_size(s->trust) : 0;
    TRY(binding_digest(s, s->session_binding, error));
    config->sealed = true;
    return true;
}

const char *hf_version(void)
{
    return HANDFAST_VERSION;
}

const char *hf_crypto_version(void)
{
    return provider_openssl.version();
}

void hf_thread_release(void)
{
    crypto_thread_release();
}
