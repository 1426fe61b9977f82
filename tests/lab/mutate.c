/* 2,000 chains, leaf <- intermediate <- root, of which one field was changed and which were then
 * signed anew: our verdict beside that of X509_verify_cert, which is what `openssl verify` calls.
 * Every difference is explained by a row of differences.def; one that is not fails, and so does a
 * row that explains nothing.
 *
 *   mutate [CHAINS [SEED]]    default 2000 1; of other numbers the table may lack rows */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/mutations.h"
#include "x509/path.h"

enum { CERTIFICATES = 3, DER_MAX = 4096, SHOWN = 20 };

/* ---- A world of one chain ---- */

struct world {
    struct private_key *keys[CERTIFICATES];
    struct fields fields[CERTIFICATES];    /* leaf, intermediate, root */
    uint8_t der[CERTIFICATES][DER_MAX];
    size_t length[CERTIFICATES];
    char what[128];                        /* the change */
};

struct verdict {
    bool ok;
    char reason[64];                       /* ours: the reason and the field; theirs: the error */
    char detail[224];
};

/* ---- Ours ---- */

static void by_us(const struct world *w, struct verdict *verdict)
{
    static struct certificate chain[CERTIFICATES - 1];
    struct identity identity;
    struct verification out;
    struct hf_error error;
    struct hf_trust *trust = trust_new(&allocator_malloc, &provider_openssl);
    error_clear(&error);
    bool ok = trust != NULL && identity_parse(LEAF_NAME, &identity, &error);
    for (size_t i = 0; ok && i < CERTIFICATES - 1; i++) {
        ok = certificate_parse(bytes_of(w->der[i], w->length[i]), &provider_openssl, &chain[i],
            &error);
    }
    struct certificate root;
    ok = ok && certificate_parse(bytes_of(w->der[2], w->length[2]), &provider_openssl, &root,
        &error) && trust_add_pem(trust, bytes_of(w->der[2], w->length[2]), &error);
    struct verify_input input = { .provider = &provider_openssl, .trust = trust, .chain = chain,
        .count = CERTIFICATES - 1, .identity = &identity, .purpose = PURPOSE_SERVER,
        .now = LAB_NOW };
    ok = ok && verify_chain(&input, &out, &error);
    trust_release(trust);
    verdict->ok = ok;
    (void)snprintf(verdict->reason, sizeof verdict->reason, "%s%s%s", ok ? "ok" : error.reason,
        error.field[0] != '\0' ? " " : "", error.field);
    (void)snprintf(verdict->detail, sizeof verdict->detail, "%s", error.detail);
}

/* ---- Theirs ---- */

static X509 *their_parse(const struct world *w, size_t i)
{
    const unsigned char *at = w->der[i];
    X509 *parsed = d2i_X509(NULL, &at, (long)w->length[i]);
    if (parsed != NULL && at != w->der[i] + w->length[i]) {
        X509_free(parsed);
        parsed = NULL;
    }
    return parsed;
}

static int their_error(X509 *const parsed[CERTIFICATES], STACK_OF(X509) *untrusted)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    int error = X509_V_ERR_UNSPECIFIED;
    if (store != NULL && context != NULL && X509_STORE_add_cert(store, parsed[2]) == 1
        && X509_STORE_CTX_init(context, store, parsed[0], untrusted) == 1) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
        (void)X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
        (void)X509_VERIFY_PARAM_set1_host(parameters, LEAF_NAME, 0);
        X509_VERIFY_PARAM_set_time(parameters, (time_t)LAB_NOW);
        error = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}

static void by_them(const struct world *w, struct verdict *verdict)
{
    X509 *parsed[CERTIFICATES] = { NULL };
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    const char *reason = "d2i_X509";
    for (size_t i = 0; i < CERTIFICATES; i++) {
        parsed[i] = their_parse(w, i);
    }
    *verdict = (struct verdict){ false, "", "" };
    if (parsed[0] != NULL && parsed[1] != NULL && parsed[2] != NULL && untrusted != NULL
        && sk_X509_push(untrusted, parsed[1]) > 0) {
        int error = their_error(parsed, untrusted);
        verdict->ok = error == X509_V_OK;
        reason = verdict->ok ? "ok" : X509_verify_cert_error_string(error);
    }
    (void)snprintf(verdict->reason, sizeof verdict->reason, "%s", reason);
    sk_X509_free(untrusted);
    for (size_t i = 0; i < CERTIFICATES; i++) {
        X509_free(parsed[i]);
    }
    ERR_clear_error();
}

/* ---- Differences ---- */

/* `ours` and `theirs` as in a verdict; `what` stands in the name of the change. */
static struct difference {
    const char *ours;
    const char *theirs;
    const char *what;
    const char *why;
    unsigned count;
} differences[] = {
#define X(ours, theirs, what, why) { ours, theirs, what, why, 0 },
#include "lab/differences.def"
#undef X
};

static bool explain(const struct world *w, const struct verdict *ours, const struct verdict *theirs)
{
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        struct difference *d = &differences[i];
        if (strcmp(d->ours, ours->reason) == 0 && strcmp(d->theirs, theirs->reason) == 0
            && strstr(w->what, d->what) != NULL) {
            d->count++;
            return true;
        }
    }
    return false;
}

/* The rows are those of libcrypto 3.0: a newer one may have come to agree. */
static unsigned unused_rows(void)
{
    unsigned unused = 0;
    if (OPENSSL_version_major() != 3 || OPENSSL_version_minor() != 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        if (differences[i].count == 0) {
            (void)printf("FAIL explains nothing: %s, %s, %s\n", differences[i].ours,
                differences[i].theirs, differences[i].what);
            unused++;
        }
    }
    return unused;
}

/* ---- Running ---- */

static void begin_fields(struct world *w)
{
    for (size_t i = 0; i < CERTIFICATES; i++) {
        fields_begin(&w->fields[i], (unsigned)i, w->keys[i]);
    }
}

static bool sign_all(struct world *w)
{
    bool good = true;
    for (size_t i = 0; i < CERTIFICATES; i++) {
        good = good && fields_sign(&w->fields[i], w->keys[i < 2 ? i + 1 : 2], w->der[i], DER_MAX,
            &w->length[i]);
    }
    return good;
}

/* One certificate of a good chain: the leaf in five of ten, the root in one. */
static bool change(struct world *w, struct chance *chance)
{
    static const char *const who[CERTIFICATES] = { "leaf", "intermediate", "root" };
    unsigned drawn = chance_below(chance, 10);
    size_t target = drawn < 5 ? 0 : drawn < 9 ? 1 : 2;
    char name[96];
    begin_fields(w);
    fields_mutate(&w->fields[target], chance, name);
    (void)snprintf(w->what, sizeof w->what, "%s %s", who[target], name);
    return sign_all(w);
}

/* Keys; and both accept the chain in which nothing was changed. */
static bool begin(struct world *w)
{
    struct verdict ours;
    struct verdict theirs;
    for (size_t i = 0; i < CERTIFICATES; i++) {
        w->keys[i] = provider_openssl.private_key_generate(KEY_P256);
        if (w->keys[i] == NULL) {
            return false;
        }
    }
    begin_fields(w);
    if (!sign_all(w)) {
        return false;
    }
    by_us(w, &ours);
    by_them(w, &theirs);
    return ours.ok && theirs.ok;
}

struct counts {
    unsigned long passed;
    unsigned long failed;
    unsigned long accepted;
    unsigned long differ;
};

static void compare(struct world *w, unsigned long number, struct counts *counts)
{
    struct verdict ours;
    struct verdict theirs;
    by_us(w, &ours);
    by_them(w, &theirs);
    counts->accepted += ours.ok ? 1 : 0;
    counts->differ += ours.ok != theirs.ok ? 1 : 0;
    if (ours.ok == theirs.ok || explain(w, &ours, &theirs)) {
        counts->passed++;
    } else if (counts->failed++ < SHOWN) {
        (void)printf("FAIL chain %lu: %s: we: %s (%s); they: %s\n", number, w->what, ours.reason,
            ours.detail, theirs.reason);
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    unsigned long chains = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    struct chance chance = { argc > 2 ? strtoul(argv[2], NULL, 10) : 1 };
    struct counts counts = { 0, 0, 0, 0 };
    if (!begin(&world)) {
        (void)printf("FAIL the chain without a change is not accepted\n");
        counts.failed++;
        chains = 0;
    }
    for (unsigned long i = 0; i < chains; i++) {
        if (change(&world, &chance)) {
            compare(&world, i, &counts);
        } else {
            (void)printf("FAIL chain %lu could not be made: %s\n", i, world.what);
            counts.failed++;
        }
    }
    for (size_t i = 0; i < CERTIFICATES; i++) {
        provider_openssl.private_key_drop(world.keys[i]);
    }
    if (argc == 1) {
        counts.failed += unused_rows();
    }
    (void)printf("%lu chains, %lu accepted by us, %lu verdicts differ\n", chains, counts.accepted,
        counts.differ);
    (void)printf("%lu passed, %lu failed, 0 skipped\n", counts.passed, counts.failed);
    return counts.failed > 0;
}
