/*
 * outcome.h - all that one judged session leaves behind, and how it is shown: JSON for programs, text for people.
 */
#ifndef TOOL_OUTCOME_H
#define TOOL_OUTCOME_H

#include "conf/conf.h"
#include "session/evidence.h"

#include <stdio.h>

struct event_base;
struct sources;

struct outcome {
    struct vouch_facts facts;
    struct vouch_eval eval;
    struct vouch_verdict verdict;
    enum vouch_verb verb;
    char reply[VOUCH_REPLY_SIZE];
    char header[VOUCH_HEADER_SIZE];
    unsigned elapsed_ms; /* the caller's business: it has the clock */
    struct evidence evidence;
};

/*
 * Judges one session against the sources, on the loop, until the verdict is final or `deadline_ms` from now passed.
 * `outcome->facts` is set before, all else zero or of an earlier session; it is filled in. False: out of memory.
 */
bool outcome_judge(struct outcome *outcome, const struct conf *conf, const struct sources *sources,
                   struct event_base *base, uint32_t deadline_ms);

/* Fills in verdict, action and texts from facts and a finished evaluation. */
void outcome_conclude(struct outcome *outcome, const struct conf *conf);

/* Gives back the evidence. */
void outcome_clear(struct outcome *outcome);

/* Prints the JSON object of DESIGN 6.1 and a line end. False: the output could not be written, or no memory. */
bool outcome_print_json(const struct outcome *outcome, const struct conf *conf, FILE *out);

/* Prints the verdict, why, what to do, and with `trace` every question. Colour only if `colour`. */
void outcome_print_text(const struct outcome *outcome, const struct conf *conf, bool trace, bool colour, FILE *out);

/* What a verb does to the session, and what an identity rests on, in words. */
const char *outcome_verb_meaning(enum vouch_verb verb);
const char *outcome_identity_meaning(enum vouch_identity identity);

#endif
