/*
 * reputation.c - from counts to a score with a confidence.
 *
 * With h and s for the decayed counts of ham and spam, n = h + s and p = h / n, the Wilson score interval has
 *     centre = (p + z^2 / 2n) / (1 + z^2 / n)
 *     width  = 2z / (1 + z^2 / n) * sqrt(p (1 - p) / n + z^2 / 4n^2)
 * and therefore
 *     2 centre - 1 = (h - s) / (n + z^2)
 *     width        = 2z * sqrt(h s / n + z^2 / 4) / (n + z^2)
 * which is how it is computed here: exact where h and s change places, and without a quotient of small numbers.
 */
#include "store/reputation.h"

#include <math.h>

#define QUANTILE   1.96 /* of the normal distribution, for an interval of 95 % */
#define HALF_LIVES 10   /* after which a day does not count any more: 1/1024 of what it was */
#define AHEAD      1    /* days after today that count: clocks of a fleet differ */
#define PRAISE_MAX 12   /* by how many ham of others of an organization outweigh spam at most: no trust comes of it */

/* Observations with their decay. */
struct weight {
    double ham, spam;
};

/* Goes through days from the newest to the oldest. */
struct walk {
    struct reputation_days days;
    bool in_order; /* they stand there from the newest on: then the next one is known */
    size_t next;
    int64_t last; /* the day that came last; all others are older */
};

/* walk_init - starts before the newest day */
static void walk_init(struct walk *walk, struct reputation_days days)
{
    walk->days = days;
    walk->next = 0;
    walk->last = INT64_MAX;
    walk->in_order = true;
    for (size_t i = 1; i < days.count && walk->in_order; i++)
        walk->in_order = days.days[i].day < days.days[i - 1].day;
}

/* walk_next - gives the next older day, or null */
static const struct reputation_day *walk_next(struct walk *walk)
{
    const struct reputation_day *found = NULL;

    if (walk->in_order)
        return walk->next < walk->days.count ? &walk->days.days[walk->next++] : NULL;
    for (size_t i = 0; i < walk->days.count; i++) {
        const struct reputation_day *day = &walk->days.days[i];

        if (day->day < walk->last && (found == NULL || day->day > found->day))
            found = day;
    }
    if (found != NULL)
        walk->last = found->day;
    return found;
}

/* less - a count without its part */
static uint32_t less(uint32_t whole, uint32_t part)
{
    return whole > part ? whole - part : 0;
}

/*
 * weigh - what the days without those of `part`, day by day, count for: decayed, the newest observations up to the
 * window
 */
static struct weight weigh(const struct reputation_rules *rules, int32_t today, struct reputation_days days,
                           struct reputation_days part)
{
    struct weight sum = {0, 0};
    double room = rules->window;
    struct walk whole_walk, part_walk;
    const struct reputation_day *whole, *own;

    walk_init(&whole_walk, days);
    walk_init(&part_walk, part);
    own = walk_next(&part_walk);
    while (room > 0 && (whole = walk_next(&whole_walk)) != NULL && whole->day >= reputation_oldest(rules, today)) {
        double ham, spam, factor, age = whole->day < today ? (double)today - whole->day : 0;

        if (whole->day > (int64_t)today + AHEAD)
            continue;
        while (own != NULL && own->day > whole->day)
            own = walk_next(&part_walk);
        bool both = own != NULL && own->day == whole->day;
        ham = less(whole->ham, both ? own->ham : 0);
        spam = less(whole->spam, both ? own->spam : 0);
        factor = exp2(-age / rules->half_life_days);
        if (ham + spam > room)
            factor *= room / (ham + spam);
        room -= ham + spam;
        sum.ham += ham * factor;
        sum.spam += spam * factor;
    }
    return sum;
}

/* nearest - the nearest whole number, as far as there is room */
static uint32_t nearest(double number)
{
    double rounded = floor(number + 0.5);

    return rounded < UINT32_MAX ? (uint32_t)rounded : UINT32_MAX;
}

int32_t reputation_oldest(const struct reputation_rules *rules, int32_t today)
{
    int64_t oldest = (int64_t)today - (int64_t)HALF_LIVES * rules->half_life_days;

    return oldest > INT32_MIN ? (int32_t)oldest : INT32_MIN;
}

void reputation_weigh(const struct reputation_rules *rules, int32_t today, struct reputation_days host,
                      struct reputation_days organization, struct vouch_reputation *result)
{
    struct weight own = weigh(rules, today, host, (struct reputation_days){NULL, 0});
    struct weight others = weigh(rules, today, organization, host);
    double others_sum = others.ham + others.spam, share = 1;
    double ham, spam, sum, square = QUANTILE * QUANTILE, score, width = 1;

    if (others_sum > rules->organization_weight)
        share = rules->organization_weight / others_sum;
    ham = own.ham + fmin(others.ham * share, others.spam * share + PRAISE_MAX);
    spam = own.spam + others.spam * share;
    sum = ham + spam;
    score = 100 * (ham - spam) / (sum + square);
    if (sum > 0)
        width = 2 * QUANTILE * sqrt(ham * (spam / sum) + square / 4) / (sum + square);
    result->score = (int16_t)lround(score);
    result->confidence_milli = (uint16_t)lround(1000 * fmax(0, 1 - width));
    result->ham = nearest(own.ham);
    result->spam = nearest(own.spam);
}
