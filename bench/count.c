/* Clock and allocation counters: see count.h. malloc, calloc, realloc and free are glibc's,
 * wrapped by the linker's rule that a program's own definition wins. */
#include "bench/count.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

enum { CHUNK_HEADER = 8 };

static enum side side_now;
static bool counting;
static struct bench_count counted;
static long live_pair;

static void add(void *memory, size_t size)
{
    if (memory == NULL || !counting) {
        return;
    }
    long held = (long)malloc_usable_size(memory) + CHUNK_HEADER;
    counted.calls[side_now]++;
    counted.bytes[side_now] += (long)size;
    counted.live[side_now] += held;
    live_pair += held;
    if (counted.live[side_now] > counted.peak[side_now]) {
        counted.peak[side_now] = counted.live[side_now];
    }
    if (live_pair > counted.peak_pair) {
        counted.peak_pair = live_pair;
    }
}

static void subtract(void *memory)
{
    if (memory != NULL && counting) {
        long held = (long)malloc_usable_size(memory) + CHUNK_HEADER;
        counted.live[side_now] -= held;
        live_pair -= held;
    }
}

void *malloc(size_t size)
{
    void *memory = __libc_malloc(size);
    add(memory, size);
    return memory;
}

void *calloc(size_t count, size_t size)
{
    void *memory = __libc_calloc(count, size);
    add(memory, count * size);
    return memory;
}

void *realloc(void *memory, size_t size)
{
    subtract(memory);
    void *larger = __libc_realloc(memory, size);
    add(larger, size);
    return larger;
}

void free(void *memory)
{
    subtract(memory);
    __libc_free(memory);
}

void count_ours(void)
{
    counted.ours[side_now] += counting;
}

void count_begin(void)
{
    memset(&counted, 0, sizeof counted);
    live_pair = 0;
    counting = true;
}

void count_end(void)
{
    counting = false;
}

void count_reset_live(void)
{
    memset(counted.live, 0, sizeof counted.live);
    memset(counted.peak, 0, sizeof counted.peak);
    counted.peak_pair = live_pair = 0;
}

struct bench_count count_total(void)
{
    return counted;
}

void count_peak(struct bench_count *most)
{
    for (int i = 0; i < SIDES; i++) {
        most->peak[i] = counted.peak[i] > most->peak[i] ? counted.peak[i] : most->peak[i];
    }
    most->peak_pair = counted.peak_pair > most->peak_pair ? counted.peak_pair : most->peak_pair;
}

/* ---- The clock ---- */

static uint64_t spent_ns[SIDES];
static uint64_t since_ns;
static unsigned long calls;

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    calls++;
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

void side_begin(enum side side)
{
    uint64_t now = now_ns();
    spent_ns[side_now] += now - since_ns;
    since_ns = now;
    side_now = side;
}

void clock_reset(void)
{
    memset(spent_ns, 0, sizeof spent_ns);
    side_now = NO_SIDE;
    since_ns = now_ns();
    calls = 0;
}

double clock_seconds(void)
{
    return (double)(spent_ns[CLIENT_SIDE] + spent_ns[SERVER_SIDE]) / 1e9;
}

double clock_side(enum side side)
{
    return (double)spent_ns[side] / 1e3;
}

double clock_cost_us(void)
{
    enum { TRIES = 1000 };
    double made = (double)calls;
    uint64_t begin = now_ns();
    for (int i = 0; i < TRIES; i++) {
        (void)now_ns();
    }
    return made * (double)(now_ns() - begin) / (TRIES + 1) / 1e3;
}
