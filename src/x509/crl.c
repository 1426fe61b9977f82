/* CRLs: see crl.h. RFC 5280, 5 (form) and 6.3.3 (use). Full lists signed by the certificate's own
 * issuer; delta lists and indirect ones are told to be unverifiable rather than half used. Every
 * entry is checked when the list is parsed, so that looking one up cannot fail. */
#include "x509/crl.h"

#include "x509/name.h"
#include "x509/parse.h"
#include "x509/signature.h"

enum { REASON_MAX = 10 };

#define MALFORMED(r, field, ...) \
    fail_at(error, ERR_malformed_certificate, field, reader_offset(r), __VA_ARGS__)

const char *revocation_reason_text(unsigned reason)
{
    static const char *const names[REASON_MAX + 1] = { "unspecified", "keyCompromise",
        "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
        "certificateHold", "reason 7", "removeFromCRL", "privilegeWithdrawn", "aACompromise" };
    return reason <= REASON_MAX ? names[reason] : "reason unknown";
}

/* ---- Extensions ---- */

struct extension {
    hf_bytes oid;
    bool critical;
    hf_reader value;
};

static bool extension_next(hf_reader *list, struct extension *extension, struct hf_error *error)
{
    hf_reader inner;
    struct der_element value;
    extension->critical = false;
    TRY(der_enter(list, DER_SEQUENCE, "extension", &inner, error));
    TRY(der_oid(&inner, "extension", &extension->oid, error));
    if (der_next_is(&inner, DER_BOOLEAN)) {
        TRY(der_boolean(&inner, "critical", &extension->critical, error));
    }
    TRY(der_get(&inner, DER_OCTET_STRING, "extension", &value, error));
    extension->value = reader_within(&inner, value.contents);
    return der_end(&inner, "extension", error);
}

/* RFC 5280, 5.3.1 */
static bool reason_parse(hf_reader *r, unsigned *reason, struct hf_error *error)
{
    struct der_element e;
    TRY(der_get(r, 0x0a, "reasonCode", &e, error));
    if (e.contents.length != 1 || e.contents.data[0] > REASON_MAX || e.contents.data[0] == 7) {
        return MALFORMED(r, "reasonCode", "a reasonCode that does not exist");
    }
    *reason = e.contents.data[0];
    return der_end(r, "reasonCode", error);
}

struct entry {
    hf_bytes serial;
    int64_t when;
    unsigned reason;
    bool unknown_critical;
};

/* RFC 5280, 5.1.2.6 and 5.3 */
static bool entry_next(hf_reader *entries, struct entry *entry, struct hf_error *error)
{
    hf_reader r;
    *entry = (struct entry){ .reason = 0 };
    TRY(der_enter(entries, DER_SEQUENCE, "revokedCertificates", &r, error));
    TRY(der_integer(&r, "userCertificate", &entry->serial, error));
    TRY(der_time(&r, "revocationDate", &entry->when, error));
    if (!reader_done(&r)) {
        hf_reader list;
        TRY(der_enter(&r, DER_SEQUENCE, "crlEntryExtensions", &list, error));
        do {
            struct extension e;
            TRY(extension_next(&list, &e, error));
            if (bytes_equal_public(e.oid, OID("\x55\x1d\x15"))) {
                TRY(reason_parse(&e.value, &entry->reason, error));
            } else {
                entry->unknown_critical = entry->unknown_critical || e.critical;
            }
        } while (!reader_done(&list));
    }
    return der_end(&r, "revokedCertificates", error);
}

static bool flag_parse(hf_reader *r, unsigned number, bool *flag, struct hf_error *error)
{
    struct der_element e;
    if (der_next_is(r, (uint8_t)(DER_CONTEXT + number))) {
        TRY(der_any(r, "issuingDistributionPoint", &e, error));
        if (e.contents.length != 1 || e.contents.data[0] != 0xff) {
            return MALFORMED(r, "issuingDistributionPoint", "a BOOLEAN that is not TRUE in DER");
        }
        *flag = true;
    }
    return true;
}

/* RFC 5280, 5.2.5 */
static bool scope_parse(hf_reader *r, struct crl *c, struct hf_error *error)
{
    const char *field = "issuingDistributionPoint";
    hf_reader s;
    struct der_element e;
    TRY(der_enter(r, DER_SEQUENCE, field, &s, error));
    c->has_scope = true;
    if (der_next_is(&s, DER_CONTEXT_CONSTRUCTED)) {
        TRY(der_any(&s, field, &e, error));
        c->point = e.contents;
    }
    TRY(flag_parse(&s, 1, &c->only_users, error));
    TRY(flag_parse(&s, 2, &c->only_cas, error));
    if (der_next_is(&s, DER_CONTEXT + 3)) {
        TRY(der_any(&s, field, &e, error));
        c->only_some_reasons = true;
    }
    TRY(flag_parse(&s, 4, &c->indirect, error));
    TRY(flag_parse(&s, 5, &c->only_attributes, error));
    TRY(der_end(&s, field, error));
    return der_end(r, field, error);
}

static bool authority_parse(hf_reader *r, struct crl *c, struct hf_error *error)
{
    hf_reader s;
    struct der_element e;
    TRY(der_enter(r, DER_SEQUENCE, "authorityKeyIdentifier", &s, error));
    if (der_next_is(&s, DER_CONTEXT)) {
        TRY(der_any(&s, "authorityKeyIdentifier", &e, error));
        c->authority_key_id = e.contents;
    }
    return der_end(r, "authorityKeyIdentifier", error);
}

/* RFC 5280, 5.2 */
static bool extension_take(struct extension *e, const hf_reader *at, struct crl *c,
    struct hf_error *error)
{
    if (bytes_equal_public(e->oid, OID("\x55\x1d\x14"))) {
        if (e->critical) { /* RFC 5280, 5.2.3 */
            return MALFORMED(at, "cRLNumber", "cRLNumber is marked critical, which it must not be");
        }
        TRY(der_integer(&e->value, "cRLNumber", &c->number, error));
        if (c->number.length > 20 || c->number.data[0] >= 0x80) {
            return MALFORMED(at, "cRLNumber", "cRLNumber is negative or over 20 bytes long");
        }
        return der_end(&e->value, "cRLNumber", error);
    }
    if (bytes_equal_public(e->oid, OID("\x55\x1d\x23"))) {
        return authority_parse(&e->value, c, error);
    }
    if (bytes_equal_public(e->oid, OID("\x55\x1d\x1c"))) {
        return scope_parse(&e->value, c, error);
    }
    c->is_delta = c->is_delta || bytes_equal_public(e->oid, OID("\x55\x1d\x1b"));
    c->unknown_critical = c->unknown_critical || e->critical;
    return true;
}

static bool extensions_take(hf_reader *tbs, struct crl *c, struct hf_error *error)
{
    enum { MOST = 32 };
    hf_bytes seen[MOST];
    size_t count = 0;
    hf_reader outer;
    hf_reader list;
    if (c->version != 2) {
        return MALFORMED(tbs, "crlExtensions", "extensions in a CRL of version 1");
    }
    TRY(der_enter(tbs, DER_CONTEXT_CONSTRUCTED, "crlExtensions", &outer, error));
    TRY(der_enter(&outer, DER_SEQUENCE, "crlExtensions", &list, error));
    TRY(der_end(&outer, "crlExtensions", error));
    do {
        struct extension e;
        hf_reader at = list;
        TRY(extension_next(&list, &e, error));
        for (size_t i = 0; i < count; i++) {
            if (bytes_equal_public(seen[i], e.oid)) {
                return MALFORMED(&at, "crlExtensions", "an extension stands twice");
            }
        }
        if (count == MOST) {
            return MALFORMED(&at, "crlExtensions", "more than %d extensions", MOST);
        }
        seen[count++] = e.oid;
        TRY(extension_take(&e, &at, c, error));
    } while (!reader_done(&list));
    return true;
}

/* ---- The list ---- */

static bool entries_parse(hf_reader *tbs, struct crl *c, struct hf_error *error)
{
    hf_reader r;
    TRY(der_enter(tbs, DER_SEQUENCE, "revokedCertificates", &r, error));
    c->entries = bytes_of(r.at, reader_left(&r));
    while (!reader_done(&r)) {
        struct entry entry;
        TRY(entry_next(&r, &entry, error));
        c->unknown_critical = c->unknown_critical || entry.unknown_critical;
        c->count++;
    }
    return true;
}

static bool tbs_parse(hf_reader *tbs, const struct provider *provider, struct crl *c,
    hf_bytes *inner_algorithm, struct hf_error *error)
{
    struct algorithm algorithm;
    c->version = 1;
    if (der_next_is(tbs, DER_INTEGER)) {
        hf_reader at = *tbs;
        unsigned version;
        TRY(der_small(tbs, "version", 1, &version, error));
        if (version != 1) { /* RFC 5280, 5.1.2.1 */
            return MALFORMED(&at, "version", "version 1 is written out");
        }
        c->version = 2;
    }
    TRY(algorithm_parse(tbs, "signature", provider, &algorithm, inner_algorithm, error));
    TRY(name_read(tbs, "issuer", &c->issuer, error));
    TRY(der_time(tbs, "thisUpdate", &c->this_update, error));
    c->next_update = INT64_MIN;
    if (der_next_is(tbs, DER_UTC_TIME) || der_next_is(tbs, DER_GENERALIZED_TIME)) {
        TRY(der_time(tbs, "nextUpdate", &c->next_update, error));
    }
    if (der_next_is(tbs, DER_SEQUENCE)) {
        TRY(entries_parse(tbs, c, error));
    }
    if (der_next_is(tbs, DER_CONTEXT_CONSTRUCTED)) {
        TRY(extensions_take(tbs, c, error));
    }
    return der_end(tbs, "tbsCertList", error);
}

static bool list_parse(hf_bytes der, const struct provider *provider, struct crl *c,
    struct hf_error *error)
{
    hf_reader r = reader_of_bytes(der);
    hf_reader outer;
    struct der_element tbs;
    struct algorithm algorithm;
    hf_bytes inner_algorithm;
    hf_bytes outer_algorithm;
    TRY(der_enter(&r, DER_SEQUENCE, "certificateList", &outer, error));
    TRY(der_end(&r, "certificateList", error));
    TRY(der_get(&outer, DER_SEQUENCE, "tbsCertList", &tbs, error));
    c->tbs = tbs.whole;
    hf_reader inner = reader_within(&outer, tbs.contents);
    TRY(tbs_parse(&inner, provider, c, &inner_algorithm, error));
    TRY(algorithm_parse(&outer, "signatureAlgorithm", provider, &algorithm, &outer_algorithm,
        error));
    if (!bytes_equal_public(inner_algorithm, outer_algorithm)) { /* RFC 5280, 5.1.1.2 */
        return MALFORMED(&outer, "signatureAlgorithm",
            "the signature algorithm within the CRL differs from the one outside");
    }
    c->scheme = algorithm.scheme;
    c->algorithm = algorithm.name;
    TRY(der_bit_bytes(&outer, "signatureValue", &c->signature, error));
    return der_end(&outer, "certificateList", error);
}

bool crl_parse(hf_bytes der, const struct provider *provider, struct crl *crl,
    struct hf_error *error)
{
    struct hf_error why;
    error_clear(&why);
    *crl = (struct crl){ .der = der, .algorithm = "" };
    if (!list_parse(der, provider, crl, &why)) {
        return fail_at(error, ERR_bad_crl, why.field, why.offset, "%s", why.detail);
    }
    return true;
}

/* ---- What it says ---- */

void finding_keep(struct finding *best, const struct finding *other)
{
    static const unsigned weight[] = { [REVOCATION_NOT_ASKED] = 0, [REVOCATION_UNKNOWN] = 1,
        [REVOCATION_UNVERIFIABLE] = 2, [REVOCATION_STALE] = 3, [REVOCATION_GOOD] = 4,
        [REVOCATION_REVOKED] = 5 };
    if (weight[other->status] > weight[best->status]) {
        *best = *other;
    }
}

#define FIND(finding, what, ...) \
    do { \
        (finding)->status = (what); \
        (finding)->detail[0] = '\0'; \
        text_append((finding)->detail, sizeof (finding)->detail, __VA_ARGS__); \
    } while (0)

/* Whether one of the names of a DistributionPointName's fullName is among those of another. */
static bool points_meet(hf_bytes a, hf_bytes b)
{
    hf_reader ra = reader_of_bytes(a);
    hf_reader rb = reader_of_bytes(b);
    hf_reader names;
    TRY(der_enter(&ra, DER_CONTEXT_CONSTRUCTED, "", &names, NULL));
    TRY(der_next_is(&rb, DER_CONTEXT_CONSTRUCTED));
    while (!reader_done(&names)) {
        struct der_element name;
        hf_reader others;
        rb = reader_of_bytes(b);
        TRY(der_any(&names, "", &name, NULL));
        TRY(der_enter(&rb, DER_CONTEXT_CONSTRUCTED, "", &others, NULL));
        while (!reader_done(&others)) {
            struct der_element other;
            TRY(der_any(&others, "", &other, NULL));
            if (bytes_equal_public(name.whole, other.whole)) {
                return true;
            }
        }
    }
    return false;
}

/* RFC 5280, 6.3.3 (b) (2) (i): the list's point is one that the certificate names. */
static bool point_fits(const struct crl *crl, const struct certificate *certificate)
{
    hf_reader r = reader_of_bytes(certificate->crl_points);
    while (!reader_done(&r)) {
        hf_reader point;
        struct der_element name;
        TRY(der_enter(&r, DER_SEQUENCE, "", &point, NULL));
        if (der_next_is(&point, DER_CONTEXT_CONSTRUCTED)) {
            TRY(der_any(&point, "", &name, NULL));
            if (points_meet(crl->point, name.contents)) {
                return true;
            }
        }
    }
    return false;
}

/* RFC 5280, 6.3.3 (b) */
static bool covers(const struct crl *crl, const struct certificate *certificate)
{
    return name_equal(crl->issuer, certificate->issuer) && !crl->only_attributes &&
        !(crl->only_users && certificate->is_ca) && !(crl->only_cas && !certificate->is_ca) &&
        (crl->point.length == 0 || point_fits(crl, certificate));
}

static bool usable(const struct verify_input *input, const struct crl *crl,
    const struct certificate *issuer, struct finding *finding)
{
    const struct signed_bytes what = { crl->scheme, crl->tbs, crl->signature };
    const char *why = NULL;
    if (crl->is_delta || crl->indirect) {
        why = crl->is_delta ? "is a delta list" : "is an indirect list";
    } else if (crl->unknown_critical) { /* RFC 5280, 5.2 and 5.3 */
        why = "has a critical extension that is not understood";
    } else if (issuer->has_key_usage && (issuer->key_usage & USAGE_CRL_SIGN) == 0) {
        why = "is signed by a key whose keyUsage lacks cRLSign"; /* RFC 5280, 6.3.3 (f) */
    } else if (input->profile != PROFILE_DEPLOYED && (crl->number.length == 0 ||
            crl->authority_key_id.length == 0)) { /* RFC 5280, 5.2.1 and 5.2.3 */
        why = "lacks cRLNumber or authorityKeyIdentifier";
    } else if (crl->scheme == NULL) {
        why = "is signed with a weak or unsupported algorithm";
    } else if (!signature_verify(input->provider, input->memo, &what, issuer)) {
        why = "does not verify under the issuer's key"; /* RFC 5280, 6.3.3 (g) */
    }
    if (why != NULL) {
        char name[48];
        name_short(crl->issuer, name, sizeof name);
        FIND(finding, REVOCATION_UNVERIFIABLE, "the CRL of \"%s\" %s", name, why);
    }
    return why == NULL;
}

static bool find_entry(const struct crl *crl, hf_bytes serial, struct entry *entry)
{
    hf_reader r = reader_of_bytes(crl->entries);
    while (!reader_done(&r)) {
        TRY(entry_next(&r, entry, NULL));
        if (bytes_equal_public(entry->serial, serial)) {
            return true;
        }
    }
    return false;
}

void crl_look(const struct verify_input *input, const struct crl *crl,
    const struct certificate *certificate, const struct certificate *issuer,
    struct finding *finding)
{
    struct entry entry;
    char name[48];
    char when[32];
    *finding = (struct finding){ .status = REVOCATION_NOT_ASKED };
    if (!covers(crl, certificate) || !usable(input, crl, issuer, finding)) {
        return;
    }
    name_short(crl->issuer, name, sizeof name);
    /* Also where the list is out of date: who was revoked stays so. */
    if (find_entry(crl, certificate->serial, &entry)) {
        time_text(entry.when, when);
        FIND(finding, REVOCATION_REVOKED, "revoked on %s by the CRL of \"%s\" (%s)", when, name,
            revocation_reason_text(entry.reason));
    } else if (crl->this_update > input->now) {
        time_text(crl->this_update, when);
        FIND(finding, REVOCATION_STALE, "the CRL of \"%s\" is of the future: %s", name, when);
    } else if (crl->next_update == INT64_MIN) { /* RFC 5280, 5.1.2.5 */
        FIND(finding, REVOCATION_STALE, "the CRL of \"%s\" does not say until when it holds", name);
    } else if (crl->next_update < input->now) {
        time_text(crl->next_update, when);
        FIND(finding, REVOCATION_STALE, "the CRL of \"%s\" was to be replaced by %s", name, when);
    } else if (crl->only_some_reasons) {
        FIND(finding, REVOCATION_UNKNOWN, "the CRL of \"%s\" covers some reasons only", name);
    } else {
        time_text(crl->this_update, when);
        FIND(finding, REVOCATION_GOOD, "not on the CRL of \"%s\" of %s", name, when);
    }
}
