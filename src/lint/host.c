/*
 * host.c - judges one name: finds out what its records are, then lets the families of rules look at them.
 */
#include "lint/host.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void host_ask_addresses(struct lint_run *run, const char *name, struct host_addresses *addresses)
{
    addresses->a = lint_ask(run, name, VOUCH_TYPE_A);
    addresses->aaaa = lint_ask(run, name, VOUCH_TYPE_AAAA);
}

bool host_has_addresses(const struct host_addresses *addresses)
{
    return lint_is_found(addresses->a) || lint_is_found(addresses->aaaa);
}

bool host_lacks_addresses(const struct lint_run *run, const struct host_addresses *addresses)
{
    return lint_is_absent(run, addresses->a) && lint_is_absent(run, addresses->aaaa);
}

bool host_misses_addresses(const struct host_addresses *addresses)
{
    return addresses->a->status > VOUCH_CHAIN || addresses->aaaa->status > VOUCH_CHAIN;
}

void host_default(const struct host *host, struct lint_srv *srv)
{
    struct text text;

    srv->weight = host_lacks_addresses(host->run, &host->addresses) ? 1 : 2;
    srv->port = 0;
    text_init(&text, srv->target, sizeof srv->target);
    text_add(&text, host->name);
}

bool host_may_send(const struct host *host)
{
    const unsigned sends = LINT_HELO | LINT_MX;

    if (host->records_count != 0)
        return host->allows && !host->prohibits;
    return (host->run->roles & sends) != 0;
}

/* record_order - as csa sorts them: by fields, then target; malformed ones last */
static int record_order(const void *left, const void *right)
{
    const struct csa_record *a = &((const struct host_record *)left)->csa;
    const struct csa_record *b = &((const struct host_record *)right)->csa;

    if (a->kind == CSA_BAD_RDATA || b->kind == CSA_BAD_RDATA)
        return (a->kind == CSA_BAD_RDATA) - (b->kind == CSA_BAD_RDATA);
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return name_order(&a->target, &b->target);
}

/* host_read_records - take the records of the answer, in an order of their own */
static void host_read_records(struct host *host)
{
    for (size_t i = 0; i < host->srv->records_count && host->records_count < HOST_RECORDS_MAX; i++) {
        struct host_record *record = &host->records[host->records_count++];

        record->record = &host->srv->records[i];
        csa_judge_record(&record->csa, record->record->rdata, host->srv->message);
        if (record->csa.target.length != 0)
            vouch_name_format(record->csa.target.wire, record->target);
        host->prohibits = host->prohibits || record->csa.kind == CSA_PROHIBIT;
        host->allows = host->allows || record->csa.kind == CSA_ALLOW;
        host->ignores = host->ignores || record->csa.kind == CSA_IGNORE_TARGET;
    }
    if (host->records_count != 0)
        qsort(host->records, host->records_count, sizeof host->records[0], record_order);
}

/* host_alias_lint - the CSA record is reached through an alias, or through too many */
static void host_alias_lint(struct host *host)
{
    const struct vouch_answer *alias = lint_ask(host->run, host->owner, VOUCH_TYPE_CNAME);
    bool chain = host->srv->status == VOUCH_CHAIN;
    struct lint_draft draft;
    struct lint_srv srv;

    if (!lint_is_found(alias) || (!chain && !lint_is_found(host->srv)))
        return;
    lint_begin(&draft, host->run, chain ? LINT_RECORD_CHAIN : LINT_RECORD_CNAME, host->owner);
    lint_add_answer(&draft.evidence, alias);
    if (chain) {
        host_default(host, &srv);
        lint_delete_all(&draft, host->owner, alias);
        lint_publish_srv(&draft, host->name, host->ttl_s, &srv);
    }
    lint_end(&draft);
}

/* host_open - ask for what every family needs */
static void host_open(struct host *host, struct lint_run *run, const char *name)
{
    memset(host, 0, sizeof *host);
    host->run = run;
    host->name = name;
    lint_join(host->owner, "_client._smtp", name);
    host->srv = lint_ask(run, host->owner, VOUCH_TYPE_SRV);
    host_ask_addresses(run, name, &host->addresses);
    host->ttl_s = lint_is_found(host->srv)           ? lint_ttl(run, host->srv)
                  : lint_is_found(host->addresses.a) ? lint_ttl(run, host->addresses.a)
                                                     : lint_ttl(run, host->addresses.aaaa);
}

/* host_is_unknown - the name is not in the DNS, nor anything below it; says so */
static bool host_is_unknown(const struct host *host)
{
    const struct vouch_answer *soa = lint_ask(host->run, host->name, VOUCH_TYPE_SOA);
    struct lint_draft draft;

    if ((host->run->roles & (LINT_HELO | LINT_DOMAIN)) == 0 || soa->status != VOUCH_NXDOMAIN ||
        !lint_is_absent(host->run, soa) || lint_is_found(host->srv))
        return false;
    lint_begin(&draft, host->run, LINT_NO_SUCH_NAME, host->name);
    lint_add(&draft.evidence, "%s: nxdomain", host->name);
    lint_add(&draft.advice, "Look for a slip in the name; else publish its addresses and its record.");
    lint_end(&draft);
    return true;
}

/* host_lint - all families */
static void host_lint(struct host *host)
{
    bool answered = host->srv->status <= VOUCH_NXDOMAIN;

    if (host_is_unknown(host))
        return;
    host_alias_lint(host);
    if (lint_is_found(host->srv))
        host->synthesized = explicit_is_synthesized(host->run, host->name, host->srv);
    if (lint_is_found(host->srv) && !host->synthesized) {
        host_read_records(host);
        csa_record_lint(host);
        csa_set_lint(host);
        explicit_lint(host);
        size_lint(host);
        ttl_lint(host);
    }
    if (answered && !host->synthesized && lint_is_absent(host->run, host->srv))
        csa_missing_lint(host);
    wildcard_lint(host->run, host->name);
    neighbour_lint(host);
    pointer_lint(host);
    view_lint(host->run, host->name);
    server_lint(host->run, host->name);
}

/* host_judge - judge a name whose zone and name servers are known */
static void host_judge(struct lint_run *run, const char *name)
{
    struct host *host = malloc(sizeof *host);

    if (host == NULL) {
        run->result->failed = true;
        return;
    }
    host_open(host, run, name);
    dnssec_lint_answer(run, host->owner, VOUCH_TYPE_SRV);
    if (host->owner[0] != '\0')
        host_lint(host);
    free(host);
}

bool lint_host(struct lint_result *result, const struct lint_world *world, const char *name, unsigned roles)
{
    struct lint_run run;
    size_t labels = lint_labels(name);

    lint_run_init(&run, result, world, roles);
    if (!name_lint(&run, name))
        return !run.pending;
    zone_find_root(&run, name);
    if ((roles & LINT_ALONE) != 0) {
        zone_find_servers(&run);
        dnssec_lint(&run);
    }
    host_judge(&run, name);
    /* A wildcard above the name may be what its records come from. */
    for (size_t up = 1; (roles & LINT_ALONE) != 0 && run.domain[0] != '\0' && labels - up >= lint_labels(run.domain) &&
                        up < labels && lint_is_within(name, run.domain);
         up++)
        wildcard_lint(&run, lint_suffix(name, labels - up));
    return !run.pending;
}

/* domain_exchangers - judge the mail exchangers within the domain */
static void domain_exchangers(struct lint_run *run, const char *name)
{
    const struct vouch_answer *mx = lint_ask(run, name, LINT_TYPE_MX);
    char exchanger[VOUCH_NAME_TEXT_SIZE];

    for (size_t i = 0; i < mx->records_count; i++) {
        if (!lint_read_name(exchanger, &mx->records[i], mx->message, 2) || strcmp(exchanger, name) == 0 ||
            strcmp(exchanger, ".") == 0 || !lint_is_within(exchanger, name))
            continue;
        run->roles = (run->roles & LINT_ALONE) | LINT_MX;
        if (name_lint(run, exchanger))
            host_judge(run, exchanger);
    }
}

/* domain_is_exchanger - does the domain's own name take its mail? */
static bool domain_is_exchanger(struct lint_run *run, const char *name)
{
    const struct vouch_answer *mx = lint_ask(run, name, LINT_TYPE_MX);
    char exchanger[VOUCH_NAME_TEXT_SIZE];

    for (size_t i = 0; i < mx->records_count; i++) {
        if (lint_read_name(exchanger, &mx->records[i], mx->message, 2) && strcmp(exchanger, name) == 0)
            return true;
    }
    return false;
}

bool lint_domain(struct lint_result *result, const struct lint_world *world, const char *name, unsigned roles)
{
    struct lint_run run;

    lint_run_init(&run, result, world, roles | LINT_DOMAIN);
    zone_find_root(&run, name);
    if ((roles & LINT_ALONE) != 0)
        zone_find_servers(&run);
    dnssec_lint(&run);
    if (domain_is_exchanger(&run, name))
        run.roles |= LINT_MX;
    if (name_lint(&run, name))
        host_judge(&run, name);
    if ((roles & LINT_ALONE) != 0)
        domain_exchangers(&run, name);
    return !run.pending;
}

bool lint_reports(struct lint_result *result, const struct lint_world *world, const char *name)
{
    struct lint_run run;
    const struct vouch_answer *txt;

    lint_run_init(&run, result, world, 0);
    zone_find_root(&run, name);
    txt = lint_ask(&run, name, VOUCH_TYPE_TXT);
    if (lint_is_found(txt))
        report_lint(&run, name, txt);
    return !run.pending;
}
