/* The event loop of `serve`: see server.h. One buffer for all connections: a connection keeps
 * bytes of its own only while half a record waits for its other half, or while the application
 * is busy. Each has a deadline. A connection that is over is shut down for writing and drained
 * for a while, so that an alert is not lost in a reset. */
#include "net/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ct.h"
#include "net/clock.h"

enum { LINGER_MS = 1000, LINGER_BYTES = 1 << 20, CHUNKS_A_TURN = 8, ACCEPTS_A_TURN = 64,
    FIRST_POLLS = 2,
    PAUSE_MS = 100 };

enum phase { PHASE_TALKS, PHASE_LINGERS };

struct member {
    struct peer peer;
    enum phase phase;
    uint8_t *kept;             /* bytes received and not used yet */
    size_t kept_length;
    uint64_t deadline_us;
    uint64_t drained;
    bool stalled;              /* `kept` waits for the application, not for the socket */
    bool more;                 /* the application has more to send than one turn takes */
    bool deaf;                 /* the application wants no more data */
    bool half_closed;          /* the peer sent close_notify */
    bool finished;             /* the application has no more to send */
    bool told;                 /* end was called */
};

struct server {
    const struct server_input *input;
    struct member *members[SERVER_PEERS_MAX];
    struct pollfd polls[SERVER_PEERS_MAX + FIRST_POLLS];
    size_t count;
    uint64_t accepted;
    uint64_t pause_until_us;   /* no accepting before: out of descriptors */
    struct inbox inbox;
    uint8_t chunk[SERVER_CHUNK];
};

static void set_deadline(struct member *member, unsigned ms)
{
    member->deadline_us = clock_us() + (uint64_t)ms * 1000;
}

static void tell_end(struct server *server, struct member *member, const struct hf_error *error)
{
    if (!member->told) {
        const struct application *application = &server->input->application;
        member->told = true;
        application->end(application->user, &member->peer, error);
    }
}

static void keep(struct member *member, const uint8_t *data, size_t length, struct hf_error *error)
{
    if (member->kept != NULL) {
        wipe(member->kept, member->kept_length);
        free(member->kept);
    }
    member->kept = NULL;
    member->kept_length = 0;
    if (length > 0) {
        member->kept = malloc(length);
        if (member->kept == NULL) {
            (void)fail(error, ERR_out_of_memory, "%zu bytes received", length);
            return;
        }
        memcpy(member->kept, data, length);
        member->kept_length = length;
    }
}

/* The connection is over; the socket lives on for a while. */
static void linger(struct server *server, struct member *member, const struct hf_error *error)
{
    tell_end(server, member, error);
    keep(member, NULL, 0, NULL);
    (void)channel_flush(&member->peer.channel);
    (void)shutdown(member->peer.channel.fd, SHUT_WR);
    member->phase = PHASE_LINGERS;
    set_deadline(member, LINGER_MS);
}

static void drop(struct server *server, size_t index)
{
    struct member *member = server->members[index];
    tell_end(server, member, channel_error(&member->peer.channel));
    keep(member, NULL, 0, NULL);
    (void)close(member->peer.channel.fd);
    hf_connection_free(member->peer.channel.connection);
    channel_end(&member->peer.channel);
    free(member);
    server->members[index] = server->members[--server->count];
}

/* ---- Accepting ---- */

static struct member *member_new(struct server *server, int fd)
{
    struct member *member = calloc(1, sizeof *member);
    struct hf_error error;
    error_clear(&error);
    hf_connection *connection = member == NULL ? NULL : hf_accept_new(server->input->config,
        &error);
    if (connection == NULL || !set_nonblocking(fd)) {
        hf_connection_free(connection);
        free(member);
        return NULL;
    }
    channel_begin(&member->peer.channel, connection, fd);
    member->peer.begun_us = clock_us();
    hf_connection_set_user(connection, &member->peer);
    set_deadline(member, server->input->handshake_timeout_ms);
    return member;
}

static void add_member(struct server *server, int fd, const struct sockaddr_storage *address)
{
    const struct application *application = &server->input->application;
    struct member *member = member_new(server, fd);
    if (member == NULL) {
        (void)close(fd);
        return;
    }
    address_text(address, member->peer.address, &member->peer.port);
    if (!application->begin(application->user, &member->peer)) {
        hf_connection_free(member->peer.channel.connection);
        free(member);
        (void)close(fd);
        return;
    }
    server->members[server->count++] = member;
}

static bool accepts_more(const struct server *server)
{
    return (server->input->count == 0 || server->accepted < server->input->count)
        && server->count < SERVER_PEERS_MAX;
}

static void accept_some(struct server *server)
{
    for (unsigned i = 0; i < ACCEPTS_A_TURN && accepts_more(server); i++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        memset(&address, 0, sizeof address);
        int fd = accept(server->input->listener, (struct sockaddr *)&address, &size);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                server->pause_until_us = clock_us() + PAUSE_MS * 1000;
            }
            return;
        }
        server->accepted++;
        add_member(server, fd, &address);
    }
}

/* ---- Talking ---- */

/* False: the connection is over (it lingers). */
static bool after(struct server *server, struct member *member, enum channel_status status)
{
    if (status == CHANNEL_FAILED) {
        linger(server, member, channel_error(&member->peer.channel));
        return false;
    }
    return true;
}

static void note_connected(struct server *server, struct member *member)
{
    const struct application *application = &server->input->application;
    if (!member->peer.connected && hf_is_connected(member->peer.channel.connection)) {
        member->peer.connected = true;
        set_deadline(member, server->input->idle_timeout_ms);
        application->connected(application->user, &member->peer);
    }
}

/* Sends what waits, then what the application has. False: over. */
static bool send_turn(struct server *server, struct member *member)
{
    const struct application *application = &server->input->application;
    struct channel *channel = &member->peer.channel;
    enum channel_status status = channel_flush(channel);
    member->more = member->peer.connected;
    for (unsigned i = 0; i < CHUNKS_A_TURN && status == CHANNEL_OK && member->more; i++) {
        size_t length = member->finished ? 0 : application->produce(application->user,
            &member->peer,
            server->chunk, &member->finished);
        member->more = length > 0;
        if (length > 0) {
            set_deadline(member, server->input->idle_timeout_ms);
            status = channel_write(channel, server->chunk, length);
        }
    }
    if (status == CHANNEL_OK && member->finished && !member->more) {
        status = channel_close(channel);
    }
    if (!after(server, member, status)) {
        return false;
    }
    if (status == CHANNEL_OK && channel->closing) {
        linger(server, member, &channel->error);
        return false;
    }
    return true;
}

/* Works on the inbox until it needs more, or the application is busy sending. False: over. */
static bool receive_turn(struct server *server, struct member *member)
{
    const struct application *application = &server->input->application;
    struct channel *channel = &member->peer.channel;
    member->stalled = false;
    for (;;) {
        const uint8_t *data = NULL;
        size_t length = 0;
        enum channel_status status = channel_next(channel, &server->inbox, &data, &length);
        note_connected(server, member);
        if (!after(server, member, status)) {
            return false;
        }
        if (status == CHANNEL_DATA && !member->deaf) {
            set_deadline(member, server->input->idle_timeout_ms);
            member->deaf = !application->receive(application->user, &member->peer, data, length);
        } else if (status == CHANNEL_CLOSED && !member->half_closed) {
            member->half_closed = true;
            application->received_all(application->user, &member->peer);
        }
        if (!send_turn(server, member)) {
            return false;
        }
        if (status != CHANNEL_DATA) {
            break;
        }
        if (channel_has_output(channel)) {
            member->stalled = server->inbox.begin < server->inbox.end;
            break;
        }
    }
    keep(member, server->inbox.data + server->inbox.begin, server->inbox.end - server->inbox.begin,
        &channel->error);
    return after(server, member, error_is_set(&channel->error) ? CHANNEL_FAILED : CHANNEL_OK);
}

static void load_kept(struct server *server, const struct member *member)
{
    server->inbox.begin = 0;
    server->inbox.end = member->kept_length;
    if (member->kept_length > 0) {
        memcpy(server->inbox.data, member->kept, member->kept_length);
    }
}

static void talk(struct server *server, struct member *member, short events)
{
    struct channel *channel = &member->peer.channel;
    if (!send_turn(server, member)) {
        return;
    }
    bool sends = channel_has_output(channel);
    bool readable = (events & (POLLIN | POLLHUP | POLLERR)) != 0;
    if (sends || (!readable && !member->stalled)) {
        return;
    }
    load_kept(server, member);
    if (!member->stalled) {
        enum channel_status status = channel_fill(channel, &server->inbox);
        if (status == CHANNEL_WAIT || !after(server, member, status)) {
            return;
        }
    }
    (void)receive_turn(server, member);
}

/* Reads and forgets. False: the end came. */
static bool drain(struct server *server, struct member *member)
{
    ssize_t got = recv(member->peer.channel.fd, server->inbox.data, server->inbox.capacity, 0);
    if (got < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    }
    member->drained += (uint64_t)got;
    return got > 0 && member->drained < LINGER_BYTES;
}

/* False: drop it. */
static bool check_time(struct server *server, struct member *member, uint64_t now)
{
    if (now < member->deadline_us) {
        return true;
    }
    if (member->phase == PHASE_LINGERS) {
        return false;
    }
    struct hf_error *error = &member->peer.channel.error;
    (void)fail(error, ERR_timed_out, "%s", member->peer.connected ? "the peer is silent"
        : "the handshake takes too long");
    error->who = HF_NETWORK;
    error->state = hf_state_name(member->peer.channel.connection);
    linger(server, member, error);
    return true;
}

/* ---- The loop ---- */

static short wanted(const struct member *member)
{
    if (member->phase == PHASE_LINGERS) {
        return POLLIN;
    }
    if (channel_has_output(&member->peer.channel)) {
        return POLLOUT;
    }
    return member->half_closed ? 0 : POLLIN;
}

/* An application may have more to send after its turn was over. */
static bool is_ready(const struct member *member)
{
    return member->phase == PHASE_TALKS && !channel_has_output(&member->peer.channel)
        && (member->stalled || member->more);
}

static int prepare(struct server *server)
{
    bool open = accepts_more(server) && clock_us() >= server->pause_until_us;
    server->polls[0] = (struct pollfd){ server->input->stop, POLLIN, 0 };
    server->polls[1] = (struct pollfd){ open ? server->input->listener : -1, POLLIN, 0 };
    uint64_t nearest = clock_us() + 1000000;
    for (size_t i = 0; i < server->count; i++) {
        struct member *member = server->members[i];
        server->polls[FIRST_POLLS + i] = (struct pollfd){ member->peer.channel.fd, wanted(member),
            0 };
        nearest = member->deadline_us < nearest ? member->deadline_us : nearest;
        if (is_ready(member)) {
            nearest = 0;
        }
    }
    if (server->pause_until_us > 0 && !open && server->pause_until_us < nearest) {
        nearest = server->pause_until_us;
    }
    return clock_poll_ms(nearest);
}

static void turn(struct server *server)
{
    uint64_t now = clock_us();
    /* From the last to the first: a drop moves the last one into the gap. */
    for (size_t i = server->count; i-- > 0;) {
        struct member *member = server->members[i];
        short events = server->polls[FIRST_POLLS + i].revents;
        bool stays = true;
        if (member->phase == PHASE_LINGERS) {
            stays = events == 0 || drain(server, member);
        } else if (events != 0 || is_ready(member)) {
            talk(server, member, events);
        }
        if (!stays || !check_time(server, member, now)) {
            drop(server, i);
        }
    }
    if ((server->polls[1].revents & POLLIN) != 0) {
        accept_some(server);
    }
}

static bool is_done(const struct server *server)
{
    bool all_came = server->input->count > 0 && server->accepted >= server->input->count;
    return (server->polls[0].revents & POLLIN) != 0 || (all_came && server->count == 0);
}

bool serve_forever(const struct server_input *input, struct hf_error *error)
{
    struct server *server = calloc(1, sizeof *server);
    uint8_t *buffer = malloc(CHANNEL_BUFFER);
    if (server == NULL || buffer == NULL) {
        free(server);
        free(buffer);
        return fail(error, ERR_out_of_memory, "the server");
    }
    server->input = input;
    server->inbox = (struct inbox){ buffer, 0, 0, CHANNEL_BUFFER };
    bool ok = true;
    while (ok && !is_done(server)) {
        int timeout = prepare(server);
        int ready = poll(server->polls, (nfds_t)(FIRST_POLLS + server->count), timeout);
        if (ready < 0 && errno != EINTR) {
            ok = fail(error, ERR_internal_error, "poll: %s", strerror(errno));
        } else {
            turn(server);
        }
    }
    while (server->count > 0) {
        drop(server, server->count - 1);
    }
    wipe(buffer, CHANNEL_BUFFER);
    free(buffer);
    free(server);
    return ok;
}
