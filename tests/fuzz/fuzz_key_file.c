/* PEM texts as files of private keys: headers and labels of every shape. Nothing is decrypted, so
 * that no iteration count holds the fuzzer up; what would be is looked at. */
#include "require.h"

#include "x509/private_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct private_key *shut(hf_bytes der, const struct key_cipher *cipher, hf_bytes passphrase,
    bool *wrong)
{
    REQUIRE(passphrase.length == 6);
    if (cipher != NULL) {
        REQUIRE(memchr(cipher->name, '\0', sizeof cipher->name) != NULL);
        REQUIRE(cipher->iv_length <= sizeof cipher->iv);
    }
    *wrong = der.length % 2 == 1;
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct provider provider = provider_openssl;
    struct hf_error error;
    bool told = size % 2 == 0;
    provider.private_key_unlock = shut;
    error_clear(&error);
    struct private_key *key = private_key_of_pem(&provider, bytes_of(data, size),
        bytes_of("secret", told ? 6 : 0), &error);
    REQUIRE((key == NULL) == error_is_set(&error));
    provider.private_key_drop(key);
    return 0;
}
