/*
 * form_master.c - a plan as lines of a master file. [RFC 1035 5]
 */
#include "base/text.h"
#include "publish/form.h"

#include <string.h>

bool form_has(const struct plan *plan, const struct plan_record *record)
{
    return !record->outside && !record->left_out && !(plan->compared && record->there);
}

void form_remarks_write(const struct plan *plan, FILE *file)
{
    for (size_t i = 0; i < plan->remarks_count; i++)
        fprintf(file, "; %s: %s\n", plan_severities[plan->remarks[i].severity], plan->remarks[i].text);
}

/* master_write_record - one line, `before` it */
static void master_write_record(const struct plan_record *record, const char *before, FILE *file)
{
    char rdata[PLAN_RDATA_SIZE];

    plan_rdata_format(record, rdata);
    fprintf(file, "%s%s. %u IN %s %s\n", before, record->owner, record->ttl_s, vouch_type_word(record->type), rdata);
}

/* master_write_reason - the comment over a host's records */
static void master_write_reason(const struct plan *plan, const char *host, FILE *file)
{
    const struct plan_record *record = plan_find(plan, host);

    fprintf(file, "\n; %s %s\n", host, record == NULL ? "" : record->why);
}

/* master_write_outside - what the owners of other domains must publish */
static void master_write_outside(const struct plan *plan, FILE *file)
{
    bool begun = false;

    for (size_t i = 0; i < plan->records_count; i++) {
        const struct plan_record *record = &plan->records[i];

        if (!record->outside || record->nowhere || record->left_out || (plan->compared && record->there))
            continue;
        if (!begun)
            fprintf(file, "\n; for other zones than that of %s:\n", plan->description->domain);
        begun = true;
        master_write_record(record, "; ", file);
    }
}

void form_master_write(const struct plan *plan, FILE *file)
{
    const char *host = "";

    fprintf(file, "; who sends mail as %s: Certified Server Validation\n", plan->description->domain);
    form_remarks_write(plan, file);
    if (!plan->compared)
        fputs("; each SRV record stands alone at its name: others there now must go\n", file);
    for (size_t i = 0; i < plan->removals_count; i++)
        fprintf(file, "; delete: %s. IN %s %s ; %s\n", plan->removals[i].owner, vouch_type_word(plan->removals[i].type),
                plan->removals[i].rdata, plan->removals[i].why);
    for (size_t i = 0; i < plan->records_count; i++) {
        const struct plan_record *record = &plan->records[i];

        if (!form_has(plan, record))
            continue;
        if (strcmp(record->host, host) != 0)
            master_write_reason(plan, record->host, file);
        host = record->host;
        master_write_record(record, "", file);
    }
    if (host[0] == '\0')
        fputs(plan->removals_count == 0 ? "; nothing is missing\n" : "; nothing else is missing\n", file);
    master_write_outside(plan, file);
}
