/* The default provider, over libcrypto 3.0 or later: its table, and each thread's scratch.
 *
 * Process-wide state: the key whose destructor drops a thread's scratch, and nothing else. */
#include "crypto/openssl/scratch.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/ct.h"
#include "crypto/x25519/x25519.h"

/* The one thread-local. It is reached on every operation, so it is not pthread_getspecific. */
static _Thread_local struct scratch *thread_scratch;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;
static bool exit_key_made;

static void on_thread_exit(void *scratch)
{
    (void)scratch;
    crypto_thread_release();
}

/* The forking thread is the only one that a child has. */
static void on_fork_child(void)
{
    if (thread_scratch != NULL) {
        thread_scratch->pool.left = 0;
        keyshare_drop(&thread_scratch->keyshares);
    }
}

static void set_up(void)
{
    exit_key_made = pthread_key_create(&exit_key, on_thread_exit) == 0
        && pthread_atfork(NULL, NULL, on_fork_child) == 0;
}

struct scratch *scratch_get(void)
{
    if (thread_scratch != NULL) {
        return thread_scratch;
    }
    if (pthread_once(&once, set_up) != 0 || !exit_key_made) {
        return NULL;
    }
    struct scratch *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL || pthread_setspecific(exit_key, fresh) != 0) {
        free(fresh);
        return NULL;
    }
    thread_scratch = fresh;
    return fresh;
}

void crypto_thread_release(void)
{
    struct scratch *scratch = thread_scratch;
    if (scratch == NULL) {
        return;
    }
    thread_scratch = NULL;
    (void)pthread_setspecific(exit_key, NULL);
    scratch_drop_aead(scratch);
    scratch_drop_groups(scratch);
    scratch_drop_fields(scratch);
    scratch_drop_verify(scratch);
    wipe(scratch, sizeof *scratch);
    free(scratch);
}

struct keyshare_pool *crypto_thread_keyshares(void)
{
    struct scratch *scratch = scratch_get();
    return scratch != NULL ? &scratch->keyshares : NULL;
}

bool libcrypto_failed(void)
{
    ERR_clear_error();
    return false;
}

const char *mldsa_name(enum key_type type)
{
    return type == KEY_MLDSA44 ? "ML-DSA-44" : type == KEY_MLDSA65 ? "ML-DSA-65"
        : type == KEY_MLDSA87 ? "ML-DSA-87" : NULL;
}

/* libcrypto's answer is kept, but for one that it had no memory to find. */
static bool mldsa_is_missing(enum key_type type)
{
    if (!is_mldsa(type)) {
        return false;
    }
    struct scratch *scratch = scratch_get();
    if (scratch == NULL) {
        return true;
    }
    const size_t i = (size_t)type - KEY_MLDSA44;
    if (scratch->mldsa[i] == NOT_ASKED) {
        EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, mldsa_name(type), NULL);
        if (signature != NULL) {
            scratch->mldsa[i] = IS_HERE;
        } else if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_UNSUPPORTED) {
            scratch->mldsa[i] = IS_NOT_HERE;
        }
        EVP_SIGNATURE_free(signature);
        (void)libcrypto_failed();
    }
    return scratch->mldsa[i] != IS_HERE;
}

static const struct signature_scheme schemes[] = {
#define X(id, name, key, padding, hash) { id, name, key, padding, hash },
#include "crypto/signatures.def"
#undef X
};

const struct signature_scheme *openssl_scheme(uint16_t id)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (schemes[i].id == id) {
            return mldsa_is_missing(schemes[i].key) ? NULL : &schemes[i];
        }
    }
    return NULL;
}

static const char *version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

/* X25519 is our own wherever there is code for it and the build did not say otherwise
 * (-Dx25519=libcrypto): every kernel of it makes keys in less than half libcrypto's time, and the
 * slowest one's shared secrets take as long. */
static const struct group *group(uint16_t id)
{
#if X25519_OURS
    if (id == x25519_group.id) {
        return &x25519_group;
    }
#endif
    return openssl_group(id);
}

#define PROVIDER(named, groups) { \
    .name = named, \
    .version = version, \
    .hash = openssl_hash, \
    .aead = openssl_aead, \
    .group = groups, \
    .scheme = openssl_scheme, \
    .prime_group = openssl_prime_group, \
    .prime_params = openssl_prime_params, \
    .random = { openssl_public_bytes, openssl_private_bytes, NULL }, \
    .verify = openssl_verify, \
    .private_key_load = openssl_private_key_load, \
    .private_key_unlock = openssl_private_key_unlock, \
    .private_key_generate = openssl_private_key_generate, \
    .private_key_type = openssl_private_key_type, \
    .private_key_public = openssl_private_key_public, \
    .sign = openssl_sign, \
    .rsa_encrypt = openssl_rsa_encrypt, \
    .rsa_decrypt_premaster = openssl_rsa_decrypt_premaster, \
    .private_key_drop = openssl_private_key_drop, \
}

const struct provider provider_openssl = PROVIDER("libcrypto", group);
const struct provider provider_libcrypto = PROVIDER("libcrypto", openssl_group);
