/* hf_stream over a socket pair: a child process is the server. */
#include "handfast/stream.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handfast/handfast.h"
#include "test.h"

enum { LARGE = 100000 };

enum ending { CLOSES, VANISHES, TALKS_PLAIN };

static uint8_t data[LARGE];

/* Echoes everything, then ends in the way asked for. */
static void be_server(hf_config *config, int fd, enum ending ending)
{
    uint8_t buffer[4096];
    if (ending == TALKS_PLAIN) {
        static const char banner[] = "SSH-2.0-test\r\n";
        (void)!write(fd, banner, sizeof banner - 1);
        (void)!read(fd, buffer, sizeof buffer);
        _exit(0);
    }
    hf_stream *stream = hf_stream_accept(config, fd, NULL);
    ssize_t count = 0;
    size_t total = 0;
    while (stream != NULL && total < LARGE
           && (count = hf_stream_read(stream, buffer, sizeof buffer)) > 0) {
        total += (size_t)count;
        if (!hf_stream_write(stream, buffer, (size_t)count)) {
            _exit(2);
        }
    }
    if (ending == CLOSES) {
        /* The client closes first: 0, then we. */
        bool ok = stream != NULL && hf_stream_read(stream, buffer, sizeof buffer) == 0
            && hf_stream_close(stream);
        _exit(ok ? 0 : 3);
    }
    _exit(0);
}

struct side {
    hf_config *client;
    hf_config *server;
    int fd;
    pid_t child;
};

static bool begin(struct side *side, const char *names, enum ending ending)
{
    char ca[8192];
    int fds[2];
    hf_identity *identity = hf_identity_self_signed(names, ca, sizeof ca, NULL);
    hf_trust *trust = hf_trust_new();
    side->server = hf_config_new(HF_SERVER, NULL);
    side->client = hf_config_new(HF_CLIENT, NULL);
    bool ok = identity != NULL && trust != NULL && side->server != NULL && side->client != NULL
        && hf_trust_add_pem(trust, ca, strlen(ca), NULL)
        && hf_config_add_identity(side->server, identity, NULL) && hf_config_seal(side->server,
        NULL);
    if (ok) {
        hf_config_set_trust(side->client, trust);
        ok = hf_config_seal(side->client, NULL) && socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0;
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    if (!ok) {
        return false;
    }
    side->child = fork();
    if (side->child == 0) {
        (void)close(fds[0]);
        be_server(side->server, fds[1], ending);
    }
    (void)close(fds[1]);
    side->fd = fds[0];
    return side->child > 0;
}

static int finish(struct side *side)
{
    int status = -1;
    (void)close(side->fd);
    (void)waitpid(side->child, &status, 0);
    hf_config_free(side->client);
    hf_config_free(side->server);
    return status;
}

/* Sends LARGE bytes in pieces, so that neither side's socket fills while both write. */
static bool echo_all(hf_stream *stream)
{
    uint8_t buffer[3000];
    for (size_t sent = 0; sent < LARGE; sent += 2500) {
        if (!hf_stream_write(stream, data + sent, 2500)) {
            return false;
        }
        for (size_t got = 0; got < 2500;) {
            ssize_t count = hf_stream_read(stream, buffer, sizeof buffer);
            if (count <= 0 || memcmp(buffer, data + sent + got, (size_t)count) != 0) {
                return false;
            }
            got += (size_t)count;
        }
    }
    return true;
}

static void echoes_and_closes(void)
{
    struct side side;
    hf_error error;
    uint8_t byte;
    for (size_t i = 0; i < LARGE; i++) {
        data[i] = (uint8_t)(i * 31 >> 3);
    }
    CHECK(begin(&side, "localhost", CLOSES));
    hf_stream *stream = hf_stream_connect(side.client, "localhost", side.fd, &error);
    CHECK(stream != NULL);
    if (stream != NULL) {
        CHECK(hf_is_connected(hf_stream_connection(stream)));
        CHECK(echo_all(stream));
        CHECK(hf_stream_close(stream));
        CHECK(!hf_stream_write(stream, "x", 1));
        CHECK(hf_stream_read(stream, &byte, 1) == 0);
        CHECK(hf_stream_read(stream, &byte, 1) == 0);
    }
    hf_stream_free(stream);
    CHECK(finish(&side) == 0);
}

static void tells_truncation(void)
{
    struct side side;
    uint8_t byte;
    CHECK(begin(&side, "localhost", VANISHES));
    hf_stream *stream = hf_stream_connect(side.client, "localhost", side.fd, NULL);
    CHECK(stream != NULL);
    if (stream != NULL) {
        CHECK(echo_all(stream));
        CHECK(hf_stream_read(stream, &byte, 1) == -1);
        CHECK_TEXT(hf_stream_error(stream)->reason, "truncated");
    }
    hf_stream_free(stream);
    CHECK(finish(&side) == 0);
}

static void tells_why_it_failed(void)
{
    struct side side;
    hf_error error;
    CHECK(begin(&side, "localhost", VANISHES));
    CHECK(hf_stream_connect(side.client, "example.com", side.fd, &error) == NULL);
    CHECK_TEXT(error.reason, "name_mismatch");
    (void)finish(&side);
    CHECK(begin(&side, "localhost", TALKS_PLAIN));
    CHECK(hf_stream_connect(side.client, "localhost", side.fd, &error) == NULL);
    CHECK_TEXT(error.reason, "not_tls");
    CHECK(strstr(error.detail, "SSH") != NULL);
    (void)finish(&side);
    CHECK(begin(&side, "localhost", VANISHES));
    CHECK(hf_stream_connect(side.client, "not a name", side.fd, &error) == NULL);
    CHECK_TEXT(error.reason, "bad_configuration");
    (void)finish(&side);
    hf_stream_free(NULL);
}

/* A server gets the client's Finished and close_notify at once. */
static bool finish_and_close(hf_connection *client, int fd)
{
    static uint8_t input[20000];
    size_t length = 0;
    while (!hf_is_connected(client)) {
        hf_received got;
        size_t waiting;
        const uint8_t *output = hf_output(client, &waiting);
        if (waiting > 0 && write(fd, output, waiting) != (ssize_t)waiting) {
            return false;
        }
        hf_sent(client, waiting);
        ssize_t count = read(fd, input + length, sizeof input - length);
        if (count <= 0) {
            return false;
        }
        length += (size_t)count;
        if (hf_receive(client, input, length, &got) == HF_FAILED) {
            return false;
        }
        length -= got.consumed;
        memmove(input, input + got.consumed, length);
    }
    size_t waiting;
    bool closed = hf_close(client) == HF_OK;
    const uint8_t *output = hf_output(client, &waiting);
    return closed && write(fd, output, waiting) == (ssize_t)waiting;
}

static void accepts_who_closes_at_once(void)
{
    struct side side;
    CHECK(begin(&side, "localhost", CLOSES));
    hf_connection *client = hf_connect_new(side.client, "localhost", NULL);
    CHECK(client != NULL && finish_and_close(client, side.fd));
    hf_connection_free(client);
    uint8_t answer[64];
    CHECK(read(side.fd, answer, sizeof answer) > 0); /* the server's close_notify */
    /* 0: the server had a stream, read its end and closed. */
    CHECK(finish(&side) == 0);
}

TEST_MAIN(TEST(accepts_who_closes_at_once), TEST(echoes_and_closes), TEST(tells_truncation),
    TEST(tells_why_it_failed))
