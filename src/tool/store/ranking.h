/*
 * ranking.h - the best and the worst of all names that the store knows.
 */
#ifndef TOOL_STORE_RANKING_H
#define TOOL_STORE_RANKING_H

#include "tool/kept.h"

#include <jansson.h>

/*
 * {"known": N, "best": [...], "worst": [...]}, at most so many each; only who has some standing is among them, good or
 * bad. The name of an organization begins with a dot. Reads all rows. Null after saying what is wrong.
 */
json_t *ranking_object(struct kept *kept, size_t best, size_t worst);

#endif
