/*
 * cut.h - do records of a host stand in its domain's zone; or in another one, below a zone cut [RFC 1034 4.2]; or in
 * none, below a DNAME [RFC 6672 2.4]?
 */
#ifndef PUBLISH_CUT_H
#define PUBLISH_CUT_H

#include "publish/compare.h"

enum cut {
    CUT_NO,
    CUT_SEEN,   /* below a cut, and the zone there answers */
    CUT_HIDDEN, /* below a cut, and nobody here answers for what is there: it stands in another file */
    CUT_DNAME,  /* below a DNAME: no name server serves a CSA record there */
    CUT_TROUBLE /* this was said */
};

/* Looks for the highest zone cut, and for a DNAME, between the CSA record of `host` and `domain`; writes its name. */
enum cut cut_find(struct plan *plan, const struct plan_source *source, const char *host, char name[VOUCH_NAME_SIZE]);

#endif
