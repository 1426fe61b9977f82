/* The system's clocks: see clock.h. */
#include "net/clock.h"

#include <limits.h>
#include <time.h>

uint64_t clock_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int64_t clock_wall_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

int clock_poll_ms(uint64_t deadline_us)
{
    uint64_t now = clock_us();
    if (deadline_us <= now) {
        return 0;
    }
    uint64_t left_ms = (deadline_us - now + 999) / 1000;
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
