/* The messages that TLS 1.2 has otherwise than 1.3, in words: see describe.h. RFC 5246, 7.4; RFC
 * 8422, 5; RFC 5077, 3.3; RFC 6066, 8. */
#include "observe/describe_parts.h"
#include "wire/codepoints.h"
#include "wire/messages12.h"

static void describe_certificate(const struct page *page, hf_reader *body)
{
    hf_bytes contents;
    hf_bytes der;
    unsigned index = 0;
    if (!certificate12_parse(body, &contents, NULL)) {
        return;
    }
    hf_reader list = reader_of_bytes(contents);
    for (; certificate12_next(&list, &der, NULL) == 1; index++) {
        row_certificate(page, index, der);
    }
    if (index == 0) {
        row_words(page, "says", "no certificate");
    }
}

static void describe_status(const struct page *page, hf_reader *body)
{
    hf_bytes response;
    if (status_parse(body, &response, NULL)) {
        row_format(page, "staples", "an OCSP answer of %zu bytes on certificate 0",
            response.length);
    }
}

static unsigned bits_of(hf_bytes number)
{
    size_t i = 0;
    while (i < number.length && number.data[i] == 0) {
        i++;
    }
    unsigned bits = (unsigned)(number.length - i) * 8;
    for (unsigned top = 0x80; i < number.length && (number.data[i] & top) == 0; top >>= 1) {
        bits--;
    }
    return bits;
}

static void describe_server_key(const struct page *page, hf_reader *body, enum key_exchange kx)
{
    struct server_key_exchange message;
    if (kx == KX_ECDHE && server_key_exchange_parse_ecdhe(body, &message, NULL)) {
        row_format(page, "share",
            "%s (%zu bytes), the public half of a key made for this handshake alone",
            group_name(message.of.ecdhe.group), message.of.ecdhe.point.length);
    } else if (kx == KX_DHE && server_key_exchange_parse_dhe(body, &message, NULL)) {
        row_format(page, "share", "finite field with a prime of %u bits, the public half of a key "
            "made for this handshake alone", bits_of(message.of.dhe.p));
    } else {
        return;
    }
    row_format(page, "proves", "with %s over it and both randoms that the server holds the "
        "certificate's key", scheme_name(message.signature.scheme));
}

static void describe_request(const struct page *page, hf_reader *body)
{
    struct certificate_request12 request;
    char types[LIST_TEXT] = "";
    row_words(page, "asks", "for a certificate of the client");
    if (!certificate_request12_parse(body, &request, NULL)) {
        return;
    }
    for (size_t i = 0; i < request.types.length; i++) {
        text_append(types, sizeof types, "%s%s", i == 0 ? "" : ", ",
            client_certificate_type_name(request.types.data[i]));
    }
    row_words(page, "types", types);
    row_codes(page, "signs", request.schemes, scheme_name);
    row_authorities(page, request.authorities);
}

static void describe_client_key(const struct page *page, hf_reader *body, enum key_exchange kx)
{
    hf_bytes bytes;
    if (kx == KX_RSA && client_key_exchange_parse_rsa(body, &bytes, NULL)) {
        row_format(page, "sends", "the secret, encrypted for the certificate's key (%zu bytes)",
            bytes.length);
        return;
    }
    if ((kx == KX_ECDHE && client_key_exchange_parse_ecdhe(body, &bytes, NULL))
        || (kx == KX_DHE && client_key_exchange_parse_dhe(body, &bytes, NULL))) {
        row_format(page, "share",
            "%zu bytes, the public half of a key made for this handshake alone", bytes.length);
        row_words(page, "learnt", "both sides can compute the shared secret");
    }
}

static void describe_ticket(const struct page *page, hf_reader *body)
{
    struct new_session_ticket12 ticket;
    if (!new_session_ticket12_parse(body, &ticket, NULL)) {
        return;
    }
    if (ticket.ticket.length == 0) {
        row_words(page, "gives", "no ticket after all");
        return;
    }
    if (ticket.lifetime_hint_s == 0) {
        row_format(page, "gives", "a ticket of %zu bytes to resume with", ticket.ticket.length);
    } else {
        row_format(page, "gives", "a ticket of %zu bytes to resume with, for %u s",
            ticket.ticket.length, ticket.lifetime_hint_s);
    }
}

bool describe12(const struct page *page, uint8_t type, hf_bytes message,
    const struct agreed *agreed)
{
    hf_reader body = message_body(message);
    switch (type) {
    case TYPE_HELLO_REQUEST:
        row_words(page, "asks", "for a new handshake within this one");
        return true;
    case TYPE_CERTIFICATE:
        describe_certificate(page, &body);
        return true;
    case TYPE_CERTIFICATE_STATUS:
        describe_status(page, &body);
        return true;
    case TYPE_SERVER_KEY_EXCHANGE:
        describe_server_key(page, &body, agreed->suite->kx);
        return true;
    case TYPE_CERTIFICATE_REQUEST:
        describe_request(page, &body);
        return true;
    case TYPE_SERVER_HELLO_DONE:
        row_words(page, "says", "that it has said all: it is the client's turn");
        return true;
    case TYPE_CLIENT_KEY_EXCHANGE:
        describe_client_key(page, &body, agreed->suite->kx);
        return true;
    case TYPE_NEW_SESSION_TICKET:
        describe_ticket(page, &body);
        return true;
    case 0xff:
        row_words(page, "says", "that the next records are encrypted under the new keys");
        return true;
    default:
        return false;
    }
}
