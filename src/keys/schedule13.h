/* The key schedule of TLS 1.3 (RFC 9846, 7.1), step by step as its diagram has them. Holds secrets:
 * wipe. */
#ifndef KEYS_SCHEDULE13_H
#define KEYS_SCHEDULE13_H

#include "crypto/hmac.h"

struct schedule13 {
    const struct hash *hash;
    uint8_t secret[HASH_SIZE_MAX];                /* Early, Handshake, then Main Secret */
    uint8_t client_handshake[HASH_SIZE_MAX];      /* client_handshake_traffic_secret */
    uint8_t server_handshake[HASH_SIZE_MAX];
    uint8_t client_application[HASH_SIZE_MAX];    /* client_application_traffic_secret_0 */
    uint8_t server_application[HASH_SIZE_MAX];
    uint8_t exporter[HASH_SIZE_MAX];              /* exporter_secret */
    uint8_t resumption[HASH_SIZE_MAX];            /* resumption_secret */
};

/* Early Secret from a PSK; empty: zeros. */
void schedule13_early(struct schedule13 *s, const struct hash *hash, hf_bytes psk);
/* The key of a PSK's binder (4.3.11.2), made as Finished's is; after schedule13_early. */
void schedule13_binder(const struct schedule13 *s, uint8_t *key);
/* Handshake Secret from the shared secret, and both handshake traffic secrets from the digest of
 * ClientHello..ServerHello. */
void schedule13_handshake(struct schedule13 *s, hf_bytes shared, const uint8_t *digest);
/* Main Secret, both application traffic secrets and the exporter secret; ClientHello..server
 * Finished. */
void schedule13_application(struct schedule13 *s, const uint8_t *digest);
/* The resumption secret; ClientHello..client Finished. */
void schedule13_resumption(struct schedule13 *s, const uint8_t *digest);

/* The PSK of a ticket (4.7.1) from the resumption secret. */
void resumption_psk(const struct hash *hash, const uint8_t *resumption, hf_bytes nonce,
    uint8_t *psk);

/* HKDF-Expand-Label (7.1): `label` without "tls13 ". */
void expand_label(const struct hmac_key *secret, const char *label, hf_bytes context, uint8_t *out,
    size_t length);
/* The same from a raw secret of hash->size bytes. */
void expand_label_raw(const struct hash *hash, const uint8_t *secret, const char *label,
    hf_bytes context, uint8_t *out, size_t length);

/* Traffic keys from a traffic secret (7.3). */
void traffic_keys(const struct hash *hash, const uint8_t *traffic_secret, size_t key_size,
    uint8_t *key, uint8_t iv[AEAD_NONCE]);
/* The next traffic secret, in place (7.2). */
void traffic_update(const struct hash *hash, uint8_t *traffic_secret);
/* verify_data of a Finished (4.5.3): hash->size bytes. */
void finished_mac(const struct hash *hash, const uint8_t *traffic_secret, const uint8_t *digest,
    uint8_t *out);
/* An exporter (7.5). False: the length is over 255 digests or the label over 249 bytes. */
bool exporter13(const struct hash *hash, const uint8_t *exporter_secret, hf_bytes label,
    hf_bytes context, uint8_t *out, size_t length);

#endif
