/* What a server chooses from a ClientHello (RFC 9846, 4.2.1), in words when nothing fits. */
#include <string.h>

#include "handshake/handlers.h"
#include "x509/identity.h"

static uint16_t code_at(hf_bytes list, size_t i)
{
    return (uint16_t)(list.data[i] << 8 | list.data[i + 1]);
}

static bool has_code(hf_bytes list, uint16_t code)
{
    for (size_t i = 0; i + 1 < list.length; i += 2) {
        if (code_at(list, i) == code) {
            return true;
        }
    }
    return false;
}

bool offers_tls13(const struct hf_connection *c)
{
    return has_code(c->hs->peer_versions, VERSION_TLS13);
}

/* RFC 9846, 4.3.1; and 4.2.2: a hello of TLS 1.3 says 1.2 in its old field. */
bool choose_version(struct hf_connection *c)
{
    hf_bytes versions = c->hs->peer_versions;
    if (offers_tls13(c)) {
        uint16_t legacy = c->hs->hello.legacy_version;
        return legacy == VERSION_TLS12 ||
            fail_at(&c->error, ERR_no_common_version, "legacy_version", MESSAGE_HEADER,
                "%s beside supported_versions", version_name(legacy));
    }
    (void)fail_at(&c->error, ERR_no_common_version, "supported_versions", SIZE_MAX,
        "the client does not speak TLS 1.3");
    if (versions.length == 0) {
        error_offered(&c->error, "%s and older", version_name(c->hs->hello.legacy_version));
    } else {
        list_text(versions.data, versions.length, version_name, c->error.offered,
            sizeof c->error.offered);
    }
    error_required(&c->error, "TLS 1.3");
    return false;
}

/* Our order; the same again after HelloRetryRequest because the hello's list may not change. */
bool choose_suite(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_bytes offered = c->hs->hello.cipher_suites;
    for (size_t i = 0; i < s->suite_count; i++) {
        if (has_code(offered, s->suites[i]->id)) {
            c->suite = s->suites[i];
            return true;
        }
    }
    (void)fail_at(&c->error, ERR_no_common_suite, "cipher_suites", SIZE_MAX,
        "none of the client's %zu suites is allowed here", offered.length / 2);
    list_text(offered.data, offered.length, suite_name, c->error.offered, sizeof c->error.offered);
    for (size_t i = 0; i < s->suite_count; i++) {
        text_append(c->error.required, sizeof c->error.required, "%s%s", i > 0 ? ", " : "",
            s->suites[i]->name);
    }
    return false;
}

/* The client's share for a group; false: none. */
static bool find_share(struct hf_connection *c, const struct group *group, hf_bytes *share)
{
    hf_reader list = reader_of_bytes(c->hs->peer_shares);
    struct key_share entry;
    while (key_share_next(&list, &entry, NULL) == 1) {
        if (entry.group == group->id) {
            *share = entry.key_exchange;
            return true;
        }
    }
    return false;
}

static bool take_share(struct hf_connection *c, const struct group *group, hf_bytes share)
{
    if (share.length != group->client_share_size) {
        return fail_at(&c->error, ERR_bad_key_share, "key_share", SIZE_MAX, "%zu bytes for %s",
            share.length, group->name);
    }
    uint8_t *copy = arena_take(&c->arena, share.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "the client's key share");
    }
    memcpy(copy, share.data, share.length);
    c->hs->peer_share = bytes_of(copy, share.length);
    c->group = group;
    return true;
}

static bool no_group(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_bytes offered = c->hs->peer_groups;
    (void)fail_at(&c->error, ERR_no_common_group, "supported_groups", SIZE_MAX,
        "none of the client's groups is allowed here");
    list_text(offered.data, offered.length, group_name, c->error.offered, sizeof c->error.offered);
    for (size_t i = 0; i < s->group_count; i++) {
        text_append(c->error.required, sizeof c->error.required, "%s%s", i > 0 ? ", " : "",
            s->groups[i]->name);
    }
    return false;
}

/* RFC 9846, 4.3.8: the first of our groups that came with a share; else the first common one, by
 * HelloRetryRequest. After that the second hello holds exactly the share asked for. */
bool choose_group(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_bytes share;
    if ((c->facts & FACT_RETRIED) != 0) {
        if (!find_share(c, c->group, &share) ||
            c->hs->peer_shares.length != 4 + share.length) {
            return fail_at(&c->error, ERR_changed_hello, "key_share", SIZE_MAX,
                "the second ClientHello does not hold one share, for %s", c->group->name);
        }
        return take_share(c, c->group, share);
    }
    for (size_t i = 0; i < s->group_count; i++) {
        if (find_share(c, s->groups[i], &share)) {
            return take_share(c, s->groups[i], share);
        }
    }
    for (size_t i = 0; i < s->group_count; i++) {
        if (has_code(c->hs->peer_groups, s->groups[i]->id)) {
            c->group = s->groups[i];
            c->facts |= FACT_RETRY;
            return true;
        }
    }
    return no_group(c);
}

/* RFC 9846, 4.3.3: a scheme of TLS 1.3 (never PKCS#1) for this very kind of key; a key that names a
 * hash signs with that one alone (RFC 4055, 1.2). */
bool scheme_fits_key(const struct signature_scheme *scheme, const struct public_key *key)
{
    return scheme->padding != PADDING_PKCS1 && scheme->key == key->type &&
        (key->pss_hash == HASH_NONE || key->pss_hash == scheme->hash);
}

/* RFC 9846, 4.3.3: the schemes of TLS 1.3 that fit a key; never PKCS#1. In the peer's order: it
 * knows best what it verifies fast. */
const struct signature_scheme *scheme_for(const struct hf_identity *identity, hf_bytes peer_schemes)
{
    for (size_t i = 0; i + 1 < peer_schemes.length; i += 2) {
        const struct signature_scheme *scheme =
            identity->provider->scheme(code_at(peer_schemes, i));
        if (scheme != NULL && scheme_fits_key(scheme, &identity->leaf.key)) {
            return scheme;
        }
    }
    return NULL;
}

enum fit { FIT_NONE, FIT_DEFAULT, FIT_WILDCARD, FIT_EXACT };

/* How well an identity fits the SNI: the best of its DNS names. */
static enum fit fit_of(const struct hf_identity *identity, hf_bytes name, bool is_default)
{
    enum fit best = is_default ? FIT_DEFAULT : FIT_NONE;
    size_t position = 0;
    char pattern[256];
    while (name.length > 0 &&
        alternative_name_text(&identity->leaf, &position, pattern, sizeof pattern)) {
        hf_bytes text = bytes_of(pattern, strlen(pattern));
        if (dns_pattern_matches(text, name)) {
            enum fit fit = pattern[0] == '*' ? FIT_WILDCARD : FIT_EXACT;
            best = fit > best ? fit : best;
        }
    }
    return best;
}

static bool is_rsa(const struct hf_identity *identity)
{
    return identity->leaf.key.type == KEY_RSA || identity->leaf.key.type == KEY_RSA_PSS;
}

/* By SNI, then by what the client can verify, keys of curves before RSA: RFC 9846, 4.5.1.2. */
bool choose_identity(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    hf_bytes name = bytes_of(c->server_name, strlen(c->server_name));
    bool strict = s->strict_names && name.length > 0;
    enum fit best = FIT_NONE;
    bool named = false;
    hs->own = NULL;
    for (size_t i = 0; i < s->identity_count; i++) {
        enum fit fit = fit_of(s->identities[i], name, !strict);
        named |= fit != FIT_NONE;
        const struct signature_scheme *scheme = scheme_for(s->identities[i], hs->peer_schemes);
        bool better = fit > best ||
            (fit == best && hs->own != NULL && is_rsa(hs->own) && !is_rsa(s->identities[i]));
        if (scheme != NULL && better) {
            best = fit;
            hs->own = s->identities[i];
            hs->own_scheme = scheme;
        }
    }
    if (hs->own != NULL) {
        return true;
    }
    if (!named) {
        (void)fail_at(&c->error, ERR_unknown_name, "server_name", SIZE_MAX,
            "no identity here is for %s", c->server_name);
        error_offered(&c->error, "%s", c->server_name);
        return false;
    }
    (void)fail_at(&c->error, ERR_no_common_signature, "signature_algorithms", SIZE_MAX,
        "no key here can sign in a way that the client accepts");
    list_text(hs->peer_schemes.data, hs->peer_schemes.length, scheme_name, c->error.offered,
        sizeof c->error.offered);
    for (size_t i = 0; i < s->identity_count; i++) {
        char key[32];
        key_text(&s->identities[i]->leaf, key, sizeof key);
        text_append(c->error.required, sizeof c->error.required, "%sa scheme for %s",
            i > 0 ? ", " : "", key);
    }
    return false;
}

/* RFC 7301, 3.2: our order. A client that offers none gets none. */
bool choose_protocol(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_bytes offered = c->hs->peer_protocols;
    if (offered.length == 0 || s->protocol_count == 0) {
        return true;
    }
    const char *text = s->alpn_text;
    for (size_t i = 0; i < s->protocol_count; i++) {
        if (alpn_contains(offered, bytes_of(text, strlen(text)))) {
            c->alpn = text;
            return true;
        }
        text += strlen(text) + 1;
    }
    (void)fail_at(&c->error, ERR_no_common_alpn, "application_layer_protocol_negotiation", SIZE_MAX,
        "none of the client's protocols is spoken here");
    hf_reader r = reader_of_bytes(offered);
    hf_bytes name;
    while (read_vector8(&r, &name)) {
        text_append(c->error.offered, sizeof c->error.offered, "%s%.*s",
            c->error.offered[0] != '\0' ? ", " : "", (int)name.length, (const char *)name.data);
    }
    text = s->alpn_text;
    for (size_t i = 0; i < s->protocol_count; i++) {
        text_append(c->error.required, sizeof c->error.required, "%s%s", i > 0 ? ", " : "", text);
        text += strlen(text) + 1;
    }
    return false;
}
