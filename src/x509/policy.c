/* Certificate policies: see policy.h. RFC 5280, 6.1.2 to 6.1.5, as RFC 9618 mends it: one level of
 * the graph is kept at a time, as rows (policy, what it is called below, whether it comes from a
 * policy that the user accepts); so the work is bounded by rows times policies, whatever mappings
 * say. Only the verdict is computed, not the tree's qualifiers.
 *
 * Invariant: `good` of a row says that its first ancestor below anyPolicy is in the user's set
 * (6.1.5 (g)); with no set given every row is good. */
#include "x509/policy.h"

#include "x509/der.h"
#include "x509/search.h"

enum { ROWS_MAX = 256 };

#define OID_ANY_POLICY OID("\x55\x1d\x20\x00")

struct row {
    hf_bytes policy;
    hf_bytes expected; /* a policy with several expected ones has several rows */
    bool good;
};

struct level {
    size_t count;
    bool overflow;
    struct row rows[ROWS_MAX];
};

struct state {
    const struct verify_input *input;
    size_t explicit_policy; /* 6.1.2 (d to f): how many more certificates may pass */
    size_t any_policy;
    size_t mapping;
    struct level levels[2];
    struct level *now;
    struct level *next;
};

static bool is_any(hf_bytes policy)
{
    return bytes_equal_public(policy, OID_ANY_POLICY);
}

static bool is_wanted(const struct verify_input *input, hf_bytes policy)
{
    for (size_t i = 0; i < input->policy_count; i++) {
        if (bytes_equal_public(input->policies[i], policy) || is_any(input->policies[i])) {
            return true;
        }
    }
    return input->policy_count == 0;
}

/* Adds a row, or makes the one there is as good. */
static void add(struct level *level, hf_bytes policy, hf_bytes expected, bool good)
{
    for (size_t i = 0; i < level->count; i++) {
        struct row *row = &level->rows[i];
        if (bytes_equal_public(row->policy, policy) &&
                bytes_equal_public(row->expected, expected)) {
            row->good = row->good || good;
            return;
        }
    }
    if (level->count == ROWS_MAX) {
        level->overflow = true;
        return;
    }
    level->rows[level->count++] = (struct row){ policy, expected, good };
}

static bool holds_any(const struct level *level)
{
    for (size_t i = 0; i < level->count; i++) {
        if (is_any(level->rows[i].policy)) {
            return true;
        }
    }
    return false;
}

/* 6.1.3 (d) (1): one policy of the certificate. */
static void take_policy(struct state *s, hf_bytes policy)
{
    bool matched = false;
    for (size_t i = 0; i < s->now->count; i++) {
        const struct row *row = &s->now->rows[i];
        if (!is_any(row->policy) && bytes_equal_public(row->expected, policy)) {
            add(s->next, policy, policy, row->good);
            matched = true;
        }
    }
    if (!matched && holds_any(s->now)) {
        add(s->next, policy, policy, is_wanted(s->input, policy));
    }
}

static bool has_policy(const struct level *level, hf_bytes policy)
{
    for (size_t i = 0; i < level->count; i++) {
        if (bytes_equal_public(level->rows[i].policy, policy)) {
            return true;
        }
    }
    return false;
}

/* 6.1.3 (d) (2): anyPolicy stands for all that is expected and not named. */
static void take_any(struct state *s)
{
    size_t named = s->next->count;
    for (size_t i = 0; i < s->now->count; i++) {
        const struct row *row = &s->now->rows[i];
        bool present = false;
        for (size_t j = 0; j < named; j++) {
            present = present || bytes_equal_public(s->next->rows[j].policy, row->expected);
        }
        if (!present) {
            add(s->next, row->expected, row->expected, row->good);
        }
    }
}

/* 6.1.3 (d, e) */
static bool take_certificate(struct state *s, const struct certificate *c, bool last)
{
    hf_reader r = reader_of_bytes(c->policies);
    bool any = false;
    s->next->count = 0;
    while (!reader_done(&r)) {
        hf_reader information;
        hf_bytes policy;
        TRY(der_enter(&r, DER_SEQUENCE, "", &information, NULL));
        TRY(der_oid(&information, "", &policy, NULL));
        any = any || is_any(policy);
        if (!is_any(policy)) {
            take_policy(s, policy);
        }
    }
    if (any && (s->any_policy > 0 || (!last && is_self_issued(c)))) {
        take_any(s);
    }
    struct level *spent = s->now;
    s->now = s->next;
    s->next = spent;
    return !s->now->overflow;
}

/* 6.1.4 (a, b): `now` with its names as they are called below. */
static bool map_policies(struct state *s, const struct certificate *c)
{
    hf_reader pairs = reader_of_bytes(c->policy_mappings);
    bool any = holds_any(s->now);
    if (reader_done(&pairs)) {
        return true;
    }
    s->next->count = 0;
    while (!reader_done(&pairs)) {
        hf_reader pair;
        hf_bytes from;
        hf_bytes to;
        bool matched = false;
        TRY(der_enter(&pairs, DER_SEQUENCE, "", &pair, NULL));
        TRY(der_oid(&pair, "", &from, NULL));
        TRY(der_oid(&pair, "", &to, NULL));
        TRY(!is_any(from) && !is_any(to)); /* 6.1.4 (a) */
        for (size_t i = 0; s->mapping > 0 && i < s->now->count; i++) {
            if (bytes_equal_public(s->now->rows[i].policy, from)) {
                add(s->next, from, to, s->now->rows[i].good);
                matched = true;
            }
        }
        if (s->mapping > 0 && !matched && any) {
            add(s->next, from, to, is_wanted(s->input, from));
        }
    }
    /* What no pair speaks of stays; with mapping forbidden, what one speaks of goes. */
    for (size_t i = 0; i < s->now->count; i++) {
        const struct row *row = &s->now->rows[i];
        bool mapped = s->mapping > 0 && has_policy(s->next, row->policy);
        pairs = reader_of_bytes(c->policy_mappings);
        while (s->mapping == 0 && !mapped && !reader_done(&pairs)) {
            hf_reader pair;
            hf_bytes from;
            TRY(der_enter(&pairs, DER_SEQUENCE, "", &pair, NULL));
            TRY(der_oid(&pair, "", &from, NULL));
            mapped = bytes_equal_public(row->policy, from);
        }
        if (!mapped) {
            add(s->next, row->policy, row->expected, row->good);
        }
    }
    struct level *spent = s->now;
    s->now = s->next;
    s->next = spent;
    return !s->now->overflow;
}

static void lower(size_t *counter, int limit)
{
    if (limit >= 0 && (size_t)limit < *counter) {
        *counter = (size_t)limit;
    }
}

/* 6.1.4 (h to j) */
static void count_down(struct state *s, const struct certificate *c)
{
    if (!is_self_issued(c)) {
        s->explicit_policy -= s->explicit_policy > 0 ? 1 : 0;
        s->mapping -= s->mapping > 0 ? 1 : 0;
        s->any_policy -= s->any_policy > 0 ? 1 : 0;
    }
    lower(&s->explicit_policy, c->require_explicit_policy);
    lower(&s->mapping, c->inhibit_policy_mapping);
    lower(&s->any_policy, c->inhibit_any_policy);
}

/* 6.1.5 (a, b, g) */
static bool finish(struct state *s, const struct certificate *leaf)
{
    s->explicit_policy -= s->explicit_policy > 0 ? 1 : 0;
    if (leaf->require_explicit_policy == 0) {
        s->explicit_policy = 0;
    }
    bool good = s->explicit_policy > 0;
    for (size_t i = 0; !good && i < s->now->count; i++) {
        good = s->now->rows[i].good || is_any(s->now->rows[i].policy);
    }
    return good;
}

/* Whether anything on the path, or of what is asked for, can make policies matter. */
static bool matters(const struct verify_input *input, const struct certificate *const *path,
    size_t length)
{
    bool matter = input->require_policy;
    for (size_t i = 0; i + 1 < length; i++) {
        matter = matter || path[i]->require_explicit_policy >= 0 ||
            path[i]->policy_mappings.length > 0;
    }
    return matter;
}

static bool walk(struct state *s, const struct certificate *const *path, size_t length, char *why,
    size_t capacity)
{
    for (size_t i = length - 1; i-- > 0;) {
        const struct certificate *c = path[i];
        if (!take_certificate(s, c, i == 0) || (i > 0 && !map_policies(s, c))) {
            text_append(why, capacity, s->next->overflow || s->now->overflow ?
                "more of them than can be followed" : "anyPolicy is mapped (RFC 5280, 6.1.4 (a))");
            return false;
        }
        if (s->explicit_policy == 0 && s->now->count == 0) { /* 6.1.3 (f) */
            text_append(why, capacity, "a CA requires one, and none holds on the whole path"
                " (RFC 5280, 6.1.3 (f))");
            return false;
        }
        if (i > 0) {
            count_down(s, c);
        }
    }
    if (!finish(s, path[0])) {
        text_append(why, capacity, "none that is acceptable holds on the whole path"
            " (RFC 5280, 6.1.5 (g))");
        return false;
    }
    return true;
}

bool policies_allow(const struct verify_input *input, const struct certificate *const *path,
    size_t length, char *why, size_t capacity)
{
    struct state s;
    why[0] = '\0';
    if (length < 2 || !matters(input, path, length)) {
        return true;
    }
    s.input = input;
    s.explicit_policy = input->require_policy ? 0 : length; /* of length - 1 certificates, plus 1 */
    s.mapping = input->forbid_policy_mapping ? 0 : length;
    s.any_policy = input->forbid_any_policy ? 0 : length;
    s.now = &s.levels[0];
    s.next = &s.levels[1];
    s.levels[0].count = s.levels[1].count = 0;
    s.levels[0].overflow = s.levels[1].overflow = false;
    add(s.now, OID_ANY_POLICY, OID_ANY_POLICY, true);
    return walk(&s, path, length, why, capacity);
}
