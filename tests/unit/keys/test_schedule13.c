/* The key schedule of TLS 1.3 against RFC 8448, sections 3 and 5: each secret, key, iv and
 * Finished, with the transcript hashed on the way and every protected record opened and sealed
 * again under the keys derived. Then exporters, updates and SHA-384, whose values are computed anew
 * from the words of RFC 9846 by HMAC alone. */
#include "test.h"

#include "base/arena.h"
#include "keys/rfc8448.h"
#include "keys/schedule13.h"
#include "keys/transcript.h"
#include "record/record.h"

static struct hf_error error;

static bool equals(const uint8_t *actual, const char *hex)
{
    uint8_t expected[1024];
    size_t length = from_hex(hex, expected, sizeof expected);
    return length > 0 && memcmp(actual, expected, length) == 0;
}

#define CHECK_HEX(actual, hex) CHECK(equals(actual, hex))

static hf_bytes bytes(const char *hex, uint8_t *out, size_t capacity)
{
    return bytes_of(out, from_hex(hex, out, capacity));
}

/* ---- RFC 8448 ---- */

struct world {
    const struct rfc8448 *v;
    const struct hash *hash;
    struct arena arena;
    struct transcript transcript;
    struct schedule13 s;
    struct record_half half; /* of whichever direction is at hand */
};

static void add(struct world *w, const char *hex)
{
    uint8_t message[1024];
    CHECK(transcript_add(&w->transcript, bytes(hex, message, sizeof message)));
}

static void check_digest(struct world *w, const char *hex)
{
    uint8_t digest[HASH_SIZE_MAX];
    transcript_digest(&w->transcript, digest);
    CHECK_HEX(digest, hex);
}

static void install(struct world *w, const uint8_t *secret, const char *key_hex, const char *iv_hex,
    bool seals, uint64_t sequence)
{
    uint8_t key[AEAD_KEY_MAX];
    uint8_t iv[AEAD_NONCE];
    traffic_keys(w->hash, secret, 16, key, iv);
    CHECK_HEX(key, key_hex);
    CHECK_HEX(iv, iv_hex);
    CHECK(record_half_install(&w->half, VERSION_TLS13, provider_openssl.aead(AEAD_AES_128_GCM), key,
        iv, seals, &error));
    w->half.sequence = sequence;
}

/* A record of the RFC opens to its payload, and the payload is sealed to the same record. */
static void check_record(struct world *w, const uint8_t *secret, const char *key_hex,
    const char *iv_hex, uint64_t sequence, uint8_t type, const char *payload_hex,
    const char *record_hex)
{
    uint8_t record[1024];
    uint8_t payload[1024];
    hf_bytes expected = bytes(payload_hex, payload, sizeof payload);
    size_t size = from_hex(record_hex, record, sizeof record);
    struct record_header header;
    uint8_t got_type = 0;
    hf_bytes plain = { NULL, 0 };
    error_clear(&error);
    install(w, secret, key_hex, iv_hex, false, sequence);
    CHECK(record_header_read(record, size, true, false, &header, &error) == 1);
    CHECK(record_open(&w->half, &header, record, &got_type, &plain, &error));
    CHECK(got_type == type && bytes_equal_public(plain, expected));

    install(w, secret, key_hex, iv_hex, true, sequence);
    hf_builder b = builder_of(record, sizeof record);
    CHECK(record_seal(&w->half, type, 0x0303, expected, 0, &b, &error));
    CHECK(b.length == size);
    CHECK_HEX(record, record_hex);
    record_half_drop(&w->half);
}

static void start(struct world *w)
{
    CHECK(arena_init(&w->arena, &allocator_malloc, 256, 1 << 16));
    transcript_init(&w->transcript, &w->arena);
    if (w->v->client_hello1 != NULL) {
        add(w, w->v->client_hello1);
        transcript_choose(&w->transcript, w->hash);
        transcript_fold(&w->transcript);
        add(w, w->v->retry);
    }
    add(w, w->v->client_hello);
    transcript_choose(&w->transcript, w->hash);
    add(w, w->v->server_hello);
    check_digest(w, w->v->hello_digest);
}

static void check_handshake_secrets(struct world *w)
{
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t shared[64];
    uint8_t derived[HASH_SIZE_MAX];
    uint8_t empty[HASH_SIZE_MAX];
    struct hash_state state;
    w->hash->init(&state);
    w->hash->finish(&state, empty);
    transcript_digest(&w->transcript, digest);
    schedule13_early(&w->s, w->hash, bytes_of(NULL, 0));
    CHECK_HEX(w->s.secret, w->v->early_secret);
    expand_label_raw(w->hash, w->s.secret, "derived", bytes_of(empty, w->hash->size), derived, 32);
    CHECK_HEX(derived, w->v->early_derived);
    schedule13_handshake(&w->s, bytes(w->v->shared, shared, sizeof shared), digest);
    CHECK_HEX(w->s.secret, w->v->handshake_secret);
    CHECK_HEX(w->s.client_handshake, w->v->client_handshake);
    CHECK_HEX(w->s.server_handshake, w->v->server_handshake);
    expand_label_raw(w->hash, w->s.secret, "derived", bytes_of(empty, w->hash->size), derived, 32);
    CHECK_HEX(derived, w->v->handshake_derived);
}

static void check_finished(struct world *w, const uint8_t *secret, const char *key_hex,
    const char *mac_hex)
{
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t out[HASH_SIZE_MAX];
    transcript_digest(&w->transcript, digest);
    expand_label_raw(w->hash, secret, "finished", bytes_of(NULL, 0), out, w->hash->size);
    CHECK_HEX(out, key_hex);
    finished_mac(w->hash, secret, digest, out);
    CHECK_HEX(out, mac_hex);
}

static void check_server_flight(struct world *w)
{
    const struct rfc8448 *v = w->v;
    uint8_t flight[1024];
    hf_bytes all = bytes(v->server_flight, flight, sizeof flight);
    enum { FINISHED = 4 + 32 };
    CHECK(transcript_add(&w->transcript, bytes_of(all.data, all.length - FINISHED)));
    check_finished(w, w->s.server_handshake, v->server_finished_key, v->server_finished);
    CHECK_HEX(all.data + all.length - 32, v->server_finished);
    CHECK(transcript_add(&w->transcript, bytes_of(all.data + all.length - FINISHED, FINISHED)));
    check_digest(w, v->server_finished_digest);
    check_record(w, w->s.server_handshake, v->server_handshake_key, v->server_handshake_iv, 0,
        CONTENT_HANDSHAKE, v->server_flight, v->server_flight_record);
}

static void check_application_secrets(struct world *w)
{
    uint8_t digest[HASH_SIZE_MAX];
    transcript_digest(&w->transcript, digest);
    schedule13_application(&w->s, digest);
    CHECK_HEX(w->s.secret, w->v->main_secret);
    CHECK_HEX(w->s.client_application, w->v->client_application);
    CHECK_HEX(w->s.server_application, w->v->server_application);
    CHECK_HEX(w->s.exporter, w->v->exporter);
}

static void check_client_flight(struct world *w)
{
    const struct rfc8448 *v = w->v;
    check_finished(w, w->s.client_handshake, v->client_finished_key, v->client_finished);
    check_record(w, w->s.client_handshake, v->client_handshake_key, v->client_handshake_iv, 0,
        CONTENT_HANDSHAKE, v->client_flight, v->client_flight_record);
    add(w, v->client_flight);
    check_digest(w, v->client_finished_digest);
    uint8_t digest[HASH_SIZE_MAX];
    transcript_digest(&w->transcript, digest);
    schedule13_resumption(&w->s, digest);
    CHECK_HEX(w->s.resumption, v->resumption);
}

static void check_data(struct world *w)
{
    const struct rfc8448 *v = w->v;
    uint64_t from_client = 0;
    uint64_t from_server = 0;
    if (v->ticket != NULL) {
        uint8_t nonce[8];
        uint8_t psk[HASH_SIZE_MAX];
        expand_label_raw(w->hash, w->s.resumption, "resumption",
            bytes(v->ticket_nonce, nonce, sizeof nonce), psk, w->hash->size);
        CHECK_HEX(psk, v->ticket_psk);
        check_record(w, w->s.server_application, v->server_application_key,
            v->server_application_iv, from_server++, CONTENT_HANDSHAKE, v->ticket,
            v->ticket_record);
        check_record(w, w->s.client_application, v->client_application_key,
            v->client_application_iv, from_client++, CONTENT_DATA, v->client_data,
            v->client_data_record);
        check_record(w, w->s.server_application, v->server_application_key,
            v->server_application_iv, from_server++, CONTENT_DATA, v->server_data,
            v->server_data_record);
    }
    check_record(w, w->s.client_application, v->client_application_key, v->client_application_iv,
        from_client, CONTENT_ALERT, v->client_alert, v->client_alert_record);
    check_record(w, w->s.server_application, v->server_application_key, v->server_application_iv,
        from_server, CONTENT_ALERT, v->server_alert, v->server_alert_record);
}

static void check_world(const struct rfc8448 *values)
{
    struct world w = { .v = values, .hash = provider_openssl.hash(HASH_SHA256) };
    start(&w);
    check_handshake_secrets(&w);
    check_server_flight(&w);
    check_application_secrets(&w);
    check_client_flight(&w);
    check_data(&w);
    arena_release(&w.arena);
}

static void rfc8448_simple(void)
{
    CHECK_TEXT(rfc8448[0].section, "3");
    check_world(&rfc8448[0]);
}

static void rfc8448_retry(void)
{
    CHECK_TEXT(rfc8448[1].section, "5");
    CHECK(rfc8448[1].client_hello1 != NULL);
    check_world(&rfc8448[1]);
}

/* ---- HKDF-Expand-Label by hand: the oracle of what follows ---- */

static void oracle_hmac(const struct hash *hash, const uint8_t *key, size_t key_length,
    hf_bytes text, uint8_t *out)
{
    uint8_t pad[HASH_BLOCK_MAX];
    uint8_t inner[HASH_SIZE_MAX];
    struct hash_state state;
    for (unsigned round = 0; round < 2; round++) {
        memset(pad, round == 0 ? 0x36 : 0x5c, sizeof pad);
        for (size_t i = 0; i < key_length; i++) {
            pad[i] ^= key[i];
        }
        hash->init(&state);
        hash->update(&state, pad, hash->block);
        if (round == 0) {
            hash->update(&state, text.data, text.length);
            hash->finish(&state, inner);
        } else {
            hash->update(&state, inner, hash->size);
            hash->finish(&state, out);
        }
    }
}

static void oracle_expand(const struct hash *hash, const uint8_t *secret, const char *label,
    hf_bytes context, uint8_t *out, size_t length)
{
    uint8_t text[HASH_SIZE_MAX + 600];
    uint8_t block[HASH_SIZE_MAX];
    size_t done = 0;
    for (unsigned i = 1; done < length; i++) {
        hf_builder b = builder_of(text, sizeof text);
        build_bytes(&b, bytes_of(block, i == 1 ? 0 : hash->size));
        build_u16(&b, (uint16_t)length);
        build_u8(&b, (uint8_t)(6 + strlen(label)));
        build_bytes(&b, bytes_of("tls13 ", 6));
        build_bytes(&b, bytes_of(label, strlen(label)));
        build_vector8(&b, context);
        build_u8(&b, (uint8_t)i);
        oracle_hmac(hash, secret, hash->size, builder_bytes(&b), block);
        size_t n = length - done < hash->size ? length - done : hash->size;
        memcpy(out + done, block, n);
        done += n;
    }
}

static void digest_of(const struct hash *hash, hf_bytes text, uint8_t *out)
{
    struct hash_state state;
    hash->init(&state);
    hash->update(&state, text.data, text.length);
    hash->finish(&state, out);
}

static const struct hash *hash_at(size_t i)
{
    return provider_openssl.hash(i == 0 ? HASH_SHA256 : HASH_SHA384);
}

static void labels_of_all_lengths(void)
{
    char label[250];
    uint8_t context[255];
    uint8_t secret[HASH_SIZE_MAX];
    uint8_t got[600];
    uint8_t want[600];
    memset(context, 0xcc, sizeof context);
    memset(secret, 0x5a, sizeof secret);
    for (size_t h = 0; h < 2; h++) {
        for (size_t n = 0; n <= 249; n += 83) {
            memset(label, 'l', n);
            label[n] = '\0';
            for (size_t c = 0; c <= 255; c += 85) {
                for (size_t length = 1; length < sizeof got; length = length * 2 + 5) {
                    expand_label_raw(hash_at(h), secret, label, bytes_of(context, c), got, length);
                    oracle_expand(hash_at(h), secret, label, bytes_of(context, c), want, length);
                    CHECK_BYTES(got, want, length);
                }
            }
        }
    }
}

/* The whole schedule once more under both hashes, with a PSK and a shared secret of a hybrid's
 * size. */
static void whole_schedule(void)
{
    for (size_t h = 0; h < 2; h++) {
        const struct hash *hash = hash_at(h);
        size_t n = hash->size;
        uint8_t psk[48];
        uint8_t shared[64];
        uint8_t digest[HASH_SIZE_MAX];
        uint8_t empty[HASH_SIZE_MAX];
        uint8_t secret[HASH_SIZE_MAX];
        uint8_t salt[HASH_SIZE_MAX] = { 0 };
        uint8_t want[HASH_SIZE_MAX];
        static const uint8_t zeros[HASH_SIZE_MAX];
        memset(psk, 1, sizeof psk);
        memset(shared, 2, sizeof shared);
        memset(digest, 3, sizeof digest);
        digest_of(hash, bytes_of("", 0), empty);
        struct schedule13 s;
        schedule13_early(&s, hash, bytes_of(psk, sizeof psk));
        oracle_hmac(hash, salt, n, bytes_of(psk, sizeof psk), secret);
        CHECK_BYTES(s.secret, secret, n);
        schedule13_handshake(&s, bytes_of(shared, sizeof shared), digest);
        oracle_expand(hash, secret, "derived", bytes_of(empty, n), salt, n);
        oracle_hmac(hash, salt, n, bytes_of(shared, sizeof shared), secret);
        CHECK_BYTES(s.secret, secret, n);
        oracle_expand(hash, secret, "c hs traffic", bytes_of(digest, n), want, n);
        CHECK_BYTES(s.client_handshake, want, n);
        oracle_expand(hash, secret, "s hs traffic", bytes_of(digest, n), want, n);
        CHECK_BYTES(s.server_handshake, want, n);
        schedule13_application(&s, digest);
        oracle_expand(hash, secret, "derived", bytes_of(empty, n), salt, n);
        oracle_hmac(hash, salt, n, bytes_of(zeros, n), secret);
        CHECK_BYTES(s.secret, secret, n);
        oracle_expand(hash, secret, "c ap traffic", bytes_of(digest, n), want, n);
        CHECK_BYTES(s.client_application, want, n);
        oracle_expand(hash, secret, "s ap traffic", bytes_of(digest, n), want, n);
        CHECK_BYTES(s.server_application, want, n);
        oracle_expand(hash, secret, "exp master", bytes_of(digest, n), want, n);
        CHECK_BYTES(s.exporter, want, n);
        schedule13_resumption(&s, digest);
        oracle_expand(hash, secret, "res master", bytes_of(digest, n), want, n);
        CHECK_BYTES(s.resumption, want, n);
    }
}

static void keys_updates_and_finished(void)
{
    for (size_t h = 0; h < 2; h++) {
        const struct hash *hash = hash_at(h);
        size_t n = hash->size;
        uint8_t secret[HASH_SIZE_MAX];
        uint8_t digest[HASH_SIZE_MAX];
        uint8_t got[HASH_SIZE_MAX];
        uint8_t want[HASH_SIZE_MAX];
        uint8_t iv[AEAD_NONCE];
        memset(secret, 0x77, sizeof secret);
        memset(digest, 3, sizeof digest);
        for (size_t size = 16; size <= 32; size += 16) {
            traffic_keys(hash, secret, size, got, iv);
            oracle_expand(hash, secret, "key", bytes_of(NULL, 0), want, size);
            CHECK_BYTES(got, want, size);
            oracle_expand(hash, secret, "iv", bytes_of(NULL, 0), want, AEAD_NONCE);
            CHECK_BYTES(iv, want, AEAD_NONCE);
        }
        uint8_t key[HASH_SIZE_MAX];
        finished_mac(hash, secret, digest, got);
        oracle_expand(hash, secret, "finished", bytes_of(NULL, 0), key, n);
        oracle_hmac(hash, key, n, bytes_of(digest, n), want);
        CHECK_BYTES(got, want, n);
        for (unsigned i = 0; i < 3; i++) {
            oracle_expand(hash, secret, "traffic upd", bytes_of(NULL, 0), want, n);
            traffic_update(hash, secret);
            CHECK_BYTES(secret, want, n);
        }
    }
}

static void exporters(void)
{
    static uint8_t got[255 * 48];
    static uint8_t want[255 * 48];
    char label[251];
    memset(label, 'e', sizeof label);
    for (size_t h = 0; h < 2; h++) {
        const struct hash *hash = hash_at(h);
        size_t n = hash->size;
        uint8_t secret[HASH_SIZE_MAX];
        uint8_t empty[HASH_SIZE_MAX];
        uint8_t context[HASH_SIZE_MAX];
        uint8_t derived[HASH_SIZE_MAX];
        memset(secret, 0x99, sizeof secret);
        digest_of(hash, bytes_of("", 0), empty);
        digest_of(hash, bytes_of("context", 7), context);
        oracle_expand(hash, secret, "EXPORTER-Channel-Binding", bytes_of(empty, n), derived, n);
        hf_bytes name = bytes_of("EXPORTER-Channel-Binding", 24);
        CHECK(exporter13(hash, secret, name, bytes_of("context", 7), got, 80));
        oracle_expand(hash, derived, "exporter", bytes_of(context, n), want, 80);
        CHECK_BYTES(got, want, 80);
        /* RFC 9846, 7.5: no context is the empty one. */
        CHECK(exporter13(hash, secret, name, bytes_of(NULL, 0), got, 255 * n));
        oracle_expand(hash, derived, "exporter", bytes_of(empty, n), want, 255 * n);
        CHECK_BYTES(got, want, 255 * n);
        CHECK(!exporter13(hash, secret, name, bytes_of(NULL, 0), got, 255 * n + 1));
        CHECK(exporter13(hash, secret, bytes_of(label, 249), bytes_of(NULL, 0), got, 32));
        CHECK(!exporter13(hash, secret, bytes_of(label, 250), bytes_of(NULL, 0), got, 32));
    }
}

TEST_MAIN(TEST(rfc8448_simple), TEST(rfc8448_retry), TEST(labels_of_all_lengths),
    TEST(whole_schedule), TEST(keys_updates_and_finished), TEST(exporters))
