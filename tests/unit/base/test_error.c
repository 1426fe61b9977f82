/* Errors: see src/base/error.h and errors.def. */
#include "base/error.h"

#include "../test.h"

static void fills_from_its_row(void)
{
    struct hf_error error;
    error_clear(&error);
    CHECK(!error_is_set(&error) && error.alert == HF_NO_ALERT && error.offset == SIZE_MAX);
    CHECK(error.certificate == -1);
    CHECK(!fail_at(&error, ERR_decode_error, "key_share", 17, "group %d is cut", 29));
    CHECK(error_is_set(&error) && error.code == HF_CODE_protocol_error && error.alert == 50);
    CHECK_TEXT(error.reason, "decode_error");
    CHECK_TEXT(error.field, "key_share");
    CHECK_TEXT(error.detail, "group 29 is cut");
    CHECK_TEXT(error.section, "RFC 9846, 6.2");
    CHECK(error.offset == 17 && error.who == HF_WE);
    CHECK(error.sentence[0] != '\0' && error.fix[0] != '\0');
}

/* Cut at any place, a text ends with a whole character. */
static void cuts_no_character(void)
{
    for (int shift = 0; shift < 8; shift++) {
        struct hf_error error;
        char small[32] = "";
        static const char many[] = "é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞"
            "é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞é€𝄞";
        error_clear(&error);
        CHECK(!fail(&error, ERR_decode_error, "%.*s%s", shift, "........", many));
        size_t length = strlen(error.detail);
        CHECK(length >= 188 && length <= 191);
        CHECK(memcmp(error.detail + shift, many, length - (size_t)shift) == 0);
        CHECK(((unsigned char)many[length - (size_t)shift] & 0xc0) != 0x80);
        text_append(small, sizeof small, "%.*s%s", shift, "........", many);
        CHECK(((unsigned char)many[strlen(small) - (size_t)shift] & 0xc0) != 0x80);
    }
}

static void the_first_failure_is_kept(void)
{
    struct hf_error error;
    error_clear(&error);
    CHECK(!fail(&error, ERR_unexpected_message, "first"));
    CHECK(!fail(&error, ERR_decode_error, "second"));
    CHECK(error.alert == 10);
    CHECK_TEXT(error.detail, "first");
    error_clear(&error);
    CHECK(!fail(&error, ERR_decode_error, "third"));
    CHECK_TEXT(error.detail, "third");
    CHECK(!fail(NULL, ERR_decode_error, "nobody asks"));
}

static void words_are_cut_not_overrun(void)
{
    struct hf_error error;
    error_clear(&error);
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK(!fail(&error, ERR_decode_error, "%s", text));
    CHECK(strlen(error.detail) == sizeof error.detail - 1);
    error_offered(&error, "%s", text);
    error_offered(&error, "later words do not replace");
    CHECK(strlen(error.offered) == sizeof error.offered - 1);
    error_required(&error, "a %s", "b");
    CHECK_TEXT(error.required, "a b");
}

static void appends(void)
{
    char text[8] = "";
    text_append(text, sizeof text, "%d", 123);
    text_append(text, sizeof text, ",%d", 4);
    CHECK_TEXT(text, "123,4");
    text_append(text, sizeof text, "%s", "56789");
    CHECK_TEXT(text, "123,456");
    text_append(text, sizeof text, "more");
    CHECK_TEXT(text, "123,456");
}

static void every_row_is_complete(void)
{
    for (int reason = ERR_none + 1; reason < REASONS; reason++) {
        struct hf_error error;
        error_clear(&error);
        CHECK(!fail(&error, (enum reason)reason, "x"));
        CHECK(error.code != HF_CODE_none && error.reason[0] != '\0');
        CHECK(error.sentence[0] != '\0' && error.fix[0] != '\0');
        CHECK(error.alert == HF_NO_ALERT || strcmp(hf_alert_name(error.alert), "unknown") != 0);
        size_t length = strlen(error.sentence);
        CHECK(length > 0 && error.sentence[length - 1] == '.');
    }
}

static void names_and_exit_codes(void)
{
    CHECK_TEXT(hf_alert_name(0), "close_notify");
    CHECK_TEXT(hf_alert_name(40), "handshake_failure");
    CHECK_TEXT(hf_alert_name(120), "no_application_protocol");
    CHECK_TEXT(hf_alert_name(1), "unknown");
    CHECK_TEXT(hf_alert_name(HF_NO_ALERT), "unknown");
    CHECK_TEXT(hf_code_name(HF_CODE_certificate_expired), "certificate_expired");
    CHECK_TEXT(hf_code_name(HF_CODE_none), "none");
    CHECK_TEXT(hf_code_name(HF_CODE_COUNT), "none");
    CHECK(hf_code_exit(HF_CODE_none) == 0 && hf_code_exit(HF_CODE_certificate_expired) == 5);
    CHECK(hf_code_exit(HF_CODE_dns_failed) == 3 && hf_code_exit(HF_CODE_COUNT) == 0);
    for (int code = HF_CODE_none + 1; code < HF_CODE_COUNT; code++) {
        CHECK(hf_code_exit((hf_code)code) >= 2 && hf_code_exit((hf_code)code) <= 6);
    }
}

TEST_MAIN(TEST(fills_from_its_row), TEST(cuts_no_character), TEST(the_first_failure_is_kept),
    TEST(words_are_cut_not_overrun), TEST(appends), TEST(every_row_is_complete),
    TEST(names_and_exit_codes))
