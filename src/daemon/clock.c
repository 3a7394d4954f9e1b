/*
 * clock.c - the monotonic clock, and the time of day.
 */
#include "daemon/clock.h"

#include <stdlib.h>
#include <time.h>

/* clock_read_us - microseconds of this clock */
static int64_t clock_read_us(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0) /* only an unknown clock fails */
        abort();
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_ms(void)
{
    return clock_read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_coarse_ms(void)
{
    return clock_read_us(CLOCK_MONOTONIC_COARSE) / 1000;
}

int64_t clock_unix_ms(void)
{
    return clock_read_us(CLOCK_REALTIME) / 1000;
}
