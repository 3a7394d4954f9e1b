/*
 * sqlite.c - the store in a database.
 *
 * Every answer comes at once. Votes remove some of what is too old, so that old days go as new ones come.
 */
#include "base/text.h"
#include "store/calendar.h"
#include "store/column.h"
#include "store/database.h"
#include "store/ledger_privacy.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAYS_MAX    1024 /* days of a name that are read, the newest */
#define DAY_S       86400
#define PRUNE_VOTES 8         /* of which one removes what is old */
#define SHARE_DAYS  2         /* that shares are kept: clocks of a fleet differ */
#define HOSTS       "\nhosts" /* the share of an organization that counts its new hosts; no source is called so */

/* Whose votes of a kind are bounded on a day: a host's, or those on all hosts of an organization without rows. */
struct share {
    int32_t day;
    const char *name;
    bool spam;
};

struct sqlite {
    struct store store;
    struct database *database;
    struct store_config config;
    unsigned votes;
    struct calendar calendar;    /* what is old by it may go */
    char sweep[VOUCH_NAME_SIZE]; /* old days of names up to this one are removed */
    struct reputation_day host[DAYS_MAX], organization[DAYS_MAX];
};

/* sqlite_now - Unix time */
static int64_t sqlite_now(const struct sqlite *self)
{
    return self->config.now_s != NULL ? self->config.now_s() : (int64_t)time(NULL);
}

/* sqlite_today - days since 1970 */
static int32_t sqlite_today(const struct sqlite *self)
{
    return (int32_t)(sqlite_now(self) / DAY_S);
}

/* sqlite_cause - what is wrong, for who just met it */
static const char *sqlite_cause(const struct sqlite *self)
{
    const char *cause = database_trouble(self->database);

    return cause != NULL ? cause : "the database cannot be written";
}

/* answer_trouble - it cannot be asked now */
static void answer_trouble(struct sqlite *self, store_done *done, void *owner)
{
    struct vouch_answer answer = {.status = VOUCH_FAILED, .note = text_bytes(sqlite_cause(self))};

    done(owner, &answer);
}

/* read_days - the newest days of a name that still matter; false: trouble */
static bool read_days(struct sqlite *self, const char *name, int32_t oldest, struct reputation_day days[DAYS_MAX],
                      size_t *count)
{
    sqlite3_stmt *statement = database_prepare(
        self->database,
        "SELECT day, ham, spam FROM reputation WHERE name = ?1 AND day >= ?2 ORDER BY day DESC LIMIT ?3", false);
    bool row = false, fine = statement != NULL;

    *count = 0;
    if (!fine)
        return false;
    column_bind_text(statement, 1, name);
    sqlite3_bind_int(statement, 2, oldest);
    sqlite3_bind_int(statement, 3, DAYS_MAX);
    while ((fine = database_step(self->database, statement, &row)) && row && *count < DAYS_MAX)
        days[(*count)++] = (struct reputation_day){(int32_t)column_count(statement, 0, INT32_MAX),
                                                   column_count(statement, 1, UINT32_MAX),
                                                   column_count(statement, 2, UINT32_MAX)};
    database_done(statement);
    return fine;
}

/* sqlite_ask_reputation - answers at once */
static struct store_ticket *sqlite_ask_reputation(struct store *store, const char *name, const char *organization,
                                                  store_done *done, void *owner)
{
    struct sqlite *self = (struct sqlite *)store;
    struct vouch_answer answer = {.status = VOUCH_NXDOMAIN};
    int32_t today = sqlite_today(self), oldest = reputation_oldest(&self->config.rules, today);
    size_t host = 0, others = 0;
    char buffer[VOUCH_NAME_SIZE];
    const char *all = store_organization_row(organization, buffer);
    bool fine = read_days(self, name, oldest, self->host, &host);

    if (fine && all[0] != '\0')
        fine = read_days(self, all, oldest, self->organization, &others);
    if (!fine) {
        answer_trouble(self, done, owner);
        return NULL;
    }
    if (host + others > 0) {
        answer.status = VOUCH_FOUND;
        reputation_weigh(&self->config.rules, today, (struct reputation_days){self->host, host},
                         (struct reputation_days){self->organization, others}, &answer.reputation);
    }
    done(owner, &answer);
    return NULL;
}

/* find_entry - one entry of a list; false: trouble */
static bool find_entry(struct sqlite *self, const char *list, const char *name, struct vouch_answer *answer,
                       char note[VOUCH_INFO_SIZE])
{
    sqlite3_stmt *statement = database_prepare(self->database,
                                               "SELECT listing, text FROM entry WHERE list = ?1 AND name = ?2", false);
    bool row = false, fine;

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, list);
    column_bind_text(statement, 2, name);
    fine = database_step(self->database, statement, &row);
    if (fine && row) {
        answer->status = VOUCH_FOUND;
        answer->listing = (enum vouch_listing)column_count(statement, 0, VOUCH_LISTED_BLOCKED);
        column_copy(statement, 1, note, VOUCH_INFO_SIZE);
        answer->note = text_bytes(note);
    }
    database_done(statement);
    return fine;
}

/* sqlite_ask_listing - the name itself, then what stands for all names below its ancestors, the longest first */
static struct store_ticket *sqlite_ask_listing(struct store *store, const char *list, const char *name,
                                               store_done *done, void *owner)
{
    struct sqlite *self = (struct sqlite *)store;
    struct vouch_answer answer = {.status = VOUCH_NXDOMAIN};
    char note[VOUCH_INFO_SIZE];
    bool fine = true;

    for (const char *at = name; fine && at != NULL && answer.status != VOUCH_FOUND; at = strchr(at + 1, '.')) {
        fine = find_entry(self, list, at, &answer, note);
        if (*at == '\0')
            break;
    }
    if (fine)
        done(owner, &answer);
    else
        answer_trouble(self, done, owner);
    return NULL;
}

/* sqlite_cancel - no question is ever open */
static void sqlite_cancel(struct store *store, struct store_ticket *ticket)
{
    (void)store;
    (void)ticket;
}

/* lose - a vote is lost, since something could not be read; false */
static bool lose(struct sqlite *self)
{
    database_lose(self->database);
    return false;
}

/* prune_shares - some names of the first day that is over; no text is behind an empty blob */
static bool prune_shares(struct sqlite *self, int32_t today)
{
    sqlite3_stmt *statement = database_prepare(
        self->database,
        "DELETE FROM share WHERE day = (SELECT min(day) FROM share WHERE day < ?1) AND name <= coalesce((SELECT name"
        " FROM share WHERE day = (SELECT min(day) FROM share) ORDER BY name LIMIT 1 OFFSET 63), x'')",
        true);

    if (statement != NULL)
        sqlite3_bind_int(statement, 1, today - SHARE_DAYS + 1);
    return database_run(self->database, statement);
}

/* sweep_end - the last of the next names to look at, "" behind the last; false: trouble */
static bool sweep_end(struct sqlite *self, char end[VOUCH_NAME_SIZE])
{
    sqlite3_stmt *statement = database_prepare(
        self->database, "SELECT name FROM reputation WHERE name > ?1 ORDER BY name, day LIMIT 1 OFFSET 127", false);
    bool row = false, fine;

    end[0] = '\0';
    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, self->sweep);
    fine = database_step(self->database, statement, &row);
    if (fine && row)
        column_copy(statement, 0, end, VOUCH_NAME_SIZE);
    database_done(statement);
    return fine;
}

/* prune_days - looks at some rows behind those of the last time */
static bool prune_days(struct sqlite *self, int32_t today)
{
    char end[VOUCH_NAME_SIZE];
    sqlite3_stmt *statement;
    bool fine;

    if (!sweep_end(self, end))
        return lose(self);
    statement = database_prepare(self->database, "DELETE FROM reputation WHERE name > ?1 AND name <= ?2 AND day < ?3",
                                 true);
    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, self->sweep);
    if (end[0] != '\0')
        column_bind_text(statement, 2, end);
    else
        sqlite3_bind_zeroblob(statement, 2, 0); /* behind every text */
    sqlite3_bind_int(statement, 3, reputation_oldest(&self->config.rules, today));
    fine = database_run(self->database, statement);
    memcpy(self->sweep, end, sizeof end);
    return fine;
}

/* prune - once in a while */
static bool prune(struct sqlite *self, int32_t today)
{
    int32_t day;

    if (self->votes++ % PRUNE_VOTES != 0)
        return true;
    if (!calendar_day(&self->calendar, self->database, today, &day))
        return lose(self);
    return prune_shares(self, day) && prune_days(self, day);
}

/* read_share - what was counted of this day, name and source, "" for all; false: trouble */
static bool read_share(struct sqlite *self, const struct share *share, const char *source, uint32_t *counted)
{
    sqlite3_stmt *statement = database_prepare(
        self->database, "SELECT ham, spam FROM share WHERE day = ?1 AND name = ?2 AND source = ?3", false);
    bool row = false, fine;

    *counted = 0;
    if (statement == NULL)
        return false;
    sqlite3_bind_int(statement, 1, share->day);
    column_bind_text(statement, 2, share->name);
    column_bind_text(statement, 3, source);
    fine = database_step(self->database, statement, &row);
    if (fine && row)
        *counted = column_count(statement, share->spam ? 1 : 0, UINT32_MAX);
    database_done(statement);
    return fine;
}

/* add_share - more was counted */
static bool add_share(struct sqlite *self, const struct share *share, const char *source, uint32_t count)
{
    sqlite3_stmt *statement = database_prepare(self->database,
                                               "INSERT INTO share VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
                                               " SET ham = ham + excluded.ham, spam = spam + excluded.spam",
                                               true);

    if (statement != NULL) {
        sqlite3_bind_int(statement, 1, share->day);
        column_bind_text(statement, 2, share->name);
        column_bind_text(statement, 3, source);
        sqlite3_bind_int64(statement, 4, share->spam ? 0 : count);
        sqlite3_bind_int64(statement, 5, share->spam ? count : 0);
    }
    return database_run(self->database, statement);
}

/* add_days - counts in the row of a host or organization */
static bool add_days(struct sqlite *self, int32_t day, const char *name, bool spam, uint32_t count)
{
    sqlite3_stmt *statement = database_prepare(self->database,
                                               "INSERT INTO reputation VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
                                               " SET ham = min(ham + excluded.ham, 4294967295),"
                                               " spam = min(spam + excluded.spam, 4294967295)",
                                               true);

    if (statement != NULL) {
        column_bind_text(statement, 1, name);
        sqlite3_bind_int(statement, 2, day);
        sqlite3_bind_int64(statement, 3, spam ? 0 : count);
        sqlite3_bind_int64(statement, 4, spam ? count : 0);
    }
    return database_run(self->database, statement);
}

/* less - the smaller of two, where `used` of `cap` is gone */
static uint32_t less(uint32_t count, uint32_t cap, uint32_t used)
{
    uint32_t room = used < cap ? cap - used : 0;

    return count < room ? count : room;
}

/* is_new - has the host no row yet? false: trouble */
static bool is_new(struct sqlite *self, const char *name, bool *is)
{
    sqlite3_stmt *statement = database_prepare(self->database, "SELECT 1 FROM reputation WHERE name = ?1 LIMIT 1",
                                               false);
    bool row = false, fine;

    if (statement == NULL)
        return false;
    column_bind_text(statement, 1, name);
    fine = database_step(self->database, statement, &row);
    database_done(statement);
    *is = !row;
    return fine;
}

/*
 * find_room - may the host have rows of its own? `all` is its organization's row; `fresh`: they will be its first.
 * False: trouble.
 */
static bool find_room(struct sqlite *self, int32_t day, const char *name, const char *all, bool *fresh, bool *room)
{
    const struct share hosts = {day, all, false};
    uint32_t known = 0;

    *fresh = false;
    if (all[0] != '\0' && (!is_new(self, name, fresh) || (*fresh && !read_share(self, &hosts, HOSTS, &known))))
        return lose(self);
    *room = known < STORE_NEW_HOSTS;
    return true;
}

/* add_counts - in the rows of host and organization, as far as they have some */
static bool add_counts(struct sqlite *self, const struct share *share, const char *host, const char *all,
                       uint32_t counted)
{
    return (host[0] == '\0' || add_days(self, share->day, host, share->spam, counted)) &&
           (all[0] == '\0' || add_days(self, share->day, all, share->spam, counted));
}

/* count_shares - as much of a vote as the caps leave; false: trouble */
static bool count_shares(struct sqlite *self, const struct store_vote *vote, const struct share *share,
                         const char *source, uint32_t *counted)
{
    uint32_t of_source, of_all;

    if (!read_share(self, share, source, &of_source) || !read_share(self, share, "", &of_all))
        return lose(self);
    *counted = less(vote->count, store_source_cap(&self->config, vote), of_source);
    *counted = less(*counted, self->config.rules.per_day, of_all);
    return *counted == 0 || (add_share(self, share, source, *counted) && add_share(self, share, "", *counted));
}

/* count_by - counts a vote of this source; false: trouble, and the vote is counted as lost */
static bool count_by(struct sqlite *self, const struct store_vote *vote, const char *source, uint32_t *counted)
{
    struct share share = {sqlite_today(self), vote->name, vote->spam};
    char buffer[VOUCH_NAME_SIZE];
    const char *all = store_organization_row(vote->organization, buffer);
    const struct share hosts = {share.day, all, false};
    bool fresh, room;

    if (!find_room(self, share.day, vote->name, all, &fresh, &room))
        return false;
    if (!room)
        share.name = all;
    if (!count_shares(self, vote, &share, source, counted))
        return false;
    return *counted == 0 || ((!fresh || !room || add_share(self, &hosts, HOSTS, 1)) &&
                             add_counts(self, &share, room ? vote->name : "", all, *counted));
}

/* count_vote - within the caps; false: trouble, and the vote is counted as lost */
static bool count_vote(struct sqlite *self, const struct store_vote *vote, uint32_t *counted)
{
    const char *source = vote->source[0] != '\0' ? vote->source : "-";
    char hashed[LEDGER_HASH_SIZE];

    if (self->config.hash_sources && !ledger_privacy_hash(self->database, source, hashed))
        return lose(self);
    return database_begin(self->database) && prune(self, sqlite_today(self)) &&
           count_by(self, vote, self->config.hash_sources ? hashed : source, counted);
}

/* sqlite_vote - counts at once, in the open transaction */
static void sqlite_vote(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner)
{
    uint32_t counted = 0;
    struct sqlite *self = (struct sqlite *)store;
    bool fine = count_vote(self, vote, &counted);

    if (fine && counted > 0)
        database_count(self->database);
    if (voted != NULL)
        voted(owner, !fine ? STORE_TROUBLE : counted < vote->count ? STORE_CAPPED : STORE_COUNTED, fine ? counted : 0);
}

/* prepare_put - the statement that writes a row */
static sqlite3_stmt *prepare_put(struct sqlite *self, const struct store_row *row)
{
    static const char *const words[] = {
        [STORE_REPUTATION] = "INSERT OR REPLACE INTO reputation VALUES (?1, ?2, ?3, ?4)",
        [STORE_LIST] = "INSERT OR REPLACE INTO entry VALUES (?2, ?1, ?3, ?4)",
        [STORE_SUSPENSION] = "INSERT OR REPLACE INTO suspension VALUES (?1, ?2, ?3, ?4)",
    };
    sqlite3_stmt *statement = database_prepare(self->database, words[row->kind], true);

    if (statement == NULL)
        return NULL;
    column_bind_text(statement, 1, row->name);
    switch (row->kind) {
    case STORE_REPUTATION:
        sqlite3_bind_int(statement, 2, row->day.day);
        sqlite3_bind_int64(statement, 3, row->day.ham);
        sqlite3_bind_int64(statement, 4, row->day.spam);
        break;
    case STORE_LIST:
        column_bind_text(statement, 2, row->list);
        sqlite3_bind_int(statement, 3, (int)row->listing);
        column_bind_text(statement, 4, row->text);
        break;
    case STORE_SUSPENSION:
        column_bind_text(statement, 2, row->finder);
        sqlite3_bind_int64(statement, 3, row->until_s);
        column_bind_text(statement, 4, row->text);
        break;
    }
    return statement;
}

/* drop_over - forget suspensions that are over since long: nobody else does */
static bool drop_over(struct sqlite *self)
{
    sqlite3_stmt *statement = database_prepare(self->database, "DELETE FROM suspension WHERE until_s < ?1", true);

    if (statement != NULL)
        sqlite3_bind_int64(statement, 1, sqlite_now(self) - STORE_OVER_KEPT_S);
    return database_run(self->database, statement);
}

/* sqlite_put - writes at once, in the open transaction */
static void sqlite_put(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    struct sqlite *self = (struct sqlite *)store;
    bool fine = (row->kind != STORE_SUSPENSION || drop_over(self)) &&
                database_run(self->database, prepare_put(self, row));

    if (fine)
        database_count(self->database);
    if (finished != NULL)
        finished(owner, fine ? NULL : sqlite_cause(self));
}

/* sqlite_remove - the same */
static void sqlite_remove(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    static const char *const words[] = {
        [STORE_REPUTATION] = "DELETE FROM reputation WHERE name = ?1",
        [STORE_LIST] = "DELETE FROM entry WHERE name = ?1 AND list = ?2",
        [STORE_SUSPENSION] = "DELETE FROM suspension WHERE service = ?1 AND finder = ?2",
    };
    struct sqlite *self = (struct sqlite *)store;
    sqlite3_stmt *statement = database_prepare(self->database, words[row->kind], true);
    bool fine;

    if (statement != NULL) {
        column_bind_text(statement, 1, row->name);
        if (row->kind != STORE_REPUTATION)
            column_bind_text(statement, 2, row->kind == STORE_LIST ? row->list : row->finder);
    }
    fine = database_run(self->database, statement);
    if (fine)
        database_count(self->database);
    if (finished != NULL)
        finished(owner, fine ? NULL : sqlite_cause(self));
}

/* read_row - what the statement stands on */
static void read_row(sqlite3_stmt *statement, struct store_row *row)
{
    column_copy(statement, 0, row->name, sizeof row->name);
    switch (row->kind) {
    case STORE_REPUTATION:
        row->day = (struct reputation_day){(int32_t)column_count(statement, 1, INT32_MAX),
                                           column_count(statement, 2, UINT32_MAX),
                                           column_count(statement, 3, UINT32_MAX)};
        break;
    case STORE_LIST:
        column_copy(statement, 1, row->list, sizeof row->list);
        row->listing = (enum vouch_listing)column_count(statement, 2, VOUCH_LISTED_BLOCKED);
        column_copy(statement, 3, row->text, sizeof row->text);
        break;
    case STORE_SUSPENSION:
        column_copy(statement, 1, row->finder, sizeof row->finder);
        row->until_s = sqlite3_column_int64(statement, 2);
        column_copy(statement, 3, row->text, sizeof row->text);
        break;
    }
}

/* sqlite_each - all rows of a kind; suspensions that are over are none */
static void sqlite_each(struct store *store, enum store_kind kind, store_each_row *each, store_finished *finished,
                        void *owner)
{
    static const char *const words[] = {
        [STORE_REPUTATION] = "SELECT name, day, ham, spam FROM reputation",
        [STORE_LIST] = "SELECT name, list, listing, text FROM entry",
        [STORE_SUSPENSION] = "SELECT service, finder, until_s, text FROM suspension WHERE until_s > ?1",
    };
    struct sqlite *self = (struct sqlite *)store;
    sqlite3_stmt *statement = database_prepare(self->database, words[kind], false);
    bool more = false, fine = statement != NULL;

    if (fine && kind == STORE_SUSPENSION)
        sqlite3_bind_int64(statement, 1, sqlite_now(self));
    while (fine && (fine = database_step(self->database, statement, &more)) && more) {
        struct store_row row = {.kind = kind};

        read_row(statement, &row);
        if (!each(owner, &row))
            break;
    }
    if (statement != NULL)
        database_done(statement);
    if (finished != NULL)
        finished(owner, fine ? NULL : sqlite_cause(self));
}

/* sqlite_trouble - that of the database */
static const char *sqlite_trouble(struct store *store, uint64_t *dropped)
{
    struct sqlite *self = (struct sqlite *)store;

    if (dropped != NULL)
        *dropped = database_lost(self->database);
    return database_trouble(self->database);
}

/* sqlite_close - the database stays open */
static void sqlite_close(struct store *store)
{
    free(store);
}

struct store *sqlite_open(struct database *database, const struct store_config *config)
{
    static const struct store_verbs verbs = {
        .ask_reputation = sqlite_ask_reputation,
        .ask_listing = sqlite_ask_listing,
        .cancel = sqlite_cancel,
        .vote = sqlite_vote,
        .put = sqlite_put,
        .remove = sqlite_remove,
        .each = sqlite_each,
        .trouble = sqlite_trouble,
        .close = sqlite_close,
    };
    struct sqlite *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    self->store.verbs = &verbs;
    self->database = database;
    self->config = *config;
    return &self->store;
}
