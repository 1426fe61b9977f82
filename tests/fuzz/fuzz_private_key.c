/* Whatever loads as a private key can be named, published and signed with, or refuses to sign. */
#include <stdlib.h>

#include "crypto/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t schemes[] = { 0x0403, 0x0804, 0x0809, 0x0807, 0x0808 };
    const struct provider *provider = &provider_openssl;
    struct private_key *key = provider->private_key_load(bytes_of(data, size));
    if (key == NULL) {
        return 0;
    }
    uint8_t public_half[2048];
    size_t length = 0;
    if (provider->private_key_type(key) == KEY_NONE
        || !provider->private_key_public(key, public_half, sizeof public_half, &length)
        || length == 0) {
        abort();
    }
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        uint8_t signature[SIGNATURE_SIZE_MAX];
        (void)provider->sign(key, provider->scheme(schemes[i]), bytes_of(data, size), signature,
            &length);
    }
    provider->private_key_drop(key);
    return 0;
}
