/* A server's cache: see cache.h. A table of chains by the session ID, and a list by age, under one
 * lock. IDs are the server's own random bytes: peers cannot choose where an entry lands, and what
 * they ask for is only looked up. */
#include "session/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { ID_MAX = 32, CAPACITY_MAX = 1 << 24 };

struct entry {
    struct entry *next;    /* in its slot */
    struct entry *older;   /* by age */
    struct entry *newer;
    uint64_t expires_ms;
    size_t size;           /* of this allocation */
    size_t id_length;
    uint8_t id[ID_MAX];
    size_t length;
    uint8_t encoded[];
};

struct hf_session_cache {
    struct allocator allocator;
    atomic_uint holds;
    size_t capacity;       /* entries */
    size_t slots;          /* a power of two */
    pthread_mutex_t lock;  /* of all that follows */
    size_t count;
    struct entry *oldest;
    struct entry *newest;
    struct entry *table[];
};

static size_t size_of(size_t slots)
{
    return sizeof(hf_session_cache) + slots * sizeof(struct entry *);
}

hf_session_cache *session_cache_new(const struct allocator *allocator, size_t capacity)
{
    size_t slots = 16;
    capacity = capacity < CAPACITY_MAX ? capacity : CAPACITY_MAX;
    while (slots < capacity) {
        slots *= 2;
    }
    hf_session_cache *cache = allocate_zeroed(allocator, size_of(slots));
    if (cache == NULL) {
        return NULL;
    }
    cache->allocator = *allocator;
    atomic_init(&cache->holds, 1);
    cache->capacity = capacity;
    cache->slots = slots;
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        release_wiped(allocator, cache, size_of(slots));
        return NULL;
    }
    return cache;
}

hf_session_cache *hf_session_cache_new(size_t capacity)
{
    return session_cache_new(&allocator_malloc, capacity);
}

void session_cache_retain(hf_session_cache *cache)
{
    (void)atomic_fetch_add_explicit(&cache->holds, 1, memory_order_relaxed);
}

/* ---- Entries; the lock is held ---- */

/* FNV-1a. */
static struct entry **slot_of(hf_session_cache *cache, hf_bytes id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < id.length; i++) {
        hash = (hash ^ id.data[i]) * UINT64_C(0x100000001b3);
    }
    return &cache->table[hash & (cache->slots - 1)];
}

/* The link that leads to the entry, or to the end of its chain. */
static struct entry **find(hf_session_cache *cache, hf_bytes id)
{
    struct entry **link = slot_of(cache, id);
    while (*link != NULL && !bytes_equal_public(bytes_of((*link)->id, (*link)->id_length), id)) {
        link = &(*link)->next;
    }
    return link;
}

static void unlink_entry(hf_session_cache *cache, struct entry **link)
{
    struct entry *entry = *link;
    *link = entry->next;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    cache->count--;
    release_wiped(&cache->allocator, entry, entry->size);
}

static void drop_oldest(hf_session_cache *cache)
{
    const struct entry *entry = cache->oldest;
    unlink_entry(cache, find(cache, bytes_of(entry->id, entry->id_length)));
}

static void link_entry(hf_session_cache *cache, struct entry *entry)
{
    struct entry **slot = slot_of(cache, bytes_of(entry->id, entry->id_length));
    entry->next = *slot;
    *slot = entry;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
    cache->count++;
}

void session_cache_release(hf_session_cache *cache)
{
    if (cache == NULL ||
        atomic_fetch_sub_explicit(&cache->holds, 1, memory_order_acq_rel) > 1) {
        return;
    }
    while (cache->oldest != NULL) {
        drop_oldest(cache);
    }
    (void)pthread_mutex_destroy(&cache->lock);
    const struct allocator allocator = cache->allocator;
    release_wiped(&allocator, cache, size_of(cache->slots));
}

void hf_session_cache_free(hf_session_cache *cache)
{
    session_cache_release(cache);
}

/* ---- Keeping and taking ---- */

bool session_cache_put(hf_session_cache *cache, hf_bytes id, hf_bytes encoded, uint64_t now_ms,
    uint64_t expires_ms)
{
    TRY(id.length > 0 && id.length <= ID_MAX && encoded.length <= SESSION_SEALED_MAX &&
        cache->capacity > 0);
    const size_t size = sizeof(struct entry) + encoded.length;
    struct entry *entry = allocate_zeroed(&cache->allocator, size);
    TRY(entry != NULL);
    entry->size = size;
    entry->expires_ms = expires_ms;
    entry->id_length = id.length;
    memcpy(entry->id, id.data, id.length);
    entry->length = encoded.length;
    memcpy(entry->encoded, encoded.data, encoded.length);

    (void)pthread_mutex_lock(&cache->lock);
    struct entry **same = find(cache, id);
    if (*same != NULL) {
        unlink_entry(cache, same);
    }
    while (cache->count > 0 &&
        (cache->count == cache->capacity || now_ms >= cache->oldest->expires_ms)) {
        drop_oldest(cache);
    }
    link_entry(cache, entry);
    (void)pthread_mutex_unlock(&cache->lock);
    return true;
}

/* The lock is held. */
static enum session_verdict take_copy(hf_session_cache *cache, hf_bytes id, uint64_t now_ms,
    uint8_t *out, size_t capacity, size_t *length)
{
    struct entry **link = find(cache, id);
    const struct entry *entry = *link;
    if (entry == NULL || entry->length > capacity) {
        return SESSION_NOT_CACHED;
    }
    if (now_ms >= entry->expires_ms) {
        unlink_entry(cache, link);
        return SESSION_EXPIRED;
    }
    memcpy(out, entry->encoded, entry->length);
    *length = entry->length;
    return SESSION_USABLE;
}

enum session_verdict session_cache_get(hf_session_cache *cache, hf_bytes id, uint64_t now_ms,
    uint8_t *out, size_t capacity, size_t *length)
{
    *length = 0;
    (void)pthread_mutex_lock(&cache->lock);
    const enum session_verdict verdict = take_copy(cache, id, now_ms, out, capacity, length);
    (void)pthread_mutex_unlock(&cache->lock);
    return verdict;
}

void session_cache_drop(hf_session_cache *cache, hf_bytes id)
{
    (void)pthread_mutex_lock(&cache->lock);
    struct entry **link = find(cache, id);
    if (*link != NULL) {
        unlink_entry(cache, link);
    }
    (void)pthread_mutex_unlock(&cache->lock);
}
