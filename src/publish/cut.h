/*
 * cut.h - does a name stand in its domain's zone, or below a zone cut, in another one? [RFC 1034 4.2]
 */
#ifndef PUBLISH_CUT_H
#define PUBLISH_CUT_H

#include "publish/compare.h"

enum cut {
    CUT_NO,
    CUT_SEEN,   /* below a cut, and the zone there answers */
    CUT_HIDDEN, /* below a cut, and nobody here answers for what is there: it stands in another file */
    CUT_TROUBLE /* this was said */
};

/* Looks for the highest zone cut between `host` and `domain`, and writes its name. */
enum cut cut_find(struct plan *plan, const struct plan_source *source, const char *host, char name[VOUCH_NAME_SIZE]);

#endif
