/* What a sealed config holds: const while connections use it. Filled by conn/config.c and
 * conn/identity.c, read by the handshake. */
#ifndef HANDSHAKE_SETTINGS_H
#define HANDSHAKE_SETTINGS_H

#include "base/arena.h"
#include "base/builder.h"
#include "crypto/suite.h"
#include "handfast/config.h"
#include "handfast/session.h"
#include "handshake/edge.h"
#include "session/session.h"
#include "x509/pin.h"
#include "session/staple.h"

enum { SUITES_MAX = 32, GROUPS_MAX = 16, SCHEMES_MAX = 24, PROTOCOLS_MAX = 16, IDENTITIES_MAX = 16,
    ALPN_BYTES_MAX = 512, SHARES_MAX = 3, DNS_NAMES_MAX = 64,
    TIMESTAMPS_MAX = 16384 };

/* Handshake limits; the largest that a peer can make us hold. */
enum { HELLO_MAX = 65536, MESSAGE_MAX = CHAIN_BYTES_MAX + 8192, EXTENSIONS_MAX = 128,
    EARLY_SKIP_MAX = 16384 };

/* A certificate chain and its key. Const once made. */
struct hf_identity {
    const struct allocator *allocator;
    const struct provider *provider;
    unsigned _Atomic holds;
    size_t count;                     /* certificates, leaf first */
    hf_bytes chain[CHAIN_MAX];        /* DER; into `der` */
    hf_bytes issuers[CHAIN_MAX];      /* each certificate's issuer, into `der` */
    uint8_t *der;
    size_t der_size;
    struct certificate leaf;
    uint8_t *message;                 /* the encoded body of Certificate with an empty context */
    size_t message_length;
    const struct private_key *key;    /* NULL: signatures come from outside */
    struct private_key *owned_key;
    uint16_t schemes[SCHEMES_MAX];    /* that it signs with, the best first */
    size_t scheme_count;              /* 0: all that fit its key, in the peer's order */
    struct stapling *stapling;        /* the one part that changes: it has its own lock */
    hf_bytes timestamps;              /* SignedCertificateTimestampList; empty: none */
    uint8_t *timestamps_data;
};

struct settings {
    hf_role role;
    const struct allocator *allocator;
    const struct provider *provider;

    uint16_t lowest_version;                 /* VERSION_TLS12 or VERSION_TLS13 */
    uint16_t highest_version;
    const char *policy;                      /* the one that the lists began with; static */
    const struct suite *suites[SUITES_MAX];  /* in order of preference */
    size_t suite_count;
    const struct group *groups[GROUPS_MAX];
    size_t group_count;
    const struct signature_scheme *schemes[SCHEMES_MAX];
    size_t scheme_count;
    unsigned share_count;

    uint8_t alpn[ALPN_BYTES_MAX];            /* ProtocolNameList's contents */
    size_t alpn_length;
    char alpn_text[ALPN_BYTES_MAX];          /* each protocol terminated, in the same order */
    size_t protocol_count;

    struct hf_identity *identities[IDENTITIES_MAX];
    size_t identity_count;
    bool strict_names;
    bool strict_groups;                      /* a server retries for a better group than it got */

    struct hf_trust *trust;
    bool insecure;                           /* verify nothing: asked for by name */
    struct hf_memo *memo;                    /* NULL: each signature is verified afresh */
    struct crl *crls;                        /* CRLS_MAX of them; NULL: none */
    size_t crl_count;
    enum revocation_policy revocation;       /* but for NONE a client asks for a staple */
    bool require_staple;
    bool wants_timestamps;
    struct pins pins;
    enum profile profile;
    bool has_depth_limit;
    unsigned depth_limit;
    hf_client_auth client_auth;
    size_t ca_names_size;                    /* of certificate_authorities' contents; 0: not sent */
    hf_verify_callback verify;
    void *verify_user;

    hf_trace_callback trace;
    void *trace_user;
    hf_keylog_callback keylog;
    void *keylog_user;
    bool defer_operations;
    unsigned keyshare_pool;                  /* keys that a thread makes ahead; 0: none */
    bool half_rtt;
    /* sessions */
    hf_session_callback session_callback;    /* NULL: a client asks for none */
    void *session_user;
    struct hf_tickets *tickets;              /* NULL: a server sends and takes none */
    unsigned ticket_count;                   /* after each handshake of TLS 1.3 */
    uint32_t ticket_lifetime_s;
    struct hf_session_cache *session_cache;  /* NULL: none */
    uint8_t session_binding[SESSION_BINDING]; /* what a session must have been made under */
    /* a client answers CertificateRequest when CONNECTED */
    bool post_auth;
    bool stateless_retry;                    /* HelloRetryRequest carries a cookie with our state */
    uint8_t cookie_key[32];
    /* protected records are padded to multiples of it; 0, 1: no */
    unsigned padding;
    /* a client mixes in values that mean nothing (RFC 8701) */
    bool grease;
    /* a client sends a legacy_session_id (RFC 9846, E.4) */
    bool compat;
    uint64_t (*now_ms)(void *user);
    void *clock_user;

    /* For tests alone: may rewrite the body of a message before it is hashed and sent. NULL:
       none. */
    void (*rewrite)(void *user, struct hf_connection *c, enum message message, hf_builder *body);
    void *rewrite_user;
};

#endif
