/* What a config asks of certificates beside trust and staples: pins, CRLs, depth, profile, memo. */
#include "authority.h"

#include <pthread.h>

#include "x509/pin.h"

enum { BAD_ALERT = 42, REVOKED_ALERT = 44, UNKNOWN_ALERT = 46, UNKNOWN_CA_ALERT = 48 };

/* ---- Pins ---- */

static const char other_pin[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

static void begin_with_pins(struct scene *scene, const struct made *pinned, bool report_only)
{
    char pins[256];
    char pin[64] = "";
    CHECK(pinned == NULL || pin_text(provider, &pinned->certificate, pin));
    (void)snprintf(pins, sizeof pins, "%s%s%s", other_pin, pinned != NULL ? ";" : "", pin);
    CHECK(hf_config_set_pins(scene->pair.client_config, pins, report_only, NULL));
}

static void pins_of_the_path(void)
{
    struct scene scene;
    for (int i = 0; i < 3; i++) {
        scene_begin(&scene, HF_TLS13);
        begin_with_pins(&scene, i == 0 ? &scene.leaf : i == 1 ? &scene.middle : &scene.root,
            false);
        scene_connects(&scene);
        CHECK(check_of_client(&scene, CHECK_PIN).ok);
        scene_end(&scene);
    }
    scene_begin(&scene, HF_TLS13);
    begin_with_pins(&scene, NULL, false);
    scene_fails(&scene, "pin_mismatch", BAD_ALERT);
    scene_end(&scene);
    scene_begin(&scene, HF_TLS13);
    begin_with_pins(&scene, NULL, true);
    scene_connects(&scene);
    hf_check check = check_of_client(&scene, CHECK_PIN);
    CHECK(check.done && check.ok && strstr(check.detail, "only reported") != NULL);
    scene_end(&scene);
    scene_begin(&scene, HF_TLS13);
    begin_with_pins(&scene, NULL, false);
    CHECK(hf_config_set_pins(scene.pair.client_config, NULL, false, NULL));
    scene_connects(&scene);
    CHECK(!check_of_client(&scene, CHECK_PIN).done);
    scene_end(&scene);
}

/* Without trust a pinned key stands for it; name, times and usage are checked all the same. */
static void pins_alone(void)
{
    struct scene scene;
    scene_begin(&scene, HF_TLS13);
    hf_config_set_trust(scene.pair.client_config, NULL);
    begin_with_pins(&scene, &scene.leaf, false);
    scene_connects(&scene);
    hf_check check = check_of_client(&scene, CHECK_CHAIN);
    CHECK(check.done && check.ok && strstr(check.detail, "pinned") != NULL);
    CHECK(check_of_client(&scene, CHECK_IDENTITY).ok);
    CHECK(pair_open(&scene.pair, "example.org"));
    pair_run(&scene.pair);
    CHECK_TEXT(end_reason(&scene.pair.client), "name_mismatch");
    scene.client_ms += (uint64_t)2 * YEAR * 1000;
    scene_run(&scene);
    CHECK_TEXT(end_reason(&scene.pair.client), "certificate_expired");
    scene_end(&scene);
    /* A CA's key says nothing without a path to it. */
    for (int i = 0; i < 2; i++) {
        scene_begin(&scene, HF_TLS13);
        hf_config_set_trust(scene.pair.client_config, NULL);
        begin_with_pins(&scene, i == 0 ? &scene.middle : NULL, false);
        scene_run(&scene);
        CHECK(!pair_connected(&scene.pair));
        CHECK(!check_of_client(&scene, CHECK_PIN).ok && !check_of_client(&scene, CHECK_CHAIN).ok);
        scene_end(&scene);
    }
}

/* Nobody can vouch for a leaf whose issuer is not known. */
static void pins_alone_know_no_revocation(void)
{
    struct scene scene;
    scene_begin(&scene, HF_TLS13);
    hf_config_set_trust(scene.pair.client_config, NULL);
    begin_with_pins(&scene, &scene.leaf, false);
    hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_HARD);
    scene_fails(&scene, "revocation_unknown", UNKNOWN_ALERT);
    scene_end(&scene);
    scene_begin(&scene, HF_TLS13);
    hf_config_set_trust(scene.pair.client_config, NULL);
    begin_with_pins(&scene, &scene.leaf, false);
    hf_config_require_staple(scene.pair.client_config, true);
    scene_run(&scene);
    CHECK_TEXT(end_reason(&scene.pair.client), "staple_missing");
    staple(&scene, 'g');
    scene_run(&scene);
    CHECK_TEXT(end_reason(&scene.pair.client), "staple_invalid");
    scene_end(&scene);
}

static void seal_asks_for_trust_or_pins(void)
{
    for (int i = 0; i < 3; i++) {
        hf_error error;
        hf_config *config = hf_config_new(HF_CLIENT, NULL);
        CHECK(i == 0 || hf_config_set_pins(config, other_pin, i == 1, NULL));
        CHECK(hf_config_seal(config, &error) == (i == 2));
        CHECK(i == 2 || strcmp(error.reason, "bad_configuration") == 0);
        hf_config_free(config);
    }
    hf_error error;
    hf_config *config = hf_config_new(HF_CLIENT, NULL);
    CHECK(!hf_config_set_pins(config, "sha256//short", false, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    hf_config_free(config);
}

/* Who verifies nothing but names pins has them checked. */
static void pins_without_verification(void)
{
    struct scene scene;
    for (int i = 0; i < 2; i++) {
        scene_begin(&scene, HF_TLS13);
        hf_config_set_trust(scene.pair.client_config, NULL);
        hf_config_insecure_no_verification(scene.pair.client_config);
        begin_with_pins(&scene, i == 0 ? &scene.leaf : NULL, false);
        if (i == 0) {
            scene_connects(&scene);
        } else {
            scene_fails(&scene, "pin_mismatch", BAD_ALERT);
        }
        scene_end(&scene);
    }
}

/* ---- CRLs ---- */

static void crl_of_leaf(const struct scene *scene, bool revoked, struct bytes_made *crl)
{
    struct crl_plan plan = { .issuer = "Middle", .key = key_at(KEY_MIDDLE),
        .extensions = { CRL_NUMBER } };
    if (revoked) {
        plan.revoked[0] = scene->leaf.certificate.serial;
    }
    make_crl(crl, &plan);
}

static void crls(void)
{
    for (int i = 0; i < 2; i++) {
        struct scene scene;
        struct bytes_made crl;
        scene_begin(&scene, HF_TLS13);
        crl_of_leaf(&scene, i == 1, &crl);
        CHECK(hf_config_add_crl(scene.pair.client_config, crl.der, crl.length, NULL));
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_HARD);
        if (i == 0) {
            scene_connects(&scene);
        } else {
            scene_fails(&scene, "revoked", REVOKED_ALERT);
        }
        scene_end(&scene);
    }
}

/* A server asks its lists about clients. */
static void crls_of_a_server(void)
{
    struct scene scene;
    struct bytes_made crl;
    scene_begin(&scene, HF_TLS13);
    CHECK(hf_config_add_identity(scene.pair.client_config, scene.identity, NULL));
    crl_of_leaf(&scene, true, &crl);
    CHECK(hf_config_add_crl(scene.pair.server_config, crl.der, crl.length, NULL));
    hf_config_set_trust(scene.pair.server_config, scene.trust);
    hf_config_set_client_auth(scene.pair.server_config, HF_AUTH_REQUIRE);
    scene_run(&scene);
    CHECK_TEXT(end_reason(&scene.pair.server), "revoked");
    scene_end(&scene);
}

static void bad_crls_are_not_added(void)
{
    struct scene scene;
    struct bytes_made crl;
    hf_error error;
    char pem[16384];
    size_t length = 0;
    scene_begin(&scene, HF_TLS13);
    hf_config *config = scene.pair.client_config;
    crl_of_leaf(&scene, true, &crl);
    CHECK(!hf_config_add_crl(config, crl.der, crl.length - 1, &error));
    CHECK_TEXT(error.reason, "bad_crl");
    CHECK(!hf_config_add_crl(config, "nothing", 7, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(!hf_config_add_crl_file(config, "/nowhere", &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    /* A file of which the second list is broken gives none. */
    CHECK(pem_write("X509 CRL", made_bytes(&crl), pem, sizeof pem, &length));
    size_t first = length;
    CHECK(pem_write("X509 CRL", bytes_of(crl.der, crl.length - 1), pem + first,
        sizeof pem - first, &length));
    CHECK(!hf_config_add_crl(config, pem, first + length, &error));
    CHECK_TEXT(error.reason, "bad_crl");
    CHECK(config->settings.crl_count == 0);
    for (size_t i = 0; i < CRLS_MAX; i++) {
        CHECK(hf_config_add_crl(config, pem, first, NULL));
    }
    CHECK(!hf_config_add_crl(config, pem, first, &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    scene_fails(&scene, "revoked", REVOKED_ALERT);
    scene_end(&scene);
}

static long until_failure;

static void *allocate(void *user, size_t size)
{
    (void)user;
    return until_failure-- == 0 ? NULL : malloc(size);
}

static void release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

static void no_memory_for_crls(void)
{
    struct scene scene;
    struct bytes_made crl;
    hf_error error;
    until_failure = -1;
    scene_begin_with(&scene, HF_TLS13, false, &(hf_allocator){ allocate, release, NULL }, NULL);
    crl_of_leaf(&scene, true, &crl);
    for (long nth = 0; nth < 2; nth++) { /* the table, then the bytes */
        until_failure = nth;
        CHECK(!hf_config_add_crl(scene.pair.client_config, crl.der, crl.length, &error));
        CHECK_TEXT(error.reason, "out_of_memory");
        until_failure = -1;
    }
    scene_connects(&scene);
    scene_end(&scene);
}

/* ---- Depth, profile ---- */

static void depth(void)
{
    for (unsigned limit = 0; limit < 2; limit++) {
        struct scene scene;
        scene_begin(&scene, HF_TLS13);
        hf_config_set_verify_depth(scene.pair.client_config, limit);
        scene_run(&scene);
        CHECK(pair_connected(&scene.pair) == (limit == 1));
        CHECK_TEXT(end_reason(&scene.pair.client), limit == 1 ? "" : "chain_too_costly");
        scene_end(&scene);
    }
}

/* The forum's rules want an extKeyUsage, which the leaf of this scene lacks. */
static void profile(void)
{
    struct scene scene;
    scene_begin(&scene, HF_TLS13);
    hf_config_set_profile(scene.pair.client_config, HF_PROFILE_WEB);
    scene_run(&scene);
    CHECK_TEXT(end_reason(&scene.pair.client), "constraint_violated");
    scene_end(&scene);
}

/* ---- Memo ---- */

static size_t verified;

static bool count_verify(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    verified++;
    return provider_openssl.verify(scheme, key, message, signature);
}

/* The second handshake verifies CertificateVerify alone; another config with the same memo too. */
static void memo(void)
{
    hf_memo *memo = hf_memo_new(64);
    CHECK(memo != NULL);
    struct provider counting = provider_openssl;
    counting.verify = count_verify;
    struct scene scene;
    scene_begin(&scene, HF_TLS13);
    scene.pair.client_config->settings.provider = &counting;
    hf_config_set_memo(scene.pair.client_config, memo);
    hf_config_set_memo(scene.pair.client_config, memo);
    hf_memo_free(memo); /* the config has its own hold */
    verified = 0;
    scene_connects(&scene);
    CHECK(verified == 3);
    scene_connects(&scene);
    CHECK(verified == 4);
    scene.client_ms += (uint64_t)2 * YEAR * 1000; /* times are no part of it */
    scene_run(&scene);
    CHECK_TEXT(end_reason(&scene.pair.client), "certificate_expired");
    scene_end(&scene);
}

static void settings_in_words(void)
{
    static const char *const rows[] = { "\ntrusted 1\n", "\nprofile rfc5280\n",
        "\nverify_depth 3\n", "\nrevocation hard\n", "\nrequire_staple yes\n", "\ncrls 1\n",
        "\npins 1\n", "\nmemo yes\n" };
    struct scene scene;
    struct bytes_made crl;
    char text[4096];
    scene_begin(&scene, HF_TLS13);
    hf_config *config = scene.pair.client_config;
    hf_memo *memo_of_test = hf_memo_new(16);
    crl_of_leaf(&scene, false, &crl);
    CHECK(hf_config_add_crl(config, crl.der, crl.length, NULL));
    CHECK(hf_config_set_pins(config, other_pin, true, NULL));
    hf_config_set_profile(config, HF_PROFILE_RFC5280);
    hf_config_set_verify_depth(config, 3);
    hf_config_set_revocation(config, HF_REVOCATION_HARD);
    hf_config_require_staple(config, true);
    hf_config_set_memo(config, memo_of_test);
    hf_memo_free(memo_of_test);
    hf_config_text(config, text, sizeof text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_TEXT(strstr(text, rows[i]) != NULL ? rows[i] : text, rows[i]);
    }
    scene_end(&scene);
}

/* ---- hf_verify as an operation ---- */

static void *run(void *operation)
{
    hf_operation_run(operation);
    hf_thread_release();
    return NULL;
}

static void on_another_thread(void)
{
    struct scene scene;
    hf_error error;
    char pem[CHAIN_PEM];
    scene_begin(&scene, HF_TLS13);
    size_t length = chain_of_scene(&scene, pem);
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        const hf_verify_input input = { .trust = i == 0 ? scene.trust : NULL,
            .certificates = pem, .certificates_length = length, .name = "example.com",
            .at = NOW };
        hf_operation *op = hf_verify_begin(&input, NULL);
        CHECK(op != NULL && hf_operation_kind_of(op) == HF_OP_VERIFY);
        CHECK(pthread_create(&thread, NULL, run, op) == 0 && pthread_join(thread, NULL) == 0);
        hf_verification *answer = hf_verify_end(op, &error);
        CHECK(answer != NULL && error.code == HF_CODE_none);
        CHECK(hf_verification_ok(answer) == (i == 0));
        hf_verification_free(answer);
    }
    scene_end(&scene);
}

static void verifications_that_give_no_answer(void)
{
    static const char *const reasons[] = { "operation_failed", "operation_failed",
        "malformed_certificate", "misuse" };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        hf_error error;
        const hf_verify_input input = { .certificates = "\x30\x00", .certificates_length = 2,
            .at = i == 3 ? 0 : NOW };
        hf_operation *op = hf_verify_begin(&input, NULL);
        CHECK(op != NULL);
        if (i == 1) {
            hf_operation_fail(op);
        }
        if (i > 0) {
            hf_operation_run(op);
        }
        CHECK(hf_verify_end(op, &error) == NULL);
        CHECK_TEXT(error.reason, reasons[i]);
    }
}

TEST_MAIN(TEST(pins_of_the_path), TEST(pins_alone), TEST(pins_alone_know_no_revocation),
    TEST(seal_asks_for_trust_or_pins), TEST(pins_without_verification), TEST(crls),
    TEST(crls_of_a_server), TEST(bad_crls_are_not_added), TEST(no_memory_for_crls), TEST(depth),
    TEST(profile), TEST(memo), TEST(settings_in_words), TEST(on_another_thread),
    TEST(verifications_that_give_no_answer))
