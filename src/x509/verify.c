/* hf_verify (include/handfast/x509.h): verify_chain for callers without a connection. The answer
 * keeps the certificates' bytes, the parsed chain, and a hold on the trust, so that what it tells
 * stays true. */
#include "handfast/x509.h"

#include <string.h>

#include "x509/crl.h"
#include "x509/pem.h"
#include "x509/pin.h"
#include "x509/revocation.h"

_Static_assert((int)HF_PROFILE_WEB == (int)PROFILE_WEB, "profiles are numbered alike");
_Static_assert((int)HF_REVOCATION_HARD_CHAIN == (int)REVOCATION_HARD_CHAIN,
    "policies are numbered alike");
_Static_assert(HF_CHECKS == (int)CHECKS, "checks are numbered alike");

struct block {
    struct block *next;
    size_t size;
    uint8_t data[];
};

struct hf_verification {
    struct hf_trust *trust;
    struct block *blocks;
    struct certificate chain[CHAIN_MAX];
    size_t count;
    struct crl crls[CRLS_MAX];
    size_t crl_count;
    struct verification out;
    struct path_attempts attempts;
    struct hf_error error;
};

hf_memo *hf_memo_new(size_t signatures)
{
    return memo_new(&allocator_malloc, signatures);
}

void hf_memo_free(hf_memo *memo)
{
    memo_free(memo);
}

/* ---- Reading what was given ---- */

/* Memory that lives as long as the answer. */
static struct block *block_new(struct hf_verification *v, size_t size, struct hf_error *error)
{
    struct block *block = allocate_zeroed(&allocator_malloc, sizeof *block + size);
    if (block == NULL) {
        (void)fail(error, ERR_out_of_memory, "for %zu bytes of certificates", size);
        return NULL;
    }
    block->size = sizeof *block + size;
    block->next = v->blocks;
    v->blocks = block;
    return block;
}

static bool take_certificate(void *user, hf_bytes der, struct hf_error *error)
{
    struct hf_verification *v = user;
    if (v->count == CHAIN_MAX) {
        return fail(error, ERR_chain_too_costly, "more than %d certificates", CHAIN_MAX);
    }
    if (!certificate_parse(der, &provider_openssl, &v->chain[v->count], error)) {
        error->certificate = (int)v->count;
        return false;
    }
    v->count++;
    return true;
}

static bool take_crl(void *user, hf_bytes der, struct hf_error *error)
{
    struct hf_verification *v = user;
    if (v->crl_count == CRLS_MAX) {
        return fail(error, ERR_bad_crl, "more than %d CRLs", CRLS_MAX);
    }
    TRY(crl_parse(der, &provider_openssl, &v->crls[v->crl_count], error));
    v->crl_count++;
    return true;
}

static bool take_all(struct hf_verification *v, hf_bytes given, const char *label,
    bool (*take)(void *user, hf_bytes der, struct hf_error *error), struct hf_error *error)
{
    struct block *block = block_new(v, given.length, error);
    return block != NULL && pem_take(given, label, block->data, take, v, error);
}

static bool ask(struct hf_verification *v, const struct hf_verify_input *given,
    struct hf_error *error)
{
    struct identity identity = { .type = IDENTITY_NONE };
    struct pins pins = { .report_only = given->pins_report_only };
    hf_bytes ocsp = bytes_of(given->ocsp, given->ocsp_length);
    if (given->certificates == NULL || given->certificates_length == 0) {
        return fail(error, ERR_misuse, "hf_verify was called without certificates");
    }
    if (given->at == 0) {
        return fail(error, ERR_misuse, "hf_verify was called without a time");
    }
    TRY(take_all(v, bytes_of(given->certificates, given->certificates_length), "CERTIFICATE",
        take_certificate, error));
    if (v->count == 0) {
        return fail(error, ERR_malformed_certificate, "no certificate is in what was given");
    }
    if (given->crls != NULL && given->crls_length > 0) {
        TRY(take_all(v, bytes_of(given->crls, given->crls_length), "X509 CRL", take_crl, error));
    }
    TRY(given->name == NULL || identity_parse(given->name, &identity, error));
    TRY(given->pins == NULL || pins_parse(given->pins, &pins, error));
    const struct verify_input input = { .provider = &provider_openssl, .trust = given->trust,
        .chain = v->chain, .count = v->count, .identity = &identity,
        .purpose = given->client ? PURPOSE_CLIENT : PURPOSE_SERVER,
        .now = given->at,
        .profile = (enum profile)given->profile, .memo = given->memo, .crls = v->crls,
        .crl_count = v->crl_count, .ocsp = &ocsp,
        .ocsp_count = ocsp.data != NULL && ocsp.length > 0 ? 1 : 0,
        .revocation = (enum revocation_policy)given->revocation,
        .pins = given->pins != NULL ? &pins : NULL, .attempts = &v->attempts };
    (void)verify_chain(&input, &v->out, &v->error);
    return true;
}

hf_verification *hf_verify(const hf_verify_input *input, hf_error *error)
{
    struct hf_error spare;
    struct hf_error *why = error != NULL ? error : &spare;
    error_clear(why);
    struct hf_verification *v = allocate_zeroed(&allocator_malloc, sizeof *v);
    if (v == NULL) {
        (void)fail(why, ERR_out_of_memory, "for the answer");
        return NULL;
    }
    error_clear(&v->error);
    if (input->trust != NULL) {
        trust_retain(input->trust);
        v->trust = input->trust;
    }
    if (!ask(v, input, why)) {
        hf_verification_free(v);
        return NULL;
    }
    return v;
}

/* ---- The answer ---- */

bool hf_verification_ok(const hf_verification *verification)
{
    return verification->out.ok;
}

const hf_error *hf_verification_error(const hf_verification *verification)
{
    return &verification->error;
}

const char *hf_verification_fix(const hf_verification *verification)
{
    return verification->error.remedy;
}

bool hf_verification_check(const hf_verification *verification, size_t n, hf_check *check)
{
    static const hf_code codes[REASONS] = {
        [ERR_none] = HF_CODE_none,
#define X(name, code, alert, section, sentence, fix) [ERR_##name] = HF_CODE_##code,
#include "base/errors.def"
#undef X
    };
    if (n >= CHECKS) {
        return false;
    }
    const struct check_result *result = &verification->out.checks[n];
    *check = (hf_check){ .name = check_name((enum check)n), .done = result->done,
        .ok = result->ok, .code = result->ok ? HF_CODE_none : codes[result->reason],
        .certificate = result->certificate, .detail = result->detail };
    return true;
}

const void *hf_verification_path(const hf_verification *verification, size_t n, size_t *length)
{
    if (n >= verification->out.path_length) {
        return NULL;
    }
    *length = verification->out.path[n]->der.length;
    return verification->out.path[n]->der.data;
}

bool hf_verification_attempt(const hf_verification *verification, size_t n, hf_attempt *attempt)
{
    static const char *const names[REASONS] = {
        [ERR_none] = "none",
#define X(name, code, alert, section, sentence, fix) [ERR_##name] = #name,
#include "base/errors.def"
#undef X
    };
    const struct path_attempts *all = &verification->attempts;
    if (n >= all->count || n >= ATTEMPTS_MAX) {
        return false;
    }
    const struct path_attempt *a = &all->list[n];
    *attempt = (hf_attempt){ a->path, names[a->reason], a->certificate, a->detail };
    return true;
}

const char *hf_verification_revocation(const hf_verification *verification)
{
    return revocation_status_name(verification->out.status);
}

void hf_verification_free(hf_verification *verification)
{
    if (verification == NULL) {
        return;
    }
    while (verification->blocks != NULL) {
        struct block *block = verification->blocks;
        verification->blocks = block->next;
        release_wiped(&allocator_malloc, block, block->size);
    }
    trust_release(verification->trust);
    release_wiped(&allocator_malloc, verification, sizeof *verification);
}
