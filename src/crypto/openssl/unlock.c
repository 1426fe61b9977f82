/* Encrypted private keys, decrypted by libcrypto: PKCS#8's EncryptedPrivateKeyInfo (RFC 5958, 3;
 * RFC 8018, 6.2: PBES2), and the older encryption of a PEM text (RFC 1423, 1.1, with the ciphers
 * and the derivation that OpenSSL added). The file is the user's own: the work that its iteration
 * count asks for is done. */
#include "crypto/openssl/scratch.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"

enum { LOCKED_MAX = 16384 };

/* ---- PKCS#8 ---- */

/* Whether libcrypto's failure was that of a wrong passphrase: a wrong padding, or (once in 256
 * times it is right by chance) no key behind it. Both follow want of memory, too. */
static bool decrypted_to_nonsense(void)
{
    unsigned long code;
    bool nonsense = false;
    bool starved = false;
    while ((code = ERR_get_error()) != 0) {
        int reason = ERR_GET_REASON(code);
        starved = starved || reason == ERR_R_MALLOC_FAILURE;
        nonsense = nonsense || (ERR_GET_LIB(code) == ERR_LIB_PKCS12
            && (reason == PKCS12_R_PKCS12_CIPHERFINAL_ERROR || reason == PKCS12_R_DECODE_ERROR));
    }
    return nonsense && !starved;
}

static struct private_key *load_plain(PKCS8_PRIV_KEY_INFO *plain)
{
    unsigned char *der = NULL;
    struct private_key *key = NULL;
    int length = i2d_PKCS8_PRIV_KEY_INFO(plain, &der);
    if (length > 0) {
        key = openssl_private_key_load(bytes_of(der, (size_t)length));
        OPENSSL_clear_free(der, (size_t)length);
    }
    return key;
}

static struct private_key *unlock_pkcs8(hf_bytes der, hf_bytes passphrase, bool *wrong)
{
    const unsigned char *at = der.data;
    struct private_key *key = NULL;
    X509_SIG *locked = d2i_X509_SIG(NULL, &at, (long)der.length);
    if (locked != NULL && at == der.data + der.length) {
        ERR_clear_error();
        PKCS8_PRIV_KEY_INFO *plain = PKCS8_decrypt(locked, (const char *)passphrase.data,
            (int)passphrase.length);
        if (plain == NULL) {
            *wrong = decrypted_to_nonsense();
        } else {
            key = load_plain(plain);
            PKCS8_PRIV_KEY_INFO_free(plain); /* wipes */
        }
    }
    X509_SIG_free(locked);
    return key;
}

/* ---- PEM ---- */

/* The derivation of OpenSSL's PEM: MD5, one round, the first eight bytes of the IV as salt. */
static bool decrypt(const EVP_CIPHER *cipher, const uint8_t *iv, hf_bytes data, hf_bytes passphrase,
    uint8_t *out, size_t *length)
{
    uint8_t secret[EVP_MAX_KEY_LENGTH];
    int first = 0;
    int last = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool good = context != NULL
        && EVP_BytesToKey(cipher, EVP_md5(), iv, passphrase.data, (int)passphrase.length, 1, secret,
            NULL) > 0
        && EVP_DecryptInit_ex(context, cipher, NULL, secret, iv) == 1
        && EVP_DecryptUpdate(context, out, &first, data.data, (int)data.length) == 1
        && EVP_DecryptFinal_ex(context, out + first, &last) == 1;
    EVP_CIPHER_CTX_free(context);
    wipe(secret, sizeof secret);
    *length = good ? (size_t)first + (size_t)last : 0;
    return good || libcrypto_failed();
}

static struct private_key *unlock_pem(hf_bytes der, const struct key_cipher *how,
    hf_bytes passphrase, bool *wrong)
{
    static const char *const names[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC",
        "DES-EDE3-CBC" };
    const EVP_CIPHER *cipher = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cipher = strcmp(how->name, names[i]) == 0 ? EVP_get_cipherbyname(names[i]) : cipher;
    }
    if (cipher == NULL || how->iv_length != (size_t)EVP_CIPHER_get_iv_length(cipher)) {
        return NULL;
    }
    uint8_t *plain = malloc(der.length + EVP_MAX_BLOCK_LENGTH);
    struct private_key *key = NULL;
    size_t length;
    if (plain != NULL) {
        /* A wrong key leaves a right padding behind once in 256 times: then no key is found. */
        *wrong = true;
        if (decrypt(cipher, how->iv, der, passphrase, plain, &length)) {
            key = openssl_private_key_load(bytes_of(plain, length));
        }
        wipe(plain, der.length + EVP_MAX_BLOCK_LENGTH);
        free(plain);
    }
    return key;
}

struct private_key *openssl_private_key_unlock(hf_bytes der, const struct key_cipher *cipher,
    hf_bytes passphrase, bool *wrong)
{
    *wrong = false;
    if (der.length == 0 || der.length > LOCKED_MAX || passphrase.length > INT16_MAX) {
        return NULL;
    }
    struct private_key *key = cipher == NULL ? unlock_pkcs8(der, passphrase, wrong)
        : unlock_pem(der, cipher, passphrase, wrong);
    if (key == NULL) {
        (void)libcrypto_failed();
    }
    return key;
}
