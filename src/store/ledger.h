/*
 * ledger.h - every decision, what was done with it and what came of it; and the addresses that earned their place on
 * the allow-list. In a database (database.h).
 *
 * Texts of peers are stored as they are given: who hands them in has encoded them (printable ASCII or UTF-8).
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "vouchsafe.h"

struct database;
struct ledger;

#define LEDGER_ID_SIZE 16 /* a decision id and its final NUL */

struct ledger_rules {
    uint32_t keep_days; /* 0: no ledger; earned addresses are kept all the same */
    uint32_t size_mib;  /* of decisions, actions and feedback, about */
    uint8_t address_bits_4, address_bits_6;
    bool hash_names;      /* names and sources of votes read "h:" and 26 characters; no details, no recipients */
    uint32_t earned_days; /* that an address stays after its last session in good standing */
    int16_t accept_at, reject_at; /* scores that give and end a place on the earned list */
    bool apart;             /* votes are counted elsewhere than in this database: their rows are committed before */
    uint32_t queue;         /* rows of such votes that wait in memory at most, while the file does not take them */
    int64_t (*now_s)(void); /* null: the system's clock */
};

/* One decision. No pointer is null; what there is not is "". */
struct ledger_decision {
    char id[LEDGER_ID_SIZE];
    char evaluation[LEDGER_ID_SIZE]; /* the decision whose evaluation it rests on: its own, or an earlier one's */
    int64_t time_ms;                 /* Unix time */
    const char *protocol, *profile;
    struct vouch_address client; /* family 0: not known */
    const char *helo;            /* as it came, encoded */
    const char *name;            /* the HELO name, or "" if it is no domain name */
    const char *organization;
    const char *csa, *reason, *domain, *identity, *rating, *service, *level, *verb, *mode; /* words */
    bool secure;
    int score;
    const char *reasons; /* "csa-pass:10,dna-a:0:unproven-name" */
    unsigned queries;
    int64_t elapsed_ms;
    const char *detail; /* JSON object with the keys of `check --json`; "" if from memory */
};

/* Do the words of a decision prove its name? Identity forward or better, and not after CSA fail. */
bool ledger_decision_is_proven(const struct ledger_decision *decision);

/*
 * Does this decision end the place of its client on the earned list? It does if anything speaks against the client: it
 * is untrusted, by its own profile or by this score; CSA fails, whatever points that has; own experience is bad.
 */
bool ledger_decision_ends_place(const struct ledger_decision *decision, int reject_at);

/* A refusal or deferral, acted on or only noted. */
struct ledger_action {
    char id[LEDGER_ID_SIZE];
    int64_t time_ms;
    const char *verb, *stage, *profile, *recipient, *reply;
    bool acted;
};

/* What became of a vote. */
struct ledger_feedback {
    char id[LEDGER_ID_SIZE];
    int64_t time_ms; /* 0: now */
    bool spam;
    const char *source;
    const char *result; /* "counted", "capped", "unproven", ... */
    uint32_t counted;   /* observations; of "trouble": that may count all the same, for all that is known */
};

/* Rows of feedback on a decision, beyond which one that counted nothing is not written any more. */
#define LEDGER_FEEDBACK_MAX 100

/* Null: out of memory. */
struct ledger *ledger_open(struct database *database, const struct ledger_rules *rules);
void ledger_close(struct ledger *ledger);

/*
 * Write; lost in trouble, which the database counts. ledger_decide also keeps the earned list: a session whose score
 * reaches accept_at, and that proves its name, earns its whole client address a place, whatever the privacy settings;
 * one that ledger_decision_ends_place ends it.
 */
void ledger_decide(struct ledger *ledger, const struct ledger_decision *decision);
void ledger_act(struct ledger *ledger, const struct ledger_action *action);
void ledger_feedback(struct ledger *ledger, const struct ledger_feedback *feedback);

/*
 * The same in two steps: before the vote is put to the store, with what may be counted, and when that has answered.
 * Place 0: the ledger keeps none. False: trouble, and nothing stands there. With `waits`, if votes are counted
 * elsewhere, a row that cannot be written waits in memory instead and counts there.
 */
bool ledger_feedback_begin(struct ledger *ledger, const struct ledger_feedback *feedback, bool waits, int64_t *place);
void ledger_feedback_end(struct ledger *ledger, const struct ledger_feedback *feedback, int64_t place);

/* How many rows of votes that are over wait in memory; and writes all of them, and commits. */
size_t ledger_feedback_late(const struct ledger *ledger);
void ledger_feedback_write_late(struct ledger *ledger);

/* Rows are given to `each` and die on return; false from it ends the walk. False: trouble. */
typedef bool ledger_each_decision(void *owner, const struct ledger_decision *decision);
typedef bool ledger_each_action(void *owner, const struct ledger_action *action);
typedef bool ledger_each_feedback(void *owner, const struct ledger_feedback *feedback);

/* The decision of this id, if there is one. */
bool ledger_find(struct ledger *ledger, const char *id, ledger_each_decision *each, void *owner);

/* Decisions, newest first, from `since_ms` on (0: all). `name` (null: any) selects a HELO name or organization. */
bool ledger_decisions(struct ledger *ledger, int64_t since_ms, const char *name, ledger_each_decision *each,
                      void *owner);

/* What was done with a decision, in the order of time. */
bool ledger_actions(struct ledger *ledger, const char *id, ledger_each_action *each, void *owner);
bool ledger_feedbacks(struct ledger *ledger, const char *id, ledger_each_feedback *each, void *owner);

/*
 * How many observations of this kind on a decision were counted or may be, `max` at most. What the file cannot tell now
 * is 0.
 */
uint32_t ledger_counted(struct ledger *ledger, const char *id, bool spam, uint32_t max);

/* Is this no name, but what the ledger keeps of many: a reverse name without the labels of bits that are not kept? */
bool ledger_is_cut(const char *stored);

/* Has the ledger a decision that proved this name? What stands for many names proves none of them. */
bool ledger_is_proven(struct ledger *ledger, const char *name);

/* An address on the earned list. */
struct ledger_earned {
    struct vouch_address address;
    const char *name; /* under which it earned its place; hashed if names are */
    int64_t since_s, until_s;
};
typedef bool ledger_each_earned(void *owner, const struct ledger_earned *earned);

/* Those whose time is not over, IPv4 first, in the order of the addresses. */
bool ledger_earned(struct ledger *ledger, ledger_each_earned *each, void *owner);

/* Removes what is too old, and then the oldest while the ledger is too large; a bounded amount a call. True: call
 * again.
 */
bool ledger_expire(struct ledger *ledger);

/* Did all else in the file take more than the ledger may, when ledger_expire looked last? Nothing of that is removed.
 */
bool ledger_is_crowded(const struct ledger *ledger);

#endif
