/*
 * calendar.h - the day by which a database forgets. It follows the clock a week for each day that the clock shows, so
 * that a clock that once was years ahead makes nobody forget years. After a long rest it is behind for a while, and old
 * rows, which do not count any more, go later.
 */
#ifndef STORE_CALENDAR_H
#define STORE_CALENDAR_H

#include "store/database.h"

#define CALENDAR_STEP 7 /* days, for each day that the clock shows */

struct calendar {
    bool known;    /* of the database */
    int32_t shown; /* what the clock showed the last time */
    int32_t day;
};

/* The day, not after `today`, as the database knows it, in an open transaction. False: trouble. */
bool calendar_day(struct calendar *calendar, struct database *database, int32_t today, int32_t *day);

#endif
