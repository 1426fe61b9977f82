/* Drives what the command has no flag for: exporters, KeyUpdate sent by us, authentication after
 * the handshake, GREASE, padding, several key shares, a stateless HelloRetryRequest. One
 * connection, then one line of JSON on stdout.
 *
 *     probe connect PORT [OPTION VALUE]...   sends "hello\n" and wants it back
 *     probe accept [OPTION VALUE]...         says "listening on 127.0.0.1:PORT", sends back what
 *                                            comes
 *
 * Options: ca cert key suites groups FILE or LIST; export LABEL; rounds N (exchanges); update N
 * (KeyUpdates, each asking for the peer's, before every exchange); padding N; shares N; grease,
 * later (authentication after the handshake), stateless, wait (a line is awaited before we speak):
 * any value. */
#include <arpa/inet.h>
#include <handfast/handfast.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXPORT_BYTES = 32 };

struct options {
    const char *ca, *cert, *key, *suites, *groups, *label;
    unsigned rounds, updates, padding, shares;
    bool grease, later, stateless, wait;
};

/* KeyUpdates so far, each way. */
struct generations {
    unsigned read, written;
};

static void watch(void *user, hf_connection *connection, const hf_event *event)
{
    struct generations *generations = user;
    (void)connection;
    if (event->type == HF_EVENT_KEYS && event->of.keys.reads) {
        generations->read = event->of.keys.generation;
    } else if (event->type == HF_EVENT_KEYS) {
        generations->written = event->of.keys.generation;
    }
}

static unsigned number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

static bool parse(int argc, char **argv, struct options *o)
{
    const struct { const char *name; const char **place; } texts[] = {
        { "ca", &o->ca }, { "cert", &o->cert }, { "key", &o->key }, { "suites", &o->suites },
        { "groups", &o->groups }, { "export", &o->label } };
    const struct { const char *name; unsigned *place; } numbers[] = {
        { "rounds", &o->rounds }, { "update", &o->updates }, { "padding", &o->padding },
        { "shares", &o->shares } };
    const struct { const char *name; bool *place; } flags[] = {
        { "grease", &o->grease }, { "later", &o->later }, { "stateless", &o->stateless },
        { "wait", &o->wait } };
    for (int i = 0; i + 1 < argc; i += 2) {
        bool known = false;
        for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
            if (strcmp(argv[i], texts[j].name) == 0) {
                *texts[j].place = argv[i + 1];
                known = true;
            }
        }
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++) {
            if (strcmp(argv[i], numbers[j].name) == 0) {
                *numbers[j].place = number(argv[i + 1]);
                known = true;
            }
        }
        for (size_t j = 0; j < sizeof flags / sizeof flags[0]; j++) {
            if (strcmp(argv[i], flags[j].name) == 0) {
                *flags[j].place = true;
                known = true;
            }
        }
        if (!known) {
            return false;
        }
    }
    return argc % 2 == 0;
}

static bool add_trust_and_identity(hf_config *config, const struct options *o, hf_error *error)
{
    if (o->ca != NULL) {
        hf_trust *trust = hf_trust_new();
        if (trust == NULL || !hf_trust_add_file(trust, o->ca, error)) {
            return false;
        }
        hf_config_set_trust(config, trust);
        hf_trust_free(trust);
    }
    if (o->cert != NULL) {
        hf_identity *identity = hf_identity_from_files(o->cert, o->key, error);
        if (identity == NULL || !hf_config_add_identity(config, identity, error)) {
            return false;
        }
        hf_identity_free(identity);
    }
    return true;
}

static hf_config *make_config(hf_role role, const struct options *o, struct generations *g,
    hf_error *error)
{
    static const uint8_t cookie_key[32] = { 1, 2, 3 };
    hf_config *config = hf_config_new(role, NULL);
    if (config == NULL || !add_trust_and_identity(config, o, error)
        || (o->suites != NULL && !hf_config_set_suites(config, o->suites, error))
        || (o->groups != NULL && !hf_config_set_groups(config, o->groups, error))
        || (o->padding > 0 && !hf_config_set_padding(config, o->padding, error))) {
        return NULL;
    }
    hf_config_set_trace(config, watch, g);
    if (role == HF_CLIENT) {
        hf_config_set_grease(config, o->grease);
        hf_config_allow_post_handshake_auth(config, o->later);
        if (o->shares > 0) {
            hf_config_set_share_count(config, o->shares);
        }
    } else if (o->stateless) {
        hf_config_set_stateless_retry(config, cookie_key);
    }
    return hf_config_seal(config, error) ? config : NULL;
}

static void put_string(const char *name, const char *text, size_t length)
{
    printf(", \"%s\": \"", name);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"' || text[i] == '\\' || text[i] < ' ' || text[i] > '~') {
            printf("\\u%04x", (unsigned)(unsigned char)text[i]);
        } else {
            putchar(text[i]);
        }
    }
    putchar('"');
}

static int failed(const hf_error *error)
{
    printf("{\"ok\": false, \"code\": \"%s\"", hf_code_name(error->code));
    put_string("detail", error->detail, strlen(error->detail));
    printf(", \"alert\": \"%s\"}\n",
        error->alert == HF_NO_ALERT ? "" : hf_alert_name(error->alert));
    return 1;
}

static void tell(hf_stream *stream, const struct options *o, const struct generations *g,
    const char *last, size_t length)
{
    hf_connection *connection = hf_stream_connection(stream);
    hf_facts facts;
    uint8_t secret[EXPORT_BYTES];
    hf_connection_facts(connection, &facts);
    printf("{\"ok\": true, \"version\": \"%s\", \"suite\": \"%s\", \"group\": \"%s\", "
        "\"hello_retry\": %s, \"client_certificate_sent\": %s", facts.version, facts.suite,
        facts.group, facts.hello_retry ? "true" : "false",
        facts.client_certificate_sent ? "true" : "false");
    if (o->label != NULL
        && hf_export(connection, o->label, NULL, 0, secret, sizeof secret) == HF_OK) {
        printf(", \"export\": \"");
        for (size_t i = 0; i < sizeof secret; i++) {
            printf("%02x", (unsigned)secret[i]);
        }
        putchar('"');
    }
    put_string("line", last, length);
    printf(", \"read_keys\": %u, \"write_keys\": %u}\n", g->read, g->written);
}

/* Reads up to the end of a line: its length, or 0. */
static size_t read_line(hf_stream *stream, char *line, size_t capacity)
{
    size_t length = 0;
    while (length < capacity && (length == 0 || line[length - 1] != '\n')) {
        ssize_t got = hf_stream_read(stream, line + length, capacity - length);
        if (got <= 0) {
            return 0;
        }
        length += (size_t)got;
    }
    return length;
}

static bool update(hf_stream *stream, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (hf_key_update(hf_stream_connection(stream), true) != HF_OK) {
            return false;
        }
    }
    return true;
}

static bool talk(hf_stream *stream, const struct options *o, char *line, size_t capacity,
    size_t *length)
{
    *length = o->wait ? read_line(stream, line, capacity) : 0;
    bool ok = !o->wait || *length > 0;
    for (unsigned i = 0; ok && i < (o->rounds > 0 ? o->rounds : 1); i++) {
        ok = update(stream, o->updates) && hf_stream_write(stream, "hello\n", 6);
        *length = ok ? read_line(stream, line, capacity) : 0;
        ok = *length > 0;
    }
    if (!ok || !hf_stream_close(stream)) {
        return false;
    }
    char rest[256];
    ssize_t got;
    do {
        got = hf_stream_read(stream, rest, sizeof rest);
    } while (got > 0);
    return got == 0;
}

static bool echo(hf_stream *stream, const struct options *o, char *line, size_t capacity,
    size_t *length)
{
    ssize_t got;
    while ((got = hf_stream_read(stream, line, capacity)) > 0) {
        *length = (size_t)got;
        if (!update(stream, o->updates) || !hf_stream_write(stream, line, *length)) {
            return false;
        }
    }
    return got == 0 && hf_stream_close(stream);
}

static int one_socket(bool client, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (client) {
        return connect(fd, (struct sockaddr *)&address, size) == 0 ? fd : -1;
    }
    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4) != 0
        || getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        return -1;
    }
    fprintf(stderr, "listening on 127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    return accept(fd, NULL, NULL);
}

int main(int argc, char **argv)
{
    struct options options;
    memset(&options, 0, sizeof options);
    hf_error error = { .detail = "" };
    bool client = argc > 2 && strcmp(argv[1], "connect") == 0;
    int used = client ? 3 : 2;
    if (argc < used || !parse(argc - used, argv + used, &options)) {
        fprintf(stderr, "usage: probe connect PORT|accept [OPTION VALUE]...\n");
        return 2;
    }
    struct generations generations = { 0, 0 };
    hf_config *config = make_config(client ? HF_CLIENT : HF_SERVER, &options, &generations, &error);
    if (config == NULL) {
        return failed(&error);
    }
    int fd = one_socket(client, client ? (uint16_t)number(argv[2]) : 0);
    if (fd < 0) {
        perror("probe");
        return 2;
    }
    hf_stream *stream = client ? hf_stream_connect(config, "localhost", fd, &error)
        : hf_stream_accept(config, fd, &error);
    if (stream == NULL) {
        return failed(&error);
    }
    char line[4096];
    size_t length = 0;
    bool ok = client ? talk(stream, &options, line, sizeof line, &length)
        : echo(stream, &options, line, sizeof line, &length);
    if (!ok) {
        return failed(hf_stream_error(stream));
    }
    tell(stream, &options, &generations, line, length);
    hf_stream_free(stream);
    close(fd);
    hf_config_free(config);
    return 0;
}
