/*
 * ledger_late.h - rows of votes that the file does not take now: they wait in memory, and count as if they stood there.
 */
#ifndef STORE_LEDGER_LATE_H
#define STORE_LEDGER_LATE_H

#include "store/ledger.h"

#include <stddef.h>
#include <sys/queue.h>

#define LEDGER_LATE_LISTS 1024

struct ledger_late_row {
    LIST_ENTRY(ledger_late_row) same; /* those of its list */
    TAILQ_ENTRY(ledger_late_row) next;
    int64_t place; /* below 0: no place in the file */
    bool over;     /* the store has answered: it can be written */
    struct ledger_feedback feedback;
    char result[16], source[];
};

LIST_HEAD(ledger_late_list, ledger_late_row);
TAILQ_HEAD(ledger_late_queue, ledger_late_row);

struct ledger_late {
    struct ledger_late_list lists[LEDGER_LATE_LISTS]; /* all, by their ids */
    struct ledger_late_queue over;                    /* those that can be written, in the order of their ends */
    size_t count, over_count;
    int64_t last_place;
};

void ledger_late_init(struct ledger_late *late);

/* Takes a copy; its place, or 0: `max` rows wait already, or memory is out. */
int64_t ledger_late_add(struct ledger_late *late, const struct ledger_feedback *feedback, size_t max);

/* The store has answered: what counted nothing is not kept. */
void ledger_late_end(struct ledger_late *late, const struct ledger_feedback *feedback, int64_t place);

/* How many observations of this kind the rows of a decision hold. */
uint64_t ledger_late_counted(const struct ledger_late *late, const char *id, bool spam);

/* Forgets so many of those that are over, from the first on. */
void ledger_late_remove(struct ledger_late *late, size_t count);

/* Forgets all. */
void ledger_late_clear(struct ledger_late *late);

#endif
