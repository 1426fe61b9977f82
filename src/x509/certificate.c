/* Certificates: see certificate.h. RFC 5280, 4.1. Every view borrows the DER given; the parser
 * keeps nothing and allocates nothing. Offsets in errors count from the certificate's first
 * byte. */
#include "x509/certificate.h"

#include "x509/name.h"
#include "x509/parse.h"

enum { SERIAL_MAX = 20 };

#define MALFORMED(r, field, ...) \
    fail_at(error, ERR_malformed_certificate, field, reader_offset(r), __VA_ARGS__)

/* RFC 5280, 4.1.2.1 */
static bool version_parse(hf_reader *tbs, struct certificate *c, struct hf_error *error)
{
    c->version = 1;
    if (der_next_is(tbs, DER_CONTEXT_CONSTRUCTED)) {
        hf_reader at = *tbs;
        hf_reader inner;
        unsigned version;
        TRY(der_enter(tbs, DER_CONTEXT_CONSTRUCTED, "version", &inner, error));
        TRY(der_small(&inner, "version", 2, &version, error));
        TRY(der_end(&inner, "version", error));
        if (version == 0) { /* X.690, 11.5: a default is left out */
            return MALFORMED(&at, "version", "version 1 is written out");
        }
        c->version = (int)version + 1;
    }
    return true;
}

/* RFC 5280, 4.1.2.2: positive, at most 20 bytes. Zero is borne in self-issued certificates, because
 * roots that everybody trusts have it. */
static bool serial_check(const hf_reader *at, const struct certificate *c, struct hf_error *error)
{
    const uint8_t *d = c->serial.data;
    size_t length = c->serial.length;
    bool zero = length == 1 && d[0] == 0;
    if (d[0] >= 0x80 || (zero && !name_equal(c->issuer, c->subject))) {
        return MALFORMED(at, "serialNumber", "the serial number is %s", zero ? "zero" : "negative");
    }
    if (length > SERIAL_MAX + (d[0] == 0 ? 1u : 0u)) {
        return MALFORMED(at, "serialNumber", "the serial number has %zu bytes", length);
    }
    return true;
}

static bool validity_parse(hf_reader *tbs, struct certificate *c, struct hf_error *error)
{
    hf_reader validity;
    TRY(der_enter(tbs, DER_SEQUENCE, "validity", &validity, error));
    TRY(der_time(&validity, "notBefore", &c->not_before, error));
    TRY(der_time(&validity, "notAfter", &c->not_after, error));
    return der_end(&validity, "validity", error);
}

/* RFC 5280, 4.1.2.8 and 4.1.2.9 */
static bool tail_parse(hf_reader *tbs, struct certificate *c, struct hf_error *error)
{
    for (unsigned i = 1; i <= 2; i++) {
        struct der_element unique;
        if (!der_next_is(tbs, (uint8_t)(DER_CONTEXT + i))) {
            continue;
        }
        if (c->version < 2) {
            return MALFORMED(tbs, "uniqueID", "a unique identifier in a certificate of version 1");
        }
        TRY(der_any(tbs, "uniqueID", &unique, error));
    }
    if (der_next_is(tbs, DER_CONTEXT_CONSTRUCTED + 3)) {
        hf_reader inner;
        if (c->version != 3) {
            return MALFORMED(tbs, "extensions", "extensions in a certificate of version %d",
                c->version);
        }
        TRY(der_enter(tbs, DER_CONTEXT_CONSTRUCTED + 3, "extensions", &inner, error));
        TRY(extensions_parse(&inner, c, error));
        TRY(der_end(&inner, "extensions", error));
    }
    return der_end(tbs, "tbsCertificate", error);
}

/* ML-DSA's keys are known where the provider has it, and otherwise of a kind that we do not
 * know. */
static void forget_unusable(const struct provider *provider, struct public_key *key)
{
    const uint16_t scheme = key->type == KEY_MLDSA44 ? 0x0904
        : key->type == KEY_MLDSA65 ? 0x0905 : 0x0906;
    if (is_mldsa(key->type) && provider->scheme(scheme) == NULL) {
        *key = (struct public_key){ .type = KEY_NONE };
    }
}

static bool spki_slice(hf_reader *tbs, const struct provider *provider, struct certificate *c,
    struct hf_error *error)
{
    struct der_element spki;
    size_t offset = reader_offset(tbs);
    TRY(der_get(tbs, DER_SEQUENCE, "subjectPublicKeyInfo", &spki, error));
    c->spki = spki.whole;
    bool had_error = error != NULL && error_is_set(error);
    if (!public_key_parse(c->spki, &c->key, &c->key_bits, error)) {
        if (error != NULL && !had_error) {
            error->offset += offset; /* it counted from the key's own first byte */
        }
        return false;
    }
    forget_unusable(provider, &c->key);
    return true;
}

static bool tbs_parse(hf_reader *tbs, const struct provider *provider, struct certificate *c,
    hf_bytes *inner_algorithm, struct hf_error *error)
{
    struct algorithm algorithm;
    TRY(version_parse(tbs, c, error));
    hf_reader serial_at = *tbs;
    TRY(der_integer(tbs, "serialNumber", &c->serial, error));
    TRY(algorithm_parse(tbs, "signature", provider, &algorithm, inner_algorithm, error));
    hf_reader issuer_at = *tbs;
    TRY(name_read(tbs, "issuer", &c->issuer, error));
    if (name_is_empty(c->issuer)) { /* RFC 5280, 4.1.2.4 */
        return MALFORMED(&issuer_at, "issuer", "the issuer has no name");
    }
    TRY(validity_parse(tbs, c, error));
    TRY(name_read(tbs, "subject", &c->subject, error));
    TRY(serial_check(&serial_at, c, error));
    TRY(spki_slice(tbs, provider, c, error));
    return tail_parse(tbs, c, error);
}

bool certificate_parse(hf_bytes der, const struct provider *provider,
    struct certificate *certificate, struct hf_error *error)
{
    hf_reader r = reader_of_bytes(der);
    hf_reader outer;
    hf_reader tbs;
    struct der_element tbs_element;
    struct algorithm algorithm;
    hf_bytes inner_algorithm;
    hf_bytes outer_algorithm;
    struct certificate *c = certificate;
    *c = (struct certificate){ .der = der, .path_length = -1, .algorithm = "",
        .require_explicit_policy = -1, .inhibit_policy_mapping = -1, .inhibit_any_policy = -1 };
    TRY(der_enter(&r, DER_SEQUENCE, "certificate", &outer, error));
    TRY(der_end(&r, "certificate", error));
    TRY(der_get(&outer, DER_SEQUENCE, "tbsCertificate", &tbs_element, error));
    c->tbs = tbs_element.whole;
    tbs = reader_within(&outer, tbs_element.contents);
    TRY(tbs_parse(&tbs, provider, c, &inner_algorithm, error));
    hf_reader algorithm_at = outer;
    TRY(algorithm_parse(&outer, "signatureAlgorithm", provider, &algorithm, &outer_algorithm,
        error));
    if (!bytes_equal_public(inner_algorithm, outer_algorithm)) { /* RFC 5280, 4.1.1.2 */
        return MALFORMED(&algorithm_at, "signatureAlgorithm",
            "the signature algorithm within the certificate differs from the one outside");
    }
    c->scheme = algorithm.scheme;
    c->weak_scheme = algorithm.weak;
    c->algorithm = algorithm.name;
    TRY(der_bit_bytes(&outer, "signatureValue", &c->signature, error));
    return der_end(&outer, "certificate", error);
}
