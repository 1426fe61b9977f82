/* The finite-field groups, of the primes of primes.c. RFC 9846, 4.3.8.1 (shares), 7.4.1 (secrets);
 * both have the size of p, filled up with zeros on the left. TLS 1.2 takes the zeros off a secret
 * (RFC 5246, 8.1.2), which is the caller's to do.
 *
 * A private key is the bytes drawn, big-endian: an exponent of 256, 320 or 384 bits, more than the
 * 225, 275 and 325 that RFC 7919, 5.2 asks for, at the same price: libcrypto's exponentiation in
 * constant time goes by whole words. Its time tells how many words the exponent has: all but one
 * in 2^64 have the same number. Whatever held a secret goes with the call that needed it. */
#include "crypto/openssl/scratch.h"

#include <openssl/bn.h>
#include <string.h>

#include "base/ct.h"

/* One operation's numbers. */
struct ff_job {
    const struct ff_scratch *field; /* this thread's; public */
    BN_CTX *numbers;
    BIGNUM *exponent;
    BIGNUM *peer;
    BIGNUM *result;
};

static void field_drop(struct ff_scratch *field)
{
    BN_free(field->p);
    BN_free(field->last);
    BN_free(field->generator);
    BN_MONT_CTX_free(field->montgomery);
    memset(field, 0, sizeof *field);
}

void scratch_drop_fields(struct scratch *scratch)
{
    for (size_t i = 0; i < FF_COUNT; i++) {
        field_drop(&scratch->fields[i]);
    }
}

/* The thread's field of a group; NULL: out of memory. */
static const struct ff_scratch *field_get(const struct group *group, BN_CTX *numbers)
{
    const enum ff kind = (enum ff)kind_of(group);
    struct scratch *scratch = scratch_get();
    struct ff_scratch *field = scratch == NULL ? NULL : &scratch->fields[kind];
    if (field == NULL || field->montgomery != NULL) {
        return field;
    }
    field->p = BN_bin2bn(prime_fields[kind].prime, (int)prime_fields[kind].size, NULL);
    field->last = BN_dup(field->p);
    field->generator = BN_new();
    BN_MONT_CTX *montgomery = BN_MONT_CTX_new();
    if (field->p == NULL || field->last == NULL || BN_sub_word(field->last, 1) != 1
        || field->generator == NULL || BN_set_word(field->generator, 2) != 1
        || montgomery == NULL || BN_MONT_CTX_set(montgomery, field->p, numbers) != 1) {
        BN_MONT_CTX_free(montgomery);
        field_drop(field);
        return NULL;
    }
    field->montgomery = montgomery;
    return field;
}

/* After it, true or false, ff_end. */
static bool ff_begin(struct ff_job *job, const struct group *group)
{
    job->numbers = BN_CTX_new();
    job->exponent = BN_new();
    job->peer = BN_new();
    job->result = BN_new();
    job->field = job->numbers == NULL ? NULL : field_get(group, job->numbers);
    bool ok = job->field != NULL && job->exponent != NULL && job->peer != NULL
        && job->result != NULL;
    if (!ok) {
        (void)libcrypto_failed();
    }
    return ok;
}

static void ff_end(struct ff_job *job)
{
    BN_clear_free(job->exponent);
    BN_free(job->peer);
    BN_clear_free(job->result);
    BN_CTX_free(job->numbers); /* wipes */
}

/* RFC 9846, 4.3.8.1: 1 < Y < p - 1. No other small subgroup is left, p being a safe prime. */
static bool ff_load_peer(struct ff_job *job, const struct group *group, hf_bytes share,
    bool *bad_share)
{
    *bad_share = share.length != group->secret_size;
    if (*bad_share || BN_bin2bn(share.data, (int)share.length, job->peer) == NULL) {
        return libcrypto_failed();
    }
    *bad_share = BN_is_zero(job->peer) || BN_is_one(job->peer)
        || BN_cmp(job->peer, job->field->last) >= 0;
    return !*bad_share;
}

static bool ff_load_exponent(struct ff_job *job, const uint8_t *private_key, size_t size)
{
    BN_set_flags(job->exponent, BN_FLG_CONSTTIME);
    return BN_bin2bn(private_key, (int)size, job->exponent) != NULL || libcrypto_failed();
}

/* base ^ exponent mod p, filled up to the size of p. */
static bool ff_power(struct ff_job *job, const BIGNUM *base, uint8_t *out, size_t size)
{
    return (BN_mod_exp_mont_consttime(job->result, base, job->exponent, job->field->p,
            job->numbers, job->field->montgomery) == 1
        && BN_bn2binpad(job->result, out, (int)size) == (int)size) || libcrypto_failed();
}

/* A chance that gives nothing but zeros is none. */
static bool ff_make_key(struct ff_job *job, const struct group *group, const struct random *random,
    uint8_t *private_key, uint8_t *share)
{
    return random->private_bytes(random->user, private_key, group->private_size)
        && !ct_is_zero(private_key, group->private_size)
        && ff_load_exponent(job, private_key, group->private_size)
        && ff_power(job, job->field->generator, share, group->secret_size);
}

bool FF_generate(const struct group *group, const struct random *random, uint8_t *private_key,
    uint8_t *share)
{
    struct ff_job job;
    bool good = ff_begin(&job, group) && ff_make_key(&job, group, random, private_key, share);
    ff_end(&job);
    if (!good) {
        wipe(private_key, group->private_size);
        wipe(share, group->client_share_size);
    }
    return good;
}

bool FF_encapsulate(const struct group *group, const struct random *random, hf_bytes client_share,
    uint8_t *server_share, uint8_t *secret, bool *bad_share)
{
    *bad_share = false;
    uint8_t private_key[GROUP_PRIVATE_MAX];
    struct ff_job job;
    bool good = ff_begin(&job, group) && ff_load_peer(&job, group, client_share, bad_share)
        && ff_make_key(&job, group, random, private_key, server_share)
        && ff_power(&job, job.peer, secret, group->secret_size);
    ff_end(&job);
    wipe(private_key, sizeof private_key);
    if (!good) {
        wipe(server_share, group->server_share_size);
        wipe(secret, group->secret_size);
    }
    return good;
}

bool FF_decapsulate(const struct group *group, const uint8_t *private_key,
    const uint8_t *own_share, hf_bytes server_share, uint8_t *secret, bool *bad_share)
{
    (void)own_share;
    *bad_share = false;
    struct ff_job job;
    bool good = ff_begin(&job, group) && ff_load_peer(&job, group, server_share, bad_share)
        && ff_load_exponent(&job, private_key, group->private_size)
        && ff_power(&job, job.peer, secret, group->secret_size);
    ff_end(&job);
    if (!good) {
        wipe(secret, group->secret_size);
    }
    return good;
}

/* ---- TLS 1.2: the server says p and g, and not a group's name ---- */

/* Those that groups.def does not name: the client takes them, and neither side offers them. */
static const struct group_row unnamed[] = {
    { { 0x0102, "ffdhe4096", 48, 512, 512, 512, FF_generate, FF_encapsulate, FF_decapsulate },
        FF_4096 },
    { { 0, "modp2048", 32, 256, 256, 256, FF_generate, FF_encapsulate, FF_decapsulate },
        FF_MODP_2048 },
    { { 0, "modp3072", 40, 384, 384, 384, FF_generate, FF_encapsulate, FF_decapsulate },
        FF_MODP_3072 },
    { { 0, "modp4096", 48, 512, 512, 512, FF_generate, FF_encapsulate, FF_decapsulate },
        FF_MODP_4096 },
};

static const uint8_t generator[1] = { 2 };

static const struct group *group_of(enum ff kind)
{
    for (size_t i = 0; i < sizeof unnamed / sizeof *unnamed; i++) {
        if (unnamed[i].kind == (int)kind) {
            return &unnamed[i].group;
        }
    }
    return openssl_group(kind == FF_2048 ? 0x0100 : 0x0101);
}

static hf_bytes without_zeros(hf_bytes number)
{
    while (number.length > 0 && number.data[0] == 0) {
        number = bytes_of(number.data + 1, number.length - 1);
    }
    return number;
}

const struct group *openssl_prime_group(hf_bytes p, hf_bytes g)
{
    p = without_zeros(p);
    if (!bytes_equal_public(without_zeros(g), bytes_of(generator, sizeof generator))) {
        return NULL;
    }
    for (size_t i = 0; i < FF_COUNT; i++) {
        if (bytes_equal_public(p, bytes_of(prime_fields[i].prime, prime_fields[i].size))) {
            return group_of((enum ff)i);
        }
    }
    return NULL;
}

void openssl_prime_params(const struct group *group, hf_bytes *p, hf_bytes *g)
{
    const struct prime_field *field = &prime_fields[kind_of(group)];
    *p = bytes_of(field->prime, field->size);
    *g = bytes_of(generator, sizeof generator);
}
