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

/* is_public - the address of a record, if clients on the Internet may have it */
static bool is_public(const struct vouch_record *record)
{
    struct vouch_address address;

    return lint_read_address(&address, record) && address_use(&address) != ADDRESS_LOCAL;
}

void host_publish_addresses(struct lint_draft *draft, const struct host *host, const struct host_addresses *addresses)
{
    const struct vouch_answer *answers[] = {addresses->a, addresses->aaaa};

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        for (size_t k = 0; k < answers[i]->records_count; k++) {
            if (is_public(&answers[i]->records[k]))
                lint_publish(draft, host->name, host->ttl_s, &answers[i]->records[k], answers[i]->message);
        }
    }
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

/* lists - does the answer hold an address that clients on the Internet may have? */
static bool lists(const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++) {
        if (is_public(&answer->records[i]))
            return true;
    }
    return false;
}

bool host_lists(const struct host_addresses *addresses)
{
    return lists(addresses->a) || lists(addresses->aaaa);
}

bool host_lists_nothing(const struct lint_run *run, const struct host_addresses *addresses)
{
    return !host_misses_addresses(run, addresses) && !host_lists(addresses);
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

bool host_replace_alias(struct lint_draft *draft, const struct host *host, const struct vouch_answer *alias)
{
    static const uint16_t types[] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA, VOUCH_TYPE_TXT, LINT_TYPE_MX};
    const struct vouch_answer *answers[sizeof types / sizeof types[0]];

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        answers[i] = lint_ask(host->run, host->name, types[i]);
        if (is_partial(host->run, answers[i]))
            return false;
    }
    lint_delete_all(draft, host->name, alias);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        lint_publish_all(draft, host->name, host->ttl_s, answers[i]);
    lint_add(&draft->advice, "What else the alias leads to, such as CAA records, %s has to get as well.", host->name);
    return true;
}

void host_default(const struct host *host, struct lint_srv *srv)
{
    const struct host_addresses *own = &host->addresses;
    struct text text;

    srv->weight = host_lists_nothing(host->run, own) ? 1 : 2;
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

bool host_sends(const struct host *host)
{
    const unsigned sends = LINT_HELO | LINT_MX | LINT_POINTERS | LINT_SPF;

    return (host->run->roles & sends) != 0 || spf_sender(host->run, host->name, &host->addresses) != SPF_SILENT;
}

/* holds_all - are all addresses of the one answer in the other? */
static bool holds_all(const struct vouch_answer *answer, const struct vouch_answer *own)
{
    for (size_t i = 0; i < own->records_count; i++) {
        if (!lint_holds(answer, &own->records[i]))
            return false;
    }
    return true;
}

bool host_would_refuse(const struct host *host, const struct lint_srv *srv)
{
    struct host_addresses listed;

    if (srv->weight == 3 || (srv->weight == 2 && strcmp(srv->target, host->name) == 0) || !host_sends(host))
        return false;
    if (srv->weight == 1)
        return true;
    host_ask_addresses(host->run, srv->target, &listed);
    return host_misses_addresses(host->run, &host->addresses) || !holds_all(listed.a, host->addresses.a) ||
           !holds_all(listed.aaaa, host->addresses.aaaa);
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
        if (srv.weight == 1 || host_sends(host)) {
            host_delete_alias(&draft, host);
            lint_publish_srv(&draft, host->name, host->ttl_s, &srv);
        } else {
            lint_add(&draft.advice, "Publish the record itself: Weight 2 if %s sends mail, 1 if it never does.",
                     host->name);
        }
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

bool host_is_exchanger(struct lint_run *run, const char *domain, const char *name)
{
    const struct vouch_answer *mx = lint_ask(run, domain, LINT_TYPE_MX);
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
    if (host_is_exchanger(&run, name, name))
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
