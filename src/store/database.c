/*
 * database.c - keeps statements, begins and commits.
 *
 * Writes stop at the first that fails and are lost until the next commit tries again: a disk or lock that makes one
 * write wait would otherwise make each of them wait.
 */
#include "store/database.h"
#include "base/text.h"
#include "store/database_file.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define VACUUM_PAGES "1000"
#define BUSY_MS      2000

/* roll_back - the open transaction is lost */
static void roll_back(struct database *database)
{
    if (sqlite3_get_autocommit(database->handle) == 0)
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    database->lost += database->counted;
    database->counted = 0;
    database->pending = 0;
    database->transaction = false;
}

/* begin - a transaction for writes */
static bool begin(struct database *database)
{
    if (database->transaction)
        return true;
    if (database->handle == NULL || database->stopped || database->refused || database->read_only ||
        database->only_reads)
        return false;
    if (database_file_has_moved(database) && (!database_file_reopen(database) || database->only_reads))
        return false;
    if (sqlite3_exec(database->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        database_file_fail(database);
        database->stopped = true;
        return false;
    }
    database->transaction = true;
    return true;
}

/* find_statement - the kept one that nobody walks, or a new one */
static sqlite3_stmt *find_statement(struct database *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    for (size_t i = 0; i < database->statements_count; i++)
        if (database->statements[i].sql == sql && !sqlite3_stmt_busy(database->statements[i].statement))
            return database->statements[i].statement;
    if (database->statements_count == database->statements_size) {
        size_t size = database->statements_size + 32;
        struct statement *grown = realloc(database->statements, size * sizeof *grown);

        if (grown == NULL) {
            database_file_trouble(database, "out of memory");
            return NULL;
        }
        database->statements = grown;
        database->statements_size = size;
    }
    if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        database_file_fail(database);
        return NULL;
    }
    database->statements[database->statements_count++] = (struct statement){sql, statement};
    return statement;
}

struct database *database_open(const char *path, bool read_only)
{
    struct database *database = calloc(1, sizeof *database);

    if (database == NULL)
        return NULL;
    database->path = strdup(path);
    if (database->path == NULL) {
        free(database);
        return NULL;
    }
    database->patience_ms = BUSY_MS;
    database->in_memory = strcmp(path, ":memory:") == 0;
    database->read_only = read_only && !database->in_memory;
    database_file_open(database);
    return database;
}

const char *database_trouble(const struct database *database)
{
    return database->trouble[0] != '\0' ? database->trouble : NULL;
}

bool database_is_locked(const struct database *database)
{
    return database->trouble[0] != '\0' && database->locked;
}

void database_set_patience(struct database *database, int time_ms)
{
    database->patience_ms = time_ms;
    if (database->handle != NULL)
        database_file_set_patience(database);
}

uint64_t database_lost(const struct database *database)
{
    return database->lost;
}

bool database_can_write(struct database *database)
{
    return begin(database);
}

bool database_begin(struct database *database)
{
    bool fine = begin(database);

    database->lost += !fine;
    return fine;
}

struct sqlite3_stmt *database_prepare(struct database *database, const char *sql, bool writes)
{
    sqlite3_stmt *statement;

    if (writes && !database_begin(database))
        return NULL;
    if (database->handle == NULL)
        return NULL;
    statement = find_statement(database, sql);
    if (writes)
        database->pending++;
    if (statement == NULL && writes) {
        database->lost++;
        roll_back(database);
        database->stopped = true;
    }
    return statement;
}

bool database_step(struct database *database, struct sqlite3_stmt *statement, bool *row)
{
    int code = sqlite3_step(statement);

    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return true;
    database_file_fail(database);
    /* what a reader meets may have ended the transaction as well */
    if (database->transaction && (!sqlite3_stmt_readonly(statement) || sqlite3_get_autocommit(database->handle) != 0)) {
        sqlite3_reset(statement);
        database->lost += !sqlite3_stmt_readonly(statement);
        roll_back(database);
        database->stopped = true;
    }
    return false;
}

void database_done(struct sqlite3_stmt *statement)
{
    sqlite3_reset(statement); /* its error was that of the last step */
    sqlite3_clear_bindings(statement);
}

bool database_run(struct database *database, struct sqlite3_stmt *statement)
{
    bool row = statement != NULL, fine = statement != NULL;

    while (fine && row)
        fine = database_step(database, statement, &row);
    if (statement != NULL)
        database_done(statement);
    return fine;
}

void database_lose(struct database *database)
{
    database->lost++;
}

void database_count(struct database *database)
{
    database->counted += database->transaction;
}

/* end - commits the open transaction */
static bool end(struct database *database)
{
    if (sqlite3_exec(database->handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        database_file_fail(database);
        roll_back(database);
        return false;
    }
    if (database->trouble[0] != '\0') {
        database->trouble[0] = '\0';
        database_file_set_patience(database);
    }
    database->transaction = false;
    database->counted = 0;
    database->pending = 0;
    return true;
}

/* probe - one write that tells whether writing works again */
static bool probe(struct database *database)
{
    if (sqlite3_exec(database->handle,
                     "BEGIN IMMEDIATE; INSERT OR REPLACE INTO meta VALUES ('probe', randomblob(8192))", NULL, NULL,
                     NULL) == SQLITE_OK)
        return end(database);
    database_file_fail(database);
    roll_back(database);
    return false;
}

/* try_again - in trouble: is it over? */
static bool try_again(struct database *database)
{
    if ((database->handle == NULL || database->only_reads || database->again || database->refused) &&
        !database_file_reopen(database))
        return false;
    database_file_set_patience(database);
    if (database->only_reads)
        return false;
    if (!database->read_only)
        return probe(database);
    database->trouble[0] = '\0';
    return true;
}

bool database_commit(struct database *database)
{
    bool fine;

    database->stopped = false;
    if (database->transaction && !database->refused)
        return end(database);
    if (database->transaction)
        roll_back(database);
    if (database->trouble[0] == '\0')
        return true;
    database->probing = true;
    fine = try_again(database);
    database->probing = false;
    return fine;
}

uint32_t database_pending(const struct database *database)
{
    return database->transaction && database->pending == 0 ? 1 : database->pending;
}

uint64_t database_size(const struct database *database)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    uint64_t size = 0;

    if (database->in_memory)
        return 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[DATABASE_TROUBLE_SIZE];
        struct text text;
        struct stat status;

        text_init(&text, path, sizeof path);
        text_add(&text, database->path);
        text_add(&text, ends[i]);
        if (!text.cut && stat(path, &status) == 0)
            size += (uint64_t)status.st_size;
    }
    return size;
}

/* free_pages - steps through one round of freeing; false: trouble */
static bool free_pages(struct database *database, bool *more)
{
    sqlite3_stmt *statement = database_prepare(database, "PRAGMA incremental_vacuum(" VACUUM_PAGES ")", true);
    bool row = true, fine = statement != NULL;

    *more = false;
    while (fine && row)
        fine = database_step(database, statement, &row);
    if (statement != NULL)
        database_done(statement);
    fine = database_commit(database) && fine;
    statement = fine ? database_prepare(database, "PRAGMA freelist_count", false) : NULL;
    fine = statement != NULL && database_step(database, statement, &row);
    *more = fine && row && sqlite3_column_int64(statement, 0) > 0;
    if (statement != NULL)
        database_done(statement);
    return fine;
}

bool database_vacuum(struct database *database)
{
    bool more = true;

    if (!database_commit(database))
        return false;
    while (more)
        if (!free_pages(database, &more))
            return false;
    /* busy: another process reads what is in the log, and will end that */
    sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return true;
}

void database_close(struct database *database)
{
    if (database == NULL)
        return;
    if (database->transaction)
        end(database);
    database_file_close(database);
    free(database->statements);
    free(database->path);
    free(database);
}
