/* Slow work as data: what an OP row begins and somebody ends. */
#ifndef HANDSHAKE_OPERATION_H
#define HANDSHAKE_OPERATION_H

#include <stdatomic.h>

#include "crypto/keyshare.h"
#include "handshake/settings.h"
#include "wire/messages.h"

enum operation_status { OPERATION_NONE, OPERATION_PENDING, OPERATION_DONE };

/* The peer's proof: its chain, and its signature over the transcript. */
struct peer_work {
    struct verify_input input;
    const struct signature_scheme *scheme; /* NULL: RSA key exchange proves the key instead */
    hf_bytes signature;
    struct verification *verification;  /* out */
    struct hf_error chain_error;        /* out: why the chain is refused */
    bool signature_ok;                  /* out */
};

/* A chain without a connection. */
struct verify_work {
    hf_verify_input input;
    hf_verification *answer;            /* out; NULL: none */
    struct hf_error error;              /* out: why there is none */
};

/* What a session of this connection begins with, when the handshake is over. Holds a secret. */
struct origin {
    uint64_t created_ms;                /* as in struct session */
    int64_t verified_until;
    uint8_t secret[HASH_SIZE_MAX];      /* resumption_secret (RFC 9846, 7.1) */
    char identity[256];
};

/* The peer's certificates and what was found: kept with the connection, in one block. */
struct peer {
    size_t size;                        /* of the block */
    size_t count;
    hf_bytes certificates[CHAIN_MAX];   /* into `bytes` */
    bool checked;
    struct verification verification;   /* its path points into the handshake: NULL after it */
    struct origin origin;               /* of a client that keeps sessions of TLS 1.3 */
    uint8_t bytes[];
};

/* How a secret comes about: by a group, or by RSA of TLS 1.2 (exchange12.c). */
enum rsa_work { RSA_NONE, RSA_ENCRYPT, RSA_DECRYPT };

struct hf_operation {
    hf_operation_kind kind;
    _Atomic int status;                 /* enum operation_status; the release of all else here */
    bool ok;                            /* the work was done; for PEER: whatever it found */
    bool bad_share;                     /* SHARED_SECRET: not ok because of the peer's share */
    const struct provider *provider;
    /* SHARED_SECRET */
    enum rsa_work rsa;
    const struct public_key *rsa_public; /* ENCRYPT: to it */
    uint16_t rsa_version;               /* DECRYPT: what the client's hello said (5246, 7.4.7.1) */
    const struct group *group;
    bool encapsulates;                  /* the server's half */
    bool pooled;                        /* with a key made ahead, if need be */
    uint8_t *private_key;               /* the client's */
    uint8_t *own_share;                 /* in (client), out (server) */
    hf_bytes peer_share;
    /* out: group->secret_size; ENCRYPT: in; DECRYPT: in: the substitute, out: the premaster
       secret */
    uint8_t *secret;
    /* SIGNATURE and PEER */
    const struct signature_scheme *scheme;
    const struct private_key *key;      /* NULL: from outside */
    hf_bytes content;                   /* what is signed; into signed13 or the handshake's arena */
    uint8_t signed13[SIGNED_CONTENT_MAX];
    uint8_t *signature;                 /* signature_room(scheme), in the handshake's arena */
    size_t signature_length;
    struct peer_work peer;
    struct verify_work *verify;         /* VERIFY */
};

/* What must hold of an operation that was done, and what follows from it: operation.c. The engine
 * calls it once for each. */
bool operation_finish(struct hf_connection *c);

const char *operation_name(hf_operation_kind kind);

#endif
