/* Handshakes, bulk data and memory of handfast, in memory, each side timed apart by CPU time.
 * Prints one line of key=value pairs, the same keys as other libraries' harnesses use:
 *
 *   bench_handfast [--version 1.3] [--kx x25519|p256] [--auth ecdsa|rsa] [--mode
 *     full|mtls|bulk|mem]
 *                  [--cipher aes128gcm|aes256gcm|chacha20] [--seconds S] [--conns N] --chain DIR
 *
 * DIR holds AUTH-root.pem, AUTH-chain.pem, AUTH-key.pem, AUTH-client-chain.pem,
 * AUTH-client-key.pem. A side's time is everything from making its connection to freeing it.
 * Allocations are counted in a phase of their own. What this version cannot do is said with
 * unsupported=1. */
#include "bench/pipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/count.h"

enum { RECORD = 16384, BATCH = 8, WARM_UP = 10, COUNTED = 40 };

static struct bench_options options = { "1.3", "x25519", "ecdsa", "full", "aes128gcm", "chain", 2.0,
    200, false };

static void put_head(const char *suite)
{
    char library[128];
    (void)snprintf(library, sizeof library, "%s_on_%s", hf_version(), hf_crypto_version());
    for (char *at = library; *at != '\0'; at++) {
        *at = *at == ' ' ? '_' : *at;
    }
    (void)printf("peer=handfast lib=%s tls=%s suite=%s kx=%s auth=%s mode=%s", library,
        options.version, suite, options.kx, options.auth, options.mode);
}

/* Handshakes a second, the sides apart. */
static void bench_handshakes(struct pair *p)
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
    put_head(pair_suite());
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
static void bench_bulk(struct pair *p)
{
    pair_connect(p);
    size_t total = 0;
    for (int warm = 1; warm >= 0; warm--) {
        clock_reset();
        total = 0;
        while (clock_seconds() < (warm ? 0.1 : options.seconds)) {
            pair_bulk(p, RECORD, BATCH);
            total += (size_t)RECORD * BATCH;
        }
    }
    double mib = (double)total / 1048576;
    put_head(pair_suite());
    (void)printf(" mib_s=%.0f send_mib_s=%.0f recv_mib_s=%.0f\n", mib / clock_seconds(),
        mib / (clock_side(CLIENT_SIDE) / 1e6), mib / (clock_side(SERVER_SIDE) / 1e6));
    pair_end(p);
}

/* What established connections hold. */
static void bench_memory(void)
{
    size_t count = (size_t)options.connections;
    struct pair *pairs = calloc(count, sizeof *pairs);
    if (pairs == NULL) {
        bench_die("no memory", "pairs");
    }
    struct pair warm = { 0 };
    pair_pipes(&warm);
    for (int i = 0; i < WARM_UP; i++) {
        pair_connect(&warm);
        pair_end(&warm);
    }
    for (size_t i = 0; i < count; i++) {
        pair_pipes(&pairs[i]);
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
    put_head(pair_suite());
    (void)printf(" release=0 server_heap_after_hs=%ld client_heap_after_hs=%ld server_heap_idle=%ld"
        " client_heap_idle=%ld\n", after.live[SERVER_SIDE] / n, after.live[CLIENT_SIDE] / n,
        idle.live[SERVER_SIDE] / n, idle.live[CLIENT_SIDE] / n);
    for (size_t i = 0; i < count; i++) {
        pair_end(&pairs[i]);
        pair_drop_pipes(&pairs[i]);
    }
    pair_drop_pipes(&warm);
    free(pairs);
}

static void read_options(int count, char **words)
{
    for (int i = 1; i + 1 < count; i += 2) {
        const char *value = words[i + 1];
        const char **text = strcmp(words[i], "--version") == 0 ? &options.version
            : strcmp(words[i], "--kx") == 0                    ? &options.kx
            : strcmp(words[i], "--auth") == 0                  ? &options.auth
            : strcmp(words[i], "--mode") == 0                  ? &options.mode
            : strcmp(words[i], "--cipher") == 0                ? &options.cipher
            : strcmp(words[i], "--chain") == 0                 ? &options.folder
                                                               : NULL;
        if (text != NULL) {
            *text = value;
        } else if (strcmp(words[i], "--seconds") == 0) {
            options.seconds = strtod(value, NULL);
        } else if (strcmp(words[i], "--conns") == 0) {
            options.connections = (int)strtol(value, NULL, 10);
        } else if (strcmp(words[i], "--memo") == 0 || strcmp(words[i], "--pool") == 0) {
            options.unsupported |= strcmp(value, "0") != 0;
        } else {
            bench_die("not an option", words[i]);
        }
    }
    if (count % 2 == 0) {
        bench_die("an option lacks its value", words[count - 1]);
    }
    bool mode = strcmp(options.mode, "full") == 0 || strcmp(options.mode, "mtls") == 0 ||
        strcmp(options.mode, "bulk") == 0 || strcmp(options.mode, "mem") == 0;
    options.unsupported |= !mode || strcmp(options.version, "1.3") != 0;
}

int main(int count, char **words)
{
    read_options(count, words);
    if (options.unsupported) {
        put_head("-");
        (void)printf(" unsupported=1\n");
        return 0;
    }
    struct pair pair = { 0 };
    configs_open(&options);
    pair_pipes(&pair);
    pair_connect(&pair);
    pair_ping(&pair);
    pair_end(&pair);
    if (strcmp(options.mode, "mem") == 0) {
        bench_memory();
    } else if (strcmp(options.mode, "bulk") == 0) {
        bench_bulk(&pair);
    } else {
        bench_handshakes(&pair);
    }
    pair_drop_pipes(&pair);
    configs_close();
    return 0;
}
