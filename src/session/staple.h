/* The OCSP response that a server staples: from memory or from a file that is read again when it
 * changes. Threads share it; it has its own lock. */
#ifndef SESSION_STAPLE_H
#define SESSION_STAPLE_H

#include "base/arena.h"
#include "x509/ocsp.h"

enum { STAPLE_MAX = 32768, STAPLE_PATH_MAX = 4096 };

/* One response. Const once made, and counted. */
struct staple;
/* NULL is fine. */
void staple_drop(struct staple *staple);
hf_bytes staple_der(const struct staple *staple);
/* Of the leaf: GOOD, REVOKED or UNKNOWN. */
enum revocation_status staple_status(const struct staple *staple);

struct stapling;
/* NULL: out of memory. */
struct stapling *stapling_new(const struct allocator *allocator, const struct provider *provider);
void stapling_free(struct stapling *stapling); /* NULL is fine */

/* From now on this response (DER) for `leaf`, copied, or none (empty). False: staple_invalid: it is
 * malformed, a refusal, or of other certificates; what there was stays. */
bool stapling_set(struct stapling *stapling, const struct certificate *leaf, hf_bytes der,
    struct hf_error *error);
/* The same from a file, which must be good now. Later stapling_take looks at most once a second
 * whether it changed; a file that is then missing or bad leaves the last good response in
 * place. */
bool stapling_set_file(struct stapling *stapling, const struct certificate *leaf, const char *path,
    struct hf_error *error);

/* The response to send, held for the caller (staple_drop); NULL: there is none, or it is out of
 * date. `leaf` is the one that it was set for. */
struct staple *stapling_take(struct stapling *stapling, const struct certificate *leaf,
    uint64_t now_ms);

#endif
