/* The system's clocks. Nothing below this floor has one. */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include <stdint.h>

/* Microseconds of a clock that only goes forward. */
uint64_t clock_us(void);

/* Seconds since 1970. */
int64_t clock_wall_s(void);

/* A deadline for poll: the milliseconds until `deadline_us`, rounded up, 0 when it is past. */
int clock_poll_ms(uint64_t deadline_us);

#endif
