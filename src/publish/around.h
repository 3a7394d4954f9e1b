/*
 * around.h - what stands around the names of a plan: Explicit that nobody asked for, and wildcards that answer no more.
 */
#ifndef PUBLISH_AROUND_H
#define PUBLISH_AROUND_H

#include "publish/compare.h"

/*
 * Looks at every name between a host and the domain, and above the domain, for Explicit; and for wildcards that cover
 * a name which the plan makes exist. Adds remarks; trouble is said, and no more is made of it.
 */
void around_look(struct plan *plan, const struct plan_source *source);

#endif
