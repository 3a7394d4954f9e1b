/*
 * difference.h - what is published otherwise than a plan says, as findings like those of lint.
 */
#ifndef TOOL_WATCH_DIFFERENCE_H
#define TOOL_WATCH_DIFFERENCE_H

#include "tool/watch/sight.h"

/* Appends WATCH_UNREADABLE, of the file `path`. False: out of memory. */
bool watch_difference_unreadable(json_t *findings, const char *path, const char *cause);

/*
 * Compares the plan, just made, with what is published, and appends the findings; none about names that the sight
 * says are dark, the others become members of `known`. False: a trouble that the sight did not hide, or no memory
 * (`plan->failed`, `sight->failed`): nothing is known.
 */
bool watch_difference_find(struct plan *plan, struct watch_sight *sight, json_t *findings, json_t *known);

#endif
