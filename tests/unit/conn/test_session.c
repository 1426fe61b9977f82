/* Sessions in a config: what its setters keep, and that the binding tells every setting apart on
 * which a session's verdict hung, and nothing else. See src/conn/session.c. */
#include "conn/connection.h"
#include "session/cache.h"
#include "session/ticket.h"
#include "support/identities.h"
#include "unit/test.h"

#include "handfast/verify.h"

/* What differs from the plain config. */
typedef void (*change)(hf_config *config);

static bool digest_of(hf_role role, change make_change, uint8_t digest[SESSION_BINDING])
{
    hf_config *config = hf_config_new(role, NULL);
    hf_trust *trust = identity_trust();
    hf_identity *identity = identity_of_kind(KIND_P256, "a.example,b.example");
    bool ok = config != NULL && trust != NULL && identity != NULL;
    if (ok) {
        hf_config_set_trust(config, trust);
        ok = role == HF_CLIENT || hf_config_add_identity(config, identity, NULL);
        if (make_change != NULL) {
            make_change(config);
        }
        ok = ok && hf_config_seal(config, NULL);
        memcpy(digest, config->settings.session_binding, SESSION_BINDING);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    hf_config_free(config);
    return ok;
}

/* ---- What a session depends on ---- */

static void insecure(hf_config *config)
{
    hf_config_insecure_no_verification(config);
}

static bool overrule(void *user, hf_connection *connection, bool ok,
    const hf_check checks[HF_CHECKS])
{
    (void)user, (void)connection, (void)checks;
    return ok;
}

static void callback(hf_config *config)
{
    hf_config_set_verify(config, overrule, config);
}

static void asks(hf_config *config)
{
    hf_config_set_client_auth(config, HF_AUTH_REQUEST);
}

static void requires(hf_config *config)
{
    hf_config_set_client_auth(config, HF_AUTH_REQUIRE);
}

static void no_trust(hf_config *config)
{
    hf_config_set_trust(config, NULL);
    hf_config_set_verify(config, overrule, NULL);
}

static void add_root(hf_config *config, bool first)
{
    char other[4096];
    char pem[IDENTITY_PEM];
    hf_trust *trust = hf_trust_new();
    hf_identity *identity = hf_identity_self_signed("other", other, sizeof other, NULL);
    CHECK(identity_chain(KIND_P256, "x", pem)); /* any certificate will do as a root */
    CHECK(hf_trust_add_pem(trust, first ? other : pem, strlen(first ? other : pem), NULL));
    hf_config_set_trust(config, trust);
    hf_identity_free(identity);
    hf_trust_free(trust);
}

static void other_root(hf_config *config)
{
    add_root(config, true);
}

static void another_root(hf_config *config)
{
    add_root(config, false);
}

static void suites(hf_config *config)
{
    CHECK(hf_config_set_suites(config, "TLS_AES_128_GCM_SHA256", NULL));
}

static void groups(hf_config *config)
{
    CHECK(hf_config_set_groups(config, "x25519", NULL));
}

static void schemes(hf_config *config)
{
    CHECK(hf_config_set_signatures(config, "ed25519,ecdsa_secp256r1_sha256", NULL));
}

static void newest(hf_config *config)
{
    CHECK(hf_config_set_versions(config, HF_TLS13, HF_TLS13, NULL));
}

static void oldest(hf_config *config)
{
    CHECK(hf_config_set_versions(config, HF_TLS12, HF_TLS12, NULL));
}

static void depth(hf_config *config)
{
    hf_config_set_verify_depth(config, 0);
}

static void deeper(hf_config *config)
{
    hf_config_set_verify_depth(config, 1);
}

static void revocation(hf_config *config)
{
    hf_config_set_revocation(config, HF_REVOCATION_HARD);
}

static void staple(hf_config *config)
{
    hf_config_require_staple(config, true);
}

static void profile(hf_config *config)
{
    hf_config_set_profile(config, HF_PROFILE_RFC5280);
}

static const char pins[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;"
    "sha256//AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

static void pinned(hf_config *config)
{
    CHECK(hf_config_set_pins(config, pins, false, NULL));
}

static void pinned_and_reported(hf_config *config)
{
    CHECK(hf_config_set_pins(config, pins, true, NULL));
}

static void pinned_to_one(hf_config *config)
{
    CHECK(hf_config_set_pins(config, strchr(pins, ';') + 1, false, NULL));
}

static void identify(hf_config *config, enum identity_kind kind, const char *names)
{
    hf_identity *identity = identity_of_kind(kind, names);
    CHECK(identity != NULL && hf_config_add_identity(config, identity, NULL));
    hf_identity_free(identity);
}

static void as_a(hf_config *config)
{
    identify(config, KIND_P256, "a.example");
}

static void as_b(hf_config *config)
{
    identify(config, KIND_P256, "b.example");
}

/* A client says who it is by its certificate: another key is somebody else. */
static void as_a_with_another_key(hf_config *config)
{
    identify(config, KIND_P384, "a.example");
}

static void each_is_told_apart(void)
{
    static const struct {
        hf_role role;
        change make_change;
    } rows[] = {
        { HF_CLIENT, NULL }, { HF_SERVER, NULL }, { HF_CLIENT, insecure }, { HF_CLIENT, callback },
        { HF_CLIENT, no_trust }, { HF_CLIENT, other_root }, { HF_CLIENT, another_root },
        { HF_CLIENT, suites }, { HF_CLIENT, groups }, { HF_CLIENT, schemes },
        { HF_CLIENT, newest }, { HF_CLIENT, oldest }, { HF_CLIENT, depth }, { HF_CLIENT, deeper },
        { HF_CLIENT, revocation }, { HF_CLIENT, staple }, { HF_CLIENT, profile },
        { HF_CLIENT, pinned }, { HF_CLIENT, pinned_and_reported }, { HF_CLIENT, pinned_to_one },
        { HF_CLIENT, as_a }, { HF_CLIENT, as_b }, { HF_CLIENT, as_a_with_another_key },
        { HF_SERVER, asks }, { HF_SERVER, requires }, { HF_SERVER, as_a }, { HF_SERVER, as_b },
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    uint8_t digests[ROWS][SESSION_BINDING];
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t again[SESSION_BINDING];
        CHECK(digest_of(rows[i].role, rows[i].make_change, digests[i]));
        if (rows[i].make_change != other_root) { /* made anew each time */
            CHECK(digest_of(rows[i].role, rows[i].make_change, again));
            CHECK_BYTES(again, digests[i], sizeof again);
        }
        for (size_t j = 0; j < i; j++) {
            if (memcmp(digests[i], digests[j], SESSION_BINDING) == 0) {
                (void)fprintf(stderr, "rows %zu and %zu are alike\n", i, j);
                CHECK(false);
            }
        }
    }
}

/* ---- What it does not depend on ---- */

static void other_callback(hf_config *config)
{
    static int user;
    hf_config_set_verify(config, overrule, &user);
}

static void suites_in_order(hf_config *config)
{
    CHECK(hf_config_set_suites(config, "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384", NULL));
    CHECK(hf_config_set_groups(config, "x25519,secp256r1", NULL));
    CHECK(hf_config_set_signatures(config, "ecdsa_secp256r1_sha256,ed25519", NULL));
}

static void suites_turned_round(hf_config *config)
{
    CHECK(hf_config_set_suites(config, "TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256", NULL));
    CHECK(hf_config_set_groups(config, "secp256r1,x25519", NULL));
    CHECK(hf_config_set_signatures(config, "ed25519,ecdsa_secp256r1_sha256", NULL));
}

/* Settings without a say: a protocol is compared by itself. */
static void looks_only(hf_config *config)
{
    CHECK(hf_config_set_alpn(config, "h2", NULL));
    CHECK(hf_config_set_padding(config, 64, NULL));
    hf_config_set_grease(config, true);
    hf_config_set_share_count(config, 2);
    hf_config_defer_operations(config, true);
    hf_config_want_sct(config, true);
}

static void a_then_b(hf_config *config)
{
    as_a(config);
    as_b(config);
}

static void b_then_a(hf_config *config)
{
    as_b(config);
    as_a(config);
}

static void same(hf_role role, change one, change other)
{
    uint8_t first[SESSION_BINDING] = { 0 };
    uint8_t second[SESSION_BINDING] = { 1 };
    CHECK(digest_of(role, one, first) && digest_of(role, other, second));
    CHECK_BYTES(first, second, sizeof first);
}

static void load_pems(hf_config *config, const char *first, const char *second)
{
    hf_trust *trust = hf_trust_new();
    CHECK(hf_trust_add_pem(trust, first, strlen(first), NULL));
    CHECK(hf_trust_add_pem(trust, second, strlen(second), NULL));
    hf_config_set_trust(config, trust);
    hf_trust_free(trust);
}

static void roots(hf_config *config, bool turned)
{
    char a[IDENTITY_PEM];
    char b[IDENTITY_PEM];
    CHECK(identity_chain(KIND_P256, "a", a) && identity_chain(KIND_P384, "b", b));
    load_pems(config, turned ? b : a, turned ? a : b);
}

static void roots_in_order(hf_config *config)
{
    roots(config, false);
}

static void roots_turned_round(hf_config *config)
{
    roots(config, true);
}

static void others_are_alike(void)
{
    same(HF_CLIENT, callback, other_callback);
    same(HF_CLIENT, suites_in_order, suites_turned_round);
    same(HF_CLIENT, roots_in_order, roots_turned_round);
    same(HF_CLIENT, NULL, looks_only);
    same(HF_SERVER, a_then_b, b_then_a);
    /* A server is its names: a certificate that was renewed, with another key, has the same. */
    same(HF_SERVER, as_a, as_a_with_another_key);
}

/* ---- Setters ---- */

static void setters(void)
{
    hf_tickets *tickets = hf_tickets_new(0, 0);
    hf_session_cache *cache = hf_session_cache_new(4);
    hf_config *config = hf_config_new(HF_SERVER, NULL);
    const struct settings *s = &config->settings;
    CHECK(s->tickets == NULL && s->session_cache == NULL);
    hf_config_set_tickets(config, tickets, 100, UINT32_MAX);
    CHECK(s->tickets == tickets && s->ticket_count == 8);
    CHECK(s->ticket_lifetime_s == SESSION_LIFETIME_MAX_S);
    hf_config_set_tickets(config, tickets, 0, 0);
    CHECK(s->tickets == tickets && s->ticket_count == 0 && s->ticket_lifetime_s == 86400);
    hf_config_set_session_cache(config, cache);
    hf_config_set_session_cache(config, cache);
    hf_tickets_free(tickets);
    hf_session_cache_free(cache);
    /* The config's holds go on. */
    uint8_t key[HF_TICKET_KEY] = { 0 };
    hf_tickets_set_key(s->tickets, key, true);
    CHECK(session_cache_put(s->session_cache, bytes_of("id", 2), bytes_of("x", 1), 0, 1));
    hf_config_set_session_cache(config, NULL);
    CHECK(s->session_cache == NULL);
    hf_config_free(config);
    config = hf_config_new(HF_SERVER, NULL);
    tickets = hf_tickets_new(0, 0);
    hf_config_set_tickets(config, tickets, 1, 0);
    hf_config_set_tickets(config, NULL, 0, 0);
    CHECK(config->settings.tickets == NULL);
    hf_tickets_free(tickets);
    hf_config_free(config);
}

static void *allocate(void *user, size_t size)
{
    size_t *left = user;
    return (*left)-- == 0 ? NULL : malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    (void)user, (void)size;
    free(block);
}

static void memory_fails(void)
{
    size_t left = 1;
    hf_error error;
    hf_trust *trust = identity_trust();
    hf_config *config = hf_config_new(HF_CLIENT, &(hf_allocator){ allocate, release, &left });
    hf_config_set_trust(config, trust);
    hf_trust_free(trust);
    CHECK(!hf_config_seal(config, &error));
    CHECK_TEXT(error.reason, "out_of_memory");
    left = 1;
    CHECK(hf_config_seal(config, &error)); /* it can be tried again */
    hf_config_free(config);
}

TEST_MAIN(TEST(each_is_told_apart), TEST(others_are_alike), TEST(setters),
    TEST(memory_fails))
