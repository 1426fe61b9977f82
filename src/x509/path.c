/* Verification: see path.h. RFC 5280, 6 (the path), 4.2.1.3 and 4.2.1.12 (what the leaf may do),
 * 4.1.2.5 (times); RFC 9525 (the name). Two searches: the first wants a path on which everything
 * holds; when there is none, the second overlooks times and purposes, so that the answer can be
 * "the intermediate expired" rather than "no path", and notes how far it came. */
#include "x509/path.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "x509/fix.h"
#include "x509/identity.h"
#include "x509/name.h"
#include "x509/pin.h"
#include "x509/pin.h"
#include "x509/profile.h"
#include "x509/revocation.h"
#include "x509/search.h"

const char *check_name(enum check check)
{
    static const char *const names[CHECKS] = { [CHECK_CHAIN] = "chain",
        [CHECK_IDENTITY] = "identity", [CHECK_VALIDITY] = "validity", [CHECK_USAGE] = "usage",
        [CHECK_REVOCATION] = "revocation", [CHECK_PIN] = "pin" };
    return (unsigned)check < CHECKS ? names[check] : "";
}

/* What a failing check adds to the error. */
struct words {
    char offered[192];
    char required[192];
    const struct certificate *about; /* NULL: the one of the check's index, else the leaf */
};

#define SAY(result, ...) \
    do { \
        (result)->detail[0] = '\0'; \
        text_append((result)->detail, sizeof (result)->detail, __VA_ARGS__); \
    } while (0)

static void bad(struct check_result *result, enum reason reason, int certificate)
{
    result->ok = false;
    result->reason = reason;
    result->certificate = certificate;
}

/* ---- Chain ---- */

/* What must hold for the leaf whatever its path is. */
static void check_leaf(const struct verify_input *input, struct check_result *result)
{
    const struct certificate *leaf = &input->chain[0];
    char why[160];
    if (is_weak_key(leaf)) {
        char key[64];
        key_text(leaf, key, sizeof key);
        bad(result, ERR_weak_key, 0);
        SAY(result, "the key of the leaf is too weak or unsupported: %s", key);
    } else if (leaf->unknown_critical) { /* RFC 5280, 4.2 */
        char oid[64];
        der_oid_text(leaf->unknown_critical_oid, oid, sizeof oid);
        bad(result, ERR_constraint_violated, 0);
        SAY(result, "the leaf has a critical extension that is not understood: %s", oid);
    } else if (!profile_allows(leaf, PLACE_LEAF, input->profile, why, sizeof why)) {
        bad(result, ERR_constraint_violated, 0);
        SAY(result, "the leaf %s", why);
    }
}

static void say_path(const struct path_search *search, struct check_result *result)
{
    if (search->depth == 1) {
        SAY(result, "the certificate itself is trusted");
        return;
    }
    path_text(search, result->detail, sizeof result->detail);
}

static void check_chain(const struct verify_input *input, struct path_search *search,
    struct verification *out, struct words *words)
{
    struct check_result *result = &out->checks[CHECK_CHAIN];
    bool found = path_search_run(search, false);
    if (!found && !search->exhausted) {
        found = path_search_run(search, true);
    }
    *result = (struct check_result){ .done = true, .ok = found, .certificate = -1 };
    if (found) {
        out->path_length = search->depth;
        for (size_t i = 0; i < search->depth; i++) {
            out->path[i] = search->nodes[i].certificate;
        }
        say_path(search, result);
        check_leaf(input, result);
        return;
    }
    if (search->exhausted || search->failure.rank == 0) {
        bad(result, ERR_chain_too_costly, -1);
        SAY(result, "no path found within %d signature checks, %d candidates and %d certificates",
            SIGNATURES_MAX, STEPS_MAX, PATH_MAX_CERTIFICATES);
        return;
    }
    const struct path_failure *failure = &search->failure;
    bad(result, failure->reason, failure->certificate);
    SAY(result, "%s", failure->detail);
    words->about = failure->about;
    memcpy(words->offered, failure->offered, sizeof words->offered);
    memcpy(words->required, failure->required, sizeof words->required);
}

/* ---- Validity ---- */

/* The n-th certificate of the path, or the leaf alone where there is no path. */
static const struct certificate *nth(const struct verification *out,
    const struct verify_input *input, size_t n)
{
    return n < out->path_length ? out->path[n] : n == 0 ? &input->chain[0] : NULL;
}

/* Its index in the chain given, or -1. */
static int index_of(const struct verify_input *input, const struct certificate *certificate)
{
    for (size_t i = 0; i < input->count; i++) {
        if (&input->chain[i] == certificate) {
            return (int)i;
        }
    }
    return -1;
}

static void say_invalid(const struct verify_input *input, const struct certificate *c,
    struct check_result *result, struct words *words)
{
    char title[80];
    char from[32];
    char to[32];
    char now[32];
    char distance[32];
    bool early = input->now < c->not_before;
    int index = index_of(input, c);
    certificate_title(c, index, title);
    time_text(c->not_before, from);
    time_text(c->not_after, to);
    time_text(input->now, now);
    duration_text(early ? c->not_before - input->now : input->now - c->not_after, distance);
    bad(result, early ? ERR_certificate_not_yet_valid : ERR_certificate_expired, index);
    words->about = c;
    if (early) {
        SAY(result, "%s becomes valid on %s, in %s", title, from, distance);
    } else {
        SAY(result, "%s expired on %s, %s ago", title, to, distance);
    }
    (void)snprintf(words->offered, sizeof words->offered, "valid from %s to %s", from, to);
    (void)snprintf(words->required, sizeof words->required, "valid at %s", now);
}

/* RFC 5280, 6.1.3 (a) (2), for the trusted certificate too. */
static void check_validity(const struct verify_input *input, struct verification *out,
    struct words *words)
{
    struct check_result *result = &out->checks[CHECK_VALIDITY];
    const struct certificate *c;
    assert(input->chain != NULL);
    const struct certificate *first = &input->chain[0];
    *result = (struct check_result){ .done = true, .ok = true, .certificate = -1 };
    for (size_t i = 0; (c = nth(out, input, i)) != NULL; i++) {
        if (!is_within(c, input->now)) {
            say_invalid(input, c, result, words);
            return;
        }
        first = c->not_after < first->not_after ? c : first;
    }
    char title[80];
    char to[32];
    char distance[32];
    certificate_title(first, index_of(input, first), title);
    time_text(first->not_after, to);
    duration_text(first->not_after - input->now, distance);
    SAY(result, "%s expires first, on %s, in %s", title, to, distance);
}

/* ---- Usage ---- */

static void purposes_text(const struct certificate *c, char text[192])
{
    static const struct {
        unsigned purpose;
        const char *name;
    } names[] = { { PURPOSE_SERVER, "serverAuth" }, { PURPOSE_CLIENT, "clientAuth" },
        { PURPOSE_OCSP, "OCSPSigning" }, { PURPOSE_ANY, "anyExtendedKeyUsage" },
        { PURPOSE_OTHER, "others" } };
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((c->purposes & names[i].purpose) != 0) {
            text_append(text, 192, "%s%s", text[0] != '\0' ? ", " : "", names[i].name);
        }
    }
}

static void check_usage(const struct verify_input *input, struct verification *out,
    struct words *words)
{
    struct check_result *result = &out->checks[CHECK_USAGE];
    const struct certificate *leaf = &input->chain[0];
    const struct certificate *c;
    const char *purpose = input->purpose == PURPOSE_CLIENT ? "client" : "server";
    *result = (struct check_result){ .done = true, .ok = true, .certificate = -1 };
    SAY(result, "may be used for %s authentication", purpose);
    if (leaf->version != 3) { /* RFC 9846, 4.5.1.2 asks for version 3 */
        bad(result, ERR_wrong_usage, 0);
        SAY(result, "the leaf is of version %d; only version 3 can say what it may be used for",
            leaf->version);
        return;
    }
    if (leaf->has_basic_constraints && !leaf->is_ca &&
            (leaf->key_usage & USAGE_KEY_CERT_SIGN) != 0) { /* RFC 5280, 4.2.1.9 */
        bad(result, ERR_wrong_usage, 0);
        SAY(result, "the keyUsage of the leaf has keyCertSign, but its basicConstraints say no CA");
        return;
    }
    if (leaf->has_key_usage && (leaf->key_usage & input->key_usage) != input->key_usage) {
        bad(result, ERR_wrong_usage, 0);
        SAY(result, "the keyUsage of the leaf lacks a bit that is asked for");
        return;
    }
    unsigned usage = input->deciphers ? USAGE_KEY_ENCIPHERMENT : USAGE_DIGITAL_SIGNATURE;
    if (leaf->has_key_usage && (leaf->key_usage & usage) == 0) { /* RFC 5280, 4.2.1.3 */
        const char *name = input->deciphers ? "keyEncipherment" : "digitalSignature";
        bad(result, ERR_wrong_usage, 0);
        SAY(result, "the keyUsage of the leaf lacks %s", name);
        (void)snprintf(words->required, sizeof words->required, "keyUsage %s", name);
        return;
    }
    /* RFC 5280, 4.2.1.12; above the leaf as browsers and CAs read it: it confines what is below. */
    for (size_t i = 0; (c = nth(out, input, i)) != NULL; i++) {
        if (!serves_purpose(c, input->purpose)) {
            char title[80];
            int index = index_of(input, c);
            certificate_title(c, index, title);
            bad(result, ERR_wrong_usage, index);
            words->about = c;
            SAY(result, "the extKeyUsage of %s does not allow %s authentication", title, purpose);
            purposes_text(c, words->offered);
            (void)snprintf(words->required, sizeof words->required, "extKeyUsage %sAuth", purpose);
            return;
        }
    }
}

/* ---- Identity ---- */

static void check_identity(const struct verify_input *input, struct verification *out,
    struct words *words)
{
    struct check_result *result = &out->checks[CHECK_IDENTITY];
    const struct certificate *leaf = &input->chain[0];
    const struct identity *identity = input->identity;
    *result = (struct check_result){ .done = false, .ok = false, .certificate = -1 };
    if (identity == NULL || identity->type == IDENTITY_NONE) {
        return;
    }
    result->done = true;
    result->ok = identity_matches(leaf, identity, result->detail,
        sizeof ((struct hf_error *)NULL)->detail); /* not longer than the error's */
    if (!result->ok) {
        char asked[256];
        bad(result, ERR_name_mismatch, 0);
        identity_text(identity, asked);
        certificate_names_text(leaf, words->offered, sizeof words->offered);
        if (words->offered[0] == '\0') {
            (void)snprintf(words->offered, sizeof words->offered, "no subjectAltName");
        }
        (void)snprintf(words->required, sizeof words->required, "%.190s", asked);
    }
}

/* ---- All together ---- */

/* A pinned key needs no root; all that has nothing to do with roots is asked for all the same. */
static void trust_by_pin(const struct verify_input *input, struct verification *out)
{
    struct check_result *chain = &out->checks[CHECK_CHAIN];
    bool rootless = chain->reason == ERR_untrusted_root || chain->reason == ERR_self_signed ||
        chain->reason == ERR_incomplete_chain;
    if (input->pins_suffice && out->checks[CHECK_PIN].done && out->checks[CHECK_PIN].ok &&
            !input->pins->report_only && !chain->ok && rootless) {
        *chain = (struct check_result){ .done = true, .ok = true, .certificate = -1 };
        SAY(chain, "no root was asked for: the key of the leaf is pinned");
    }
}

static void tell(const struct verify_input *input, const struct verification *out,
    const struct words words[CHECKS], struct hf_error *error)
{
    static const enum check order[] = { CHECK_CHAIN, CHECK_VALIDITY, CHECK_USAGE, CHECK_IDENTITY,
        CHECK_REVOCATION, CHECK_PIN };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        const struct check_result *result = &out->checks[order[i]];
        if (!result->done || result->ok) {
            continue;
        }
        if (error != NULL && !error_is_set(error)) {
            (void)fail(error, result->reason, "%s", result->detail);
            error->certificate = result->certificate;
            error_offered(error, "%s", words[order[i]].offered);
            error_required(error, "%s", words[order[i]].required);
            const struct certificate *about = words[order[i]].about;
            bool indexed = result->certificate >= 0 && (size_t)result->certificate < input->count;
            verification_fix(input, about != NULL ? about :
                &input->chain[indexed ? result->certificate : 0], error);
        }
        return;
    }
}

bool verify_chain(const struct verify_input *input, struct verification *out,
    struct hf_error *error)
{
    struct path_search search;
    struct words words[CHECKS];
    memset(out, 0, sizeof *out);
    memset(words, 0, sizeof words);
    for (size_t i = 0; i < CHECKS; i++) {
        out->checks[i].certificate = -1;
    }
    if (input->count == 0) {
        return fail(error, ERR_misuse, "verify_chain was called without certificates");
    }
    path_search_begin(&search, input);
    check_chain(input, &search, out, &words[CHECK_CHAIN]);
    check_validity(input, out, &words[CHECK_VALIDITY]);
    check_usage(input, out, &words[CHECK_USAGE]);
    check_identity(input, out, &words[CHECK_IDENTITY]);
    check_revocation(input, out, &out->checks[CHECK_REVOCATION]);
    check_pins(input, out, &out->checks[CHECK_PIN]);
    trust_by_pin(input, out);
    out->ok = true;
    for (size_t i = 0; i < CHECKS; i++) {
        out->ok = out->ok && (!out->checks[i].done || out->checks[i].ok);
    }
    tell(input, out, words, error);
    return out->ok;
}
