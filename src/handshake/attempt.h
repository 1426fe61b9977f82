/* What a handshake needs until it is completed: it lives in the connection's arena and is wiped at
 * CONNECTED. */
#ifndef HANDSHAKE_ATTEMPT_H
#define HANDSHAKE_ATTEMPT_H

#include "handshake/operation.h"
#include "keys/prf12.h"
#include "keys/schedule13.h"
#include "keys/transcript.h"
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

#endif
