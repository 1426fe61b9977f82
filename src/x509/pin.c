/* Pins: see pin.h. RFC 7469, 2.4 and 2.6: any one pin suffices, for any certificate of the path
 * that was verified; without a path only the leaf counts, whose key the handshake proves. */
#include "x509/pin.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { DIGITS = 43 }; /* of 32 bytes, and one '=' */

static bool digest_parse(const char *text, uint8_t digest[32])
{
    uint32_t word = 0;
    size_t written = 0;
    for (size_t i = 0; i < DIGITS + 1; i++) {
        const char *at = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
        if (i < DIGITS ? at == NULL : text[i] != '=') {
            return false;
        }
        word = word << 6 | (at != NULL && i < DIGITS ? (uint32_t)(at - digits) : 0);
        if (i % 4 == 3) {
            for (int shift = 16; shift >= 0 && written < 32; shift -= 8) {
                digest[written++] = (uint8_t)(word >> shift);
            }
            word = i < DIGITS ? 0 : word;
        }
    }
    return (word & 0xff) == 0; /* RFC 4648, 3.5: no stray bits */
}

bool pins_parse(const char *text, struct pins *pins, struct hf_error *error)
{
    const char *at = text;
    pins->count = 0;
    for (;;) {
        if (pins->count == PINS_MAX) {
            return fail(error, ERR_bad_configuration, "more than %d pins", PINS_MAX);
        }
        if (strncmp(at, "sha256//", 8) != 0 || !digest_parse(at + 8, pins->digests[pins->count])) {
            return fail(error, ERR_bad_configuration,
                "\"%.60s\" is no pin: it should be sha256// and 44 characters of base64", at);
        }
        pins->count++;
        at += 8 + DIGITS + 1;
        if (*at == '\0') {
            return true;
        }
        if (*at != ';') {
            return fail(error, ERR_bad_configuration, "\"%.60s\" follows a pin; ';' should", at);
        }
        at++;
    }
}

static bool digest_of(const struct provider *provider, const struct certificate *certificate,
    uint8_t digest[HASH_SIZE_MAX])
{
    const struct hash *hash = provider->hash(HASH_SHA256);
    struct hash_state state;
    if (hash == NULL) {
        return false;
    }
    hash->init(&state);
    hash->update(&state, certificate->spki.data, certificate->spki.length);
    hash->finish(&state, digest);
    return true;
}

bool pin_text(const struct provider *provider, const struct certificate *certificate,
    char text[64])
{
    uint8_t digest[HASH_SIZE_MAX];
    TRY(digest_of(provider, certificate, digest));
    digest[32] = 0;
    memcpy(text, "sha256//", 8);
    char *out = text + 8;
    for (size_t i = 0; i < 33; i += 3) {
        uint32_t word = (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 1] << 8 | digest[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) {
            *out++ = digits[word >> shift & 63];
        }
    }
    text[8 + DIGITS] = '=';
    text[8 + DIGITS + 1] = '\0';
    return true;
}

bool pins_hold(const struct pins *pins, const struct provider *provider,
    const struct certificate *certificate)
{
    uint8_t digest[HASH_SIZE_MAX];
    TRY(digest_of(provider, certificate, digest));
    for (size_t i = 0; i < pins->count; i++) {
        if (bytes_equal_public(bytes_of(digest, 32), bytes_of(pins->digests[i], 32))) {
            return true;
        }
    }
    return false;
}
