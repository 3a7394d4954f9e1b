/*
 * dnssec.c - is the zone signed, does the parent say so, and do the signatures hold? [CSA 8, RFC 4035]
 */
#include "lint/host.h"

void dnssec_lint_answer(struct lint_run *run, const char *name, uint16_t type)
{
    const struct vouch_answer *answer;
    struct lint_draft draft;

    if (!run->world->views[0].validates)
        return;
    answer = lint_ask(run, name, type);
    if (answer->status != VOUCH_BOGUS)
        return;
    lint_begin(&draft, run, LINT_DNSSEC_BOGUS, name);
    lint_add_type(&draft.evidence, type);
    lint_add(&draft.evidence, ": ");
    lint_add_trouble(&draft.evidence, answer);
    lint_add(&draft.advice, "Sign the zone again, or let the parent's DS record match the zone's keys.");
    lint_end(&draft);
}

void dnssec_lint(struct lint_run *run)
{
    const struct vouch_answer *soa, *keys, *ds;
    struct lint_draft draft;
    bool has_keys;

    if (!run->world->views[0].validates || run->domain[0] == '\0')
        return;
    dnssec_lint_answer(run, run->domain, VOUCH_TYPE_SOA);
    soa = lint_ask(run, run->domain, VOUCH_TYPE_SOA);
    keys = lint_ask(run, run->domain, LINT_TYPE_DNSKEY);
    ds = lint_ask(run, run->domain, LINT_TYPE_DS);
    has_keys = lint_is_found(keys);
    if (soa->status > VOUCH_CHAIN || soa->secure || (!has_keys && !lint_is_absent(run, keys)))
        return;
    if (has_keys && !lint_is_absent(run, ds))
        return;
    lint_begin(&draft, run, has_keys ? LINT_DNSSEC_NO_DS : LINT_DNSSEC_UNSIGNED, run->domain);
    lint_add(&draft.evidence, "DNSKEY: %s, DS at the parent: %s", vouch_status_word(keys->status),
             vouch_status_word(ds->status));
    lint_add(&draft.advice, "%s", has_keys ? "Hand the DS record to the registrar." : "");
    lint_end(&draft);
}
