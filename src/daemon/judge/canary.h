/*
 * canary.h - checks the accreditors of a worker: asks for names whose answer is known, and minds what follows.
 *
 * Each accreditor has a round every canaries.interval, the first soon after the start, all at different moments. What
 * health.h concludes goes into sources->settings, the log (an alarm, and the all-clear) and, where wrong answers prove
 * it, as a row into the store, where other hosts see it; rows of others are read once an interval and imposed here,
 * until they are over.
 */
#ifndef DAEMON_JUDGE_CANARY_H
#define DAEMON_JUDGE_CANARY_H

struct canaries;
struct event_base;
struct judge;
struct sources;

/*
 * Sets sources->health. `worker` tells the workers of a daemon apart, and is the same after a restart. `judge` forgets
 * its verdicts when a state changes. sources->store may come later. Null: out of memory.
 */
struct canaries *canaries_open(struct event_base *base, struct sources *sources, struct judge *judge, unsigned worker);

/*
 * Another generation of this worker has taken its place: from now on its rows in the store are that one's, which took
 * them up. What is found here still goes for the sessions that are left. Null is allowed.
 */
void canaries_retire(struct canaries *canaries);

/*
 * Clears sources->health and takes back what was asked of the DNS, so before sources_close; but after the store was
 * closed, whose answers would come to what is gone. Null is allowed.
 */
void canaries_close(struct canaries *canaries);

#endif
