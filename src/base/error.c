/* Errors: see error.h and errors.def. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* RFC 9846, 6: AlertDescription. Those that we send or name. */
#define ALERTS(X) \
    X(CLOSE_NOTIFY, close_notify, 0) X(UNEXPECTED_MESSAGE, unexpected_message, 10) \
    X(BAD_RECORD_MAC, bad_record_mac, 20) X(DECRYPTION_FAILED, decryption_failed, 21) \
    X(RECORD_OVERFLOW, record_overflow, 22) X(DECOMPRESSION_FAILURE, decompression_failure, 30) \
    X(HANDSHAKE_FAILURE, handshake_failure, 40) X(NO_CERTIFICATE, no_certificate, 41) \
    X(BAD_CERTIFICATE, bad_certificate, 42) \
    X(UNSUPPORTED_CERTIFICATE, unsupported_certificate, 43) \
    X(CERTIFICATE_REVOKED, certificate_revoked, 44) \
    X(CERTIFICATE_EXPIRED, certificate_expired, 45) \
    X(CERTIFICATE_UNKNOWN, certificate_unknown, 46) X(ILLEGAL_PARAMETER, illegal_parameter, 47) \
    X(UNKNOWN_CA, unknown_ca, 48) X(ACCESS_DENIED, access_denied, 49) \
    X(DECODE_ERROR, decode_error, 50) X(DECRYPT_ERROR, decrypt_error, 51) \
    X(EXPORT_RESTRICTION, export_restriction, 60) X(PROTOCOL_VERSION, protocol_version, 70) \
    X(INSUFFICIENT_SECURITY, insufficient_security, 71) X(INTERNAL_ERROR, internal_error, 80) \
    X(INAPPROPRIATE_FALLBACK, inappropriate_fallback, 86) X(USER_CANCELED, user_canceled, 90) \
    X(NO_RENEGOTIATION, no_renegotiation, 100) X(MISSING_EXTENSION, missing_extension, 109) \
    X(UNSUPPORTED_EXTENSION, unsupported_extension, 110) \
    X(CERTIFICATE_UNOBTAINABLE, certificate_unobtainable, 111) \
    X(UNRECOGNIZED_NAME, unrecognized_name, 112) \
    X(BAD_CERTIFICATE_STATUS_RESPONSE, bad_certificate_status_response, 113) \
    X(BAD_CERTIFICATE_HASH_VALUE, bad_certificate_hash_value, 114) \
    X(UNKNOWN_PSK_IDENTITY, unknown_psk_identity, 115) \
    X(CERTIFICATE_REQUIRED, certificate_required, 116) X(GENERAL_ERROR, general_error, 117) \
    X(NO_APPLICATION_PROTOCOL, no_application_protocol, 120) X(ECH_REQUIRED, ech_required, 121)

enum {
    ALERT_NONE = HF_NO_ALERT,
#define X(upper, lower, number) ALERT_##upper = number,
    ALERTS(X)
#undef X
};

static const struct {
    const char *name;
    const char *section;
    const char *sentence;
    const char *fix;
    int alert;
    hf_code code;
} rows[REASONS] = {
    { "none", "", "", "", ALERT_NONE, HF_CODE_none },
#define X(name, code, alert, section, sentence, fix) \
    { #name, section, sentence, fix, ALERT_##alert, HF_CODE_##code },
#include "base/errors.def"
#undef X
};

static const struct {
    const char *name;
    int exit_code;
} codes[HF_CODE_COUNT] = {
    { "none", 0 },
#define X(name, exit_code) { #name, exit_code },
    HF_CODES(X)
#undef X
};

const char *hf_code_name(hf_code code)
{
    return (unsigned)code < HF_CODE_COUNT ? codes[code].name : "none";
}

int hf_code_exit(hf_code code)
{
    return (unsigned)code < HF_CODE_COUNT ? codes[code].exit_code : 0;
}

const char *hf_alert_name(int alert)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
#define X(upper, lower, number) { number, #lower },
        ALERTS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].number == alert) {
            return names[i].name;
        }
    }
    return "unknown";
}

void error_clear(struct hf_error *error)
{
    memset(error, 0, sizeof *error);
    error->reason = error->sentence = error->section = error->fix = "";
    error->state = error->message = error->field = "";
    error->alert = HF_NO_ALERT;
    error->offset = SIZE_MAX;
    error->certificate = -1;
}

/* A text that was cut may end in the first bytes of a UTF-8 character (RFC 3629, 3): drops them. */
static void end_whole(char *text, size_t capacity)
{
    size_t length = strlen(text);
    if (length + 1 < capacity) {
        return;
    }
    size_t tail = 0; /* continuation bytes at the end */
    while (tail < 3 && tail < length && ((unsigned char)text[length - 1 - tail] & 0xc0) == 0x80) {
        tail++;
    }
    unsigned char lead = tail < length ? (unsigned char)text[length - 1 - tail] : 0;
    size_t needed = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (lead >= 0xc0 && tail < needed) {
        text[length - 1 - tail] = '\0';
    }
}

static bool fail_list(struct hf_error *error, enum reason reason, const char *field, size_t offset,
    const char *format, va_list list)
{
    if (error == NULL || error_is_set(error)) {
        return false;
    }
    error_clear(error);
    error->code = rows[reason].code;
    error->reason = rows[reason].name;
    error->sentence = rows[reason].sentence;
    error->section = rows[reason].section;
    error->fix = rows[reason].fix;
    error->alert = rows[reason].alert;
    error->field = field;
    error->offset = offset;
    (void)vsnprintf(error->detail, sizeof error->detail, format, list);
    end_whole(error->detail, sizeof error->detail);
    return false;
}

bool (fail)(struct hf_error *error, enum reason reason, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fail_list(error, reason, "", SIZE_MAX, format, list);
    va_end(list);
    return false;
}

bool (fail_at)(struct hf_error *error, enum reason reason, const char *field, size_t offset,
    const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fail_list(error, reason, field, offset, format, list);
    va_end(list);
    return false;
}

void error_offered(struct hf_error *error, const char *format, ...)
{
    if (error->offered[0] == '\0') {
        va_list list;
        va_start(list, format);
        (void)vsnprintf(error->offered, sizeof error->offered, format, list);
        end_whole(error->offered, sizeof error->offered);
        va_end(list);
    }
}

void error_required(struct hf_error *error, const char *format, ...)
{
    if (error->required[0] == '\0') {
        va_list list;
        va_start(list, format);
        (void)vsnprintf(error->required, sizeof error->required, format, list);
        end_whole(error->required, sizeof error->required);
        va_end(list);
    }
}

void text_append(char *text, size_t capacity, const char *format, ...)
{
    size_t length = strnlen(text, capacity);
    if (length + 1 < capacity) {
        va_list list;
        va_start(list, format);
        (void)vsnprintf(text + length, capacity - length, format, list);
        end_whole(text, capacity);
        va_end(list);
    }
}
