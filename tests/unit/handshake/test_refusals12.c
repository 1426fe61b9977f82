/* Every way in which a handshake message of TLS 1.2 is refused: a peer that speaks with the real
 * keys sends one malformed or inadmissible message, and the other end must name the reason, the
 * state, the message and the field, send the alert, and the peer must hear it. RFC 5246 with 5077,
 * 5746, 7507, 7627, 7919 and 8422. */
#include "support/edit.h"
#include "support/identities.h"
#include "support/pair.h"
#include "unit/test.h"

enum { BY_CLIENT = 0, BY_SERVER = 1 };

/* What the configs hold beside the usual, which is a key of P-256. */
enum tweak { PLAIN = 0, RSA_KEY = 1, DHE = 2, STATIC = 4, MUTUAL = 8, REQUIRED = 16,
    NEW_SERVER = 32, RESUMED = 64, TICKETS = 128, P256_ONLY = 256, ALPN = 512 };

/* The real session ID of the client's hello is there for who wants to echo it. */
typedef void (*editor)(const struct pair *pair, enum message message, hf_builder *body);

struct row {
    const char *reason;      /* "": none, the handshake completes */
    int alert;
    const char *state;
    const char *said;        /* hf_error.message */
    const char *field;       /* "?": any */
    unsigned by;
    enum message message;    /* the one that is edited */
    editor edit;
    unsigned tweaks;
};

/* ---- Edits ---- */

#define EDIT(name) \
    static void name(const struct pair *pair, enum message message, hf_builder *body)
#define UNUSED (void)pair, (void)message
#define SET(type, bytes) \
    (void)pair; \
    edit_extension_set(message, body, type, bytes, sizeof(bytes) - 1)
#define ADD(type, bytes) \
    (void)pair; \
    edit_extension_add(message, body, type, bytes, sizeof(bytes) - 1)
#define DROP(type) (void)pair; edit_extension_drop(message, body, type)
#define PUT(offset, bytes) UNUSED; edit_put(body, offset, bytes, sizeof(bytes) - 1)
#define ALL(bytes) UNUSED; edit_all(body, bytes, sizeof(bytes) - 1)

EDIT(signs_by_pss) { PUT(0, "\x08\x04"); }
EDIT(longer) { UNUSED; edit_insert(body, body->length, "\0", 1); }
EDIT(shorter) { UNUSED; edit_remove(body, body->length - 1, 1); }
EDIT(empty) { UNUSED; edit_remove(body, 0, body->length); }
EDIT(flip_last) { UNUSED; body->data[body->length - 1] ^= 1; }

EDIT(old_version) { PUT(AT_VERSION, "\x03\x02"); }
EDIT(says_downgrade) { PUT(AT_RANDOM + 24, "DOWNGRD\1"); }
EDIT(says_older_downgrade) { PUT(AT_RANDOM + 24, "DOWNGRD\0"); }
EDIT(compresses) { UNUSED; body->data[edit_after_session_id(body) + 2] = 1; }
EDIT(suite_static) { PUT(edit_after_session_id(body), "\x00\x9c"); }
EDIT(suite_of_13) { PUT(edit_after_session_id(body), "\x13\x01"); }
EDIT(suite_of_rsa) { PUT(edit_after_session_id(body), "\xc0\x2f"); }
EDIT(suite_384) { PUT(edit_after_session_id(body), "\xc0\x2c"); }
EDIT(echoes)
{
    const struct handshake *hs = pair->client.connection->hs;
    uint8_t length = (uint8_t)hs->session_id_length;
    (void)message;
    edit_remove(body, AT_SESSION_ID, 1 + (size_t)body->data[AT_SESSION_ID]);
    edit_insert(body, AT_SESSION_ID, hs->session_id, length);
    edit_insert(body, AT_SESSION_ID, &length, 1);
}
EDIT(unknown_extension) { ADD(0xfafa, ""); }
EDIT(share_here) { ADD(EXT_KEY_SHARE, "\0\x1d"); }
EDIT(alpn_here) { ADD(EXT_ALPN, "\0\3\2h2"); }
EDIT(answers_h3) { SET(EXT_ALPN, "\0\3\2h3"); }
EDIT(master_twice) { ADD(EXT_EXTENDED_MASTER_SECRET, ""); }
EDIT(master_with_body) { SET(EXT_EXTENDED_MASTER_SECRET, "x"); }
EDIT(no_master) { DROP(EXT_EXTENDED_MASTER_SECRET); }
EDIT(renegotiates) { SET(EXT_RENEGOTIATION_INFO, "\1\7"); }
EDIT(no_renegotiation) { DROP(EXT_RENEGOTIATION_INFO); }
EDIT(compressed_points) { SET(EXT_EC_POINT_FORMATS, "\1\1"); }
EDIT(ticket_with_body) { SET(EXT_SESSION_TICKET, "x"); }

/* Certificate without contexts and extensions (RFC 5246, 7.4.2). */
EDIT(no_chain) { ALL("\0\0\0"); }
EDIT(not_der) { ALL("\0\0\5\0\0\2\x30\5"); }
EDIT(empty_certificate) { ALL("\0\0\3\0\0\0"); }
EDIT(seventeen)
{
    UNUSED;
    edit_all(body, "\0\0\x55", 3); /* 17 * 5 */
    for (int i = 0; i < 17; i++) {
        edit_insert(body, body->length, "\0\0\2\x30\0", 5);
    }
}

/* ServerKeyExchange of a curve: type, curve, length, point, scheme, length, signature. */
enum { AT_CURVE = 1, AT_POINT = 4 };
static size_t scheme_at(const hf_builder *body)
{
    return AT_POINT + (size_t)body->data[AT_POINT - 1];
}
EDIT(explicit_curve) { PUT(0, "\1"); }
EDIT(curve_521) { PUT(AT_CURVE, "\0\x19"); }
EDIT(curve_ffdhe) { PUT(AT_CURVE, "\1\0"); }
EDIT(curve_p384) { PUT(AT_CURVE, "\0\x18"); }
EDIT(other_point) { UNUSED; body->data[AT_POINT + 1] ^= 1; }
EDIT(scheme_unknown) { PUT(scheme_at(body), "\xfe\xff"); }
EDIT(scheme_pss) { PUT(scheme_at(body), "\x08\x04"); }
EDIT(scheme_sha1) { PUT(scheme_at(body), "\x02\x03"); }
EDIT(other_prime) { UNUSED; body->data[2 + 100] ^= 1; }
EDIT(other_generator) { UNUSED; body->data[2 + 256 + 2] = 5; }
EDIT(small_prime) { ALL("\0\1\x17\0\1\2\0\1\3\4\1\0\1x"); }

/* CertificateRequest: types, schemes, authorities. */
EDIT(no_types) { ALL("\0\0\2\4\3\0\0"); }
EDIT(no_schemes_asked) { ALL("\1\x40\0\0\0\0"); }
EDIT(empty_authority) { ALL("\1\x40\0\2\4\3\0\2\0\0"); }

/* ClientHello. */
EDIT(only_12) { DROP(EXT_SUPPORTED_VERSIONS); }
EDIT(falls_back)
{
    DROP(EXT_SUPPORTED_VERSIONS);
    edit_put(body, edit_after_session_id(body) + 2, "\x56\0", 2);
}
EDIT(falls_far_back)
{
    falls_back(pair, message, body);
    edit_put(body, AT_VERSION, "\x03\x02", 2);
}
EDIT(older_alone)
{
    DROP(EXT_SUPPORTED_VERSIONS);
    edit_put(body, AT_VERSION, "\x03\x02", 2);
}
EDIT(says_by_suite)
{
    DROP(EXT_RENEGOTIATION_INFO);
    edit_put(body, edit_after_session_id(body) + 2, "\0\xff", 2); /* RFC 5746, 3.3 */
}
static size_t compression_at(const hf_builder *body)
{
    size_t at = edit_after_session_id(body);
    return at + 2 + (size_t)(body->data[at] << 8 | body->data[at + 1]);
}
EDIT(compression_alone) { PUT(compression_at(body), "\1\1"); }
EDIT(compression_too) { UNUSED; edit_insert(body, compression_at(body), "\2\1", 2);
    edit_remove(body, compression_at(body) + 2, 1); }
EDIT(schemes_unknown) { SET(EXT_SIGNATURE_ALGORITHMS, "\0\2\xfe\xff"); }
EDIT(groups_unknown)
{
    DROP(EXT_KEY_SHARE);
    SET(EXT_SUPPORTED_GROUPS, "\0\2\xfe\xff");
}
EDIT(no_curve_of_key) { SET(EXT_SUPPORTED_GROUPS, "\0\2\0\x1d"); }

/* ClientKeyExchange. */
EDIT(short_point) { ALL("\2\4\1"); }
EDIT(no_point) { ALL("\0"); }
EDIT(zero_point) { UNUSED; memset(body->data + 1, 0, body->length - 1); }
EDIT(off_curve) { UNUSED; memset(body->data + 2, 7, body->length - 2); }
EDIT(public_one) { ALL("\0\1\1"); }
EDIT(public_empty) { ALL("\0\0"); }
EDIT(garbage) { UNUSED; memset(body->data + 2, 0x5a, body->length - 2); }
EDIT(nothing_encrypted) { ALL("\0\0"); }

/* ---- Rows ---- */

static const struct row rows[] = {
    /* ServerHello (RFC 5246, 7.4.1.3) */
    { "wrong_version", 70, "WAIT_SH", "ServerHello", "supported_versions",
        BY_SERVER, SERVER_HELLO, old_version, PLAIN },
    { "downgrade", 47, "WAIT_SH", "ServerHello", "random",
        BY_SERVER, SERVER_HELLO, says_downgrade, PLAIN },
    { "downgrade", 47, "WAIT_SH", "ServerHello", "random",
        BY_SERVER, SERVER_HELLO, says_older_downgrade, PLAIN },
    { "illegal_parameter", 47, "WAIT_SH", "ServerHello", "compression_method",
        BY_SERVER, SERVER_HELLO, compresses, PLAIN },
    { "illegal_parameter", 47, "WAIT_SH", "ServerHello", "session_id",
        BY_SERVER, SERVER_HELLO, echoes, PLAIN },
    { "wrong_suite", 47, "WAIT_SH", "ServerHello", "cipher_suite",
        BY_SERVER, SERVER_HELLO, suite_static, PLAIN },
    { "wrong_suite", 47, "WAIT_SH", "ServerHello", "cipher_suite",
        BY_SERVER, SERVER_HELLO, suite_of_13, PLAIN },
    { "wrong_suite", 47, "WAIT_SH", "ServerHello", "cipher_suite",
        BY_SERVER, SERVER_HELLO, suite_384, RESUMED },
    { "lost_extended_master", 40, "WAIT_SH", "ServerHello", "extended_master_secret",
        BY_SERVER, SERVER_HELLO, no_master, RESUMED },
    { "decode_error", 50, "WAIT_SH", "ServerHello", "extended_master_secret",
        BY_SERVER, SERVER_HELLO, master_with_body, PLAIN },
    { "repeated_extension", 50, "WAIT_SH", "ServerHello", "extended_master_secret",
        BY_SERVER, SERVER_HELLO, master_twice, PLAIN },
    { "unsolicited_extension", 110, "WAIT_SH", "ServerHello", "GREASE",
        BY_SERVER, SERVER_HELLO, unknown_extension, PLAIN },
    { "unsolicited_extension", 110, "WAIT_SH", "ServerHello",
        "application_layer_protocol_negotiation",
        BY_SERVER, SERVER_HELLO, alpn_here, PLAIN },
    { "illegal_parameter", 47, "WAIT_SH", "ServerHello", "application_layer_protocol_negotiation",
        BY_SERVER, SERVER_HELLO, answers_h3, ALPN },
    { "misplaced_extension", 47, "WAIT_SH", "ServerHello", "key_share",
        BY_SERVER, SERVER_HELLO, share_here, PLAIN },
    { "renegotiation", 100, "WAIT_SH", "ServerHello", "renegotiation_info",
        BY_SERVER, SERVER_HELLO, renegotiates, PLAIN },
    { "illegal_parameter", 47, "WAIT_SH", "ServerHello", "ec_point_formats",
        BY_SERVER, SERVER_HELLO, compressed_points, PLAIN },
    { "decode_error", 50, "WAIT_SH", "ServerHello", "session_ticket",
        BY_SERVER, SERVER_HELLO, ticket_with_body, TICKETS },
    { "", 0, "", "", "",
        BY_SERVER, SERVER_HELLO, no_renegotiation, PLAIN },

    /* The server's Certificate (RFC 5246, 7.4.2) */
    { "wrong_certificate_type", 47, "WAIT_CERT", "Certificate", "certificate_list",
        BY_SERVER, SERVER_HELLO, suite_of_rsa, PLAIN },
    { "no_certificate", 50, "WAIT_CERT", "Certificate", "",
        BY_SERVER, CERTIFICATE, no_chain, PLAIN },
    { "message_too_long", 47, "WAIT_CERT", "Certificate", "certificate_list",
        BY_SERVER, CERTIFICATE, seventeen, PLAIN },
    { "malformed_certificate", 42, "WAIT_CERT", "Certificate", "?",
        BY_SERVER, CERTIFICATE, not_der, PLAIN },
    { "decode_error", 50, "WAIT_CERT", "Certificate", "?",
        BY_SERVER, CERTIFICATE, empty_certificate, PLAIN },
    { "decode_error", 50, "WAIT_CERT", "Certificate", "certificate_list",
        BY_SERVER, CERTIFICATE, longer, PLAIN },

    /* ServerKeyExchange (RFC 8422, 5.4; RFC 5246, 7.4.3) */
    { "illegal_parameter", 47, "WAIT_SKE", "ServerKeyExchange", "curve_type",
        BY_SERVER, SERVER_KEY_EXCHANGE, explicit_curve, PLAIN },
    { "wrong_group", 47, "WAIT_SKE", "ServerKeyExchange", "named_curve",
        BY_SERVER, SERVER_KEY_EXCHANGE, curve_521, PLAIN },
    { "wrong_group", 47, "WAIT_SKE", "ServerKeyExchange", "named_curve",
        BY_SERVER, SERVER_KEY_EXCHANGE, curve_ffdhe, PLAIN },
    { "bad_key_share", 47, "WAIT_SKE", "ServerKeyExchange", "public",
        BY_SERVER, SERVER_KEY_EXCHANGE, curve_p384, PLAIN },
    { "bad_certificate_verify", 51, "CHECK_PEER", "", "signature",
        BY_SERVER, SERVER_KEY_EXCHANGE, other_point, PLAIN },
    { "bad_certificate_verify", 51, "CHECK_PEER", "", "signature",
        BY_SERVER, SERVER_KEY_EXCHANGE, flip_last, PLAIN },
    { "wrong_signature_scheme", 47, "WAIT_SKE", "ServerKeyExchange", "algorithm",
        BY_SERVER, SERVER_KEY_EXCHANGE, scheme_unknown, PLAIN },
    { "wrong_signature_scheme", 47, "WAIT_SKE", "ServerKeyExchange", "algorithm",
        BY_SERVER, SERVER_KEY_EXCHANGE, scheme_pss, PLAIN },
    { "wrong_signature_scheme", 47, "WAIT_SKE", "ServerKeyExchange", "algorithm",
        BY_SERVER, SERVER_KEY_EXCHANGE, scheme_sha1, PLAIN },
    { "decode_error", 50, "WAIT_SKE", "ServerKeyExchange", "?",
        BY_SERVER, SERVER_KEY_EXCHANGE, longer, PLAIN },
    { "decode_error", 50, "WAIT_SKE", "ServerKeyExchange", "?",
        BY_SERVER, SERVER_KEY_EXCHANGE, shorter, PLAIN },
    { "decode_error", 50, "WAIT_SKE", "ServerKeyExchange", "?",
        BY_SERVER, SERVER_KEY_EXCHANGE, empty, PLAIN },
    { "weak_dh", 71, "WAIT_SKE", "ServerKeyExchange", "dh_p",
        BY_SERVER, SERVER_KEY_EXCHANGE, other_prime, RSA_KEY | DHE },
    { "weak_dh", 71, "WAIT_SKE", "ServerKeyExchange", "dh_p",
        BY_SERVER, SERVER_KEY_EXCHANGE, other_generator, RSA_KEY | DHE },
    { "weak_dh", 71, "WAIT_SKE", "ServerKeyExchange", "dh_p",
        BY_SERVER, SERVER_KEY_EXCHANGE, small_prime, RSA_KEY | DHE },
    { "bad_certificate_verify", 51, "CHECK_PEER", "", "signature",
        BY_SERVER, SERVER_KEY_EXCHANGE, flip_last, RSA_KEY | DHE },

    /* CertificateRequest, ServerHelloDone (RFC 5246, 7.4.4 and 7.4.5) */
    { "decode_error", 50, "WAIT_CR", "CertificateRequest", "certificate_types",
        BY_SERVER, CERTIFICATE_REQUEST, no_types, MUTUAL },
    { "decode_error", 50, "WAIT_CR", "CertificateRequest", "supported_signature_algorithms",
        BY_SERVER, CERTIFICATE_REQUEST, no_schemes_asked, MUTUAL },
    { "decode_error", 50, "WAIT_CR", "CertificateRequest", "distinguished_name",
        BY_SERVER, CERTIFICATE_REQUEST, empty_authority, MUTUAL },
    { "decode_error", 50, "WAIT_CR", "CertificateRequest", "certificate_authorities",
        BY_SERVER, CERTIFICATE_REQUEST, longer, MUTUAL },
    { "decode_error", 50, "WAIT_CR", "ServerHelloDone", "ServerHelloDone",
        BY_SERVER, SERVER_HELLO_DONE, longer, PLAIN },

    /* NewSessionTicket, the server's Finished (RFC 5077, 3.3; RFC 5246, 7.4.9) */
    { "decode_error", 50, "WAIT_NST", "NewSessionTicket", "ticket",
        BY_SERVER, NEW_SESSION_TICKET, shorter, TICKETS },
    { "decode_error", 50, "WAIT_NST", "NewSessionTicket", "ticket",
        BY_SERVER, NEW_SESSION_TICKET, longer, TICKETS },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_SERVER, FINISHED, flip_last, PLAIN },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_SERVER, FINISHED, shorter, PLAIN },
    { "bad_finished", 51, "R_FINISHED", "Finished", "verify_data",
        BY_SERVER, FINISHED, flip_last, RESUMED },

    /* ClientHello (RFC 5246, 7.4.1.2) */
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, unknown_extension, PLAIN },
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, only_12, PLAIN },
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, compression_too, PLAIN },
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, no_master, PLAIN },
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, no_renegotiation, PLAIN },
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, says_by_suite, PLAIN },
    { "no_common_version", 70, "START", "ClientHello", "supported_versions",
        BY_CLIENT, CLIENT_HELLO, older_alone, PLAIN },
    { "fallback", 86, "START", "ClientHello", "cipher_suites",
        BY_CLIENT, CLIENT_HELLO, falls_back, NEW_SERVER },
    { "fallback", 86, "START", "ClientHello", "cipher_suites",
        BY_CLIENT, CLIENT_HELLO, falls_far_back, PLAIN },
    { "", 0, "", "", "",
        BY_CLIENT, CLIENT_HELLO, falls_back, PLAIN },
    { "renegotiation", 100, "START", "ClientHello", "renegotiation_info",
        BY_CLIENT, CLIENT_HELLO, renegotiates, PLAIN },
    { "illegal_parameter", 47, "START", "ClientHello", "compression_methods",
        BY_CLIENT, CLIENT_HELLO, compression_alone, PLAIN },
    { "illegal_parameter", 47, "START", "ClientHello", "ec_point_formats",
        BY_CLIENT, CLIENT_HELLO, compressed_points, PLAIN },
    { "repeated_extension", 50, "START", "ClientHello", "extended_master_secret",
        BY_CLIENT, CLIENT_HELLO, master_twice, PLAIN },
    { "lost_extended_master", 40, "START", "ClientHello", "extended_master_secret",
        BY_CLIENT, CLIENT_HELLO, no_master, RESUMED },
    { "no_common_signature", 40, "START", "ClientHello", "signature_algorithms",
        BY_CLIENT, CLIENT_HELLO, schemes_unknown, PLAIN },
    { "no_common_group", 40, "START", "ClientHello", "supported_groups",
        BY_CLIENT, CLIENT_HELLO, groups_unknown, PLAIN },
    { "no_common_signature", 40, "START", "ClientHello", "signature_algorithms",
        BY_CLIENT, CLIENT_HELLO, no_curve_of_key, PLAIN },
    { "no_common_alpn", 120, "START", "ClientHello", "application_layer_protocol_negotiation",
        BY_CLIENT, CLIENT_HELLO, answers_h3, ALPN },

    /* The client's Certificate, ClientKeyExchange, CertificateVerify, Finished; RFC 5246, 7.4.6:
     * without a certificate, handshake_failure */
    { "client_certificate_missing", 40, "WAIT_CERT", "Certificate", "",
        BY_CLIENT, CERTIFICATE, no_chain, MUTUAL | REQUIRED },
    { "malformed_certificate", 42, "WAIT_CERT", "Certificate", "?",
        BY_CLIENT, CERTIFICATE, not_der, MUTUAL },
    { "message_too_long", 47, "WAIT_CERT", "Certificate", "certificate_list",
        BY_CLIENT, CERTIFICATE, seventeen, MUTUAL },
    { "bad_key_share", 47, "WAIT_CKE", "ClientKeyExchange", "public",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, short_point, PLAIN },
    { "decode_error", 50, "WAIT_CKE", "ClientKeyExchange", "ecdh_Yc",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, no_point, PLAIN },
    { "decode_error", 50, "WAIT_CKE", "ClientKeyExchange", "ecdh_Yc",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, longer, PLAIN },
    { "bad_key_share", 47, "EXCHANGE", "", "?",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, zero_point, PLAIN },
    { "bad_key_share", 47, "EXCHANGE", "", "?",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, off_curve, P256_ONLY },
    { "bad_key_share", 47, "EXCHANGE", "", "?",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, public_one, RSA_KEY | DHE },
    { "decode_error", 50, "WAIT_CKE", "ClientKeyExchange", "dh_Yc",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, public_empty, RSA_KEY | DHE },
    /* RFC 5246, 7.4.7.1: what does not decrypt is told by the first record under the keys alone. */
    { "bad_record", 20, "WAIT_FINISHED", "", "?",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, garbage, RSA_KEY | STATIC },
    { "bad_record", 20, "WAIT_FINISHED", "", "?",
        BY_CLIENT, CLIENT_KEY_EXCHANGE, nothing_encrypted, RSA_KEY | STATIC },
    { "wrong_signature_scheme", 47, "WAIT_CV", "CertificateVerify", "algorithm",
        BY_CLIENT, CERTIFICATE_VERIFY, signs_by_pss, MUTUAL },
    { "bad_certificate_verify", 51, "CHECK_PEER", "", "signature",
        BY_CLIENT, CERTIFICATE_VERIFY, flip_last, MUTUAL },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_CLIENT, FINISHED, flip_last, PLAIN },
    { "bad_finished", 51, "WAIT_FINISHED", "Finished", "verify_data",
        BY_CLIENT, FINISHED, empty, PLAIN },
    { "bad_finished", 51, "R_WAIT_FINISHED", "Finished", "verify_data",
        BY_CLIENT, FINISHED, flip_last, RESUMED },
};

/* ---- One row ---- */

struct plan {
    const struct row *row;
    struct pair pair;
    hf_session *session;
    bool armed;
    bool edited;
};

static void rewrite(void *user, struct hf_connection *c, enum message message, hf_builder *body)
{
    struct plan *plan = user;
    (void)c;
    if (plan->armed && message == plan->row->message && !plan->edited) {
        plan->row->edit(&plan->pair, message, body);
        plan->edited = true;
    }
}

static void keep_session(void *user, hf_connection *connection, hf_session *session)
{
    struct plan *plan = user;
    (void)connection;
    hf_session_free(plan->session);
    plan->session = session;
}

static bool set_lists(const struct pair *pair, unsigned tweaks)
{
    hf_config *client = pair->client_config;
    hf_config *server = pair->server_config;
    const char *suites = (tweaks & STATIC) != 0 ? "TLS_RSA_WITH_AES_128_GCM_SHA256"
        : (tweaks & DHE) != 0                   ? "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
                                                : NULL;
    return (suites == NULL ||
               (hf_config_set_policy(client, "legacy", NULL) &&
                   hf_config_set_suites(server, suites, NULL) &&
                   hf_config_set_groups(server, "ffdhe2048", NULL))) &&
        ((tweaks & P256_ONLY) == 0 || hf_config_set_groups(server, "secp256r1", NULL)) &&
        ((tweaks & ALPN) == 0 || (hf_config_set_alpn(client, "h2", NULL) &&
                                     hf_config_set_alpn(server, "h2", NULL))) &&
        hf_config_set_versions(server, HF_TLS12,
            (tweaks & NEW_SERVER) != 0 ? HF_TLS13 : HF_TLS12, NULL);
}

static bool configure(struct plan *plan)
{
    const struct row *row = plan->row;
    struct pair *pair = &plan->pair;
    bool mutual = (row->tweaks & MUTUAL) != 0;
    bool required = (row->tweaks & REQUIRED) != 0;
    hf_identity *identity = identity_of_kind((row->tweaks & RSA_KEY) != 0 ? KIND_RSA : KIND_P256,
        "example.com");
    hf_trust *trust = identity_trust();
    bool ok = identity != NULL && trust != NULL && pair_configs_new(pair, NULL, NULL) &&
        set_lists(pair, row->tweaks) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        (!mutual || hf_config_add_identity(pair->client_config, identity, NULL));
    if (ok) {
        hf_config_set_trust(pair->client_config, trust);
        hf_config_set_trust(pair->server_config, trust);
        hf_config_set_client_auth(pair->server_config,
            required ? HF_AUTH_REQUIRE : mutual ? HF_AUTH_REQUEST : HF_AUTH_NONE);
        hf_config *liar = row->by == BY_SERVER ? pair->server_config : pair->client_config;
        liar->settings.rewrite = rewrite;
        liar->settings.rewrite_user = plan;
    }
    if (ok && (row->tweaks & (RESUMED | TICKETS)) != 0) {
        hf_tickets *tickets = hf_tickets_new(0, 0);
        hf_config_set_tickets(pair->server_config, tickets, 1, 0);
        hf_config_set_session_callback(pair->client_config, keep_session, plan);
        hf_tickets_free(tickets);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return ok && pair_seal(pair);
}

/* What the refused peer hears. Who sends the last Finished is connected by then, and a server's
 * ticket goes out beside it. */
static void check_heard(const struct row *row, const struct end *end)
{
    const hf_error *error = hf_connection_error(end->connection);
    CHECK(error->code != HF_CODE_none && error->who == HF_PEER && error->alert == row->alert);
    CHECK(!hf_is_connected(end->connection) || row->message == FINISHED ||
        row->message == NEW_SESSION_TICKET);
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
    struct plan plan = { .row = row, .pair = { .delivery = delivery } };
    struct pair *pair = &plan.pair;
    int before = test_failures;
    CHECK(configure(&plan));
    if ((row->tweaks & RESUMED) != 0) {
        CHECK(pair_open(pair, "example.com"));
        pair_run(pair);
        CHECK(plan.session != NULL);
    }
    plan.armed = true;
    hf_connect_options options = { .identity = "example.com", .session = plan.session };
    CHECK(pair_open_with(pair, &options));
    pair_run(pair);
    CHECK(plan.edited);
    if (row->reason[0] == '\0') {
        CHECK(pair_connected(pair));
    } else {
        check_error(row, row->by == BY_SERVER ? &pair->client : &pair->server);
        check_heard(row, row->by == BY_SERVER ? &pair->server : &pair->client);
    }
    if (test_failures > before) {
        (void)fprintf(stderr, "row %td: %s in %s of %s\n", row - rows, row->reason, row->said,
            row->field);
        pair_print(pair);
    }
    hf_session_free(plan.session);
    pair_free(pair);
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

TEST_MAIN(TEST(each_row), TEST(each_row_in_pieces))
