/*
 * csa_set.c - rules about the CSA records of a name together. [CSA 4, 5]
 */
#include "lint/host.h"

#include <string.h>

/* begin - a finding about all records of the name */
static void begin(struct lint_draft *draft, struct host *host, enum lint_word word)
{
    lint_begin(draft, host->run, word, host->owner);
    lint_add_answer(&draft->evidence, host->srv);
}

/* several_lint - more than one record that says the same kind of thing */
static void several_lint(struct host *host)
{
    struct lint_draft draft;
    size_t count = 0;

    for (size_t i = 0; i < host->records_count; i++)
        count += host_record_speaks(&host->records[i].csa);
    if (count < 2)
        return;
    begin(&draft, host, LINT_SEVERAL_RECORDS);
    if (!host->settled || host->single)
        csa_mend(&draft, host);
    if (host->allows)
        lint_add(&draft.advice, "Let one record stand and its target hold all addresses, or give the hosts names of "
                                "their own, each with its record.");
    lint_end(&draft);
}

/* many_lint - more records than anybody reads; true if so */
static bool many_lint(struct host *host)
{
    struct lint_draft draft;

    if (host->srv->records_count <= HOST_RECORDS_MAX)
        return false;
    lint_begin(&draft, host->run, LINT_MANY_RECORDS, host->owner);
    lint_add(&draft.evidence, "%zu records", host->srv->records_count);
    lint_add(&draft.advice, "Publish one record, and all addresses at its Target.");
    lint_end(&draft);
    return true;
}

void csa_set_lint(struct host *host)
{
    bool many = many_lint(host);
    struct lint_draft draft;

    if (host->prohibits && (host->allows || host->ignores)) {
        begin(&draft, host, LINT_CONTRADICTION);
        csa_mend(&draft, host);
        lint_add(&draft.advice,
                 "These lines leave what receivers do today. If %s sends mail, delete the record of "
                 "Weight 1 instead.",
                 host->name);
        lint_end(&draft);
    } else if (host->allows && host->ignores) {
        begin(&draft, host, LINT_MIXED_WEIGHTS);
        csa_mend(&draft, host);
        lint_end(&draft);
    } else if (!many) {
        several_lint(host);
    }
}
