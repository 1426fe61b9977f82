/* Certificates for people and machines: see certificates.h. RFC 5280, 4; design:
 * handfast.connect/1. */
#include "observe/certificates.h"

#include <stdlib.h>
#include <string.h>

#include "x509/certificate.h"
#include "x509/pem.h"

enum { NAME_CAPACITY = 1024 };

static bool parse(hf_bytes der, struct certificate *certificate)
{
    struct hf_error ignored;
    error_clear(&ignored);
    memset(certificate, 0, sizeof *certificate);
    return certificate_parse(der, &provider_openssl, certificate, &ignored);
}

void certificate_words(struct text *text, hf_bytes der)
{
    struct certificate certificate;
    char words[NAME_CAPACITY];
    if (!parse(der, &certificate)) {
        text_putf(text, "%zu bytes that are no valid certificate", der.length);
        return;
    }
    name_text(certificate.subject, words, sizeof words);
    text_put(text, words[0] == '\0' ? "(no subject)" : words);
    bool own = bytes_equal_public(certificate.subject, certificate.issuer);
    if (own) {
        text_put(text, ", issued by itself");
    } else {
        name_text(certificate.issuer, words, sizeof words);
        text_putf(text, ", issued by %s", words);
    }
    key_text(&certificate, words, sizeof words);
    char until[32];
    time_text(certificate.not_after, until);
    text_putf(text, ", %s, valid until %s", words, until);
}

static void json_names(struct json *json, const struct certificate *certificate)
{
    char name[NAME_CAPACITY];
    size_t position = 0;
    json_array(json, "names");
    while (certificate->has_alternative_names
        && alternative_name_text(certificate, &position, name, sizeof name)) {
        json_string(json, NULL, name);
    }
    json_end(json);
}

static hf_bytes serial_digits(hf_bytes serial)
{
    /* X.690, 8.3: a leading zero byte only keeps the INTEGER positive. */
    if (serial.length > 1 && serial.data[0] == 0) {
        return bytes_of(serial.data + 1, serial.length - 1);
    }
    return serial;
}

static void json_parsed(struct json *json, const struct certificate *certificate)
{
    char words[NAME_CAPACITY];
    name_text(certificate->subject, words, sizeof words);
    json_string(json, "subject", words);
    name_text(certificate->issuer, words, sizeof words);
    json_string(json, "issuer", words);
    json_hex(json, "serial", serial_digits(certificate->serial));
    time_text(certificate->not_before, words);
    json_string(json, "not_before", words);
    time_text(certificate->not_after, words);
    json_string(json, "not_after", words);
    json_names(json, certificate);
    key_text(certificate, words, sizeof words);
    json_word(json, "key", words);
    json_word(json, "signature", certificate->algorithm);
}

static void json_unparsed(struct json *json)
{
    static const char *const keys[] = { "subject", "issuer", "serial", "not_before", "not_after",
        "names", "key", "signature" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_null(json, keys[i]);
    }
}

static hf_bytes sha256(hf_bytes data, uint8_t digest[HASH_SIZE_MAX])
{
    const struct hash *hash = provider_openssl.hash(HASH_SHA256);
    struct hash_state state;
    hash->init(&state);
    hash->update(&state, data.data, data.length);
    hash->finish(&state, digest);
    return bytes_of(digest, hash->size);
}

static void json_pem(struct json *json, hf_bytes der)
{
    size_t capacity = der.length * 2 + 128;
    size_t length = 0;
    char *pem = malloc(capacity);
    if (pem != NULL && pem_write("CERTIFICATE", der, pem, capacity, &length)) {
        json_string_bytes(json, "pem", bytes_of(pem, length));
    } else {
        json_null(json, "pem");
    }
    free(pem);
}

void certificate_pin(struct json *json, hf_bytes spki)
{
    uint8_t digest[HASH_SIZE_MAX];
    json_base64(json, "spki_sha256", sha256(spki, digest));
}

void certificate_members(struct json *json, hf_bytes der)
{
    struct certificate certificate;
    uint8_t digest[HASH_SIZE_MAX];
    bool parsed = parse(der, &certificate);
    if (parsed) {
        json_parsed(json, &certificate);
    } else {
        json_unparsed(json);
    }
    json_hex(json, "sha256", sha256(der, digest));
    if (parsed) {
        certificate_pin(json, certificate.spki);
    } else {
        json_null(json, "spki_sha256");
    }
    json_pem(json, der);
}

void certificate_json(struct json *json, const char *key, hf_bytes der)
{
    json_object(json, key);
    certificate_members(json, der);
    json_end(json);
}

void certificate_prints(struct text *text, hf_bytes der, hf_bytes spki, size_t column)
{
    uint8_t digest[HASH_SIZE_MAX];
    text_put(text, "  SHA-256");
    text_pad(text, column);
    text_put_hex(text, sha256(der, digest));
    text_put(text, "\n  pin");
    text_pad(text, column);
    text_put(text, "sha256//");
    text_put_base64(text, sha256(spki, digest));
    text_put(text, "\n");
}
