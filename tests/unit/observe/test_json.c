/* The JSON writer: RFC 8259, 7 (strings) and 2 (grammar). */
#include "observe/json.h"

#include "test.h"

static void nests_and_puts_commas(void)
{
    struct text text = { 0 };
    struct json json;
    json_begin(&json, &text, false);
    json_object(&json, NULL);
    json_number(&json, "a", -1);
    json_array(&json, "b");
    json_bool(&json, NULL, true);
    json_null(&json, NULL);
    json_object(&json, NULL);
    json_end(&json);
    json_end(&json);
    json_string(&json, "c", NULL);
    json_word(&json, "d", "");
    json_word(&json, "e", "x");
    json_end(&json);
    CHECK_TEXT(text_string(&text),
        "{\"a\": -1, \"b\": [true, null, {}], \"c\": null, \"d\": null, \"e\": \"x\"}");
    text_free(&text);
}

static void is_pretty(void)
{
    struct text text = { 0 };
    struct json json;
    json_begin(&json, &text, true);
    json_object(&json, NULL);
    json_array(&json, "empty");
    json_end(&json);
    json_array(&json, "one");
    json_number(&json, NULL, 1);
    json_end(&json);
    json_end(&json);
    CHECK_TEXT(text_string(&text), "{\n  \"empty\": [],\n  \"one\": [\n    1\n  ]\n}");
    text_free(&text);
}

static void one_document_in_another(void)
{
    static const char inner[] = "{\n  \"a\": 1,\n  \"b\": \"\\n\"\n}\n";
    struct text text = { 0 };
    struct json json;
    json_begin(&json, &text, true);
    json_object(&json, NULL);
    json_document(&json, "none", NULL);
    json_document(&json, "first", inner);
    json_end(&json);
    CHECK_TEXT(text_string(&text), "{\n  \"none\": null,\n  \"first\": {\n    \"a\": 1,\n"
        "    \"b\": \"\\n\"\n  }\n}");
    text_free(&text);
}

static void escaped_is(const char *bytes, size_t length, const char *expected)
{
    struct text text = { 0 };
    struct json json;
    json_begin(&json, &text, false);
    json_string_bytes(&json, NULL, bytes_of(bytes, length));
    CHECK_TEXT(text_string(&text), expected);
    text_free(&text);
}

static void escapes(void)
{
    escaped_is("", 0, "\"\"");
    escaped_is("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    escaped_is("\n\t\r\x1b\x7f", 5, "\"\\n\\t\\u000d\\u001b\\u007f\"");
    escaped_is("\0x", 2, "\"\\u0000x\"");
    escaped_is("\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92", 9,
        "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92\"");
    /* No UTF-8: a stray byte, overlong, a surrogate, beyond U+10FFFF, cut off. */
    escaped_is("\xff", 1, "\"\\ufffd\"");
    escaped_is("\xc0\xaf", 2, "\"\\ufffd\\ufffd\"");
    escaped_is("\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
    escaped_is("\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    escaped_is("\xe2\x82", 2, "\"\\ufffd\\ufffd\"");
}

static void writes_bytes(void)
{
    static const uint8_t bytes[] = { 0x00, 0x9f, 0xff, 0x10 };
    struct text text = { 0 };
    struct json json;
    json_begin(&json, &text, false);
    json_array(&json, NULL);
    json_hex(&json, NULL, bytes_of(bytes, 4));
    for (size_t i = 0; i <= 4; i++) {
        json_base64(&json, NULL, bytes_of(bytes, i));
    }
    json_end(&json);
    CHECK_TEXT(text_string(&text),
        "[\"009fff10\", \"\", \"AA==\", \"AJ8=\", \"AJ//\", \"AJ//EA==\"]");
    text_free(&text);
}

static void makes_peers_text_safe(void)
{
    static const char evil[] = "a\x1b[2J\n\\\xc2\x9b\xffz\xc3\xa4";
    struct text text = { 0 };
    text_put_safe(&text, evil, sizeof evil - 1);
    CHECK_TEXT(text_string(&text), "a\\x1b[2J\\x0a\\x5c\\xc2\\x9b\\xffz\xc3\xa4");
    text_free(&text);
}

static void pads_and_grows(void)
{
    struct text text = { 0 };
    CHECK_TEXT(text_string(&text), "");
    text_put(&text, "one\nab");
    text_pad(&text, 5);
    text_put(&text, "|");
    CHECK_TEXT(text_string(&text), "one\nab   |");
    for (unsigned i = 0; i < 1000; i++) {
        text_putf(&text, "%03u", i);
    }
    CHECK(!text.failed && text.length == 10 + 3000);
    CHECK_TEXT(text.data + text.length - 6, "998999");
    text_free(&text);
}

TEST_MAIN(TEST(nests_and_puts_commas), TEST(is_pretty), TEST(one_document_in_another),
    TEST(escapes), TEST(writes_bytes), TEST(makes_peers_text_safe), TEST(pads_and_grows))
