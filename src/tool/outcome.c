/*
 * outcome.c - judges one session on a loop; its JSON object.
 */
#include "tool/outcome.h"

#include "session/account.h"
#include "session/session.h"

#include <event2/event.h>
#include <stdlib.h>

/* What the loop's callbacks share. */
struct judging {
    struct event_base *base;
    struct session *session;
    struct evidence *evidence;
    bool done;
};

/* judging_done - the verdict is final: leave the loop */
static void judging_done(void *self)
{
    struct judging *judging = self;

    judging->done = true;
    event_base_loopbreak(judging->base);
}

/* judging_heard - keep what an answer held */
static void judging_heard(void *self, unsigned id, const struct vouch_answer *answer)
{
    struct judging *judging = self;

    evidence_take(judging->evidence, id, answer);
}

/* judging_expired - the deadline passed */
static void judging_expired(evutil_socket_t socket, short events, void *self)
{
    struct judging *judging = self;

    (void)socket;
    (void)events;
    session_expire(judging->session);
}

/* outcome_run - run the loop until the session is done */
static bool outcome_run(struct judging *judging, uint32_t deadline_ms)
{
    struct timeval deadline = {deadline_ms / 1000, (suseconds_t)(deadline_ms % 1000) * 1000};
    struct event *timer = evtimer_new(judging->base, judging_expired, judging);
    bool fine = timer != NULL && evtimer_add(timer, &deadline) == 0;

    if (fine)
        session_start(judging->session);
    while (fine && !judging->done)
        fine = event_base_loop(judging->base, EVLOOP_ONCE) >= 0;
    if (timer != NULL)
        event_free(timer);
    return fine;
}

void outcome_conclude(struct outcome *outcome, const struct conf *conf)
{
    vouch_eval_verdict(&outcome->eval, &outcome->verdict);
    outcome->verb = vouch_policy_decide(&conf->policy, &outcome->verdict);
    vouch_policy_reply(&conf->policy, &outcome->verdict, NULL, outcome->reply);
    vouch_policy_header(&conf->policy, &outcome->verdict, outcome->facts.helo, outcome->header);
}

bool outcome_judge(struct outcome *outcome, const struct conf *conf, const struct sources *sources,
                   struct event_base *base, uint32_t deadline_ms)
{
    struct judging judging = {.base = base, .evidence = &outcome->evidence};
    struct session_owner owner = {judging_done, judging_heard, &judging};
    bool fine;

    evidence_clear(&outcome->evidence);
    judging.session = session_open(&outcome->facts, sources, &owner);
    fine = judging.session != NULL && outcome_run(&judging, deadline_ms);
    if (fine) {
        outcome->eval = *session_eval(judging.session);
        outcome_conclude(outcome, conf);
    }
    session_close(judging.session);
    return fine;
}

void outcome_clear(struct outcome *outcome)
{
    evidence_clear(&outcome->evidence);
}

bool outcome_print_json(const struct outcome *outcome, const struct conf *conf, FILE *out)
{
    struct account account = {.client = &outcome->facts.client,
                              .helo = outcome->facts.helo,
                              .eval = &outcome->eval,
                              .verdict = &outcome->verdict,
                              .evidence = &outcome->evidence,
                              .verb = outcome->verb,
                              .mode = conf->policy.mode,
                              .reply = outcome->reply,
                              .header = outcome->header,
                              .elapsed_ms = outcome->elapsed_ms};
    char *text = account_format(&account, &conf->settings, true);
    bool fine = text != NULL && fprintf(out, "%s\n", text) >= 0;

    free(text);
    return fine;
}
