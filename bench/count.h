/* CPU time by side, and allocations by side: malloc and its like are counted between count_begin
 * and count_end; those that go through a library's own allocator can be told apart. */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <stddef.h>

enum side { NO_SIDE, CLIENT_SIDE, SERVER_SIDE, SIDES };

struct bench_count {
    long calls[SIDES];
    long ours[SIDES];   /* of the calls: noted by count_ours */
    long bytes[SIDES];
    long live[SIDES];   /* bytes held, glibc's overhead included */
    long peak[SIDES];
    long peak_pair;
};

/* From now on time and memory are this side's. */
void side_begin(enum side side);

void clock_reset(void);
double clock_seconds(void);           /* of both sides */
double clock_side(enum side side);    /* microseconds */
double clock_cost_us(void);           /* what the clock calls since clock_reset cost */

void count_begin(void);               /* from zero */
void count_end(void);
void count_ours(void);                /* the allocation that follows is the library's own */
void count_reset_live(void);
struct bench_count count_total(void);
void count_peak(struct bench_count *most); /* keeps the larger peaks */

#endif
