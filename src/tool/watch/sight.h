/*
 * sight.h - answers for the comparison of a plan, so that trouble with one name hides no other.
 *
 * A comparison ends at the first answer in trouble. Here such an answer is noted and reads as "nothing there"; whoever
 * takes what follows from it asks watch_sight_is_dark, and says nothing about names that are.
 */
#ifndef TOOL_WATCH_SIGHT_H
#define TOOL_WATCH_SIGHT_H

#include "publish/compare.h"

#include <jansson.h>

struct watch_sight {
    const struct plan_source *source; /* who answers */
    bool is_files;                    /* master files: a name of none of them is dark, which is no trouble */
    json_t *names, *branches;         /* that are dark: alone, and with all names below */
    json_t *troubles;                 /* in words, printable */
    bool senders;                     /* nobody knows who else may send: what Explicit would do is dark */
    unsigned silent;                  /* questions in trouble; what is dark is not asked again */
    bool failed;                      /* out of memory */
};

/* False: out of memory; watch_sight_end frees in any case. */
bool watch_sight_begin(struct watch_sight *sight, const struct plan_source *source, bool is_files);
void watch_sight_end(struct watch_sight *sight);

/* The `ask` of a plan_source that a sight owns. Past a few such answers it hides no more: the comparison may end.
 */
void watch_sight_ask(void *owner, const char *name, enum vouch_type type,
                     void (*take)(void *self, const struct vouch_answer *answer), void *self);

/* And its `each`, if the source has one. */
void watch_sight_each(void *owner, void *self, void (*see)(void *self, const struct vouch_record *record));

/* May what is published for this host, or what that means for the names below it, be other than it looked? */
bool watch_sight_is_dark(const struct watch_sight *sight, const char *host);

#endif
