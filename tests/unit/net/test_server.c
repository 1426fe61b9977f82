/* The event loop of `serve`, in a child: deadlines, the count, a peer that does not read. */
#include "net/server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "handfast/handfast.h"
#include "net/clock.h"
#include "test.h"

/* The clocks of both sides start apart on a busy machine, and under valgrind far apart. */
enum { HANDSHAKE_MS = 300, IDLE_MS = 400, SLACK_MS = 20000, ENDLESS = 64 << 20 };

/* An application that is silent until the first byte comes, then sends 64 MiB. */
static bool begin(void *user, struct peer *peer)
{
    (void)user;
    peer->state = NULL;
    return true;
}

static void connected(void *user, struct peer *peer)
{
    (void)user;
    (void)peer;
}

static bool receive(void *user, struct peer *peer, const uint8_t *data, size_t length)
{
    (void)data;
    (void)length;
    peer->state = user; /* talk from now on */
    return true;
}

static void received_all(void *user, struct peer *peer)
{
    peer->state = user;
    *(size_t *)user = ENDLESS;
}

static size_t produce(void *user, struct peer *peer, uint8_t *out, bool *finished)
{
    size_t *sent = user;
    if (peer->state == NULL) {
        return 0;
    }
    *finished = *sent >= ENDLESS;
    if (*finished) {
        return 0;
    }
    memset(out, 'x', SERVER_CHUNK);
    *sent += SERVER_CHUNK;
    return SERVER_CHUNK;
}

/* The exit status of the child: the last error's class. */
static void end(void *user, struct peer *peer, const hf_error *error)
{
    size_t *last = (size_t *)user + 1;
    (void)peer;
    *last = (size_t)error->code;
}

struct child {
    pid_t pid;
    uint16_t port;
    hf_config *client;
};

static bool start(struct child *child, uint64_t count)
{
    char ca[8192];
    hf_error error;
    error_clear(&error);
    hf_identity *identity = hf_identity_self_signed("localhost", ca, sizeof ca, NULL);
    hf_trust *trust = hf_trust_new();
    hf_config *server = hf_config_new(HF_SERVER, NULL);
    child->client = hf_config_new(HF_CLIENT, NULL);
    child->port = 0;
    int listener = listen_on("127.0.0.1", &child->port, &error);
    int never[2];
    bool ok = identity != NULL && trust != NULL && listener >= 0 && pipe(never) == 0
        && hf_trust_add_pem(trust, ca, strlen(ca), NULL)
        && hf_config_add_identity(server, identity, NULL) && hf_config_seal(server, NULL);
    if (ok) {
        hf_config_set_trust(child->client, trust);
        ok = hf_config_seal(child->client, NULL);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    child->pid = ok ? fork() : -1;
    if (child->pid == 0) {
        size_t facts[2] = { 0, 0 };
        struct server_input input = { server, listener, never[0], count, HANDSHAKE_MS, IDLE_MS,
            { facts, begin, connected, receive, received_all, produce, end } };
        bool served = serve_forever(&input, &error);
        hf_config_free(server);
        hf_config_free(child->client);
        hf_thread_release();
        _exit(served ? (int)facts[1] : 255);
    }
    if (ok) {
        (void)close(listener);
        (void)close(never[0]);
        (void)close(never[1]);
    }
    hf_config_free(server);
    return child->pid > 0;
}

/* The class of error that the server's last connection ended with. */
static hf_code finish(struct child *child)
{
    int status = 0;
    (void)waitpid(child->pid, &status, 0);
    hf_config_free(child->client);
    bool known = WIFEXITED(status) && WEXITSTATUS(status) < HF_CODE_COUNT;
    return known ? (hf_code)WEXITSTATUS(status) : HF_CODE_COUNT;
}

static int dial_child(const struct child *child)
{
    struct dial_output output;
    hf_error error;
    struct dial_input input = { "127.0.0.1", child->port, 4, NULL, 0, clock_us() + 5000000 };
    error_clear(&error);
    return dial(&input, &output, &error) ? output.fd : -1;
}

/* How long until the other side closes, in ms; -1: it does not within 5 s. */
static int wait_for_end(int fd)
{
    uint64_t begun = clock_us();
    struct pollfd waits = { fd, POLLIN, 0 };
    uint8_t buffer[4096];
    while (poll(&waits, 1, 5000) > 0) {
        if (recv(fd, buffer, sizeof buffer, 0) <= 0) {
            return (int)((clock_us() - begun) / 1000);
        }
    }
    return -1;
}

static hf_stream *shake(const struct child *child, int fd)
{
    hf_error error;
    /* dial gives non-blocking descriptors; a stream wants blocking ones. */
    int flags = fcntl(fd, F_GETFL);
    bool blocks = flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
    return blocks ? hf_stream_connect(child->client, "localhost", fd, &error) : NULL;
}

static void ends_silent_handshakes(void)
{
    struct child child;
    CHECK(start(&child, 1));
    int fd = dial_child(&child);
    int ms = wait_for_end(fd);
    CHECK(ms >= HANDSHAKE_MS / 2 && ms < HANDSHAKE_MS + SLACK_MS);
    (void)close(fd);
    CHECK(finish(&child) == HF_CODE_timed_out);
}

static void ends_idle_connections(void)
{
    struct child child;
    CHECK(start(&child, 1));
    int fd = dial_child(&child);
    hf_stream *stream = shake(&child, fd);
    CHECK(stream != NULL);
    int ms = wait_for_end(fd);
    /* Under valgrind our own handshake may last longer than the server waits. */
    int least = getenv("HANDFAST_SLOW") != NULL ? 0 : IDLE_MS / 2;
    CHECK(ms >= least && ms < IDLE_MS + SLACK_MS);
    hf_stream_free(stream);
    (void)close(fd);
    CHECK(finish(&child) == HF_CODE_timed_out);
}

static void gives_up_on_a_peer_that_does_not_read(void)
{
    struct child child;
    CHECK(start(&child, 1));
    int fd = dial_child(&child);
    hf_stream *stream = shake(&child, fd);
    CHECK(stream != NULL);
    CHECK(stream != NULL && hf_stream_write(stream, "go", 2));
    struct timespec pause = { 1, IDLE_MS * 1000000L };
    (void)nanosleep(&pause, NULL);
    CHECK(wait_for_end(fd) >= 0);
    hf_stream_free(stream);
    (void)close(fd);
    CHECK(finish(&child) == HF_CODE_timed_out);
}

static void sends_all_to_one_that_reads(void)
{
    static uint8_t buffer[65536];
    struct child child;
    CHECK(start(&child, 1));
    int fd = dial_child(&child);
    hf_stream *stream = shake(&child, fd);
    size_t total = 0;
    ssize_t count = 0;
    CHECK(stream != NULL);
    CHECK(stream != NULL && hf_stream_write(stream, "go", 2));
    while (stream != NULL && (count = hf_stream_read(stream, buffer, sizeof buffer)) > 0) {
        total += (size_t)count;
    }
    CHECK(count == 0 && total == ENDLESS);
    hf_stream_free(stream);
    (void)close(fd);
    CHECK(finish(&child) == HF_CODE_none);
}

static void ends_after_its_count(void)
{
    struct child child;
    CHECK(start(&child, 3));
    for (unsigned i = 0; i < 3; i++) {
        int fd = dial_child(&child);
        hf_stream *stream = shake(&child, fd);
        CHECK(stream != NULL && hf_stream_close(stream));
        uint8_t byte;
        CHECK(stream != NULL && hf_stream_read(stream, &byte, 1) == 0);
        hf_stream_free(stream);
        (void)close(fd);
    }
    CHECK(finish(&child) == HF_CODE_none);
}

TEST_MAIN(TEST(ends_silent_handshakes), TEST(ends_idle_connections),
    TEST(gives_up_on_a_peer_that_does_not_read), TEST(sends_all_to_one_that_reads),
    TEST(ends_after_its_count))
