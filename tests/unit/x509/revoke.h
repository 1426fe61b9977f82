/* CRLs and OCSP responses of any shape for the tests, signed with the keys of make.h. */
#ifndef TESTS_X509_REVOKE_H
#define TESTS_X509_REVOKE_H

#include "make.h"
#include "x509/ocsp.h"

static const char sign_algorithm[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";

struct bytes_made {
    uint8_t der[8192];
    size_t length;
};

__attribute__((unused)) static hf_bytes made_bytes(const struct bytes_made *made)
{
    return bytes_of(made->der, made->length);
}

/* The algorithm, the signature over what came since `begin`, and the end of the whole. */
static void make_signed(hf_builder *b, size_t begin, const struct private_key *key)
{
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    CHECK(provider->sign(key, provider->scheme(0x0403), bytes_of(b->data + begin,
        b->length - begin), signature, &length));
    build_bytes(b, OID(sign_algorithm));
    der_put_bits(b, bytes_of(signature, length));
}

struct crl_plan {
    const char *issuer;
    const struct private_key *key;
    hf_bytes revoked[4]; /* serials */
    int reason;          /* of each; 0: none said */
    int64_t this_update; /* 0: an hour before NOW */
    int64_t next_update; /* 0: an hour after; INT64_MIN: left out */
    struct made_extension extensions[4];
};

#define CRL_NUMBER { OID_ROW("\x55\x1d\x14"), false, OID_ROW("\x02\x01\x07") }
#define CRL_NUMBER_CRITICAL { OID_ROW("\x55\x1d\x14"), true, OID_ROW("\x02\x01\x07") }
#define CRL_DELTA { OID_ROW("\x55\x1d\x1b"), true, OID_ROW("\x02\x01\x06") }
#define CRL_ONLY_CAS { OID_ROW("\x55\x1d\x1c"), true, OID_ROW("\x30\x03\x82\x01\xff") }
#define CRL_ONLY_USERS { OID_ROW("\x55\x1d\x1c"), true, OID_ROW("\x30\x03\x81\x01\xff") }
#define CRL_SOME_REASONS { OID_ROW("\x55\x1d\x1c"), true, OID_ROW("\x30\x04\x83\x02\x06\x40") }
/* fullName "http://a" and "http://b", for the CRL and for a certificate's cRLDistributionPoints */
#define CRL_POINT_A \
    { OID_ROW("\x55\x1d\x1c"), true, OID_ROW("\x30\x0e\xa0\x0c\xa0\x0a\x86\x08http://a") }
#define CRL_POINT_B \
    { OID_ROW("\x55\x1d\x1c"), true, OID_ROW("\x30\x0e\xa0\x0c\xa0\x0a\x86\x08http://b") }
#define POINTS_A \
    { OID_ROW("\x55\x1d\x1f"), false, OID_ROW("\x30\x10\x30\x0e\xa0\x0c\xa0\x0a\x86\x08http://a") }

static void make_crl_extensions(hf_builder *b, const struct crl_plan *plan)
{
    size_t outer = der_open(b, DER_CONTEXT_CONSTRUCTED);
    size_t list = der_open(b, DER_SEQUENCE);
    for (size_t i = 0; i < 4 && plan->extensions[i].oid.length > 0; i++) {
        size_t extension = der_open(b, DER_SEQUENCE);
        der_put(b, DER_OID, plan->extensions[i].oid);
        if (plan->extensions[i].critical) {
            der_put(b, DER_BOOLEAN, bytes_of("\xff", 1));
        }
        der_put(b, DER_OCTET_STRING, plan->extensions[i].value);
        der_close(b, extension);
    }
    der_close(b, list);
    der_close(b, outer);
}

__attribute__((unused)) static void make_crl(struct bytes_made *made, const struct crl_plan *plan)
{
    hf_builder b = builder_of(made->der, sizeof made->der);
    size_t whole = der_open(&b, DER_SEQUENCE);
    size_t begin = b.length;
    size_t tbs = der_open(&b, DER_SEQUENCE);
    der_put(&b, DER_INTEGER, bytes_of("\x01", 1));
    build_bytes(&b, OID(sign_algorithm));
    make_name(&b, plan->issuer);
    der_put_time(&b, plan->this_update == 0 ? NOW - 3600 : plan->this_update);
    if (plan->next_update != INT64_MIN) {
        der_put_time(&b, plan->next_update == 0 ? NOW + 3600 : plan->next_update);
    }
    if (plan->revoked[0].length > 0) {
        size_t list = der_open(&b, DER_SEQUENCE);
        for (size_t i = 0; i < 4 && plan->revoked[i].length > 0; i++) {
            size_t entry = der_open(&b, DER_SEQUENCE);
            der_put(&b, DER_INTEGER, plan->revoked[i]);
            der_put_time(&b, NOW - 7200);
            if (plan->reason > 0) {
                uint8_t value[] = { 0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04,
                    0x03, 0x0a, 0x01, (uint8_t)plan->reason };
                build_bytes(&b, bytes_of(value, sizeof value));
            }
            der_close(&b, entry);
        }
        der_close(&b, list);
    }
    if (plan->extensions[0].oid.length > 0) {
        make_crl_extensions(&b, plan);
    }
    der_close(&b, tbs);
    make_signed(&b, begin, plan->key);
    der_close(&b, whole);
    CHECK(!b.failed);
    made->length = b.length;
}

struct ocsp_plan {
    const char *responder; /* by name */
    const struct private_key *key;
    const struct certificate *issuer;
    hf_bytes serials[4];
    char status;            /* 'g', 'r', 'u' */
    int64_t this_update;    /* 0: an hour before NOW */
    int64_t next_update;    /* 0: an hour after; INT64_MIN: left out */
    const struct made *carried; /* the responder's certificate; NULL: none */
};

static void put_hash(hf_builder *b, hf_bytes data)
{
    const struct hash *hash = provider->hash(HASH_SHA1);
    struct hash_state state;
    uint8_t digest[HASH_SIZE_MAX];
    hash->init(&state);
    hash->update(&state, data.data, data.length);
    hash->finish(&state, digest);
    der_put(b, DER_OCTET_STRING, bytes_of(digest, hash->size));
}

static void put_single(hf_builder *b, const struct ocsp_plan *plan, hf_bytes serial)
{
    hf_reader r = reader_of_bytes(plan->issuer->spki);
    hf_reader spki;
    struct der_element algorithm;
    hf_bytes bits = { NULL, 0 };
    CHECK(der_enter(&r, DER_SEQUENCE, "", &spki, NULL) && der_any(&spki, "", &algorithm, NULL) &&
        der_bit_bytes(&spki, "", &bits, NULL));
    size_t single = der_open(b, DER_SEQUENCE);
    size_t id = der_open(b, DER_SEQUENCE);
    build_bytes(b, OID("\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00"));
    put_hash(b, plan->issuer->subject);
    put_hash(b, bits);
    der_put(b, DER_INTEGER, serial);
    der_close(b, id);
    if (plan->status == 'r') {
        size_t revoked = der_open(b, DER_CONTEXT_CONSTRUCTED + 1);
        der_put(b, DER_GENERALIZED_TIME, bytes_of("20291231000000Z", 15));
        build_bytes(b, OID("\xa0\x03\x0a\x01\x01")); /* keyCompromise */
        der_close(b, revoked);
    } else {
        der_put(b, plan->status == 'g' ? DER_CONTEXT : DER_CONTEXT + 2, bytes_of("", 0));
    }
    der_put_time(b, plan->this_update == 0 ? NOW - 3600 : plan->this_update);
    if (plan->next_update != INT64_MIN) {
        size_t next = der_open(b, DER_CONTEXT_CONSTRUCTED);
        der_put_time(b, plan->next_update == 0 ? NOW + 3600 : plan->next_update);
        der_close(b, next);
    }
    der_close(b, single);
}

static void put_basic(hf_builder *b, const struct ocsp_plan *plan)
{
    size_t basic = der_open(b, DER_SEQUENCE);
    size_t begin = b->length;
    size_t data = der_open(b, DER_SEQUENCE);
    size_t id = der_open(b, DER_CONTEXT_CONSTRUCTED + 1);
    make_name(b, plan->responder);
    der_close(b, id);
    der_put_time(b, NOW - 3600);
    size_t list = der_open(b, DER_SEQUENCE);
    for (size_t i = 0; i < 4 && plan->serials[i].length > 0; i++) {
        put_single(b, plan, plan->serials[i]);
    }
    der_close(b, list);
    der_close(b, data);
    make_signed(b, begin, plan->key);
    if (plan->carried != NULL) {
        size_t outer = der_open(b, DER_CONTEXT_CONSTRUCTED);
        size_t certificates = der_open(b, DER_SEQUENCE);
        build_bytes(b, bytes_of(plan->carried->der, plan->carried->length));
        der_close(b, certificates);
        der_close(b, outer);
    }
    der_close(b, basic);
}

__attribute__((unused)) static void make_ocsp(struct bytes_made *made,
    const struct ocsp_plan *plan)
{
    hf_builder b = builder_of(made->der, sizeof made->der);
    size_t whole = der_open(&b, DER_SEQUENCE);
    build_bytes(&b, OID("\x0a\x01\x00"));
    size_t outer = der_open(&b, DER_CONTEXT_CONSTRUCTED);
    size_t pair = der_open(&b, DER_SEQUENCE);
    build_bytes(&b, OID("\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01"));
    size_t octets = der_open(&b, DER_OCTET_STRING);
    put_basic(&b, plan);
    der_close(&b, octets);
    der_close(&b, pair);
    der_close(&b, outer);
    der_close(&b, whole);
    CHECK(!b.failed);
    made->length = b.length;
}

#endif
