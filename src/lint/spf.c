/*
 * spf.c - judges the hosts that the domain's SPF record lets send one by one: what Explicit must not forget.
 */
#include "lint/host.h"

#include "base/address.h"
#include "publish/spf.h"

#include <string.h>

/* SPF records within the domain: the domain's own, and those that it leads to. */
struct spf_owners {
    char names[SPF_RECORDS_MAX + 1][VOUCH_NAME_TEXT_SIZE];
    size_t count;
};

/* spf_follow - have the SPF record of this name looked at, once */
static void spf_follow(struct spf_owners *owners, const char *name)
{
    for (size_t i = 0; i < owners->count; i++) {
        if (strcmp(owners->names[i], name) == 0)
            return;
    }
    if (owners->count < sizeof owners->names / sizeof owners->names[0])
        memcpy(owners->names[owners->count++], name, strlen(name) + 1);
}

/* spf_judge_host - judge a name below the domain */
static void spf_judge_host(struct lint_run *run, const char *domain, const char *name)
{
    unsigned roles = run->roles;

    if (!publish_name_is_within(name, domain) || strcmp(name, domain) == 0)
        return;
    run->roles = (roles & LINT_ALONE) | LINT_SPF;
    if (name_lint(run, name))
        host_judge(run, name);
    run->roles = roles;
}

/* spf_judge_exchangers - judge the mail exchangers of a name; those of the domain are judged as such */
static void spf_judge_exchangers(struct lint_run *run, const char *domain, const char *name)
{
    const struct vouch_answer *mx = strcmp(name, domain) == 0 ? NULL : lint_ask(run, name, LINT_TYPE_MX);
    char exchanger[VOUCH_NAME_TEXT_SIZE];

    for (size_t i = 0; mx != NULL && i < mx->records_count; i++) {
        if (lint_read_name(exchanger, &mx->records[i], mx->message, 2))
            spf_judge_host(run, domain, exchanger);
    }
}

/* Looks at the terms of an SPF record one by one. */
typedef void spf_visit(void *visitor, struct lint_run *run, const char *domain, const struct spf_term *term);

/* spf_each - visit the terms of the SPF records of a name, and of those within the domain that they lead to; false:
 * part of them is not known */
static bool spf_each(struct lint_run *run, const char *domain, const char *name, spf_visit *visit, void *visitor)
{
    struct spf_owners owners = {.count = 0};
    bool known = true;

    spf_follow(&owners, name);
    for (size_t i = 0; i < owners.count; i++) {
        const struct vouch_answer *txt = lint_ask(run, owners.names[i], VOUCH_TYPE_TXT);

        known = known && !txt->cut && (txt->status <= VOUCH_NXDOMAIN || txt->status == VOUCH_CHAIN);
        for (size_t k = 0; k < txt->records_count; k++) {
            struct spf_term term;
            struct spf spf;

            if (!spf_open(&spf, owners.names[i], txt->records[k].rdata))
                continue;
            while (spf_next(&spf, &term)) {
                if (term.kind != SPF_RECORD)
                    visit(visitor, run, domain, &term);
                else if (publish_name_is_within(term.name, domain))
                    spf_follow(&owners, term.name);
            }
        }
    }
    return known;
}

/* spf_judge - judge the names of one term */
static void spf_judge(void *visitor, struct lint_run *run, const char *domain, const struct spf_term *term)
{
    (void)visitor;
    if (term->kind == SPF_HOST)
        spf_judge_host(run, domain, term->name);
    else if (term->kind == SPF_EXCHANGERS)
        spf_judge_exchangers(run, domain, term->name);
}

void spf_lint(struct lint_run *run, const char *name)
{
    spf_each(run, name, name, spf_judge, NULL);
}

/* A name that is looked for in SPF records. */
struct spf_sought {
    const char *name;
    const struct host_addresses *own;
    bool named, listed; /* by its name; one of its addresses */
};

/* spf_seek - does the term let the name send, or one of its addresses? */
static void spf_seek(void *visitor, struct lint_run *run, const char *domain, const struct spf_term *term)
{
    struct spf_sought *sought = visitor;
    const struct vouch_answer *answers[] = {sought->own->a, sought->own->aaaa};

    (void)domain;
    if (term->kind == SPF_HOST)
        sought->named = sought->named || strcmp(term->name, sought->name) == 0;
    else if (term->kind == SPF_EXCHANGERS)
        sought->named = sought->named || host_is_exchanger(run, term->name, sought->name);
    for (size_t i = 0; term->kind == SPF_ADDRESS && i < sizeof answers / sizeof answers[0]; i++) {
        for (size_t k = 0; k < answers[i]->records_count; k++)
            sought->listed = sought->listed || address_equals(&term->address, answers[i]->records[k].rdata);
    }
}

enum spf_sender spf_sender(struct lint_run *run, const char *name, const struct host_addresses *own)
{
    struct spf_sought sought = {.name = name, .own = own};
    const char *domain = run->domain[0] == '\0' ? name : run->domain;
    bool known = spf_each(run, domain, name, spf_seek, &sought);

    if (strcmp(name, domain) != 0)
        known = spf_each(run, domain, domain, spf_seek, &sought) && known;
    if (sought.named || (sought.listed && own->a->records_count + own->aaaa->records_count == 1))
        return SPF_SENDS;
    return known && !sought.listed ? SPF_SILENT : SPF_UNCLEAR;
}
