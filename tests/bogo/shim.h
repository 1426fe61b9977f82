/* The shim between BoringSSL's test runner and handfast; docs/bogo.md says how the two meet. */
#ifndef TESTS_BOGO_SHIM_H
#define TESTS_BOGO_SHIM_H

#include "handfast/handfast.h"

/* Exit codes that the runner knows: a test that needs what we lack, and one that must fail. */
enum { EXIT_FAILED = 1, EXIT_UNIMPLEMENTED = 89, EXIT_MUST_FAIL = 90 };

/* ---- options.c: what the runner asks for ---- */

enum { NUMBERS_MAX = 32, CREDENTIALS_MAX = 4 };

struct numbers {
    size_t count;
    unsigned values[NUMBERS_MAX];
};

/* Decoded base64; `data` is the process's for good. */
struct blob {
    uint8_t *data;
    size_t length;
};

struct credential {
    const char *cert_file;
    const char *key_file;
    struct blob ocsp_response;
    struct blob signed_cert_timestamps;
    struct numbers signing_prefs;
};

/* The flags of one kind of connection. The names are the runner's. */
struct options {
    bool is_handshaker_supported, ipv6, server, async, verify_peer, verify_fail, reverify_on_resume;
    bool use_custom_verify_callback, require_any_client_certificate, expect_verify_result;
    bool enable_ocsp_stapling, use_ocsp_callback, fail_ocsp_callback, decline_ocsp_callback;
    bool enable_signed_cert_timestamps;
    bool check_close_notify, shim_shuts_down, shim_writes_first, read_with_unfinished_write;
    bool send_alert, key_update, key_update_before_read, handshake_never_done;
    bool expect_hrr, expect_no_hrr, expect_session_miss, expect_no_session, expect_session_id;
    bool expect_no_session_id, expect_ticket_renewal, expect_extended_master_secret;
    bool expect_no_server_name, expect_no_peer_cert, no_tls1, no_tls11, no_tls12, no_tls13;
    bool no_ticket, skip_ticket, renew_ticket, enable_grease, fallback_scsv, no_key_shares;
    bool decline_alpn, reject_alpn, fail_cert_callback, fail_early_callback, tls_unique;
    bool use_export_context, export_traffic_secrets, select_empty_alpn;
    unsigned port, resume_count, min_version, max_version, expect_version, expect_curve_id;
    unsigned expect_cipher, expect_cipher_aes, expect_peer_signature_algorithm, max_send_fragment;
    unsigned export_keying_material, resumption_delay, repeat_shim_initial_write;
    uint64_t shim_id;
    const char *host_name, *advertise_alpn, *select_alpn, *expect_alpn, *expect_advertised_alpn;
    const char *expect_server_name, *cipher, *use_client_ca_list, *expect_client_ca_list;
    const char *expect_peer_cert_file, *expect_msg_callback, *export_label, *export_context;
    const char *shim_initial_write;
    struct numbers curves, key_shares, verify_prefs, expect_peer_verify_pref;
    struct blob expect_ocsp_response, expect_signed_cert_timestamps, expect_certificate_types;
    struct credential credentials[CREDENTIALS_MAX]; /* the first is the one without a name */
    size_t credential_count;                        /* those after it */
};

/* False: a flag that the shim does not know; it was named on stderr. */
bool options_parse(int count, char **arguments, struct options *initial, struct options *resume);

/* ---- setup.c: the config that the options describe ---- */

/* What the connections of one process share. */
struct shim {
    hf_tickets *tickets;
    hf_session_cache *cache;
    hf_session *session;     /* the newest that a server gave */
    uint64_t now_ms;         /* stands still but for resumption_delay: ages are compared exactly */
};

struct exchange;

/* NULL: `error` says why; `unimplemented` is set when the options ask for what we do not have. */
hf_config *config_of(struct exchange *x, hf_error *error, bool *unimplemented);

/* ---- checks.c: what was seen, and what should have been ---- */

enum { SEEN_MAX = 16384, TRACE_MAX = 2048 };

struct seen_bytes {
    size_t length;
    uint8_t data[SEEN_MAX];
};

/* What the trace told. */
struct seen {
    struct seen_bytes authorities, schemes, protocols, certificate_types;
    unsigned peer_scheme;
    bool session;            /* a server gave one */
    bool session_id;         /* the server's hello had one */
    bool server_name_sent;
    bool verified;
    char trace[TRACE_MAX];   /* as -expect-msg-callback words it */
};

void seen_event(void *user, hf_connection *connection, const hf_event *event);
/* False: something is not as expected; it was told on stderr. */
bool check_handshake(const struct exchange *x);
bool check_end(const struct exchange *x);

/* ---- exchange.c: one connection ---- */

enum { BUFFER = 1 << 17 };

struct exchange {
    struct shim *shim;
    const struct options *options;
    bool resumes;
    hf_config *config;
    hf_connection *connection;
    int fd;
    struct seen seen;
    bool checked;            /* check_handshake was made */
    bool held;               /* all but one byte of the first write waits */
    uint8_t in[BUFFER];
    size_t in_start, in_shown, in_end;
    uint8_t out[BUFFER];     /* what could not be written yet */
    size_t out_length;
};

/* The exit code. */
int exchange_run(struct exchange *x);

#endif
