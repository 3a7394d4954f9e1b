/*
 * plan.c - the questions of an evaluation: two rounds at most, never above VOUCH_QUESTIONS_MAX.
 *
 * Round 1 goes out at once. Round 2 depends on the SRV answer (targets, or ancestors) and on the PTR answer (services
 * that the sender names). A usual session, one record whose target is the HELO name, needs no round 2.
 */
#include "base/text.h"
#include "core/eval.h"
#include "core/service.h"

#include <string.h>

#define CSA_PREFIX "_client._smtp."

/* plan_ask - make a slot's question ready */
static void plan_ask(struct eval *eval, unsigned slot, uint8_t round)
{
    eval->slots[slot].state = SLOT_READY;
    eval->slots[slot].round = round;
}

/* plan_count_reports - services asked, or to be asked, by DNS */
static unsigned plan_count_reports(const struct eval *eval)
{
    unsigned count = 0;

    for (unsigned i = 0; i < eval->settings.services_count; i++) {
        if (eval->settings.services[i].style != VOUCH_STYLE_LIST && eval->slots[SLOT_SERVICES + i].state != SLOT_UNUSED)
            count++;
    }
    return count;
}

/* plan_asked_name - what a service is asked about: the HELO name, or the organization that ends it; "": nothing */
static const char *plan_asked_name(const struct eval *eval, const struct vouch_service *service)
{
    return eval->helo.name + (service->ask_organization ? eval->helo.length - eval->organization : 0);
}

/* plan_no_question - a service that cannot be asked, and why, in the place of what it would say */
static void plan_no_question(struct eval *eval, unsigned index, size_t length)
{
    const struct vouch_service *service = &eval->settings.services[index];
    struct vouch_report *report = &eval->reports[index];
    struct text text;

    report->no_question = true;
    text_init(&text, report->info, sizeof report->info);
    text_add(&text, VOUCH_NOT_ASKED);
    if (service->style == VOUCH_STYLE_ADDRESS_LIST && eval->client.family == 0)
        text_add(&text, "no address");
    else if (service->style != VOUCH_STYLE_ADDRESS_LIST && length == 0)
        text_add(&text, "no organizational domain");
    else
        text_add(&text, "the name would be too long");
}

/* plan_ask_service - ask one accreditor or list, if there is something to ask and the cap allows */
static void plan_ask_service(struct eval *eval, unsigned index, uint8_t round)
{
    const struct vouch_service *service = &eval->settings.services[index];
    size_t length = strlen(plan_asked_name(eval, service));

    if (service->style == VOUCH_STYLE_LIST ? length == 0 : !service_fits(service, length, &eval->client)) {
        plan_no_question(eval, index, length); /* it cannot list such a name [CLAUSES report-no-question] */
        return;
    }
    if (service->style != VOUCH_STYLE_LIST && plan_count_reports(eval) == VOUCH_REPORTS_MAX)
        eval->reports[index].too_many = true;
    else
        plan_ask(eval, SLOT_SERVICES + index, round);
}

/* plan_first_services - ask all but those that wait for the sender's pointers; is there one of those? */
static bool plan_first_services(struct eval *eval)
{
    bool named = eval->helo.form == HELO_NAME;
    bool pointers = false;

    for (unsigned i = 0; i < eval->settings.services_count; i++) {
        const struct vouch_service *service = &eval->settings.services[i];

        if (!named && service->style != VOUCH_STYLE_ADDRESS_LIST)
            continue; /* only addresses are left to ask about [DESIGN 6.1] */
        if (service->only_if_listed)
            pointers = true;
        else
            plan_ask_service(eval, i, 1);
    }
    return pointers;
}

void plan_first(struct eval *eval)
{
    bool pointers = plan_first_services(eval);

    if (eval->helo.form != HELO_NAME)
        return;
    plan_ask(eval, SLOT_CSA, 1);
    if (eval->client.family != 0)
        plan_ask(eval, SLOT_ADDRESS, 1);
    if (eval->settings.use_reputation)
        plan_ask(eval, SLOT_REPUTATION, 1);
    if (pointers)
        plan_ask(eval, SLOT_POINTERS, 1);
}

/* plan_targets - ask for the addresses of the targets, but not again for the HELO name's */
static void plan_targets(struct eval *eval)
{
    struct name helo;
    unsigned slot = SLOT_SECOND;

    if (eval->records.confirmed || !name_set(&helo, eval->helo.name, eval->helo.length))
        return;
    eval->targets_count = eval->records.targets_count;
    for (unsigned i = 0; i < eval->targets_count; i++) {
        if (eval->client.family == 0 || name_equals(&eval->records.targets[i], &helo)) {
            eval->target_slots[i] = SLOT_ADDRESS;
        } else {
            eval->target_slots[i] = (uint8_t)slot;
            plan_ask(eval, slot++, 2);
        }
    }
}

/* plan_ancestors - ask all ancestors at once [CSA 6] */
static void plan_ancestors(struct eval *eval)
{
    if (!eval->settings.parent_search)
        return;
    while (helo_ancestor(&eval->helo, eval->ancestors_count) != 0)
        plan_ask(eval, SLOT_SECOND + eval->ancestors_count++, 2);
}

/* plan_is_registered - does a denial's SOA leave room for a registered domain? [CLAUSES explicit-soa-tld] */
static bool plan_is_registered(const struct eval *eval, const struct vouch_answer *answer)
{
    struct name owner;
    struct name top;
    const char *top_text = helo_suffix(&eval->helo, 1);

    if (answer->soa_owner.length == 0 || !name_read_view(&owner, answer->soa_owner, answer->message))
        return true;
    return !name_is_root(&owner) && !(name_set(&top, top_text, strlen(top_text)) && name_equals(&owner, &top));
}

void plan_after_records(struct eval *eval, const struct vouch_answer *answer)
{
    switch (answer->status) {
    case VOUCH_FOUND:
        csa_judge_records(&eval->records, answer, &eval->client);
        if (csa_is_foreign_only(&eval->records))
            plan_ancestors(eval);
        else if (!eval->records.prohibits)
            plan_targets(eval);
        break;
    case VOUCH_NODATA:
    case VOUCH_NXDOMAIN:
        if (plan_is_registered(eval, answer))
            plan_ancestors(eval);
        break;
    case VOUCH_CHAIN:
    case VOUCH_FAILED:
    case VOUCH_TIMEOUT:
    case VOUCH_BOGUS:
        break;
    }
}

void plan_after_pointers(struct eval *eval, uint32_t named, enum vouch_status status)
{
    for (unsigned i = 0; i < eval->settings.services_count; i++) {
        if (!eval->settings.services[i].only_if_listed)
            continue;
        if ((named & UINT32_C(1) << i) != 0)
            plan_ask_service(eval, i, 2);
        else if (status > VOUCH_NXDOMAIN)
            eval->reports[i].error = status; /* nobody knows whether it was named */
    }
}

/* plan_describe_second - the question of a target's or an ancestor's slot */
static void plan_describe_second(const struct eval *eval, unsigned slot, struct vouch_question *question)
{
    struct text text;

    if (eval->targets_count == 0) {
        question->purpose = VOUCH_ASK_PARENT;
        question->type = VOUCH_TYPE_SRV;
        text_init(&text, question->name, sizeof question->name);
        text_add(&text, CSA_PREFIX);
        text_add(&text, helo_suffix(&eval->helo, helo_ancestor(&eval->helo, slot - SLOT_SECOND)));
        return;
    }
    question->purpose = VOUCH_ASK_TARGET;
    question->type = eval->client.family == 4 ? VOUCH_TYPE_A : VOUCH_TYPE_AAAA;
    for (unsigned i = 0; i < eval->targets_count; i++) {
        if (eval->target_slots[i] == slot)
            vouch_name_format(eval->records.targets[i].wire, question->name);
    }
}

/* plan_describe_service - the question to an accreditor or list */
static void plan_describe_service(const struct eval *eval, unsigned slot, struct vouch_question *question)
{
    int index = (int)(slot - SLOT_SERVICES);
    const char *name = plan_asked_name(eval, &eval->settings.services[index]);
    struct text text;

    if (!vouch_service_question(&eval->settings, index, name, &eval->client, question)) {
        question->purpose = VOUCH_ASK_LIST; /* what does not fit was not planned */
        question->service = index;
        text_init(&text, question->name, sizeof question->name);
        text_add(&text, name);
    }
    question->id = slot;
}

void plan_describe(const struct eval *eval, unsigned slot, struct vouch_question *question)
{
    struct text text;

    question->id = slot;
    question->type = VOUCH_TYPE_NONE;
    question->service = -1;
    text_init(&text, question->name, sizeof question->name);
    if (slot >= SLOT_SECOND) {
        plan_describe_second(eval, slot, question);
    } else if (slot >= SLOT_SERVICES) {
        plan_describe_service(eval, slot, question);
    } else if (slot == SLOT_CSA) {
        question->purpose = VOUCH_ASK_CSA;
        question->type = VOUCH_TYPE_SRV; /* [CSA 4] */
        text_add(&text, CSA_PREFIX);
        text_add(&text, eval->helo.name);
    } else {
        text_add(&text, eval->helo.name);
        if (slot == SLOT_ADDRESS) {
            question->purpose = VOUCH_ASK_ADDRESS;
            question->type = eval->client.family == 4 ? VOUCH_TYPE_A : VOUCH_TYPE_AAAA; /* [CSA 10] */
        } else if (slot == SLOT_POINTERS) {
            question->purpose = VOUCH_ASK_POINTERS;
            question->type = VOUCH_TYPE_PTR; /* [DNA 4] */
        } else {
            question->purpose = VOUCH_ASK_REPUTATION;
        }
    }
}
