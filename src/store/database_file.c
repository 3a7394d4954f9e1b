/*
 * database_file.c - opens the file of a database, and finds words for what is wrong.
 *
 * A damaged or foreign file is closed, and opened again only when it is another one.
 */
#include "store/database_file.h"
#include "base/text.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define TROUBLE_SIZE   DATABASE_TROUBLE_SIZE
#define BUSY_AGAIN_MS  50 /* while in trouble */
#define READ_ONLY_TEXT "cannot be written"
#define OLDER_TEXT                                                                                                     \
    "empty or of an older version; start the daemon, or run vouchsafe store vacuum, to bring it up to date"

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
        log != NULL && log->pMethods != NULL && log->pMethods->xFileControl != NULL) /* a log in memory has none */
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

void database_file_trouble(struct database *database, const char *cause)
{
    struct text text;

    if (database->trouble[0] != '\0' && !database->probing)
        return;
    database->probing = false;
    database->locked = false;
    text_init(&text, database->trouble, sizeof database->trouble);
    text_add_printable(&text, text_bytes(database->path));
    text_add(&text, ": ");
    text_add(&text, cause);
}

/* refuse - this file is not opened again while it stays what it is */
static void refuse(struct database *database, const char *cause)
{
    database_file_trouble(database, cause);
    if (database->handle != NULL) /* nor is what stands in the log written into it */
        sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    database->refused = stat(database->path, &database->seen) == 0;
}

void database_file_fail(struct database *database)
{
    int code = sqlite3_extended_errcode(database->handle);
    const char *cause = trouble_text(code, system_error(database->handle));
    bool first = database->trouble[0] == '\0' || database->probing;

    if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB)
        refuse(database, cause);
    else
        database_file_trouble(database, cause);
    if (first)
        database->locked = (code & 0xff) == SQLITE_BUSY;
    database->again = database->again || ((code & 0xff) != SQLITE_FULL && (code & 0xff) != SQLITE_BUSY);
}

void database_file_close(struct database *database)
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

void database_file_set_patience(struct database *database)
{
    int patience_ms = database->patience_ms;

    if (database->trouble[0] != '\0' && patience_ms > BUSY_AGAIN_MS)
        patience_ms = BUSY_AGAIN_MS;
    sqlite3_busy_timeout(database->handle, patience_ms);
}

/* open_handle - one attempt; a handle that failed stays for its error */
static bool open_handle(struct database *database, const char *name, int flags)
{
    int code = sqlite3_open_v2(name, &database->handle,
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);

    if (code != SQLITE_OK)
        return false;
    database_file_set_patience(database);
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
        database_file_trouble(database,
                              database->read_only ? OLDER_TEXT : "empty or of an older version, and " READ_ONLY_TEXT);
        return false;
    case SCHEMA_TROUBLE:
        database_file_fail(database);
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
    database_file_close(database);
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

bool database_file_open(struct database *database)
{
    int flags = database->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int error = database->in_memory || database->read_only ? 0 : create(database);
    enum schema_state state;

    if (!open_handle(database, database->path, flags)) {
        if (error != 0)
            database_file_trouble(database, strerror(error));
        else if (database->handle != NULL)
            database_file_fail(database);
        else
            database_file_trouble(database, "out of memory");
        database_file_close(database);
        return false;
    }
    state = look(database);
    if (database->handle == NULL) {
        database_file_trouble(database, "out of memory");
        return false;
    }
    if (!database->read_only && sqlite3_db_readonly(database->handle, "main") != 0) {
        database_file_trouble(database, READ_ONLY_TEXT);
        database->only_reads = true;
    } else if (!database->read_only && (state == SCHEMA_READY || state == SCHEMA_OLDER)) {
        state = schema_migrate(database->handle);
    }
    if (settle(database, state))
        return true;
    database_file_close(database);
    return false;
}

bool database_file_reopen(struct database *database)
{
    struct stat now;

    if (is_walked(database))
        return false;
    if (database->in_memory && database->handle != NULL)
        return true; /* closed, it is gone */
    if (database->refused && stat(database->path, &now) == 0 && now.st_dev == database->seen.st_dev &&
        now.st_ino == database->seen.st_ino && now.st_size == database->seen.st_size &&
        now.st_mtim.tv_sec == database->seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == database->seen.st_mtim.tv_nsec) {
        database_file_close(database);
        return false;
    }
    database->refused = false;
    database_file_close(database);
    return database_file_open(database);
}

bool database_file_has_moved(const struct database *database)
{
    int moved = 0;

    return !database->in_memory && !is_walked(database) &&
           sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}
