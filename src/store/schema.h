/*
 * schema.h - the tables in a database file, and how an older file comes to have them.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdbool.h>

struct sqlite3;

enum schema_state {
    SCHEMA_READY,   /* ours, of this version */
    SCHEMA_OLDER,   /* ours or empty: schema_migrate makes it ready */
    SCHEMA_NEWER,   /* of a version that we do not know */
    SCHEMA_FOREIGN, /* of another program */
    SCHEMA_TROUBLE  /* cannot be read: the handle has the error */
};

/* Looks only. */
enum schema_state schema_check(struct sqlite3 *handle);

/*
 * For a file that is written: settings of the handle, and, where it is older, the tables, in one transaction. Of a file
 * that is ready nothing is written.
 */
enum schema_state schema_migrate(struct sqlite3 *handle);

#endif
