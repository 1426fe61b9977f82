/* Key-exchange groups: their table, and those of curves (finite_field.c has the others). RFC 9846,
 * 4.3.8.2 (shares) and 7.4.2 (secrets); RFC 7748 (X25519, X448); SEC 1 (the prime curves).
 *
 * Private keys are the bytes drawn: for X25519 and X448 as they are (clamped inside), for a prime
 * curve a scalar in [1, n - 1], big-endian. Whatever held one goes with the call that needed it. */
#include "crypto/openssl/scratch.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <string.h>

#include "base/ct.h"

/* ---- The prime curves ---- */

static const struct {
    int nid;
    const char *name;
    size_t size;
} curves[EC_COUNT] = {
    [EC_P256] = { NID_X9_62_prime256v1, "P-256", 32 },
    [EC_P384] = { NID_secp384r1, "P-384", 48 },
    [EC_P521] = { NID_secp521r1, "P-521", 66 },
};

const char *curve_name(enum curve curve)
{
    return curves[curve].name;
}

size_t curve_size(enum curve curve)
{
    return curves[curve].size;
}

/* One operation's objects. They live as long as it does, since most of them touch a secret. */
struct ec_job {
    const EC_GROUP *group;
    const uint8_t *order;
    size_t size;
    BN_CTX *numbers;
    BIGNUM *scalar;
    BIGNUM *x;
    EC_POINT *peer;
    EC_POINT *result;
};

static void ec_end(struct ec_job *job)
{
    BN_clear_free(job->scalar);
    BN_clear_free(job->x);
    EC_POINT_free(job->peer);
    EC_POINT_clear_free(job->result);
    BN_CTX_free(job->numbers); /* wipes */
}

/* After it, true or false, ec_end. */
static bool ec_begin(struct ec_job *job, enum curve curve)
{
    memset(job, 0, sizeof *job);
    struct scratch *scratch = scratch_get();
    if (scratch == NULL) {
        return false;
    }
    const size_t size = curves[curve].size;
    if (scratch->curves[curve] == NULL) {
        EC_GROUP *fresh = EC_GROUP_new_by_curve_name(curves[curve].nid);
        if (fresh == NULL
            || BN_bn2binpad(EC_GROUP_get0_order(fresh), scratch->orders[curve], (int)size) < 0) {
            EC_GROUP_free(fresh);
            return libcrypto_failed();
        }
        scratch->curves[curve] = fresh;
    }
    job->group = scratch->curves[curve];
    job->order = scratch->orders[curve];
    job->size = size;
    job->numbers = BN_CTX_new();
    job->scalar = BN_new();
    job->x = BN_new();
    job->peer = EC_POINT_new(job->group);
    job->result = EC_POINT_new(job->group);
    return (job->numbers != NULL && job->scalar != NULL && job->x != NULL && job->peer != NULL
        && job->result != NULL) || libcrypto_failed();
}

/* Whether 0 < scalar < order, in a time that depends on the size alone. */
static bool in_range(const uint8_t *scalar, const uint8_t *order, size_t size)
{
    unsigned borrow = 0;
    for (size_t i = size; i-- > 0;) {
        borrow = ((unsigned)scalar[i] - order[i] - borrow) >> 8 & 1;
    }
    return borrow == 1 && !ct_is_zero(scalar, size);
}

/* By rejection (FIPS 186-5, A.2.2). All but one in 2^32 candidates will do, so that a chance that
 * fails 64 times is none. */
static bool ec_draw(const struct ec_job *job, const struct random *random, uint8_t *scalar)
{
    for (int tries = 0; tries < 64; tries++) {
        if (!random->private_bytes(random->user, scalar, job->size)) {
            return false;
        }
        if (job->size == 66) {
            scalar[0] &= 1; /* P-521: an order of 521 bits */
        }
        if (in_range(scalar, job->order, job->size)) {
            return true;
        }
    }
    return false;
}

static bool ec_load_scalar(struct ec_job *job, const uint8_t *scalar)
{
    BN_set_flags(job->scalar, BN_FLG_CONSTTIME);
    return BN_bin2bn(scalar, (int)job->size, job->scalar) != NULL || libcrypto_failed();
}

/* RFC 9846, 4.3.8.2: an uncompressed point that lies on the curve. Else `bad_share`, unless it was
 * memory that failed. */
static bool ec_load_peer(struct ec_job *job, hf_bytes share, bool *bad_share)
{
    *bad_share = share.length != 1 + 2 * job->size
        || share.data[0] != POINT_CONVERSION_UNCOMPRESSED;
    if (*bad_share) {
        return false;
    }
    if (EC_POINT_oct2point(job->group, job->peer, share.data, share.length, job->numbers) == 1) {
        return true;
    }
    /* The first of the errors: want of memory inside the check ends as "not on the curve" too. */
    const int reason = ERR_GET_REASON(ERR_peek_error());
    *bad_share = reason == EC_R_POINT_IS_NOT_ON_CURVE || reason == EC_R_INVALID_ENCODING;
    return libcrypto_failed();
}

static bool ec_write_share(struct ec_job *job, uint8_t *share)
{
    const size_t length = 1 + 2 * job->size;
    return (EC_POINT_mul(job->group, job->result, job->scalar, NULL, NULL, job->numbers) == 1
        && EC_POINT_point2oct(job->group, job->result, POINT_CONVERSION_UNCOMPRESSED, share, length,
            job->numbers) == length) || libcrypto_failed();
}

/* RFC 9846, 7.4.2: the shared point's x. The cofactor is 1: it is never the point at infinity. */
static bool ec_write_secret(struct ec_job *job, uint8_t *secret)
{
    return (EC_POINT_mul(job->group, job->result, NULL, job->peer, job->scalar, job->numbers) == 1
        && EC_POINT_get_affine_coordinates(job->group, job->result, job->x, NULL, job->numbers) == 1
        && BN_bn2binpad(job->x, secret, (int)job->size) == (int)job->size) || libcrypto_failed();
}

static bool EC_generate(const struct group *group, const struct random *random,
    uint8_t *private_key, uint8_t *share)
{
    struct ec_job job;
    bool good = ec_begin(&job, (enum curve)kind_of(group)) && ec_draw(&job, random, private_key)
        && ec_load_scalar(&job, private_key) && ec_write_share(&job, share);
    ec_end(&job);
    if (!good) {
        wipe(private_key, group->private_size);
        wipe(share, group->client_share_size);
    }
    return good;
}

static bool EC_encapsulate(const struct group *group, const struct random *random,
    hf_bytes client_share, uint8_t *server_share, uint8_t *secret, bool *bad_share)
{
    *bad_share = false;
    uint8_t private_key[GROUP_PRIVATE_MAX];
    struct ec_job job;
    bool good = ec_begin(&job, (enum curve)kind_of(group))
        && ec_load_peer(&job, client_share, bad_share) && ec_draw(&job, random, private_key)
        && ec_load_scalar(&job, private_key) && ec_write_share(&job, server_share)
        && ec_write_secret(&job, secret);
    ec_end(&job);
    wipe(private_key, sizeof private_key);
    if (!good) {
        wipe(server_share, group->server_share_size);
        wipe(secret, group->secret_size);
    }
    return good;
}

static bool EC_decapsulate(const struct group *group, const uint8_t *private_key,
    const uint8_t *own_share, hf_bytes server_share, uint8_t *secret, bool *bad_share)
{
    (void)own_share;
    *bad_share = false;
    struct ec_job job;
    bool good = ec_begin(&job, (enum curve)kind_of(group))
        && ec_load_peer(&job, server_share, bad_share) && ec_load_scalar(&job, private_key)
        && ec_write_secret(&job, secret);
    ec_end(&job);
    if (!good) {
        wipe(secret, group->secret_size);
    }
    return good;
}

/* ---- X25519 and X448 ---- */

enum { XDH_SIZE_MAX = 56 };

static const struct {
    int type;
    size_t size;
    uint8_t base[XDH_SIZE_MAX]; /* RFC 7748, 4.1 and 4.2: the base point's u */
} xdhs[XDH_COUNT] = {
    [XDH_X25519] = { EVP_PKEY_X25519, 32, { 9 } },
    [XDH_X448] = { EVP_PKEY_X448, 56, { 5 } },
};

/* Imports a private key into a context that multiplies by it. NULL: out of memory.
 *
 * The import is given a public half, or else libcrypto would compute it; which one does not matter,
 * for nothing here reads it. Our share is had from the ladder, as the secret is: the public key is
 * X25519(private, 9) (RFC 7748, 6.1), and libcrypto's ladder takes less time than its own way of
 * making public keys. */
static EVP_PKEY_CTX *xdh_begin(enum xdh kind, const uint8_t *private_key)
{
    struct scratch *scratch = scratch_get();
    if (scratch == NULL) {
        return NULL;
    }
    const size_t size = xdhs[kind].size;
    EVP_PKEY_CTX **import = &scratch->xdh[kind].import;
    if (*import == NULL) {
        EVP_PKEY_CTX *fresh = EVP_PKEY_CTX_new_id(xdhs[kind].type, NULL);
        if (fresh == NULL || EVP_PKEY_fromdata_init(fresh) != 1) {
            EVP_PKEY_CTX_free(fresh);
            (void)libcrypto_failed();
            return NULL;
        }
        *import = fresh;
    }
    uint8_t private_copy[XDH_SIZE_MAX]; /* OSSL_PARAM knows no const */
    uint8_t public_copy[XDH_SIZE_MAX];
    memcpy(private_copy, private_key, size);
    memcpy(public_copy, xdhs[kind].base, size);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, private_copy, size),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, public_copy, size),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = NULL;
    if (EVP_PKEY_fromdata(*import, &key, EVP_PKEY_KEYPAIR, parameters) == 1) {
        context = EVP_PKEY_CTX_new(key, NULL);
    }
    wipe(private_copy, sizeof private_copy);
    EVP_PKEY_free(key); /* the context holds it */
    if (context == NULL || EVP_PKEY_derive_init(context) != 1) {
        EVP_PKEY_CTX_free(context);
        (void)libcrypto_failed();
        return NULL;
    }
    return context;
}

/* The peer's key in place, which costs a hundredth of a new one; where libcrypto will not do that,
 * a new one. */
static EVP_PKEY *xdh_peer(enum xdh kind, const uint8_t *u)
{
    struct scratch *scratch = scratch_get();
    if (scratch == NULL) {
        return NULL;
    }
    EVP_PKEY **peer = &scratch->xdh[kind].peer;
    const size_t size = xdhs[kind].size;
    if (*peer == NULL || EVP_PKEY_set1_encoded_public_key(*peer, u, size) != 1) {
        (void)libcrypto_failed();
        EVP_PKEY_free(*peer);
        *peer = EVP_PKEY_new_raw_public_key(xdhs[kind].type, NULL, u, size);
    }
    return *peer;
}

/* out = X(private, u). `bad` is set if the result is zero: u has a small order (RFC 7748, 6.1).
 * That is libcrypto's own reason to refuse as well, and the only one beside want of memory: then it
 * has not written the zeros. */
static bool xdh_ladder(EVP_PKEY_CTX *context, enum xdh kind, const uint8_t *u, uint8_t *out,
    bool *bad)
{
    *bad = false;
    EVP_PKEY *peer = xdh_peer(kind, u);
    /* Nothing to check in a peer's u: every string of the right size is one. */
    if (peer == NULL || EVP_PKEY_derive_set_peer_ex(context, peer, 0) != 1) {
        return libcrypto_failed();
    }
    size_t length = xdhs[kind].size;
    memset(out, 0xff, length);
    const bool derived = EVP_PKEY_derive(context, out, &length) == 1 && length == xdhs[kind].size;
    *bad = ct_is_zero(out, xdhs[kind].size); /* RFC 9846, 7.4.2 */
    return (derived && !*bad) || libcrypto_failed();
}

static bool XDH_generate(const struct group *group, const struct random *random,
    uint8_t *private_key, uint8_t *share)
{
    const enum xdh kind = (enum xdh)kind_of(group);
    bool bad;
    bool good = random->private_bytes(random->user, private_key, group->private_size);
    EVP_PKEY_CTX *context = good ? xdh_begin(kind, private_key) : NULL;
    good = context != NULL && xdh_ladder(context, kind, xdhs[kind].base, share, &bad);
    EVP_PKEY_CTX_free(context);
    if (!good) {
        wipe(private_key, group->private_size);
        wipe(share, group->client_share_size);
    }
    return good;
}

static bool XDH_encapsulate(const struct group *group, const struct random *random,
    hf_bytes client_share, uint8_t *server_share, uint8_t *secret, bool *bad_share)
{
    const enum xdh kind = (enum xdh)kind_of(group);
    *bad_share = client_share.length != group->client_share_size;
    uint8_t private_key[XDH_SIZE_MAX];
    bool bad;
    bool good = !*bad_share
        && random->private_bytes(random->user, private_key, group->private_size);
    EVP_PKEY_CTX *context = good ? xdh_begin(kind, private_key) : NULL;
    good = context != NULL && xdh_ladder(context, kind, xdhs[kind].base, server_share, &bad)
        && xdh_ladder(context, kind, client_share.data, secret, bad_share);
    EVP_PKEY_CTX_free(context);
    wipe(private_key, sizeof private_key);
    if (!good) {
        wipe(server_share, group->server_share_size);
        wipe(secret, group->secret_size);
    }
    return good;
}

static bool XDH_decapsulate(const struct group *group, const uint8_t *private_key,
    const uint8_t *own_share, hf_bytes server_share, uint8_t *secret, bool *bad_share)
{
    (void)own_share;
    const enum xdh kind = (enum xdh)kind_of(group);
    *bad_share = server_share.length != group->server_share_size;
    EVP_PKEY_CTX *context = *bad_share ? NULL : xdh_begin(kind, private_key);
    bool good = context != NULL
        && xdh_ladder(context, kind, server_share.data, secret, bad_share);
    EVP_PKEY_CTX_free(context);
    if (!good) {
        wipe(secret, group->secret_size);
    }
    return good;
}

/* ---- The table ---- */

static const struct group_row rows[] = {
#define X(id, name, family, curve, private_size, client, server, secret) \
    { { id, name, private_size, client, server, secret, family##_generate, family##_encapsulate, \
          family##_decapsulate }, \
        family##_##curve },
#include "crypto/groups.def"
#undef X
};

const struct group *openssl_group(uint16_t id)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].group.id == id) {
            return &rows[i].group;
        }
    }
    return NULL;
}

void scratch_drop_groups(struct scratch *scratch)
{
    for (size_t i = 0; i < EC_COUNT; i++) {
        EC_GROUP_free(scratch->curves[i]);
    }
    for (size_t i = 0; i < XDH_COUNT; i++) {
        EVP_PKEY_CTX_free(scratch->xdh[i].import);
        EVP_PKEY_free(scratch->xdh[i].peer);
    }
}
