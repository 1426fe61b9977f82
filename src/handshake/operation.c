/* Slow work: how it is done inline, and what follows from it. */
#include <assert.h>
#include <string.h>

#include "handshake/handlers.h"
#include "handshake/trace.h"

const char *operation_name(hf_operation_kind kind)
{
    switch (kind) {
    case HF_OP_SHARED_SECRET: return "SHARED_SECRET";
    case HF_OP_SIGNATURE: return "SIGNATURE";
    case HF_OP_PEER: return "PEER";
    }
    return "?";
}

static bool run_exchange(struct hf_operation *op)
{
    const struct group *group = op->group;
    if (op->encapsulates) {
        return group->encapsulate(group, &op->provider->random, op->peer_share, op->own_share,
            op->secret, &op->bad_share);
    }
    return group->decapsulate(group, op->private_key, op->own_share, op->peer_share, op->secret,
        &op->bad_share);
}

static bool run_peer(struct hf_operation *op)
{
    struct peer_work *work = &op->peer;
    error_clear(&work->chain_error);
    (void)verify_chain(&work->input, work->verification, &work->chain_error);
    work->signature_ok = op->provider->verify(work->scheme, &work->input.chain[0].key,
        bytes_of(op->content, op->content_length), work->signature);
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
                bytes_of(operation->content, operation->content_length), operation->signature,
                &operation->signature_length);
        break;
    case HF_OP_PEER:
        ok = run_peer(operation);
        break;
    }
    end(operation, ok);
}

uint16_t hf_operation_scheme(const hf_operation *operation)
{
    return operation->kind == HF_OP_SIGNATURE ? operation->scheme->id : 0;
}

const uint8_t *hf_operation_content(const hf_operation *operation, size_t *length)
{
    bool signs = operation->kind == HF_OP_SIGNATURE;
    *length = signs ? operation->content_length : 0;
    return signs ? operation->content : NULL;
}

bool hf_operation_sign(hf_operation *operation, const uint8_t *signature, size_t length)
{
    if (operation->kind != HF_OP_SIGNATURE || !is_pending(operation) || length == 0 ||
        length > sizeof operation->signature) {
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

/* RFC 9846, 4.5.1.3 and 4.5.2. */
static bool judge_peer(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    const struct peer_work *work = &c->hs->operation.peer;
    bool ok = work->verification->ok;
    c->peer->checked = true;
    trace_checks(c);
    if (!ok && s->insecure) {
        ok = true;
    }
    if (s->verify != NULL) {
        struct hf_check checks[HF_CHECKS];
        fill_checks(work->verification, checks);
        ok = s->verify(s->verify_user, c, ok, checks);
        if (!ok && work->verification->ok) {
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
