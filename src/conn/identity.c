/* Identities: a chain, its key, and the Certificate message encoded once (RFC 9846, 4.5.1). */
#include "conn/connection.h"

#include <string.h>

#include "base/ct.h"
#include "wire/messages.h"
#include "x509/issue.h"
#include "x509/pem.h"
#include "x509/private_key.h"

static const struct provider *const provider = &provider_openssl;

void identity_retain(struct hf_identity *identity)
{
    (void)atomic_fetch_add_explicit(&identity->holds, 1, memory_order_relaxed);
}

void hf_identity_free(hf_identity *identity)
{
    if (identity == NULL ||
        atomic_fetch_sub_explicit(&identity->holds, 1, memory_order_acq_rel) > 1) {
        return;
    }
    const struct allocator *a = identity->allocator;
    identity->provider->private_key_drop(identity->owned_key);
    stapling_free(identity->stapling);
    release_wiped(a, identity->timestamps_data, identity->timestamps.length);
    release_wiped(a, identity->message, identity->message_length);
    release_wiped(a, identity->der, identity->der_size);
    release_wiped(a, identity, sizeof *identity);
}

static struct hf_identity *identity_new(size_t der_size, struct hf_error *error)
{
    const struct allocator *a = &allocator_malloc;
    struct hf_identity *identity = allocate_zeroed(a, sizeof *identity);
    if (identity == NULL) {
        (void)fail(error, ERR_out_of_memory, "an identity");
        return NULL;
    }
    identity->allocator = a;
    identity->provider = provider;
    atomic_init(&identity->holds, 1);
    identity->der_size = der_size;
    identity->der = allocate_zeroed(a, der_size);
    identity->stapling = stapling_new(a, provider);
    if (identity->der == NULL || identity->stapling == NULL) {
        (void)fail(error, ERR_out_of_memory, "an identity's certificates");
        hf_identity_free(identity);
        return NULL;
    }
    return identity;
}

/* The certificates of a PEM text, the leaf first; other blocks are passed over. */
static bool take_chain(struct hf_identity *identity, hf_bytes text, struct hf_error *error)
{
    hf_reader r = reader_of_bytes(text);
    size_t used = 0;
    hf_bytes label;
    size_t length;
    int found;
    while ((found = pem_next(&r, &label, identity->der + used, identity->der_size - used, &length,
                error)) == 1) {
        if (!bytes_equal_public(label, bytes_of("CERTIFICATE", 11))) {
            continue;
        }
        if (identity->count == CHAIN_MAX) {
            return fail(error, ERR_bad_configuration, "more than %d certificates in a chain",
                CHAIN_MAX);
        }
        identity->chain[identity->count++] = bytes_of(identity->der + used, length);
        used += length;
    }
    if (found < 0 || identity->count == 0) {
        return fail(error, ERR_bad_configuration, "no PEM certificate in the chain");
    }
    return true;
}

/* The leaf, and the issuers of all. */
static bool parse_chain(struct hf_identity *identity, struct hf_error *error)
{
    for (size_t i = 0; i < identity->count; i++) {
        struct certificate certificate;
        TRY(certificate_parse(identity->chain[i], provider, &certificate, error));
        identity->issuers[i] = certificate.issuer;
        if (i == 0) {
            identity->leaf = certificate;
        }
    }
    return true;
}

static bool encode_message(struct hf_identity *identity, struct hf_error *error)
{
    size_t size = 4;
    for (size_t i = 0; i < identity->count; i++) {
        size += 5 + identity->chain[i].length;
    }
    identity->message = allocate_zeroed(identity->allocator, size);
    if (identity->message == NULL) {
        return fail(error, ERR_out_of_memory, "an identity's Certificate message");
    }
    identity->message_length = size;
    hf_builder b = builder_of(identity->message, size);
    certificate_message_build(&b, bytes_of(NULL, 0), identity->chain, NULL, identity->count);
    return (!b.failed && b.length == size) || fail(error, ERR_internal_error, "Certificate's size");
}

/* The key's public half must be the leaf's. */
static bool check_key(const struct hf_identity *identity, struct hf_error *error)
{
    uint8_t spki[SPKI_SIZE_MAX];
    size_t length;
    struct public_key ours;
    if (!provider->private_key_public(identity->key, spki, sizeof spki, &length) ||
        !public_key_parse(bytes_of(spki, length), &ours, NULL, error)) {
        return fail(error, ERR_bad_private_key, "its public half cannot be told");
    }
    const struct public_key *leaf = &identity->leaf.key;
    bool rsa = (ours.type == KEY_RSA || ours.type == KEY_RSA_PSS) &&
        (leaf->type == KEY_RSA || leaf->type == KEY_RSA_PSS);
    bool same = (rsa || ours.type == leaf->type) &&
        bytes_equal_public(ours.modulus, leaf->modulus) &&
        bytes_equal_public(ours.exponent, leaf->exponent) &&
        bytes_equal_public(ours.point, leaf->point);
    if (!same) {
        char subject[128];
        name_text(identity->leaf.subject, subject, sizeof subject);
        return fail(error, ERR_key_mismatch, "the private key is not the one of %s", subject);
    }
    return true;
}

/* From here on the identity owns the key; NULL: it could not be made, and the error says why. */
static bool own_key(struct hf_identity *identity, struct private_key *key)
{
    identity->owned_key = key;
    identity->key = key;
    return key != NULL;
}

/* `key` of no data: it is elsewhere. */
static hf_identity *make(hf_bytes chain, hf_bytes key, const char *passphrase, hf_error *error)
{
    hf_bytes secret = bytes_of(passphrase, passphrase == NULL ? 0 : strlen(passphrase));
    struct hf_identity *identity = identity_new(chain.length + 1, error);
    if (identity == NULL) {
        return NULL;
    }
    bool ok = take_chain(identity, chain, error) &&
        parse_chain(identity, error) && encode_message(identity, error);
    if (ok && key.data != NULL) {
        ok = own_key(identity, private_key_of_pem(provider, key, secret, error)) &&
            check_key(identity, error);
    }
    if (!ok) {
        hf_identity_free(identity);
        return NULL;
    }
    return identity;
}

hf_identity *hf_identity_from_pem(const void *chain, size_t chain_length, const void *key,
    size_t key_length, hf_error *error)
{
    return hf_identity_from_pem_locked(chain, chain_length, key, key_length, NULL, error);
}

hf_identity *hf_identity_from_pem_locked(const void *chain, size_t chain_length, const void *key,
    size_t key_length, const char *passphrase, hf_error *error)
{
    struct hf_error here;
    error = error != NULL ? error : &here;
    error_clear(error);
    return make(bytes_of(chain, chain_length), bytes_of(key, key_length), passphrase, error);
}

hf_identity *hf_identity_external(const void *chain, size_t chain_length, hf_error *error)
{
    return hf_identity_from_pem(chain, chain_length, NULL, 0, error);
}

hf_identity *hf_identity_from_files(const char *chain, const char *key, hf_error *error)
{
    return hf_identity_from_files_locked(chain, key, NULL, error);
}

hf_identity *hf_identity_from_files_locked(const char *chain, const char *key,
    const char *passphrase, hf_error *error)
{
    const struct allocator *a = &allocator_malloc;
    struct hf_error here;
    uint8_t *chain_text = NULL;
    uint8_t *key_text_ = NULL;
    size_t chain_length = 0;
    size_t key_length = 0;
    hf_identity *identity = NULL;
    error = error != NULL ? error : &here;
    error_clear(error);
    if (file_read(a, chain, &chain_text, &chain_length, error) &&
        file_read(a, key, &key_text_, &key_length, error)) {
        identity = make(bytes_of(chain_text, chain_length), bytes_of(key_text_, key_length),
            passphrase, error);
    }
    release_wiped(a, chain_text, chain_length + 1);
    release_wiped(a, key_text_, key_length + 1);
    return identity;
}

bool hf_key_file_is_exposed(const char *path)
{
    unsigned mode;
    return key_file_is_exposed(path, &mode);
}

/* ---- A throw-away CA and leaf ---- */

enum { NAMES_MAX = 16, CERTIFICATE_MAX = 2048, WEEK_S = 7 * 86400 };

struct throw_away {
    struct private_key *ca_key;
    struct private_key *leaf_key;
    struct identity names[NAMES_MAX];
    size_t name_count;
    uint8_t ca[CERTIFICATE_MAX];
    size_t ca_length;
    uint8_t leaf[CERTIFICATE_MAX];
    size_t leaf_length;
};

static bool parse_names(struct throw_away *t, const char *names, struct hf_error *error)
{
    while (*names != '\0') {
        char name[256];
        size_t length = strcspn(names, ",");
        if (length == 0 || length >= sizeof name || t->name_count == NAMES_MAX) {
            return fail(error, ERR_bad_configuration, "the names are empty, too long or too many");
        }
        memcpy(name, names, length);
        name[length] = '\0';
        TRY(identity_parse(name, &t->names[t->name_count], error));
        t->name_count++;
        names += length + (names[length] == ',' ? 1 : 0);
    }
    return t->name_count > 0 || fail(error, ERR_bad_configuration, "no name for the certificate");
}

static bool issue_both(struct throw_away *t, const char *names, struct hf_error *error)
{
    struct settings now = { 0 };
    now.provider = provider;
    policy_default(&now);
    int64_t today = (int64_t)(now.now_ms(NULL) / 1000);
    char first[65];
    size_t length = strcspn(names, ",");
    length = length < sizeof first ? length : sizeof first - 1;
    memcpy(first, names, length);
    first[length] = '\0';
    t->ca_key = provider->private_key_generate(KEY_P256);
    t->leaf_key = provider->private_key_generate(KEY_P256);
    if (t->ca_key == NULL || t->leaf_key == NULL) {
        return fail(error, ERR_operation_failed, "a throw-away key could not be made");
    }
    struct issue_input ca = { .provider = provider, .common_name = "handfast throw-away CA",
        .issuer_name = "handfast throw-away CA", .subject_key = t->ca_key, .issuer_key = t->ca_key,
        .is_ca = true, .not_before = today - 3600, .not_after = today + WEEK_S };
    struct issue_input leaf = ca;
    leaf.common_name = first;
    leaf.subject_key = t->leaf_key;
    leaf.is_ca = false;
    leaf.names = t->names;
    leaf.name_count = t->name_count;
    return certificate_issue(&ca, t->ca, sizeof t->ca, &t->ca_length, error) &&
        certificate_issue(&leaf, t->leaf, sizeof t->leaf, &t->leaf_length, error);
}

static struct hf_identity *identity_of(struct throw_away *t, struct hf_error *error)
{
    struct hf_identity *identity = identity_new(t->leaf_length, error);
    if (identity == NULL) {
        return NULL;
    }
    memcpy(identity->der, t->leaf, t->leaf_length);
    identity->chain[0] = bytes_of(identity->der, t->leaf_length);
    identity->count = 1;
    (void)own_key(identity, t->leaf_key);
    t->leaf_key = NULL;
    if (!parse_chain(identity, error) || !encode_message(identity, error) ||
        !check_key(identity, error)) {
        hf_identity_free(identity);
        return NULL;
    }
    return identity;
}

hf_identity *hf_identity_self_signed(const char *names, char *ca, size_t capacity, hf_error *error)
{
    struct hf_error here;
    struct hf_identity *identity = NULL;
    error = error != NULL ? error : &here;
    error_clear(error);
    struct throw_away *t = allocate_zeroed(&allocator_malloc, sizeof *t);
    if (t == NULL) {
        (void)fail(error, ERR_out_of_memory, "a throw-away identity");
        return NULL;
    }
    size_t length = 0;
    if (parse_names(t, names, error) && issue_both(t, names, error)) {
        if (ca != NULL &&
            (!pem_write("CERTIFICATE", bytes_of(t->ca, t->ca_length), ca, capacity, &length) ||
                length >= capacity)) {
            (void)fail(error, ERR_bad_configuration, "the CA's PEM does not fit %zu bytes",
                capacity);
        } else {
            if (ca != NULL) {
                ca[length] = '\0';
            }
            identity = identity_of(t, error);
        }
    }
    provider->private_key_drop(t->ca_key);
    provider->private_key_drop(t->leaf_key);
    release_wiped(&allocator_malloc, t, sizeof *t);
    return identity;
}
