/* What people and machines are told of a message: whatever its bytes, the words hold no control
 * character of the peer's, and every field lies within the message. The first byte picks the suite
 * that was agreed on, so that the forms of both versions and of each key exchange are tried; the
 * rest is the message. */
#include "require.h"

#include "observe/describe.h"
#include "observe/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t suites[] = { 0, 0x1301, 0xc02b, 0x009e, 0x009c };

static uint64_t no_clock(void)
{
    return 0;
}

static void require_safe(const struct text *text)
{
    REQUIRE(!text->failed);
    for (size_t i = 0; i < text->length; i++) {
        uint8_t c = (uint8_t)text->data[i];
        REQUIRE((c >= 0x20 && c != 0x7f) || c == '\n');
    }
}

static void require_fields(hf_bytes message, const struct agreed *agreed)
{
    struct field fields[FIELDS_MAX];
    size_t count = message_fields(message, agreed, fields);
    REQUIRE(count <= FIELDS_MAX);
    for (size_t i = 0; i < count; i++) {
        require_within(fields[i].bytes, message.data, message.length);
        REQUIRE(fields[i].offset + fields[i].bytes.length <= message.length);
        REQUIRE(i == 0 || fields[i].offset >= fields[i - 1].offset);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct collector collector;
    struct text text = { 0 };
    hf_bytes message = bytes_of(data + 1, size - 1);
    collector_begin(&collector, COLLECT_MESSAGES, no_clock);
    collector.agreed.suite = suite_find(suites[data[0] % (sizeof suites / sizeof *suites)]);
    hf_event event = { .type = HF_EVENT_MESSAGE, .by_server = (data[0] & 0x80) != 0 };
    event.of.message.handshake_type = message.data[0];
    event.of.message.name = "";
    event.of.message.bytes = message.data;
    event.of.message.length = message.length;
    collector_trace(&collector, NULL, &event);
    REQUIRE(collector.count == 1);
    describe_message(&text, &collector.events[0], "");
    require_safe(&text);
    require_fields(message, &collector.events[0].agreed);
    text_free(&text);
    collector_free(&collector);
    return 0;
}
