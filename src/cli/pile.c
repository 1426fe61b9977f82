/* Certificates and keys in a pile: see pile.h. RFC 7468 for the files, RFC 5280, 6.1 for what signs
 * what. */
#include "cli/pile.h"

#include <stdlib.h>
#include <string.h>

#include "x509/der.h"
#include "x509/name.h"
#include "x509/pem.h"
#include "x509/private_key.h"

static bool label_is(hf_bytes label, const char *words)
{
    return bytes_equal_public(label, bytes_of(words, strlen(words)));
}

static bool add_certificate(struct pile *pile, const char *source, hf_bytes der,
    struct hf_error *error)
{
    if (pile->count == PILE_CERTIFICATES_MAX) {
        return fail(error, ERR_bad_configuration, "%s brings more than %d certificates", source,
            PILE_CERTIFICATES_MAX);
    }
    if (pile->count == pile->capacity) {
        size_t capacity = pile->capacity == 0 ? 8 : pile->capacity * 2;
        struct pile_certificate *more = realloc(pile->certificates, capacity * sizeof *more);
        if (more == NULL) {
            return fail(error, ERR_out_of_memory, "the certificates of %s", source);
        }
        pile->certificates = more;
        pile->capacity = capacity;
    }
    struct pile_certificate *added = &pile->certificates[pile->count];
    memset(added, 0, sizeof *added);
    added->source = source;
    added->der = der;
    struct hf_error why;
    error_clear(&why);
    added->parsed = certificate_parse(der, &provider_openssl, &added->certificate, &why);
    if (!added->parsed && !error_is_set(error)) {
        *error = why;
        error->certificate = (int)pile->count;
    }
    pile->count++;
    return true;
}

static bool read_key(const struct pile *pile, const char *source, const hf_reader *text,
    hf_bytes label, hf_bytes der, struct pile_key *key, struct hf_error *error)
{
    const struct provider *provider = &provider_openssl;
    struct private_key *loaded = private_key_of_block(provider, text, label, der,
        bytes_of(pile->passphrase, strlen(pile->passphrase)), error);
    if (loaded == NULL) {
        return false;
    }
    key->source = source;
    key->certificate = NONE_OF_PILE;
    bool ok = provider->private_key_public(loaded, key->spki, sizeof key->spki, &key->spki_length)
        && public_key_parse(bytes_of(key->spki, key->spki_length), &key->key, &key->bits, error);
    provider->private_key_drop(loaded);
    return ok || fail(error, ERR_bad_private_key, "%s: its public half cannot be told", source);
}

struct blocks {
    hf_reader text;
    uint8_t *der;      /* of all blocks that are kept, one behind the other */
    size_t size;
    size_t used;
};

static bool take_block(struct pile *pile, const char *path, struct blocks *blocks, hf_bytes label,
    hf_bytes der, struct hf_error *error)
{
    if (label_is(label, "CERTIFICATE") || label_is(label, "X509 CERTIFICATE")) {
        blocks->used += der.length;
        return add_certificate(pile, path, der, error);
    }
    if (!is_private_key_label(label)) {
        return true;
    }
    if (pile->key_count == PILE_KEYS_MAX) {
        return fail(error, ERR_bad_configuration, "more than %d private keys", PILE_KEYS_MAX);
    }
    TRY(read_key(pile, path, &blocks->text, label, der, &pile->keys[pile->key_count], error));
    pile->key_count++;
    return true;
}

static bool add_text(struct pile *pile, const char *path, hf_bytes file, struct blocks *blocks,
    struct hf_error *error)
{
    hf_bytes label;
    size_t length;
    int found;
    size_t before = pile->count + pile->key_count;
    /* A file that begins as a SEQUENCE is no text: one certificate in DER (X.690, 8.9). */
    if (file.length > 0 && file.data[0] == DER_SEQUENCE) {
        memcpy(blocks->der, file.data, file.length);
        return add_certificate(pile, path, bytes_of(blocks->der, file.length), error);
    }
    while ((found = pem_next(&blocks->text, &label, blocks->der + blocks->used,
        blocks->size - blocks->used, &length, error)) == 1) {
        TRY(take_block(pile, path, blocks, label, bytes_of(blocks->der + blocks->used, length),
            error));
    }
    TRY(found == 0);
    return pile->count + pile->key_count > before
        || fail(error, ERR_bad_configuration, "%s holds neither a certificate nor a private key",
            path);
}

bool pile_add_file(struct pile *pile, const char *path, struct hf_error *error)
{
    const struct allocator *a = &allocator_malloc;
    uint8_t *data = NULL;
    size_t length = 0;
    TRY(file_read(a, path, &data, &length, error));
    hf_bytes file = bytes_of(data, length);
    struct blocks blocks = { reader_of_bytes(file), allocate_zeroed(a, length + 1), length + 1, 0 };
    bool ok = blocks.der != NULL || fail(error, ERR_out_of_memory, "%s", path);
    if (ok) {
        pile->ders[pile->ders_count] = blocks.der;
        pile->ders_size[pile->ders_count++] = blocks.size;
        pile->sources++;
        ok = add_text(pile, path, file, &blocks, error);
    }
    release_wiped(a, data, length + 1);
    return ok && !error_is_set(error);
}

bool pile_add_fetched(struct pile *pile, const struct fetched *fetched, const char *host,
    struct hf_error *error)
{
    pile->sources++;
    for (size_t i = 0; i < fetched->count; i++) {
        TRY(add_certificate(pile, host, fetched->certificates[i], error));
    }
    return !error_is_set(error);
}

bool pile_load_key(const char *path, const char *passphrase, struct pile_key *key,
    struct hf_error *error)
{
    struct pile alone = { .passphrase = passphrase };
    bool ok = pile_add_file(&alone, path, error);
    if (ok && alone.key_count != 1) {
        ok = fail(error, ERR_bad_private_key, "%s holds %zu private keys, not one", path,
            alone.key_count);
    }
    if (ok) {
        *key = alone.keys[0];
        ok = public_key_parse(bytes_of(key->spki, key->spki_length), &key->key, &key->bits, error);
    }
    pile_end(&alone);
    return ok;
}

static bool is_of(const struct certificate *certificate, const struct pile_key *key)
{
    const struct public_key *a = &certificate->key;
    const struct public_key *b = &key->key;
    /* An RSA-PSS certificate may hold a key that was written as plain RSA, and the other way. */
    bool rsa = (a->type == KEY_RSA || a->type == KEY_RSA_PSS)
        && (b->type == KEY_RSA || b->type == KEY_RSA_PSS);
    return a->type != KEY_NONE && (rsa || a->type == b->type)
        && bytes_equal_public(a->modulus, b->modulus)
        && bytes_equal_public(a->exponent, b->exponent) && bytes_equal_public(a->point, b->point);
}

int pile_find_key(const struct pile *pile, const struct pile_key *key)
{
    for (size_t i = 0; i < pile->count; i++) {
        if (pile->certificates[i].parsed && is_of(&pile->certificates[i].certificate, key)) {
            return (int)i;
        }
    }
    return NONE_OF_PILE;
}

void pile_match_keys(struct pile *pile)
{
    for (size_t i = 0; i < pile->key_count; i++) {
        pile->keys[i].certificate = pile_find_key(pile, &pile->keys[i]);
    }
}

/* ---- Order ---- */

int pile_leaf(const struct pile *pile)
{
    int first = NONE_OF_PILE;
    for (size_t i = 0; i < pile->count; i++) {
        const struct pile_certificate *at = &pile->certificates[i];
        if (at->parsed && !at->certificate.is_ca) {
            return (int)i;
        }
        first = at->parsed && first == NONE_OF_PILE ? (int)i : first;
    }
    return first;
}

static bool signs(const struct certificate *issuer, const struct certificate *child)
{
    return name_equal(issuer->subject, child->issuer) && child->scheme != NULL
        && issuer->key.type != KEY_NONE
        && provider_openssl.verify(child->scheme, &issuer->key, child->tbs, child->signature);
}

static bool is_used(const struct pile_path *path, int index)
{
    for (size_t i = 0; i < path->count; i++) {
        if (path->indices[i] == index) {
            return true;
        }
    }
    return false;
}

/* An issuer in the pile, one that is valid now before others; NONE_OF_PILE. */
static int find_issuer(const struct pile *pile, const struct pile_path *path, int64_t now)
{
    const struct certificate *child =
        &pile->certificates[path->indices[path->count - 1]].certificate;
    int found = NONE_OF_PILE;
    for (size_t i = 0; i < pile->count; i++) {
        const struct certificate *c = &pile->certificates[i].certificate;
        bool fits = pile->certificates[i].parsed && !is_used(path, (int)i)
            && (c->is_ca || c->version == 1) && signs(c, child);
        if (fits && now >= c->not_before && now <= c->not_after) {
            return (int)i;
        }
        found = fits && found == NONE_OF_PILE ? (int)i : found;
    }
    return found;
}

static const struct certificate *find_root(const struct hf_trust *trust,
    const struct certificate *child)
{
    const struct certificate *root;
    for (size_t n = 0; trust != NULL && (root = trust_find(trust, child->issuer, n)) != NULL; n++) {
        if (signs(root, child)) {
            return root;
        }
    }
    return NULL;
}

void pile_order(const struct pile *pile, const struct hf_trust *trust, int64_t now,
    struct pile_path *path)
{
    memset(path, 0, sizeof *path);
    int next = pile_leaf(pile);
    while (next != NONE_OF_PILE && path->count < CHAIN_MAX) {
        path->indices[path->count++] = next;
        const struct certificate *last = &pile->certificates[next].certificate;
        if (name_equal(last->subject, last->issuer) && signs(last, last)) {
            path->end = END_SELF_SIGNED;
            return;
        }
        /* A root that is trusted ends the path, even where the pile has a cross-signed one. */
        path->root = find_root(trust, last);
        if (path->root != NULL) {
            path->end = END_TRUSTED;
            /* The pile may hold the root itself: then it is the last of the path. */
            for (size_t i = 0; i < pile->count && path->count < CHAIN_MAX; i++) {
                if (bytes_equal_public(pile->certificates[i].der, path->root->der)) {
                    path->indices[path->count++] = (int)i;
                    path->root = NULL;
                    break;
                }
            }
            return;
        }
        next = find_issuer(pile, path, now);
    }
}

void pile_end(struct pile *pile)
{
    for (size_t i = 0; i < pile->ders_count; i++) {
        release_wiped(&allocator_malloc, pile->ders[i], pile->ders_size[i]);
    }
    free(pile->certificates);
    memset(pile, 0, sizeof *pile);
}
