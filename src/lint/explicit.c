/*
 * explicit.c - Explicit, where it stands and what it covers, and wildcards. [CSA 4 to 7]
 */
#include "lint/host.h"

#include <string.h>

#define LEVEL_FIRST 2 /* a top-level domain is never asked [CSA 7] */
#define LEVEL_LAST  6 /* nobody looks deeper [CSA 6] */

/* is_explicit - does the name's own record assert Explicit? */
static bool is_explicit(struct lint_run *run, const char *name)
{
    char owner[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *srv;

    if (!lint_join(owner, "_client._smtp", name))
        return false;
    srv = lint_ask(run, owner, VOUCH_TYPE_SRV);
    return lint_is_found(srv) && csa_asserts_explicit(srv);
}

bool explicit_above(struct lint_run *run, const char *name, char ancestor[VOUCH_NAME_TEXT_SIZE])
{
    size_t labels = publish_name_labels(name);

    for (size_t level = LEVEL_FIRST; level < labels && level <= LEVEL_LAST; level++) {
        const char *suffix = lint_suffix(name, level);

        if (!is_explicit(run, suffix))
            continue;
        memcpy(ancestor, suffix, strlen(suffix) + 1);
        return true;
    }
    return false;
}

/* add_flag_finding - a finding about the record that asserts Explicit; without the bit where that mends it */
static void add_flag_finding(struct host *host, struct host_record *record, enum lint_word word)
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, word, host->owner);
    lint_add_rdata(&draft.evidence, record->record, host->srv->message);
    if (word != LINT_EXPLICIT_BELOW) {
        record->better.port = 0;
        csa_replace(&draft, host, record);
    } else {
        lint_add(&draft.advice, "That is right if only names below %s are to be disowned.", host->name);
    }
    lint_end(&draft);
}

void explicit_lint(struct host *host)
{
    size_t labels = publish_name_labels(host->name);
    char ancestor[VOUCH_NAME_TEXT_SIZE];

    for (size_t i = 0; i < host->records_count; i++) {
        struct host_record *record = &host->records[i];

        if (!host_record_speaks(&record->csa) || record->csa.port != 1)
            continue;
        if (labels < LEVEL_FIRST)
            add_flag_finding(host, record, LINT_EXPLICIT_TLD);
        else if (labels > LEVEL_LAST)
            add_flag_finding(host, record, LINT_EXPLICIT_DEPTH);
        else if (host->run->domain[0] != '\0' && strcmp(host->name, host->run->domain) != 0 &&
                 !explicit_above(host->run, host->name, ancestor))
            add_flag_finding(host, record, LINT_EXPLICIT_BELOW);
    }
}

/* is_wildcard_of - do the wildcard's records make up the answer? */
static bool is_wildcard_of(struct lint_run *run, const char *prefix, const char *name, const struct vouch_answer *srv)
{
    char owner[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *wildcard;

    if (!lint_join(owner, prefix, name))
        return false;
    wildcard = lint_ask(run, owner, VOUCH_TYPE_SRV);
    return lint_is_found(wildcard) && lint_equal(wildcard, srv);
}

bool explicit_is_synthesized(struct lint_run *run, const char *name, const struct vouch_answer *srv)
{
    size_t root = publish_name_labels(run->domain), labels = publish_name_labels(name);

    if (run->domain[0] == '\0' || root == 0 || !publish_name_is_within(name, run->domain))
        return false;
    if (is_wildcard_of(run, "*._smtp", name, srv))
        return true;
    for (size_t level = labels; level >= root; level--) {
        if (is_wildcard_of(run, "*", lint_suffix(name, level), srv))
            return true;
    }
    return false;
}

/* wildcard_word - what a record of a wildcard does to those who look for CSA records */
static enum lint_word wildcard_word(struct lint_run *run, const char *name, const struct csa_record *csa)
{
    char ancestor[VOUCH_NAME_TEXT_SIZE];

    if (!host_record_speaks(csa))
        return LINT_WILDCARD_FOREIGN;
    if (csa->port > 1)
        return (csa->port & 1) != 0 ? LINT_WILDCARD_EXPLICIT : LINT_WILDCARD_FOREIGN;
    if (is_explicit(run, name) || explicit_above(run, name, ancestor))
        return LINT_EXPLICIT_WILDCARD;
    return LINT_WILDCARD_RECORD;
}

/* is_inherited - do the records of a wildcard come from one above it? */
static bool is_inherited(struct lint_run *run, const char *prefix, const char *name, const struct vouch_answer *srv)
{
    size_t root = publish_name_labels(run->domain);

    if (strcmp(prefix, "*") != 0 && is_wildcard_of(run, "*", name, srv))
        return true;
    for (size_t level = publish_name_labels(name); level > root && root != 0; level--) {
        if (is_wildcard_of(run, "*", lint_suffix(name, level - 1), srv))
            return true;
    }
    return false;
}

/* wildcard_mend - a record that makes receivers pass clients goes last, and so does one of another service; one that
 * makes them refuse all may go */
static void wildcard_mend(struct lint_draft *draft, const char *name, const char *owner,
                          const struct vouch_record *record, const struct csa_record *csa, struct vouch_bytes message)
{
    if (draft->word == LINT_WILDCARD_EXPLICIT || draft->word == LINT_WILDCARD_FOREIGN) {
        lint_add(&draft->advice,
                 "Publish the service at the names that offer it, such as _SERVICE._tcp.%s, then delete the wildcard.",
                 name);
        return;
    }
    if (csa->kind == CSA_PROHIBIT)
        lint_delete(draft, owner, record, message);
    else
        lint_add(&draft->advice,
                 "Hosts pass by this record: give every name that sends its own record first, _client._smtp.HOST. IN "
                 "SRV 1 2 0 HOST., then delete the wildcard.");
    if (draft->word == LINT_WILDCARD_RECORD)
        lint_add(&draft->advice,
                 "%sTo disown names without records, give every name that sends its own record and set Port to 1 in "
                 "the record of %s.",
                 draft->advice.length == 0 ? "" : " ", name);
}

/* wildcard_lint_at - the SRV records of one wildcard */
static void wildcard_lint_at(struct lint_run *run, const char *prefix, const char *name)
{
    char owner[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *srv;
    struct lint_draft draft;

    if (!lint_join(owner, prefix, name))
        return;
    srv = lint_ask(run, owner, VOUCH_TYPE_SRV);
    if (lint_is_found(srv) && is_inherited(run, prefix, name, srv))
        return;
    for (size_t i = 0; i < srv->records_count; i++) {
        struct csa_record csa;

        csa_judge_record(&csa, srv->records[i].rdata, srv->message);
        lint_begin(&draft, run, wildcard_word(run, name, &csa), owner);
        lint_add_rdata(&draft.evidence, &srv->records[i], srv->message);
        wildcard_mend(&draft, name, owner, &srv->records[i], &csa, srv->message);
        lint_end(&draft);
    }
}

void wildcard_lint(struct lint_run *run, const char *name)
{
    wildcard_lint_at(run, "*", name);
    wildcard_lint_at(run, "*._smtp", name);
}
