/* See stapled.h. */
#include "refuse/stapled.h"

#include "handshake/settings.h"
#include "unit/x509/revoke.h"

bool staple_something(hf_identity *identity, uint64_t *now_ms)
{
    struct certificate issuer;
    struct bytes_made response;
    if (identity->count < 2 ||
        !certificate_parse(identity->chain[1], &provider_openssl, &issuer, NULL)) {
        return false;
    }
    make_ocsp(&response, &(struct ocsp_plan){ .responder = "anybody", .key = key_at(0),
        .issuer = &issuer, .serials = { identity->leaf.serial }, .status = 'g' });
    drop_keys();
    *now_ms = (uint64_t)NOW * 1000;
    return test_failures == 0 && test_skipped == NULL &&
        hf_identity_set_staple(identity, response.der, response.length, NULL);
}
