/*
 * asker.h - a judge over a zone, and who asks it for verdicts.
 */
#ifndef TESTS_ASKER_H
#define TESTS_ASKER_H

#include "conf/conf.h"
#include "daemon/judge/judge.h"
#include "session/sources.h"

#define HOUR_MS 3600000

extern struct event_base *base;
extern struct sources sources;
extern struct conf conf;
extern struct judge *judge;

/* One who asks. */
struct asker {
    struct judge_ticket *ticket;
    unsigned served, queries, order;
    struct vouch_verdict verdict;
    char id[DECISION_ID_SIZE], evaluation[DECISION_ID_SIZE]; /* its own decision, and the one it was given */
    bool owns;                                               /* the evaluation is its own */
    unsigned records;                                        /* that its evidence holds */
    void (*then)(struct asker *asker);                       /* runs inside done */
    struct asker *other;
};

/* Begins; the facts die at once, as those of a session do. */
void ask_as(struct asker *asker, const char *client, const char *helo, const char *tls_name);
void ask(struct asker *asker, const char *helo);

int64_t now_ms(void);

/* Runs the loop until this one is served; generous, for busy machines. */
void await(const struct asker *asker);

/* Asks and waits; returns how many questions it took. */
unsigned verdict_of(struct asker *asker, const char *helo);

/* A judge that remembers nothing, with the settings that hold now. */
void reopen(void);

int judge_setup(void **state);
int judge_teardown(void **state);

#define WITH(test) cmocka_unit_test_setup_teardown(test, judge_setup, judge_teardown)

#endif
