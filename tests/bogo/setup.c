/* The config that the runner's flags describe, and what an application decides in callbacks. */
#include <stdio.h>
#include <string.h>

#include "conn/connection.h"
#include "shim.h"
#include "wire/codepoints.h"
#include "x509/issue.h"
#include "x509/pem.h"

/* BoringSSL's defaults, which the tests take for granted. */
static const char default_groups[] = "X25519MLKEM768:x25519:secp256r1:secp384r1";
static const char default_schemes[] = "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:"
    "rsa_pkcs1_sha256:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha384:rsa_pkcs1_sha384:"
    "rsa_pss_rsae_sha512:rsa_pkcs1_sha512";
static const char default_suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256:"
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:"
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:"
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256:TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:"
    "TLS_RSA_WITH_AES_128_GCM_SHA256:TLS_RSA_WITH_AES_256_GCM_SHA384";

/* ---- Callbacks ---- */

/* The application refuses with an alert of its own choice. */
static bool refuse(hf_connection *c, int alert, const char *words)
{
    (void)fail(&c->error, ERR_constraint_violated, "%s", words);
    c->error.alert = alert;
    return false;
}

/* The runner's peers show certificates that nobody trusts: the flags alone decide. */
static bool on_verify(void *user, hf_connection *connection, bool ok,
    const hf_check checks[HF_CHECKS])
{
    struct exchange *x = user;
    const struct options *o = x->options;
    (void)ok;
    for (size_t i = 0; i < HF_CHECKS; i++) {
        if (checks[i].done && !checks[i].ok && checks[i].code == HF_CODE_wrong_usage) {
            return refuse(connection, 42, "refused for its key usage");
        }
    }
    bool decides = o->verify_peer || o->require_any_client_certificate ||
        o->use_custom_verify_callback;
    if (o->verify_fail && decides) {
        return refuse(connection, o->use_custom_verify_callback ? 46 : 40,
            "refused by the verify callback");
    }
    x->seen.verified = true;
    if (o->use_ocsp_callback && o->fail_ocsp_callback && !o->server) {
        return refuse(connection, 113, "refused by the OCSP callback");
    }
    return true;
}

/* Where BoringSSL asks its application while a message is made, an application here has no say:
 * this stands in for the refusal. */
static void on_write(void *user, hf_connection *c, enum message message, hf_builder *body)
{
    const struct options *o = ((struct exchange *)user)->options;
    bool refused = false;
    if (o->server && o->fail_early_callback && message == SERVER_HELLO) {
        refused = !refuse(c, 40, "refused by the early callback");
    }
    if (o->server && o->select_empty_alpn && message == SERVER_HELLO) {
        refused = !refuse(c, 80, "refused for an empty application protocol");
    }
    if (o->fail_cert_callback && message == (o->server ? SERVER_HELLO : CERTIFICATE)) {
        refused = !refuse(c, 80, "refused by the certificate callback");
    }
    if (!o->server && message == CERTIFICATE && c->hs->own == NULL &&
        o->credentials[0].cert_file != NULL) {
        refused = !refuse(c, 40, "the application does not go on without its certificate");
    }
    if (o->server && o->use_ocsp_callback && o->fail_ocsp_callback && message == SERVER_HELLO) {
        refused = !refuse(c, 80, "refused by the OCSP callback");
    }
    body->failed |= refused;
}

/* The newest session is the one that is offered next. */
static void on_session(void *user, hf_connection *connection, hf_session *session)
{
    struct exchange *x = user;
    (void)connection;
    hf_session_free(x->shim->session);
    x->shim->session = session;
    x->seen.session = true;
}

static uint64_t now_ms(void *user)
{
    return ((struct shim *)user)->now_ms;
}

/* ---- Lists ---- */

enum { LIST = 1024, RSA_PKCS1_MD5_SHA1 = 0xff01 /* BoringSSL's, not on the wire */ };

/* Numbers as a list of names. */
static const char *names_of(const struct numbers *numbers, const char *(*name)(uint16_t code),
    char list[LIST])
{
    list[0] = '\0';
    for (size_t i = 0; i < numbers->count; i++) {
        if (numbers->values[i] != RSA_PKCS1_MD5_SHA1) {
            text_append(list, LIST, "%s%s", list[0] != '\0' ? ":" : "",
                name((uint16_t)numbers->values[i]));
        }
    }
    return list;
}

/* ProtocolNameList's contents as a list with commas. */
static bool set_protocols(hf_config *config, const char *wire, hf_error *error)
{
    char list[512] = "";
    for (const char *at = wire; *at != '\0'; at += 1 + (uint8_t)*at) {
        text_append(list, sizeof list, "%s%.*s", at > wire ? "," : "", (int)(uint8_t)*at, at + 1);
        if (strlen(at) < 1 + (size_t)(uint8_t)*at) {
            return fail(error, ERR_bad_configuration, "application protocols");
        }
    }
    return hf_config_set_alpn(config, list, error);
}

/* The few expressions in OpenSSL's language that the tests use. */
static const char *suites_of(const char *expression)
{
    static const struct {
        const char *expression;
        const char *list;
    } known[] = {
        { "DEFAULT:!AES", "TLS_CHACHA20_POLY1305_SHA256:"
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256:"
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
        { "AES128", "TLS_AES_128_GCM_SHA256:TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:"
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:TLS_RSA_WITH_AES_128_GCM_SHA256" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].expression, expression) == 0) {
            return known[i].list;
        }
    }
    return NULL;
}

/* ---- Parts of a config; false with no error: not implemented ---- */

static bool set_versions(hf_config *config, const struct options *o, hf_error *error)
{
    unsigned lowest = o->min_version > VERSION_TLS12 ? o->min_version : VERSION_TLS12;
    unsigned highest = o->max_version != 0 ? o->max_version : VERSION_TLS13;
    lowest = lowest == VERSION_TLS12 && o->no_tls12 ? VERSION_TLS13 : lowest;
    highest = highest == VERSION_TLS13 && o->no_tls13 ? VERSION_TLS12 : highest;
    if (lowest > highest) {
        return fail(error, ERR_bad_configuration, "versions: none is left");
    }
    return hf_config_set_versions(config, (hf_version_id)lowest, (hf_version_id)highest, error);
}

static bool set_lists(hf_config *config, const struct options *o, hf_error *error)
{
    const char *suites = o->cipher != NULL ? suites_of(o->cipher) : default_suites;
    if (suites == NULL || !hf_config_set_suites(config, suites, error)) {
        return false;
    }
    char list[LIST];
    bool grouped = o->curves.count > 0
        ? hf_config_set_groups(config, names_of(&o->curves, group_name, list), NULL)
        : hf_config_set_groups(config, default_groups, NULL) ||
            hf_config_set_groups(config, strchr(default_groups, ':'), NULL);
    const char *schemes = o->verify_prefs.count > 0
        ? names_of(&o->verify_prefs, scheme_name, list)
        : default_schemes;
    return grouped && hf_config_set_signatures(config, schemes, NULL);
}

/* Ours are the first of the groups: other choices are not implemented. */
static bool set_shares(hf_config *config, const struct options *o)
{
    for (size_t i = 0; i < o->key_shares.count; i++) {
        const struct settings *s = &config->settings;
        if (i >= s->group_count || s->groups[i]->id != o->key_shares.values[i]) {
            return false;
        }
    }
    if (o->key_shares.count > 0 || o->no_key_shares) {
        hf_config_set_share_count(config, (unsigned)o->key_shares.count);
    }
    return true;
}

static bool add_identities(hf_config *config, const struct options *o, hf_error *error)
{
    for (size_t i = 0; i <= o->credential_count; i++) {
        const struct credential *credential = &o->credentials[i];
        const struct blob *timestamps = &credential->signed_cert_timestamps;
        if (credential->cert_file == NULL) {
            continue;
        }
        hf_identity *identity =
            hf_identity_from_files(credential->cert_file, credential->key_file, NULL);
        char list[LIST];
        bool added = identity != NULL &&
            hf_identity_set_signatures(identity,
                names_of(&credential->signing_prefs, scheme_name, list), NULL) &&
            (timestamps->length == 0 || hf_identity_set_sct(identity, timestamps->data,
                                            timestamps->length, error)) &&
            hf_config_add_identity(config, identity, error);
        hf_identity_free(identity);
        if (!added) {
            return false;
        }
    }
    return true;
}

/* A root whose subject is a Name of one CommonName (hex), for lists of names of CAs alone: the
 * signature is not right any more. The runner writes PrintableString (RFC 5280, A.1) where
 * certificate_issue writes UTF8String. */
static bool add_authority(hf_trust *trust, const char *hex, hf_error *error)
{
    enum { CN_AT = 13 }; /* behind the heads of Name, RDN and attribute, and id-at-commonName */
    char name[64] = "";
    uint8_t der[2048];
    char pem[4096];
    size_t length = strcspn(hex, ",") / 2;
    for (size_t i = CN_AT; i < length && i - CN_AT < sizeof name - 1; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) {
            return false;
        }
        name[i - CN_AT] = (char)byte;
    }
    struct private_key *key = provider_openssl.private_key_generate(KEY_P256);
    struct issue_input input = { .provider = &provider_openssl, .common_name = name,
        .issuer_name = name, .subject_key = key, .issuer_key = key, .is_ca = true,
        .not_before = 0, .not_after = INT32_MAX };
    bool ok = key != NULL && certificate_issue(&input, der, sizeof der, &length, error);
    for (size_t i = 2; ok && i + strlen(name) <= length; i++) {
        if (der[i - 2] == 0x0c && memcmp(der + i, name, strlen(name)) == 0) {
            der[i - 2] = 0x13;
        }
    }
    provider_openssl.private_key_drop(key);
    return ok && pem_write("CERTIFICATE", bytes_of(der, length), pem, sizeof pem, &length) &&
        hf_trust_add_pem(trust, pem, length, error);
}

/* <NULL> and <EMPTY>: no name is sent. */
static bool set_authorities(hf_config *config, const struct options *o, hf_error *error)
{
    const char *at = o->use_client_ca_list;
    if (at == NULL || at[0] == '<') {
        return true;
    }
    hf_trust *trust = hf_trust_new();
    bool ok = trust != NULL;
    while (ok && *at != '\0') {
        ok = add_authority(trust, at, error);
        at += strcspn(at, ",");
        at += *at == ',' ? 1 : 0;
    }
    hf_config_set_trust(config, trust);
    hf_config_send_ca_names(config, true);
    hf_trust_free(trust);
    return ok;
}

/* What a server grants is shared by the process's connections, and a client's newest session. */
static void set_sessions(hf_config *config, struct exchange *x)
{
    const struct options *o = x->options;
    struct shim *shim = x->shim;
    if (o->server) {
        shim->tickets = shim->tickets != NULL ? shim->tickets : hf_tickets_new(0, 0);
        shim->cache = shim->cache != NULL ? shim->cache : hf_session_cache_new(8);
        hf_config_set_session_cache(config, shim->cache);
        if (o->renew_ticket && x->resumes) {
            static const uint8_t other[HF_TICKET_KEY] = { 1 };
            hf_tickets_set_key(shim->tickets, other, true);
        }
        if (!o->no_ticket && !o->skip_ticket) {
            hf_config_set_tickets(config, shim->tickets, 2, 0);
        }
    } else if (!o->no_ticket) {
        hf_config_set_session_callback(config, on_session, x);
    }
}

static bool set_names(hf_config *config, const struct options *o, hf_error *error)
{
    const char *protocols = o->server ? o->select_alpn : o->advertise_alpn;
    if (o->reject_alpn) {
        return hf_config_set_alpn(config, "none of the client's", error);
    }
    if (protocols == NULL || o->decline_alpn) {
        return true;
    }
    return o->server ? hf_config_set_alpn(config, protocols, error)
                     : set_protocols(config, protocols, error);
}

hf_config *config_of(struct exchange *x, hf_error *error, bool *unimplemented)
{
    const struct options *o = x->options;
    hf_config *config = hf_config_new(o->server ? HF_SERVER : HF_CLIENT, NULL);
    *unimplemented = false;
    if (config == NULL) {
        (void)fail(error, ERR_out_of_memory, "a config");
        return NULL;
    }
    hf_config_insecure_no_verification(config);
    hf_config_set_verify(config, on_verify, x);
    hf_config_set_trace(config, seen_event, x);
    hf_config_set_clock(config, now_ms, x->shim);
    hf_config_defer_operations(config, o->async);
    hf_config_set_grease(config, o->enable_grease || o->server);
    hf_config_set_strict_groups(config, true);
    hf_config_set_client_auth(config, o->require_any_client_certificate ? HF_AUTH_REQUIRE
        : o->verify_peer                                                ? HF_AUTH_REQUEST
                                                                        : HF_AUTH_NONE);
    if (o->enable_ocsp_stapling) {
        hf_config_set_revocation(config, HF_REVOCATION_SOFT);
    }
    hf_config_want_sct(config, o->enable_signed_cert_timestamps);
    set_sessions(config, x);
    config->settings.rewrite = on_write;
    config->settings.rewrite_user = x;
    if (set_versions(config, o, error) && set_lists(config, o, error) && set_shares(config, o) &&
        set_names(config, o, error) && add_identities(config, o, error) &&
        set_authorities(config, o, error) && hf_config_seal(config, error)) {
        return config;
    }
    *unimplemented = !error_is_set(error);
    hf_config_free(config);
    return NULL;
}
