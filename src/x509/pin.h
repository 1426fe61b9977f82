/* Pins: the keys that a user expects, by the SHA-256 of their SubjectPublicKeyInfo (RFC 7469, 2.4,
 * as curl writes them). */
#ifndef X509_PIN_H
#define X509_PIN_H

#include "x509/path.h"

enum { PINS_MAX = 16 };

struct pins {
    size_t count;
    bool report_only; /* a mismatch is told, and borne */
    uint8_t digests[PINS_MAX][32];
};

/* "sha256//BASE64[;sha256//BASE64…]". False: bad_configuration. */
bool pins_parse(const char *text, struct pins *pins, struct hf_error *error);

/* The pin of a certificate's key as such a text; false: the provider has no SHA-256. */
bool pin_text(const struct provider *provider, const struct certificate *certificate,
    char text[64]);

/* Whether the key of a certificate is pinned. */
bool pins_hold(const struct pins *pins, const struct provider *provider,
    const struct certificate *certificate);

#endif
