/* For the tests of src/observe: events made by hand, on a clock of our own. */
#ifndef TESTS_OBSERVE_EMIT_H
#define TESTS_OBSERVE_EMIT_H

#include "test.h"

#include "observe/collector.h"
#include "observe/text.h"
#include "wire/codepoints.h"

static uint64_t now; /* the clock of these tests, which each look moves */

__attribute__((unused)) static uint64_t fake_clock(void)
{
    now += 250;
    return now;
}

__attribute__((unused)) static void emit_message(struct collector *collector, const char *name,
    const char *hex, bool sent, bool by_server, bool is_protected)
{
    uint8_t bytes[1024];
    hf_event event = { .type = HF_EVENT_MESSAGE, .sent = sent, .by_server = by_server };
    event.of.message.length = from_hex(hex, bytes, sizeof bytes);
    event.of.message.bytes = bytes;
    event.of.message.handshake_type = bytes[0];
    event.of.message.name = name;
    event.of.message.is_protected = is_protected;
    collector_trace(collector, NULL, &event);
    memset(bytes, 0xee, sizeof bytes); /* borrowed during the call alone */
}

__attribute__((unused)) static bool has(const struct text *text, const char *line)
{
    bool found = strstr(text_string(text), line) != NULL;
    if (!found) {
        (void)fprintf(stderr, "no \"%s\" in:\n%s\n", line, text_string(text));
    }
    return found;
}

#endif
