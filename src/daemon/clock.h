/*
 * clock.h - time that only goes forward, since some moment before this process; and the time of day.
 *
 * The one reader of the monotonic clock in the daemon. A clock that cannot be read ends the process: with one that
 * stands still, no deadline would ever come and no verdict be forgotten.
 */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

int64_t clock_us(void);
int64_t clock_ms(void);

/* A few milliseconds late, and cheap. */
int64_t clock_coarse_ms(void);

/* The time of day: milliseconds since 1970, which may jump. For records, never for deadlines. */
int64_t clock_unix_ms(void);

#endif
