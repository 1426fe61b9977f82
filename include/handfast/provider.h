/* Slow operations: signing, key exchange, the peer's verification. They run inside the call by
 * default. A config may defer them: then a call returns HF_OPERATION, hf_pending_op gives the
 * operation, and whoever does it (this thread, another one, an HSM) ends it before hf_resume. */
#ifndef HANDFAST_PROVIDER_H
#define HANDFAST_PROVIDER_H

#include <stdbool.h>

#include "handfast/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_operation hf_operation;

typedef enum hf_operation_kind {
    HF_OP_SHARED_SECRET,   /* our half of the key exchange */
    HF_OP_SIGNATURE,       /* our CertificateVerify */
    HF_OP_PEER,            /* the peer's chain and its CertificateVerify, together */
    HF_OP_VERIFY           /* a chain without a connection: hf_verify_begin */
} hf_operation_kind;

HF_API hf_operation_kind hf_operation_kind_of(const hf_operation *operation);

/* Does the work with the connection's own provider. Any one thread may call it, once, while the
 * connection waits; the connection must outlive the call. */
HF_API void hf_operation_run(hf_operation *operation);

/* Does the work of several connections, as hf_operation_run does that of one, and faster: X25519
 * exchanges are computed eight at a time where the processor can. Each fails alone. An operation
 * stands in it once; NULL, and what has ended, is passed over. All have ended on return. */
HF_API void hf_operations_submit(hf_operation *const operations[], size_t count);

/* For an outside signer, HF_OP_SIGNATURE only: the scheme (RFC 9846, 4.3.3), and the content to
 * sign, not hashed; borrowed while the operation is pending. */
HF_API uint16_t hf_operation_scheme(const hf_operation *operation);
HF_API const uint8_t *hf_operation_content(const hf_operation *operation, size_t *length);
/* Ends it with a signature of at most 1024 bytes, or of ML-DSA 4627 (copied). False: too long or of
 * another kind. */
HF_API HF_MUST_CHECK bool hf_operation_sign(hf_operation *operation, const uint8_t *signature,
    size_t length);

/* Ends any operation as failed. */
HF_API void hf_operation_fail(hf_operation *operation);

#ifdef __cplusplus
}
#endif
#endif
