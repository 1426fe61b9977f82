/* hf_verify: the public way in, and the fix that each failure gets. */
#include "revoke.h"

#include "handfast/x509.h"

#define AIA { OID_ROW("\x2b\x06\x01\x05\x05\x07\x01\x01"), false, \
    OID_ROW("\x30\x1a\x30\x18\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x0chttp://ca/ca") }

static struct made root, middle, leaf;

static void make_path(void)
{
    make(&root, &(struct plan){ "Root", "Root", key_at(0), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    make(&middle, &(struct plan){ "Middle", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    make(&leaf, &(struct plan){ "leaf", "Middle", key_at(2), key_at(1),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE, AIA } });
}

/* Certificates as a PEM bundle. */
static size_t bundle(char *text, size_t capacity, const struct made *const *list, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = 0;
        CHECK(pem_write("CERTIFICATE", bytes_of(list[i]->der, list[i]->length), text + used,
            capacity - used, &length));
        used += length;
    }
    return used;
}

static hf_trust *trust_of(const struct made *made)
{
    hf_trust *trust = trust_new(&allocator_malloc, provider);
    CHECK(trust_add_pem(trust, bytes_of(made->der, made->length), NULL));
    return trust;
}

static void tells_all(void)
{
    static char text[16384];
    make_path();
    const struct made *const all[] = { &leaf, &middle };
    hf_trust *trust = trust_of(&root);
    hf_verify_input input = { .trust = trust, .certificates = text,
        .certificates_length = bundle(text, sizeof text, all, 2), .name = "example.com",
        .at = NOW };
    hf_error error;
    hf_verification *v = hf_verify(&input, &error);
    CHECK(v != NULL && hf_verification_ok(v));
    memset(text, 0, sizeof text); /* it keeps copies */
    hf_trust_free(trust);
    hf_check check;
    size_t length = 0;
    CHECK(hf_verification_check(v, 0, &check) && check.done && check.ok);
    CHECK_TEXT(check.detail, "leaf <- Middle <- Root");
    CHECK(!hf_verification_check(v, HF_CHECKS, &check));
    const void *der = hf_verification_path(v, 2, &length);
    CHECK(der != NULL && length == root.length);
    CHECK_BYTES(der, root.der, length);
    CHECK(hf_verification_path(v, 3, &length) == NULL);
    CHECK_TEXT(hf_verification_fix(v), "");
    CHECK_TEXT(hf_verification_revocation(v), "not asked");
    CHECK(hf_verification_error(v)->code == HF_CODE_none);
    hf_verification_free(v);
    drop_keys();
}

static void fix_of(hf_verify_input input, const char *reason, const char *part)
{
    hf_error error;
    hf_verification *v = hf_verify(&input, &error);
    CHECK(v != NULL && !hf_verification_ok(v));
    if (v != NULL) {
        CHECK_TEXT(hf_verification_error(v)->reason, reason);
        CHECK(strstr(hf_verification_fix(v), part) != NULL);
        if (strstr(hf_verification_fix(v), part) == NULL) {
            (void)fprintf(stderr, "%s\n", hf_verification_fix(v));
        }
    }
    hf_verification_free(v);
}

static void fixes_carry_values(void)
{
    static char text[16384];
    static struct bytes_made list;
    static char crl[16384];
    make_path();
    const struct made *const all[] = { &leaf, &middle };
    hf_trust *trust = trust_of(&root);
    hf_verify_input good = { .trust = trust, .certificates = text,
        .certificates_length = bundle(text, sizeof text, all, 2), .at = NOW };
    hf_verify_input in = good;
    in.certificates = leaf.der;
    in.certificates_length = leaf.length;
    fix_of(in, "incomplete_chain", "\"Middle\", which issued \"leaf\"");
    fix_of(in, "incomplete_chain", "; it is at http://ca/ca.");
    in = good;
    in.at = NOW + 2 * YEAR;
    fix_of(in, "certificate_expired", "Renew \"leaf\", which ended on 2031-01-01T00:00:00Z");
    in.at = NOW - 2 * YEAR;
    fix_of(in, "certificate_not_yet_valid", "2029-01-01T00:00:00Z");
    in = good;
    in.name = "example.org";
    fix_of(in, "name_mismatch", "(example.com), or have it reissued with example.org");
    in = good;
    in.trust = NULL;
    fix_of(in, "incomplete_chain", "\"Root\", which issued \"Middle\"");
    in = good;
    in.revocation = HF_REVOCATION_HARD;
    fix_of(in, "revocation_unknown", "OCSP response of \"Middle\"");
    in.pins = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    in.revocation = HF_REVOCATION_NONE;
    fix_of(in, "pin_mismatch", "add sha256//");
    in = good;
    make_crl(&list, &(struct crl_plan){ "Middle", key_at(1), { leaf.certificate.serial },
        .extensions = { CRL_NUMBER } });
    CHECK(pem_write("X509 CRL", made_bytes(&list), crl, sizeof crl, &in.crls_length));
    in.crls = crl;
    fix_of(in, "revoked", "Replace \"leaf\", serial number ");
    in = good;
    in.certificates = root.der;
    in.certificates_length = root.length;
    in.trust = NULL;
    fix_of(in, "self_signed", "certificate of \"Root\"");
    in = good;
    in.profile = HF_PROFILE_WEB;
    fix_of(in, "constraint_violated", "Have \"Middle\" issued anew");
    hf_trust_free(trust);
    drop_keys();
}

static void attempts_and_memo(void)
{
    static char text[16384];
    struct made other;
    make_path();
    /* Another Middle of another key, which did not issue the leaf. */
    make(&other, &(struct plan){ "Middle", "Root", key_at(3), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    const struct made *const wrong[] = { &leaf, &other };
    hf_memo *memo = hf_memo_new(100);
    hf_trust *trust = trust_of(&root);
    hf_verify_input input = { .trust = trust, .certificates = text,
        .certificates_length = bundle(text, sizeof text, wrong, 2), .at = NOW, .memo = memo };
    hf_attempt attempt;
    for (int i = 0; i < 2; i++) {
        hf_verification *v = hf_verify(&input, NULL);
        CHECK(v != NULL && !hf_verification_ok(v));
        CHECK_TEXT(hf_verification_error(v)->reason, "bad_signature");
        CHECK(hf_verification_attempt(v, 0, &attempt));
        CHECK_TEXT(attempt.reason, "bad_signature");
        CHECK_TEXT(attempt.path, "leaf");
        CHECK(!hf_verification_attempt(v, 1, &attempt));
        hf_verification_free(v);
    }
    hf_memo_free(memo);
    hf_trust_free(trust);
    drop_keys();
}

static void refuses_what_it_cannot_read(void)
{
    hf_error error;
    hf_verify_input input = { .certificates = "x", .certificates_length = 1, .at = NOW };
    CHECK(hf_verify(&input, &error) == NULL);
    CHECK_TEXT(error.reason, "malformed_certificate");
    input.certificates_length = 0;
    CHECK(hf_verify(&input, &error) == NULL);
    CHECK_TEXT(error.reason, "misuse");
    input.at = 0;
    input.certificates_length = 1;
    CHECK(hf_verify(&input, &error) == NULL);
    CHECK_TEXT(error.detail, "hf_verify was called without a time");
    input.at = NOW;
    input.certificates = "\x30\x00";
    input.certificates_length = 2;
    CHECK(hf_verify(&input, &error) == NULL);
    CHECK_TEXT(error.reason, "malformed_certificate");
    CHECK(error.certificate == 0);
    make_path();
    input.certificates = leaf.der;
    input.certificates_length = leaf.length;
    input.crls = "\x30\x00";
    input.crls_length = 2;
    CHECK(hf_verify(&input, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_crl");
    input.crls = NULL;
    input.pins = "x";
    CHECK(hf_verify(&input, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    hf_verification_free(NULL);
    drop_keys();
}

TEST_MAIN(TEST(tells_all), TEST(fixes_carry_values), TEST(attempts_and_memo),
    TEST(refuses_what_it_cannot_read))
