/* The memo of verified signatures: what it remembers, and that it changes no verdict. */
#include "make.h"

#include <pthread.h>

#include "x509/path.h"
#include "x509/signature.h"

static unsigned verified;

static bool count_verify(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    verified++;
    return provider_openssl.verify(scheme, key, message, signature);
}

static struct made root, leaf; /* of the test that runs */

static void make_pair(void)
{
    make(&root, &(struct plan){ "Root", "Root", key_at(0), key_at(0),
        .extensions = { BASIC_CA, USAGE_CA } });
    make(&leaf, &(struct plan){ "leaf", "Root", key_at(1), key_at(0),
        .extensions = { BASIC_NO_CA, NAMES_EXAMPLE } });
}

static bool verify_with(struct hf_memo *memo, const struct certificate *certificate,
    struct hf_trust *trust, int64_t now, struct hf_error *error)
{
    struct provider counting = provider_openssl;
    struct verification out;
    counting.verify = count_verify;
    struct verify_input input = { .provider = &counting, .trust = trust, .chain = certificate,
        .count = 1, .purpose = PURPOSE_SERVER, .now = now, .memo = memo };
    error_clear(error);
    return verify_chain(&input, &out, error);
}

static void remembers_good_ones(void)
{
    struct hf_memo *memo = memo_new(&allocator_malloc, 64);
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    struct hf_error error;
    make_pair();
    CHECK(trust_add_pem(trust, bytes_of(root.der, root.length), NULL));
    verified = 0;
    CHECK(verify_with(memo, &leaf.certificate, trust, NOW, &error) && verified == 1);
    CHECK(verify_with(memo, &leaf.certificate, trust, NOW, &error) && verified == 1);
    CHECK(verify_with(NULL, &leaf.certificate, trust, NOW, &error) && verified == 2);
    /* Time and trust are asked afresh. */
    CHECK(!verify_with(memo, &leaf.certificate, trust, NOW + 2 * YEAR, &error));
    CHECK_TEXT(error.reason, "certificate_expired");
    struct hf_trust *nobody = trust_new(&allocator_malloc, provider);
    CHECK(!verify_with(memo, &leaf.certificate, nobody, NOW, &error));
    CHECK_TEXT(error.reason, "incomplete_chain");
    trust_release(nobody);
    trust_release(trust);
    memo_free(memo);
    drop_keys();
}

/* Whatever byte of the leaf changes: the same verdict with a warm memo, a cold one and none. */
static void changes_no_verdict(void)
{
    struct hf_memo *warm = memo_new(&allocator_malloc, 1024);
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    struct hf_error error;
    unsigned refused = 0;
    make_pair();
    CHECK(trust_add_pem(trust, bytes_of(root.der, root.length), NULL));
    CHECK(verify_with(warm, &leaf.certificate, trust, NOW, &error));
    for (size_t i = 0; i < leaf.length; i++) {
        struct certificate changed;
        leaf.der[i] ^= 1;
        if (certificate_parse(bytes_of(leaf.der, leaf.length), provider, &changed, NULL)) {
            struct hf_error with;
            bool ok = verify_with(NULL, &changed, trust, NOW, &error);
            CHECK(verify_with(warm, &changed, trust, NOW, &with) == ok);
            CHECK_TEXT(with.reason, error.reason);
            CHECK_TEXT(with.detail, error.detail);
            refused += ok ? 0 : 1;
        }
        leaf.der[i] ^= 1;
    }
    CHECK(refused > 50);
    trust_release(trust);
    memo_free(warm);
    drop_keys();
}

static void bad_ones_are_not_kept(void)
{
    struct hf_memo *memo = memo_new(&allocator_malloc, 16);
    struct provider counting = provider_openssl;
    counting.verify = count_verify;
    make_pair();
    const struct certificate *c = &leaf.certificate;
    struct signed_bytes what = { c->scheme, bytes_of(c->tbs.data, c->tbs.length - 1),
        c->signature };
    verified = 0;
    CHECK(!signature_verify(&counting, memo, &what, &root.certificate) && verified == 1);
    CHECK(!signature_verify(&counting, memo, &what, &root.certificate) && verified == 2);
    what.message = c->tbs;
    CHECK(signature_verify(&counting, memo, &what, &root.certificate) && verified == 3);
    CHECK(signature_verify(&counting, memo, &what, &root.certificate) && verified == 3);
    CHECK(!signature_verify(&counting, memo, &what, c) && verified == 4); /* another key */
    what.scheme = provider->scheme(0x0503);
    CHECK(!signature_verify(&counting, memo, &what, &root.certificate)); /* another scheme */
    memo_free(memo);
    drop_keys();
}

static struct memo_key key_of(uint64_t n)
{
    return (struct memo_key){ { n * 0x9e3779b97f4a7c15u, n + 1, n * 3 + 1, ~n } };
}

static void is_bounded(void)
{
    struct hf_memo *memo = memo_new(&allocator_malloc, 64);
    unsigned kept = 0;
    for (uint64_t n = 0; n < 10000; n++) {
        struct memo_key key = key_of(n);
        CHECK(!memo_has(memo, &key));
        memo_add(memo, &key);
        CHECK(memo_has(memo, &key));
    }
    for (uint64_t n = 0; n < 10000; n++) {
        struct memo_key key = key_of(n);
        kept += memo_has(memo, &key) ? 1 : 0;
    }
    CHECK(kept > 0 && kept <= 64);
    memo_free(memo);
    memo_free(NULL);
}

/* Threads that add and ask at once: never is a key found that nobody added. */
static void *hammer(void *memo)
{
    uintptr_t lies = 0;
    for (uint64_t n = 0; n < 200000; n++) {
        struct memo_key even = key_of(2 * n);
        struct memo_key odd = key_of(2 * n + 1);
        memo_add(memo, &even);
        lies += memo_has(memo, &odd) ? 1 : 0;
    }
    return (void *)lies; /* NOLINT: a number for pthread_join */
}

static void threads_share_it(void)
{
    struct hf_memo *memo = memo_new(&allocator_malloc, 16);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, hammer, memo) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *lies = NULL;
        CHECK(pthread_join(threads[i], &lies) == 0 && lies == NULL);
    }
    memo_free(memo);
}

/* Threads that verify good and forged leaves with one memo, one store and one certificate each. */
struct shared {
    struct hf_memo *memo;
    struct hf_trust *trust;
    struct certificate forged;
};

static void *verify_often(void *argument)
{
    const struct shared *shared = argument;
    uintptr_t wrong = 0;
    for (unsigned n = 0; n < 200; n++) {
        bool forged = n % 2 == 1;
        struct verification out;
        struct verify_input input = { .provider = provider, .trust = shared->trust,
            .chain = forged ? &shared->forged : &leaf.certificate, .count = 1,
            .purpose = PURPOSE_SERVER, .now = NOW, .memo = shared->memo };
        wrong += verify_chain(&input, &out, NULL) == forged ? 1 : 0;
    }
    return (void *)wrong; /* NOLINT: a number for pthread_join */
}

static void threads_verify_with_it(void)
{
    struct shared shared = { .memo = memo_new(&allocator_malloc, 16),
        .trust = trust_new(&allocator_malloc, provider) };
    static struct made other;
    pthread_t threads[4];
    make_pair();
    other = leaf;
    other.der[other.length - 1] ^= 1; /* in the signature */
    CHECK(certificate_parse(bytes_of(other.der, other.length), provider, &shared.forged, NULL));
    CHECK(trust_add_pem(shared.trust, bytes_of(root.der, root.length), NULL));
    for (size_t i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, verify_often, &shared) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *wrong = NULL;
        CHECK(pthread_join(threads[i], &wrong) == 0 && wrong == NULL);
    }
    trust_release(shared.trust);
    memo_free(shared.memo);
    drop_keys();
}

TEST_MAIN(TEST(remembers_good_ones), TEST(changes_no_verdict), TEST(bad_ones_are_not_kept),
    TEST(is_bounded), TEST(threads_share_it), TEST(threads_verify_with_it))
