/* Certificate, CertificateVerify and Finished, the same for both roles: RFC 9846, 4.5. */
#include <string.h>

#include "base/ct.h"
#include "handshake/extensions.h"
#include "handshake/handlers.h"

bool write_ccs(struct hf_connection *c)
{
    build_u8(c->out, 1);
    c->facts |= FACT_CCS_SENT;
    return true;
}

/* RFC 9846, 4.5.1.1: the leaf's entry has extensions, the others have none. */
static bool write_stapled(struct hf_connection *c, const struct hf_identity *own)
{
    hf_bytes extensions[CHAIN_MAX] = { { NULL, 0 } };
    size_t size = staple_room(c) + 64;
    uint8_t *block = arena_take(&c->arena, size);
    if (block == NULL) {
        return fail_c(c, ERR_out_of_memory, "the staple's extension");
    }
    hf_builder b = builder_of(block, size);
    TRY(extensions_write(c, IN_CT, &b));
    if (b.failed) {
        return fail_c(c, ERR_internal_error, "the staple's extension does not fit");
    }
    extensions[0] = bytes_of(block + 2, b.length - 2);
    certificate_message_build(c->out, bytes_of(NULL, 0), own->chain, extensions, own->count);
    return true;
}

/* RFC 9846, 4.5.1: encoded once, in the identity; a request after the handshake has a context. */
bool write_certificate(struct hf_connection *c)
{
    const struct hf_identity *own = c->hs->own;
    hf_bytes context = c->hs->context;
    if (own == NULL || (c->facts & FACT_NO_CERT) != 0) {
        certificate_message_build(c->out, context, NULL, NULL, 0);
    } else if (context.length > 0) {
        certificate_message_build(c->out, context, own->chain, NULL, own->count);
    } else if (staple_room(c) > 0) {
        return write_stapled(c, own);
    } else {
        build_bytes(c->out, bytes_of(own->message, own->message_length));
    }
    return true;
}

/* Whether a certificate of the chain was issued by one of the CAs that the server names. */
static bool is_named(const struct hf_identity *identity, hf_bytes authorities)
{
    hf_reader names = reader_of_bytes(authorities);
    hf_bytes name;
    while (read_vector16(&names, &name)) {
        for (size_t i = 0; i < identity->count; i++) {
            if (bytes_equal_public(name, identity->issuers[i])) {
                return true;
            }
        }
    }
    return false;
}

/* RFC 5246, 7.4.4; RFC 8422, 5.5: ecdsa_sign stands for EdDSA, too. TLS 1.3 has schemes alone. */
static bool type_is_wanted(const struct hf_connection *c, const struct hf_identity *identity)
{
    enum key_type key = identity->leaf.key.type;
    bool rsa = key == KEY_RSA || key == KEY_RSA_PSS;
    hf_bytes types = c->hs->peer_types;
    return !is_tls12(c) ||
        memchr(types.data, rsa ? CLIENT_RSA_SIGN : CLIENT_ECDSA_SIGN, types.length) != NULL;
}

/* What we answer a CertificateRequest with: the first identity whose CA the server names (RFC 9846,
 * 4.3.4), else the first that can sign as it wants, else none. */
void choose_client_identity(struct hf_connection *c)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    bool named = false;
    hs->own = NULL;
    for (size_t i = 0; i < s->identity_count && !named; i++) {
        const struct signature_scheme *scheme =
            type_is_wanted(c, s->identities[i]) ? scheme_for(c, s->identities[i]) : NULL;
        named = scheme != NULL && is_named(s->identities[i], hs->peer_authorities);
        if (scheme != NULL && (named || hs->own == NULL)) {
            hs->own = s->identities[i];
            hs->own_scheme = scheme;
        }
    }
    c->asked_certificate = true;
    c->client_certificate = hs->own != NULL;
    c->facts &= ~(unsigned)FACT_NO_CERT;
    c->facts |= hs->own == NULL ? FACT_NO_CERT : 0U;
}

/* What a CertificateVerify signs, into the operation: RFC 9846, 4.5.2. */
static void sign_content(struct hf_connection *c, bool by_server)
{
    struct hf_operation *op = &c->hs->operation;
    uint8_t digest[HASH_SIZE_MAX];
    transcript_digest(&c->hs->transcript, digest);
    size_t length = signed_content(by_server, bytes_of(digest, c->hash->size), op->signed13);
    op->content = bytes_of(op->signed13, length);
}

bool begin_signature(struct hf_connection *c)
{
    struct hf_operation *op = &c->hs->operation;
    op->kind = HF_OP_SIGNATURE;
    op->scheme = c->hs->own_scheme;
    op->key = c->hs->own->key;
    sign_content(c, is_server(c));
    if (is_server(c)) {
        c->scheme = c->hs->own_scheme;
    }
    return true;
}

bool write_certificate_verify(struct hf_connection *c)
{
    const struct hf_operation *op = &c->hs->operation;
    struct certificate_verify verify = { op->scheme->id,
        bytes_of(op->signature, op->signature_length) };
    certificate_verify_build(c->out, &verify);
    return true;
}

static const uint8_t *handshake_secret(const struct hf_connection *c, bool of_server)
{
    const struct schedule13 *s = &c->hs->schedule;
    return of_server ? s->server_handshake : s->client_handshake;
}

bool write_finished(struct hf_connection *c)
{
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t mac[HASH_SIZE_MAX];
    transcript_digest(&c->hs->transcript, digest);
    const uint8_t *after = c->hs->finished_base;
    finished_mac(c->hash, after != NULL ? after : handshake_secret(c, is_server(c)), digest, mac);
    build_bytes(c->out, bytes_of(mac, c->hash->size));
    wipe(mac, sizeof mac);
    return true;
}

bool on_finished(struct hf_connection *c)
{
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t mac[HASH_SIZE_MAX];
    if (reader_left(&c->in) != c->hash->size) {
        return fail_at(&c->error, ERR_bad_finished, "verify_data", MESSAGE_HEADER,
            "%zu bytes, not %zu", reader_left(&c->in), c->hash->size);
    }
    transcript_digest(&c->hs->transcript, digest);
    finished_mac(c->hash, handshake_secret(c, !is_server(c)), digest, mac);
    bool equal = ct_equal(mac, c->in.at, c->hash->size);
    wipe(mac, sizeof mac);
    if (!equal) {
        return fail_at(&c->error, ERR_bad_finished, "verify_data", MESSAGE_HEADER,
            "the %s's Finished is not the one of our transcript",
            is_server(c) ? "client" : "server");
    }
    return true;
}

bool on_certificate(struct hf_connection *c)
{
    struct certificate_message message;
    TRY(certificate_message_parse(&c->in, &message, &c->error));
    if (message.context.length != 0) {
        return fail_at(&c->error, ERR_illegal_parameter, "certificate_request_context",
            MESSAGE_HEADER, "it is not empty in the handshake");
    }
    hf_reader list = reader_within(&c->in, message.list);
    struct certificate_entry entry;
    hf_bytes chain[CHAIN_MAX];
    size_t count = 0;
    int more;
    while ((more = certificate_entry_next(&list, &entry, &c->error)) == 1) {
        if (count == CHAIN_MAX) {
            return fail_at(&c->error, ERR_message_too_long, "certificate_list",
                reader_offset(&list), "more than %d certificates", CHAIN_MAX);
        }
        c->hs->entry = count;
        TRY(extensions_read(c, IN_CT, entry.extensions));
        chain[count++] = entry.der;
    }
    return more == 0 && take_chain(c, chain, count);
}

/* RFC 9846, 4.5.2; RFC 5246, 7.4.3 and 7.4.8: a scheme that we offered, of the version, and that
 * the leaf's key makes. */
bool take_signature(struct hf_connection *c, const struct certificate_verify *verify)
{
    const struct settings *s = c->settings;
    struct handshake *hs = c->hs;
    const struct signature_scheme *scheme = NULL;
    for (size_t i = 0; i < s->scheme_count; i++) {
        scheme = s->schemes[i]->id == verify->scheme ? s->schemes[i] : scheme;
    }
    if (scheme == NULL || !scheme_fits_key(c, scheme, &hs->chain[0].key)) {
        char key[32];
        key_text(&hs->chain[0], key, sizeof key);
        return fail_at(&c->error, ERR_wrong_signature_scheme, "algorithm", SIZE_MAX,
            "%s with a key of %s%s", scheme_name(verify->scheme), key,
            scheme == NULL ? "; we did not offer it" : "");
    }
    uint8_t *copy = arena_take(&c->arena, verify->signature.length);
    if (copy == NULL) {
        return fail_c(c, ERR_out_of_memory, "the peer's signature");
    }
    if (verify->signature.length > 0) {
        memcpy(copy, verify->signature.data, verify->signature.length);
    }
    hs->peer_scheme = scheme;
    hs->peer_signature = bytes_of(copy, verify->signature.length);
    c->scheme = is_server(c) ? c->scheme : scheme;
    return true;
}

bool on_certificate_verify(struct hf_connection *c)
{
    struct certificate_verify verify;
    TRY(certificate_verify_parse(&c->in, &verify, &c->error));
    TRY(take_signature(c, &verify));
    sign_content(c, !is_server(c));
    return true;
}
