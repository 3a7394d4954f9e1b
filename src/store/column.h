/*
 * column.h - values of a row, as the modules of this folder want them.
 */
#ifndef STORE_COLUMN_H
#define STORE_COLUMN_H

#include "vouchsafe.h"

struct sqlite3_stmt;

/* Binds a text, or "" for null; it must stay until database_done. */
void column_bind_text(struct sqlite3_stmt *statement, int index, const char *text);

/* Octets of an address; none for family 0. The address must stay until database_done. */
void column_bind_address(struct sqlite3_stmt *statement, int index, const struct vouch_address *address);

/* The text of a column, never null; it dies with the next step. */
const char *column_text(struct sqlite3_stmt *statement, int index);

/* The same, copied and cut. */
void column_copy(struct sqlite3_stmt *statement, int index, char *copy, size_t size);

/* A number within 0 and `max`, whatever the file holds. */
uint32_t column_count(struct sqlite3_stmt *statement, int index, uint32_t max);

/* By its length; family 0 if it is none. */
void column_address(struct sqlite3_stmt *statement, int index, struct vouch_address *address);

#endif
