/* Sessions: see session.h. RFC 9846, 2.2 and 4.7.1; RFC 5246, 7.3. Their form, big-endian:
 *   format (1), version, suite, group, scheme (2 each), flags (1: the extended master secret),
 *   created_ms, issued_ms (8 each), lifetime_s, age_add (4 each), verified_until (8), binding (32),
 *   then with a length of 1 byte before each: secret, server name, protocol, identity, session ID;
 *   the ticket with 2; the number of certificates (1), each with 3.
 * There is one form for each session: what parses is built again byte by byte. */
#include "session/session.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/ct.h"
#include "wire/codepoints.h"

enum { MASTER_SECRET = 48, SESSION_ID_MAX = 32, FLAG_EXTENDED_MASTER = 1,
    FIXED_SIZE = 1 + 4 * 2 + 1 + 2 * 8 + 2 * 4 + 8 + SESSION_BINDING + 5 * 1 + 2 + 1 };

/* What a callers' session takes at most. */
enum { SAVED_MAX = FIXED_SIZE + SESSION_SECRET_MAX + 3 * 255 + SESSION_ID_MAX + SESSION_TICKET_MAX +
    3 * CHAIN_MAX + CHAIN_BYTES_MAX };

/* ---- Form ---- */

static void build_u64(hf_builder *b, uint64_t value)
{
    build_u32(b, (uint32_t)(value >> 32));
    build_u32(b, (uint32_t)value);
}

static bool read_u64(hf_reader *r, uint64_t *value)
{
    uint32_t high = 0;
    uint32_t low = 0;
    TRY(read_u32(r, &high) && read_u32(r, &low));
    *value = (uint64_t)high << 32 | low;
    return true;
}

static void build_text(hf_builder *b, const char *text)
{
    build_vector8(b, bytes_of(text, strlen(text)));
}

static size_t session_size(const struct session *session)
{
    size_t size = FIXED_SIZE + session->secret_length + strlen(session->server_name) +
        strlen(session->alpn) + strlen(session->identity) + session->session_id.length +
        session->ticket.length;
    for (size_t i = 0; i < session->chain_count; i++) {
        size += 3 + session->chain[i].length;
    }
    return size;
}

void session_build(hf_builder *b, const struct session *session)
{
    assert(session->chain_count <= CHAIN_MAX && session->secret_length <= SESSION_SECRET_MAX);
    build_u8(b, SESSION_FORMAT);
    build_u16(b, session->version);
    build_u16(b, session->suite->id);
    build_u16(b, session->group);
    build_u16(b, session->scheme);
    build_u8(b, session->extended_master ? FLAG_EXTENDED_MASTER : 0);
    build_u64(b, session->created_ms);
    build_u64(b, session->issued_ms);
    build_u32(b, session->lifetime_s);
    build_u32(b, session->age_add);
    build_u64(b, (uint64_t)session->verified_until);
    build_bytes(b, bytes_of(session->binding, SESSION_BINDING));
    build_vector8(b, bytes_of(session->secret, session->secret_length));
    build_text(b, session->server_name);
    build_text(b, session->alpn);
    build_text(b, session->identity);
    build_vector8(b, session->session_id);
    build_vector16(b, session->ticket);
    build_u8(b, (uint8_t)session->chain_count);
    for (size_t i = 0; i < session->chain_count; i++) {
        build_vector24(b, session->chain[i]);
    }
}

static bool read_text(hf_reader *r, char *text)
{
    hf_bytes bytes;
    TRY(read_vector8(r, &bytes));
    if (bytes.length > 0) {
        TRY(memchr(bytes.data, '\0', bytes.length) == NULL);
        memcpy(text, bytes.data, bytes.length);
    }
    text[bytes.length] = '\0';
    return true;
}

static bool read_parameters(hf_reader *r, struct session *session)
{
    uint16_t suite = 0;
    uint8_t flags = 0;
    TRY(read_u16(r, &session->version) && read_u16(r, &suite) && read_u16(r, &session->group) &&
        read_u16(r, &session->scheme) && read_u8(r, &flags));
    TRY(session->version == VERSION_TLS12 || session->version == VERSION_TLS13);
    session->suite = suite_find(suite);
    TRY(session->suite != NULL && session->suite->version == session->version);
    session->extended_master = flags == FLAG_EXTENDED_MASTER;
    return flags == 0 || flags == FLAG_EXTENDED_MASTER;
}

/* Times end where a signed number does, so that sums of a time and a lifetime cannot wrap. */
static bool read_times(hf_reader *r, struct session *session)
{
    uint64_t until = 0;
    TRY(read_u64(r, &session->created_ms) && read_u64(r, &session->issued_ms) &&
        read_u32(r, &session->lifetime_s) && read_u32(r, &session->age_add) &&
        read_u64(r, &until));
    TRY(session->created_ms <= INT64_MAX && session->issued_ms <= INT64_MAX && until <= INT64_MAX);
    session->verified_until = (int64_t)until;
    return session->lifetime_s <= SESSION_LIFETIME_MAX_S;
}

static bool read_secrets(hf_reader *r, struct session *session)
{
    hf_bytes bytes;
    TRY(read_bytes(r, SESSION_BINDING, &bytes));
    memcpy(session->binding, bytes.data, SESSION_BINDING);
    TRY(read_vector8(r, &bytes));
    const struct hash *hash = provider_openssl.hash(session->suite->hash);
    /* RFC 9846, 4.7.1; RFC 5246, 8.1. */
    TRY(hash != NULL &&
        bytes.length == (session->version == VERSION_TLS13 ? hash->size : MASTER_SECRET));
    memcpy(session->secret, bytes.data, bytes.length);
    session->secret_length = bytes.length;
    return true;
}

static bool read_chain(hf_reader *r, struct session *session)
{
    uint8_t count = 0;
    size_t total = 0;
    TRY(read_u8(r, &count) && count <= CHAIN_MAX);
    session->chain_count = count;
    for (size_t i = 0; i < count; i++) {
        TRY(read_vector24(r, &session->chain[i]) && session->chain[i].length > 0);
        total += session->chain[i].length;
    }
    return total <= CHAIN_BYTES_MAX;
}

bool session_parse(hf_bytes bytes, struct session *session, struct hf_error *error)
{
    hf_reader r = reader_of_bytes(bytes);
    uint8_t format = 0;
    memset(session, 0, sizeof *session);
    if (!read_u8(&r, &format) || format != SESSION_FORMAT) {
        return fail(error, ERR_bad_session, "it does not begin with format %d", SESSION_FORMAT);
    }
    if (!read_parameters(&r, session) || !read_times(&r, session) ||
        !read_secrets(&r, session) || !read_text(&r, session->server_name) ||
        !read_text(&r, session->alpn) || !read_text(&r, session->identity) ||
        !read_vector8(&r, &session->session_id) || session->session_id.length > SESSION_ID_MAX ||
        !read_vector16(&r, &session->ticket) || !read_chain(&r, session) || !reader_done(&r)) {
        wipe(session, sizeof *session);
        return fail(error, ERR_bad_session, "wrong at byte %zu of %zu", reader_offset(&r),
            bytes.length);
    }
    return true;
}

/* ---- Whether it is used ---- */

const char *session_verdict_text(enum session_verdict verdict)
{
    static const char *const texts[SESSION_VERDICT_COUNT] = {
#define X(name, words) [SESSION_##name] = words,
        SESSION_VERDICTS(X)
#undef X
    };
    return (unsigned)verdict < SESSION_VERDICT_COUNT ? texts[verdict] : NULL;
}

static bool text_equal(const char *a, const char *b)
{
    return bytes_equal_public(bytes_of(a, strlen(a)), bytes_of(b, strlen(b)));
}

static bool is_listed(hf_bytes protocols, const char *alpn)
{
    hf_reader r = reader_of_bytes(protocols);
    hf_bytes name;
    while (read_vector8(&r, &name)) {
        if (bytes_equal_public(name, bytes_of(alpn, strlen(alpn)))) {
            return true;
        }
    }
    return false;
}

/* A resumed connection is to speak what the first one spoke: who asks for it by its protocol (a
 * pool of connections to one server) must not get another by resuming. */
static bool protocol_holds(const struct session *session, const struct session_demand *demand)
{
    if (demand->alpn != NULL) {
        return text_equal(session->alpn, demand->alpn);
    }
    return session->alpn[0] == '\0' || is_listed(demand->protocols, session->alpn);
}

/* RFC 9846, 4.7.1; RFC 5077, 5.6: a lifetime ends, and never grows by resuming. */
static enum session_verdict judge_time(const struct session *session, uint64_t now_ms)
{
    const uint64_t latest = now_ms + SESSION_SKEW_S * UINT64_C(1000);
    if (session->created_ms > latest || session->issued_ms > latest) {
        return SESSION_FROM_THE_FUTURE;
    }
    if (now_ms >= session->created_ms + session->lifetime_s * UINT64_C(1000)) {
        return SESSION_EXPIRED;
    }
    if (session->verified_until != 0 && now_ms / 1000 > (uint64_t)session->verified_until) {
        return SESSION_CERTIFICATE_EXPIRED;
    }
    return SESSION_USABLE;
}

enum session_verdict session_judge(const struct session *session,
    const struct session_demand *demand)
{
    if (demand->version != 0 && session->version != demand->version) {
        return SESSION_OTHER_VERSION;
    }
    /* RFC 7627, 5.3: without it two connections can be made to share their secrets. */
    if (session->version == VERSION_TLS12 && !session->extended_master) {
        return SESSION_NO_EXTENDED_MASTER;
    }
    /* RFC 9846, 4.7.1 and RFC 6066, 3: a session is for one server name. */
    if (!text_equal(session->server_name, demand->server_name)) {
        return SESSION_OTHER_NAME;
    }
    if (demand->identity != NULL && !text_equal(session->identity, demand->identity)) {
        return SESSION_OTHER_IDENTITY;
    }
    if (!protocol_holds(session, demand)) {
        return SESSION_OTHER_PROTOCOL;
    }
    if (!bytes_equal_public(bytes_of(session->binding, SESSION_BINDING),
            bytes_of(demand->binding, SESSION_BINDING))) {
        return SESSION_OTHER_CONFIG;
    }
    if (demand->wants_client_certificate && session->chain_count == 0) {
        return SESSION_NO_CLIENT_CERTIFICATE;
    }
    return judge_time(session, demand->now_ms);
}

/* ---- A client's ---- */

struct hf_session {
    struct allocator allocator;
    size_t size;               /* of this allocation */
    atomic_uint holds;
    atomic_bool used;
    struct session contents;   /* borrows `saved` */
    size_t length;
    uint8_t saved[];
};

/* Room for `length` bytes. */
static hf_session *make(const struct allocator *allocator, size_t length, struct hf_error *error)
{
    if (length > SAVED_MAX) {
        (void)fail(error, ERR_bad_session, "%zu bytes, more than %d", length, (int)SAVED_MAX);
        return NULL;
    }
    const size_t size = sizeof(hf_session) + length;
    hf_session *session = allocate_zeroed(allocator, size);
    if (session == NULL) {
        (void)fail(error, ERR_out_of_memory, "for a session of %zu bytes", length);
        return NULL;
    }
    session->allocator = *allocator;
    session->size = size;
    session->length = length;
    atomic_init(&session->holds, 1);
    atomic_init(&session->used, false);
    return session;
}

/* Reads what was written to it; a session that cannot be read is freed: NULL. */
static hf_session *finish(hf_session *session, struct hf_error *error)
{
    if (!session_parse(bytes_of(session->saved, session->length), &session->contents, error)) {
        hf_session_free(session);
        return NULL;
    }
    return session;
}

hf_session *session_new(const struct allocator *allocator, const struct session *session,
    struct hf_error *error)
{
    hf_session *made = make(allocator, session_size(session), error);
    if (made == NULL) {
        return NULL;
    }
    hf_builder b = builder_of(made->saved, made->length);
    session_build(&b, session);
    if (b.failed) {
        hf_session_free(made);
        (void)fail(error, ERR_bad_session, "a part of it is longer than can be kept");
        return NULL;
    }
    return finish(made, error);
}

hf_session *hf_session_load(const uint8_t *bytes, size_t length, hf_error *error)
{
    struct hf_error spare;
    error = error != NULL ? error : &spare;
    error_clear(error);
    hf_session *session = make(&allocator_malloc, length, error);
    if (session == NULL) {
        return NULL;
    }
    if (length > 0) {
        memcpy(session->saved, bytes, length);
    }
    return finish(session, error);
}

size_t hf_session_save(const hf_session *session, uint8_t *out, size_t capacity)
{
    if (atomic_load(&session->used)) {
        return 0;
    }
    if (capacity >= session->length) {
        memcpy(out, session->saved, session->length);
    }
    return session->length;
}

void session_retain(hf_session *session)
{
    (void)atomic_fetch_add_explicit(&session->holds, 1, memory_order_relaxed);
}

void hf_session_free(hf_session *session)
{
    if (session == NULL ||
        atomic_fetch_sub_explicit(&session->holds, 1, memory_order_acq_rel) > 1) {
        return;
    }
    const struct allocator allocator = session->allocator;
    release_wiped(&allocator, session, session->size);
}

const struct session *session_view(const hf_session *session)
{
    return &session->contents;
}

bool session_take(hf_session *session)
{
    return session->contents.version != VERSION_TLS13 || !atomic_exchange(&session->used, true);
}

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

void hf_session_facts(const hf_session *session, hf_session_info *info)
{
    const struct session *s = &session->contents;
    *info = (hf_session_info){
        .version = version_name(s->version),
        .suite = s->suite->name,
        .identity = text_or_null(s->identity),
        .server_name = text_or_null(s->server_name),
        .alpn = text_or_null(s->alpn),
        .created_ms = s->created_ms,
        .expires_ms = s->created_ms + s->lifetime_s * UINT64_C(1000),
        .used = atomic_load(&session->used),
    };
}
