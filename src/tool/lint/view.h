/*
 * view.h - a view for the rules over zone files or a source of answers, with a table of what was asked.
 *
 * Files answer at once. A source may take its time: what is missing is said to be missing, the missing questions of all
 * views of a round are out at the same time, and lint_round_wait lets their answers come.
 */
#ifndef TOOL_LINT_VIEW_H
#define TOOL_LINT_VIEW_H

#include "dns/dns.h"
#include "dns/zone.h"
#include "lint/lint.h"

#include <sys/queue.h>

struct event;
struct event_base;

TAILQ_HEAD(lint_tables, lint_table);

/* What the views of a session wait for together. */
struct lint_round {
    struct event_base *base;
    struct event *late;        /* no answer came for so long */
    struct lint_tables tables; /* of the views over a source */
    size_t open;               /* questions that are out */
    unsigned timeout_ms;
};

/* `timeout_ms`: if no answer comes for so long, the missing ones have timed out. False: out of memory. */
bool lint_round_open(struct lint_round *round, struct event_base *base, unsigned timeout_ms);

/* Behind its views. Nothing happens to one that was not opened and is all zeros. */
void lint_round_close(struct lint_round *round);

/* Lets all missing answers come. */
void lint_round_wait(struct lint_round *round);

/*
 * Opens a view; `label` is copied. Either `zones`, which the caller keeps, or `source`, which the view owns from then
 * on (also on failure). False: out of memory.
 */
bool lint_view_open_files(struct lint_view *view, const char *label, struct zones *zones);
bool lint_view_open_source(struct lint_view *view, const char *label, struct dns_source *source,
                           struct lint_round *round);
void lint_view_close(struct lint_view *view);

/* Forgets all answers. */
void lint_view_forget(struct lint_view *view);

#endif
