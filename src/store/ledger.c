/*
 * ledger.c - writes decisions, what was done with them and what came of them.
 */
#include "store/ledger.h"
#include "store/column.h"
#include "store/database.h"
#include "store/ledger_privacy.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t ledger_now(const struct ledger *ledger)
{
    return ledger->rules.now_s != NULL ? ledger->rules.now_s() : (int64_t)time(NULL);
}

/* What of a decision is stored in its own words. */
struct names {
    const char *helo, *name, *organization, *domain;
    char stored[4][LEDGER_STORED_SIZE];
};

/* read_names - as they are stored; false: trouble */
static bool read_names(struct ledger *ledger, const struct ledger_decision *decision, struct names *names)
{
    names->helo = ledger_privacy_name(ledger, decision->helo, names->stored[0]);
    names->name = ledger_privacy_name(ledger, decision->name, names->stored[1]);
    names->organization = ledger_privacy_name(ledger, decision->organization, names->stored[2]);
    names->domain = ledger_privacy_name(ledger, decision->domain, names->stored[3]);
    return names->helo != NULL && names->name != NULL && names->organization != NULL && names->domain != NULL;
}

/* bind_decision - the columns in the order of the table */
static void bind_decision(struct ledger *ledger, sqlite3_stmt *statement, const struct ledger_decision *decision,
                          const struct names *names)
{
    const char *const words[] = {decision->csa,    decision->reason,  names->domain,   decision->identity,
                                 decision->rating, decision->service, decision->level, decision->verb,
                                 decision->mode,   decision->reasons};

    column_bind_text(statement, 1, decision->id);
    column_bind_text(statement, 2, decision->evaluation);
    sqlite3_bind_int64(statement, 3, decision->time_ms);
    column_bind_text(statement, 4, decision->protocol);
    column_bind_text(statement, 5, decision->profile);
    column_bind_text(statement, 7, names->helo);
    column_bind_text(statement, 8, names->name);
    column_bind_text(statement, 9, names->organization);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        column_bind_text(statement, 10 + (int)i, words[i]);
    sqlite3_bind_int(statement, 20, decision->secure);
    sqlite3_bind_int(statement, 21, decision->score);
    sqlite3_bind_int64(statement, 22, decision->queries);
    sqlite3_bind_int64(statement, 23, decision->elapsed_ms);
    sqlite3_bind_int(statement, 24, ledger_decision_is_proven(decision));
    column_bind_text(statement, 25, ledger->rules.hash_names ? "" : decision->detail);
}

void ledger_decide(struct ledger *ledger, const struct ledger_decision *decision)
{
    struct vouch_address client = ledger_privacy_address(&ledger->rules, &decision->client);
    struct names names;
    sqlite3_stmt *statement;
    bool fine = true;

    if (!read_names(ledger, decision, &names))
        memset(&names, 0, sizeof names); /* no secret: without the names */
    if (ledger->rules.keep_days != 0) {
        statement = database_prepare(ledger->database,
                                     "INSERT OR REPLACE INTO decision VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                                     " ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
                                     true);
        if (statement != NULL) {
            bind_decision(ledger, statement, decision, &names);
            column_bind_address(statement, 6, &client);
        }
        fine = database_run(ledger->database, statement);
    }
    if (fine && ledger_keep_earned(ledger, decision, names.name))
        database_count(ledger->database);
}

void ledger_act(struct ledger *ledger, const struct ledger_action *action)
{
    sqlite3_stmt *statement;

    if (ledger->rules.keep_days == 0)
        return;
    statement = database_prepare(ledger->database, "INSERT INTO action VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", true);
    if (statement != NULL) {
        column_bind_text(statement, 1, action->id);
        sqlite3_bind_int64(statement, 2, action->time_ms);
        column_bind_text(statement, 3, action->verb);
        column_bind_text(statement, 4, action->stage);
        column_bind_text(statement, 5, action->profile);
        column_bind_text(statement, 6, ledger->rules.hash_names ? "" : action->recipient);
        column_bind_text(statement, 7,
                         ledger->rules.hash_names || ledger_privacy_cuts(&ledger->rules) ? "" : action->reply);
        sqlite3_bind_int(statement, 8, action->acted);
    }
    if (database_run(ledger->database, statement))
        database_count(ledger->database);
}

struct ledger *ledger_open(struct database *database, const struct ledger_rules *rules)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);

    if (ledger == NULL)
        return NULL;
    ledger->database = database;
    ledger->rules = *rules;
    ledger_late_init(&ledger->late);
    return ledger;
}

void ledger_close(struct ledger *ledger)
{
    ledger_feedback_write_late(ledger);
    ledger_late_clear(&ledger->late);
    free(ledger);
}
