/* Verification: times, uses, constraints and names on a path that exists, and what is said of those
 * that fail. */
#include "x509/identity.h"
#include "x509/world.h"

static void validity(void)
{
    struct plan leaf = leaf_plan();
    leaf.not_before = NOW - 100;
    leaf.not_after = NOW + 100;
    usual(&leaf, NULL, NULL);
    for (int i = -1; i <= 1; i += 2) { /* RFC 5280, 4.1.2.5: both ends belong to it */
        w.now = NOW + i * 100;
        CHECK(verify());
    }
    w.now = NOW - 101;
    fails("certificate_not_yet_valid", 0,
        "leaf becomes valid on 2029-12-31T23:58:20Z, in 1 second");
    w.now = NOW + 100 + 3 * 86400;
    fails("certificate_expired", 0, "leaf expired on 2030-01-01T00:01:40Z, 3 days ago");
    CHECK_TEXT(w.error.offered, "valid from 2029-12-31T23:58:20Z to 2030-01-01T00:01:40Z");
    CHECK_TEXT(w.error.required, "valid at 2030-01-04T00:01:40Z");
    CHECK(w.out.checks[CHECK_CHAIN].ok && w.out.checks[CHECK_IDENTITY].ok);
    struct plan intermediate = intermediate_plan();
    intermediate.not_after = NOW - 7200;
    usual(NULL, &intermediate, NULL);
    fails("certificate_expired", 1, "\"Sub\" expired on 2029-12-31T22:00:00Z, 2 hours ago");
    CHECK_TEXT(w.out.checks[CHECK_CHAIN].detail, "leaf <- Sub <- Root");
    struct plan root = root_plan();
    root.not_before = NOW + 60;
    usual(NULL, NULL, &root);
    fails("certificate_not_yet_valid", -1, "\"Root\" becomes valid");
    end();
}

static void leaf_usage(void)
{
    struct plan leaf = leaf_plan();
    usual(NULL, NULL, NULL);
    w.purpose = PURPOSE_CLIENT;
    fails("wrong_usage", 0, "the extKeyUsage of leaf does not allow client authentication");
    CHECK_TEXT(w.error.offered, "serverAuth");
    CHECK_TEXT(w.error.required, "extKeyUsage clientAuth");
    leaf.extensions[2] = (struct made_extension)PURPOSES_MAIL;
    usual(&leaf, NULL, NULL);
    fails("wrong_usage", 0, "server authentication");
    leaf.extensions[2] = (struct made_extension)PURPOSES_ANY;
    usual(&leaf, NULL, NULL);
    verifies("leaf <- Sub <- Root");
    leaf = leaf_plan();
    leaf.extensions[1] = (struct made_extension)USAGE_ENCIPHER;
    usual(&leaf, NULL, NULL);
    fails("wrong_usage", 0, "lacks digitalSignature");
    /* RSA key exchange asks for the other bit (RFC 5246, 7.4.2). */
    w.deciphers = true;
    verifies("leaf <- Sub <- Root");
    usual(NULL, NULL, NULL);
    w.deciphers = true;
    fails("wrong_usage", 0, "lacks keyEncipherment");
    leaf.extensions[1] = (struct made_extension){ OID("\x55\x1d\x0f"), true,
        OID("\x03\x02\x02\x84") };
    usual(&leaf, NULL, NULL);
    fails("wrong_usage", 0, "say no CA");
    leaf = (struct plan){ .subject = "leaf", .issuer = "Sub", .key = key_at(2),
        .issuer_key = key_at(1), .version = 1 };
    usual(&leaf, NULL, NULL);
    fails("wrong_usage", 0, "version 1");
    /* Without keyUsage and extKeyUsage anything goes; a CA may serve, too. */
    leaf = leaf_plan();
    leaf.extensions[0] = (struct made_extension)NAMES_EXAMPLE;
    leaf.extensions[1] = (struct made_extension)BASIC_CA;
    leaf.extensions[2] = leaf.extensions[3] = (struct made_extension){ 0 };
    usual(&leaf, NULL, NULL);
    verifies("leaf <- Sub <- Root");
    end();
}

static void issuer_usage(void)
{
    struct plan intermediate = intermediate_plan();
    intermediate.extensions[2] = (struct made_extension)PURPOSES_MAIL;
    usual(NULL, &intermediate, NULL);
    fails("wrong_usage", 1, "the extKeyUsage of \"Sub\" does not allow server authentication");
    CHECK(w.out.checks[CHECK_CHAIN].ok);
    intermediate.extensions[2] = (struct made_extension)PURPOSES_ANY;
    usual(NULL, &intermediate, NULL);
    verifies("leaf <- Sub <- Root");
    intermediate = intermediate_plan();
    intermediate.extensions[0] = (struct made_extension)BASIC_NO_CA;
    intermediate.extensions[1] = (struct made_extension)USAGE_SIGN;
    usual(NULL, &intermediate, NULL);
    fails("wrong_usage", 1, "\"Sub\" issued a certificate but is no CA");
    intermediate = intermediate_plan();
    intermediate.extensions[1] = (struct made_extension)USAGE_SIGN;
    usual(NULL, &intermediate, NULL);
    fails("wrong_usage", 1, "lacks keyCertSign");
    /* Version 1: the store's word makes a CA of it, the peer's does not. */
    intermediate = (struct plan){ .subject = "Sub", .issuer = "Root", .key = key_at(1),
        .issuer_key = key_at(0), .version = 1 };
    usual(NULL, &intermediate, NULL);
    fails("wrong_usage", 1, "is no CA");
    struct plan root = { .subject = "Root", .issuer = "Root", .key = key_at(0),
        .issuer_key = key_at(0), .version = 1 };
    usual(NULL, NULL, &root);
    verifies("leaf <- Sub <- Root");
    /* Version 3 and no basicConstraints: no CA, trusted or not. */
    root.version = 3;
    root.extensions[0] = (struct made_extension)USAGE_CA;
    usual(NULL, NULL, &root);
    fails("wrong_usage", -1, "\"Root\" issued a certificate but is no CA");
    end();
}

static void path_lengths(void)
{
    struct plan leaf = leaf_plan();
    struct plan intermediate = intermediate_plan();
    struct plan root = root_plan();
    intermediate.extensions[0] = (struct made_extension)BASIC_CA_LENGTH_0;
    usual(NULL, &intermediate, NULL);
    verifies("leaf <- Sub <- Root");
    root.extensions[0] = (struct made_extension)BASIC_CA_LENGTH_0;
    usual(NULL, NULL, &root);
    fails("constraint_violated", -1, "\"Root\" allows 0 intermediates below it, but there are 1");
    /* A self-issued one is not counted (RFC 5280, 4.2.1.9): Root <- Root' <- leaf. */
    struct plan again = root_plan();
    again.key = key_at(1);
    leaf.issuer = "Root";
    begin();
    sends(&leaf);
    sends(&again);
    trusts(&root);
    verifies("leaf <- Root <- Root");
    end();
}

static void critical_extensions(void)
{
    struct plan leaf = leaf_plan();
    leaf.extensions[4] = (struct made_extension)UNKNOWN_CRITICAL;
    usual(&leaf, NULL, NULL);
    fails("constraint_violated", 0,
        "the leaf has a critical extension that is not understood: 1.2.3.4");
    struct plan intermediate = intermediate_plan();
    intermediate.extensions[2] = (struct made_extension)UNKNOWN_CRITICAL;
    usual(NULL, &intermediate, NULL);
    fails("constraint_violated", 1, "\"Sub\" has a critical extension");
    end();
}

/* nameConstraints of the intermediate against the leaf's example.com. */
static void constraints(void)
{
    static const struct {
        hf_bytes value;
        const char *says; /* NULL: allowed */
    } rows[] = {
        { OID_ROW("\x30\x0b\xa0\x09\x30\x07\x82\x05" "a.com"), "example.com is outside of what" },
        { OID_ROW("\x30\x11\xa0\x0f\x30\x0d\x82\x0b" "example.com"), NULL },
        { OID_ROW("\x30\x09\xa0\x07\x30\x05\x82\x03" "com"), NULL },
        { OID_ROW("\x30\x09\xa0\x07\x30\x05\x82\x03" "COM"), NULL },
        { OID_ROW("\x30\x06\xa0\x04\x30\x02\x82\x00"), NULL },
        { OID_ROW("\x30\x0b\xa0\x09\x30\x07\x82\x05" "e.com"), "outside" },
        { OID_ROW("\x30\x0a\xa0\x08\x30\x06\x82\x04" ".com"), "outside" }, /* a broken form */
        { OID_ROW("\x30\x09\xa1\x07\x30\x05\x82\x03" "com"), "example.com is excluded" },
        { OID_ROW("\x30\x0b\xa1\x09\x30\x07\x82\x05" "a.com"), NULL },
        { OID_ROW("\x30\x0e\xa0\x0c\x30\x0a\x87\x08\xc0\x00\x02\x00\xff\xff\xff\x00"), NULL },
        { OID_ROW("\x30\x17\xa0\x15\x30\x13\xa4\x11\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04"
            "\x03\x0c\x04" "Leaf"), NULL },
        { OID_ROW("\x30\x17\xa0\x15\x30\x13\xa4\x11\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04"
            "\x03\x0c\x04" "else"), "dir:CN=leaf is outside" },
        { OID_ROW("\x30\x17\xa1\x15\x30\x13\xa4\x11\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04"
            "\x03\x0c\x04" "leaf"), "dir:CN=leaf is excluded" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan intermediate = intermediate_plan();
        intermediate.extensions[2] =
            (struct made_extension){ OID("\x55\x1d\x1e"), true, rows[i].value };
        usual(NULL, &intermediate, NULL);
        if (rows[i].says == NULL) {
            verifies("leaf <- Sub <- Root");
        } else {
            fails("constraint_violated", 0, rows[i].says);
            CHECK(strstr(w.error.detail, "the name constraints of \"Sub\"") != NULL);
        }
    }
    end();
}

/* The same with an address, a mailbox, a URI and a wildcard in the leaf. */
static void constraints_of_other_kinds(void)
{
    static const struct {
        hf_bytes names;
        hf_bytes value;
        const char *says;
    } rows[] = {
        { OID_ROW("\x30\x06\x87\x04\xc0\x00\x02\x07"),
            OID_ROW("\x30\x0e\xa0\x0c\x30\x0a\x87\x08\xc0\x00\x02\x00\xff\xff\xff\x00"), NULL },
        { OID_ROW("\x30\x06\x87\x04\xc0\x00\x03\x07"),
            OID_ROW("\x30\x0e\xa0\x0c\x30\x0a\x87\x08\xc0\x00\x02\x00\xff\xff\xff\x00"),
                "192.0.3.7" },
        { OID_ROW("\x30\x06\x87\x04\xc0\x00\x02\x07"),
            OID_ROW("\x30\x0e\xa1\x0c\x30\x0a\x87\x08\xc0\x00\x02\x00\xff\xff\xff\x00"),
                "excluded" },
        { OID_ROW("\x30\x07\x81\x05" "a@b.c"), OID_ROW("\x30\x09\xa0\x07\x30\x05\x81\x03" "b.c"),
            NULL },
        { OID_ROW("\x30\x07\x81\x05" "a@b.c"), OID_ROW("\x30\x08\xa0\x06\x30\x04\x81\x02" ".c"),
            NULL },
        { OID_ROW("\x30\x07\x81\x05" "a@b.c"), OID_ROW("\x30\x0b\xa0\x09\x30\x07\x81\x05" "A@B.C"),
            "mail:a@b.c" },
        { OID_ROW("\x30\x07\x81\x05" "a@b.c"), OID_ROW("\x30\x0b\xa0\x09\x30\x07\x81\x05" "a@B.C"),
            NULL },
        { OID_ROW("\x30\x0f\x86\x0d" "x://u@b.c:1/a"), OID_ROW("\x30\x09\xa0\x07\x30\x05\x86\x03"
            "b.c"), NULL },
        { OID_ROW("\x30\x0f\x86\x0d" "x://b.c@evil/"), OID_ROW("\x30\x09\xa0\x07\x30\x05\x86\x03"
            "b.c"), "uri:" },
        { OID_ROW("\x30\x06\x86\x04" "a:bc"), OID_ROW("\x30\x09\xa1\x07\x30\x05\x86\x03" "b.c"),
            "uri:" },
        { OID_ROW("\x30\x07\x82\x05*.b.c"), OID_ROW("\x30\x0b\xa1\x09\x30\x07\x82\x05" "x.b.c"),
            "excluded" },
        { OID_ROW("\x30\x07\x82\x05*.b.c"), OID_ROW("\x30\x0b\xa0\x09\x30\x07\x82\x05" "x.b.c"),
            "outside" },
        { OID_ROW("\x30\x05\x88\x03\x2a\x03\x04"),
            OID_ROW("\x30\x09\xa1\x07\x30\x05\x88\x03\x2a\x03"
            "\x05"), "oid:1.2.3.4" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plan leaf = leaf_plan();
        struct plan intermediate = intermediate_plan();
        leaf.extensions[3] = (struct made_extension){ OID("\x55\x1d\x11"), false, rows[i].names };
        intermediate.extensions[2] =
            (struct made_extension){ OID("\x55\x1d\x1e"), true, rows[i].value };
        usual(&leaf, &intermediate, NULL);
        w.name = NULL;
        if (rows[i].says == NULL) {
            verifies("leaf <- Sub <- Root");
        } else {
            fails("constraint_violated", 0, rows[i].says);
        }
    }
    end();
}

static void identity(void)
{
    usual(NULL, NULL, NULL);
    w.name = "www.example.com";
    fails("name_mismatch", 0, "not for www.example.com but for example.com");
    CHECK_TEXT(w.error.offered, "example.com");
    CHECK_TEXT(w.error.required, "www.example.com");
    CHECK(w.out.checks[CHECK_CHAIN].ok && w.out.checks[CHECK_VALIDITY].ok);
    CHECK(w.error.alert == 42);
    end();
}

TEST_MAIN(TEST(validity), TEST(leaf_usage), TEST(issuer_usage), TEST(path_lengths),
    TEST(critical_extensions), TEST(constraints), TEST(constraints_of_other_kinds),
    TEST(identity))
