/* Connections: made, asked, freed (include/handfast/connection.h). */
#include "conn/connection.h"

#include <string.h>

#include "base/ct.h"
#include "handshake/engine.h"
#include "handshake/handlers.h"
#include "handshake/output.h"
#include "handshake/resume.h"
#include "handshake/trace.h"
#include "x509/identity.h"

static void forget_transcript(struct hf_connection *c)
{
    release_wiped(c->settings->allocator, c->after, sizeof *c->after);
    c->after = NULL;
}

/* RFC 9846, E.4: a client's first protected record follows a ChangeCipherSpec, an alert too. */
static bool compatible_ccs(struct hf_connection *c)
{
    hf_builder b;
    if (is_server(c) || c->hs == NULL || c->write.aead == NULL || !when_ccs_due(c->facts)) {
        return true;
    }
    TRY(output_open(c, CONTENT_CCS, 1, &b));
    build_u8(&b, 1);
    output_commit(c, &b);
    c->facts |= FACT_CCS_SENT;
    return true;
}

hf_status connection_fail(struct hf_connection *c)
{
    struct hf_error *error = &c->error;
    c->busy = true;
    trace_error(c);
    if (error->who == HF_WE && error->alert >= 0 && !c->alert_sent) {
        struct hf_error kept = *error;
        c->alert_sent = compatible_ccs(c) && output_alert(c, true, error->alert);
        *error = kept;
    }
    /* Somebody may be at work on the operation: its memory stays until the connection is freed. */
    if (!engine_waits(c) || c->hs->operation.status != OPERATION_PENDING) {
        engine_end(c);
    }
    record_half_drop(&c->read);
    record_half_drop(&c->write);
    wipe(&c->kept, sizeof c->kept);
    resume_forget(c);
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
static bool take_names(struct hf_connection *c, const hf_connect_options *options)
{
    struct identity *identity = &c->hs->identity;
    if (!c->settings->insecure || options->identity != NULL) {
        if (options->identity == NULL) {
            return fail_c(c, ERR_bad_configuration, "no identity to verify was given");
        }
        TRY(identity_parse(options->identity, identity, &c->error));
    }
    struct identity name = *identity;
    if (options->server_name != NULL) {
        TRY(identity_parse(options->server_name, &name, &c->error));
        if (name.type != IDENTITY_DNS) {
            return fail_c(c, ERR_bad_configuration, "an SNI is a DNS name, not %s",
                options->server_name);
        }
    }
    if (name.type == IDENTITY_DNS && !options->no_server_name) {
        memcpy(c->server_name, name.dns, sizeof name.dns);
    }
    return true;
}
_Static_assert(sizeof((struct hf_connection *)0)->server_name ==
        sizeof((struct identity *)0)->dns, "one copies to the other");

hf_connection *hf_connect_new_with(hf_config *config, const hf_connect_options *options,
    hf_error *error)
{
    struct hf_connection *c = connection_new(config, HF_CLIENT, error);
    if (c == NULL) {
        return NULL;
    }
    c->busy = true;
    c->fallback = options->fallback;
    bool begun = take_names(c, options);
    if (begun && options->session != NULL) {
        resume_offer(c, options->session);
    }
    begun = begun && engine_act(c);
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

hf_connection *hf_connect_new_sni(hf_config *config, const char *identity, const char *server_name,
    hf_error *error)
{
    hf_connect_options options = { .identity = identity, .server_name = server_name,
        .no_server_name = server_name == NULL };
    return hf_connect_new_with(config, &options, error);
}

hf_connection *hf_connect_new(hf_config *config, const char *identity, hf_error *error)
{
    hf_connect_options options = { .identity = identity };
    return hf_connect_new_with(config, &options, error);
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
    release_wiped(allocator, connection->staple.data, connection->staple.length);
    release_wiped(allocator, connection->timestamps.data, connection->timestamps.length);
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
        .version = c->version != 0 ? version_name(c->version) : NULL,
        .suite = c->suite != NULL ? c->suite->name : NULL,
        .group = c->group != NULL ? c->group->name : NULL,
        .signature = c->scheme != NULL ? c->scheme->name : NULL,
        .alpn = c->alpn,
        .server_name = c->server_name[0] != '\0' ? c->server_name : NULL,
        .hello_retry = retried,
        .client_certificate_asked = c->asked_certificate,
        .client_certificate_sent = c->client_certificate,
        .stapled = stapled_word(c),
        .resumed = is_resumed(c),
        .resumption = c->version != 0 ? session_verdict_text(c->verdict) : NULL,
        .extended_master_secret = c->version == VERSION_TLS13 || c->extended_master,
        .round_trips = retried || (is_tls12(c) && !is_resumed(c)) ? 2 : 1,
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

const uint8_t *hf_peer_staple(const hf_connection *connection, size_t *length)
{
    *length = connection->staple.length;
    return connection->staple.data;
}

const uint8_t *hf_peer_sct(const hf_connection *connection, size_t *length)
{
    *length = connection->timestamps.length;
    return connection->timestamps.data;
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
    if (is_tls12(c)) {
        return HF_FAILED; /* it has no KeyUpdate; the connection is as good */
    }
    c->key_update_request = request_peer;
    c->busy = true;
    bool ok = engine_request(c, KEY_UPDATE);
    c->busy = false;
    return ok ? HF_OK : connection_fail(c);
}
