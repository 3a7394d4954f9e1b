/*
 * description.c - reads a description again, makes the plan that publish would print, and reports what differs.
 */
#include "tool/watch/description.h"

#include "accredit/organization.h"
#include "base/text.h"
#include "tool/watch/difference.h"

#include <errno.h>
#include <string.h>

/* description_fail - "FILE: cause"; false */
static bool description_fail(char error[WATCH_ERROR_SIZE], const char *path, const char *cause)
{
    struct text text;

    text_init(&text, error, WATCH_ERROR_SIZE);
    text_add(&text, path);
    text_add(&text, ": ");
    text_add(&text, cause);
    return false;
}

/* description_load - read the file */
static bool description_load(struct description *description, const char *path, char error[WATCH_ERROR_SIZE])
{
    FILE *file = fopen(path, "re");
    bool fine;

    if (file == NULL)
        return description_fail(error, path, strerror(errno));
    fine = description_read(description, file, path, error);
    fclose(file);
    return fine;
}

/* description_is_owned - may somebody own, and disown, all these names? publish refuses what is below a public suffix
 */
static bool description_is_owned(const struct description *description, const char *path, char error[WATCH_ERROR_SIZE])
{
    char cause[ORGANIZATION_ERROR_SIZE];
    struct organizations *organizations = organizations_open("", cause);
    bool fine = organizations != NULL || description_fail(error, path, cause);

    for (size_t i = 0; fine && i < description->disowned_count; i++) {
        fine = organizations_find(organizations, description->disowned[i])[0] != '\0' ||
               description_fail(error, path, "disown: a public suffix: names below it belong to others");
    }
    organizations_close(organizations);
    return fine;
}

/* description_plan - the plan of a description; false with `error`: publish would print none */
static bool description_plan(const struct description *description, struct plan *plan, const char *path,
                             char error[WATCH_ERROR_SIZE])
{
    char cause[PLAN_ERROR_SIZE];

    if (!description_is_owned(description, path, error))
        return false;
    return plan_make(plan, description, cause) || description_fail(error, path, cause);
}

/* take_soa - does the answer say that no zone file holds the name? */
static void take_soa(void *self, const struct vouch_answer *answer)
{
    bool *outside = self;

    *outside = answer->status == VOUCH_NXDOMAIN && answer->soa_owner.length == 1;
}

/* description_look - ask about the domain first: where that is in trouble, or in no zone file, all below it is dark */
static bool description_look(const struct description *description, struct watch_sight *sight)
{
    bool outside = false;

    watch_sight_ask(sight, description->domain, VOUCH_TYPE_SOA, take_soa, &outside);
    if (!outside || !sight->is_files)
        return true;
    return json_array_append_new(
               sight->troubles,
               json_sprintf("no zone file holds %s, so none of its records was compared", description->domain)) == 0;
}

/* description_troubles - the troubles of the sight, or the one that ended the comparison */
static void description_troubles(json_t *report, const struct plan *plan, struct watch_sight *sight)
{
    json_t *troubles = json_object_get(report, "troubles");

    if (json_array_extend(troubles, sight->troubles) != 0)
        sight->failed = true;
    if (!plan->compared && json_array_size(troubles) == 0 && plan->trouble < plan->remarks_count &&
        json_array_append_new(troubles, json_string(plan->remarks[plan->trouble].text)) != 0)
        sight->failed = true;
    if ((json_array_size(troubles) != 0 || !plan->compared) &&
        json_object_set_new(report, "complete", json_false()) != 0)
        sight->failed = true;
}

/* description_compare - fill in the report; false: out of memory */
static bool description_compare(json_t *report, struct plan *plan, const struct watch_source *source)
{
    struct watch_sight sight;
    bool fine = watch_sight_begin(&sight, &source->plan, source->is_files);

    fine = fine && description_look(plan->description, &sight);
    if (fine)
        watch_difference_find(plan, &sight, json_object_get(report, "findings"), json_object_get(report, "known"));
    if (fine)
        description_troubles(report, plan, &sight);
    fine = fine && !sight.failed && !plan->failed;
    watch_sight_end(&sight);
    return fine;
}

json_t *watch_description_judge(const struct watch_subject *subject, const struct watch_source *source,
                                char error[WATCH_ERROR_SIZE])
{
    _Static_assert(WATCH_ERROR_SIZE >= DESCRIPTION_ERROR_SIZE, "one buffer for both");

    json_t *report = json_pack("{s:s,s:b,s:[],s:[],s:{}}", "subject", subject->text, "complete", 1, "findings",
                               "troubles", "known");
    struct description description;
    struct plan plan;
    bool fine;

    error[0] = '\0';
    if (report == NULL)
        return NULL;
    description_init(&description);
    if (!description_load(&description, subject->path, error) ||
        !description_plan(&description, &plan, subject->path, error)) {
        fine = watch_difference_unreadable(json_object_get(report, "findings"), subject->path, error) &&
               json_object_set_new(report, "complete", json_false()) == 0;
    } else {
        fine = description_compare(report, &plan, source);
        plan_free(&plan);
    }
    description_free(&description);
    if (fine)
        return report;
    json_decref(report);
    return NULL;
}
