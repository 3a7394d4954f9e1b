/*
 * ranking.c - reads all days of all names, sorts them by name, and weighs each host with its organization, and each
 * organization (".example.org") by itself.
 */
#include "tool/store/ranking.h"

#include "accredit/organization.h"
#include "base/text.h"
#include "core/trust.h"
#include "tool/store/standing.h"
#include "tool/tool.h"
#include "tool/view.h"

#include <stdlib.h>
#include <string.h>

#define NAME  "reputation"
#define DAY_S 86400

/* One day of a name that stands at an offset of the pool. */
struct ranking_day {
    size_t name;
    struct reputation_day day;
};

/* One name: a run of days. */
struct ranking_name {
    size_t name, first, count;
    int32_t certain; /* score times confidence: what the order goes by */
    struct vouch_reputation reputation;
};

struct ranking {
    struct ranking_day *days;
    size_t days_count, days_room;
    char *pool; /* names, each with its NUL */
    size_t pool_length, pool_room;
    struct ranking_name *names;
    size_t names_count;
    struct reputation_day *run; /* the days of all names in the order of `days`, for reputation_weigh */
    bool full;                  /* out of memory */
};

/* ranking_grow - room for `more` elements of this size; false: out of memory */
static bool ranking_grow(void **block, size_t *room, size_t count, size_t more, size_t size)
{
    size_t wanted = *room == 0 ? 1024 : *room;
    void *larger;

    if (*room - count >= more)
        return true;
    while (wanted - count < more)
        wanted *= 2;
    larger = realloc(*block, wanted * size);
    if (larger == NULL)
        return false;
    *block = larger;
    *room = wanted;
    return true;
}

/* ranking_take - keep a day */
static bool ranking_take(void *owner, const struct store_row *row)
{
    struct ranking *ranking = owner;
    size_t length = strlen(row->name) + 1;

    if (!ranking_grow((void **)&ranking->days, &ranking->days_room, ranking->days_count, 1, sizeof *ranking->days) ||
        !ranking_grow((void **)&ranking->pool, &ranking->pool_room, ranking->pool_length, length, 1)) {
        ranking->full = true;
        return false;
    }
    memcpy(ranking->pool + ranking->pool_length, row->name, length);
    ranking->days[ranking->days_count++] = (struct ranking_day){ranking->pool_length, row->day};
    ranking->pool_length += length;
    return true;
}

/* ranking_order - days by name */
static int ranking_order(const void *a, const void *b, void *pool)
{
    const struct ranking_day *left = a, *right = b;
    int order = strcmp((const char *)pool + left->name, (const char *)pool + right->name);

    return order != 0 ? order : (left->day.day > right->day.day) - (left->day.day < right->day.day);
}

/* ranking_group - the runs of the sorted days; false: out of memory */
static bool ranking_group(struct ranking *ranking)
{
    ranking->run = calloc(ranking->days_count + 1, sizeof *ranking->run);
    ranking->names = calloc(ranking->days_count + 1, sizeof *ranking->names);
    if (ranking->run == NULL || ranking->names == NULL)
        return false;
    for (size_t i = 0; i < ranking->days_count; i++) {
        const struct ranking_day *day = &ranking->days[i];
        struct ranking_name *last = &ranking->names[ranking->names_count == 0 ? 0 : ranking->names_count - 1];

        ranking->run[i] = day->day;
        if (ranking->names_count == 0 || strcmp(ranking->pool + last->name, ranking->pool + day->name) != 0) {
            last = &ranking->names[ranking->names_count++];
            last->name = day->name;
            last->first = i;
        }
        last->count++;
    }
    return true;
}

/* ranking_days - the days of a name; none if it is not known */
static struct reputation_days ranking_days(const struct ranking *ranking, const char *name)
{
    size_t low = 0, high = ranking->names_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ranking_name *found = &ranking->names[middle];
        int order = strcmp(ranking->pool + found->name, name);

        if (order == 0)
            return (struct reputation_days){ranking->run + found->first, found->count};
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return (struct reputation_days){NULL, 0};
}

/* ranking_weigh - the standing of every name */
static void ranking_weigh(struct ranking *ranking, const struct kept *kept)
{
    int32_t today = (int32_t)(kept_now_ms() / 1000 / DAY_S);
    struct reputation_rules rules;

    standing_rules(kept->conf, &rules);
    for (size_t i = 0; i < ranking->names_count; i++) {
        struct ranking_name *name = &ranking->names[i];
        const char *text = ranking->pool + name->name;
        struct reputation_days own = {ranking->run + name->first, name->count}, others = {NULL, 0};
        char all[VOUCH_NAME_SIZE];

        if (text[0] != '.')
            others = ranking_days(ranking, store_organization_row(organizations_find(kept->organizations, text), all));
        reputation_weigh(&rules, today, own, others, &name->reputation);
        name->certain = name->reputation.score * name->reputation.confidence_milli;
    }
}

/* ranking_better - the best first; of equals the one with more mail */
static int ranking_better(const void *a, const void *b)
{
    const struct ranking_name *left = a, *right = b;
    uint64_t left_mail = (uint64_t)left->reputation.ham + left->reputation.spam;
    uint64_t right_mail = (uint64_t)right->reputation.ham + right->reputation.spam;

    if (left->certain != right->certain)
        return left->certain < right->certain ? 1 : -1;
    if (left_mail != right_mail)
        return left_mail < right_mail ? 1 : -1;
    return (left->name > right->name) - (left->name < right->name);
}

/* ranking_row - a name as an object */
static json_t *ranking_row(const struct ranking *ranking, const struct ranking_name *name, const struct conf *conf)
{
    const struct vouch_reputation *reputation = &name->reputation;

    return json_pack("{s:o, s:i, s:i, s:f, s:I, s:I}", "name", json_text(text_bytes(ranking->pool + name->name)),
                     "points", trust_reputation_points(&conf->settings, reputation), "score", reputation->score,
                     "confidence", (double)reputation->confidence_milli / 1000, "ham", (json_int_t)reputation->ham,
                     "spam", (json_int_t)reputation->spam);
}

/* ranking_make - the object, from names in their order */
static json_t *ranking_make(const struct ranking *ranking, const struct conf *conf, size_t best, size_t worst)
{
    json_t *object = json_pack("{s:I, s:[], s:[]}", "known", (json_int_t)ranking->names_count, "best", "worst");
    size_t count = ranking->names_count;

    for (size_t i = 0; i < best && i < count && ranking->names[i].certain > 0; i++)
        json_array_append_new(json_object_get(object, "best"), ranking_row(ranking, &ranking->names[i], conf));
    for (size_t i = 1; i <= worst && i <= count && ranking->names[count - i].certain < 0; i++)
        json_array_append_new(json_object_get(object, "worst"), ranking_row(ranking, &ranking->names[count - i], conf));
    return object;
}

json_t *ranking_object(struct kept *kept, size_t best, size_t worst)
{
    struct ranking ranking = {.full = false};
    json_t *object = NULL;

    if (!kept_each(kept, STORE_REPUTATION, ranking_take, &ranking))
        goto done;
    if (ranking.days_count != 0)
        qsort_r(ranking.days, ranking.days_count, sizeof *ranking.days, ranking_order, ranking.pool);
    if (!ranking.full && ranking_group(&ranking)) {
        ranking_weigh(&ranking, kept);
        qsort(ranking.names, ranking.names_count, sizeof *ranking.names, ranking_better);
        object = ranking_make(&ranking, kept->conf, best, worst);
    }
    if (object == NULL)
        tool_fail(NAME, "out of memory");
done:
    free(ranking.names);
    free(ranking.run);
    free(ranking.pool);
    free(ranking.days);
    return object;
}
