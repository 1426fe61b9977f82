/* The runner's flags (ssl/test/PORTING.md of BoringSSL): a row for each. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

enum flag_kind {
    FLAG_SWITCH,
    FLAG_NUMBER,
    FLAG_NUMBER_64,
    FLAG_NUMBERS,
    FLAG_TEXT,
    FLAG_BLOB,
    FLAG_CREDENTIAL_TEXT,    /* these belong to the last -new-x509-credential */
    FLAG_CREDENTIAL_NUMBERS,
    FLAG_CREDENTIAL_BLOB,
    FLAG_NEW_CREDENTIAL,
    FLAG_NOTHING,            /* says nothing about TLS, or what always holds here */
    FLAG_NOTHING_VALUE       /* the same, with a value */
};

struct flag {
    const char *name;
    enum flag_kind kind;
    size_t offset;
};

#define AT(member) offsetof(struct options, member)
#define OF(member) offsetof(struct credential, member)

static const struct flag flags[] = {
    { "-is-handshaker-supported", FLAG_SWITCH, AT(is_handshaker_supported) },
    { "-port", FLAG_NUMBER, AT(port) },
    { "-ipv6", FLAG_SWITCH, AT(ipv6) },
    { "-shim-id", FLAG_NUMBER_64, AT(shim_id) },
    { "-server", FLAG_SWITCH, AT(server) },
    { "-resume-count", FLAG_NUMBER, AT(resume_count) },
    { "-resumption-delay", FLAG_NUMBER, AT(resumption_delay) },

    /* Versions, suites, groups. */
    { "-min-version", FLAG_NUMBER, AT(min_version) },
    { "-max-version", FLAG_NUMBER, AT(max_version) },
    { "-no-tls1", FLAG_SWITCH, AT(no_tls1) },
    { "-no-tls11", FLAG_SWITCH, AT(no_tls11) },
    { "-no-tls12", FLAG_SWITCH, AT(no_tls12) },
    { "-no-tls13", FLAG_SWITCH, AT(no_tls13) },
    { "-expect-version", FLAG_NUMBER, AT(expect_version) },
    { "-fallback-scsv", FLAG_SWITCH, AT(fallback_scsv) },
    { "-cipher", FLAG_TEXT, AT(cipher) },
    { "-expect-cipher", FLAG_NUMBER, AT(expect_cipher) },
    { "-expect-cipher-aes", FLAG_NUMBER, AT(expect_cipher_aes) },
    { "-expect-cipher-no-aes", FLAG_NOTHING_VALUE, 0 }, /* of machines without AES instructions */
    { "-curves", FLAG_NUMBERS, AT(curves) },
    { "-key-shares", FLAG_NUMBERS, AT(key_shares) },
    { "-no-key-shares", FLAG_SWITCH, AT(no_key_shares) },
    { "-expect-curve-id", FLAG_NUMBER, AT(expect_curve_id) },
    { "-expect-hrr", FLAG_SWITCH, AT(expect_hrr) },
    { "-expect-no-hrr", FLAG_SWITCH, AT(expect_no_hrr) },
    { "-enable-grease", FLAG_SWITCH, AT(enable_grease) },

    /* Names and protocols. */
    { "-host-name", FLAG_TEXT, AT(host_name) },
    { "-expect-server-name", FLAG_TEXT, AT(expect_server_name) },
    { "-expect-no-server-name", FLAG_SWITCH, AT(expect_no_server_name) },
    { "-advertise-alpn", FLAG_TEXT, AT(advertise_alpn) },
    { "-select-alpn", FLAG_TEXT, AT(select_alpn) },
    { "-expect-alpn", FLAG_TEXT, AT(expect_alpn) },
    { "-expect-advertised-alpn", FLAG_TEXT, AT(expect_advertised_alpn) },
    { "-select-empty-alpn", FLAG_SWITCH, AT(select_empty_alpn) },
    { "-decline-alpn", FLAG_SWITCH, AT(decline_alpn) },
    { "-reject-alpn", FLAG_SWITCH, AT(reject_alpn) },

    /* Certificates. */
    { "-new-x509-credential", FLAG_NEW_CREDENTIAL, 0 },
    { "-cert-file", FLAG_CREDENTIAL_TEXT, OF(cert_file) },
    { "-key-file", FLAG_CREDENTIAL_TEXT, OF(key_file) },
    { "-signing-prefs", FLAG_CREDENTIAL_NUMBERS, OF(signing_prefs) },
    { "-ocsp-response", FLAG_CREDENTIAL_BLOB, OF(ocsp_response) },
    { "-signed-cert-timestamps", FLAG_CREDENTIAL_BLOB, OF(signed_cert_timestamps) },
    { "-trust-cert", FLAG_NOTHING_VALUE, 0 },             /* the verify callback decides */
    { "-verify-prefs", FLAG_NUMBERS, AT(verify_prefs) },
    { "-verify-peer", FLAG_SWITCH, AT(verify_peer) },
    { "-verify-fail", FLAG_SWITCH, AT(verify_fail) },
    { "-use-custom-verify-callback", FLAG_SWITCH, AT(use_custom_verify_callback) },
    { "-reverify-on-resume", FLAG_SWITCH, AT(reverify_on_resume) },
    { "-expect-verify-result", FLAG_SWITCH, AT(expect_verify_result) },
    { "-require-any-client-certificate", FLAG_SWITCH, AT(require_any_client_certificate) },
    { "-use-client-ca-list", FLAG_TEXT, AT(use_client_ca_list) },
    { "-expect-client-ca-list", FLAG_TEXT, AT(expect_client_ca_list) },
    { "-expect-certificate-types", FLAG_BLOB, AT(expect_certificate_types) },
    { "-expect-peer-cert-file", FLAG_TEXT, AT(expect_peer_cert_file) },
    { "-expect-no-peer-cert", FLAG_SWITCH, AT(expect_no_peer_cert) },
    { "-expect-peer-signature-algorithm", FLAG_NUMBER, AT(expect_peer_signature_algorithm) },
    { "-expect-peer-verify-pref", FLAG_NUMBERS, AT(expect_peer_verify_pref) },
    { "-fail-cert-callback", FLAG_SWITCH, AT(fail_cert_callback) },
    { "-fail-early-callback", FLAG_SWITCH, AT(fail_early_callback) },
    { "-use-early-callback", FLAG_NOTHING, 0 },           /* how the shim gets its certificate */
    { "-use-old-client-cert-callback", FLAG_NOTHING, 0 }, /* the same */
    { "-max-cert-list", FLAG_NOTHING_VALUE, 0 },          /* we have a limit of our own */
    { "-enable-ocsp-stapling", FLAG_SWITCH, AT(enable_ocsp_stapling) },
    { "-use-ocsp-callback", FLAG_SWITCH, AT(use_ocsp_callback) },
    { "-set-ocsp-in-callback", FLAG_NOTHING, 0 },         /* it is there in time anyway */
    { "-decline-ocsp-callback", FLAG_SWITCH, AT(decline_ocsp_callback) },
    { "-fail-ocsp-callback", FLAG_SWITCH, AT(fail_ocsp_callback) },
    { "-expect-ocsp-response", FLAG_BLOB, AT(expect_ocsp_response) },
    { "-enable-signed-cert-timestamps", FLAG_SWITCH, AT(enable_signed_cert_timestamps) },
    { "-expect-signed-cert-timestamps", FLAG_BLOB, AT(expect_signed_cert_timestamps) },

    /* Sessions. */
    { "-no-ticket", FLAG_SWITCH, AT(no_ticket) },
    { "-use-ticket-callback", FLAG_NOTHING, 0 },      /* who seals tickets in BoringSSL */
    { "-use-ticket-aead-callback", FLAG_NOTHING, 0 }, /* the same */
    { "-skip-ticket", FLAG_SWITCH, AT(skip_ticket) },
    { "-renew-ticket", FLAG_SWITCH, AT(renew_ticket) },
    { "-expect-session-miss", FLAG_SWITCH, AT(expect_session_miss) },
    { "-expect-no-session", FLAG_SWITCH, AT(expect_no_session) },
    { "-expect-session-id", FLAG_SWITCH, AT(expect_session_id) },
    { "-expect-no-session-id", FLAG_SWITCH, AT(expect_no_session_id) },
    { "-expect-ticket-renewal", FLAG_SWITCH, AT(expect_ticket_renewal) },
    { "-expect-extended-master-secret", FLAG_SWITCH, AT(expect_extended_master_secret) },
    { "-tls-unique", FLAG_SWITCH, AT(tls_unique) },

    /* How the connection is used. */
    { "-async", FLAG_SWITCH, AT(async) },
    { "-implicit-handshake", FLAG_NOTHING, 0 },       /* no call of ours begins a handshake */
    { "-no-op-extra-handshake", FLAG_NOTHING, 0 },    /* the same */
    { "-check-close-notify", FLAG_SWITCH, AT(check_close_notify) },
    { "-shim-shuts-down", FLAG_SWITCH, AT(shim_shuts_down) },
    { "-shim-writes-first", FLAG_SWITCH, AT(shim_writes_first) },
    { "-shim-initial-write", FLAG_TEXT, AT(shim_initial_write) },
    { "-repeat-shim-initial-write", FLAG_NUMBER, AT(repeat_shim_initial_write) },
    { "-read-with-unfinished-write", FLAG_SWITCH, AT(read_with_unfinished_write) },
    { "-read-size", FLAG_NOTHING_VALUE, 0 },          /* data comes record by record */
    { "-max-send-fragment", FLAG_NUMBER, AT(max_send_fragment) },
    { "-handshake-never-done", FLAG_SWITCH, AT(handshake_never_done) },
    { "-send-alert", FLAG_SWITCH, AT(send_alert) },
    { "-key-update", FLAG_SWITCH, AT(key_update) },
    { "-key-update-before-read", FLAG_SWITCH, AT(key_update_before_read) },
    { "-export-keying-material", FLAG_NUMBER, AT(export_keying_material) },
    { "-export-label", FLAG_TEXT, AT(export_label) },
    { "-export-context", FLAG_TEXT, AT(export_context) },
    { "-use-export-context", FLAG_SWITCH, AT(use_export_context) },
    { "-export-traffic-secrets", FLAG_SWITCH, AT(export_traffic_secrets) },
    { "-expect-msg-callback", FLAG_TEXT, AT(expect_msg_callback) },

    /* What others speak and we never do: it stays away whether it is forbidden or not. */
    { "-renegotiate-ignore", FLAG_NOTHING, 0 },       /* HelloRequest is refused all the same */
    { "-renegotiate-freely", FLAG_NOTHING, 0 },       /* of tests whose HelloRequest is malformed */
    { "-expect-total-renegotiations", FLAG_NOTHING_VALUE, 0 },
    { "-advertise-npn", FLAG_NOTHING_VALUE, 0 },      /* of tests in which ALPN goes before it */
    { "-expect-early-data-reason", FLAG_NOTHING_VALUE, 0 }, /* of tests without early data */
    { "-no-legacy-server-connect", FLAG_NOTHING, 0 }, /* RFC 5746 is always demanded */
    { "-permute-extensions", FLAG_NOTHING, 0 },       /* any order is a permutation */
};

static const struct flag *find_flag(const char *name)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(flags[i].name, name) == 0) {
            return &flags[i];
        }
    }
    return NULL;
}

static bool has_value(enum flag_kind kind)
{
    return kind != FLAG_SWITCH && kind != FLAG_NEW_CREDENTIAL && kind != FLAG_NOTHING;
}

static bool add_number(struct numbers *list, const char *value)
{
    if (list->count == NUMBERS_MAX) {
        return false;
    }
    list->values[list->count++] = (unsigned)strtoul(value, NULL, 10);
    return true;
}

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* RFC 4648, 4. */
static bool decode(struct blob *blob, const char *text)
{
    unsigned bits = 0;
    unsigned held = 0;
    blob->length = 0;
    blob->data = malloc(strlen(text) + 1);
    if (blob->data == NULL) {
        return false;
    }
    for (; digit_of(*text) >= 0; text++) {
        bits = bits << 6 | (unsigned)digit_of(*text);
        held += 6;
        if (held >= 8) {
            held -= 8;
            blob->data[blob->length++] = (uint8_t)(bits >> held);
        }
    }
    return text[strspn(text, "=")] == '\0';
}

static bool set_flag(struct options *o, const struct flag *flag, const char *value)
{
    uint8_t *at = (uint8_t *)o + flag->offset;
    uint8_t *credential = (uint8_t *)&o->credentials[o->credential_count] + flag->offset;
    switch (flag->kind) {
    case FLAG_SWITCH:
        *(bool *)(void *)at = true;
        return true;
    case FLAG_NUMBER:
        *(unsigned *)(void *)at = (unsigned)strtoul(value, NULL, 10);
        return true;
    case FLAG_NUMBER_64:
        *(uint64_t *)(void *)at = strtoull(value, NULL, 10);
        return true;
    case FLAG_NUMBERS:
        return add_number((struct numbers *)(void *)at, value);
    case FLAG_TEXT:
        *(const char **)(void *)at = value;
        return true;
    case FLAG_BLOB:
        return decode((struct blob *)(void *)at, value);
    case FLAG_CREDENTIAL_TEXT:
        *(const char **)(void *)credential = value;
        return true;
    case FLAG_CREDENTIAL_NUMBERS:
        return add_number((struct numbers *)(void *)credential, value);
    case FLAG_CREDENTIAL_BLOB:
        return decode((struct blob *)(void *)credential, value);
    case FLAG_NEW_CREDENTIAL:
        return ++o->credential_count < CREDENTIALS_MAX;
    case FLAG_NOTHING: case FLAG_NOTHING_VALUE:
        return true;
    }
    return false;
}

/* A prefix says for which connection a flag is; the rest of the name, or NULL. */
static const char *behind(const char *name, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(name, prefix, length) == 0 ? name + length : NULL;
}

bool options_parse(int count, char **arguments, struct options *initial, struct options *resume)
{
    memset(initial, 0, sizeof *initial);
    initial->repeat_shim_initial_write = 1;
    initial->shim_initial_write = "hello";
    *resume = *initial;
    for (int i = 1; i < count; i++) {
        const char *for_initial = behind(arguments[i], "-on-initial");
        const char *for_resume = behind(arguments[i], "-on-resume");
        const char *name = for_initial != NULL ? for_initial
            : for_resume != NULL               ? for_resume
                                               : arguments[i];
        const struct flag *flag = find_flag(name);
        if (flag == NULL || (has_value(flag->kind) && i + 1 == count)) {
            (void)fprintf(stderr, "unknown flag %s\n", arguments[i]);
            return false;
        }
        const char *value = has_value(flag->kind) ? arguments[++i] : NULL;
        if ((for_resume == NULL && !set_flag(initial, flag, value)) ||
            (for_initial == NULL && !set_flag(resume, flag, value))) {
            (void)fprintf(stderr, "bad value of %s\n", arguments[i]);
            return false;
        }
    }
    return true;
}
