/* A handshake for a person: see explain.h. The client stands on the left, whoever we are. */
#include "observe/explain.h"

#include <string.h>

#include "base/error.h"
#include "observe/describe.h"
#include "observe/diagnose.h"
#include "observe/fields.h"
#include "wire/codepoints.h"

enum { HEX_PER_LINE = 32 };

static const char indent[] = "                 ";

struct page {
    struct text *out;
    const struct report *report;
    enum explain_level level;
    bool colour;
};

static void put_time(struct text *out, uint64_t us)
{
    text_putf(out, "%6llu.%03llu ms  ", (unsigned long long)(us / 1000),
        (unsigned long long)(us % 1000));
}

static void put_in_colour(struct text *out, bool colour, const char *code, const char *words)
{
    if (colour) {
        text_putf(out, "\x1b[%sm%s\x1b[0m", code, words);
    } else {
        text_put(out, words);
    }
}

static void put_coloured(const struct page *page, const char *code, const char *words)
{
    put_in_colour(page->out, page->colour, code, words);
}

static void put_arrow(struct text *out, const hf_event *event)
{
    text_put(out, event->by_server ? "client <-- server  " : "client --> server  ");
}

static void put_field_bytes(struct text *out, const struct field *field)
{
    text_putf(out, "%s%s%s @%zu, %zu bytes\n", indent, field->is_extension ? "+ " : "", field->name,
        field->offset, field->bytes.length);
    for (size_t at = 0; at < field->bytes.length; at += HEX_PER_LINE) {
        size_t left = field->bytes.length - at;
        text_putf(out, "%s    ", indent);
        left = left < HEX_PER_LINE ? left : HEX_PER_LINE;
        text_put_hex(out, bytes_of(field->bytes.data + at, left));
        text_put(out, "\n");
    }
}

static void put_message(const struct page *page, const struct observed *observed)
{
    const hf_event *event = &observed->event;
    put_time(page->out, observed->at_us);
    put_arrow(page->out, event);
    put_coloured(page, "1", event->of.message.name);
    text_pad(page->out, page->colour ? 64 : 56);
    text_putf(page->out, "%6zu B  %s\n", event->of.message.length,
        event->of.message.is_protected ? "encrypted" : "plaintext");
    if (event->of.message.bytes == NULL) {
        return;
    }
    describe_message(page->out, observed, indent);
    if (page->report->events == COLLECT_BYTES) {
        struct field fields[FIELDS_MAX];
        size_t count = message_fields(bytes_of(event->of.message.bytes, event->of.message.length),
            &observed->agreed, fields);
        for (size_t i = 0; i < count; i++) {
            put_field_bytes(page->out, &fields[i]);
        }
    }
}

static void put_keys(const struct page *page, const struct observed *observed)
{
    const hf_event *event = &observed->event;
    put_time(page->out, observed->at_us);
    text_putf(page->out, "%-18s now %s with %s, %s keys",
        page->report->is_server ? "server" : "client",
        event->of.keys.reads ? "reads" : "writes", event->of.keys.cipher, event->of.keys.epoch);
    if (event->of.keys.generation > 0) {
        text_putf(page->out, ", generation %u", event->of.keys.generation);
    }
    text_put(page->out, "\n");
}

static void put_alert(const struct page *page, const struct observed *observed)
{
    const hf_event *event = &observed->event;
    bool closes = event->of.alert.description == 0;
    put_time(page->out, observed->at_us);
    put_arrow(page->out, event);
    put_coloured(page, closes ? "1" : "31", closes ? "" : "alert ");
    text_putf(page->out, "%s%s\n", event->of.alert.name, event->of.alert.fatal && !closes
        ? " (fatal)" : "");
}

/* What only --trace and -v show. */
static void put_detail(const struct page *page, const struct observed *observed)
{
    const hf_event *event = &observed->event;
    if (event->type == HF_EVENT_STATE) {
        put_time(page->out, observed->at_us);
        text_putf(page->out, "%-18s %s -> %s\n", page->report->is_server ? "server" : "client",
            event->of.state.from, event->of.state.to);
    } else if (event->type == HF_EVENT_RECORD) {
        put_time(page->out, observed->at_us);
        put_arrow(page->out, event);
        text_putf(page->out, "record of %s, %zu bytes, %zu of them content\n",
            event->of.record.name,
            event->of.record.length, event->of.record.content);
    } else if (event->type == HF_EVENT_EXTENSION) {
        put_time(page->out, observed->at_us);
        put_arrow(page->out, event);
        text_putf(page->out, "extension %s in %s, %zu bytes\n", event->of.extension.name,
            event->of.extension.message, event->of.extension.length);
    } else if (event->type == HF_EVENT_OPERATION) {
        put_time(page->out, observed->at_us);
        text_putf(page->out, "%-18s %s %s\n", page->report->is_server ? "server" : "client",
            event->of.operation.begins ? "computes" : "has done", event->of.operation.name);
    }
}

static void put_event(const struct page *page, const struct observed *observed)
{
    bool detailed = page->level == EXPLAIN_VERBOSE || page->report->events != COLLECT_SUMMARY;
    if (observed->event.type == HF_EVENT_MESSAGE) {
        put_message(page, observed);
    } else if (observed->event.type == HF_EVENT_KEYS) {
        put_keys(page, observed);
    } else if (observed->event.type == HF_EVENT_ALERT) {
        put_alert(page, observed);
    } else if (detailed) {
        put_detail(page, observed);
    }
}

static void put_ladder(const struct page *page)
{
    const struct collector *collector = page->report->collector;
    if (collector == NULL || collector->count == 0) {
        return;
    }
    text_put(page->out, "\n");
    for (size_t i = 0; i < collector->count; i++) {
        put_event(page, &collector->events[i]);
    }
    if (collector->lost > 0) {
        text_putf(page->out, "  … and %zu events more that were not kept\n", collector->lost);
    }
}

void checks_words(struct text *out, const hf_check checks[HF_CHECKS], const char *whose,
    bool colour)
{
    text_putf(out, "\nchecks of the %s's certificate\n", whose);
    for (size_t i = 0; i < HF_CHECKS; i++) {
        const char *detail = checks[i].detail == NULL ? "" : checks[i].detail;
        text_put(out, "  ");
        if (!checks[i].done) {
            text_put(out, "-- ");
        } else {
            put_in_colour(out, colour, checks[i].ok ? "32" : "31", checks[i].ok ? "ok " : "NO ");
        }
        text_putf(out, " %-11s", checks[i].name);
        text_put_safe(out, detail, strlen(detail));
        text_put(out, !checks[i].done && detail[0] == '\0' ? "not checked\n" : "\n");
    }
}

static void put_checks(const struct page *page)
{
    hf_check checks[HF_CHECKS];
    memset(checks, 0, sizeof checks);
    if (page->report->connection == NULL || !hf_peer_checks(page->report->connection, checks)) {
        return;
    }
    checks_words(page->out, checks, page->report->is_server ? "client" : "server", page->colour);
}

static void put_us(struct text *out, uint64_t us)
{
    text_putf(out, "%llu.%03llu ms", (unsigned long long)(us / 1000),
        (unsigned long long)(us % 1000));
}

static void put_agreed(struct text *out, const hf_facts *facts)
{
    text_putf(out, "%s, %s", facts->version, facts->suite == NULL ? "?" : facts->suite);
    if (facts->group != NULL) {
        text_putf(out, ", %s", facts->group);
    }
    if (facts->signature != NULL) {
        text_putf(out, ", %s", facts->signature);
    }
    if (facts->alpn != NULL) {
        text_put(out, ", ALPN ");
        text_put_safe(out, facts->alpn, strlen(facts->alpn));
    }
}

/* What somebody on the path could see. */
static void put_observer(const struct page *page)
{
    const struct collector *collector = page->report->collector;
    hf_bytes name = { NULL, 0 };
    for (size_t i = 0; collector != NULL && i < collector->count && name.data == NULL; i++) {
        const hf_event *event = &collector->events[i].event;
        if (event->type == HF_EVENT_MESSAGE
            && event->of.message.handshake_type == TYPE_CLIENT_HELLO) {
            (void)hello_server_name(bytes_of(event->of.message.bytes, event->of.message.length),
                &name);
        }
    }
    text_put(page->out, "on the path: both hellos, ");
    if (name.data != NULL) {
        text_put(page->out, "the name ");
        text_put_safe(page->out, (const char *)name.data, name.length);
        text_put(page->out, ", ");
    }
    const struct suite *suite = collector == NULL ? NULL : collector->agreed.suite;
    if (suite == NULL || suite->version != VERSION_TLS12) {
        text_put(page->out, "sizes and times can be seen; certificates and data cannot\n");
    } else if (collector->agreed.resumed) {
        text_put(page->out, "sizes and times can be seen; data cannot\n");
    } else if (suite->kx == KX_RSA) {
        text_put(page->out, "certificates, sizes and times can be seen;\n"
            "  data cannot, until somebody gets the server's key\n");
    } else {
        text_put(page->out, "certificates, sizes and times can be seen; data cannot\n");
    }
}

static void put_result(const struct page *page)
{
    const struct report *report = page->report;
    hf_facts facts;
    memset(&facts, 0, sizeof facts);
    if (report->connection != NULL) {
        hf_connection_facts(report->connection, &facts);
    }
    put_coloured(page, "32", "connected");
    text_put(page->out, ": ");
    if (facts.version != NULL) {
        put_agreed(page->out, &facts);
    }
    text_putf(page->out, "\n  %u round trip%s, ", facts.round_trips,
        facts.round_trips == 1 ? "" : "s");
    put_us(page->out, report->timing.handshake_us);
    text_put(page->out, " (our crypto ");
    put_us(page->out, report->timing.our_crypto_us);
    text_put(page->out, ", waiting ");
    put_us(page->out, report->timing.waiting_us);
    text_putf(page->out, "); %llu bytes sent, %llu received\n", (unsigned long long)report->sent,
        (unsigned long long)report->received);
    if (facts.client_certificate_asked) {
        text_putf(page->out, "  client certificate: %s\n", client_certificate_words(&facts));
    }
    if (facts.stapled != NULL && strcmp(facts.stapled, "none") != 0) {
        text_putf(page->out, "  stapled OCSP response: %s\n", facts.stapled);
    }
    if (facts.resumed) {
        text_put(page->out, "  resumed: no certificate was sent; what was found when the session "
            "began holds\n");
    } else if (facts.resumption != NULL) {
        text_putf(page->out, "  not resumed: %s\n", facts.resumption);
    }
    if (page->level != EXPLAIN_BRIEF) {
        text_put(page->out, "  ");
        put_observer(page);
    }
}

static void put_title(const struct page *page)
{
    const struct report *report = page->report;
    text_putf(page->out, "%s ", report->is_server ? "from" : "to");
    text_put_safe(page->out, report->host, strlen(report->host));
    text_putf(page->out, ", port %u", report->port);
    if (report->address != NULL && strcmp(report->address, report->host) != 0) {
        text_putf(page->out, " at %s", report->address);
    }
    if (report->identity != NULL) {
        text_put(page->out, ", which must prove to be ");
        text_put_safe(page->out, report->identity, strlen(report->identity));
    }
    text_put(page->out, "\n");
    if (!report->is_server && report->address != NULL) {
        text_put(page->out, "name looked up in ");
        put_us(page->out, report->timing.dns_us);
        text_put(page->out, ", TCP connected in ");
        put_us(page->out, report->timing.tcp_us);
        text_put(page->out, "\n");
    }
}

void explain_report(struct text *out, const struct report *report, enum explain_level level,
    bool colour)
{
    struct page page = { out, report, level, colour };
    if (level != EXPLAIN_BRIEF) {
        put_title(&page);
        put_ladder(&page);
        put_checks(&page);
        text_put(out, "\n");
    }
    if (report->error->code == HF_CODE_none) {
        put_result(&page);
    } else {
        diagnosis_words(out, report->error, report->collector);
    }
}

void explain_later(struct text *out, const struct report *report, size_t from, bool colour)
{
    struct page page = { out, report, EXPLAIN_LADDER, colour };
    for (size_t i = from; i < report->collector->count; i++) {
        put_event(&page, &report->collector->events[i]);
    }
}

void explain_line(struct text *out, const struct report *report)
{
    hf_facts facts;
    memset(&facts, 0, sizeof facts);
    if (report->connection != NULL) {
        hf_connection_facts(report->connection, &facts);
    }
    text_putf(out, "%s:%u ", report->address == NULL ? "?" : report->address, report->port);
    if (report->error->code == HF_CODE_none) {
        text_put(out, "ok ");
        put_agreed(out, &facts);
    } else {
        text_put(out, "failed ");
        diagnosis_line(out, report->error);
    }
    if (facts.server_name != NULL) {
        text_put(out, ", SNI ");
        text_put_safe(out, facts.server_name, strlen(facts.server_name));
    }
    if (facts.hello_retry) {
        text_put(out, ", after HelloRetryRequest");
    }
    if (facts.client_certificate_asked) {
        text_putf(out, ", client certificate %s", client_certificate_words(&facts));
    }
    if (facts.stapled != NULL && strcmp(facts.stapled, "none") != 0) {
        text_putf(out, ", stapled %s", facts.stapled);
    }
    if (facts.resumed) {
        text_put(out, ", resumed");
    } else if (facts.resumption != NULL) {
        text_putf(out, ", not resumed: %s", facts.resumption);
    }
    text_put(out, ", ");
    put_us(out, report->timing.handshake_us);
    if (report->collector != NULL && report->collector->ja4[0] != '\0') {
        text_putf(out, ", JA4 %s", report->collector->ja4);
    }
    text_put(out, "\n");
}
