/*
 * feedback.h - a vote on the mail of a session: ham or spam. Counted only for a name that was proven.
 */
#ifndef SESSION_FEEDBACK_H
#define SESSION_FEEDBACK_H

#include "session/keeping.h"

struct organizations;

enum feedback_result {
    FEEDBACK_COUNTED,
    FEEDBACK_CAPPED,   /* not all: this source or name has had its share of the day, or this decision its own */
    FEEDBACK_UNPROVEN, /* nothing proved the name in that session, or in any */
    FEEDBACK_UNKNOWN,  /* there is no such decision (any more) */
    FEEDBACK_TROUBLE
};

/*
 * Observations of a kind that count of all sources together on one decision: a session may carry several messages to
 * several people, but a poster may call himself what he likes. What is under way to the store counts for this as if it
 * were counted, until that answers; for ever if it does not.
 */
#define FEEDBACK_PER_ID 20

/* Either a decision id, or a name, or both: then the caller knows that the decision proved the name. */
struct feedback {
    char id[LEDGER_ID_SIZE];    /* "" if by name: the ledger must know the name as proven */
    char name[VOUCH_NAME_SIZE]; /* "" if by id: the ledger knows the name */
    bool spam;
    uint32_t count; /* 1 or more */
    char source[STORE_SOURCE_SIZE];
    bool filter; /* it comes from the operator's own content filter, by the milter */
};

/* `counted`: how many of the vote's count; of FEEDBACK_CAPPED some, or none. */
typedef void feedback_done(void *owner, enum feedback_result result, uint32_t counted);

/*
 * Votes, and notes it in the ledger where there is an id. `done` may run before this returns. It may be null: nobody
 * will vote again, so the vote waits in the store's line as long as that does not take it.
 */
void feedback_take(struct keeping *keeping, const struct organizations *organizations, const struct feedback *feedback,
                   feedback_done *done, void *owner);

const char *feedback_word(enum feedback_result result);

/* ---- feedback_read.c: votes from outside ---- */

#define FEEDBACK_BODY_MAX   4096
#define FEEDBACK_COUNT_MAX  100 /* messages that one vote from outside is about */
#define FEEDBACK_TOKEN_MIN  16
#define FEEDBACK_TOKEN_SIZE 256

/*
 * Reads {"id": "...", "verdict": "ham" or "spam", "source": "...", "count": 1 to FEEDBACK_COUNT_MAX}; keys that are not
 * known are passed over, the source is "http" unless it is given, and made printable, the count is 1. False with
 * `wrong`, constant printable text without quotes, or null: memory is out, and nothing may be wrong at all.
 */
bool feedback_read(struct feedback *feedback, struct vouch_bytes json, const char **wrong);

/*
 * Reads the secret of those who may post: the first line of the file, FEEDBACK_TOKEN_MIN printable characters or more,
 * no blanks. False with `error` naming the file.
 */
bool feedback_read_token(const char *path, char token[FEEDBACK_TOKEN_SIZE], char error[CONF_ERROR_SIZE]);

#endif
