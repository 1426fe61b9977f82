/* OCSP: see ocsp.h. RFC 6960, 3.2 (what makes a response acceptable), 4.2 (form). A response is
 * signed by the certificate's issuer, or by a responder whose certificate that issuer signed
 * with the OCSPSigning purpose; the latter must bear ocsp-nocheck, since nothing else speaks of
 * it here. A response counts for a certificate if its hashes are of this issuer and the serial is
 * the same. */
#include "x509/ocsp.h"

#include "x509/name.h"
#include "x509/parse.h"
#include "x509/search.h"
#include "x509/signature.h"

enum { DER_ENUMERATED = 0x0a, CERTIFICATES_MAX = 4, SINGLES_MAX = 128, NAMESAKES_MAX = 16 };

/* Clocks differ a little; and a response that does not say when the next one comes is not kept
 * longer than a day (RFC 6960, 4.2.2.1: newer information is available all the time). */
enum { SKEW = 300, AGE_MAX = 86400 };

#define MALFORMED(r, field, ...) \
    fail_at(error, ERR_malformed_certificate, field, reader_offset(r), __VA_ARGS__)

/* ---- Form ---- */

struct single {
    enum hash_id hash; /* of the two below */
    hf_bytes name_hash;
    hf_bytes key_hash;
    hf_bytes serial;
    enum revocation_status status;
    int64_t revoked_at;
    unsigned reason;
    int64_t this_update;
    int64_t next_update; /* INT64_MIN: it does not say */
    bool unknown_critical;
};

/* RFC 6960, 4.1.1: CertID */
static bool id_parse(hf_reader *r, struct single *single, struct hf_error *error)
{
    static const struct {
        hf_bytes oid;
        enum hash_id hash;
    } hashes[] = {
        { OID_ROW("\x2b\x0e\x03\x02\x1a"), HASH_SHA1 },
        { OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), HASH_SHA256 },
        { OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), HASH_SHA384 },
        { OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), HASH_SHA512 },
    };
    hf_reader id;
    hf_reader algorithm;
    hf_bytes oid;
    struct der_element e;
    TRY(der_enter(r, DER_SEQUENCE, "certID", &id, error));
    TRY(der_enter(&id, DER_SEQUENCE, "hashAlgorithm", &algorithm, error));
    TRY(der_oid(&algorithm, "hashAlgorithm", &oid, error));
    if (!reader_done(&algorithm)) {
        TRY(der_null(&algorithm, "hashAlgorithm", error));
    }
    TRY(der_end(&algorithm, "hashAlgorithm", error));
    single->hash = HASH_NONE;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        single->hash = bytes_equal_public(oid, hashes[i].oid) ? hashes[i].hash : single->hash;
    }
    TRY(der_get(&id, DER_OCTET_STRING, "issuerNameHash", &e, error));
    single->name_hash = e.contents;
    TRY(der_get(&id, DER_OCTET_STRING, "issuerKeyHash", &e, error));
    single->key_hash = e.contents;
    TRY(der_integer(&id, "serialNumber", &single->serial, error));
    return der_end(&id, "certID", error);
}

/* RFC 6960, 4.2.1: CertStatus */
static bool status_parse(hf_reader *r, struct single *single, struct hf_error *error)
{
    struct der_element e;
    hf_reader at = *r;
    TRY(der_any(r, "certStatus", &e, error));
    if (e.tag == DER_CONTEXT_CONSTRUCTED + 1) {
        hf_reader revoked = reader_within(r, e.contents);
        single->status = REVOCATION_REVOKED;
        TRY(der_time(&revoked, "revocationTime", &single->revoked_at, error));
        if (!reader_done(&revoked)) {
            hf_reader reason;
            struct der_element code;
            TRY(der_enter(&revoked, DER_CONTEXT_CONSTRUCTED, "revocationReason", &reason, error));
            TRY(der_get(&reason, DER_ENUMERATED, "revocationReason", &code, error));
            TRY(der_end(&reason, "revocationReason", error));
            single->reason = code.contents.length == 1 ? code.contents.data[0] : 255;
        }
        return der_end(&revoked, "certStatus", error);
    }
    bool good = e.tag == DER_CONTEXT;
    if ((!good && e.tag != DER_CONTEXT + 2) || e.contents.length != 0) {
        return MALFORMED(&at, "certStatus", "a certStatus with the tag 0x%02x", e.tag);
    }
    single->status = good ? REVOCATION_GOOD : REVOCATION_UNKNOWN;
    return true;
}

/* [1] EXPLICIT Extensions: none of them changes what a response says, unless it is critical. */
static bool critical_parse(hf_reader *r, bool *unknown_critical, struct hf_error *error)
{
    hf_reader outer;
    hf_reader list;
    if (!der_next_is(r, DER_CONTEXT_CONSTRUCTED + 1)) {
        return true;
    }
    TRY(der_enter(r, DER_CONTEXT_CONSTRUCTED + 1, "extensions", &outer, error));
    TRY(der_enter(&outer, DER_SEQUENCE, "extensions", &list, error));
    TRY(der_end(&outer, "extensions", error));
    while (!reader_done(&list)) {
        hf_reader extension;
        hf_bytes oid;
        bool critical = false;
        struct der_element value;
        TRY(der_enter(&list, DER_SEQUENCE, "extension", &extension, error));
        TRY(der_oid(&extension, "extension", &oid, error));
        if (der_next_is(&extension, DER_BOOLEAN)) {
            TRY(der_boolean(&extension, "critical", &critical, error));
        }
        TRY(der_get(&extension, DER_OCTET_STRING, "extension", &value, error));
        TRY(der_end(&extension, "extension", error));
        *unknown_critical = *unknown_critical || critical;
    }
    return true;
}

/* RFC 6960, 4.2.1: SingleResponse */
static bool single_next(hf_reader *list, struct single *single, struct hf_error *error)
{
    hf_reader r;
    *single = (struct single){ .next_update = INT64_MIN };
    TRY(der_enter(list, DER_SEQUENCE, "singleResponse", &r, error));
    TRY(id_parse(&r, single, error));
    TRY(status_parse(&r, single, error));
    TRY(der_time(&r, "thisUpdate", &single->this_update, error));
    if (der_next_is(&r, DER_CONTEXT_CONSTRUCTED)) {
        hf_reader next;
        TRY(der_enter(&r, DER_CONTEXT_CONSTRUCTED, "nextUpdate", &next, error));
        TRY(der_time(&next, "nextUpdate", &single->next_update, error));
        TRY(der_end(&next, "nextUpdate", error));
    }
    TRY(critical_parse(&r, &single->unknown_critical, error));
    return der_end(&r, "singleResponse", error);
}

static bool responder_parse(hf_reader *r, struct ocsp_response *o, struct hf_error *error)
{
    hf_reader inner;
    struct der_element e;
    if (der_next_is(r, DER_CONTEXT_CONSTRUCTED + 1)) {
        TRY(der_enter(r, DER_CONTEXT_CONSTRUCTED + 1, "responderID", &inner, error));
        TRY(name_read(&inner, "responderID", &o->responder_name, error));
        return der_end(&inner, "responderID", error);
    }
    TRY(der_enter(r, DER_CONTEXT_CONSTRUCTED + 2, "responderID", &inner, error));
    TRY(der_get(&inner, DER_OCTET_STRING, "responderID", &e, error));
    o->responder_key = e.contents;
    return der_end(&inner, "responderID", error);
}

/* RFC 6960, 4.2.1: ResponseData */
static bool data_parse(hf_reader *r, struct ocsp_response *o, struct hf_error *error)
{
    hf_reader list;
    size_t count = 0;
    if (der_next_is(r, DER_CONTEXT_CONSTRUCTED)) {
        return MALFORMED(r, "version", "version 1 is written out, or the version is not known");
    }
    TRY(responder_parse(r, o, error));
    TRY(der_time(r, "producedAt", &o->produced_at, error));
    TRY(der_enter(r, DER_SEQUENCE, "responses", &list, error));
    o->responses = bytes_of(list.at, reader_left(&list));
    while (!reader_done(&list)) {
        struct single single;
        if (++count > SINGLES_MAX) {
            return MALFORMED(&list, "responses", "more than %d responses", SINGLES_MAX);
        }
        TRY(single_next(&list, &single, error));
    }
    TRY(critical_parse(r, &o->unknown_critical, error));
    return der_end(r, "responseData", error);
}

static bool basic_parse(hf_reader *r, const struct provider *provider, struct ocsp_response *o,
    struct hf_error *error)
{
    hf_reader basic;
    struct der_element tbs;
    struct algorithm algorithm;
    hf_bytes whole;
    TRY(der_enter(r, DER_SEQUENCE, "basicOCSPResponse", &basic, error));
    TRY(der_end(r, "basicOCSPResponse", error));
    TRY(der_get(&basic, DER_SEQUENCE, "tbsResponseData", &tbs, error));
    o->tbs = tbs.whole;
    hf_reader data = reader_within(&basic, tbs.contents);
    TRY(data_parse(&data, o, error));
    TRY(algorithm_parse(&basic, "signatureAlgorithm", provider, &algorithm, &whole, error));
    o->scheme = algorithm.scheme;
    TRY(der_bit_bytes(&basic, "signature", &o->signature, error));
    if (der_next_is(&basic, DER_CONTEXT_CONSTRUCTED)) {
        hf_reader outer;
        struct der_element list;
        TRY(der_enter(&basic, DER_CONTEXT_CONSTRUCTED, "certs", &outer, error));
        TRY(der_get(&outer, DER_SEQUENCE, "certs", &list, error));
        TRY(der_end(&outer, "certs", error));
        o->certificates = list.contents;
    }
    return der_end(&basic, "basicOCSPResponse", error);
}

static bool response_parse(hf_bytes der, const struct provider *provider, struct ocsp_response *o,
    struct hf_error *error)
{
    hf_reader r = reader_of_bytes(der);
    hf_reader outer;
    hf_reader bytes;
    hf_reader pair;
    struct der_element e;
    hf_bytes type;
    TRY(der_enter(&r, DER_SEQUENCE, "OCSPResponse", &outer, error));
    TRY(der_end(&r, "OCSPResponse", error));
    TRY(der_get(&outer, DER_ENUMERATED, "responseStatus", &e, error));
    if (e.contents.length != 1 || e.contents.data[0] > 6) {
        return MALFORMED(&outer, "responseStatus", "a responseStatus that does not exist");
    }
    o->status = e.contents.data[0];
    if (o->status != 0) {
        return der_end(&outer, "OCSPResponse", error);
    }
    TRY(der_enter(&outer, DER_CONTEXT_CONSTRUCTED, "responseBytes", &bytes, error));
    TRY(der_end(&outer, "OCSPResponse", error));
    TRY(der_enter(&bytes, DER_SEQUENCE, "responseBytes", &pair, error));
    TRY(der_end(&bytes, "responseBytes", error));
    TRY(der_oid(&pair, "responseType", &type, error));
    if (!bytes_equal_public(type, OID("\x2b\x06\x01\x05\x05\x07\x30\x01\x01"))) {
        return MALFORMED(&pair, "responseType", "the response is not an id-pkix-ocsp-basic one");
    }
    TRY(der_get(&pair, DER_OCTET_STRING, "response", &e, error));
    TRY(der_end(&pair, "responseBytes", error));
    hf_reader basic = reader_within(&pair, e.contents);
    return basic_parse(&basic, provider, o, error);
}

bool ocsp_parse(hf_bytes der, const struct provider *provider, struct ocsp_response *response,
    struct hf_error *error)
{
    struct hf_error why;
    error_clear(&why);
    *response = (struct ocsp_response){ .status = 0 };
    if (!response_parse(der, provider, response, &why)) {
        return fail_at(error, ERR_staple_invalid, why.field, why.offset, "%s", why.detail);
    }
    return true;
}

/* ---- What it says ---- */

/* RFC 6960, 4.2.1: OCSPResponseStatus */
static const char *const refusals[] = { "successful", "malformedRequest", "internalError",
    "tryLater", "status 4", "sigRequired", "unauthorized" };

#define FIND(finding, what, ...) \
    do { \
        (finding)->status = (what); \
        (finding)->detail[0] = '\0'; \
        text_append((finding)->detail, sizeof (finding)->detail, __VA_ARGS__); \
    } while (0)

static bool hash_is(const struct provider *provider, enum hash_id id, hf_bytes data,
    hf_bytes digest)
{
    const struct hash *hash = id == HASH_NONE ? NULL : provider->hash(id);
    struct hash_state state;
    uint8_t actual[HASH_SIZE_MAX];
    if (hash == NULL || digest.length != hash->size) {
        return false;
    }
    hash->init(&state);
    hash->update(&state, data.data, data.length);
    hash->finish(&state, actual);
    return bytes_equal_public(bytes_of(actual, hash->size), digest);
}

/* The BIT STRING of a certificate's key, which is what responders hash. */
static bool key_bits_of(const struct certificate *certificate, hf_bytes *bits)
{
    hf_reader r = reader_of_bytes(certificate->spki);
    hf_reader spki;
    struct der_element algorithm;
    TRY(der_enter(&r, DER_SEQUENCE, "", &spki, NULL));
    TRY(der_any(&spki, "", &algorithm, NULL));
    return der_bit_bytes(&spki, "", bits, NULL);
}

static bool is_responder(const struct provider *provider, const struct ocsp_response *o,
    const struct certificate *certificate)
{
    hf_bytes bits;
    if (o->responder_name.length > 0) {
        return name_equal(o->responder_name, certificate->subject);
    }
    return key_bits_of(certificate, &bits) &&
        hash_is(provider, HASH_SHA1, bits, o->responder_key);
}

/* RFC 6960, 4.2.2.2: NULL, or why the issuer has not made this certificate its responder. */
static const char *not_delegated(const struct verify_input *input, const struct certificate *c,
    const struct certificate *issuer)
{
    const struct signed_bytes what = { c->scheme, c->tbs, c->signature };
    if (!name_equal(c->issuer, issuer->subject) ||
            !signature_verify(input->provider, input->memo, &what, issuer)) {
        return "its responder's certificate was not issued by the certificate's issuer";
    }
    if (!c->has_extended_key_usage || (c->purposes & PURPOSE_OCSP) == 0) {
        return "its responder's certificate lacks the purpose OCSPSigning";
    }
    if (!is_within(c, input->now)) {
        return "its responder's certificate is not valid now";
    }
    if ((c->present & HAS_OCSP_NO_CHECK) == 0) { /* RFC 6960, 4.2.2.2.1 */
        return "its responder's certificate lacks ocsp-nocheck, and nothing tells its status";
    }
    if (c->unknown_critical || is_weak_key(c) ||
            (c->has_key_usage && (c->key_usage & USAGE_DIGITAL_SIGNATURE) == 0)) {
        return "its responder's certificate is not fit to sign";
    }
    return NULL;
}

/* NULL: signed as it must be. */
static const char *not_signed(const struct verify_input *input, const struct ocsp_response *o,
    const struct certificate *issuer)
{
    const struct signed_bytes what = { o->scheme, o->tbs, o->signature };
    const char *why = "it was signed neither by the issuer nor by a responder that it sent";
    if (o->scheme == NULL) {
        return "it is signed with a weak or unsupported algorithm";
    }
    if (is_responder(input->provider, o, issuer)) {
        if (signature_verify(input->provider, input->memo, &what, issuer)) {
            return NULL;
        }
        why = "its signature does not verify under the issuer's key";
    }
    hf_reader r = reader_of_bytes(o->certificates);
    for (size_t i = 0; i < CERTIFICATES_MAX && !reader_done(&r); i++) {
        struct der_element der;
        struct certificate c;
        if (!der_any(&r, "", &der, NULL) ||
                !certificate_parse(der.whole, input->provider, &c, NULL)) {
            return "a certificate that it carries is malformed";
        }
        if (!is_responder(input->provider, o, &c)) {
            continue;
        }
        why = not_delegated(input, &c, issuer);
        if (why == NULL && signature_verify(input->provider, input->memo, &what, &c)) {
            return NULL;
        }
        why = why != NULL ? why : "its signature does not verify under its responder's key";
    }
    return why;
}

/* RFC 6960, 3.2 (1, 5, 6) */
static void judge(const struct verify_input *input, const struct single *single,
    struct finding *finding)
{
    char when[32];
    char next[32];
    time_text(single->this_update, when);
    if (single->unknown_critical) {
        FIND(finding, REVOCATION_UNVERIFIABLE,
            "the OCSP response has a critical extension that is not understood");
    } else if (single->status == REVOCATION_REVOKED) { /* a revocation does not grow stale */
        time_text(single->revoked_at, when);
        FIND(finding, REVOCATION_REVOKED, "revoked on %s, says OCSP (%s)", when,
            revocation_reason_text(single->reason));
    } else if (single->this_update > input->now + SKEW) {
        FIND(finding, REVOCATION_STALE, "the OCSP response is of the future: %s", when);
    } else if (single->next_update == INT64_MIN && input->now - single->this_update > AGE_MAX) {
        FIND(finding, REVOCATION_STALE, "the OCSP response is of %s and names no next one", when);
    } else if (single->next_update != INT64_MIN && single->next_update < input->now) {
        time_text(single->next_update, next);
        FIND(finding, REVOCATION_STALE, "the OCSP response was to be replaced by %s", next);
    } else if (single->status == REVOCATION_UNKNOWN) {
        FIND(finding, REVOCATION_UNKNOWN, "the OCSP responder does not know the certificate");
    } else {
        FIND(finding, REVOCATION_GOOD, "good, says OCSP on %s", when);
    }
}

/* RFC 6960, 3.2 (1): is it this certificate that the response is about? */
static bool is_about(const struct provider *provider, const struct single *single,
    const struct certificate *certificate, const struct certificate *issuer)
{
    hf_bytes bits;
    return bytes_equal_public(single->serial, certificate->serial) &&
        key_bits_of(issuer, &bits) &&
        hash_is(provider, single->hash, issuer->subject, single->name_hash) &&
        hash_is(provider, single->hash, bits, single->key_hash);
}

void ocsp_look(const struct verify_input *input, hf_bytes der,
    const struct certificate *certificate, const struct certificate *issuer,
    struct finding *finding)
{
    struct ocsp_response o;
    struct hf_error why;
    error_clear(&why);
    if (!ocsp_parse(der, input->provider, &o, &why)) {
        FIND(finding, REVOCATION_UNVERIFIABLE, "the OCSP response is malformed: %.120s",
            why.detail);
        return;
    }
    if (o.status != 0) {
        FIND(finding, REVOCATION_UNKNOWN, "the OCSP responder refused: %s", refusals[o.status]);
        return;
    }
    FIND(finding, REVOCATION_UNKNOWN, "the OCSP response is about other certificates");
    struct finding best = { .status = REVOCATION_NOT_ASKED };
    hf_reader r = reader_of_bytes(o.responses);
    struct single single;
    size_t hits = 0;
    while (hits < NAMESAKES_MAX && !reader_done(&r) && single_next(&r, &single, NULL)) {
        if (is_about(input->provider, &single, certificate, issuer)) {
            struct finding one;
            judge(input, &single, &one);
            finding_keep(&best, &one);
            hits++;
        }
    }
    if (best.status == REVOCATION_NOT_ASKED) {
        return;
    }
    const char *unsigned_why = o.unknown_critical ?
        "it has a critical extension that is not understood" : not_signed(input, &o, issuer);
    if (unsigned_why != NULL) {
        FIND(finding, REVOCATION_UNVERIFIABLE, "the OCSP response cannot be trusted: %s",
            unsigned_why);
        return;
    }
    *finding = best;
}

bool ocsp_summary(hf_bytes der, const struct provider *provider,
    const struct certificate *certificate, struct ocsp_summary *summary, struct hf_error *error)
{
    struct ocsp_response o;
    struct single single;
    TRY(ocsp_parse(der, provider, &o, error));
    if (o.status != 0) {
        return fail(error, ERR_staple_invalid, "the OCSP responder refused: %s",
            refusals[o.status]);
    }
    hf_reader r = reader_of_bytes(o.responses);
    while (!reader_done(&r)) {
        TRY(single_next(&r, &single, error));
        if (bytes_equal_public(single.serial, certificate->serial)) {
            bool ends = single.next_update != INT64_MIN;
            *summary = (struct ocsp_summary){ single.status, single.this_update - SKEW,
                ends ? single.next_update : single.this_update + AGE_MAX };
            return true;
        }
    }
    return fail(error, ERR_staple_invalid, "the OCSP response is about other certificates");
}
