/*
 * ledger_feedback.c - writes what became of votes.
 *
 * A vote has its row before it is put to the store, with as many observations as it may count: so the next one on the
 * same decision sees what is under way, also where a server answers later, or an answer never comes. Where a server
 * counts, that goes for a keeper that died in between as well, and a vote that nobody says again has its row in memory
 * while the file takes none.
 */
#include "store/column.h"
#include "store/database.h"
#include "store/ledger_privacy.h"

#include <sqlite3.h>

#define LATE_BATCH 1000 /* rows in a transaction */

/* has_room - may there be one more row of feedback that says nothing but that nothing was counted? */
static bool has_room(struct ledger *ledger, const char *id, int64_t rows_max)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, "SELECT count(*) FROM feedback WHERE id = ?1", false);
    bool row = false, room;

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, id);
    room = database_step(ledger->database, statement, &row) && row && sqlite3_column_int64(statement, 0) < rows_max;
    database_done(statement);
    return room;
}

/* insert - a row; its place, or 0: trouble */
static int64_t insert(struct ledger *ledger, const struct ledger_feedback *feedback)
{
    char hashed[LEDGER_HASH_SIZE] = "";
    bool hashes = ledger->rules.hash_names, found = false;
    sqlite3_stmt *statement;
    int64_t place = 0;

    if (hashes && !ledger_privacy_hash(ledger->database, feedback->source, hashed))
        hashed[0] = '\0'; /* no secret: without the source */
    statement = database_prepare(ledger->database,
                                 "INSERT INTO feedback VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING rowid", true);
    if (statement == NULL)
        return 0;
    column_bind_text(statement, 1, feedback->id);
    sqlite3_bind_int64(statement, 2, feedback->time_ms != 0 ? feedback->time_ms : ledger_now(ledger) * 1000);
    sqlite3_bind_int(statement, 3, feedback->spam);
    column_bind_text(statement, 4, hashes ? hashed : feedback->source);
    column_bind_text(statement, 5, feedback->result);
    sqlite3_bind_int64(statement, 6, feedback->counted);
    if (database_step(ledger->database, statement, &found) && found) {
        place = sqlite3_column_int64(statement, 0);
        return database_run(ledger->database, statement) ? place : 0;
    }
    database_done(statement);
    return 0;
}

void ledger_feedback(struct ledger *ledger, const struct ledger_feedback *feedback)
{
    if (ledger->rules.keep_days == 0 ||
        (feedback->counted == 0 && !has_room(ledger, feedback->id, LEDGER_FEEDBACK_MAX)))
        return;
    if (insert(ledger, feedback) != 0)
        database_count(ledger->database);
}

/* insert_now - a row that is committed when this returns; its place, or 0: trouble */
static int64_t insert_now(struct ledger *ledger, const struct ledger_feedback *feedback)
{
    int64_t place = database_can_write(ledger->database) ? insert(ledger, feedback) : 0;

    return place != 0 && database_commit(ledger->database) ? place : 0;
}

bool ledger_feedback_begin(struct ledger *ledger, const struct ledger_feedback *feedback, bool waits, int64_t *place)
{
    struct ledger_feedback row = *feedback;

    *place = 0;
    if (ledger->rules.keep_days == 0)
        return true;
    if (row.time_ms == 0)
        row.time_ms = ledger_now(ledger) * 1000;
    *place = ledger->rules.apart ? insert_now(ledger, &row) : insert(ledger, &row);
    if (*place == 0 && waits && ledger->rules.apart)
        *place = ledger_late_add(&ledger->late, &row, ledger->rules.queue);
    return *place != 0;
}

/* end - says in its row in the file what became of a vote */
static void end(struct ledger *ledger, const struct ledger_feedback *feedback, int64_t place)
{
    bool stays = feedback->counted != 0 || has_room(ledger, feedback->id, LEDGER_FEEDBACK_MAX + 1);
    /* a place that a transaction lost may be that of another row by now */
    const char *sql = stays ? "UPDATE feedback SET result = ?4, counted = ?5 WHERE rowid = ?1 AND id = ?2 AND spam = ?3"
                            : "DELETE FROM feedback WHERE rowid = ?1 AND id = ?2 AND spam = ?3";
    sqlite3_stmt *statement = database_prepare(ledger->database, sql, true);

    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, place);
        column_bind_text(statement, 2, feedback->id);
        sqlite3_bind_int(statement, 3, feedback->spam);
    }
    if (statement != NULL && stays) {
        column_bind_text(statement, 4, feedback->result);
        sqlite3_bind_int64(statement, 5, feedback->counted);
    }
    if (database_run(ledger->database, statement))
        database_count(ledger->database);
}

void ledger_feedback_end(struct ledger *ledger, const struct ledger_feedback *feedback, int64_t place)
{
    if (place < 0)
        ledger_late_end(&ledger->late, feedback, place);
    else
        end(ledger, feedback, place);
}

size_t ledger_feedback_late(const struct ledger *ledger)
{
    return ledger->late.over_count;
}

/* write_batch - some rows that waited, in a transaction; false: trouble, and they stay */
static bool write_batch(struct ledger *ledger)
{
    const struct ledger_late_row *row;
    size_t count = 0;

    TAILQ_FOREACH(row, &ledger->late.over, next)
    {
        if (count == LATE_BATCH)
            break;
        if (insert(ledger, &row->feedback) == 0)
            return false;
        count++;
    }
    if (!database_commit(ledger->database))
        return false;
    ledger_late_remove(&ledger->late, count);
    return true;
}

void ledger_feedback_write_late(struct ledger *ledger)
{
    while (ledger->late.over_count > 0 && database_trouble(ledger->database) == NULL &&
           database_can_write(ledger->database) && write_batch(ledger))
        continue;
}
