/*
 * verdict.c - reads the verdict out of the slots: CSA result, identity, DNA rating, trust, lowest TTL.
 */
#include "core/eval.h"
#include "core/trust.h"

#include <string.h>

/* verdict_inside - the private struct in the caller's memory */
static const struct eval *verdict_inside(const struct vouch_eval *eval)
{
    return (const struct eval *)(const void *)eval->opaque;
}

/* verdict_answer - a slot as csa_decide wants it */
static struct csa_answer verdict_answer(const struct slot *slot)
{
    struct csa_answer answer = {
        .status = (enum vouch_status)slot->status,
        .secure = slot->secure,
        .asserts_explicit = slot->asserts_explicit,
        .addresses = slot->addresses,
    };

    return answer;
}

/* verdict_no_name - the CSA result of a HELO that cannot be looked up */
static void verdict_no_name(const struct helo *helo, struct csa_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    outcome->csa = VOUCH_CSA_NONE;
    switch (helo->form) {
    case HELO_ABSENT:
        outcome->reason = VOUCH_REASON_NO_HELO;
        break;
    case HELO_LITERAL:
        outcome->reason = VOUCH_REASON_LITERAL;
        break;
    case HELO_BAD:
    case HELO_NAME:
        outcome->reason = VOUCH_REASON_BAD_NAME;
        break;
    }
}

/* verdict_csa - decide the CSA result from the slots */
static void verdict_csa(const struct eval *eval, struct csa_outcome *outcome)
{
    struct csa_case csa;

    if (eval->helo.form != HELO_NAME) {
        verdict_no_name(&eval->helo, outcome);
        return;
    }
    csa.record = verdict_answer(&eval->slots[SLOT_CSA]);
    csa.records = &eval->records;
    csa.targets_count = eval->targets_count;
    for (unsigned i = 0; i < eval->targets_count; i++)
        csa.targets[i] = verdict_answer(&eval->slots[eval->target_slots[i]]);
    csa.ancestors_count = eval->ancestors_count;
    for (unsigned i = 0; i < eval->ancestors_count; i++)
        csa.ancestors[i] = verdict_answer(&eval->slots[SLOT_SECOND + i]);
    csa_decide(outcome, &csa);
}

/* verdict_domain - copy the name whose record decided */
static void verdict_domain(const struct eval *eval, const struct csa_outcome *outcome, struct vouch_verdict *verdict)
{
    const char *domain = "";

    if (outcome->reason == VOUCH_REASON_EXPLICIT)
        domain = helo_suffix(&eval->helo, helo_ancestor(&eval->helo, outcome->ancestor));
    else if (outcome->has_record)
        domain = eval->helo.name;
    memcpy(verdict->domain, domain, strlen(domain) + 1);
}

/* verdict_counts - may the answer to this slot have been evidence? Not that of suspended services */
static bool verdict_counts(const struct eval *eval, unsigned slot)
{
    const struct vouch_settings *settings = &eval->settings;

    if (slot >= SLOT_SERVICES && slot < SLOT_SECOND)
        return !settings->services[slot - SLOT_SERVICES].suspended;
    if (slot != SLOT_POINTERS)
        return true;
    for (unsigned i = 0; i < settings->services_count; i++) {
        if (settings->services[i].only_if_listed && !settings->services[i].suspended)
            return true;
    }
    return false;
}

/* verdict_is_trouble - a chain of CNAMEs is an answer, if a useless one */
static bool verdict_is_trouble(enum vouch_status status)
{
    return status == VOUCH_FAILED || status == VOUCH_TIMEOUT || status == VOUCH_BOGUS;
}

/* verdict_is_incomplete - did a question end in trouble, or an accreditor refuse to say? */
static bool verdict_is_incomplete(const struct eval *eval)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct slot *slot = &eval->slots[i];

        if (slot->state == SLOT_UNUSED || !verdict_counts(eval, i))
            continue;
        if (slot->state != SLOT_ANSWERED || verdict_is_trouble((enum vouch_status)slot->status))
            return true;
        if (i >= SLOT_SERVICES && i < SLOT_SECOND && verdict_is_trouble(eval->reports[i - SLOT_SERVICES].error))
            return true;
    }
    return false;
}

/* verdict_is_missing - was this slot's question asked, or to be asked, and has no answer? */
static bool verdict_is_missing(const struct eval *eval, unsigned slot)
{
    return eval->slots[slot].state != SLOT_UNUSED && (eval->slots[slot].state != SLOT_ANSWERED ||
                                                      verdict_is_trouble((enum vouch_status)eval->slots[slot].status));
}

/* verdict_missing_lists - the private lists that did not answer */
static uint32_t verdict_missing_lists(const struct eval *eval)
{
    uint32_t missing = 0;

    for (unsigned i = 0; i < eval->settings.services_count; i++) {
        if (eval->settings.services[i].style == VOUCH_STYLE_LIST && verdict_is_missing(eval, SLOT_SERVICES + i))
            missing |= UINT32_C(1) << i;
    }
    return missing;
}

/* verdict_suspended - the suspended services that had a question, or could have had one if the pointers were known */
static uint32_t verdict_suspended(const struct eval *eval)
{
    uint32_t suspended = 0;

    for (unsigned i = 0; i < eval->settings.services_count; i++) {
        const struct vouch_service *service = &eval->settings.services[i];
        bool asked = eval->slots[SLOT_SERVICES + i].state != SLOT_UNUSED ||
                     (service->only_if_listed && verdict_is_missing(eval, SLOT_POINTERS));

        if (service->suspended && service->style != VOUCH_STYLE_LIST && asked)
            suspended |= UINT32_C(1) << i;
    }
    return suspended;
}

/* verdict_trust - what all that is worth */
static void verdict_trust(const struct eval *eval, struct vouch_verdict *verdict, const struct dna_outcome *dna)
{
    struct trust_case trust = {
        .settings = &eval->settings,
        .reports = eval->reports,
        .dna = dna,
        .missing_reputation = verdict_is_missing(eval, SLOT_REPUTATION),
        .missing_lists = verdict_missing_lists(eval),
        .suspended = verdict_suspended(eval),
    };

    trust_decide(verdict, &trust);
}

/* verdict_is_local - is this slot, which is in use, asked of the receiver's own memory and lists? */
static bool verdict_is_local(const struct eval *eval, unsigned slot)
{
    return slot == SLOT_REPUTATION || (slot >= SLOT_SERVICES && slot < SLOT_SECOND &&
                                       eval->settings.services[slot - SLOT_SERVICES].style == VOUCH_STYLE_LIST);
}

/* verdict_count - questions handed out, and the lowest TTL of all answers */
static void verdict_count(const struct eval *eval, struct vouch_verdict *verdict)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct slot *slot = &eval->slots[i];

        if (slot->state == SLOT_UNUSED || slot->state == SLOT_READY || slot->state == SLOT_DROPPED ||
            verdict_is_local(eval, i))
            continue;
        verdict->questions++;
        if (!slot->has_ttl)
            continue;
        if (!verdict->has_ttl || slot->ttl_s < verdict->ttl_s)
            verdict->ttl_s = slot->ttl_s;
        verdict->has_ttl = true;
    }
}

/* verdict_dna - which rating counts for this name and address */
static void verdict_dna(const struct eval *eval, const struct vouch_verdict *verdict, struct dna_outcome *outcome)
{
    const struct vouch_settings *settings = &eval->settings;
    struct dna_case dna = {
        .settings = settings,
        .reports = eval->reports,
        .name_why = trust_withhold(settings, verdict, settings->accreditation_floor),
        .address_why = trust_withhold(settings, verdict, VOUCH_IDENTITY_NONE), /* the connection proves it */
    };

    dna_decide(outcome, &dna);
}

void vouch_eval_verdict(const struct vouch_eval *outside, struct vouch_verdict *verdict)
{
    const struct eval *eval = verdict_inside(outside);
    struct csa_outcome outcome;
    struct dna_outcome dna;

    memset(verdict, 0, sizeof *verdict);
    verdict_csa(eval, &outcome);
    verdict->csa = outcome.csa;
    verdict->reason = outcome.reason;
    verdict->secure = outcome.secure;
    verdict_domain(eval, &outcome, verdict);
    memcpy(verdict->name, eval->helo.name, eval->helo.length + 1U);
    verdict->identity = trust_identity(outcome.csa, eval->tls_matches, eval->slots[SLOT_ADDRESS].addresses.matched);
    verdict->reputation = eval->reputation;
    verdict_dna(eval, verdict, &dna);
    verdict->rating = dna.rating;
    verdict->service = dna.service;
    if (dna.service >= 0)
        memcpy(verdict->service_name, eval->settings.services[dna.service].name, sizeof verdict->service_name);
    verdict_trust(eval, verdict, &dna);
    verdict_count(eval, verdict);
    verdict->incomplete = verdict_is_incomplete(eval);
}

/* verdict_has_report - is there anything to say about this service? Not if the sender's pointers did not name it */
static bool verdict_has_report(const struct eval *eval, int service)
{
    const struct vouch_report *report = &eval->reports[service];

    if (eval->helo.form != HELO_NAME && eval->settings.services[service].style != VOUCH_STYLE_ADDRESS_LIST)
        return false;
    if (!eval->settings.services[service].only_if_listed)
        return true;
    return eval->slots[SLOT_SERVICES + service].state != SLOT_UNUSED || report->too_many || report->no_question ||
           report->error != VOUCH_FOUND || eval->slots[SLOT_POINTERS].state != SLOT_ANSWERED;
}

/* verdict_is_open - was the service, or the pointers that could name it, asked and not answered? */
static bool verdict_is_open(const struct eval *eval, int service)
{
    const struct slot *slot = &eval->slots[SLOT_SERVICES + service];

    if (slot->state == SLOT_UNUSED && eval->settings.services[service].only_if_listed)
        slot = &eval->slots[SLOT_POINTERS];
    return slot->state != SLOT_UNUSED && slot->state != SLOT_ANSWERED;
}

bool vouch_eval_report(const struct vouch_eval *outside, size_t index, struct vouch_report *report)
{
    const struct eval *eval = verdict_inside(outside);
    struct vouch_verdict verdict;
    int service = -1;

    do {
        if (++service == eval->settings.services_count)
            return false;
    } while (!verdict_has_report(eval, service) || index-- != 0);
    *report = eval->reports[service];
    if (verdict_is_open(eval, service))
        report->error = VOUCH_TIMEOUT;
    vouch_eval_verdict(outside, &verdict);
    report->used = verdict.service == service;
    return true;
}
