/*
 * ledger_world.h - a ledger with a clock of its own, decisions to put into it, and what it gives, as text.
 */
#ifndef UNIT_LEDGER_WORLD_H
#define UNIT_LEDGER_WORLD_H

#include "store/database.h"
#include "store/ledger.h"

#define DAY_S      86400
#define START_S    ((int64_t)20000 * DAY_S)
#define WORLD_TEXT 2048 /* what the texts below may have */

struct world {
    struct database *database;
    struct ledger *ledger;
};

extern int64_t clock_s;

/* 14 days, 100 MiB, whole addresses, names as they are, a week on the earned list. */
extern const struct ledger_rules usual;

/* At START_S. */
void world_open(struct world *world, const char *path, const struct ledger_rules *rules);
void world_close(struct world *world);

/* The same database under other rules. */
void world_rule(struct world *world, const struct ledger_rules *rules);

struct vouch_address address(const char *text);

/* Of mail.example.org, with something in every field. */
struct ledger_decision decision(const char *id, int64_t time_s);

/* Writes decision "e1" of now with this client and outcome. */
void decide(struct world *world, const char *client, const char *level, const char *identity, const char *reasons);

/* Each adds a row to a text: all of it, only the id, only the id of the first one. count: to an int. */
bool show(void *owner, const struct ledger_decision *row);
bool list(void *owner, const struct ledger_decision *row);
bool list_one(void *owner, const struct ledger_decision *row);
bool count(void *owner, const struct ledger_decision *row);
bool show_action(void *owner, const struct ledger_action *action);
bool show_feedback(void *owner, const struct ledger_feedback *feedback);

/* Ends what one query gave with a bar. */
char *bar(char *text);

/* "ADDRESS NAME SINCE UNTIL;" of each address on the earned list, in seconds from START_S. */
void assert_earned(struct world *world, const char *wanted);
bool show_earned(void *owner, const struct ledger_earned *earned);

/* Does the text of any row hold this, as somebody would search it who stole the file? */
bool holds(struct database *database, const char *needle);

#endif
