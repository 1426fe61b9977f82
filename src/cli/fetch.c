/* The certificates that a host sends: see fetch.h. Nothing of it is trusted: who looks at them
 * decides. */
#include "cli/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/channel.h"
#include "net/clock.h"

enum { FETCH_US = 30000000 };

static bool go_on(void *user, hf_connection *connection, bool ok, const hf_check checks[HF_CHECKS])
{
    (void)user;
    (void)connection;
    (void)ok;
    (void)checks;
    return true;
}

static bool wait_for_peer(const struct channel *channel, uint64_t deadline_us,
    struct hf_error *error)
{
    short events = (short)(POLLIN | (channel_has_output(channel) ? POLLOUT : 0));
    struct pollfd waits = { channel->fd, events, 0 };
    int ready;
    do {
        ready = poll(&waits, 1, clock_poll_ms(deadline_us));
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        (void)fail(error, channel->received == 0 ? ERR_silent : ERR_timed_out,
            "the handshake took too long");
        error->who = HF_NETWORK;
        error->state = hf_state_name(channel->connection);
        return false;
    }
    return true;
}

static bool shake_hands(struct channel *channel, struct inbox *inbox, uint64_t deadline_us,
    struct hf_error *error)
{
    while (!hf_is_connected(channel->connection)) {
        const uint8_t *data;
        size_t length;
        enum channel_status status = channel_next(channel, inbox, &data, &length);
        if (status == CHANNEL_FAILED || channel_flush(channel) == CHANNEL_FAILED) {
            *error = *channel_error(channel);
            return false;
        }
        if (hf_is_connected(channel->connection)) {
            break;
        }
        status = channel_fill(channel, inbox);
        if (status == CHANNEL_FAILED) {
            *error = *channel_error(channel);
            return false;
        }
        if (status == CHANNEL_WAIT) {
            TRY(wait_for_peer(channel, deadline_us, error));
        }
    }
    (void)channel_flush(channel);
    (void)channel_close(channel);
    return true;
}

static bool keep_chain(hf_connection *connection, struct fetched *fetched, struct hf_error *error)
{
    const uint8_t *der;
    size_t length;
    for (size_t i = 0; hf_peer_certificate(connection, i, &length) != NULL; i++) {
        fetched->length += length;
    }
    fetched->der = malloc(fetched->length + 1);
    if (fetched->der == NULL) {
        return fail(error, ERR_out_of_memory, "the certificates");
    }
    size_t used = 0;
    for (size_t i = 0; i < CHAIN_MAX
         && (der = hf_peer_certificate(connection, i, &length)) != NULL; i++) {
        memcpy(fetched->der + used, der, length);
        fetched->certificates[fetched->count++] = bytes_of(fetched->der + used, length);
        used += length;
    }
    return fetched->count > 0 || fail(error, ERR_no_certificate, "the host sent none");
}

static bool visit(struct setup *setup, const struct options *options, int fd, uint64_t deadline_us,
    struct fetched *fetched, struct hf_error *error)
{
    const char *identity = options->name != NULL ? options->name : options->host;
    struct identity parsed;
    TRY(identity_parse(identity, &parsed, error));
    const char *server_name = options->no_server_name ? NULL
        : options->server_name != NULL ? options->server_name
        : parsed.type == IDENTITY_DNS ? identity : NULL;
    struct inbox inbox = { .data = malloc(CHANNEL_BUFFER), .capacity = CHANNEL_BUFFER };
    if (inbox.data == NULL) {
        return fail(error, ERR_out_of_memory, "the buffer");
    }
    hf_connection *connection = hf_connect_new_sni(setup->config, identity, server_name, error);
    bool ok = false;
    if (connection != NULL) {
        struct channel channel;
        channel_begin(&channel, connection, fd);
        ok = shake_hands(&channel, &inbox, deadline_us, error)
            && keep_chain(connection, fetched, error);
        channel_end(&channel);
    }
    hf_connection_free(connection);
    free(inbox.data);
    return ok;
}

bool fetch_chain(struct setup *setup, const struct options *options, struct fetched *fetched,
    struct hf_error *error)
{
    uint64_t patience = options->connect_timeout_us > 0 ? options->connect_timeout_us : FETCH_US;
    patience = options->max_time_us > 0 && options->max_time_us < patience ? options->max_time_us
        : patience;
    struct dial_output dialed = { .fd = -1 };
    struct dial_input input = { options->host, options->port, options->family, options->overrides,
        options->override_count, clock_us() + patience };
    memset(fetched, 0, sizeof *fetched);
    hf_config_set_verify(setup->config, go_on, NULL);
    TRY(hf_config_seal(setup->config, error));
    bool ok = dial(&input, &dialed, error);
    memcpy(fetched->address, dialed.address, sizeof fetched->address);
    ok = ok && visit(setup, options, dialed.fd, input.deadline_us, fetched, error);
    if (dialed.fd >= 0) {
        (void)close(dialed.fd);
    }
    return ok;
}

void fetched_end(struct fetched *fetched)
{
    free(fetched->der);
    fetched->der = NULL;
}
