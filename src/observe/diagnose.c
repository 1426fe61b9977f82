/* Failures explained: see diagnose.h. The facts come from the error; what only the peer knows is
 * guessed from its alert (RFC 9846, 6.2) and marked as likely or possible. */
#include "observe/diagnose.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "wire/codepoints.h"
#include "wire/extensions.h"
#include "wire/hello.h"

/* What a peer's alert usually means. */
static const struct {
    const char *alert;
    const char *confidence;
    const char *cause;
} alert_causes[] = {
    { "handshake_failure", "likely",
        "The peer found no cipher suite, group or signature scheme in our offer that it allows." },
    { "insufficient_security", "likely",
        "The peer demands stronger parameters than those offered." },
    { "protocol_version", "certain", "The peer speaks no TLS version that we offered." },
    { "certificate_required", "certain", "The peer demands a client certificate and got none." },
    { "unknown_ca", "likely", "The peer does not trust the CA that issued our certificate." },
    { "certificate_expired", "likely", "The peer finds our certificate expired by its clock." },
    { "certificate_revoked", "likely", "The peer finds our certificate revoked." },
    { "certificate_unknown", "possible", "The peer could not accept our certificate." },
    { "bad_certificate", "possible",
        "The peer rejects our certificate: its signatures, its form, or the names in it." },
    { "unsupported_certificate", "likely",
        "The peer cannot use a certificate of this kind or for this purpose." },
    { "access_denied", "likely",
        "The certificate is valid but the peer does not let its holder in." },
    { "unrecognized_name", "certain", "The peer serves no host of the name in SNI." },
    { "no_application_protocol", "certain", "The peer speaks no protocol of our ALPN list." },
    { "unexpected_message", "possible",
        "The peer did not expect our message: it may not speak TLS of this version properly." },
    { "decode_error", "possible", "The peer cannot parse our message; a middlebox may garble it." },
    { "illegal_parameter", "possible", "The peer objects to a value in our message." },
    { "missing_extension", "possible",
        "The peer misses an extension: often SNI; try --servername with a name it serves." },
    { "internal_error", "possible", "The peer failed inside; its own log says more." },
    { "user_canceled", "likely", "Somebody at the peer's side cancelled." },
    { "decrypt_error", "likely", "The peer could not verify a signature or Finished of ours." },
    { "bad_record_mac", "likely", "Bytes were changed on the way, or the two sides' keys differ." },
};

static const struct {
    hf_code code;
    const char *confidence;
    const char *cause;
} network_causes[] = {
    { HF_CODE_dns_failed, "certain", "The resolver has no address for this name." },
    { HF_CODE_connection_refused, "certain", "No process listens at that address and port." },
    { HF_CODE_timed_out, "possible", "A firewall drops the packets, or the host is down or slow." },
    { HF_CODE_silent_during_handshake, "possible",
        "The service waits for another protocol first, or a middlebox swallows the hello." },
    { HF_CODE_reset_during_handshake, "possible",
        "A firewall or the peer's process cut the connection, often because of the name in SNI." },
    { HF_CODE_closed_during_handshake, "possible",
        "The peer gave up without an alert: it may not speak TLS here, or its process failed." },
    { HF_CODE_truncated, "possible",
        "The peer's program ended without closing TLS, or somebody on the path cut it off." },
};

static const char *who_name(hf_who who)
{
    return who == HF_WE ? "we" : who == HF_PEER ? "peer" : "network";
}

static const char *stage_of(const hf_error *error)
{
    if (error->state[0] != '\0') {
        return error->state;
    }
    if (error->code == HF_CODE_dns_failed) {
        return "DNS";
    }
    bool tcp = error->code == HF_CODE_connection_refused || error->code == HF_CODE_timed_out;
    return tcp && error->who == HF_NETWORK ? "TCP" : "";
}

/* Our own ClientHello, if it was kept. */
static const hf_event *our_hello(const struct collector *collector)
{
    const hf_event *found = NULL;
    for (size_t i = 0; collector != NULL && i < collector->count; i++) {
        const hf_event *event = &collector->events[i].event;
        if (event->type == HF_EVENT_MESSAGE && event->sent
            && event->of.message.handshake_type == TYPE_CLIENT_HELLO) {
            found = event;
        }
    }
    return found;
}

static void put_codes(char *text, size_t capacity, const char *title, hf_bytes list,
    const char *(*name)(uint16_t))
{
    char names[OFFER_TEXT];
    list_text(list.data, list.length, name, names, sizeof names);
    text_append(text, capacity, "%s%s %s", text[0] == '\0' ? "" : "; ", title, names);
}

/* What the hello held that a peer may have refused. */
static void offer_text(const hf_event *event, char *text, size_t capacity)
{
    struct client_hello hello;
    struct extension extension;
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of(event->of.message.bytes + 4, event->of.message.length - 4);
    if (!client_hello_parse(&body, &hello, &ignored)) {
        return;
    }
    put_codes(text, capacity, "suites", hello.cipher_suites, suite_name);
    hf_reader list = reader_of_bytes(hello.extensions);
    while (extension_next(&list, &extension, &ignored) == 1) {
        hf_bytes codes;
        if (extension.type == EXT_SUPPORTED_GROUPS && read_vector16(&extension.body, &codes)) {
            put_codes(text, capacity, "groups", codes, group_name);
        } else if (extension.type == EXT_SIGNATURE_ALGORITHMS
            && read_vector16(&extension.body, &codes)) {
            put_codes(text, capacity, "signatures", codes, scheme_name);
        }
    }
}

static void find_cause(const hf_error *error, struct diagnosis *d)
{
    d->confidence = "certain";
    if (error->who == HF_PEER && error->alert != HF_NO_ALERT) {
        d->confidence = "possible";
        /* 42 to 46 and 48 speak of a certificate; a hello refused has shown none of ours. */
        bool about_certificate = (error->alert >= 42 && error->alert <= 46) || error->alert == 48;
        bool fits = !about_certificate || error->code != HF_CODE_handshake_refused;
        for (size_t i = 0; fits && i < sizeof alert_causes / sizeof *alert_causes; i++) {
            if (strcmp(alert_causes[i].alert, d->alert) == 0) {
                d->confidence = alert_causes[i].confidence;
                text_append(d->cause, sizeof d->cause, "%s", alert_causes[i].cause);
            }
        }
    }
    for (size_t i = 0; i < sizeof network_causes / sizeof *network_causes; i++) {
        if (network_causes[i].code == error->code) {
            d->confidence = network_causes[i].confidence;
            text_append(d->cause, sizeof d->cause, "%s", network_causes[i].cause);
        }
    }
    if (d->cause[0] == '\0') {
        text_append(d->cause, sizeof d->cause, "%s", error->sentence);
    }
    if (error->who == HF_WE && error->detail[0] != '\0') {
        text_append(d->cause, sizeof d->cause, " (%s)", error->detail);
    }
}

void diagnose(const hf_error *error, const struct collector *collector, struct diagnosis *d)
{
    memset(d, 0, sizeof *d);
    d->error = error;
    d->code = hf_code_name(error->code);
    d->exit_code = hf_code_exit(error->code);
    d->stage = stage_of(error);
    /* The checks of a chain run after CertificateVerify, but it is Certificate that they refuse. */
    d->message = error->message[0] == '\0' && error->certificate >= 0 ? "Certificate"
        : error->message;
    d->who = who_name(error->who);
    d->alert = error->alert == HF_NO_ALERT ? NULL : hf_alert_name(error->alert);
    text_append(d->offered, sizeof d->offered, "%s", error->offered);
    const hf_event *hello = our_hello(collector);
    if (d->offered[0] == '\0' && error->code == HF_CODE_handshake_refused && hello != NULL) {
        offer_text(hello, d->offered, sizeof d->offered);
    }
    d->required = error->required;
    d->fix = error->remedy[0] != '\0' ? error->remedy : error->fix;
    find_cause(error, d);
}

void diagnosis_json(struct json *json, const char *key, const hf_error *error,
    const struct collector *collector)
{
    if (error->code == HF_CODE_none) {
        json_null(json, key);
        return;
    }
    struct diagnosis d;
    diagnose(error, collector, &d);
    json_object(json, key);
    json_string(json, "code", d.code);
    json_word(json, "stage", d.stage);
    json_word(json, "message", d.message);
    json_string(json, "who", d.who);
    json_string(json, "alert", d.alert);
    json_word(json, "offered", d.offered);
    json_word(json, "required", d.required);
    if (error->certificate >= 0) {
        json_number(json, "certificate", error->certificate);
    } else {
        json_null(json, "certificate");
    }
    json_string(json, "cause", d.cause);
    json_string(json, "confidence", d.confidence);
    json_word(json, "fix", d.fix);
    json_word(json, "reason", error->reason);
    json_word(json, "section", error->section);
    json_word(json, "detail", error->detail);
    json_end(json);
}

static void put_row(struct text *text, const char *title, const char *words)
{
    if (words != NULL && words[0] != '\0') {
        text_putf(text, "  %-10s", title);
        text_put_safe(text, words, strlen(words));
        text_put(text, "\n");
    }
}

static void put_where(struct text *text, const struct diagnosis *d)
{
    const hf_error *error = d->error;
    if (d->stage[0] == '\0' && d->message[0] == '\0') {
        return;
    }
    text_putf(text, "  %-10s%s", "where", d->stage);
    if (d->message[0] != '\0') {
        text_putf(text, "%s%s", d->stage[0] == '\0' ? "" : ", at ", d->message);
    }
    if (error->field[0] != '\0') {
        text_putf(text, ", field %s", error->field);
    }
    if (error->offset != SIZE_MAX) {
        text_putf(text, ", byte %zu", error->offset);
    }
    if (error->certificate >= 0) {
        text_putf(text, ", certificate %d of the chain", error->certificate);
    }
    text_put(text, "\n");
}

static void put_who(struct text *text, const struct diagnosis *d)
{
    text_putf(text, "  %-10s", "who");
    if (d->error->who == HF_NETWORK) {
        text_put(text, "the network\n");
    } else if (d->error->who == HF_PEER) {
        text_putf(text, "the peer refused%s%s\n", d->alert == NULL ? "" : ", with the alert ",
            d->alert == NULL ? "" : d->alert);
    } else {
        text_putf(text, "we refused%s%s\n", d->alert == NULL ? "" : ", with the alert ",
            d->alert == NULL ? "" : d->alert);
    }
}

void diagnosis_words(struct text *text, const hf_error *error, const struct collector *collector)
{
    if (error->code == HF_CODE_none) {
        return;
    }
    struct diagnosis d;
    diagnose(error, collector, &d);
    text_putf(text, "FAILED: %s\n", d.code);
    text_putf(text, "  %-10s%s", "what", error->sentence);
    text_putf(text, "%s%s%s\n", error->section[0] == '\0' ? "" : " (", error->section,
        error->section[0] == '\0' ? "" : ")");
    put_row(text, "this case", error->detail);
    put_where(text, &d);
    put_who(text, &d);
    put_row(text, "offered", d.offered);
    put_row(text, "required", d.required);
    /* Where we refused, what and this case are the cause. */
    if (error->who != HF_WE) {
        text_putf(text, "  %-10s(%s) ", "cause", d.confidence);
        text_put_safe(text, d.cause, strlen(d.cause));
        text_put(text, "\n");
    }
    put_row(text, "fix", d.fix);
}

void diagnosis_line(struct text *text, const hf_error *error)
{
    text_putf(text, "%s: ", hf_code_name(error->code));
    const char *words = error->detail[0] != '\0' ? error->detail : error->sentence;
    text_put_safe(text, words, strlen(words));
    if (error->alert != HF_NO_ALERT && error->who == HF_WE) {
        text_putf(text, " (we sent the alert %s)", hf_alert_name(error->alert));
    }
    if (error->state[0] != '\0') {
        text_putf(text, " in %s", error->state);
    }
}
