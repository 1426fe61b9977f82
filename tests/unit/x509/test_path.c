/* Verification: paths, with what is said where there is none. The rules on a path:
 * test_path_rules.c. */
#include "x509/samples.h"
#include "x509/world.h"

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
    TEST(namesakes), TEST(several_roots_of_one_name), TEST(trusted_intermediate),
    TEST(cross_signed), TEST(expired_detour), TEST(costly), TEST(signatures_are_remembered),
    TEST(long_paths), TEST(misused))
