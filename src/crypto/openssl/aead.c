/* AEADs over EVP: one keyed context per direction, made once; a record changes the nonce alone.
 * GCM: SP 800-38D; CCM: SP 800-38C, RFC 3610; ChaCha20-Poly1305: RFC 8439; RFC 9846, 5.2 and 5.3.
 *
 * A struct aead_key is an EVP_CIPHER_CTX under another name: each family has its own functions, so
 * that nothing need be kept beside it and nothing more is allocated. */
#include "crypto/openssl/scratch.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <string.h>

#include "base/ct.h"

static EVP_CIPHER_CTX *context_of(struct aead_key *key)
{
    return (EVP_CIPHER_CTX *)(void *)key;
}

/* A handle's fetch takes a lock and 300 ns. */
static const EVP_CIPHER *cipher_of(const struct aead *aead)
{
    static const char *const names[AEAD_COUNT] = {
        [AEAD_AES_128_GCM] = "AES-128-GCM",
        [AEAD_AES_256_GCM] = "AES-256-GCM",
        [AEAD_CHACHA20_POLY1305] = "ChaCha20-Poly1305",
        [AEAD_AES_128_CCM] = "AES-128-CCM",
        [AEAD_AES_128_CCM_8] = "AES-128-CCM",
        [AEAD_AES_256_CCM] = "AES-256-CCM",
        [AEAD_AES_256_CCM_8] = "AES-256-CCM",
    };
    struct scratch *scratch = scratch_get();
    if (scratch == NULL) {
        return NULL;
    }
    EVP_CIPHER **cipher = &scratch->ciphers[aead->id];
    if (*cipher == NULL) {
        *cipher = EVP_CIPHER_fetch(NULL, names[aead->id], NULL);
    }
    return *cipher;
}

static bool stream_seal(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    hf_bytes in, hf_bytes tail, uint8_t *out);

static struct aead_key *aead_make(const struct aead *aead, const uint8_t *key, bool seals)
{
    const EVP_CIPHER *cipher = cipher_of(aead);
    EVP_CIPHER_CTX *context = cipher == NULL ? NULL : EVP_CIPHER_CTX_new();
    bool done = false;
    if (context != NULL && aead->seal != stream_seal) {
        /* CCM's formatting depends on the sizes of nonce and tag: they come before the key. */
        done = EVP_CipherInit_ex2(context, cipher, NULL, NULL, seals, NULL) == 1
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, AEAD_NONCE, NULL) == 1
            && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)aead->tag_size, NULL) == 1
            && EVP_CipherInit_ex2(context, NULL, key, NULL, seals, NULL) == 1;
    } else if (context != NULL) {
        done = EVP_CipherInit_ex2(context, cipher, key, NULL, seals, NULL) == 1;
    }
    if (!done) {
        EVP_CIPHER_CTX_free(context);
        (void)libcrypto_failed();
        return NULL;
    }
    return (struct aead_key *)(void *)context;
}

static void aead_drop(struct aead_key *key)
{
    EVP_CIPHER_CTX_free(context_of(key)); /* wipes */
}

/* EVP counts in int. */
static bool sizes_fit(hf_bytes aad, size_t length, size_t more)
{
    return aad.length <= INT_MAX && length <= INT_MAX / 2 && more <= INT_MAX / 2;
}

static bool take_aad(EVP_CIPHER_CTX *context, hf_bytes aad)
{
    int done;
    return aad.length == 0
        || EVP_CipherUpdate(context, NULL, &done, aad.data, (int)aad.length) == 1;
}

static bool run(EVP_CIPHER_CTX *context, const uint8_t *in, size_t length, uint8_t *out)
{
    int done;
    return length == 0
        || (EVP_CipherUpdate(context, out, &done, in, (int)length) == 1 && (size_t)done == length);
}

static bool read_tag(EVP_CIPHER_CTX *context, uint8_t *tag, size_t size)
{
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, size),
        OSSL_PARAM_construct_end(),
    };
    return EVP_CIPHER_CTX_get_params(context, parameters) == 1;
}

static bool seal_failed(uint8_t *out, size_t length)
{
    wipe(out, length);
    return libcrypto_failed();
}

/* GCM and ChaCha20-Poly1305: streams. */
static bool stream_seal(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    hf_bytes in, hf_bytes tail, uint8_t *out)
{
    EVP_CIPHER_CTX *context = context_of(key);
    const size_t length = in.length + tail.length;
    if (!sizes_fit(aad, in.length, tail.length)) {
        return false;
    }
    bool good = EVP_CipherInit_ex2(context, NULL, NULL, nonce, -1, NULL) == 1
        && take_aad(context, aad);
    if (good && out == in.data && tail.length > 0) {
        memcpy(out + in.length, tail.data, tail.length);
        good = run(context, out, length, out);
    } else if (good) {
        good = run(context, in.data, in.length, out)
            && run(context, tail.data, tail.length, out + in.length);
    }
    int done;
    good = good && EVP_CipherFinal_ex(context, out + length, &done) == 1
        && read_tag(context, out + length, AEAD_TAG_MAX);
    return good || seal_failed(out, length + AEAD_TAG_MAX);
}

static bool stream_open(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    const uint8_t *in, size_t length, uint8_t *out)
{
    EVP_CIPHER_CTX *context = context_of(key);
    if (length < AEAD_TAG_MAX || !sizes_fit(aad, length, 0)) {
        return false;
    }
    length -= AEAD_TAG_MAX;
    uint8_t tag[AEAD_TAG_MAX];
    memcpy(tag, in + length, sizeof tag);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, sizeof tag),
        OSSL_PARAM_construct_end(),
    };
    int done;
    bool good = EVP_CipherInit_ex2(context, NULL, NULL, nonce, -1, parameters) == 1
        && take_aad(context, aad) && run(context, in, length, out)
        && EVP_CipherFinal_ex(context, tag, &done) == 1;
    if (!good) {
        wipe(out, length);
        return libcrypto_failed();
    }
    return true;
}

/* CCM is told the message's length first, and takes all of it at once. */
static bool ccm_start(EVP_CIPHER_CTX *context, const uint8_t *nonce, hf_bytes aad, size_t length,
    const OSSL_PARAM *parameters)
{
    int done;
    return EVP_CipherInit_ex2(context, NULL, NULL, nonce, -1, parameters) == 1
        && EVP_CipherUpdate(context, NULL, &done, NULL, (int)length) == 1
        && take_aad(context, aad);
}

static bool ccm_seal_tag(struct aead_key *key, const uint8_t *nonce, hf_bytes aad, hf_bytes in,
    hf_bytes tail, uint8_t *out, size_t tag_size)
{
    EVP_CIPHER_CTX *context = context_of(key);
    const size_t length = in.length + tail.length;
    if (!sizes_fit(aad, in.length, tail.length)) {
        return false;
    }
    if (out != in.data && in.length > 0) {
        memcpy(out, in.data, in.length);
    }
    if (tail.length > 0) {
        memcpy(out + in.length, tail.data, tail.length);
    }
    int done;
    bool good = ccm_start(context, nonce, aad, length, NULL)
        && EVP_CipherUpdate(context, out, &done, out, (int)length) == 1
        && read_tag(context, out + length, tag_size);
    return good || seal_failed(out, length + tag_size);
}

static bool ccm_open_tag(struct aead_key *key, const uint8_t *nonce, hf_bytes aad,
    const uint8_t *in, size_t length, uint8_t *out, size_t tag_size)
{
    EVP_CIPHER_CTX *context = context_of(key);
    if (length < tag_size || !sizes_fit(aad, length, 0)) {
        return false;
    }
    length -= tag_size;
    uint8_t tag[AEAD_TAG_MAX];
    memcpy(tag, in + length, tag_size);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, tag_size),
        OSSL_PARAM_construct_end(),
    };
    int done;
    if (!ccm_start(context, nonce, aad, length, parameters)
        || EVP_CipherUpdate(context, out, &done, in, (int)length) != 1) { /* checks the tag */
        wipe(out, length);
        return libcrypto_failed();
    }
    return true;
}

static bool ccm_seal(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    hf_bytes in, hf_bytes tail, uint8_t *out)
{
    return ccm_seal_tag(key, nonce, aad, in, tail, out, 16);
}

static bool ccm_open(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    const uint8_t *in, size_t length, uint8_t *out)
{
    return ccm_open_tag(key, nonce, aad, in, length, out, 16);
}

static bool ccm8_seal(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    hf_bytes in, hf_bytes tail, uint8_t *out)
{
    return ccm_seal_tag(key, nonce, aad, in, tail, out, 8);
}

static bool ccm8_open(struct aead_key *key, const uint8_t nonce[AEAD_NONCE], hf_bytes aad,
    const uint8_t *in, size_t length, uint8_t *out)
{
    return ccm_open_tag(key, nonce, aad, in, length, out, 8);
}

/* RFC 9846, 5.5: 2^24.5 full records for GCM; ChaCha20-Poly1305's limit lies beyond the sequence
 * numbers. CCM's is 2^23 (RFC 9147, 4.5.3). */
static const struct aead aeads[AEAD_COUNT] = {
    [AEAD_AES_128_GCM] = { AEAD_AES_128_GCM, "AES-128-GCM", 16, 16, 23726566, aead_make,
        stream_seal, stream_open, aead_drop },
    [AEAD_AES_256_GCM] = { AEAD_AES_256_GCM, "AES-256-GCM", 32, 16, 23726566, aead_make,
        stream_seal, stream_open, aead_drop },
    [AEAD_CHACHA20_POLY1305] = { AEAD_CHACHA20_POLY1305, "ChaCha20-Poly1305", 32, 16, UINT64_MAX,
        aead_make, stream_seal, stream_open, aead_drop },
    [AEAD_AES_128_CCM] = { AEAD_AES_128_CCM, "AES-128-CCM", 16, 16, UINT64_C(1) << 23, aead_make,
        ccm_seal, ccm_open, aead_drop },
    [AEAD_AES_128_CCM_8] = { AEAD_AES_128_CCM_8, "AES-128-CCM-8", 16, 8, UINT64_C(1) << 23,
        aead_make, ccm8_seal, ccm8_open, aead_drop },
    [AEAD_AES_256_CCM] = { AEAD_AES_256_CCM, "AES-256-CCM", 32, 16, UINT64_C(1) << 23, aead_make,
        ccm_seal, ccm_open, aead_drop },
    [AEAD_AES_256_CCM_8] = { AEAD_AES_256_CCM_8, "AES-256-CCM-8", 32, 8, UINT64_C(1) << 23,
        aead_make, ccm8_seal, ccm8_open, aead_drop },
};

const struct aead *openssl_aead(enum aead_id id)
{
    return (unsigned)id < AEAD_COUNT ? &aeads[id] : NULL;
}

void scratch_drop_aead(struct scratch *scratch)
{
    for (size_t i = 0; i < AEAD_COUNT; i++) {
        EVP_CIPHER_free(scratch->ciphers[i]);
    }
}
