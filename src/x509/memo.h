/* The memo of verified signatures: verifying one is a pure function of the scheme, the signer's
 * key, the message and the signature, so a good one need not be computed again. Times, names,
 * trust and revocation are no part of it: they are checked afresh every time. */
#ifndef X509_MEMO_H
#define X509_MEMO_H

#include "base/arena.h"
#include "crypto/provider.h"

struct hf_memo;

/* SHA-256 of all that the answer depends on. */
struct memo_key {
    uint64_t words[4];
};

/* Room for about `signatures` (16 to 1 << 20), 32 bytes each, never more; NULL: out of memory. One
 * memo is shared by all threads, and counted: the last memo_free frees. NULL is fine for both. */
struct hf_memo *memo_new(const struct allocator *allocator, size_t signatures);
void memo_retain(struct hf_memo *memo);
void memo_free(struct hf_memo *memo);

/* False: the provider has no SHA-256. */
bool memo_key_of(const struct provider *provider, uint16_t scheme, hf_bytes spki, hf_bytes message,
    hf_bytes signature, struct memo_key *key);

bool memo_has(const struct hf_memo *memo, const struct memo_key *key);
/* Only what was verified as good may be added. */
void memo_add(struct hf_memo *memo, const struct memo_key *key);

#endif
