/* Private keys in files: see private_key.h. RFC 7468, 10 and 11 (PKCS#8), RFC 5915, 4 (SEC1); RFC
 * 1421, 4.6.1 and RFC 1423, 1.1 (PEM texts encrypted in the older way). libcrypto decrypts. */
#include "x509/private_key.h"

#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "x509/pem.h"

enum { EXPOSED = 0077, EXPOSED_ROOT = 0037 };

static bool label_is(hf_bytes label, const char *words)
{
    return bytes_equal_public(label, bytes_of(words, strlen(words)));
}

bool is_private_key_label(hf_bytes label)
{
    hf_bytes end = bytes_of("PRIVATE KEY", 11);
    return label.length >= end.length &&
        bytes_equal_public(bytes_of(label.data + label.length - end.length, end.length), end);
}

/* ---- RFC 1421's headers ---- */

/* Moves behind `word`; false: it does not stand there. */
static bool skip_word(hf_reader *r, const char *word)
{
    size_t length = strlen(word);
    if (reader_left(r) < length || !bytes_equal_public(bytes_of(r->at, length),
            bytes_of(word, length))) {
        return false;
    }
    r->at += length;
    return true;
}

/* The value of the line "NAME: VALUE"; false: there is none. */
static bool find_header(hf_bytes headers, const char *name, hf_reader *value)
{
    hf_reader r = reader_of_bytes(headers);
    while (!reader_done(&r)) {
        const uint8_t *end = memchr(r.at, '\n', reader_left(&r));
        hf_reader line = { r.at, r.at, end == NULL ? r.end : end };
        r.at = end == NULL ? r.end : end + 1;
        if (skip_word(&line, name) && skip_word(&line, ":")) {
            while (skip_word(&line, " ")) {
            }
            *value = line;
            return true;
        }
    }
    return false;
}

static int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 :
        c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 1421, 4.6.1.3: "DEK-Info: AES-256-CBC,0011…" */
static bool cipher_parse(hf_bytes headers, struct key_cipher *cipher)
{
    hf_reader r;
    size_t length = 0;
    memset(cipher, 0, sizeof *cipher);
    TRY(find_header(headers, "DEK-Info", &r));
    while (!reader_done(&r) && *r.at != ',') {
        TRY(length < sizeof cipher->name - 1);
        cipher->name[length++] = (char)*r.at++;
    }
    TRY(skip_word(&r, ","));
    while (reader_left(&r) >= 2 && hex_value(r.at[0]) >= 0 && hex_value(r.at[1]) >= 0) {
        TRY(cipher->iv_length < sizeof cipher->iv);
        int byte = hex_value(r.at[0]) * 16 + hex_value(r.at[1]);
        cipher->iv[cipher->iv_length++] = (uint8_t)byte;
        r.at += 2;
    }
    return true;
}

/* ---- Keys ---- */

/* How a block is encrypted: `*cipher` stays NULL for PKCS#8. */
static bool is_encrypted(hf_bytes headers, hf_bytes label, struct key_cipher *space,
    const struct key_cipher **cipher)
{
    hf_reader value;
    *cipher = NULL;
    if (label_is(label, "ENCRYPTED PRIVATE KEY")) {
        return true;
    }
    if (find_header(headers, "Proc-Type", &value) && skip_word(&value, "4,ENCRYPTED")) {
        if (!cipher_parse(headers, space)) {
            space->iv_length = 0; /* as good as a cipher that is not supported */
        }
        *cipher = space;
        return true;
    }
    return false;
}

static struct private_key *unlock(const struct provider *provider, hf_bytes der,
    const struct key_cipher *cipher, hf_bytes passphrase, struct hf_error *error)
{
    bool wrong = false;
    if (passphrase.length == 0) {
        (void)fail(error, ERR_passphrase_missing, "the private key is encrypted");
        return NULL;
    }
    struct private_key *key = provider->private_key_unlock(der, cipher, passphrase, &wrong);
    if (key == NULL && wrong) {
        (void)fail(error, ERR_wrong_passphrase, "the private key stays shut");
    } else if (key == NULL) {
        bool named = cipher != NULL && cipher->name[0] != '\0';
        (void)fail(error, ERR_bad_private_key, "it is encrypted in a way%s%s%s, or of a kind, that "
            "is not supported", named ? " (" : "", named ? cipher->name : "", named ? ")" : "");
    }
    return key;
}

struct private_key *private_key_of_block(const struct provider *provider, const hf_reader *text,
    hf_bytes label, hf_bytes der, hf_bytes passphrase, struct hf_error *error)
{
    struct key_cipher space;
    const struct key_cipher *cipher;
    if (is_encrypted(pem_headers(text, label), label, &space, &cipher)) {
        return unlock(provider, der, cipher, passphrase, error);
    }
    struct private_key *key = provider->private_key_load(der);
    if (key == NULL) {
        (void)fail(error, ERR_bad_private_key, "%.*s is broken or of a kind that is not supported",
            (int)label.length, (const char *)label.data);
    }
    return key;
}

struct private_key *private_key_of_pem(const struct provider *provider, hf_bytes pem,
    hf_bytes passphrase, struct hf_error *error)
{
    const struct allocator *a = &allocator_malloc;
    uint8_t *der = allocate_zeroed(a, pem.length + 1);
    struct private_key *key = NULL;
    hf_reader r = reader_of_bytes(pem);
    hf_bytes label;
    size_t length;
    bool found = false;
    if (der == NULL) {
        (void)fail(error, ERR_out_of_memory, "a private key");
        return NULL;
    }
    while (!found && pem_next(&r, &label, der, pem.length, &length, error) == 1) {
        found = is_private_key_label(label);
        if (found) {
            key = private_key_of_block(provider, &r, label, bytes_of(der, length), passphrase,
                error);
        }
    }
    release_wiped(a, der, pem.length + 1);
    if (!found) {
        (void)fail(error, ERR_bad_private_key, "no PEM private key was found");
    }
    return key;
}

/* ---- Files ---- */

bool key_file_is_exposed(const char *path, unsigned *mode)
{
    struct stat status;
    *mode = 0;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    *mode = (unsigned)status.st_mode & 0777u;
    return (*mode & (status.st_uid == 0 ? (unsigned)EXPOSED_ROOT : (unsigned)EXPOSED)) != 0;
}
