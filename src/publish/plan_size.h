/*
 * plan_size.h - the size of the answers that a plan makes.
 */
#ifndef PUBLISH_PLAN_SIZE_H
#define PUBLISH_PLAN_SIZE_H

#include "publish/plan.h"

/*
 * The octets of the answer to the question of this type about the host whose records begin at `first`: its records of
 * the type and, with an SRV record, at most so many of its addresses. 0: out of memory.
 */
size_t plan_size(const struct plan *plan, size_t first, uint16_t type, size_t addresses_max);

#endif
