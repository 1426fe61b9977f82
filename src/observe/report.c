/* The documents for machines: see report.h. */
#include "observe/report.h"

#include <string.h>

#include "base/error.h"
#include "observe/certificates.h"
#include "observe/diagnose.h"
#include "observe/fields.h"

static const char *const check_names[HF_CHECKS] = { "chain", "identity", "validity", "usage",
    "revocation", "pin" };

const char *client_certificate_words(const hf_facts *facts)
{
    if (!facts->client_certificate_asked) {
        return "not asked";
    }
    return facts->client_certificate_sent ? "sent" : "asked, none sent";
}

static void facts_of(const struct report *report, hf_facts *facts)
{
    memset(facts, 0, sizeof *facts);
    if (report->connection != NULL) {
        hf_connection_facts(report->connection, facts);
    }
}

static void json_tls(struct json *json, const struct report *report)
{
    hf_facts facts;
    facts_of(report, &facts);
    const char *server_name = facts.server_name != NULL ? facts.server_name : report->server_name;
    json_object(json, "tls");
    json_string(json, "version", facts.version);
    json_string(json, "suite", facts.suite);
    json_string(json, "group", facts.group);
    json_string(json, "signature", facts.signature);
    json_string(json, "alpn", facts.alpn);
    json_string(json, "servername", server_name);
    json_bool(json, "resumed", facts.resumed);
    json_string(json, "resumption", facts.resumption);
    json_string(json, "early_data", "not offered");
    json_bool(json, "hello_retry", facts.hello_retry);
    if (report->connection != NULL && hf_is_connected(report->connection)) {
        json_number(json, "round_trips", facts.round_trips);
    } else {
        json_null(json, "round_trips");
    }
    json_string(json, "client_certificate", client_certificate_words(&facts));
    /* Only TLS 1.2 has a choice. */
    if (facts.version != NULL && strcmp(facts.version, "TLS 1.2") == 0) {
        json_bool(json, "extended_master_secret", facts.extended_master_secret);
    } else {
        json_null(json, "extended_master_secret");
    }
    json_string(json, "stapled", facts.stapled == NULL ? "none" : facts.stapled);
    json_end(json);
}

static void json_certificates(struct json *json, const struct report *report)
{
    json_array(json, "certificates");
    size_t length;
    const uint8_t *der;
    for (size_t i = 0; report->connection != NULL
         && (der = hf_peer_certificate(report->connection, i, &length)) != NULL; i++) {
        certificate_json(json, NULL, bytes_of(der, length));
    }
    json_end(json);
}

static void json_check(struct json *json, size_t place, const hf_check *check)
{
    bool failed = check != NULL && check->done && !check->ok;
    bool told = check != NULL && check->detail != NULL && check->detail[0] != '\0';
    json_object(json, NULL);
    json_string(json, "check", check_names[place]);
    if (check != NULL && check->done) {
        json_bool(json, "ok", check->ok);
    } else {
        json_null(json, "ok");
    }
    json_string(json, "detail", told ? check->detail : "not checked");
    json_string(json, "code", failed ? hf_code_name(check->code) : NULL);
    if (failed && check->certificate >= 0) {
        json_number(json, "certificate", check->certificate);
    } else {
        json_null(json, "certificate");
    }
    json_end(json);
}

void checks_json(struct json *json, const hf_check *checks)
{
    json_array(json, "checks");
    for (size_t i = 0; i < HF_CHECKS; i++) {
        json_check(json, i, checks == NULL ? NULL : &checks[i]);
    }
    json_end(json);
}

static void json_checks(struct json *json, const struct report *report)
{
    hf_check checks[HF_CHECKS];
    memset(checks, 0, sizeof checks);
    bool checked = report->connection != NULL && hf_peer_checks(report->connection, checks);
    checks_json(json, checked ? checks : NULL);
}

static void json_fingerprint(struct json *json, const struct collector *collector)
{
    json_object(json, "fingerprint");
    json_word(json, "ja3", collector == NULL ? NULL : collector->ja3);
    json_word(json, "ja3s", collector == NULL ? NULL : collector->ja3s);
    json_word(json, "ja4", collector == NULL ? NULL : collector->ja4);
    json_end(json);
}

static void json_timing(struct json *json, const struct report_timing *timing)
{
    json_object(json, "timing_us");
    json_number(json, "dns", (int64_t)timing->dns_us);
    json_number(json, "tcp", (int64_t)timing->tcp_us);
    json_number(json, "starttls", 0);
    json_number(json, "handshake", (int64_t)timing->handshake_us);
    json_number(json, "our_crypto", (int64_t)timing->our_crypto_us);
    json_number(json, "waiting", (int64_t)timing->waiting_us);
    json_end(json);
}

static void json_events(struct json *json, const struct report *report)
{
    const struct collector *collector = report->collector;
    json_array(json, "events");
    if (report->events != COLLECT_SUMMARY && collector != NULL) {
        for (size_t i = 0; i < collector->count; i++) {
            event_json(json, &collector->events[i], report->events);
        }
    }
    json_end(json);
}

static void json_bytes(struct json *json, const struct report *report)
{
    json_object(json, "bytes");
    json_number(json, "sent", (int64_t)report->sent);
    json_number(json, "received", (int64_t)report->received);
    json_end(json);
}

void report_connect_json(struct text *out, const struct report *report, bool pretty)
{
    struct json json;
    json_begin(&json, out, pretty);
    json_object(&json, NULL);
    json_string(&json, "schema", "handfast.connect/1");
    json_bool(&json, "ok", report->error->code == HF_CODE_none);
    json_object(&json, "target");
    json_string(&json, "host", report->host);
    json_number(&json, "port", report->port);
    json_string(&json, "address", report->address);
    json_end(&json);
    json_tls(&json, report);
    json_certificates(&json, report);
    json_checks(&json, report);
    json_timing(&json, &report->timing);
    json_bytes(&json, report);
    json_fingerprint(&json, report->collector);
    diagnosis_json(&json, "failure", report->error, report->collector);
    json_events(&json, report);
    json_document(&json, "first", report->first);
    json_end(&json);
    text_put(out, "\n");
}

void report_handshake_json(struct text *out, const struct report *report)
{
    struct json json;
    json_begin(&json, out, false);
    json_object(&json, NULL);
    json_string(&json, "schema", "handfast.handshake/1");
    json_string(&json, "time", report->time);
    json_bool(&json, "ok", report->error->code == HF_CODE_none);
    json_object(&json, "peer");
    json_string(&json, "address", report->address);
    json_number(&json, "port", report->port);
    json_end(&json);
    json_tls(&json, report);
    json_certificates(&json, report);
    json_object(&json, "timing_us");
    json_number(&json, "handshake", (int64_t)report->timing.handshake_us);
    json_number(&json, "our_crypto", (int64_t)report->timing.our_crypto_us);
    json_end(&json);
    json_bytes(&json, report);
    json_fingerprint(&json, report->collector);
    diagnosis_json(&json, "failure", report->error, report->collector);
    json_end(&json);
    text_put(out, "\n");
}

/* ---- handfast.event/1 ---- */

static void json_fields(struct json *json, const struct observed *observed)
{
    const hf_event *event = &observed->event;
    struct field fields[FIELDS_MAX];
    size_t count = message_fields(bytes_of(event->of.message.bytes, event->of.message.length),
        &observed->agreed, fields);
    json_array(json, "fields");
    for (size_t i = 0; i < count; i++) {
        json_object(json, NULL);
        json_string(json, "name", fields[i].name);
        json_bool(json, "extension", fields[i].is_extension);
        json_number(json, "offset", (int64_t)fields[i].offset);
        json_hex(json, "bytes", fields[i].bytes);
        json_end(json);
    }
    json_end(json);
}

static void json_message(struct json *json, const struct observed *observed, enum collect level)
{
    const hf_event *event = &observed->event;
    hf_bytes bytes = bytes_of(event->of.message.bytes, event->of.message.length);
    json_string(json, "name", event->of.message.name);
    json_number(json, "handshake_type", event->of.message.handshake_type);
    json_number(json, "length", (int64_t)bytes.length);
    json_bool(json, "protected", event->of.message.is_protected);
    if (level == COLLECT_BYTES && bytes.data != NULL) {
        json_hex(json, "bytes", bytes);
        json_fields(json, observed);
    }
}

static void json_moved(struct json *json, const struct observed *observed, enum collect level)
{
    const hf_event *event = &observed->event;
    json_string(json, "direction", event->sent ? "sent" : "received");
    json_string(json, "by", event->by_server ? "server" : "client");
    if (event->type == HF_EVENT_MESSAGE) {
        json_message(json, observed, level);
    } else if (event->type == HF_EVENT_RECORD) {
        json_string(json, "name", event->of.record.name);
        json_number(json, "content_type", event->of.record.content_type);
        json_number(json, "length", (int64_t)event->of.record.length);
        json_number(json, "content", (int64_t)event->of.record.content);
        json_bool(json, "protected", event->of.record.is_protected);
    } else if (event->type == HF_EVENT_EXTENSION) {
        json_string(json, "name", event->of.extension.name);
        json_string(json, "message", event->of.extension.message);
        json_number(json, "extension_type", event->of.extension.extension_type);
        json_number(json, "length", (int64_t)event->of.extension.length);
        if (level == COLLECT_BYTES && event->of.extension.bytes != NULL) {
            json_hex(json, "bytes", bytes_of(event->of.extension.bytes,
                event->of.extension.length));
        }
    } else {
        json_string(json, "name", event->of.alert.name);
        json_number(json, "description", event->of.alert.description);
        json_bool(json, "fatal", event->of.alert.fatal);
    }
}

static void json_inner(struct json *json, const hf_event *event)
{
    if (event->type == HF_EVENT_STATE) {
        json_string(json, "from", event->of.state.from);
        json_string(json, "to", event->of.state.to);
    } else if (event->type == HF_EVENT_KEYS) {
        json_string(json, "side", event->of.keys.reads ? "read" : "write");
        json_string(json, "epoch", event->of.keys.epoch);
        json_string(json, "cipher", event->of.keys.cipher);
        json_number(json, "generation", event->of.keys.generation);
    } else if (event->type == HF_EVENT_CHECK) {
        json_string(json, "name", event->of.check.name);
        if (event->of.check.done) {
            json_bool(json, "ok", event->of.check.ok);
        } else {
            json_null(json, "ok");
        }
        json_string(json, "detail", event->of.check.detail);
    } else if (event->type == HF_EVENT_OPERATION) {
        json_string(json, "name", event->of.operation.name);
        json_bool(json, "begins", event->of.operation.begins);
    } else if (event->type == HF_EVENT_ERROR) {
        json_string(json, "code", hf_code_name(event->of.error->code));
        json_word(json, "reason", event->of.error->reason);
        json_word(json, "detail", event->of.error->detail);
    }
}

void event_json(struct json *json, const struct observed *observed, enum collect level)
{
    static const char *const types[] = { [HF_EVENT_RECORD] = "record",
        [HF_EVENT_MESSAGE] = "message",
        [HF_EVENT_STATE] = "state", [HF_EVENT_EXTENSION] = "extension", [HF_EVENT_KEYS] = "keys",
        [HF_EVENT_ALERT] = "alert", [HF_EVENT_CHECK] = "check", [HF_EVENT_OPERATION] = "operation",
        [HF_EVENT_ERROR] = "error" };
    const hf_event *event = &observed->event;
    json_object(json, NULL);
    json_string(json, "schema", "handfast.event/1");
    json_number(json, "at_us", (int64_t)observed->at_us);
    json_string(json, "type", types[event->type]);
    bool moves = event->type == HF_EVENT_MESSAGE || event->type == HF_EVENT_RECORD
        || event->type == HF_EVENT_EXTENSION || event->type == HF_EVENT_ALERT;
    if (moves) {
        json_moved(json, observed, level);
    } else {
        json_inner(json, event);
    }
    json_end(json);
}
