/* AEADs: see src/crypto/provider.h. Vectors: RFC 8439, 2.8.2, and test case 4 of GCM's
 * specification; tests/vectors runs Wycheproof's. */
#include "crypto/provider.h"

#include "../test.h"

static const enum aead_id all[] = { AEAD_AES_128_GCM, AEAD_AES_256_GCM, AEAD_CHACHA20_POLY1305,
    AEAD_AES_128_CCM, AEAD_AES_128_CCM_8, AEAD_AES_256_CCM, AEAD_AES_256_CCM_8 };

enum { ALL = sizeof all / sizeof *all };

static const uint8_t key_bytes[AEAD_KEY_MAX] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const uint8_t nonce[AEAD_NONCE] = { 9, 8, 7 };
static const hf_bytes header = { (const uint8_t *)"\x17\x03\x03\x00\x20", 5 };
static const hf_bytes none = { NULL, 0 };

static bool all_zero(const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (data[i] != 0) {
            return false;
        }
    }
    return true;
}

static void sizes(void)
{
    for (size_t i = 0; i < ALL; i++) {
        const struct aead *aead = provider_openssl.aead(all[i]);
        CHECK(aead != NULL && aead->id == all[i]);
        CHECK(aead->key_size == (strstr(aead->name, "128") != NULL ? 16 : 32));
        CHECK(aead->tag_size == (strstr(aead->name, "CCM-8") != NULL ? 8 : 16));
        CHECK(aead->record_limit > 1000000);
    }
    CHECK(provider_openssl.aead((enum aead_id)99) == NULL);
}

static void known_answers(void)
{
    static const struct {
        enum aead_id id;
        const char *key;
        const char *nonce;
        const char *aad;
        const char *text;
        const char *sealed;
    } cases[] = {
        { AEAD_CHACHA20_POLY1305,
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
            "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a"
            "204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f72207468"
            "65206675747572652c2073756e73637265656e20776f756c642062652069742e",
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282"
            "fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab3"
            "24e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116"
            "1ae10b594f09e26a7e902ecbd0600691" },
        { AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
            "5bc94fbc3221a5db94fae95ae7121a47" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t key_data[32];
        uint8_t nonce_data[12];
        uint8_t aad[32];
        uint8_t text[128];
        uint8_t sealed[160];
        uint8_t out[160];
        const struct aead *aead = provider_openssl.aead(cases[i].id);
        CHECK(from_hex(cases[i].key, key_data, sizeof key_data) == aead->key_size);
        CHECK(from_hex(cases[i].nonce, nonce_data, sizeof nonce_data) == 12);
        size_t aad_length = from_hex(cases[i].aad, aad, sizeof aad);
        size_t text_length = from_hex(cases[i].text, text, sizeof text);
        size_t sealed_length = from_hex(cases[i].sealed, sealed, sizeof sealed);
        CHECK(sealed_length == text_length + aead->tag_size);
        struct aead_key *seals = aead->make(aead, key_data, true);
        struct aead_key *opens = aead->make(aead, key_data, false);
        CHECK(seals != NULL && opens != NULL);
        CHECK(aead->seal(seals, nonce_data, bytes_of(aad, aad_length), bytes_of(text, text_length),
            none, out));
        CHECK_BYTES(out, sealed, sealed_length);
        CHECK(aead->open(opens, nonce_data, bytes_of(aad, aad_length), sealed, sealed_length, out));
        CHECK_BYTES(out, text, text_length);
        aead->drop(seals);
        aead->drop(opens);
    }
}

/* Every way to seal gives the same bytes, and every way to open gives the text back. */
static void round_trip(const struct aead *aead, size_t length, size_t tail_length)
{
    static uint8_t text[17000];
    static uint8_t sealed[17100];
    static uint8_t again[17100];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i * 7 + length);
    }
    const size_t total = length + tail_length;
    struct aead_key *seals = aead->make(aead, key_bytes, true);
    struct aead_key *opens = aead->make(aead, key_bytes, false);
    CHECK(seals != NULL && opens != NULL);
    memset(sealed, 0xee, sizeof sealed);
    CHECK(aead->seal(seals, nonce, header, bytes_of(text, length),
        bytes_of(text + length, tail_length), sealed));
    CHECK(sealed[total + aead->tag_size] == 0xee); /* not a byte more */
    memcpy(again, text, length);
    CHECK(aead->seal(seals, nonce, header, bytes_of(again, length),
        bytes_of(text + length, tail_length), again)); /* in place */
    CHECK_BYTES(again, sealed, total + aead->tag_size);
    memset(again, 0xee, sizeof again);
    CHECK(aead->open(opens, nonce, header, sealed, total + aead->tag_size, again));
    CHECK_BYTES(again, text, total);
    CHECK(again[total] == 0xee);
    CHECK(aead->open(opens, nonce, header, sealed, total + aead->tag_size, sealed)); /* in place */
    CHECK_BYTES(sealed, text, total);
    aead->drop(seals);
    aead->drop(opens);
}

static void round_trips(void)
{
    static const size_t lengths[] = { 0, 1, 15, 16, 17, 31, 64, 255, 1024, 16384 };
    static const size_t tails[] = { 0, 1, 17, 300 };
    for (size_t i = 0; i < ALL; i++) {
        for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
            for (size_t k = 0; k < sizeof tails / sizeof *tails; k++) {
                round_trip(provider_openssl.aead(all[i]), lengths[j], tails[k]);
            }
        }
    }
}

static void what_is_changed_is_refused(void)
{
    for (size_t i = 0; i < ALL; i++) {
        const struct aead *aead = provider_openssl.aead(all[i]);
        struct aead_key *seals = aead->make(aead, key_bytes, true);
        struct aead_key *opens = aead->make(aead, key_bytes, false);
        uint8_t sealed[64];
        uint8_t out[64];
        const size_t length = 20 + aead->tag_size;
        CHECK(aead->seal(seals, nonce, header, bytes_of("twenty bytes of text", 20), none, sealed));
        for (size_t bit = 0; bit < 8 * length; bit++) {
            sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(out, 0xee, sizeof out);
            CHECK(!aead->open(opens, nonce, header, sealed, length, out));
            CHECK(all_zero(out, 20));
            CHECK(out[20] == 0xee);
            sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        uint8_t other[AEAD_NONCE];
        memcpy(other, nonce, sizeof other);
        other[11] ^= 1;
        CHECK(!aead->open(opens, other, header, sealed, length, out));
        CHECK(!aead->open(opens, nonce, bytes_of("\x17\x03\x03\x00\x21", 5), sealed, length, out));
        CHECK(!aead->open(opens, nonce, none, sealed, length, out));
        CHECK(!aead->open(opens, nonce, header, sealed, length - 1, out));
        for (size_t cut = 0; cut <= aead->tag_size; cut++) {
            CHECK(!aead->open(opens, nonce, header, sealed, cut, out));
        }
        /* A refusal leaves the context in order. */
        CHECK(aead->open(opens, nonce, header, sealed, length, out));
        CHECK_BYTES(out, "twenty bytes of text", 20);
        memcpy(out, sealed, length);
        out[0] ^= 1;
        CHECK(!aead->open(opens, nonce, header, out, length, out)); /* in place: wiped as well */
        CHECK(all_zero(out, 20));
        aead->drop(seals);
        aead->drop(opens);
        aead->drop(NULL);
    }
}

static void keys_and_nonces_matter(void)
{
    for (size_t i = 0; i < ALL; i++) {
        const struct aead *aead = provider_openssl.aead(all[i]);
        uint8_t other_key[AEAD_KEY_MAX];
        memcpy(other_key, key_bytes, sizeof other_key);
        other_key[aead->key_size - 1] ^= 0x80;
        uint8_t other_nonce[AEAD_NONCE];
        memcpy(other_nonce, nonce, sizeof other_nonce);
        other_nonce[0] ^= 1;
        struct aead_key *a = aead->make(aead, key_bytes, true);
        struct aead_key *b = aead->make(aead, other_key, true);
        uint8_t first[48];
        uint8_t second[48];
        uint8_t third[48];
        const hf_bytes text = bytes_of("sixteen bytes!!!", 16);
        CHECK(aead->seal(a, nonce, header, text, none, first));
        CHECK(aead->seal(a, other_nonce, header, text, none, second));
        CHECK(aead->seal(b, nonce, header, text, none, third));
        CHECK(memcmp(first, second, 16) != 0 && memcmp(first, third, 16) != 0);
        CHECK(aead->seal(a, nonce, header, text, none, second)); /* keys interleave */
        CHECK_BYTES(first, second, 16 + aead->tag_size);
        aead->drop(a);
        aead->drop(b);
    }
}

TEST_MAIN(TEST(sizes), TEST(known_answers), TEST(round_trips), TEST(what_is_changed_is_refused),
    TEST(keys_and_nonces_matter))
