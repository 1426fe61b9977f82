/* A session: what both sides remember of a handshake, so that the next one can be short (RFC 9846,
 * 2.2 and 4.7.1; RFC 5246, 7.3; RFC 5077). A server's goes into a sealed ticket or into its cache,
 * a client's into a hf_session. Holds secrets: wipe. */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/arena.h"
#include "base/builder.h"
#include "crypto/suite.h"
#include "handfast/session.h"
#include "x509/path.h"

/* The first byte of everything that is kept: another one is refused, never guessed at. */
enum { SESSION_FORMAT = 1 };

enum { SESSION_SECRET_MAX = HASH_SIZE_MAX, SESSION_BINDING = 32, SESSION_TICKET_MAX = 65535,
    SESSION_PROTOCOL_MAX = 255, SESSION_LIFETIME_MAX_S = 7 * 86400,
    SESSION_LIFETIME_S = 86400, /* where nothing was said */
    SESSION_SKEW_S = 60, /* by which clocks of hosts that share sessions may differ */
    /* what a server puts into a ticket at most; a longer client chain is not resumed */
    SESSION_SEALED_MAX = 16384 };

/* Slices borrow: from the buffer that was parsed, or from whoever fills it. */
struct session {
    uint16_t version;                     /* VERSION_TLS12 or VERSION_TLS13 */
    const struct suite *suite;
    uint16_t group;                       /* NamedGroup; 0: none */
    uint16_t scheme;                      /* of the server's signature; 0: none */
    uint8_t secret[SESSION_SECRET_MAX];   /* 1.3: the PSK, long as the hash; 1.2: master secret */
    size_t secret_length;
    bool extended_master;                 /* 1.2: RFC 7627; always set in what is kept */
    uint64_t created_ms;                  /* when the full handshake ended; resuming keeps it */
    uint64_t issued_ms;                   /* when this very ticket was made, or came to us: its age
                                             counts from here (RFC 9846, 4.3.11) */
    uint32_t lifetime_s;                  /* since created_ms; at most SESSION_LIFETIME_MAX_S */
    uint32_t age_add;                     /* 1.3 */
    int64_t verified_until;               /* seconds since 1970: the first notAfter on the path that
                                             was verified; 0: nothing was verified */
    uint8_t binding[SESSION_BINDING];     /* digest of all settings that the verdict depended on */
    char server_name[256];                /* SNI; "": none */
    char alpn[SESSION_PROTOCOL_MAX + 1];  /* "": none */
    char identity[256];                   /* a client's: what it verified, as identity_text words
                                             it; a server's: "" */
    size_t chain_count;                   /* the peer's certificates; 0: none */
    hf_bytes chain[CHAIN_MAX];
    hf_bytes ticket;                      /* a client's: the ticket, or (1.2) empty */
    hf_bytes session_id;                  /* 1.2: 0..32 bytes */
};

/* Writes format byte and all fields; sticky failure in the builder when it does not fit. */
void session_build(hf_builder *b, const struct session *session);
/* False (error may be NULL): not a session of this format, or broken: bad_session. Slices borrow
 * `bytes`. */
bool session_parse(hf_bytes bytes, struct session *session, struct hf_error *error);

/* ---- Why a session is not used, for both sides' reports ---- */

#define SESSION_VERDICTS(X) \
    X(USABLE, NULL) \
    X(NONE_OFFERED, NULL) \
    X(NOT_TAKEN, "the server did not take it") \
    X(UNKNOWN_FORMAT, "its format is not known") \
    X(UNKNOWN_KEY, "no ticket key opens it: it was retired, or is another server's") \
    X(NOT_AUTHENTIC, "it was altered, or is another server's") \
    X(NOT_OPENED, "memory or cryptography failed while it was opened") \
    X(NOT_CACHED, "the cache does not hold it") \
    X(EXPIRED, "its lifetime is over") \
    X(FROM_THE_FUTURE, "it was made later than now: a clock is wrong") \
    X(ALREADY_USED, "it was used before: tickets of TLS 1.3 are for one connection") \
    X(OTHER_VERSION, "it is of another version of TLS") \
    X(OTHER_SUITE, "its cipher suite or hash is not agreed on now") \
    X(OTHER_NAME, "it is for another server name") \
    X(OTHER_PROTOCOL, "it is for another application protocol") \
    X(OTHER_IDENTITY, "another identity was verified then") \
    X(OTHER_CONFIG, "what is trusted or asked for has changed since") \
    X(CERTIFICATE_EXPIRED, "a certificate that was verified then has expired since") \
    X(NO_CLIENT_CERTIFICATE, "a client certificate is required now, and none was sent then") \
    X(NO_EXTENDED_MASTER, "the extended master secret was not agreed on then or is not now") \
    X(NO_KEY_EXCHANGE, "the client does not offer psk_dhe_ke") \
    X(AGE_MISMATCH, "the client's idea of its age is wrong")

enum session_verdict {
#define X(name, words) SESSION_##name,
    SESSION_VERDICTS(X)
#undef X
    SESSION_VERDICT_COUNT
};
/* In words, static; NULL for USABLE and NONE_OFFERED. */
const char *session_verdict_text(enum session_verdict verdict);

/* What holds now; a session is used when all of it agrees. The cipher suite is the caller's to
 * compare: each version has its own rule. */
struct session_demand {
    uint64_t now_ms;
    uint16_t version;                     /* 0: any (a client that offers several) */
    const char *server_name;              /* "": none */
    const char *identity;                 /* a client's; NULL: not compared (servers) */
    const uint8_t *binding;               /* SESSION_BINDING bytes */
    bool wants_client_certificate;        /* a server that requires one */
    const char *alpn;                     /* a server's: agreed on now; "": none; NULL: a client */
    hf_bytes protocols;                   /* a client's: offered now, as ALPN lists them; the
                                             session's, if it has one, must be among them */
};
enum session_verdict session_judge(const struct session *session,
    const struct session_demand *demand);

/* ---- A client's, as callers hold it: const but for its mark, counted, shared by threads ---- */

/* A copy of all, in one block. NULL: out of memory, or what session_parse would refuse.
 * hf_session_free gives up one hold. */
hf_session *session_new(const struct allocator *allocator, const struct session *session,
    struct hf_error *error);
void session_retain(hf_session *session);
/* What it holds; slices borrow it. */
const struct session *session_view(const hf_session *session);
/* Takes the one use of a session of TLS 1.3 (RFC 9846, C.4), whatever thread asks; false: it was
 * taken before. One of TLS 1.2 may be used again: always true. */
bool session_take(hf_session *session);

#endif
