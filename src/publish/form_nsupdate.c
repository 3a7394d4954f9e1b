/*
 * form_nsupdate.c - a plan as a script for nsupdate(1). [RFC 2136]
 */
#include "publish/form.h"

#include <string.h>

/* nsupdate_write_deletes - what must go before the new records come */
static void nsupdate_write_deletes(const struct plan *plan, FILE *file)
{
    for (size_t i = 0; i < plan->removals_count; i++)
        fprintf(file, "; %s\nupdate delete %s. %s %s\n", plan->removals[i].why, plan->removals[i].owner,
                vouch_type_word(plan->removals[i].type), plan->removals[i].rdata);
    for (size_t i = 0; !plan->compared && i < plan->records_count; i++) {
        if (plan->records[i].type == VOUCH_TYPE_SRV && form_has(plan, &plan->records[i]))
            fprintf(file, "update delete %s. SRV\n", plan->records[i].owner);
    }
}

void form_nsupdate_write(const struct plan *plan, const char *server, FILE *file)
{
    bool begun = plan->removals_count != 0;

    fprintf(file, "; who sends mail as %s: Certified Server Validation\n", plan->description->domain);
    form_remarks_write(plan, file);
    for (size_t i = 0; i < plan->records_count; i++)
        begun = begun || form_has(plan, &plan->records[i]);
    if (!begun) {
        fputs("; nothing is missing\n", file);
        return;
    }
    if (server != NULL)
        fprintf(file, "server %s\n", server);
    nsupdate_write_deletes(plan, file);
    for (size_t i = 0; i < plan->records_count; i++) {
        const struct plan_record *record = &plan->records[i];
        char rdata[PLAN_RDATA_SIZE];

        plan_rdata_format(record, rdata);
        if (form_has(plan, record))
            fprintf(file, "update add %s. %u %s %s\n", record->owner, plan->ttl_s, vouch_type_word(record->type),
                    rdata);
    }
    fputs("send\n", file);
}
