/* A peer's chain, a store and the answer, for the tests of verification. */
#ifndef TESTS_X509_WORLD_H
#define TESTS_X509_WORLD_H

#include "make.h"
#include "x509/path.h"

enum { WORLD = 20 };

/* A peer's chain, a store, and the answer. */
struct world {
    struct made made[WORLD];
    struct certificate chain[WORLD];
    size_t count;
    struct hf_trust *trust;
    const char *name; /* NULL: none asked for */
    enum purpose purpose;
    bool deciphers;
    int64_t now;
    const struct provider *provider;
    struct verification out;
    struct hf_error error;
};

static struct world w;

__attribute__((unused)) static void begin(void)
{
    trust_release(w.trust);
    memset(&w, 0, sizeof w);
    w.trust = trust_new(&allocator_malloc, provider);
    w.name = "example.com";
    w.purpose = PURPOSE_SERVER;
    w.now = NOW;
    w.provider = provider;
}

__attribute__((unused)) static void end(void)
{
    trust_release(w.trust);
    w.trust = NULL;
    drop_keys();
}

/* Puts a certificate into the chain and (or) the store. */
__attribute__((unused)) static void sends(const struct plan *plan)
{
    make(&w.made[w.count], plan);
    w.chain[w.count] = w.made[w.count].certificate;
    w.count++;
}

__attribute__((unused)) static void trusts(const struct plan *plan)
{
    struct made made;
    make(&made, plan);
    CHECK(trust_add_pem(w.trust, bytes_of(made.der, made.length), NULL));
}

__attribute__((unused)) static void sends_sample(const char *pem)
{
    load_sample(&w.made[w.count], pem);
    w.chain[w.count] = w.made[w.count].certificate;
    w.count++;
}

__attribute__((unused)) static void trusts_sample(const char *pem)
{
    CHECK(trust_add_pem(w.trust, bytes_of(pem, strlen(pem)), NULL));
}

__attribute__((unused)) static bool verify(void)
{
    struct identity identity = { .type = IDENTITY_NONE };
    if (w.name != NULL) {
        CHECK(identity_parse(w.name, &identity, NULL));
    }
    struct verify_input input = { .provider = w.provider, .trust = w.trust, .chain = w.chain,
        .count = w.count, .identity = &identity, .purpose = w.purpose, .now = w.now,
        .deciphers = w.deciphers };
    error_clear(&w.error);
    bool ok = verify_chain(&input, &w.out, &w.error);
    CHECK(ok == w.out.ok);
    CHECK(ok != error_is_set(&w.error));
    CHECK(!w.out.checks[CHECK_REVOCATION].done && !w.out.checks[CHECK_PIN].done);
    return ok;
}

__attribute__((unused)) static void verifies(const char *path)
{
    CHECK(verify());
    CHECK_TEXT(w.error.detail, "");
    CHECK_TEXT(w.out.checks[CHECK_CHAIN].detail, path);
}

/* Fails with this reason, about this certificate, and says this among other things. */
__attribute__((unused)) static void fails(const char *reason, int certificate, const char *says)
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
__attribute__((unused)) static void usual(const struct plan *leaf,
    const struct plan *intermediate, const struct plan *root)
{
    const struct plan plans[3] = { leaf_plan(), intermediate_plan(), root_plan() };
    begin();
    sends(leaf != NULL ? leaf : &plans[0]);
    sends(intermediate != NULL ? intermediate : &plans[1]);
    trusts(root != NULL ? root : &plans[2]);
}

#endif
