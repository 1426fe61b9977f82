/* Signature checks. RFC 9846, 4.3.3 (schemes); RFC 8017, 8.1.2 and 8.2.2 (RSA); FIPS 186-5, 6.4
 * (ECDSA); RFC 8032, 5.1.7 and 5.2.7 (EdDSA); FIPS 204, 5.3 (ML-DSA).
 *
 * A peer's key comes as bytes and is imported in place into this thread's scratch key: building a
 * new one for each signature would cost 15 us. */
#include "crypto/openssl/scratch.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "base/ct.h"

/* ---- ECDSA ---- */

static void ec_verifier_drop(struct ec_verifier *verifier)
{
    EVP_PKEY_CTX_free(verifier->context);
    EVP_PKEY_free(verifier->key);
    *verifier = (struct ec_verifier){ NULL, NULL };
}

/* A new scratch key; libcrypto checks that the point is on the curve. */
static bool ec_verifier_make(struct ec_verifier *verifier, enum curve curve, hf_bytes point)
{
    char name[8]; /* copies, since OSSL_PARAM knows no const */
    uint8_t copy[1 + 2 * 66];
    (void)snprintf(name, sizeof name, "%s", curve_name(curve));
    memcpy(copy, point.data, point.length);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, point.length),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *import = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    bool good = import != NULL && EVP_PKEY_fromdata_init(import) == 1
        && EVP_PKEY_fromdata(import, &verifier->key, EVP_PKEY_PUBLIC_KEY, parameters) == 1;
    EVP_PKEY_CTX_free(import);
    if (good) {
        verifier->context = EVP_PKEY_CTX_new(verifier->key, NULL);
        good = verifier->context != NULL && EVP_PKEY_verify_init(verifier->context) == 1;
    }
    if (!good) {
        ec_verifier_drop(verifier);
        return libcrypto_failed();
    }
    return true;
}

static bool verify_ec(enum curve curve, const struct signature_scheme *scheme, hf_bytes point,
    hf_bytes message, hf_bytes signature)
{
    struct scratch *scratch = scratch_get();
    uint8_t digest[HASH_SIZE_MAX];
    size_t length;
    /* RFC 5480, 2.2: uncompressed; neither compressed points nor the one at infinity. */
    if (scratch == NULL || point.length != 1 + 2 * curve_size(curve)
        || point.data[0] != POINT_CONVERSION_UNCOMPRESSED
        || !scheme_digest(scheme, message, digest, &length)) {
        return false;
    }
    struct ec_verifier *verifier = &scratch->ec[curve];
    if (verifier->key == NULL
        || EVP_PKEY_set1_encoded_public_key(verifier->key, point.data, point.length) != 1) {
        ec_verifier_drop(verifier); /* it may hold half of a bad point */
        (void)libcrypto_failed();
        TRY(ec_verifier_make(verifier, curve, point));
    }
    return EVP_PKEY_verify(verifier->context, signature.data, signature.length, digest, length) == 1
        || libcrypto_failed();
}

/* ---- RSA ---- */

bool rsa_start(EVP_PKEY_CTX *context, const struct signature_scheme *scheme,
    int (*start)(EVP_PKEY_CTX *, const OSSL_PARAM *))
{
    const struct hash *hash = openssl_hash(scheme->hash);
    if (hash == NULL || scheme->padding == PADDING_NONE) {
        return false;
    }
    char name[8];
    char pss[] = OSSL_PKEY_RSA_PAD_MODE_PSS;
    char pkcs1[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
    int salt = (int)hash->size; /* RFC 9846, 4.3.3: exactly the digest's length */
    (void)snprintf(name, sizeof name, "%s", hash->name);
    const bool is_pss = scheme->padding == PADDING_PSS;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, is_pss ? pss : pkcs1, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, name, 0),
        is_pss ? OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &salt)
               : OSSL_PARAM_construct_end(),
        OSSL_PARAM_construct_end(),
    };
    return start(context, parameters) == 1 || libcrypto_failed();
}

static void rsa_verifier_drop(struct rsa_verifier *rsa)
{
    EVP_PKEY_CTX_free(rsa->context);
    EVP_PKEY_CTX_free(rsa->import);
    EVP_PKEY_free(rsa->key);
    memset(rsa, 0, sizeof *rsa);
}

/* Numbers of OSSL_PARAM are of the machine's byte order. */
static void copy_native(uint8_t *out, hf_bytes big_endian)
{
    const uint16_t probe = 1;
    const bool little = *(const uint8_t *)&probe == 1;
    for (size_t i = 0; i < big_endian.length; i++) {
        out[little ? big_endian.length - 1 - i : i] = big_endian.data[i];
    }
}

static bool rsa_import(struct rsa_verifier *rsa, hf_bytes modulus, hf_bytes exponent)
{
    if (rsa->import == NULL) {
        rsa->import = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
        if (rsa->import == NULL || EVP_PKEY_fromdata_init(rsa->import) != 1) {
            return false;
        }
    }
    uint8_t n[RSA_MODULUS_MAX];
    uint8_t e[RSA_EXPONENT_MAX];
    copy_native(n, modulus);
    copy_native(e, exponent);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n, modulus.length),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, exponent.length),
        OSSL_PARAM_construct_end(),
    };
    rsa->scheme = NULL;
    rsa->modulus_length = 0;
    if (EVP_PKEY_fromdata(rsa->import, &rsa->key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
        return false;
    }
    if (rsa->context == NULL) {
        rsa->context = EVP_PKEY_CTX_new(rsa->key, NULL);
    }
    if (rsa->context == NULL) {
        return false;
    }
    memcpy(rsa->modulus, modulus.data, modulus.length);
    memcpy(rsa->exponent, exponent.data, exponent.length);
    rsa->modulus_length = modulus.length;
    rsa->exponent_length = exponent.length;
    return true;
}

/* What bounds the cost of a hostile key, and what RSA needs to be RSA (RFC 8017, 3.1). */
static bool rsa_key_is_sane(hf_bytes modulus, hf_bytes exponent)
{
    return modulus.length >= RSA_MODULUS_MIN && modulus.length <= RSA_MODULUS_MAX
        && modulus.data[0] != 0 && modulus.data[modulus.length - 1] % 2 == 1
        && exponent.length >= 1 && exponent.length <= RSA_EXPONENT_MAX
        && (exponent.length < RSA_EXPONENT_MAX || exponent.data[0] <= 1) /* 33 bits */
        && exponent.data[0] != 0 && exponent.data[exponent.length - 1] % 2 == 1
        && (exponent.length > 1 || exponent.data[0] >= 3);
}

/* The thread's RSA key becomes this one. */
static struct rsa_verifier *rsa_take(const struct public_key *key)
{
    struct scratch *scratch = scratch_get();
    if (scratch == NULL || !rsa_key_is_sane(key->modulus, key->exponent)) {
        return NULL;
    }
    struct rsa_verifier *rsa = &scratch->rsa;
    bool same = bytes_equal_public(key->modulus, bytes_of(rsa->modulus, rsa->modulus_length))
        && bytes_equal_public(key->exponent, bytes_of(rsa->exponent, rsa->exponent_length));
    if (!same && !rsa_import(rsa, key->modulus, key->exponent)) {
        rsa_verifier_drop(rsa);
        (void)libcrypto_failed();
        return NULL;
    }
    return rsa;
}

EVP_PKEY *openssl_rsa_import(const struct public_key *key)
{
    struct rsa_verifier *rsa = rsa_take(key);
    return rsa == NULL ? NULL : rsa->key;
}

static bool verify_rsa(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    uint8_t digest[HASH_SIZE_MAX];
    size_t length;
    struct rsa_verifier *rsa = signature.length == key->modulus.length /* RFC 8017, 8.1.2, 8.2.2 */
        ? rsa_take(key) : NULL;
    if (rsa == NULL || !scheme_digest(scheme, message, digest, &length)) {
        return false;
    }
    if (rsa->scheme != scheme) {
        rsa->scheme = NULL;
        TRY(rsa_start(rsa->context, scheme, EVP_PKEY_verify_init_ex));
        rsa->scheme = scheme;
    }
    return EVP_PKEY_verify(rsa->context, signature.data, signature.length, digest, length) == 1
        || libcrypto_failed();
}

/* ---- EdDSA and ML-DSA, which hash inside ---- */

/* A context of its own each time: EVP_DigestVerifyInit keeps the first key that a context saw. */
static bool verify_whole(const char *type, hf_bytes key, hf_bytes message, hf_bytes signature)
{
    EVP_PKEY *public_half = EVP_PKEY_new_raw_public_key_ex(NULL, type, NULL, key.data, key.length);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && public_half != NULL
        && EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_half) == 1
        && EVP_DigestVerify(context, signature.data, signature.length, message.data,
            message.length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_half);
    return good || libcrypto_failed();
}

bool openssl_verify(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    const bool ecdsa = scheme->padding == PADDING_NONE && scheme->hash != HASH_NONE;
    switch (key->type) {
    case KEY_RSA:
        return scheme->padding != PADDING_NONE && verify_rsa(scheme, key, message, signature);
    case KEY_RSA_PSS: /* RFC 4055, 1.2: such a key is for PSS alone */
        return scheme->padding == PADDING_PSS && verify_rsa(scheme, key, message, signature);
    case KEY_P256:
        return ecdsa && verify_ec(EC_P256, scheme, key->point, message, signature);
    case KEY_P384:
        return ecdsa && verify_ec(EC_P384, scheme, key->point, message, signature);
    case KEY_P521:
        return ecdsa && verify_ec(EC_P521, scheme, key->point, message, signature);
    case KEY_ED25519:
        return scheme->key == KEY_ED25519
            && verify_whole("ED25519", key->point, message, signature);
    case KEY_ED448:
        return scheme->key == KEY_ED448
            && verify_whole("ED448", key->point, message, signature);
    case KEY_MLDSA44:
    case KEY_MLDSA65:
    case KEY_MLDSA87:
        return scheme->key == key->type
            && verify_whole(mldsa_name(key->type), key->point, message, signature);
    case KEY_NONE:
        return false;
    }
    return false;
}

void scratch_drop_verify(struct scratch *scratch)
{
    for (size_t i = 0; i < EC_COUNT; i++) {
        ec_verifier_drop(&scratch->ec[i]);
    }
    rsa_verifier_drop(&scratch->rsa);
}
