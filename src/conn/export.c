/* What a connection gives an application to bind itself to: exported keying material (RFC 9846,
 * 7.5; RFC 5705) and channel bindings (RFC 5929; RFC 9266). Nothing here harms the connection. */
#include <string.h>

#include "conn/connection.h"

/* Without the extended master secret another connection could have the same (RFC 7627, 5.4). */
static bool is_unique(const struct hf_connection *c)
{
    return c->connected && !error_is_set(&c->error) && (!is_tls12(c) || c->extended_master);
}

hf_status hf_export(hf_connection *connection, const char *label, const void *context,
    size_t context_length, uint8_t *out, size_t length)
{
    const struct hf_connection *c = connection;
    hf_bytes bytes = bytes_of(context, context_length);
    if (!is_unique(c)) {
        return HF_FAILED;
    }
    bool done = is_tls12(c)
        ? exporter12(c->hash, c->kept.tls12.master, c->kept.tls12.client_random,
              c->kept.tls12.server_random, label, context != NULL, bytes, out, length)
        : exporter13(c->hash, c->kept.tls13.exporter, bytes_of(label, strlen(label)), bytes, out,
              length);
    return done ? HF_OK : HF_FAILED;
}

static size_t unique(const struct hf_connection *c, uint8_t *out)
{
    if (!is_tls12(c) || !is_unique(c)) {
        return 0;
    }
    memcpy(out, c->kept.tls12.unique, VERIFY_DATA12);
    return VERIFY_DATA12;
}

/* RFC 5929, 4.1: by the hash of the certificate's signature, but SHA-256 in the place of older ones
 * and where the signature names none. */
static size_t end_point(const struct hf_connection *c, uint8_t *out)
{
    hf_bytes der = bytes_of(NULL, 0);
    if (is_server(c)) {
        der = c->own != NULL ? c->own->chain[0] : der;
    } else if (c->peer != NULL) {
        der = c->peer->certificates[0];
    }
    struct certificate certificate;
    if (der.length == 0 || !certificate_parse(der, c->settings->provider, &certificate, NULL)) {
        return 0;
    }
    enum hash_id id = certificate.scheme != NULL ? certificate.scheme->hash : HASH_NONE;
    bool strong = id == HASH_SHA384 || id == HASH_SHA512;
    const struct hash *hash = c->settings->provider->hash(strong ? id : HASH_SHA256);
    struct hash_state state;
    hash->init(&state);
    hash->update(&state, der.data, der.length);
    hash->finish(&state, out);
    return hash->size;
}

size_t hf_channel_binding(hf_connection *connection, const char *name,
    uint8_t out[HF_BINDING_MAX])
{
    enum { EXPORTED = 32 };
    const struct hf_connection *c = connection;
    if (!c->connected || error_is_set(&c->error)) {
        return 0;
    }
    if (strcmp(name, "tls-unique") == 0) {
        return unique(c, out);
    }
    if (strcmp(name, "tls-server-end-point") == 0) {
        return end_point(c, out);
    }
    bool exported = strcmp(name, "tls-exporter") == 0 &&
        hf_export(connection, "EXPORTER-Channel-Binding", "", 0, out,
            EXPORTED) == HF_OK;
    return exported ? EXPORTED : 0;
}
