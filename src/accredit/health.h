/*
 * health.h - which accreditors can be believed now: what checks with canaries and real answers said, and what follows.
 *
 * Two states follow. A *suspended* service is reported but does not count (vouch_service.suspended). A *silent* one is
 * suspended and is not even asked by sessions, only by canaries: it does not answer, or refuses to. No clock: rounds of
 * canaries come from whoever has one.
 *
 *     a canary that must be listed is not, one that must not be is, a code is none of the table   suspended at once
 *     `failures` answers in a row that did not come or were refusals, canaries' and those to
 *     sessions about different names                                                              suspended and silent
 *     suspended for whatever reason, and a round in which no canary was answered                  silent, till the next
 *     `recover` rounds of canaries in a row without a fault                                       neither
 *
 * One name that fails counts once in a row, however many sessions bear it: its answer may lie in the resolver's memory.
 */
#ifndef ACCREDIT_HEALTH_H
#define ACCREDIT_HEALTH_H

#include "vouchsafe.h"

struct health;

#define HEALTH_CAUSE_SIZE 256

enum health_canary { HEALTH_LISTED, HEALTH_UNLISTED, HEALTH_RANDOM };

struct health_rules {
    uint8_t recover, failures;
};

/* The state of a service changed: for the log, the settings and the memory of verdicts. */
struct health_owner {
    void (*changed)(void *self, int service, bool suspended, const char *cause);
    void *self;
};

/* Null: out of memory. */
struct health *health_open(const struct health_rules *rules, const struct health_owner *owner);
void health_close(struct health *health);

/* A session heard this from a service about what `about` stands for: a number that is the same for the same question.
 */
void health_heard(struct health *health, int service, uint64_t about, const struct vouch_report *report);

/* A canary heard this; a round ends with health_round_over. */
void health_canary(struct health *health, int service, enum health_canary canary, const struct vouch_report *report);
void health_round_over(struct health *health, int service);

/* Another host of the fleet suspended it, or (cause null) does not any more. */
void health_impose(struct health *health, int service, const char *cause);

/* It was suspended here when the process that did it ended: that goes on until canaries say otherwise. */
void health_adopt(struct health *health, int service, const char *cause);

bool health_is_suspended(const struct health *health, int service);
bool health_is_silent(const struct health *health, int service);

/* Was it found here, by canaries or sessions, and not only imposed? */
bool health_is_own(const struct health *health, int service);

/*
 * Was it found here by a canary that was answered, and wrongly, and do we still hear it well enough to say so? Only
 * that is a fact about the service. That it does not answer us, or refuses to, may be our resolver's or our network's
 * doing.
 */
bool health_is_proven(const struct health *health, int service);

/* Why, in printable ASCII; "" while it is not suspended. */
const char *health_cause(const struct health *health, int service);

#endif
