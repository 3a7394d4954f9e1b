/*
 * eval.c - the evaluator as a pulled state machine: hands out questions, takes answers, knows when it is done.
 *
 * Total: every state accepts every event. Deterministic: answers are reduced into the slot of their question, and the
 * verdict is computed from the slots. The verdict itself is in verdict.c.
 */
#include "core/eval.h"

#include "base/address.h"
#include "base/text.h"
#include "core/dna.h"
#include "core/service.h"

#include <string.h>

/* eval_inside - the private struct in the caller's memory */
static struct eval *eval_inside(struct vouch_eval *eval)
{
    return (struct eval *)(void *)eval->opaque;
}

/* eval_tls_matches - does the verified certificate name exactly the HELO name? */
static bool eval_tls_matches(const struct helo *helo, struct vouch_bytes tls_name)
{
    struct name a, b;

    if (helo->form != HELO_NAME || tls_name.length == 0)
        return false;
    return name_set(&a, helo->name, helo->length) && name_set(&b, (const char *)tls_name.data, tls_name.length) &&
           name_equals(&a, &b);
}

/* eval_find_organization - octets of the HELO name that the organization covers; 0 if it is none of its suffixes */
static uint8_t eval_find_organization(const struct helo *helo, struct vouch_bytes organization)
{
    const char *suffix;

    if (organization.length == 0 || organization.length > helo->length)
        return 0;
    suffix = helo->name + helo->length - organization.length;
    if (!text_is_nocase(organization, suffix) || (suffix != helo->name && suffix[-1] != '.'))
        return 0;
    return (uint8_t)organization.length;
}

/* eval_copy_settings - what counts of the settings, within their bounds */
static void eval_copy_settings(struct eval *eval, const struct vouch_settings *settings)
{
    struct vouch_settings *copy = &eval->settings;

    memcpy(copy, settings, offsetof(struct vouch_settings, services));
    if (copy->services_count > VOUCH_SERVICES_MAX)
        copy->services_count = VOUCH_SERVICES_MAX;
    memcpy(copy->services, settings->services, copy->services_count * sizeof copy->services[0]);
    copy->codes_count = settings->codes_count < VOUCH_CODES_MAX ? settings->codes_count : VOUCH_CODES_MAX;
    memcpy(copy->codes, settings->codes, copy->codes_count * sizeof copy->codes[0]);
    for (int i = 0; i < copy->services_count; i++) {
        if (copy->services[i].style == VOUCH_STYLE_ADDRESS_LIST)
            copy->services[i].only_if_listed = false; /* pointers are those of a name */
        if (copy->services[i].style == VOUCH_STYLE_LIST)
            copy->services[i].suspended = false; /* one's own word needs no checks */
        service_reset(&eval->reports[i], i);
    }
}

void vouch_eval_init(struct vouch_eval *outside, const struct vouch_settings *settings, const struct vouch_facts *facts)
{
    struct eval *eval = eval_inside(outside);

    memset(eval, 0, offsetof(struct eval, reports));
    eval_copy_settings(eval, settings);
    eval->client = facts->client;
    address_unmap(&eval->client);
    helo_judge(&eval->helo, facts->helo, settings);
    eval->organization = eval_find_organization(&eval->helo, facts->organization);
    eval->tls_matches = eval_tls_matches(&eval->helo, facts->tls_name);
    for (unsigned i = 0; i < SLOTS; i++)
        eval->slots[i].status = VOUCH_TIMEOUT;
    plan_first(eval);
}

enum vouch_next vouch_eval_next(struct vouch_eval *outside, struct vouch_question *question)
{
    struct eval *eval = eval_inside(outside);
    bool out = false;

    for (unsigned i = 0; i < SLOTS; i++) {
        if (eval->slots[i].state == SLOT_READY) {
            eval->slots[i].state = SLOT_OUT;
            plan_describe(eval, i, question);
            return VOUCH_ASK;
        }
        out = out || eval->slots[i].state == SLOT_OUT;
    }
    return out ? VOUCH_WAIT : VOUCH_DONE;
}

/* eval_take - reduce an answer into the digest that its purpose needs */
static void eval_take(struct eval *eval, unsigned id, enum vouch_purpose purpose, const struct vouch_answer *answer)
{
    struct slot *slot = &eval->slots[id];
    int service;

    switch (purpose) {
    case VOUCH_ASK_CSA:
        plan_after_records(eval, answer);
        break;
    case VOUCH_ASK_ADDRESS:
    case VOUCH_ASK_TARGET:
        if (answer->status == VOUCH_FOUND)
            csa_judge_addresses(&slot->addresses, answer, &eval->client);
        break;
    case VOUCH_ASK_PARENT:
        slot->asserts_explicit = answer->status == VOUCH_FOUND && csa_asserts_explicit(answer);
        break;
    case VOUCH_ASK_POINTERS:
        plan_after_pointers(eval, answer->status == VOUCH_FOUND ? dna_judge_pointers(answer, &eval->settings) : 0,
                            answer->status);
        break;
    case VOUCH_ASK_REPORT:
    case VOUCH_ASK_LIST:
        service = (int)(id - SLOT_SERVICES);
        vouch_service_judge(&eval->settings, service, answer, &eval->reports[service]);
        break;
    case VOUCH_ASK_REPUTATION:
        if (answer->status == VOUCH_FOUND)
            eval->reputation = answer->reputation;
        break;
    }
}

void vouch_eval_answer(struct vouch_eval *outside, unsigned id, const struct vouch_answer *answer)
{
    struct eval *eval = eval_inside(outside);
    struct vouch_question question;
    struct slot *slot;

    if (id >= SLOTS || eval->slots[id].state != SLOT_OUT)
        return;
    slot = &eval->slots[id];
    slot->state = SLOT_ANSWERED;
    slot->status = (uint8_t)answer->status;
    slot->secure = answer->secure;
    slot->has_ttl = answer->has_ttl;
    slot->ttl_s = answer->ttl_s;
    slot->records = (uint16_t)(answer->records_count > UINT16_MAX ? UINT16_MAX : answer->records_count);
    plan_describe(eval, id, &question);
    eval_take(eval, id, question.purpose, answer);
}

void vouch_eval_expire(struct vouch_eval *outside)
{
    struct eval *eval = eval_inside(outside);

    for (unsigned i = 0; i < SLOTS; i++) {
        if (eval->slots[i].state == SLOT_OUT)
            eval->slots[i].state = SLOT_EXPIRED;
        else if (eval->slots[i].state == SLOT_READY)
            eval->slots[i].state = SLOT_DROPPED;
    }
}

bool vouch_eval_step(const struct vouch_eval *outside, size_t index, struct vouch_step *step)
{
    const struct eval *eval = (const struct eval *)(const void *)outside->opaque;

    for (unsigned i = 0; i < SLOTS; i++) {
        const struct slot *slot = &eval->slots[i];

        if (slot->state == SLOT_UNUSED || slot->state == SLOT_READY || slot->state == SLOT_DROPPED || index-- != 0)
            continue;
        plan_describe(eval, i, &step->question);
        step->round = slot->round;
        step->answered = slot->state == SLOT_ANSWERED;
        step->status = (enum vouch_status)slot->status;
        step->secure = slot->secure;
        step->has_ttl = slot->has_ttl;
        step->ttl_s = slot->ttl_s;
        step->records = slot->records;
        return true;
    }
    return false;
}
