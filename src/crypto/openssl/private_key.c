/* Private keys of identities: loaded once, then used by any number of threads. RFC 5958 (PKCS#8),
 * RFC 8017, A.1.2 (PKCS#1), RFC 5915 (SEC1); RFC 9846, 4.3.3.
 *
 * A context made for a key signs again and again; making one takes 2 us. A key keeps its idle
 * contexts itself, in slots that threads empty and fill by an exchange: they need no lock, and when
 * the key is dropped no thread's cache holds a copy of it back. */
#include "crypto/openssl/scratch.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"

/* Either of the two contexts, as the key's type needs: of a digest, or of the whole message. */
struct signer {
    EVP_PKEY_CTX *context;
    EVP_MD_CTX *whole;
    const struct signature_scheme *scheme; /* what `context` is set to */
};

/* More threads than this that sign in the same instant make contexts of their own. */
enum { IDLE_SIGNERS = 16 };

struct private_key {
    enum key_type type;
    EVP_PKEY *key;
    _Atomic(struct signer *) *idle; /* the slots below, which are not const when the key is */
    _Atomic(struct signer *) slots[IDLE_SIGNERS];
};

/* ---- Signers ---- */

static void signer_drop(struct signer *signer)
{
    if (signer != NULL) {
        EVP_PKEY_CTX_free(signer->context);
        EVP_MD_CTX_free(signer->whole);
        free(signer);
    }
}

/* EdDSA and ML-DSA hash inside. */
static bool signs_whole(enum key_type type)
{
    return type == KEY_ED25519 || type == KEY_ED448 || is_mldsa(type);
}

static struct signer *signer_make(const struct private_key *key)
{
    struct signer *signer = calloc(1, sizeof *signer);
    if (signer == NULL) {
        return NULL;
    }
    if (signs_whole(key->type)) {
        signer->whole = EVP_MD_CTX_new();
    } else {
        signer->context = EVP_PKEY_CTX_new(key->key, NULL);
    }
    if (signer->whole == NULL && signer->context == NULL) {
        (void)libcrypto_failed();
        signer_drop(signer);
        return NULL;
    }
    return signer;
}

static struct signer *signer_take(const struct private_key *key)
{
    for (size_t i = 0; i < IDLE_SIGNERS; i++) {
        if (atomic_load_explicit(&key->idle[i], memory_order_relaxed) != NULL) {
            struct signer *signer = atomic_exchange(&key->idle[i], NULL);
            if (signer != NULL) {
                return signer;
            }
        }
    }
    return signer_make(key);
}

static void signer_give(const struct private_key *key, struct signer *signer)
{
    for (size_t i = 0; i < IDLE_SIGNERS; i++) {
        struct signer *none = NULL;
        if (atomic_compare_exchange_strong(&key->idle[i], &none, signer)) {
            return;
        }
    }
    signer_drop(signer);
}

/* ---- Loading ---- */

/* RFC 5480, 2: the size of a named curve's SubjectPublicKeyInfo with an uncompressed point. Any
 * other spelling of the parameters is of another size, and no TLS peer would take it. */
static bool ec_type(EVP_PKEY *key, enum key_type *type)
{
    static const struct {
        const char *name;
        enum key_type type;
        int public_size;
    } known[] = {
        { "prime256v1", KEY_P256, 91 },
        { "secp384r1", KEY_P384, 120 },
        { "secp521r1", KEY_P521, 158 },
    };
    char name[32];
    char format[] = OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED;
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, NULL)
            != 1
        || EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, format)
            != 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) == 0) {
            *type = known[i].type;
            return i2d_PUBKEY(key, NULL) == known[i].public_size;
        }
    }
    return false;
}

static bool mldsa_type(EVP_PKEY *key, enum key_type *type)
{
    static const enum key_type types[MLDSA_COUNT] = { KEY_MLDSA44, KEY_MLDSA65, KEY_MLDSA87 };
    for (size_t i = 0; i < MLDSA_COUNT; i++) {
        if (EVP_PKEY_is_a(key, mldsa_name(types[i])) == 1) {
            *type = types[i];
            return true;
        }
    }
    return false;
}

static bool find_type(EVP_PKEY *key, enum key_type *type)
{
    const int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        *type = KEY_RSA;
        return bits >= 1024 && bits <= 8 * RSA_MODULUS_MAX;
    case EVP_PKEY_RSA_PSS:
        *type = KEY_RSA_PSS;
        return bits >= 1024 && bits <= 8 * RSA_MODULUS_MAX;
    case EVP_PKEY_EC:
        return ec_type(key, type);
    case EVP_PKEY_ED25519:
        *type = KEY_ED25519;
        return true;
    case EVP_PKEY_ED448:
        *type = KEY_ED448;
        return true;
    default: /* libcrypto numbers ML-DSA only where it has it */
        return mldsa_type(key, type);
    }
}

/* A signature and its check: for RSA far cheaper than libcrypto's look at the primes. */
static bool signs_for_itself(EVP_PKEY *key)
{
    static const uint8_t text[] = "handfast";
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1
        && EVP_DigestSign(context, signature, &length, text, sizeof text) == 1;
    EVP_MD_CTX_free(context);
    context = good ? EVP_MD_CTX_new() : NULL;
    good = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1
        && EVP_DigestVerify(context, signature, length, text, sizeof text) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* Whether the halves belong together: a file with two halves of different keys is found out here,
 * and not by every peer. ECDSA's EVP_DigestVerify of libcrypto 3.5 writes through NULL when memory
 * is short, so all but RSA is asked of libcrypto directly. */
static bool halves_agree(EVP_PKEY *key, enum key_type type)
{
    if (type == KEY_RSA || type == KEY_RSA_PSS) {
        return signs_for_itself(key);
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool good = context != NULL && EVP_PKEY_pairwise_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

/* Takes `evp` over, whatever comes of it. */
static struct private_key *adopt(EVP_PKEY *evp)
{
    struct private_key *key = evp == NULL ? NULL : calloc(1, sizeof *key);
    if (key == NULL || !find_type(evp, &key->type) || !halves_agree(evp, key->type)) {
        EVP_PKEY_free(evp);
        free(key);
        (void)libcrypto_failed();
        return NULL;
    }
    key->key = evp;
    key->idle = key->slots;
    for (size_t i = 0; i < IDLE_SIGNERS; i++) {
        atomic_init(&key->slots[i], NULL);
    }
    return key;
}

struct private_key *openssl_private_key_load(hf_bytes der)
{
    /* 8192 bits of RSA take 5 KB. */
    if (der.length == 0 || der.length > 16384) {
        return NULL;
    }
    const unsigned char *at = der.data;
    EVP_PKEY *evp = d2i_AutoPrivateKey(NULL, &at, (long)der.length);
    if (evp != NULL && at != der.data + der.length) { /* something stands behind it */
        EVP_PKEY_free(evp);
        evp = NULL;
    }
    return adopt(evp);
}

struct private_key *openssl_private_key_generate(enum key_type type)
{
    if (type == KEY_P256) {
        return adopt(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"));
    }
    if (type == KEY_ED25519) {
        return adopt(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    }
    return NULL;
}

enum key_type openssl_private_key_type(const struct private_key *key)
{
    return key->type;
}

EVP_PKEY *private_key_evp(const struct private_key *key)
{
    return key->key;
}

bool openssl_private_key_public(const struct private_key *key, uint8_t *out, size_t capacity,
    size_t *length)
{
    int size = i2d_PUBKEY(key->key, NULL);
    if (size <= 0 || (size_t)size > capacity) {
        return libcrypto_failed();
    }
    unsigned char *at = out;
    size = i2d_PUBKEY(key->key, &at);
    if (size <= 0) {
        return libcrypto_failed();
    }
    *length = (size_t)size;
    return true;
}

void openssl_private_key_drop(struct private_key *key)
{
    if (key == NULL) {
        return;
    }
    for (size_t i = 0; i < IDLE_SIGNERS; i++) {
        signer_drop(atomic_load(&key->slots[i]));
    }
    EVP_PKEY_free(key->key); /* wipes */
    wipe(key, sizeof *key);
    free(key);
}

/* ---- Signing ---- */

static bool scheme_fits(const struct private_key *key, const struct signature_scheme *scheme)
{
    switch (key->type) {
    case KEY_P256:
    case KEY_P384:
    case KEY_P521: /* TLS 1.2 lets any curve go with any hash (RFC 8422, 5.1.1) */
        return scheme->key == KEY_P256 || scheme->key == KEY_P384 || scheme->key == KEY_P521;
    case KEY_RSA:
    case KEY_RSA_PSS:
    case KEY_ED25519:
    case KEY_ED448:
    case KEY_MLDSA44:
    case KEY_MLDSA65:
    case KEY_MLDSA87:
        return scheme->key == key->type;
    case KEY_NONE:
        return false;
    }
    return false;
}

static bool sign_whole(struct signer *signer, EVP_PKEY *key, hf_bytes message, uint8_t *out,
    size_t *length)
{
    /* libcrypto 3.5 wants an init for each message. */
    return EVP_DigestSignInit(signer->whole, NULL, NULL, NULL, key) == 1
        && EVP_DigestSign(signer->whole, out, length, message.data, message.length) == 1;
}

static bool sign_digest(struct signer *signer, const struct private_key *key,
    const struct signature_scheme *scheme, hf_bytes message, uint8_t *out, size_t *length)
{
    const bool rsa = key->type == KEY_RSA || key->type == KEY_RSA_PSS;
    if (signer->scheme == NULL || (rsa && signer->scheme != scheme)) {
        signer->scheme = NULL;
        TRY(rsa ? rsa_start(signer->context, scheme, EVP_PKEY_sign_init_ex)
                : EVP_PKEY_sign_init(signer->context) == 1);
        signer->scheme = scheme;
    }
    uint8_t digest[HASH_SIZE_MAX];
    size_t digest_length;
    return scheme_digest(scheme, message, digest, &digest_length)
        && EVP_PKEY_sign(signer->context, out, length, digest, digest_length) == 1;
}

bool openssl_sign(const struct private_key *key, const struct signature_scheme *scheme,
    hf_bytes message, uint8_t *out, size_t *length)
{
    struct signer *signer = scheme_fits(key, scheme) ? signer_take(key) : NULL;
    if (signer == NULL) {
        *length = 0;
        return false;
    }
    *length = signature_room(scheme);
    if (signs_whole(key->type) ? sign_whole(signer, key->key, message, out, length)
                               : sign_digest(signer, key, scheme, message, out, length)) {
        signer_give(key, signer);
        return true;
    }
    signer_drop(signer);
    wipe(out, signature_room(scheme));
    *length = 0;
    return libcrypto_failed();
}
