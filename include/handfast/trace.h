/* What happens in a connection, as it happens. One callback takes a tagged union of borrowed views,
 * valid during the call alone. Secrets never pass here: they go to the key-log callback only. */
#ifndef HANDFAST_TRACE_H
#define HANDFAST_TRACE_H

#include <stdbool.h>

#include "handfast/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_connection hf_connection;

typedef enum hf_event_type {
    HF_EVENT_RECORD,     /* a record came or goes */
    HF_EVENT_MESSAGE,    /* a handshake message (or ChangeCipherSpec) came or goes */
    HF_EVENT_STATE,      /* the handshake moves */
    HF_EVENT_EXTENSION,  /* an extension of the HF_EVENT_MESSAGE that came just before */
    HF_EVENT_KEYS,       /* a key was installed */
    HF_EVENT_ALERT,      /* an alert came or goes */
    HF_EVENT_CHECK,      /* the peer's certificates were verified: one for each check */
    HF_EVENT_OPERATION,  /* a slow operation began or ended */
    HF_EVENT_ERROR       /* the connection failed */
} hf_event_type;

typedef struct hf_event {
    hf_event_type type;
    bool sent;                 /* RECORD, MESSAGE, EXTENSION, ALERT: by us */
    bool by_server;            /* the same: by the server */
    union {
        struct {
            uint8_t content_type;    /* the inner one */
            const char *name;        /* "handshake" */
            bool is_protected;
            size_t length;           /* on the wire, header included */
            size_t content;          /* bytes of content */
        } record;
        struct {
            uint8_t handshake_type;  /* 0xff: ChangeCipherSpec */
            const char *name;        /* "ClientHello" */
            const uint8_t *bytes;    /* with the 4-byte header */
            size_t length;
            bool is_protected;
        } message;
        struct {
            const char *from;        /* "WAIT_CV" */
            const char *to;
        } state;
        struct {
            const char *message;     /* the message that it stands in */
            uint16_t extension_type;
            const char *name;        /* "key_share" */
            const uint8_t *bytes;    /* the body */
            size_t length;
        } extension;
        struct {
            bool reads;              /* else: writes */
            const char *epoch;       /* "handshake", "application" */
            const char *cipher;      /* "AES-128-GCM" */
            unsigned generation;     /* KeyUpdates so far */
        } keys;
        struct {
            bool fatal;
            int description;         /* RFC 9846, 6 */
            const char *name;
        } alert;
        struct {
            const char *name;        /* "chain" */
            bool done;
            bool ok;
            const char *detail;
        } check;
        struct {
            const char *name;        /* "SHARED_SECRET", "SIGNATURE", "PEER" */
            bool begins;
        } operation;
        const hf_error *error;
    } of;
} hf_event;

/* `user` is what the config was given. Runs inside the call on the connection; must not call
 * into it. */
typedef void (*hf_trace_callback)(void *user, hf_connection *connection, const hf_event *event);

/* One line of the NSS key log format, without the newline: label, client random, secret in hex. */
typedef void (*hf_keylog_callback)(void *user, hf_connection *connection, const char *line);

#ifdef __cplusplus
}
#endif
#endif
