/*
 * ledger_read.c - gives rows of the ledger to who asks.
 */
#include "base/text.h"
#include "store/column.h"
#include "store/database.h"
#include "store/ledger.h"
#include "store/ledger_privacy.h"

#include <sqlite3.h>
#include <time.h>

#define COLUMNS                                                                                                        \
    "id, evaluation, time_ms, protocol, profile, client, helo, name, organization, csa, reason, domain, identity,"     \
    " rating, service, level, verb, mode, reasons, secure, score, queries, elapsed_ms, detail"

/* read_decision - what the statement stands on */
static void read_decision(sqlite3_stmt *statement, struct ledger_decision *decision)
{
    column_copy(statement, 0, decision->id, sizeof decision->id);
    column_copy(statement, 1, decision->evaluation, sizeof decision->evaluation);
    decision->time_ms = sqlite3_column_int64(statement, 2);
    decision->protocol = column_text(statement, 3);
    decision->profile = column_text(statement, 4);
    column_address(statement, 5, &decision->client);
    decision->helo = column_text(statement, 6);
    decision->name = column_text(statement, 7);
    decision->organization = column_text(statement, 8);
    decision->csa = column_text(statement, 9);
    decision->reason = column_text(statement, 10);
    decision->domain = column_text(statement, 11);
    decision->identity = column_text(statement, 12);
    decision->rating = column_text(statement, 13);
    decision->service = column_text(statement, 14);
    decision->level = column_text(statement, 15);
    decision->verb = column_text(statement, 16);
    decision->mode = column_text(statement, 17);
    decision->reasons = column_text(statement, 18);
    decision->secure = sqlite3_column_int(statement, 19) != 0;
    decision->score = sqlite3_column_int(statement, 20);
    decision->queries = column_count(statement, 21, UINT32_MAX);
    decision->elapsed_ms = sqlite3_column_int64(statement, 22);
    decision->detail = column_text(statement, 23);
}

/* walk_decisions - every row; false: trouble */
static bool walk_decisions(struct ledger *ledger, sqlite3_stmt *statement, ledger_each_decision *each, void *owner)
{
    bool row = false, fine;

    while ((fine = database_step(ledger->database, statement, &row)) && row) {
        struct ledger_decision decision;

        read_decision(statement, &decision);
        if (!each(owner, &decision))
            break;
    }
    database_done(statement);
    return fine;
}

bool ledger_find(struct ledger *ledger, const char *id, ledger_each_decision *each, void *owner)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, "SELECT " COLUMNS " FROM decision WHERE id = ?1",
                                               false);

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, id);
    return walk_decisions(ledger, statement, each, owner);
}

bool ledger_decisions(struct ledger *ledger, int64_t since_ms, const char *name, ledger_each_decision *each,
                      void *owner)
{
    char buffer[LEDGER_STORED_SIZE];
    const char *stored = ledger_privacy_name(ledger, name, buffer);
    sqlite3_stmt *statement;

    if (stored == NULL)
        return false;
    statement = name == NULL
                    ? database_prepare(ledger->database,
                                       "SELECT " COLUMNS " FROM decision WHERE time_ms >= ?1 ORDER BY time_ms DESC",
                                       false)
                    : database_prepare(ledger->database,
                                       "SELECT " COLUMNS " FROM decision WHERE name = ?2 AND time_ms >= ?1"
                                       " UNION ALL SELECT " COLUMNS " FROM decision"
                                       " WHERE organization = ?2 AND name <> ?2 AND time_ms >= ?1"
                                       " ORDER BY time_ms DESC",
                                       false);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, since_ms);
    if (name != NULL)
        column_bind_text(statement, 2, stored);
    return walk_decisions(ledger, statement, each, owner);
}

bool ledger_actions(struct ledger *ledger, const char *id, ledger_each_action *each, void *owner)
{
    sqlite3_stmt *statement = database_prepare(
        ledger->database,
        "SELECT id, time_ms, verb, stage, profile, recipient, reply, acted FROM action"
        " WHERE id = ?1 ORDER BY time_ms, rowid",
        false);
    bool row = false, fine;

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, id);
    while ((fine = database_step(ledger->database, statement, &row)) && row) {
        struct ledger_action action = {.time_ms = sqlite3_column_int64(statement, 1),
                                       .verb = column_text(statement, 2),
                                       .stage = column_text(statement, 3),
                                       .profile = column_text(statement, 4),
                                       .recipient = column_text(statement, 5),
                                       .reply = column_text(statement, 6),
                                       .acted = sqlite3_column_int(statement, 7) != 0};

        column_copy(statement, 0, action.id, sizeof action.id);
        if (!each(owner, &action))
            break;
    }
    database_done(statement);
    return fine;
}

bool ledger_feedbacks(struct ledger *ledger, const char *id, ledger_each_feedback *each, void *owner)
{
    sqlite3_stmt *statement = database_prepare(
        ledger->database,
        "SELECT id, time_ms, spam, source, result, counted FROM feedback WHERE id = ?1 ORDER BY time_ms, rowid", false);
    bool row = false, fine;

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, id);
    while ((fine = database_step(ledger->database, statement, &row)) && row) {
        struct ledger_feedback feedback = {.time_ms = sqlite3_column_int64(statement, 1),
                                           .spam = sqlite3_column_int(statement, 2) != 0,
                                           .source = column_text(statement, 3),
                                           .result = column_text(statement, 4),
                                           .counted = column_count(statement, 5, UINT32_MAX)};

        column_copy(statement, 0, feedback.id, sizeof feedback.id);
        if (!each(owner, &feedback))
            break;
    }
    database_done(statement);
    return fine;
}

uint32_t ledger_counted(struct ledger *ledger, const char *id, bool spam, uint32_t max)
{
    sqlite3_stmt *statement = database_prepare(ledger->database,
                                               "SELECT sum(counted) FROM feedback WHERE id = ?1 AND spam = ?2", false);
    uint64_t counted = ledger_late_counted(&ledger->late, id, spam);
    bool row = false;

    if (statement != NULL) {
        column_bind_text(statement, 1, id);
        sqlite3_bind_int64(statement, 2, spam);
        if (database_step(ledger->database, statement, &row) && row)
            counted += column_count(statement, 0, max);
        database_done(statement);
    }
    return counted < max ? (uint32_t)counted : max;
}

bool ledger_is_proven(struct ledger *ledger, const char *name)
{
    struct ledger plain = {.rules = ledger->rules};
    char cut[LEDGER_STORED_SIZE];
    char buffer[LEDGER_STORED_SIZE];
    const char *stored = ledger_privacy_name(ledger, name, buffer);
    sqlite3_stmt *statement;
    bool row = false;

    plain.rules.hash_names = false;
    if (stored == NULL || stored[0] == '\0' || ledger_privacy_name(&plain, name, cut) != name)
        return false;
    statement = database_prepare(ledger->database, "SELECT 1 FROM decision WHERE name = ?1 AND proven = 1 LIMIT 1",
                                 false);
    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, stored);
    row = database_step(ledger->database, statement, &row) && row;
    database_done(statement);
    return row;
}
