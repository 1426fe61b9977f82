/* Every way in which a handshake message is refused: a peer that speaks with the real keys sends
 * one malformed or inadmissible message, and the other end must name the reason, the state, the
 * message and the field, send the alert of errors.def, and the peer must hear it. */
#include "support/edit.h"
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

enum { BY_CLIENT = 0, BY_SERVER = 1 };

/* What the configs hold beside the usual. */
enum tweak { PLAIN = 0, RETRY = 1, CLIENT_AUTH = 2, ALPN = 4, ONE_SUITE = 8, P256_ONLY = 16,
    CLIENT_CERT = 32, STRICT = 64, REQUEST_ONLY = 128 };

typedef void (*editor)(enum message message, hf_builder *body);

struct row {
    const char *reason;      /* "": none, the handshake completes */
    int alert;
    const char *state;
    const char *said;        /* hf_error.message */
    const char *field;
    unsigned by;
    enum message message;    /* the one that is edited */
    unsigned nth;            /* of its kind, from 0 */
    editor edit;
    unsigned tweaks;
};

/* ---- Edits ---- */

#define EDIT(name) static void name(enum message message, hf_builder *body)
#define SET(type, bytes) \
    edit_extension_set(message, body, type, bytes, sizeof(bytes) - 1)
#define ADD(type, bytes) \
    edit_extension_add(message, body, type, bytes, sizeof(bytes) - 1)
#define PUT(offset, bytes) \
    (void)message; \
    edit_put(body, offset, bytes, sizeof(bytes) - 1)
#define ALL(bytes) \
    (void)message; \
    edit_all(body, bytes, sizeof(bytes) - 1)

EDIT(nothing) { (void)message; (void)body; }
EDIT(longer) { (void)message; edit_insert(body, body->length, "\0", 1); }
EDIT(shorter) { (void)message; edit_remove(body, body->length - 1, 1); }
EDIT(empty) { (void)message; edit_remove(body, 0, body->length); }
EDIT(flip_last) { (void)message; body->data[body->length - 1] ^= 1; }
EDIT(as_finished) { (void)message; body->data[-4] = TYPE_FINISHED; }
EDIT(as_unknown) { (void)message; body->data[-4] = 99; }
EDIT(too_long) { (void)message; body->failed = true; }

EDIT(old_version) { PUT(AT_VERSION, "\x03\x02"); }
EDIT(other_random) { PUT(AT_RANDOM, "\1\2\3\4"); }
EDIT(retry_random) { (void)message; edit_put(body, AT_RANDOM, hello_retry_random, HELLO_RANDOM); }
EDIT(other_session_id) { (void)message; body->data[AT_SESSION_ID + 1] ^= 1; }
EDIT(compresses) { (void)message; body->data[edit_after_session_id(body) + 2] = 1; }
EDIT(suite_unknown) { PUT(edit_after_session_id(body), "\xc0\x2b"); }
EDIT(suite_384) { PUT(edit_after_session_id(body), "\x13\x02"); }
EDIT(suites_unknown) { PUT(edit_after_session_id(body) + 2, "\xc0\x2b"); }
EDIT(offers_compression) { PUT(edit_after_session_id(body) + 2 + 2, "\x01\x01"); }

EDIT(twice) { ADD(EXT_SUPPORTED_VERSIONS, "\x02\x03\x04"); }
EDIT(unknown_extension) { ADD(0xfafa, ""); }
EDIT(alpn_here) { ADD(EXT_ALPN, "\0\3\2h2"); }
EDIT(share_here) { ADD(EXT_KEY_SHARE, "\0\x1d"); }
EDIT(cookie_here) { ADD(EXT_COOKIE, "\0\1x"); }
EDIT(empty_cookie) { ADD(EXT_COOKIE, "\0\0"); }
EDIT(tiny_records) { SET(EXT_RECORD_SIZE_LIMIT, "\0\x3f"); }
EDIT(odd_records) { SET(EXT_RECORD_SIZE_LIMIT, "\0\x40\0"); }
EDIT(answers_h3) { SET(EXT_ALPN, "\0\3\2h3"); }
EDIT(answers_two) { SET(EXT_ALPN, "\0\6\2h2\2h2"); }
EDIT(named_answer) { SET(EXT_SERVER_NAME, "\0\0"); }
EDIT(bad_name) { SET(EXT_SERVER_NAME, "\0\1\0"); }
EDIT(groups_answer) { ADD(EXT_SUPPORTED_GROUPS, "\0\3\0\x17\0"); }

EDIT(no_versions) { edit_extension_drop(message, body, EXT_SUPPORTED_VERSIONS); }
EDIT(only_12) { SET(EXT_SUPPORTED_VERSIONS, "\2\3\3"); }
EDIT(version_0305) { SET(EXT_SUPPORTED_VERSIONS, "\3\5"); }
EDIT(no_share) { edit_extension_drop(message, body, EXT_KEY_SHARE); }
EDIT(no_groups) { edit_extension_drop(message, body, EXT_SUPPORTED_GROUPS); }
EDIT(no_schemes) { edit_extension_drop(message, body, EXT_SIGNATURE_ALGORITHMS); }
EDIT(unknown_schemes) { SET(EXT_SIGNATURE_ALGORITHMS, "\0\2\xfe\xff"); }
EDIT(pkcs1_schemes) { SET(EXT_SIGNATURE_ALGORITHMS, "\0\4\4\1\2\1"); }

EDIT(says_downgrade)
{
    no_versions(message, body);
    edit_put(body, AT_RANDOM + 24, "DOWNGRD\1", 8);
}

/* Shares: of a client (list), of a server (one), of HelloRetryRequest (a group). */
EDIT(retry_x25519) { SET(EXT_KEY_SHARE, "\0\x1d"); }
EDIT(retry_unknown) { SET(EXT_KEY_SHARE, "\1\0"); }
EDIT(share_of_other_group)
{
    uint8_t share[4 + 97] = { 0, 0x18, 0, 97, 4 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(short_share)
{
    uint8_t share[4 + 31] = { 0, 0x1d, 0, 31, 9 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(zero_share)
{
    uint8_t share[4 + 32] = { 0, 0x1d, 0, 32 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(off_curve)
{
    uint8_t share[4 + 65] = { 0, 0x17, 0, 65, 4, 1, 2, 3 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(client_short_share)
{
    uint8_t share[2 + 4 + 31] = { 0, 4 + 31, 0, 0x1d, 0, 31, 9 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(client_zero_share)
{
    uint8_t share[2 + 4 + 32] = { 0, 4 + 32, 0, 0x1d, 0, 32 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(client_off_curve)
{
    uint8_t share[2 + 4 + 65] = { 0, 4 + 65, 0, 0x17, 0, 65, 4, 1, 2, 3 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(client_share_twice)
{
    uint8_t share[2 + 2 * (4 + 32)] = { 0, 2 * (4 + 32), 0, 0x1d, 0, 32, 9 };
    memcpy(share + 2 + 36, share + 2, 36);
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(client_share_not_listed)
{
    uint8_t share[2 + 4 + 56] = { 0, 4 + 56, 0, 0x1e, 0, 56, 9 };
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}
EDIT(client_two_shares)
{
    uint8_t share[2 + 4 + 97 + 4 + 32] = { 0, 4 + 97 + 4 + 32, 0, 0x18, 0, 97, 4 };
    memcpy(share + 2 + 4 + 97, "\0\x1d\0\x20\x09", 5);
    edit_extension_set(message, body, EXT_KEY_SHARE, share, sizeof share);
}

/* Certificates: context, list of (certificate, extensions). */
EDIT(with_context) { (void)message; body->data[0] = 1; edit_insert(body, 1, "x", 1); }
EDIT(no_chain) { ALL("\0\0\0\0"); }
EDIT(not_der) { ALL("\0\0\0\7\0\0\2\x30\5\0\0"); }
EDIT(empty_certificate) { ALL("\0\0\0\5\0\0\0\0\0"); }
EDIT(staple_nobody_asked) { ALL("\0\0\0\13\0\0\2\x30\0\0\4\0\5\0\0"); }
EDIT(seventeen)
{
    (void)message;
    edit_all(body, "\0\0\0\x88", 4); /* 17 * 8 */
    for (int i = 0; i < 17; i++) {
        edit_insert(body, body->length, "\0\0\3\x30\1\0\0\0", 8);
    }
}
EDIT(scheme_unknown) { PUT(0, "\xfe\xff"); }
EDIT(scheme_of_rsa) { PUT(0, "\x08\x04"); }
EDIT(scheme_pkcs1) { PUT(0, "\x04\x01"); }
EDIT(no_signature) { ALL("\x04\x03\0\0"); }

/* ---- Rows ---- */

static const struct row rows[] = {
    /* ServerHello (RFC 9846, 4.2.3) */
    { "wrong_version", 70, "WAIT_SH", "ServerHello", "legacy_version",
        BY_SERVER, SERVER_HELLO, 0, old_version, PLAIN },
    { "illegal_parameter", 47, "WAIT_SH", "ServerHello", "legacy_session_id_echo",
        BY_SERVER, SERVER_HELLO, 0, other_session_id, PLAIN },
    { "decode_error", 50, "WAIT_SH", "ServerHello", "legacy_compression_method",
        BY_SERVER, SERVER_HELLO, 0, compresses, PLAIN },
    { "wrong_suite", 47, "WAIT_SH", "ServerHello", "cipher_suite",
        BY_SERVER, SERVER_HELLO, 0, suite_unknown, PLAIN },
    { "wrong_suite", 47, "WAIT_SH", "ServerHello", "cipher_suite",
        BY_SERVER, SERVER_HELLO, 0, suite_384, ONE_SUITE },
    { "wrong_suite", 47, "WAIT_SH", "ServerHello", "cipher_suite",
        BY_SERVER, SERVER_HELLO, 0, suite_384, RETRY },
    { "wrong_version", 70, "WAIT_SH", "ServerHello", "supported_versions",
        BY_SERVER, SERVER_HELLO, 0, no_versions, PLAIN },
    { "illegal_parameter", 47, "WAIT_SH", "ServerHello", "supported_versions",
        BY_SERVER, SERVER_HELLO, 0, version_0305, PLAIN },
    { "downgrade", 47, "WAIT_SH", "ServerHello", "random",
        BY_SERVER, SERVER_HELLO, 0, says_downgrade, PLAIN },
    { "missing_extension", 109, "WAIT_SH", "ServerHello", "key_share",
        BY_SERVER, SERVER_HELLO, 0, no_share, PLAIN },
    { "wrong_group", 47, "WAIT_SH", "ServerHello", "key_share",
        BY_SERVER, SERVER_HELLO, 0, share_of_other_group, PLAIN },
    { "bad_key_share", 47, "WAIT_SH", "ServerHello", "key_share",
        BY_SERVER, SERVER_HELLO, 0, short_share, PLAIN },
    { "bad_key_share", 47, "GOT_SH", "", "key_share",
        BY_SERVER, SERVER_HELLO, 0, zero_share, PLAIN },
    { "bad_key_share", 47, "GOT_SH", "", "key_share",
        BY_SERVER, SERVER_HELLO, 0, off_curve, P256_ONLY },
    { "decode_error", 50, "WAIT_SH", "ServerHello", "extensions",
        BY_SERVER, SERVER_HELLO, 0, longer, PLAIN },
    { "decode_error", 50, "WAIT_SH", "ServerHello", "extensions",
        BY_SERVER, SERVER_HELLO, 0, shorter, PLAIN },
    { "decode_error", 50, "WAIT_SH", "ServerHello", "legacy_version",
        BY_SERVER, SERVER_HELLO, 0, empty, PLAIN },
    { "repeated_extension", 50, "WAIT_SH", "ServerHello", "supported_versions",
        BY_SERVER, SERVER_HELLO, 0, twice, PLAIN },
    { "unsolicited_extension", 110, "WAIT_SH", "ServerHello", "GREASE",
        BY_SERVER, SERVER_HELLO, 0, unknown_extension, PLAIN },
    { "unsolicited_extension", 110, "WAIT_SH", "ServerHello",
        "application_layer_protocol_negotiation",
        BY_SERVER, SERVER_HELLO, 0, alpn_here, PLAIN },
    { "misplaced_extension", 47, "WAIT_SH", "ServerHello", "application_layer_protocol_negotiation",
        BY_SERVER, SERVER_HELLO, 0, alpn_here, ALPN },
    { "unexpected_message", 10, "WAIT_SH", "Finished", "",
        BY_SERVER, SERVER_HELLO, 0, as_finished, PLAIN },

    /* HelloRetryRequest (RFC 9846, 4.2.4) */
    { "unexpected_message", 10, "WAIT_SH", "HelloRetryRequest", "",
        BY_SERVER, SERVER_HELLO, 0, retry_random, RETRY },
    { "useless_retry", 47, "WAIT_SH", "HelloRetryRequest", "key_share",
        BY_SERVER, HELLO_RETRY, 0, retry_x25519, RETRY },
    { "useless_retry", 47, "WAIT_SH", "HelloRetryRequest", "",
        BY_SERVER, HELLO_RETRY, 0, no_share, RETRY },
    { "wrong_group", 47, "WAIT_SH", "HelloRetryRequest", "key_share",
        BY_SERVER, HELLO_RETRY, 0, retry_unknown, RETRY },
    { "decode_error", 50, "WAIT_SH", "HelloRetryRequest", "cookie",
        BY_SERVER, HELLO_RETRY, 0, empty_cookie, RETRY },
    { "", 0, "", "", "",
        BY_SERVER, HELLO_RETRY, 0, cookie_here, RETRY },
    { "wrong_version", 70, "WAIT_SH", "HelloRetryRequest", "supported_versions",
        BY_SERVER, HELLO_RETRY, 0, no_versions, RETRY },

    /* EncryptedExtensions (RFC 9846, 4.4.1) */
    { "unsolicited_extension", 110, "WAIT_EE", "EncryptedExtensions", "GREASE",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, unknown_extension, PLAIN },
    { "misplaced_extension", 47, "WAIT_EE", "EncryptedExtensions", "key_share",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, share_here, PLAIN },
    { "illegal_parameter", 47, "WAIT_EE", "EncryptedExtensions", "record_size_limit",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, tiny_records, PLAIN },
    { "decode_error", 50, "WAIT_EE", "EncryptedExtensions", "record_size_limit",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, odd_records, PLAIN },
    { "illegal_parameter", 47, "WAIT_EE", "EncryptedExtensions",
        "application_layer_protocol_negotiation",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, answers_h3, ALPN },
    { "decode_error", 50, "WAIT_EE", "EncryptedExtensions", "alpn.protocol_name",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, answers_two, ALPN },
    { "decode_error", 50, "WAIT_EE", "EncryptedExtensions", "server_name",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, named_answer, PLAIN },
    { "decode_error", 50, "WAIT_EE", "EncryptedExtensions", "supported_groups",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, groups_answer, PLAIN },
    { "unexpected_message", 10, "WAIT_EE", "Finished", "",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, as_finished, PLAIN },
    { "unexpected_message", 10, "WAIT_EE", "unknown", "",
        BY_SERVER, ENCRYPTED_EXTENSIONS, 0, as_unknown, PLAIN },

    /* CertificateRequest (RFC 9846, 4.4.2) */
    { "illegal_parameter", 47, "WAIT_CERT_CR", "CertificateRequest", "certificate_request_context",
        BY_SERVER, CERTIFICATE_REQUEST, 0, with_context, CLIENT_AUTH },
    { "missing_extension", 109, "WAIT_CERT_CR", "CertificateRequest", "signature_algorithms",
        BY_SERVER, CERTIFICATE_REQUEST, 0, no_schemes, CLIENT_AUTH },
    { "misplaced_extension", 47, "WAIT_CERT_CR", "CertificateRequest", "key_share",
        BY_SERVER, CERTIFICATE_REQUEST, 0, share_here, CLIENT_AUTH },
    { "decode_error", 50, "WAIT_CERT_CR", "CertificateRequest", "extensions",
        BY_SERVER, CERTIFICATE_REQUEST, 0, longer, CLIENT_AUTH },
    { "", 0, "", "", "",
        BY_SERVER, CERTIFICATE_REQUEST, 0, unknown_extension, CLIENT_AUTH | CLIENT_CERT },

    /* The server's Certificate, CertificateVerify, Finished (RFC 9846, 4.5) */
    { "no_certificate", 50, "WAIT_CERT_CR", "Certificate", "",
        BY_SERVER, CERTIFICATE, 0, no_chain, PLAIN },
    { "illegal_parameter", 47, "WAIT_CERT_CR", "Certificate", "certificate_request_context",
        BY_SERVER, CERTIFICATE, 0, with_context, PLAIN },
    { "message_too_long", 47, "WAIT_CERT_CR", "Certificate", "certificate_list",
        BY_SERVER, CERTIFICATE, 0, seventeen, PLAIN },
    { "malformed_certificate", 42, "WAIT_CERT_CR", "Certificate", "?",
        BY_SERVER, CERTIFICATE, 0, not_der, PLAIN },
    { "decode_error", 50, "WAIT_CERT_CR", "Certificate", "cert_data",
        BY_SERVER, CERTIFICATE, 0, empty_certificate, PLAIN },
    { "unsolicited_extension", 110, "WAIT_CERT_CR", "Certificate", "status_request",
        BY_SERVER, CERTIFICATE, 0, staple_nobody_asked, PLAIN },
    { "wrong_signature_scheme", 47, "WAIT_CV", "CertificateVerify", "algorithm",
        BY_SERVER, CERTIFICATE_VERIFY, 0, scheme_unknown, PLAIN },
    { "wrong_signature_scheme", 47, "WAIT_CV", "CertificateVerify", "algorithm",
        BY_SERVER, CERTIFICATE_VERIFY, 0, scheme_of_rsa, PLAIN },
    { "wrong_signature_scheme", 47, "WAIT_CV", "CertificateVerify", "algorithm",
        BY_SERVER, CERTIFICATE_VERIFY, 0, scheme_pkcs1, PLAIN },
    { "bad_certificate_verify", 51, "CHECK_PEER", "", "signature",
        BY_SERVER, CERTIFICATE_VERIFY, 0, flip_last, PLAIN },
    { "bad_certificate_verify", 51, "CHECK_PEER", "", "signature",
        BY_SERVER, CERTIFICATE_VERIFY, 0, no_signature, PLAIN },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_SERVER, FINISHED, 0, flip_last, PLAIN },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_SERVER, FINISHED, 0, shorter, PLAIN },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_SERVER, FINISHED, 0, longer, PLAIN },

    /* ClientHello (RFC 9846, 4.2.1 and 4.2.2) */
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, 0, unknown_extension, PLAIN },
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, 0, old_version, PLAIN },
    { "no_common_version", 70, "START", "ClientHello", "supported_versions",
        BY_CLIENT, CLIENT_HELLO, 0, no_versions, PLAIN },
    { "no_common_version", 70, "START", "ClientHello", "supported_versions",
        BY_CLIENT, CLIENT_HELLO, 0, only_12, PLAIN },
    { "no_common_suite", 40, "START", "ClientHello", "cipher_suites",
        BY_CLIENT, CLIENT_HELLO, 0, suites_unknown, ONE_SUITE },
    { "missing_extension", 109, "START", "ClientHello", "supported_groups",
        BY_CLIENT, CLIENT_HELLO, 0, no_groups, PLAIN },
    { "missing_extension", 109, "START", "ClientHello", "key_share",
        BY_CLIENT, CLIENT_HELLO, 0, no_share, PLAIN },
    { "missing_extension", 109, "START", "ClientHello", "signature_algorithms",
        BY_CLIENT, CLIENT_HELLO, 0, no_schemes, PLAIN },
    { "no_common_signature", 40, "START", "ClientHello", "signature_algorithms",
        BY_CLIENT, CLIENT_HELLO, 0, unknown_schemes, PLAIN },
    { "no_common_signature", 40, "START", "ClientHello", "signature_algorithms",
        BY_CLIENT, CLIENT_HELLO, 0, pkcs1_schemes, PLAIN },
    { "no_common_alpn", 120, "START", "ClientHello", "application_layer_protocol_negotiation",
        BY_CLIENT, CLIENT_HELLO, 0, answers_h3, ALPN },
    { "illegal_parameter", 47, "START", "ClientHello", "legacy_compression_methods",
        BY_CLIENT, CLIENT_HELLO, 0, offers_compression, ONE_SUITE },
    { "illegal_parameter", 47, "START", "ClientHello", "key_share",
        BY_CLIENT, CLIENT_HELLO, 0, client_share_twice, PLAIN },
    { "illegal_parameter", 47, "START", "ClientHello", "key_share",
        BY_CLIENT, CLIENT_HELLO, 0, client_share_not_listed, PLAIN },
    { "bad_key_share", 47, "START", "ClientHello", "key_share",
        BY_CLIENT, CLIENT_HELLO, 0, client_short_share, PLAIN },
    { "bad_key_share", 47, "RECVD_CH", "", "key_share",
        BY_CLIENT, CLIENT_HELLO, 0, client_zero_share, PLAIN },
    { "bad_key_share", 47, "RECVD_CH", "", "key_share",
        BY_CLIENT, CLIENT_HELLO, 0, client_off_curve, PLAIN },
    { "decode_error", 50, "START", "ClientHello", "server_name.host_name",
        BY_CLIENT, CLIENT_HELLO, 0, bad_name, PLAIN },
    { "decode_error", 50, "START", "ClientHello", "extensions",
        BY_CLIENT, CLIENT_HELLO, 0, longer, PLAIN },
    { "illegal_parameter", 47, "START", "ClientHello", "record_size_limit",
        BY_CLIENT, CLIENT_HELLO, 0, tiny_records, PLAIN },
    { "repeated_extension", 50, "START", "ClientHello", "supported_versions",
        BY_CLIENT, CLIENT_HELLO, 0, twice, PLAIN },
    { "unexpected_message", 10, "START", "Finished", "",
        BY_CLIENT, CLIENT_HELLO, 0, as_finished, PLAIN },

    /* The second ClientHello (RFC 9846, 4.2.2) */
    { "changed_hello", 47, "START", "ClientHello", "random",
        BY_CLIENT, CLIENT_HELLO, 1, other_random, RETRY },
    { "changed_hello", 47, "START", "ClientHello", "legacy_session_id",
        BY_CLIENT, CLIENT_HELLO, 1, other_session_id, RETRY },
    { "changed_hello", 47, "START", "ClientHello", "cipher_suites",
        BY_CLIENT, CLIENT_HELLO, 1, suites_unknown, RETRY },
    { "changed_hello", 47, "START", "ClientHello", "GREASE",
        BY_CLIENT, CLIENT_HELLO, 1, unknown_extension, RETRY },
    { "changed_hello", 47, "START", "ClientHello", "signature_algorithms",
        BY_CLIENT, CLIENT_HELLO, 1, no_schemes, RETRY },
    { "changed_hello", 47, "START", "ClientHello", "key_share",
        BY_CLIENT, CLIENT_HELLO, 1, client_two_shares, RETRY },
    { "changed_hello", 47, "START", "ClientHello", "key_share",
        BY_CLIENT, CLIENT_HELLO, 1, client_zero_share, RETRY },

    /* The client's Certificate, CertificateVerify, Finished */
    { "client_certificate_missing", 116, "WAIT_CERT", "Certificate", "",
        BY_CLIENT, CERTIFICATE, 0, nothing, CLIENT_AUTH },
    { "", 0, "", "", "",
        BY_CLIENT, CERTIFICATE, 0, nothing, CLIENT_AUTH | REQUEST_ONLY },
    { "malformed_certificate", 42, "WAIT_CERT", "Certificate", "?",
        BY_CLIENT, CERTIFICATE, 0, not_der, CLIENT_AUTH | CLIENT_CERT },
    { "message_too_long", 47, "WAIT_CERT", "Certificate", "certificate_list",
        BY_CLIENT, CERTIFICATE, 0, seventeen, CLIENT_AUTH | CLIENT_CERT },
    { "wrong_signature_scheme", 47, "WAIT_CV", "CertificateVerify", "algorithm",
        BY_CLIENT, CERTIFICATE_VERIFY, 0, scheme_of_rsa, CLIENT_AUTH | CLIENT_CERT },
    { "bad_certificate_verify", 51, "CHECK_PEER", "", "signature",
        BY_CLIENT, CERTIFICATE_VERIFY, 0, flip_last, CLIENT_AUTH | CLIENT_CERT },
    { "unexpected_message", 10, "WAIT_CV", "Finished", "",
        BY_CLIENT, CERTIFICATE_VERIFY, 0, as_finished, CLIENT_AUTH | CLIENT_CERT },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_CLIENT, FINISHED, 0, flip_last, PLAIN },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_CLIENT, FINISHED, 0, empty, PLAIN },
};

/* ---- One row ---- */

struct plan {
    const struct row *row;
    unsigned seen;
    bool edited;
};

static void rewrite(void *user, struct hf_connection *c, enum message message, hf_builder *body)
{
    struct plan *plan = user;
    (void)c;
    if (message == plan->row->message && plan->seen++ == plan->row->nth) {
        plan->row->edit(message, body);
        plan->edited = true;
    }
}

static bool set_tweaks(struct pair *pair, unsigned tweaks)
{
    bool ok = true;
    if ((tweaks & RETRY) != 0) {
        ok = ok && hf_config_set_groups(pair->server_config, "secp384r1", NULL);
    }
    if ((tweaks & ALPN) != 0) {
        ok = ok && hf_config_set_alpn(pair->client_config, "h2", NULL) &&
            hf_config_set_alpn(pair->server_config, "h2", NULL);
    }
    if ((tweaks & ONE_SUITE) != 0) {
        ok = ok && hf_config_set_suites(pair->client_config, "TLS_AES_128_GCM_SHA256", NULL);
    }
    if ((tweaks & P256_ONLY) != 0) {
        ok = ok && hf_config_set_groups(pair->client_config, "secp256r1", NULL);
    }
    if ((tweaks & CLIENT_AUTH) != 0) {
        hf_config_set_client_auth(pair->server_config,
            (tweaks & REQUEST_ONLY) != 0 ? HF_AUTH_REQUEST : HF_AUTH_REQUIRE);
    }
    return ok;
}

static bool configure(struct pair *pair, struct plan *plan)
{
    const struct row *row = plan->row;
    hf_identity *identity = identity_of_kind(KIND_P256, "example.com");
    hf_trust *trust = identity_trust();
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        hf_config_set_versions(pair->client_config, HF_TLS13, HF_TLS13, NULL) &&
        hf_config_set_versions(pair->server_config, HF_TLS13, HF_TLS13, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        set_tweaks(pair, row->tweaks) &&
        ((row->tweaks & CLIENT_CERT) == 0 ||
            hf_config_add_identity(pair->client_config, identity, NULL));
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trust(pair->server_config, trust);
        hf_config *liar = row->by == BY_SERVER ? pair->server_config : pair->client_config;
        liar->settings.rewrite = rewrite;
        liar->settings.rewrite_user = plan;
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return ok && pair_seal(pair);
}

/* What the refused peer hears. */
static void check_heard(const struct row *row, const struct end *end)
{
    const hf_error *error = hf_connection_error(end->connection);
    CHECK(error->code != HF_CODE_none && error->who == HF_PEER && error->alert == row->alert);
    CHECK(!hf_is_connected(end->connection) || row->by == BY_CLIENT);
}

static void check_error(const struct row *row, const struct end *end)
{
    const hf_error *error = hf_connection_error(end->connection);
    CHECK_TEXT(error->reason != NULL ? error->reason : "", row->reason);
    CHECK(error->alert == row->alert && error->who == HF_WE);
    CHECK_TEXT(error->state != NULL ? error->state : "", row->state);
    CHECK_TEXT(error->message != NULL ? error->message : "", row->said);
    if (row->field[0] != '?') {
        CHECK_TEXT(error->field != NULL ? error->field : "", row->field);
    }
    CHECK(error->detail[0] != '\0' && error->section != NULL && error->section[0] != '\0');
    CHECK(end->status == HF_FAILED && !hf_is_connected(end->connection));
}

static void run_row(const struct row *row, enum delivery delivery)
{
    struct plan plan = { .row = row };
    struct pair pair = { .delivery = delivery };
    int before = test_failures;
    CHECK(configure(&pair, &plan) && pair_open(&pair, "example.com"));
    pair_run(&pair);
    CHECK(plan.edited);
    if (row->reason[0] == '\0') {
        CHECK(pair_connected(&pair));
    } else {
        check_error(row, row->by == BY_SERVER ? &pair.client : &pair.server);
        check_heard(row, row->by == BY_SERVER ? &pair.server : &pair.client);
    }
    if (test_failures > before) {
        (void)fprintf(stderr, "row %td: %s in %s of %s\n", row - rows, row->reason, row->said,
            row->field);
        pair_print(&pair);
    }
    pair_free(&pair);
}

static void each_row(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_row(&rows[i], WHOLE);
    }
}

static void each_row_in_pieces(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_row(&rows[i], RANDOM_PIECES);
    }
}

/* A message of ours that does not fit is our own error, told to the peer. */
static void does_not_fit(void)
{
    static const struct row row = { .by = BY_SERVER, .message = ENCRYPTED_EXTENSIONS,
        .edit = too_long };
    struct plan plan = { .row = &row };
    struct pair pair = { 0 };
    CHECK(configure(&pair, &plan) && pair_open(&pair, "example.com"));
    pair_run(&pair);
    CHECK_TEXT(end_reason(&pair.server), "internal_error");
    CHECK(hf_connection_error(pair.server.connection)->alert == 80);
    CHECK_TEXT(end_reason(&pair.client), "peer_refused");
    CHECK(hf_connection_error(pair.client.connection)->alert == 80);
    pair_free(&pair);
}

/* The row's words: what came, where, what was expected instead. */
static void names_what_was_expected(void)
{
    static const struct row row = { .by = BY_SERVER, .message = ENCRYPTED_EXTENSIONS,
        .edit = as_finished };
    struct plan plan = { .row = &row };
    struct pair pair = { 0 };
    CHECK(configure(&pair, &plan) && pair_open(&pair, "example.com"));
    pair_run(&pair);
    const hf_error *error = hf_connection_error(pair.client.connection);
    CHECK_TEXT(error->detail, "got Finished in WAIT_EE, expected EncryptedExtensions");
    CHECK_TEXT(error->required, "EncryptedExtensions");
    CHECK_TEXT(error->offered, "Finished");
    pair_free(&pair);
}

TEST_MAIN(TEST(each_row), TEST(each_row_in_pieces), TEST(does_not_fit),
    TEST(names_what_was_expected))
