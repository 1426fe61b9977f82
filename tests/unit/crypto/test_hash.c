/* Hashes: see src/crypto/provider.h. Vectors: FIPS 180-4's "abc", the empty string, and "a" 1000
 * times. */
#include "crypto/provider.h"

#include "../test.h"

static const struct {
    enum hash_id id;
    const char *name;
    size_t size;
    size_t block;
    const char *of_empty;
    const char *of_abc;
    const char *of_1000;
} cases[] = {
    { HASH_SHA256, "SHA256", 32, 64,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3" },
    { HASH_SHA384, "SHA384", 48, 128,
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be0743"
        "4c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
        "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "f54480689c6b0b11d0303285d9a81b21a93bca6ba5a1b447"
        "2765dca4da45ee328082d469c650cd3b61b16d3266ab8ced" },
    { HASH_SHA512, "SHA512", 64, 128,
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "67ba5535a46e3f86dbfbed8cbbaf0125c76ed549ff8b0b9e03e0c88cf90fa634"
        "fa7b12b47d77b694de488ace8d9a65967dc96df599727d3292a8d9d447709c97" },
    { HASH_SHA1, "SHA1", 20, 64, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "291e9a6c66994949b57ba5e650361e98fc36b1ba" },
};

enum { CASES = sizeof cases / sizeof *cases };

static void known_answers(void)
{
    for (size_t i = 0; i < CASES; i++) {
        const struct hash *hash = provider_openssl.hash(cases[i].id);
        CHECK(hash != NULL);
        if (hash == NULL) {
            continue;
        }
        CHECK_TEXT(hash->name, cases[i].name);
        CHECK(hash->id == cases[i].id && hash->size == cases[i].size);
        CHECK(hash->block == cases[i].block);
        uint8_t expected[HASH_SIZE_MAX];
        uint8_t digest[HASH_SIZE_MAX];
        struct hash_state state;
        hash->init(&state);
        hash->update(&state, NULL, 0);
        hash->finish(&state, digest);
        CHECK(from_hex(cases[i].of_empty, expected, sizeof expected) == hash->size);
        CHECK_BYTES(digest, expected, hash->size);
        hash->init(&state);
        hash->update(&state, (const uint8_t *)"abc", 3);
        hash->finish(&state, digest);
        CHECK(from_hex(cases[i].of_abc, expected, sizeof expected) == hash->size);
        CHECK_BYTES(digest, expected, hash->size);
        hash->init(&state);
        for (int k = 0; k < 1000; k++) {
            hash->update(&state, (const uint8_t *)"a", 1);
        }
        hash->finish(&state, digest);
        CHECK(from_hex(cases[i].of_1000, expected, sizeof expected) == hash->size);
        CHECK_BYTES(digest, expected, hash->size);
    }
}

/* A copy of a state goes its own way: how a transcript is read in the middle. */
static void states_fork_by_copy(void)
{
    for (size_t i = 0; i < CASES; i++) {
        const struct hash *hash = provider_openssl.hash(cases[i].id);
        uint8_t expected[HASH_SIZE_MAX];
        uint8_t digest[HASH_SIZE_MAX];
        struct hash_state state;
        hash->init(&state);
        hash->update(&state, (const uint8_t *)"ab", 2);
        struct hash_state fork = state;
        hash->update(&fork, (const uint8_t *)"zzz", 3);
        hash->finish(&fork, digest);
        hash->update(&state, (const uint8_t *)"c", 1);
        hash->finish(&state, digest);
        CHECK(from_hex(cases[i].of_abc, expected, sizeof expected) == hash->size);
        CHECK_BYTES(digest, expected, hash->size);
    }
}

static void unknown_is_null(void)
{
    CHECK(provider_openssl.hash(HASH_NONE) == NULL);
    CHECK(provider_openssl.hash((enum hash_id)99) == NULL);
}

TEST_MAIN(TEST(known_answers), TEST(states_fork_by_copy), TEST(unknown_is_null))
