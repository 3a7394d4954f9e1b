/*
 * database_file.h - the file under a database: opens and closes it, knows what is wrong with it.
 */
#ifndef STORE_DATABASE_FILE_H
#define STORE_DATABASE_FILE_H

#include "store/database.h"

#include <stddef.h>
#include <sys/stat.h>

#define DATABASE_TROUBLE_SIZE 2048

struct statement {
    const char *sql; /* its address is the key */
    struct sqlite3_stmt *statement;
};

struct database {
    char *path;
    bool in_memory, read_only;
    struct sqlite3 *handle; /* null: not open */
    bool only_reads;        /* not by our wish: the file cannot be written now */
    bool again;             /* after an error that another handle may not have */
    bool refused;           /* damaged, foreign or newer: `seen` is not opened again */
    struct stat seen;
    bool transaction, stopped;
    uint32_t pending; /* statements of the transaction */
    uint32_t counted; /* and what is complete in it */
    uint64_t lost;
    int patience_ms; /* for a lock */
    bool locked;     /* what is wrong is that somebody else writes */
    bool probing;    /* it is tried again: what is wrong now takes the place of what was */
    struct statement *statements;
    size_t statements_count, statements_size;
    char trouble[DATABASE_TROUBLE_SIZE]; /* "": none */
};

/* The first cause stays until it is over, or until another attempt (`probing`) fails for another one. */
void database_file_trouble(struct database *database, const char *cause);

/* The last call on the handle failed. */
void database_file_fail(struct database *database);

/* Opens, checks and migrates. False: trouble, and no handle. */
bool database_file_open(struct database *database);

/* Tries another handle where that can help. False: there is none, or a statement of the old one is walked. */
bool database_file_reopen(struct database *database);

/* Is the file that is open no longer the one of this name? Not while a statement is walked. */
bool database_file_has_moved(const struct database *database);

/* Tells SQLite how long a lock is waited for: less while in trouble. */
void database_file_set_patience(struct database *database);

/* The handle and its statements. */
void database_file_close(struct database *database);

#endif
