/*
 * run.h - one judgement under way: questions to the views, findings and troubles into the result.
 *
 * Everything that goes into a finding is printable by the way it is written: names and records as master-file text
 * with its escapes, other octets as \xNN.
 */
#ifndef LINT_RUN_H
#define LINT_RUN_H

#include "core/name.h"
#include "lint/rules.h"

#define LINT_SERVERS_MAX 32
#define LINT_TTL_S       3600 /* of records that a mend adds where none tells a TTL */

struct lint_run {
    const struct lint_world *world;
    struct lint_result *result;
    unsigned roles;
    char domain[VOUCH_NAME_TEXT_SIZE];                 /* root of the zone that holds the name; empty: not known */
    const struct lint_view *servers[LINT_SERVERS_MAX]; /* name servers of the zone that serve it */
    size_t servers_count;
    bool pending; /* an answer is missing: the result is void */
};

void lint_run_init(struct lint_run *run, struct lint_result *result, const struct lint_world *world, unsigned roles);

/* Text that grows; all of it must be printable already. */
struct lint_text {
    char *data;
    size_t length, size;
    bool failed;
};

__attribute__((format(printf, 2, 3))) void lint_add(struct lint_text *text, const char *format, ...);

/* Empties it. */
void lint_clear(struct lint_text *text);

/* Adds octets from outside; what is not printable ASCII reads \xNN. */
void lint_add_octets(struct lint_text *text, struct vouch_bytes octets);

/* ---- questions ---- */

/* What a view answers; never null. Trouble is noted in the result. */
const struct vouch_answer *lint_ask_view(struct lint_run *run, const struct lint_view *view, const char *name,
                                         uint16_t type);

/* What the judged view answers. */
const struct vouch_answer *lint_ask(struct lint_run *run, const char *name, uint16_t type);

/* The answer with TTLs as they are published: of the files, or of a name server; null: nobody can tell. */
const struct vouch_answer *lint_ask_published(struct lint_run *run, const char *name, uint16_t type);

bool lint_is_found(const struct vouch_answer *answer);

/* A name of no file, or below a delegation of one: nothing is known about it. */
bool lint_is_outside(const struct lint_run *run, const struct vouch_answer *answer);

/* The DNS says that there are no such records; files say nothing about names outside of them. */
bool lint_is_absent(const struct lint_run *run, const struct vouch_answer *answer);

/* Notes what could not be asked. */
void lint_trouble(struct lint_run *run, const struct lint_view *view, const char *name, uint16_t type,
                  const struct vouch_answer *answer);

/* The word of a status of trouble and its cause. */
void lint_add_trouble(struct lint_text *text, const struct vouch_answer *answer);

/* ---- findings ---- */

struct lint_draft {
    struct lint_run *run;
    enum lint_word word;
    const char *name;
    struct lint_text evidence, mend, advice;
};

/* Begins a finding about `name`; ends it, which puts it into the result; or drops it. Both free the draft's text. */
void lint_begin(struct lint_draft *draft, struct lint_run *run, enum lint_word word, const char *name);
void lint_end(struct lint_draft *draft);
void lint_drop(struct lint_draft *draft);

/* Takes back all findings but the first so many. */
void lint_result_cut(struct lint_result *result, size_t count);

#endif
