/* The state of a connection and of its handshake. The connection is small and long-lived; the
 * handshake lives in the connection's arena and is wiped at CONNECTED. */
#ifndef HANDSHAKE_HANDSHAKE_H
#define HANDSHAKE_HANDSHAKE_H

#include "handfast/connection.h"
#include "handshake/operation.h"
#include "keys/schedule13.h"
#include "keys/transcript.h"
#include "record/fragment.h"
#include "record/record.h"
#include "wire/extensions.h"
#include "wire/hello.h"

/* A client's key share until ServerHello. */
struct own_share {
    const struct group *group;
    uint8_t *private_key; /* group->private_size */
    uint8_t *share;       /* group->client_share_size */
};

/* Where a client's hello holds a value that means nothing (RFC 8701, 3.1). */
enum grease { GREASE_SUITE, GREASE_GROUP, GREASE_FIRST_EXTENSION, GREASE_LAST_EXTENSION,
    GREASE_VERSION,    GREASES };

struct handshake {
    struct transcript transcript;
    struct schedule13 schedule;
    struct hf_operation operation;

    /* Ours. */
    uint8_t random[HELLO_RANDOM];         /* client_random, for the key log */
    uint8_t server_random[HELLO_RANDOM];
    uint8_t session_id[SESSION_ID_MAX];   /* legacy_session_id */
    size_t session_id_length;
    uint8_t grease[GREASES];              /* chance, the same in both hellos */
    struct identity identity;             /* what the client asked for */
    uint32_t offered;                     /* rows of extensions.def that we offered */

    /* Key exchange. */
    struct own_share shares[SHARES_MAX];
    size_t share_count;
    const struct group *retry_group;      /* HelloRetryRequest's; NULL: none */
    hf_bytes cookie;                      /* the client: the server's, a copy */
    const struct suite *cookie_suite;     /* the one that a cookie brought; NULL: none did */
    hf_bytes peer_share;                  /* a copy */
    const struct group *peer_share_group;
    uint8_t *server_share;                /* group->server_share_size */
    uint8_t secret[GROUP_SECRET_MAX];

    /* What the peer's hello or CertificateRequest offered; valid in its handler alone, but for what
     * says "a copy". */
    hf_bytes hello1;                      /* the first ClientHello, a copy, until the second came */
    struct client_hello hello;
    hf_bytes peer_versions;
    hf_bytes peer_groups;
    hf_bytes peer_shares;
    hf_bytes peer_schemes;
    hf_bytes peer_protocols;
    hf_bytes peer_cookie;
    hf_bytes peer_authorities;

    /* Authentication. */
    const struct hf_identity *own;        /* chosen */
    const struct signature_scheme *own_scheme;
    hf_bytes context;                     /* certificate_request_context, a copy */
    const uint8_t *finished_base;         /* the secret that our Finished is made with */
    struct certificate *chain;            /* the peer's, parsed */
    size_t chain_count;
    const struct signature_scheme *peer_scheme;
    hf_bytes peer_signature;              /* a copy */
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

struct hf_connection {
    struct hf_config *config;
    const struct settings *settings;
    void *user;
    enum state state;
    unsigned facts;                       /* enum fact */
    const struct table *tables[2];        /* hello and version; then post and NULL */
    const struct suite *suite;
    const struct hash *hash;
    const struct group *group;
    const struct signature_scheme *scheme; /* of the server's CertificateVerify */
    struct record_half read;
    struct record_half write;
    uint8_t read_secret[HASH_SIZE_MAX];
    uint8_t write_secret[HASH_SIZE_MAX];
    uint8_t exporter[HASH_SIZE_MAX];
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
    struct peer *peer;                    /* NULL: no certificates came */
    const char *alpn;
    /* content of a record that the peer takes, type byte excluded */
    size_t send_limit;
    size_t skip_early;                    /* bytes of refused early data that may still come */
    unsigned idle_records;                /* in a row that carried nothing */
    bool connected;                       /* the handshake was completed */
    bool accepted_record;                 /* the peer speaks TLS: one record was accepted */
    bool application_write;               /* the write key is the application's */
    bool protected_record;                /* one was opened under the read key at hand */
    bool closed_in;                       /* close_notify came */
    bool closed_out;                      /* close_notify went */
    bool alert_sent;
    bool key_update_due;                  /* the peer asked for ours */
    bool key_update_request;              /* ours shall ask for the peer's */
    bool key_update_asked;                /* one of ours did, and none of the peer's came since */
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

/* The one way for handlers to fail: adds state and message to what base's fail() keeps. */
#define fail_c(c, ...) fail(&(c)->error, __VA_ARGS__)

#endif
