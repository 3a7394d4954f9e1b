/*
 * compare.c - compares a plan with what answers say. Only definite answers count: trouble ends the comparison.
 */
#include "publish/compare.h"

#include "base/text.h"
#include "publish/around.h"
#include "publish/cut.h"
#include "publish/name.h"
#include "publish/rdata.h"
#include "publish/senders.h"
#include "publish/wildcard.h"

#include <stdlib.h>
#include <string.h>

#define CSA "_client._smtp."

/* One question of the comparison. */
struct comparison {
    struct plan *plan;
    const struct plan_source *source;
    struct plan_record *records; /* the host's own, its SRV record first */
    size_t records_count;
    size_t removals_first; /* number of the first that is about the host */
    const char *host;
    enum host_kind kind;
    enum vouch_type type;
    bool below; /* the name asked is that of the CSA record, below the host */
    bool trouble;
    struct seen_ttl {
        bool is;
        uint32_t s;
    } srv, a, aaaa; /* TTL of what is published and stays */
};

/* compare_owner - the name that is asked about */
static void compare_owner(const struct comparison *comparison, char owner[PLAN_NAME_SIZE])
{
    struct text text;

    text_init(&text, owner, PLAN_NAME_SIZE);
    text_add(&text, comparison->below ? CSA : "");
    text_add(&text, comparison->host);
}

/* compare_remove - a published record must go */
static void compare_remove(struct comparison *comparison, const char *rdata, const char *why)
{
    struct plan_removal removal = {.type = (uint16_t)comparison->type};
    struct text text;

    text_init(&text, removal.host, sizeof removal.host);
    text_add(&text, comparison->host);
    compare_owner(comparison, removal.owner);
    text_init(&text, removal.rdata, sizeof removal.rdata);
    text_add(&text, rdata);
    text_init(&text, removal.why, sizeof removal.why);
    text_add(&text, why);
    plan_remove(comparison->plan, &removal);
}

/* compare_is_own - does the record stand at the name asked, and not where an alias leads? */
static bool compare_is_own(const struct comparison *comparison, const struct vouch_answer *answer,
                           const struct vouch_record *record)
{
    char asked[PLAN_NAME_SIZE], owner[VOUCH_NAME_TEXT_SIZE];

    compare_owner(comparison, asked);
    return rdata_name(answer, record->owner, owner) && strcmp(owner, asked) == 0;
}

/* compare_mark - the plan's record of this RDATA is there, with this TTL; false: the plan has none */
static bool compare_mark(struct comparison *comparison, const char *rdata, uint32_t ttl_s)
{
    for (size_t i = 0; i < comparison->records_count; i++) {
        struct plan_record *record = &comparison->records[i];
        char wanted[PLAN_RDATA_SIZE];

        if (record->type != comparison->type)
            continue;
        plan_rdata_format(record, wanted);
        if (strcmp(wanted, rdata) != 0)
            continue;
        record->there = true;
        record->ttl_s = ttl_s;
        return true;
    }
    return false;
}

/* compare_pointer - a PTR record that is not in the plan */
static void compare_pointer(struct comparison *comparison, const char *rdata)
{
    if (strncmp(rdata, PUBLISH_POINTER, strlen(PUBLISH_POINTER)) == 0)
        plan_remark(comparison->plan, PLAN_NOTE,
                    "%s: also points to the service %s which the description does not name", comparison->host,
                    rdata + strlen(PUBLISH_POINTER));
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
    bool dropped = false;

    for (size_t i = 0; i < comparison->records_count; i++) {
        struct plan_record *record = &comparison->records[i];

        if (record->type == VOUCH_TYPE_PTR)
            dropped = record->outside = record->hidden = record->nowhere = true;
    }
    if (dropped)
        plan_remark(
            comparison->plan, PLAN_WARNING,
            "%s: is an alias (CNAME), which can hold no pointers to services: they are left out. Receivers that "
            "always ask a service need none [DNA 5]",
            comparison->host);
}

/* compare_ttl - remember the TTL of a record of the name asked that stays */
static void compare_ttl(struct comparison *comparison, const struct vouch_record *record, bool stays)
{
    struct seen_ttl *ttl = comparison->type == VOUCH_TYPE_A              ? &comparison->a
                           : comparison->type == VOUCH_TYPE_AAAA         ? &comparison->aaaa
                           : comparison->type == VOUCH_TYPE_SRV && stays ? &comparison->srv
                                                                         : NULL;

    if (ttl == NULL)
        return;
    ttl->is = true;
    ttl->s = record->ttl_s;
}

/* compare_record - one published record */
static void compare_record(struct comparison *comparison, const struct vouch_answer *answer,
                           const struct vouch_record *record)
{
    char rdata[PLAN_RDATA_SIZE];
    bool own, marked;

    if (!rdata_format(answer, record, rdata)) {
        comparison->trouble = comparison->trouble || comparison->type != VOUCH_TYPE_PTR;
        return;
    }
    own = compare_is_own(comparison, answer, record);
    if (!own && comparison->below)
        return; /* where an alias leads: another's record */
    marked = compare_mark(comparison, rdata, record->ttl_s);
    if (own)
        compare_ttl(comparison, record, marked);
    if (marked)
        return;
    if (comparison->type == VOUCH_TYPE_A || comparison->type == VOUCH_TYPE_AAAA)
        compare_address(comparison, rdata);
    else if (comparison->type == VOUCH_TYPE_PTR)
        compare_pointer(comparison, rdata);
    else if (comparison->type == VOUCH_TYPE_CNAME && comparison->below)
        compare_remove(comparison, rdata,
                       "an alias stands alone at its name: no SRV record can be beside it [RFC 1034 3.6.2]");
    else if (comparison->type == VOUCH_TYPE_CNAME && comparison->kind == HOST_ELSEWHERE)
        compare_drop_pointers(comparison);
    else if (comparison->type == VOUCH_TYPE_CNAME)
        compare_remove(comparison, rdata,
                       "an alias can have no records of its own, nor be the target of an SRV record "
                       "[RFC 1034 3.6.2, RFC 2782]");
    else
        compare_remove(comparison, rdata, "says something else than the description, and receivers heed both");
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
    plan_remark(comparison->plan, PLAN_WARNING, COMPARE_UNSEEN, owner, vouch_type_word(comparison->type),
                answer->cut   ? "too many records"
                : is_definite ? "its records, or a wildcard above it"
                              : vouch_status_word(answer->status));
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
        return true; /* it gives the name nothing any more once that has a CSA record */
    case WILDCARD_TROUBLE:
        comparison->trouble = true; /* whatever the name itself answers now */
        break;
    case WILDCARD_NO:
        break;
    }
    comparison->source->ask(comparison->source->owner, owner, type, compare_take, comparison);
    return !comparison->trouble;
}

/* compare_is_alias - did the plan have to remove a CNAME of the name asked? */
static bool compare_is_alias(const struct comparison *comparison)
{
    const struct plan *plan = comparison->plan;
    char owner[PLAN_NAME_SIZE];

    compare_owner(comparison, owner);
    for (size_t i = comparison->removals_first; i < plan->removals_count; i++) {
        if (plan->removals[i].type == VOUCH_TYPE_CNAME && strcmp(plan->removals[i].owner, owner) == 0)
            return true;
    }
    return false;
}

/* compare_csa - what is published at the name of the host's CSA record; false: trouble */
static bool compare_csa(struct comparison *comparison)
{
    bool fine;

    comparison->below = true;
    fine = compare_type(comparison, VOUCH_TYPE_CNAME) &&
           (compare_is_alias(comparison) || compare_type(comparison, VOUCH_TYPE_SRV));
    comparison->below = false;
    return fine;
}

/* compare_host - all that is published of one host; false: trouble */
static bool compare_host(struct comparison *comparison)
{
    if (!compare_csa(comparison))
        return false;
    if (comparison->kind != HOST_NEVER && !compare_type(comparison, VOUCH_TYPE_CNAME))
        return false;
    if (compare_is_alias(comparison))
        return true;
    return compare_type(comparison, VOUCH_TYPE_A) && compare_type(comparison, VOUCH_TYPE_AAAA) &&
           (comparison->kind == HOST_NEVER || compare_type(comparison, VOUCH_TYPE_PTR));
}

/* compare_same_ttl - what is missing gets the TTL of its set, else that of the host's other records */
static void compare_same_ttl(const struct comparison *comparison)
{
    const struct seen_ttl *sets[] = {&comparison->srv, &comparison->a, &comparison->aaaa};
    struct seen_ttl lowest = {0};
    bool changed = false;

    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (sets[i]->is && (!lowest.is || sets[i]->s < lowest.s))
            lowest = *sets[i];
    }
    for (size_t i = 0; lowest.is && i < comparison->records_count; i++) {
        struct plan_record *record = &comparison->records[i];
        const struct seen_ttl *own = record->type == VOUCH_TYPE_A      ? &comparison->a
                                     : record->type == VOUCH_TYPE_AAAA ? &comparison->aaaa
                                                                       : &comparison->srv;
        uint32_t ttl_s = own->is ? own->s : lowest.s;

        if (record->there || record->type == VOUCH_TYPE_PTR || record->ttl_s == ttl_s)
            continue;
        record->ttl_s = ttl_s;
        changed = true;
    }
    if (changed)
        plan_remark(comparison->plan, PLAN_NOTE,
                    "%s: what is published of it has the TTL %u, and so has what is missing: all of it should leave "
                    "caches together [CSA 6]. For another TTL change all of them",
                    comparison->host, lowest.s);
}

/* compare_one - all that is published of the host of SRV record number `index`; false: trouble */
static bool compare_one(struct plan *plan, const struct plan_source *source, size_t index)
{
    static const enum host_kind kinds[] = {HOST_NEVER, HOST_NEVER, HOST_SENDS, HOST_ELSEWHERE};
    struct plan_record *record = &plan->records[index];
    struct comparison comparison = {
        .plan = plan,
        .source = source,
        .records = record,
        .records_count = plan_span(plan, index),
        .removals_first = plan->removals_count,
        .host = record->host,
        .kind = kinds[record->weight & 3],
    };

    if (!compare_host(&comparison))
        return false;
    compare_same_ttl(&comparison);
    return true;
}

/* compare_cut - does the domain's zone serve the host of SRV record number `index`? False: trouble */
static bool compare_cut(struct plan *plan, const struct plan_source *source, size_t index)
{
    struct plan_record *records = &plan->records[index];
    const char *host = records->host;
    char name[VOUCH_NAME_SIZE];
    enum cut cut;

    cut = publish_name_is_within(host, plan->description->domain) ? cut_find(plan, source, host, name) : CUT_NO;
    if (cut == CUT_NO || cut == CUT_TROUBLE)
        return cut == CUT_NO;
    for (size_t i = plan_span(plan, index); i > 0; i--) {
        records[i - 1].outside = true;
        records[i - 1].hidden = cut != CUT_SEEN;
        records[i - 1].nowhere = cut == CUT_DNAME;
    }
    if (cut == CUT_DNAME)
        plan_remark(
            plan, PLAN_WARNING,
            "%s: no name server can serve a CSA record of it: %s has a DNAME record, which makes every name "
            "below it an alias [RFC 6672 2.4]. Let the host greet with another name, or delete the DNAME record",
            host, name);
    else
        plan_remark(plan, PLAN_WARNING, "%s stands below the zone cut at %s: enter its records in the zone %s", host,
                    name, name);
    return true;
}

/* compare_all - zone cuts, then all hosts: those with Explicit last, the deepest of them first; false: trouble */
static bool compare_all(struct plan *plan, const struct plan_source *source, struct senders *senders)
{
    for (size_t i = 0; i < plan->records_count; i++) {
        if (plan->records[i].type == VOUCH_TYPE_SRV && !compare_cut(plan, source, i))
            return false;
    }
    for (size_t level = PLAN_LEVEL_MAX + 1; level > 0; level--) {
        for (size_t i = 0; i < plan->records_count; i++) {
            struct plan_record *record = &plan->records[i];
            bool explicit = record->port == PLAN_EXPLICIT;

            if (record->type != VOUCH_TYPE_SRV || record->compared ||
                (explicit ? publish_name_labels(record->host) != level : level <= PLAN_LEVEL_MAX))
                continue;
            record->compared = true;
            plan_withhold(plan, record);
            if (!senders_withhold(senders, record))
                return false;
            if (!record->hidden && !compare_one(plan, source, i))
                return false;
        }
    }
    around_look(plan, source);
    return true;
}

/*
 * compare_forget - as if nothing had been compared, but for the last remark, which says why; and without Explicit,
 * since a sender that cannot be seen may be there
 */
static void compare_forget(struct plan *plan, const struct plan_record *records, const struct plan *before)
{
    struct plan_remark last = plan->remarks[plan->remarks_count - 1];

    plan->removals_count = before->removals_count;
    name_index_free(&plan->removed);
    plan->records_count = before->records_count;
    memcpy(plan->records, records, before->records_count * sizeof *records);
    plan->trouble = plan->remarks_count = before->remarks_count;
    plan_remark(plan, last.severity, "%s", last.text);
    for (size_t i = 0; i < plan->records_count; i++) {
        struct plan_record *record = &plan->records[i];

        if (record->type != VOUCH_TYPE_SRV || record->port != PLAN_EXPLICIT)
            continue;
        record->left_out = true;
        plan_remark(plan, PLAN_WARNING,
                    "the SRV record of %s, which disowns the names below it, is left out: whether all that send there "
                    "have theirs could not be seen, and receivers would refuse one that has not. Compare again; if it "
                    "is published already, leave it",
                    record->host);
    }
}

void plan_compare(struct plan *plan, const struct plan_source *source)
{
    const struct plan before = *plan;
    struct senders senders = {.plan = plan, .source = source};
    struct plan_record *records = calloc(plan->records_count + 1, sizeof *records);

    if (records == NULL) {
        plan->failed = true;
        return;
    }
    if (plan->records_count != 0)
        memcpy(records, plan->records, plan->records_count * sizeof *records);
    plan->compared = compare_all(plan, source, &senders);
    senders_free(&senders);
    if (!plan->compared && plan->remarks_count > before.remarks_count)
        compare_forget(plan, records, &before);
    free(records);
}
