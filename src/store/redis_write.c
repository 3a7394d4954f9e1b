/*
 * redis_write.c - writes to Redis, in line until the server takes them.
 *
 * Each write is one command. Some are under way at a time; the others wait. A write that the server refuses for a
 * reason that may pass (no memory, read-only, loading) waits again; one that it refuses for good is dropped. When the
 * connection breaks, what was under way may have been done or not: rows are written again, which changes nothing;
 * votes are not, and are counted as dropped.
 *
 * Whoever wants to know is told at once where nothing is taken now, and after the store's timeout at the latest. A row
 * then waits on without an owner. A vote does not: who was told may vote again, and would have two in line. Only votes
 * that nobody says again wait; their owner hears in the end. A vote that is under way when its owner has waited for
 * long enough cannot be taken back.
 */
#include "store/redis_script.h"
#include "store/redis_store.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define UNDER_WAY_MAX 64 /* so many votes may be lost with a connection */
#define HOLD_MS       1000
#define DAY_S         86400
#define VOTES_KEPT_S  172800 /* clocks of a fleet differ */
#define NUMBER_SIZE   24

struct redis_write {
    TAILQ_ENTRY(redis_write) link;
    struct redis_store *store;
    struct event timer;
    store_voted *voted; /* at most one of these two */
    store_finished *finished;
    void *owner;
    uint32_t count; /* votes; 0: a row */
    bool waits;     /* in line, however long that takes; not: trouble that is told is the end of what was not sent */
    bool sent;
    bool whole;         /* send the script itself: the server does not know it */
    const char *script; /* null: the words are the command */
    int words_count;
    char words[]; /* each with its NUL; with a script, from the number of keys on */
};

/* What becomes a write. */
struct draft {
    struct redis_command command;
    const char *script;
    bool fits;
    char keys[4][REDIS_KEY_SIZE];
    int keys_count;
    char numbers[9][NUMBER_SIZE];
    int numbers_count;
    char value[VOUCH_INFO_SIZE + NUMBER_SIZE];
    char field[VOUCH_NAME_SIZE + STORE_FINDER_SIZE];
};

/* What became of a vote. */
struct count {
    enum store_counted kind;
    uint32_t count;
};

static const struct count count_none = {STORE_TROUBLE, 0};

/* write_free - forgets a write */
static void write_free(struct redis_write *write)
{
    struct redis_store *store = write->store;

    TAILQ_REMOVE(&store->writes, write, link);
    if (write->sent)
        store->writes_sent--;
    else
        store->writes_waiting--;
    event_del(&write->timer);
    free(write);
}

/* count_unsure - trouble; what is under way may be counted all the same */
static struct count count_unsure(const struct redis_write *write)
{
    return (struct count){STORE_TROUBLE, write->sent ? write->count : 0};
}

/* write_tell - tells the owner, once */
static void write_tell(struct redis_write *write, struct count counted, const char *trouble)
{
    store_voted *voted = write->voted;
    store_finished *finished = write->finished;

    write->voted = NULL;
    write->finished = NULL;
    event_del(&write->timer);
    if (voted != NULL)
        voted(write->owner, counted.kind, counted.count);
    if (finished != NULL)
        finished(write->owner, trouble);
}

/* write_drop - it is lost */
static void write_drop(struct redis_write *write, const char *trouble)
{
    write->store->dropped++;
    write_tell(write, count_unsure(write), trouble);
    write_free(write);
}

/* write_delay - it is not done now: tells who wants to know, if that is not too early; the end of a vote in line */
static void write_delay(struct redis_write *write, const char *trouble)
{
    if (write->count == 0 || (write->sent && !write->waits))
        write_tell(write, count_unsure(write), trouble);
    else if (!write->waits)
        write_drop(write, trouble);
}

/* write_wait - it was not done, and waits again */
static void write_wait(struct redis_write *write)
{
    write->sent = false;
    write->store->writes_sent--;
    write->store->writes_waiting++;
}

/* cause_now - why nothing is written now */
static const char *cause_now(const struct redis_store *store)
{
    const char *trouble = redis_link_trouble(store->link);

    if (trouble == NULL && store->write_trouble[0] != '\0')
        trouble = store->write_trouble;
    return trouble != NULL ? trouble : "Redis did not take it in time; it is in line";
}

/* on_timeout - the owner has waited long enough */
static void on_timeout(evutil_socket_t fd, short what, void *self)
{
    struct redis_write *write = self;

    (void)fd;
    (void)what;
    write_delay(write, cause_now(write->store));
}

/* hold_writes - the server takes nothing: leave it alone for a moment */
static void hold_writes(struct redis_store *store, const struct redisReply *reply)
{
    struct timeval time = {HOLD_MS / 1000, HOLD_MS % 1000 * 1000};

    redis_blame(store, store->write_trouble, NULL, reply);
    event_add(&store->hold, &time);
}

/* write_is_abandoned - a vote whose owner was told that it is in trouble? */
static bool write_is_abandoned(const struct redis_write *write)
{
    return write->count > 0 && !write->waits && write->voted == NULL;
}

/* write_refused - an error, or nonsense, in the place of a result */
static void write_refused(struct redis_write *write, const struct redisReply *reply)
{
    struct redis_store *store = write->store;
    char words[STORE_ERROR_SIZE];

    if (redis_reply_is_noscript(reply) && write->script != NULL && !write->whole) {
        write->whole = true;
        write_wait(write);
        if (write_is_abandoned(write))
            write_drop(write, NULL);
        return;
    }
    if (redis_reply_is_passing(reply)) {
        hold_writes(store, reply);
        write_wait(write);
        write_delay(write, store->write_trouble);
        return;
    }
    redis_blame(store, words, NULL, reply);
    if (redis_reply_is_clock(reply))
        memcpy(store->clock_trouble, words, sizeof words);
    if (reply->type == REDIS_REPLY_ERROR)
        write_tell(write, count_none, words); /* the server says so */
    write_drop(write, words);
}

/* write_done - the server did it */
static void write_done(struct redis_write *write, const struct redisReply *reply)
{
    struct count counted = {STORE_COUNTED, 0};

    write->store->write_trouble[0] = '\0';
    if (write->count > 0) {
        write->store->clock_trouble[0] = '\0';
        counted.count = (uint32_t)reply->integer;
        counted.kind = counted.count < write->count ? STORE_CAPPED : STORE_COUNTED;
    }
    write_tell(write, counted, NULL);
    write_free(write);
}

/* on_written - the server's reply to a write, or none for ever */
static void on_written(void *owner, const struct redisReply *reply)
{
    struct redis_write *write = owner;
    struct redis_store *store = write->store;

    if (reply == NULL && write->count > 0)
        write_drop(write, cause_now(store));
    else if (reply == NULL)
        write_wait(write);
    else if (reply->type == REDIS_REPLY_INTEGER && reply->integer >= 0 &&
             (write->count == 0 || reply->integer <= write->count))
        write_done(write, reply);
    else
        write_refused(write, reply);
    redis_send_writes(store);
}

/* write_send - puts it on the way; false: there is no way */
static bool write_send(struct redis_write *write)
{
    struct redis_command command = {.count = 0};
    bool known = write->script == redis_script_vote && write->store->sha[0] != '\0' && !write->whole;
    const char *word = write->words;

    if (write->script != NULL) {
        redis_command_add(&command, known ? "EVALSHA" : "EVAL");
        redis_command_add(&command, known ? write->store->sha : write->script);
    }
    for (int i = 0; i < write->words_count; i++, word += strlen(word) + 1)
        redis_command_add(&command, word);
    if (!redis_link_send(write->store->link, &command, on_written, write))
        return false;
    write->sent = true;
    write->store->writes_sent++;
    write->store->writes_waiting--;
    return true;
}

void redis_send_writes(struct redis_store *store)
{
    struct redis_write *write;

    if (!redis_link_is_ready(store->link) || event_pending(&store->hold, EV_TIMEOUT, NULL))
        return;
    if (store->writes_waiting == 0)
        return;
    TAILQ_FOREACH(write, &store->writes, link)
    {
        if (store->writes_sent >= UNDER_WAY_MAX || store->writes_waiting == 0)
            return;
        if (!write->sent && !write_send(write))
            return;
    }
}

/* on_hold - the moment is over */
static void on_hold(evutil_socket_t fd, short what, void *self)
{
    (void)fd;
    (void)what;
    redis_send_writes(self);
}

void redis_open_writes(struct redis_store *store)
{
    TAILQ_INIT(&store->writes);
    event_assign(&store->hold, store->base, -1, 0, on_hold, store);
}

/* on_loaded - the server knows the script by its digest now */
static void on_loaded(void *owner, const struct redisReply *reply)
{
    struct redis_store *store = owner;
    struct vouch_bytes sha = redis_reply_text(reply);

    store->sha[0] = '\0';
    if (sha.length != REDIS_SHA_SIZE - 1)
        return;
    for (size_t i = 0; i < sha.length; i++)
        if (!text_is_alnum((char)sha.data[i]))
            return;
    memcpy(store->sha, sha.data, sha.length);
    store->sha[sha.length] = '\0';
}

void redis_load_script(struct redis_store *store)
{
    struct redis_command command = {.count = 0};

    store->sha[0] = '\0';
    redis_command_add(&command, "SCRIPT");
    redis_command_add(&command, "LOAD");
    redis_command_add(&command, redis_script_vote);
    redis_link_send(store->link, &command, on_loaded, store);
}

void redis_drop_writes(struct redis_store *store)
{
    struct redis_write *write;

    while ((write = TAILQ_FIRST(&store->writes)) != NULL)
        write_drop(write, cause_now(store));
}

/* draft_key - adds a key */
static void draft_key(struct draft *draft, const struct redis_store *store, const char *kind, const char *rest)
{
    char *key = draft->keys[draft->keys_count++];

    draft->fits = redis_key(store, key, kind, rest) && draft->fits;
    redis_command_add(&draft->command, key);
}

/* draft_votes - adds the key of what sources had of a name's day */
static void draft_votes(struct draft *draft, const struct redis_store *store, int32_t day, const char *name)
{
    char day_and_name[REDIS_KEY_SIZE];
    struct text text;

    text_init(&text, day_and_name, sizeof day_and_name);
    text_add_signed(&text, day);
    text_add(&text, ":");
    text_add(&text, name);
    draft_key(draft, store, "votes", day_and_name);
}

/* draft_number - adds a number */
static void draft_number(struct draft *draft, int64_t number)
{
    char *digits = draft->numbers[draft->numbers_count++];
    struct text text;

    text_init(&text, digits, NUMBER_SIZE);
    text_add_signed(&text, number);
    redis_command_add(&draft->command, digits);
}

/* draft_value - adds a value of two parts with a blank between, and nothing that ends a line */
static void draft_value(struct draft *draft, const char *first, const char *rest)
{
    char clean[VOUCH_INFO_SIZE];
    struct text text;

    redis_read_text(text_bytes(rest), clean);
    text_init(&text, draft->value, sizeof draft->value);
    text_add(&text, first);
    text_add(&text, " ");
    text_add(&text, clean);
    redis_command_add(&draft->command, draft->value);
}

/* draft_finding - adds the field of a suspension: its service, a blank and who found it */
static void draft_finding(struct draft *draft, const struct store_row *row)
{
    struct text text;

    text_init(&text, draft->field, sizeof draft->field);
    text_add(&text, row->name);
    text_add(&text, row->finder[0] == '\0' ? "" : " ");
    text_add(&text, row->finder);
    redis_command_add(&draft->command, draft->field);
}

/* draft_script - begins with a script of so many keys */
static void draft_script(struct draft *draft, const char *script, int keys)
{
    draft->script = script;
    draft_number(draft, keys);
}

/* write_new - a write with the words of a draft, or null: out of memory, or a word does not fit */
static struct redis_write *write_new(struct redis_store *store, const struct draft *draft)
{
    struct redis_write *write;
    size_t size = 0;
    char *end;

    for (int i = 0; i < draft->command.count; i++)
        size += strlen(draft->command.words[i]) + 1;
    write = draft->fits && !draft->command.cut ? calloc(1, sizeof *write + size) : NULL;
    if (write == NULL)
        return NULL;
    write->store = store;
    write->script = draft->script;
    write->words_count = draft->command.count;
    end = write->words;
    for (int i = 0; i < draft->command.count; i++) {
        size_t length = strlen(draft->command.words[i]) + 1;

        memcpy(end, draft->command.words[i], length);
        end += length;
    }
    event_assign(&write->timer, store->base, -1, 0, on_timeout, write);
    return write;
}

/* is_stuck - are no writes taken now, and that is known? */
static bool is_stuck(const struct redis_store *store)
{
    if (redis_link_is_ready(store->link))
        return event_pending(&store->hold, EV_TIMEOUT, NULL) != 0;
    return !redis_link_is_fresh(store->link);
}

/* write_start - into the line, and on the way if there is one */
static void write_start(struct redis_store *store, struct redis_write *write)
{
    TAILQ_INSERT_TAIL(&store->writes, write, link);
    store->writes_waiting++;
    redis_send_writes(store);
    if (!write->sent && store->writes_waiting > store->config.queue)
        write_drop(write, "too many writes to Redis wait already");
    else if (!write->sent && is_stuck(store))
        write_delay(write, cause_now(store));
    else if (!write->waits && (write->voted != NULL || write->finished != NULL))
        redis_start_timer(store, &write->timer);
}

void redis_vote(struct store *base, const struct store_vote *vote, store_voted *voted, void *owner)
{
    struct redis_store *store = (struct redis_store *)base;
    struct draft draft = {.fits = true};
    const struct reputation_rules *rules = &store->config.rules;
    int32_t today = redis_today(store), oldest = reputation_oldest(rules, today);
    char buffer[VOUCH_NAME_SIZE];
    const char *all = store_organization_row(vote->organization, buffer);
    struct redis_write *write;

    draft_script(&draft, redis_script_vote, all[0] != '\0' ? 4 : 2);
    draft_votes(&draft, store, today, vote->name);
    draft_key(&draft, store, "reputation", vote->name);
    if (all[0] != '\0') {
        draft_key(&draft, store, "reputation", all);
        draft_votes(&draft, store, today, all);
    }
    redis_command_add(&draft.command, vote->spam ? "s" : "h");
    draft_number(&draft, today);
    redis_command_add(&draft.command, vote->source[0] != '\0' ? vote->source : "-");
    draft_number(&draft, vote->count);
    draft_number(&draft, rules->per_day);
    draft_number(&draft, store_source_cap(&store->config, vote));
    draft_number(&draft, oldest);
    draft_number(&draft, ((int64_t)today - oldest + 1) * DAY_S);
    draft_number(&draft, VOTES_KEPT_S);
    draft_number(&draft, STORE_NEW_HOSTS);
    write = write_new(store, &draft);
    if (write == NULL) {
        store->dropped++;
        if (voted != NULL)
            voted(owner, STORE_TROUBLE, 0);
        return;
    }
    write->voted = voted;
    write->owner = owner;
    write->count = vote->count;
    write->waits = vote->waits || voted == NULL;
    write_start(store, write);
}

/* start_row - a draft that writes or removes a row becomes a write */
static void start_row(struct redis_store *store, const struct draft *draft, store_finished *finished, void *owner)
{
    struct redis_write *write = write_new(store, draft);

    if (write == NULL) {
        store->dropped++;
        if (finished != NULL)
            finished(owner, "out of memory, or a name is too long");
        return;
    }
    write->finished = finished;
    write->owner = owner;
    write_start(store, write);
}

void redis_put(struct store *base, const struct store_row *row, store_finished *finished, void *owner)
{
    struct redis_store *store = (struct redis_store *)base;
    struct draft draft = {.fits = true};
    int32_t today = redis_today(store);
    char number[NUMBER_SIZE];
    struct text text;

    switch (row->kind) {
    case STORE_REPUTATION:
        draft_script(&draft, redis_script_put_days, 1);
        draft_key(&draft, store, "reputation", row->name);
        draft_number(&draft, row->day.day);
        draft_number(&draft, row->day.ham);
        draft_number(&draft, row->day.spam);
        draft_number(&draft, ((int64_t)today - reputation_oldest(&store->config.rules, today) + 1) * DAY_S);
        break;
    case STORE_LIST:
        draft_script(&draft, redis_script_put_entry, 2);
        draft_key(&draft, store, "list", row->list);
        draft_key(&draft, store, "lists", NULL);
        redis_command_add(&draft.command, row->list);
        redis_command_add(&draft.command, row->name);
        draft_value(&draft, row->listing == VOUCH_LISTED_TRUSTED ? "trusted" : "blocked", row->text);
        break;
    case STORE_SUSPENSION:
        text_init(&text, number, sizeof number);
        text_add_signed(&text, row->until_s);
        draft_script(&draft, redis_script_put_suspension, 1);
        draft_key(&draft, store, "suspensions", NULL);
        draft_finding(&draft, row);
        draft_value(&draft, number, row->text);
        draft_number(&draft, redis_now(store) - STORE_OVER_KEPT_S);
        draft_number(&draft, STORE_OVER_KEPT_S);
        break;
    }
    start_row(store, &draft, finished, owner);
}

void redis_remove(struct store *base, const struct store_row *row, store_finished *finished, void *owner)
{
    struct redis_store *store = (struct redis_store *)base;
    struct draft draft = {.fits = true};

    switch (row->kind) {
    case STORE_REPUTATION:
        redis_command_add(&draft.command, "DEL");
        draft_key(&draft, store, "reputation", row->name);
        break;
    case STORE_LIST:
        draft_script(&draft, redis_script_remove_entry, 2);
        draft_key(&draft, store, "list", row->list);
        draft_key(&draft, store, "lists", NULL);
        redis_command_add(&draft.command, row->list);
        redis_command_add(&draft.command, row->name);
        break;
    case STORE_SUSPENSION:
        redis_command_add(&draft.command, "HDEL");
        draft_key(&draft, store, "suspensions", NULL);
        draft_finding(&draft, row);
        break;
    }
    start_row(store, &draft, finished, owner);
}
