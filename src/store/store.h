/*
 * store.h - own experience with names, shared lists and suspensions: one interface over SQLite, Redis, and the daemon's
 * line to its keeper.
 *
 * Nothing here blocks for longer than a disk does. An answer that does not come within the store's own timeout is
 * VOUCH_TIMEOUT. Writes are queued while the store does not take them; past the bound they are dropped and counted. All
 * names are lower case without a final dot. A store belongs to one event loop and one thread. `done` callbacks may run
 * before the call that asks for them returns, and run exactly once unless cancelled.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "store/reputation.h"

struct event_base;
struct store;
struct store_ticket;

#define STORE_ERROR_SIZE  512
#define STORE_SOURCE_SIZE 128 /* who votes, with the final NUL */
#define STORE_FINDER_SIZE 128 /* who suspends, with the final NUL */

#define STORE_OVER_KEPT_S 86400 /* a suspension that is over for so long goes when one is written: clocks differ */

/* VOUCH_FOUND with `reputation`, or with `listing` and `note`; VOUCH_NXDOMAIN: nothing is known; else trouble. */
typedef void store_done(void *owner, const struct vouch_answer *answer);

/* Observations of mail of one proven name. */
struct store_vote {
    const char *name;
    const char *organization; /* its organizational domain, perhaps the name itself; "": none */
    const char *source;       /* who says so; printable ASCII, shorter than STORE_SOURCE_SIZE */
    bool spam;
    uint32_t count; /* 1 or more */
    bool waits;     /* nobody says it again: it stays in line while it is not taken, and `voted` runs in the end */
    bool filter;    /* by the operator's own content filter, which has a cap of its own */
};

/* Hosts of an organization that get rows of their own on their first day; of more, the votes are the organization's. */
#define STORE_NEW_HOSTS 50

enum store_counted {
    STORE_COUNTED, /* all of them */
    STORE_CAPPED,  /* some or none: this source, or this name, has had its share of the day */
    STORE_TROUBLE  /* not now, and perhaps never */
};

/* `count`: how many observations were counted; in trouble, how many may be all the same, for all that the store knows.
 */
typedef void store_voted(void *owner, enum store_counted counted, uint32_t count);

/* What the store holds, row by row: for export, import, lists and suspensions. */
enum store_kind { STORE_REPUTATION, STORE_LIST, STORE_SUSPENSION };

struct store_row {
    enum store_kind kind;
    /* a host, or an organization as ".example.org"; an entry (".example.org": all below); a service */
    char name[VOUCH_NAME_SIZE];
    /* STORE_REPUTATION */
    struct reputation_day day;
    /* STORE_LIST */
    char list[VOUCH_NAME_SIZE]; /* name of the accreditor section */
    enum vouch_listing listing;
    /* STORE_SUSPENSION: each finder has a row of its own; the service is suspended while one of them is not over */
    char finder[STORE_FINDER_SIZE]; /* printable ASCII without blanks; "": written before rows had one */
    int64_t until_s;                /* Unix time; past: over */
    /* STORE_LIST: the operator's comment. STORE_SUSPENSION: the cause, and who found it. Printable ASCII or UTF-8 */
    char text[VOUCH_INFO_SIZE];
};

/* False: no more rows, please. The row dies on return. */
typedef bool store_each_row(void *owner, const struct store_row *row);

/* `trouble` is null, or what is wrong, in words; it dies on return. */
typedef void store_finished(void *owner, const char *trouble);

struct store_verbs {
    struct store_ticket *(*ask_reputation)(struct store *store, const char *name, const char *organization,
                                           store_done *done, void *owner);
    struct store_ticket *(*ask_listing)(struct store *store, const char *list, const char *name, store_done *done,
                                        void *owner);
    void (*cancel)(struct store *store, struct store_ticket *ticket);
    void (*vote)(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner);
    void (*put)(struct store *store, const struct store_row *row, store_finished *finished, void *owner);
    void (*remove)(struct store *store, const struct store_row *row, store_finished *finished, void *owner);
    void (*each)(struct store *store, enum store_kind kind, store_each_row *row, store_finished *finished, void *owner);
    const char *(*trouble)(struct store *store, uint64_t *dropped);
    void (*close)(struct store *store);
};

/* The head of every store; an implementation embeds it as its first member. */
struct store {
    const struct store_verbs *verbs;
};

/*
 * The name of the row with what all hosts of an organization did: ".example.org". No host is called so: one that bears
 * the name of its organization has a row of its own. "": there is no organization, or no room.
 */
const char *store_organization_row(const char *organization, char row[VOUCH_NAME_SIZE]);

/*
 * The standing of a host now; NXDOMAIN if neither it nor its organization (perhaps the name itself; "": none) was seen
 * since reputation_oldest: older days are not read, and are removed in time. An organization by itself is asked for by
 * the name of its row. Null: `done` has run.
 */
struct store_ticket *store_ask_reputation(struct store *store, const char *name, const char *organization,
                                          store_done *done, void *owner);

/* What a shared list says of a name: an exact entry before the longest suffix. Null: `done` has run. */
struct store_ticket *store_ask_listing(struct store *store, const char *list, const char *name, store_done *done,
                                       void *owner);

/* Forgets a question; its `done` will not run. */
void store_cancel(struct store *store, struct store_ticket *ticket);

/*
 * Counts observations, within the caps of the rules. `voted` may be null: nobody wants to know, and the vote waits. Who
 * is told STORE_TROUBLE may vote again: what was not on its way to a server by then is dropped and never counts.
 *
 * The day is that of the store's clock, UTC. Caps are those of the host's name, of ham and of spam each: per_source of
 * this source on this day (of the content filter per_filter), and per_day of all sources together; of a vote as many
 * observations count as both leave. The organization gets what was counted for the host, in its row, and has no cap of
 * its own. Where STORE_NEW_HOSTS of its hosts were new on this day, votes on further new ones count for it alone, as if
 * all were one host.
 */
void store_vote(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner);

/* Writes a row instead of what was there; of a reputation row, the counts of that name and day. `finished` may be null.
 */
void store_put(struct store *store, const struct store_row *row, store_finished *finished, void *owner);

/* Removes a row: a name with all its days, an entry of a list, a finder's suspension. Not there is no trouble. */
void store_remove(struct store *store, const struct store_row *row, store_finished *finished, void *owner);

/* Gives all rows of a kind in no promised order, then `finished`. */
void store_each(struct store *store, enum store_kind kind, store_each_row *row, store_finished *finished, void *owner);

/* What is wrong with the store now, in words, or null; and how many writes were dropped since it was opened. */
const char *store_trouble(struct store *store, uint64_t *dropped);

/*
 * Writes what is queued, if it can be done now, and ends it. Open questions and walks end without their `done`; open
 * votes and writes are told trouble, and must not ask anything in turn. Null is allowed.
 */
void store_close(struct store *store);

/* What all stores are opened with. `now_s` gives the Unix time (null: the system's), for tests of days and months. */
struct store_config {
    struct reputation_rules rules;
    uint32_t timeout_ms;
    uint32_t queue;    /* writes that wait at most */
    bool hash_sources; /* in a database, who votes is kept as a hash; a server that others share has to know them */
    int64_t (*now_s)(void);
    uint32_t per_filter; /* of the content filter, in the place of rules.per_source; 0: it has no cap of its own */
};

/* The cap of the vote's source, on a name and day. */
uint32_t store_source_cap(const struct store_config *config, const struct store_vote *vote);

struct database;

/* In a database (database.h), which must outlive it. Null: out of memory. */
struct store *sqlite_open(struct database *database, const struct store_config *config);

/*
 * At `where`: unix:PATH or inet:ADDRESS:PORT; connects, and reconnects for ever, on its own. `password` may be null.
 * Null with `error` only where `where` makes no sense or memory is out: a server that is not there is trouble, not an
 * error.
 */
struct store *redis_open(struct event_base *base, const char *where, const char *password, const char *prefix,
                         const struct store_config *config, char error[STORE_ERROR_SIZE]);

#endif
