/* Rows of words: see describe_parts.h. Everything that comes from a peer passes text_put_safe or
 * name_text. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "observe/certificates.h"
#include "observe/describe_parts.h"
#include "wire/codepoints.h"
#include "x509/certificate.h"

enum { HEADER = 4, WIDTH = 100, TITLE = 9, NAME_TEXT = 512, NAMES_SHOWN = 4 };

void row_begin(const struct page *page, const char *title)
{
    text_putf(page->text, "%s%-*s", page->indent, TITLE, title);
}

static void put_wrapped(const struct page *page, const char *words)
{
    size_t margin = strlen(page->indent) + TITLE;
    size_t column = margin;
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        if (column > margin && column + 1 + length > WIDTH) {
            text_put(page->text, "\n");
            text_pad(page->text, margin);
            column = margin;
        } else if (column > margin) {
            text_put(page->text, " ");
            column++;
        }
        text_put_bytes(page->text, words, length);
        column += length;
        words += length + strspn(words + length, " ");
    }
    text_put(page->text, "\n");
}

void row_words(const struct page *page, const char *title, const char *words)
{
    row_begin(page, title);
    put_wrapped(page, words);
}

void row_format(const struct page *page, const char *title, const char *format, ...)
{
    char words[LIST_TEXT];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(words, sizeof words, format, list);
    va_end(list);
    row_words(page, title, words);
}

void row_safe(const struct page *page, const char *title, hf_bytes words, const char *after)
{
    row_begin(page, title);
    text_put_safe(page->text, (const char *)words.data, words.length);
    text_putf(page->text, "%s\n", after);
}

void row_codes(const struct page *page, const char *title, hf_bytes list,
    const char *(*name)(uint16_t))
{
    char names[LIST_TEXT];
    list_text(list.data, list.length, name, names, sizeof names);
    row_words(page, title, names);
}

void row_certificate(const struct page *page, unsigned index, hf_bytes der)
{
    char title[16];
    struct text words = { 0 };
    (void)snprintf(title, sizeof title, "[%u]", index);
    certificate_words(&words, der);
    row_words(page, title, text_string(&words));
    page->text->failed = page->text->failed || words.failed;
    text_free(&words);
}

void row_authorities(const struct page *page, hf_bytes list)
{
    hf_reader names = reader_of_bytes(list);
    hf_bytes name;
    unsigned count = 0;
    for (; read_vector16(&names, &name); count++) {
        char words[NAME_TEXT];
        if (count < NAMES_SHOWN) {
            name_text(name, words, sizeof words);
            row_words(page, "of CA", words);
        }
    }
    if (count > NAMES_SHOWN) {
        row_format(page, "of CA", "… and %u more", count - NAMES_SHOWN);
    }
}

hf_reader message_body(hf_bytes message)
{
    return message.length < HEADER ? reader_of(NULL, 0)
        : reader_of(message.data + HEADER, message.length - HEADER);
}
