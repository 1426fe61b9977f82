/* OCSP responses: who may sign them, what they say, must-staple. */
#include "revoke.h"

#include "x509/path.h"

#define PURPOSES_OCSP \
    { OID_ROW("\x55\x1d\x25"), false, OID_ROW("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x09") }
#define NO_CHECK \
    { OID_ROW("\x2b\x06\x01\x05\x05\x07\x30\x01\x05"), false, OID_ROW("\x05\x00") }
#define MUST_STAPLE \
    { OID_ROW("\x2b\x06\x01\x05\x05\x07\x01\x18"), false, OID_ROW("\x30\x03\x02\x01\x05") }

static struct made root, leaf, responder;
static struct bytes_made response;

static void make_pair(bool must_staple)
{
    make(&root, &(struct plan){ "Root", "Root", key_at(0), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    struct plan plan = { "leaf", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE } };
    if (must_staple) {
        plan.extensions[2] = (struct made_extension)MUST_STAPLE;
    }
    make(&leaf, &plan);
}

static bool verify_by(enum revocation_policy policy, const hf_bytes *ocsp, size_t count,
    struct verification *out, struct hf_error *error)
{
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    CHECK(trust_add_pem(trust, bytes_of(root.der, root.length), NULL));
    struct verify_input input = { .provider = provider, .trust = trust,
        .chain = &leaf.certificate, .count = 1, .purpose = PURPOSE_SERVER, .now = NOW,
        .ocsp = ocsp, .ocsp_count = count, .revocation = policy };
    error_clear(error);
    bool ok = verify_chain(&input, out, error);
    trust_release(trust);
    return ok;
}

static enum revocation_status status_of(char detail[224])
{
    struct verification out;
    struct hf_error error;
    hf_bytes der = made_bytes(&response);
    (void)verify_by(REVOCATION_SOFT, &der, 1, &out, &error);
    memcpy(detail, out.checks[CHECK_REVOCATION].detail, 224);
    return out.status;
}

static enum revocation_status status_by(const struct ocsp_plan *plan, char detail[224])
{
    struct hf_error error;
    struct ocsp_response parsed;
    error_clear(&error);
    make_ocsp(&response, plan);
    CHECK(ocsp_parse(made_bytes(&response), provider, &parsed, &error));
    if (error_is_set(&error)) {
        (void)fprintf(stderr, "%s at %zu\n", error.detail, error.offset);
    }
    return status_of(detail);
}

static struct ocsp_plan good_plan(void)
{
    return (struct ocsp_plan){ "Root", key_at(0), &root.certificate,
        { leaf.certificate.serial }, 'g', .next_update = 0 };
}

static void tells_each_status(void)
{
    char why[224];
    make_pair(false);
    struct ocsp_plan plan = good_plan();
    CHECK(status_by(&plan, why) == REVOCATION_GOOD);
    plan.status = 'u';
    CHECK(status_by(&plan, why) == REVOCATION_UNKNOWN && strstr(why, "know") != NULL);
    plan.status = 'r';
    CHECK(status_by(&plan, why) == REVOCATION_REVOKED && strstr(why, "keyCompromise") != NULL);
    plan.status = 'g';
    plan.next_update = NOW - 60;
    CHECK(status_by(&plan, why) == REVOCATION_STALE);
    plan.status = 'r';
    CHECK(status_by(&plan, why) == REVOCATION_REVOKED);
    plan.status = 'g';
    plan.next_update = INT64_MIN;
    CHECK(status_by(&plan, why) == REVOCATION_GOOD);
    plan.this_update = NOW - 2 * 86400;
    CHECK(status_by(&plan, why) == REVOCATION_STALE);
    plan = good_plan();
    plan.this_update = NOW + 3600;
    CHECK(status_by(&plan, why) == REVOCATION_STALE && strstr(why, "future") != NULL);
    drop_keys();
}

static void finds_its_response(void)
{
    char why[224];
    make_pair(false);
    struct ocsp_plan plan = good_plan();
    plan.serials[0] = bytes_of("\x7e", 1);
    CHECK(status_by(&plan, why) == REVOCATION_UNKNOWN && strstr(why, "other") != NULL);
    plan.serials[1] = bytes_of("\x7d", 1);
    plan.serials[2] = leaf.certificate.serial;
    CHECK(status_by(&plan, why) == REVOCATION_GOOD);
    plan.issuer = &leaf.certificate; /* the same serial of another issuer */
    CHECK(status_by(&plan, why) == REVOCATION_UNKNOWN);
    drop_keys();
}

static void only_the_issuer_or_its_delegate(void)
{
    char why[224];
    make_pair(false);
    struct ocsp_plan plan = good_plan();
    plan.key = key_at(3);
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE && strstr(why, "issuer") != NULL);
    plan.responder = "Responder";
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE);
    const struct plan good = { "Responder", "Root", key_at(3), key_at(0),
        .extensions = { BASIC_NO_CA, PURPOSES_OCSP, NO_CHECK } };
    make(&responder, &good);
    plan.carried = &responder;
    CHECK(status_by(&plan, why) == REVOCATION_GOOD);
    struct plan bad = good;
    bad.extensions[1] = (struct made_extension)PURPOSES_SERVER;
    make(&responder, &bad);
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE && strstr(why, "OCSPSigning") != NULL);
    bad = good;
    bad.extensions[2] = (struct made_extension)NAMES_EXAMPLE;
    make(&responder, &bad);
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE && strstr(why, "nocheck") != NULL);
    bad = good;
    bad.not_after = NOW - 60;
    make(&responder, &bad);
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE && strstr(why, "not valid") != NULL);
    bad = good;
    bad.issuer_key = key_at(4);
    make(&responder, &bad);
    CHECK(status_by(&plan, why) == REVOCATION_UNVERIFIABLE && strstr(why, "issued") != NULL);
    drop_keys();
}

static void refusals_are_no_answers(void)
{
    char why[224];
    make_pair(false);
    memcpy(response.der, "\x30\x03\x0a\x01\x03", 5);
    response.length = 5;
    CHECK(status_of(why) == REVOCATION_UNKNOWN && strstr(why, "tryLater") != NULL);
    response.length = 4;
    CHECK(status_of(why) == REVOCATION_UNVERIFIABLE && strstr(why, "malformed") != NULL);
    struct hf_error error;
    struct ocsp_response parsed;
    error_clear(&error);
    CHECK(!ocsp_parse(made_bytes(&response), provider, &parsed, &error));
    CHECK_TEXT(error.reason, "staple_invalid");
    drop_keys();
}

static void must_staple_is_kept(void)
{
    struct verification out;
    struct hf_error error;
    make_pair(true);
    CHECK(leaf.certificate.must_staple);
    CHECK(verify_by(REVOCATION_NONE, NULL, 0, &out, &error));
    CHECK(!verify_by(REVOCATION_SOFT, NULL, 0, &out, &error));
    CHECK_TEXT(error.reason, "staple_missing");
    struct ocsp_plan plan = good_plan();
    make_ocsp(&response, &plan);
    hf_bytes der = made_bytes(&response);
    CHECK(verify_by(REVOCATION_HARD, &der, 1, &out, &error));
    CHECK(out.status == REVOCATION_GOOD);
    make_pair(false);
    CHECK(verify_by(REVOCATION_SOFT, NULL, 0, &out, &error));
    drop_keys();
}

/* Of several the one that says more counts: revoked over good, good over stale. */
static void several_responses(void)
{
    struct verification out;
    struct hf_error error;
    static struct bytes_made made[3];
    hf_bytes all[3];
    make_pair(false);
    for (size_t i = 0; i < 3; i++) {
        struct ocsp_plan plan = good_plan();
        plan.status = i == 2 ? 'r' : 'g';
        plan.next_update = i == 0 ? NOW - 60 : 0;
        make_ocsp(&made[i], &plan);
        all[i] = made_bytes(&made[i]);
    }
    CHECK(verify_by(REVOCATION_HARD, all, 2, &out, &error) && out.status == REVOCATION_GOOD);
    CHECK(!verify_by(REVOCATION_HARD, all, 3, &out, &error));
    CHECK_TEXT(error.reason, "revoked");
    CHECK(!verify_by(REVOCATION_HARD, all, 1, &out, &error) && out.status == REVOCATION_STALE);
    drop_keys();
}

static void changed_bits(void)
{
    char why[224];
    make_pair(false);
    make(&responder, &(struct plan){ "Responder", "Root", key_at(3), key_at(0),
        .extensions = { BASIC_NO_CA, PURPOSES_OCSP, NO_CHECK } });
    struct ocsp_plan plan = good_plan();
    plan.responder = "Responder";
    plan.key = key_at(3);
    plan.carried = &responder;
    make_ocsp(&response, &plan);
    for (size_t i = 0; i < response.length * 8; i++) {
        response.der[i / 8] ^= (uint8_t)(1u << i % 8);
        enum revocation_status status = status_of(why);
        CHECK(status == REVOCATION_UNVERIFIABLE || status == REVOCATION_UNKNOWN);
        response.der[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    CHECK(status_of(why) == REVOCATION_GOOD);
    drop_keys();
}

TEST_MAIN(TEST(tells_each_status), TEST(finds_its_response),
    TEST(only_the_issuer_or_its_delegate), TEST(refusals_are_no_answers),
    TEST(must_staple_is_kept), TEST(several_responses), TEST(changed_bits))
