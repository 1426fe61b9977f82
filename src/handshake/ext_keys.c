/* Extensions of versions and keys: supported_versions (RFC 9846, 4.3.1), cookie (4.3.2),
 * supported_groups (4.3.7) and key_share (4.3.8). */
#include <string.h>

#include "handshake/cookie.h"
#include "handshake/extensions.h"
#include "handshake/handlers.h"

WRITER(offer_versions)
{
    if (where == IN_CH && offers_tls13(c)) {
        uint16_t versions[3];
        size_t count = 0;
        if (c->settings->grease) {
            versions[count++] = grease_value(c->hs, GREASE_VERSION);
        }
        versions[count++] = VERSION_TLS13;
        if (c->settings->lowest_version <= VERSION_TLS12) {
            versions[count++] = VERSION_TLS12;
        }
        supported_versions_build_client(b, versions, count);
    }
    return true;
}

READER(on_versions)
{
    (void)where;
    return supported_versions_parse_client(body, &c->hs->peer_versions, &c->error);
}

WRITER(answer_version)
{
    (void)c;
    (void)where;
    supported_versions_build_server(b, VERSION_TLS13);
    return true;
}

READER(on_version)
{
    (void)where;
    uint16_t version;
    TRY(supported_versions_parse_server(body, &version, &c->error));
    if (version == VERSION_TLS13) {
        return true;
    }
    /* RFC 9846, 4.3.1: one that we did not offer, or one before TLS 1.3. */
    (void)fail_at(&c->error, ERR_illegal_parameter, "supported_versions", SIZE_MAX,
        "the server chose %s", version_name(version));
    error_offered(&c->error, "%s", version_name(VERSION_TLS13));
    error_required(&c->error, "%s", version_name(version));
    return false;
}

WRITER(offer_groups)
{
    if (where == IN_CH) {
        uint16_t codes[GROUPS_MAX + 1];
        size_t count = 0;
        if (c->settings->grease) {
            codes[count++] = grease_value(c->hs, GREASE_GROUP);
        }
        for (size_t i = 0; i < c->settings->group_count; i++) {
            codes[count++] = c->settings->groups[i]->id;
        }
        code_list_build(b, EXT_SUPPORTED_GROUPS, codes, count);
    }
    return true;
}

READER(on_groups)
{
    (void)where;
    return code_list_parse(body, "supported_groups", &c->hs->peer_groups, &c->error);
}

/* RFC 9846, 4.3.7: a hint for the next connection; it must parse. */
READER(on_groups_answer)
{
    (void)where;
    hf_bytes list;
    return code_list_parse(body, "supported_groups", &list, &c->error);
}

/* RFC 9846, 9.2: without pre_shared_key both must be there. */
static bool missing(struct hf_connection *c, const char *name)
{
    return fail_at(&c->error, ERR_missing_extension, name, SIZE_MAX, "ClientHello without %s",
        name);
}

ABSENCE(missing_groups)
{
    return where != IN_CH || !chooses_tls13(c) || missing(c, "supported_groups");
}

ABSENCE(missing_share)
{
    switch (where) {
    case IN_CH:
        return !chooses_tls13(c) || missing(c, "key_share");
    case IN_SH: /* psk_dhe_ke needs it too (RFC 9846, 4.3.11) */
        return fail_at(&c->error,
            extension_stands(c, EXT_PRE_SHARED_KEY) ? ERR_illegal_parameter : ERR_missing_extension,
            "key_share", SIZE_MAX, "ServerHello without key_share");
    case IN_SH12: case IN_HRR: case IN_EE: case IN_CR: case IN_CT: case IN_NST: case OFFERS:
        break;
    }
    return true;
}

WRITER(offer_shares)
{
    if (where == IN_CH && offers_tls13(c)) {
        static const uint8_t nothing[1] = { 0 };
        struct key_share shares[SHARES_MAX + 1];
        size_t count = 0;
        /* RFC 9846, 4.2.2: after HelloRetryRequest the one share asked for, alone. */
        if (c->settings->grease && c->hs->retry_group == NULL) {
            shares[count++] = (struct key_share){ grease_value(c->hs, GREASE_GROUP),
                bytes_of(nothing, sizeof nothing) };
        }
        for (size_t i = 0; i < c->hs->share_count; i++) {
            const struct own_share *own = &c->hs->shares[i];
            shares[count++] = (struct key_share){ own->group->id,
                bytes_of(own->share, own->group->client_share_size) };
        }
        key_share_build_client(b, shares, count);
    }
    return true;
}

static bool list_has(hf_bytes list, uint16_t code)
{
    for (size_t i = 0; i + 1 < list.length; i += 2) {
        if ((list.data[i] << 8 | list.data[i + 1]) == code) {
            return true;
        }
    }
    return false;
}

/* RFC 9846, 4.3.8: each group once, and each among supported_groups. Bounded: a hello offers at
 * most 64 shares here. */
READER(on_shares)
{
    (void)where;
    hf_reader list;
    TRY(key_share_parse_client(body, &list, &c->error));
    c->hs->peer_shares = bytes_of(list.at, reader_left(&list));
    uint16_t seen[64];
    size_t count = 0;
    struct key_share share;
    int more;
    while ((more = key_share_next(&list, &share, &c->error)) == 1) {
        bool again = count == sizeof seen / sizeof *seen;
        for (size_t i = 0; i < count; i++) {
            again |= seen[i] == share.group;
        }
        if (again || !list_has(c->hs->peer_groups, share.group)) {
            return fail_at(&c->error, ERR_illegal_parameter, "key_share", reader_offset(&list),
                "a share for %s %s", group_name(share.group),
                again ? "again" : "that supported_groups lacks");
        }
        seen[count++] = share.group;
    }
    return more == 0;
}

WRITER(answer_share)
{
    if (where == IN_HRR) {
        key_share_build_retry(b, c->group->id);
        return true;
    }
    struct key_share share = { c->group->id,
        bytes_of(c->hs->server_share, c->group->server_share_size) };
    key_share_build_server(b, &share);
    return true;
}

/* RFC 9846, 4.3.8: a group that we offered, without a share so far. */
static bool on_retry_group(struct hf_connection *c, uint16_t id)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    for (size_t i = 0; i < hs->share_count; i++) {
        if (hs->shares[i].group->id == id) {
            return fail_at(&c->error, ERR_useless_retry, "key_share", SIZE_MAX,
                "it asks for %s, whose share we sent", group_name(id));
        }
    }
    for (size_t i = 0; i < s->group_count; i++) {
        hs->retry_group = s->groups[i]->id == id ? s->groups[i] : hs->retry_group;
    }
    if (hs->retry_group == NULL) {
        return fail_at(&c->error, ERR_wrong_group, "key_share", SIZE_MAX,
            "HelloRetryRequest asks for %s, which we did not offer", group_name(id));
    }
    return true;
}

READER(on_share)
{
    struct handshake *hs = c->hs;
    if (where == IN_HRR) {
        uint16_t group;
        TRY(key_share_parse_retry(body, &group, &c->error));
        return on_retry_group(c, group);
    }
    struct key_share share;
    size_t offset = reader_offset(body);
    TRY(key_share_parse_server(body, &share, &c->error));
    for (size_t i = 0; i < hs->share_count; i++) {
        if (hs->shares[i].group->id == share.group) {
            hs->peer_share_group = hs->shares[i].group;
        }
    }
    if (hs->peer_share_group == NULL) {
        return fail_at(&c->error, ERR_wrong_group, "key_share", offset,
            "the server's share is for %s, for which we sent none", group_name(share.group));
    }
    if (share.key_exchange.length != hs->peer_share_group->server_share_size) {
        return fail_at(&c->error, ERR_bad_key_share, "key_share", offset, "%zu bytes for %s",
            share.key_exchange.length, hs->peer_share_group->name);
    }
    uint8_t *copy = arena_take(&c->arena, share.key_exchange.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "the server's key share");
    }
    memcpy(copy, share.key_exchange.data, share.key_exchange.length);
    hs->peer_share = bytes_of(copy, share.key_exchange.length);
    return true;
}

/* RFC 9846, 4.3.10: not taken, but what follows the hello must be passed over. */
READER(on_early_data)
{
    (void)where;
    TRY(empty_parse(body, "early_data", &c->error));
    if ((c->facts & FACT_RETRIED) == 0) { /* none may follow a second hello (4.2.2) */
        c->skip_early = EARLY_SKIP_MAX;
    }
    return true;
}

WRITER(offer_cookie)
{
    if (where == IN_CH && c->hs->cookie.length > 0) {
        cookie_build(b, c->hs->cookie);
    }
    return true;
}

/* The server's half: what it sealed comes back. Without stateless retries a cookie is passed
 * over. */
READER(on_cookie_back)
{
    (void)where;
    return cookie_parse(body, &c->hs->peer_cookie, &c->error);
}

/* RFC 9846, 4.3.2. A fresh connection repeats the cookie of the HelloRetryRequest that it
 * rebuilds. */
WRITER(answer_cookie)
{
    if (where == IN_HRR && c->settings->stateless_retry) {
        if (c->hs->peer_cookie.length > 0) {
            cookie_build(b, c->hs->peer_cookie);
        } else {
            size_t mark = extension_open(b, EXT_COOKIE);
            size_t inner = build_open(b, 2);
            cookie_seal(c, b);
            build_close(b, 2, inner);
            extension_close(b, mark);
        }
    }
    return true;
}

READER(on_cookie)
{
    (void)where;
    hf_bytes cookie;
    TRY(cookie_parse(body, &cookie, &c->error));
    uint8_t *copy = arena_take(&c->arena, cookie.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "the server's cookie");
    }
    memcpy(copy, cookie.data, cookie.length);
    c->hs->cookie = bytes_of(copy, cookie.length);
    return true;
}
