/*
 * compare.h - what of a plan is published already, and what is published that contradicts it.
 */
#ifndef PUBLISH_COMPARE_H
#define PUBLISH_COMPARE_H

#include "publish/plan.h"

/* Who is asked: answers by calling `take` once before it returns; the answer dies then. */
struct plan_source {
    void *owner;
    void (*ask)(void *owner, const char *name, enum vouch_type type,
                void (*take)(void *self, const struct vouch_answer *answer), void *self);

    /* Shows all records of the master files that answer; null: there are none, and only names that are known can be
     * asked. */
    void (*each)(void *owner, void *self, void (*see)(void *self, const struct vouch_record *record));
};

/* A remark on trouble: name, type, what happened. */
#define COMPARE_UNSEEN "what is published could not be seen (%s %s: %s), so nothing was compared"

/*
 * Marks what is there, and adds removals and remarks. Trouble with any answer: says so, and leaves the plan as if
 * nothing had been compared, since what cannot be seen may be there; records with Explicit are left out.
 */
void plan_compare(struct plan *plan, const struct plan_source *source);

#endif
