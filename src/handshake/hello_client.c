/* The client's hellos: ClientHello out, HelloRetryRequest and ServerHello in (RFC 9846, 4.2).
 * These rows serve every version; ServerHello chooses the table of what follows. */
#include <string.h>

#include "handshake/extensions.h"
#include "handshake/handlers.h"

static bool write_client_hello(struct hf_connection *c);
static bool on_hello_retry(struct hf_connection *c);
static bool on_server_hello(struct hf_connection *c);

/* RFC 9846, Appendix A.1: the part before the version is known. */
static const struct edge rows[] = {
    { START,   SEND, CHANGE_CIPHER_SPEC, write_ccs,          when_retried_ccs, 0, START },
    { START,   SEND, CLIENT_HELLO,       write_client_hello, NULL,             0, WAIT_SH },
    { WAIT_SH, RECV, HELLO_RETRY,        on_hello_retry,     when_first_hello, 0, START },
    { WAIT_SH, RECV, SERVER_HELLO,       on_server_hello,    NULL,             0, GOT_SH },
};
const struct table hello_client_table = { rows, sizeof rows / sizeof *rows };

/* RFC 8701, 2: 0x0A0A, 0x1A1A, … 0xFAFA. */
uint16_t grease_value(const struct handshake *hs, enum grease place)
{
    unsigned high = hs->grease[place] >> 4;
    if (place == GREASE_LAST_EXTENSION && high == hs->grease[GREASE_FIRST_EXTENSION] >> 4) {
        high ^= 1U;
    }
    unsigned byte = high << 4 | 0x0a;
    return (uint16_t)(byte << 8 | byte);
}

/* A share for `group` in the next free place. RFC 9846, 4.3.8. */
static bool add_share(struct hf_connection *c, const struct group *group)
{
    struct handshake *hs = c->hs;
    struct own_share *share = &hs->shares[hs->share_count];
    share->group = group;
    share->private_key = arena_take(&c->arena, group->private_size);
    share->share = arena_take(&c->arena, group->client_share_size);
    if (share->private_key == NULL || share->share == NULL) {
        return fail_c(c, ERR_out_of_memory, "a key share for %s", group->name);
    }
    if (!keyshare_take(group, &c->settings->provider->random, c->settings->keyshare_pool > 0,
            share->private_key, share->share)) {
        return fail_c(c, ERR_operation_failed, "no key share for %s could be made", group->name);
    }
    hs->share_count++;
    return true;
}

static bool make_first_offer(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    const struct random *random = &s->provider->random;
    struct handshake *hs = c->hs;
    /* RFC 9846, E.4: a session id, so that middleboxes take the handshake for a resumption. With a
       ticket of TLS 1.2 it tells whether the server resumes (RFC 5077, 3.4). */
    bool compat = s->compat && offers_tls13(c);
    bool old = hs->session != NULL && hs->session->version == VERSION_TLS12;
    hs->session_id_length = compat || old ? SESSION_ID_MAX : 0;
    if (!random->public_bytes(random->user, hs->random, sizeof hs->random) ||
        !random->public_bytes(random->user, hs->session_id, hs->session_id_length) ||
        !random->public_bytes(random->user, hs->grease, s->grease ? sizeof hs->grease : 0)) {
        return fail_c(c, ERR_operation_failed, "no random bytes for ClientHello");
    }
    c->facts |= compat ? FACT_COMPAT : 0U;
    if (old && hs->session->session_id.length > 0) {
        hs->session_id_length = hs->session->session_id.length;
        memcpy(hs->session_id, hs->session->session_id.data, hs->session_id_length);
    }
    for (size_t i = 0; i < s->share_count && i < s->group_count && offers_tls13(c); i++) {
        TRY(add_share(c, s->groups[i]));
    }
    return true;
}

/* RFC 9846, 4.2.2: the same hello again, but for the key share and the cookie. */
static bool make_second_offer(struct hf_connection *c)
{
    if (c->hs->retry_group != NULL) {
        c->hs->share_count = 0;
        return add_share(c, c->hs->retry_group);
    }
    return true;
}

static bool write_client_hello(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    TRY((c->facts & FACT_RETRIED) != 0 ? make_second_offer(c) : make_first_offer(c));
    uint8_t suites[2 * (SUITES_MAX + 2)];
    hf_builder list = builder_of(suites, sizeof suites);
    if (c->settings->grease) {
        build_u16(&list, grease_value(hs, GREASE_SUITE));
    }
    for (size_t i = 0; i < c->settings->suite_count; i++) {
        if (offers_version(c, c->settings->suites[i]->version)) {
            build_u16(&list, c->settings->suites[i]->id);
        }
    }
    if (c->fallback) { /* RFC 7507, 4 */
        build_u16(&list, SCSV_FALLBACK);
    }
    static const uint8_t no_compression[1] = { 0 };
    struct client_hello hello = {
        .legacy_version = VERSION_TLS12,
        .random = bytes_of(hs->random, sizeof hs->random),
        .session_id = bytes_of(hs->session_id, hs->session_id_length),
        .cipher_suites = builder_bytes(&list),
        .compression_methods = bytes_of(no_compression, sizeof no_compression),
    };
    client_hello_build(c->out, &hello);
    return extensions_write(c, IN_CH, c->out) && write_binder(c);
}

/* RFC 9846, 4.2.3: what ServerHello and HelloRetryRequest must echo. */
static bool check_echo(struct hf_connection *c, const struct server_hello *hello)
{
    const struct handshake *hs = c->hs;
    if (hello->legacy_version != VERSION_TLS12) {
        return fail_at(&c->error, ERR_wrong_version, "legacy_version", MESSAGE_HEADER,
            "%s beside supported_versions", version_name(hello->legacy_version));
    }
    if (!bytes_equal_public(hello->session_id, bytes_of(hs->session_id, hs->session_id_length))) {
        return fail_at(&c->error, ERR_illegal_parameter, "legacy_session_id_echo", 38,
            "the server did not echo our legacy_session_id");
    }
    if (hello->compression_method != 0) {
        return fail_at(&c->error, ERR_decode_error, "legacy_compression_method", SIZE_MAX,
            "compression method %u", hello->compression_method);
    }
    return true;
}

/* RFC 9846, 4.2.3: one of the suites that we offered, of the version, and the same after
 * HelloRetryRequest. */
static bool take_suite(struct hf_connection *c, uint16_t id)
{
    const struct settings *s = c->settings;
    const struct suite *suite = NULL;
    for (size_t i = 0; i < s->suite_count; i++) {
        bool same = s->suites[i]->id == id && s->suites[i]->version == c->version;
        suite = same ? s->suites[i] : suite;
    }
    if (suite == NULL || (c->suite != NULL && c->suite != suite)) {
        return fail_at(&c->error, ERR_wrong_suite, "cipher_suite", SIZE_MAX,
            "%s, which we did not %s",
            suite_name(id), suite == NULL ? "offer" : "get in HelloRetryRequest");
    }
    c->suite = suite;
    c->hash = s->provider->hash(suite->hash);
    if (is_tls12(c) && s->identity_count > 0) {
        transcript_keep(&c->hs->transcript); /* a CertificateVerify may come to be signed */
    }
    transcript_choose(&c->hs->transcript, c->hash);
    return true;
}

/* RFC 9846, 4.2.3: what a server of TLS 1.3 writes at the end of its random when it was made to
 * choose TLS 1.2 (01) or older (00). */
static bool is_downgrade(hf_bytes random)
{
    static const uint8_t sentinel[7] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };
    const uint8_t *tail = random.data + HELLO_RANDOM - 8;
    return bytes_equal_public(bytes_of(tail, sizeof sentinel),
               bytes_of(sentinel, sizeof sentinel)) &&
        tail[7] <= 1;
}

static bool refuse_version(struct hf_connection *c, uint16_t version, bool marked)
{
    (void)fail_at(&c->error, marked ? ERR_downgrade : ERR_wrong_version,
        marked ? "random" : "supported_versions", SIZE_MAX, "the server chose %s%s",
        version_name(version), marked ? ", but says that it speaks a newer one" : "");
    versions_text(c->settings, c->error.offered, sizeof c->error.offered);
    error_required(&c->error, "%s", version_name(version));
    return false;
}

/* RFC 9846, 4.3.1: a ServerHello without supported_versions is TLS 1.2's or older; looked at
 * before all else in the hello. A HelloRetryRequest is TLS 1.3's, and so is what follows it. */
static bool take_version(struct hf_connection *c, const struct server_hello *hello)
{
    hf_reader list = reader_within(&c->in, hello->extensions);
    struct extension extension;
    int more;
    c->version = hello->legacy_version;
    while ((more = extension_next(&list, &extension, &c->error)) == 1) {
        if (extension.type == EXT_SUPPORTED_VERSIONS && offers_tls13(c)) {
            c->version = VERSION_TLS13; /* on_version judges it, too */
            uint16_t version;
            TRY(!supported_versions_parse_server(&extension.body, &version, NULL) ||
                version == VERSION_TLS13 || fail_at(&c->error, ERR_illegal_parameter,
                "supported_versions", SIZE_MAX, "the server chose %s", version_name(version)));
        }
    }
    TRY(more == 0);
    if (c->version == VERSION_TLS13 && offers_tls13(c) && hello->legacy_version != VERSION_TLS13) {
        return true;
    }
    uint16_t version = hello->legacy_version;
    bool marked = offers_tls13(c) && is_downgrade(hello->random);
    bool spoken = version == VERSION_TLS12 && offers_version(c, VERSION_TLS12) &&
        !hello->is_retry && (c->facts & FACT_RETRIED) == 0;
    if (!spoken || marked) {
        c->version = 0;
        return refuse_version(c, version, marked);
    }
    return true;
}

static bool on_hello_retry(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    struct server_hello hello;
    TRY(server_hello_parse(&c->in, &hello, &c->error));
    TRY(take_version(c, &hello));
    TRY(check_echo(c, &hello));
    TRY(extensions_read(c, IN_HRR, hello.extensions));
    TRY(take_suite(c, hello.cipher_suite));
    if (hs->retry_group == NULL && hs->cookie.length == 0) {
        /* RFC 9846, 4.2.4 */
        return fail_c(c, ERR_useless_retry, "it names neither a group nor a cookie");
    }
    c->facts |= FACT_RETRIED;
    return true;
}

static bool on_server_hello12(struct hf_connection *c, const struct server_hello *hello)
{
    if (hello->compression_method != 0) {
        return fail_at(&c->error, ERR_illegal_parameter, "compression_method", SIZE_MAX,
            "compression method %u", hello->compression_method);
    }
    TRY(take_suite(c, hello->cipher_suite));
    TRY(extensions_read(c, IN_SH12, hello->extensions));
    memcpy(c->kept.tls12.client_random, c->hs->random, HELLO_RANDOM);
    memcpy(c->kept.tls12.server_random, hello->random.data, HELLO_RANDOM);
    TRY(take_session12(c, hello->session_id));
    c->facts |= c->suite->kx == KX_RSA ? FACT_RSA : 0U;
    c->tables[1] = &client12_table;
    return true;
}

static bool on_server_hello(struct hf_connection *c)
{
    struct handshake *hs = c->hs;
    struct server_hello hello;
    TRY(server_hello_parse(&c->in, &hello, &c->error));
    TRY(take_version(c, &hello));
    if (is_tls12(c)) {
        return on_server_hello12(c, &hello);
    }
    TRY(check_echo(c, &hello));
    TRY(extensions_read(c, IN_SH, hello.extensions));
    TRY(take_suite(c, hello.cipher_suite));
    TRY(check_psk(c));
    c->group = hs->peer_share_group;
    c->tables[1] = &client13_table;
    return true;
}
