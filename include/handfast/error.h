/* Errors: what failed, where, who refused, what was offered, what was required, how to mend it.
 *
 * An hf_error is plain data. It lives as long as the connection (or the call) that filled it; the
 * strings that it points to are static. */
#ifndef HANDFAST_ERROR_H
#define HANDFAST_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HF_API __attribute__((visibility("default")))
#define HF_MUST_CHECK __attribute__((warn_unused_result))
#else
#define HF_API
#define HF_MUST_CHECK
#endif

/* The classes of failure, the same in the library, the log, the command and its JSON. The number is
 * the exit code of the command for a failure of that class. */
#define HF_CODES(X) \
    X(dns_failed, 3) X(connection_refused, 3) X(timed_out, 3) X(starttls_refused, 3) \
    X(silent_during_handshake, 3) X(large_hello_dropped, 3) \
    X(certificate_expired, 5) X(certificate_not_yet_valid, 5) X(name_mismatch, 5) \
    X(incomplete_chain, 5) X(untrusted_root, 5) X(self_signed, 5) X(revoked, 5) \
    X(revocation_unknown, 5) X(wrong_usage, 5) X(weak_key, 5) X(weak_signature, 5) \
    X(bad_signature, 5) X(constraint_violated, 5) X(malformed_certificate, 5) X(key_mismatch, 5) \
    X(pin_mismatch, 6) X(staple_missing, 6) X(staple_invalid, 6) \
    X(no_common_version, 4) X(no_common_suite, 4) X(no_common_group, 4) \
    X(no_common_signature, 4) X(no_common_alpn, 4) X(client_certificate_required, 4) \
    X(client_certificate_refused, 4) X(certificate_refused, 4) X(unrecognized_name, 4) \
    X(downgrade_detected, 4) X(handshake_refused, 4) X(bad_finished, 4) X(decrypt_error, 4) \
    X(protocol_error, 4) X(psk_refused, 4) X(not_tls, 4) X(closed_during_handshake, 4) \
    X(reset_during_handshake, 4) X(truncated, 4) X(limit_exceeded, 4) X(internal_error, 4) \
    X(out_of_memory, 4) X(bad_configuration, 2)

typedef enum hf_code {
    HF_CODE_none = 0,
#define HF_CODE_ENUM(name, exit_code) HF_CODE_##name,
    HF_CODES(HF_CODE_ENUM)
#undef HF_CODE_ENUM
    HF_CODE_COUNT
} hf_code;

/* Who refused. */
typedef enum hf_who { HF_WE = 0, HF_PEER, HF_NETWORK } hf_who;

#define HF_NO_ALERT (-1)

typedef struct hf_error {
    hf_code code;           /* the class; HF_CODE_none: no error */
    const char *reason;     /* the exact reason, finer than the class: "bad_key_share" */
    const char *sentence;   /* what it means, in one sentence */
    const char *section;    /* "RFC 9846, 4.3.8", or "" */
    const char *fix;        /* what usually mends it */
    hf_who who;
    int alert;              /* the alert sent (we) or received (peer), 0-255, or HF_NO_ALERT */
    const char *state;      /* the state of the handshake, "WAIT_CV"; "" outside a handshake */
    const char *message;    /* the message at hand, "CertificateVerify"; "" when none */
    const char *field;      /* the field at hand, "key_share"; "" when none */
    size_t offset;          /* its byte in the message, or SIZE_MAX */
    int certificate;        /* index in the peer's chain, or -1 */
    char detail[192];       /* this case, in words */
    char offered[192];      /* what was offered, "" when not known */
    char required[192];     /* what was required, "" when not known */
    char remedy[320];       /* the fix with this case's own values; "" when there is only `fix` */
} hf_error;

/* The name of a class, "certificate_expired"; "none" for HF_CODE_none. Static. */
HF_API const char *hf_code_name(hf_code code);

/* The exit code of the command for a class (0 for HF_CODE_none). */
HF_API int hf_code_exit(hf_code code);

/* The name of an alert description, "handshake_failure" (RFC 9846, 6); "unknown" when not
 * assigned. */
HF_API const char *hf_alert_name(int alert);

#ifdef __cplusplus
}
#endif
#endif
