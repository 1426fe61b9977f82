/* Prints keying material that was exported from one connection (RFC 9846, 7.5), for comparison with
 * what another TLS library exports at the other end.
 *
 *   exporter connect PORT CAFILE LABEL LENGTH     to localhost at 127.0.0.1:PORT
 *   exporter accept CHAIN KEY LABEL LENGTH        says "listening on 127.0.0.1:PORT" first
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handfast/handfast.h"
#include "net/dial.h"

enum { LENGTH_MAX = 1024 };

static int give_up(const char *what, const hf_error *error)
{
    (void)fprintf(stderr, "exporter: %s: %s: %s\n", what, hf_code_name(error->code), error->detail);
    return 1;
}

/* The material, then an exchange that ends when the peer does. */
static int export_from(hf_stream *stream, const char *label, size_t length)
{
    uint8_t material[LENGTH_MAX];
    char data[256];
    if (hf_export(hf_stream_connection(stream), label, NULL, 0, material, length) != HF_OK) {
        return give_up("hf_export", hf_stream_error(stream));
    }
    for (size_t i = 0; i < length; i++) {
        (void)printf("%02X", material[i]);
    }
    (void)printf("\n");
    (void)fflush(stdout);
    bool sent = hf_stream_close(stream);
    while (sent && hf_stream_read(stream, data, sizeof data) > 0) {
        continue;
    }
    return 0;
}

static int connect_to(unsigned long port, const char *ca, const char *label, size_t length)
{
    hf_error error = { 0 };
    hf_config *config = hf_config_new(HF_CLIENT, NULL);
    hf_trust *trust = hf_trust_new();
    hf_stream *stream = NULL;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int status = 1;
    if (config != NULL && trust != NULL && hf_trust_add_file(trust, ca, &error)) {
        hf_config_set_trust(config, trust);
        if (hf_config_seal(config, &error)
            && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            stream = hf_stream_connect(config, "localhost", fd, &error);
        }
    }
    status = stream != NULL ? export_from(stream, label, length) : give_up("connect", &error);
    hf_stream_free(stream);
    hf_trust_free(trust);
    hf_config_free(config);
    (void)close(fd);
    return status;
}

static int accept_one(const char *chain, const char *key, const char *label, size_t length)
{
    hf_error error = { 0 };
    hf_config *config = hf_config_new(HF_SERVER, NULL);
    hf_identity *identity = hf_identity_from_files(chain, key, &error);
    hf_stream *stream = NULL;
    uint16_t port = 0;
    int fd = -1;
    int listener = listen_on("127.0.0.1", &port, &error);
    struct pollfd waits = { listener, POLLIN, 0 };
    if (config != NULL && identity != NULL && listener >= 0
        && hf_config_add_identity(config, identity, &error) && hf_config_seal(config, &error)) {
        (void)printf("listening on 127.0.0.1:%u\n", port);
        (void)fflush(stdout);
        if (poll(&waits, 1, 20000) == 1) {
            fd = accept(listener, NULL, NULL);
            stream = hf_stream_accept(config, fd, &error);
        }
    }
    int status = stream != NULL ? export_from(stream, label, length) : give_up("accept", &error);
    hf_stream_free(stream);
    hf_identity_free(identity);
    hf_config_free(config);
    (void)close(fd);
    (void)close(listener);
    return status;
}

int main(int argc, char **argv)
{
    size_t length = argc == 6 ? (size_t)strtoul(argv[5], NULL, 10) : 0;
    if (length == 0 || length > LENGTH_MAX) {
        (void)fprintf(stderr, "exporter connect PORT CAFILE LABEL LENGTH\n"
            "exporter accept CHAIN KEY LABEL LENGTH\n");
        return 2;
    }
    if (strcmp(argv[1], "connect") == 0) {
        return connect_to(strtoul(argv[2], NULL, 10), argv[3], argv[4], length);
    }
    return accept_one(argv[2], argv[3], argv[4], length);
}
