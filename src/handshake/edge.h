/* The handshake as a table: one row per arrow of the RFC's state diagrams (RFC 9846, Appendix A).
 *
 * Rules, each proven by tests/model:
 *  1. Order within a row: guard, handler, hash, send, keys, state.
 *  2. Guards read facts known before the message; what a message teaches is decided by the rows of
 *     the next state. So no handler runs on an inadmissible message.
 *  3. Handlers see the transcript without their message.
 *  4. HelloRetryRequest folds ClientHello1 after its handler and before its hash.
 *     ChangeCipherSpec, data and post-handshake messages are never hashed.
 *  5. A send is sealed under the write key that stood when the row began. The CCS of 1.3 is plain.
 *  6. Keys come last, with the transcript that includes the message. DERIVE_x computes a secret,
 *     READ_x and WRITE_x install one already derived.
 *  7. Unread handshake bytes are refused at any READ_x, at any SEND row, and before CCS or data.
 *  8. A state receives or acts, never both; an acting state ends with an unguarded row.
 *  9. An OP row stands where its result is first needed and carries the keys that depend on it;
 *     while it waits, nothing is read. PEER stands before anything of ours is sent.
 * 10. TLS 1.2: an acknowledged ticket must arrive; an acknowledged OCSP status may be absent (RFC
 *     6066, 8). The master secret covers ClientKeyExchange (RFC 7627, 4).
 * The first row that matches wins. */
#ifndef HANDSHAKE_EDGE_H
#define HANDSHAKE_EDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hf_connection;

/* Messages, and (after MESSAGES) the work of OP rows. */
enum message { NONE, CLIENT_HELLO, HELLO_RETRY, SERVER_HELLO, ENCRYPTED_EXTENSIONS,
    CERTIFICATE_REQUEST, CERTIFICATE, CERTIFICATE_STATUS, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE,
    CLIENT_KEY_EXCHANGE, CERTIFICATE_VERIFY, FINISHED, NEW_SESSION_TICKET, KEY_UPDATE,
    HELLO_REQUEST, CHANGE_CIPHER_SPEC, DATA, OTHER_MESSAGE, MESSAGES,
    SHARED_SECRET = MESSAGES, SIGNATURE, PEER, WORKS };

enum action { RECV, SEND, OP, AUTO };

#define STATES_OF_A_HANDSHAKE(X) \
    X(START) X(WAIT_SH) X(GOT_SH) X(WAIT_EE) X(GOT_EE) X(WAIT_CERT_CR) X(WAIT_CERT) X(WAIT_CV) \
    X(CHECK_PEER) X(WAIT_FINISHED) X(FLIGHT2) X(SEND_CERT) X(SIGN) X(SEND_CV) X(SEND_FINISHED) \
    X(RECVD_CH) X(SENT_HRR) X(NEGOTIATED) X(SENT_SH) X(SEND_CR) X(WAIT_FLIGHT2) X(GOT_CERT) \
    X(WAIT_STATUS) X(WAIT_SKE) X(WAIT_CR) X(WAIT_SHD) X(EXCHANGE) X(SEND_CKE) X(SEND_CCS) \
    X(WAIT_NST) X(WAIT_CCS) X(SEND_STATUS) X(SEND_SKE) X(SEND_SHD) X(WAIT_CKE) X(SEND_NST) \
    X(R_NST) X(R_CCS) X(R_FINISHED) X(R_SEND_CCS) X(R_SEND_FINISHED) X(R_WAIT_CCS) \
    X(R_WAIT_FINISHED) \
    X(CONNECTED) X(P_SEND_CERT) X(P_SIGN) X(P_SEND_CV) X(P_SEND_FINISHED)

enum state {
#define X(name) name,
    STATES_OF_A_HANDSHAKE(X)
#undef X
    STATES
};

/* What rows do to the keys: a set. */
enum keys { DERIVE_HS = 1, DERIVE_APP = 2, DERIVE_RESUMPTION = 4, READ_HS = 8, READ_APP = 16,
    READ_NEXT = 32, WRITE_HS = 64, WRITE_APP = 128, WRITE_NEXT = 256,
    DERIVE_MASTER = 512, READ_12 = 1024, WRITE_12 = 2048, /* TLS 1.2 */
    READ_ANY = READ_HS | READ_APP | READ_NEXT | READ_12,
    WRITE_ANY = WRITE_HS | WRITE_APP | WRITE_NEXT | WRITE_12 };

/* What guards read. */
enum fact {
    FACT_RETRY = 1,      /* the server asks for another ClientHello (known to it after the first) */
    FACT_RETRIED = 2,    /* HelloRetryRequest went or came */
    /* middlebox compatibility: legacy_session_id is not empty (RFC 9846, E.4) */
    FACT_COMPAT = 4,
    FACT_CCS_SENT = 8,
    FACT_ASKED = 16,     /* a client certificate is asked for */
    FACT_NO_CERT = 32,   /* the client has none to send, or sent none */
    FACT_PSK = 64,       /* TLS 1.3: a pre-shared key is in use */
    FACT_RESUMED = 128,  /* TLS 1.2: the session is an old one */
    FACT_NST = 256,      /* TLS 1.2: the server says that a ticket will come */
    FACT_OCSP = 512,     /* TLS 1.2: the server says that CertificateStatus may come */
    FACT_STATUS_OMITTED = 1024, /* and the server has none to send after all */
    FACT_RSA = 2048      /* TLS 1.2: RSA key exchange, without ServerKeyExchange */
};

typedef bool (*guard)(unsigned facts);
typedef bool (*handler)(struct hf_connection *c);

struct edge {
    enum state from;
    enum action act;
    enum message message;
    handler run;          /* NULL: nothing to do */
    guard when;           /* NULL: always */
    unsigned keys;        /* enum keys */
    enum state to;
};

struct table {
    const struct edge *rows;
    size_t count;
};

/* Each role's tables: the hellos (of all versions), the rest of a 1.3 handshake, and what may come
 * after it. */
extern const struct table hello_client_table;
extern const struct table hello_server_table;
extern const struct table client13_table;
extern const struct table server13_table;
extern const struct table post_client13_table;
extern const struct table post_server13_table;
extern const struct table client12_table;
extern const struct table server12_table;
extern const struct table post_client12_table;
extern const struct table post_server12_table;
/* A client that allows post-handshake authentication has this one beside its post table. */
extern const struct table post_auth_table;

const char *state_name(enum state state);
/* "ClientHello", "SHARED_SECRET"; as the RFC spells them. */
const char *message_name(enum message message);

/* The first row of `tables` (hello, then version) that leaves `state` and matches: for RECV the
 * message, for what a state does by itself `incoming` NONE. NULL: none. */
const struct edge *edge_find(const struct table *const tables[2], enum state state,
    enum message incoming, unsigned facts);

/* Whether a message enters the transcript (rule 4). */
bool is_hashed(enum message message);

#endif
