/* The key schedule of TLS 1.2: see src/keys/prf12.h. Vectors: the PRF's as they were posted to the
 * IETF's list (tls/current/msg03416), NIST's for the extended master secret and the key block
 * (ACVP, TLS-v1.2 KDF RFC7627); else libcrypto's TLS1-PRF on random inputs. */
#include "keys/prf12.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "../test.h"

static const enum hash_id ids[] = { HASH_SHA256, HASH_SHA384 };

static const struct hash *hash_of(size_t i)
{
    return provider_openssl.hash(ids[i]);
}

static void posted_vectors(void)
{
    static const struct {
        const char *secret;
        const char *seed;
        const char *out;
    } cases[] = {
        { "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9"
            "a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa480"
            "82d122ee42c5a72e5a5110fff70187347b66" },
        { "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465",
            "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f"
            "82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416"
            "d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e526"
            "55c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f" },
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t secret[16];
        uint8_t seed[16];
        uint8_t expected[160];
        uint8_t out[161];
        CHECK(from_hex(cases[i].secret, secret, sizeof secret) == sizeof secret);
        CHECK(from_hex(cases[i].seed, seed, sizeof seed) == sizeof seed);
        size_t length = from_hex(cases[i].out, expected, sizeof expected);
        hf_bytes parts[4] = { { seed, 3 }, { NULL, 0 }, { seed + 3, 12 }, { seed + 15, 1 } };
        CHECK(length == (i == 0 ? 100 : 148));
        /* Of any length, and not a byte more; the seed in one part or in four. */
        for (size_t n = 0; n <= length; n++) {
            memset(out, 0xee, sizeof out);
            prf12(hash_of(i), bytes_of(secret, 16), "test label", parts, 4, out, n);
            CHECK_BYTES(out, expected, n);
            CHECK(out[n] == 0xee);
        }
        hf_bytes whole = bytes_of(seed, sizeof seed);
        prf12(hash_of(i), bytes_of(secret, 16), "test label", &whole, 1, out, length);
        CHECK_BYTES(out, expected, length);
    }
}

/* ---- NIST's ---- */

struct nist {
    size_t hash;
    const char *premaster;
    const char *session_hash;
    const char *client_random;
    const char *server_random;
    const char *master;
    const char *key_block; /* 64 bytes */
};

static const struct nist nist[] = {
    { 0,
        "75BF0F2B5C2058813C4BF66EAE416C57CC05B7F7D631BC2400FE4372B2271C8D94947B0E380387D3B4DAC40F"
        "269DEB9D",
        "15D4A2221A31EBD09626E539A1E136811BBD039353019DEC59948B3C1865BCD8",
        "4A36795A5147CE96F33B1D2EF5DB049B7EA8F8F5D0C2E7D8CB8FEC513AFEBBFD",
        "5E703DA483A30B7FE0E7DEC61E7FB242D8A1552352C915A794CA8204D855EBC9",
        "4EC38663D2CEFE30EDA0F30957649953A5437D37CDBC409408DA44F30BD8D9F280E07EE55233AFA69E1C90D8"
        "A24239E3",
        "B75C260AB116592109AA4D11593AD9FFE9845D6B3CB2441FD5D932C649CD89DACA41B39E487C6B2BA0BA9DE9"
        "93FE56B9ACFF6E9BFBFE16D9FD076204D6FBA2E4" },
    { 0,
        "38E7602E37825B20AC2E9A5188E72314DCE8BBC845192DDAFC111D83DE34D193CC8D5293A672BD31167332F6"
        "468F502A",
        "7ACDDA9B27BD88A3F97A046A6F9296D5754D2E18C96B933F0C551F0C65032525",
        "65712D6284C20AAA20CD77CD98610C0EF293642EBE48DACDF4CF82B7A320E045",
        "9F924AC0ACF9FF13CEAD35788E19CBF43ECABBBB90A19EC752BEA90D3783F0C5",
        "C76A7885090396363C013435BD3B4FE22FB6BAE8A0F14F2F1449D7FCDC55F74F0CA3C6F6B5BE1531E2238999"
        "572F4F7B",
        "3EC5D951A010532AAF377DD08CE5672B560229607CA748974F0B06EF7B7E5818F5ED5589D1D5E88858DBB783"
        "DBB56FA789E130185627A3B7E9FEE9F5824579C8" },
    { 1,
        "FD4D86F4DF8B6A9128094E17342F52F27980824041F37979E4629E1BEA18EFA2F21A92D697C631840969AA47"
        "C3E0BFA0",
        "68703B041BD72D01CEAD43CE6F47F52BF3F08313B059F0E554DBE66384A44CB001C828B7CE49FB5C015024CC"
        "3CB4D1FA",
        "AA50BF0F3683D59F6D3358E1C1A2550AD9EEA0CBDC565FF6139AC8E2A72E89A2",
        "360364450C08C1554A87AF98AE10FD3E6002D1ED6E79335B63114854890DF07F",
        "9896D185855AFE89B7E8ACA2FA2E9AFCD506001AE4CD8053C04FCC0130D538C5ADEADA744F14DEBB8DE08F8D"
        "64081218",
        "0572ED739A964EAC717576D2336D16444FFE23560F6D73C14D40ED26BA71AC95CC0883F2FD7DA934813B995A"
        "CE9C47E49E44FB61ECD948AA175D93F975EC8485" },
};

/* Keys, then salts, client's before server's (RFC 5246, 6.3). */
static void check_block(const struct hash *hash, const uint8_t *master, const uint8_t *client,
    const uint8_t *server, const uint8_t *expected, size_t length)
{
    static const struct {
        enum aead_id id;
        size_t key;
        size_t iv;
    } shapes[] = {
        { AEAD_AES_128_GCM, 16, 4 }, { AEAD_AES_128_CCM, 16, 4 }, { AEAD_AES_128_CCM_8, 16, 4 },
        { AEAD_AES_256_GCM, 32, 4 }, { AEAD_AES_256_CCM, 32, 4 }, { AEAD_AES_256_CCM_8, 32, 4 },
        { AEAD_CHACHA20_POLY1305, 32, 12 },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const size_t key = shapes[i].key;
        const size_t iv = shapes[i].iv;
        if (2 * (key + iv) > length) {
            continue;
        }
        struct key_block12 block;
        static const uint8_t zeros[AEAD_KEY_MAX];
        memset(&block, 0xee, sizeof block);
        key_block12(hash, provider_openssl.aead(shapes[i].id), master, client, server, &block);
        CHECK_BYTES(block.client_key, expected, key);
        CHECK_BYTES(block.server_key, expected + key, key);
        CHECK_BYTES(block.client_iv, expected + 2 * key, iv);
        CHECK_BYTES(block.server_iv, expected + 2 * key + iv, iv);
        CHECK_BYTES(block.client_key + key, zeros, AEAD_KEY_MAX - key);
        CHECK_BYTES(block.server_iv + iv, zeros, AEAD_NONCE - iv);
    }
}

static void nist_vectors(void)
{
    for (size_t i = 0; i < sizeof nist / sizeof *nist; i++) {
        uint8_t premaster[48];
        uint8_t digest[HASH_SIZE_MAX];
        uint8_t client[32];
        uint8_t server[32];
        uint8_t expected[48];
        uint8_t block[64];
        uint8_t master[MASTER_SECRET];
        const struct hash *hash = hash_of(nist[i].hash);
        CHECK(from_hex(nist[i].premaster, premaster, sizeof premaster) == 48);
        CHECK(from_hex(nist[i].session_hash, digest, sizeof digest) == hash->size);
        CHECK(from_hex(nist[i].client_random, client, sizeof client) == 32);
        CHECK(from_hex(nist[i].server_random, server, sizeof server) == 32);
        CHECK(from_hex(nist[i].master, expected, sizeof expected) == 48);
        CHECK(from_hex(nist[i].key_block, block, sizeof block) == 64);
        extended_master_secret12(hash, bytes_of(premaster, 48), digest, master);
        CHECK_BYTES(master, expected, 48);
        check_block(hash, master, client, server, block, sizeof block);
    }
}

/* ---- libcrypto's PRF ---- */

/* `label` and then the seed's parts, as libcrypto takes them. */
static void foreign_prf(const struct hash *hash, hf_bytes secret, const char *label,
    const hf_bytes *seed, size_t parts, uint8_t *out, size_t length)
{
    uint8_t joined[512];
    uint8_t secret_copy[256];
    char digest[16];
    size_t used = strlen(label);
    memcpy(joined, label, used);
    for (size_t i = 0; i < parts; i++) {
        if (seed[i].length > 0) {
            memcpy(joined + used, seed[i].data, seed[i].length);
            used += seed[i].length;
        }
    }
    memcpy(secret_copy, secret.data, secret.length);
    (void)snprintf(digest, sizeof digest, "%s", hash->name);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret_copy, secret.length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, joined, used),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    CHECK(EVP_KDF_derive(context, out, length, parameters) == 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

struct inputs {
    uint8_t premaster[256];
    uint8_t client[32];
    uint8_t server[32];
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t context[100];
};

/* Each named derivation is the PRF over what its section says. */
static void check_derivations(const struct hash *hash, const struct inputs *in, size_t premaster)
{
    const hf_bytes secret = bytes_of(in->premaster, premaster);
    const hf_bytes randoms[2] = { { in->client, 32 }, { in->server, 32 } };
    const hf_bytes reversed[2] = { { in->server, 32 }, { in->client, 32 } };
    const hf_bytes digest = bytes_of(in->digest, hash->size);
    uint8_t master[MASTER_SECRET];
    uint8_t expected[128];
    uint8_t out[128];
    foreign_prf(hash, secret, "extended master secret", &digest, 1, expected, 48);
    extended_master_secret12(hash, secret, in->digest, master);
    CHECK_BYTES(master, expected, 48);
    foreign_prf(hash, secret, "master secret", randoms, 2, expected, 48);
    master_secret12(hash, secret, in->client, in->server, master);
    CHECK_BYTES(master, expected, 48);
    const hf_bytes key = bytes_of(master, sizeof master);
    foreign_prf(hash, key, "key expansion", reversed, 2, expected, 88);
    check_block(hash, master, in->client, in->server, expected, 88);
    foreign_prf(hash, key, "client finished", &digest, 1, expected, VERIFY_DATA12);
    verify_data12(hash, master, false, in->digest, out);
    CHECK_BYTES(out, expected, VERIFY_DATA12);
    foreign_prf(hash, key, "server finished", &digest, 1, expected, VERIFY_DATA12);
    verify_data12(hash, master, true, in->digest, out);
    CHECK_BYTES(out, expected, VERIFY_DATA12);
}

static void derivations(void)
{
    static const size_t lengths[] = { 1, 32, 48, 64, 65, 128, 129, 256 };
    for (size_t i = 0; i < 2 * sizeof lengths / sizeof *lengths; i++) {
        struct inputs in;
        CHECK(RAND_bytes((unsigned char *)&in, sizeof in) == 1);
        check_derivations(hash_of(i % 2), &in, lengths[i / 2]);
    }
}

/* RFC 5705, 4: no context and an empty one are two things. */
static void exporters(void)
{
    static const size_t contexts[] = { 0, 1, 100 };
    for (size_t i = 0; i < 6; i++) {
        const struct hash *hash = hash_of(i % 2);
        struct inputs in;
        uint8_t expected[100];
        uint8_t out[100];
        CHECK(RAND_bytes((unsigned char *)&in, sizeof in) == 1);
        const hf_bytes master = bytes_of(in.premaster, MASTER_SECRET);
        const hf_bytes context = bytes_of(in.context, contexts[i / 2]);
        const uint8_t size[2] = { 0, (uint8_t)context.length };
        const hf_bytes seed[4] = { { in.client, 32 }, { in.server, 32 }, { size, 2 }, context };
        foreign_prf(hash, master, "EXPORTER-test", seed, 4, expected, sizeof expected);
        CHECK(exporter12(hash, in.premaster, in.client, in.server, "EXPORTER-test", true, context,
            out, sizeof out));
        CHECK_BYTES(out, expected, sizeof out);
        foreign_prf(hash, master, "EXPORTER-test", seed, 2, expected, sizeof expected);
        CHECK(exporter12(hash, in.premaster, in.client, in.server, "EXPORTER-test", false,
            bytes_of(NULL, 0), out, sizeof out));
        CHECK_BYTES(out, expected, sizeof out);
    }
}

static void exporter_context_limit(void)
{
    static const uint8_t context[65536];
    static const uint8_t secret[MASTER_SECRET];
    uint8_t out[1];
    CHECK(exporter12(hash_of(0), secret, context, context, "x", true, bytes_of(context, 65535), out,
        1));
    CHECK(!exporter12(hash_of(0), secret, context, context, "x", true, bytes_of(context, 65536),
        out, 1));
}

TEST_MAIN(TEST(posted_vectors), TEST(nist_vectors), TEST(derivations), TEST(exporters),
    TEST(exporter_context_limit))
