/*
 * compare.c - compares a plan with what answers say. Only definite answers count: trouble ends the comparison.
 */
#include "publish/compare.h"

#include "base/text.h"
#include "publish/rdata.h"
#include "publish/wildcard.h"

#include <string.h>

#define POINTER "_vouch._smtp."

/* One question of the comparison. */
struct comparison {
    struct plan *plan;
    const struct plan_source *source;
    char host[VOUCH_NAME_SIZE];
    enum host_kind kind;
    enum vouch_type type;
    bool trouble;
    bool wild; /* a wildcard gives it addresses: said */
};

/* compare_remove - a published record must go */
static void compare_remove(struct comparison *comparison, const char *rdata, const char *why)
{
    struct plan_removal removal = {.type = (uint16_t)comparison->type};
    struct text text;

    text_init(&text, removal.owner, sizeof removal.owner);
    text_add(&text, comparison->type == VOUCH_TYPE_SRV ? "_client._smtp." : "");
    text_add(&text, comparison->host);
    text_init(&text, removal.rdata, sizeof removal.rdata);
    text_add(&text, rdata);
    text_init(&text, removal.why, sizeof removal.why);
    text_add(&text, why);
    plan_remove(comparison->plan, &removal);
}

/* compare_mark - the plan's record of this RDATA is there; false: the plan has none */
static bool compare_mark(struct comparison *comparison, const char *rdata)
{
    struct plan *plan = comparison->plan;

    for (size_t i = 0; i < plan->records_count; i++) {
        char wanted[PLAN_RDATA_SIZE];

        plan_rdata_format(&plan->records[i], wanted);
        if (plan->records[i].type != comparison->type || strcmp(plan->records[i].host, comparison->host) != 0 ||
            strcmp(wanted, rdata) != 0)
            continue;
        plan->records[i].there = true;
        return true;
    }
    return false;
}

/* compare_pointer - a PTR record that is not in the plan */
static void compare_pointer(struct comparison *comparison, const char *rdata)
{
    if (strncmp(rdata, POINTER, strlen(POINTER)) == 0)
        plan_remark(comparison->plan, PLAN_NOTE,
                    "%s: also points to the service %s which the description does not name", comparison->host,
                    rdata + strlen(POINTER));
}

/* compare_address - an address that is not in the plan */
static void compare_address(struct comparison *comparison, const char *address)
{
    if (comparison->kind == HOST_SENDS)
        plan_remark(
            comparison->plan, PLAN_WARNING,
            "%s: also has the address %s: receivers will take mail from there as proven. Remove it there, or name "
            "it in the description",
            comparison->host, address);
}

/* compare_drop_pointers - an alias can hold no pointers, and is no harm to a host whose addresses do not matter */
static void compare_drop_pointers(struct comparison *comparison)
{
    struct plan *plan = comparison->plan;
    size_t kept = 0;

    for (size_t i = 0; i < plan->records_count; i++) {
        if (plan->records[i].type != VOUCH_TYPE_PTR || strcmp(plan->records[i].owner, comparison->host) != 0)
            plan->records[kept++] = plan->records[i];
    }
    if (kept != plan->records_count)
        plan_remark(
            plan, PLAN_WARNING,
            "%s: is an alias (CNAME), which can hold no pointers to services: they are left out. Receivers that "
            "always ask a service need none [DNA 5]",
            comparison->host);
    plan->records_count = kept;
}

/* compare_record - one published record */
static void compare_record(struct comparison *comparison, const struct vouch_answer *answer,
                           const struct vouch_record *record)
{
    char rdata[PLAN_RDATA_SIZE];

    if (!rdata_format(answer, record, rdata)) {
        comparison->trouble = comparison->trouble || comparison->type != VOUCH_TYPE_PTR;
        return;
    }
    if (compare_mark(comparison, rdata))
        return;
    if (comparison->type == VOUCH_TYPE_A || comparison->type == VOUCH_TYPE_AAAA)
        compare_address(comparison, rdata);
    else if (comparison->type == VOUCH_TYPE_PTR)
        compare_pointer(comparison, rdata);
    else if (comparison->type == VOUCH_TYPE_CNAME && comparison->kind == HOST_ELSEWHERE)
        compare_drop_pointers(comparison);
    else if (comparison->type == VOUCH_TYPE_CNAME)
        compare_remove(comparison, rdata,
                       "an alias can have no records of its own, nor be the target of an SRV record "
                       "[RFC 1034 3.6.2, RFC 2782]");
    else
        compare_remove(comparison, rdata, "says something else than the description, and receivers heed both");
}

/* compare_owner - the name that is asked about */
static void compare_owner(const struct comparison *comparison, char owner[PLAN_NAME_SIZE])
{
    struct text text;

    text_init(&text, owner, PLAN_NAME_SIZE);
    text_add(&text, comparison->type == VOUCH_TYPE_SRV ? "_client._smtp." : "");
    text_add(&text, comparison->host);
}

/* compare_take - the answer to one question */
static void compare_take(void *self, const struct vouch_answer *answer)
{
    struct comparison *comparison = self;
    bool is_definite = answer->status == VOUCH_FOUND || answer->status == VOUCH_NODATA ||
                       answer->status == VOUCH_NXDOMAIN;
    char owner[PLAN_NAME_SIZE];

    if (answer->status == VOUCH_FOUND) {
        for (size_t i = 0; i < answer->records_count; i++)
            compare_record(comparison, answer, &answer->records[i]);
    }
    if (!is_definite || answer->cut)
        comparison->trouble = true;
    if (!comparison->trouble)
        return;
    compare_owner(comparison, owner);
    plan_remark(comparison->plan, PLAN_WARNING,
                "what is published could not be seen (%s %s: %s), so all records stand here", owner,
                vouch_type_word(comparison->type),
                answer->cut   ? "too many records"
                : is_definite ? "its records, or a wildcard above it"
                              : vouch_status_word(answer->status));
}

/* compare_wildcard - what the records of a wildcard mean for a host that gets a record of its own */
static void compare_wildcard(struct comparison *comparison)
{
    if (comparison->type == VOUCH_TYPE_SRV || comparison->type == VOUCH_TYPE_PTR || comparison->wild)
        return;
    comparison->wild = true;
    if (comparison->kind == HOST_SENDS)
        plan_remark(
            comparison->plan, PLAN_NOTE,
            "%s: a wildcard gives it records, and will not once it has a CSA record [RFC 4592 2.2]: all that it "
            "sends with stand here",
            comparison->host);
    else
        plan_remark(comparison->plan, PLAN_WARNING,
                    "%s: a wildcard gives it addresses, and will not once it has a CSA record [RFC 4592 2.2]. Give it "
                    "address records of its own first",
                    comparison->host);
}

/* compare_type - the records of one type; false: trouble, which was said */
static bool compare_type(struct comparison *comparison, enum vouch_type type)
{
    const char *domain = comparison->plan->description->domain;
    char owner[PLAN_NAME_SIZE];

    comparison->type = type;
    compare_owner(comparison, owner);
    switch (wildcard_find(comparison->source, owner, type, domain)) {
    case WILDCARD_YES:
        compare_wildcard(comparison);
        return true;
    case WILDCARD_TROUBLE:
        comparison->trouble = true; /* whatever the name itself answers now */
        break;
    case WILDCARD_NO:
        break;
    }
    comparison->source->ask(comparison->source->owner, owner, type, compare_take, comparison);
    return !comparison->trouble;
}

/* compare_is_alias - did the plan have to remove a CNAME of this host? */
static bool compare_is_alias(const struct comparison *comparison)
{
    const struct plan *plan = comparison->plan;

    for (size_t i = 0; i < plan->removals_count; i++) {
        if (plan->removals[i].type == VOUCH_TYPE_CNAME && strcmp(plan->removals[i].owner, comparison->host) == 0)
            return true;
    }
    return false;
}

/* compare_host - all that is published of one host; false: trouble */
static bool compare_host(struct comparison *comparison)
{
    if (!compare_type(comparison, VOUCH_TYPE_SRV))
        return false;
    if (comparison->kind != HOST_NEVER && !compare_type(comparison, VOUCH_TYPE_CNAME))
        return false;
    if (compare_is_alias(comparison))
        return true;
    return compare_type(comparison, VOUCH_TYPE_A) && compare_type(comparison, VOUCH_TYPE_AAAA) &&
           (comparison->kind == HOST_NEVER || compare_type(comparison, VOUCH_TYPE_PTR));
}

/* compare_forget - as if nothing had been compared */
static void compare_forget(struct plan *plan)
{
    plan->removals_count = 0;
    for (size_t i = 0; i < plan->records_count; i++)
        plan->records[i].there = false;
}

void plan_compare(struct plan *plan, const struct plan_source *source)
{
    for (size_t i = 0; i < plan->records_count; i++) {
        static const enum host_kind kinds[] = {HOST_NEVER, HOST_NEVER, HOST_SENDS, HOST_ELSEWHERE};
        const struct plan_record *record = &plan->records[i];
        struct comparison comparison = {.plan = plan, .source = source};

        if (record->type != VOUCH_TYPE_SRV)
            continue;
        memcpy(comparison.host, record->host, sizeof comparison.host);
        comparison.kind = kinds[record->weight & 3];
        if (!compare_host(&comparison)) {
            compare_forget(plan);
            return;
        }
    }
    plan->compared = true;
}
