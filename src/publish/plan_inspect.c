/*
 * plan_inspect.c - what the author of a description should know of its plan.
 */
#include "publish/plan.h"

#include "base/address.h"
#include "publish/answer_size.h"
#include "publish/hoster.h"
#include "publish/name.h"
#include "publish/plan_size.h"

#include <string.h>

#define SERVICES_MAX 6 /* what one UDP answer holds, and what a receiver asks at most [DNA 3] */
#define TTL_LOW_S    60

/* inspect_answer - does the answer about a host fit into one packet? */
static void inspect_answer(struct plan *plan, const struct description_host *host, size_t first)
{
    size_t size = plan_size(plan, first, VOUCH_TYPE_SRV, SIZE_MAX);
    size_t fit = host->addresses_count;

    if (size <= ANSWER_SIZE_MAX && host->addresses_count > ANSWER_ADDRESSES_MAX)
        plan_remark(
            plan, PLAN_WARNING,
            "%s: %zu addresses share one name, and what receivers think of it: let the hosts greet with names of "
            "their own [CSA 6]",
            host->name, host->addresses_count);
    if (size <= ANSWER_SIZE_MAX)
        return;
    while (fit > 0 && plan_size(plan, first, VOUCH_TYPE_SRV, fit) > ANSWER_SIZE_MAX)
        fit--;
    plan_remark(
        plan, PLAN_WARNING,
        "%s: the answer about it has %zu octets with its %zu addresses; above %d some receivers get only a part "
        "[CSA 6]. %zu addresses fit: let the hosts greet with names of their own, each with its own addresses",
        host->name, size, host->addresses_count, ANSWER_SIZE_MAX, fit);
}

/* inspect_pointers - do the pointers fit into one packet? */
static void inspect_pointers(struct plan *plan, const struct description_host *host, size_t first)
{
    size_t size = host->kind == HOST_NEVER ? 0 : plan_size(plan, first, VOUCH_TYPE_PTR, 0);

    if (size > ANSWER_SIZE_MAX)
        plan_remark(plan, PLAN_WARNING,
                    "%s: the answer with its pointers has %zu octets; above %d some receivers get only a part [DNA 3]. "
                    "Name fewer services",
                    host->name, size, ANSWER_SIZE_MAX);
}

/* inspect_addresses - addresses that only the host itself knows */
static void inspect_addresses(struct plan *plan, const struct description_host *host)
{
    for (size_t i = 0; i < host->addresses_count; i++) {
        char text[VOUCH_ADDRESS_SIZE];

        if (address_use(&host->addresses[i]) != ADDRESS_LOCAL)
            continue;
        vouch_address_format(&host->addresses[i], text);
        plan_remark(plan, PLAN_WARNING,
                    "%s: no receiver on the Internet sees %s: name the address that its connections come from",
                    host->name, text);
    }
}

/* inspect_host - what is worth knowing of one host, whose records begin at `first` */
static void inspect_host(struct plan *plan, const struct description_host *host, size_t first)
{
    if (!publish_name_is_within(host->name, plan->description->domain))
        plan_remark(plan, PLAN_WARNING, "%s is not within %s: the owner of its domain must publish its records",
                    host->name, plan->description->domain);
    if (host->kind == HOST_ELSEWHERE)
        plan_remark(
            plan, PLAN_NOTE,
            "%s: its name alone proves nothing to receivers: good reports count only for those of its hosts that "
            "show a TLS certificate for it",
            host->name);
    inspect_answer(plan, host, first);
    inspect_pointers(plan, host, first);
    inspect_addresses(plan, host);
}

/* inspect_is_touched - would this limit have changed or hindered a record? */
static bool inspect_is_touched(const struct plan *plan, enum hoster_limit limit, const struct hoster_row *row)
{
    const struct description *description = plan->description;

    switch (limit) {
    case HOSTER_TTL_LOWEST:
        return description->ttl_s < row->value;
    case HOSTER_NO_PTR:
        return description->accreditors_count != 0;
    case HOSTER_NULL_TARGET:
    case HOSTER_LIMITS:
        return false;
    case HOSTER_PORT_ZERO:
    case HOSTER_SRV_APEX:
    case HOSTER_SRV_FORM:
    case HOSTER_NO_SRV:
        break;
    }
    for (size_t i = 0; i < plan->records_count; i++) {
        const struct plan_record *record = &plan->records[i];

        if (record->type != VOUCH_TYPE_SRV || record->outside)
            continue;
        if (limit == HOSTER_PORT_ZERO ? record->port == PLAN_UNKNOWN
                                      : limit != HOSTER_SRV_APEX || strcmp(record->host, description->domain) != 0)
            return true;
    }
    return false;
}

/* inspect_hoster - what the hoster cannot hold, and what comes nearest */
static void inspect_hoster(struct plan *plan)
{
    const char *hoster = plan->description->hoster;

    for (unsigned limit = 0; limit < HOSTER_LIMITS; limit++) {
        const struct hoster_row *row = hoster_find(hoster, limit);

        if (row == NULL || !inspect_is_touched(plan, limit, row))
            continue;
        plan_remark(plan, PLAN_WARNING, "%s %s (%s: %s). Nearest: %s", hoster, hoster_limit_text(limit),
                    hoster_source_text(row->source), row->where, hoster_nearest_text(limit));
    }
}

void plan_inspect(struct plan *plan)
{
    const struct description *description = plan->description;
    size_t first = 0; /* the records stand in the order of the hosts */

    for (size_t i = 0; i < description->hosts_count; i++) {
        inspect_host(plan, &description->hosts[i], first);
        first += plan_span(plan, first);
    }
    if (description->accreditors_count > SERVICES_MAX)
        plan_remark(plan, PLAN_WARNING,
                    "%zu accreditation services: receivers ask about half a dozen at most [DNA 3], which of them is "
                    "their choice",
                    description->accreditors_count);
    if (description->complete && description->disowned_count == 0)
        plan_remark(plan, PLAN_NOTE,
                    "all senders are named, but nothing is disowned: disown = {\"@\"} (--disown) has "
                    "receivers refuse all other names below %s",
                    description->domain);
    if (plan->ttl_s < TTL_LOW_S)
        plan_remark(plan, PLAN_WARNING,
                    "TTL %u: nearly every session asks anew, and fails to be proven where the DNS is "
                    "slow; an hour (3600) is usual",
                    plan->ttl_s);
    if (plan->records_count == 0)
        plan_remark(plan, PLAN_WARNING, "the description names nobody: there is nothing to publish");
    inspect_hoster(plan);
}
