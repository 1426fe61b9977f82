/* Certificate policies (RFC 5280, 6.1), profiles, the depth limit, the list of attempts, pins. */
#include "make.h"

#include "x509/path.h"
#include "x509/pin.h"

/* Policies 1.2.1, 1.2.2, any. */
#define P1 "\x2a\x01"
#define P2 "\x2a\x02"
#define POLICY(oid) { OID_ROW("\x55\x1d\x20"), false, OID_ROW("\x30\x06\x30\x04\x06\x02" oid) }
#define POLICY_ANY \
    { OID_ROW("\x55\x1d\x20"), false, OID_ROW("\x30\x08\x30\x06\x06\x04\x55\x1d\x20\x00") }
#define MAP(from, to) \
    { OID_ROW("\x55\x1d\x21"), true, OID_ROW("\x30\x0a\x30\x08\x06\x02" from "\x06\x02" to) }
#define MAP_ANY { OID_ROW("\x55\x1d\x21"), true, \
    OID_ROW("\x30\x0c\x30\x0a\x06\x04\x55\x1d\x20\x00\x06\x02" P1) }
#define REQUIRE_NOW { OID_ROW("\x55\x1d\x24"), true, OID_ROW("\x30\x03\x80\x01\x00") }
#define REQUIRE_LOOSE { OID_ROW("\x55\x1d\x24"), false, OID_ROW("\x30\x03\x80\x01\x00") }
#define NO_MAPPING { OID_ROW("\x55\x1d\x24"), true, OID_ROW("\x30\x06\x80\x01\x00\x81\x01\x00") }
#define NO_ANY { OID_ROW("\x55\x1d\x36"), true, OID_ROW("\x02\x01\x00") }
#define NOTHING { { NULL, 0 }, false, { NULL, 0 } }

static struct made root, middle, low, leaf;
static struct certificate chain[3];

struct shape {
    struct made_extension middle[3];
    struct made_extension low[3];
    struct made_extension leaf[2];
};

/* Root, middle, low, leaf. */
static void make_path(const struct shape *shape)
{
    make(&root, &(struct plan){ "Root", "Root", key_at(0), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    struct plan plan = { "Middle", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } };
    memcpy(plan.extensions + 2, shape->middle, sizeof shape->middle);
    make(&middle, &plan);
    plan = (struct plan){ "Low", "Middle", key_at(2), key_at(1),
        .extensions = { BASIC_CA, USAGE_CA } };
    memcpy(plan.extensions + 2, shape->low, sizeof shape->low);
    make(&low, &plan);
    plan = (struct plan){ "leaf", "Low", key_at(3), key_at(2),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE } };
    memcpy(plan.extensions + 2, shape->leaf, sizeof shape->leaf);
    make(&leaf, &plan);
    chain[0] = leaf.certificate;
    chain[1] = middle.certificate;
    chain[2] = low.certificate;
}

static bool verify_as(struct verify_input input, struct verification *out, struct hf_error *error)
{
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    CHECK(trust_add_pem(trust, bytes_of(root.der, root.length), NULL));
    input.provider = provider;
    input.trust = trust;
    input.chain = chain;
    input.count = 3;
    input.purpose = PURPOSE_SERVER;
    input.now = NOW;
    error_clear(error);
    bool ok = verify_chain(&input, out, error);
    trust_release(trust);
    return ok;
}

static bool holds(const struct shape *shape, struct verify_input input)
{
    struct verification out;
    struct hf_error error;
    make_path(shape);
    bool ok = verify_as(input, &out, &error);
    if (!ok) {
        CHECK_TEXT(error.reason, "constraint_violated");
        CHECK(strstr(error.detail, "polic") != NULL);
    }
    return ok;
}

static const hf_bytes wanted_1[] = { OID_ROW(P1) };
static const hf_bytes wanted_2[] = { OID_ROW(P2) };

static void policies_on_the_path(void)
{
    const struct verify_input any = { .now = 0 };
    const struct verify_input strict = { .require_policy = true };
    const struct verify_input one = { .require_policy = true, .policies = wanted_1,
        .policy_count = 1 };
    const struct verify_input two = { .require_policy = true, .policies = wanted_2,
        .policy_count = 1 };
    const struct shape none = { { NOTHING }, { NOTHING }, { NOTHING } };
    CHECK(holds(&none, any) && !holds(&none, strict));
    const struct shape same = { { POLICY(P1) }, { POLICY(P1) }, { POLICY(P1) } };
    CHECK(holds(&same, any) && holds(&same, strict) && holds(&same, one) && !holds(&same, two));
    const struct shape broken = { { POLICY(P1) }, { POLICY(P2) }, { POLICY(P1) } };
    CHECK(holds(&broken, any) && !holds(&broken, strict));
    const struct shape wide = { { POLICY_ANY }, { POLICY_ANY }, { POLICY(P1) } };
    CHECK(holds(&wide, one) && !holds(&wide, two));
    const struct shape all = { { POLICY_ANY }, { POLICY_ANY }, { POLICY_ANY } };
    CHECK(holds(&all, one) && holds(&all, two));
    const struct shape named = { { POLICY(P1) }, { POLICY_ANY }, { POLICY(P1) } };
    CHECK(holds(&named, one) && !holds(&named, two));
    drop_keys();
}

static void what_cas_demand(void)
{
    const struct verify_input any = { .now = 0 };
    const struct shape demanded = { { POLICY(P1), REQUIRE_NOW }, { POLICY(P1) }, { POLICY(P1) } };
    CHECK(holds(&demanded, any));
    const struct shape missing = { { POLICY(P1), REQUIRE_NOW }, { POLICY(P1) }, { NOTHING } };
    CHECK(!holds(&missing, any));
    const struct shape other = { { POLICY(P1), REQUIRE_NOW }, { POLICY(P2) }, { POLICY(P2) } };
    CHECK(!holds(&other, any));
    const struct shape stopped = { { POLICY(P1), REQUIRE_NOW, NO_ANY }, { POLICY_ANY },
        { POLICY(P1) } };
    CHECK(!holds(&stopped, any));
    drop_keys();
}

static void mappings(void)
{
    const struct verify_input one = { .require_policy = true, .policies = wanted_1,
        .policy_count = 1 };
    const struct verify_input two = { .require_policy = true, .policies = wanted_2,
        .policy_count = 1 };
    const struct verify_input never = { .require_policy = true, .policies = wanted_1,
        .policy_count = 1, .forbid_policy_mapping = true };
    const struct shape mapped = { { POLICY(P1), MAP(P1, P2) }, { POLICY(P2) }, { POLICY(P2) } };
    CHECK(holds(&mapped, one) && !holds(&mapped, two) && !holds(&mapped, never));
    const struct shape from_any = { { POLICY_ANY, MAP(P1, P2) }, { POLICY(P2) }, { POLICY(P2) } };
    CHECK(holds(&from_any, one));
    const struct shape forbidden = { { POLICY(P1), NO_MAPPING },
        { POLICY(P1), MAP(P1, P2) }, { POLICY(P2) } };
    CHECK(!holds(&forbidden, one));
    const struct shape of_any = { { POLICY_ANY, MAP_ANY }, { POLICY(P1) }, { POLICY(P1) } };
    CHECK(!holds(&of_any, one));
    drop_keys();
}

static void depth_is_limited(void)
{
    struct verification out;
    struct hf_error error;
    make_path(&(struct shape){ { NOTHING }, { NOTHING }, { NOTHING } });
    CHECK(verify_as((struct verify_input){ .has_depth_limit = true, .depth_limit = 2 }, &out,
        &error));
    CHECK(!verify_as((struct verify_input){ .has_depth_limit = true, .depth_limit = 1 }, &out,
        &error));
    CHECK_TEXT(error.reason, "chain_too_costly");
    CHECK(!verify_as((struct verify_input){ .has_depth_limit = true }, &out, &error));
    drop_keys();
}

static void profiles_demand_more(void)
{
    struct verification out;
    struct hf_error error;
    make_path(&(struct shape){ { REQUIRE_LOOSE, POLICY(P1) }, { POLICY(P1) }, { POLICY(P1) } });
    CHECK(verify_as((struct verify_input){ .profile = PROFILE_DEPLOYED }, &out, &error));
    CHECK(!verify_as((struct verify_input){ .profile = PROFILE_RFC5280 }, &out, &error));
    CHECK_TEXT(error.reason, "constraint_violated");
    CHECK(strstr(error.detail, "RFC 5280, 4.") != NULL);
    CHECK(!verify_as((struct verify_input){ .profile = PROFILE_WEB }, &out, &error));
    drop_keys();
}

static void attempts_are_told(void)
{
    struct verification out;
    struct hf_error error;
    static struct path_attempts attempts;
    make_path(&(struct shape){ { NOTHING }, { NOTHING }, { NOTHING } });
    CHECK(verify_as((struct verify_input){ .attempts = &attempts }, &out, &error));
    CHECK(attempts.count == 0);
    chain[1] = chain[0]; /* the middle is missing */
    CHECK(!verify_as((struct verify_input){ .attempts = &attempts }, &out, &error));
    CHECK_TEXT(error.reason, "incomplete_chain");
    CHECK(attempts.count == 1 && attempts.list[0].reason == ERR_incomplete_chain);
    CHECK_TEXT(attempts.list[0].path, "leaf <- Low");
    CHECK(attempts.list[0].depth == 2 && attempts.list[0].certificate == 2);
    CHECK(strstr(attempts.list[0].detail, "Middle") != NULL);
    drop_keys();
}

static void pins_are_compared(void)
{
    struct verification out;
    struct hf_error error;
    struct pins pins = { .report_only = false };
    char text[200];
    char mine[64];
    make_path(&(struct shape){ { NOTHING }, { NOTHING }, { NOTHING } });
    const char *other = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    CHECK(pins_parse(other, &pins, NULL) && pins.count == 1);
    CHECK(!verify_as((struct verify_input){ .pins = &pins }, &out, &error));
    CHECK_TEXT(error.reason, "pin_mismatch");
    pins.report_only = true;
    CHECK(verify_as((struct verify_input){ .pins = &pins }, &out, &error));
    CHECK(out.checks[CHECK_PIN].done && out.checks[CHECK_PIN].reason == ERR_pin_mismatch);
    pins.report_only = false;
    for (size_t i = 0; i < 3; i++) { /* the leaf, and any CA of the path */
        CHECK(pin_text(provider, &chain[i], mine));
        (void)snprintf(text, sizeof text, "%s;%s", other, mine);
        CHECK(pins_parse(text, &pins, NULL) && pins.count == 2);
        CHECK(verify_as((struct verify_input){ .pins = &pins }, &out, &error));
        CHECK(out.checks[CHECK_PIN].done && out.checks[CHECK_PIN].ok);
    }
    drop_keys();
}

static void pins_are_read_strictly(void)
{
    static const char *const bad[] = { "", "sha256//", "sha1//AAAA",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,",
        "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA*AAAAAAAAAAAA=" };
    struct pins pins;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hf_error error;
        error_clear(&error);
        CHECK(!pins_parse(bad[i], &pins, &error));
        CHECK_TEXT(error.reason, "bad_configuration");
    }
}

TEST_MAIN(TEST(policies_on_the_path), TEST(what_cas_demand), TEST(mappings),
    TEST(depth_is_limited), TEST(profiles_demand_more), TEST(attempts_are_told),
    TEST(pins_are_compared), TEST(pins_are_read_strictly))
