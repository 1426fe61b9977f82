/* The server's hellos: ClientHello in, the choice, HelloRetryRequest out (RFC 9846, 4.2). */
#include <string.h>

#include "handshake/cookie.h"
#include "handshake/extensions.h"
#include "handshake/handlers.h"

static bool on_client_hello(struct hf_connection *c);

/* RFC 9846, Appendix A.2: the part before the version is known. */
static const struct edge rows[] = {
    { START, RECV, CLIENT_HELLO, on_client_hello, NULL, 0, RECVD_CH },
};
const struct table hello_server_table = { rows, sizeof rows / sizeof *rows };

/* Whether an extension may differ in the second ClientHello (RFC 9846, 4.2.2). */
static bool may_change(uint16_t type)
{
    return type == EXT_KEY_SHARE || type == EXT_COOKIE || type == EXT_EARLY_DATA ||
        type == EXT_PRE_SHARED_KEY || type == EXT_PADDING;
}

/* The next extension of a hello that must not change; false: no more. */
static bool next_fixed(hf_reader *list, struct extension *extension)
{
    while (extension_next(list, extension, NULL) == 1) {
        if (!may_change(extension->type)) {
            return true;
        }
    }
    return false;
}

static bool same_extensions(hf_bytes first, hf_bytes second, uint16_t *type)
{
    hf_reader a = reader_of_bytes(first);
    hf_reader b = reader_of_bytes(second);
    for (;;) {
        struct extension x = { 0 };
        struct extension y = { 0 };
        bool more = next_fixed(&a, &x);
        bool other = next_fixed(&b, &y);
        if (!more && !other) {
            return true;
        }
        *type = more ? x.type : y.type;
        if (more != other || x.type != y.type ||
            !bytes_equal_public(bytes_of(x.body.at, reader_left(&x.body)),
                bytes_of(y.body.at, reader_left(&y.body)))) {
            return false;
        }
    }
}

static bool has_extension(hf_bytes block, uint16_t type)
{
    hf_reader list = reader_of_bytes(block);
    struct extension extension;
    while (extension_next(&list, &extension, NULL) == 1) {
        if (extension.type == type) {
            return true;
        }
    }
    return false;
}

/* RFC 9846, 4.2.2: the second ClientHello is the first but for what HelloRetryRequest asked. */
static bool check_second(struct hf_connection *c, const struct client_hello *second)
{
    struct client_hello first;
    hf_reader r = reader_of_bytes(c->hs->hello1);
    TRY(client_hello_parse(&r, &first, &c->error));
    const char *field = !bytes_equal_public(first.random, second->random) ? "random"
        : !bytes_equal_public(first.session_id, second->session_id)       ? "legacy_session_id"
        : !bytes_equal_public(first.cipher_suites, second->cipher_suites) ? "cipher_suites"
                                                                          : NULL;
    if (field != NULL) {
        return fail_at(&c->error, ERR_changed_hello, field, SIZE_MAX, "%s changed", field);
    }
    uint16_t type = 0;
    if (!same_extensions(first.extensions, second->extensions, &type)) {
        return fail_at(&c->error, ERR_changed_hello, extension_name(type), SIZE_MAX,
            "the extension %s changed, went or came", extension_name(type));
    }
    if ((c->facts & FACT_PSK) != 0 && !has_extension(second->extensions, EXT_PRE_SHARED_KEY)) {
        return fail_at(&c->error, ERR_missing_extension, "pre_shared_key", SIZE_MAX,
            "the session was taken, and the second ClientHello comes without it");
    }
    return true;
}

/* What the answer and the key log need. */
static void keep_fields(struct hf_connection *c, const struct client_hello *hello)
{
    struct handshake *hs = c->hs;
    memcpy(hs->random, hello->random.data, HELLO_RANDOM);
    hs->session_id_length = hello->session_id.length;
    if (hello->session_id.length > 0) {
        memcpy(hs->session_id, hello->session_id.data, hello->session_id.length);
    }
    /* RFC 9846, E.4: it does no harm to who did not ask, and some clients wait for it */
    c->facts |= c->settings->compat || hello->session_id.length > 0 ? FACT_COMPAT : 0U;
}

/* RFC 9846, 4.2.2: exactly "no compression" in a 1.3 hello. */
static bool check_compression(struct hf_connection *c, hf_bytes methods)
{
    if (methods.length != 1 || methods.data[0] != 0) {
        return fail_at(&c->error, ERR_illegal_parameter, "legacy_compression_methods", SIZE_MAX,
            "compression is offered beside TLS 1.3");
    }
    return true;
}

/* What one hello offered, forgotten before the next. */
static void forget_offer(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    hs->offered = 0;
    c->skip_early = 0;
    hs->peer_versions = hs->peer_groups = hs->peer_shares = bytes_of(NULL, 0);
    hs->peer_schemes = hs->peer_protocols = bytes_of(NULL, 0);
    hs->peer_cookie = hs->peer_ticket = bytes_of(NULL, 0);
    hs->takes_ticket = hs->takes_psk = false;
    hs->peer_psks.count = 0;
    c->server_name[0] = '\0';
}

/* Keeps the first hello for the comparison with the second. */
static bool keep_first(struct hf_connection *c, hf_bytes body)
{
    uint8_t *copy = arena_take(&c->arena, body.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "a copy of ClientHello");
    }
    memcpy(copy, body.data, body.length);
    c->hs->hello1 = bytes_of(copy, body.length);
    return true;
}

/* Builds again the HelloRetryRequest that went before this connection was, and the transcript of
 * both: message_hash in the place of the first ClientHello (RFC 9846, 4.1). */
static bool rebuild_retry(struct hf_connection *c, const struct cookie *cookie)
{
    struct handshake *hs = c->hs;
    uint8_t buffer[MESSAGE_HEADER + 256 + COOKIE_MAX];
    hf_builder b = builder_of(buffer, sizeof buffer);
    build_u8(&b, TYPE_MESSAGE_HASH);
    build_vector24(&b, cookie->hello_hash);
    TRY(transcript_add(&hs->transcript, builder_bytes(&b)) ||
        fail_c(c, ERR_out_of_memory, "the transcript"));
    b = builder_of(buffer, sizeof buffer);
    build_u8(&b, TYPE_SERVER_HELLO);
    size_t mark = build_open(&b, 3);
    TRY(build_hello(c, hello_retry_random, IN_HRR, &b));
    build_close(&b, 3, mark);
    if (b.failed || !transcript_add(&hs->transcript, builder_bytes(&b))) {
        return fail_c(c, ERR_internal_error, "HelloRetryRequest cannot be built again");
    }
    return true;
}

/* RFC 9846, 4.3.2: with stateless retries the cookie must come back; in a fresh connection it
 * brings the state. Sets the group before choose_group looks at the share. */
static bool take_cookie(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    bool second = (c->facts & FACT_RETRIED) != 0;
    if (!s->stateless_retry || (!second && hs->peer_cookie.length == 0)) {
        return true;
    }
    struct cookie cookie;
    TRY(cookie_unseal(c, hs->peer_cookie, &cookie));
    hs->cookie_suite = suite_find(cookie.suite);
    if (second) {
        return cookie.group == c->group->id ||
            fail_at(&c->error, ERR_illegal_parameter, "cookie", SIZE_MAX, "it is another hello's");
    }
    c->facts |= FACT_RETRIED | FACT_RETRY | FACT_CCS_SENT;
    c->group = s->provider->group(cookie.group);
    if (hs->cookie_suite == NULL || c->group == NULL) {
        return fail_c(c, ERR_illegal_parameter, "the cookie's suite or group is not spoken here");
    }
    c->suite = hs->cookie_suite;
    c->hash = s->provider->hash(c->suite->hash);
    transcript_choose(&hs->transcript, c->hash);
    return rebuild_retry(c, &cookie);
}

/* RFC 9846, 4.2.3: the suite of HelloRetryRequest stays. */
static bool check_cookie_suite(struct hf_connection *c)
{
    if (c->hs->cookie_suite != NULL && c->hs->cookie_suite != c->suite) {
        return fail_at(&c->error, ERR_changed_hello, "cipher_suites", SIZE_MAX,
            "the second hello leads to %s, the first to %s", c->suite->name,
            c->hs->cookie_suite->name);
    }
    return true;
}

/* RFC 9846, 4.2.2. */
static bool choose13(struct hf_connection *c, hf_bytes body)
{
    struct handshake *hs = c->hs;
    bool second = (c->facts & FACT_RETRIED) != 0;
    TRY(check_compression(c, hs->hello.compression_methods));
    TRY(take_cookie(c));
    TRY(choose_suite(c) && check_cookie_suite(c));
    TRY(choose_group(c));
    TRY(choose_protocol(c));
    TRY((c->facts & FACT_RETRY) == 0 || second || keep_first(c, body));
    c->hash = c->settings->provider->hash(c->suite->hash);
    transcript_choose(&hs->transcript, c->hash);
    TRY(choose_psk(c));
    bool unsigned_flight = (c->facts & FACT_PSK) != 0 && !c->settings->strict_names;
    TRY(unsigned_flight || choose_identity(c));
    c->tables[1] = &server13_table;
    return true;
}

/* RFC 5246, 7.4.1.2 and 7.4.1.3. An old session decides the suite; what else there is to agree on
 * is agreed on anew. */
static bool choose12(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    if (memchr(hs->hello.compression_methods.data, 0, hs->hello.compression_methods.length) ==
        NULL) {
        return fail_at(&c->error, ERR_illegal_parameter, "compression_methods", SIZE_MAX,
            "the client does not take data without compression");
    }
    c->skip_early = 0;
    c->facts &= ~(unsigned)FACT_COMPAT;
    /* RFC 5746, 3.6: the suite value stands for the empty extension. */
    if (offers_suite(c, SCSV_EMPTY_RENEGOTIATION_INFO)) {
        extension_mark(c, EXT_RENEGOTIATION_INFO);
    }
    TRY(choose_protocol(c));
    TRY(find_session12(c));
    if ((c->facts & FACT_RESUMED) == 0) {
        TRY(choose_suite12(c));
    }
    c->hash = c->settings->provider->hash(c->suite->hash);
    if ((c->facts & (FACT_ASKED | FACT_RESUMED)) == FACT_ASKED) {
        transcript_keep(&hs->transcript); /* its CertificateVerify signs all messages */
    }
    transcript_choose(&hs->transcript, c->hash);
    c->tables[1] = &server12_table;
    return true;
}

static bool on_client_hello(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    hf_bytes body = bytes_of(c->in.at, reader_left(&c->in));
    bool second = (c->facts & FACT_RETRIED) != 0;
    TRY(client_hello_parse(&c->in, &hs->hello, &c->error));
    TRY(!second || check_second(c, &hs->hello));
    keep_fields(c, &hs->hello);
    forget_offer(c);
    TRY(extensions_read(c, IN_CH, hs->hello.extensions));
    TRY(choose_version(c));
    return is_tls12(c) ? choose12(c) : choose13(c, body);
}
