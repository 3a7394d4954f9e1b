/*
 * form_json.c - a plan as one JSON object. vouchsafe(1) describes it.
 */
#include "publish/form.h"

#include <jansson.h>

/* json_put - set a member that may be null for want of memory */
static bool json_put(json_t *object, const char *key, json_t *value)
{
    return value != NULL && json_object_set_new(object, key, value) == 0;
}

/* json_numbers - what an SRV record consists of */
static bool json_numbers(json_t *object, const struct plan_record *record)
{
    return json_put(object, "priority", json_integer(record->priority)) &&
           json_put(object, "weight", json_integer(record->weight)) &&
           json_put(object, "port", json_integer(record->port)) &&
           json_put(object, "target", json_string(record->target));
}

/* json_record - one record of the plan; null: out of memory */
static json_t *json_record(const struct plan *plan, const struct plan_record *record)
{
    json_t *object = json_object();
    char rdata[PLAN_RDATA_SIZE];
    bool fine;

    plan_rdata_format(record, rdata);
    fine = object != NULL && json_put(object, "owner", json_string(record->owner)) &&
           json_put(object, "type", json_string(vouch_type_word(record->type))) &&
           json_put(object, "ttl", json_integer(record->ttl_s)) && json_put(object, "rdata", json_string(rdata)) &&
           json_put(object, "host", json_string(record->host)) && json_put(object, "why", json_string(record->why)) &&
           json_put(object, "outside", json_boolean(record->outside)) &&
           json_put(object, "there", plan->compared ? json_boolean(record->there) : json_null());
    if (fine && record->type == VOUCH_TYPE_SRV)
        fine = json_numbers(object, record);
    if (fine)
        return object;
    json_decref(object);
    return NULL;
}

/* json_removal - one record that must go; null: out of memory */
static json_t *json_removal(const struct plan_removal *removal)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "owner", removal->owner, "type", vouch_type_word(removal->type), "rdata",
                     removal->rdata, "why", removal->why);
}

/* json_lists - records, deletions, remarks */
static bool json_lists(json_t *object, const struct plan *plan)
{
    json_t *records = json_array(), *removals = json_array(), *remarks = json_array();
    bool fine = json_put(object, "records", records);

    fine = json_put(object, "delete", removals) && fine; /* each is the object's from here on, or null */
    fine = json_put(object, "remarks", remarks) && fine;
    for (size_t i = 0; fine && i < plan->records_count; i++)
        fine = plan->records[i].nowhere || plan->records[i].left_out ||
               json_array_append_new(records, json_record(plan, &plan->records[i])) == 0;
    for (size_t i = 0; fine && i < plan->removals_count; i++)
        fine = json_array_append_new(removals, json_removal(&plan->removals[i])) == 0;
    for (size_t i = 0; fine && i < plan->remarks_count; i++)
        fine = json_array_append_new(remarks,
                                     json_pack("{s:s, s:s}", "severity", plan_severities[plan->remarks[i].severity],
                                               "text", plan->remarks[i].text)) == 0;
    return fine;
}

bool form_json_write(const struct plan *plan, FILE *file)
{
    json_t *object = json_object();
    bool fine = object != NULL && json_put(object, "domain", json_string(plan->description->domain)) &&
                json_put(object, "ttl", json_integer(plan->ttl_s)) &&
                json_put(object, "compared", json_boolean(plan->compared)) && json_lists(object, plan) &&
                json_dumpf(object, file, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0;

    json_decref(object);
    fputc('\n', file);
    return fine;
}
