/* CRLs, and what verify_chain makes of them by each policy. */
#include "revoke.h"

#include "x509/path.h"

static struct made root, leaf;
static struct bytes_made list;
static struct crl crl;

static void make_pair(void)
{
    make(&root, &(struct plan){ "Root", "Root", key_at(0), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    make(&leaf, &(struct plan){ "leaf", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE, POINTS_A } });
}

static bool verify_by(enum revocation_policy policy, const struct crl *crls, size_t count,
    struct verification *out, struct hf_error *error)
{
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    CHECK(trust_add_pem(trust, bytes_of(root.der, root.length), NULL));
    struct verify_input input = { .provider = provider, .trust = trust,
        .chain = &leaf.certificate, .count = 1, .purpose = PURPOSE_SERVER, .now = NOW,
        .crls = crls, .crl_count = count, .revocation = policy };
    error_clear(error);
    bool ok = verify_chain(&input, out, error);
    trust_release(trust);
    return ok;
}

/* What a list says of the leaf. */
static enum revocation_status status_by(const struct crl_plan *plan, char detail[224])
{
    struct verification out;
    struct hf_error error;
    error_clear(&error);
    make_crl(&list, plan);
    CHECK(crl_parse(made_bytes(&list), provider, &crl, &error));
    (void)verify_by(REVOCATION_SOFT, &crl, 1, &out, &error);
    CHECK(out.checks[CHECK_REVOCATION].done);
    memcpy(detail, out.checks[CHECK_REVOCATION].detail, 224);
    return out.status;
}

static void tells_each_status(void)
{
    char why[224];
    make_pair();
    hf_bytes serial = leaf.certificate.serial;
    struct crl_plan plan = { "Root", key_at(0), .extensions = { CRL_NUMBER } };
    CHECK(status_by(&plan, why) == REVOCATION_GOOD && strstr(why, "not on the CRL") != NULL);
    plan.revoked[0] = bytes_of("\x7f", 1);
    CHECK(status_by(&plan, why) == REVOCATION_GOOD);
    plan.revoked[1] = serial;
    plan.reason = 1;
    CHECK(status_by(&plan, why) == REVOCATION_REVOKED && strstr(why, "keyCompromise") != NULL);
    plan.next_update = NOW - 60; /* out of date, yet it revokes */
    CHECK(status_by(&plan, why) == REVOCATION_REVOKED);
    plan.revoked[1].length = 0;
    CHECK(status_by(&plan, why) == REVOCATION_STALE && strstr(why, "replaced") != NULL);
    plan.next_update = INT64_MIN;
    CHECK(status_by(&plan, why) == REVOCATION_STALE);
    plan.next_update = NOW + 7200;
    plan.this_update = NOW + 3600;
    CHECK(status_by(&plan, why) == REVOCATION_STALE && strstr(why, "future") != NULL);
    plan.this_update = 0;
    plan.key = key_at(2);
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE && strstr(why, "verify") != NULL);
    plan.key = key_at(0);
    plan.issuer = "Others";
    CHECK(status_by(&plan, why) == REVOCATION_UNKNOWN);
    drop_keys();
}

static void heeds_its_scope(void)
{
    char why[224];
    make_pair();
    static const struct {
        struct made_extension extension;
        enum revocation_status status;
    } rows[] = {
        { CRL_ONLY_USERS, REVOCATION_GOOD },
        { CRL_ONLY_CAS, REVOCATION_UNKNOWN },
        { CRL_SOME_REASONS, REVOCATION_UNKNOWN },
        { CRL_POINT_A, REVOCATION_GOOD },
        { CRL_POINT_B, REVOCATION_UNKNOWN },
        { CRL_DELTA, REVOCATION_UNVERIFIABLE },
        { UNKNOWN_CRITICAL, REVOCATION_UNVERIFIABLE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crl_plan plan = { "Root", key_at(0), .extensions = { CRL_NUMBER } };
        plan.extensions[1] = rows[i].extension;
        CHECK(status_by(&plan, why) == rows[i].status);
    }
    drop_keys();
}

static void needs_crl_sign(void)
{
    char why[224];
    make(&root, &(struct plan){ "Root", "Root", key_at(0), key_at(0), .extensions = { BASIC_CA,
        { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x03\x02\x02\x04") } } }); /* keyCertSign */
    make(&leaf, &(struct plan){ "leaf", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE } });
    struct crl_plan plan = { "Root", key_at(0), .extensions = { CRL_NUMBER } };
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE && strstr(why, "cRLSign") != NULL);
    drop_keys();
}

static void policies_differ(void)
{
    struct verification out;
    struct hf_error error;
    make_pair();
    CHECK(verify_by(REVOCATION_NONE, NULL, 0, &out, &error));
    CHECK(!out.checks[CHECK_REVOCATION].done && out.status == REVOCATION_NOT_ASKED);
    CHECK(verify_by(REVOCATION_SOFT, NULL, 0, &out, &error));
    CHECK(out.checks[CHECK_REVOCATION].done && out.status == REVOCATION_UNKNOWN);
    CHECK(!verify_by(REVOCATION_HARD, NULL, 0, &out, &error));
    CHECK_TEXT(error.reason, "revocation_unknown");
    CHECK(error.certificate == 0);
    struct crl_plan plan = { "Root", key_at(0), .extensions = { CRL_NUMBER } };
    make_crl(&list, &plan);
    CHECK(crl_parse(made_bytes(&list), provider, &crl, &error));
    CHECK(verify_by(REVOCATION_HARD_CHAIN, &crl, 1, &out, &error));
    plan.revoked[0] = leaf.certificate.serial;
    make_crl(&list, &plan);
    CHECK(crl_parse(made_bytes(&list), provider, &crl, NULL));
    CHECK(!verify_by(REVOCATION_NONE, &crl, 1, &out, &error)); /* given, so it is heeded */
    CHECK_TEXT(error.reason, "revoked");
    CHECK_TEXT(hf_code_name(error.code), "revoked");
    drop_keys();
}

/* Every bit changed: refused with a place, or parsed and then not trusted. */
static void changed_bits(void)
{
    struct verification out;
    struct hf_error error;
    unsigned refused = 0;
    make_pair();
    struct crl_plan plan = { "Root", key_at(0), { leaf.certificate.serial }, .reason = 1,
        .extensions = { CRL_NUMBER, CRL_ONLY_USERS } };
    make_crl(&list, &plan);
    for (size_t i = 0; i < list.length * 8; i++) {
        list.der[i / 8] ^= (uint8_t)(1u << i % 8);
        error_clear(&error);
        if (!crl_parse(made_bytes(&list), provider, &crl, &error)) {
            CHECK_TEXT(error.reason, "bad_crl");
            CHECK(error.offset <= list.length && error.detail[0] != '\0');
            refused++;
        } else {
            (void)verify_by(REVOCATION_SOFT, &crl, 1, &out, &error);
            CHECK(out.status != REVOCATION_GOOD && out.status != REVOCATION_REVOKED);
        }
        list.der[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    CHECK(refused > 100);
    drop_keys();
}

static void form_is_strict(void)
{
    struct hf_error error;
    make_pair();
    struct crl_plan plan = { "Root", key_at(0), .extensions = { CRL_NUMBER_CRITICAL } };
    make_crl(&list, &plan);
    error_clear(&error);
    CHECK(!crl_parse(made_bytes(&list), provider, &crl, &error));
    CHECK_TEXT(error.field, "cRLNumber");
    plan = (struct crl_plan){ "Root", key_at(0), .extensions = { CRL_NUMBER, CRL_NUMBER } };
    make_crl(&list, &plan);
    CHECK(!crl_parse(made_bytes(&list), provider, &crl, NULL));
    plan = (struct crl_plan){ "Root", key_at(0), { bytes_of("\x01", 1) }, .reason = 7 };
    make_crl(&list, &plan);
    CHECK(!crl_parse(made_bytes(&list), provider, &crl, NULL));
    CHECK(!crl_parse(bytes_of("", 0), provider, &crl, NULL));
    drop_keys();
}

TEST_MAIN(TEST(tells_each_status), TEST(heeds_its_scope), TEST(needs_crl_sign),
    TEST(policies_differ), TEST(changed_bits), TEST(form_is_strict))
