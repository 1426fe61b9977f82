/* Key exchange of TLS 1.2 where it differs from the groups' own way: shares of any length in
 * DHE, the premaster secret, RSA (RFC 5246, 7.4.7.1 and 8.1). */
#include <string.h>

#include "handshake/handlers.h"

/* Yc and Ys are numbers: zeros in front may be there or not. One that is too long stays so, and the
 * group refuses it. */
bool copy_share12(struct hf_connection *c, hf_bytes share, size_t size)
{
    bool number = c->suite->kx == KX_DHE;
    while (number && share.length > 1 && share.data[0] == 0) {
        share = bytes_of(share.data + 1, share.length - 1);
    }
    size_t padding = number && share.length < size ? size - share.length : 0;
    uint8_t *copy = arena_take(&c->arena, padding + share.length);
    if (copy == NULL) {
        return false;
    }
    memset(copy, 0, padding);
    if (share.length > 0) {
        memcpy(copy + padding, share.data, share.length);
    }
    c->hs->peer_share = bytes_of(copy, padding + share.length);
    return true;
}

/* The client's: its highest version and 46 random bytes, encrypted to the certificate's key. */
bool begin_premaster(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    struct hf_operation *op = &hs->operation;
    const struct public_key *key = &hs->chain[0].key;
    uint8_t *encrypted = arena_take(&c->arena, key->modulus.length);
    if (encrypted == NULL) {
        return fail_c(c, ERR_out_of_memory, "the premaster secret");
    }
    hs->secret[0] = VERSION_TLS12 >> 8;
    hs->secret[1] = VERSION_TLS12 & 0xff;
    if (!s->provider->random.private_bytes(s->provider->random.user, hs->secret + 2,
            MASTER_SECRET - 2)) {
        return fail_c(c, ERR_operation_failed, "no random bytes for the premaster secret");
    }
    hs->secret_length = MASTER_SECRET;
    hs->encrypted = bytes_of(encrypted, key->modulus.length);
    op->rsa = RSA_ENCRYPT;
    op->rsa_public = key;
    op->own_share = encrypted;
    return true;
}

/* The server's: whatever came, a secret comes out (RFC 5246, 7.4.7.1). */
bool begin_decryption(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    struct hf_operation *op = &hs->operation;
    if (!s->provider->random.private_bytes(s->provider->random.user, hs->secret, MASTER_SECRET)) {
        return fail_c(c, ERR_operation_failed, "no random bytes for a substitute");
    }
    hs->secret_length = MASTER_SECRET;
    op->rsa = RSA_DECRYPT;
    op->rsa_version = hs->hello.legacy_version;
    op->key = hs->own->key;
    return true;
}

/* RFC 5246, 8.1.2: zeros in front of a DHE secret do not count. Both keys are used once, so that
 * the time that this takes tells nothing of a later secret. */
hf_bytes premaster12(const struct hf_connection *c)
{
    const struct handshake *hs = c->hs;
    hf_bytes secret = bytes_of(hs->secret, hs->secret_length);
    while (c->suite->kx == KX_DHE && secret.length > 1 && secret.data[0] == 0) {
        secret = bytes_of(secret.data + 1, secret.length - 1);
    }
    return secret;
}
