/* The premaster secret out of its padding: see premaster.h. RFC 8017, 7.2.2 (PKCS #1 v1.5): 00 02,
 * at least eight bytes that are not zero, 00, the message. RFC 5246, 7.4.7.1: whoever can tell
 * right ones from wrong ones, by an alert or by time, decrypts what he likes (Bleichenbacher's
 * attack), so that all of them go the same way. */
#include "crypto/premaster.h"

#include "base/ct.h"

enum { PADDING_MIN = 11 };

void premaster_take(const uint8_t *block, size_t size, uint16_t version,
    uint8_t secret[PREMASTER_SIZE])
{
    if (size < PADDING_MIN + PREMASTER_SIZE) {
        return; /* known of the key */
    }
    const uint8_t *message = block + size - PREMASTER_SIZE;
    /* The length is known, and with it where the padding ends. */
    uint8_t wrong = (uint8_t)(block[0] | (block[1] ^ 2) | message[-1]);
    for (const uint8_t *at = block + 2; at < message - 1; at++) {
        wrong |= ct_zero_mask(*at);
    }
    wrong = (uint8_t)(wrong | (message[0] ^ version >> 8) | (message[1] ^ (version & 0xff)));
    ct_take(ct_zero_mask(wrong), message, secret, PREMASTER_SIZE);
}
