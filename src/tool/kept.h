/*
 * kept.h - what the daemon remembers, opened for one command: store, ledger, organizations, and a loop to wait on.
 */
#ifndef TOOL_KEPT_H
#define TOOL_KEPT_H

#include "session/keeping.h"

#define KEPT_DEADLINE_S 10 /* without any sign of the store */

struct event;
struct event_base;
struct organizations;

/* What a command cannot do without. */
enum kept_need {
    KEPT_LEDGER = 1,
    KEPT_STORE = 2, /* one that is reached over a socket has some seconds to come */
    KEPT_WRITES = 4,
    KEPT_ORGANIZATIONS = 8,
    KEPT_TROUBLED = 16, /* trouble is what the command wants to show */
    KEPT_FILE = 32      /* store.file is there; it is not made */
};

struct kept {
    const char *command, *file;
    struct conf *conf;
    struct event_base *base;
    struct event *tick;
    struct keeping keeping;
    struct organizations *organizations; /* null: not asked for */
    /* of what is waited for */
    bool done;
    uint64_t signs;
    bool failed;
    store_each_row *row;
    void *owner;
};

/*
 * Reads the configuration `file` (null: the daemon's) and opens what it names; `needs` of enum kept_need. False after
 * saying what is wrong. kept_close in any case; it must be the last thing that happens to `kept`.
 */
bool kept_open(struct kept *kept, const char *command, const char *file, unsigned needs);

/* Waits for all rows of a kind. False after saying why not. */
bool kept_each(struct kept *kept, enum store_kind kind, store_each_row *row, void *owner);

/* Writes or removes a row and waits for it. False after saying why not. */
bool kept_put(struct kept *kept, const struct store_row *row);
bool kept_remove(struct kept *kept, const struct store_row *row);

/* The standing of a name. VOUCH_NXDOMAIN: nothing is known, all zero. False after saying why not. */
bool kept_reputation(struct kept *kept, const char *name, const char *organization, struct vouch_reputation *reputation,
                     bool *known);

/* Runs the loop until kept->done; false after saying that nothing came for KEPT_DEADLINE_S. */
bool kept_wait(struct kept *kept);

/* Ends the open transaction. False after saying why not. */
bool kept_commit(struct kept *kept);

/* What is wrong with the database or the store, in words, or null. */
const char *kept_trouble(struct kept *kept);

/* Says what is wrong with the database, if anything; false if so. */
bool kept_is_well(struct kept *kept);

void kept_close(struct kept *kept);

/* Milliseconds since 1970. */
int64_t kept_now_ms(void);

#endif
