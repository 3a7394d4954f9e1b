/*
 * judge.c - verdicts from memory, from evaluations that run, or from new ones.
 *
 * A job is one evaluation, running or in the queue; its waiters are the tickets. All waiters stand in one list in the
 * order of their deadlines too, which is the order in which they came, as all have the same time. At its deadline a
 * waiter gets what is known then, and with it the evaluation, unless another one got the same before; the job goes on
 * while others wait for it. A job leaves the table before its waiters
 * are served: what they ask then is a new question.
 */
#include "daemon/judge/judge.h"

#include "base/address.h"
#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/judge/verdict_cache.h"
#include "session/evidence.h"
#include "session/session.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct judge_ticket {
    TAILQ_ENTRY(judge_ticket) siblings, order;
    struct job *job;
    judge_done *done;
    void *owner;
    int64_t deadline_ms;
    char id[DECISION_ID_SIZE];
    bool cut; /* it ends before its deadline */
};

TAILQ_HEAD(ticket_list, judge_ticket);

struct job {
    struct job *next;       /* in the chain of the table */
    TAILQ_ENTRY(job) queue; /* while it waits for its turn */
    struct ticket_list waiters;
    struct judge *judge;
    struct session *session;     /* null: in the queue */
    struct evidence evidence;    /* nothing in it, unless there is a ledger that keeps it */
    bool *ended;                 /* while session_start runs: is to be told of the end */
    bool serving;                /* over, the waiters are being served */
    char told[DECISION_ID_SIZE]; /* the decision at a deadline that got all that is known now; empty: none */
    struct vouch_facts facts;    /* views into `octets` */
    uint64_t hash;
    uint64_t epoch;   /* of the judge, when it began */
    int64_t begun_ms; /* when that was */
    size_t key_length;
    uint8_t octets[]; /* key, HELO, certificate name */
};

TAILQ_HEAD(job_list, job);

struct judge {
    const struct conf *conf;
    const struct sources *sources;
    struct verdict_cache *cache;
    struct siphash_key hash_key;
    struct event *timer;
    bool accounts;  /* somebody keeps what answers held */
    bool armed;     /* the timer runs */
    bool advancing; /* inside judge_advance */
    struct ticket_list order;
    struct job_list queue;
    size_t running, queued;
    uint64_t epoch;            /* how often all was to be forgotten */
    struct vouch_eval scratch; /* for verdicts at a deadline */
    size_t mask;               /* number of chains, less 1 */
    struct job *chains[];
};

/* judge_key - what decides a verdict, in octets: client, HELO in lower case, certificate name */
static void judge_key(const struct judge *judge, const struct vouch_facts *facts, struct verdict_key *key)
{
    size_t address = address_length(&facts->client);
    size_t helo = facts->helo.length, tls = facts->tls_name.length;
    uint8_t *at = key->octets;

    key->length = 0;
    key->hash = 0;
    if (helo > VERDICT_KEY_MAX || tls > VERDICT_KEY_MAX || 3 + address + helo + tls > VERDICT_KEY_MAX)
        return;
    *at++ = facts->client.family;
    for (size_t i = 0; i < address; i++)
        *at++ = facts->client.octets[i];
    *at++ = (uint8_t)(helo >> 8);
    *at++ = (uint8_t)helo;
    for (size_t i = 0; i < helo; i++)
        *at++ = (uint8_t)text_lower((char)facts->helo.data[i]);
    if (tls != 0)
        memcpy(at, facts->tls_name.data, tls);
    key->length = 3 + address + helo + tls;
    key->hash = siphash(&judge->hash_key, key->octets, key->length);
}

/* judge_find - the job of this key, or null */
static struct job *judge_find(const struct judge *judge, const struct verdict_key *key)
{
    struct job *job = judge->chains[key->hash & judge->mask];

    if (key->length == 0)
        return NULL;
    while (job != NULL && (job->hash != key->hash || job->key_length != key->length ||
                           memcmp(job->octets, key->octets, key->length) != 0))
        job = job->next;
    return job;
}

/* job_new - a job in the table, without waiters, not begun */
static struct job *job_new(struct judge *judge, const struct vouch_facts *facts, const struct verdict_key *key)
{
    size_t helo = facts->helo.length, tls = facts->tls_name.length;
    struct job **chain = &judge->chains[key->hash & judge->mask];
    struct job *job = calloc(1, sizeof *job + key->length + helo + tls);

    if (job == NULL)
        return NULL;
    memcpy(job->octets, key->octets, key->length);
    if (helo != 0)
        memcpy(job->octets + key->length, facts->helo.data, helo);
    if (tls != 0)
        memcpy(job->octets + key->length + helo, facts->tls_name.data, tls);
    job->facts.client = facts->client;
    job->facts.helo = (struct vouch_bytes){job->octets + key->length, helo};
    job->facts.tls_name = (struct vouch_bytes){job->octets + key->length + helo, tls};
    job->judge = judge;
    job->hash = key->hash;
    job->key_length = key->length;
    TAILQ_INIT(&job->waiters);
    job->next = *chain;
    *chain = job;
    return job;
}

/* job_leave - take a job out of the table, and out of the queue or of those that run */
static void job_leave(struct job *job, bool runs)
{
    struct judge *judge = job->judge;
    struct job **from = &judge->chains[job->hash & judge->mask];

    while (*from != job)
        from = &(*from)->next;
    *from = job->next;
    if (runs) {
        judge->running--;
        return;
    }
    TAILQ_REMOVE(&judge->queue, job, queue);
    judge->queued--;
}

/* judge_unlink - take a ticket out of its lists */
static void judge_unlink(struct judge *judge, struct judge_ticket *ticket)
{
    TAILQ_REMOVE(&ticket->job->waiters, ticket, siblings);
    TAILQ_REMOVE(&judge->order, ticket, order);
}

/* job_drop - free what is in no list any more */
static void job_drop(struct job *job)
{
    session_close(job->session);
    evidence_clear(&job->evidence);
    free(job);
}

/* job_serve - tell all waiters, free the job; it is out of the table already */
static void job_serve(struct job *job, const struct vouch_verdict *verdict, const struct vouch_eval *eval)
{
    struct judge_ticket *ticket = TAILQ_FIRST(&job->waiters);
    struct judge_result result = {.verdict = verdict, .queries = verdict->questions, .eval = eval};
    char evaluation[DECISION_ID_SIZE] = "";

    job->serving = true;
    if (job->ended != NULL)
        *job->ended = true;
    if (ticket != NULL)
        memcpy(evaluation, ticket->id, sizeof evaluation);
    result.evaluation = evaluation;
    result.evidence = job->judge->accounts ? &job->evidence : NULL;
    while ((ticket = TAILQ_FIRST(&job->waiters)) != NULL) {
        judge_done *done = ticket->done;
        void *owner = ticket->owner;

        judge_unlink(job->judge, ticket);
        free(ticket);
        done(owner, &result);
        result.eval = NULL; /* the evaluation is the first one's, the others only share it */
        result.evidence = NULL;
    }
    job_drop(job);
}

/* judge_remember - keep a verdict for as long as its answers live, unless it rests on trouble */
static void judge_remember(struct judge *judge, const struct job *job, const struct vouch_verdict *verdict)
{
    uint32_t ttl_s = judge->conf->limits.cache_ttl_s;
    struct verdict_key key = {.length = job->key_length, .hash = job->hash};

    if (job->key_length == 0 || verdict->incomplete || verdict->csa == VOUCH_CSA_TEMPERROR ||
        TAILQ_EMPTY(&job->waiters) || job->epoch != judge->epoch)
        return;
    if (verdict->questions != 0) {
        if (!verdict->has_ttl)
            return;
        ttl_s = verdict->ttl_s < ttl_s ? verdict->ttl_s : ttl_s;
    }
    if (ttl_s == 0)
        return;
    memcpy(key.octets, job->octets, job->key_length);
    verdict_cache_put(judge->cache, &key, verdict, TAILQ_FIRST(&job->waiters)->id,
                      clock_coarse_ms() + (int64_t)ttl_s * 1000);
}

/* judge_give_up - the verdict when no answer will come any more */
static void judge_give_up(struct judge *judge, const struct vouch_facts *facts, const struct session *session,
                          struct vouch_verdict *verdict)
{
    if (session != NULL)
        judge->scratch = *session_eval(session);
    else
        vouch_eval_init(&judge->scratch, &judge->sources->settings, facts);
    vouch_eval_expire(&judge->scratch);
    vouch_eval_verdict(&judge->scratch, verdict);
}

static void judge_advance(struct judge *judge);

/* job_heard - keep what an answer held, if somebody keeps it */
static void job_heard(void *self, unsigned id, const struct vouch_answer *answer)
{
    struct job *job = self;

    job->told[0] = '\0';
    if (job->judge->accounts)
        evidence_take(&job->evidence, id, answer);
}

/* job_done - the evaluation came to its end */
static void job_done(void *self)
{
    struct job *job = self;
    struct judge *judge = job->judge;
    struct vouch_verdict verdict;

    vouch_eval_verdict(session_eval(job->session), &verdict);
    judge_remember(judge, job, &verdict);
    job_leave(job, true);
    job_serve(job, &verdict, session_eval(job->session));
    judge_advance(judge);
}

/* job_close - end an evaluation that nobody waits for */
static void job_close(struct job *job)
{
    struct judge *judge = job->judge;

    job_leave(job, job->session != NULL);
    job_drop(job);
    judge_advance(judge);
}

/* job_start - run a job that is in no queue; false: it is over already */
static bool job_start(struct job *job, int64_t now_ms)
{
    struct judge *judge = job->judge;
    struct session_owner owner = {.done = job_done, .heard = job_heard, .self = job};
    struct vouch_verdict verdict;
    bool ended = false;

    judge->running++;
    job->epoch = judge->epoch;
    job->begun_ms = now_ms;
    job->session = session_open(&job->facts, judge->sources, &owner);
    if (job->session == NULL) {
        judge_give_up(judge, &job->facts, NULL, &verdict);
        job_leave(job, true);
        job_serve(job, &verdict, &judge->scratch);
        return false;
    }
    job->ended = &ended;
    session_start(job->session);
    if (ended)
        return false;
    job->ended = NULL;
    if (!TAILQ_EMPTY(&job->waiters))
        return true;
    job_close(job);
    return false;
}

/* judge_advance - start what waits in the queue */
static void judge_advance(struct judge *judge)
{
    struct job *job;

    if (judge->advancing)
        return;
    judge->advancing = true;
    while (judge->running < judge->conf->limits.jobs && (job = TAILQ_FIRST(&judge->queue)) != NULL) {
        TAILQ_REMOVE(&judge->queue, job, queue);
        judge->queued--;
        job_start(job, clock_coarse_ms());
    }
    judge->advancing = false;
}

/* judge_arm - let the timer run until the next deadline; it always runs, so that arming it never needs memory */
static void judge_arm(struct judge *judge)
{
    const struct judge_ticket *first = TAILQ_FIRST(&judge->order);
    int64_t left_ms = first == NULL ? judge->conf->dns.timeout_ms : first->deadline_ms - clock_coarse_ms();
    struct timeval wait;

    if (left_ms < 1)
        left_ms = 1;
    wait = (struct timeval){left_ms / 1000, left_ms % 1000 * 1000};
    judge->armed = evtimer_add(judge->timer, &wait) == 0;
}

/* judge_expire - one waiter's time is over; the verdict on what is known is its own */
static void judge_expire(struct judge *judge, struct judge_ticket *ticket, int64_t now_ms)
{
    struct job *job = ticket->job;
    struct vouch_verdict verdict;
    char evaluation[DECISION_ID_SIZE];
    struct judge_result result = {.verdict = &verdict, .evaluation = evaluation, .cut = ticket->cut};
    bool last;

    judge_give_up(judge, &job->facts, job->session, &verdict);
    judge_unlink(judge, ticket);
    last = TAILQ_EMPTY(&job->waiters);
    if (last) /* who asks now does not join it */
        job_leave(job, job->session != NULL);
    result.queries = verdict.questions;
    if (job->told[0] == '\0') {
        memcpy(job->told, ticket->id, sizeof job->told);
        result.eval = &judge->scratch;
        result.evidence = judge->accounts ? &job->evidence : NULL;
    }
    memcpy(evaluation, job->told, sizeof evaluation); /* done may end the job */
    ticket->done(ticket->owner, &result);
    free(ticket);
    if (!last)
        return;
    if (job->session != NULL)
        session_tell_silence(job->session, now_ms - job->begun_ms);
    job_drop(job);
    judge_advance(judge);
}

/* judge_ring - the timer: serve those whose time is over */
static void judge_ring(evutil_socket_t fd, short what, void *arg)
{
    struct judge *judge = arg;
    struct judge_ticket *first;
    int64_t now_ms = clock_coarse_ms();

    (void)fd;
    (void)what;
    while ((first = TAILQ_FIRST(&judge->order)) != NULL && first->deadline_ms <= now_ms)
        judge_expire(judge, first, now_ms);
    judge_arm(judge);
}

struct judge *judge_open(struct event_base *base, const struct conf *conf, const struct sources *sources)
{
    size_t chains = 64;
    struct judge *judge;

    while (chains < conf->limits.jobs)
        chains *= 2;
    judge = calloc(1, sizeof *judge + chains * sizeof judge->chains[0]);
    if (judge == NULL)
        return NULL;
    judge->conf = conf;
    judge->sources = sources;
    judge->accounts = conf->store.type != CONF_STORE_NONE && conf->ledger.keep_days != 0 && !conf->ledger.hash_names &&
                      conf->ledger.address_bits_4 == 32 && conf->ledger.address_bits_6 == 128;
    judge->mask = chains - 1;
    TAILQ_INIT(&judge->order);
    TAILQ_INIT(&judge->queue);
    judge->cache = verdict_cache_open(conf->limits.cache);
    judge->timer = evtimer_new(base, judge_ring, judge);
    if (judge->cache != NULL && judge->timer != NULL && siphash_key_make(&judge->hash_key))
        judge_arm(judge);
    if (judge->armed)
        return judge;
    judge_close(judge);
    return NULL;
}

/* judge_wait - a ticket for this job, or null: out of memory */
static struct judge_ticket *judge_wait(struct judge *judge, struct job *job, const char *id, int64_t now_ms,
                                       judge_done *done, void *owner)
{
    struct judge_ticket *ticket = calloc(1, sizeof *ticket);

    if (ticket == NULL)
        return NULL;
    ticket->job = job;
    ticket->done = done;
    ticket->owner = owner;
    memcpy(ticket->id, id, sizeof ticket->id);
    ticket->deadline_ms = now_ms + judge->conf->dns.timeout_ms;
    TAILQ_INSERT_TAIL(&job->waiters, ticket, siblings);
    TAILQ_INSERT_TAIL(&judge->order, ticket, order);
    if (!judge->armed)
        judge_arm(judge);
    return ticket;
}

/* judge_begin - let a new job run, or queue; false: it is over already */
static bool judge_begin(struct judge *judge, struct job *job, int64_t now_ms)
{
    if (judge->running < judge->conf->limits.jobs)
        return job_start(job, now_ms);
    TAILQ_INSERT_TAIL(&judge->queue, job, queue);
    judge->queued++;
    return true;
}

/* judge_find_remembered - answer from memory; false: there is nothing */
static bool judge_find_remembered(struct judge *judge, const struct verdict_key *key, judge_done *done, void *owner)
{
    char evaluation[DECISION_ID_SIZE];
    struct vouch_verdict verdict;
    struct judge_result result = {.verdict = &verdict, .evaluation = evaluation};

    if (!verdict_cache_find(judge->cache, key, clock_coarse_ms(), &verdict, evaluation))
        return false;
    done(owner, &result);
    return true;
}

struct judge_ticket *judge_ask(struct judge *judge, const struct vouch_facts *facts, const char id[DECISION_ID_SIZE],
                               judge_done *done, void *owner)
{
    struct vouch_verdict verdict;
    struct judge_result result = {.verdict = &verdict, .evaluation = id, .eval = &judge->scratch};
    struct verdict_key key;
    struct judge_ticket *ticket = NULL;
    struct job *job, *other;
    int64_t now_ms =
        clock_coarse_ms(); /* one reading, so that who runs at once has all of its time until its deadline */

    judge_key(judge, facts, &key);
    if (judge_find_remembered(judge, &key, done, owner))
        return NULL;
    other = judge_find(judge, &key);
    job = other != NULL ? other : job_new(judge, facts, &key);
    if (job != NULL)
        ticket = judge_wait(judge, job, id, now_ms, done, owner);
    if (ticket != NULL)
        return other != NULL || judge_begin(judge, job, now_ms) ? ticket : NULL;
    if (job != NULL && other == NULL) {
        judge->running++; /* as job_leave counts */
        job_leave(job, true);
        job_drop(job);
    }
    judge_give_up(judge, facts, NULL, &verdict);
    done(owner, &result);
    return NULL;
}

void judge_hand_over(struct judge_ticket *ticket, void *owner)
{
    ticket->owner = owner;
}

bool judge_conclude(struct judge *judge, struct judge_ticket *ticket)
{
    if (ticket->job->serving || ticket->job->ended != NULL)
        return false;
    ticket->cut = true;
    judge_expire(judge, ticket, clock_coarse_ms());
    return true;
}

void judge_decline(struct judge *judge, const struct vouch_facts *facts, const char id[DECISION_ID_SIZE],
                   judge_done *done, void *owner)
{
    struct vouch_verdict verdict;
    struct judge_result result = {.verdict = &verdict, .evaluation = id, .eval = &judge->scratch, .cut = true};

    judge_give_up(judge, facts, NULL, &verdict);
    done(owner, &result);
}

void judge_cancel(struct judge *judge, struct judge_ticket *ticket)
{
    struct job *job = ticket->job;

    judge_unlink(judge, ticket);
    free(ticket);
    if (TAILQ_EMPTY(&job->waiters) && !job->serving && job->ended == NULL)
        job_close(job);
}

void judge_forget(struct judge *judge)
{
    judge->epoch++;
    verdict_cache_clear(judge->cache);
}

size_t judge_load(const struct judge *judge)
{
    return judge->running + judge->queued;
}

/* job_free - end a job without a word */
static void job_free(struct job *job)
{
    struct judge_ticket *ticket;

    while ((ticket = TAILQ_FIRST(&job->waiters)) != NULL) {
        judge_unlink(job->judge, ticket);
        free(ticket);
    }
    job_drop(job);
}

void judge_close(struct judge *judge)
{
    if (judge == NULL)
        return;
    for (size_t i = 0; i <= judge->mask; i++) {
        struct job *job;

        while ((job = judge->chains[i]) != NULL) {
            judge->chains[i] = job->next;
            job_free(job);
        }
    }
    if (judge->timer != NULL)
        event_free(judge->timer);
    verdict_cache_close(judge->cache);
    free(judge);
}
