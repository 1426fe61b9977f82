/* What a config asks of certificates, and what an identity staples (include/handfast/verify.h). */
#include "handfast/verify.h"

#include <assert.h>
#include <string.h>

#include "conn/connection.h"
#include "x509/pem.h"

/* The DER of CRLs, as long as the config lives. */
struct crl_bytes {
    struct crl_bytes *next;
    size_t size;
    uint8_t data[];
};

void verify_release(struct hf_config *config)
{
    const struct allocator *a = &config->allocator;
    while (config->crl_bytes != NULL) {
        struct crl_bytes *bytes = config->crl_bytes;
        config->crl_bytes = bytes->next;
        release_wiped(a, bytes, bytes->size);
    }
    release_wiped(a, config->settings.crls, CRLS_MAX * sizeof *config->settings.crls);
    memo_free(config->settings.memo);
}

/* ---- Asked of the peer ---- */

void hf_config_set_memo(hf_config *config, hf_memo *memo)
{
    struct settings *s = config_open(config);
    memo_retain(memo);
    memo_free(s->memo);
    s->memo = memo;
}

void hf_config_set_profile(hf_config *config, hf_profile profile)
{
    config_open(config)->profile = (enum profile)profile;
}

void hf_config_set_verify_depth(hf_config *config, unsigned intermediates)
{
    struct settings *s = config_open(config);
    s->has_depth_limit = true;
    s->depth_limit = intermediates;
}

void hf_config_set_revocation(hf_config *config, hf_revocation policy)
{
    config_open(config)->revocation = (enum revocation_policy)policy;
}

void hf_config_require_staple(hf_config *config, bool require)
{
    config_open(config)->require_staple = require;
}

void hf_config_want_sct(hf_config *config, bool want)
{
    config_open(config)->wants_timestamps = want;
}

bool hf_config_set_pins(hf_config *config, const char *pins, bool report_only, hf_error *error)
{
    struct pins parsed = { .count = 0 };
    error_begin(error);
    TRY(pins == NULL || pins_parse(pins, &parsed, error));
    parsed.report_only = report_only;
    config_open(config)->pins = parsed;
    return true;
}

/* ---- CRLs ---- */

static bool take_crl(void *user, hf_bytes der, struct hf_error *error)
{
    struct settings *s = user;
    if (s->crl_count == CRLS_MAX) {
        return fail(error, ERR_bad_configuration, "more than %d CRLs", CRLS_MAX);
    }
    TRY(crl_parse(der, s->provider, &s->crls[s->crl_count], error));
    s->crl_count++;
    return true;
}

/* All of them or none. */
bool hf_config_add_crl(hf_config *config, const void *crls, size_t length, hf_error *error)
{
    struct settings *s = config_open(config);
    const struct allocator *a = &config->allocator;
    size_t before = s->crl_count;
    size_t size = sizeof(struct crl_bytes) + length;
    error_begin(error);
    if (s->crls == NULL) {
        s->crls = allocate_zeroed(a, CRLS_MAX * sizeof *s->crls);
    }
    struct crl_bytes *bytes = allocate_zeroed(a, size);
    if (s->crls == NULL || bytes == NULL) {
        release_wiped(a, bytes, size);
        return fail(error, ERR_out_of_memory, "CRLs of %zu bytes", length);
    }
    bool ok = pem_take(bytes_of(crls, length), "X509 CRL", bytes->data, take_crl, s, error);
    if (ok && s->crl_count == before) {
        ok = fail(error, ERR_bad_configuration, "no CRL is in what was given");
    }
    if (!ok) {
        s->crl_count = before;
        release_wiped(a, bytes, size);
        return false;
    }
    bytes->size = size;
    bytes->next = config->crl_bytes;
    config->crl_bytes = bytes;
    return true;
}

/* A whole file, in memory that `done` gets back. */
static bool with_file(const char *path, void *user,
    bool (*done)(void *user, hf_bytes contents, struct hf_error *error), struct hf_error *error)
{
    const struct allocator *a = &allocator_malloc;
    uint8_t *data = NULL;
    size_t length = 0;
    error_begin(error);
    TRY(file_read(a, path, &data, &length, error));
    bool ok = done(user, bytes_of(data, length), error);
    release_wiped(a, data, length + 1);
    return ok;
}

static bool add_crl(void *user, hf_bytes contents, struct hf_error *error)
{
    return hf_config_add_crl(user, contents.data, contents.length, error);
}

bool hf_config_add_crl_file(hf_config *config, const char *path, hf_error *error)
{
    return with_file(path, config, add_crl, error);
}

/* ---- An identity's staple and timestamps ---- */

bool hf_identity_set_staple(hf_identity *identity, const void *ocsp, size_t length,
    hf_error *error)
{
    error_begin(error);
    return stapling_set(identity->stapling, &identity->leaf, bytes_of(ocsp, length), error);
}

bool hf_identity_set_staple_file(hf_identity *identity, const char *path, hf_error *error)
{
    error_begin(error);
    return stapling_set_file(identity->stapling, &identity->leaf, path, error);
}

bool hf_identity_set_sct(hf_identity *identity, const void *list, size_t length, hf_error *error)
{
    hf_bytes contents = bytes_of(NULL, 0);
    hf_reader r = reader_of(list, length);
    uint8_t *copy = NULL;
    error_begin(error);
    if (length > TIMESTAMPS_MAX || (length > 0 && !timestamps_parse(&r, &contents, NULL))) {
        return fail(error, ERR_bad_configuration, "not a SignedCertificateTimestampList");
    }
    if (length > 0) {
        copy = allocate_zeroed(identity->allocator, length);
        if (copy == NULL) {
            return fail(error, ERR_out_of_memory, "signed certificate timestamps");
        }
        memcpy(copy, contents.data, length);
    }
    release_wiped(identity->allocator, identity->timestamps_data, identity->timestamps.length);
    identity->timestamps_data = copy;
    identity->timestamps = bytes_of(copy, length);
    return true;
}

static bool set_sct(void *user, hf_bytes contents, struct hf_error *error)
{
    return hf_identity_set_sct(user, contents.data, contents.length, error);
}

bool hf_identity_set_sct_file(hf_identity *identity, const char *path, hf_error *error)
{
    return with_file(path, identity, set_sct, error);
}

/* ---- hf_verify as an operation ---- */

struct verify_operation {
    struct hf_operation operation;
    struct verify_work work;
};

hf_operation *hf_verify_begin(const hf_verify_input *input, hf_error *error)
{
    error_begin(error);
    struct verify_operation *whole = allocate_zeroed(&allocator_malloc, sizeof *whole);
    if (whole == NULL) {
        (void)fail(error, ERR_out_of_memory, "an operation");
        return NULL;
    }
    whole->work.input = *input;
    error_clear(&whole->work.error);
    whole->operation.kind = HF_OP_VERIFY;
    whole->operation.verify = &whole->work;
    atomic_init(&whole->operation.status, OPERATION_PENDING);
    return &whole->operation;
}

hf_verification *hf_verify_end(hf_operation *operation, hf_error *error)
{
    struct verify_work *work = operation->verify;
    assert(operation->kind == HF_OP_VERIFY);
    error_begin(error);
    int status = atomic_load_explicit(&operation->status, memory_order_acquire);
    hf_verification *answer = work->answer;
    if (answer == NULL && error_is_set(&work->error)) {
        if (error != NULL) {
            *error = work->error;
        }
    } else if (answer == NULL) {
        (void)fail(error, ERR_operation_failed, "the verification was %s",
            status == OPERATION_PENDING ? "not done" : "given up");
    }
    release_wiped(&allocator_malloc, operation, sizeof(struct verify_operation));
    return answer;
}
