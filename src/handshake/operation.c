/* Slow work: how it is done inline, and what follows from it. */
#include <assert.h>
#include <string.h>

#include "handshake/handlers.h"
#include "handshake/trace.h"

enum { GATHERED_MAX = 32 };

const char *operation_name(hf_operation_kind kind)
{
    switch (kind) {
    case HF_OP_SHARED_SECRET: return "SHARED_SECRET";
    case HF_OP_SIGNATURE: return "SIGNATURE";
    case HF_OP_PEER: return "PEER";
    case HF_OP_VERIFY: return "VERIFY";
    }
    return "?";
}

static struct agreement agreement_of(const struct hf_operation *op)
{
    return (struct agreement){ .group = op->group, .random = &op->provider->random,
        .pooled = op->pooled, .encapsulates = op->encapsulates, .private_key = op->private_key,
        .own_share = op->own_share, .peer_share = op->peer_share, .secret = op->secret };
}

/* RSA of TLS 1.2 has no group. */
static bool run_exchange(struct hf_operation *op)
{
    switch (op->rsa) {
    case RSA_NONE: break;
    case RSA_ENCRYPT:
        return op->provider->rsa_encrypt(op->rsa_public, bytes_of(op->secret, MASTER_SECRET),
            op->own_share);
    case RSA_DECRYPT:
        return op->provider->rsa_decrypt_premaster(op->key, op->peer_share,
            op->rsa_version, op->secret);
    }
    struct agreement agreement = agreement_of(op);
    agreement_run(&agreement);
    op->bad_share = agreement.bad_share;
    return agreement.ok;
}

static bool run_peer(struct hf_operation *op)
{
    struct peer_work *work = &op->peer;
    error_clear(&work->chain_error);
    (void)verify_chain(&work->input, work->verification, &work->chain_error);
    work->signature_ok = work->scheme == NULL || op->provider->verify(work->scheme,
        &work->input.chain[0].key, op->content, work->signature);
    return true;
}

static void end(struct hf_operation *op, bool ok)
{
    op->ok = ok;
    atomic_store_explicit(&op->status, OPERATION_DONE, memory_order_release);
}

static bool is_pending(const struct hf_operation *op)
{
    return atomic_load_explicit(&op->status, memory_order_acquire) == OPERATION_PENDING;
}

hf_operation_kind hf_operation_kind_of(const hf_operation *operation)
{
    return operation->kind;
}

void hf_operation_run(hf_operation *operation)
{
    if (!is_pending(operation)) {
        return;
    }
    bool ok = false;
    switch (operation->kind) {
    case HF_OP_SHARED_SECRET:
        ok = run_exchange(operation);
        break;
    case HF_OP_SIGNATURE:
        ok = operation->key != NULL &&
            operation->provider->sign(operation->key, operation->scheme,
                operation->content, operation->signature,
                &operation->signature_length);
        break;
    case HF_OP_PEER:
        ok = run_peer(operation);
        break;
    case HF_OP_VERIFY:
        operation->verify->answer = hf_verify(&operation->verify->input,
            &operation->verify->error);
        ok = operation->verify->answer != NULL;
        break;
    }
    end(operation, ok);
}

/* Key exchanges that wait for each other to fill the lanes of a kernel. */
struct gathered {
    size_t count;
    hf_operation *operations[GATHERED_MAX];
    struct agreement agreements[GATHERED_MAX];
};

static void run_gathered(struct gathered *gathered)
{
    agreement_run_all(gathered->agreements, gathered->count);
    for (size_t i = 0; i < gathered->count; i++) {
        gathered->operations[i]->bad_share = gathered->agreements[i].bad_share;
        end(gathered->operations[i], gathered->agreements[i].ok);
    }
    gathered->count = 0;
}

void hf_operations_submit(hf_operation *const operations[], size_t count)
{
    struct gathered gathered;
    gathered.count = 0;
    for (size_t i = 0; i < count; i++) {
        hf_operation *op = operations[i];
        if (op == NULL || !is_pending(op)) {
            continue;
        }
        if (op->kind != HF_OP_SHARED_SECRET || op->rsa != RSA_NONE) {
            hf_operation_run(op);
            continue;
        }
        gathered.operations[gathered.count] = op;
        gathered.agreements[gathered.count++] = agreement_of(op);
        if (gathered.count == GATHERED_MAX) {
            run_gathered(&gathered);
        }
    }
    run_gathered(&gathered);
}

uint16_t hf_operation_scheme(const hf_operation *operation)
{
    return operation->kind == HF_OP_SIGNATURE ? operation->scheme->id : 0;
}

const uint8_t *hf_operation_content(const hf_operation *operation, size_t *length)
{
    bool signs = operation->kind == HF_OP_SIGNATURE;
    *length = signs ? operation->content.length : 0;
    return signs ? operation->content.data : NULL;
}

bool hf_operation_sign(hf_operation *operation, const uint8_t *signature, size_t length)
{
    if (operation->kind != HF_OP_SIGNATURE || !is_pending(operation) || length == 0 ||
        length > signature_room(operation->scheme)) {
        return false;
    }
    memcpy(operation->signature, signature, length);
    operation->signature_length = length;
    end(operation, true);
    return true;
}

void hf_operation_fail(hf_operation *operation)
{
    if (is_pending(operation)) {
        end(operation, false);
    }
}

static void fill_checks(const struct verification *v, struct hf_check checks[HF_CHECKS])
{
    for (size_t i = 0; i < HF_CHECKS; i++) {
        const struct check_result *r = &v->checks[i];
        struct hf_error words;
        error_clear(&words);
        if (r->done && !r->ok) {
            (void)fail(&words, r->reason, "%s", r->detail);
        }
        checks[i] = (struct hf_check){ check_name((enum check)i), r->done, r->ok, words.code,
            r->certificate, r->detail };
    }
}
_Static_assert((int)HF_CHECKS == (int)CHECKS, "public and internal checks are the same");

bool hf_peer_checks(const hf_connection *connection, hf_check checks[HF_CHECKS])
{
    if (connection->peer == NULL || !connection->peer->checked) {
        return false;
    }
    fill_checks(&connection->peer->verification, checks);
    return true;
}

/* Who wants no verification and names pins wants the pins: nothing else is left to rely on. */
static bool excuse(struct peer_work *work)
{
    const struct check_result *pin = &work->verification->checks[CHECK_PIN];
    if (pin->done && !pin->ok) {
        error_clear(&work->chain_error);
        return fail(&work->chain_error, pin->reason, "%s", pin->detail);
    }
    return true;
}

/* RFC 9846, 4.5.1.3 and 4.5.2. */
static bool judge_peer(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    const struct peer_work *work = &c->hs->operation.peer;
    bool ok = work->verification->ok;
    c->peer->checked = true;
    c->staple_status = is_server(c) ? c->staple_status : work->verification->staple;
    trace_checks(c);
    if (!ok && s->insecure) {
        ok = excuse(&c->hs->operation.peer);
    }
    if (s->verify != NULL) {
        struct hf_check checks[HF_CHECKS];
        fill_checks(work->verification, checks);
        bool verdict = ok;
        ok = s->verify(s->verify_user, c, verdict, checks);
        if (!ok && verdict) {
            return fail_c(c, ERR_constraint_violated,
                "the application's verify callback refused it");
        }
    }
    if (!ok) {
        c->error = work->chain_error;
        return false;
    }
    if (!work->signature_ok) {
        return fail_at(&c->error, ERR_bad_certificate_verify, "signature", MESSAGE_HEADER + 4,
            "the signature (%s) does not verify under the leaf's key", work->scheme->name);
    }
    return true;
}

bool operation_finish(struct hf_connection *c)
{
    struct hf_operation *op = &c->hs->operation;
    assert(op->status == OPERATION_DONE);
    op->status = OPERATION_NONE;
    if (op->ok) {
        return op->kind != HF_OP_PEER || judge_peer(c);
    }
    if (op->kind == HF_OP_SHARED_SECRET && op->bad_share) {
        return fail_at(&c->error, ERR_bad_key_share, "key_share", SIZE_MAX,
            "the peer's share for %s is not a valid public key", op->group->name);
    }
    return fail_c(c, ERR_operation_failed, "%s", operation_name(op->kind));
}
