/* Tickets: see ticket.h. A key seals for its time, then opens only, then is wiped. Keys that are
 * too old are dropped by whoever comes next: there is no timer here.
 *
 * The lock guards the keys alone; sealing and opening work on a copy, so that threads wait for each
 * other no longer than a key takes to find. */
#include "session/ticket.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/ct.h"

enum { KEYS_MAX = 16, KEY_ID = 16, SEALING_KEY = HF_TICKET_KEY - KEY_ID, TAG = 16,
    HEADER = 1 + KEY_ID + AEAD_NONCE, ROTATE_S = 12 * 3600, KEEP_S = 24 * 3600 };

static const size_t no_key = SIZE_MAX;

struct ticket_key {
    uint8_t id[KEY_ID];
    uint8_t key[SEALING_KEY];
    uint64_t made_ms;
    uint64_t sealed;   /* tickets */
    bool from_outside; /* never too old */
};

struct hf_tickets {
    struct allocator allocator;
    atomic_uint holds;
    uint64_t rotate_ms;
    uint64_t keep_ms;
    uint64_t seals_max;
    pthread_mutex_t lock;              /* of all that follows */
    bool from_outside;                 /* a key came from outside: none is made here any more */
    size_t count;
    size_t sealing;                    /* which of them seals, or no_key */
    struct ticket_key keys[KEYS_MAX];  /* oldest first */
};

hf_tickets *tickets_new(const struct allocator *allocator, struct ticket_limits limits)
{
    hf_tickets *tickets = allocate_zeroed(allocator, sizeof *tickets);
    if (tickets == NULL) {
        return NULL;
    }
    tickets->allocator = *allocator;
    atomic_init(&tickets->holds, 1);
    tickets->rotate_ms = (limits.rotate_s != 0 ? limits.rotate_s : ROTATE_S) * UINT64_C(1000);
    tickets->keep_ms = (limits.keep_s != 0 ? limits.keep_s : KEEP_S) * UINT64_C(1000);
    tickets->seals_max = limits.seals_max != 0 ? limits.seals_max : UINT64_C(1) << 32;
    tickets->sealing = no_key;
    if (pthread_mutex_init(&tickets->lock, NULL) != 0) {
        release_wiped(allocator, tickets, sizeof *tickets);
        return NULL;
    }
    return tickets;
}

hf_tickets *hf_tickets_new(uint32_t rotate_s, uint32_t keep_s)
{
    return tickets_new(&allocator_malloc, (struct ticket_limits){ rotate_s, keep_s, 0 });
}

void tickets_retain(hf_tickets *tickets)
{
    (void)atomic_fetch_add_explicit(&tickets->holds, 1, memory_order_relaxed);
}

void tickets_release(hf_tickets *tickets)
{
    if (tickets == NULL ||
        atomic_fetch_sub_explicit(&tickets->holds, 1, memory_order_acq_rel) > 1) {
        return;
    }
    (void)pthread_mutex_destroy(&tickets->lock);
    const struct allocator allocator = tickets->allocator;
    release_wiped(&allocator, tickets, sizeof *tickets);
}

void hf_tickets_free(hf_tickets *tickets)
{
    tickets_release(tickets);
}

/* ---- The keys; the lock is held ---- */

static size_t find_key(const hf_tickets *tickets, const uint8_t *id)
{
    for (size_t i = 0; i < tickets->count; i++) {
        if (bytes_equal_public(bytes_of(tickets->keys[i].id, KEY_ID), bytes_of(id, KEY_ID))) {
            return i;
        }
    }
    return no_key;
}

static void drop_key(hf_tickets *tickets, size_t index)
{
    struct ticket_key *keys = tickets->keys;
    tickets->count--;
    memmove(&keys[index], &keys[index + 1], (tickets->count - index) * sizeof *keys);
    wipe(&keys[tickets->count], sizeof *keys);
    if (tickets->sealing == index) {
        tickets->sealing = no_key;
    } else if (tickets->sealing != no_key && tickets->sealing > index) {
        tickets->sealing--;
    }
}

/* A place at the end; the oldest key that does not seal goes when there is none. */
static struct ticket_key *add_key(hf_tickets *tickets)
{
    if (tickets->count == KEYS_MAX) {
        drop_key(tickets, tickets->sealing == 0 ? 1 : 0);
    }
    return &tickets->keys[tickets->count++];
}

static uint64_t age_of(const struct ticket_key *key, uint64_t now_ms)
{
    return now_ms > key->made_ms ? now_ms - key->made_ms : 0;
}

/* A key that was made later than now, by more than threads' clocks differ, was made under a wrong
 * clock: its time begins now, and it seals no more. So no jump of the clock prolongs a key. */
static void age_keys(hf_tickets *tickets, uint64_t now_ms)
{
    for (size_t i = tickets->count; i-- > 0;) {
        struct ticket_key *key = &tickets->keys[i];
        if (key->from_outside) {
            continue;
        }
        if (key->made_ms > now_ms + SESSION_SKEW_S * UINT64_C(1000)) {
            key->made_ms = now_ms;
            tickets->sealing = tickets->sealing == i ? no_key : tickets->sealing;
        }
        if (age_of(key, now_ms) >= tickets->rotate_ms + tickets->keep_ms) {
            drop_key(tickets, i);
        }
    }
}

static bool make_key(hf_tickets *tickets, const struct random *random, uint64_t now_ms)
{
    struct ticket_key fresh = { .made_ms = now_ms };
    bool ok = random->public_bytes(random->user, fresh.id, sizeof fresh.id) &&
        random->private_bytes(random->user, fresh.key, sizeof fresh.key);
    if (ok) {
        *add_key(tickets) = fresh;
        tickets->sealing = tickets->count - 1;
    }
    wipe(&fresh, sizeof fresh);
    return ok;
}

static bool is_spent(const hf_tickets *tickets, uint64_t now_ms)
{
    const struct ticket_key *key = &tickets->keys[tickets->sealing];
    return key->sealed >= tickets->seals_max ||
        (!key->from_outside && age_of(key, now_ms) >= tickets->rotate_ms);
}

/* Counts a ticket of the key that seals now. */
static bool choose_key(hf_tickets *tickets, const struct random *random, uint64_t now_ms,
    struct ticket_key *chosen)
{
    age_keys(tickets, now_ms);
    if (tickets->sealing == no_key || is_spent(tickets, now_ms)) {
        TRY(!tickets->from_outside && make_key(tickets, random, now_ms));
    }
    struct ticket_key *key = &tickets->keys[tickets->sealing];
    key->sealed++;
    *chosen = *key;
    return true;
}

void hf_tickets_set_key(hf_tickets *tickets, const uint8_t key[HF_TICKET_KEY], bool seals)
{
    (void)pthread_mutex_lock(&tickets->lock);
    if (!tickets->from_outside) {
        tickets->from_outside = true;
        tickets->sealing = no_key;
    }
    const size_t same = find_key(tickets, key);
    uint64_t sealed = 0;
    if (same != no_key) {
        const bool equal = ct_equal(tickets->keys[same].key, key + KEY_ID, SEALING_KEY);
        sealed = equal ? tickets->keys[same].sealed : 0;
        drop_key(tickets, same);
    }
    struct ticket_key *added = add_key(tickets);
    added->from_outside = true;
    added->sealed = sealed;
    memcpy(added->id, key, KEY_ID);
    memcpy(added->key, key + KEY_ID, SEALING_KEY);
    if (seals) {
        tickets->sealing = tickets->count - 1;
    }
    (void)pthread_mutex_unlock(&tickets->lock);
}

void hf_tickets_retire_key(hf_tickets *tickets, const uint8_t id[16])
{
    (void)pthread_mutex_lock(&tickets->lock);
    const size_t index = find_key(tickets, id);
    if (index != no_key) {
        drop_key(tickets, index);
    }
    (void)pthread_mutex_unlock(&tickets->lock);
}

/* ---- Tickets ---- */

static struct aead_key *keyed(const struct provider *provider, const struct ticket_key *key,
    bool seals, const struct aead **aead)
{
    *aead = provider->aead(AEAD_AES_256_GCM);
    return *aead == NULL ? NULL : (*aead)->make(*aead, key->key, seals);
}

/* Writes header, ciphertext and tag. */
static bool seal_under(const struct ticket_key *key, const struct provider *provider,
    hf_bytes plaintext, hf_builder *out)
{
    uint8_t nonce[AEAD_NONCE];
    TRY(provider->random.public_bytes(provider->random.user, nonce, sizeof nonce));
    const uint8_t *header = out->data + out->length;
    build_u8(out, TICKET_FORMAT);
    build_bytes(out, bytes_of(key->id, KEY_ID));
    build_bytes(out, bytes_of(nonce, sizeof nonce));
    uint8_t *sealed = build_space(out, plaintext.length + TAG);
    TRY(sealed != NULL);
    const struct aead *aead;
    struct aead_key *context = keyed(provider, key, true, &aead);
    TRY(context != NULL);
    const bool ok = aead->seal(context, nonce, bytes_of(header, HEADER), plaintext,
        bytes_of(NULL, 0), sealed);
    aead->drop(context);
    return ok;
}

bool tickets_seal(hf_tickets *tickets, const struct provider *provider, uint64_t now_ms,
    hf_bytes plaintext, hf_builder *out)
{
    struct ticket_key key;
    (void)pthread_mutex_lock(&tickets->lock);
    bool ok = choose_key(tickets, &provider->random, now_ms, &key);
    (void)pthread_mutex_unlock(&tickets->lock);
    if (ok) {
        const size_t before = out->length;
        ok = seal_under(&key, provider, plaintext, out);
        out->length = ok ? out->length : before;
        wipe(&key, sizeof key);
    }
    return ok;
}

static enum session_verdict open_under(const struct ticket_key *key,
    const struct provider *provider, hf_bytes ticket, uint8_t *out)
{
    const struct aead *aead;
    struct aead_key *context = keyed(provider, key, false, &aead);
    if (context == NULL) {
        return SESSION_NOT_OPENED;
    }
    const bool ok = aead->open(context, ticket.data + 1 + KEY_ID, bytes_of(ticket.data, HEADER),
        ticket.data + HEADER, ticket.length - HEADER, out);
    aead->drop(context);
    return ok ? SESSION_USABLE : SESSION_NOT_AUTHENTIC;
}

enum session_verdict tickets_open(hf_tickets *tickets, const struct provider *provider,
    uint64_t now_ms, hf_bytes ticket, uint8_t *out, size_t *length)
{
    struct ticket_key key = { .made_ms = 0 };
    *length = 0;
    if (ticket.length == 0 || ticket.data[0] != TICKET_FORMAT) {
        return SESSION_UNKNOWN_FORMAT;
    }
    if (ticket.length < TICKET_OVERHEAD) {
        return SESSION_NOT_AUTHENTIC;
    }
    (void)pthread_mutex_lock(&tickets->lock);
    age_keys(tickets, now_ms);
    const size_t index = find_key(tickets, ticket.data + 1);
    if (index != no_key) {
        key = tickets->keys[index];
    }
    (void)pthread_mutex_unlock(&tickets->lock);
    if (index == no_key) {
        return SESSION_UNKNOWN_KEY;
    }
    const enum session_verdict verdict = open_under(&key, provider, ticket, out);
    wipe(&key, sizeof key);
    *length = verdict == SESSION_USABLE ? ticket.length - TICKET_OVERHEAD : 0;
    return verdict;
}

bool tickets_are_old(hf_tickets *tickets, uint64_t now_ms, hf_bytes ticket)
{
    bool old = false;
    if (ticket.length >= TICKET_OVERHEAD) {
        (void)pthread_mutex_lock(&tickets->lock);
        age_keys(tickets, now_ms);
        old = tickets->sealing == no_key || is_spent(tickets, now_ms) ||
            tickets->sealing != find_key(tickets, ticket.data + 1);
        (void)pthread_mutex_unlock(&tickets->lock);
    }
    return old;
}
