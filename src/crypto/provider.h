/* The crypto that TLS needs, as const structs per family. A provider is a set of them; the
 * default one (openssl/) calls libcrypto. Nothing above this floor knows which provider runs.
 *
 * On failure a function returns false and its output buffers hold no secret (zeroed). All sizes
 * are in bytes. Nothing here is shared between threads but the const structs themselves and
 * private keys; scratch contexts are per thread, made on first use. */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include "crypto/scheme.h"
#include "crypto/symmetric.h"

/* ---- Chance ---- */

struct random {
    /* Unpredictable bytes that become public (hello randoms). */
    bool (*public_bytes)(void *user, uint8_t *out, size_t length);
    /* Secret bytes (private keys). */
    bool (*private_bytes)(void *user, uint8_t *out, size_t length);
    void *user;
};

/* ---- Key-exchange groups, shaped as KEMs so that classical and post-quantum ones are alike
 * ---- */

enum { GROUP_PRIVATE_MAX = 96, GROUP_SHARE_MAX = 1344, GROUP_SECRET_MAX = 512 };

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
    /* The server's: from the client's share, ours and the secret, in one go. False: the share is
     * not a valid one (or, `*bad_share` false: something failed here). */
    bool (*encapsulate)(const struct group *group, const struct random *random,
        hf_bytes client_share, uint8_t *server_share, uint8_t *secret, bool *bad_share);
    /* The client's second half. `own_share` is what generate gave beside the private key. */
    bool (*decapsulate)(const struct group *group, const uint8_t *private_key,
        const uint8_t *own_share, hf_bytes server_share, uint8_t *secret, bool *bad_share);
};

/* ---- Private keys ---- */

/* A private key of an identity. Const once loaded; used by several threads at once. */
struct private_key;

/* What the headers of an encrypted PEM text say (RFC 1421, 4.6.1.3): "AES-256-CBC" and its IV. */
struct key_cipher {
    char name[24];
    uint8_t iv[16];
    size_t iv_length;
};

/* ---- The provider ---- */

struct provider {
    const char *name;                       /* "libcrypto" */
    const char *(*version)(void);           /* "OpenSSL 3.0.22 …" */
    const struct hash *(*hash)(enum hash_id id);                       /* NULL: not here */
    const struct aead *(*aead)(enum aead_id id);                       /* NULL: not here */
    const struct group *(*group)(uint16_t id);                         /* NULL: not here */
    const struct signature_scheme *(*scheme)(uint16_t id);             /* NULL: not here */
    /* TLS 1.2 (RFC 5246, 7.4.3): the group of a server's p and g, if it is one of RFC 7919 or
       RFC 3526 of 2048 to 4096 bits; NULL: any other. Its shares and secrets have the size of p:
       TLS 1.2 takes zeros off a secret's front (8.1.2), and may get shares without theirs. */
    const struct group *(*prime_group)(hf_bytes p, hf_bytes g);
    /* p and g of such a group, and of ffdhe2048 and ffdhe3072; static. */
    void (*prime_params)(const struct group *group, hf_bytes *p, hf_bytes *g);
    struct random random;

    /* Whether `signature` over `message` (not hashed yet) is right. The key's type need only fit
     * the scheme's family: EC keys of any curve with any ECDSA scheme (certificates), RSA with
     * RSA. */
    bool (*verify)(const struct signature_scheme *scheme, const struct public_key *key,
        hf_bytes message, hf_bytes signature);

    /* From DER: PKCS#8, PKCS#1 or SEC1. NULL: not a key that is supported, or out of memory. */
    struct private_key *(*private_key_load)(hf_bytes der);
    /* The same from what is encrypted: PKCS#8's EncryptedPrivateKeyInfo (`cipher` NULL), or a PEM
     * text's contents. NULL: see `wrong`: the passphrase does not fit; else the cipher, the
     * derivation or the key is not supported, or out of memory. */
    struct private_key *(*private_key_unlock)(hf_bytes der, const struct key_cipher *cipher,
        hf_bytes passphrase, bool *wrong);
    /* A fresh key (KEY_P256 or KEY_ED25519), for throw-away identities. */
    struct private_key *(*private_key_generate)(enum key_type type);
    enum key_type (*private_key_type)(const struct private_key *key);
    /* Its public half as SubjectPublicKeyInfo DER; false: does not fit. */
    bool (*private_key_public)(const struct private_key *key, uint8_t *out, size_t capacity,
        size_t *length);
    /* Signs `message` (not hashed yet). `out` holds signature_room(scheme). */
    bool (*sign)(const struct private_key *key, const struct signature_scheme *scheme,
        hf_bytes message, uint8_t *out, size_t *length);
    /* RSA key exchange of TLS 1.2 (RFC 5246, 7.4.7.1). Encrypts (PKCS #1 v1.5) to a KEY_RSA; `out`
     * holds as many bytes as the modulus. */
    bool (*rsa_encrypt)(const struct public_key *key, hf_bytes in, uint8_t *out);
    /* Decrypts a premaster secret: `secret` holds a random substitute, which stays there when
       length, padding or version (the hello's) are wrong, in the same time and without telling
       that they were. False: not a KEY_RSA, or something failed here, whatever the ciphertext
       was. */
    bool (*rsa_decrypt_premaster)(const struct private_key *key, hf_bytes ciphertext,
        uint16_t version, uint8_t secret[48]);
    void (*private_key_drop)(struct private_key *key); /* wipes; NULL is fine */
};

/* The default provider, over libcrypto 3.0 or later, with our own X25519 (x25519/); and the same
 * with libcrypto's. */
extern const struct provider provider_openssl;
extern const struct provider provider_libcrypto;

/* Drops this thread's scratch contexts (done at thread exit by itself). */
void crypto_thread_release(void);

/* This thread's pool of ephemeral keys (keyshare.h), which goes with its scratch contexts. NULL:
 * out of memory. */
struct keyshare_pool *crypto_thread_keyshares(void);

#endif
