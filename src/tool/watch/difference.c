/*
 * difference.c - from a plan and what is published to findings. What publish would print is what is missing here.
 */
#include "tool/watch/difference.h"

#include "base/text.h"
#include "publish/name.h"
#include "publish/rdata.h"
#include "publish/wildcard.h"
#include "session/json_text.h"
#include "tool/watch/watch.h"

#include <string.h>

#define WITHHELD   "nothing is disowned"
#define EVERYWHERE WITHHELD ": "
#define TEXT_SIZE  (PLAN_NAME_SIZE + PLAN_RDATA_SIZE + 64)

enum rule {
    RULE_MISSING,
    RULE_DIFFERS,
    RULE_EXTRA,
    RULE_ADDRESS_EXTRA,
    RULE_POINTER_MISSING,
    RULE_POINTER_EXTRA,
    RULE_WITHHELD,
    RULE_REMARK,
    RULE_UNREADABLE
};

static const struct {
    const char *word, *severity, *title;
} rules[] = {
    [RULE_MISSING] = {"record-missing", "error", "The description asks for a record that is not published."},
    [RULE_DIFFERS] = {"record-differs", "error", "Another record is published than the description asks for."},
    [RULE_EXTRA] = {"record-extra", "error", "A record is published that contradicts the description."},
    [RULE_ADDRESS_EXTRA] = {"address-extra", "warning",
                            "The host has an address that the description does not name: receivers take mail from "
                            "there as proven."},
    [RULE_POINTER_MISSING] = {"pointer-missing", "warning",
                              "The description names a service, and no pointer to it is published."},
    [RULE_POINTER_EXTRA] = {"pointer-extra", "note", "A pointer to a service that the description does not name."},
    [RULE_WITHHELD] = {"explicit-withheld", "warning",
                       "The description disowns the names below, and the record that says so is withheld."},
    [RULE_REMARK] = {"publish-warning", "warning", "What publish warns of."},
    [RULE_UNREADABLE] = {WATCH_UNREADABLE, "error",
                         "Nothing can be compared with the description until it is mended; what was known stays."},
};

/* Warnings of a comparison that are no finding of their own: trouble, what stays as it is, what has another rule. */
static const char *const silent[] = {WITHHELD, "also has the address", "stands below the zone cut at",
                                     "could not be seen"};

/* One comparison. */
struct difference {
    struct plan *plan;
    struct watch_sight *sight;
    struct plan_source source; /* the sight */
    json_t *findings, *known;
    bool failed;
};

/* What a finding says. */
struct draft {
    enum rule rule;
    const char *clause, *name, *evidence, *mend, *advice;
};

/* draft_add - append a finding; false: out of memory */
static bool draft_add(json_t *findings, const struct draft *draft)
{
    json_t *finding = json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:s}", "rule", rules[draft->rule].word, "severity",
                                rules[draft->rule].severity, "clause", draft->clause, "title", rules[draft->rule].title,
                                "name", json_text(text_bytes(draft->name)), "evidence",
                                json_text(text_bytes(draft->evidence)), "mend", draft->mend, "advice", draft->advice);

    return json_array_append_new(findings, finding) == 0;
}

bool watch_difference_unreadable(json_t *findings, const char *path, const char *cause)
{
    const struct draft draft = {RULE_UNREADABLE, "publish", path, cause, "", ""};

    return draft_add(findings, &draft);
}

/* difference_add - append a finding of the comparison */
static void difference_add(struct difference *difference, const struct draft *draft)
{
    if (!draft_add(difference->findings, draft))
        difference->failed = true;
}

/* is_dark - may more be published for the host, or less be meant, than it looked? */
static bool is_dark(const struct difference *difference, const char *host)
{
    const struct description *description = difference->plan->description;

    for (size_t i = 0; difference->sight->senders && i < description->disowned_count; i++) {
        if (strcmp(description->disowned[i], host) == 0)
            return true;
    }
    return watch_sight_is_dark(difference->sight, host);
}

/* clause_of - where the specification speaks of records of this type */
static const char *clause_of(uint16_t type)
{
    return type == VOUCH_TYPE_PTR ? "DNA 4" : type == VOUCH_TYPE_A || type == VOUCH_TYPE_AAAA ? "CSA 5" : "CSA 4";
}

/* A host of the plan. */
struct host {
    struct difference *difference;
    const char *name;
    size_t records, records_end;   /* numbers of its records, the first that of its SRV record */
    size_t removals, removals_end; /* numbers of what the comparison found that contradicts them */
    size_t extra;                  /* number of what was found beside, up to the last */
    uint16_t type;                 /* that is asked for */
};

/* host_record - a record of the host by number */
static const struct plan_record *host_record(const struct host *host, size_t number)
{
    return &host->difference->plan->records[number];
}

/* host_begin - the host of SRV record number `number` */
static void host_begin(struct host *host, struct difference *difference, size_t number)
{
    const struct plan *plan = difference->plan;

    *host = (struct host){.difference = difference, .name = plan->records[number].host, .records = number};
    host->records_end = number + plan_span(plan, number);
    host->extra = plan->removals_count;
    if (!name_index_find(&plan->removed, host->name, &host->removals))
        host->removals = host->extra;
    host->removals_end = host->removals;
    while (host->removals_end < host->extra && strcmp(plan->removals[host->removals_end].host, host->name) == 0)
        host->removals_end++;
}

/* host_next_removal - the number behind this one of what contradicts the host; SIZE_MAX: there is no more */
static size_t host_next_removal(const struct host *host, size_t number)
{
    size_t next = number == SIZE_MAX ? host->removals : number + 1;

    if (next >= host->removals_end && next < host->extra)
        next = host->extra;
    return next < host->difference->plan->removals_count ? next : SIZE_MAX;
}

/* host_has - does the plan have this record of the host? */
static bool host_has(const struct host *host, const char *rdata)
{
    for (size_t i = host->records; i < host->records_end; i++) {
        char wanted[PLAN_RDATA_SIZE];

        plan_rdata_format(host_record(host, i), wanted);
        if (host_record(host, i)->type == host->type && strcmp(wanted, rdata) == 0)
            return true;
    }
    return false;
}

/* host_take - what is published of a set, and is not in the plan, contradicts it */
static void host_take(void *self, const struct vouch_answer *answer)
{
    const struct host *host = self;
    struct plan_removal removal = {.type = host->type};
    struct text text;

    text_init(&text, removal.host, sizeof removal.host);
    text_add(&text, host->name);
    text_init(&text, removal.owner, sizeof removal.owner);
    text_add(&text, host->name);
    for (size_t i = 0; answer->status == VOUCH_FOUND && i < answer->records_count; i++) {
        if (!rdata_format(answer, &answer->records[i], removal.rdata) || host_has(host, removal.rdata) ||
            (host->type == VOUCH_TYPE_PTR && strncmp(removal.rdata, PUBLISH_POINTER, strlen(PUBLISH_POINTER)) != 0))
            continue;
        plan_remove(host->difference->plan, &removal);
    }
}

/* has_removal - is there a published record of this set of the host that contradicts the plan? */
static bool has_removal(const struct host *host, const char *owner, uint16_t type)
{
    const struct plan_removal *removals = host->difference->plan->removals;

    for (size_t i = SIZE_MAX; (i = host_next_removal(host, i)) != SIZE_MAX;) {
        if (removals[i].type == type && strcmp(removals[i].owner, owner) == 0)
            return true;
    }
    return false;
}

/* has_missing - is there a record of this set of the host in the plan that is not published? */
static bool has_missing(const struct host *host, const char *owner, uint16_t type)
{
    for (size_t i = host->records; i < host->records_end; i++) {
        const struct plan_record *record = host_record(host, i);

        if (!record->there && !record->hidden && record->type == type && strcmp(record->owner, owner) == 0)
            return true;
    }
    return false;
}

/* find_extra - addresses and pointers of a host that only a remark of the comparison tells */
static void find_extra(struct host *host)
{
    static const uint16_t types[] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA, VOUCH_TYPE_PTR};
    const struct plan_source *source = &host->difference->source;
    const char *domain = host->difference->plan->description->domain;
    uint16_t weight = host_record(host, host->records)->weight;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        host->type = types[i];
        if (host->type == VOUCH_TYPE_PTR ? weight < 2 : weight != 2)
            continue;
        if (has_removal(host, host->name, VOUCH_TYPE_CNAME) ||
            wildcard_find(source, host->name, (enum vouch_type)host->type, domain) != WILDCARD_NO)
            continue;
        source->ask(source->owner, host->name, (enum vouch_type)host->type, host_take, host);
    }
}

/* tell_removal - a published record that the description contradicts */
static void tell_removal(const struct host *host, const struct plan_removal *removal)
{
    bool address = removal->type == VOUCH_TYPE_A || removal->type == VOUCH_TYPE_AAAA;
    bool replaced = has_missing(host, removal->owner, removal->type);
    char evidence[TEXT_SIZE], mend[TEXT_SIZE];
    struct draft draft = {RULE_EXTRA, clause_of(removal->type),    removal->owner, evidence,
                          mend,       replaced ? "" : removal->why};

    if (replaced && removal->type != VOUCH_TYPE_PTR)
        draft.rule = RULE_DIFFERS;
    else if (removal->type == VOUCH_TYPE_PTR)
        draft.rule = RULE_POINTER_EXTRA;
    else if (address)
        draft.rule = RULE_ADDRESS_EXTRA;
    if (address)
        draft.advice = "Delete it, or name it in the description.";
    if (snprintf(evidence, sizeof evidence, "%s %s", vouch_type_word(removal->type), removal->rdata) < 0 ||
        snprintf(mend, sizeof mend, "; delete: %s. IN %s %s", removal->owner, vouch_type_word(removal->type),
                 removal->rdata) < 0)
        host->difference->failed = true;
    difference_add(host->difference, &draft);
}

/* tell_missing - a record of the plan that is not published */
static void tell_missing(const struct host *host, const struct plan_record *record)
{
    struct difference *difference = host->difference;
    const struct plan *plan = difference->plan;
    const char *type = vouch_type_word(record->type);
    uint32_t ttl_s = difference->sight->is_files ? record->ttl_s : plan->ttl_s; /* caches count down what they know */
    char rdata[PLAN_RDATA_SIZE], evidence[TEXT_SIZE], mend[TEXT_SIZE];
    struct draft draft = {RULE_MISSING, clause_of(record->type), record->owner, evidence, mend, ""};

    plan_rdata_format(record, rdata);
    if (record->type == VOUCH_TYPE_PTR)
        draft.rule = RULE_POINTER_MISSING;
    else if (has_removal(host, record->owner, record->type))
        draft.rule = RULE_DIFFERS;
    if (plan_waits(plan, record))
        draft.advice = "Enter it last, once the zone's negative TTL has passed since the others [RFC 2308 5].";
    else if (record->outside)
        draft.advice = "It goes into another zone than that of the description's domain.";
    if (snprintf(evidence, sizeof evidence, "no %s %s", type, rdata) < 0 ||
        snprintf(mend, sizeof mend, "%s. %u IN %s %s", record->owner, ttl_s, type, rdata) < 0)
        difference->failed = true;
    difference_add(difference, &draft);
}

/* tell_host - all differences of the host of SRV record number `number` */
static void tell_host(struct difference *difference, size_t number)
{
    const struct plan_record *csa = &difference->plan->records[number];
    struct host host;

    if (json_object_set_new(difference->known, csa->host, json_true()) != 0 ||
        json_object_set_new(difference->known, csa->owner, json_true()) != 0)
        difference->failed = true;
    host_begin(&host, difference, number);
    find_extra(&host);
    for (size_t i = SIZE_MAX; (i = host_next_removal(&host, i)) != SIZE_MAX;)
        tell_removal(&host, &difference->plan->removals[i]);
    for (size_t i = host.records; i < host.records_end; i++) {
        if (!host_record(&host, i)->there && !host_record(&host, i)->hidden)
            tell_missing(&host, host_record(&host, i));
    }
}

/* is_why - does the remark say why Explicit is withheld below the name? */
static bool is_why(const char *remark, const char *name)
{
    static const char below[] = WITHHELD " below ";
    size_t length = strlen(name);

    return strncmp(remark, EVERYWHERE, strlen(EVERYWHERE)) == 0 ||
           (strncmp(remark, below, strlen(below)) == 0 && strncmp(remark + strlen(below), name, length) == 0 &&
            remark[strlen(below) + length] == ':');
}

/* tell_withheld - what the description disowns and the plan does not, and why */
static void tell_withheld(struct difference *difference, const char *name)
{
    const struct plan *plan = difference->plan;
    const struct plan_record *record = plan_find(plan, name);
    struct draft draft = {RULE_WITHHELD, "CSA 6", name, "", "", ""};

    if ((record != NULL && record->port == PLAN_EXPLICIT) || is_dark(difference, name))
        return;
    for (size_t i = 0; i < plan->remarks_count; i++) {
        if (!is_why(plan->remarks[i].text, name))
            continue;
        draft.evidence = plan->remarks[i].text;
        difference_add(difference, &draft);
    }
    if (draft.evidence[0] == '\0')
        difference_add(difference, &draft);
}

/* is_silent - is the remark no finding of its own? */
static bool is_silent(const struct plan_remark *remark)
{
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
        if (strstr(remark->text, silent[i]) != NULL)
            return true;
    }
    return remark->severity != PLAN_WARNING;
}

/* tell_remarks - what else the comparison warns of: of the name that it begins with, else of the domain */
static void tell_remarks(struct difference *difference, size_t first)
{
    const struct plan *plan = difference->plan;

    for (size_t i = first; i < plan->remarks_count; i++) {
        const char *remark = plan->remarks[i].text;
        size_t length = strcspn(remark, ": ");
        char name[VOUCH_NAME_SIZE];
        struct draft draft = {RULE_REMARK, "publish", plan->description->domain, remark, "", ""};
        struct text text;

        if (is_silent(&plan->remarks[i]))
            continue;
        text_init(&text, name, sizeof name);
        text_add_bytes(&text, remark, length);
        if (remark[length] == ':' && !text.cut)
            draft.name = name;
        difference_add(difference, &draft);
    }
}

bool watch_difference_find(struct plan *plan, struct watch_sight *sight, json_t *findings, json_t *known)
{
    const struct plan_source source = {sight, watch_sight_ask, sight->source->each != NULL ? watch_sight_each : NULL};
    struct difference difference = {plan, sight, source, findings, known, false};
    const struct description *description = plan->description;
    size_t first = plan->remarks_count;

    plan_compare(plan, &difference.source);
    if (!plan->compared || plan->failed)
        return false;
    for (size_t i = 0; i < plan->records_count; i++) {
        const struct plan_record *csa = &plan->records[i];

        if (csa->type == VOUCH_TYPE_SRV && !csa->hidden && !is_dark(&difference, csa->host))
            tell_host(&difference, i);
    }
    for (size_t i = 0; i < description->disowned_count; i++)
        tell_withheld(&difference, description->disowned[i]);
    tell_remarks(&difference, first);
    plan->failed = plan->failed || difference.failed;
    return !plan->failed;
}
