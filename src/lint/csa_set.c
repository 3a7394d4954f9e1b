/*
 * csa_set.c - rules about the CSA records of a name together, and about a name that has none. [CSA 4, 5]
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

/* delete_kinds - the records of these kinds go, but for one */
static void delete_kinds(struct lint_draft *draft, const struct host *host, unsigned kinds,
                         const struct host_record *kept)
{
    for (size_t i = 0; i < host->records_count; i++) {
        if ((kinds & 1U << host->records[i].csa.kind) != 0 && &host->records[i] != kept)
            lint_delete(draft, host->owner, host->records[i].record, host->srv->message);
    }
}

/* several_lint - more than one record that says the same kind of thing */
static void several_lint(struct host *host)
{
    struct host_record *kept = NULL;
    struct lint_draft draft;
    bool misses = false;
    size_t count = 0;

    for (size_t i = 0; i < host->records_count; i++) {
        struct host_record *record = &host->records[i];

        if (((PROHIBITS | ALLOWS | IGNORES) & 1U << record->csa.kind) == 0)
            continue;
        count++;
        misses = misses || (record->addresses.a != NULL && host_misses_addresses(&record->addresses));
        if (kept == NULL || (strcmp(record->target, host->name) == 0 && strcmp(kept->target, host->name) != 0))
            kept = record;
    }
    if (count < 2)
        return;
    begin(&draft, host, LINT_SEVERAL_RECORDS);
    if (!misses)
        delete_kinds(&draft, host, PROHIBITS | ALLOWS | IGNORES, kept);
    for (size_t i = 0; i < host->records_count && !misses; i++) {
        const struct host_addresses *addresses = &host->records[i].addresses;

        if (&host->records[i] == kept || addresses->a == NULL || strcmp(host->records[i].target, kept->target) == 0)
            continue;
        lint_publish_all(&draft, kept->target, host->ttl_s, addresses->a);
        lint_publish_all(&draft, kept->target, host->ttl_s, addresses->aaaa);
    }
    if (kept->csa.kind == CSA_ALLOW)
        lint_add(&draft.advice, "Let one record stand and its target hold all addresses, or give the hosts names of "
                                "their own, each with its record.");
    lint_end(&draft);
}

void csa_set_lint(struct host *host)
{
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
    } else {
        several_lint(host);
    }
}

/* wrong_owner - CSA records at another owner than the right one; true if there are some */
static bool wrong_owner(struct host *host, const char *owner)
{
    const struct vouch_answer *srv = lint_ask(host->run, owner, VOUCH_TYPE_SRV);
    struct lint_draft draft;

    if (!lint_is_found(srv) || explicit_is_synthesized(host->run, host->name, srv))
        return false;
    lint_begin(&draft, host->run, LINT_WRONG_OWNER, owner);
    lint_add_answer(&draft.evidence, srv);
    lint_delete_all(&draft, owner, srv);
    for (size_t i = 0; i < srv->records_count; i++) {
        lint_add(&draft.mend, "%s. %u IN ", host->owner, (unsigned)lint_ttl(host->run, srv));
        lint_add_rdata(&draft.mend, &srv->records[i], srv->message);
        lint_add(&draft.mend, "\n");
    }
    lint_add(&draft.advice, "Receivers ask for %s.", host->owner);
    lint_end(&draft);
    return true;
}

/* misplaced_lint - look for the record where it is put by mistake; true if it is there */
static bool misplaced_lint(struct host *host)
{
    static const char *const prefixes[] = {"_smtp._client", "_client._smtp._tcp", "_client._tcp",
                                           "_client",       "client._smtp",       "_smtp"};
    char owner[VOUCH_NAME_TEXT_SIZE];
    bool found = false;

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0] && !found; i++)
        found = lint_join(owner, prefixes[i], host->name) && wrong_owner(host, owner);
    if (!found && host->run->domain[0] != '\0' && lint_join(owner, host->owner, host->run->domain))
        found = wrong_owner(host, owner);
    return found;
}

/* wrong_type - a TXT record in the place of the SRV record; true if there is one */
static bool wrong_type(struct host *host)
{
    const struct vouch_answer *txt = lint_ask(host->run, host->owner, VOUCH_TYPE_TXT);
    struct lint_draft draft;
    struct lint_srv srv;

    if (!lint_is_found(txt))
        return false;
    host_default(host, &srv);
    lint_begin(&draft, host->run, LINT_WRONG_TYPE, host->owner);
    lint_add_answer(&draft.evidence, txt);
    lint_delete_all(&draft, host->owner, txt);
    lint_publish_srv(&draft, host->name, host->ttl_s, &srv);
    lint_end(&draft);
    return true;
}

/* add_missing - a finding that the name has no record, and the record */
static void add_missing(struct host *host, enum lint_word word, const char *ancestor)
{
    struct lint_draft draft;
    struct lint_srv srv;

    host_default(host, &srv);
    if (word == LINT_DOMAIN_OPEN)
        srv.weight = 1;
    lint_begin(&draft, host->run, word, host->name);
    lint_add(&draft.evidence, "%s SRV: %s", host->owner, vouch_status_word(host->srv->status));
    if (ancestor != NULL)
        lint_add(&draft.evidence, "; _client._smtp.%s asserts Explicit", ancestor);
    lint_publish_srv(&draft, host->name, host->ttl_s, &srv);
    if (srv.weight == 2)
        lint_add(&draft.advice, "If %s never sends mail, publish Weight 1.", host->name);
    else
        lint_add(&draft.advice, "If %s sends mail, publish Weight 2 and its addresses.", host->name);
    lint_end(&draft);
}

void csa_missing_lint(struct host *host)
{
    const unsigned sends = LINT_HELO | LINT_MX | LINT_POINTERS;
    char ancestor[VOUCH_NAME_TEXT_SIZE];
    unsigned roles = host->run->roles;

    if (misplaced_lint(host) || wrong_type(host))
        return;
    if ((roles & sends) != 0 && explicit_above(host->run, host->name, ancestor))
        add_missing(host, LINT_EXPLICIT_UNCOVERED, ancestor);
    else if ((roles & (LINT_HELO | LINT_MX)) != 0)
        add_missing(host, LINT_NO_RECORD, NULL);
    else if ((roles & LINT_DOMAIN) != 0)
        add_missing(host, LINT_DOMAIN_OPEN, NULL);
}
