/*
 * evidence.h - keeps what answers held, as text, for the trace. Encoded: no control character gets through.
 */
#ifndef TOOL_EVIDENCE_H
#define TOOL_EVIDENCE_H

#include "vouchsafe.h"

#define EVIDENCE_STEPS   32
#define EVIDENCE_RECORDS 8 /* records of an answer that are kept */
#define EVIDENCE_SIZE    320

struct evidence_step {
    unsigned records_count; /* kept */
    char records[EVIDENCE_RECORDS][EVIDENCE_SIZE];
    char note[EVIDENCE_SIZE]; /* the cause of trouble, or empty */
};

struct evidence {
    struct evidence_step steps[EVIDENCE_STEPS]; /* by question id */
};

/* Takes an answer; ids beyond EVIDENCE_STEPS are ignored. */
void evidence_take(struct evidence *evidence, unsigned id, const struct vouch_answer *answer);

/* What was kept for a question; empty if nothing was. */
const struct evidence_step *evidence_find(const struct evidence *evidence, unsigned id);

#endif
