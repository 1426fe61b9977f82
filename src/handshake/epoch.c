/* What rows do to the keys: secrets derived, keys installed (rule 6 of edge.h). RFC 9846, 7;
 * RFC 5246, 6.3 and 8.1. */
#include "handshake/epoch.h"

#include <string.h>

#include "base/ct.h"
#include "handshake/handlers.h"
#include "handshake/output.h"
#include "handshake/trace.h"

static const uint8_t *traffic_secret(const struct hf_connection *c, bool by_server,
    bool application)
{
    const struct schedule13 *s = &c->hs->schedule;
    if (application) {
        return by_server ? s->server_application : s->client_application;
    }
    return by_server ? s->server_handshake : s->client_handshake;
}

/* RFC 5246, 8.1; RFC 7627, 4. */
static void derive_master(struct hf_connection *c)
{
    uint8_t digest[HASH_SIZE_MAX];
    uint8_t *master = c->kept.tls12.master;
    if (c->extended_master) {
        transcript_digest(&c->hs->transcript, digest);
        extended_master_secret12(c->hash, premaster12(c), digest, master);
    } else {
        master_secret12(c->hash, premaster12(c), c->kept.tls12.client_random,
            c->kept.tls12.server_random, master);
    }
    wipe(c->hs->secret, sizeof c->hs->secret);
}

/* RFC 9846, 7.1: from the transcript that includes the row's message. */
static void derive(struct hf_connection *c, unsigned keys)
{
    if ((keys & (DERIVE_HS | DERIVE_APP | DERIVE_RESUMPTION)) == 0) {
        return;
    }
    struct schedule13 *s = &c->hs->schedule;
    uint8_t digest[HASH_SIZE_MAX];
    transcript_digest(&c->hs->transcript, digest);
    if ((keys & DERIVE_HS) != 0) {
        if ((c->facts & FACT_PSK) == 0) { /* else the binder left the Early Secret there */
            schedule13_early(s, c->hash, bytes_of(NULL, 0));
        }
        schedule13_handshake(s, bytes_of(c->hs->secret, c->group->secret_size), digest);
        wipe(c->hs->secret, sizeof c->hs->secret);
        keylog(c, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", s->client_handshake, c->hash->size);
        keylog(c, "SERVER_HANDSHAKE_TRAFFIC_SECRET", s->server_handshake, c->hash->size);
    }
    if ((keys & DERIVE_APP) != 0) {
        schedule13_application(s, digest);
        memcpy(c->kept.tls13.exporter, s->exporter, sizeof s->exporter);
        keylog(c, "CLIENT_TRAFFIC_SECRET_0", s->client_application, c->hash->size);
        keylog(c, "SERVER_TRAFFIC_SECRET_0", s->server_application, c->hash->size);
        keylog(c, "EXPORTER_SECRET", s->exporter, c->hash->size);
    }
    if ((keys & DERIVE_RESUMPTION) != 0) {
        schedule13_resumption(s, digest);
    }
}

/* RFC 9846, 7.3: a traffic key and iv from a secret, into one direction. */
static bool install(struct hf_connection *c, bool reads, const uint8_t *secret, const char *epoch)
{
    const struct aead *aead = c->settings->provider->aead(c->suite->aead);
    uint8_t key[AEAD_KEY_MAX];
    uint8_t iv[AEAD_NONCE];
    traffic_keys(c->hash, secret, aead->key_size, key, iv);
    bool ok = record_half_install(reads ? &c->read : &c->write, VERSION_TLS13, aead, key, iv,
        !reads, &c->error);
    wipe(key, sizeof key);
    wipe(iv, sizeof iv);
    if (ok && reads) {
        c->protected_record = false;
    }
    if (ok) {
        trace_keys(c, reads, epoch, reads ? c->read_generation : c->write_generation);
    }
    return ok;
}

static bool install_epoch(struct hf_connection *c, bool reads, bool application)
{
    const uint8_t *secret = traffic_secret(c, reads != is_server(c), application);
    if (application) {
        memcpy(reads ? c->kept.tls13.read : c->kept.tls13.write, secret, c->hash->size);
        c->application_write |= !reads;
    }
    return install(c, reads, secret, application ? "application" : "handshake");
}

/* RFC 9846, 7.2. */
static bool install_next(struct hf_connection *c, bool reads)
{
    uint8_t *secret = reads ? c->kept.tls13.read : c->kept.tls13.write;
    traffic_update(c->hash, secret);
    *(reads ? &c->read_generation : &c->write_generation) += 1;
    return install(c, reads, secret, "application");
}

/* RFC 5246, 6.3: both directions' keys come of one block. */
static bool install12(struct hf_connection *c, bool reads)
{
    struct handshake *hs = c->hs;
    const struct aead *aead = c->settings->provider->aead(c->suite->aead);
    if (!hs->has_block) {
        key_block12(c->hash, aead, c->kept.tls12.master, c->kept.tls12.client_random,
            c->kept.tls12.server_random, &hs->block);
        hs->has_block = true;
        keylog(c, "CLIENT_RANDOM", c->kept.tls12.master, MASTER_SECRET);
    }
    bool servers = reads != is_server(c);
    bool ok = record_half_install(reads ? &c->read : &c->write, VERSION_TLS12, aead,
        servers ? hs->block.server_key : hs->block.client_key,
        servers ? hs->block.server_iv : hs->block.client_iv, !reads, &c->error);
    if (ok) {
        c->application_write |= !reads;
        trace_keys(c, reads, "application", 0);
    }
    return ok;
}

/* What gathered is sealed under the old key first (rule 5). */
bool change_keys(struct hf_connection *c, unsigned keys)
{
    derive(c, keys);
    if ((keys & DERIVE_MASTER) != 0) {
        derive_master(c);
    }
    if ((keys & READ_ANY) != 0 && fragment_pending(&c->fragment)) {
        return fail_c(c, ERR_left_over_bytes, "bytes behind the message that changes the keys");
    }
    TRY((keys & WRITE_ANY) == 0 || output_seal(c));
    TRY((keys & READ_HS) == 0 || install_epoch(c, true, false));
    TRY((keys & WRITE_HS) == 0 || install_epoch(c, false, false));
    TRY((keys & READ_APP) == 0 || install_epoch(c, true, true));
    TRY((keys & WRITE_APP) == 0 || install_epoch(c, false, true));
    TRY((keys & READ_NEXT) == 0 || install_next(c, true));
    TRY((keys & READ_12) == 0 || install12(c, true));
    TRY((keys & WRITE_12) == 0 || install12(c, false));
    return (keys & WRITE_NEXT) == 0 || install_next(c, false);
}
