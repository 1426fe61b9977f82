/* What the modules of this provider share: the calling thread's scratch objects.
 *
 * Everything in it is made on first use and belongs to one thread. It goes with the thread. Between
 * calls it holds no secret (public keys, curves, algorithm handles, bytes that become public) but
 * the keys that were made ahead. */
#ifndef CRYPTO_OPENSSL_SCRATCH_H
#define CRYPTO_OPENSSL_SCRATCH_H

/* SHA256_* and its kin keep a hash's state in plain memory, which EVP cannot. */
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "crypto/keyshare.h"
#include "crypto/openssl/parts.h"

enum curve { EC_P256, EC_P384, EC_P521, EC_COUNT };
enum xdh { XDH_X25519, XDH_X448, XDH_COUNT };
enum mldsa { MLDSA_44, MLDSA_65, MLDSA_87, MLDSA_COUNT };
enum ff { FF_2048, FF_3072, FF_4096, FF_MODP_2048, FF_MODP_3072, FF_MODP_4096, FF_COUNT };
enum { AEAD_COUNT = AEAD_AES_256_CCM_8 + 1 };

/* RFC 9846 sets no limits; ours bound what a hostile key can cost: 8192 bits of modulus, and an
 * exponent below 2^33 (the largest that is found in certificates is 2^32 + 1). */
enum { RSA_MODULUS_MAX = 1024, RSA_MODULUS_MIN = 64, RSA_EXPONENT_MAX = 5 };

/* Imports peers' X25519 or X448 shares in place, and our private keys. */
struct xdh_scratch {
    EVP_PKEY_CTX *import;
    EVP_PKEY *peer;
};

/* A prime (primes.c), big-endian. */
struct prime_field {
    const uint8_t *prime;
    size_t size;
};
extern const struct prime_field prime_fields[FF_COUNT];

/* A prime, p - 1, 2, and what multiplying modulo p needs. */
struct ff_scratch {
    BIGNUM *p;
    BIGNUM *last;
    BIGNUM *generator;
    BN_MONT_CTX *montgomery;
};

/* A public key and the context that verifies under it; the next key replaces it in place. */
struct ec_verifier {
    EVP_PKEY *key;
    EVP_PKEY_CTX *context;
};

/* The same for RSA. The last key and scheme are remembered: the next signature under them needs
 * neither an import nor the precomputation of its modulus. */
struct rsa_verifier {
    EVP_PKEY_CTX *import;
    EVP_PKEY *key;
    EVP_PKEY_CTX *context;
    const struct signature_scheme *scheme; /* what `context` is set to; NULL: nothing */
    size_t modulus_length;                 /* 0: no key */
    size_t exponent_length;
    uint8_t modulus[RSA_MODULUS_MAX];
    uint8_t exponent[RSA_EXPONENT_MAX];
};

/* Bytes drawn ahead. They become public, so a block of them is no secret; a child of fork must not
 * hand them out again. */
struct public_pool {
    size_t left;
    uint8_t bytes[4096];
};

struct scratch {
    EVP_CIPHER *ciphers[AEAD_COUNT];
    EC_GROUP *curves[EC_COUNT];
    uint8_t orders[EC_COUNT][66]; /* big-endian, of the curve's size */
    struct xdh_scratch xdh[XDH_COUNT];
    struct ff_scratch fields[FF_COUNT];
    struct ec_verifier ec[EC_COUNT];
    struct rsa_verifier rsa;
    enum { NOT_ASKED, IS_HERE, IS_NOT_HERE } mldsa[MLDSA_COUNT]; /* libcrypto has it from 3.5 on */
    struct public_pool pool;
    struct keyshare_pool keyshares;
};

/* This thread's; NULL: out of memory. */
struct scratch *scratch_get(void);

/* A group, and what tells it from the others of its family; `group` stands first, so that a pointer
 * to it leads here. */
struct group_row {
    struct group group;
    int kind; /* enum curve, enum xdh or enum ff */
};
static inline int kind_of(const struct group *group)
{
    return ((const struct group_row *)(const void *)group)->kind;
}

/* libcrypto's name of an ML-DSA key's type; NULL: it is of another family. */
const char *mldsa_name(enum key_type type);

/* What a curve's objects are made from. */
const char *curve_name(enum curve curve);
size_t curve_size(enum curve curve); /* of a scalar and of a coordinate */

/* Each module drops its own part. */
void scratch_drop_aead(struct scratch *scratch);
void scratch_drop_groups(struct scratch *scratch);
void scratch_drop_fields(struct scratch *scratch);
void scratch_drop_verify(struct scratch *scratch);

/* Notes a failure of libcrypto: its error queue is emptied, the only place where that is done
 * (emptying it costs 100 ns). Returns false. */
bool libcrypto_failed(void);

/* The digest that a scheme signs; false: no such hash. `digest` holds HASH_SIZE_MAX. */
bool scheme_digest(const struct signature_scheme *scheme, hf_bytes message, uint8_t *digest,
    size_t *length);

/* libcrypto's own objects of a key; the public one is this thread's until the next RSA key. NULL:
 * not a sane RSA key, or out of memory. */
EVP_PKEY *private_key_evp(const struct private_key *key);
EVP_PKEY *openssl_rsa_import(const struct public_key *key);

/* Sets an EVP_PKEY_CTX's padding, hash and salt for an RSA scheme; `start` is EVP_PKEY_sign_init_ex
 * or EVP_PKEY_verify_init_ex. */
bool rsa_start(EVP_PKEY_CTX *context, const struct signature_scheme *scheme,
    int (*start)(EVP_PKEY_CTX *, const OSSL_PARAM *));

#endif
