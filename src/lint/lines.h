/*
 * lines.h - the lines of a mend, each once, in the order in which they came.
 */
#ifndef LINT_LINES_H
#define LINT_LINES_H

#include "lint/run.h"

struct lint_lines {
    struct lint_text text; /* each line ends with a newline */
    size_t *slots;         /* 0: empty, else one more than where a line begins */
    size_t slots_count;    /* a power of two, or 0 */
    size_t count;          /* of lines */
};

/* Adds the lines of a text that are not there yet; text.failed: out of memory. */
void lint_lines_add(struct lint_lines *lines, const struct lint_text *text);

/* Is the line there? It ends with a newline. */
bool lint_lines_has(const struct lint_lines *lines, const char *line);

/* Empties them; gives their memory back. */
void lint_lines_clear(struct lint_lines *lines);
void lint_lines_free(struct lint_lines *lines);

#endif
