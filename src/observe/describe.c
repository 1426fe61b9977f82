/* Handshake messages in words: see describe.h. RFC 9846, 4.3 to 4.7. */
#include "observe/describe.h"

#include "observe/describe_parts.h"
#include "wire/codepoints.h"
#include "wire/resumption.h"

static void describe_encrypted_extensions(const struct page *page, hf_bytes message)
{
    hf_bytes block;
    struct extension extension;
    hf_reader body = message_body(message);
    if (!encrypted_extensions_parse(&body, &block, NULL)) {
        return;
    }
    char answers[LIST_TEXT] = "";
    hf_reader list = reader_of_bytes(block);
    while (extension_next(&list, &extension, NULL) == 1) {
        hf_bytes protocol;
        if (extension.type == EXT_ALPN && alpn_parse_answer(&extension.body, &protocol, NULL)) {
            row_safe(page, "alpn", protocol, " is chosen");
        } else {
            text_append(answers, sizeof answers, "%s%s", answers[0] == '\0' ? "" : ", ",
                extension_name(extension.type));
        }
    }
    if (answers[0] != '\0') {
        row_words(page, "answers", answers);
    } else if (block.length == 0) {
        row_words(page, "says", "nothing more to agree");
    }
}

static void describe_request(const struct page *page, hf_bytes message)
{
    struct certificate_request request;
    struct extension extension;
    row_words(page, "asks", "for a certificate of the client");
    hf_reader body = message_body(message);
    if (!certificate_request_parse(&body, &request, NULL)) {
        return;
    }
    hf_reader list = reader_of_bytes(request.extensions);
    while (extension_next(&list, &extension, NULL) == 1) {
        describe_offer(page, &extension);
    }
}

/* What came with a certificate (RFC 9846, 4.5.1.1). */
static void describe_entry(const struct page *page, hf_bytes extensions, unsigned index)
{
    struct extension extension;
    hf_reader list = reader_of_bytes(extensions);
    while (extension_next(&list, &extension, NULL) == 1) {
        hf_bytes bytes;
        if (extension.type == EXT_STATUS_REQUEST && status_parse(&extension.body, &bytes, NULL)) {
            row_format(page, "staples", "an OCSP answer of %zu bytes on certificate %u",
                bytes.length, index);
        } else if (extension.type == EXT_SCT && timestamps_parse(&extension.body, &bytes, NULL)) {
            row_format(page, "adds", "timestamps (SCT) of %zu bytes for certificate %u",
                bytes.length, index);
        }
    }
}

static void describe_certificate(const struct page *page, hf_bytes message)
{
    struct certificate_message parsed;
    struct certificate_entry entry;
    hf_reader body = message_body(message);
    if (!certificate_message_parse(&body, &parsed, NULL)) {
        return;
    }
    hf_reader list = reader_of_bytes(parsed.list);
    unsigned index = 0;
    for (; certificate_entry_next(&list, &entry, NULL) == 1; index++) {
        row_certificate(page, index, entry.der);
        describe_entry(page, entry.extensions, index);
    }
    if (index == 0) {
        row_words(page, "says", "no certificate");
    }
}

static void describe_ticket(const struct page *page, hf_bytes message)
{
    struct new_session_ticket ticket;
    struct extension extension;
    uint32_t early = 0;
    hf_reader body = message_body(message);
    if (!new_session_ticket_parse(&body, &ticket, NULL)) {
        return;
    }
    hf_reader list = reader_of_bytes(ticket.extensions);
    while (extension_next(&list, &extension, NULL) == 1) {
        if (extension.type == EXT_EARLY_DATA) {
            (void)early_data_limit_parse(&extension.body, &early, NULL);
        }
    }
    row_format(page, "gives", "a ticket of %zu bytes to resume with, for %u s",
        ticket.ticket.length, ticket.lifetime_s);
    if (early > 0) {
        row_format(page, "early", "up to %u bytes may be sent with it before the server answers",
            early);
    }
}

static void describe_verify(const struct page *page, hf_bytes message, bool by_server)
{
    struct certificate_verify verify;
    hf_reader body = message_body(message);
    if (certificate_verify_parse(&body, &verify, NULL)) {
        row_format(page, "proves",
            "with %s over all that was said that the %s holds the certificate's key",
            scheme_name(verify.scheme), by_server ? "server" : "client");
    }
}

static bool is_tls12(const struct agreed *agreed)
{
    return agreed->suite != NULL && agreed->suite->version == VERSION_TLS12;
}

void describe_message(struct text *text, const struct observed *observed, const char *indent)
{
    const hf_event *event = &observed->event;
    struct page page = { text, indent };
    hf_bytes message = bytes_of(event->of.message.bytes, event->of.message.length);
    uint8_t type = event->of.message.handshake_type;
    if (is_tls12(&observed->agreed) && describe12(&page, type, message, &observed->agreed)) {
        return;
    }
    switch (type) {
    case TYPE_CLIENT_HELLO:
        describe_client_hello(&page, message);
        break;
    case TYPE_SERVER_HELLO:
        describe_server_hello(&page, message, &observed->agreed);
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
    case TYPE_END_OF_EARLY_DATA:
        row_words(&page, "says", "that no more early data comes");
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
