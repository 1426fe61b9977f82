/* Certificates for people and machines: one line of words, or the JSON of the reports. */
#ifndef OBSERVE_CERTIFICATES_H
#define OBSERVE_CERTIFICATES_H

#include "observe/json.h"

/* "CN=localhost, issued by CN=…, EC P-256, valid until 2026-…": one certificate, from its DER. */
void certificate_words(struct text *text, hf_bytes der);

/* The object of `certificates` in handfast.connect/1; what cannot be parsed is null. */
void certificate_json(struct json *json, const char *key, hf_bytes der);

/* The members of that object alone. */
void certificate_members(struct json *json, hf_bytes der);

/* `spki_sha256`, from a SubjectPublicKeyInfo. */
void certificate_pin(struct json *json, hf_bytes spki);

/* Two rows of words, their values at `column`: the certificate's SHA-256, and its key's as a
 * pin. */
void certificate_prints(struct text *text, hf_bytes der, hf_bytes spki, size_t column);

#endif
