/* Connections: made, asked, freed (include/handfast/connection.h). */
#include "conn/connection.h"

#include <string.h>

#include "base/ct.h"
#include "handshake/engine.h"
#include "handshake/output.h"
#include "handshake/trace.h"
#include "x509/identity.h"

static void forget_transcript(struct hf_connection *c)
{
    release_wiped(c->settings->allocator, c->after, sizeof *c->after);
    c->after = NULL;
}

hf_status connection_fail(struct hf_connection *c)
{
    struct hf_error *error = &c->error;
    c->busy = true;
    trace_error(c);
    if (error->who == HF_WE && error->alert >= 0 && !c->alert_sent) {
        struct hf_error kept = *error;
        c->alert_sent = output_alert(c, true, error->alert);
        *error = kept;
    }
    /* Somebody may be at work on the operation: its memory stays until the connection is freed. */
    if (!engine_waits(c) || c->hs->operation.status != OPERATION_PENDING) {
        engine_end(c);
    }
    record_half_drop(&c->read);
    record_half_drop(&c->write);
    wipe(c->read_secret, sizeof c->read_secret);
    wipe(c->write_secret, sizeof c->write_secret);
    wipe(c->exporter, sizeof c->exporter);
    forget_transcript(c);
    c->busy = false;
    return HF_FAILED;
}

static struct hf_connection *connection_new(hf_config *config, hf_role role, struct hf_error *error)
{
    struct hf_error here;
    error = error != NULL ? error : &here;
    error_clear(error);
    if (!config->sealed || config->settings.role != role) {
        (void)fail(error, ERR_bad_configuration, "the config is %s",
            config->sealed ? "for the other role" : "not sealed");
        return NULL;
    }
    const struct allocator *allocator = config->settings.allocator;
    struct hf_connection *c = allocate_zeroed(allocator, sizeof *c);
    if (c == NULL) {
        (void)fail(error, ERR_out_of_memory, "a connection");
        return NULL;
    }
    config_retain(config);
    c->config = config;
    c->settings = &config->settings;
    c->send_limit = RECORD_PLAIN_MAX;
    c->arena = (struct arena){ allocator, NULL, 0, 0 };
    error_clear(&c->error);
    if (!engine_begin(c)) {
        *error = c->error;
        hf_connection_free(c);
        return NULL;
    }
    return c;
}

/* What was asked for, into the handshake: the identity to verify, and the SNI. */
static bool take_names(struct hf_connection *c, const char *identity, const char *server_name)
{
    if (!c->settings->insecure || identity != NULL) {
        if (identity == NULL) {
            return fail_c(c, ERR_bad_configuration, "no identity to verify was given");
        }
        TRY(identity_parse(identity, &c->hs->identity, &c->error));
    }
    if (server_name != NULL) {
        struct identity name;
        TRY(identity_parse(server_name, &name, &c->error));
        if (name.type != IDENTITY_DNS) {
            return fail_c(c, ERR_bad_configuration, "an SNI is a DNS name, not %s", server_name);
        }
        memcpy(c->server_name, name.dns, sizeof name.dns);
    }
    return true;
}
_Static_assert(sizeof((struct hf_connection *)0)->server_name ==
        sizeof((struct identity *)0)->dns, "one copies to the other");

hf_connection *hf_connect_new_sni(hf_config *config, const char *identity, const char *server_name,
    hf_error *error)
{
    struct hf_connection *c = connection_new(config, HF_CLIENT, error);
    if (c == NULL) {
        return NULL;
    }
    c->busy = true;
    bool begun = take_names(c, identity, server_name) && engine_act(c);
    c->busy = false;
    if (!begun) {
        if (error != NULL) {
            *error = c->error;
        }
        hf_connection_free(c);
        return NULL;
    }
    return c;
}

hf_connection *hf_connect_new(hf_config *config, const char *identity, hf_error *error)
{
    struct identity parsed;
    bool is_name = identity != NULL && identity_parse(identity, &parsed, NULL) &&
        parsed.type == IDENTITY_DNS;
    return hf_connect_new_sni(config, identity, is_name ? identity : NULL, error);
}

hf_connection *hf_accept_new(hf_config *config, hf_error *error)
{
    return connection_new(config, HF_SERVER, error);
}

void hf_connection_free(hf_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    struct hf_config *config = connection->config;
    const struct allocator *allocator = connection->settings->allocator;
    engine_end(connection);
    output_release(connection);
    record_half_drop(&connection->read);
    record_half_drop(&connection->write);
    forget_transcript(connection);
    if (connection->peer != NULL) {
        release_wiped(allocator, connection->peer, connection->peer->size);
    }
    release_wiped(allocator, connection, sizeof *connection);
    hf_config_free(config);
}

bool hf_is_connected(const hf_connection *connection)
{
    return connection->connected;
}

const hf_error *hf_connection_error(const hf_connection *connection)
{
    return &connection->error;
}

const char *hf_state_name(const hf_connection *connection)
{
    return state_name(connection->state);
}

void hf_connection_set_user(hf_connection *connection, void *user)
{
    connection->user = user;
}

void *hf_connection_user(const hf_connection *connection)
{
    return connection->user;
}

void hf_connection_facts(const hf_connection *connection, hf_facts *facts)
{
    const struct hf_connection *c = connection;
    bool retried = (c->facts & FACT_RETRIED) != 0;
    *facts = (hf_facts){
        .version = c->group != NULL ? version_name(VERSION_TLS13) : NULL,
        .suite = c->suite != NULL ? c->suite->name : NULL,
        .group = c->group != NULL ? c->group->name : NULL,
        .signature = c->scheme != NULL ? c->scheme->name : NULL,
        .alpn = c->alpn,
        .server_name = c->server_name[0] != '\0' ? c->server_name : NULL,
        .hello_retry = retried,
        .client_certificate_asked = c->asked_certificate,
        .client_certificate_sent = c->client_certificate,
        .round_trips = retried ? 2 : 1,
    };
}

const uint8_t *hf_peer_certificate(const hf_connection *connection, size_t index, size_t *length)
{
    const struct peer *peer = connection->peer;
    if (peer == NULL || index >= peer->count) {
        *length = 0;
        return NULL;
    }
    *length = peer->certificates[index].length;
    return peer->certificates[index].data;
}

/* RFC 9846, 7.5. Nothing here harms the connection. */
hf_status hf_export(hf_connection *connection, const char *label, const void *context,
    size_t context_length, uint8_t *out, size_t length)
{
    struct hf_connection *c = connection;
    if (!c->connected || error_is_set(&c->error) ||
        !exporter13(c->hash, c->exporter, bytes_of(label, strlen(label)),
            bytes_of(context, context_length), out, length)) {
        return HF_FAILED;
    }
    return HF_OK;
}

/* RFC 9846, 4.7.3. */
hf_status hf_key_update(hf_connection *connection, bool request_peer)
{
    struct hf_connection *c = connection;
    if (error_is_set(&c->error) || c->closed_out || c->busy) {
        return HF_FAILED;
    }
    if (c->state != CONNECTED) {
        return HF_MORE;
    }
    c->key_update_request = request_peer;
    c->busy = true;
    bool ok = engine_request(c, KEY_UPDATE);
    c->busy = false;
    return ok ? HF_OK : connection_fail(c);
}
