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

extern const struct lint_rule lint_rules[];
extern const size_t lint_rules_count;

const char *lint_severity_word(enum lint_severity severity);

struct lint_finding {
    const struct lint_rule *rule;
    char *name;     /* the owner that it is about, printable */
    char *evidence; /* what was seen, printable: the records, the answer, who gave it */
    char *mend;     /* what to publish instead, master-file lines ("; delete: ..." for what must go); empty: no record
                       of this zone mends it */
    char *advice;   /* what to do, for people; may be empty */
};

/* DNS types that the rules ask for besides those of enum vouch_type. */
enum lint_type { LINT_TYPE_NS = 2, LINT_TYPE_MX = 15, LINT_TYPE_DS = 43, LINT_TYPE_DNSKEY = 48 };

/* Answers stay valid until the view's owner closes it, or says that a judgement is over. */
struct lint_view {
    const char *label; /* "192.0.2.53", "ns1.example.org (192.0.2.53)", "example.org.zone" */
    void *owner;

    /* Null: asked, but not answered yet; the judgement then has to be made again once it is. */
    const struct vouch_answer *(*ask)(void *owner, const char *name, uint16_t type);
    bool is_files;  /* master files: TTLs are as published, and outside of the files nothing is known */
    bool validates; /* its word on DNSSEC counts */
};

/* Who answers. */
struct lint_world {
    const struct lint_view *views; /* resolvers or files: the first is judged, the others are compared */
    size_t views_count;
    void *owner;

    /* A view of one name server; null: it cannot be asked from here. No function: name servers are not asked. */
    const struct lint_view *(*server)(void *owner, const char *name, const struct vouch_address *address);
};

enum lint_role {
    LINT_HELO = 1,      /* said to be a HELO name */
    LINT_MX = 2,        /* a mail exchanger */
    LINT_POINTERS = 4,  /* has pointers to accreditation services */
    LINT_RECORD = 8,    /* has a CSA record */
    LINT_DOMAIN = 16,   /* the root of the domain */
    LINT_ALONE = 32,    /* the only subject: name servers and what stands around the name are looked at, too */
    LINT_SPF = 64,      /* the domain's SPF record lets it send */
    LINT_WILDCARD = 128 /* a wildcard with pointers, which are all that is judged */
};

struct lint_result {
    struct lint_finding *findings;
    size_t findings_count;
    char **troubles; /* printable: what could not be asked, and why */
    size_t troubles_count;
    bool complete; /* no rule was left out for trouble */
    bool failed;   /* out of memory: the result says too little */
};

/*
 * Judge one name and add to the result. The name is text as in vouch_question. False: an answer is still missing; what
 * was added is void, judge again into an empty result.
 *
 * lint_host: a name that clients use as HELO name, or could. lint_domain: the domain's own record, wildcards,
 * DNSSEC; if it stands alone its mail exchangers and name servers. lint_reports: the reports at a name of an
 * accreditation service's zone.
 */
bool lint_host(struct lint_result *result, const struct lint_world *world, const char *name, unsigned roles);
bool lint_domain(struct lint_result *result, const struct lint_world *world, const char *name, unsigned roles);
bool lint_reports(struct lint_result *result, const struct lint_world *world, const char *name);

/* Why a record of a zone file is no part of what its name servers answer. */
enum lint_place { LINT_OUTSIDE, LINT_BESIDE_ALIAS, LINT_BELOW_CUT };

/* Such a record: where it was read, and its owner. */
struct lint_misplaced {
    enum lint_place place;
    const char *file; /* as it was given: may be hostile */
    unsigned line;
    const char *owner;
    struct vouch_record record;
};

void lint_misplaced(struct lint_result *result, const struct lint_world *world, const struct lint_misplaced *misplaced);

/* An empty, complete result; frees what one holds; puts findings in order: names, errors first, rules. */
void lint_result_init(struct lint_result *result);
void lint_result_clear(struct lint_result *result);
void lint_result_sort(struct lint_result *result);

#endif
