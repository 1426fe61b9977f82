/* What the trace of a connection told, and the runner's expectations of it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ct.h"
#include "conn/connection.h"
#include "shim.h"
#include "wire/codepoints.h"
#include "wire/extensions.h"
#include "wire/hello.h"
#include "wire/messages.h"
#include "wire/messages12.h"
#include "x509/pem.h"

/* Where the length of a ServerHello's session ID stands: behind version and random. */
enum { SESSION_ID_AT = MESSAGE_HEADER + 2 + HELLO_RANDOM };

/* ---- What is seen ---- */

static void keep(struct seen_bytes *bytes, const uint8_t *data, size_t length)
{
    bytes->length = length < SEEN_MAX ? length : SEEN_MAX;
    memcpy(bytes->data, data, bytes->length);
}

static void add_line(struct seen *seen, bool sent, const char *words, int first, int second)
{
    text_append(seen->trace, sizeof seen->trace, "%s %s", sent ? "write" : "read", words);
    if (first >= 0) {
        text_append(seen->trace, sizeof seen->trace, " %d", first);
    }
    if (second >= 0) {
        text_append(seen->trace, sizeof seen->trace, " %d", second);
    }
    text_append(seen->trace, sizeof seen->trace, "\n");
}

/* In TLS 1.2 it has no extensions; the list of schemes stands behind a length of 16 bits, as in the
 * extension. RFC 5246, 7.4.4. */
static void see_request12(struct seen *seen, const uint8_t *bytes, size_t length)
{
    hf_reader body = reader_of(bytes + MESSAGE_HEADER, length - MESSAGE_HEADER);
    struct certificate_request12 request;
    if (certificate_request12_parse(&body, &request, NULL)) {
        keep(&seen->certificate_types, request.types.data, request.types.length);
        keep(&seen->schemes, request.schemes.data - 2, request.schemes.length + 2);
        keep(&seen->authorities, request.authorities.data - 2, request.authorities.length + 2);
    }
}

static void see_message(struct seen *seen, bool is12, const hf_event *event)
{
    uint8_t type = event->of.message.handshake_type;
    const uint8_t *bytes = event->of.message.bytes;
    size_t length = event->of.message.length;
    add_line(seen, event->sent, type == 0xff ? "ccs" : "hs", type == 0xff ? -1 : type, -1);
    if (type == TYPE_CERTIFICATE_VERIFY && !event->sent && length >= MESSAGE_HEADER + 2) {
        seen->peer_scheme = (unsigned)(bytes[4] << 8 | bytes[5]);
    }
    if (type == TYPE_CERTIFICATE_REQUEST && !event->sent && is12) {
        see_request12(seen, bytes, length);
    }
    if (type == TYPE_SERVER_HELLO && length > SESSION_ID_AT) {
        seen->session_id = bytes[SESSION_ID_AT] > 0;
    }
}

static void see_extension(struct seen *seen, const hf_event *event)
{
    const uint8_t *bytes = event->of.extension.bytes;
    size_t length = event->of.extension.length;
    if (event->sent) {
        return;
    }
    switch (event->of.extension.extension_type) {
    case EXT_SIGNATURE_ALGORITHMS: keep(&seen->schemes, bytes, length); break;
    case EXT_CERTIFICATE_AUTHORITIES: keep(&seen->authorities, bytes, length); break;
    case EXT_ALPN: keep(&seen->protocols, bytes, length); break;
    case EXT_SERVER_NAME: seen->server_name_sent = true; break;
    default: break;
    }
}

/* The runner's OCSP responses are a few bytes that no identity would take: they are put past that
 * check, to be stapled if the client asks. */
static void put_staple(const struct exchange *x, struct hf_connection *c, const hf_event *event)
{
    const struct options *o = x->options;
    const struct blob *response = &o->credentials[0].ocsp_response;
    if (o->server && event->of.message.handshake_type == TYPE_CLIENT_HELLO &&
        response->length > 0 && !o->decline_ocsp_callback) {
        c->hs->looked_for_staple = true;
        c->hs->staple = bytes_of(response->data, response->length);
    }
}

void seen_event(void *user, hf_connection *connection, const hf_event *event)
{
    struct exchange *x = user;
    struct seen *seen = &x->seen;
    switch (event->type) {
    case HF_EVENT_MESSAGE:
        see_message(seen, is_tls12(connection), event);
        put_staple(x, connection, event);
        break;
    case HF_EVENT_EXTENSION:
        see_extension(seen, event);
        break;
    case HF_EVENT_ALERT:
        add_line(seen, event->sent, "alert", event->of.alert.fatal ? ALERT_FATAL : ALERT_WARNING,
            event->of.alert.description);
        break;
    case HF_EVENT_RECORD: case HF_EVENT_STATE: case HF_EVENT_KEYS: case HF_EVENT_CHECK:
    case HF_EVENT_OPERATION: case HF_EVENT_ERROR:
        break;
    }
}

/* ---- What is expected ---- */

static bool expect(bool holds, const char *format, ...) PRINTF_LIKE(2, 3);
static bool expect(bool holds, const char *format, ...)
{
    if (!holds) {
        va_list list;
        va_start(list, format);
        (void)fputs("not as expected: ", stderr);
        (void)vfprintf(stderr, format, list);
        (void)fputc('\n', stderr);
        va_end(list);
    }
    return holds;
}

static const char *or_none(const char *text)
{
    return text != NULL ? text : "none";
}

static bool expect_text(const char *what, const char *got, const char *wanted)
{
    return expect(strcmp(or_none(got), or_none(wanted)) == 0, "%s is %s, not %s", what,
        or_none(got), or_none(wanted));
}

static bool expect_bytes(const char *what, hf_bytes got, hf_bytes wanted)
{
    return expect(bytes_equal_public(got, wanted), "%s is not the one expected (%zu bytes)", what,
        got.length);
}

static hf_bytes bytes_of_blob(const struct blob *blob)
{
    return bytes_of(blob->data, blob->length);
}

/* The body of an extension of 16-bit codes behind a 16-bit length. */
static bool expect_codes(const char *what, const struct seen_bytes *got,
    const struct numbers *wanted)
{
    bool same = got->length == 2 + 2 * wanted->count;
    for (size_t i = 0; same && i < wanted->count; i++) {
        same = (unsigned)(got->data[2 + 2 * i] << 8 | got->data[3 + 2 * i]) == wanted->values[i];
    }
    return expect(same, "%s is another list (%zu bytes)", what, got->length);
}

static bool check_agreed(const struct options *o, const hf_facts *facts)
{
    bool ok = o->expect_version == 0 ||
        expect_text("the version", facts->version, version_name((uint16_t)o->expect_version));
    ok &= o->expect_cipher == 0 ||
        expect_text("the suite", facts->suite, suite_name((uint16_t)o->expect_cipher));
    ok &= o->expect_cipher_aes == 0 ||
        expect_text("the suite", facts->suite, suite_name((uint16_t)o->expect_cipher_aes));
    ok &= o->expect_curve_id == 0 ||
        expect_text("the group", facts->group, group_name((uint16_t)o->expect_curve_id));
    ok &= expect(!o->expect_hrr || facts->hello_retry, "no HelloRetryRequest came");
    ok &= expect(!o->expect_no_hrr || !facts->hello_retry, "a HelloRetryRequest came");
    ok &= expect(!o->expect_extended_master_secret || facts->extended_master_secret,
        "no extended master secret");
    return ok;
}

static bool check_names(const struct exchange *x, const hf_facts *facts)
{
    const struct options *o = x->options;
    const char *protocol = o->server ? o->select_alpn : o->expect_alpn;
    bool ok = expect_text("the application protocol", facts->alpn, protocol);
    ok &= o->expect_server_name == NULL ||
        expect_text("the server name", facts->server_name, o->expect_server_name);
    ok &= expect(!o->expect_no_server_name || !x->seen.server_name_sent, "a server name came");
    if (o->expect_advertised_alpn != NULL) {
        uint8_t list[256] = { 0 };
        size_t length = strlen(o->expect_advertised_alpn);
        list[1] = (uint8_t)length;
        memcpy(list + 2, o->expect_advertised_alpn, length);
        ok &= expect_bytes("the client's list of protocols",
            bytes_of(x->seen.protocols.data, x->seen.protocols.length), bytes_of(list, 2 + length));
    }
    return ok;
}

/* The chain in a PEM file is the one that came. */
static bool check_chain(const struct exchange *x)
{
    uint8_t text[65536];
    uint8_t der[16384];
    FILE *file = fopen(x->options->expect_peer_cert_file, "rb");
    size_t size = file != NULL ? fread(text, 1, sizeof text, file) : 0;
    hf_reader r = reader_of(text, size);
    hf_bytes label;
    size_t length;
    size_t count = 0;
    bool same = true;
    if (file != NULL) {
        (void)fclose(file);
    }
    while (pem_next(&r, &label, der, sizeof der, &length, NULL) == 1) {
        size_t got_length;
        const uint8_t *got = hf_peer_certificate(x->connection, count++, &got_length);
        same &= got != NULL &&
            bytes_equal_public(bytes_of(got, got_length), bytes_of(der, length));
    }
    same &= count > 0 && hf_peer_certificate(x->connection, count, &length) == NULL;
    return expect(same, "another chain came");
}

/* Names in hex, comma between, are the body of certificate_authorities. */
static bool check_authorities(const struct seen *seen, const char *names)
{
    char text[4096] = "";
    hf_reader list = reader_of(seen->authorities.data, seen->authorities.length);
    hf_bytes contents;
    hf_bytes name;
    bool whole = read_vector16(&list, &contents);
    list = reader_of_bytes(contents);
    while (whole && read_vector16(&list, &name)) {
        text_append(text, sizeof text, "%s", text[0] != '\0' ? "," : "");
        for (size_t i = 0; i < name.length; i++) {
            text_append(text, sizeof text, "%02x", name.data[i]);
        }
    }
    return expect_text("the list of CAs", text, strcmp(names, "<EMPTY>") == 0 ? "" : names);
}

static bool check_peer(const struct exchange *x, const hf_facts *facts)
{
    const struct options *o = x->options;
    const struct seen *seen = &x->seen;
    size_t length;
    bool came = hf_peer_certificate(x->connection, 0, &length) != NULL;
    bool wanted = !o->server || o->require_any_client_certificate;
    bool ok = expect(!o->expect_no_peer_cert || !came, "a certificate came");
    ok &= expect(o->expect_no_peer_cert || !wanted || came, "no certificate came");
    if (o->expect_peer_signature_algorithm != 0 && !facts->resumed) {
        ok &= expect_text("the peer's signature",
            seen->peer_scheme != 0 ? scheme_name((uint16_t)seen->peer_scheme) : facts->signature,
            scheme_name((uint16_t)o->expect_peer_signature_algorithm));
    }
    ok &= o->expect_peer_verify_pref.count == 0 ||
        expect_codes("signature_algorithms", &seen->schemes, &o->expect_peer_verify_pref);
    ok &= o->expect_peer_cert_file == NULL || check_chain(x);
    ok &= expect(!o->expect_verify_result || x->resumes || seen->verified == came,
        "the certificate was %sverified", seen->verified ? "" : "not ");
    const uint8_t *staple = hf_peer_staple(x->connection, &length);
    ok &= o->expect_ocsp_response.length == 0 || facts->resumed || expect_bytes("the OCSP response",
        bytes_of(staple, length), bytes_of_blob(&o->expect_ocsp_response));
    const uint8_t *timestamps = hf_peer_sct(x->connection, &length);
    ok &= o->expect_signed_cert_timestamps.length == 0 || facts->resumed ||
        expect_bytes("the list of timestamps", bytes_of(timestamps, length),
            bytes_of_blob(&o->expect_signed_cert_timestamps));
    ok &= o->expect_client_ca_list == NULL || check_authorities(seen, o->expect_client_ca_list);
    ok &= o->expect_certificate_types.length == 0 || expect_bytes("certificate_types",
        bytes_of(seen->certificate_types.data, seen->certificate_types.length),
        bytes_of_blob(&o->expect_certificate_types));
    return ok;
}

static bool check_session(const struct exchange *x, const hf_facts *facts)
{
    const struct options *o = x->options;
    const struct seen *seen = &x->seen;
    bool wanted = x->resumes && !o->expect_session_miss;
    bool is12 = is_tls12(x->connection); /* TLS 1.3 echoes what the client sent */
    bool ok = expect(facts->resumed == wanted, "the session was %sresumed (%s)",
        facts->resumed ? "" : "not ", or_none(facts->resumption));
    ok &= expect(x->resumes || !o->expect_session_id || seen->session_id, "no session ID");
    ok &= expect(x->resumes || !is12 || !o->expect_no_session_id || !seen->session_id,
        "a session ID");
    return ok;
}

bool check_handshake(const struct exchange *x)
{
    hf_facts facts;
    hf_connection_facts(x->connection, &facts);
    bool ok = check_agreed(x->options, &facts);
    ok &= check_names(x, &facts);
    ok &= check_peer(x, &facts);
    ok &= check_session(x, &facts);
    return ok;
}

bool check_end(const struct exchange *x)
{
    const struct options *o = x->options;
    hf_facts facts;
    hf_connection_facts(x->connection, &facts);
    bool ok = o->expect_msg_callback == NULL ||
        expect_text("the trace", x->seen.trace, o->expect_msg_callback);
    bool is13 = facts.version != NULL && strcmp(facts.version, "TLS 1.3") == 0;
    bool granted = !o->expect_no_session &&
        (is13 || !facts.resumed || o->expect_ticket_renewal) && facts.extended_master_secret;
    if (!o->server && !o->send_alert && !(is13 && o->shim_shuts_down)) {
        ok &= expect(x->seen.session == granted, "the server gave %s session",
            x->seen.session ? "a" : "no");
    }
    return ok;
}
