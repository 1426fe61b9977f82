/* The premaster secret of TLS 1.2's RSA key exchange, out of its padding (RFC 5246, 7.4.7.1). */
#ifndef CRYPTO_PREMASTER_H
#define CRYPTO_PREMASTER_H

#include <stddef.h>
#include <stdint.h>

enum { PREMASTER_SIZE = 48 };

/* `block`: what RSA gave, of the modulus's size. `secret` holds a random substitute; it becomes the
 * block's premaster secret if the padding is right, the length is 48 bytes and it begins with
 * `version`. The time, the addresses and the branches depend on `size` alone. */
void premaster_take(const uint8_t *block, size_t size, uint16_t version,
    uint8_t secret[PREMASTER_SIZE]);

#endif
