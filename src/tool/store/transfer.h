/*
 * transfer.h - the rows of a store as lines of JSON: out of one store, into another.
 *
 * The first line is a header with the version of the format; each line behind it is one row.
 */
#ifndef TOOL_STORE_TRANSFER_H
#define TOOL_STORE_TRANSFER_H

#include "tool/kept.h"

#include <stdio.h>

#define TRANSFER_VERSION    1
#define TRANSFER_ERROR_SIZE 256

/* The line of a row, without its end; from malloc. Null: out of memory. */
char *transfer_format(const struct store_row *row);

enum transfer_line {
    TRANSFER_ROW,
    TRANSFER_USELESS, /* well-formed, as earlier versions took it, and nothing can ever match it: an address in a list
                       */
    TRANSFER_WRONG
};

/* Reads a line (with or without its end) into a row. `error`: why it is none. */
enum transfer_line transfer_parse(struct store_row *row, const char *line, char error[TRANSFER_ERROR_SIZE]);

/* Reads the header. False with `error`. */
bool transfer_parse_header(const char *line, char error[TRANSFER_ERROR_SIZE]);

/* Writes all rows to `path` (whole or not at all), or to standard output. The exit code, after saying what is wrong. */
int transfer_export(struct kept *kept, const char *path);

/*
 * Checks all lines of `file`, then writes all rows but useless ones, which it names and counts. The exit code, after
 * saying what is wrong and in which line.
 */
int transfer_import(struct kept *kept, FILE *file, const char *label);

#endif
