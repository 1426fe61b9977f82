/* The trust store: see trust.h. RFC 5280, 6.1.1 (d): trust anchors are the user's input. While
 * it is filled it has one owner; afterwards it is const and shared, counted by an atomic.
 * Invariant: roots never move once added, so that a path may point at them as long as the store
 * lives; `table` has a power of two of slots, at least twice as many as roots, each the head of
 * a chain. */
#include "x509/trust.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "x509/name.h"
#include "x509/pem.h"

enum { TRUST_MAX = 65536 };

struct root {
    struct certificate certificate;
    struct root *next; /* in its slot, in the order of adding */
    uint32_t hash;
    size_t size;       /* of this allocation */
    uint8_t der[];
};

struct hf_trust {
    struct allocator allocator;
    const struct provider *provider;
    atomic_size_t owners;
    struct root **roots;
    size_t count;
    size_t room;         /* of roots */
    struct root **table; /* 2 * room slots */
};

struct hf_trust *trust_new(const struct allocator *allocator, const struct provider *provider)
{
    struct hf_trust *trust = allocate_zeroed(allocator, sizeof *trust);
    if (trust != NULL) {
        trust->allocator = *allocator;
        trust->provider = provider;
        atomic_init(&trust->owners, 1);
    }
    return trust;
}

void trust_retain(struct hf_trust *trust)
{
    (void)atomic_fetch_add_explicit(&trust->owners, 1, memory_order_relaxed);
}

static void release(struct hf_trust *trust, void *memory, size_t size)
{
    if (memory != NULL) {
        trust->allocator.release(trust->allocator.user, memory, size);
    }
}

void trust_release(struct hf_trust *trust)
{
    if (trust == NULL ||
            atomic_fetch_sub_explicit(&trust->owners, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < trust->count; i++) {
        release(trust, trust->roots[i], trust->roots[i]->size);
    }
    release(trust, trust->roots, trust->room * sizeof *trust->roots);
    release(trust, trust->table, 2 * trust->room * sizeof *trust->table);
    const struct allocator allocator = trust->allocator;
    allocator.release(allocator.user, trust, sizeof *trust);
}

static void table_add(struct root **table, size_t slots, struct root *root)
{
    struct root **at = &table[root->hash & (slots - 1)];
    while (*at != NULL) {
        at = &(*at)->next;
    }
    root->next = NULL;
    *at = root;
}

static bool grow(struct hf_trust *trust, struct hf_error *error)
{
    if (trust->count < trust->room) {
        return true;
    }
    size_t room = trust->room == 0 ? 16 : trust->room * 2;
    if (room > TRUST_MAX) {
        return fail(error, ERR_bad_trust_store, "more than %d certificates", TRUST_MAX);
    }
    struct root **roots = allocate_zeroed(&trust->allocator, room * sizeof *roots);
    struct root **table = allocate_zeroed(&trust->allocator, 2 * room * sizeof *table);
    if (roots == NULL || table == NULL) {
        release(trust, roots, room * sizeof *roots);
        release(trust, table, 2 * room * sizeof *table);
        return fail(error, ERR_out_of_memory, "for %zu trusted certificates", room);
    }
    for (size_t i = 0; i < trust->count; i++) {
        roots[i] = trust->roots[i];
        table_add(table, 2 * room, roots[i]);
    }
    release(trust, trust->roots, trust->room * sizeof *roots);
    release(trust, trust->table, 2 * trust->room * sizeof *table);
    trust->roots = roots;
    trust->table = table;
    trust->room = room;
    return true;
}

const struct certificate *trust_find(const struct hf_trust *trust, hf_bytes name, size_t nth)
{
    if (trust == NULL || trust->count == 0) {
        return NULL;
    }
    uint32_t hash = name_hash(name);
    const struct root *root = trust->table[hash & (2 * trust->room - 1)];
    for (; root != NULL; root = root->next) {
        if (root->hash == hash && name_equal(root->certificate.subject, name) && nth-- == 0) {
            return &root->certificate;
        }
    }
    return NULL;
}

static bool is_present(const struct hf_trust *trust, const struct certificate *certificate)
{
    const struct certificate *same;
    for (size_t n = 0; (same = trust_find(trust, certificate->subject, n)) != NULL; n++) {
        if (bytes_equal_public(same->der, certificate->der)) {
            return true;
        }
    }
    return false;
}

/* Adds one certificate, once. True with `*added` false: it could not be parsed, for `why`. */
static bool add_der(struct hf_trust *trust, hf_bytes der, bool *added, struct hf_error *why,
    struct hf_error *error)
{
    struct certificate parsed;
    *added = false;
    if (!certificate_parse(der, trust->provider, &parsed, why)) {
        return true;
    }
    *added = true;
    if (is_present(trust, &parsed)) {
        return true;
    }
    TRY(grow(trust, error));
    size_t size = sizeof(struct root) + der.length;
    struct root *root = allocate_zeroed(&trust->allocator, size);
    if (root == NULL) {
        return fail(error, ERR_out_of_memory, "for a trusted certificate");
    }
    memcpy(root->der, der.data, der.length);
    root->size = size;
    /* Again, so that its views borrow the store's copy; it succeeded on the same bytes. */
    if (!certificate_parse(bytes_of(root->der, der.length), trust->provider, &root->certificate,
            error)) {
        release(trust, root, size);
        return false;
    }
    root->hash = name_hash(root->certificate.subject);
    trust->roots[trust->count++] = root;
    table_add(trust->table, 2 * trust->room, root);
    return true;
}

static bool is_certificate_label(hf_bytes label)
{
    return bytes_equal_public(label, bytes_of("CERTIFICATE", 11)) ||
        bytes_equal_public(label, bytes_of("X509 CERTIFICATE", 16));
}

static bool add_blocks(struct hf_trust *trust, hf_bytes text, uint8_t *scratch, size_t capacity,
    size_t *good, struct hf_error *why, struct hf_error *error)
{
    hf_reader r = reader_of_bytes(text);
    hf_bytes label;
    size_t length;
    int found;
    while ((found = pem_next(&r, &label, scratch, capacity, &length, why)) != 0) {
        bool added = false;
        if (found > 0 && is_certificate_label(label)) {
            TRY(add_der(trust, bytes_of(scratch, length), &added, why, error));
        }
        *good += added ? 1 : 0;
    }
    return true;
}

/* How many certificates of the text are in the store now. False: out of memory or room. */
static bool add_text(struct hf_trust *trust, hf_bytes text, size_t *good, struct hf_error *why,
    struct hf_error *error)
{
    bool added = false;
    hf_reader r = reader_of_bytes(text);
    struct der_element whole;
    if (der_get(&r, DER_SEQUENCE, "", &whole, NULL) && reader_done(&r)) {
        TRY(add_der(trust, text, &added, why, error));
        *good += added ? 1 : 0;
        return true;
    }
    size_t capacity = text.length / 4 * 3 + 3;
    uint8_t *scratch = allocate_zeroed(&trust->allocator, capacity);
    if (scratch == NULL) {
        return fail(error, ERR_out_of_memory, "%zu bytes to decode PEM", capacity);
    }
    bool ok = add_blocks(trust, text, scratch, capacity, good, why, error);
    release_wiped(&trust->allocator, scratch, capacity);
    return ok;
}

/* RFC 5280 does not say what to do with a bad file; we ask for one good certificate. */
static bool demand_good(size_t good, const char *where, const struct hf_error *why,
    struct hf_error *error)
{
    if (good > 0) {
        return true;
    }
    if (error_is_set(why)) {
        return fail(error, ERR_bad_trust_store, "%s%sno good certificate: %s", where,
            where[0] != '\0' ? ": " : "", why->detail);
    }
    return fail(error, ERR_bad_trust_store, "%s%sno certificate in it", where,
        where[0] != '\0' ? ": " : "");
}

bool trust_add_pem(struct hf_trust *trust, hf_bytes text, struct hf_error *error)
{
    struct hf_error why;
    size_t good = 0;
    error_clear(&why);
    TRY(add_text(trust, text, &good, &why, error));
    return demand_good(good, "", &why, error);
}

static bool add_path(struct hf_trust *trust, const char *path, size_t *good, struct hf_error *why,
    struct hf_error *error)
{
    uint8_t *data;
    size_t length;
    TRY(file_read(&trust->allocator, path, &data, &length, error));
    bool ok = add_text(trust, bytes_of(data, length), good, why, error);
    release_wiped(&trust->allocator, data, length + 1);
    return ok;
}

/* A file that is not to be had is a bad trust store, whatever file_read calls it. */
static bool as_trust_error(const struct hf_error *from, struct hf_error *error)
{
    if (from->code == HF_CODE_out_of_memory) {
        return fail(error, ERR_out_of_memory, "%s", from->detail);
    }
    return fail(error, ERR_bad_trust_store, "%s", from->detail);
}

bool trust_add_file(struct hf_trust *trust, const char *path, struct hf_error *error)
{
    struct hf_error why;
    struct hf_error inner;
    size_t good = 0;
    error_clear(&why);
    error_clear(&inner);
    if (!add_path(trust, path, &good, &why, &inner)) {
        return as_trust_error(&inner, error);
    }
    return demand_good(good, path, &why, error);
}

static bool is_regular(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool add_entries(struct hf_trust *trust, DIR *directory, const char *path, size_t *good,
    struct hf_error *why, struct hf_error *error)
{
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        char file[4096];
        struct hf_error inner;
        error_clear(&inner);
        int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof file || !is_regular(file)) {
            continue;
        }
        if (!add_path(trust, file, good, why, &inner) && inner.code == HF_CODE_out_of_memory) {
            return as_trust_error(&inner, error);
        }
    }
    return true;
}

bool trust_add_directory(struct hf_trust *trust, const char *path, struct hf_error *error)
{
    struct hf_error why;
    size_t good = 0;
    error_clear(&why);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return fail(error, ERR_bad_trust_store, "%s is no folder that can be read", path);
    }
    bool ok = add_entries(trust, directory, path, &good, &why, error);
    (void)closedir(directory);
    return ok && demand_good(good, path, &why, error);
}

/* SSL_CERT_DIR: folders, joined by colons; one that holds something is enough. */
static bool add_directories(struct hf_trust *trust, const char *list, bool *any,
    struct hf_error *error)
{
    while (*list != '\0') {
        char path[4096];
        size_t length = strcspn(list, ":");
        if (length > 0 && length < sizeof path) {
            struct hf_error inner;
            error_clear(&inner);
            memcpy(path, list, length);
            path[length] = '\0';
            if (trust_add_directory(trust, path, &inner)) {
                *any = true;
            } else if (inner.code == HF_CODE_out_of_memory) {
                return as_trust_error(&inner, error);
            }
        }
        list += length + (list[length] == ':' ? 1 : 0);
    }
    return true;
}

bool trust_add_system(struct hf_trust *trust, struct hf_error *error)
{
    static const char *const places[] = { "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt" };
    const char *file = getenv("SSL_CERT_FILE");
    const char *directories = getenv("SSL_CERT_DIR");
    bool any = false;
    if (file != NULL && file[0] != '\0') {
        TRY(trust_add_file(trust, file, error));
        any = true;
    }
    if (directories != NULL && directories[0] != '\0') {
        TRY(add_directories(trust, directories, &any, error));
    }
    for (size_t i = 0; !any && i < sizeof places / sizeof *places; i++) {
        if (is_regular(places[i])) {
            return trust_add_file(trust, places[i], error);
        }
    }
    if (!any) {
        TRY(add_directories(trust, "/etc/ssl/certs", &any, error));
    }
    return any || fail(error, ERR_bad_trust_store,
        "no trusted certificates found on this system; name some with --cacert");
}

size_t trust_count(const struct hf_trust *trust)
{
    return trust->count;
}

const struct certificate *trust_at(const struct hf_trust *trust, size_t index)
{
    return index < trust->count ? &trust->roots[index]->certificate : NULL;
}
