/*
 * database.h - one SQLite file in WAL mode: schema version, migration, and one open transaction that is committed in
 * batches. Statements of the modules of this folder run on it.
 *
 * A file that cannot be opened or written (missing folder, read-only, full, damaged, of a newer version) is trouble:
 * everything on it then fails softly, and each database_commit tries again. The trouble is over when a commit works.
 */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

struct database;
struct sqlite3;
struct sqlite3_stmt;

#define DATABASE_VERSION 3 /* PRAGMA user_version */

/*
 * Opens or creates PATH, ":memory:" for none. With `read_only` nothing is ever written or created: for programs that
 * only look. Null: out of memory. Whether it works says database_trouble.
 */
struct database *database_open(const char *path, bool read_only);

/* What is wrong now, in words that name the file, or null. */
const char *database_trouble(const struct database *database);

/* Is it that another process writes, and goes on for longer than we wait? Questions are answered all the same. */
bool database_is_locked(const struct database *database);

/* How long to wait for another process that writes: 2 seconds, unless said. */
void database_set_patience(struct database *database, int time_ms);

/* How many writes, as database_count counts them, were lost to trouble. */
uint64_t database_lost(const struct database *database);

/* Begins a transaction, unless one is open. False: trouble, and nothing is lost, for nothing was to be written. */
bool database_can_write(struct database *database);

/*
 * Begins a transaction, unless one is open: nobody else writes until it is committed. False: trouble, and the write
 * that was to come is lost.
 */
bool database_begin(struct database *database);

/*
 * A prepared statement for `sql`, a constant string, kept for the next time; null: trouble. With `writes`, a
 * transaction is begun first, unless one is open. database_step runs it: true and *row, or false: trouble.
 * database_done resets it.
 */
struct sqlite3_stmt *database_prepare(struct database *database, const char *sql, bool writes);
bool database_step(struct database *database, struct sqlite3_stmt *statement, bool *row);
void database_done(struct sqlite3_stmt *statement);

/* Steps a statement to its end, whatever rows it gives, and resets it. False: trouble, as a null statement is. */
bool database_run(struct database *database, struct sqlite3_stmt *statement);

/* A write is lost that failed before it reached the file: what it needs to know could not be read. */
void database_lose(struct database *database);

/* What a caller wanted to write is complete in the open transaction: if that is lost, this is one write that is. */
void database_count(struct database *database);

/* Ends the open transaction, durably but for the last moments before a power cut. False: what was in it is lost. */
bool database_commit(struct database *database);

/* Statements that wrote in the open transaction, at least 1; 0: there is none. */
uint32_t database_pending(const struct database *database);

/* Octets of the file and what belongs to it; 0 in memory. */
uint64_t database_size(const struct database *database);

/* Gives free room back to the file system. False: trouble. */
bool database_vacuum(struct database *database);

/* Commits and closes. Null is allowed. */
void database_close(struct database *database);

#endif
