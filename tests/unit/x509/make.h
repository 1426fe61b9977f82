/* Certificates of any shape for the tests of the x509 floor: issue.c's kind with extensions of
 * the test's own choice, good or bad. Keys are P-256, made once per test program. */
#ifndef TESTS_X509_MAKE_H
#define TESTS_X509_MAKE_H

#include "test.h"
#include "x509/certificate.h"
#include "x509/der.h"
#include "x509/issue.h"
#include "x509/pem.h"

/* 2030-01-01, within what the samples and the made ones say. */
enum { NOW = 1893456000, YEAR = 365 * 86400 };

struct made {
    uint8_t der[4096];
    size_t length;
    struct certificate certificate;
};

struct made_extension {
    hf_bytes oid;
    bool critical;
    hf_bytes value;
};

struct plan {
    const char *subject; /* common names */
    const char *issuer;
    const struct private_key *key;
    const struct private_key *issuer_key;
    int version; /* 0: 3 */
    int64_t not_before; /* 0: a year before NOW */
    int64_t not_after;  /* 0: a year after */
    struct made_extension extensions[8];
};

/* Extensions, ready for a plan. */
#define BASIC_CA { OID_ROW("\x55\x1d\x13"), true, OID_ROW("\x30\x03\x01\x01\xff") }
#define BASIC_CA_LENGTH_0 \
    { OID_ROW("\x55\x1d\x13"), true, OID_ROW("\x30\x06\x01\x01\xff\x02\x01\x00") }
#define BASIC_NO_CA { OID_ROW("\x55\x1d\x13"), true, OID_ROW("\x30\x00") }
#define USAGE_CA { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x03\x02\x01\x06") }
#define USAGE_SIGN { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x03\x02\x07\x80") }
#define USAGE_ENCIPHER { OID_ROW("\x55\x1d\x0f"), true, OID_ROW("\x03\x02\x05\x20") }
#define PURPOSES_SERVER \
    { OID_ROW("\x55\x1d\x25"), false, OID_ROW("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01") }
#define PURPOSES_MAIL \
    { OID_ROW("\x55\x1d\x25"), false, OID_ROW("\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04") }
#define PURPOSES_ANY { OID_ROW("\x55\x1d\x25"), false, OID_ROW("\x30\x06\x06\x04\x55\x1d\x25\x00") }
#define NAMES_EXAMPLE { OID_ROW("\x55\x1d\x11"), false, OID_ROW("\x30\x0d\x82\x0b" "example.com") }
#define UNKNOWN_CRITICAL { OID_ROW("\x2a\x03\x04"), true, OID_ROW("\x05\x00") }

static const struct provider *const provider = &provider_openssl;

static struct private_key *keys[6];

/* The n-th key of this program. */
__attribute__((unused)) static const struct private_key *key_at(size_t n)
{
    if (keys[n] == NULL) {
        keys[n] = provider->private_key_generate(KEY_P256);
    }
    return keys[n];
}

__attribute__((unused)) static void drop_keys(void)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        provider->private_key_drop(keys[i]);
        keys[i] = NULL;
    }
}

static void make_name(hf_builder *b, const char *common_name)
{
    size_t name = der_open(b, DER_SEQUENCE);
    if (common_name[0] != '\0') {
        size_t set = der_open(b, DER_SET);
        size_t pair = der_open(b, DER_SEQUENCE);
        der_put(b, DER_OID, OID("\x55\x04\x03"));
        der_put(b, DER_UTF8_STRING, bytes_of(common_name, strlen(common_name)));
        der_close(b, pair);
        der_close(b, set);
    }
    der_close(b, name);
}

static void make_extensions(hf_builder *b, const struct plan *plan)
{
    size_t outer = der_open(b, DER_CONTEXT_CONSTRUCTED + 3);
    size_t list = der_open(b, DER_SEQUENCE);
    for (size_t i = 0; i < 8 && plan->extensions[i].oid.length > 0; i++) {
        const struct made_extension *e = &plan->extensions[i];
        size_t extension = der_open(b, DER_SEQUENCE);
        der_put(b, DER_OID, e->oid);
        if (e->critical) {
            der_put(b, DER_BOOLEAN, bytes_of("\xff", 1));
        }
        der_put(b, DER_OCTET_STRING, e->value);
        der_close(b, extension);
    }
    der_close(b, list);
    der_close(b, outer);
}

/* The DER alone; it need not be one that our parser accepts. */
static void make_der(struct made *made, const struct plan *plan)
{
    static const char algorithm[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    static uint8_t serial;
    uint8_t spki[256];
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t spki_length = 0;
    size_t signature_length = 0;
    hf_builder b = builder_of(made->der, sizeof made->der);
    size_t certificate = der_open(&b, DER_SEQUENCE);
    size_t begin = b.length;
    size_t tbs = der_open(&b, DER_SEQUENCE);
    if (plan->version != 1) {
        size_t version = der_open(&b, DER_CONTEXT_CONSTRUCTED);
        uint8_t number = (uint8_t)(plan->version == 0 ? 2 : plan->version - 1);
        der_put(&b, DER_INTEGER, bytes_of(&number, 1));
        der_close(&b, version);
    }
    serial = (uint8_t)(serial % 100 + 1);
    der_put(&b, DER_INTEGER, bytes_of(&serial, 1));
    build_bytes(&b, OID(algorithm));
    make_name(&b, plan->issuer);
    size_t validity = der_open(&b, DER_SEQUENCE);
    der_put_time(&b, plan->not_before == 0 ? NOW - YEAR : plan->not_before);
    der_put_time(&b, plan->not_after == 0 ? NOW + YEAR : plan->not_after);
    der_close(&b, validity);
    make_name(&b, plan->subject);
    CHECK(provider->private_key_public(plan->key, spki, sizeof spki, &spki_length));
    build_bytes(&b, bytes_of(spki, spki_length));
    if (plan->extensions[0].oid.length > 0) {
        make_extensions(&b, plan);
    }
    der_close(&b, tbs);
    CHECK(provider->sign(plan->issuer_key, provider->scheme(0x0403),
        bytes_of(made->der + begin, b.length - begin), signature, &signature_length));
    build_bytes(&b, OID(algorithm));
    der_put_bits(&b, bytes_of(signature, signature_length));
    der_close(&b, certificate);
    CHECK(!b.failed);
    made->length = b.length;
}

/* And parsed. */
__attribute__((unused)) static void make(struct made *made, const struct plan *plan)
{
    struct hf_error error;
    error_clear(&error);
    make_der(made, plan);
    CHECK(certificate_parse(bytes_of(made->der, made->length), provider, &made->certificate,
        &error));
    if (error_is_set(&error)) {
        (void)fprintf(stderr, "%s: %s\n", plan->subject, error.detail);
    }
}

/* A sample's DER. */
__attribute__((unused)) static void load_sample(struct made *made, const char *pem)
{
    hf_reader text = reader_of((const uint8_t *)pem, strlen(pem));
    hf_bytes label;
    CHECK(pem_next(&text, &label, made->der, sizeof made->der, &made->length, NULL) == 1);
    CHECK(certificate_parse(bytes_of(made->der, made->length), provider, &made->certificate, NULL));
}

#endif
