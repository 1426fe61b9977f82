/* Configuration: built once, sealed, then const and shared by threads without a lock. */
#ifndef HANDFAST_CONFIG_H
#define HANDFAST_CONFIG_H

#include "handfast/provider.h"
#include "handfast/trace.h"
#include "handfast/x509.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_config hf_config;
typedef struct hf_identity hf_identity;
/* session.h: a client's session, a server's ticket keys and its cache. */
typedef struct hf_session hf_session;
typedef struct hf_tickets hf_tickets;
typedef struct hf_session_cache hf_session_cache;

typedef enum hf_role { HF_CLIENT, HF_SERVER } hf_role;

/* ---- Identities: a certificate chain and its private key ---- */

/* From PEM files: the leaf first, then the intermediates; the key PKCS#8, PKCS#1 or SEC1, not
 * encrypted. NULL: `error` (may be NULL) says why: malformed_certificate, key_mismatch,
 * bad_configuration. */
HF_API hf_identity *hf_identity_from_files(const char *chain, const char *key, hf_error *error);
HF_API hf_identity *hf_identity_from_pem(const void *chain, size_t chain_length, const void *key,
    size_t key_length, hf_error *error);
/* The same where the key may be encrypted (PKCS#8, or a PEM text with a DEK-Info header); NULL: no
 * passphrase. It is not kept. Reasons: passphrase_missing, wrong_passphrase, bad_private_key (also:
 * a cipher that is not supported). */
HF_API hf_identity *hf_identity_from_files_locked(const char *chain, const char *key,
    const char *passphrase, hf_error *error);
HF_API hf_identity *hf_identity_from_pem_locked(const void *chain, size_t chain_length,
    const void *key, size_t key_length, const char *passphrase, hf_error *error);
/* Whether others than its owner may read or write the file: a mode beyond 0600, or beyond 0640
 * where it is root's. Loading never asks: refuse or warn as suits you. */
HF_API bool hf_key_file_is_exposed(const char *path);
/* A chain whose key is elsewhere: every signature is an operation that hf_operation_sign ends. */
HF_API hf_identity *hf_identity_external(const void *chain, size_t chain_length, hf_error *error);
/* A throw-away CA and a leaf for the names (DNS or IP), comma separated, P-256, valid for 7
 * days. `ca` gets the CA's PEM, at most `capacity` bytes with its terminator (NULL: not wanted). */
HF_API hf_identity *hf_identity_self_signed(const char *names, char *ca, size_t capacity,
    hf_error *error);
/* The signature schemes that the key signs with and their order, where the signer cannot make
 * all that suit it; by default all do, in the peer's order. A list as in
 * hf_config_set_signatures; before the identity is added to a config. False: bad_configuration
 * names the word that is not known. */
HF_API HF_MUST_CHECK bool hf_identity_set_signatures(hf_identity *identity, const char *list,
    hf_error *error);
HF_API void hf_identity_free(hf_identity *identity); /* configs keep their own hold; NULL is fine */

/* ---- Configs ---- */

/* A malloc-shaped allocator; `release` gets the size that was asked for. */
typedef struct hf_allocator {
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory, size_t size);
    void *user;
} hf_allocator;

/* NULL: out of memory. `allocator` NULL: malloc and free. */
HF_API hf_config *hf_config_new(hf_role role, const hf_allocator *allocator);

/* A client's trust (or a server's, for client certificates). Kept by count. */
HF_API void hf_config_set_trust(hf_config *config, hf_trust *trust);
/* Adds an identity: a server's are chosen by SNI (exact, then wildcard, then the first) and by
 * what the client can verify. Kept by count. False: too many (16). */
HF_API HF_MUST_CHECK bool hf_config_add_identity(hf_config *config, hf_identity *identity,
    hf_error *error);

/* A client that checks no certificate: anybody on the path can read and change everything. */
HF_API void hf_config_insecure_no_verification(hf_config *config);
/* Gets our verdict first and may overrule it. Returns whether to go on. */
typedef bool (*hf_verify_callback)(void *user, hf_connection *connection, bool ok,
    const hf_check checks[HF_CHECKS]);
HF_API void hf_config_set_verify(hf_config *config, hf_verify_callback callback, void *user);

typedef enum hf_client_auth { HF_AUTH_NONE, HF_AUTH_REQUEST, HF_AUTH_REQUIRE } hf_client_auth;
HF_API void hf_config_set_client_auth(hf_config *config, hf_client_auth auth);
/* Names the trusted roots when asking for a client certificate (RFC 9846, 4.3.4), where they fit 64
 * KiB. Off by default: names tell the client's people which CAs are trusted here. */
HF_API void hf_config_send_ca_names(hf_config *config, bool send);

/* The versions that are spoken, lowest and highest; 0: as it was (the policy's). False:
 * bad_configuration: none is left. */
typedef enum hf_version_id { HF_TLS12 = 0x0303, HF_TLS13 = 0x0304 } hf_version_id;
HF_API HF_MUST_CHECK bool hf_config_set_versions(hf_config *config, hf_version_id lowest,
    hf_version_id highest, hf_error *error);
/* What is allowed, by the name of a policy: "intermediate" (the default), "modern", "pci",
 * "legacy".
 * Replaces the lists below. False: bad_configuration. */
HF_API HF_MUST_CHECK bool hf_config_set_policy(hf_config *config, const char *name,
    hf_error *error);
/* Every setting as text, a line each, its name first; cut at `capacity`, terminated. 4096 bytes
 * hold all. */
HF_API void hf_config_text(const hf_config *config, char *text, size_t capacity);
/* Lists of names, IANA's or OpenSSL's, colon or comma between, in order of preference. False:
 * bad_configuration names the word that is not known or not spoken. */
HF_API HF_MUST_CHECK bool hf_config_set_suites(hf_config *config, const char *list,
    hf_error *error);
HF_API HF_MUST_CHECK bool hf_config_set_groups(hf_config *config, const char *list,
    hf_error *error);
HF_API HF_MUST_CHECK bool hf_config_set_signatures(hf_config *config, const char *list,
    hf_error *error);
/* Application protocols, comma between ("h2,http/1.1"), in order of preference. */
HF_API HF_MUST_CHECK bool hf_config_set_alpn(hf_config *config, const char *list, hf_error *error);
/* A client's key shares: how many of its groups get one in the first hello (default 1, at most
 * 3). */
HF_API void hf_config_set_share_count(hf_config *config, unsigned count);
/* A server without an identity for the SNI refuses (unrecognized_name) instead of using the
 * first. */
HF_API void hf_config_set_strict_names(hf_config *config, bool strict);
/* A server asks for its first group that the client knows, by HelloRetryRequest (one more round
 * trip), instead of taking a later one whose share came. Off by default. */
HF_API void hf_config_set_strict_groups(hf_config *config, bool strict);

/* Subscribers. */
HF_API void hf_config_set_trace(hf_config *config, hf_trace_callback callback, void *user);
HF_API void hf_config_set_keylog(hf_config *config, hf_keylog_callback callback, void *user);

/* Slow operations wait for somebody else (HF_OPERATION) instead of running inside the call. */
HF_API void hf_config_defer_operations(hf_config *config, bool defer);

/* Each thread that uses the config keeps up to `count` X25519 key pairs made ahead, in eights, at
 * most 64; 0: none, the default. A pair is used once, then erased; it is never used in a child of
 * fork. Eight at a time take less than half the time of eight made alone (with AVX-512 IFMA);
 * the price is that keys of the next handshakes lie in memory. */
HF_API void hf_config_set_keyshare_pool(hf_config *config, unsigned count);
/* Fills this thread's pool, when it has nothing better to do: else an empty one makes eight when a
 * handshake needs one. False: out of memory, or no randomness. */
HF_API HF_MUST_CHECK bool hf_thread_fill(const hf_config *config);

/* The clock: milliseconds since 1970. Default: the system's. */
HF_API void hf_config_set_clock(hf_config *config, uint64_t (*now_ms)(void *user), void *user);

/* Pads protected records with zeros to a multiple of `block` bytes (RFC 9846, 5.4); 0: no
 * padding, the default. At most 4096. */
HF_API HF_MUST_CHECK bool hf_config_set_padding(hf_config *config, unsigned block, hf_error *error);
/* A client mixes meaningless values into its hello, a server into its tickets, so that the other
 * side keeps ignoring what it does not know (RFC 8701). Off by default. */
HF_API void hf_config_set_grease(hf_config *config, bool grease);

/* A server's HelloRetryRequest carries its state in a cookie, authenticated by this secret key
 * of 32 bytes (RFC 9846, 4.3.2): the second ClientHello may come to another connection, made by
 * hf_accept_new of any config with the same key, within 60 seconds. */
HF_API void hf_config_set_stateless_retry(hf_config *config, const uint8_t key[32]);

/* A client offers to be asked for its certificate after the handshake too (RFC 9846, 4.3.6). Off by
 * default. Servers of handfast never ask then. */
HF_API void hf_config_allow_post_handshake_auth(hf_config *config, bool allow);

/* Server data before the client's Finished (0.5-RTT): the client is not authenticated then. */
HF_API void hf_config_allow_half_rtt(hf_config *config, bool allow);

/* Checks that it makes sense and prepares what can be: no setting after this (asserted). False:
 * bad_configuration. A client needs trust unless one of the named ways round was taken; a server
 * needs an identity; asking for client certificates needs trust. */
HF_API HF_MUST_CHECK bool hf_config_seal(hf_config *config, hf_error *error);

HF_API void hf_config_free(hf_config *config); /* connections keep their own hold; NULL is fine */

/* The library's version ("0.1.0") and that of the crypto in use ("OpenSSL 3.0.22 …"). */
HF_API const char *hf_version(void);
HF_API const char *hf_crypto_version(void);

/* Drops what this thread keeps for itself (scratch contexts, randomness). Done at thread exit
 * anyway. */
HF_API void hf_thread_release(void);

#ifdef __cplusplus
}
#endif
#endif
