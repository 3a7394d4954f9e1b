/*
 * calendar.c - two values of the table meta.
 */
#include "store/calendar.h"

#include "store/column.h"

#include <sqlite3.h>

#define SHOWN "calendar_shown"
#define DAY   "calendar_day"

/* calendar_read - a value, or what stands in for it; false: trouble */
static bool calendar_read(struct database *database, const char *key, int32_t fallback, int32_t *value)
{
    sqlite3_stmt *statement = database_prepare(database, "SELECT value FROM meta WHERE key = ?1", false);
    bool row = false, fine;

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, key);
    fine = database_step(database, statement, &row);
    *value = fine && row ? sqlite3_column_int(statement, 0) : fallback;
    database_done(statement);
    return fine;
}

/* calendar_write - a value instead of the last one */
static bool calendar_write(struct database *database, const char *key, int32_t value)
{
    sqlite3_stmt *statement = database_prepare(database, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)", true);

    if (statement != NULL) {
        column_bind_text(statement, 1, key);
        sqlite3_bind_int(statement, 2, value);
    }
    return database_run(database, statement);
}

/* calendar_turn - the clock shows another day than the last time */
static bool calendar_turn(struct calendar *calendar, struct database *database, int32_t today)
{
    int64_t ahead = (int64_t)today - calendar->day;

    calendar->shown = today;
    if (ahead > 0)
        calendar->day = ahead < CALENDAR_STEP ? today : calendar->day + CALENDAR_STEP;
    return calendar_write(database, SHOWN, calendar->shown) && calendar_write(database, DAY, calendar->day);
}

bool calendar_day(struct calendar *calendar, struct database *database, int32_t today, int32_t *day)
{
    *day = today;
    if (!calendar->known && (!calendar_read(database, DAY, today, &calendar->day) ||
                             !calendar_read(database, SHOWN, INT32_MIN, &calendar->shown)))
        return false;
    calendar->known = calendar->shown == today || calendar_turn(calendar, database, today);
    if (calendar->day < today)
        *day = calendar->day;
    return calendar->known;
}
