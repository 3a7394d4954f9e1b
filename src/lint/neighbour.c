/*
 * neighbour.c - what stands beside the CSA record: addresses of the HELO name, and their PTR records.
 *
 * A name that sends is asked for by receivers that know no CSA, too. The PTR record need not equal the HELO name; one
 * that does not lead back is what receivers distrust. [RFC 5321 2.3.5, RFC 8601 3]
 */
#include "lint/host.h"

#include <string.h>

#define REVERSE_MAX 16 /* addresses of a name that are looked up backwards */
#define NAMES_MAX   10 /* names of an address that are looked up [RFC 8601 3] */

/* add_line - a PTR record in the reverse zone */
static void add_line(struct lint_draft *draft, const char *reverse, const char *name)
{
    lint_add(&draft->mend, "%s. %u IN PTR %s.\n", reverse, (unsigned)LINT_TTL_S, name);
    lint_add(&draft->advice, "The reverse zone is in the hands of whoever gave you the address.");
}

/* How the names of an address lead back to it. */
struct reverse {
    bool own;       /* the HELO name is among them */
    bool confirmed; /* one leads back */
    bool open;      /* one could not be looked up */
};

/* reverse_judge - look up the names that the PTR records hold */
static void reverse_judge(struct host *host, const struct vouch_answer *ptr, const struct vouch_record *address,
                          struct reverse *reverse)
{
    for (size_t i = 0; i < ptr->records_count && i < NAMES_MAX; i++) {
        char name[VOUCH_NAME_TEXT_SIZE];
        const struct vouch_answer *answer;

        if (!lint_read_name(name, &ptr->records[i], ptr->message, 0))
            continue;
        answer = lint_ask(host->run, name, address->type);
        if (!lint_is_found(answer) && !lint_is_absent(host->run, answer))
            reverse->open = true;
        if (!lint_is_found(answer) || !lint_holds(answer, address))
            continue;
        reverse->confirmed = true;
        reverse->own = reverse->own || strcmp(name, host->name) == 0;
    }
}

/* reverse_lint - the PTR records of one address */
static void reverse_lint(struct host *host, const char *holder, const struct vouch_record *record)
{
    char name[VOUCH_NAME_TEXT_SIZE], printed[VOUCH_ADDRESS_SIZE];
    struct reverse reverse = {false, false, false};
    struct vouch_address address;
    const struct vouch_answer *ptr;
    struct lint_draft draft;

    if (!lint_read_address(&address, record))
        return;
    vouch_address_format(&address, printed);
    lint_reverse(name, &address);
    ptr = lint_ask(host->run, name, VOUCH_TYPE_PTR);
    reverse_judge(host, ptr, record, &reverse);
    if (lint_is_absent(host->run, ptr)) {
        lint_begin(&draft, host->run, LINT_REVERSE_MISSING, host->name);
        lint_add(&draft.evidence, "%s PTR: %s", name, vouch_status_word(ptr->status));
        add_line(&draft, name, holder);
        lint_end(&draft);
    } else if (lint_is_found(ptr) && !reverse.own && !(reverse.open && !reverse.confirmed)) {
        lint_begin(&draft, host->run, reverse.confirmed ? LINT_REVERSE_OTHER : LINT_REVERSE_UNCONFIRMED, host->name);
        lint_add(&draft.evidence, "%s: %s ", printed, name);
        lint_add_answer(&draft.evidence, ptr);
        if (!reverse.confirmed) {
            lint_delete_all(&draft, name, ptr);
            add_line(&draft, name, holder);
        }
        lint_end(&draft);
    }
}

/* reverse_lint_all - the PTR records of the name's addresses */
static void reverse_lint_all(struct host *host, const char *holder, const struct host_addresses *addresses)
{
    for (size_t i = 0; i < addresses->a->records_count && i < REVERSE_MAX; i++)
        reverse_lint(host, holder, &addresses->a->records[i]);
    for (size_t i = 0; i < addresses->aaaa->records_count && i < REVERSE_MAX; i++)
        reverse_lint(host, holder, &addresses->aaaa->records[i]);
}

/* is_judged - has the record's own target been judged as an alias already? */
static bool is_judged(const struct host *host)
{
    for (size_t i = 0; i < host->records_count; i++) {
        if (host->records[i].csa.kind == CSA_ALLOW && strcmp(host->records[i].target, host->name) == 0)
            return true;
    }
    return false;
}

/* target_addresses - the addresses that the first record with some lists; null: none does */
static const struct host_record *target_addresses(const struct host *host)
{
    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_addresses *addresses = &host->records[i].addresses;

        if (addresses->a != NULL && host_has_addresses(addresses))
            return &host->records[i];
    }
    return NULL;
}

/* alias_lint - a HELO name that is an alias; true if it is */
static bool alias_lint(struct host *host)
{
    const struct vouch_answer *alias = lint_ask(host->run, host->name, VOUCH_TYPE_CNAME);
    struct lint_draft draft;

    if (!lint_is_found(alias))
        return false;
    if (is_judged(host))
        return true;
    lint_begin(&draft, host->run, LINT_HELO_CNAME, host->name);
    lint_add_answer(&draft.evidence, alias);
    if (host_is_synthesized(host->run, host->name, alias, VOUCH_TYPE_CNAME)) {
        lint_add(&draft.advice, "A wildcard makes the alias: publish the addresses of %s at the name itself.",
                 host->name);
    } else if (!host_has_addresses(&host->addresses) || !host_replace_alias(&draft, host, alias)) {
        lint_add(&draft.advice, "Publish the addresses of %s, and what else the alias leads to, at the name itself.",
                 host->name);
    }
    lint_end(&draft);
    return true;
}

/* address_lint - a HELO name without an address of its own */
static void address_lint(struct host *host)
{
    const struct host_record *listed = target_addresses(host);
    struct lint_draft draft;

    if (!host_lacks_addresses(host->run, &host->addresses) || (listed == NULL && host->records_count != 0))
        return; /* a target without addresses is an error of its own */
    lint_begin(&draft, host->run, LINT_HELO_NO_ADDRESS, host->name);
    lint_add(&draft.evidence, "%s A: %s, AAAA: %s", host->name, vouch_status_word(host->addresses.a->status),
             vouch_status_word(host->addresses.aaaa->status));
    if (listed != NULL && !host_misses_addresses(host->run, &listed->addresses))
        host_publish_addresses(&draft, host, &listed->addresses);
    if (draft.mend.length == 0)
        lint_add(&draft.advice, "Publish the addresses that receivers see.");
    lint_end(&draft);
}

void neighbour_lint(struct host *host)
{
    const struct host_record *listed = target_addresses(host);

    if (host->synthesized || !host_may_send(host))
        return;
    if (!alias_lint(host))
        address_lint(host);
    if (host_has_addresses(&host->addresses))
        reverse_lint_all(host, host->name, &host->addresses);
    else if (listed != NULL)
        reverse_lint_all(host, listed->target, &listed->addresses);
}
