/*
 * record.c - a visit as the ledger keeps it. From memory that is one small packet; the JSON object of the reasoning
 * goes only with the decision whose evaluation it was.
 */
#include "daemon/judge/record.h"

#include "accredit/organization.h"
#include "daemon/clock.h"
#include "daemon/judge/judge.h"
#include "daemon/keeper/client.h"
#include "daemon/log/event.h"
#include "session/account.h"
#include "session/sources.h"

#include <stdlib.h>
#include <string.h>

#define DETAIL_MAX 24576 /* octets that leave room in a packet for all else */

_Static_assert(LEDGER_ID_SIZE >= DECISION_ID_SIZE, "a decision's id fits into the ledger");

/* record_account - the JSON object of a fresh evaluation, from malloc; null: too large, or out of memory */
static char *record_account(const struct visit *visit, const struct judge_result *result)
{
    char reply[VOUCH_REPLY_SIZE], header[VOUCH_HEADER_SIZE];
    struct account account = {.client = &visit->client,
                              .helo = {.data = (const uint8_t *)visit->helo, .length = visit->helo_length},
                              .eval = result->eval,
                              .verdict = &visit->verdict,
                              .evidence = result->evidence,
                              .verb = visit_conclude(visit, reply),
                              .mode = visit->profile->mode,
                              .reply = reply,
                              .header = header,
                              .elapsed_ms = (unsigned)visit_elapsed_ms(visit)};
    char *detail;

    visit_header(visit, header);
    detail = account_format(&account, &visit->worker->sources->settings, false);
    if (detail == NULL || strlen(detail) <= DETAIL_MAX)
        return detail;
    free(detail); /* somebody's answers are very long: the questions without them */
    account.evidence = NULL;
    detail = account_format(&account, &visit->worker->sources->settings, false);
    if (detail == NULL || strlen(detail) <= DETAIL_MAX)
        return detail;
    free(detail);
    return NULL;
}

/* record_organization - the organizational domain of the HELO name, or "" */
static const char *record_organization(const struct visit *visit)
{
    const struct organizations *organizations = visit->worker->sources->organizations;

    return organizations == NULL || visit->verdict.name[0] == '\0'
               ? ""
               : organizations_find(organizations, visit->verdict.name);
}

void record_decision(const struct visit *visit, const struct judge_result *result)
{
    const struct vouch_verdict *verdict = &visit->verdict;
    char helo[EVENT_FOREIGN_SIZE], reasons[EVENT_REASONS_SIZE];
    struct ledger_decision decision = {.time_ms = clock_unix_ms(),
                                       .protocol = visit->protocol,
                                       .profile = visit->profile->name,
                                       .client = visit->client,
                                       .helo = helo,
                                       .name = verdict->name,
                                       .csa = vouch_csa_word(verdict->csa),
                                       .reason = vouch_reason_word(verdict->reason),
                                       .domain = verdict->domain,
                                       .identity = vouch_identity_word(verdict->identity),
                                       .rating = vouch_rating_word(verdict->rating),
                                       .service = verdict->service_name,
                                       .level = vouch_level_word(verdict->level),
                                       .verb = vouch_verb_word(visit_verb(visit)),
                                       .mode = vouch_mode_word(visit->profile->mode),
                                       .secure = verdict->secure,
                                       .score = verdict->score,
                                       .reasons = reasons,
                                       .queries = visit->queries,
                                       .elapsed_ms = visit_elapsed_ms(visit),
                                       .detail = ""};
    char *detail = NULL;
    struct text text;

    if (visit->worker->keeper == NULL || !keeper_client_has_ledger(visit->worker->keeper))
        return;
    memcpy(decision.id, visit->id, sizeof visit->id);
    memcpy(decision.evaluation, result->evaluation, DECISION_ID_SIZE);
    decision.organization = record_organization(visit);
    text_init(&text, helo, sizeof helo);
    event_format_foreign(&text, (struct vouch_bytes){(const uint8_t *)visit->helo, visit->helo_length});
    event_format_reasons(reasons, verdict);
    if (result->eval != NULL && result->evidence != NULL)
        detail = record_account(visit, result);
    if (detail != NULL)
        decision.detail = detail;
    keeper_client_decide(visit->worker->keeper, &decision);
    free(detail);
}

void record_action(const struct visit *visit, const struct visit_decision *decision, const char *reply)
{
    char recipient[EVENT_FOREIGN_SIZE];
    struct ledger_action action = {.time_ms = clock_unix_ms(),
                                   .verb = vouch_verb_word(decision->verb),
                                   .stage = vouch_stage_word(decision->stage),
                                   .profile = decision->profile->name,
                                   .recipient = recipient,
                                   .reply = reply,
                                   .acted = decision->profile->mode == VOUCH_MODE_ENFORCE};
    struct text text;

    if (visit->worker->keeper == NULL || !keeper_client_has_ledger(visit->worker->keeper))
        return;
    memcpy(action.id, visit->id, sizeof visit->id);
    text_init(&text, recipient, sizeof recipient);
    event_format_foreign(&text, decision->recipient);
    keeper_client_act(visit->worker->keeper, &action);
}
