/*
 * sqlite_world.h - a store over SQLite for its tests: a clock that is set, votes, and what answers said.
 */
#ifndef UNIT_SQLITE_WORLD_H
#define UNIT_SQLITE_WORLD_H

#include "store/database.h"
#include "store/store.h"
#include "unit.h"

#define DAY_S 86400

extern int64_t clock_s;
extern uint32_t last_count; /* of the last vote, how many were counted */

int64_t now_s(void);

/* What an answer said. */
struct heard {
    int count;
    enum vouch_status status;
    struct vouch_reputation reputation;
    enum vouch_listing listing;
    char note[VOUCH_INFO_SIZE];
};

void hear(void *owner, const struct vouch_answer *answer);

/* Counts in the owner, an int; no trouble is allowed. */
void finished(void *owner, const char *trouble);

struct world {
    struct database *database;
    struct store *store;
};

/* The clock stands at the beginning of day 20000. */
void world_open(struct world *world, const char *path);
void world_close(struct world *world);

enum store_counted vote(struct world *world, const char *name, const char *organization, const char *source, bool spam,
                        uint32_t count);
struct heard ask(struct world *world, const char *name, const char *organization);

/* Counts of a name and day as `each` gives them. */
struct sum {
    const char *name;
    int32_t day; /* 0: all */
    uint32_t ham, spam;
    int rows;
};

bool add(void *owner, const struct store_row *row);
void assert_counts(struct world *world, const char *name, uint32_t ham, uint32_t spam);

#endif
