/*
 * top.h - what happened in the last minutes: counted from the ledger, and shown.
 */
#ifndef TOOL_LEDGER_TOP_H
#define TOOL_LEDGER_TOP_H

#include "tool/kept.h"

#include <jansson.h>
#include <stdio.h>

#define TOP_ROWS 10 /* of each table */

/* Counts the decisions of the last minutes, and what the store says. Null: out of memory, or trouble that was said. */
json_t *top_count(struct kept *kept, long minutes);

/* Prints that object for people, 80 columns wide. */
void top_print(const json_t *object, FILE *out);

#endif
