/*
 * explain.h - one decision with all that belongs to it, as text for people.
 */
#ifndef TOOL_LEDGER_EXPLAIN_H
#define TOOL_LEDGER_EXPLAIN_H

#include <jansson.h>
#include <stdbool.h>

/* Prints the object that `vouchsafe explain --json` prints. */
void explain_print(const json_t *object, bool colour);

/* Prints decisions as a table to choose from. */
void explain_print_table(const json_t *decisions);

#endif
