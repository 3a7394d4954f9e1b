/*
 * host.c - judges one name: finds out what its records are, then lets the families of rules look at them.
 */
#include "lint/host.h"

#include "base/address.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void host_ask_addresses(struct lint_run *run, const char *name, struct host_addresses *addresses)
{
    addresses->a = lint_ask(run, name, VOUCH_TYPE_A);
    addresses->aaaa = lint_ask(run, name, VOUCH_TYPE_AAAA);
}

void host_publish_addresses(struct lint_draft *draft, const struct host *host, const struct host_addresses *addresses)
{
    lint_publish_all(draft, host->name, host->ttl_s, addresses->a);
    lint_publish_all(draft, host->name, host->ttl_s, addresses->aaaa);
}

bool host_has_addresses(const struct host_addresses *addresses)
{
    return lint_is_found(addresses->a) || lint_is_found(addresses->aaaa);
}

bool host_lacks_addresses(const struct lint_run *run, const struct host_addresses *addresses)
{
    return lint_is_absent(run, addresses->a) && lint_is_absent(run, addresses->aaaa);
}

/* is_partial - may there be records that this answer does not hold? */
static bool is_partial(const struct lint_run *run, const struct vouch_answer *answer)
{
    return answer->cut ||
           (answer->status != VOUCH_FOUND && answer->status != VOUCH_CHAIN && !lint_is_absent(run, answer));
}

bool host_misses_addresses(const struct lint_run *run, const struct host_addresses *addresses)
{
    return is_partial(run, addresses->a) || is_partial(run, addresses->aaaa);
}

bool host_is_synthesized(struct lint_run *run, const char *name, const struct vouch_answer *answer, uint16_t type)
{
    size_t labels = publish_name_labels(name);
    size_t root = run->domain[0] == '\0' || !publish_name_is_within(name, run->domain)
                      ? 2
                      : publish_name_labels(run->domain);

    for (size_t level = labels; level-- > root;) {
        char owner[VOUCH_NAME_TEXT_SIZE];
        const struct vouch_answer *wildcard;

        if (!lint_join(owner, "*", lint_suffix(name, level)) || strcmp(owner, name) == 0)
            continue;
        wildcard = lint_ask(run, owner, type);
        if (lint_is_found(wildcard) ? lint_equal(wildcard, answer) : !lint_is_absent(run, wildcard))
            return true;
    }
    return false;
}

bool host_is_free(struct lint_run *run, const char *name)
{
    static const uint16_t types[] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA, VOUCH_TYPE_PTR, LINT_TYPE_MX};
    const struct vouch_answer *alias = lint_ask(run, name, VOUCH_TYPE_CNAME);
    char owner[VOUCH_NAME_TEXT_SIZE];

    if (!lint_join(owner, "_client._smtp", name) || !lint_is_absent(run, alias))
        return false;
    if (alias->status == VOUCH_NXDOMAIN)
        return true;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!lint_is_absent(run, lint_ask(run, name, types[i])))
            return false;
    }
    return lint_is_absent(run, lint_ask(run, owner, VOUCH_TYPE_SRV));
}

void host_delete_alias(struct lint_draft *draft, const struct host *host)
{
    if (host->alias != NULL)
        lint_delete_all(draft, host->owner, host->alias);
}

/* is_local - do the records hold addresses only that prove nothing? */
static bool is_local(const struct vouch_answer *answer)
{
    struct vouch_address address;

    for (size_t i = 0; i < answer->records_count; i++) {
        if (!lint_read_address(&address, &answer->records[i]) || address_use(&address) != ADDRESS_LOCAL)
            return false;
    }
    return true;
}

void host_default(const struct host *host, struct lint_srv *srv)
{
    const struct host_addresses *own = &host->addresses;
    bool useless = !host_misses_addresses(host->run, own) && is_local(own->a) && is_local(own->aaaa);
    struct text text;

    srv->weight = host_lacks_addresses(host->run, own) || useless ? 1 : 2;
    srv->port = 0;
    text_init(&text, srv->target, sizeof srv->target);
    text_add(&text, host->name);
}

bool host_record_speaks(const struct csa_record *csa)
{
    return csa->kind == CSA_PROHIBIT || csa->kind == CSA_ALLOW || csa->kind == CSA_IGNORE_TARGET;
}

bool host_may_send(const struct host *host)
{
    const unsigned sends = LINT_HELO | LINT_MX;

    if (host->records_count != 0)
        return (host->allows && !host->prohibits) || host->will_send;
    return (host->run->roles & sends) != 0;
}

/* record_order - the order that receivers judge records in */
static int record_order(const void *left, const void *right)
{
    return csa_order(&((const struct host_record *)left)->csa, &((const struct host_record *)right)->csa);
}

/* host_read_records - take the records of the answer, in an order of their own; what any says counts, taken or not */
static void host_read_records(struct host *host)
{
    host->records_count = 0;
    for (size_t i = 0; i < host->srv->records_count; i++) {
        struct host_record record = {.record = &host->srv->records[i]};

        csa_judge_record(&record.csa, record.record->rdata, host->srv->message);
        if (record.csa.target.length != 0)
            vouch_name_format(record.csa.target.wire, record.target);
        host->prohibits = host->prohibits || record.csa.kind == CSA_PROHIBIT;
        host->allows = host->allows || record.csa.kind == CSA_ALLOW;
        host->ignores = host->ignores || record.csa.kind == CSA_IGNORE_TARGET;
        if (host->records_count < HOST_RECORDS_MAX)
            host->records[host->records_count++] = record;
    }
    if (host->records_count != 0)
        qsort(host->records, host->records_count, sizeof host->records[0], record_order);
}

/* host_alias_lint - is the owner an alias? The CSA record is reached through an alias, or through too many */
static void host_alias_lint(struct host *host)
{
    const struct vouch_answer *alias = lint_ask(host->run, host->owner, VOUCH_TYPE_CNAME);
    bool made = lint_is_found(alias) && host_is_synthesized(host->run, host->owner, alias, VOUCH_TYPE_CNAME);
    bool chain = host->srv->status == VOUCH_CHAIN;
    struct lint_draft draft;
    struct lint_srv srv;

    host->through = lint_is_found(alias);
    host->alias = host->through && !made ? alias : NULL;
    if (!host->through || (!chain && !lint_is_found(host->srv)))
        return;
    lint_begin(&draft, host->run, chain ? LINT_RECORD_CHAIN : LINT_RECORD_CNAME, host->owner);
    lint_add_answer(&draft.evidence, alias);
    if (chain && !made) {
        host_default(host, &srv);
        host_delete_alias(&draft, host);
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

/* records_lint - the families that judge the SRV records */
static void records_lint(struct host *host)
{
    host_read_records(host);
    if (host->elsewhere != NULL)
        csa_elsewhere_lint(host);
    csa_record_lint(host);
    csa_set_lint(host);
    explicit_lint(host);
    size_lint(host);
    ttl_lint(host);
}

void host_records_lint(struct host *host)
{
    struct lint_result *result = host->run->result;
    size_t before = result->findings_count;

    records_lint(host);
    if (!host->changed)
        return;
    if (host->retimed) { /* lines that were made before the TTL was known */
        lint_result_cut(result, before);
        lint_lines_clear(&host->others);
        records_lint(host);
    }
    csa_mend_settle(host);
    lint_result_cut(result, before);
    records_lint(host); /* once more, for findings with the mend of all */
}

/* host_free - give back a host */
static void host_free(struct host *host)
{
    lint_lines_free(&host->others);
    lint_lines_free(&host->mend);
    free(host);
}

/* host_lint - all families */
static void host_lint(struct host *host)
{
    bool answered = host->srv->status <= VOUCH_NXDOMAIN;

    if (dname_lint(host) || host_is_unknown(host))
        return;
    host_alias_lint(host);
    if (lint_is_found(host->srv))
        host->synthesized = explicit_is_synthesized(host->run, host->name, host->srv);
    if (lint_is_found(host->srv) && !host->synthesized) {
        host_records_lint(host);
    }
    if (answered && !host->synthesized && lint_is_absent(host->run, host->srv))
        csa_missing_lint(host);
    wildcard_lint(host->run, host->name);
    neighbour_lint(host);
    pointer_lint(host);
    view_lint(host);
    server_lint(host);
}

void host_judge(struct lint_run *run, const char *name)
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
    host_free(host);
}

/* wildcard_judge - judge the pointers that a wildcard gives to names [DNA 7] */
static void wildcard_judge(struct lint_run *run, const char *name)
{
    struct host *host = malloc(sizeof *host);

    if (host == NULL) {
        run->result->failed = true;
        return;
    }
    zone_find_root(run, name);
    host_open(host, run, name);
    pointer_lint(host);
    host_free(host);
}

bool lint_host(struct lint_result *result, const struct lint_world *world, const char *name, unsigned roles)
{
    struct lint_run run;
    size_t labels = publish_name_labels(name);

    lint_run_init(&run, result, world, roles);
    if ((roles & LINT_WILDCARD) != 0) {
        csa_star_lint(&run, name);
        wildcard_judge(&run, name);
        return !run.pending;
    }
    if (((roles & LINT_RECORD) != 0 && csa_star_lint(&run, name)) || !name_lint(&run, name))
        return !run.pending;
    zone_find_root(&run, name);
    if ((roles & LINT_ALONE) != 0) {
        zone_find_servers(&run);
        dnssec_lint(&run);
    }
    host_judge(&run, name);
    /* A wildcard above the name may be what its records come from. */
    for (size_t up = 1;
         (roles & LINT_ALONE) != 0 && run.domain[0] != '\0' && labels - up >= publish_name_labels(run.domain) &&
         up < labels && publish_name_is_within(name, run.domain);
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
            strcmp(exchanger, ".") == 0 || !publish_name_is_within(exchanger, name))
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
    if ((roles & LINT_ALONE) != 0) {
        domain_exchangers(&run, name);
        spf_lint(&run, name);
    }
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
