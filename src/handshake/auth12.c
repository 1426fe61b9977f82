/* Certificate, CertificateVerify and Finished of TLS 1.2, the same for both roles: RFC 5246, 7.4.2,
 * 7.4.8 and 7.4.9. */
#include <string.h>

#include "base/ct.h"
#include "handshake/handlers.h"
#include "wire/messages12.h"

bool write_certificate12(struct hf_connection *c)
{
    const struct hf_identity *own = c->hs->own;
    bool none = own == NULL || (c->facts & FACT_NO_CERT) != 0;
    certificate12_build(c->out, none ? NULL : own->chain, none ? 0 : own->count);
    return true;
}

/* RFC 8422, 5.3: the curve of the server's certificate is one of our supported_groups. */
static bool curve_is_ours(const struct hf_connection *c, enum key_type key)
{
    const struct settings *s = c->settings;
    uint16_t curve = key == KEY_P256 ? 0x0017 : key == KEY_P384 ? 0x0018 : 0x0019;
    bool ours = key != KEY_P256 && key != KEY_P384 && key != KEY_P521;
    for (size_t i = 0; i < s->group_count && !ours; i++) {
        ours = s->groups[i]->id == curve;
    }
    return ours;
}

bool on_certificate12(struct hf_connection *c)
{
    hf_bytes contents;
    TRY(certificate12_parse(&c->in, &contents, &c->error));
    hf_reader list = reader_within(&c->in, contents);
    hf_bytes chain[CHAIN_MAX];
    hf_bytes der;
    size_t count = 0;
    int more;
    while ((more = certificate12_next(&list, &der, &c->error)) == 1) {
        if (count == CHAIN_MAX) {
            return fail_at(&c->error, ERR_message_too_long, "certificate_list",
                reader_offset(&list), "more than %d certificates", CHAIN_MAX);
        }
        chain[count++] = der;
    }
    TRY(more == 0);
    TRY(take_chain(c, chain, count));
    enum key_type type = is_server(c) ? KEY_NONE : c->hs->chain[0].key.type;
    bool fits = is_server(c) || auth_fits_key(c->suite, type);
    if (!is_server(c) && (!fits || !curve_is_ours(c, type))) {
        char key[32];
        key_text(&c->hs->chain[0], key, sizeof key);
        return fail_at(&c->error, ERR_wrong_certificate_type, "certificate_list", MESSAGE_HEADER,
            "a key of %s under %s%s", key, c->suite->name, fits ? ": not a curve of ours" : "");
    }
    return true;
}

/* The transcript's messages, where nothing will be added to them. */
static bool sign_messages(struct hf_connection *c)
{
    hf_bytes messages = transcript_messages(&c->hs->transcript);
    uint8_t *copy = arena_take(&c->arena, messages.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "the messages that are signed");
    }
    memcpy(copy, messages.data, messages.length);
    c->hs->operation.content = bytes_of(copy, messages.length);
    transcript_forget(&c->hs->transcript);
    return true;
}

bool begin_signature12(struct hf_connection *c)
{
    struct hf_operation *op = &c->hs->operation;
    op->kind = HF_OP_SIGNATURE;
    op->scheme = c->hs->own_scheme;
    op->key = c->hs->own->key;
    return sign_messages(c);
}

bool on_certificate_verify12(struct hf_connection *c)
{
    struct certificate_verify verify;
    TRY(certificate_verify_parse(&c->in, &verify, &c->error));
    return take_signature(c, &verify) && sign_messages(c);
}

/* RFC 5246, 7.4.9; the first one of a handshake is tls-unique (RFC 5929, 3.1). */
static void verify_data(struct hf_connection *c, bool of_server, uint8_t data[VERIFY_DATA12])
{
    uint8_t digest[HASH_SIZE_MAX];
    transcript_digest(&c->hs->transcript, digest);
    verify_data12(c->hash, c->kept.tls12.master, of_server, digest, data);
    if (of_server == ((c->facts & FACT_RESUMED) != 0)) {
        memcpy(c->kept.tls12.unique, data, VERIFY_DATA12);
    }
}

bool write_finished12(struct hf_connection *c)
{
    uint8_t data[VERIFY_DATA12];
    verify_data(c, is_server(c), data);
    build_bytes(c->out, bytes_of(data, sizeof data));
    return true;
}

bool on_finished12(struct hf_connection *c)
{
    uint8_t data[VERIFY_DATA12];
    if (reader_left(&c->in) != VERIFY_DATA12) {
        return fail_at(&c->error, ERR_bad_finished, "verify_data", MESSAGE_HEADER,
            "%zu bytes, not %d", reader_left(&c->in), VERIFY_DATA12);
    }
    verify_data(c, !is_server(c), data);
    if (!ct_equal(data, c->in.at, sizeof data)) {
        return fail_at(&c->error, ERR_bad_finished, "verify_data", MESSAGE_HEADER,
            "the %s's Finished is not the one of our transcript",
            is_server(c) ? "client" : "server");
    }
    return true;
}
