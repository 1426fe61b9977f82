/* What a trace becomes: the collector, the ladder, failures in words, the documents. Events are
 * made by hand, the clock too, so that every line is known. */
#include "observe/emit.h"

#include "base/error.h"
#include "observe/diagnose.h"
#include "observe/explain.h"
#include "observe/fields.h"

/* RFC 8448, 3. */
static const char client_hello_hex[] =
    "010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302"
    "010000910000000b0009000006736572766572ff01000100000a00140012001d001700180019010001010102010301"
    "0400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c"
    "002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d0002"
    "0101001c00024001";
static const char server_hello_hex[] =
    "020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434da"
    "c155772ed3e2692800130100002e00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd"
    "69b1b04e751f0f002b00020304";

static void emit_hellos(struct collector *collector, enum collect level)
{
    now = 1000;
    collector_begin(collector, level, fake_clock);
    emit_message(collector, "ClientHello", client_hello_hex, true, false, false);
    emit_message(collector, "ServerHello", server_hello_hex, false, true, false);
    hf_event keys = { .type = HF_EVENT_KEYS };
    keys.of.keys.reads = true;
    keys.of.keys.epoch = "handshake";
    keys.of.keys.cipher = "AES-128-GCM";
    collector_trace(collector, NULL, &keys);
}

static void collects(void)
{
    struct collector collector;
    emit_hellos(&collector, COLLECT_MESSAGES);
    CHECK(collector.count == 3 && collector.lost == 0);
    CHECK(collector.events[0].at_us == 250 && collector.events[2].at_us == 750);
    CHECK(collector.events[0].event.of.message.bytes[0] == TYPE_CLIENT_HELLO);
    CHECK_TEXT(collector.ja3s, "eb1d94daa7e0344597e756a1fb6e7054");
    hf_event operation = { .type = HF_EVENT_OPERATION };
    operation.of.operation.name = "PEER";
    operation.of.operation.begins = true;
    collector_trace(&collector, NULL, &operation);
    operation.of.operation.begins = false;
    collector_trace(&collector, NULL, &operation);
    CHECK(collector.crypto_us == 250);
    emit_message(&collector, "Finished", "14000001aa", false, true, true);
    hf_event record = { .type = HF_EVENT_RECORD };
    record.of.record.name = "handshake";
    collector_trace(&collector, NULL, &record);
    CHECK(collector.records_after == 0);
    emit_message(&collector, "Finished", "14000001aa", true, false, true);
    collector_trace(&collector, NULL, &record);
    CHECK(collector.records_after == 1);
    collector_free(&collector);
}

static void is_bounded(void)
{
    struct collector collector;
    emit_hellos(&collector, COLLECT_MESSAGES);
    for (unsigned i = 0; i < COLLECTOR_EVENTS_MAX + 10; i++) {
        emit_message(&collector, "Finished", "14000001aa", false, true, true);
    }
    CHECK(collector.count == COLLECTOR_EVENTS_MAX && collector.lost == 13);
    collector_free(&collector);
    emit_hellos(&collector, COLLECT_SUMMARY);
    CHECK(collector.count == 0 && collector.ja4[0] == 't');
    collector_free(&collector);
}

static void begin_report(struct report *report, const struct collector *collector,
    const hf_error *error)
{
    memset(report, 0, sizeof *report);
    report->host = "server\x1b[2J";
    report->port = 443;
    report->address = "192.0.2.1";
    report->identity = "server";
    report->collector = collector;
    report->error = error;
    report->timing.dns_us = 1234;
}

static void draws_the_ladder(void)
{
    struct collector collector;
    struct report report;
    struct text text = { 0 };
    hf_error error;
    error_clear(&error);
    emit_hellos(&collector, COLLECT_BYTES);
    begin_report(&report, &collector, &error);
    explain_report(&text, &report, EXPLAIN_LADDER, false);
    CHECK(has(&text, "to server\\x1b[2J, port 443 at 192.0.2.1, which must prove to be server\n"));
    CHECK(has(&text, "name looked up in 1.234 ms"));
    CHECK(has(&text, "     0.250 ms  client --> server  ClientHello     "));
    CHECK(has(&text, "    196 B  plaintext\n"));
    CHECK(has(&text, "     0.500 ms  client <-- server  ServerHello     "));
    CHECK(has(&text, "     90 B  plaintext\n"));
    CHECK(has(&text, "name     server (SNI: anyone on the path can read it)\n"));
    CHECK(has(&text, "shares   x25519 (32 bytes), public halves of keys made for this handshake"));
    CHECK(has(&text, "chooses  TLS 1.3, TLS_AES_128_GCM_SHA256, x25519\n"));
    CHECK(has(&text, "now reads with AES-128-GCM, handshake keys\n"));
    CHECK(has(&text, "on the path: both hellos, the name server, sizes and times"));
    CHECK(strstr(text_string(&text), "key_share @") == NULL);
    CHECK(strchr(text_string(&text), '\x1b') == NULL);
    text_free(&text);
    report.events = COLLECT_BYTES;
    explain_report(&text, &report, EXPLAIN_LADDER, true);
    CHECK(has(&text, "random @6, 32 bytes\n"));
    CHECK(has(&text, "+ server_name @55, 11 bytes\n"));
    CHECK(has(&text, "0009000006736572766572\n"));
    CHECK(has(&text, "\x1b[1mClientHello\x1b[0m"));
    text_free(&text);
    collector_free(&collector);
}

static void lists_every_field(void)
{
    uint8_t bytes[512];
    struct field fields[FIELDS_MAX];
    size_t length = from_hex(client_hello_hex, bytes, sizeof bytes);
    const struct agreed tls13 = { suite_find(0x1301), false };
    size_t count = message_fields(bytes_of(bytes, length), &tls13, fields);
    CHECK(count == 5 + 9);
    CHECK_TEXT(fields[3].name, "cipher_suites");
    CHECK(fields[3].offset == 41 && fields[3].bytes.length == 6);
    CHECK_TEXT(fields[count - 1].name, "record_size_limit");
    CHECK(fields[count - 1].offset + fields[count - 1].bytes.length == length);
    count = message_fields(bytes_of(bytes, length - 1), &tls13, fields);
    CHECK(count == 1);
    CHECK_TEXT(fields[0].name, "body");
    length = from_hex("0f0000080403000401020304", bytes, sizeof bytes);
    CHECK(message_fields(bytes_of(bytes, length), &tls13, fields) == 2);
    CHECK_TEXT(fields[1].name, "signature");
    CHECK(fields[1].offset == 8 && fields[1].bytes.length == 4);
}

static void words_failures(void)
{
    struct collector collector;
    struct diagnosis d;
    struct text text = { 0 };
    hf_error error;
    emit_hellos(&collector, COLLECT_MESSAGES);
    error_clear(&error);
    (void)fail(&error, ERR_peer_refused, "the peer sent handshake_failure");
    error.who = HF_PEER;
    error.alert = 40;
    error.state = "WAIT_SH";
    diagnose(&error, &collector, &d);
    CHECK_TEXT(d.code, "handshake_refused");
    CHECK(d.exit_code == 4);
    CHECK_TEXT(d.who, "peer");
    CHECK_TEXT(d.alert, "handshake_failure");
    CHECK_TEXT(d.confidence, "likely");
    CHECK(strstr(d.offered, "groups x25519, secp256r1") != NULL);
    CHECK(strstr(d.offered, "suites TLS_AES_128_GCM_SHA256") != NULL);
    diagnosis_words(&text, &error, &collector);
    CHECK(has(&text, "FAILED: handshake_refused\n"));
    CHECK(has(&text, "  where     WAIT_SH\n"));
    CHECK(has(&text, "  who       the peer refused, with the alert handshake_failure\n"));
    CHECK(has(&text, "  cause     (likely) The peer found no cipher suite"));
    text_free(&text);
    collector_free(&collector);
}

static void words_other_failures(void)
{
    struct diagnosis d;
    struct text text = { 0 };
    hf_error error;
    error_clear(&error);
    (void)fail(&error, ERR_connection_refused, "127.0.0.1 port 1: refused");
    error.who = HF_NETWORK;
    diagnose(&error, NULL, &d);
    CHECK_TEXT(d.stage, "TCP");
    CHECK(d.exit_code == 3 && d.alert == NULL);
    error_clear(&error);
    (void)fail(&error, ERR_name_mismatch, "not for a\nb but for c");
    error.certificate = 0;
    diagnose(&error, NULL, &d);
    CHECK(d.exit_code == 5);
    CHECK_TEXT(d.message, "Certificate");
    CHECK_TEXT(d.confidence, "certain");
    diagnosis_words(&text, &error, NULL);
    CHECK(has(&text, "  this case not for a\\x0ab but for c\n"));
    CHECK(has(&text, "certificate 0 of the chain"));
    text_free(&text);
    diagnosis_line(&text, &error);
    CHECK_TEXT(text_string(&text),
        "name_mismatch: not for a\\x0ab but for c (we sent the alert bad_certificate)");
    text_free(&text);
}

static void writes_documents_without_a_connection(void)
{
    static const char *const keys[] = { "\"schema\": \"handfast.connect/1\"", "\"ok\": false",
        "\"host\": \"server\\u001b[2J\"", "\"version\": null", "\"resumption\": null",
        "\"early_data\": \"not offered\"", "\"client_certificate\": \"not asked\"",
        "\"certificates\": []", "\"check\": \"pin\"", "\"starttls\": 0", "\"ja3\": null",
        "\"code\": \"dns_failed\"", "\"who\": \"network\"", "\"events\": []" };
    struct report report;
    struct text text = { 0 };
    hf_error error;
    error_clear(&error);
    (void)fail(&error, ERR_dns_failed, "no such name");
    error.who = HF_NETWORK;
    begin_report(&report, NULL, &error);
    report_connect_json(&text, &report, true);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        CHECK(has(&text, keys[i]));
    }
    text_free(&text);
    report.time = "2026-11-21T00:00:00Z";
    report_handshake_json(&text, &report);
    CHECK(has(&text, "{\"schema\": \"handfast.handshake/1\", \"time\": \"2026-11-21T00:00:00Z\""));
    CHECK(strchr(text_string(&text), '\n') == text_string(&text) + text.length - 1);
    text_free(&text);
}

static void writes_events(void)
{
    struct collector collector;
    struct text text = { 0 };
    struct json json;
    emit_hellos(&collector, COLLECT_BYTES);
    json_begin(&json, &text, false);
    event_json(&json, &collector.events[2], COLLECT_MESSAGES);
    CHECK_TEXT(text_string(&text), "{\"schema\": \"handfast.event/1\", \"at_us\": 750, "
        "\"type\": \"keys\", \"side\": \"read\", \"epoch\": \"handshake\", "
        "\"cipher\": \"AES-128-GCM\", \"generation\": 0}");
    text_free(&text);
    json_begin(&json, &text, false);
    event_json(&json, &collector.events[0], COLLECT_BYTES);
    CHECK(has(&text, "\"direction\": \"sent\", \"by\": \"client\", \"name\": \"ClientHello\""));
    CHECK(has(&text, "{\"name\": \"legacy_version\", \"extension\": false, \"offset\": 4, "
        "\"bytes\": \"0303\"}"));
    text_free(&text);
    collector_free(&collector);
}

TEST_MAIN(TEST(collects), TEST(is_bounded), TEST(draws_the_ladder), TEST(lists_every_field),
    TEST(words_failures), TEST(words_other_failures), TEST(writes_documents_without_a_connection),
    TEST(writes_events))
