/*
 * plan_order.c - Explicit comes last, and not at all above a host that sends and cannot get its record.
 */
#include "publish/plan.h"

#include "publish/hoster.h"
#include "publish/name.h"

#include <string.h>

/* order_is_below - does the record say that its host sends, and stands this host below `name`? */
static bool order_is_below(const struct plan_record *record, const char *name)
{
    return record->type == VOUCH_TYPE_SRV && record->weight > 1 && strcmp(record->host, name) != 0 &&
           publish_name_is_within(record->host, name);
}

void plan_disown_nobody(struct plan *plan, struct plan_record *record)
{
    char *more = strstr(record->why, "; nor do the names below it");

    record->port = hoster_find(plan->description->hoster, HOSTER_PORT_ZERO) == NULL ? 0 : PLAN_UNKNOWN;
    if (more != NULL)
        *more = '\0';
}

/* order_withhold - have a record say nothing of the names below it, for the sake of this host */
static void order_withhold(struct plan *plan, struct plan_record *record, const struct plan_record *sender)
{
    const char *cause = sender->outside ? "its record stands in another zone, where it was not seen"
                                        : "this hoster takes its record only in another zone";

    plan_disown_nobody(plan, record);
    if (sender->nowhere)
        plan_remark(plan, PLAN_WARNING,
                    "nothing is disowned below %s: %s sends, and can have no record. Receivers would refuse it",
                    record->host, sender->host);
    else
        plan_remark(plan, PLAN_WARNING,
                    "nothing is disowned below %s: %s sends, and %s. Receivers would refuse it until that record is "
                    "there: enter it, and compare (--zone, --resolver)",
                    record->host, sender->host, cause);
}

void plan_withhold(struct plan *plan, struct plan_record *record)
{
    const char *hoster = plan->description->hoster;
    bool refused = hoster_find(hoster, HOSTER_SRV_APEX) != NULL || hoster_find(hoster, HOSTER_NO_SRV) != NULL;

    for (size_t i = 0; record->type == VOUCH_TYPE_SRV && record->port == PLAN_EXPLICIT && i < plan->records_count;
         i++) {
        const struct plan_record *sender = &plan->records[i];

        if ((sender->outside || refused) && !sender->there && order_is_below(sender, record->host))
            order_withhold(plan, record, sender);
    }
}

bool plan_waits(const struct plan *plan, const struct plan_record *record)
{
    if (record->type != VOUCH_TYPE_SRV || record->port != PLAN_EXPLICIT)
        return false;
    for (size_t i = 0; i < plan->records_count; i++) {
        if (!plan->records[i].there && order_is_below(&plan->records[i], record->host))
            return true;
    }
    return false;
}

void plan_order(struct plan *plan)
{
    size_t count = plan->records_count;

    for (size_t i = 0; i < count; i++) {
        struct plan_record *record = &plan->records[i];

        if (record->left_out)
            continue;
        plan_withhold(plan, record);
        if (record->there || !plan_waits(plan, record))
            continue;
        plan_remark(
            plan, PLAN_NOTE,
            "enter the SRV record of %s last, once the zone's negative TTL has passed since the others: until then "
            "a receiver may remember that they had none, and refuse them [RFC 2308 5]",
            record->host);
    }
}
