/* Path building: see search.h. RFC 5280, 6.1.3 (k to n are checked on the way up, when an issuer
 * joins the path: what it demands concerns only what stands below it), RFC 4158 (candidates,
 * loops).
 *
 * Invariants: the path is nodes[0 .. depth - 1], each signed by the next; no two of its
 * certificates have both subject and key in common; every candidate looked at costs a step,
 * every signature checked costs one of 64 (remembered, so that no pair is checked twice); so the
 * work is bounded whatever the peer sends. Key identifiers only order candidates, they decide
 * nothing. */
#include "x509/search.h"

#include <stdio.h>
#include <string.h>

#include "x509/constraints.h"
#include "x509/name.h"
#include "x509/policy.h"
#include "x509/profile.h"
#include "x509/signature.h"

/* Of two failures at one depth the one that says more wins. */
enum weight { WEIGHT_SIGNATURE, WEIGHT_DEAD_END, WEIGHT_RULE, WEIGHTS };

enum { RSA_BITS_MIN = 2048 };

/* ---- What a certificate is on its own ---- */

bool is_within(const struct certificate *certificate, int64_t now)
{
    return now >= certificate->not_before && now <= certificate->not_after;
}

bool serves_purpose(const struct certificate *certificate, enum purpose purpose)
{
    return !certificate->has_extended_key_usage || (certificate->purposes & PURPOSE_ANY) != 0 ||
        (certificate->purposes & (unsigned)purpose) == (unsigned)purpose;
}

bool is_weak_key(const struct certificate *certificate)
{
    enum key_type type = certificate->key.type;
    bool rsa = type == KEY_RSA || type == KEY_RSA_PSS;
    return type == KEY_NONE || (rsa && certificate->key_bits < RSA_BITS_MIN);
}

bool is_self_issued(const struct certificate *certificate)
{
    return name_equal(certificate->issuer, certificate->subject);
}

void certificate_title(const struct certificate *certificate, int index, char text[80])
{
    if (index == 0) {
        (void)snprintf(text, 80, "leaf");
        return;
    }
    char name[48]; /* so that what is said with two of them fits an error's detail */
    name_short(certificate->subject, name, sizeof name);
    (void)snprintf(text, 80, "\"%s\"", name);
}

/* ---- Failures ---- */

static unsigned rank_of(const struct path_search *s, enum weight weight)
{
    return (unsigned)s->depth * WEIGHTS + weight + 1;
}

void path_text(const struct path_search *search, char *text, size_t capacity)
{
    text[0] = '\0';
    text_append(text, capacity, "leaf");
    for (size_t i = 1; i < search->depth; i++) {
        char name[48];
        name_short(search->nodes[i].certificate->subject, name, sizeof name);
        if (strlen(text) + strlen(name) + 12 > capacity) {
            text_append(text, capacity, " <- …");
            return;
        }
        text_append(text, capacity, " <- %s", name);
    }
}

/* For who wants to know every path tried, and not only the one that got farthest. */
static void attempt(struct path_search *s, const struct path_failure *failure)
{
    struct path_attempts *all = s->input->attempts;
    if (all == NULL || all->count++ >= ATTEMPTS_MAX) {
        return;
    }
    struct path_attempt *a = &all->list[all->count - 1];
    a->reason = failure->reason;
    a->certificate = failure->certificate;
    a->depth = (unsigned)s->depth;
    memcpy(a->detail, failure->detail, sizeof a->detail);
    path_text(s, a->path, sizeof a->path);
}

/* Keeps the failure that got farthest. */
static void note(struct path_search *s, enum weight weight, struct path_failure *failure)
{
    failure->rank = rank_of(s, weight);
    attempt(s, failure);
    if (failure->rank > s->failure.rank) {
        s->failure = *failure;
    }
}

#define NOTE(s, weight, reason_, index_, about_, ...) \
    do { \
        if ((s)->lenient) { \
            struct path_failure failure_ = { .reason = (reason_), .certificate = (index_), \
                .about = (about_) }; \
            text_append(failure_.detail, sizeof failure_.detail, __VA_ARGS__); \
            note(s, weight, &failure_); \
        } \
    } while (0)

/* ---- Signatures ---- */

/* False with `exhausted` set when the budget is spent. */
static bool signature_good(struct path_search *s, const struct certificate *child,
    const struct certificate *parent)
{
    for (size_t i = 0; i < s->signatures; i++) {
        if (s->memo[i].child == child &&
                bytes_equal_public(s->memo[i].parent->spki, parent->spki)) {
            return s->memo[i].good;
        }
    }
    if (s->signatures == SIGNATURES_MAX) {
        s->exhausted = true;
        return false;
    }
    const struct signed_bytes what = { child->scheme, child->tbs, child->signature };
    bool good = signature_verify(s->input->provider, s->input->memo, &what, parent);
    s->memo[s->signatures++] = (struct signature_memo){ child, parent, good };
    return good;
}

/* ---- Rules that an issuer must meet where it stands ---- */

static enum place place_of(struct path_search *s, const struct certificate *parent, bool trusted)
{
    bool own = trusted && (is_self_issued(parent) || signature_good(s, parent, parent));
    return own ? PLACE_ROOT : trusted ? PLACE_ANCHOR : PLACE_INTERMEDIATE;
}

static bool may_issue(struct path_search *s, const struct certificate *parent, int index,
    bool trusted)
{
    char title[80];
    certificate_title(parent, -1, title);
    /* RFC 5280, 6.1.4 (k): before version 3 only the user's word makes a CA. */
    bool is_ca = parent->version == 3 ? parent->is_ca : trusted;
    if (!is_ca) {
        NOTE(s, WEIGHT_RULE, ERR_wrong_usage, index, parent,
            "%s issued a certificate but is no CA (basicConstraints)", title);
        return false;
    }
    /* RFC 5280, 6.1.4 (n) */
    if (parent->has_key_usage && (parent->key_usage & USAGE_KEY_CERT_SIGN) == 0) {
        NOTE(s, WEIGHT_RULE, ERR_wrong_usage, index, parent,
            "%s issued a certificate but its keyUsage lacks keyCertSign", title);
        return false;
    }
    char why[160];
    if (s->input->profile != PROFILE_DEPLOYED && !profile_allows(parent,
            place_of(s, parent, trusted), s->input->profile, why, sizeof why)) {
        NOTE(s, WEIGHT_RULE, ERR_constraint_violated, index, parent, "%s %s", title, why);
        return false;
    }
    if (is_weak_key(parent)) {
        char key[64];
        key_text(parent, key, sizeof key);
        NOTE(s, WEIGHT_RULE, ERR_weak_key, index, parent,
            "the key of %s is too weak or unsupported: %s", title, key);
        return false;
    }
    /* RFC 5280, 6.1.4 (o) */
    if (parent->unknown_critical) {
        char oid[64];
        der_oid_text(parent->unknown_critical_oid, oid, sizeof oid);
        NOTE(s, WEIGHT_RULE, ERR_constraint_violated, index, parent,
            "%s has a critical extension that is not understood: %s", title, oid);
        return false;
    }
    return true;
}

/* RFC 5280, 6.1.4 (l, m): how many intermediates stand below, self-issued ones not counted. */
static bool length_allowed(struct path_search *s, const struct certificate *parent, int index)
{
    int below = 0;
    for (size_t i = 1; i < s->depth; i++) {
        below += is_self_issued(s->nodes[i].certificate) ? 0 : 1;
    }
    if (parent->path_length >= 0 && below > parent->path_length) {
        char title[80];
        certificate_title(parent, -1, title);
        NOTE(s, WEIGHT_RULE, ERR_constraint_violated, index, parent,
            "%s allows %d intermediates below it, but there are %d", title, parent->path_length,
            below);
        return false;
    }
    if (s->input->has_depth_limit && below > 0 && (unsigned)below > s->input->depth_limit) {
        NOTE(s, WEIGHT_RULE, ERR_chain_too_costly, index, parent,
            "the path has %d intermediates, and %u are allowed here", below,
            s->input->depth_limit);
        return false;
    }
    return true;
}

/* RFC 5280, 6.1.3 (b, c): not for self-issued ones, except the leaf. */
static bool names_allowed(struct path_search *s, const struct certificate *parent)
{
    for (size_t i = 0; i < s->depth && parent->name_constraints.length > 0; i++) {
        const struct certificate *below = s->nodes[i].certificate;
        char why[104];
        if (i > 0 && is_self_issued(below)) {
            continue;
        }
        if (!constraints_allow(parent, below, &s->comparisons, why, sizeof why)) {
            char title[80];
            s->exhausted = s->comparisons == 0;
            certificate_title(parent, -1, title);
            NOTE(s, WEIGHT_RULE, ERR_constraint_violated, s->nodes[i].index, below,
                "the name constraints of %s: %s", title, why);
            return false;
        }
    }
    return true;
}

static bool rules_hold(struct path_search *s, const struct certificate *parent, int index,
    bool trusted)
{
    if (!s->lenient && (!is_within(parent, s->input->now) ||
            !serves_purpose(parent, s->input->purpose))) {
        return false;
    }
    return may_issue(s, parent, index, trusted) && length_allowed(s, parent, index) &&
        names_allowed(s, parent);
}

static bool signature_holds(struct path_search *s, const struct path_node *child,
    const struct certificate *parent, bool hinted)
{
    char title[80];
    char issuer[80];
    certificate_title(child->certificate, child->index, title);
    if (child->certificate->scheme == NULL) {
        const char *name = child->certificate->algorithm;
        NOTE(s, WEIGHT_RULE, ERR_weak_signature, child->index, child->certificate,
            "%s is signed with %s", title,
            name[0] != '\0' ? name : "an algorithm that is not supported");
        return false;
    }
    if (signature_good(s, child->certificate, parent)) {
        return true;
    }
    if (hinted && !s->exhausted) {
        certificate_title(parent, -1, issuer);
        NOTE(s, WEIGHT_SIGNATURE, ERR_bad_signature, child->index, child->certificate,
            "the signature of %s does not verify under the key of %s", title, issuer);
    }
    return false;
}

/* Strict: what is cheap comes first. Lenient: the signature, so that failures are those of real
 * issuers and not of namesakes. */
static bool acceptable(struct path_search *s, struct path_node *child,
    const struct certificate *parent, int index, bool trusted, bool hinted)
{
    if (!s->lenient) {
        return rules_hold(s, parent, index, trusted) &&
            signature_holds(s, child, parent, hinted);
    }
    return signature_holds(s, child, parent, hinted) && rules_hold(s, parent, index, trusted);
}

/* ---- Candidates ---- */

static bool ids_differ(const struct certificate *child, const struct certificate *parent)
{
    return child->authority_key_id.length > 0 && parent->subject_key_id.length > 0 &&
        !bytes_equal_public(child->authority_key_id, parent->subject_key_id);
}

static bool is_on_path(const struct path_search *s, const struct certificate *certificate)
{
    for (size_t i = 0; i < s->depth; i++) {
        const struct certificate *c = s->nodes[i].certificate;
        if (bytes_equal_public(c->spki, certificate->spki) &&
                name_equal(c->subject, certificate->subject)) {
            return true;
        }
    }
    return false;
}

/* The next of the store (from_store) or of the peer's chain whose subject is the issuer's name. */
static const struct certificate *next_named(struct path_search *s, struct path_node *node,
    bool from_store, int *index)
{
    hf_bytes issuer = node->certificate->issuer;
    *index = -1;
    if (from_store) {
        return trust_find(s->input->trust, issuer, node->cursor++);
    }
    while (node->cursor < s->input->count) {
        size_t i = node->cursor++;
        s->steps++;
        if (name_equal(s->input->chain[i].subject, issuer)) {
            *index = (int)i;
            return &s->input->chain[i];
        }
    }
    return NULL;
}

/* Candidates in four phases: store then chain, those with a fitting key identifier first. */
static const struct certificate *next_candidate(struct path_search *s, struct path_node *node,
    int *index, bool *from_store, bool *hinted)
{
    for (; node->phase < 4; node->phase++, node->cursor = 0) {
        const struct certificate *candidate;
        *from_store = node->phase % 2 == 0;
        *hinted = node->phase < 2;
        while ((candidate = next_named(s, node, *from_store, index)) != NULL) {
            if (++s->steps > STEPS_MAX) {
                s->exhausted = true;
                return NULL;
            }
            if (ids_differ(node->certificate, candidate) != *hinted && !is_on_path(s, candidate)) {
                node->found = node->found || *hinted;
                return candidate;
            }
        }
    }
    return NULL;
}

static bool is_trusted(const struct path_search *s, const struct certificate *certificate)
{
    const struct certificate *root;
    for (size_t n = 0;
            (root = trust_find(s->input->trust, certificate->subject, n)) != NULL; n++) {
        if (bytes_equal_public(root->der, certificate->der)) {
            return true;
        }
    }
    return false;
}

static void say_dead_end(struct path_search *s, const struct path_node *node, bool own)
{
    char title[80];
    char issuer[48];
    certificate_title(node->certificate, node->index, title);
    name_short(node->certificate->issuer, issuer, sizeof issuer);
    const char *namesake = trust_find(s->input->trust, node->certificate->issuer, 0) == NULL ? "" :
        "; its trusted namesake has another key";
    if (own && node->index == 0) {
        NOTE(s, WEIGHT_DEAD_END, ERR_self_signed, 0, node->certificate,
            "the certificate of \"%s\" is signed by itself and is not among the trusted ones",
            issuer);
    } else if (own) {
        NOTE(s, WEIGHT_DEAD_END, ERR_untrusted_root, node->index, node->certificate,
            "the chain ends in the root %s, which is not among the trusted ones%s", title,
            namesake);
    } else {
        NOTE(s, WEIGHT_DEAD_END, ERR_incomplete_chain, node->index, node->certificate,
            "%s was issued by \"%s\", which was neither sent nor is trusted%s", title, issuer,
            namesake);
    }
    unsigned rank = rank_of(s, WEIGHT_DEAD_END);
    if (s->failure.rank == rank && s->failure.required[0] == '\0') {
        (void)snprintf(s->failure.required, sizeof s->failure.required,
            "a trusted certificate of \"%s\"", issuer);
        (void)snprintf(s->failure.offered, sizeof s->failure.offered,
            "%zu certificate%s, the path ending with %s", s->input->count,
            s->input->count == 1 ? "" : "s", title);
    }
}

/* Nobody is left who could have issued the last certificate of the path. Where somebody of the
 * right name was there his failure is noted already, and stands unless the certificate signed
 * itself. */
static void dead_end(struct path_search *s, const struct path_node *node)
{
    const struct certificate *c = node->certificate;
    if (!s->lenient) {
        return;
    }
    bool own = is_self_issued(c) && !ids_differ(c, c);
    bool checkable = c->scheme != NULL && !is_weak_key(c);
    if (own && checkable && !signature_good(s, c, c)) {
        char title[80];
        certificate_title(c, node->index, title);
        NOTE(s, WEIGHT_SIGNATURE, ERR_bad_signature, node->index, c,
            "%s names itself as its issuer, but its signature does not verify under its own key",
            title);
    } else if (own || !node->found) {
        say_dead_end(s, node, own);
    }
}

/* ---- The walk ---- */

/* RFC 5280, 6.1.3 (d to f), over the whole path: another one may fare better. */
static bool policies_hold(struct path_search *s)
{
    const struct certificate *path[PATH_MAX_CERTIFICATES];
    char why[160];
    for (size_t i = 0; i < s->depth; i++) {
        path[i] = s->nodes[i].certificate;
    }
    if (!policies_allow(s->input, path, s->depth, why, sizeof why)) {
        NOTE(s, WEIGHT_RULE, ERR_constraint_violated, -1, path[0],
            "certificate policies: %s", why);
        return false;
    }
    return true;
}

static void push(struct path_search *s, const struct certificate *certificate, int index)
{
    s->nodes[s->depth++] = (struct path_node){ .certificate = certificate, .index = index };
}

void path_search_begin(struct path_search *search, const struct verify_input *input)
{
    memset(search, 0, sizeof *search);
    search->input = input;
    search->comparisons = COMPARISONS_MAX;
}

bool path_search_run(struct path_search *search, bool lenient)
{
    struct path_search *s = search;
    s->lenient = lenient;
    s->steps = 0;
    s->depth = 0;
    if (s->input->attempts != NULL) {
        s->input->attempts->count = 0;
    }
    s->exhausted = false;
    push(s, &s->input->chain[0], 0);
    if (is_trusted(s, &s->input->chain[0])) {
        return true;
    }
    while (s->depth > 0) {
        struct path_node *top = &s->nodes[s->depth - 1];
        int index;
        bool from_store;
        bool hinted;
        const struct certificate *issuer = NULL;
        if (s->depth < PATH_MAX_CERTIFICATES) {
            issuer = next_candidate(s, top, &index, &from_store, &hinted);
        } else {
            top->found = true; /* too long is no dead end */
        }
        if (s->exhausted) {
            return false;
        }
        if (issuer == NULL) {
            dead_end(s, top);
            s->depth--;
            continue;
        }
        if (acceptable(s, top, issuer, index, from_store, hinted)) {
            push(s, issuer, index);
            if (from_store && policies_hold(s)) {
                return true;
            }
            s->depth -= from_store ? 1 : 0;
        }
        if (s->exhausted) {
            return false;
        }
    }
    return false;
}
