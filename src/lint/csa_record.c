/*
 * csa_record.c - rules about each CSA record by itself: version, weight, port, placeholder. [CSA 4, 5]
 *
 * All findings about a record have the same better record, which becomes part of the mend of the set.
 */
#include "lint/host.h"
#include "publish/plan.h"

#include <string.h>

#define PORT_BITS_MAX   15 /* up to here the number looks like bits, beyond it like a TCP port */
#define WEIGHT_BITS_MAX 7  /* the same: beyond it like the weight of a load balancer */

/* finding - one finding about a record: what is wrong, and the record as it should be */
static void finding(struct host *host, struct host_record *record, enum lint_word word, const char *advice)
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, word, host->owner);
    lint_add_rdata(&draft.evidence, record->record, host->srv->message);
    csa_replace(&draft, host, record);
    lint_add(&draft.advice, "%s", advice);
    lint_end(&draft);
    record->faulty = true;
}

/* better_weight - the weight that was probably meant; of nobody who sends it is guessed that they never do */
static uint16_t better_weight(const struct host *host, const struct host_record *record)
{
    const struct csa_record *csa = &record->csa;

    if (csa->weight <= (csa->kind == CSA_OTHER_VERSION ? 3 : WEIGHT_BITS_MAX) && (csa->weight & 3) != 0)
        return csa->weight & 3;
    if (csa->kind == CSA_PROHIBIT)
        return 1;
    return strcmp(record->target, host->name) == 0 && host_lacks_addresses(host->run, &host->addresses) ? 1 : 2;
}

/* better_port - the port that was probably meant: of a TCP port nothing is left. What does not disown names below it
 * today will not: some of them may send. */
static uint16_t better_port(const struct host *host, const struct csa_record *csa)
{
    return host_record_speaks(csa) && host->elsewhere == NULL && csa->port <= PORT_BITS_MAX ? csa->port & 1 : 0;
}

/* is_clear - can it be told what a record was meant to say that says nothing today? No receiver may learn from it to
 * refuse a host that sends, or to pass one that the record does not list. */
static bool is_clear(struct host *host, struct host_record *record)
{
    struct host_addresses addresses;

    if (record->csa.kind == CSA_BAD_RDATA || record->csa.kind == CSA_FOREIGN) {
        if (!host_sends(host))
            return false;
    }
    if (record->better.weight == 3)
        return true;
    if (strcmp(record->better.target, ".") == 0 || host_would_refuse(host, &record->better))
        return false;
    if (record->better.weight == 1)
        return strcmp(record->target, host->name) == 0;
    host_ask_addresses(host->run, record->better.target, &addresses);
    return !host_lists_nothing(host->run, &addresses);
}

/* are_clear - can it be told of all records, and do they agree? */
static bool are_clear(struct host *host)
{
    for (size_t i = 0; i < host->records_count; i++) {
        if (!is_clear(host, &host->records[i]) ||
            (host->records[i].better.weight == 1) != (host->records[0].better.weight == 1))
            return false;
    }
    return true;
}

/* misread - one finding about a record that says nothing today: beside others that do it goes */
static void misread(struct host *host, struct host_record *record, enum lint_word word, const char *advice)
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, word, host->owner);
    lint_add_rdata(&draft.evidence, record->record, host->srv->message);
    lint_add(&draft.advice, "%s", advice);
    record->faulty = true;
    if (host->prohibits || host->allows || host->ignores) {
        csa_remove(&draft, host, record);
    } else if (are_clear(host)) {
        csa_replace(&draft, host, record);
        if ((record->csa.port & 1) != 0 && record->csa.port <= PORT_BITS_MAX)
            lint_add(&draft.advice, "%sSet Port to 1 again once every name below that sends has a record.",
                     draft.advice.length == 0 ? "" : " ");
    } else {
        lint_add(&draft.advice,
                 "%sPublish Weight 2 and as Target the name that has the addresses of the hosts that send, or Weight 1 "
                 "and %s if none does.",
                 draft.advice.length == 0 ? "" : " ", host->name);
    }
    lint_end(&draft);
    if (record->change != HOST_BETTER || record->better.weight != 2)
        return;
    memcpy(record->target, record->better.target, sizeof record->target);
    csa_target_lint(host, record);
}

/* other_version - a version that receivers skip; beside one that they read it may stay */
static void other_version(struct host *host, struct host_record *record)
{
    struct lint_draft draft;

    if (!host->prohibits && !host->allows && !host->ignores) {
        misread(host, record, LINT_OTHER_VERSION, "Priority is not a preference: publish it as 1.");
        return;
    }
    lint_begin(&draft, host->run, LINT_EXTRA_VERSION, host->owner);
    lint_add_rdata(&draft.evidence, record->record, host->srv->message);
    csa_remove(&draft, host, record);
    lint_end(&draft);
}

/* placeholder_lint - the target of a record whose target is not looked up */
static void placeholder_lint(struct host *host, struct host_record *record)
{
    if (name_is_root(&record->csa.target))
        finding(host, record, LINT_PLACEHOLDER_ROOT, "");
    else if (strcmp(record->target, host->name) != 0)
        finding(host, record, LINT_PLACEHOLDER_TARGET, "");
}

/* port_lint - bits that say nothing, and numbers that say too much */
static void port_lint(struct host *host, struct host_record *record)
{
    uint16_t port = record->csa.port;

    if (port <= 1)
        return;
    if (port > PORT_BITS_MAX && (port & 1) != 0)
        finding(host, record, LINT_PORT_NUMBER, "CSA needs no TCP port: publish 0.");
    else
        finding(host, record, LINT_PORT_BITS,
                port == PLAN_UNKNOWN ? "That is right where the hoster's form refuses Port 0: receivers ignore the bit."
                                     : "");
}

/* valid_lint - a record of this version that says something */
static void valid_lint(struct host *host, struct host_record *record)
{
    struct lint_draft draft;

    port_lint(host, record);
    if (record->csa.kind == CSA_PROHIBIT && record->csa.weight == 0)
        finding(host, record, LINT_WEIGHT_ZERO,
                "Weight 1 says the same in plain words. If hosts of this name send mail, publish Weight 2.");
    if (record->csa.kind == CSA_ALLOW) {
        csa_target_lint(host, record);
        return;
    }
    placeholder_lint(host, record);
    if (record->csa.kind != CSA_IGNORE_TARGET)
        return;
    lint_begin(&draft, host->run, LINT_IGNORE_TARGET, host->owner);
    lint_add_rdata(&draft.evidence, record->record, host->srv->message);
    lint_add(&draft.advice,
             "Publish Weight 2 once the addresses of %s can be listed. Till then praise counts only for clients that "
             "prove the name with a TLS certificate.",
             host->name);
    lint_end(&draft);
}

/* record_lint - everything about one record */
static void record_lint(struct host *host, struct host_record *record)
{
    switch (record->csa.kind) {
    case CSA_BAD_RDATA:
        misread(host, record, LINT_BAD_RDATA, "");
        break;
    case CSA_OTHER_VERSION:
        other_version(host, record);
        break;
    case CSA_RESERVED_WEIGHT:
        misread(host, record, LINT_RESERVED_WEIGHT, "Weight is no preference: 1 never sends, 2 sends, 3 may send.");
        break;
    case CSA_FOREIGN:
        misread(host, record, LINT_NOT_CSA, "");
        break;
    case CSA_PROHIBIT:
    case CSA_ALLOW:
    case CSA_IGNORE_TARGET:
        valid_lint(host, record);
        break;
    }
}

/* better - the record without its faults, but for those of a target that is looked up */
static void better(const struct host *host, struct host_record *record)
{
    bool listed = false;

    record->better.weight = better_weight(host, record);
    record->better.port = better_port(host, &record->csa);
    if (record->csa.kind != CSA_BAD_RDATA)
        listed = record->csa.kind == CSA_ALLOW || (!host_record_speaks(&record->csa) && record->better.weight == 2);
    memcpy(record->better.target, listed ? record->target : host->name,
           listed ? sizeof record->target : strlen(host->name) + 1);
    if (host->elsewhere != NULL && record->csa.port == 1)
        record->change = HOST_BETTER;
}

void csa_record_lint(struct host *host)
{
    for (size_t i = 0; i < host->records_count; i++)
        better(host, &host->records[i]);
    for (size_t i = 0; i < host->records_count; i++)
        record_lint(host, &host->records[i]);
}
