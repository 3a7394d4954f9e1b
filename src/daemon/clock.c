/*
 * clock.c - the monotonic clock.
 */
#include "daemon/clock.h"

#include <time.h>

int64_t clock_ms(void)
{
    struct timespec now = {0};

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) /* only an unknown clock fails */
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
