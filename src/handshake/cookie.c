/* The cookie of a stateless HelloRetryRequest: see cookie.h. Its form, big-endian:
 *   format 1, suite, group (2 bytes each), milliseconds since 1970 (8), the hash of ClientHello1
 *     after its
 *   length (1), HMAC-SHA256 over all before it. Not secret: only its origin matters. */
#include "handshake/cookie.h"

#include "base/ct.h"

enum { FORMAT = 1, MAC_SIZE = 32 };

static void mac_of(const struct hf_connection *c, hf_bytes bytes, uint8_t mac[MAC_SIZE])
{
    const struct hash *sha256 = c->settings->provider->hash(HASH_SHA256);
    struct hmac_key key;
    hmac_init(&key, sha256, c->settings->cookie_key, COOKIE_KEY);
    hmac(&key, &bytes, 1, mac);
    wipe(&key, sizeof key);
}

void cookie_seal(const struct hf_connection *c, hf_builder *b)
{
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t mac[MAC_SIZE];
    uint64_t now = c->settings->now_ms(c->settings->clock_user);
    hf_builder cookie = builder_of(b->data + b->length, b->capacity - b->length);
    transcript_digest(&c->hs->transcript, digest);
    build_u8(&cookie, FORMAT);
    build_u16(&cookie, c->suite->id);
    build_u16(&cookie, c->group->id);
    build_u32(&cookie, (uint32_t)(now >> 32));
    build_u32(&cookie, (uint32_t)now);
    build_vector8(&cookie, bytes_of(digest, c->hash->size));
    mac_of(c, builder_bytes(&cookie), mac);
    build_bytes(&cookie, bytes_of(mac, sizeof mac));
    (void)build_space(b, cookie.length);
    b->failed |= cookie.failed;
}

bool cookie_unseal(struct hf_connection *c, hf_bytes bytes, struct cookie *cookie)
{
    uint8_t mac[MAC_SIZE];
    uint8_t format = 0;
    uint32_t high = 0;
    uint32_t low = 0;
    hf_reader r = reader_of_bytes(bytes);
    hf_bytes theirs = { 0 };
    bool whole = read_u8(&r, &format) && format == FORMAT && read_u16(&r, &cookie->suite) &&
        read_u16(&r, &cookie->group) && read_u32(&r, &high) && read_u32(&r, &low) &&
        read_vector8(&r, &cookie->hello_hash) && read_bytes(&r, MAC_SIZE, &theirs) &&
        reader_done(&r);
    if (whole) {
        mac_of(c, bytes_of(bytes.data, bytes.length - MAC_SIZE), mac);
    }
    if (!whole || !ct_equal(mac, theirs.data, MAC_SIZE)) {
        return fail_at(&c->error, ERR_illegal_parameter, "cookie", SIZE_MAX,
            "the cookie is not one of ours, or was changed");
    }
    uint64_t made = (uint64_t)high << 32 | low;
    uint64_t now = c->settings->now_ms(c->settings->clock_user);
    if (now + COOKIE_SKEW_S * 1000U < made || now > made + COOKIE_LIFETIME_S * 1000U) {
        return fail_at(&c->error, ERR_illegal_parameter, "cookie", SIZE_MAX,
            "the cookie is older than %d seconds", COOKIE_LIFETIME_S);
    }
    return true;
}
