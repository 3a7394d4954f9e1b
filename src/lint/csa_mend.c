/*
 * csa_mend.c - the mend of everything that is wrong with the CSA records of a name. [CSA 4, 5]
 *
 * Faults meet: two records of one name may each be wrong, and once both are right one of them may be too many. So the
 * rules only say what they change, and the mend is made of all of it: what stands there goes or stays, what has to be
 * is published. Every finding that changes something prints this one mend: applied once, the records are right.
 */
#include "lint/host.h"

#include "base/address.h"

#include <stdlib.h>
#include <string.h>

enum { PROHIBITS = 1 << CSA_PROHIBIT, ALLOWS = 1 << CSA_ALLOW, IGNORES = 1 << CSA_IGNORE_TARGET };

/* One record of the set that is to be. */
struct wanted {
    const struct vouch_record *record; /* what stands there today */
    const struct host_record *judged;  /* null: beyond those that are judged one by one */
    struct lint_srv srv;
    enum csa_kind kind;
    bool turned; /* receivers read another kind today */
    bool stays;  /* as it is */
    bool merged; /* into the one record of the set */
    bool gone;
};

struct wanted_set {
    struct wanted *records; /* in the order that receivers judge them in */
    size_t count;
    struct lint_srv one; /* all records that say something become this one, in the place of the heir */
    struct wanted *heir;
    bool spread; /* they list the addresses of several targets */
};

/* is_of - is the record there to stay, and of one of these kinds? */
static bool is_of(const struct wanted *wanted, unsigned kinds)
{
    return !wanted->gone && (kinds & 1U << wanted->kind) != 0;
}

/* has_kind - is a record of one of these kinds there? */
static bool has_kind(const struct wanted_set *set, unsigned kinds)
{
    for (size_t i = 0; i < set->count; i++) {
        if (is_of(&set->records[i], kinds))
            return true;
    }
    return false;
}

/* wanted_take - what becomes of a record */
static void wanted_take(struct wanted_set *set, const struct host *host, const struct vouch_record *record,
                        const struct host_record *judged)
{
    static const enum csa_kind kinds[] = {[1] = CSA_PROHIBIT, [2] = CSA_ALLOW, [3] = CSA_IGNORE_TARGET};
    struct wanted *wanted = &set->records[set->count++];
    struct csa_record csa;

    csa_judge_record(&csa, record->rdata, host->srv->message);
    *wanted = (struct wanted){.record = record, .judged = judged, .kind = csa.kind, .stays = true};
    wanted->srv.weight = csa.weight;
    wanted->srv.port = csa.port;
    if (csa.target.length != 0)
        vouch_name_format(csa.target.wire, wanted->srv.target);
    if (judged == NULL || judged->change == HOST_STAYS)
        return;
    wanted->stays = false;
    wanted->gone = judged->change == HOST_GOES;
    wanted->srv = judged->better;
    wanted->kind = kinds[judged->better.weight];
    wanted->turned = wanted->kind != judged->csa.kind;
}

/* is_judged - is the record among those that are judged one by one? */
static bool is_judged(const struct host *host, const struct vouch_record *record)
{
    for (size_t i = 0; i < host->records_count; i++) {
        if (host->records[i].record == record)
            return true;
    }
    return false;
}

/* wanted_open - what the rules leave of the records; false: out of memory */
static bool wanted_open(struct wanted_set *set, const struct host *host)
{
    memset(set, 0, sizeof *set);
    set->records = calloc(host->srv->records_count + 1, sizeof *set->records);
    if (set->records == NULL)
        return false;
    for (size_t i = 0; i < host->records_count; i++)
        wanted_take(set, host, host->records[i].record, &host->records[i]);
    for (size_t i = 0; i < host->srv->records_count; i++) {
        if (!is_judged(host, &host->srv->records[i]))
            wanted_take(set, host, &host->srv->records[i], NULL);
    }
    return true;
}

/* wanted_drop - records of these kinds go, or those of them only that receivers read as another kind today */
static void wanted_drop(struct wanted_set *set, unsigned kinds, bool turned_only)
{
    for (size_t i = 0; i < set->count; i++) {
        struct wanted *wanted = &set->records[i];

        wanted->gone = wanted->gone || (is_of(wanted, kinds) && (wanted->turned || !turned_only));
    }
}

/* wanted_agree - no record contradicts another one: what receivers do today counts, and of what they will learn only
 * now rather that a host may send than that it may not */
static void wanted_agree(struct wanted_set *set)
{
    unsigned today = 0;

    for (size_t i = 0; i < set->count; i++)
        today |= set->records[i].gone || set->records[i].turned ? 0U : 1U << set->records[i].kind;
    if ((today & PROHIBITS) != 0)
        wanted_drop(set, ALLOWS | IGNORES, false);
    else if ((today & ALLOWS) == 0 && (today & IGNORES) != 0)
        wanted_drop(set, PROHIBITS | ALLOWS, true);
    else if (has_kind(set, ALLOWS))
        wanted_drop(set, PROHIBITS | IGNORES, false);
}

/* listed - the addresses that the record will list; null: it is not known which */
static const struct host_addresses *listed(const struct host *host, const struct wanted *wanted)
{
    if (strcmp(wanted->srv.target, host->name) == 0)
        return &host->addresses;
    return wanted->judged == NULL || wanted->judged->listed.a == NULL ? NULL : &wanted->judged->listed;
}

/* is_listed - will some record list this address? */
static bool is_listed(const struct host *host, const struct wanted_set *set, const struct vouch_record *address)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct wanted *wanted = &set->records[i];
        const struct host_addresses *addresses = is_of(wanted, ALLOWS) ? listed(host, wanted) : NULL;

        if (addresses != NULL && strcmp(wanted->srv.target, host->name) != 0 &&
            (lint_holds(addresses->a, address) || lint_holds(addresses->aaaa, address)))
            return true;
    }
    return false;
}

/* is_common - may the name itself be the target of all? It is no alias, and a target of its own or without other
 * addresses than theirs */
static bool is_common(const struct host *host, const struct wanted_set *set)
{
    const struct host_addresses *own = &host->addresses;

    if (host_misses_addresses(host->run, own) || lint_is_found(lint_ask(host->run, host->name, VOUCH_TYPE_CNAME)))
        return false;
    for (size_t i = 0; i < set->count; i++) {
        if (is_of(&set->records[i], ALLOWS) && strcmp(set->records[i].srv.target, host->name) == 0)
            return true;
    }
    for (size_t i = 0; i < own->a->records_count; i++) {
        if (!is_listed(host, set, &own->a->records[i]))
            return false;
    }
    for (size_t i = 0; i < own->aaaa->records_count; i++) {
        if (!is_listed(host, set, &own->aaaa->records[i]))
            return false;
    }
    return true;
}

/* merge_judge - what the one record has to say, Explicit if any says it; false: they cannot become one */
static bool merge_judge(struct wanted_set *set, const struct host *host)
{
    const struct wanted *first = NULL;

    for (size_t i = 0; i < set->count; i++) {
        const struct wanted *wanted = &set->records[i];
        const struct host_addresses *addresses;

        if (!is_of(wanted, PROHIBITS | ALLOWS | IGNORES))
            continue;
        if (first == NULL)
            set->one = wanted->srv;
        first = first == NULL ? wanted : first;
        set->one.port |= wanted->srv.port;
        if (wanted->kind != CSA_ALLOW || strcmp(wanted->srv.target, first->srv.target) == 0)
            continue;
        set->spread = true;
        addresses = listed(host, wanted);
        if (addresses == NULL || listed(host, first) == NULL || host_misses_addresses(host->run, addresses) ||
            host_misses_addresses(host->run, listed(host, first)))
            return false;
    }
    if (set->spread)
        memcpy(set->one.target, host->name, strlen(host->name) + 1);
    return !set->spread || is_common(host, set);
}

/* is_one - is the record the one that all become? */
static bool is_one(const struct wanted_set *set, const struct wanted *wanted)
{
    return wanted->stays && wanted->srv.weight == set->one.weight && wanted->srv.port == set->one.port &&
           strcmp(wanted->srv.target, set->one.target) == 0;
}

/* merge - all records that say something become one; false: they cannot, and stay as they are */
static bool merge(struct wanted_set *set, const struct host *host)
{
    if (host->srv->records_count > HOST_RECORDS_MAX || !merge_judge(set, host))
        return false;
    for (size_t i = 0; i < set->count; i++) {
        struct wanted *wanted = &set->records[i];

        wanted->merged = is_of(wanted, PROHIBITS | ALLOWS | IGNORES);
        wanted->gone = wanted->gone || wanted->merged;
        if (wanted->merged && (set->heir == NULL || (!is_one(set, set->heir) && is_one(set, wanted))))
            set->heir = wanted;
    }
    if (set->heir == NULL)
        return true;
    set->heir->gone = false;
    set->heir->stays = is_one(set, set->heir);
    return true;
}

/* add_set - lines that change the record set. What is reached through an alias stands at another owner: so the alias
 * goes, and what stays is published in its place. */
static void add_set(struct lint_draft *draft, const struct host *host, const struct wanted_set *set)
{
    const struct vouch_bytes message = host->srv->message;
    bool moves = host->through || host->elsewhere != NULL;

    if (host->alias != NULL)
        lint_delete_all(draft, host->owner, host->alias);
    for (size_t i = 0; i < set->count; i++) {
        const struct wanted *wanted = &set->records[i];

        if (host->elsewhere != NULL)
            lint_delete(draft, host->elsewhere, wanted->record, message);
        else if (!host->through && (wanted->gone || !wanted->stays || host->retimed))
            lint_delete(draft, host->owner, wanted->record, message);
    }
    for (size_t i = 0; i < set->count; i++) {
        const struct wanted *wanted = &set->records[i];

        if (!wanted->gone && !wanted->stays)
            lint_publish_srv(draft, host->name, host->ttl_s, wanted == set->heir ? &set->one : &wanted->srv);
        else if (!wanted->gone && (moves || host->retimed))
            lint_publish(draft, host->owner, host->ttl_s, wanted->record, message);
    }
}

/* add_merged - what the records listed stands at the name itself from now on */
static void add_merged(struct lint_draft *draft, const struct host *host, const struct wanted_set *set)
{
    for (size_t i = 0; i < set->count && set->spread; i++) {
        const struct wanted *wanted = &set->records[i];
        const struct host_addresses *addresses = wanted->merged ? listed(host, wanted) : NULL;

        if (addresses == NULL || addresses == &host->addresses)
            continue;
        host_publish_addresses(draft, host, addresses);
    }
}

void csa_mend_settle(struct host *host)
{
    struct wanted_set set;
    struct lint_draft draft;

    if (!wanted_open(&set, host)) {
        host->run->result->failed = true;
        return;
    }
    wanted_agree(&set);
    host->single = merge(&set, host);
    lint_begin(&draft, host->run, LINT_WORDS, host->owner);
    add_set(&draft, host, &set);
    if (host->single)
        add_merged(&draft, host, &set);
    lint_lines_add(&host->mend, &draft.mend);
    lint_lines_add(&host->mend, &host->others.text);
    host->will_send = has_kind(&set, ALLOWS);
    host->will_refuse = has_kind(&set, PROHIBITS);
    lint_drop(&draft);
    free(set.records);
    host->settled = true;
}

void csa_mend_add(struct lint_draft *draft, const struct host *host)
{
    const struct lint_text *text = &host->mend.text;

    draft->mend.failed = draft->mend.failed || text->failed;
    lint_add(&draft->mend, "%s", text->data == NULL ? "" : text->data);
}

void csa_mend(struct lint_draft *draft, struct host *host)
{
    host->changed = true;
    if (!host->settled)
        lint_lines_add(&host->others, &draft->mend);
    lint_clear(&draft->mend);
    if (host->settled)
        csa_mend_add(draft, host);
}

void csa_replace(struct lint_draft *draft, struct host *host, struct host_record *record)
{
    record->change = HOST_BETTER;
    csa_mend(draft, host);
}

void csa_remove(struct lint_draft *draft, struct host *host, struct host_record *record)
{
    record->change = HOST_GOES;
    csa_mend(draft, host);
}

bool csa_mend_deletes(const struct host *host, const char *owner, const struct vouch_record *record,
                      struct vouch_bytes message)
{
    struct lint_draft draft;
    bool deletes;

    if (host->settled)
        return false; /* the mend is known, whatever is added to it */
    lint_begin(&draft, host->run, LINT_WORDS, owner);
    lint_delete(&draft, owner, record, message);
    deletes = draft.mend.data != NULL && lint_lines_has(&host->others, draft.mend.data);
    lint_drop(&draft);
    return deletes;
}
