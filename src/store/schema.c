/*
 * schema.c - tables, versions and migrations.
 *
 * Each step of `steps` leads from the version of its index to the next one. A step that was released never changes.
 */
#include "store/schema.h"
#include "store/database.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>

#define APPLICATION_ID  0x766f7563 /* "vouc" */
#define NAME_KEY_SIZE   32
#define WORD_OF(macro)  #macro
#define VALUE_OF(macro) WORD_OF(macro)

/*
 * meta: single values; name_key is the secret of hashed names.
 * reputation: hosts, and organizations as ".example.org". share: what a source, or all together (source ''), had of a
 * name's day. entry: shared lists. earned: the address is its octets, so that the length tells the family. feedback:
 * counted is how many observations, of an older row at least one. With a decision goes what belongs to it.
 */
static const char *const steps[DATABASE_VERSION] = {
    "CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE reputation (name TEXT NOT NULL, day INTEGER NOT NULL, ham INTEGER NOT NULL, spam INTEGER NOT NULL,"
    " PRIMARY KEY (name, day)) WITHOUT ROWID;"
    "CREATE TABLE share (day INTEGER NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, ham INTEGER NOT NULL,"
    " spam INTEGER NOT NULL, PRIMARY KEY (day, name, source)) WITHOUT ROWID;"
    "CREATE TABLE entry (list TEXT NOT NULL, name TEXT NOT NULL, listing INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (list, name)) WITHOUT ROWID;"
    "CREATE TABLE suspension (service TEXT NOT NULL PRIMARY KEY, until_s INTEGER NOT NULL, text TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE decision (id TEXT NOT NULL, evaluation TEXT NOT NULL, time_ms INTEGER NOT NULL,"
    " protocol TEXT NOT NULL, profile TEXT NOT NULL, client BLOB NOT NULL, helo TEXT NOT NULL, name TEXT NOT NULL,"
    " organization TEXT NOT NULL, csa TEXT NOT NULL, reason TEXT NOT NULL, domain TEXT NOT NULL,"
    " identity TEXT NOT NULL, rating TEXT NOT NULL, service TEXT NOT NULL, level TEXT NOT NULL, verb TEXT NOT NULL,"
    " mode TEXT NOT NULL, reasons TEXT NOT NULL, secure INTEGER NOT NULL, score INTEGER NOT NULL,"
    " queries INTEGER NOT NULL, elapsed_ms INTEGER NOT NULL, proven INTEGER NOT NULL, detail TEXT NOT NULL);"
    "CREATE UNIQUE INDEX decision_id ON decision (id);"
    "CREATE INDEX decision_time ON decision (time_ms);"
    "CREATE INDEX decision_name ON decision (name, time_ms);"
    "CREATE INDEX decision_organization ON decision (organization, time_ms);"
    "CREATE INDEX decision_proven ON decision (name) WHERE proven = 1;"
    "CREATE TABLE action (id TEXT NOT NULL, time_ms INTEGER NOT NULL, verb TEXT NOT NULL, stage TEXT NOT NULL,"
    " profile TEXT NOT NULL, recipient TEXT NOT NULL, reply TEXT NOT NULL, acted INTEGER NOT NULL);"
    "CREATE INDEX action_id ON action (id, time_ms);"
    "CREATE INDEX action_time ON action (time_ms);"
    "CREATE TABLE feedback (id TEXT NOT NULL, time_ms INTEGER NOT NULL, spam INTEGER NOT NULL, source TEXT NOT NULL,"
    " result TEXT NOT NULL);"
    "CREATE INDEX feedback_id ON feedback (id, time_ms);"
    "CREATE INDEX feedback_time ON feedback (time_ms);"
    "CREATE TABLE earned (address BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, since_s INTEGER NOT NULL,"
    " until_s INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX earned_until ON earned (until_s);",
    "ALTER TABLE feedback ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;"
    "UPDATE feedback SET counted = 1 WHERE result = 'counted';"
    "CREATE TRIGGER decision_gone AFTER DELETE ON decision BEGIN DELETE FROM action WHERE id = old.id;"
    " DELETE FROM feedback WHERE id = old.id; END;",
    "ALTER TABLE suspension RENAME TO old_suspension;"
    "CREATE TABLE suspension (service TEXT NOT NULL, finder TEXT NOT NULL, until_s INTEGER NOT NULL,"
    " text TEXT NOT NULL, PRIMARY KEY (service, finder)) WITHOUT ROWID;"
    "INSERT INTO suspension SELECT service, '', until_s, text FROM old_suspension; DROP TABLE old_suspension;",
};

/* number - the first number that a query gives; false: it gives none */
static bool number(sqlite3 *handle, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    bool fine = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;

    *value = fine ? sqlite3_column_int64(statement, 0) : 0;
    return sqlite3_finalize(statement) == SQLITE_OK && fine;
}

/* version - that of our tables, 0 for an empty file */
static enum schema_state version(sqlite3 *handle, int64_t *found)
{
    int64_t application, tables;

    if (!number(handle, "PRAGMA application_id", &application) || !number(handle, "PRAGMA user_version", found) ||
        !number(handle, "SELECT count(*) FROM sqlite_schema", &tables))
        return SCHEMA_TROUBLE;
    if (application != APPLICATION_ID && (application != 0 || tables != 0))
        return SCHEMA_FOREIGN;
    if (*found > DATABASE_VERSION)
        return SCHEMA_NEWER;
    if (*found < 0)
        return SCHEMA_FOREIGN;
    return *found == DATABASE_VERSION ? SCHEMA_READY : SCHEMA_OLDER;
}

enum schema_state schema_check(sqlite3 *handle)
{
    enum schema_state state;
    int64_t found;

    /* all of one moment: somebody else may be making the tables */
    if (sqlite3_exec(handle, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return SCHEMA_TROUBLE;
    state = version(handle, &found);
    if (state != SCHEMA_TROUBLE && sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        state = SCHEMA_TROUBLE;
    return state;
}

/* make_key - the secret of hashed names, made with the file */
static bool make_key(sqlite3 *handle)
{
    uint8_t key[NAME_KEY_SIZE];
    sqlite3_stmt *statement = NULL;
    bool fine = getrandom(key, sizeof key, 0) == (ssize_t)sizeof key &&
                sqlite3_prepare_v2(handle, "INSERT OR IGNORE INTO meta VALUES ('name_key', ?1)", -1, &statement,
                                   NULL) == SQLITE_OK &&
                sqlite3_bind_blob(statement, 1, key, sizeof key, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_DONE;

    return sqlite3_finalize(statement) == SQLITE_OK && fine;
}

/* migrate - within a transaction: all steps from the version that is there */
static enum schema_state migrate(sqlite3 *handle)
{
    int64_t found;
    enum schema_state state = version(handle, &found);

    if (state != SCHEMA_OLDER)
        return state;
    for (int64_t step = found; step < DATABASE_VERSION; step++)
        if (sqlite3_exec(handle, steps[step], NULL, NULL, NULL) != SQLITE_OK)
            return SCHEMA_TROUBLE;
    if (!make_key(handle) || sqlite3_exec(handle,
                                          "PRAGMA application_id = " VALUE_OF(
                                              APPLICATION_ID) "; PRAGMA user_version = " VALUE_OF(DATABASE_VERSION),
                                          NULL, NULL, NULL) != SQLITE_OK)
        return SCHEMA_TROUBLE;
    return SCHEMA_READY;
}

/* make_ready - makes the tables */
static enum schema_state make_ready(sqlite3 *handle)
{
    enum schema_state state;

    if (sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return SCHEMA_TROUBLE;
    state = migrate(handle);
    if (state == SCHEMA_READY && sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        state = SCHEMA_TROUBLE;
    return state; /* closing the handle rolls back what is not committed */
}

enum schema_state schema_migrate(sqlite3 *handle)
{
    enum schema_state state = schema_check(handle);

    /* before the first page is written; later this pragma is a write of its own */
    if (state == SCHEMA_OLDER &&
        sqlite3_exec(handle, "PRAGMA auto_vacuum = INCREMENTAL", NULL, NULL, NULL) != SQLITE_OK)
        return SCHEMA_TROUBLE;
    /* nothing is mapped: a bad disk would then be a signal and no error */
    if (sqlite3_exec(handle,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216;"
                     "PRAGMA wal_autocheckpoint = 1000; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
                     "PRAGMA cache_size = -8192; PRAGMA secure_delete = FAST; PRAGMA cell_size_check = ON",
                     NULL, NULL, NULL) != SQLITE_OK)
        return SCHEMA_TROUBLE;
    return state == SCHEMA_OLDER ? make_ready(handle) : state;
}
