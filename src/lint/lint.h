/*
 * lint.h - what is wrong with the published records of a name, and the record that mends it.
 *
 * Pure rules over views. A view answers DNS questions: zone files, a validating resolver, one name server of the
 * zone. The first view is judged; the others are compared with it. Trouble of the DNS is reported as trouble, never as
 * absence: a rule that rests on an answer in trouble says nothing, and the result is not `complete`.
 */
#ifndef LINT_LINT_H
#define LINT_LINT_H

#include "vouchsafe.h"

enum lint_severity {
    LINT_NOTE,    /* worth knowing */
    LINT_WARNING, /* works today, breaks easily */
    LINT_ERROR    /* receivers misjudge mail, or the record says nothing */
};

/* One row of the rule table, lint/rules.c. */
struct lint_rule {
    const char *word; /* "reserved-weight"; never changes meaning */
    enum lint_severity severity;
    const char *clause; /* "CSA 4", "DNA 7", "RFC 2782" */
    const char *title;  /* one sentence for people */
};

struct lint_finding {
    const struct lint_rule *rule;
    char *name;     /* the owner that it is about, printable */
    char *evidence; /* what was seen, printable: the records, the answer, who gave it */
    char *mend;     /* what to publish instead, master-file lines ("; delete: ..." for what must go); empty: no record
                       of this zone mends it */
    char *advice;   /* what to do, for people; may be empty */
};

#define LINT_VIEWS_MAX 32

/* Answers stay valid until the view's owner closes it. */
struct lint_view {
    const char *label; /* "192.0.2.53", "ns1.example.org (192.0.2.53)", "example.org.zone" */
    void *owner;
    const struct vouch_answer *(*ask)(void *owner, const char *name, uint16_t type);
};

struct lint_result {
    struct lint_finding *findings;
    size_t findings_count;
    char **troubles; /* printable: what could not be asked, and why */
    size_t troubles_count;
    bool complete; /* no rule was left out for trouble */
    bool failed;   /* out of memory: the result says too little */
};

#endif
