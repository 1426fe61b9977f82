/* Handshake messages in words: see describe.h. RFC 9846, 4. Everything that comes from a peer
 * passes text_put_safe. */
#include "observe/describe.h"

#include <stdio.h>
#include <string.h>

#include "observe/certificates.h"
#include "wire/codepoints.h"
#include "wire/extensions.h"
#include "wire/hello.h"
#include "wire/messages.h"

enum { HEADER = 4, LIST_TEXT = 640, WIDTH = 100, TITLE = 9 };

struct page {
    struct text *text;
    const char *indent;
};

static void row(const struct page *page, const char *title)
{
    text_putf(page->text, "%s%-*s", page->indent, TITLE, title);
}

/* The rest of a row, broken at blanks. */
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

static void row_words(const struct page *page, const char *title, const char *words)
{
    row(page, title);
    put_wrapped(page, words);
}

static void row_safe(const struct page *page, const char *title, hf_bytes words, const char *after)
{
    row(page, title);
    text_put_safe(page->text, (const char *)words.data, words.length);
    text_putf(page->text, "%s\n", after);
}

static void row_codes(const struct page *page, const char *title, hf_bytes list,
    const char *(*name)(uint16_t))
{
    char names[LIST_TEXT];
    list_text(list.data, list.length, name, names, sizeof names);
    row(page, title);
    put_wrapped(page, names);
}

static hf_bytes body_of(hf_bytes message)
{
    return message.length < HEADER ? bytes_of(NULL, 0)
        : bytes_of(message.data + HEADER, message.length - HEADER);
}

bool hello_server_name(hf_bytes client_hello, hf_bytes *name)
{
    struct client_hello hello;
    struct extension extension;
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of_bytes(body_of(client_hello));
    TRY(client_hello_parse(&body, &hello, &ignored));
    hf_reader list = reader_of_bytes(hello.extensions);
    while (extension_next(&list, &extension, &ignored) == 1) {
        if (extension.type == EXT_SERVER_NAME) {
            return server_name_parse(&extension.body, name, &ignored);
        }
    }
    return false;
}

static void row_shares(const struct page *page, hf_reader *body, struct hf_error *error)
{
    hf_reader list;
    struct key_share share;
    if (!key_share_parse_client(body, &list, error)) {
        return;
    }
    row(page, "shares");
    bool first = true;
    while (key_share_next(&list, &share, error) == 1) {
        text_putf(page->text, "%s%s (%zu bytes)", first ? "" : ", ", group_name(share.group),
            share.key_exchange.length);
        first = false;
    }
    text_put(page->text, first ? "none: asks the server to name a group\n"
        : ", public halves of keys made for this handshake alone\n");
}

static void row_alpn(const struct page *page, const char *title, hf_bytes list)
{
    hf_reader r = reader_of_bytes(list);
    hf_bytes name;
    bool first = true;
    row(page, title);
    while (read_vector8(&r, &name)) {
        text_put(page->text, first ? "" : ", ");
        text_put_safe(page->text, (const char *)name.data, name.length);
        first = false;
    }
    text_put(page->text, "\n");
}

static void describe_offer(const struct page *page, struct extension *extension,
    struct hf_error *error)
{
    hf_bytes bytes;
    switch (extension->type) {
    case EXT_SUPPORTED_VERSIONS:
        if (supported_versions_parse_client(&extension->body, &bytes, error)) {
            row_codes(page, "versions", bytes, version_name);
        }
        break;
    case EXT_SUPPORTED_GROUPS:
        if (code_list_parse(&extension->body, "groups", &bytes, error)) {
            row_codes(page, "groups", bytes, group_name);
        }
        break;
    case EXT_SIGNATURE_ALGORITHMS:
        if (code_list_parse(&extension->body, "schemes", &bytes, error)) {
            row_codes(page, "signs", bytes, scheme_name);
        }
        break;
    case EXT_KEY_SHARE:
        row_shares(page, &extension->body, error);
        break;
    case EXT_SERVER_NAME:
        if (server_name_parse(&extension->body, &bytes, error)) {
            row_safe(page, "name", bytes, " (SNI: anyone on the path can read it)");
        }
        break;
    case EXT_ALPN:
        if (alpn_parse(&extension->body, &bytes, error)) {
            row_alpn(page, "alpn", bytes);
        }
        break;
    default:
        break;
    }
}

static void describe_client_hello(const struct page *page, hf_bytes message)
{
    struct client_hello hello;
    struct extension extension;
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of_bytes(body_of(message));
    if (!client_hello_parse(&body, &hello, &ignored)) {
        return;
    }
    row_codes(page, "suites", hello.cipher_suites, suite_name);
    hf_reader list = reader_of_bytes(hello.extensions);
    while (extension_next(&list, &extension, &ignored) == 1) {
        describe_offer(page, &extension, &ignored);
    }
}

static void describe_server_hello(const struct page *page, hf_bytes message)
{
    struct server_hello hello;
    struct extension extension;
    struct key_share share = { 0 };
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of_bytes(body_of(message));
    if (!server_hello_parse(&body, &hello, &ignored)) {
        return;
    }
    uint16_t version = hello.legacy_version;
    uint16_t group = 0;
    bool has_cookie = false;
    hf_reader list = reader_of_bytes(hello.extensions);
    while (extension_next(&list, &extension, &ignored) == 1) {
        if (extension.type == EXT_SUPPORTED_VERSIONS) {
            (void)supported_versions_parse_server(&extension.body, &version, &ignored);
        } else if (extension.type == EXT_KEY_SHARE && hello.is_retry) {
            (void)key_share_parse_retry(&extension.body, &group, &ignored);
        } else if (extension.type == EXT_KEY_SHARE) {
            (void)key_share_parse_server(&extension.body, &share, &ignored);
            group = share.group;
        } else if (extension.type == EXT_COOKIE) {
            has_cookie = true;
        }
    }
    row(page, hello.is_retry ? "asks" : "chooses");
    text_putf(page->text, "%s, %s%s%s%s\n", version_name(version), suite_name(hello.cipher_suite),
        group == 0 ? "" : ", ", group == 0 ? "" : group_name(group),
        has_cookie ? ", with a cookie to send back" : "");
    row_words(page, "learnt", hello.is_retry
        ? "the first hello had no share that the server can use: the client starts again"
        : "both sides can compute the shared secret: all that follows is encrypted");
}

static void describe_encrypted_extensions(const struct page *page, hf_bytes message)
{
    hf_bytes block;
    struct extension extension;
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of_bytes(body_of(message));
    if (!encrypted_extensions_parse(&body, &block, &ignored)) {
        return;
    }
    bool any = false;
    hf_reader list = reader_of_bytes(block);
    while (extension_next(&list, &extension, &ignored) == 1) {
        hf_bytes protocol;
        any = true;
        if (extension.type == EXT_ALPN && alpn_parse_answer(&extension.body, &protocol, &ignored)) {
            row_safe(page, "alpn", protocol, " is chosen");
        } else {
            row_words(page, "answers", extension_name(extension.type));
        }
    }
    if (!any) {
        row_words(page, "says", "nothing more to agree");
    }
}

static void describe_request(const struct page *page, hf_bytes message)
{
    struct certificate_request request;
    struct extension extension;
    struct hf_error ignored;
    error_clear(&ignored);
    row_words(page, "asks", "for a certificate of the client");
    hf_reader body = reader_of_bytes(body_of(message));
    if (!certificate_request_parse(&body, &request, &ignored)) {
        return;
    }
    hf_reader list = reader_of_bytes(request.extensions);
    while (extension_next(&list, &extension, &ignored) == 1) {
        describe_offer(page, &extension, &ignored);
    }
}

static void describe_certificate(const struct page *page, hf_bytes message)
{
    struct certificate_message parsed;
    struct certificate_entry entry;
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of_bytes(body_of(message));
    if (!certificate_message_parse(&body, &parsed, &ignored)) {
        return;
    }
    hf_reader list = reader_of_bytes(parsed.list);
    unsigned index = 0;
    while (certificate_entry_next(&list, &entry, &ignored) == 1) {
        char title[16];
        (void)snprintf(title, sizeof title, "[%u]", index++);
        row(page, title);
        certificate_words(page->text, entry.der);
        text_put(page->text, "\n");
    }
    if (index == 0) {
        row_words(page, "says", "no certificate");
    }
}

static void describe_ticket(const struct page *page, hf_bytes message)
{
    struct new_session_ticket ticket;
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of_bytes(body_of(message));
    if (new_session_ticket_parse(&body, &ticket, &ignored)) {
        row(page, "gives");
        text_putf(page->text, "a ticket of %zu bytes to resume with, for %u s\n",
            ticket.ticket.length,
            ticket.lifetime_s);
    }
}

static void describe_verify(const struct page *page, hf_bytes message, bool by_server)
{
    struct certificate_verify verify;
    struct hf_error ignored;
    error_clear(&ignored);
    hf_reader body = reader_of_bytes(body_of(message));
    if (certificate_verify_parse(&body, &verify, &ignored)) {
        row(page, "proves");
        text_putf(page->text,
            "with %s over all that was said that the %s holds the certificate's key\n",
            scheme_name(verify.scheme), by_server ? "server" : "client");
    }
}

void describe_message(struct text *text, const hf_event *event, const char *indent)
{
    struct page page = { text, indent };
    hf_bytes message = bytes_of(event->of.message.bytes, event->of.message.length);
    switch (event->of.message.handshake_type) {
    case TYPE_CLIENT_HELLO:
        describe_client_hello(&page, message);
        break;
    case TYPE_SERVER_HELLO:
        describe_server_hello(&page, message);
        break;
    case TYPE_ENCRYPTED_EXTENSIONS:
        describe_encrypted_extensions(&page, message);
        break;
    case TYPE_CERTIFICATE_REQUEST:
        describe_request(&page, message);
        break;
    case TYPE_CERTIFICATE:
        describe_certificate(&page, message);
        break;
    case TYPE_CERTIFICATE_VERIFY:
        describe_verify(&page, message, event->by_server);
        break;
    case TYPE_FINISHED:
        row_words(&page, "proves", "with a MAC that both saw the same handshake, byte for byte");
        break;
    case TYPE_NEW_SESSION_TICKET:
        describe_ticket(&page, message);
        break;
    case TYPE_KEY_UPDATE:
        row_words(&page, "says", "the next records come under new keys");
        break;
    case 0xff:
        row_words(&page, "says", "nothing: it only calms middleboxes that expect TLS 1.2");
        break;
    default:
        break;
    }
}
