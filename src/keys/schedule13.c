/* The key schedule of TLS 1.3: see schedule13.h. RFC 9846, 7.1 (the diagram), 7.2 (updates), 7.3
 * (traffic keys), 7.5 (exporters) and 4.5.3 (Finished).
 *
 *            0
 *            |
 *   PSK --> Extract = Early Secret                     schedule13_early
 *            +--> "res binder"                         schedule13_binder
 *        "derived"
 *            |
 *   KEM --> Extract = Handshake Secret                 schedule13_handshake
 *            +--> "c hs traffic", "s hs traffic"
 *        "derived"
 *            |
 *     0 --> Extract = Main Secret                      schedule13_application
 *            +--> "c ap traffic", "s ap traffic", "exp master"
 *            +--> "res master"                         schedule13_resumption
 *
 * Labels under one secret share one keyed HMAC, whose two compressions are done once. */
#include "keys/schedule13.h"

#include <assert.h>
#include <string.h>

#include "base/builder.h"
#include "base/ct.h"

static const uint8_t zeros[HASH_SIZE_MAX];

/* RFC 9846, 7.1: HkdfLabel, whose label has at most 255 bytes, "tls13 " included. */
enum { LABEL_PREFIX = 6, LABEL_MAX = 255 - LABEL_PREFIX, INFO_MAX = 2 + 1 + 255 + 1 + 255 };

static void expand_label_bytes(const struct hmac_key *secret, hf_bytes label, hf_bytes context,
    uint8_t *out, size_t length)
{
    uint8_t info[INFO_MAX];
    hf_builder b = builder_of(info, sizeof info);
    build_u16(&b, (uint16_t)length);
    size_t mark = build_open(&b, 1);
    build_bytes(&b, bytes_of("tls13 ", LABEL_PREFIX));
    build_bytes(&b, label);
    build_close(&b, 1, mark);
    build_vector8(&b, context);
    assert(!b.failed && length <= UINT16_MAX);
    hkdf_expand(secret, builder_bytes(&b), out, length);
}

void expand_label(const struct hmac_key *secret, const char *label, hf_bytes context, uint8_t *out,
    size_t length)
{
    expand_label_bytes(secret, bytes_of(label, strlen(label)), context, out, length);
}

void expand_label_raw(const struct hash *hash, const uint8_t *secret, const char *label,
    hf_bytes context, uint8_t *out, size_t length)
{
    struct hmac_key key;
    hmac_init(&key, hash, secret, hash->size);
    expand_label(&key, label, context, out, length);
    wipe(&key, sizeof key);
}

static void hash_of(const struct hash *hash, hf_bytes bytes, uint8_t *digest)
{
    struct hash_state state;
    hash->init(&state);
    if (bytes.length > 0) {
        hash->update(&state, bytes.data, bytes.length);
    }
    hash->finish(&state, digest);
}

/* Derive-Secret with the messages' digest at hand. */
static void derive(const struct hmac_key *secret, const char *label, const uint8_t *digest,
    uint8_t *out)
{
    expand_label(secret, label, bytes_of(digest, secret->hash->size), out, secret->hash->size);
}

/* One step down the diagram: Derive-Secret(., "derived", "") is the salt of the next Extract. */
static void descend(struct schedule13 *s, hf_bytes input)
{
    uint8_t empty[HASH_SIZE_MAX];
    uint8_t salt[HASH_SIZE_MAX];
    struct hmac_key key;
    hash_of(s->hash, bytes_of(NULL, 0), empty);
    hmac_init(&key, s->hash, s->secret, s->hash->size);
    derive(&key, "derived", empty, salt);
    hkdf_extract(s->hash, bytes_of(salt, s->hash->size), input, s->secret);
    wipe(salt, sizeof salt);
    wipe(&key, sizeof key);
}

void schedule13_early(struct schedule13 *s, const struct hash *hash, hf_bytes psk)
{
    s->hash = hash;
    hf_bytes input = psk.length > 0 ? psk : bytes_of(zeros, hash->size);
    hkdf_extract(hash, bytes_of(NULL, 0), input, s->secret);
}

void schedule13_binder(const struct schedule13 *s, uint8_t *key)
{
    uint8_t empty[HASH_SIZE_MAX];
    struct hmac_key early;
    hash_of(s->hash, bytes_of(NULL, 0), empty);
    hmac_init(&early, s->hash, s->secret, s->hash->size);
    derive(&early, "res binder", empty, key);
    wipe(&early, sizeof early);
}

void schedule13_handshake(struct schedule13 *s, hf_bytes shared, const uint8_t *digest)
{
    descend(s, shared);
    struct hmac_key key;
    hmac_init(&key, s->hash, s->secret, s->hash->size);
    derive(&key, "c hs traffic", digest, s->client_handshake);
    derive(&key, "s hs traffic", digest, s->server_handshake);
    wipe(&key, sizeof key);
}

void schedule13_application(struct schedule13 *s, const uint8_t *digest)
{
    descend(s, bytes_of(zeros, s->hash->size));
    struct hmac_key key;
    hmac_init(&key, s->hash, s->secret, s->hash->size);
    derive(&key, "c ap traffic", digest, s->client_application);
    derive(&key, "s ap traffic", digest, s->server_application);
    derive(&key, "exp master", digest, s->exporter);
    wipe(&key, sizeof key);
}

void schedule13_resumption(struct schedule13 *s, const uint8_t *digest)
{
    struct hmac_key key;
    hmac_init(&key, s->hash, s->secret, s->hash->size);
    derive(&key, "res master", digest, s->resumption);
    wipe(&key, sizeof key);
}

void resumption_psk(const struct hash *hash, const uint8_t *resumption, hf_bytes nonce,
    uint8_t *psk)
{
    expand_label_raw(hash, resumption, "resumption", nonce, psk, hash->size);
}

void traffic_keys(const struct hash *hash, const uint8_t *traffic_secret, size_t key_size,
    uint8_t *key, uint8_t iv[AEAD_NONCE])
{
    struct hmac_key secret;
    hmac_init(&secret, hash, traffic_secret, hash->size);
    expand_label(&secret, "key", bytes_of(NULL, 0), key, key_size);
    expand_label(&secret, "iv", bytes_of(NULL, 0), iv, AEAD_NONCE);
    wipe(&secret, sizeof secret);
}

void traffic_update(const struct hash *hash, uint8_t *traffic_secret)
{
    uint8_t next[HASH_SIZE_MAX];
    expand_label_raw(hash, traffic_secret, "traffic upd", bytes_of(NULL, 0), next, hash->size);
    memcpy(traffic_secret, next, hash->size);
    wipe(next, sizeof next);
}

void finished_mac(const struct hash *hash, const uint8_t *traffic_secret, const uint8_t *digest,
    uint8_t *out)
{
    uint8_t finished[HASH_SIZE_MAX];
    struct hmac_key key;
    expand_label_raw(hash, traffic_secret, "finished", bytes_of(NULL, 0), finished, hash->size);
    hmac_init(&key, hash, finished, hash->size);
    hf_bytes part = bytes_of(digest, hash->size);
    hmac(&key, &part, 1, out);
    wipe(&key, sizeof key);
    wipe(finished, sizeof finished);
}

bool exporter13(const struct hash *hash, const uint8_t *exporter_secret, hf_bytes label,
    hf_bytes context, uint8_t *out, size_t length)
{
    if (length > 255 * hash->size || label.length > LABEL_MAX) {
        return false;
    }
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t secret[HASH_SIZE_MAX];
    struct hmac_key key;
    hash_of(hash, bytes_of(NULL, 0), digest);
    hmac_init(&key, hash, exporter_secret, hash->size);
    expand_label_bytes(&key, label, bytes_of(digest, hash->size), secret, hash->size);
    hash_of(hash, context, digest);
    hmac_init(&key, hash, secret, hash->size);
    expand_label(&key, "exporter", bytes_of(digest, hash->size), out, length);
    wipe(&key, sizeof key);
    wipe(secret, sizeof secret);
    return true;
}
