/* The functions that the provider is made of, one module's beside the other's: see provider.h. */
#ifndef CRYPTO_OPENSSL_PARTS_H
#define CRYPTO_OPENSSL_PARTS_H

#include "crypto/provider.h"

const struct hash *openssl_hash(enum hash_id id);
const struct aead *openssl_aead(enum aead_id id);
const struct group *openssl_group(uint16_t id);
const struct group *openssl_prime_group(hf_bytes p, hf_bytes g);
void openssl_prime_params(const struct group *group, hf_bytes *p, hf_bytes *g);
const struct signature_scheme *openssl_scheme(uint16_t id);
bool openssl_public_bytes(void *user, uint8_t *out, size_t length);
bool openssl_private_bytes(void *user, uint8_t *out, size_t length);
bool openssl_verify(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature);
struct private_key *openssl_private_key_load(hf_bytes der);
struct private_key *openssl_private_key_unlock(hf_bytes der, const struct key_cipher *cipher,
    hf_bytes passphrase, bool *wrong);
struct private_key *openssl_private_key_generate(enum key_type type);
enum key_type openssl_private_key_type(const struct private_key *key);
bool openssl_private_key_public(const struct private_key *key, uint8_t *out, size_t capacity,
    size_t *length);
bool openssl_sign(const struct private_key *key, const struct signature_scheme *scheme,
    hf_bytes message, uint8_t *out, size_t *length);
bool openssl_rsa_encrypt(const struct public_key *key, hf_bytes in, uint8_t *out);
bool openssl_rsa_decrypt_premaster(const struct private_key *key, hf_bytes ciphertext,
    uint16_t version, uint8_t secret[48]);
void openssl_private_key_drop(struct private_key *key);

/* The functions of the groups of finite_field.c; see struct group. */
bool FF_generate(const struct group *group, const struct random *random, uint8_t *private_key,
    uint8_t *share);
bool FF_encapsulate(const struct group *group, const struct random *random, hf_bytes client_share,
    uint8_t *server_share, uint8_t *secret, bool *bad_share);
bool FF_decapsulate(const struct group *group, const uint8_t *private_key,
    const uint8_t *own_share, hf_bytes server_share, uint8_t *secret, bool *bad_share);

#endif
