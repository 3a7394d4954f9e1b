/*
 * judge.h - verdicts for the protocols: from memory, from an evaluation that runs already, or from a new one.
 *
 * Two sessions with the same client, HELO text and certificate name get the same verdict, for as long as its answers
 * live (at most limits.cache_ttl). A verdict that rests on trouble is not remembered. No more than limits.jobs
 * evaluations run at once; others queue within their deadline (dns.timeout, counted from judge_ask). The queue is as
 * long as there are visits: one a connection, and those that visit.c lets go on without one. A deadline that passes
 * gives the verdict on what is known, never a `fail` for want of an answer.
 */
#ifndef DAEMON_JUDGE_JUDGE_H
#define DAEMON_JUDGE_JUDGE_H

#include "conf/conf.h"
#include "daemon/judge/decision_id.h"

struct event_base;
struct evidence;
struct judge;
struct judge_ticket;
struct sources;

/* What judge_ask gives; all of it dies on return. */
struct judge_result {
    const struct vouch_verdict *verdict;
    unsigned queries;       /* DNS questions that were asked for it while it was waited for; 0 from memory */
    const char *evaluation; /* the decision whose evaluation it rests on: that of the asker, or of another one */
    bool cut;               /* of judge_conclude or judge_decline */
    /* Only to the asker whose decision that is */
    const struct vouch_eval *eval;   /* null: it is another's */
    const struct evidence *evidence; /* what the answers held; null: nobody keeps it */
};

typedef void judge_done(void *owner, const struct judge_result *result);

/* All must outlive it. Null: out of memory. */
struct judge *judge_open(struct event_base *base, const struct conf *conf, const struct sources *sources);

/*
 * Judges, for the decision `id`. `done` may run before this returns, then the ticket is null. Thresholds are those of
 * the top of the file: a profile weighs the verdict anew (vouch_verdict_weigh). The facts are only read here.
 */
struct judge_ticket *judge_ask(struct judge *judge, const struct vouch_facts *facts, const char id[DECISION_ID_SIZE],
                               judge_done *done, void *owner);

/* `done` will run with another owner. */
void judge_hand_over(struct judge_ticket *ticket, void *owner);

/*
 * Ends it now, before its deadline: `done` gets the verdict on what is known. False: not now, it is being started or
 * served.
 */
bool judge_conclude(struct judge *judge, struct judge_ticket *ticket);

/* The verdict without any answer, at once. */
void judge_decline(struct judge *judge, const struct vouch_facts *facts, const char id[DECISION_ID_SIZE],
                   judge_done *done, void *owner);

/* `done` will not run. */
void judge_cancel(struct judge *judge, struct judge_ticket *ticket);

/* Forgets all verdicts that are remembered: what they rest on has changed. */
void judge_forget(struct judge *judge);

/* Evaluations that run and wait in the queue. */
size_t judge_load(const struct judge *judge);

/* Ends it; nobody is told. Null is allowed. */
void judge_close(struct judge *judge);

#endif
