/* Handshakes, bulk data and memory of one TLS library (peer.h), in memory, each side timed apart by
 * CPU time. Prints one line of key=value pairs, the same keys for every library:
 *
 *   bench_<library> [--version 1.2|1.3] [--kx x25519|p256] [--auth ecdsa|rsa]
 *                   [--mode full|resume|mtls|bulk|mem] [--cipher aes128gcm|aes256gcm|chacha20]
 *                   [--memo 0|1] [--pool 0|1|filled] [--seconds S] [--conns N] [--count N]
 *                   --chain DIR
 *
 * DIR holds AUTH-root.pem, AUTH-chain.pem, AUTH-key.pem, AUTH-client-chain.pem,
 * AUTH-client-key.pem (bench/chain makes them). A side's time is everything from making its
 * connection to freeing it. Allocations are counted in a phase of their own. --pool filled fills
 * the pool of key shares outside the timed part, and the line says so; with 1, filling counts.
 * --count N does nothing but N handshakes, for a profiler. What a library cannot do is said with
 * unsupported=1. */
#include "bench/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/count.h"

enum { RECORD = 16384, BATCH = 8, WARM_UP = 10, COUNTED = 40, ROUNDS = 40, PATH = 512 };

struct pair {
    struct end client;
    struct end server;
    struct pipe to_client;
    struct pipe to_server;
};

static struct bench_options options = { "1.3", "x25519", "ecdsa", "full", "aes128gcm", "chain",
    "0", "0", 2.0, 200, 0 };

void bench_die(const char *what, const char *which)
{
    (void)fprintf(stderr, "bench_%s: %s: %s\n", peer_name, what, which);
    exit(1);
}

const char *bench_path(const struct bench_options *o, const char *end, char *path)
{
    (void)snprintf(path, PATH, "%s/%s-%s", o->folder, o->auth, end);
    return path;
}

/* ---- Pipes and pairs ---- */

size_t pipe_read(struct pipe *pipe, void *out, size_t capacity)
{
    size_t length = pipe->end - pipe->begin;
    length = length < capacity ? length : capacity;
    memcpy(out, pipe->data + pipe->begin, length);
    pipe->begin += length;
    if (pipe->begin == pipe->end) {
        pipe->begin = pipe->end = 0;
    }
    return length;
}

void pipe_write(struct pipe *pipe, const void *data, size_t length)
{
    if (length > PIPE_CAPACITY - pipe->end) {
        bench_die("a pipe is full", "-");
    }
    memcpy(pipe->data + pipe->end, data, length);
    pipe->end += length;
}

static void pair_make(struct pair *p)
{
    p->to_client = (struct pipe){ malloc(PIPE_CAPACITY), 0, 0 };
    p->to_server = (struct pipe){ malloc(PIPE_CAPACITY), 0, 0 };
    if (p->to_client.data == NULL || p->to_server.data == NULL) {
        bench_die("no memory", "pipes");
    }
    p->client = (struct end){ NULL, &p->to_client, &p->to_server };
    p->server = (struct end){ NULL, &p->to_server, &p->to_client };
}

static void pair_drop(struct pair *p)
{
    free(p->to_client.data);
    free(p->to_server.data);
}

static bool waits(const struct pipe *pipe)
{
    return pipe->begin < pipe->end;
}

static void pair_connect(struct pair *p)
{
    bool client_done = false;
    bool server_done = false;
    p->to_client.begin = p->to_client.end = p->to_server.begin = p->to_server.end = 0;
    peer_prepare();
    side_begin(CLIENT_SIDE);
    peer_begin(&p->client, false);
    side_begin(SERVER_SIDE);
    peer_begin(&p->server, true);
    for (int i = 0; !client_done || !server_done; i++) {
        if (i > ROUNDS) {
            bench_die("the handshake does not end", client_done ? "server" : "client");
        }
        if (waits(&p->to_server)) {
            side_begin(SERVER_SIDE);
            server_done = peer_shake(&p->server) || server_done;
        }
        if (waits(&p->to_client)) {
            side_begin(CLIENT_SIDE);
            client_done = peer_shake(&p->client) || client_done;
        }
    }
    side_begin(NO_SIDE);
}

static void pair_ping(struct pair *p)
{
    static const uint8_t data[100] = { 0 };
    side_begin(CLIENT_SIDE);
    peer_send(&p->client, data, sizeof data);
    side_begin(SERVER_SIDE);
    size_t there = peer_take(&p->server);
    peer_send(&p->server, data, sizeof data);
    side_begin(CLIENT_SIDE);
    size_t back = peer_take(&p->client);
    side_begin(NO_SIDE);
    if (there != sizeof data || back != sizeof data) {
        bench_die("ping", "data is missing");
    }
}

static void pair_end(struct pair *p)
{
    side_begin(CLIENT_SIDE);
    peer_end(&p->client);
    side_begin(SERVER_SIDE);
    peer_end(&p->server);
    side_begin(NO_SIDE);
}

/* ---- What is measured ---- */

static void put_head(const char *suite)
{
    (void)printf("peer=%s lib=%s tls=%s suite=%s kx=%s auth=%s mode=%s memo=%s pool=%s", peer_name,
        peer_library(), options.version, suite, options.kx, options.auth, options.mode,
        options.memo, options.pool);
}

/* Handshakes a second, the sides apart. */
static void bench_handshakes(struct pair *p, const char *suite)
{
    struct bench_count most = { 0 };
    for (int i = 0; i < WARM_UP; i++) {
        pair_connect(p);
        pair_end(p);
    }
    count_begin();
    for (int i = 0; i < COUNTED; i++) {
        count_reset_live();
        pair_connect(p);
        count_peak(&most);
        pair_end(p);
    }
    count_end();
    struct bench_count total = count_total();
    clock_reset();
    long handshakes = 0;
    while (clock_seconds() < options.seconds) {
        pair_connect(p);
        pair_end(p);
        handshakes++;
    }
    double each = (double)handshakes;
    double cpu = clock_seconds();
    put_head(suite);
    (void)printf(" handshakes=%ld cpu_seconds=%.3f handshakes_per_cpu_sec=%.0f"
        " client_us_per_hs=%.1f server_us_per_hs=%.1f allocs_per_hs=%.0f allocs_client=%.0f"
        " allocs_server=%.0f ours_client=%.1f ours_server=%.1f bytes_per_hs=%.0f bytes_server=%.0f"
        " peak_heap_pair=%ld peak_heap_server=%ld clock_us_per_hs=%.2f\n",
        handshakes, cpu, each / cpu, clock_side(CLIENT_SIDE) / each, clock_side(SERVER_SIDE) / each,
        (double)(total.calls[CLIENT_SIDE] + total.calls[SERVER_SIDE]) / COUNTED,
        (double)total.calls[CLIENT_SIDE] / COUNTED, (double)total.calls[SERVER_SIDE] / COUNTED,
        (double)total.ours[CLIENT_SIDE] / COUNTED, (double)total.ours[SERVER_SIDE] / COUNTED,
        (double)(total.bytes[CLIENT_SIDE] + total.bytes[SERVER_SIDE]) / COUNTED,
        (double)total.bytes[SERVER_SIDE] / COUNTED, most.peak_pair, most.peak[SERVER_SIDE],
        clock_cost_us() / each);
}

/* Records of 16 KiB from the client to the server. */
static void bench_bulk(struct pair *p, const char *suite)
{
    static const uint8_t data[RECORD] = { 0 };
    pair_connect(p);
    size_t total = 0;
    for (int warm = 1; warm >= 0; warm--) {
        clock_reset();
        total = 0;
        while (clock_seconds() < (warm ? 0.1 : options.seconds)) {
            side_begin(CLIENT_SIDE);
            for (int i = 0; i < BATCH; i++) {
                peer_send(&p->client, data, sizeof data);
            }
            side_begin(SERVER_SIDE);
            size_t got = peer_take(&p->server);
            side_begin(NO_SIDE);
            if (got != (size_t)RECORD * BATCH) {
                bench_die("bulk", "data is missing");
            }
            total += got;
        }
    }
    double mib = (double)total / 1048576;
    put_head(suite);
    (void)printf(" mib_s=%.0f send_mib_s=%.0f recv_mib_s=%.0f\n", mib / clock_seconds(),
        mib / (clock_side(CLIENT_SIDE) / 1e6), mib / (clock_side(SERVER_SIDE) / 1e6));
    pair_end(p);
}

/* What established connections hold. */
static void bench_memory(const char *suite)
{
    size_t count = (size_t)options.connections;
    struct pair *pairs = calloc(count, sizeof *pairs);
    if (pairs == NULL) {
        bench_die("no memory", "pairs");
    }
    struct pair warm;
    pair_make(&warm);
    for (int i = 0; i < WARM_UP; i++) {
        pair_connect(&warm);
        pair_end(&warm);
    }
    for (size_t i = 0; i < count; i++) {
        pair_make(&pairs[i]);
    }
    count_begin();
    for (size_t i = 0; i < count; i++) {
        pair_connect(&pairs[i]);
    }
    struct bench_count after = count_total();
    for (size_t i = 0; i < count; i++) {
        pair_ping(&pairs[i]);
    }
    struct bench_count idle = count_total();
    count_end();
    long n = (long)count;
    put_head(suite);
    (void)printf(" release=0 server_heap_after_hs=%ld client_heap_after_hs=%ld server_heap_idle=%ld"
        " client_heap_idle=%ld\n", after.live[SERVER_SIDE] / n, after.live[CLIENT_SIDE] / n,
        idle.live[SERVER_SIDE] / n, idle.live[CLIENT_SIDE] / n);
    for (size_t i = 0; i < count; i++) {
        pair_end(&pairs[i]);
        pair_drop(&pairs[i]);
    }
    pair_drop(&warm);
    free(pairs);
}

/* ---- Options ---- */

static const char **text_option(const char *word)
{
    const struct {
        const char *word;
        const char **value;
    } known[] = { { "--version", &options.version }, { "--kx", &options.kx },
        { "--auth", &options.auth }, { "--mode", &options.mode }, { "--cipher", &options.cipher },
        { "--chain", &options.folder }, { "--memo", &options.memo }, { "--pool", &options.pool } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].word, word) == 0) {
            return known[i].value;
        }
    }
    return NULL;
}

static void read_options(int count, char **words)
{
    if (count % 2 == 0) {
        bench_die("an option lacks its value", words[count - 1]);
    }
    for (int i = 1; i + 1 < count; i += 2) {
        const char *value = words[i + 1];
        const char **text = text_option(words[i]);
        if (text != NULL) {
            *text = value;
        } else if (strcmp(words[i], "--seconds") == 0) {
            options.seconds = strtod(value, NULL);
        } else if (strcmp(words[i], "--conns") == 0) {
            options.connections = (int)strtol(value, NULL, 10);
        } else if (strcmp(words[i], "--count") == 0) {
            options.count = (int)strtol(value, NULL, 10);
        } else {
            bench_die("not an option", words[i]);
        }
    }
}

static bool can(void)
{
    static const char *const modes[] = { "full", "resume", "mtls", "bulk", "mem" };
    bool known = false;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        known = known || strcmp(options.mode, modes[i]) == 0;
    }
    return known && peer_can(&options);
}

int main(int count, char **words)
{
    char suite[80];
    read_options(count, words);
    if (!can()) {
        put_head("-");
        (void)printf(" unsupported=1\n");
        return 0;
    }
    struct pair pair;
    peer_open(&options);
    pair_make(&pair);
    const bool resumes = strcmp(options.mode, "resume") == 0;
    if (resumes) {
        pair_connect(&pair);
        pair_ping(&pair);
        peer_keep(&pair.client);
        pair_end(&pair);
    }
    for (int i = 1; i < options.count; i++) {
        pair_connect(&pair);
        pair_end(&pair);
    }
    pair_connect(&pair);
    pair_ping(&pair);
    if (peer_resumed(&pair.server) != resumes) {
        bench_die("resumption", resumes ? "the session is not taken" : "nobody asked for it");
    }
    (void)snprintf(suite, sizeof suite, "%s", peer_suite(&pair.client));
    pair_end(&pair);
    if (options.count > 0) {
        put_head(suite);
        (void)printf(" handshakes=%d\n", options.count);
    } else if (strcmp(options.mode, "mem") == 0) {
        bench_memory(suite);
    } else if (strcmp(options.mode, "bulk") == 0) {
        bench_bulk(&pair, suite);
    } else {
        bench_handshakes(&pair, suite);
    }
    pair_drop(&pair);
    peer_close();
    return 0;
}
