/* Verification: every way to succeed and every way to fail, with what is said of it. */
#include "x509/identity.h"
#include "x509/make.h"
#include "x509/path.h"
#include "x509/samples.h"

enum { WORLD = 20 };

/* A peer's chain, a store, and the answer. */
struct world {
    struct made made[WORLD];
    struct certificate chain[WORLD];
    size_t count;
    struct hf_trust *trust;
    const char *name; /* NULL: none asked for */
    enum purpose purpose;
    int64_t now;
    const struct provider *provider;
    struct verification out;
    struct hf_error error;
};

static struct world w;

static void begin(void)
{
    trust_release(w.trust);
    memset(&w, 0, sizeof w);
    w.trust = trust_new(&allocator_malloc, provider);
    w.name = "example.com";
    w.purpose = PURPOSE_SERVER;
    w.now = NOW;
    w.provider = provider;
}

static void end(void)
{
    trust_release(w.trust);
    w.trust = NULL;
    drop_keys();
}

/* Puts a certificate into the chain and (or) the store. */
static void sends(const struct plan *plan)
{
    make(&w.made[w.count], plan);
    w.chain[w.count] = w.made[w.count].certificate;
    w.count++;
}

static void trusts(const struct plan *plan)
{
    struct made made;
    make(&made, plan);
    CHECK(trust_add_pem(w.trust, bytes_of(made.der, made.length), NULL));
}

static void sends_sample(const char *pem)
{
    load_sample(&w.made[w.count], pem);
    w.chain[w.count] = w.made[w.count].certificate;
    w.count++;
}

static void trusts_sample(const char *pem)
{
    CHECK(trust_add_pem(w.trust, bytes_of(pem, strlen(pem)), NULL));
}

static bool verify(void)
{
    struct identity identity = { .type = IDENTITY_NONE };
    if (w.name != NULL) {
        CHECK(identity_parse(w.name, &identity, NULL));
    }
    struct verify_input input = { .provider = w.provider, .trust = w.trust, .chain = w.chain,
        .count = w.count, .identity = &identity, .purpose = w.purpose, .now = w.now };
    error_clear(&w.error);
    bool ok = verify_chain(&input, &w.out, &w.error);
    CHECK(ok == w.out.ok);
    CHECK(ok != error_is_set(&w.error));
    CHECK(!w.out.checks[CHECK_REVOCATION].done && !w.out.checks[CHECK_PIN].done);
    return ok;
}

static void verifies(const char *path)
{
    CHECK(verify());
    CHECK_TEXT(w.error.detail, "");
    CHECK_TEXT(w.out.checks[CHECK_CHAIN].detail, path);
}

/* Fails with this reason, about this certificate, and says this among other things. */
static void fails(const char *reason, int certificate, const char *says)
{
    CHECK(!verify());
    CHECK_TEXT(w.error.reason, reason);
    CHECK(w.error.certificate == certificate);
    if (strstr(w.error.detail, says) == NULL) {
        CHECK_TEXT(w.error.detail, says);
    }
}

/* ---- The usual three, all of P-256: root, intermediate, leaf ---- */

static struct plan root_plan(void)
{
    return (struct plan){ .subject = "Root", .issuer = "Root", .key = key_at(0),
        .issuer_key = key_at(0), .extensions = { BASIC_CA, USAGE_CA } };
}

static struct plan intermediate_plan(void)
{
    return (struct plan){ .subject = "Sub", .issuer = "Root", .key = key_at(1),
        .issuer_key = key_at(0), .extensions = { BASIC_CA, USAGE_CA } };
}

static struct plan leaf_plan(void)
{
    return (struct plan){ .subject = "leaf", .issuer = "Sub", .key = key_at(2),
        .issuer_key = key_at(1), .extensions = { BASIC_NO_CA, USAGE_SIGN, PURPOSES_SERVER,
            NAMES_EXAMPLE } };
}

/* The chain is leaf and intermediate, the root is trusted; any of the three may be another. */
static void usual(const struct plan *leaf, const struct plan *intermediate, const struct plan *root)
{
    const struct plan plans[3] = { leaf_plan(), intermediate_plan(), root_plan() };
    begin();
    sends(leaf != NULL ? leaf : &plans[0]);
    sends(intermediate != NULL ? intermediate : &plans[1]);
    trusts(root != NULL ? root : &plans[2]);
}

static void usual_chain(void)
{
    usual(NULL, NULL, NULL);
    verifies("leaf <- Sub <- Root");
    CHECK(w.out.path_length == 3 && w.out.path[0] == &w.chain[0] && w.out.path[1] == &w.chain[1]);
    CHECK(w.out.path[2] == trust_at(w.trust, 0));
    CHECK_TEXT(w.out.checks[CHECK_IDENTITY].detail,
        "the certificate's example.com covers example.com");
    CHECK_TEXT(w.out.checks[CHECK_USAGE].detail, "may be used for server authentication");
    CHECK_TEXT(w.out.checks[CHECK_VALIDITY].detail,
        "leaf expires first, on 2031-01-01T00:00:00Z, in 365 days");
    w.name = NULL;
    CHECK(verify() && !w.out.checks[CHECK_IDENTITY].done);
    end();
}

static void algorithms(void)
{
    static const struct {
        const char *leaf;
        const char *intermediate;
        const char *root;
        const char *name;
        const char *path;
    } rows[] = {
        { sample_pss_leaf, sample_pss_int, sample_rsa_root, "pss.example.com",
            "leaf <- PSS intermediate <- RSA root" },
        { sample_rsae_leaf, NULL, sample_rsa_root, "rsae.example.com", "leaf <- RSA root" },
        { sample_ec_leaf, sample_ec_int, sample_ec_root, "ec.example.com",
            "leaf <- EC intermediate <- EC root" },
        { sample_ed_leaf, sample_ed_int, sample_ed_root, "2001:db8::7",
            "leaf <- Ed intermediate <- Ed root" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        sends_sample(rows[i].leaf);
        if (rows[i].intermediate != NULL) {
            sends_sample(rows[i].intermediate);
        }
        trusts_sample(rows[i].root);
        w.name = rows[i].name;
        verifies(rows[i].path);
    }
    end();
}

static void weak_ones(void)
{
    begin();
    sends_sample(sample_sha1_leaf);
    trusts_sample(sample_rsa_root);
    w.name = "sha1.example.com";
    fails("weak_signature", 0, "leaf is signed with sha1WithRSAEncryption");
    begin();
    sends_sample(sample_weak_leaf);
    sends_sample(sample_ec_int);
    trusts_sample(sample_ec_root);
    w.name = "weak.example.com";
    fails("weak_key", 0, "RSA 1024");
    begin();
    sends_sample(sample_koblitz_leaf);
    sends_sample(sample_ec_int);
    trusts_sample(sample_ec_root);
    w.name = "koblitz.example.com";
    fails("weak_key", 0, "EC 1.3.132.0.10");
    end();
}

static void any_order_and_more(void)
{
    struct plan leaf = leaf_plan();
    struct plan intermediate = intermediate_plan();
    struct plan root = root_plan();
    struct plan noise = { .subject = "Noise", .issuer = "Elsewhere", .key = key_at(3),
        .issuer_key = key_at(3), .extensions = { BASIC_CA } };
    begin();
    sends(&leaf);
    sends(&noise);
    sends(&root); /* the peer's own copy, with another serial number: ignored */
    sends(&leaf);
    sends(&intermediate);
    trusts(&root);
    verifies("leaf <- Sub <- Root");
    CHECK(w.out.path[1] == &w.chain[4] && w.out.path[2] == trust_at(w.trust, 0));
    end();
}

static void incomplete(void)
{
    struct plan leaf = leaf_plan();
    struct plan root = root_plan();
    begin();
    sends(&leaf);
    trusts(&root);
    w.name = "other.example";
    w.purpose = PURPOSE_CLIENT;
    w.now = NOW + 2 * YEAR;
    fails("incomplete_chain", 0,
        "leaf was issued by \"Sub\", which was neither sent nor is trusted");
    CHECK_TEXT(w.error.required, "a trusted certificate of \"Sub\"");
    CHECK_TEXT(w.error.offered, "1 certificate, the path ending with leaf");
    /* The other checks tell all the same. */
    CHECK(w.out.checks[CHECK_VALIDITY].reason == ERR_certificate_expired);
    CHECK(w.out.checks[CHECK_USAGE].reason == ERR_wrong_usage);
    CHECK(w.out.checks[CHECK_IDENTITY].reason == ERR_name_mismatch);
    CHECK(w.out.path_length == 0);
    /* Nothing trusted at all: the intermediate's issuer is what is missing. */
    struct plan intermediate = intermediate_plan();
    begin();
    sends(&leaf);
    sends(&intermediate);
    fails("incomplete_chain", 1, "\"Sub\" was issued by \"Root\"");
    end();
}

static void untrusted_root(void)
{
    struct plan leaf = leaf_plan();
    struct plan intermediate = intermediate_plan();
    struct plan root = root_plan();
    begin();
    sends(&leaf);
    sends(&intermediate);
    sends(&root);
    fails("untrusted_root", 2, "the root \"Root\"");
    /* A namesake in the store with another key is no help. */
    struct plan other = root;
    other.key = other.issuer_key = key_at(3);
    trusts(&other);
    fails("untrusted_root", 2, "the root \"Root\"");
    end();
}

static void self_signed(void)
{
    struct plan leaf = leaf_plan();
    leaf.issuer = "leaf";
    leaf.issuer_key = leaf.key;
    begin();
    sends(&leaf);
    fails("self_signed", 0, "signed by itself");
    /* The very same certificate trusted. */
    CHECK(trust_add_pem(w.trust, bytes_of(w.made[0].der, w.made[0].length), NULL));
    verifies("the certificate itself is trusted");
    CHECK(w.out.path_length == 1);
    w.now = NOW + 2 * YEAR;
    fails("certificate_expired", 0, "leaf expired");
    w.now = NOW;
    w.name = "other.example";
    fails("name_mismatch", 0, "not for other.example");
    /* Its names and key, but another certificate. */
    begin();
    sends(&leaf);
    trusts(&leaf);
    fails("self_signed", 0, "signed by itself");
    /* It says so, but another key signed it. */
    leaf.issuer_key = key_at(3);
    begin();
    sends(&leaf);
    fails("bad_signature", 0, "its own key");
    end();
}

static void bad_signatures(void)
{
    struct plan leaf = leaf_plan();
    leaf.issuer_key = key_at(3);
    usual(&leaf, NULL, NULL);
    fails("bad_signature", 0, "the signature of leaf does not verify under the key of \"Sub\"");
    struct plan intermediate = intermediate_plan();
    intermediate.issuer_key = key_at(3);
    usual(NULL, &intermediate, NULL);
    fails("bad_signature", 1, "the signature of \"Sub\" does not verify under the key of \"Root\"");
    end();
}

/* A trusted CA of the right name and, as the key identifiers say, another key is no candidate. */
static void namesakes(void)
{
    struct plan leaf = leaf_plan();
    struct plan root = root_plan();
    leaf.issuer = "Root";
    leaf.extensions[4] = (struct made_extension){ OID("\x55\x1d\x23"), false,
        OID("\x30\x03\x80\x01" "A") };
    root.extensions[2] = (struct made_extension){ OID("\x55\x1d\x0e"), false, OID("\x04\x01" "B") };
    begin();
    sends(&leaf);
    trusts(&root);
    fails("incomplete_chain", 0, "issued by \"Root\"");
    /* But identifiers are only hints: where the key fits they may be wrong. */
    leaf.issuer_key = key_at(0);
    begin();
    sends(&leaf);
    trusts(&root);
    verifies("leaf <- Root");
    end();
}

static void several_roots_of_one_name(void)
{
    struct plan other = root_plan();
    struct plan root = root_plan();
    struct plan leaf = leaf_plan();
    struct plan intermediate = intermediate_plan();
    other.key = other.issuer_key = key_at(3);
    for (int order = 0; order < 2; order++) {
        begin();
        sends(&leaf);
        sends(&intermediate);
        trusts(order == 0 ? &root : &other);
        trusts(order == 0 ? &other : &root);
        verifies("leaf <- Sub <- Root");
        CHECK(w.out.path[2] == trust_at(w.trust, (size_t)order));
    }
    end();
}

static void trusted_intermediate(void)
{
    struct plan leaf = leaf_plan();
    struct plan intermediate = intermediate_plan();
    struct plan root = root_plan();
    begin();
    sends(&leaf);
    sends(&root);
    trusts(&intermediate);
    verifies("leaf <- Sub");
    end();
}

/* Old <- Sub and New <- Old': the peer sends a self-signed Old and one signed by New, which is
 * trusted. */
static void cross_signed(void)
{
    struct plan leaf = leaf_plan();
    struct plan intermediate = intermediate_plan();
    struct plan root = root_plan();
    struct plan cross = root_plan();
    struct plan newer = root_plan();
    cross.issuer = newer.subject = newer.issuer = "New";
    cross.issuer_key = newer.key = newer.issuer_key = key_at(3);
    begin();
    sends(&leaf);
    sends(&intermediate);
    sends(&root);
    sends(&cross);
    trusts(&newer);
    verifies("leaf <- Sub <- Root <- New");
    CHECK(w.out.path[2] == &w.chain[3]);
    /* Two CAs that sign each other, and nobody trusted: an end, not a circle. */
    struct plan back = newer;
    back.issuer = "Root";
    back.issuer_key = key_at(0);
    begin();
    sends(&leaf);
    sends(&intermediate);
    sends(&cross);
    sends(&back);
    fails("incomplete_chain", 3, "neither sent nor is trusted");
    end();
}

static void expired_detour(void)
{
    /* Two certificates of Sub: the expired one comes first and is passed by. */
    struct plan leaf = leaf_plan();
    struct plan intermediate = intermediate_plan();
    struct plan old = intermediate;
    struct plan root = root_plan();
    old.not_after = NOW - 1;
    begin();
    sends(&leaf);
    sends(&old);
    sends(&intermediate);
    trusts(&root);
    verifies("leaf <- Sub <- Root");
    CHECK(w.out.path[1] == &w.chain[2]);
    end();
}

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

/* ---- Limits ---- */

static unsigned verifications;

static bool counting_verify(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    verifications++;
    return provider_openssl.verify(scheme, key, message, signature);
}

/* All of one name, each signed by the next one's key: as many candidates as there are
 * certificates. */
static void costly(void)
{
    struct provider counting = provider_openssl;
    struct private_key *many[CHAIN_MAX];
    counting.verify = counting_verify;
    begin();
    w.provider = &counting;
    for (size_t i = 0; i < CHAIN_MAX; i++) {
        many[i] = provider->private_key_generate(KEY_P256);
    }
    for (size_t i = 0; i < CHAIN_MAX; i++) {
        struct plan plan = { .subject = "X", .issuer = "X", .key = many[i],
            .issuer_key = many[(i + CHAIN_MAX - 1) % CHAIN_MAX], .extensions = { BASIC_CA,
                USAGE_CA } };
        sends(&plan);
    }
    verifications = 0;
    w.name = NULL;
    fails("chain_too_costly", -1, "64 signature checks");
    CHECK(verifications == 64);
    for (size_t i = 0; i < CHAIN_MAX; i++) {
        provider->private_key_drop(many[i]);
    }
    end();
}

/* No pair is checked twice, although there are two searches. */
static void signatures_are_remembered(void)
{
    struct provider counting = provider_openssl;
    struct plan leaf = leaf_plan();
    counting.verify = counting_verify;
    leaf.not_after = NOW - 1;
    usual(&leaf, NULL, NULL);
    w.provider = &counting;
    verifications = 0;
    fails("certificate_expired", 0, "leaf expired");
    CHECK(verifications == 2);
    struct plan root = root_plan();
    root.not_after = NOW - 1; /* the strict search fails, the lenient one comes after it */
    usual(NULL, NULL, &root);
    w.provider = &counting;
    verifications = 0;
    fails("certificate_expired", -1, "\"Root\" expired");
    CHECK(verifications == 2);
    end();
}

/* The longest chain that a peer may send, and one more than a path may have. */
static void long_paths(void)
{
    for (size_t count = CHAIN_MAX; count <= CHAIN_MAX + 2; count++) {
        begin();
        for (size_t i = 0; i < count; i++) {
            char names[2][32];
            (void)snprintf(names[0], sizeof names[0], "CA %zu", i);
            (void)snprintf(names[1], sizeof names[1], "CA %zu", i + 1);
            struct plan plan = leaf_plan();
            if (i > 0) {
                plan = intermediate_plan();
            }
            plan.subject = names[0];
            plan.issuer = names[1];
            plan.key = plan.issuer_key = key_at(1);
            sends(&plan);
        }
        char last[32];
        (void)snprintf(last, sizeof last, "CA %zu", count);
        struct plan root = root_plan();
        root.subject = root.issuer = last;
        root.key = root.issuer_key = key_at(1);
        trusts(&root);
        if (count + 1 <= CHAIN_MAX + 2) {
            CHECK(verify() && w.out.path_length == count + 1);
        } else {
            fails("chain_too_costly", -1, "18 certificates");
        }
    }
    end();
}

static void misused(void)
{
    begin();
    CHECK(!verify());
    CHECK_TEXT(w.error.reason, "misuse");
    CHECK_TEXT(check_name(CHECK_CHAIN), "chain");
    CHECK_TEXT(check_name(CHECK_PIN), "pin");
    end();
}

TEST_MAIN(TEST(usual_chain), TEST(algorithms), TEST(weak_ones), TEST(any_order_and_more),
    TEST(incomplete), TEST(untrusted_root), TEST(self_signed), TEST(bad_signatures),
        TEST(namesakes),
    TEST(several_roots_of_one_name), TEST(trusted_intermediate), TEST(cross_signed),
    TEST(expired_detour), TEST(validity), TEST(leaf_usage), TEST(issuer_usage), TEST(path_lengths),
    TEST(critical_extensions), TEST(constraints), TEST(constraints_of_other_kinds), TEST(identity),
    TEST(costly), TEST(signatures_are_remembered), TEST(long_paths), TEST(misused))
