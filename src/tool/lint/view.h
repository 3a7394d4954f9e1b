/*
 * view.h - a view for the rules over zone files or a source of answers, with a table of what was asked.
 *
 * Files answer at once. A source may take its time: what is missing is said to be missing, all missing questions are
 * out at the same time, and lint_view_wait lets their answers come.
 */
#ifndef TOOL_LINT_VIEW_H
#define TOOL_LINT_VIEW_H

#include "dns/dns.h"
#include "dns/zone.h"
#include "lint/lint.h"

struct event_base;
struct lint_table;

/*
 * Opens a view; `label` is copied. Either `zones`, which the caller keeps, or `source`, which the view owns from then
 * on (also on failure). False: out of memory.
 */
bool lint_view_open_files(struct lint_view *view, const char *label, struct zones *zones);
bool lint_view_open_source(struct lint_view *view, const char *label, struct dns_source *source,
                           struct event_base *base);
void lint_view_close(struct lint_view *view);

/* Lets missing answers come, at most so long; what is missing then has timed out. */
void lint_view_wait(struct lint_view *view, unsigned timeout_ms);

/* Forgets all answers. */
void lint_view_forget(struct lint_view *view);

#endif
