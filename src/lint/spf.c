/*
 * spf.c - judges the hosts that the domain's SPF record lets send one by one: what Explicit must not forget.
 */
#include "lint/host.h"

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

/* spf_judge - judge the names of one SPF record */
static void spf_judge(struct lint_run *run, const char *domain, struct spf *spf, struct spf_owners *owners)
{
    struct spf_term term;

    while (spf_next(spf, &term)) {
        switch (term.kind) {
        case SPF_HOST:
            spf_judge_host(run, domain, term.name);
            break;
        case SPF_EXCHANGERS:
            spf_judge_exchangers(run, domain, term.name);
            break;
        case SPF_RECORD:
            if (publish_name_is_within(term.name, domain))
                spf_follow(owners, term.name);
            break;
        case SPF_ADDRESS:
            break;
        }
    }
}

void spf_lint(struct lint_run *run, const char *name)
{
    struct spf_owners owners = {.count = 0};

    spf_follow(&owners, name);
    for (size_t i = 0; i < owners.count; i++) {
        const struct vouch_answer *txt = lint_ask(run, owners.names[i], VOUCH_TYPE_TXT);

        for (size_t k = 0; k < txt->records_count; k++) {
            struct spf spf;

            if (spf_open(&spf, owners.names[i], txt->records[k].rdata))
                spf_judge(run, name, &spf, &owners);
        }
    }
}
