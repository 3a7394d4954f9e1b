/*
 * csa_set.c - rules about the CSA records of a name together. [CSA 4, 5]
 */
#include "lint/host.h"

#include <string.h>

/* kinds - which kinds of record a rule looks at */
enum { PROHIBITS = 1 << CSA_PROHIBIT, ALLOWS = 1 << CSA_ALLOW, IGNORES = 1 << CSA_IGNORE_TARGET };

/* begin - a finding about all records of the name */
static void begin(struct lint_draft *draft, struct host *host, enum lint_word word)
{
    lint_begin(draft, host->run, word, host->owner);
    lint_add_answer(&draft->evidence, host->srv);
}

/* is_of - is the record of one of these kinds? */
static bool is_of(const struct host_record *record, unsigned kinds)
{
    return (kinds & 1U << record->csa.kind) != 0;
}

/* delete_kinds - the records of these kinds go, but for one; of all records, judged one by one or not */
static void delete_kinds(struct lint_draft *draft, const struct host *host, unsigned kinds,
                         const struct vouch_record *kept)
{
    host_delete_alias(draft, host);
    for (size_t i = 0; i < host->srv->records_count; i++) {
        struct host_record record = {.record = &host->srv->records[i]};

        csa_judge_record(&record.csa, record.record->rdata, host->srv->message);
        if (is_of(&record, kinds) && record.record != kept)
            host_delete(draft, host, record.record);
        else
            host_keep(draft, host, record.record);
    }
}

/* All records that say something become one. */
struct merger {
    const struct host_record *first;
    size_t count;
    bool differ;  /* they list the addresses of several targets */
    bool unknown; /* what one of them lists is not known */
    struct lint_srv one;
};

/* merge - what the one record has to say; Explicit counts if any says it */
static void merge(struct host *host, struct merger *merger)
{
    memset(merger, 0, sizeof *merger);
    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_record *record = &host->records[i];

        if (!is_of(record, PROHIBITS | ALLOWS | IGNORES))
            continue;
        if (merger->first == NULL) {
            merger->first = record;
            merger->one = record->better;
        }
        merger->count++;
        merger->one.port |= record->better.port;
        if (record->csa.kind != CSA_ALLOW)
            continue;
        merger->differ = merger->differ || strcmp(record->target, merger->first->target) != 0;
        merger->unknown = merger->unknown || record->addresses.a == NULL ||
                          host_misses_addresses(host->run, &record->addresses);
    }
    if (merger->differ)
        memcpy(merger->one.target, host->name, strlen(host->name) + 1);
}

/* is_listed - does some record list this address? */
static bool is_listed(const struct host *host, const struct vouch_record *address)
{
    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_addresses *addresses = &host->records[i].addresses;

        if (addresses->a != NULL && (lint_holds(addresses->a, address) || lint_holds(addresses->aaaa, address)))
            return true;
    }
    return false;
}

/* is_common - may the name itself be the target of all? It is no alias and all of its addresses are listed already */
static bool is_common(const struct host *host)
{
    const struct host_addresses *own = &host->addresses;

    if (host_misses_addresses(host->run, own) || lint_is_found(lint_ask(host->run, host->name, VOUCH_TYPE_CNAME)))
        return false;
    for (size_t i = 0; i < own->a->records_count; i++) {
        if (!is_listed(host, &own->a->records[i]))
            return false;
    }
    for (size_t i = 0; i < own->aaaa->records_count; i++) {
        if (!is_listed(host, &own->aaaa->records[i]))
            return false;
    }
    return true;
}

/* merge_addresses - the name itself gets the addresses of all targets */
static void merge_addresses(struct lint_draft *draft, const struct host *host)
{
    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_record *record = &host->records[i];

        if (record->addresses.a == NULL || strcmp(record->target, host->name) == 0)
            continue;
        lint_publish_all(draft, host->name, host->ttl_s, record->addresses.a);
        lint_publish_all(draft, host->name, host->ttl_s, record->addresses.aaaa);
    }
}

/* merge_mend - one record stays, or comes */
static void merge_mend(struct lint_draft *draft, const struct host *host, const struct merger *merger)
{
    const struct vouch_record *kept = NULL;

    for (size_t i = 0; i < host->records_count && kept == NULL; i++) {
        const struct host_record *record = &host->records[i];

        if (is_of(record, PROHIBITS | ALLOWS | IGNORES) && record->csa.weight == merger->one.weight &&
            record->csa.port == merger->one.port && strcmp(record->target, merger->one.target) == 0)
            kept = record->record;
    }
    delete_kinds(draft, host, PROHIBITS | ALLOWS | IGNORES, kept);
    if (kept == NULL)
        lint_publish_srv(draft, host->name, host->ttl_s, &merger->one);
    if (merger->differ)
        merge_addresses(draft, host);
}

/* several_lint - more than one record that says the same kind of thing */
static void several_lint(struct host *host)
{
    struct lint_draft draft;
    struct merger merger;

    merge(host, &merger);
    if (merger.count < 2)
        return;
    begin(&draft, host, LINT_SEVERAL_RECORDS);
    if (!merger.differ || (!merger.unknown && is_common(host)))
        merge_mend(&draft, host, &merger);
    if (merger.first->csa.kind == CSA_ALLOW)
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
        delete_kinds(&draft, host, ALLOWS | IGNORES, NULL);
        lint_add(&draft.advice,
                 "These lines leave what receivers do today. If %s sends mail, delete the record of "
                 "Weight 1 instead.",
                 host->name);
        lint_end(&draft);
    } else if (host->allows && host->ignores) {
        begin(&draft, host, LINT_MIXED_WEIGHTS);
        delete_kinds(&draft, host, IGNORES, NULL);
        lint_end(&draft);
    } else if (!many) {
        several_lint(host);
    }
}
