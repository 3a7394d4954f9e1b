/*
 * record.h - what the ledger is told of a visit: the decision with its whole reasoning, and what was done.
 *
 * Nothing where there is no ledger. Visits that were not judged are not in it.
 */
#ifndef DAEMON_JUDGE_RECORD_H
#define DAEMON_JUDGE_RECORD_H

#include "daemon/judge/visit.h"

struct judge_result;

/* The verdict of a visit, once. */
void record_decision(const struct visit *visit, const struct judge_result *result);

/* The MTA is told so, or would be were the mode not monitor. */
void record_action(const struct visit *visit, const struct visit_decision *decision, const char *reply);

#endif
