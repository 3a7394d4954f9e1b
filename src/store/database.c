/*
 * database.c - opens the file, keeps statements, begins and commits.
 *
 * Writes stop at the first that fails and are lost until the next commit tries again: a disk or lock that makes one
 * write wait would otherwise make each of them wait. A damaged or foreign file is closed, and opened again only when it
 * is another one.
 */
#include "store/database.h"
#include "base/text.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TROUBLE_SIZE   2048
#define BUSY_MS        2000
#define BUSY_AGAIN_MS  50 /* while in trouble */
#define VACUUM_PAGES   "1000"
#define READ_ONLY_TEXT "cannot be written"

struct statement {
    const char *sql; /* its address is the key */
    sqlite3_stmt *statement;
};

struct database {
    char *path;
    bool in_memory, read_only;
    sqlite3 *handle; /* null: not open */
    bool only_reads; /* not by our wish: the file cannot be written now */
    bool again;      /* after an error that another handle may not have */
    bool refused;    /* damaged, foreign or newer: `seen` is not opened again */
    struct stat seen;
    bool transaction, stopped;
    uint32_t pending; /* statements of the transaction */
    uint32_t counted; /* and what is complete in it */
    uint64_t lost;
    struct statement *statements;
    size_t statements_count, statements_size;
    char trouble[TROUBLE_SIZE]; /* "": none */
};

/* trouble_text - words for a result code of SQLite; `system` is the error behind it, 0 if that is not known */
static const char *trouble_text(int code, int system)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return "disk full";
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return READ_ONLY_TEXT;
    case SQLITE_CORRUPT:
        return "damaged; not touched until it is replaced";
    case SQLITE_NOTADB:
        return "is no SQLite database, or damaged; not touched until it is replaced";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "locked by another program";
    case SQLITE_NOMEM:
        return "out of memory";
    case SQLITE_CANTOPEN:
        return system != 0 ? strerror(system) : "cannot be opened";
    case SQLITE_IOERR:
        return system != 0 ? strerror(system) : "input/output error";
    default:
        return sqlite3_errstr(code);
    }
}

/* system_error - that of the last call that failed: SQLite does not tell it for what fails in the log */
static int system_error(sqlite3 *handle)
{
    sqlite3_file *log = NULL;
    int error = sqlite3_system_errno(handle);

    if (error == 0 && sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log != NULL && log->pMethods != NULL)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

/* set_trouble - the first cause stays until it is over */
static void set_trouble(struct database *database, const char *cause)
{
    struct text text;

    if (database->trouble[0] != '\0')
        return;
    text_init(&text, database->trouble, sizeof database->trouble);
    text_add_printable(&text, text_bytes(database->path));
    text_add(&text, ": ");
    text_add(&text, cause);
}

/* refuse - this file is not opened again while it stays what it is */
static void refuse(struct database *database, const char *cause)
{
    set_trouble(database, cause);
    if (database->handle != NULL) /* nor is what stands in the log written into it */
        sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    database->refused = stat(database->path, &database->seen) == 0;
}

/* fail - the last call on the handle failed */
static void fail(struct database *database)
{
    int code = sqlite3_extended_errcode(database->handle);
    const char *cause = trouble_text(code, system_error(database->handle));

    if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB)
        refuse(database, cause);
    else
        set_trouble(database, cause);
    database->again = database->again || ((code & 0xff) != SQLITE_FULL && (code & 0xff) != SQLITE_BUSY);
}

/* close_file - the handle and its statements */
static void close_file(struct database *database)
{
    for (size_t i = 0; i < database->statements_count; i++)
        sqlite3_finalize(database->statements[i].statement);
    database->statements_count = 0;
    sqlite3_close_v2(database->handle);
    database->handle = NULL;
    database->transaction = false;
    database->only_reads = false;
    database->again = false;
}

/* is_walked - is a statement between its first row and database_done? */
static bool is_walked(const struct database *database)
{
    for (size_t i = 0; i < database->statements_count; i++)
        if (sqlite3_stmt_busy(database->statements[i].statement))
            return true;
    return false;
}

/* open_handle - one attempt; a handle that failed stays for its error */
static bool open_handle(struct database *database, const char *name, int flags)
{
    int code = sqlite3_open_v2(name, &database->handle,
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);

    if (code != SQLITE_OK)
        return false;
    sqlite3_busy_timeout(database->handle, database->trouble[0] != '\0' ? BUSY_AGAIN_MS : BUSY_MS);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL); /* until we know what it is */
    return true;
}

/* create - an empty file that only we and our group read, unless it is there; the error, or 0 */
static int create(const struct database *database)
{
    int fd = open(database->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

    if (fd >= 0)
        close(fd);
    return fd >= 0 || errno == EEXIST ? 0 : errno;
}

/* settle - what follows from the state of the tables; false: the file cannot be used */
static bool settle(struct database *database, enum schema_state state)
{
    switch (state) {
    case SCHEMA_READY:
        sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        return true;
    case SCHEMA_NEWER:
        refuse(database, "made by a newer version of this program; not touched");
        return false;
    case SCHEMA_FOREIGN:
        refuse(database, "belongs to another program; not touched");
        return false;
    case SCHEMA_OLDER:
        set_trouble(database, "empty or of an older version, and " READ_ONLY_TEXT);
        return false;
    case SCHEMA_TROUBLE:
        fail(database);
        return false;
    }
    return false;
}

/* open_immutable - a file on a file system without writing, when nobody writes it: no files beside it are wanted */
static bool open_immutable(struct database *database)
{
    char name[3 * TROUBLE_SIZE], beside[TROUBLE_SIZE];
    struct text text;
    struct stat status;

    text_init(&text, beside, sizeof beside);
    text_add(&text, database->path);
    text_add(&text, "-wal");
    if (text.cut || (stat(beside, &status) == 0 && status.st_size != 0))
        return false;
    text_init(&text, name, sizeof name);
    text_add(&text, "file:");
    for (const char *at = database->path; *at != '\0'; at++) {
        if (*at == '%' || *at == '?' || *at == '#') {
            text_add(&text, *at == '%' ? "%25" : *at == '?' ? "%3f" : "%23");
        } else {
            text_add_char(&text, *at);
        }
    }
    text_add(&text, "?immutable=1");
    close_file(database);
    return !text.cut && open_handle(database, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

/* look - opens for reading only; `state` as found */
static enum schema_state look(struct database *database)
{
    enum schema_state state = schema_check(database->handle);
    int code = sqlite3_errcode(database->handle) & 0xff; /* without what SQLite adds to it */

    if (state == SCHEMA_TROUBLE && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_IOERR) &&
        open_immutable(database))
        state = schema_check(database->handle);
    return state;
}

/* open_file - opens, checks and migrates; false: trouble, and no handle */
static bool open_file(struct database *database)
{
    int flags = database->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int error = database->in_memory || database->read_only ? 0 : create(database);
    enum schema_state state;

    if (!open_handle(database, database->path, flags)) {
        if (error != 0)
            set_trouble(database, strerror(error));
        else if (database->handle != NULL)
            fail(database);
        else
            set_trouble(database, "out of memory");
        close_file(database);
        return false;
    }
    state = look(database);
    if (!database->read_only && sqlite3_db_readonly(database->handle, "main") != 0) {
        set_trouble(database, READ_ONLY_TEXT);
        database->only_reads = true;
    } else if (!database->read_only && (state == SCHEMA_READY || state == SCHEMA_OLDER)) {
        state = schema_migrate(database->handle);
    }
    if (settle(database, state))
        return true;
    close_file(database);
    return false;
}

/* reopen - tries another handle where that can help; false: there is none */
static bool reopen(struct database *database)
{
    struct stat now;

    if (is_walked(database))
        return false;
    if (database->refused && stat(database->path, &now) == 0 && now.st_dev == database->seen.st_dev &&
        now.st_ino == database->seen.st_ino && now.st_size == database->seen.st_size &&
        now.st_mtim.tv_sec == database->seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == database->seen.st_mtim.tv_nsec) {
        close_file(database);
        return false;
    }
    database->refused = false;
    close_file(database);
    return open_file(database);
}

/* has_moved - is the file that is open no longer the one of this name? */
static bool has_moved(const struct database *database)
{
    int moved = 0;

    return !database->in_memory &&
           sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

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
    if (has_moved(database) && !is_walked(database) && (!reopen(database) || database->only_reads))
        return false;
    if (sqlite3_exec(database->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
        fail(database);
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
            set_trouble(database, "out of memory");
            return NULL;
        }
        database->statements = grown;
        database->statements_size = size;
    }
    if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        fail(database);
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
    database->in_memory = strcmp(path, ":memory:") == 0;
    database->read_only = read_only && !database->in_memory;
    open_file(database);
    return database;
}

const char *database_trouble(const struct database *database)
{
    return database->trouble[0] != '\0' ? database->trouble : NULL;
}

uint64_t database_lost(const struct database *database)
{
    return database->lost;
}

struct sqlite3_stmt *database_prepare(struct database *database, const char *sql, bool writes)
{
    sqlite3_stmt *statement;

    if (writes && !begin(database)) {
        database->lost++;
        return NULL;
    }
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
    fail(database);
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

void database_count(struct database *database)
{
    database->counted += database->transaction;
}

/* end - commits the open transaction */
static bool end(struct database *database)
{
    if (sqlite3_exec(database->handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        fail(database);
        roll_back(database);
        return false;
    }
    if (database->trouble[0] != '\0')
        sqlite3_busy_timeout(database->handle, BUSY_MS);
    database->trouble[0] = '\0';
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
    fail(database);
    roll_back(database);
    return false;
}

bool database_commit(struct database *database)
{
    database->stopped = false;
    if (database->transaction)
        return end(database);
    if (database->trouble[0] == '\0')
        return true;
    if ((database->handle == NULL || database->only_reads || database->again || database->refused) && !reopen(database))
        return false;
    sqlite3_busy_timeout(database->handle, BUSY_AGAIN_MS);
    if (database->only_reads)
        return false;
    if (!database->read_only)
        return probe(database);
    database->trouble[0] = '\0';
    return true;
}

uint32_t database_pending(const struct database *database)
{
    return database->pending;
}

uint64_t database_size(const struct database *database)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    uint64_t size = 0;

    if (database->in_memory)
        return 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[TROUBLE_SIZE];
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
    close_file(database);
    free(database->statements);
    free(database->path);
    free(database);
}
