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

/* better_weight - the weight that was probably meant */
static uint16_t better_weight(const struct host *host, const struct csa_record *csa)
{
    if (csa->weight <= (csa->kind == CSA_OTHER_VERSION ? 3 : WEIGHT_BITS_MAX) && (csa->weight & 3) != 0)
        return csa->weight & 3;
    return csa->kind == CSA_PROHIBIT || host_lacks_addresses(host->run, &host->addresses) ? 1 : 2;
}

/* better_port - the port that was probably meant: of a TCP port nothing is left */
static uint16_t better_port(const struct csa_record *csa)
{
    return csa->port <= PORT_BITS_MAX ? csa->port & 1 : 0;
}

/* misread - one finding about a record that says nothing today, or something else */
static void misread(struct host *host, struct host_record *record, enum lint_word word, const char *advice)
{
    finding(host, record, word, advice);
    if (record->better.weight == 2)
        csa_target_lint_own(host, record);
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
    bool listed = record->csa.kind == CSA_ALLOW;

    record->better.weight = better_weight(host, &record->csa);
    record->better.port = record->csa.kind == CSA_BAD_RDATA ? 0 : better_port(&record->csa);
    memcpy(record->better.target, listed ? record->target : host->name,
           listed ? sizeof record->target : strlen(host->name) + 1);
}

void csa_record_lint(struct host *host)
{
    for (size_t i = 0; i < host->records_count; i++) {
        better(host, &host->records[i]);
        record_lint(host, &host->records[i]);
    }
}
