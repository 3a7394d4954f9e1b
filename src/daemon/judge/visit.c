/*
 * visit.c - one HELO on one connection: judged or not, the verdict, and what follows from it.
 */
#include "daemon/judge/visit.h"

#include "base/address.h"
#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/record.h"
#include "daemon/log/event.h"
#include "daemon/log/log.h"

#include <stdlib.h>
#include <string.h>

#define CUT_TELL_MS 60000 /* between two lines about visits that were concluded early */

/* A decision of mode monitor that did not wait. */
struct visit_late {
    struct visit_decision decision;
    char recipient[RECIPIENT_SIZE];
};

TAILQ_HEAD(visit_list, visit);

/* Visits whose session has gone on or away; only the log waits for their verdict. Oldest first. */
static struct visit_list orphans = TAILQ_HEAD_INITIALIZER(orphans);
static size_t orphans_count;

static void visit_catch_up(struct visit *visit);

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

/* visit_heard - the verdict is there */
static void visit_heard(void *owner, const struct judge_result *result)
{
    struct visit *visit = owner;

    visit->ticket = NULL;
    visit->waiting = false;
    visit->judged = true;
    visit->end_us = clock_us();
    visit->queries = result->queries;
    visit->cut = result->cut;
    visit->verdict = *result->verdict;
    vouch_verdict_weigh(&visit->verdict, visit->profile->accept_at, visit->profile->reject_at);
    event_log_decision(visit);
    record_decision(visit, result);
    visit_catch_up(visit);
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

/* visit_forget_left - the SMTP session is over: those that it left are nobody's now */
static void visit_forget_left(struct visit *visit)
{
    while (visit->left_count != 0)
        visit->left[--visit->left_count]->parent = NULL;
}

/* visit_ask - have it judged */
static void visit_ask(struct visit *visit, const struct vouch_facts *facts)
{
    struct judge_ticket *ticket = judge_ask(visit->worker->judge, facts, visit->id, visit_heard, visit);

    if (ticket != NULL) /* else it was heard, and may be another visit by now */
        visit->ticket = ticket;
}

/* visit_hold - do not ask yet; false without memory */
static bool visit_hold(struct visit *visit, struct vouch_bytes tls_name)
{
    visit->tls_name = strndup(tls_name.length != 0 ? (const char *)tls_name.data : "", tls_name.length);
    visit->held = visit->tls_name != NULL;
    return visit->held;
}

/* visit_held_facts - what is to be asked about a visit that was held */
static struct vouch_facts visit_held_facts(const struct visit *visit)
{
    return (struct vouch_facts){.client = visit->client,
                                .helo = {(const uint8_t *)visit->helo, visit->helo_length},
                                .tls_name = text_bytes(visit->tls_name)};
}

/* visit_let_go - hold it no more */
static void visit_let_go(struct visit *visit)
{
    free(visit->tls_name);
    visit->tls_name = NULL;
    visit->held = false;
}

/* visit_release - one that was left is done: ask about the one that was held for it */
static void visit_release(struct visit *visit)
{
    struct vouch_facts facts = visit_held_facts(visit);
    char *tls_name = visit->tls_name;

    visit->tls_name = NULL; /* `done` may begin another one */
    visit->held = false;
    visit_ask(visit, &facts);
    free(tls_name);
}

void visit_begin(struct visit *visit, const struct visit_facts *facts)
{
    struct vouch_facts judged = facts->facts;
    struct vouch_bytes client;

    visit_end(visit);
    visit->client = facts->facts.client;
    client = (struct vouch_bytes){visit->client.octets, address_length(&visit->client)};
    if (visit->left_count != 0 && client.length != 0 && !address_equals(&visit->left[0]->client, client))
        visit_forget_left(visit); /* connections of the policy service carry one session after the other */
    visit->begun = true;
    visit->start_us = clock_us();
    decision_id_make(visit->id);
    if (!visit_keep_helo(visit, facts->facts.helo))
        return; /* not judged is trouble of ours, and passes */
    visit->exempt = visit_find_exempt(visit, facts);
    visit_watch_addresses(visit);
    if (visit->exempt != VISIT_JUDGED) {
        event_log_exempt(visit);
        return;
    }
    if (!visit->worker->conf->tls_identity)
        judged.tls_name.length = 0;
    visit->waiting = true;
    if (visit->left_count < VISIT_LEFT_MAX || !visit_hold(visit, judged.tls_name))
        visit_ask(visit, &judged);
}

/* visit_disown - take an orphan out of those of its connection */
static void visit_disown(struct visit *orphan)
{
    struct visit *parent = orphan->parent;
    size_t i = 0;

    if (parent == NULL)
        return;
    while (parent->left[i] != orphan)
        i++;
    for (parent->left_count--; i < parent->left_count; i++)
        parent->left[i] = parent->left[i + 1];
}

/* visit_bury - free an orphan */
static void visit_bury(struct visit *visit)
{
    visit_disown(visit);
    TAILQ_REMOVE(&orphans, visit, orphan);
    orphans_count--;
    free(visit->helo);
    free(visit->late);
    free(visit);
}

/* visit_buried - the verdict on an orphan is logged */
static void visit_buried(void *self)
{
    struct visit *visit = self, *parent = visit->parent;

    visit_bury(visit);
    if (parent != NULL && parent->held)
        visit_release(parent);
}

/* visit_nothing - nobody goes on */
static void visit_nothing(void *self)
{
    (void)self;
}

/* visit_tell_cut - count a visit that was concluded early, and say so now and then */
static void visit_tell_cut(void)
{
    static uint64_t count;
    static int64_t told_ms;
    int64_t now_ms = clock_coarse_ms();

    if (count++ != 0 && now_ms - told_ms < CUT_TELL_MS)
        return;
    told_ms = now_ms;
    log_line(LOG_WARNING,
             "too many HELOs were left before they were judged, and judged by what was known (cut=yes): %llu until now",
             (unsigned long long)count);
}

/* visit_conclude_orphan - judge an orphan by what is known; false: not now */
static bool visit_conclude_orphan(struct visit *orphan)
{
    if (!judge_conclude(orphan->worker->judge, orphan->ticket)) /* and bury it */
        return false;
    visit_tell_cut();
    return true;
}

/* visit_decline - log a visit that was held, and left for another one: of so many there is nothing known */
static void visit_decline(struct visit *visit)
{
    struct vouch_facts facts = visit_held_facts(visit);
    visit_done *done = visit->done;

    visit->done = visit_nothing;
    judge_decline(visit->worker->judge, &facts, visit->id, visit_heard, visit);
    visit->done = done;
    visit_tell_cut();
    visit_let_go(visit);
}

/* visit_bound_orphans - conclude the oldest of too many, which take the places of sessions that wait */
static void visit_bound_orphans(const struct worker *worker)
{
    size_t half = worker->conf->limits.jobs / 2;

    while (orphans_count > (half > 0 ? half : 1) && visit_conclude_orphan(TAILQ_FIRST(&orphans)))
        ;
}

/* visit_orphan - leave a visit that waits to the log; false: out of memory */
static bool visit_orphan(struct visit *visit)
{
    struct visit *orphan;

    if (visit->left_count == VISIT_LEFT_MAX)
        return false;
    orphan = malloc(sizeof *orphan);
    if (orphan == NULL)
        return false;
    *orphan = *visit;
    orphan->done = visit_buried;
    orphan->owner = orphan;
    orphan->left_count = 0;
    orphan->parent = visit;
    visit->left[visit->left_count++] = orphan;
    TAILQ_INSERT_TAIL(&orphans, orphan, orphan);
    orphans_count++;
    judge_hand_over(orphan->ticket, orphan);
    visit->waiting = false;
    visit->helo = NULL;
    visit->late = NULL;
    visit_bound_orphans(visit->worker);
    return true;
}

void visit_close_all(void)
{
    while (!TAILQ_EMPTY(&orphans)) {
        struct visit *visit = TAILQ_FIRST(&orphans);

        judge_cancel(visit->worker->judge, visit->ticket);
        visit_bury(visit);
    }
}

/* visit_leave - stop waiting */
static void visit_leave(struct visit *visit)
{
    if (visit->held)
        visit_let_go(visit);
    else if (visit->waiting)
        judge_cancel(visit->worker->judge, visit->ticket);
    visit->waiting = false;
    visit->ticket = NULL;
}

void visit_authenticate(struct visit *visit)
{
    if (visit->exempt != VISIT_JUDGED)
        return;
    visit_leave(visit);
    free(visit->late);
    visit->late = NULL;
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

const struct conf_profile *visit_deciding(const struct visit *visit, enum vouch_stage stage,
                                          const struct recipient *recipient)
{
    const struct conf_profile *profile = NULL;

    if (stage == VOUCH_STAGE_RCPT && recipient != NULL)
        profile = conf_domain_profile(visit->worker->conf, recipient->domain);
    if (profile != NULL)
        return profile;
    return stage >= visit->profile->reject_at_stage ? visit->profile : NULL;
}

bool visit_must_wait(const struct visit *visit, enum vouch_stage stage, const struct recipient *recipient)
{
    const struct conf_profile *profile = visit->waiting ? visit_deciding(visit, stage, recipient) : NULL;

    return profile != NULL && profile->mode == VOUCH_MODE_ENFORCE;
}

/* visit_policy - what counts at `stage` under a profile */
static struct vouch_policy visit_policy(const struct visit *visit, const struct conf_profile *profile,
                                        enum vouch_stage stage)
{
    struct vouch_policy policy = visit->worker->conf->policy;

    policy.mode = profile->mode;
    policy.require = profile->require;
    policy.defer_temperror = profile->defer_temperror;
    policy.reject_at_stage = stage;
    return policy;
}

/* visit_decide - the verb for one recipient under one profile, and the reply that goes with it */
static enum vouch_verb visit_decide(const struct visit *visit, const struct conf_profile *profile,
                                    enum vouch_stage stage, char reply[VOUCH_REPLY_SIZE])
{
    struct vouch_policy policy = visit_policy(visit, profile, stage);
    struct vouch_verdict verdict = visit->verdict;

    vouch_verdict_weigh(&verdict, profile->accept_at, profile->reject_at);
    vouch_policy_reply(&policy, &verdict, visit->id, reply);
    return vouch_policy_decide(&policy, &verdict);
}

enum vouch_verb visit_verb(const struct visit *visit)
{
    struct vouch_policy policy = visit_policy(visit, visit->profile, visit->profile->reject_at_stage);

    return vouch_policy_decide(&policy, &visit->verdict); /* weighed with this profile already */
}

enum vouch_verb visit_conclude(const struct visit *visit, char reply[VOUCH_REPLY_SIZE])
{
    return visit_decide(visit, visit->profile, visit->profile->reject_at_stage, reply);
}

/* visit_refuse - defer or reject, or only say so in mode monitor; each is logged once a visit */
static enum visit_act visit_refuse(struct visit *visit, const struct visit_decision *decision,
                                   char reply[VOUCH_REPLY_SIZE])
{
    enum vouch_mode mode = decision->profile->mode;

    if (!visit->logged[mode]) {
        event_log_action(visit, decision, reply);
        record_action(visit, decision, reply);
    }
    visit->logged[mode] = true;
    if (mode == VOUCH_MODE_ENFORCE)
        return decision->verb == VOUCH_VERB_DEFER ? VISIT_DEFER : VISIT_REJECT;
    reply[0] = '\0';
    return VISIT_PASS;
}

/* visit_follow - from the verdict to what to do; without one, pass */
static enum visit_act visit_follow(struct visit *visit, struct visit_decision *decision, char reply[VOUCH_REPLY_SIZE])
{
    struct vouch_bytes helo = {.data = (const uint8_t *)visit->helo, .length = visit->helo_length};
    const char *comment;

    reply[0] = '\0';
    if (!visit->judged || visit_exempt_by(decision->profile, &visit->client, helo, &comment) != VISIT_JUDGED)
        return VISIT_PASS;
    decision->verb = visit_decide(visit, decision->profile, decision->stage, reply);
    switch (decision->verb) {
    case VOUCH_VERB_ACCEPT:
        return VISIT_TRUSTED;
    case VOUCH_VERB_CONTINUE:
        return VISIT_PASS;
    case VOUCH_VERB_DEFER:
    case VOUCH_VERB_REJECT:
        break;
    }
    if (!decision->postmaster)
        return visit_refuse(visit, decision, reply);
    reply[0] = '\0';
    return VISIT_PASS;
}

/* visit_postpone - remember, in mode monitor, what to log once the verdict is there; the first of a visit */
static void visit_postpone(struct visit *visit, const struct visit_decision *decision)
{
    struct visit_late *late;

    if (visit->late != NULL)
        return;
    late = calloc(1, sizeof *late);
    if (late == NULL)
        return;
    late->decision = *decision;
    late->decision.recipient.data = (const uint8_t *)late->recipient;
    late->decision.recipient.length = recipient_keep(late->recipient, decision->recipient);
    visit->late = late;
}

/* visit_catch_up - log what was postponed */
static void visit_catch_up(struct visit *visit)
{
    char reply[VOUCH_REPLY_SIZE];

    if (visit->late != NULL)
        (void)visit_follow(visit, &visit->late->decision, reply); /* only for its line in the log */
    free(visit->late);
    visit->late = NULL;
}

enum visit_act visit_act(struct visit *visit, enum vouch_stage stage, const struct recipient *recipient,
                         char reply[VOUCH_REPLY_SIZE])
{
    struct visit_decision decision = {.profile = visit_deciding(visit, stage, recipient), .stage = stage};

    reply[0] = '\0';
    if (decision.profile == NULL)
        return VISIT_PASS;
    if (recipient != NULL) {
        decision.recipient = recipient->text;
        decision.postmaster = stage == VOUCH_STAGE_RCPT && recipient_is_postmaster(recipient);
    }
    if (visit->waiting)
        visit_postpone(visit, &decision);
    return visit_follow(visit, &decision, reply);
}

/* visit_add_id - the decision id behind all else; a field that is full goes without */
static void visit_add_id(const struct visit *visit, char header[VOUCH_HEADER_SIZE])
{
    static const char property[] = " policy.csv-id=";
    size_t length = strlen(header);
    struct text text;

    if (length + sizeof property + DECISION_ID_SIZE > VOUCH_HEADER_SIZE)
        return;
    text_init(&text, header + length, VOUCH_HEADER_SIZE - length);
    text_add(&text, property);
    text_add(&text, visit->id);
}

void visit_header(const struct visit *visit, char header[VOUCH_HEADER_SIZE])
{
    struct vouch_bytes helo = {.data = (const uint8_t *)visit->helo, .length = visit->helo_length};

    header[0] = '\0';
    if (!visit->judged)
        return;
    vouch_policy_header(&visit->worker->conf->policy, &visit->verdict, helo, header);
    if (visit->worker->conf->header_id)
        visit_add_id(visit, header);
}

bool visit_strips(const struct visit *visit)
{
    return visit->worker->conf->strip != CONF_STRIP_NO && visit->exempt != VISIT_LOCAL &&
           visit->exempt != VISIT_TRUSTED_NETWORK;
}

/* visit_reset - as at the beginning, but for the orphans of the connection */
static void visit_reset(struct visit *visit)
{
    struct visit before = *visit;

    visit_init(visit, before.worker, before.profile, before.protocol, before.done, before.owner);
    visit->left_count = before.left_count;
    memcpy(visit->left, before.left, sizeof visit->left);
}

void visit_end(struct visit *visit)
{
    if (visit->held)
        visit_decline(visit);
    else if (visit->waiting && !visit_orphan(visit))
        visit_leave(visit);
    free(visit->helo);
    free(visit->late);
    visit_reset(visit);
}

void visit_close(struct visit *visit)
{
    visit_end(visit);
    visit_forget_left(visit);
}
