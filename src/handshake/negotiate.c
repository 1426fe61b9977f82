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

bool offers_suite(const struct hf_connection *c, uint16_t id)
{
    return has_code(c->hs->hello.cipher_suites, id);
}

bool chooses_tls13(const struct hf_connection *c)
{
    return c->settings->highest_version >= VERSION_TLS13 &&
        has_code(c->hs->peer_versions, VERSION_TLS13);
}

/* RFC 5246, E.1: without supported_versions the old field says the highest. */
static bool offers_tls12(const struct hf_connection *c)
{
    hf_bytes versions = c->hs->peer_versions;
    return versions.length > 0 ? has_code(versions, VERSION_TLS12)
                               : c->hs->hello.legacy_version >= VERSION_TLS12;
}

void versions_text(const struct settings *s, char *text, size_t capacity)
{
    text[0] = '\0';
    text_append(text, capacity, "%s", version_name(s->lowest_version));
    if (s->lowest_version != s->highest_version) {
        text_append(text, capacity, " or %s", version_name(s->highest_version));
    }
}

static bool no_version(struct hf_connection *c)
{
    hf_bytes versions = c->hs->peer_versions;
    if (offers_suite(c, SCSV_FALLBACK)) { /* RFC 7507, 3 */
        return fail_at(&c->error, ERR_fallback, "cipher_suites", SIZE_MAX,
            "TLS_FALLBACK_SCSV beside %s; %s is spoken here",
            version_name(c->hs->hello.legacy_version), version_name(c->settings->highest_version));
    }
    (void)fail_at(&c->error, ERR_no_common_version, "supported_versions", SIZE_MAX,
        "the client speaks none of the versions that are spoken here");
    if (versions.length == 0) {
        error_offered(&c->error, "%s and older", version_name(c->hs->hello.legacy_version));
    } else {
        list_text(versions.data, versions.length, version_name, c->error.offered,
            sizeof c->error.offered);
    }
    versions_text(c->settings, c->error.required, sizeof c->error.required);
    return false;
}

/* The highest that both speak: RFC 9846, 4.3.1, where supported_versions alone decides (what the
 * old field says beside it is not looked at, as deployed clients need it); and RFC 7507, 3. */
bool choose_version(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    if (chooses_tls13(c)) {
        c->version = VERSION_TLS13;
    } else if (s->lowest_version <= VERSION_TLS12 && offers_tls12(c)) {
        c->version = VERSION_TLS12;
    } else {
        return no_version(c);
    }
    if (c->version < s->highest_version && offers_suite(c, SCSV_FALLBACK)) {
        return fail_at(&c->error, ERR_fallback, "cipher_suites", SIZE_MAX,
            "TLS_FALLBACK_SCSV beside %s; %s is spoken here", version_name(c->version),
            version_name(s->highest_version));
    }
    return true;
}

static bool no_suite(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_bytes offered = c->hs->hello.cipher_suites;
    (void)fail_at(&c->error, ERR_no_common_suite, "cipher_suites", SIZE_MAX,
        "none of the client's %zu suites is allowed here in %s", offered.length / 2,
        version_name(c->version));
    list_text(offered.data, offered.length, suite_name, c->error.offered, sizeof c->error.offered);
    const char *between = "";
    for (size_t i = 0; i < s->suite_count; i++) {
        if (s->suites[i]->version == c->version) {
            text_append(c->error.required, sizeof c->error.required, "%s%s", between,
                s->suites[i]->name);
            between = ", ";
        }
    }
    return false;
}

/* Whether the client puts ChaCha20 before all else that is allowed here in its version: it has no
 * AES instructions then, and would pay more for our order than we gain by it. */
static bool prefers_chacha(const struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_bytes offered = c->hs->hello.cipher_suites;
    for (size_t k = 0; k + 1 < offered.length; k += 2) {
        for (size_t i = 0; i < s->suite_count; i++) {
            if (s->suites[i]->id == code_at(offered, k) && s->suites[i]->version == c->version) {
                return s->suites[i]->aead == AEAD_CHACHA20_POLY1305;
            }
        }
    }
    return false;
}

/* Our order; the same again after HelloRetryRequest because the hello's list may not change. */
bool choose_suite(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    for (size_t i = 0; i < s->suite_count && prefers_chacha(c); i++) {
        if (s->suites[i]->id == 0x1303) {
            c->suite = s->suites[i];
            return true;
        }
    }
    for (size_t i = 0; i < s->suite_count; i++) {
        if (s->suites[i]->version == VERSION_TLS13 &&
            offers_suite(c, s->suites[i]->id)) {
            c->suite = s->suites[i];
            return true;
        }
    }
    return no_suite(c);
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

/* RFC 9846, 4.3.8: the first of our groups that came with a share; else (with strict groups: if
 * the client knows a better one) the first common one, by HelloRetryRequest. After that the
 * second hello holds exactly the share asked for. */
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
        if (s->strict_groups && has_code(c->hs->peer_groups, s->groups[i]->id)) {
            break;
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

static bool is_ec(enum key_type key)
{
    return key == KEY_P256 || key == KEY_P384 || key == KEY_P521;
}

/* RFC 9846, 4.3.3: in TLS 1.3 a scheme is for one very kind of key and never PKCS#1; in TLS 1.2 an
 * ECDSA scheme says nothing of the curve, and ML-DSA is not allowed (draft-ietf-tls-mldsa). A key
 * that names a hash signs with that one alone (RFC 4055, 1.2). */
bool scheme_fits_key(const struct hf_connection *c, const struct signature_scheme *scheme,
    const struct public_key *key)
{
    bool fits = scheme->key == key->type;
    if (is_tls12(c)) {
        fits = (fits && !is_mldsa(key->type)) || (is_ec(scheme->key) && is_ec(key->type));
    } else {
        fits &= scheme->padding != PADDING_PKCS1;
    }
    if (scheme->padding == PADDING_PSS) { /* RFC 8017, 9.1.1: the salt is as long as the hash */
        fits &= key->modulus.length >= 2 * c->settings->provider->hash(scheme->hash)->size + 2;
    }
    return fits && (key->pss_hash == HASH_NONE || key->pss_hash == scheme->hash);
}

/* In the peer's order: it knows best what it verifies fast; unless the identity has its own. */
const struct signature_scheme *scheme_for(const struct hf_connection *c,
    const struct hf_identity *identity)
{
    hf_bytes schemes = c->hs->peer_schemes;
    for (size_t i = 0; i < identity->scheme_count; i++) {
        const struct signature_scheme *own = identity->provider->scheme(identity->schemes[i]);
        if (own != NULL && has_code(schemes, own->id) &&
            scheme_fits_key(c, own, &identity->leaf.key)) {
            return own;
        }
    }
    for (size_t i = 0; i + 1 < schemes.length && identity->scheme_count == 0; i += 2) {
        const struct signature_scheme *scheme = identity->provider->scheme(code_at(schemes, i));
        if (scheme != NULL && scheme_fits_key(c, scheme, &identity->leaf.key)) {
            return scheme;
        }
    }
    return NULL;
}

bool auth_fits_key(const struct suite *suite, enum key_type key)
{
    bool rsa = key == KEY_RSA || key == KEY_RSA_PSS;
    switch (suite->auth) {
    case AUTH_ANY: return true;
    case AUTH_RSA: return suite->kx == KX_RSA ? key == KEY_RSA : rsa;
    case AUTH_ECDSA: return !rsa && !is_mldsa(key);
    }
    return false;
}

/* RFC 8422, 5.3: in TLS 1.2 supported_groups speaks of the certificate's curve too. */
static bool curve_fits(const struct hf_connection *c, enum key_type key)
{
    hf_bytes groups = c->hs->peer_groups;
    if (!is_tls12(c) || groups.length == 0 || !is_ec(key)) {
        return true;
    }
    return has_code(groups, key == KEY_P256 ? 0x0017 : key == KEY_P384 ? 0x0018 : 0x0019);
}

/* Whether an identity can prove itself to this client under the suite; how. A key that decrypts
 * signs nothing. */
static bool can_serve(const struct hf_connection *c, const struct hf_identity *identity,
    const struct signature_scheme **scheme)
{
    enum key_type key = identity->leaf.key.type;
    if (!auth_fits_key(c->suite, key) || !curve_fits(c, key)) {
        return false;
    }
    *scheme = c->suite->kx == KX_RSA ? NULL : scheme_for(c, identity);
    return c->suite->kx == KX_RSA ? identity->key != NULL : *scheme != NULL;
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

/* By SNI, then by what the client can verify, keys of curves before RSA: RFC 9846, 4.5.1.2.
 * `named`: one is for the name, whatever it can prove. */
static bool find_identity(struct hf_connection *c, bool *named)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    hf_bytes name = bytes_of(c->server_name, strlen(c->server_name));
    bool strict = s->strict_names && name.length > 0;
    enum fit best = FIT_NONE;
    hs->own = NULL;
    for (size_t i = 0; i < s->identity_count; i++) {
        struct hf_identity *identity = s->identities[i];
        enum fit fit = fit_of(identity, name, !strict);
        *named |= fit != FIT_NONE;
        const struct signature_scheme *scheme = NULL;
        bool better = fit > best ||
            (fit == best && hs->own != NULL && is_rsa(hs->own) && !is_rsa(identity));
        if (better && can_serve(c, identity, &scheme)) {
            best = fit;
            hs->own = identity;
            hs->own_scheme = scheme;
        }
    }
    return hs->own != NULL;
}

static bool no_identity(struct hf_connection *c, bool named)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
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

bool choose_identity(struct hf_connection *c)
{
    bool named = false;
    return find_identity(c, &named) || no_identity(c, named);
}

/* ---- TLS 1.2 ---- */

enum { FFDHE2048 = 0x0100 };

/* RFC 8422, 4 and RFC 7919, 4: a curve for ECDHE, a prime for DHE. A client that names no primes
 * takes what it gets; one that names no curves gets no ECDHE, which the RFC leaves to us. */
static bool choose_group12(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    hf_bytes offered = c->hs->peer_groups;
    bool primes = c->suite->kx == KX_DHE;
    bool silent = primes;
    for (size_t i = 0; i + 1 < offered.length; i += 2) {
        silent &= !is_prime_group(code_at(offered, i));
    }
    c->group = NULL;
    for (size_t i = 0; i < s->group_count && c->group == NULL; i++) {
        uint16_t id = s->groups[i]->id;
        bool kind = primes ? is_prime_group(id) : is_curve(id);
        c->group = kind && (silent || has_code(offered, id)) ? s->groups[i] : NULL;
    }
    if (c->group == NULL && primes && silent) {
        c->group = s->provider->group(FFDHE2048);
    }
    return c->group != NULL;
}

/* RFC 5246, 7.4.1.3: the first of our suites that the client offers and for which there is all that
 * it needs. */
bool choose_suite12(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    bool common = false;
    bool grouped = false;
    bool named = false;
    for (size_t i = 0; i < s->suite_count; i++) {
        c->suite = s->suites[i];
        if (c->suite->version != VERSION_TLS12 ||
            !offers_suite(c, c->suite->id)) {
            continue;
        }
        common = true;
        c->group = NULL;
        if (c->suite->kx != KX_RSA && !choose_group12(c)) {
            continue;
        }
        grouped = true;
        if (find_identity(c, &named)) {
            c->facts |= c->suite->kx == KX_RSA ? FACT_RSA : 0U;
            return true;
        }
    }
    c->suite = NULL;
    if (!common) {
        return no_suite(c);
    }
    return grouped ? no_identity(c, named) : no_group(c);
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
