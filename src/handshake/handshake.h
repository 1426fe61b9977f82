/* A connection: small and long-lived, with a handshake (attempt.h) while there is one. */
#ifndef HANDSHAKE_HANDSHAKE_H
#define HANDSHAKE_HANDSHAKE_H

#include "handfast/connection.h"
#include "handshake/attempt.h"
#include "record/fragment.h"
#include "record/record.h"
#include "wire/extensions.h"

/* Bytes of the connection's own. */
struct kept_bytes {
    uint8_t *data; /* NULL: none */
    size_t length;
};

/* Bytes that wait for the caller: sealed records, then the content of the record that is being
 * filled, with room for its header before it. */
struct output {
    uint8_t *data;
    size_t capacity;
    size_t start;     /* sent so far */
    size_t sealed;    /* the end of whole records */
    size_t length;    /* the end of all */
    uint8_t type;     /* content type of the open record; CONTENT_INVALID: none is open */
};

/* What records may carry that is not data; each is borne a few times in a row. */
enum idle { IDLE_EMPTY, IDLE_CCS, IDLE_WARNING, IDLE_MESSAGE, IDLES };

/* Secrets that live as long as the connection. */
union secrets {
    struct {
        uint8_t read[HASH_SIZE_MAX];      /* traffic secrets of the keys in use */
        uint8_t write[HASH_SIZE_MAX];
        uint8_t exporter[HASH_SIZE_MAX];
    } tls13;
    struct {
        uint8_t master[MASTER_SECRET];
        uint8_t client_random[HELLO_RANDOM];
        uint8_t server_random[HELLO_RANDOM];
        uint8_t unique[VERIFY_DATA12];    /* the first Finished: tls-unique (RFC 5929, 3) */
    } tls12;
};

struct hf_connection {
    struct hf_config *config;
    const struct settings *settings;
    void *user;
    enum state state;
    unsigned facts;                       /* enum fact */
    const struct table *tables[2];        /* hello and version; then post and NULL */
    uint16_t version;                     /* 0: not agreed on yet */
    const struct suite *suite;
    const struct hash *hash;
    const struct group *group;
    const struct signature_scheme *scheme; /* of the server's CertificateVerify */
    struct record_half read;
    struct record_half write;
    union secrets kept;
    unsigned read_generation;             /* KeyUpdates */
    unsigned write_generation;
    struct arena arena;
    struct fragment fragment;
    struct output output;
    hf_reader in;                         /* the body that a handler reads */
    hf_builder *out;                      /* where a handler writes a body */
    struct handshake *hs;                 /* NULL after CONNECTED or a failure */
    struct hash_state *after;             /* the transcript of the whole handshake, kept for
                                             post-handshake authentication alone; NULL: not */
    const struct hf_identity *own;        /* the server's; NULL: it showed none */
    struct peer *peer;                    /* NULL: no certificates came */
    struct kept_bytes staple;             /* came with the peer's leaf */
    struct kept_bytes timestamps;         /* SignedCertificateTimestampList, length included */
    enum revocation_status staple_status; /* what that staple, or ours, says of the leaf */
    enum session_verdict verdict;         /* why a session at hand is not used; USABLE: it is */
    const char *alpn;
    /* content of a record that the peer takes, type byte excluded */
    size_t send_limit;
    size_t skip_early;                    /* bytes of refused early data that may still come */
    uint8_t idle_records[IDLES];          /* since there was data */
    bool connected;                       /* the handshake was completed */
    bool accepted_record;                 /* the peer speaks TLS: one record was accepted */
    bool application_write;               /* the write key is the application's */
    bool protected_record;                /* one was opened under the read key at hand */
    bool closed_in;                       /* close_notify came */
    bool closed_out;                      /* close_notify went */
    bool alert_sent;
    bool key_update_due;                  /* the peer asked for ours */
    bool key_update_waits;                /* one of ours is not sent yet: it answers all that ask */
    bool key_update_request;              /* ours shall ask for the peer's */
    bool key_update_asked;                /* one of ours did, and none of the peer's came since */
    bool fallback;                        /* a client's hello says TLS_FALLBACK_SCSV */
    bool extended_master;                 /* RFC 7627 was agreed on */
    bool asked_certificate;
    bool client_certificate;              /* the client sent one */
    bool busy;                            /* inside a call: callbacks must not call back */
    char server_name[256];                /* SNI; "": none */
    struct hf_error error;
};

static inline bool is_server(const struct hf_connection *c)
{
    return c->settings->role == HF_SERVER;
}

static inline bool is_tls12(const struct hf_connection *c)
{
    return c->version == VERSION_TLS12;
}

/* The one way for handlers to fail: adds state and message to what base's fail() keeps. */
#define fail_c(c, ...) fail(&(c)->error, __VA_ARGS__)

#endif
