/*
 * reputation.h - from counts of ham and spam to a score with a confidence. Pure arithmetic; doc/reputation.md derives
 * it.
 *
 * Counts are kept by day. A day that is d days old counts 2^(-d / half_life), and nothing after ten half-lives. Going
 * back from today, days count until `window` observations are together; the last of them counts in part. So what is new
 * displaces what is old. The score is the centre, and the confidence 1 less the width, of the Wilson score interval
 * (95 %) of the share of ham.
 */
#ifndef STORE_REPUTATION_H
#define STORE_REPUTATION_H

#include "vouchsafe.h"

/* What happened to a name on one day. */
struct reputation_day {
    int32_t day; /* since 1970-01-01, UTC */
    uint32_t ham, spam;
};

struct reputation_rules {
    uint32_t half_life_days;      /* 1 or more */
    uint32_t window;              /* observations that count at most */
    uint32_t per_day, per_source; /* votes on a name that count in a day, of ham and of spam each */
    uint32_t organization_weight; /* observations of its organization's other hosts that count at most */
};

/* What a name did, days in any order, each once; count 0: nothing is known. */
struct reputation_days {
    const struct reputation_day *days;
    size_t count;
};

/* The first day that can still count on `today`; what is older may be forgotten. */
int32_t reputation_oldest(const struct reputation_rules *rules, int32_t today);

/*
 * The standing of a host on `today`. `organization` holds the counts of its organizational domain, those of the host
 * included; they are taken out, and of their ham count 12 more than of their spam at most. ham and spam of the result
 * are the decayed counts of the host alone, rounded. Tomorrow counts as today, as clocks differ; later days do not
 * count.
 */
void reputation_weigh(const struct reputation_rules *rules, int32_t today, struct reputation_days host,
                      struct reputation_days organization, struct vouch_reputation *result);

#endif
