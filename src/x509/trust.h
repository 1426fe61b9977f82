/* Trusted roots: loaded once, const after that, shared, indexed by subject name. */
#ifndef X509_TRUST_H
#define X509_TRUST_H

#include "base/arena.h"
#include "x509/certificate.h"

struct hf_trust;

struct hf_trust *trust_new(const struct allocator *allocator, const struct provider *provider);
void trust_retain(struct hf_trust *trust);
void trust_release(struct hf_trust *trust); /* the last one frees; NULL is fine */

/* Adds every certificate of a PEM text (or one DER certificate). Certificates that cannot be parsed
 * are passed over, but one at least must be good (bad_trust_store). */
bool trust_add_pem(struct hf_trust *trust, hf_bytes text, struct hf_error *error);
bool trust_add_file(struct hf_trust *trust, const char *path, struct hf_error *error);
/* Every regular file of a folder; those that hold no certificate are passed over. */
bool trust_add_directory(struct hf_trust *trust, const char *path, struct hf_error *error);
/* The system's: SSL_CERT_FILE, SSL_CERT_DIR, else /etc/ssl/certs/ca-certificates.crt and its
 * like. */
bool trust_add_system(struct hf_trust *trust, struct hf_error *error);

size_t trust_count(const struct hf_trust *trust);
const struct certificate *trust_at(const struct hf_trust *trust, size_t index);
/* The roots whose subject is `name`, by index of match; NULL: no more. */
const struct certificate *trust_find(const struct hf_trust *trust, hf_bytes name, size_t nth);

#endif
