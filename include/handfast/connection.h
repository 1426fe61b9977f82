/* One connection: no I/O inside. Bytes go in, bytes come out; the caller moves them. */
#ifndef HANDFAST_CONNECTION_H
#define HANDFAST_CONNECTION_H

#include "handfast/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hf_status {
    HF_OK,         /* done what was asked; look at hf_output and hf_is_connected */
    HF_MORE,       /* feed more input */
    HF_OPERATION,  /* an operation is pending: hf_pending_op, then hf_resume */
    HF_CLOSED,     /* the peer sent close_notify: no more data will come */
    HF_FAILED      /* for good: hf_connection_error; an alert may wait in hf_output */
} hf_status;

/* A client's connection to an identity: a DNS name (an international one in UTF-8, after IDNA2008,
 * or as A-labels), or an IPv4 or IPv6 address. It is what the certificate must speak for, and (a
 * DNS name) the SNI. NULL: `error` (may be NULL) says why. The first flight waits in hf_output. The
 * config is sealed (else bad_configuration) and is kept by count. */
HF_API hf_connection *hf_connect_new(hf_config *config, const char *identity, hf_error *error);
/* The same with another SNI: a DNS name, or NULL for none. */
HF_API hf_connection *hf_connect_new_sni(hf_config *config, const char *identity,
    const char *server_name, hf_error *error);
/* The same with all that a client may say of one connection; zeros are defaults. */
typedef struct hf_connect_options {
    const char *identity;    /* as in hf_connect_new */
    const char *server_name; /* the SNI; NULL: the identity, where it is a DNS name */
    bool no_server_name;     /* sends none */
    bool fallback;           /* its hello is one of an older version than could be: RFC 7507 */
    hf_session *session;     /* offered when it fits; borrowed: it stays the caller's */
} hf_connect_options;
HF_API hf_connection *hf_connect_new_with(hf_config *config, const hf_connect_options *options,
    hf_error *error);
/* A server's connection. */
HF_API hf_connection *hf_accept_new(hf_config *config, hf_error *error);
/* Wipes and frees; NULL is fine. */
HF_API void hf_connection_free(hf_connection *connection);

/* What hf_receive found. */
typedef struct hf_received {
    /* bytes of the buffer that are done with; keep the rest, append, call again */
    size_t consumed;
    const uint8_t *data;    /* application data; borrows the buffer until the next call */
    size_t length;
    bool early;             /* it is 0-RTT data, which may be a replay */
} hf_received;

/* Takes bytes from the peer; they are decrypted in place. Goes on until the input is used up
 * (HF_MORE), one record of application data was opened (HF_OK), or an operation waits
 * (HF_OPERATION). */
HF_API HF_MUST_CHECK hf_status hf_receive(hf_connection *connection, uint8_t *buffer, size_t length,
    hf_received *received);
/* How many bytes complete the record whose beginning is in the buffer (5 with an empty one). */
HF_API size_t hf_need(const hf_connection *connection, const uint8_t *buffer, size_t length);
/* The transport ended. HF_CLOSED after a close_notify; else HF_FAILED: truncated, or
 * closed_during_handshake. */
HF_API HF_MUST_CHECK hf_status hf_receive_end(hf_connection *connection);

/* Handshake bytes and alerts that wait to be sent; NULL and 0 when none. */
HF_API const uint8_t *hf_output(const hf_connection *connection, size_t *length);
/* Drops the first `count` of them. */
HF_API void hf_sent(hf_connection *connection, size_t count);

/* What hf_send did. */
typedef struct hf_io {
    size_t taken;           /* bytes of data that were sealed */
    size_t written;         /* bytes in `out` */
} hf_io;

/* Seals into the caller's buffer: first what waits in hf_output, then as much of the data as
 * fits. Never keeps the data. HF_OK; HF_MORE: not connected yet; HF_FAILED. `data` and `out` do
 * not overlap. */
HF_API HF_MUST_CHECK hf_status hf_send(hf_connection *connection, const void *data, size_t length,
    uint8_t *out, size_t capacity, hf_io *io);
/* The bytes that hf_send needs for `length` bytes of data, with what waits. */
HF_API size_t hf_sealed_size(const hf_connection *connection, size_t length);
/* Queues close_notify: nothing can be sent after it. Data may still come. */
HF_API HF_MUST_CHECK hf_status hf_close(hf_connection *connection);

/* The operation that waits, or NULL; and what to call when it was done. */
HF_API hf_operation *hf_pending_op(hf_connection *connection);
HF_API HF_MUST_CHECK hf_status hf_resume(hf_connection *connection);

HF_API bool hf_is_connected(const hf_connection *connection);      /* the handshake is complete */
/* Code none: no error */
HF_API const hf_error *hf_connection_error(const hf_connection *connection);
HF_API const char *hf_state_name(const hf_connection *connection); /* "WAIT_CV" */

/* Asks for new keys both ways: a KeyUpdate waits in hf_output (RFC 9846, 4.7.3). */
HF_API HF_MUST_CHECK hf_status hf_key_update(hf_connection *connection, bool request_peer);

/* Exports keying material (RFC 9846, 7.5; RFC 5705): HF_FAILED before the handshake's end, without
 * harm to the connection. */
HF_API HF_MUST_CHECK hf_status hf_export(hf_connection *connection, const char *label,
    const void *context, size_t context_length, uint8_t *out, size_t length);

/* What ties what an application does to this very connection, by the name of the channel
 * binding: "tls-exporter" (RFC 9266; 32 bytes) and "tls-unique" (RFC 5929, 3; 12 bytes, TLS 1.2
 * alone), both in TLS 1.2 with the extended master secret alone; "tls-server-end-point" (RFC
 * 5929, 4; a digest of the server's certificate). `out` holds HF_BINDING_MAX. Returns the
 * length; 0: there is none here. */
enum { HF_BINDING_MAX = 64 };
HF_API size_t hf_channel_binding(hf_connection *connection, const char *name,
    uint8_t out[HF_BINDING_MAX]);

/* What was agreed; strings are static or live as long as the connection, NULL when unknown. */
typedef struct hf_facts {
    const char *version;             /* "TLS 1.3" */
    const char *suite;               /* IANA's name */
    const char *group;
    const char *signature;           /* the peer's CertificateVerify (client), ours (server) */
    const char *alpn;                /* NULL: none */
    const char *server_name;         /* SNI; NULL: none */
    bool hello_retry;
    bool client_certificate_asked;
    bool client_certificate_sent;    /* by the client, whoever we are */
    const char *stapled;             /* what the server's OCSP response says of its leaf: "none"
                                        (none came), "good", "revoked", "unknown", "invalid" */
    bool resumed;
    const char *resumption;          /* why a session that was offered was not used; NULL: it was,
                                        or none was offered */
    bool extended_master_secret;     /* RFC 7627; true in TLS 1.3 */
    unsigned round_trips;            /* from our first byte until we may send application data */
} hf_facts;
HF_API void hf_connection_facts(const hf_connection *connection, hf_facts *facts);

/* The peer's certificates as sent, DER, leaf first; NULL past the end. */
HF_API const uint8_t *hf_peer_certificate(const hf_connection *connection, size_t index,
    size_t *length);
/* The OCSP response that came with its leaf, DER; and the list of SCTs, as RFC 6962, 3.3 has it,
 * not looked into. NULL: none. They live as long as the connection. */
HF_API const uint8_t *hf_peer_staple(const hf_connection *connection, size_t *length);
HF_API const uint8_t *hf_peer_sct(const hf_connection *connection, size_t *length);
/* The checks that were made; false: none was (no certificate came). */
HF_API bool hf_peer_checks(const hf_connection *connection, hf_check checks[HF_CHECKS]);

/* A pointer of the caller's, for callbacks. */
HF_API void hf_connection_set_user(hf_connection *connection, void *user);
HF_API void *hf_connection_user(const hf_connection *connection);

#ifdef __cplusplus
}
#endif
#endif
