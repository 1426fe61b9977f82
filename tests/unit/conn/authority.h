/* A pair of connections whose server has a chain of the test's own: Root, Middle, and a leaf for
 * example.com, with a clock for each end. What the client asks, and what is stapled, is each
 * test's. */
#ifndef TESTS_AUTHORITY_H
#define TESTS_AUTHORITY_H

#include "support/pair.h"
#include "unit/x509/revoke.h"

#define MUST_STAPLE \
    { OID_ROW("\x2b\x06\x01\x05\x05\x07\x01\x18"), false, OID_ROW("\x30\x03\x02\x01\x05") }

enum { KEY_ROOT, KEY_MIDDLE, KEY_LEAF, KEY_STRANGER };

struct scene {
    struct pair pair;
    struct made root, middle, leaf;
    struct bytes_made staple;
    hf_identity *identity;
    hf_trust *trust;
    uint64_t client_ms;
    uint64_t server_ms;
};

static uint64_t clock_of_scene(void *user)
{
    const uint64_t *ms = user;
    return *ms;
}

static void make_chain(struct scene *scene, bool must_staple)
{
    struct plan leaf = { "leaf", "Middle", key_at(KEY_LEAF), key_at(KEY_MIDDLE),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE } };
    if (must_staple) {
        leaf.extensions[2] = (struct made_extension)MUST_STAPLE;
    }
    make(&scene->root, &(struct plan){ "Root", "Root", key_at(KEY_ROOT), key_at(KEY_ROOT),
        .extensions = { BASIC_CA, USAGE_CA } });
    make(&scene->middle, &(struct plan){ "Middle", "Root", key_at(KEY_MIDDLE), key_at(KEY_ROOT),
        .extensions = { BASIC_CA, USAGE_CA } });
    make(&scene->leaf, &leaf);
}

enum { CHAIN_PEM = 16384 };

static size_t chain_of_scene(const struct scene *scene, char pem[CHAIN_PEM])
{
    size_t used = 0;
    size_t length = 0;
    const struct made *chain[] = { &scene->leaf, &scene->middle };
    for (size_t i = 0; i < 2; i++) {
        CHECK(pem_write("CERTIFICATE", bytes_of(chain[i]->der, chain[i]->length), pem + used,
            CHAIN_PEM - used, &length));
        used += length;
    }
    return used;
}

/* The chain with the leaf's key, which no file ever held. */
static hf_identity *identity_of_scene(const struct scene *scene)
{
    char pem[CHAIN_PEM];
    hf_identity *identity = hf_identity_external(pem, chain_of_scene(scene, pem), NULL);
    CHECK(identity != NULL);
    if (identity != NULL) {
        identity->key = key_at(KEY_LEAF);
    }
    return identity;
}

/* Configs of one version that are not sealed yet; `must_staple`: the leaf promises a staple. */
static void scene_begin_with(struct scene *scene, hf_version_id version, bool must_staple,
    const hf_allocator *client, const hf_allocator *server)
{
    struct pair *pair = &scene->pair;
    memset(scene, 0, sizeof *scene);
    scene->client_ms = scene->server_ms = (uint64_t)NOW * 1000;
    make_chain(scene, must_staple);
    scene->identity = identity_of_scene(scene);
    scene->trust = hf_trust_new();
    CHECK(hf_trust_add_pem(scene->trust, scene->root.der, scene->root.length, NULL));
    CHECK(pair_configs_new(pair, client, server));
    CHECK(hf_config_set_versions(pair->client_config, version, version, NULL));
    CHECK(hf_config_add_identity(pair->server_config, scene->identity, NULL));
    hf_config_set_trust(pair->client_config, scene->trust);
    hf_config_set_clock(pair->client_config, clock_of_scene, &scene->client_ms);
    hf_config_set_clock(pair->server_config, clock_of_scene, &scene->server_ms);
}

__attribute__((unused)) static void scene_begin(struct scene *scene, hf_version_id version)
{
    scene_begin_with(scene, version, false, NULL, NULL);
}

/* Seals at the first call, then shakes hands. */
__attribute__((unused)) static void scene_run(struct scene *scene)
{
    struct pair *pair = &scene->pair;
    CHECK(pair->client_config->sealed || pair_seal(pair));
    CHECK(pair_open(pair, "example.com"));
    pair_run(pair);
}

__attribute__((unused)) static void scene_connects(struct scene *scene)
{
    scene_run(scene);
    CHECK(pair_connected(&scene->pair));
    if (!pair_connected(&scene->pair)) {
        pair_print(&scene->pair);
    }
}

/* The client refuses, and the server is told. */
__attribute__((unused)) static void scene_fails(struct scene *scene, const char *reason, int alert)
{
    scene_run(scene);
    const hf_error *error = hf_connection_error(scene->pair.client.connection);
    CHECK_TEXT(error->reason, reason);
    CHECK(error->who == HF_WE && error->alert == alert);
    const hf_error *told = hf_connection_error(scene->pair.server.connection);
    CHECK(told->who == HF_PEER && told->alert == alert);
}

static void scene_end(struct scene *scene)
{
    pair_free(&scene->pair);
    hf_identity_free(scene->identity);
    hf_trust_free(scene->trust);
    drop_keys();
}

/* A response for the leaf: 'g', 'r' or 'u'. */
__attribute__((unused)) static struct ocsp_plan plan_of_leaf(const struct scene *scene,
    char status)
{
    return (struct ocsp_plan){ .responder = "Middle", .key = key_at(KEY_MIDDLE),
        .issuer = &scene->middle.certificate, .serials = { scene->leaf.certificate.serial },
        .status = status };
}

/* The server staples it. */
__attribute__((unused)) static void staple_plan(struct scene *scene, const struct ocsp_plan *plan)
{
    make_ocsp(&scene->staple, plan);
    CHECK(hf_identity_set_staple(scene->identity, scene->staple.der, scene->staple.length, NULL));
}

__attribute__((unused)) static void staple(struct scene *scene, char status)
{
    struct ocsp_plan plan = plan_of_leaf(scene, status);
    staple_plan(scene, &plan);
}

__attribute__((unused)) static hf_check check_of_client(const struct scene *scene, size_t check)
{
    hf_check checks[HF_CHECKS] = { { 0 } };
    CHECK(hf_peer_checks(scene->pair.client.connection, checks));
    return checks[check];
}

#endif
