/* A server's staple: see staple.h (RFC 6066, 8; RFC 6960, 4.2.2.1). The lock is held while a
 * pointer is exchanged or counted, never while a file is read. */
#include "session/staple.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "x509/pem.h"

enum { LOOK_MS = 1000 };

struct staple {
    struct allocator allocator;
    unsigned _Atomic holds;
    enum revocation_status status;
    int64_t from; /* seconds since 1970 */
    int64_t until;
    size_t length;
    uint8_t der[];
};

/* What tells one version of a file from another. */
struct stamp {
    struct timespec changed;
    off_t size;
    ino_t node;
};

struct stapling {
    struct allocator allocator;
    const struct provider *provider;
    atomic_bool in_use;   /* something was set: without it nobody needs the lock */
    pthread_mutex_t lock; /* of all below */
    struct staple *current;
    uint64_t looked_ms;
    struct stamp stamp;   /* of the file as it was last read */
    char path[STAPLE_PATH_MAX]; /* "": not from a file */
};

void staple_drop(struct staple *staple)
{
    if (staple != NULL &&
            atomic_fetch_sub_explicit(&staple->holds, 1, memory_order_acq_rel) == 1) {
        const struct allocator a = staple->allocator;
        release_wiped(&a, staple, sizeof *staple + staple->length);
    }
}

hf_bytes staple_der(const struct staple *staple)
{
    return bytes_of(staple->der, staple->length);
}

enum revocation_status staple_status(const struct staple *staple)
{
    return staple->status;
}

struct stapling *stapling_new(const struct allocator *allocator, const struct provider *provider)
{
    struct stapling *stapling = allocate_zeroed(allocator, sizeof *stapling);
    if (stapling == NULL) {
        return NULL;
    }
    stapling->allocator = *allocator;
    stapling->provider = provider;
    if (pthread_mutex_init(&stapling->lock, NULL) != 0) {
        release_wiped(allocator, stapling, sizeof *stapling);
        return NULL;
    }
    return stapling;
}

void stapling_free(struct stapling *stapling)
{
    if (stapling != NULL) {
        const struct allocator a = stapling->allocator;
        staple_drop(stapling->current);
        (void)pthread_mutex_destroy(&stapling->lock);
        release_wiped(&a, stapling, sizeof *stapling);
    }
}

static bool staple_make(const struct stapling *stapling, const struct certificate *leaf,
    hf_bytes der, struct staple **made, struct hf_error *error)
{
    struct ocsp_summary summary;
    if (der.length > STAPLE_MAX) {
        return fail(error, ERR_staple_invalid, "%zu bytes, more than %d", der.length, STAPLE_MAX);
    }
    TRY(ocsp_summary(der, stapling->provider, leaf, &summary, error));
    struct staple *staple = allocate_zeroed(&stapling->allocator, sizeof *staple + der.length);
    if (staple == NULL) {
        return fail(error, ERR_out_of_memory, "an OCSP response");
    }
    staple->allocator = stapling->allocator;
    atomic_init(&staple->holds, 1);
    staple->status = summary.status;
    staple->from = summary.from;
    staple->until = summary.until;
    staple->length = der.length;
    memcpy(staple->der, der.data, der.length);
    *made = staple;
    return true;
}

/* Puts a staple (or NULL) into the place of the old one; `path` NULL: it is no file's. */
static void exchange(struct stapling *stapling, struct staple *fresh, const char *path,
    const struct stamp *stamp)
{
    (void)pthread_mutex_lock(&stapling->lock);
    struct staple *old = stapling->current;
    stapling->current = fresh;
    stapling->path[0] = '\0';
    if (path != NULL) {
        memcpy(stapling->path, path, strlen(path) + 1);
        stapling->stamp = *stamp;
    }
    (void)pthread_mutex_unlock(&stapling->lock);
    atomic_store_explicit(&stapling->in_use, true, memory_order_release);
    staple_drop(old);
}

bool stapling_set(struct stapling *stapling, const struct certificate *leaf, hf_bytes der,
    struct hf_error *error)
{
    struct staple *fresh = NULL;
    TRY(der.length == 0 || staple_make(stapling, leaf, der, &fresh, error));
    exchange(stapling, fresh, NULL, NULL);
    return true;
}

/* ---- From a file ---- */

static bool stamp_of(const char *path, struct stamp *stamp)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return false;
    }
    *stamp = (struct stamp){ status.st_mtim, status.st_size, status.st_ino };
    return true;
}

static bool stamp_same(const struct stamp *a, const struct stamp *b)
{
    return a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec &&
        a->size == b->size && a->node == b->node;
}

/* The stamp is the one from before the reading: what changes meanwhile is read again. */
static bool load(const struct stapling *stapling, const struct certificate *leaf, const char *path,
    struct staple **made, struct stamp *stamp, struct hf_error *error)
{
    uint8_t *data = NULL;
    size_t length = 0;
    *stamp = (struct stamp){ .size = -1 };
    (void)stamp_of(path, stamp);
    TRY(file_read(&stapling->allocator, path, &data, &length, error));
    bool ok = staple_make(stapling, leaf, bytes_of(data, length), made, error);
    release_wiped(&stapling->allocator, data, length + 1);
    return ok;
}

bool stapling_set_file(struct stapling *stapling, const struct certificate *leaf, const char *path,
    struct hf_error *error)
{
    struct staple *fresh = NULL;
    struct stamp stamp;
    if (strlen(path) >= STAPLE_PATH_MAX) {
        return fail(error, ERR_bad_configuration, "the path is too long: %.80s...", path);
    }
    TRY(load(stapling, leaf, path, &fresh, &stamp, error));
    exchange(stapling, fresh, path, &stamp);
    return true;
}

/* Whoever finds that a second has gone by looks for all; meanwhile the others use what there is. */
static void refresh(struct stapling *stapling, const struct certificate *leaf,
    const char path[STAPLE_PATH_MAX], const struct stamp *known)
{
    struct stamp stamp;
    struct staple *fresh = NULL;
    if (!stamp_of(path, &stamp) || stamp_same(&stamp, known) ||
            !load(stapling, leaf, path, &fresh, &stamp, NULL)) {
        return;
    }
    (void)pthread_mutex_lock(&stapling->lock);
    struct staple *old = fresh;
    if (strcmp(stapling->path, path) == 0) { /* nobody set another one meanwhile */
        old = stapling->current;
        stapling->current = fresh;
        stapling->stamp = stamp;
    }
    (void)pthread_mutex_unlock(&stapling->lock);
    staple_drop(old);
}

struct staple *stapling_take(struct stapling *stapling, const struct certificate *leaf,
    uint64_t now_ms)
{
    char path[STAPLE_PATH_MAX];
    if (!atomic_load_explicit(&stapling->in_use, memory_order_acquire)) {
        return NULL;
    }
    (void)pthread_mutex_lock(&stapling->lock);
    bool due = stapling->path[0] != '\0' && (now_ms < stapling->looked_ms ||
        now_ms - stapling->looked_ms >= LOOK_MS);
    if (due) {
        struct stamp known = stapling->stamp;
        memcpy(path, stapling->path, sizeof path);
        stapling->looked_ms = now_ms;
        (void)pthread_mutex_unlock(&stapling->lock);
        refresh(stapling, leaf, path, &known);
        (void)pthread_mutex_lock(&stapling->lock);
    }
    struct staple *staple = stapling->current;
    int64_t now = (int64_t)(now_ms / 1000);
    if (staple != NULL && (staple->until < now || staple->from > now)) {
        staple = NULL; /* RFC 6960, 4.2.2.1: no client would take it */
    }
    if (staple != NULL) {
        (void)atomic_fetch_add_explicit(&staple->holds, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&stapling->lock);
    return staple;
}
