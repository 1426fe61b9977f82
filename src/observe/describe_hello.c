/* The hellos in words, and what a ClientHello or a CertificateRequest offers: see describe.h. RFC
 * 9846, 4.2 and 4.3; RFC 5246, 7.4.1; RFC 5077. */
#include "observe/describe.h"
#include "observe/describe_parts.h"
#include "wire/codepoints.h"
#include "wire/resumption.h"

bool hello_server_name(hf_bytes client_hello, hf_bytes *name)
{
    struct client_hello hello;
    struct extension extension;
    hf_reader body = message_body(client_hello);
    TRY(client_hello_parse(&body, &hello, NULL));
    hf_reader list = reader_of_bytes(hello.extensions);
    while (extension_next(&list, &extension, NULL) == 1) {
        if (extension.type == EXT_SERVER_NAME) {
            return server_name_parse(&extension.body, name, NULL);
        }
    }
    return false;
}

static void row_shares(const struct page *page, hf_reader *body)
{
    hf_reader list;
    struct key_share share;
    if (!key_share_parse_client(body, &list, NULL)) {
        return;
    }
    row_begin(page, "shares");
    bool first = true;
    while (key_share_next(&list, &share, NULL) == 1) {
        text_putf(page->text, "%s%s (%zu bytes)", first ? "" : ", ", group_name(share.group),
            share.key_exchange.length);
        first = false;
    }
    text_put(page->text, first ? "none: asks the server to name a group\n"
        : ", public halves of keys made for this handshake alone\n");
}

static void row_alpn(const struct page *page, hf_bytes list)
{
    hf_reader r = reader_of_bytes(list);
    hf_bytes name;
    bool first = true;
    row_begin(page, "alpn");
    while (read_vector8(&r, &name)) {
        text_put(page->text, first ? "" : ", ");
        text_put_safe(page->text, (const char *)name.data, name.length);
        first = false;
    }
    text_put(page->text, "\n");
}

static void row_psks(const struct page *page, hf_reader *body)
{
    struct psk_offer offer;
    struct psk psk;
    if (!psk_offer_parse(body, &offer, NULL)) {
        return;
    }
    char sizes[LIST_TEXT / 2] = "";
    for (bool first = true; psk_offer_next(&offer, &psk); first = false) {
        text_append(sizes, sizeof sizes, "%s%zu", first ? "" : ", ", psk.identity.length);
    }
    row_format(page, "resumes", "with %s of %s bytes; a binder proves that the client has its key",
        offer.count == 1 ? "a ticket" : "one of the tickets", sizes);
}

static void row_ticket(const struct page *page, hf_bytes ticket)
{
    if (ticket.length == 0) {
        row_words(page, "asks", "for a ticket, should it come to TLS 1.2");
    } else {
        row_format(page, "resumes", "with a ticket of %zu bytes, in TLS 1.2", ticket.length);
    }
}

static void row_modes(const struct page *page, hf_reader *body)
{
    hf_bytes modes;
    char names[LIST_TEXT] = "";
    if (!psk_modes_parse(body, &modes, NULL)) {
        return;
    }
    for (size_t i = 0; i < modes.length; i++) {
        text_append(names, sizeof names, "%s%s", i == 0 ? "" : ", ", psk_mode_name(modes.data[i]));
    }
    row_words(page, "psk", names);
}

void describe_offer(const struct page *page, struct extension *extension)
{
    hf_bytes bytes;
    switch (extension->type) {
    case EXT_SUPPORTED_VERSIONS:
        if (supported_versions_parse_client(&extension->body, &bytes, NULL)) {
            row_codes(page, "versions", bytes, version_name);
        }
        break;
    case EXT_SUPPORTED_GROUPS:
        if (code_list_parse(&extension->body, "groups", &bytes, NULL)) {
            row_codes(page, "groups", bytes, group_name);
        }
        break;
    case EXT_SIGNATURE_ALGORITHMS:
        if (code_list_parse(&extension->body, "schemes", &bytes, NULL)) {
            row_codes(page, "signs", bytes, scheme_name);
        }
        break;
    case EXT_CERTIFICATE_AUTHORITIES:
        if (authorities_parse(&extension->body, &bytes, NULL)) {
            row_authorities(page, bytes);
        }
        break;
    case EXT_STATUS_REQUEST:
        row_words(page, "asks", "for an OCSP answer with the certificate");
        break;
    case EXT_SCT:
        row_words(page, "asks", "for the certificate's timestamps (SCT)");
        break;
    default:
        break;
    }
}

static void describe_client_offer(const struct page *page, struct extension *extension)
{
    hf_bytes bytes;
    switch (extension->type) {
    case EXT_KEY_SHARE:
        row_shares(page, &extension->body);
        break;
    case EXT_SERVER_NAME:
        if (server_name_parse(&extension->body, &bytes, NULL)) {
            row_safe(page, "name", bytes, " (SNI: anyone on the path can read it)");
        }
        break;
    case EXT_ALPN:
        if (alpn_parse(&extension->body, &bytes, NULL)) {
            row_alpn(page, bytes);
        }
        break;
    case EXT_PSK_KEY_EXCHANGE_MODES:
        row_modes(page, &extension->body);
        break;
    case EXT_PRE_SHARED_KEY:
        row_psks(page, &extension->body);
        break;
    case EXT_EARLY_DATA:
        row_words(page, "early", "data follows at once, under the ticket's key; others could send "
            "a copy of it again");
        break;
    case EXT_SESSION_TICKET:
        row_ticket(page, session_ticket_read(&extension->body));
        break;
    default:
        describe_offer(page, extension);
        break;
    }
}

/* RFC 7507, 2: the client says that it dialled down. */
static bool falls_back(hf_bytes suites)
{
    for (size_t i = 0; i + 1 < suites.length; i += 2) {
        if ((suites.data[i] << 8 | suites.data[i + 1]) == SCSV_FALLBACK) {
            return true;
        }
    }
    return false;
}

void describe_client_hello(const struct page *page, hf_bytes message)
{
    struct client_hello hello;
    struct extension extension;
    hf_reader body = message_body(message);
    if (!client_hello_parse(&body, &hello, NULL)) {
        return;
    }
    bool has_versions = false;
    bool has_ticket = false;
    row_codes(page, "suites", hello.cipher_suites, suite_name);
    hf_reader list = reader_of_bytes(hello.extensions);
    while (extension_next(&list, &extension, NULL) == 1) {
        has_versions = has_versions || extension.type == EXT_SUPPORTED_VERSIONS;
        has_ticket = has_ticket
            || (extension.type == EXT_SESSION_TICKET && !reader_done(&extension.body));
        describe_client_offer(page, &extension);
    }
    /* RFC 5246, 7.4.1.2: the highest that the client speaks. */
    if (!has_versions) {
        row_format(page, "versions", "%s or lower", version_name(hello.legacy_version));
    }
    /* RFC 5077, 3.4: beside a ticket the ID only asks to be sent back; in TLS 1.3 it means
     * nothing. */
    if (!has_versions && !has_ticket && hello.session_id.length > 0) {
        row_format(page, "resumes", "the session of an ID of %zu bytes, if the server knows it",
            hello.session_id.length);
    }
    if (falls_back(hello.cipher_suites)) {
        row_words(page, "says", "that a higher version failed before (TLS_FALLBACK_SCSV)");
    }
}

/* What a ServerHello or a HelloRetryRequest chose. */
struct choice {
    uint16_t version;
    uint16_t group;      /* 0: none */
    bool has_cookie;
    bool has_psk;
    uint16_t psk;
    char answers[LIST_TEXT]; /* the extensions of TLS 1.2 */
    hf_bytes protocol;
};

static void read_choice(struct choice *choice, const struct server_hello *hello,
    struct extension *extension)
{
    struct key_share share;
    switch (extension->type) {
    case EXT_SUPPORTED_VERSIONS:
        (void)supported_versions_parse_server(&extension->body, &choice->version, NULL);
        break;
    case EXT_KEY_SHARE:
        if (hello->is_retry) {
            (void)key_share_parse_retry(&extension->body, &choice->group, NULL);
        } else if (key_share_parse_server(&extension->body, &share, NULL)) {
            choice->group = share.group;
        }
        break;
    case EXT_COOKIE:
        choice->has_cookie = true;
        break;
    case EXT_PRE_SHARED_KEY:
        choice->has_psk = psk_choice_parse(&extension->body, &choice->psk, NULL);
        break;
    case EXT_ALPN:
        (void)alpn_parse_answer(&extension->body, &choice->protocol, NULL);
        break;
    default:
        text_append(choice->answers, sizeof choice->answers, "%s%s",
            choice->answers[0] == '\0' ? "" : ", ", extension_name(extension->type));
        break;
    }
}

static const char *learnt12(const struct agreed *agreed)
{
    if (agreed->resumed) {
        return "the session goes on: both sides have its secret, and no certificate is needed";
    }
    return agreed->suite->kx == KX_RSA
        ? "the client will send the secret, encrypted for the certificate's key: whoever gets that "
          "key, even years later, can read all that was recorded"
        : "the certificate and the key exchange follow in the clear: TLS 1.2 encrypts after "
          "ChangeCipherSpec";
}

void describe_server_hello(const struct page *page, hf_bytes message,
    const struct agreed *agreed)
{
    struct server_hello hello;
    struct extension extension;
    hf_reader body = message_body(message);
    if (!server_hello_parse(&body, &hello, NULL)) {
        return;
    }
    struct choice choice = { .version = hello.legacy_version };
    hf_reader list = reader_of_bytes(hello.extensions);
    while (extension_next(&list, &extension, NULL) == 1) {
        read_choice(&choice, &hello, &extension);
    }
    row_format(page, hello.is_retry ? "asks" : "chooses", "%s, %s%s%s%s",
        version_name(choice.version), suite_name(hello.cipher_suite),
        choice.group == 0 ? "" : ", ", choice.group == 0 ? "" : group_name(choice.group),
        choice.has_cookie ? ", with a cookie to send back" : "");
    if (choice.protocol.length > 0) {
        row_safe(page, "alpn", choice.protocol, " is chosen");
    }
    if (choice.answers[0] != '\0') {
        row_words(page, "answers", choice.answers);
    }
    if (choice.has_psk) {
        row_format(page, "resumes", "with ticket %u of the offer: no certificate is needed",
            choice.psk);
    }
    if (hello.is_retry) {
        row_words(page, "learnt",
            "the first hello had no share that the server can use: the client starts again");
    } else if (choice.version == VERSION_TLS12 && agreed->suite != NULL) {
        row_words(page, "learnt", learnt12(agreed));
    } else {
        row_words(page, "learnt",
            "both sides can compute the shared secret: all that follows is encrypted");
    }
}
