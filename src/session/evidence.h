/*
 * evidence.h - keeps what answers held, as text, for the trace. Encoded: no control character gets through.
 *
 * Takes memory only for what came; without memory it keeps less.
 */
#ifndef SESSION_EVIDENCE_H
#define SESSION_EVIDENCE_H

#include "vouchsafe.h"

#define EVIDENCE_STEPS   32
#define EVIDENCE_RECORDS 8 /* records of an answer that are kept */
#define EVIDENCE_SIZE    320

struct evidence_step {
    unsigned records_count; /* kept */
    const char *records[EVIDENCE_RECORDS];
    const char *note; /* the cause of trouble, or the comment of a list; or empty */
};

/* All zero: nothing is kept. */
struct evidence {
    struct evidence_step *steps[EVIDENCE_STEPS]; /* by question id */
};

/* Takes an answer; ids beyond EVIDENCE_STEPS are ignored. */
void evidence_take(struct evidence *evidence, unsigned id, const struct vouch_answer *answer);

/* What was kept for a question; empty if nothing was. */
const struct evidence_step *evidence_find(const struct evidence *evidence, unsigned id);

/* Forgets all. */
void evidence_clear(struct evidence *evidence);

#endif
