/*
 * view.h - how commands show what is remembered: one JSON object, for programs as it is, for people as text.
 *
 * Whatever stands in a file or in Redis, no control character and nothing but printable ASCII gets to the terminal.
 */
#ifndef TOOL_VIEW_H
#define TOOL_VIEW_H

#include "session/json_text.h"
#include "store/ledger.h"

#include <stdio.h>

#define VIEW_TIME_SIZE 40

/* Prints a text; what is not printable ASCII reads \xNN. */
void view_print(FILE *out, const char *text);

/* The same in `width` columns, blanks behind it, cut with "..." where it is longer. */
void view_print_cell(FILE *out, const char *text, int width);

/* Prints the beginning of a line: two blanks and the label, padded. */
void view_label(FILE *out, const char *label);

/* Milliseconds since 1970 as people read them here, and as programs do (RFC 3339, UTC). */
void view_time(int64_t time_ms, char text[VIEW_TIME_SIZE]);
void view_time_utc(int64_t time_ms, char text[VIEW_TIME_SIZE]);

/* A member of an object: its text, "" if it is none; its number, 0 if it is none; the object, null if it is none. */
const char *view_text(const json_t *object, const char *key);
int64_t view_number(const json_t *object, const char *key);
bool view_bool(const json_t *object, const char *key);

/* Prints a JSON value on standard output, or says why not; the exit code. */
int view_json(const char *command, const json_t *value);

/* The decision id that stands in a text: alone, or behind "id=" as in a reply. False: none does. */
bool view_find_id(const char *text, char id[LEDGER_ID_SIZE]);

/* Ends the output; `status`, or TOOL_USAGE after saying that standard output failed. */
int view_end(const char *command, int status);

#endif
