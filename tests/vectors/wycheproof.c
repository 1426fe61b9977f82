/* Runs cases of Wycheproof through the provider interface: a command per line on standard input, an
 * answer per line on standard output. wycheproof.py writes the one and judges the other.
 *
 * Words are parted by spaces; bytes are hex, "-" for none. The answers: "ok" and bytes, or
 * "refused", or "absent" when the provider has no such primitive, or "error" for a line that makes
 * no sense.
 *
 *   seal AEAD key nonce aad text           -> ciphertext and tag
 *   open AEAD key nonce aad sealed         -> text
 *   derive GROUP private share             -> secret (the private key is handed in as chance)
 *   verify SCHEME point KEY message signature
 *   verify SCHEME rsa MODULUS EXPONENT message signature
 *   hmac HASH key message                  -> tag
 *   hkdf HASH secret salt info length      -> output
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/hmac.h"

enum { LINE_SIZE = 400000, WORDS_MAX = 8, BYTES_MAX = 70000 };

struct words {
    size_t count;
    char *text[WORDS_MAX];
    hf_bytes bytes[WORDS_MAX]; /* what a word says in hex; NULL: it is not hex */
};

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

static hf_bytes decode(const char *word, uint8_t *room)
{
    size_t length = strlen(word);
    if (strcmp(word, "-") == 0) {
        return (hf_bytes){ room, 0 };
    }
    if (length % 2 != 0 || length / 2 > BYTES_MAX) {
        return (hf_bytes){ NULL, 0 };
    }
    for (size_t i = 0; i < length; i += 2) {
        int high = digit(word[i]);
        int low = digit(word[i + 1]);
        if (high < 0 || low < 0) {
            return (hf_bytes){ NULL, 0 };
        }
        room[i / 2] = (uint8_t)(high << 4 | low);
    }
    return (hf_bytes){ room, length / 2 };
}

static bool all_hex(const struct words *w, size_t from, size_t count)
{
    for (size_t i = from; i < count; i++) {
        if (w->bytes[i].data == NULL) {
            return false;
        }
    }
    return w->count == count;
}

static void answer(bool good, const uint8_t *data, size_t length)
{
    if (!good) {
        (void)puts("refused");
        return;
    }
    (void)fputs("ok ", stdout);
    for (size_t i = 0; i < length; i++) {
        (void)printf("%02x", data[i]);
    }
    (void)puts("");
}

static const struct provider *const provider = &provider_openssl;
static uint8_t output[BYTES_MAX + AEAD_TAG_MAX];

static const struct aead *aead_by_name(const char *name)
{
    for (int id = 0; id < 16; id++) {
        const struct aead *aead = provider->aead((enum aead_id)id);
        if (aead != NULL && strcmp(aead->name, name) == 0) {
            return aead;
        }
    }
    return NULL;
}

static const struct hash *hash_by_name(const char *name)
{
    for (int id = 0; id < 16; id++) {
        const struct hash *hash = provider->hash((enum hash_id)id);
        if (hash != NULL && strcmp(hash->name, name) == 0) {
            return hash;
        }
    }
    return NULL;
}

static const struct group *group_by_name(const char *name)
{
    for (uint32_t id = 0; id <= UINT16_MAX; id++) {
        const struct group *group = provider->group((uint16_t)id);
        if (group != NULL && strcmp(group->name, name) == 0) {
            return group;
        }
    }
    return NULL;
}

static const struct signature_scheme *scheme_by_name(const char *name)
{
    for (uint32_t id = 0; id <= UINT16_MAX; id++) {
        const struct signature_scheme *scheme = provider->scheme((uint16_t)id);
        if (scheme != NULL && strcmp(scheme->name, name) == 0) {
            return scheme;
        }
    }
    return NULL;
}

static bool do_aead(const struct words *w, bool seals)
{
    const struct aead *aead = aead_by_name(w->text[1]);
    if (aead == NULL) {
        return puts("absent") >= 0;
    }
    if (!all_hex(w, 2, 6) || w->bytes[2].length != aead->key_size
        || w->bytes[3].length != AEAD_NONCE) {
        return false;
    }
    struct aead_key *key = aead->make(aead, w->bytes[2].data, seals);
    const hf_bytes in = w->bytes[5];
    bool good = key != NULL;
    if (seals) {
        const hf_bytes none = { NULL, 0 };
        good = good && aead->seal(key, w->bytes[3].data, w->bytes[4], in, none, output);
        answer(good, output, in.length + aead->tag_size);
    } else {
        good = good && aead->open(key, w->bytes[3].data, w->bytes[4], in.data, in.length, output);
        answer(good, output, good ? in.length - aead->tag_size : 0);
    }
    aead->drop(key);
    return true;
}

static bool play_back(void *user, uint8_t *out, size_t length)
{
    const hf_bytes *bytes = user;
    if (length != bytes->length) {
        return false;
    }
    memcpy(out, bytes->data, length);
    return true;
}

static bool do_derive(struct words *w)
{
    const struct group *group = group_by_name(w->text[1]);
    if (group == NULL) {
        return puts("absent") >= 0;
    }
    if (!all_hex(w, 2, 4) || w->bytes[2].length != group->private_size) {
        return false;
    }
    uint8_t private_key[GROUP_PRIVATE_MAX];
    uint8_t share[GROUP_SHARE_MAX];
    uint8_t server_share[GROUP_SHARE_MAX];
    uint8_t secret[GROUP_SECRET_MAX];
    uint8_t again[GROUP_SECRET_MAX];
    const struct random random = { play_back, play_back, &w->bytes[2] };
    bool bad = false;
    if (!group->generate(group, &random, private_key, share)) {
        return false;
    }
    bool good = group->decapsulate(group, private_key, share, w->bytes[3], secret, &bad);
    if (!good && !bad) {
        return false;
    }
    /* The server's half must be of the same opinion. */
    bool server_bad = false;
    bool server_good = group->encapsulate(group, &random, w->bytes[3], server_share, again,
        &server_bad);
    if (server_good != good || server_bad != bad
        || (good && !ct_equal(secret, again, group->secret_size))) {
        return false;
    }
    answer(good, secret, group->secret_size);
    return true;
}

static bool do_verify(const struct words *w)
{
    const struct signature_scheme *scheme = scheme_by_name(w->text[1]);
    if (scheme == NULL || w->count < 3) {
        return puts("absent") >= 0;
    }
    const bool rsa = strcmp(w->text[2], "rsa") == 0;
    const size_t words = rsa ? 7 : 6;
    if (!all_hex(w, 3, words)) {
        return false;
    }
    struct public_key key = { .type = scheme->key };
    if (rsa) {
        key.modulus = w->bytes[3];
        key.exponent = w->bytes[4];
    } else {
        key.point = w->bytes[3];
    }
    answer(provider->verify(scheme, &key, w->bytes[words - 2], w->bytes[words - 1]), NULL, 0);
    return true;
}

static bool do_hmac(const struct words *w)
{
    const struct hash *hash = hash_by_name(w->text[1]);
    if (hash == NULL) {
        return puts("absent") >= 0;
    }
    if (!all_hex(w, 2, 4)) {
        return false;
    }
    struct hmac_key key;
    hmac_init(&key, hash, w->bytes[2].data, w->bytes[2].length);
    hmac(&key, &w->bytes[3], 1, output);
    answer(true, output, hash->size);
    return true;
}

static bool do_hkdf(const struct words *w)
{
    const struct hash *hash = hash_by_name(w->text[1]);
    if (hash == NULL) {
        return puts("absent") >= 0;
    }
    if (w->count != 6 || w->bytes[2].data == NULL || w->bytes[3].data == NULL
        || w->bytes[4].data == NULL) {
        return false;
    }
    const size_t length = (size_t)strtoul(w->text[5], NULL, 10);
    if (length > 255 * hash->size) { /* RFC 5869, 2.3; the library asserts it */
        answer(false, NULL, 0);
        return true;
    }
    uint8_t prk[HASH_SIZE_MAX];
    struct hmac_key key;
    hkdf_extract(hash, w->bytes[3], w->bytes[2], prk);
    hmac_init(&key, hash, prk, hash->size);
    hkdf_expand(&key, w->bytes[4], output, length);
    answer(true, output, length);
    return true;
}

static bool run(struct words *w)
{
    if (w->count < 4) {
        return false;
    }
    const char *verb = w->text[0];
    if (strcmp(verb, "seal") == 0 || strcmp(verb, "open") == 0) {
        return do_aead(w, verb[0] == 's');
    }
    if (strcmp(verb, "derive") == 0) {
        return do_derive(w);
    }
    if (strcmp(verb, "verify") == 0) {
        return do_verify(w);
    }
    if (strcmp(verb, "hmac") == 0) {
        return do_hmac(w);
    }
    return strcmp(verb, "hkdf") == 0 && do_hkdf(w);
}

int main(void)
{
    static char line[LINE_SIZE];
    static uint8_t rooms[WORDS_MAX][BYTES_MAX];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct words w = { .count = 0 };
        char *at = line;
        line[strcspn(line, "\n")] = '\0';
        while (*at != '\0' && w.count < WORDS_MAX) {
            char *space = strchr(at, ' ');
            if (space != NULL) {
                *space = '\0';
            }
            w.text[w.count] = at;
            w.bytes[w.count] = decode(at, rooms[w.count]);
            w.count++;
            at = space == NULL ? at + strlen(at) : space + 1;
        }
        if (!run(&w)) {
            (void)puts("error");
        }
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
