/* Extensions of certificates (RFC 5280, 4.2). All that we process is checked to the bottom here,
 * so that later readers of the kept slices cannot fail. What breaks the form is refused here;
 * what makes a certificate unfit for its place is for the path checks, since a path may go
 * around it. */
#include "x509/name.h"
#include "x509/parse.h"

enum { EXTENSIONS_MAX = 64 };

#define MALFORMED(r, field, ...) \
    fail_at(error, ERR_malformed_certificate, field, reader_offset(r), __VA_ARGS__)

/* RFC 5280, 4.2.1.9 */
static bool basic_constraints(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    const char *field = "basicConstraints";
    hf_reader s;
    TRY(der_enter(r, DER_SEQUENCE, field, &s, error));
    c->has_basic_constraints = true;
    /* cA FALSE is the default and DER leaves it out, yet many CAs have written it. */
    if (der_next_is(&s, DER_BOOLEAN)) {
        TRY(der_boolean(&s, field, &c->is_ca, error));
    }
    if (der_next_is(&s, DER_INTEGER)) {
        unsigned length;
        hf_reader at = s;
        TRY(der_small(&s, "pathLenConstraint", 255, &length, error));
        if (!c->is_ca) {
            return MALFORMED(&at, field, "pathLenConstraint stands in a certificate of no CA");
        }
        c->path_length = (int)length;
    }
    return der_end(&s, field, error);
}

/* RFC 5280, 4.2.1.3 */
static bool key_usage(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    hf_reader at = *r;
    hf_bytes bits;
    unsigned unused;
    TRY(der_bits(r, "keyUsage", &bits, &unused, error));
    bool any = false;
    for (size_t i = 0; i < bits.length; i++) {
        any = any || bits.data[i] != 0;
    }
    if (bits.length > 2 || !any) {
        return MALFORMED(&at, "keyUsage", "keyUsage sets no bit, or bits that do not exist");
    }
    c->has_key_usage = true;
    for (unsigned i = 0; i < 9 && i / 8 < bits.length; i++) {
        if ((bits.data[i / 8] >> (7 - i % 8) & 1) != 0) {
            c->key_usage |= 1u << i;
        }
    }
    return true;
}

/* RFC 5280, 4.2.1.12 */
static bool extended_key_usage(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    static const struct {
        hf_bytes oid;
        enum purpose purpose;
    } rows[] = {
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x03\x01"), PURPOSE_SERVER },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x03\x02"), PURPOSE_CLIENT },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x03\x03"), PURPOSE_CODE },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x03\x04"), PURPOSE_EMAIL },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x03\x08"), PURPOSE_TIME },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x03\x09"), PURPOSE_OCSP },
        { OID_ROW("\x55\x1d\x25\x00"), PURPOSE_ANY },
    };
    hf_reader s;
    TRY(der_enter(r, DER_SEQUENCE, "extKeyUsage", &s, error));
    c->has_extended_key_usage = true;
    do { /* one at least: an empty list fails here */
        hf_bytes oid;
        unsigned purpose = PURPOSE_OTHER;
        TRY(der_oid(&s, "extKeyUsage", &oid, error));
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            if (bytes_equal_public(oid, rows[i].oid)) {
                purpose = rows[i].purpose;
            }
        }
        c->purposes |= purpose;
    } while (!reader_done(&s));
    return true;
}

/* RFC 5280, 4.2.1.6 */
static bool alternative_names(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    hf_reader s;
    TRY(der_enter(r, DER_SEQUENCE, "subjectAltName", &s, error));
    c->has_alternative_names = true;
    c->alternative_names = bytes_of(s.at, reader_left(&s));
    do {
        struct general_name name;
        TRY(general_name_read(&s, "subjectAltName", false, &name, error));
    } while (!reader_done(&s));
    return true;
}

/* RFC 5280, 4.2.1.10 */
static bool name_constraints(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    const char *field = "nameConstraints";
    hf_reader s;
    TRY(der_enter(r, DER_SEQUENCE, field, &s, error));
    c->name_constraints = bytes_of(s.at, reader_left(&s));
    if (reader_done(&s)) {
        return MALFORMED(&s, field, "nameConstraints constrain nothing");
    }
    for (uint8_t tag = DER_CONTEXT_CONSTRUCTED; tag <= DER_CONTEXT_CONSTRUCTED + 1; tag++) {
        hf_reader trees;
        if (!der_next_is(&s, tag)) {
            continue;
        }
        TRY(der_enter(&s, tag, field, &trees, error));
        do {
            hf_reader tree;
            struct general_name base;
            TRY(der_enter(&trees, DER_SEQUENCE, field, &tree, error));
            TRY(general_name_read(&tree, field, true, &base, error));
            TRY(der_end(&tree, field, error)); /* minimum is 0 and maximum absent */
        } while (!reader_done(&trees));
    }
    return der_end(&s, field, error);
}

/* RFC 5280, 4.2.1.2 */
static bool subject_key_id(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    struct der_element e;
    TRY(der_get(r, DER_OCTET_STRING, "subjectKeyIdentifier", &e, error));
    c->subject_key_id = e.contents;
    return true;
}

/* RFC 5280, 4.2.1.1 */
static bool authority_key_id(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    const char *field = "authorityKeyIdentifier";
    struct der_element e;
    hf_reader s;
    TRY(der_enter(r, DER_SEQUENCE, field, &s, error));
    if (der_next_is(&s, DER_CONTEXT)) {
        TRY(der_get(&s, DER_CONTEXT, field, &e, error));
        c->authority_key_id = e.contents;
    }
    if (der_next_is(&s, DER_CONTEXT_CONSTRUCTED + 1)) {
        TRY(der_get(&s, DER_CONTEXT_CONSTRUCTED + 1, field, &e, error));
        c->authority_key_id_names_certificate = true;
    }
    if (der_next_is(&s, DER_CONTEXT + 2)) {
        TRY(der_get(&s, DER_CONTEXT + 2, field, &e, error));
        c->authority_key_id_names_certificate = true;
    }
    return der_end(&s, field, error);
}

/* A SEQUENCE of one SEQUENCE at least, each read by `item`; `*contents` gets what it holds. */
static bool sequences(hf_reader *r, const char *field, hf_bytes *contents,
    bool (*item)(hf_reader *r, const char *field, struct hf_error *error), struct hf_error *error)
{
    hf_reader list;
    TRY(der_enter(r, DER_SEQUENCE, field, &list, error));
    *contents = bytes_of(list.at, reader_left(&list));
    do { /* an empty list fails here */
        hf_reader inner;
        TRY(der_enter(&list, DER_SEQUENCE, field, &inner, error));
        TRY(item(&inner, field, error));
        TRY(der_end(&inner, field, error));
    } while (!reader_done(&list));
    return true;
}

static bool access_description(hf_reader *r, const char *field, struct hf_error *error)
{
    hf_bytes method;
    struct general_name where;
    return der_oid(r, field, &method, error) && general_name_read(r, field, false, &where, error);
}

/* RFC 5280, 4.2.2.1 */
static bool information_access(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    return sequences(r, "authorityInfoAccess", &c->information_access, access_description, error);
}

/* Qualifiers are for people and only walked over. */
static bool policy_information(hf_reader *r, const char *field, struct hf_error *error)
{
    hf_bytes oid;
    struct der_element qualifiers;
    TRY(der_oid(r, field, &oid, error));
    return reader_done(r) || der_get(r, DER_SEQUENCE, field, &qualifiers, error);
}

/* RFC 5280, 4.2.1.4 */
static bool policies(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    return sequences(r, "certificatePolicies", &c->policies, policy_information, error);
}

static bool policy_pair(hf_reader *r, const char *field, struct hf_error *error)
{
    hf_bytes of_issuer;
    hf_bytes of_subject;
    return der_oid(r, field, &of_issuer, error) && der_oid(r, field, &of_subject, error);
}

/* RFC 5280, 4.2.1.5 */
static bool policy_mappings(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    return sequences(r, "policyMappings", &c->policy_mappings, policy_pair, error);
}

/* A number of certificates, [0] or [1] IMPLICIT or an INTEGER; beyond any path it counts as that
 * much. */
static bool skip_certificates(hf_reader *r, uint8_t tag, const char *field, int *value,
    struct hf_error *error)
{
    struct der_element e;
    hf_reader at = *r;
    TRY(der_get(r, tag, field, &e, error));
    hf_bytes v = e.contents;
    bool minimal = v.length == 1 || (v.length > 1 && (v.data[0] != 0 || v.data[1] >= 0x80));
    if (!minimal || v.data[0] >= 0x80) {
        return MALFORMED(&at, field, "a number in %s is negative or not minimal", field);
    }
    *value = v.length > 1 ? 255 : v.data[0];
    return true;
}

/* RFC 5280, 4.2.1.11 */
static bool policy_constraints(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    const char *field = "policyConstraints";
    hf_reader s;
    TRY(der_enter(r, DER_SEQUENCE, field, &s, error));
    if (reader_done(&s)) {
        return MALFORMED(&s, field, "policyConstraints constrain nothing");
    }
    if (der_next_is(&s, DER_CONTEXT)) {
        TRY(skip_certificates(&s, DER_CONTEXT, field, &c->require_explicit_policy, error));
    }
    if (der_next_is(&s, DER_CONTEXT + 1)) {
        TRY(skip_certificates(&s, DER_CONTEXT + 1, field, &c->inhibit_policy_mapping, error));
    }
    return der_end(&s, field, error);
}

/* RFC 5280, 4.2.1.14 */
static bool inhibit_any_policy(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    return skip_certificates(r, DER_INTEGER, "inhibitAnyPolicy", &c->inhibit_any_policy, error);
}

/* RFC 5280, 4.2.1.13: looked into only where a CRL names a distribution point. */
static bool crl_points(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    struct der_element e;
    TRY(der_get(r, DER_SEQUENCE, "cRLDistributionPoints", &e, error));
    c->crl_points = e.contents;
    return true;
}

/* RFC 7633, 4.1: numbers of TLS extensions; 5 is status_request. */
static bool tls_features(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    hf_reader s;
    TRY(der_enter(r, DER_SEQUENCE, "tlsFeature", &s, error));
    while (!reader_done(&s)) {
        hf_bytes feature;
        TRY(der_integer(&s, "tlsFeature", &feature, error));
        c->must_staple = c->must_staple || (feature.length == 1 && feature.data[0] == 5);
    }
    return true;
}

/* RFC 6960, 4.2.2.2.1: NULL, which some have written otherwise. */
static bool no_check(hf_reader *r, struct certificate *c, struct hf_error *error)
{
    struct der_element e;
    (void)c;
    return der_any(r, "ocsp-nocheck", &e, error);
}

enum criticality { EITHER, NEVER, /* "MUST mark this extension as non-critical" */
    ONLY_HINT }; /* kept, but who marks it critical asks for more than we do */

static bool dispatch(hf_bytes oid, bool critical, hf_reader *value, const hf_reader *at,
    struct certificate *c, struct hf_error *error)
{
    static const struct {
        hf_bytes oid;
        const char *name;
        bool (*parse)(hf_reader *, struct certificate *, struct hf_error *);
        enum criticality criticality;
        enum extension_bit bit;
    } rows[] = {
        { OID_ROW("\x55\x1d\x13"), "basicConstraints", basic_constraints, EITHER,
            HAS_BASIC_CONSTRAINTS },
        { OID_ROW("\x55\x1d\x0f"), "keyUsage", key_usage, EITHER, HAS_KEY_USAGE },
        { OID_ROW("\x55\x1d\x25"), "extKeyUsage", extended_key_usage, EITHER, HAS_PURPOSES },
        { OID_ROW("\x55\x1d\x11"), "subjectAltName", alternative_names, EITHER,
            HAS_ALTERNATIVE_NAMES },
        { OID_ROW("\x55\x1d\x1e"), "nameConstraints", name_constraints, EITHER,
            HAS_NAME_CONSTRAINTS },
        { OID_ROW("\x55\x1d\x0e"), "subjectKeyIdentifier", subject_key_id, NEVER,
            HAS_SUBJECT_KEY_ID },
        { OID_ROW("\x55\x1d\x23"), "authorityKeyIdentifier", authority_key_id, NEVER,
            HAS_AUTHORITY_KEY_ID },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x01\x01"), "authorityInfoAccess", information_access,
            NEVER, HAS_INFORMATION_ACCESS },
        { OID_ROW("\x55\x1d\x20"), "certificatePolicies", policies, EITHER, HAS_POLICIES },
        { OID_ROW("\x55\x1d\x21"), "policyMappings", policy_mappings, EITHER,
            HAS_POLICY_MAPPINGS },
        { OID_ROW("\x55\x1d\x24"), "policyConstraints", policy_constraints, EITHER,
            HAS_POLICY_CONSTRAINTS },
        { OID_ROW("\x55\x1d\x36"), "inhibitAnyPolicy", inhibit_any_policy, EITHER,
            HAS_INHIBIT_ANY_POLICY },
        { OID_ROW("\x55\x1d\x1f"), "cRLDistributionPoints", crl_points, ONLY_HINT,
            HAS_CRL_POINTS },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x01\x18"), "tlsFeature", tls_features, EITHER,
            HAS_TLS_FEATURES },
        { OID_ROW("\x2b\x06\x01\x05\x05\x07\x30\x01\x05"), "ocsp-nocheck", no_check, EITHER,
            HAS_OCSP_NO_CHECK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!bytes_equal_public(oid, rows[i].oid)) {
            continue;
        }
        if (critical && rows[i].criticality == NEVER) {
            return MALFORMED(at, rows[i].name, "%s is marked critical, which it must not be",
                rows[i].name);
        }
        TRY(rows[i].parse(value, c, error));
        TRY(der_end(value, rows[i].name, error));
        c->present |= rows[i].bit;
        c->critical |= critical ? rows[i].bit : 0u;
        if (rows[i].criticality != ONLY_HINT) {
            return true;
        }
    }
    if (critical && !c->unknown_critical) {
        c->unknown_critical = true;
        c->unknown_critical_oid = oid;
    }
    return true;
}

/* What extensions demand of one another. */
static bool check_together(const hf_reader *end, const struct certificate *c,
    struct hf_error *error)
{
    /* RFC 5280, 4.2.1.9: a path length only with keyCertSign. */
    bool signs = (c->key_usage & USAGE_KEY_CERT_SIGN) != 0;
    if (c->path_length >= 0 && c->has_key_usage && !signs) {
        return MALFORMED(end, "basicConstraints", "pathLenConstraint stands without keyCertSign");
    }
    /* RFC 5280, 4.2.1.10 */
    if (c->name_constraints.length > 0 && !c->is_ca) {
        return MALFORMED(end, "nameConstraints", "nameConstraints stand in a certificate of no CA");
    }
    /* RFC 5280, 4.1.2.6 */
    if (c->is_ca && name_is_empty(c->subject)) {
        return MALFORMED(end, "subject", "a CA without a name");
    }
    return true;
}

bool extensions_parse(hf_reader *r, struct certificate *certificate, struct hf_error *error)
{
    hf_bytes seen[EXTENSIONS_MAX];
    size_t count = 0;
    hf_reader list;
    TRY(der_enter(r, DER_SEQUENCE, "extensions", &list, error));
    do {
        hf_reader extension;
        hf_reader at = list;
        struct der_element value;
        bool critical = false;
        hf_bytes oid;
        TRY(der_enter(&list, DER_SEQUENCE, "extension", &extension, error));
        TRY(der_oid(&extension, "extension", &oid, error));
        /* FALSE is the default and DER leaves it out, yet CAs have written it. */
        if (der_next_is(&extension, DER_BOOLEAN)) {
            TRY(der_boolean(&extension, "critical", &critical, error));
        }
        TRY(der_get(&extension, DER_OCTET_STRING, "extension", &value, error));
        TRY(der_end(&extension, "extension", error));
        for (size_t i = 0; i < count; i++) {
            if (bytes_equal_public(seen[i], oid)) { /* RFC 5280, 4.2 */
                return MALFORMED(&at, "extensions", "an extension stands twice");
            }
        }
        if (count == EXTENSIONS_MAX) {
            return MALFORMED(&at, "extensions", "more than %d extensions", EXTENSIONS_MAX);
        }
        seen[count++] = oid;
        hf_reader inner = reader_within(&extension, value.contents);
        TRY(dispatch(oid, critical, &inner, &at, certificate, error));
    } while (!reader_done(&list));
    return check_together(&list, certificate, error);
}
