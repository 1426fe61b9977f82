/* The crypto that TLS needs, as const structs per family. A provider is a set of them; the default
 * one (openssl/) calls libcrypto. Nothing above this floor knows which provider runs.
 *
 * On failure a function returns false and its output buffers hold no secret (zeroed).
 * All sizes are in bytes. Nothing here is shared between threads but the const structs themselves and
 * private keys; scratch contexts are per thread, made on first use. */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

/* ---- Hashes: the state is plain memory: copy it to fork, wipe it to forget. ---- */

enum { HASH_SIZE_MAX = 64, HASH_BLOCK_MAX = 128 };

enum hash_id { HASH_NONE, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_SHA1 };

struct hash_state {
    uint64_t opaque[28];
};

struct hash {
    enum hash_id id;
    const char *name;  /* "SHA256" */
    size_t size;       /* of a digest */
    size_t block;      /* of the compression function */
    void (*init)(struct hash_state *state);
    void (*update)(struct hash_state *state, const uint8_t *data, size_t length);
    void (*finish)(struct hash_state *state, uint8_t *digest); /* `size` bytes; the state is spent */
};

/* ---- AEADs ---- */

enum { AEAD_KEY_MAX = 32, AEAD_NONCE = 12, AEAD_TAG_MAX = 16 };

enum aead_id { AEAD_AES_128_GCM, AEAD_AES_256_GCM, AEAD_CHACHA20_POLY1305, AEAD_AES_128_CCM,
    AEAD_AES_128_CCM_8 };

/* A keyed context for one direction; only the nonce changes per record. */
struct aead_key;

struct aead {
    enum aead_id id;
    const char *name;      /* "AES-128-GCM" */
    size_t key_size;
    size_t tag_size;
    uint64_t record_limit; /* records under one key (RFC 9846, 5.5) */
    /* NULL: out of memory. `seals`: the direction. */
    struct aead_key *(*make)(const struct aead *aead, const uint8_t *key, bool seals);
    /* Encrypts `in` followed by `tail` (the inner content type and padding; may be empty) to `out`,
     * which gets in.length + tail.length + tag_size bytes. `out` may be in.data exactly, else they do
     * not overlap; `tail` never overlaps. */
    bool (*seal)(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad, hf_bytes in,
        hf_bytes tail, uint8_t *out);
    /* Decrypts `length` bytes (ciphertext and tag) to `out` (length - tag_size bytes; may be `in`
     * exactly). False: not authentic; `out` is zeroed. */
    bool (*open)(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
        const uint8_t *in, size_t length, uint8_t *out);
    void (*drop)(struct aead_key *key); /* wipes; NULL is fine */
};

/* ---- Chance ---- */

struct random {
    /* Unpredictable bytes that become public (hello randoms). */
    bool (*public_bytes)(void *user, uint8_t *out, size_t length);
    /* Secret bytes (private keys). */
    bool (*private_bytes)(void *user, uint8_t *out, size_t length);
    void *user;
};

/* ---- Key-exchange groups, shaped as KEMs so that classical and post-quantum ones are alike ---- */

enum { GROUP_PRIVATE_MAX = 96, GROUP_SHARE_MAX = 1344, GROUP_SECRET_MAX = 96 };

struct group {
    uint16_t id;              /* NamedGroup (RFC 9846, 4.3.7) */
    const char *name;         /* IANA's: "x25519" */
    size_t private_size;
    size_t client_share_size;
    size_t server_share_size;
    size_t secret_size;
    /* The client's half: a fresh private key (from random->private_bytes alone, so that an injected
     * random gives the same key again) and its share. */
    bool (*generate)(const struct group *group, const struct random *random, uint8_t *private_key,
        uint8_t *share);
    /* The server's: from the client's share, ours and the secret, in one go. False: the share is not a
     * valid one (or, `*bad_share` false: something failed here). */
    bool (*encapsulate)(const struct group *group, const struct random *random, hf_bytes client_share,
        uint8_t *server_share, uint8_t *secret, bool *bad_share);
    /* The client's second half. `own_share` is what generate gave beside the private key. */
    bool (*decapsulate)(const struct group *group, const uint8_t *private_key,
        const uint8_t *own_share, hf_bytes server_share, uint8_t *secret, bool *bad_share);
};

/* ---- Signatures ---- */

enum key_type { KEY_NONE, KEY_RSA, KEY_RSA_PSS, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519, KEY_ED448 };

/* A public key as x509 parsed it; borrowed. RSA: modulus and exponent, big-endian without leading
 * zeros. EC: the point (0x04 X Y), in `point`. Ed25519, Ed448: the key, in `point`. */
struct public_key {
    enum key_type type;
    hf_bytes modulus;
    hf_bytes exponent;
    hf_bytes point;
};

enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS };

/* One SignatureScheme (RFC 9846, 4.3.3); signatures.def. Certificates' algorithms are mapped to the
 * same rows by x509. */
struct signature_scheme {
    uint16_t id;
    const char *name;       /* IANA's: "ecdsa_secp256r1_sha256" */
    enum key_type key;      /* in TLS 1.3 exactly; in a certificate any EC curve goes with any hash */
    enum padding padding;
    enum hash_id hash;      /* HASH_NONE: the scheme hashes inside (Ed25519, Ed448) */
};

enum { SIGNATURE_SIZE_MAX = 1024 }; /* RSA up to 8192 bits */

/* A private key of an identity. Const once loaded; used by several threads at once. */
struct private_key;

/* ---- The provider ---- */

struct provider {
    const char *name;                       /* "libcrypto" */
    const char *(*version)(void);           /* "OpenSSL 3.0.22 …" */
    const struct hash *(*hash)(enum hash_id id);                       /* NULL: not here */
    const struct aead *(*aead)(enum aead_id id);                       /* NULL: not here */
    const struct group *(*group)(uint16_t id);                         /* NULL: not here */
    const struct signature_scheme *(*scheme)(uint16_t id);             /* NULL: not here */
    struct random random;

    /* Whether `signature` over `message` (not hashed yet) is right. The key's type need only fit the
     * scheme's family: EC keys of any curve with any ECDSA scheme (certificates), RSA with RSA. */
    bool (*verify)(const struct signature_scheme *scheme, const struct public_key *key,
        hf_bytes message, hf_bytes signature);

    /* From DER: PKCS#8, PKCS#1 or SEC1. NULL: not a key that is supported, or out of memory. */
    struct private_key *(*private_key_load)(hf_bytes der);
    /* A fresh key (KEY_P256 or KEY_ED25519), for throw-away identities. */
    struct private_key *(*private_key_generate)(enum key_type type);
    enum key_type (*private_key_type)(const struct private_key *key);
    /* Its public half as SubjectPublicKeyInfo DER; false: does not fit. */
    bool (*private_key_public)(const struct private_key *key, uint8_t *out, size_t capacity,
        size_t *length);
    /* Signs `message` (not hashed yet). `out` holds SIGNATURE_SIZE_MAX. */
    bool (*sign)(const struct private_key *key, const struct signature_scheme *scheme, hf_bytes message,
        uint8_t *out, size_t *length);
    void (*private_key_drop)(struct private_key *key); /* wipes; NULL is fine */
};

/* The default provider, over libcrypto 3.0 or later. */
extern const struct provider provider_openssl;

/* Drops this thread's scratch contexts (done at thread exit by itself). */
void crypto_thread_release(void);

#endif
