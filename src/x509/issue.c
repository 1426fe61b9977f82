/* Throw-away certificates: see issue.h. RFC 5280, 4.1 and 4.2; key identifiers as RFC 7093, 2
 * (1): the left-most 160 bits of a SHA-256. What is written here passes our own strict parser. */
#include "x509/issue.h"

#include <string.h>

#include "x509/der.h"

enum { KEY_ID = 20 };

/* What a private key signs with: the AlgorithmIdentifier, whole, and the scheme. */
static const struct signing {
    enum key_type type;
    uint16_t scheme;
    const char *algorithm;
    size_t length;
} signings[] = {
#define ROW(type, scheme, algorithm) { type, scheme, algorithm, sizeof(algorithm) - 1 }
    ROW(KEY_P256, 0x0403, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
    ROW(KEY_P384, 0x0503, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
    ROW(KEY_P521, 0x0603, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"),
    ROW(KEY_ED25519, 0x0807, "\x30\x05\x06\x03\x2b\x65\x70"),
    ROW(KEY_ED448, 0x0808, "\x30\x05\x06\x03\x2b\x65\x71"),
    ROW(KEY_MLDSA44, 0x0904, "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11"),
    ROW(KEY_MLDSA65, 0x0905, "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12"),
    ROW(KEY_MLDSA87, 0x0906, "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x13"),
    ROW(KEY_RSA, 0x0401, "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"),
    /* RFC 4055, 3.1: SHA-256, MGF1 with SHA-256, a salt of 32 bytes. */
    ROW(KEY_RSA_PSS, 0x0809, "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
        "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
        "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
        "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
        "\xa2\x03\x02\x01\x20"),
#undef ROW
};

static const struct signing *signing_of(const struct provider *provider,
    const struct private_key *key)
{
    enum key_type type = provider->private_key_type(key);
    for (size_t i = 0; i < sizeof signings / sizeof *signings; i++) {
        if (signings[i].type == type && provider->scheme(signings[i].scheme) != NULL) {
            return &signings[i];
        }
    }
    return NULL;
}

static void put_name(hf_builder *b, const char *common_name)
{
    size_t name = der_open(b, DER_SEQUENCE);
    size_t set = der_open(b, DER_SET);
    size_t pair = der_open(b, DER_SEQUENCE);
    der_put(b, DER_OID, OID("\x55\x04\x03"));
    der_put(b, DER_UTF8_STRING, bytes_of(common_name, strlen(common_name)));
    der_close(b, pair);
    der_close(b, set);
    der_close(b, name);
}

/* RFC 5280, 4.1.2.2 */
static void put_serial(hf_builder *b, const struct provider *provider)
{
    uint8_t serial[16];
    if (!provider->random.public_bytes(provider->random.user, serial, sizeof serial)) {
        b->failed = true;
        return;
    }
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and always as long */
    der_put(b, DER_INTEGER, bytes_of(serial, sizeof serial));
}

static void put_extension(hf_builder *b, hf_bytes oid, bool critical, hf_bytes value)
{
    size_t extension = der_open(b, DER_SEQUENCE);
    der_put(b, DER_OID, oid);
    if (critical) {
        der_put(b, DER_BOOLEAN, bytes_of("\xff", 1));
    }
    der_put(b, DER_OCTET_STRING, value);
    der_close(b, extension);
}

/* The identifier of the key in a SubjectPublicKeyInfo. */
static bool key_id(const struct provider *provider, hf_bytes spki, uint8_t id[KEY_ID])
{
    const struct hash *hash = provider->hash(HASH_SHA256);
    hf_reader r = reader_of_bytes(spki);
    hf_reader inner;
    struct der_element algorithm;
    hf_bytes bits;
    uint8_t digest[HASH_SIZE_MAX];
    struct hash_state state;
    if (hash == NULL || !der_enter(&r, DER_SEQUENCE, "", &inner, NULL) ||
            !der_any(&inner, "", &algorithm, NULL) || !der_bit_bytes(&inner, "", &bits, NULL)) {
        return false;
    }
    hash->init(&state);
    hash->update(&state, bits.data, bits.length);
    hash->finish(&state, digest);
    memcpy(id, digest, KEY_ID);
    return true;
}

static void put_names(hf_builder *b, const struct issue_input *input)
{
    uint8_t buffer[4096];
    hf_builder names = builder_of(buffer, sizeof buffer);
    size_t mark = der_open(&names, DER_SEQUENCE);
    size_t written = 0;
    for (size_t i = 0; i < input->name_count; i++) {
        const struct identity *identity = &input->names[i];
        if (identity->type == IDENTITY_DNS) {
            der_put(&names, DER_CONTEXT + 2, bytes_of(identity->dns, strlen(identity->dns)));
            written++;
        } else if (identity->type == IDENTITY_IP) {
            der_put(&names, DER_CONTEXT + 7, bytes_of(identity->ip, identity->ip_length));
            written++;
        }
    }
    der_close(&names, mark);
    if (written > 0) {
        put_extension(b, OID("\x55\x1d\x11"), false, builder_bytes(&names));
    }
    b->failed = b->failed || names.failed;
}

static void put_extensions(hf_builder *b, const struct issue_input *input,
    const uint8_t *subject_id, const uint8_t *issuer_id)
{
    uint8_t buffer[64];
    size_t outer = der_open(b, DER_CONTEXT_CONSTRUCTED + 3);
    size_t list = der_open(b, DER_SEQUENCE);
    if (input->is_ca) {
        put_extension(b, OID("\x55\x1d\x13"), true, OID("\x30\x03\x01\x01\xff"));
        /* keyCertSign, cRLSign */
        put_extension(b, OID("\x55\x1d\x0f"), true, OID("\x03\x02\x01\x06"));
    } else {
        put_extension(b, OID("\x55\x1d\x13"), true, OID("\x30\x00"));
        /* digitalSignature; an RSA key may be encrypted to as well (RFC 5246, 7.4.2) */
        bool encrypts = input->provider->private_key_type(input->subject_key) == KEY_RSA;
        put_extension(b, OID("\x55\x1d\x0f"), true,
            encrypts ? OID("\x03\x02\x05\xa0") : OID("\x03\x02\x07\x80"));
        put_extension(b, OID("\x55\x1d\x25"), false,
            OID("\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
                "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02")); /* serverAuth, clientAuth */
    }
    put_names(b, input);
    hf_builder id = builder_of(buffer, sizeof buffer);
    der_put(&id, DER_OCTET_STRING, bytes_of(subject_id, KEY_ID));
    put_extension(b, OID("\x55\x1d\x0e"), false, builder_bytes(&id));
    id = builder_of(buffer, sizeof buffer);
    size_t mark = der_open(&id, DER_SEQUENCE);
    der_put(&id, DER_CONTEXT, bytes_of(issuer_id, KEY_ID));
    der_close(&id, mark);
    put_extension(b, OID("\x55\x1d\x23"), false, builder_bytes(&id));
    der_close(b, list);
    der_close(b, outer);
}

static bool put_tbs(hf_builder *b, const struct issue_input *input, const struct signing *signing)
{
    const struct provider *provider = input->provider;
    uint8_t subject_id[KEY_ID];
    uint8_t issuer_id[KEY_ID];
    uint8_t spki[SPKI_SIZE_MAX];
    size_t length;
    TRY(provider->private_key_public(input->issuer_key, spki, sizeof spki, &length));
    TRY(key_id(provider, bytes_of(spki, length), issuer_id));
    TRY(provider->private_key_public(input->subject_key, spki, sizeof spki, &length));
    TRY(key_id(provider, bytes_of(spki, length), subject_id));
    size_t tbs = der_open(b, DER_SEQUENCE);
    build_bytes(b, OID("\xa0\x03\x02\x01\x02")); /* version 3 */
    put_serial(b, provider);
    build_bytes(b, bytes_of(signing->algorithm, signing->length));
    put_name(b, input->issuer_name);
    size_t validity = der_open(b, DER_SEQUENCE);
    der_put_time(b, input->not_before);
    der_put_time(b, input->not_after);
    der_close(b, validity);
    put_name(b, input->common_name);
    build_bytes(b, bytes_of(spki, length));
    put_extensions(b, input, subject_id, issuer_id);
    der_close(b, tbs);
    return !b->failed;
}

bool certificate_issue(const struct issue_input *input, uint8_t *out, size_t capacity,
    size_t *length, struct hf_error *error)
{
    const struct provider *provider = input->provider;
    const struct signing *signing = signing_of(provider, input->issuer_key);
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t signature_length;
    if (signing == NULL) {
        return fail(error, ERR_bad_private_key, "the issuer's key cannot sign certificates");
    }
    hf_builder b = builder_of(out, capacity);
    size_t certificate = der_open(&b, DER_SEQUENCE);
    size_t begin = b.length;
    if (!put_tbs(&b, input, signing)) {
        return fail(error, ERR_operation_failed, "the certificate for \"%s\" could not be written",
            input->common_name);
    }
    if (!provider->sign(input->issuer_key, provider->scheme(signing->scheme),
            bytes_of(out + begin, b.length - begin), signature, &signature_length)) {
        return fail(error, ERR_operation_failed, "signing the certificate for \"%s\"",
            input->common_name);
    }
    build_bytes(&b, bytes_of(signing->algorithm, signing->length));
    der_put_bits(&b, bytes_of(signature, signature_length));
    der_close(&b, certificate);
    if (b.failed) {
        return fail(error, ERR_operation_failed, "%zu bytes do not hold the certificate for \"%s\"",
            capacity, input->common_name);
    }
    *length = b.length;
    return true;
}
