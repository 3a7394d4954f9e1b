/*
 * json_text.h - JSON values on standard output.
 */
#ifndef TOOL_JSON_TEXT_H
#define TOOL_JSON_TEXT_H

#include "session/json_text.h"

#include <stdio.h>

/* Prints a value in ASCII and a line end, indented or on one line. False: it is null, no memory, or `out` failed. */
bool json_text_write(const json_t *value, bool indent, FILE *out);

#endif
