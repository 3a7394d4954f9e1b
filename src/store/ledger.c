/*
 * ledger.c - writes decisions, what was done with them and what came of them, and the earned list; removes what is too
 * old or too much.
 */
#include "store/ledger.h"
#include "base/address.h"
#include "store/column.h"
#include "store/database.h"
#include "store/ledger_privacy.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S        86400
#define EXPIRE_ROWS  "250" /* a call */
#define EXPIRE_PAGES "512" /* that a call gives back to the file system */

/* ledger_now - Unix time */
static int64_t ledger_now(const struct ledger *ledger)
{
    return ledger->rules.now_s != NULL ? ledger->rules.now_s() : (int64_t)time(NULL);
}

/* is_word - is the word this value's? */
static bool is_word(const char *word, const char *value)
{
    return word != NULL && strcmp(word, value) == 0;
}

/* has_bad_reputation - do the reasons hold negative points for own experience? */
static bool has_bad_reputation(const char *reasons)
{
    const char *token = vouch_token_word(VOUCH_TOKEN_REPUTATION);
    size_t length = strlen(token);

    for (const char *at = reasons; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, token, length) == 0 && at[length] == ':' && at[length + 1] == '-')
            return true;
    }
    return false;
}

/* earn - the address stays from now on */
static bool earn(struct ledger *ledger, const struct vouch_address *address, const char *name, int64_t now_s)
{
    sqlite3_stmt *statement = database_prepare(
        ledger->database,
        "INSERT INTO earned VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET name = excluded.name,"
        " since_s = CASE WHEN until_s > excluded.since_s THEN since_s ELSE excluded.since_s END,"
        " until_s = max(excluded.until_s, until_s)",
        true);

    if (statement != NULL) {
        column_bind_address(statement, 1, address);
        column_bind_text(statement, 2, name);
        sqlite3_bind_int64(statement, 3, now_s);
        sqlite3_bind_int64(statement, 4, now_s + (int64_t)ledger->rules.earned_days * DAY_S);
    }
    return database_run(ledger->database, statement);
}

/* end_earned - the address has no place any more */
static bool end_earned(struct ledger *ledger, const struct vouch_address *address)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, "DELETE FROM earned WHERE address = ?1", true);

    if (statement != NULL)
        column_bind_address(statement, 1, address);
    return database_run(ledger->database, statement);
}

bool ledger_decision_is_proven(const struct ledger_decision *decision)
{
    if (is_word(decision->csa, vouch_csa_word(VOUCH_CSA_FAIL)))
        return false;
    for (int i = VOUCH_IDENTITY_FORWARD; i <= VOUCH_IDENTITY_CSA; i++)
        if (is_word(decision->identity, vouch_identity_word((enum vouch_identity)i)))
            return true;
    return false;
}

/* keep_earned - what a session does to the earned list; false: trouble */
static bool keep_earned(struct ledger *ledger, const struct ledger_decision *decision, const char *name)
{
    struct vouch_address address = decision->client;

    address_unmap(&address);
    if (address_length(&address) == 0)
        return true;
    if (is_word(decision->level, vouch_level_word(VOUCH_LEVEL_UNTRUSTED)) || has_bad_reputation(decision->reasons))
        return end_earned(ledger, &address);
    if (is_word(decision->level, vouch_level_word(VOUCH_LEVEL_TRUSTED)) && ledger_decision_is_proven(decision))
        return earn(ledger, &address, name, decision->time_ms / 1000);
    return true;
}

/* What of a decision is stored in its own words. */
struct names {
    const char *helo, *name, *organization, *domain;
    char hashed[4][LEDGER_HASH_SIZE];
};

/* read_names - as they are stored; false: trouble */
static bool read_names(struct ledger *ledger, const struct ledger_decision *decision, struct names *names)
{
    names->helo = ledger_privacy_name(ledger, decision->helo, names->hashed[0]);
    names->name = ledger_privacy_name(ledger, decision->name, names->hashed[1]);
    names->organization = ledger_privacy_name(ledger, decision->organization, names->hashed[2]);
    names->domain = ledger_privacy_name(ledger, decision->domain, names->hashed[3]);
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
    if (fine && keep_earned(ledger, decision, names.name))
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
        column_bind_text(statement, 7, ledger->rules.hash_names ? "" : action->reply);
        sqlite3_bind_int(statement, 8, action->acted);
    }
    if (database_run(ledger->database, statement))
        database_count(ledger->database);
}

/* has_room - may there be one more row of feedback that says nothing but that nothing was counted? */
static bool has_room(struct ledger *ledger, const char *id)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, "SELECT count(*) FROM feedback WHERE id = ?1", false);
    bool row = false, room;

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, id);
    room = database_step(ledger->database, statement, &row) && row &&
           sqlite3_column_int64(statement, 0) < LEDGER_FEEDBACK_MAX;
    database_done(statement);
    return room;
}

void ledger_feedback(struct ledger *ledger, const struct ledger_feedback *feedback)
{
    sqlite3_stmt *statement;

    if (ledger->rules.keep_days == 0 || (feedback->counted == 0 && !has_room(ledger, feedback->id)))
        return;
    statement = database_prepare(ledger->database, "INSERT INTO feedback VALUES (?1, ?2, ?3, ?4, ?5, ?6)", true);
    if (statement != NULL) {
        column_bind_text(statement, 1, feedback->id);
        sqlite3_bind_int64(statement, 2, feedback->time_ms != 0 ? feedback->time_ms : ledger_now(ledger) * 1000);
        sqlite3_bind_int(statement, 3, feedback->spam);
        column_bind_text(statement, 4, feedback->source);
        column_bind_text(statement, 5, feedback->result);
        sqlite3_bind_int64(statement, 6, feedback->counted);
    }
    if (database_run(ledger->database, statement))
        database_count(ledger->database);
}

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

/* pragma - a number that describes the file, 0 in trouble */
static uint64_t pragma(struct ledger *ledger, const char *sql)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, sql, false);
    uint64_t value = 0;
    bool row = false;

    if (statement == NULL)
        return 0;
    if (database_step(ledger->database, statement, &row) && row)
        value = (uint64_t)sqlite3_column_int64(statement, 0);
    database_done(statement);
    return value;
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

/* free_pages - some of the room that removed rows left goes back to the file system; false: there is none */
static bool free_pages(struct ledger *ledger)
{
    return pragma(ledger, "PRAGMA freelist_count") != 0 &&
           database_run(ledger->database,
                        database_prepare(ledger->database, "PRAGMA incremental_vacuum(" EXPIRE_PAGES ")", true));
}

bool ledger_expire(struct ledger *ledger)
{
    uint64_t limit = (uint64_t)ledger->rules.size_mib * 1024 * 1024, page, used;
    bool more = remove_old(ledger);

    page = pragma(ledger, "PRAGMA page_size");
    used = (pragma(ledger, "PRAGMA page_count") - pragma(ledger, "PRAGMA freelist_count")) * page;
    if (used > limit)
        return remove_oldest(ledger) || more;
    if (database_size(ledger->database) > limit)
        return free_pages(ledger) || more;
    return more;
}

struct ledger *ledger_open(struct database *database, const struct ledger_rules *rules)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);

    if (ledger == NULL)
        return NULL;
    ledger->database = database;
    ledger->rules = *rules;
    return ledger;
}

void ledger_close(struct ledger *ledger)
{
    free(ledger);
}
