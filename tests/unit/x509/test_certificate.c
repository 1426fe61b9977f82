/* Certificates: what the samples say, what is refused, and what becomes of one flipped bit. */
#include "x509/make.h"
#include "x509/name.h"
#include "x509/samples.h"

static void samples_say(void)
{
    static const struct {
        const char *pem;
        const char *subject;
        const char *key;
        const char *algorithm;
        bool is_ca;
    } rows[] = {
        { sample_rsa_root, "O=handfast test, CN=RSA root", "RSA 2048", "sha256WithRSAEncryption",
            true },
        { sample_pss_int, "O=handfast test, CN=PSS intermediate", "RSA-PSS 2048",
            "sha384WithRSAEncryption", true },
        { sample_pss_leaf, "O=handfast test, CN=pss leaf", "EC P-256", "RSASSA-PSS-with-SHA256",
            false },
        { sample_rsae_leaf, "O=handfast test, CN=rsae leaf", "EC P-256", "RSASSA-PSS-with-SHA512",
            false },
        { sample_ec_root, "O=handfast test, CN=EC root", "EC P-384", "ecdsa-with-SHA384", true },
        { sample_ec_leaf, "O=handfast test, CN=ec leaf", "EC P-521", "ecdsa-with-SHA256", false },
        { sample_ed_root, "O=handfast test, CN=Ed root", "Ed25519", "Ed25519", true },
        { sample_ed_int, "O=handfast test, CN=Ed intermediate", "Ed448", "Ed25519", true },
        { sample_ed_leaf, "O=handfast test, CN=ed leaf", "Ed25519", "Ed448", false },
        { sample_weak_leaf, "O=handfast test, CN=weak leaf", "RSA 1024", "ecdsa-with-SHA256",
            false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made;
        char text[128];
        load_sample(&made, rows[i].pem);
        const struct certificate *c = &made.certificate;
        name_text(c->subject, text, sizeof text);
        CHECK_TEXT(text, rows[i].subject);
        key_text(c, text, sizeof text);
        CHECK_TEXT(text, rows[i].key);
        CHECK_TEXT(c->algorithm, rows[i].algorithm);
        CHECK(c->version == 3 && c->is_ca == rows[i].is_ca && c->scheme != NULL);
        CHECK(c->key_usage == (rows[i].is_ca ? USAGE_KEY_CERT_SIGN | USAGE_CRL_SIGN :
            USAGE_DIGITAL_SIGNATURE));
        CHECK(c->purposes == (rows[i].is_ca ? 0u : PURPOSE_SERVER | PURPOSE_CLIENT));
        CHECK(c->serial.length == 20 && c->subject_key_id.length == 20);
        CHECK(c->path_length == -1 && !c->unknown_critical && !c->weak_scheme);
    }
}

static void samples_of_the_odd_kind(void)
{
    struct made made;
    char text[128];
    load_sample(&made, sample_sha1_leaf);
    CHECK(made.certificate.weak_scheme && made.certificate.scheme == NULL);
    CHECK_TEXT(made.certificate.algorithm, "sha1WithRSAEncryption");
    load_sample(&made, sample_koblitz_leaf);
    CHECK(made.certificate.key.type == KEY_NONE);
    key_text(&made.certificate, text, sizeof text);
    CHECK_TEXT(text, "EC 1.3.132.0.10");
}

static void sample_names(void)
{
    static const char *const names[] = { "pss.example.com", "192.0.2.7", "2001:db8::7" };
    struct made made;
    char text[64];
    size_t position = 0;
    load_sample(&made, sample_pss_leaf);
    for (size_t i = 0; i < 3; i++) {
        CHECK(alternative_name_text(&made.certificate, &position, text, sizeof text));
        CHECK_TEXT(text, names[i]);
    }
    CHECK(!alternative_name_text(&made.certificate, &position, text, sizeof text));
    time_text(made.certificate.not_before, text);
    CHECK(strncmp(text, "2026-11-21T", 11) == 0);
}

/* Extensions that must be refused, and a piece of what the error says. */
static void bad_extensions(void)
{
    static const struct {
        struct made_extension extension;
        const char *says;
    } rows[] = {
        { { OID_ROW("\x55\x1d\x13"), true, OID_ROW("\x30\x03\x01\x01\x01") }, "BOOLEAN" },
        { { OID_ROW("\x55\x1d\x13"), true, OID_ROW("\x30\x03\x02\x01\x00") }, "no CA" },
        { { OID_ROW("\x55\x1d\x13"), true, OID_ROW("\x30\x00\x00") }, "too many" },
        { { OID_ROW("\x55\x1d\x13"), true, OID_ROW("\x30\x06\x01\x01\xff\x02\x01\xff") },
            "0 to 255" },
        { { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x03\x01\x00") }, "no bit" },
        { { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x03\x02\x07\x00") }, "no bit" },
        { { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x03\x04\x00\x80\x00\x01") }, "no bit" },
        { { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x04\x01\x00") }, "tag" },
        { { OID_ROW("\x55\x1d\x25"), false, OID_ROW("\x30\x00") }, "missing" },
        { { OID_ROW("\x55\x1d\x11"), false, OID_ROW("\x30\x00") }, "missing" },
        { { OID_ROW("\x55\x1d\x11"), false, OID_ROW("example.com") }, "tag" },
        { { OID_ROW("\x55\x1d\x11"), false, OID_ROW("\x30\x05\x87\x03\x01\x02\x03") }, "3 bytes" },
        { { OID_ROW("\x55\x1d\x11"), false, OID_ROW("\x30\x03\x82\x01\xc3") }, "ASCII" },
        { { OID_ROW("\x55\x1d\x11"), false, OID_ROW("\x30\x02\x89\x00") }, "GeneralName" },
        { { OID_ROW("\x55\x1d\x11"), false, OID_ROW("\x30\x02\xa2\x00") }, "GeneralName" },
        { { OID_ROW("\x55\x1d\x0e"), true, OID_ROW("\x04\x01\x01") }, "critical" },
        { { OID_ROW("\x55\x1d\x23"), true, OID_ROW("\x30\x00") }, "critical" },
        { { OID_ROW("\x55\x1d\x0e"), false, OID_ROW("\x04\x02\x01") }, "bytes" },
        { { OID_ROW("\x55\x1d\x1e"), true, OID_ROW("\x30\x00") }, "nothing" },
        { { OID_ROW("\x55\x1d\x1e"), true, OID_ROW("\x30\x02\xa0\x00") }, "missing" },
        { { OID_ROW("\x55\x1d\x1e"), true, OID_ROW("\x30\x07\xa0\x05\x30\x03\x82\x01\x61") },
            "no CA" },
        { { OID_ROW("\x55\x1d\x1e"), true,
            OID_ROW("\x30\x0e\xa0\x0c\x30\x0a\x87\x08\x01\x02\x03\x04\xff\x00\xff\x00") },
                "holes" },
        { { OID_ROW("\x2b\x06\x01\x05\x05\x07\x01\x01"), false, OID_ROW("\x30\x00") }, "missing" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made;
        struct hf_error error;
        struct plan plan = { .subject = "leaf", .issuer = "ca", .key = key_at(0),
            .issuer_key = key_at(1), .extensions = { rows[i].extension } };
        make_der(&made, &plan);
        error_clear(&error);
        CHECK(!certificate_parse(bytes_of(made.der, made.length), provider, &made.certificate,
            &error));
        CHECK(error.code == HF_CODE_malformed_certificate && error.offset < made.length + 1);
        if (strstr(error.detail, rows[i].says) == NULL) {
            (void)fprintf(stderr, "row %zu: %s\n", i, error.detail);
            CHECK(false);
        }
    }
}

static bool parses(const struct plan *plan, const char *says)
{
    struct made made;
    struct hf_error error;
    error_clear(&error);
    make_der(&made, plan);
    bool good = certificate_parse(bytes_of(made.der, made.length), provider, &made.certificate,
        &error);
    if (!good && strstr(error.detail, says) == NULL) {
        (void)fprintf(stderr, "\"%s\" does not say \"%s\"\n", error.detail, says);
        CHECK(false);
    }
    return good;
}

static void bad_certificates(void)
{
    struct plan good = { .subject = "leaf", .issuer = "ca", .key = key_at(0),
        .issuer_key = key_at(1), .extensions = { BASIC_NO_CA, USAGE_SIGN } };
    CHECK(parses(&good, ""));
    struct plan plan = good;
    plan.extensions[2] = (struct made_extension)USAGE_SIGN;
    CHECK(!parses(&plan, "twice"));
    plan = good;
    plan.version = 2;
    CHECK(!parses(&plan, "version 2"));
    plan = good;
    plan.version = 4;
    CHECK(!parses(&plan, "0 to 2"));
    plan = (struct plan){ .subject = "leaf", .issuer = "ca", .key = key_at(0),
        .issuer_key = key_at(1), .version = 1 };
    CHECK(parses(&plan, ""));
    plan = good;
    plan.issuer = "";
    CHECK(!parses(&plan, "no name"));
    plan = (struct plan){ .subject = "", .issuer = "ca", .key = key_at(0),
        .issuer_key = key_at(1), .extensions = { BASIC_CA } };
    CHECK(!parses(&plan, "without a name"));
    plan = good;
    plan.extensions[0] = (struct made_extension)BASIC_CA_LENGTH_0;
    CHECK(!parses(&plan, "without keyCertSign"));
}

static void unknown_critical_is_recorded(void)
{
    struct made made;
    struct plan plan = { .subject = "leaf", .issuer = "ca", .key = key_at(0),
        .issuer_key = key_at(1), .extensions = { UNKNOWN_CRITICAL, BASIC_NO_CA } };
    make(&made, &plan);
    CHECK(made.certificate.unknown_critical);
    CHECK(bytes_equal_public(made.certificate.unknown_critical_oid, OID("\x2a\x03\x04")));
    plan.extensions[0].critical = false;
    make(&made, &plan);
    CHECK(!made.certificate.unknown_critical);
}

/* Bytes of a sample exchanged, by their place. */
static bool parses_with(const struct made *from, const char *was, const char *is, size_t length,
    const char *says)
{
    struct made made = *from;
    struct hf_error error;
    error_clear(&error);
    for (size_t i = 0; i + length <= made.length; i++) {
        if (memcmp(made.der + i, was, length) == 0) {
            memcpy(made.der + i, is, length);
            bool good = certificate_parse(bytes_of(made.der, made.length), provider,
                &made.certificate, &error);
            CHECK(good || strstr(error.detail, says) != NULL);
            return good;
        }
    }
    CHECK(false);
    return false;
}

static void inner_and_outer_algorithm(void)
{
    struct made made;
    load_sample(&made, sample_ec_root);
    /* The first one found is the inner one: SHA-384 made SHA-256. */
    CHECK(!parses_with(&made, "\x2a\x86\x48\xce\x3d\x04\x03\x03",
        "\x2a\x86\x48\xce\x3d\x04\x03\x02",
        8, "differs"));
}

static void serial_numbers(void)
{
    struct made made;
    struct plan plan = { .subject = "a", .issuer = "b", .key = key_at(0), .issuer_key = key_at(1) };
    make(&made, &plan);
    char was[9] = "\xa0\x03\x02\x01\x02\x02\x01";
    was[7] = (char)made.certificate.serial.data[0];
    CHECK(!parses_with(&made, was, "\xa0\x03\x02\x01\x02\x02\x01\x00", 8, "zero"));
    CHECK(!parses_with(&made, was, "\xa0\x03\x02\x01\x02\x02\x01\x80", 8, "negative"));
    CHECK(parses_with(&made, was, "\xa0\x03\x02\x01\x02\x02\x01\x7f", 8, ""));
    plan.issuer = "a"; /* self-issued: zero is borne */
    make(&made, &plan);
    was[7] = (char)made.certificate.serial.data[0];
    CHECK(parses_with(&made, was, "\xa0\x03\x02\x01\x02\x02\x01\x00", 8, ""));
    CHECK(!parses_with(&made, was, "\xa0\x03\x02\x01\x02\x02\x01\xff", 8, "negative"));
}

/* No cut certificate parses, and no byte may follow. */
static void truncation(void)
{
    struct made made;
    struct certificate c;
    load_sample(&made, sample_pss_leaf);
    unsigned accepted = 0;
    for (size_t length = 0; length < made.length; length++) {
        /* In memory of its own, so that a sanitizer sees any byte read too far. */
        uint8_t *copy = malloc(length + 1);
        if (copy != NULL) {
            memcpy(copy, made.der, length);
            accepted += certificate_parse(bytes_of(copy, length), provider, &c, NULL);
        }
        free(copy);
    }
    CHECK(accepted == 0);
    made.der[made.length] = 0;
    CHECK(!certificate_parse(bytes_of(made.der, made.length + 1), provider, &c, NULL));
}

/* One bit changed anywhere: the parser refuses, or the signature is no longer right. */
static void flipped_bits(void)
{
    const struct {
        const char *leaf;
        const char *issuer;
    } pairs[] = { { sample_ed_leaf, sample_ed_int }, { sample_pss_leaf, sample_pss_int },
        { sample_ec_int, sample_ec_root } };
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        struct made leaf;
        struct made issuer;
        load_sample(&leaf, pairs[p].leaf);
        load_sample(&issuer, pairs[p].issuer);
        const struct public_key *key = &issuer.certificate.key;
        CHECK(provider->verify(leaf.certificate.scheme, key, leaf.certificate.tbs,
            leaf.certificate.signature));
        unsigned survived = 0;
        unsigned parsed = 0;
        for (size_t bit = 0; bit < leaf.length * 8; bit++) {
            struct certificate c;
            leaf.der[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (certificate_parse(bytes_of(leaf.der, leaf.length), provider, &c, NULL)) {
                parsed++;
                survived += c.scheme != NULL &&
                    provider->verify(c.scheme, key, c.tbs, c.signature);
            }
            leaf.der[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        CHECK(survived == 0);
        CHECK(parsed > 1000); /* signatures, keys, names: they parse */
    }
    drop_keys();
}

static void keys_alone(void)
{
    uint8_t buffer[128];
    struct public_key key;
    int bits = 0;
    struct hf_error error;
    /* RFC 8410, 10.1 */
    size_t length = from_hex("302a300506032b6570032100"
        "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", buffer, sizeof buffer);
    CHECK(public_key_parse(bytes_of(buffer, length), &key, &bits, NULL));
    CHECK(key.type == KEY_ED25519 && key.point.length == 32 && bits == 256);
    /* With NULL parameters, which RFC 8410, 3 forbids. */
    length = from_hex("302c300706032b6570050003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6"
        "cb0c5c38ad703166e1", buffer, sizeof buffer);
    error_clear(&error);
    CHECK(!public_key_parse(bytes_of(buffer, length), &key, &bits, &error));
    CHECK(error.code == HF_CODE_malformed_certificate);
    /* A byte short. */
    length = from_hex("3029300506032b657003200019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6"
        "cb0c5c38ad703166", buffer, sizeof buffer);
    CHECK(!public_key_parse(bytes_of(buffer, length), &key, &bits, NULL));
    /* P-256 with a compressed point: well formed, not supported. */
    length = from_hex("3039301306072a8648ce3d020106082a8648ce3d03010703220002"
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", buffer, sizeof buffer);
    CHECK(public_key_parse(bytes_of(buffer, length), &key, &bits, NULL));
    CHECK(key.type == KEY_NONE && bits == 256);
    /* RSA: an even modulus and the exponent 1 are no keys; a negative modulus is malformed. */
    length = from_hex("301a300d06092a864886f70d01010105000309003006020102020103", buffer,
        sizeof buffer);
    CHECK(public_key_parse(bytes_of(buffer, length), &key, &bits, NULL) && key.type == KEY_NONE);
    length = from_hex("301a300d06092a864886f70d01010105000309003006020105020101", buffer,
        sizeof buffer);
    CHECK(public_key_parse(bytes_of(buffer, length), &key, &bits, NULL) && key.type == KEY_NONE);
    length = from_hex("301a300d06092a864886f70d01010105000309003006020185020103", buffer,
        sizeof buffer);
    CHECK(!public_key_parse(bytes_of(buffer, length), &key, &bits, NULL));
    length = from_hex("301a300d06092a864886f70d01010105000309003006020105020103", buffer,
        sizeof buffer);
    CHECK(public_key_parse(bytes_of(buffer, length), &key, &bits, NULL));
    CHECK(key.type == KEY_RSA && bits == 3);
}

TEST_MAIN(TEST(samples_say), TEST(samples_of_the_odd_kind), TEST(sample_names),
    TEST(bad_extensions),
    TEST(bad_certificates), TEST(unknown_critical_is_recorded), TEST(inner_and_outer_algorithm),
    TEST(serial_numbers), TEST(truncation), TEST(keys_alone), TEST(flipped_bits))
