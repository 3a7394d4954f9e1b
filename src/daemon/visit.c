/*
 * visit.c - one HELO on one connection: judged or not, the verdict, and what follows from it.
 */
#include "daemon/visit.h"

#include "daemon/event.h"
#include "daemon/judge.h"
#include "policy/recipient.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* visit_now_us - the monotonic clock */
static int64_t visit_now_us(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t visit_elapsed_ms(const struct visit *visit)
{
    return (visit->end_us - visit->start_us) / 1000;
}

void visit_init(struct visit *visit, const struct worker *worker, const struct conf_profile *profile,
                const char *protocol, visit_done *done, void *owner)
{
    memset(visit, 0, sizeof *visit);
    visit->worker = worker;
    visit->profile = profile;
    visit->protocol = protocol;
    visit->done = done;
    visit->owner = owner;
    visit->comment = "";
}

/* visit_is_submission - did the listener of the MTA that took this session say that it is for submission? */
static bool visit_is_submission(const struct conf_words *names, struct vouch_bytes daemon_name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strlen(names->words[i]) == daemon_name.length &&
            memcmp(names->words[i], daemon_name.data, daemon_name.length) == 0)
            return true;
    }
    return false;
}

/* visit_find_exempt - why this client is not judged, if so; the surest reason first */
static enum visit_exempt visit_find_exempt(struct visit *visit, const struct visit_facts *facts)
{
    const struct conf_profile *profile = visit->profile;
    const struct conf_exemption *exemption;

    if (!profile->judge)
        return VISIT_NOT_JUDGED;
    if (facts->local)
        return VISIT_LOCAL;
    if (facts->authenticated)
        return VISIT_AUTHENTICATED;
    if (facts->daemon_name.length != 0 && visit_is_submission(&profile->submission_names, facts->daemon_name))
        return VISIT_SUBMISSION;
    if (conf_network_holds(&profile->trusted_networks, &visit->client))
        return VISIT_TRUSTED_NETWORK;
    exemption = conf_find_exemption(&profile->exempt, &visit->client, facts->facts.helo);
    if (exemption == NULL)
        return VISIT_JUDGED;
    visit->comment = exemption->comment;
    return VISIT_EXEMPT;
}

/* visit_heard - the verdict is there */
static void visit_heard(void *owner, const struct vouch_verdict *verdict, unsigned queries)
{
    struct visit *visit = owner;

    visit->ticket = NULL;
    visit->waiting = false;
    visit->judged = true;
    visit->end_us = visit_now_us();
    visit->queries = queries;
    visit->verdict = *verdict;
    vouch_verdict_weigh(&visit->verdict, visit->profile->accept_at, visit->profile->reject_at);
    event_log_decision(visit);
    visit->done(visit->owner);
}

/* visit_keep_helo - a copy of the HELO text; false without memory */
static bool visit_keep_helo(struct visit *visit, struct vouch_bytes helo)
{
    visit->helo = malloc(helo.length + 1);
    if (visit->helo == NULL)
        return false;
    if (helo.length != 0)
        memcpy(visit->helo, helo.data, helo.length);
    visit->helo[helo.length] = '\0';
    visit->helo_length = helo.length;
    return true;
}

void visit_begin(struct visit *visit, const struct visit_facts *facts)
{
    struct vouch_facts judged = facts->facts;
    struct judge_ticket *ticket;

    visit_end(visit);
    visit->begun = true;
    visit->client = facts->facts.client;
    visit->start_us = visit_now_us();
    decision_id_make(visit->id);
    if (!visit_keep_helo(visit, facts->facts.helo))
        return; /* not judged is trouble of ours, and passes */
    visit->exempt = visit_find_exempt(visit, facts);
    if (visit->exempt != VISIT_JUDGED) {
        event_log_exempt(visit);
        return;
    }
    if (!visit->worker->conf->tls_identity)
        judged.tls_name.length = 0;
    visit->waiting = true;
    ticket = judge_ask(visit->worker->judge, &judged, visit_heard, visit);
    if (visit->waiting)
        visit->ticket = ticket;
}

/* visit_leave - stop waiting */
static void visit_leave(struct visit *visit)
{
    if (visit->waiting)
        judge_cancel(visit->worker->judge, visit->ticket);
    visit->waiting = false;
    visit->ticket = NULL;
}

void visit_authenticate(struct visit *visit)
{
    if (visit->exempt != VISIT_JUDGED)
        return;
    visit_leave(visit);
    visit->judged = false;
    visit->exempt = VISIT_AUTHENTICATED;
    event_log_exempt(visit);
}

bool visit_has_begun(const struct visit *visit)
{
    return visit->begun;
}

bool visit_is_waiting(const struct visit *visit)
{
    return visit->waiting;
}

bool visit_decides_at(const struct visit *visit, enum vouch_stage stage)
{
    if (visit->exempt != VISIT_JUDGED)
        return false;
    return stage >= visit->profile->reject_at_stage ||
           (stage == VOUCH_STAGE_RCPT && visit->worker->conf->domains_count != 0);
}

/* visit_decide - the verb for one recipient under one profile, and the reply that goes with it */
static enum vouch_verb visit_decide(const struct visit *visit, const struct conf_profile *profile,
                                    enum vouch_stage stage, char reply[VOUCH_REPLY_SIZE])
{
    struct vouch_policy policy = visit->worker->conf->policy;
    struct vouch_verdict verdict = visit->verdict;

    policy.mode = profile->mode;
    policy.require = profile->require;
    policy.defer_temperror = profile->defer_temperror;
    policy.reject_at_stage = stage;
    vouch_verdict_weigh(&verdict, profile->accept_at, profile->reject_at);
    vouch_policy_reply(&policy, &verdict, visit->id, reply);
    return vouch_policy_decide(&policy, &verdict);
}

enum vouch_verb visit_verb(const struct visit *visit)
{
    char reply[VOUCH_REPLY_SIZE];

    return visit_decide(visit, visit->profile, visit->profile->reject_at_stage, reply);
}

/* visit_refuse - defer or reject, or only say so in mode monitor; each is logged once a visit */
static enum visit_act visit_refuse(struct visit *visit, const struct visit_refusal *refusal,
                                   char reply[VOUCH_REPLY_SIZE])
{
    enum vouch_mode mode = refusal->profile->mode;

    if (!visit->logged[mode])
        event_log_action(visit, refusal, reply);
    visit->logged[mode] = true;
    if (mode == VOUCH_MODE_ENFORCE)
        return refusal->verb == VOUCH_VERB_DEFER ? VISIT_DEFER : VISIT_REJECT;
    reply[0] = '\0';
    return VISIT_PASS;
}

enum visit_act visit_act(struct visit *visit, enum vouch_stage stage, struct vouch_bytes recipient,
                         char reply[VOUCH_REPLY_SIZE])
{
    struct visit_refusal refusal = {.profile = NULL, .stage = stage, .recipient = recipient};
    struct recipient parts;

    reply[0] = '\0';
    if (!visit->judged)
        return VISIT_PASS;
    recipient_parse(&parts, recipient);
    if (stage == VOUCH_STAGE_RCPT)
        refusal.profile = conf_domain_profile(visit->worker->conf, parts.domain);
    if (refusal.profile == NULL && stage < visit->profile->reject_at_stage)
        return VISIT_PASS;
    if (refusal.profile == NULL)
        refusal.profile = visit->profile;
    refusal.verb = visit_decide(visit, refusal.profile, stage, reply);
    if (refusal.verb == VOUCH_VERB_ACCEPT)
        return VISIT_TRUSTED;
    if (refusal.verb == VOUCH_VERB_CONTINUE)
        return VISIT_PASS;
    if (stage == VOUCH_STAGE_RCPT && recipient_is_postmaster(&parts)) {
        reply[0] = '\0';
        return VISIT_PASS;
    }
    return visit_refuse(visit, &refusal, reply);
}

void visit_header(const struct visit *visit, char header[VOUCH_HEADER_SIZE])
{
    struct vouch_bytes helo = {.data = (const uint8_t *)visit->helo, .length = visit->helo_length};

    header[0] = '\0';
    if (visit->judged)
        vouch_policy_header(&visit->worker->conf->policy, &visit->verdict, helo, header);
}

bool visit_strips(const struct visit *visit)
{
    return visit->worker->conf->strip != CONF_STRIP_NO && visit->exempt != VISIT_LOCAL &&
           visit->exempt != VISIT_TRUSTED_NETWORK;
}

void visit_end(struct visit *visit)
{
    visit_leave(visit);
    free(visit->helo);
    visit_init(visit, visit->worker, visit->profile, visit->protocol, visit->done, visit->owner);
}

const char *visit_exempt_word(enum visit_exempt exempt)
{
    switch (exempt) {
    case VISIT_JUDGED:
        return "judged";
    case VISIT_NOT_JUDGED:
        return "profile";
    case VISIT_LOCAL:
        return "local";
    case VISIT_AUTHENTICATED:
        return "authenticated";
    case VISIT_SUBMISSION:
        return "submission";
    case VISIT_TRUSTED_NETWORK:
        return "trusted-network";
    case VISIT_EXEMPT:
        return "exempt";
    }
    return "?";
}
