/* Throw-away certificates: they pass our own parser and verification, and fail where there is no
 * room. */
#include "x509/make.h"
#include "x509/identity.h"
#include "x509/path.h"
#include "x509/samples.h"

static struct identity named(const char *text)
{
    struct identity identity;
    CHECK(identity_parse(text, &identity, NULL));
    return identity;
}

static void issue(struct made *made, const struct issue_input *input)
{
    struct hf_error error;
    error_clear(&error);
    CHECK(certificate_issue(input, made->der, sizeof made->der, &made->length, &error));
    CHECK(certificate_parse(bytes_of(made->der, made->length), provider, &made->certificate,
        &error));
    CHECK_TEXT(error.detail, "");
}

static void ca_and_leaf(enum key_type type)
{
    struct private_key *ca_key = provider->private_key_generate(type);
    struct private_key *leaf_key = provider->private_key_generate(type);
    struct identity names[2] = { named("localhost"), named("127.0.0.1") };
    struct made ca;
    struct made leaf;
    struct made again;
    struct issue_input input = { .provider = provider, .common_name = "throw-away CA",
        .issuer_name = "throw-away CA", .subject_key = ca_key, .issuer_key = ca_key, .is_ca = true,
        .not_before = NOW - YEAR, .not_after = NOW + YEAR };
    issue(&ca, &input);
    input = (struct issue_input){ .provider = provider, .common_name = "localhost",
        .issuer_name = "throw-away CA", .subject_key = leaf_key, .issuer_key = ca_key,
        .names = names, .name_count = 2, .not_before = NOW - YEAR, .not_after = NOW + YEAR };
    issue(&leaf, &input);
    issue(&again, &input);
    CHECK(!bytes_equal_public(leaf.certificate.serial, again.certificate.serial));
    CHECK(leaf.certificate.serial.length == 16);
    CHECK(bytes_equal_public(leaf.certificate.authority_key_id, ca.certificate.subject_key_id));
    CHECK(ca.certificate.is_ca && !leaf.certificate.is_ca);
    CHECK(leaf.certificate.key_usage == USAGE_DIGITAL_SIGNATURE);
    CHECK(leaf.certificate.purposes == (PURPOSE_SERVER | PURPOSE_CLIENT));
    CHECK(leaf.certificate.not_after == NOW + YEAR);

    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    CHECK(trust_add_pem(trust, bytes_of(ca.der, ca.length), NULL));
    for (size_t i = 0; i < 2; i++) {
        for (int client = 0; client < 2; client++) {
            struct verification out;
            struct hf_error error;
            struct verify_input verify = { .provider = provider, .trust = trust,
                .chain = &leaf.certificate, .count = 1, .identity = &names[i],
                .purpose = client ? PURPOSE_CLIENT : PURPOSE_SERVER, .now = NOW };
            error_clear(&error);
            CHECK(verify_chain(&verify, &out, &error) && out.ok);
            CHECK_TEXT(error.detail, "");
        }
    }
    trust_release(trust);
    provider->private_key_drop(ca_key);
    provider->private_key_drop(leaf_key);
}

static void with_p256(void)
{
    ca_and_leaf(KEY_P256);
}

static void with_ed25519(void)
{
    ca_and_leaf(KEY_ED25519);
}

static void no_room(void)
{
    uint8_t out[2048];
    size_t length = 0;
    struct identity name = named("a.example.com");
    struct issue_input input = { .provider = provider, .common_name = "a", .issuer_name = "a",
        .subject_key = key_at(0), .issuer_key = key_at(0), .is_ca = true, .names = &name,
        .name_count = 1, .not_before = 0, .not_after = 4102444800 };
    CHECK(certificate_issue(&input, out, sizeof out, &length, NULL));
    CHECK(length > 300);
    /* An ECDSA signature's length varies by a few bytes: stay below the shortest. */
    for (size_t capacity = 0; capacity + 8 < length; capacity++) {
        struct hf_error error;
        size_t got;
        error_clear(&error);
        CHECK(!certificate_issue(&input, out, capacity, &got, &error));
        CHECK_TEXT(error.reason, "operation_failed");
    }
    drop_keys();
}

static void long_lived(void)
{
    struct made made;
    struct issue_input input = { .provider = provider, .common_name = "a", .issuer_name = "a",
        .subject_key = key_at(0), .issuer_key = key_at(0), .is_ca = true, .not_before = 0,
        .not_after = 253402300799 };
    issue(&made, &input);
    CHECK(made.certificate.not_before == 0 && made.certificate.not_after == 253402300799);
    drop_keys();
}

static bool no_chance(void *user, uint8_t *out, size_t length)
{
    (void)user;
    memset(out, 0, length);
    return false;
}

static bool all_ones(void *user, uint8_t *out, size_t length)
{
    (void)user;
    memset(out, 0xff, length);
    return true;
}

static void serials(void)
{
    struct provider odd = provider_openssl;
    struct made made;
    struct issue_input input = { .provider = &odd, .common_name = "a", .issuer_name = "a",
        .subject_key = key_at(0), .issuer_key = key_at(0), .is_ca = true, .not_before = 0,
        .not_after = NOW };
    odd.random.public_bytes = no_chance;
    CHECK(!certificate_issue(&input, made.der, sizeof made.der, &made.length, NULL));
    odd.random.public_bytes = all_ones;
    issue(&made, &input);
    CHECK(made.certificate.serial.length == 16 && made.certificate.serial.data[0] == 0x7f);
    drop_keys();
}

TEST_MAIN(TEST(with_p256), TEST(with_ed25519), TEST(no_room), TEST(long_lived), TEST(serials))
