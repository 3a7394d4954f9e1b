/*
 * csa_target.c - rules about the target of a record that lists addresses. [CSA 4, RFC 2782]
 */
#include "lint/host.h"

#include "base/address.h"

#include <string.h>

#define NEAR_MAX 20 /* of a longer label no slips are tried */

/* begin - a finding about the record, with the record as evidence */
static void begin(struct lint_draft *draft, struct host *host, struct host_record *record, enum lint_word word)
{
    lint_begin(draft, host->run, word, host->owner);
    lint_add_rdata(&draft->evidence, record->record, host->srv->message);
    record->faulty = true;
}

/* others_list - does another record list addresses, so that nothing changes without this one? */
static bool others_list(struct host *host, const struct host_record *record)
{
    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_record *other = &host->records[i];
        struct host_addresses addresses;

        if (other == record || other->csa.kind != CSA_ALLOW || name_is_root(&other->csa.target))
            continue;
        host_ask_addresses(host->run, other->target, &addresses);
        if (host_lists(&addresses))
            return true;
    }
    return false;
}

/* never_mend - a record that no client passes by: the lines leave that so. If the name has addresses, it may be that
 * they were meant, or none: then there is only advice. */
static void never_mend(struct lint_draft *draft, struct host *host, struct host_record *record)
{
    if (host->prohibits || others_list(host, record)) {
        csa_remove(draft, host, record);
    } else if (host_lists_nothing(host->run, &host->addresses)) {
        record->better.weight = 1;
        memcpy(record->better.target, host->name, strlen(host->name) + 1);
        csa_replace(draft, host, record);
        lint_add(&draft->advice,
                 "If %s sends mail, publish the addresses that receivers see: %s. IN A ADDRESS, and point the record "
                 "at it.",
                 host->name, host->name);
    } else {
        lint_add(&draft->advice,
                 "Let the Target be the name that has the addresses of the hosts that send: %s, if it is them. If none "
                 "sends, publish Weight 1.",
                 host->name);
    }
}

/* own_alias_mend - the name itself is an alias: it gets what that leads to, or sends no mail if there are no addresses
 */
static void own_alias_mend(struct lint_draft *draft, struct host *host, struct host_record *record,
                           const struct vouch_answer *alias)
{
    if (host_is_synthesized(host->run, host->name, alias, VOUCH_TYPE_CNAME)) {
        lint_add(&draft->advice, "A wildcard makes the alias: publish the addresses of %s at the name itself.",
                 host->name);
        return;
    }
    if (!host_replace_alias(draft, host, alias)) {
        lint_add(&draft->advice, "Publish what the alias leads to at the name itself; part of it is not known here.");
        return;
    }
    if (host_lists(&record->addresses))
        csa_mend(draft, host);
    else
        never_mend(draft, host, record);
}

/* alias_mend - take the name behind the aliases as target */
static void alias_mend(struct lint_draft *draft, struct host *host, struct host_record *record,
                       const struct vouch_answer *alias)
{
    char canonical[VOUCH_NAME_TEXT_SIZE];

    if (host_misses_addresses(host->run, &record->addresses)) {
        lint_add(&draft->advice, "Let the Target be the name at the end of the aliases, which is not known here.");
        return;
    }
    if (strcmp(record->target, host->name) == 0) {
        own_alias_mend(draft, host, record, alias);
        return;
    }
    if (!host_lists(&record->addresses)) {
        never_mend(draft, host, record);
        return;
    }
    for (unsigned links = 0; links <= VOUCH_CNAMES_MAX && lint_is_found(alias); links++) {
        if (!lint_read_name(canonical, &alias->records[0], alias->message, 0))
            break;
        memcpy(record->better.target, canonical, sizeof canonical);
        alias = lint_ask(host->run, canonical, VOUCH_TYPE_CNAME);
    }
    csa_replace(draft, host, record);
}

/* alias_lint - a target that is an alias; true if it is */
static bool alias_lint(struct host *host, struct host_record *record)
{
    const struct vouch_answer *alias = lint_ask(host->run, record->target, VOUCH_TYPE_CNAME);
    bool chain = record->addresses.a->status == VOUCH_CHAIN || record->addresses.aaaa->status == VOUCH_CHAIN;
    struct lint_draft draft;

    if (!lint_is_found(alias))
        return false;
    begin(&draft, host, record, chain ? LINT_TARGET_CHAIN : LINT_TARGET_CNAME);
    lint_add(&draft.evidence, "; %s ", record->target);
    lint_add_answer(&draft.evidence, alias);
    alias_mend(&draft, host, record, alias);
    lint_end(&draft);
    return true;
}

/* is_near - has the name addresses if the character at this place is left out, or changes places with the next? */
static bool is_near(struct lint_run *run, const char *name, size_t at, bool left_out, char near[VOUCH_NAME_TEXT_SIZE])
{
    struct host_addresses addresses;
    size_t size = strlen(name) + 1;
    uint8_t wire[VOUCH_NAME_SIZE];

    memcpy(near, name, size);
    if (left_out) {
        memmove(near + at, near + at + 1, size - at - 1);
    } else {
        near[at] = name[at + 1];
        near[at + 1] = name[at];
    }
    if (strcmp(near, name) == 0 || vouch_name_parse(wire, near, strlen(near)) == 0)
        return false;
    host_ask_addresses(run, near, &addresses);
    return host_lists(&addresses);
}

/* advise_near - a slip is likely where a name has addresses that differs by a character too many, or two in each
 * other's place */
static void advise_near(struct lint_draft *draft, struct lint_run *run, const char *name)
{
    char near[VOUCH_NAME_TEXT_SIZE];
    size_t length = strcspn(name, ".\\");

    for (size_t i = 0; i < length && length <= NEAR_MAX && name[length] == '.'; i++) {
        if (!is_near(run, name, i, true, near) && (i + 1 == length || !is_near(run, name, i, false, near)))
            continue;
        lint_add(&draft->advice, " A name with addresses is %s.", near);
        return;
    }
}

/* absent_lint - a target without addresses; true if so */
static bool absent_lint(struct host *host, struct host_record *record)
{
    struct lint_draft draft;

    if (!host_lacks_addresses(host->run, &record->addresses))
        return false;
    begin(&draft, host, record, LINT_TARGET_NO_ADDRESS);
    lint_add(&draft.evidence, "; %s A: %s, AAAA: %s", record->target, vouch_status_word(record->addresses.a->status),
             vouch_status_word(record->addresses.aaaa->status));
    never_mend(&draft, host, record);
    if (strcmp(record->target, host->name) != 0)
        advise_near(&draft, host->run, record->target);
    lint_end(&draft);
    return true;
}

/* private_of - the private addresses of one answer: evidence and lines that delete them; how many there are */
static size_t private_of(struct lint_draft *draft, const struct host_record *record, const struct vouch_answer *answer)
{
    bool made = lint_is_found(answer) &&
                host_is_synthesized(draft->run, record->target, answer, answer->records[0].type);
    size_t count = 0;

    for (size_t i = 0; i < answer->records_count; i++) {
        struct vouch_address address;

        if (!lint_read_address(&address, &answer->records[i]) || address_use(&address) != ADDRESS_LOCAL)
            continue;
        lint_add(&draft->evidence, "%s%s ", draft->evidence.length == 0 ? "" : ", ", record->target);
        lint_add_rdata(&draft->evidence, &answer->records[i], answer->message);
        if (!made)
            lint_delete(draft, record->target, &answer->records[i], answer->message);
        count++;
    }
    return count;
}

/* private_lint - addresses that prove nothing */
static void private_lint(struct host *host, struct host_record *record)
{
    const struct host_addresses *addresses = &record->addresses;
    struct lint_draft draft;
    size_t count;

    lint_begin(&draft, host->run, LINT_ADDRESS_PRIVATE, host->owner);
    count = private_of(&draft, record, addresses->a) + private_of(&draft, record, addresses->aaaa);
    if (count == addresses->a->records_count + addresses->aaaa->records_count &&
        !host_misses_addresses(host->run, addresses)) {
        lint_clear(&draft.mend); /* the addresses may stay: nobody looks them up any more */
        never_mend(&draft, host, record);
    } else if (draft.mend.length != 0) {
        csa_mend(&draft, host);
    }
    record->faulty = record->faulty || count != 0;
    if (count != 0)
        lint_end(&draft);
    else
        lint_drop(&draft);
}

/* is_same_host - may the name itself be the target? It has surely no addresses yet, or the target's */
static bool is_same_host(const struct host *host, const struct host_record *record)
{
    const struct host_addresses *own = &host->addresses, *listed = &record->addresses;

    if (!host_has_addresses(listed) || host_misses_addresses(host->run, listed) ||
        lint_is_found(lint_ask(host->run, host->name, VOUCH_TYPE_CNAME)))
        return false;
    if (host_lacks_addresses(host->run, own))
        return true;
    return !host_misses_addresses(host->run, own) && lint_equal(own->a, listed->a) &&
           lint_equal(own->aaaa, listed->aaaa);
}

/* place_lint - a target that is another name */
static void place_lint(struct host *host, struct host_record *record)
{
    struct lint_draft draft;

    if (strcmp(record->target, host->name) == 0 || record->faulty || host->prohibits)
        return;
    if (host->run->domain[0] != '\0' && !publish_name_is_within(record->target, host->run->domain)) {
        begin(&draft, host, record, LINT_TARGET_OUTSIDE);
        lint_end(&draft);
        return;
    }
    begin(&draft, host, record, LINT_TARGET_NOT_NAME);
    if (is_same_host(host, record)) {
        memcpy(record->better.target, host->name, strlen(host->name) + 1);
        host_publish_addresses(&draft, host, &record->addresses);
        csa_replace(&draft, host, record);
    } else {
        lint_add(&draft.advice,
                 "Leave it so unless the addresses of %s are those that send: with the name as Target they would pass.",
                 host->name);
    }
    lint_end(&draft);
}

void csa_target_lint(struct host *host, struct host_record *record)
{
    char meant[VOUCH_NAME_TEXT_SIZE];
    struct lint_draft draft;

    if (strcmp(record->target, ".") == 0) {
        begin(&draft, host, record, LINT_TARGET_ROOT);
        never_mend(&draft, host, record);
        lint_end(&draft);
        return;
    }
    if (lint_strip_double(meant, record->target, host->run->domain)) {
        host_ask_addresses(host->run, meant, &record->listed);
        begin(&draft, host, record, LINT_MISSING_DOT);
        if (host_lists_nothing(host->run, &record->listed)) {
            never_mend(&draft, host, record);
        } else {
            memcpy(record->better.target, meant, sizeof meant);
            csa_replace(&draft, host, record);
        }
        lint_end(&draft);
        return;
    }
    host_ask_addresses(host->run, record->target, &record->addresses);
    record->listed = record->addresses;
    if (alias_lint(host, record) || absent_lint(host, record))
        return;
    if (host_has_addresses(&record->addresses))
        private_lint(host, record);
    place_lint(host, record);
}
