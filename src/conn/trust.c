/* Trust stores for callers (include/handfast/x509.h), over x509/trust.h. */
#include "x509/trust.h"

#include "handfast/x509.h"

hf_trust *hf_trust_new(void)
{
    return trust_new(&allocator_malloc, &provider_openssl);
}

/* Callers may pass no error; a fresh one starts empty. */
static struct hf_error *error_or(struct hf_error *error, struct hf_error *spare)
{
    struct hf_error *chosen = error != NULL ? error : spare;
    error_clear(chosen);
    return chosen;
}

bool hf_trust_add_file(hf_trust *trust, const char *path, hf_error *error)
{
    struct hf_error spare;
    return trust_add_file(trust, path, error_or(error, &spare));
}

bool hf_trust_add_directory(hf_trust *trust, const char *path, hf_error *error)
{
    struct hf_error spare;
    return trust_add_directory(trust, path, error_or(error, &spare));
}

bool hf_trust_add_pem(hf_trust *trust, const void *pem, size_t length, hf_error *error)
{
    struct hf_error spare;
    return trust_add_pem(trust, bytes_of(pem, length), error_or(error, &spare));
}

bool hf_trust_add_system(hf_trust *trust, hf_error *error)
{
    struct hf_error spare;
    return trust_add_system(trust, error_or(error, &spare));
}

size_t hf_trust_count(const hf_trust *trust)
{
    return trust_count(trust);
}

void hf_trust_free(hf_trust *trust)
{
    trust_release(trust);
}
