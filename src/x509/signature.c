/* Signatures under the keys of certificates: see signature.h. RFC 5280, 6.1.3 (a) (1); RFC 4055
 * for what a RSASSA-PSS key may sign. */
#include "x509/signature.h"

bool key_fits_scheme(const struct public_key *key, const struct signature_scheme *scheme)
{
    enum key_type type = key->type;
    bool scheme_rsa = scheme->key == KEY_RSA || scheme->key == KEY_RSA_PSS;
    bool scheme_ec = scheme->key == KEY_P256 || scheme->key == KEY_P384 || scheme->key == KEY_P521;
    if (type == KEY_RSA_PSS) { /* RFC 4055, 1.2: not with the older padding */
        return scheme_rsa && scheme->padding == PADDING_PSS &&
            (key->pss_hash == HASH_NONE || key->pss_hash == scheme->hash);
    }
    if (type == KEY_P256 || type == KEY_P384 || type == KEY_P521) {
        return scheme_ec;
    }
    return type == KEY_RSA ? scheme_rsa : scheme->key == type;
}

bool signature_verify(const struct provider *provider, struct hf_memo *memo,
    const struct signed_bytes *signed_bytes, const struct certificate *signer)
{
    const struct signature_scheme *scheme = signed_bytes->scheme;
    struct memo_key key;
    if (scheme == NULL || !key_fits_scheme(&signer->key, scheme)) {
        return false;
    }
    bool remembers = memo != NULL && memo_key_of(provider, scheme->id, signer->spki,
        signed_bytes->message, signed_bytes->signature, &key);
    if (remembers && memo_has(memo, &key)) {
        return true;
    }
    bool good = provider->verify(scheme, &signer->key, signed_bytes->message,
        signed_bytes->signature);
    if (good && remembers) {
        memo_add(memo, &key);
    }
    return good;
}
