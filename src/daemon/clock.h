/*
 * clock.h - time that only goes forward.
 */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment before this process. */
int64_t clock_ms(void);

#endif
