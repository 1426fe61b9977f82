/* The state of a connection and of its handshake. The connection is small and long-lived; the
 * handshake lives in the connection's arena and is wiped at CONNECTED. */
#ifndef HANDSHAKE_HANDSHAKE_H
#define HANDSHAKE_HANDSHAKE_H

#include "handfast/connection.h"
#include "handshake/operation.h"
#include "keys/prf12.h"
#include "keys/schedule13.h"
#include "keys/transcript.h"
#include "record/fragment.h"
#include "record/record.h"
#include "wire/extensions.h"
#include "wire/hello.h"
#include "wire/resumption.h"

/* A client's key share until ServerHello. */
struct own_share {
    const struct group *group;
    uint8_t *private_key; /* group->private_size */
    uint8_t *share;       /* group->client_share_size */
};

/* Where a client's hello holds a value that means nothing (RFC 8701, 3.1). */
enum grease { GREASE_SUITE, GREASE_GROUP, GREASE_FIRST_EXTENSION, GREASE_LAST_EXTENSION,
    GREASE_VERSION, GREASE_SCHEME, GREASES };

/* Bytes of the connection's own. */
struct kept_bytes {
    uint8_t *data; /* NULL: none */
    size_t length;
};

struct handshake {
    struct transcript transcript;
    struct schedule13 schedule;
    struct hf_operation operation;

    /* TLS 1.2. */
    struct key_block12 block;
    bool has_block;                       /* it was derived from kept.tls12.master */
    size_t secret_length;                 /* of `secret`, the premaster secret */
    struct own_share ephemeral;           /* the server's key for this exchange */
    hf_bytes params;                      /* of ServerKeyExchange, a copy or ours */
    hf_bytes peer_ticket;                 /* the client's session_ticket, in its hello's handler */
    bool takes_ticket;                    /* the client offered session_ticket */
    hf_bytes new_ticket;                  /* the server's, a copy */
    uint32_t new_lifetime_s;
    hf_bytes encrypted;                   /* EncryptedPreMasterSecret, ours */

    /* What stands beside a certificate. */
    bool wants_status;                    /* the server: the client asked for an OCSP response */
    bool looked_for_staple;
    struct staple *held_staple;           /* the server's; NULL: none */
    hf_bytes staple;                      /* its bytes */
    size_t entry;                         /* the peer's certificate that is being read */
    hf_bytes staples[CHAIN_MAX];          /* those that came, copies, the leaf's first if any */
    size_t staple_count;

    /* Resumption, of both versions. */
    const struct session *session;        /* the client: offered; the server: in use; NULL: none */
    hf_session *held;                     /* the client: holds `session` */
    struct psk_offer peer_psks;           /* in the hello's handler alone */
    bool takes_psk;                       /* the client offers psk_dhe_ke */
    uint16_t psk_index;                   /* the server: of the one that is in use */
    size_t binders_at;                    /* the client: in its hello's body; 0: it offers no PSK */
    unsigned tickets;                     /* the server: made so far; each has another nonce */
    struct new_session_ticket ticket;     /* the one that goes next */
    uint8_t ticket_nonce;
    uint8_t *ticket_room;                 /* it is made here */

    /* Ours. */
    uint8_t random[HELLO_RANDOM];         /* client_random, for the key log */
    uint8_t server_random[HELLO_RANDOM];
    uint8_t session_id[SESSION_ID_MAX];   /* legacy_session_id */
    size_t session_id_length;
    uint8_t grease[GREASES];              /* chance, the same in both hellos */
    struct identity identity;             /* what the client asked for */
    uint32_t offered;                     /* rows of extensions.def that we offered */
    uint32_t standing;                    /* those in the message that is read */

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
    hf_bytes peer_types;                  /* TLS 1.2: certificate_types */

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
