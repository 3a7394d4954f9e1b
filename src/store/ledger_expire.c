/*
 * ledger_expire.c - removes what is too old, and the oldest of what is too much.
 *
 * Reputation, lists and the earned list stand in the same file and are not the ledger's: what they take pushes no
 * decision out. What the ledger takes is estimated, from how many rows there are and from the size of some of them: to
 * look at every page would take as long as to read the file.
 */
#include "store/database.h"
#include "store/ledger_privacy.h"

#include <sqlite3.h>

#define DAY_S        86400
#define EXPIRE_ROWS  "250" /* a call */
#define EXPIRE_PAGES "512" /* that a call gives back to the file system */
#define FREE_PART    16    /* of the file */
#define SAMPLES      64    /* rows of a table */

/* remove_before - some rows before a time; true: there may be more */
static bool remove_before(struct ledger *ledger, const char *find, const char *sql, int64_t time)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, find, false);
    bool row = false;

    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, time);
    row = database_step(ledger->database, statement, &row) && row;
    database_done(statement);
    if (!row)
        return false; /* nothing is written for nothing */
    statement = database_prepare(ledger->database, sql, true);
    if (statement != NULL)
        sqlite3_bind_int64(statement, 1, time);
    return database_run(ledger->database, statement);
}

/* remove_old - what is past its time */
static bool remove_old(struct ledger *ledger)
{
    int64_t now_s = ledger_now(ledger), keep_s = (int64_t)ledger->rules.keep_days * DAY_S;
    int64_t oldest_ms = (now_s - keep_s) * 1000;
    bool more = false;

    more |= remove_before(ledger, "SELECT 1 FROM decision WHERE time_ms < ?1 LIMIT 1",
                          "DELETE FROM decision WHERE rowid IN (SELECT rowid FROM decision WHERE time_ms < ?1"
                          " ORDER BY time_ms LIMIT " EXPIRE_ROWS ")",
                          oldest_ms);
    more |= remove_before(ledger, "SELECT 1 FROM action WHERE time_ms < ?1 LIMIT 1",
                          "DELETE FROM action WHERE rowid IN (SELECT rowid FROM action WHERE time_ms < ?1"
                          " ORDER BY time_ms LIMIT " EXPIRE_ROWS ")",
                          oldest_ms);
    more |= remove_before(ledger, "SELECT 1 FROM feedback WHERE time_ms < ?1 LIMIT 1",
                          "DELETE FROM feedback WHERE rowid IN (SELECT rowid FROM feedback WHERE time_ms < ?1"
                          " ORDER BY time_ms LIMIT " EXPIRE_ROWS ")",
                          oldest_ms);
    more |= remove_before(ledger, "SELECT 1 FROM earned WHERE until_s <= ?1 LIMIT 1",
                          "DELETE FROM earned WHERE address IN (SELECT address FROM earned WHERE until_s <= ?1"
                          " LIMIT " EXPIRE_ROWS ")",
                          now_s);
    return more;
}

/* number - what a statement with at most one number gives; 0 for nothing, and in trouble */
static uint64_t number(struct ledger *ledger, const char *sql, int64_t argument)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, sql, false);
    int64_t value = 0;
    bool row = false;

    if (statement == NULL)
        return 0;
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, argument);
    if (database_step(ledger->database, statement, &row) && row)
        value = sqlite3_column_int64(statement, 0);
    database_done(statement);
    return value > 0 ? (uint64_t)value : 0;
}

/* pragma - a number that describes the file, 0 in trouble */
static uint64_t pragma(struct ledger *ledger, const char *sql)
{
    return number(ledger, sql, 0);
}

/* oldest_end - the time of the last of the oldest decisions that go together, or -1 */
static int64_t oldest_end(struct ledger *ledger)
{
    sqlite3_stmt *statement = database_prepare(
        ledger->database,
        "SELECT max(time_ms) FROM (SELECT time_ms FROM decision ORDER BY time_ms LIMIT " EXPIRE_ROWS ")", false);
    int64_t end = -1;
    bool row = false;

    if (statement == NULL)
        return -1;
    if (database_step(ledger->database, statement, &row) && row && sqlite3_column_type(statement, 0) == SQLITE_INTEGER)
        end = sqlite3_column_int64(statement, 0);
    database_done(statement);
    return end;
}

/* remove_oldest - some decisions and what belongs to that time; false: there are none */
static bool remove_oldest(struct ledger *ledger)
{
    static const char *const words[] = {
        "DELETE FROM action WHERE rowid IN (SELECT rowid FROM action WHERE time_ms <= ?1 ORDER BY time_ms"
        " LIMIT " EXPIRE_ROWS ")",
        "DELETE FROM feedback WHERE rowid IN (SELECT rowid FROM feedback WHERE time_ms <= ?1 ORDER BY time_ms"
        " LIMIT " EXPIRE_ROWS ")",
        "DELETE FROM decision WHERE rowid IN (SELECT rowid FROM decision WHERE time_ms <= ?1 ORDER BY time_ms"
        " LIMIT " EXPIRE_ROWS ")",
    };
    int64_t end = oldest_end(ledger);
    bool fine = end >= 0;

    for (size_t i = 0; fine && i < sizeof words / sizeof words[0]; i++) {
        sqlite3_stmt *statement = database_prepare(ledger->database, words[i], true);

        if (statement != NULL)
            sqlite3_bind_int64(statement, 1, end);
        fine = database_run(ledger->database, statement);
    }
    return fine;
}

/* has_much_free - is more of the file unused than what will be taken again soon? */
static bool has_much_free(struct ledger *ledger)
{
    return pragma(ledger, "PRAGMA freelist_count") > pragma(ledger, "PRAGMA page_count") / FREE_PART;
}

/* free_pages - some of the room that removed rows left goes back to the file system; false: there is none */
static bool free_pages(struct ledger *ledger)
{
    return pragma(ledger, "PRAGMA freelist_count") != 0 &&
           database_run(ledger->database,
                        database_prepare(ledger->database, "PRAGMA incremental_vacuum(" EXPIRE_PAGES ")", true));
}

/* pages_used - octets of the file in which something stands */
static uint64_t pages_used(struct ledger *ledger)
{
    uint64_t pages = pragma(ledger, "PRAGMA page_count"), unused = pragma(ledger, "PRAGMA freelist_count");

    return (pages > unused ? pages - unused : 0) * pragma(ledger, "PRAGMA page_size");
}

/*
 * A table of the ledger: its rows behind a place in the order of time, where so many of them end, how many there are,
 * and what a row takes with its entries in the indices, pages that are not full included.
 */
struct table {
    const char *end, *rest, *first, *last, *row;
};

#define BEHIND " WHERE (time_ms, rowid) > (?1, ?2) "
#define TABLE(name)                                                                                                    \
    "SELECT time_ms, rowid FROM " name BEHIND "ORDER BY time_ms, rowid LIMIT 1 OFFSET ?3 - 1",                         \
        "SELECT count(*) FROM " name BEHIND, "SELECT min(rowid) FROM " name, "SELECT max(rowid) FROM " name

static const struct table tables[] = {
    {TABLE("decision"),
     "SELECT 120 + (length(id) + length(evaluation) + length(protocol) + length(profile) + length(client)"
     " + length(helo) + length(name) + length(organization) + length(csa) + length(reason) + length(domain)"
     " + length(identity) + length(rating) + length(service) + length(level) + length(verb) + length(mode)"
     " + length(reasons) + length(CAST(detail AS BLOB))) * 9 / 8 + 2 * length(name) + length(organization)"
     " FROM decision WHERE rowid >= ?1 ORDER BY rowid LIMIT 1"},
    {TABLE("action"),
     "SELECT 65 + (length(id) + length(verb) + length(stage) + length(profile) + length(recipient) + length(reply))"
     " * 9 / 8 FROM action WHERE rowid >= ?1 ORDER BY rowid LIMIT 1"},
    {TABLE("feedback"), "SELECT 65 + (length(id) + length(source) + length(result)) * 9 / 8"
                        " FROM feedback WHERE rowid >= ?1 ORDER BY rowid LIMIT 1"},
};

/* count_slice - some more rows; true: there may be more, and none of them was looked at */
static bool count_slice(struct ledger *ledger, const struct table *table)
{
    struct ledger_count *count = &ledger->count;
    sqlite3_stmt *statement = database_prepare(ledger->database, table->end, false);
    bool row = false;

    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, count->time_ms);
    sqlite3_bind_int64(statement, 2, count->rowid);
    sqlite3_bind_int64(statement, 3, LEDGER_SLICE);
    if (database_step(ledger->database, statement, &row) && row) {
        count->time_ms = sqlite3_column_int64(statement, 0);
        count->rowid = sqlite3_column_int64(statement, 1);
        count->rows += LEDGER_SLICE;
    }
    database_done(statement);
    return row;
}

/* count_rest - the last rows, fewer than a slice */
static void count_rest(struct ledger *ledger, const struct table *table)
{
    struct ledger_count *count = &ledger->count;
    sqlite3_stmt *statement = database_prepare(ledger->database, table->rest, false);
    bool row = false;

    if (statement == NULL)
        return;
    sqlite3_bind_int64(statement, 1, count->time_ms);
    sqlite3_bind_int64(statement, 2, count->rowid);
    if (database_step(ledger->database, statement, &row) && row)
        count->rows += (uint64_t)sqlite3_column_int64(statement, 0);
    database_done(statement);
}

/* table_estimate - octets of a table of so many rows, from the size of some of them all over it */
static uint64_t table_estimate(struct ledger *ledger, const struct table *table, uint64_t rows)
{
    uint64_t first = number(ledger, table->first, 0), span = number(ledger, table->last, 0) - first, sum = 0;

    for (uint64_t i = 0; rows != 0 && i < SAMPLES; i++)
        sum += number(ledger, table->row, (int64_t)(first + span * i / SAMPLES)); /* a span of years fits */
    return rows * sum / SAMPLES;
}

bool ledger_weigh(struct ledger *ledger, uint64_t *octets)
{
    struct ledger_count *count = &ledger->count;
    const struct table *table = &tables[count->table];

    if (count_slice(ledger, table))
        return false;
    count_rest(ledger, table);
    *octets = count->octets + table_estimate(ledger, table, count->rows);
    *count = (struct ledger_count){.table = count->table + 1, .octets = *octets};
    if (count->table < sizeof tables / sizeof tables[0])
        return false;
    *count = (struct ledger_count){0};
    return true;
}

/*
 * measure - how much of the ledger is too much, and whether all else would be; true: call again. A file that is small
 * enough needs no estimate.
 */
static bool measure(struct ledger *ledger, uint64_t used, uint64_t limit)
{
    uint64_t share = 0;

    if (used <= limit)
        ledger->count = (struct ledger_count){0};
    else if (!ledger_weigh(ledger, &share))
        return true;
    ledger->excess = share > limit ? share - limit : 0;
    ledger->crowded = used > limit && used - (share < used ? share : used) > limit;
    return false;
}

/* remove_excess - some of the oldest decisions; false: there are none */
static bool remove_excess(struct ledger *ledger, uint64_t used)
{
    bool fine = remove_oldest(ledger);
    uint64_t left = pages_used(ledger), freed = left < used ? used - left : 0;

    ledger->excess -= freed < ledger->excess ? freed : ledger->excess;
    return fine;
}

bool ledger_expire(struct ledger *ledger)
{
    uint64_t limit = (uint64_t)ledger->rules.size_mib * 1024 * 1024, used;
    bool more = remove_old(ledger);

    used = pages_used(ledger);
    if ((ledger->excess == 0 || used <= limit) && measure(ledger, used, limit))
        return true;
    if (ledger->excess > 0)
        return remove_excess(ledger, used) || more;
    if (database_size(ledger->database) > limit && has_much_free(ledger))
        return free_pages(ledger) || more;
    return more;
}

bool ledger_is_crowded(const struct ledger *ledger)
{
    return ledger->crowded;
}
