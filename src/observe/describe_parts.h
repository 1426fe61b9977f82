/* What the files of describe.h share: rows of words, and the messages that they divide among
 * themselves. A `message` is whole, with its 4-byte header. */
#ifndef OBSERVE_DESCRIBE_PARTS_H
#define OBSERVE_DESCRIBE_PARTS_H

#include "observe/collector.h"
#include "observe/text.h"
#include "wire/extensions.h"
#include "wire/messages.h"

enum { LIST_TEXT = 2048 };

struct page {
    struct text *text;
    const char *indent;
};

/* A row is a title and words behind it. row_begin leaves the line open; the others end it, and
 * break it at blanks where it grows long. */
void row_begin(const struct page *page, const char *title);
void row_words(const struct page *page, const char *title, const char *words);
/* Cut at LIST_TEXT bytes. */
void row_format(const struct page *page, const char *title, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* A peer's text, then ours; never broken. */
void row_safe(const struct page *page, const char *title, hf_bytes words, const char *after);
/* A list of 16-bit code points by name. */
void row_codes(const struct page *page, const char *title, hf_bytes list,
    const char *(*name)(uint16_t));
/* A certificate of a chain. */
void row_certificate(const struct page *page, unsigned index, hf_bytes der);
/* The names of CAs, 16-bit vectors of DER: the first few, and how many more there are. */
void row_authorities(const struct page *page, hf_bytes list);

/* A message behind its header; empty when there is none. */
hf_reader message_body(hf_bytes message);

/* describe_hello.c. An offer: an extension that a ClientHello or a CertificateRequest may hold. */
void describe_client_hello(const struct page *page, hf_bytes message);
void describe_server_hello(const struct page *page, hf_bytes message,
    const struct agreed *agreed);
void describe_offer(const struct page *page, struct extension *extension);

/* describe12.c: a message that has another form or meaning in TLS 1.2. False: it has the same. */
bool describe12(const struct page *page, uint8_t type, hf_bytes message,
    const struct agreed *agreed);

#endif
