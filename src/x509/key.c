/* Public keys and signature algorithms: RFC 3279, RFC 4055 (RSA, RSASSA-PSS), RFC 5480 (EC), RFC
 * 5758 (ECDSA with SHA-2), RFC 8410 (Ed25519, Ed448), RFC 9881 (ML-DSA). What is not known is told
 * apart from what is broken: a key of an unknown kind parses as KEY_NONE, so that the certificate
 * can still be shown. */
#include "x509/parse.h"

enum { RSA_BITS_MAX = 8192 };        /* signature_room */
enum { RSA_EXPONENT_BYTES_MAX = 8 }; /* larger ones only serve to make verifying slow */

#define OID_RSA OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
#define OID_RSASSA_PSS OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")
#define OID_MGF1 OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08")
#define OID_EC OID("\x2a\x86\x48\xce\x3d\x02\x01")
#define OID_SHA1 OID("\x2b\x0e\x03\x02\x1a")

/* AlgorithmIdentifier: the OID, and a reader over what follows it. */
static bool algorithm_enter(hf_reader *r, const char *field, hf_bytes *oid, hf_reader *parameters,
    hf_bytes *whole, struct hf_error *error)
{
    struct der_element e;
    TRY(der_get(r, DER_SEQUENCE, field, &e, error));
    *whole = e.whole;
    *parameters = reader_within(r, e.contents);
    return der_oid(parameters, field, oid, error);
}

/* NULL or nothing (RFC 4055, 2.1 and 5). */
static bool null_or_absent(hf_reader *parameters, const char *field, struct hf_error *error)
{
    if (!reader_done(parameters)) {
        TRY(der_null(parameters, field, error));
    }
    return der_end(parameters, field, error);
}

/* ---- RSASSA-PSS parameters (RFC 4055, 3.1) ---- */

/* An AlgorithmIdentifier of a hash that we know; HASH_NONE: another. */
static bool hash_parse(hf_reader *r, const char *field, enum hash_id *hash, struct hf_error *error)
{
    /* 2.16.840.1.101.3.4.2.1 to .3 */
    static const enum hash_id sha2[] = { HASH_NONE, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
    hf_bytes oid;
    hf_bytes whole;
    hf_reader parameters;
    TRY(algorithm_enter(r, field, &oid, &parameters, &whole, error));
    TRY(null_or_absent(&parameters, field, error));
    *hash = HASH_NONE;
    if (bytes_equal_public(oid, OID_SHA1)) {
        *hash = HASH_SHA1;
    } else if (oid.length == 9 && oid.data[8] < 4 &&
            bytes_equal_public(bytes_of(oid.data, 8), OID("\x60\x86\x48\x01\x65\x03\x04\x02"))) {
        *hash = sha2[oid.data[8]];
    }
    return true;
}

struct pss {
    enum hash_id hash;
    enum hash_id mask_hash;
    unsigned salt;
};

static bool mask_parse(hf_reader *r, const char *field, enum hash_id *hash, struct hf_error *error)
{
    hf_bytes oid;
    hf_bytes whole;
    hf_reader parameters;
    TRY(algorithm_enter(r, field, &oid, &parameters, &whole, error));
    if (!bytes_equal_public(oid, OID_MGF1)) {
        *hash = HASH_NONE;
        return true;
    }
    TRY(hash_parse(&parameters, field, hash, error));
    return der_end(&parameters, field, error);
}

static bool pss_parse(hf_reader *parameters, const char *field, struct pss *pss,
    struct hf_error *error)
{
    hf_reader all;
    hf_reader inner;
    *pss = (struct pss){ HASH_SHA1, HASH_SHA1, 20 };
    TRY(der_enter(parameters, DER_SEQUENCE, field, &all, error));
    TRY(der_end(parameters, field, error));
    if (der_next_is(&all, DER_CONTEXT_CONSTRUCTED)) {
        TRY(der_enter(&all, DER_CONTEXT_CONSTRUCTED, field, &inner, error));
        TRY(hash_parse(&inner, field, &pss->hash, error));
        TRY(der_end(&inner, field, error));
    }
    if (der_next_is(&all, DER_CONTEXT_CONSTRUCTED + 1)) {
        TRY(der_enter(&all, DER_CONTEXT_CONSTRUCTED + 1, field, &inner, error));
        TRY(mask_parse(&inner, field, &pss->mask_hash, error));
        TRY(der_end(&inner, field, error));
    }
    if (der_next_is(&all, DER_CONTEXT_CONSTRUCTED + 2)) {
        TRY(der_enter(&all, DER_CONTEXT_CONSTRUCTED + 2, field, &inner, error));
        TRY(der_small(&inner, field, 1024, &pss->salt, error));
        TRY(der_end(&inner, field, error));
    }
    if (der_next_is(&all, DER_CONTEXT_CONSTRUCTED + 3)) {
        unsigned trailer;
        TRY(der_enter(&all, DER_CONTEXT_CONSTRUCTED + 3, field, &inner, error));
        TRY(der_small(&inner, field, 1, &trailer, error));
        TRY(der_end(&inner, field, error));
    }
    return der_end(&all, field, error);
}

/* The scheme that TLS has for such a signature: the same hash everywhere, and the salt as long
 * as it. */
static void pss_algorithm(const struct pss *pss, const struct provider *provider,
    struct algorithm *algorithm)
{
    static const struct {
        enum hash_id hash;
        unsigned salt;
        uint16_t scheme;
        const char *name;
    } rows[] = {
        { HASH_SHA256, 32, 0x0804, "RSASSA-PSS-with-SHA256" },
        { HASH_SHA384, 48, 0x0805, "RSASSA-PSS-with-SHA384" },
        { HASH_SHA512, 64, 0x0806, "RSASSA-PSS-with-SHA512" },
    };
    algorithm->name = "RSASSA-PSS";
    algorithm->weak = pss->hash == HASH_SHA1;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (pss->hash == rows[i].hash && pss->mask_hash == rows[i].hash &&
                pss->salt == rows[i].salt) {
            algorithm->name = rows[i].name;
            algorithm->scheme = provider->scheme(rows[i].scheme);
        }
    }
}

static unsigned hash_length(enum hash_id hash)
{
    return hash == HASH_SHA512 ? 64 : hash == HASH_SHA384 ? 48 : 32;
}

/* ---- Signature algorithms ---- */

static const struct signature_row {
    const char *oid;
    size_t oid_length;
    const char *name;
    uint16_t scheme; /* 0: weak */
    bool null_parameters;
} signature_rows[] = {
#define ROW(oid, ...) { oid, sizeof(oid) - 1, __VA_ARGS__ }
    ROW("\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-with-SHA256", 0x0403, false),
    ROW("\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-with-SHA384", 0x0503, false),
    ROW("\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-with-SHA512", 0x0603, false),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "sha256WithRSAEncryption", 0x0401, true),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "sha384WithRSAEncryption", 0x0501, true),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "sha512WithRSAEncryption", 0x0601, true),
    ROW("\x2b\x65\x70", "Ed25519", 0x0807, false),
    ROW("\x2b\x65\x71", "Ed448", 0x0808, false),
    ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ML-DSA-44", 0x0904, false),
    ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ML-DSA-65", 0x0905, false),
    ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ML-DSA-87", 0x0906, false),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", "md2WithRSAEncryption", 0, true),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "md5WithRSAEncryption", 0, true),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "sha1WithRSAEncryption", 0, true),
    ROW("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", "sha224WithRSAEncryption", 0, true),
    ROW("\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1", 0, false),
    ROW("\x2a\x86\x48\xce\x3d\x04\x03\x01", "ecdsa-with-SHA224", 0, false),
#undef ROW
};

bool algorithm_parse(hf_reader *r, const char *field, const struct provider *provider,
    struct algorithm *algorithm, hf_bytes *whole, struct hf_error *error)
{
    hf_bytes oid;
    hf_reader parameters;
    *algorithm = (struct algorithm){ NULL, false, "" };
    TRY(algorithm_enter(r, field, &oid, &parameters, whole, error));
    if (bytes_equal_public(oid, OID_RSASSA_PSS)) {
        struct pss pss;
        TRY(pss_parse(&parameters, field, &pss, error));
        pss_algorithm(&pss, provider, algorithm);
        return true;
    }
    for (size_t i = 0; i < sizeof signature_rows / sizeof *signature_rows; i++) {
        const struct signature_row *row = &signature_rows[i];
        if (!bytes_equal_public(oid, bytes_of(row->oid, row->oid_length))) {
            continue;
        }
        algorithm->name = row->name;
        algorithm->weak = row->scheme == 0;
        algorithm->scheme = row->scheme == 0 ? NULL : provider->scheme(row->scheme);
        /* RFC 4055, 5: NULL, or absent; RFC 5758, 3.2, RFC 8410, 3 and RFC 9881, 2: absent. */
        return row->null_parameters ? null_or_absent(&parameters, field, error) :
            der_end(&parameters, field, error);
    }
    return true;
}

/* ---- Public keys ---- */

static bool rsa_parse(const hf_reader *outer, hf_bytes bits, struct public_key *key, int *size,
    struct hf_error *error)
{
    hf_reader r = reader_within(outer, bits);
    hf_reader pair;
    TRY(der_enter(&r, DER_SEQUENCE, "RSAPublicKey", &pair, error));
    TRY(der_end(&r, "RSAPublicKey", error));
    TRY(der_positive(&pair, "modulus", &key->modulus, error));
    TRY(der_positive(&pair, "publicExponent", &key->exponent, error));
    TRY(der_end(&pair, "RSAPublicKey", error));
    size_t n = key->modulus.length;
    if (n > RSA_BITS_MAX / 8) {
        *size = n > 65536 ? 8 * 65536 : (int)(8 * n);
        key->type = KEY_NONE;
        return true;
    }
    *size = (int)(8 * n);
    for (unsigned top = key->modulus.data[0]; top < 0x80; top <<= 1) {
        *size -= 1;
    }
    /* RFC 8017, 3.1: both odd, the exponent at least 3. */
    hf_bytes e = key->exponent;
    if ((key->modulus.data[n - 1] & 1) == 0 || (e.data[e.length - 1] & 1) == 0 ||
            (e.length == 1 && e.data[0] < 3) || e.length > RSA_EXPONENT_BYTES_MAX) {
        key->type = KEY_NONE;
    }
    return true;
}

static void ec_parse(hf_bytes curve, hf_bytes point, struct public_key *key, int *size)
{
    static const struct {
        hf_bytes oid;
        enum key_type type;
        int bits;
    } curves[] = {
        { OID_ROW("\x2a\x86\x48\xce\x3d\x03\x01\x07"), KEY_P256, 256 },
        { OID_ROW("\x2b\x81\x04\x00\x22"), KEY_P384, 384 },
        { OID_ROW("\x2b\x81\x04\x00\x23"), KEY_P521, 521 },
    };
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        if (bytes_equal_public(curve, curves[i].oid)) {
            size_t coordinate = (size_t)(curves[i].bits + 7) / 8;
            *size = curves[i].bits;
            /* RFC 5480, 2.2: compressed points are optional; we do without. */
            if (point.length == 1 + 2 * coordinate && point.data[0] == 0x04) {
                key->type = curves[i].type;
                key->point = point;
            }
        }
    }
}

/* Keys that are mere bytes of a fixed length, under an algorithm without parameters: RFC 8410, 3
 * and 4; RFC 9881, 2 and 4. */
static const struct plain_row {
    hf_bytes oid;
    enum key_type type;
    const char *name;
    size_t length;
} plain_rows[] = {
    { OID_ROW("\x2b\x65\x70"), KEY_ED25519, "Ed25519", 32 },
    { OID_ROW("\x2b\x65\x71"), KEY_ED448, "Ed448", 57 },
    { OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x11"), KEY_MLDSA44, "ML-DSA-44", 1312 },
    { OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x12"), KEY_MLDSA65, "ML-DSA-65", 1952 },
    { OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x13"), KEY_MLDSA87, "ML-DSA-87", 2592 },
};

/* An algorithm that is none of them leaves the key unknown. */
static bool plain_parse(hf_bytes oid, hf_reader *parameters, const hf_reader *outer, hf_bytes bits,
    struct public_key *key, int *size, struct hf_error *error)
{
    const char *field = "subjectPublicKeyInfo";
    for (size_t i = 0; i < sizeof plain_rows / sizeof *plain_rows; i++) {
        const struct plain_row *row = &plain_rows[i];
        if (!bytes_equal_public(oid, row->oid)) {
            continue;
        }
        TRY(der_end(parameters, field, error));
        if (bits.length != row->length) {
            return fail_at(error, ERR_malformed_certificate, field, reader_offset(outer),
                "an %s key of %zu bytes", row->name, bits.length);
        }
        key->type = row->type;
        key->point = bits;
        *size = (int)(8 * row->length);
    }
    return true;
}

/* The parameters and the key, by the algorithm's OID. */
static bool key_parse(hf_bytes oid, hf_reader *parameters, const hf_reader *outer, hf_bytes bits,
    struct public_key *key, int *size, struct hf_error *error)
{
    const char *field = "subjectPublicKeyInfo";
    if (bytes_equal_public(oid, OID_RSA)) {
        key->type = KEY_RSA;
        TRY(der_null(parameters, field, error)); /* RFC 3279, 2.3.1 */
        TRY(der_end(parameters, field, error));
        return rsa_parse(outer, bits, key, size, error);
    }
    if (bytes_equal_public(oid, OID_RSASSA_PSS)) {
        struct pss pss;
        key->type = KEY_RSA_PSS;
        TRY(rsa_parse(outer, bits, key, size, error));
        if (!reader_done(parameters)) { /* RFC 4055, 3.1 */
            TRY(pss_parse(parameters, field, &pss, error));
            key->pss_hash = pss.hash;
            /* RFC 4055, 3.3: at least that salt; ours is as long as the hash. */
            bool usable = pss.hash == pss.mask_hash && pss.hash != HASH_NONE &&
                pss.hash != HASH_SHA1 && pss.salt <= hash_length(pss.hash);
            key->type = usable ? key->type : KEY_NONE;
        }
        return true;
    }
    if (bytes_equal_public(oid, OID_EC)) {
        /* RFC 5480, 2.1.1: a named curve; anything else is of a kind that we do not know. */
        hf_bytes curve;
        if (der_next_is(parameters, DER_OID)) {
            TRY(der_oid(parameters, field, &curve, error));
            TRY(der_end(parameters, field, error));
            ec_parse(curve, bits, key, size);
        }
        return true;
    }
    return plain_parse(oid, parameters, outer, bits, key, size, error);
}

/* `outer` gives the place from which offsets count. */
static bool spki_parse(hf_reader *outer, struct public_key *key, int *bits, struct hf_error *error)
{
    const char *field = "subjectPublicKeyInfo";
    hf_reader spki;
    hf_reader parameters;
    hf_bytes oid;
    hf_bytes whole;
    hf_bytes contents;
    int size = 0;
    *key = (struct public_key){ .type = KEY_NONE };
    TRY(der_enter(outer, DER_SEQUENCE, field, &spki, error));
    TRY(algorithm_enter(&spki, field, &oid, &parameters, &whole, error));
    TRY(der_bit_bytes(&spki, field, &contents, error));
    TRY(der_end(&spki, field, error));
    TRY(key_parse(oid, &parameters, &spki, contents, key, &size, error));
    if (bits != NULL) {
        *bits = size;
    }
    return true;
}

bool public_key_parse(hf_bytes spki, struct public_key *key, int *bits, struct hf_error *error)
{
    hf_reader r = reader_of_bytes(spki);
    TRY(spki_parse(&r, key, bits, error));
    return der_end(&r, "subjectPublicKeyInfo", error);
}

void key_text(const struct certificate *certificate, char *text, size_t capacity)
{
    text[0] = '\0';
    switch (certificate->key.type) {
    case KEY_RSA:
        text_append(text, capacity, "RSA %d", certificate->key_bits);
        break;
    case KEY_RSA_PSS:
        text_append(text, capacity, "RSA-PSS %d", certificate->key_bits);
        break;
    case KEY_P256:
    case KEY_P384:
    case KEY_P521:
        text_append(text, capacity, "EC P-%d", certificate->key_bits);
        break;
    case KEY_ED25519:
    case KEY_ED448:
    case KEY_MLDSA44:
    case KEY_MLDSA65:
    case KEY_MLDSA87:
        for (size_t i = 0; i < sizeof plain_rows / sizeof *plain_rows; i++) {
            if (plain_rows[i].type == certificate->key.type) {
                text_append(text, capacity, "%s", plain_rows[i].name);
            }
        }
        break;
    case KEY_NONE: {
        /* Which kind it is that we do not know: its OID. */
        hf_reader r = reader_of_bytes(certificate->spki);
        hf_reader spki;
        hf_reader parameters;
        hf_bytes oid;
        hf_bytes whole;
        char number[64] = "";
        if (der_enter(&r, DER_SEQUENCE, "", &spki, NULL) &&
                algorithm_enter(&spki, "", &oid, &parameters, &whole, NULL)) {
            bool curve = bytes_equal_public(oid, OID_EC) && der_next_is(&parameters, DER_OID) &&
                der_oid(&parameters, "", &oid, NULL);
            der_oid_text(oid, number, sizeof number);
            text_append(text, capacity, "%s%s", curve ? "EC " : "", number);
        }
        break;
    }
    }
}
