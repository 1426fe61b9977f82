/* Identities: what parses, what matches (RFC 9525), and what is said when nothing does. */
#include "x509/identity.h"
#include "x509/make.h"
#include "x509/samples.h"

static void parses(void)
{
    static const struct {
        const char *text;
        enum identity_type type;
        const char *canonical;
    } rows[] = {
        { "example.com", IDENTITY_DNS, "example.com" },
        { "EXAMPLE.Com.", IDENTITY_DNS, "example.com" },
        { "localhost", IDENTITY_DNS, "localhost" },
        { "_sip.xn--bcher-kva.example", IDENTITY_DNS, "_sip.xn--bcher-kva.example" },
        { "1.2.3.4.5", IDENTITY_DNS, "1.2.3.4.5" },
        { "192.0.2.1", IDENTITY_IP, "192.0.2.1" },
        { "2001:DB8::1", IDENTITY_IP, "2001:db8::1" },
        { "[2001:db8::1]", IDENTITY_IP, "2001:db8::1" },
        { "::", IDENTITY_IP, "::" },
        { "::ffff:192.0.2.1", IDENTITY_IP, "::ffff:c000:201" },
        { "1:2:3:4:5:6:7:8", IDENTITY_IP, "1:2:3:4:5:6:7:8" },
        { "1:2:3:4:5:6:1.2.3.4", IDENTITY_IP, "1:2:3:4:5:6:102:304" },
        { "1::", IDENTITY_IP, "1::" },
        { "1::5:6:7:8", IDENTITY_IP, "1::5:6:7:8" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity identity;
        char text[256];
        CHECK(identity_parse(rows[i].text, &identity, NULL));
        CHECK(identity.type == rows[i].type);
        identity_text(&identity, text);
        CHECK_TEXT(text, rows[i].canonical);
    }
}

static void refuses(void)
{
    static const char *const rows[] = { "", ".", "..", "a..b", ".a", "a b", "*.example.com",
        "exa/mple", "192.0.2.01x:", "1::2::3", ":1", "1:", "12345::",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "::1.2.3", "[192.0.2.1]", "[example.com]", "1:2",
        "1:2:3:4:5:6:7:1.2.3.4", "::g", "fe80::1%eth0" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity identity;
        struct hf_error error;
        error_clear(&error);
        if (identity_parse(rows[i], &identity, &error)) {
            (void)fprintf(stderr, "accepted \"%s\"\n", rows[i]);
            CHECK(false);
        }
        CHECK(error.code == HF_CODE_bad_configuration);
    }
    char label[66];
    struct identity identity;
    memset(label, 'a', sizeof label);
    label[63] = '\0';
    CHECK(identity_parse(label, &identity, NULL));
    label[63] = 'a';
    label[64] = '\0';
    CHECK(!identity_parse(label, &identity, NULL));
    char name[300] = "";
    for (int i = 0; i < 127; i++) {
        (void)strcat(name, i == 0 ? "a" : ".a");
    }
    CHECK(strlen(name) == 253 && identity_parse(name, &identity, NULL));
    (void)strcat(name, "a");
    CHECK(!identity_parse(name, &identity, NULL));
}

/* IDNA2008 (RFC 5891, 5; examples of RFC 5892 and RFC 5893): A-labels as Python's idna package and
 * the registries have them. */
static void international_names(void)
{
    static const struct {
        const char *text;
        const char *ascii;
    } rows[] = {
        { "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
        { "B\xc3\xbc" "cher.EXAMPLE.", "xn--bcher-kva.example" },
        { "bu\xcc\x88" "cher.example", "xn--bcher-kva.example" }, /* to NFC */
        { "www.stra\xc3\x9f" "e.example", "www.xn--strae-oqa.example" }, /* no "ss" */
        { "\xe4\xbe\x8b\xe5\xad\x90.example", "xn--fsqu00a.example" },
        { "_sip.\xce\xb2\xcf\x8c\xce\xbb\xce\xbf\xcf\x82.example", "_sip.xn--nxasmm1c.example" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity identity;
        CHECK(identity_parse(rows[i].text, &identity, NULL) && identity.type == IDENTITY_DNS);
        CHECK_TEXT(identity.dns, rows[i].ascii);
    }
}

static void refuses_international_names(void)
{
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        { "B\xc3\x9c" "CHER.example", "IDN2_DISALLOWED" },      /* not lowered for the user */
        { "\xef\xbd\x85xample.com", "IDN2_DISALLOWED" },        /* full width */
        { "\xe2\x98\x83.example", "IDN2_DISALLOWED" },          /* a snowman */
        { "\xcc\x88x.example", "IDN2_LEADING_COMBINING" },
        { "ab--\xc3\xbc.example", "IDN2_2HYPHEN" },
        { "a\xe2\x80\x8d" "b.example", "IDN2_CONTEXTJ" },
        { "\xd7\x90" "a.example", "IDN2_BIDI" },
        { "b\xc3" "cher.example", "IDN2_ENCODING_ERROR" },        /* not UTF-8 */
        { "xn--a.b\xc3\xbc" "cher.example", "IDN2_" },           /* an A-label that is none */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity identity;
        struct hf_error error;
        error_clear(&error);
        CHECK(!identity_parse(rows[i].text, &identity, &error));
        CHECK(error.code == HF_CODE_bad_configuration);
        if (strstr(error.detail, rows[i].says) == NULL) {
            (void)fprintf(stderr, "row %zu: %s\n", i, error.detail);
            CHECK(false);
        }
    }
    char many[1200] = "";
    struct identity identity;
    for (int i = 0; i < 127; i++) {
        (void)strcat(many, i == 0 ? "\xc3\xbc" : ".\xc3\xbc"); /* each "xn--tda" */
    }
    CHECK(!identity_parse(many, &identity, NULL));
    memset(many, 'a', sizeof many - 1);
    memcpy(many, "\xc3\xbc", 2);
    CHECK(!identity_parse(many, &identity, NULL));
}

static void patterns(void)
{
    static const struct {
        const char *pattern;
        const char *name;
        bool matches;
    } rows[] = {
        { "example.com", "example.com", true }, { "EXAMPLE.com", "example.COM", true },
        { "example.com", "example.com.", true }, { "example.com", "www.example.com", false },
        { "*.example.com", "www.example.com", true }, { "*.example.com", "WWW.EXAMPLE.COM", true },
        { "*.example.com", "example.com", false }, { "*.example.com", "a.b.example.com", false },
        { "*.example.com", ".example.com", false }, { "*.com", "example.com", false },
        { "*", "example", false }, { "*.", "a.", false }, { "w*.example.com", "www.example.com",
            false },
        { "*w.example.com", "www.example.com", false }, { "www.*.com", "www.example.com", false },
        { "*.*.com", "a.b.com", false }, { "", "", false }, { "example.com.", "example.com",
            false },
        { "192.0.2.1", "192.0.2.1", false }, { "*.0.2.1", "192.0.2.1", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool got = dns_pattern_matches(bytes_of(rows[i].pattern, strlen(rows[i].pattern)),
            bytes_of(rows[i].name, strlen(rows[i].name)));
        if (got != rows[i].matches) {
            (void)fprintf(stderr, "%s against %s\n", rows[i].pattern, rows[i].name);
            CHECK(false);
        }
    }
    /* A NUL ends nothing. */
    CHECK(!dns_pattern_matches(OID("example.com\0.evil.com"), OID("example.com")));
}

static bool matches(const struct certificate *leaf, const char *text, char *detail, size_t capacity)
{
    struct identity identity;
    CHECK(identity_parse(text, &identity, NULL));
    return identity_matches(leaf, &identity, detail, capacity);
}

static void certificates(void)
{
    struct made made;
    char detail[224];
    load_sample(&made, sample_ed_leaf);
    const struct certificate *leaf = &made.certificate;
    CHECK(matches(leaf, "ed.example.com", detail, sizeof detail));
    CHECK_TEXT(detail, "the certificate's ed.example.com covers ed.example.com");
    CHECK(matches(leaf, "192.0.2.7", detail, sizeof detail));
    CHECK(matches(leaf, "2001:db8::7", detail, sizeof detail));
    CHECK(!matches(leaf, "192.0.2.8", detail, sizeof detail));
    CHECK(!matches(leaf, "example.com", detail, sizeof detail));
    CHECK_TEXT(detail, "not for example.com but for ed.example.com, 192.0.2.7, 2001:db8::7");
    CHECK(!matches(leaf, "example.com", detail, 30));
    CHECK_TEXT(detail, "not for example.com but for ");
}

static void common_name_is_only_mentioned(void)
{
    struct made made;
    char detail[224];
    struct plan plan = { .subject = "www.example.com", .issuer = "ca", .key = key_at(0),
        .issuer_key = key_at(1), .extensions = { BASIC_NO_CA } };
    make(&made, &plan);
    CHECK(!matches(&made.certificate, "www.example.com", detail, sizeof detail));
    CHECK_TEXT(detail,
        "the certificate has no subjectAltName, so it is not for www.example.com; its "
        "common name would match, but names count in subjectAltName only");
    plan.extensions[0] = (struct made_extension)NAMES_EXAMPLE;
    make(&made, &plan);
    CHECK(!matches(&made.certificate, "www.example.com", detail, sizeof detail));
    CHECK_TEXT(detail,
        "not for www.example.com but for example.com; its common name would match, but "
        "names count in subjectAltName only");
    plan.subject = "192.0.2.1";
    make(&made, &plan);
    CHECK(!matches(&made.certificate, "192.0.2.1", detail, sizeof detail));
    CHECK(strstr(detail, "common name would match") != NULL);
    CHECK(!matches(&made.certificate, "192.0.2.2", detail, sizeof detail));
    CHECK(strstr(detail, "common name would match") == NULL);
}

/* An address is matched as an address and a name as a name, whatever they look like. */
static void kinds_are_not_mixed(void)
{
    struct made made;
    char detail[224];
    struct plan plan = { .subject = "leaf", .issuer = "ca", .key = key_at(0),
        .issuer_key = key_at(1), .extensions = { { OID("\x55\x1d\x11"), false,
            OID("\x30\x13\x82\x09" "192.0.2.1" "\x87\x04" "a.bc" "\x86\x00") } } };
    make(&made, &plan);
    CHECK(!matches(&made.certificate, "192.0.2.1", detail, sizeof detail));
    CHECK(!matches(&made.certificate, "a.bc", detail, sizeof detail));
    CHECK(matches(&made.certificate, "97.46.98.99", detail, sizeof detail));
    CHECK(!matches(&made.certificate, "::612e:6263", detail, sizeof detail));
}

static void many_names_are_cut(void)
{
    uint8_t value[2048];
    hf_builder b = builder_of(value, sizeof value);
    size_t mark = der_open(&b, DER_SEQUENCE);
    for (int i = 0; i < 60; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "host-%02d.example.com", i);
        der_put(&b, DER_CONTEXT + 2, bytes_of(name, strlen(name)));
    }
    der_close(&b, mark);
    struct made made;
    char detail[224];
    struct plan plan = { .subject = "leaf", .issuer = "ca", .key = key_at(0),
        .issuer_key = key_at(1), .extensions = { { OID("\x55\x1d\x11"), false,
            builder_bytes(&b) } } };
    make(&made, &plan);
    CHECK(matches(&made.certificate, "host-59.example.com", detail, sizeof detail));
    CHECK(!matches(&made.certificate, "host-60.example.com", detail, sizeof detail));
    CHECK(strstr(detail, "host-00.example.com, ") != NULL);
    CHECK(strlen(detail) > 5 && strcmp(detail + strlen(detail) - 5, " more") == 0);
    drop_keys();
}

TEST_MAIN(TEST(parses), TEST(refuses), TEST(international_names),
    TEST(refuses_international_names), TEST(patterns), TEST(certificates),
    TEST(common_name_is_only_mentioned), TEST(kinds_are_not_mixed), TEST(many_names_are_cut))
