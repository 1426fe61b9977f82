/* Public keys and signature schemes: see provider.h for what holds of all families. */
#ifndef CRYPTO_SCHEME_H
#define CRYPTO_SCHEME_H

#include "crypto/symmetric.h"

enum key_type { KEY_NONE, KEY_RSA, KEY_RSA_PSS, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519,
    KEY_ED448, KEY_MLDSA44, KEY_MLDSA65, KEY_MLDSA87 };

/* A public key as x509 parsed it; borrowed. RSA: modulus and exponent, big-endian without leading
 * zeros. EC: the point (0x04 X Y), in `point`. Ed25519, Ed448, ML-DSA: the key, in `point`. */
struct public_key {
    enum key_type type;
    hf_bytes modulus;
    hf_bytes exponent;
    hf_bytes point;
    enum hash_id pss_hash; /* KEY_RSA_PSS: the only hash it signs with; HASH_NONE: any */
};

enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS };

/* One SignatureScheme (RFC 9846, 4.3.3); signatures.def. Certificates' algorithms are mapped to the
 * same rows by x509. */
struct signature_scheme {
    uint16_t id;
    const char *name;       /* IANA's: "ecdsa_secp256r1_sha256" */
    /* in TLS 1.3 exactly; in a certificate any EC curve goes with any hash */
    enum key_type key;
    enum padding padding;
    enum hash_id hash;      /* HASH_NONE: the scheme hashes inside (EdDSA, ML-DSA) */
};

static inline bool is_mldsa(enum key_type type)
{
    return type == KEY_MLDSA44 || type == KEY_MLDSA65 || type == KEY_MLDSA87;
}

/* Of ML-DSA-87 (FIPS 204, 4), with what a SubjectPublicKeyInfo adds to its key. */
enum { SIGNATURE_SIZE_MAX = 4627, SPKI_SIZE_MAX = 2592 + 22 };

/* What a signature needs at most: all but ML-DSA's fit where one of RSA with 8192 bits does. */
static inline size_t signature_room(const struct signature_scheme *scheme)
{
    return is_mldsa(scheme->key) ? SIGNATURE_SIZE_MAX : 1024;
}

#endif
