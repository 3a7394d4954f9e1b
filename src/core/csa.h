/*
 * csa.h - Client SMTP Authorization: judgements on SRV and address records, and the one place where they become a
 * CSA result. Pure leaves; the evaluator says when.
 *
 * What answers hold is reduced as it comes to a digest (struct csa_records, struct csa_addresses), so that nothing
 * of an answer is kept and the order of records and answers cannot matter.
 */
#ifndef CORE_CSA_H
#define CORE_CSA_H

#include "core/name.h"

/* What one SRV record says about its owner. [CSA 4] */
enum csa_kind {
    CSA_PROHIBIT,        /* no mail from this name */
    CSA_ALLOW,           /* clients at the target's addresses may send */
    CSA_IGNORE_TARGET,   /* authorized, but the target's addresses prove nothing */
    CSA_OTHER_VERSION,   /* a later version of the protocol, skipped */
    CSA_FOREIGN,         /* another service's wildcard, skipped */
    CSA_RESERVED_WEIGHT, /* reserved bits: the publisher meant something we cannot know */
    CSA_BAD_RDATA
};

struct csa_record {
    enum csa_kind kind;
    uint16_t priority, weight, port;
    struct name target; /* empty if the RDATA is malformed */
};

/* Reads and judges one SRV record. Never fails: malformed RDATA is a kind. */
void csa_judge_record(struct csa_record *record, struct vouch_bytes rdata, struct vouch_bytes message);

/* Sort order of records: by fields, then target; malformed ones last. */
int csa_order(const struct csa_record *a, const struct csa_record *b);

/* The digest of the SRV answer at the exact name. */
struct csa_records {
    bool prohibits; /* any record, also past the cap */
    bool allows;
    bool ignores_target;
    bool reserved_weight;
    bool bad_rdata;
    bool other_version;
    bool cut;       /* there were more records or targets than the caps */
    bool confirmed; /* Additional data holds the client's address for an allowing target */
    uint8_t targets_count;
    struct name targets[VOUCH_TARGETS_MAX]; /* distinct, in sorted order, never the root */
};

void csa_judge_records(struct csa_records *records, const struct vouch_answer *answer,
                       const struct vouch_address *client);

/* Nothing here is about mail: go on as if there were no record. */
bool csa_is_foreign_only(const struct csa_records *records);

/* What an address answer holds for this client. */
struct csa_addresses {
    bool matched;
    bool seen;    /* any well-formed address of the client's family */
    bool trouble; /* malformed address records, or more than the caller could hold */
};

void csa_judge_addresses(struct csa_addresses *addresses, const struct vouch_answer *answer,
                         const struct vouch_address *client);

/* Does an ancestor's answer assert Explicit: only names with a record of their own may send? [CSA 4, 5] */
bool csa_asserts_explicit(const struct vouch_answer *answer);

/* One answer as csa_decide needs it. Not answered counts as VOUCH_TIMEOUT. */
struct csa_answer {
    enum vouch_status status;
    bool secure;
    bool asserts_explicit;          /* ancestors */
    struct csa_addresses addresses; /* targets */
};

/* All that the decision rests on. */
struct csa_case {
    struct csa_answer record;          /* the SRV question at the exact name */
    const struct csa_records *records; /* if that was found */
    size_t targets_count;
    struct csa_answer targets[VOUCH_TARGETS_MAX];
    size_t ancestors_count;                           /* 0: no search */
    struct csa_answer ancestors[VOUCH_ANCESTORS_MAX]; /* top-most first */
};

struct csa_outcome {
    enum vouch_csa csa;
    enum vouch_reason reason;
    bool secure;
    bool has_record; /* the exact name's record decided */
    size_t ancestor; /* which one decided, for VOUCH_REASON_EXPLICIT */
};

/* Decides [SPEC 8.2 steps 3 to 6]. */
void csa_decide(struct csa_outcome *outcome, const struct csa_case *csa);

#endif
