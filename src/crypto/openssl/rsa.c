/* RSA key exchange of TLS 1.2: RFC 5246, 7.4.7.1; RFC 8017, 7.2. libcrypto does the arithmetic
 * (blinded, with a result of the modulus's size whatever its value); the padding is ours to check,
 * for libcrypto 3.0 tells a wrong one by its result and its error queue. */
#include "crypto/openssl/scratch.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "base/ct.h"
#include "crypto/premaster.h"

bool openssl_rsa_encrypt(const struct public_key *key, hf_bytes in, uint8_t *out)
{
    EVP_PKEY *public_half = key->type == KEY_RSA ? openssl_rsa_import(key) : NULL;
    EVP_PKEY_CTX *context = public_half == NULL ? NULL : EVP_PKEY_CTX_new(public_half, NULL);
    size_t length = key->modulus.length;
    bool good = context != NULL && EVP_PKEY_encrypt_init(context) == 1
        && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
        && EVP_PKEY_encrypt(context, out, &length, in.data, in.length) == 1
        && length == key->modulus.length;
    EVP_PKEY_CTX_free(context);
    if (!good) {
        wipe(out, key->modulus.length);
    }
    return good || libcrypto_failed();
}

/* RFC 8017, 5.1.2: below the modulus, and as long. Anybody can see whether it is. */
static bool in_range(const BIGNUM *modulus, hf_bytes ciphertext, bool *inside)
{
    BIGNUM *number = BN_bin2bn(ciphertext.data, (int)ciphertext.length, NULL);
    *inside = number != NULL && ciphertext.length == (size_t)BN_num_bytes(modulus)
        && BN_cmp(number, modulus) < 0;
    bool known = number != NULL;
    BN_free(number);
    return known;
}

static bool decrypt_block(EVP_PKEY *key, hf_bytes ciphertext, uint8_t *block)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    size_t length = RSA_MODULUS_MAX;
    bool good = context != NULL && EVP_PKEY_decrypt_init(context) == 1
        && EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1
        && EVP_PKEY_decrypt(context, block, &length, ciphertext.data, ciphertext.length) == 1
        && length == ciphertext.length;
    EVP_PKEY_CTX_free(context);
    return good;
}

bool openssl_rsa_decrypt_premaster(const struct private_key *key, hf_bytes ciphertext,
    uint16_t version, uint8_t secret[PREMASTER_SIZE])
{
    EVP_PKEY *evp = private_key_evp(key);
    BIGNUM *modulus = NULL;
    bool inside = false;
    if (openssl_private_key_type(key) != KEY_RSA || ciphertext.length > INT16_MAX
        || EVP_PKEY_get_bn_param(evp, OSSL_PKEY_PARAM_RSA_N, &modulus) != 1
        || !in_range(modulus, ciphertext, &inside)) {
        BN_free(modulus);
        wipe(secret, PREMASTER_SIZE);
        return libcrypto_failed();
    }
    BN_free(modulus);
    if (!inside) {
        return true; /* the substitute stays */
    }
    uint8_t block[RSA_MODULUS_MAX];
    bool good = decrypt_block(evp, ciphertext, block);
    if (good) {
        premaster_take(block, ciphertext.length, version, secret);
    } else {
        wipe(secret, PREMASTER_SIZE);
    }
    wipe(block, sizeof block);
    return good || libcrypto_failed();
}
