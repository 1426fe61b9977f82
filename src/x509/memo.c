/* The memo: see memo.h. Sets of four slots, chosen by the key's first word; a new key overwrites
 * one slot of its set. No lock: a slot is four atomic words, written and read one by one. A
 * reader who meets a half-written slot sees words of two keys; that it equals a third key would
 * need digests that agree in 64 to 192 chosen bits with another's, which SHA-256 denies to whoever
 * cannot also forge what is remembered here: only signatures that verified are added. */
#include "x509/memo.h"

#include <stdatomic.h>
#include <string.h>

enum { WAYS = 4, WORDS = 4 };

struct slot {
    _Atomic uint64_t words[WORDS];
};

struct hf_memo {
    struct allocator allocator;
    unsigned _Atomic holds;
    size_t size; /* of this allocation */
    size_t sets; /* a power of two */
    struct slot slots[];
};

struct hf_memo *memo_new(const struct allocator *allocator, size_t signatures)
{
    size_t sets = 4;
    while (sets * 2 * WAYS <= signatures && sets < (1u << 18)) {
        sets *= 2;
    }
    size_t size = sizeof(struct hf_memo) + sets * WAYS * sizeof(struct slot);
    struct hf_memo *memo = allocate_zeroed(allocator, size);
    if (memo != NULL) {
        memo->allocator = *allocator;
        atomic_init(&memo->holds, 1);
        memo->size = size;
        memo->sets = sets;
    }
    return memo;
}

void memo_retain(struct hf_memo *memo)
{
    if (memo != NULL) {
        (void)atomic_fetch_add_explicit(&memo->holds, 1, memory_order_relaxed);
    }
}

void memo_free(struct hf_memo *memo)
{
    if (memo != NULL &&
        atomic_fetch_sub_explicit(&memo->holds, 1, memory_order_acq_rel) == 1) {
        const struct allocator allocator = memo->allocator;
        allocator.release(allocator.user, memo, memo->size);
    }
}

/* Each part with its length before it, so that no two inputs give the same bytes. */
static void add_part(const struct hash *hash, struct hash_state *state, hf_bytes part)
{
    uint64_t length = part.length;
    uint8_t prefix[8];
    for (size_t i = 0; i < sizeof prefix; i++) {
        prefix[i] = (uint8_t)(length >> (56 - 8 * i));
    }
    hash->update(state, prefix, sizeof prefix);
    hash->update(state, part.data, part.length);
}

bool memo_key_of(const struct provider *provider, uint16_t scheme, hf_bytes spki, hf_bytes message,
    hf_bytes signature, struct memo_key *key)
{
    const struct hash *hash = provider->hash(HASH_SHA256);
    struct hash_state state;
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t id[2] = { (uint8_t)(scheme >> 8), (uint8_t)scheme };
    if (hash == NULL) {
        return false;
    }
    hash->init(&state);
    add_part(hash, &state, bytes_of(id, sizeof id));
    add_part(hash, &state, spki);
    add_part(hash, &state, message);
    add_part(hash, &state, signature);
    hash->finish(&state, digest);
    memcpy(key->words, digest, sizeof key->words);
    return true;
}

bool memo_has(const struct hf_memo *memo, const struct memo_key *key)
{
    const struct slot *set = &memo->slots[(key->words[0] & (memo->sets - 1)) * WAYS];
    for (size_t way = 0; way < WAYS; way++) {
        bool same = true;
        for (size_t i = 0; same && i < WORDS; i++) {
            same = atomic_load_explicit(&set[way].words[i], memory_order_relaxed) == key->words[i];
        }
        if (same) {
            return true;
        }
    }
    return false;
}

void memo_add(struct hf_memo *memo, const struct memo_key *key)
{
    struct slot *set = &memo->slots[(key->words[0] & (memo->sets - 1)) * WAYS];
    size_t way = key->words[1] % WAYS;
    for (size_t i = 0; i < WAYS; i++) {
        if (atomic_load_explicit(&set[i].words[1], memory_order_relaxed) == 0) {
            way = i;
            break;
        }
    }
    for (size_t i = 0; i < WORDS; i++) {
        atomic_store_explicit(&set[way].words[i], key->words[i], memory_order_relaxed);
    }
}
