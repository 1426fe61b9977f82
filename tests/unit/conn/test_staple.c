/* Stapling, in TLS 1.3 and 1.2: who asks, what is sent, what is made of it, and SCTs (RFC 6066, 8;
 * RFC 9846, 4.5.1.1; RFC 6962, 3.3.1). */
#include "authority.h"

#include "support/edit.h"
#include "wire/codepoints.h"

enum { REVOKED_ALERT = 44, UNKNOWN_ALERT = 46, STATUS_ALERT = 113 };

static const hf_version_id versions[] = { HF_TLS13, HF_TLS12 };
enum { VERSIONS = sizeof versions / sizeof *versions };

static const char *stapled(const struct end *end)
{
    hf_facts facts;
    hf_connection_facts(end->connection, &facts);
    return facts.stapled;
}

static void good_ones_are_verified(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene;
        size_t length = 0;
        scene_begin(&scene, versions[i]);
        staple(&scene, 'g');
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_HARD);
        hf_config_require_staple(scene.pair.client_config, true);
        scene_connects(&scene);
        CHECK_TEXT(stapled(&scene.pair.client), "good");
        CHECK_TEXT(stapled(&scene.pair.server), "good");
        const uint8_t *der = hf_peer_staple(scene.pair.client.connection, &length);
        CHECK(der != NULL && length == scene.staple.length &&
            memcmp(der, scene.staple.der, length) == 0);
        CHECK(hf_peer_staple(scene.pair.server.connection, &length) == NULL && length == 0);
        hf_check check = check_of_client(&scene, CHECK_REVOCATION);
        CHECK(check.done && check.ok && strstr(check.detail, "leaf good") != NULL);
        scene_end(&scene);
    }
}

/* Whoever does not ask gets the chain as it is, whatever there is to staple. */
static void nobody_asks(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene;
        size_t length = 0;
        scene_begin(&scene, versions[i]);
        staple(&scene, 'r');
        scene_connects(&scene);
        CHECK_TEXT(stapled(&scene.pair.client), "none");
        CHECK_TEXT(stapled(&scene.pair.server), "none");
        CHECK(hf_peer_staple(scene.pair.client.connection, &length) == NULL);
        CHECK(!check_of_client(&scene, CHECK_REVOCATION).done);
        scene_end(&scene);
    }
}

static void revoked(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene;
        scene_begin(&scene, versions[i]);
        staple(&scene, 'r');
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
        scene_fails(&scene, "revoked", REVOKED_ALERT);
        CHECK_TEXT(stapled(&scene.pair.client), "revoked");
        CHECK(!check_of_client(&scene, CHECK_REVOCATION).ok);
        scene_end(&scene);
    }
}

static void missing_ones(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene;
        scene_begin_with(&scene, versions[i], true, NULL, NULL);
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
        scene_fails(&scene, "staple_missing", STATUS_ALERT);
        staple(&scene, 'g');
        scene_connects(&scene);
        scene_end(&scene);

        scene_begin_with(&scene, versions[i], true, NULL, NULL);
        scene_connects(&scene); /* nobody asked: there is nothing to miss */
        scene_end(&scene);

        scene_begin(&scene, versions[i]);
        hf_config_require_staple(scene.pair.client_config, true);
        scene_fails(&scene, "staple_missing", STATUS_ALERT);
        scene_end(&scene);

        scene_begin(&scene, versions[i]);
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_HARD);
        scene_fails(&scene, "revocation_unknown", UNKNOWN_ALERT);
        scene_end(&scene);

        scene_begin(&scene, versions[i]);
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
        scene_connects(&scene);
        hf_check check = check_of_client(&scene, CHECK_REVOCATION);
        CHECK(check.done && check.ok && strstr(check.detail, "unknown") != NULL);
        scene_end(&scene);
    }
}

/* Signed by somebody else: refused even where no answer would be borne. */
static void wrongly_signed(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene;
        scene_begin(&scene, versions[i]);
        struct ocsp_plan plan = plan_of_leaf(&scene, 'g');
        plan.key = key_at(KEY_STRANGER);
        staple_plan(&scene, &plan);
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
        scene_fails(&scene, "staple_invalid", STATUS_ALERT);
        CHECK_TEXT(stapled(&scene.pair.client), "invalid");
        scene_end(&scene);
    }
}

/* Breaks the DER of whatever staple a message holds. */
static void spoil(void *user, struct hf_connection *c, enum message message, hf_builder *body)
{
    const struct scene *scene = user;
    (void)c;
    if (message != CERTIFICATE && message != CERTIFICATE_STATUS) {
        return;
    }
    for (size_t at = 0; at + scene->staple.length <= body->length; at++) {
        if (memcmp(body->data + at, scene->staple.der, scene->staple.length) == 0) {
            body->data[at] ^= 1;
        }
    }
}

static void malformed(void)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        struct scene scene;
        scene_begin(&scene, versions[i]);
        staple(&scene, 'g');
        scene.pair.server_config->settings.rewrite = spoil;
        scene.pair.server_config->settings.rewrite_user = &scene;
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
        scene_fails(&scene, "staple_invalid", STATUS_ALERT);
        scene_end(&scene);
    }
}

/* The server's clock is behind: it staples what is out of date for the client. */
static void out_of_date(void)
{
    for (size_t i = 0; i < 2 * VERSIONS; i++) {
        struct scene scene;
        bool required = i % 2 == 1;
        scene_begin(&scene, versions[i / 2]);
        staple(&scene, 'g');
        scene.client_ms += 2 * 3600 * 1000;
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
        hf_config_require_staple(scene.pair.client_config, required);
        if (required) {
            scene_fails(&scene, "staple_invalid", STATUS_ALERT);
        } else {
            scene_connects(&scene);
        }
        CHECK_TEXT(stapled(&scene.pair.client), "invalid");
        scene.server_ms = scene.client_ms; /* now it knows better */
        scene_run(&scene);
        CHECK_TEXT(stapled(&scene.pair.server), "none");
        CHECK_TEXT(end_reason(&scene.pair.client), required ? "staple_missing" : "");
        scene_end(&scene);
    }
}

/* A responder that does not know the certificate has not vouched for it. */
static void unknown_ones(void)
{
    struct scene scene;
    scene_begin(&scene, HF_TLS13);
    staple(&scene, 'u');
    hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
    scene_connects(&scene);
    CHECK_TEXT(stapled(&scene.pair.client), "unknown");
    scene_end(&scene);
    scene_begin_with(&scene, HF_TLS13, true, NULL, NULL);
    staple(&scene, 'u');
    hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
    scene_fails(&scene, "staple_invalid", STATUS_ALERT);
    scene_end(&scene);
}

/* ---- Entries of Certificate that our servers never write ---- */

struct entries {
    const struct scene *scene;
    hf_bytes extensions[2]; /* of the leaf, and of the CA above it */
};

static void put_entries(void *user, struct hf_connection *c, enum message message,
    hf_builder *body)
{
    const struct entries *entries = user;
    const struct scene *scene = entries->scene;
    (void)c;
    if (message == CERTIFICATE) {
        hf_bytes chain[2] = { bytes_of(scene->leaf.der, scene->leaf.length),
            bytes_of(scene->middle.der, scene->middle.length) };
        body->length = 0;
        body->capacity = 16384; /* of the output, which holds this much */
        certificate_message_build(body, bytes_of(NULL, 0), chain, entries->extensions, 2);
        CHECK(!body->failed);
    }
}

static hf_bytes extension_of(uint16_t type, hf_bytes contents, hf_builder *b)
{
    size_t begin = b->length;
    size_t mark = extension_open(b, type);
    build_bytes(b, contents);
    extension_close(b, mark);
    CHECK(!b->failed);
    return bytes_of(b->data + begin, b->length - begin);
}

static hf_bytes status_of(const struct bytes_made *response, hf_builder *b)
{
    uint8_t body[8192];
    hf_builder inner = builder_of(body, sizeof body);
    status_build(&inner, made_bytes(response));
    return extension_of(EXT_STATUS_REQUEST, builder_bytes(&inner), b);
}

/* A CA's staple counts where the whole chain must be known to be good. */
static void staples_of_the_chain(void)
{
    for (int above = 0; above < 3; above++) {
        struct scene scene;
        struct bytes_made second;
        uint8_t memory[16384];
        hf_builder b = builder_of(memory, sizeof memory);
        scene_begin(&scene, HF_TLS13);
        staple(&scene, 'g');
        make_ocsp(&second, &(struct ocsp_plan){ .responder = "Root", .key = key_at(KEY_ROOT),
            .issuer = &scene.root.certificate, .serials = { scene.middle.certificate.serial },
            .status = above == 1 ? 'g' : 'r' });
        struct entries entries = { &scene, { status_of(&scene.staple, &b), { NULL, 0 } } };
        if (above > 0) {
            entries.extensions[1] = status_of(&second, &b);
        }
        scene.pair.server_config->settings.rewrite = put_entries;
        scene.pair.server_config->settings.rewrite_user = &entries;
        hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_HARD_CHAIN);
        if (above == 1) {
            scene_connects(&scene);
        } else {
            scene_fails(&scene, above == 0 ? "revocation_unknown" : "revoked",
                above == 0 ? UNKNOWN_ALERT : REVOKED_ALERT);
        }
        CHECK_TEXT(stapled(&scene.pair.client), "good");
        scene_end(&scene);
    }
}

/* Nobody asked the client for these. */
static void clients_do_not_staple(void)
{
    static const uint16_t types[] = { EXT_STATUS_REQUEST, EXT_SCT };
    for (size_t i = 0; i < 2; i++) {
        struct scene scene;
        uint8_t memory[16384];
        hf_builder b = builder_of(memory, sizeof memory);
        scene_begin(&scene, HF_TLS13);
        staple(&scene, 'g');
        struct entries entries = { &scene, { i == 0 ? status_of(&scene.staple, &b)
            : extension_of(types[i], OID("\x00\x03\x00\x01x"), &b), { NULL, 0 } } };
        hf_config *client = scene.pair.client_config;
        CHECK(hf_config_add_identity(client, scene.identity, NULL));
        hf_config_set_revocation(client, HF_REVOCATION_SOFT);
        hf_config_want_sct(client, true);
        hf_config_set_trust(scene.pair.server_config, scene.trust);
        hf_config_set_client_auth(scene.pair.server_config, HF_AUTH_REQUIRE);
        scene_connects(&scene);
        client->settings.rewrite = put_entries;
        client->settings.rewrite_user = &entries;
        scene_run(&scene);
        CHECK_TEXT(end_reason(&scene.pair.server), "unsolicited_extension");
        scene_end(&scene);
    }
}

/* ---- Signed certificate timestamps ---- */

static const uint8_t timestamps[] = { 0, 7, 0, 2, 'a', 'b', 0, 1, 'c' };

static void timestamps_are_handed_on(void)
{
    for (size_t i = 0; i < 2 * VERSIONS; i++) {
        struct scene scene;
        bool wanted = i % 2 == 0;
        size_t length = 0;
        scene_begin(&scene, versions[i / 2]);
        CHECK(hf_identity_set_sct(scene.identity, timestamps, sizeof timestamps, NULL));
        hf_config_want_sct(scene.pair.client_config, wanted);
        scene_connects(&scene);
        const uint8_t *list = hf_peer_sct(scene.pair.client.connection, &length);
        CHECK((list != NULL) == wanted && length == (wanted ? sizeof timestamps : 0));
        CHECK(!wanted || memcmp(list, timestamps, sizeof timestamps) == 0);
        CHECK_TEXT(stapled(&scene.pair.client), "none");
        scene_end(&scene);
    }
}

static void timestamps_beside_a_staple(void)
{
    struct scene scene;
    size_t length = 0;
    scene_begin(&scene, HF_TLS13);
    uint8_t *large = calloc(1, TIMESTAMPS_MAX);
    CHECK(large != NULL);
    size_t contents = TIMESTAMPS_MAX - 2;
    large[0] = (uint8_t)(contents >> 8);
    large[1] = (uint8_t)contents;
    large[2] = (uint8_t)((contents - 2) >> 8);
    large[3] = (uint8_t)(contents - 2);
    CHECK(hf_identity_set_sct(scene.identity, large, TIMESTAMPS_MAX, NULL));
    staple(&scene, 'g');
    hf_config_want_sct(scene.pair.client_config, true);
    hf_config_set_revocation(scene.pair.client_config, HF_REVOCATION_SOFT);
    scene_connects(&scene);
    CHECK_TEXT(stapled(&scene.pair.client), "good");
    const uint8_t *list = hf_peer_sct(scene.pair.client.connection, &length);
    CHECK(list != NULL && length == TIMESTAMPS_MAX && memcmp(list, large, length) == 0);
    free(large);
    scene_end(&scene);
}

static void bad_timestamps_are_not_set(void)
{
    static const char *const bad[] = { "", "0000", "0003000261", "00030001616161", "000200" };
    struct scene scene;
    hf_error error;
    scene_begin(&scene, HF_TLS13);
    for (size_t i = 1; i < sizeof bad / sizeof *bad; i++) {
        uint8_t list[16];
        size_t length = from_hex(bad[i], list, sizeof list);
        CHECK(!hf_identity_set_sct(scene.identity, list, length, &error));
        CHECK_TEXT(error.reason, "bad_configuration");
    }
    CHECK(!hf_identity_set_sct_file(scene.identity, "/nowhere", &error));
    CHECK_TEXT(error.reason, "bad_configuration");
    CHECK(hf_identity_set_sct(scene.identity, NULL, 0, NULL));
    scene_end(&scene);
}

/* ---- Memory ---- */

struct memory {
    long until_failure;
    bool failed;
    size_t live;
};

static void *allocate(void *user, size_t size)
{
    struct memory *memory = user;
    if (memory->until_failure-- == 0) {
        memory->failed = true;
        return NULL;
    }
    memory->live++;
    return malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    struct memory *memory = user;
    (void)size;
    memory->live--;
    free(block);
}

/* Every allocation of a handshake with staple and timestamps fails once, on either end. */
static void memory_runs_out(void)
{
    for (size_t i = 0; i < 2 * VERSIONS; i++) {
        long failures = 0;
        for (long nth = 0; nth < 200; nth++) {
            struct scene scene;
            struct memory memory[2] = { { .until_failure = -1 }, { .until_failure = -1 } };
            struct memory *short_one = &memory[i % 2];
            scene_begin_with(&scene, versions[i / 2], false,
                &(hf_allocator){ allocate, release, &memory[0] },
                &(hf_allocator){ allocate, release, &memory[1] });
            staple(&scene, 'g');
            CHECK(hf_identity_set_sct(scene.identity, timestamps, sizeof timestamps, NULL));
            hf_config_want_sct(scene.pair.client_config, true);
            hf_config_require_staple(scene.pair.client_config, true);
            CHECK(pair_seal(&scene.pair));
            short_one->until_failure = nth;
            if (pair_open(&scene.pair, "example.com")) {
                pair_run(&scene.pair);
                const struct end *end = i % 2 == 0 ? &scene.pair.client : &scene.pair.server;
                CHECK_TEXT(end_reason(end), short_one->failed ? "out_of_memory" : "");
                CHECK(pair_connected(&scene.pair) != short_one->failed);
            } else {
                CHECK(short_one->failed);
            }
            bool failed = short_one->failed;
            failures += failed;
            scene_end(&scene);
            CHECK(memory[0].live == 0 && memory[1].live == 0);
            if (!failed) {
                break;
            }
        }
        CHECK(failures >= 3);
    }
}

TEST_MAIN(TEST(good_ones_are_verified), TEST(nobody_asks), TEST(revoked), TEST(missing_ones),
    TEST(wrongly_signed), TEST(malformed), TEST(out_of_date), TEST(unknown_ones),
    TEST(staples_of_the_chain), TEST(clients_do_not_staple), TEST(timestamps_are_handed_on),
    TEST(timestamps_beside_a_staple), TEST(bad_timestamps_are_not_set), TEST(memory_runs_out))
