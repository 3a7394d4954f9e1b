/*
 * redis_walk.c - all rows of a kind, in turns of a bounded size.
 *
 * Reputation: SCAN gives pages of keys, and each page is asked for in one go. Lists and suspensions: HSCAN goes through
 * one hash after the other. While others write, Redis may give a row twice. What is no row of ours is left out.
 */
#include "store/redis_store.h"

#include <stdlib.h>
#include <string.h>

#define PAGE        "200" /* keys or fields that are asked for at once; Redis may give more */
#define CURSOR_SIZE 24

struct redis_walk {
    TAILQ_ENTRY(redis_walk) link;
    struct redis_store *store;
    enum store_kind kind;
    store_each_row *each; /* null: no more rows, please */
    store_finished *finished;
    void *owner;
    bool sent;
    bool begun;    /* the first page of hosts was asked for: cursor 0 is behind the last */
    unsigned open; /* replies that are still to come */
    char cursor[CURSOR_SIZE];
    char **names; /* of hosts, or of lists */
    size_t names_count, next;
    bool failed;
    char words[STORE_ERROR_SIZE];
};

static void walk_go_on(struct redis_walk *walk);

/* walk_forget_names - frees the names of a page */
static void walk_forget_names(struct redis_walk *walk)
{
    for (size_t i = 0; i < walk->names_count; i++)
        free(walk->names[i]);
    free(walk->names);
    walk->names = NULL;
    walk->names_count = walk->next = 0;
}

/* walk_free - forgets a walk */
static void walk_free(struct redis_walk *walk)
{
    TAILQ_REMOVE(&walk->store->walks, walk, link);
    walk_forget_names(walk);
    free(walk);
}

/* walk_fail - what went wrong; the first trouble counts */
static void walk_fail(struct redis_walk *walk, const struct redisReply *reply)
{
    const char *trouble = redis_link_trouble(walk->store->link);
    struct text text;

    if (walk->failed)
        return;
    walk->failed = true;
    if (reply != NULL) {
        redis_blame(walk->store, walk->words, NULL, reply);
        return;
    }
    text_init(&text, walk->words, sizeof walk->words);
    text_add(&text, trouble != NULL ? trouble : "Redis is not connected");
}

/* walk_finish - tells the owner, and ends it */
static void walk_finish(struct redis_walk *walk)
{
    if (walk->finished != NULL)
        walk->finished(walk->owner, walk->failed ? walk->words : NULL);
    walk_free(walk);
}

/* walk_send - asks; what cannot be asked is trouble */
static void walk_send(struct redis_walk *walk, const struct redis_command *command, redis_replied *replied)
{
    if (redis_link_send(walk->store->link, command, replied, walk))
        walk->open++;
    else
        walk_fail(walk, NULL);
}

/* walk_give - hands out a row, unless the owner has enough */
static void walk_give(struct redis_walk *walk, const struct store_row *row)
{
    if (walk->each != NULL && !walk->each(walk->owner, row))
        walk->each = NULL;
}

/* walk_give_days - the rows of a host */
static void walk_give_days(struct redis_walk *walk, const char *name, const struct redisReply *reply)
{
    struct store_row row = {.kind = STORE_REPUTATION};
    struct reputation_day *days;
    size_t count;

    if (!redis_read_name(text_bytes(name), row.name) || !redis_read_days(reply, &days, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        row.day = days[i];
        walk_give(walk, &row);
    }
    free(days);
}

/* walk_give_field - the row in a field of a list or of the suspensions */
static void walk_give_field(struct redis_walk *walk, struct vouch_bytes field, struct vouch_bytes value)
{
    const struct redis_store *store = walk->store;
    struct store_row row = {.kind = walk->kind};
    struct vouch_bytes word = redis_read_word(&value);
    struct vouch_bytes name = walk->kind == STORE_LIST ? field : redis_read_word(&field);
    bool good = redis_read_name(name, row.name);

    if (walk->kind == STORE_LIST) {
        row.listing = text_is(word, "trusted") ? VOUCH_LISTED_TRUSTED : VOUCH_LISTED_BLOCKED;
        good = good && (row.listing == VOUCH_LISTED_TRUSTED || text_is(word, "blocked")) &&
               redis_read_name(text_bytes(walk->names[walk->next]), row.list);
    } else {
        good = good && redis_read_number(word, 0, INT64_MAX, &row.until_s) && row.until_s > redis_now(store) &&
               redis_read_finder(field, row.finder);
    }
    redis_read_text(value, row.text);
    if (good)
        walk_give(walk, &row);
}

/* read_cursor - where the next page begins, and what is on this one; false: that is no page */
static bool read_cursor(struct redis_walk *walk, const struct redisReply *reply, const struct redisReply **page)
{
    struct vouch_bytes cursor;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || reply->element[1]->type != REDIS_REPLY_ARRAY)
        return false;
    cursor = redis_reply_text(reply->element[0]);
    if (cursor.length == 0 || cursor.length >= CURSOR_SIZE)
        return false;
    for (size_t i = 0; i < cursor.length; i++)
        if (!text_is_digit((char)cursor.data[i]))
            return false;
    memcpy(walk->cursor, cursor.data, cursor.length);
    walk->cursor[cursor.length] = '\0';
    *page = reply->element[1];
    return true;
}

/* walk_take_names - keeps the names of a page, each without its first `skip` octets; false: out of memory */
static bool walk_take_names(struct redis_walk *walk, const struct redisReply *page, size_t skip)
{
    walk_forget_names(walk);
    walk->names = calloc(page->elements + 1, sizeof *walk->names);
    if (walk->names == NULL)
        return false;
    for (size_t i = 0; i < page->elements; i++) {
        struct vouch_bytes name = redis_reply_text(page->element[i]);
        char *copy;

        if (name.length <= skip)
            continue;
        copy = strndup((const char *)name.data + skip, name.length - skip);
        if (copy == NULL)
            return false;
        walk->names[walk->names_count++] = copy;
    }
    return true;
}

/* on_days - one host of the page, in the order in which they were asked for */
static void on_days(void *owner, const struct redisReply *reply)
{
    struct redis_walk *walk = owner;
    const char *name = walk->names[walk->next++];

    walk->open--;
    if (reply == NULL || (redis_reply_is_error(reply) && redis_reply_is_passing(reply)))
        walk_fail(walk, reply);
    else
        walk_give_days(walk, name, reply);
    walk_go_on(walk);
}

/* on_keys - a page of hosts */
static void on_keys(void *owner, const struct redisReply *reply)
{
    struct redis_walk *walk = owner;
    const struct redisReply *page;
    char key[REDIS_KEY_SIZE];

    walk->open--;
    if (reply == NULL || !read_cursor(walk, reply, &page) || !redis_key(walk->store, key, "reputation", "") ||
        !walk_take_names(walk, page, strlen(key))) {
        walk_fail(walk, reply);
        walk_go_on(walk);
        return;
    }
    for (size_t i = 0; i < walk->names_count && !walk->failed; i++) {
        struct redis_command command = {.count = 0};

        redis_command_add(&command, "HGETALL");
        redis_command_add(&command, key);
        if (redis_key(walk->store, key, "reputation", walk->names[i]))
            walk_send(walk, &command, on_days);
        else
            walk_fail(walk, NULL);
    }
    walk_go_on(walk);
}

/* on_fields - a page of a list, or of the suspensions */
static void on_fields(void *owner, const struct redisReply *reply)
{
    struct redis_walk *walk = owner;
    const struct redisReply *page;

    walk->open--;
    if (reply == NULL || !read_cursor(walk, reply, &page)) {
        walk_fail(walk, reply);
    } else {
        for (size_t i = 0; i + 1 < page->elements; i += 2)
            walk_give_field(walk, redis_reply_text(page->element[i]), redis_reply_text(page->element[i + 1]));
        if (strcmp(walk->cursor, "0") == 0)
            walk->next++;
    }
    walk_go_on(walk);
}

/* on_lists - the names of all lists */
static void on_lists(void *owner, const struct redisReply *reply)
{
    struct redis_walk *walk = owner;

    walk->open--;
    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY || !walk_take_names(walk, reply, 0))
        walk_fail(walk, reply);
    walk_go_on(walk);
}

/* walk_turn_page - asks for the next page of hosts, unless that was the last */
static bool walk_turn_page(struct redis_walk *walk)
{
    struct redis_command command = {.count = 0};
    char match[REDIS_KEY_SIZE];

    if ((walk->begun && strcmp(walk->cursor, "0") == 0) || !redis_key(walk->store, match, "reputation", "*"))
        return false;
    walk->begun = true;
    redis_command_add(&command, "SCAN");
    redis_command_add(&command, walk->cursor);
    redis_command_add(&command, "MATCH");
    redis_command_add(&command, match);
    redis_command_add(&command, "COUNT");
    redis_command_add(&command, PAGE);
    walk_send(walk, &command, on_keys);
    return true;
}

/* walk_turn_fields - asks for the next fields of the hash that is looked at, unless that was the last one */
static bool walk_turn_fields(struct redis_walk *walk)
{
    struct redis_command command = {.count = 0};
    char key[REDIS_KEY_SIZE];

    while (walk->next < walk->names_count &&
           !redis_key(walk->store, key, walk->kind == STORE_LIST ? "list" : "suspensions",
                      walk->kind == STORE_LIST ? walk->names[walk->next] : NULL))
        walk->next++;
    if (walk->next >= walk->names_count)
        return false;
    redis_command_add(&command, "HSCAN");
    redis_command_add(&command, key);
    redis_command_add(&command, walk->cursor);
    redis_command_add(&command, "COUNT");
    redis_command_add(&command, PAGE);
    walk_send(walk, &command, on_fields);
    return true;
}

/* walk_go_on - asks for more once all replies are there, or ends */
static void walk_go_on(struct redis_walk *walk)
{
    bool more = false;

    if (walk->open > 0)
        return;
    if (!walk->failed && walk->each != NULL)
        more = walk->kind == STORE_REPUTATION ? walk_turn_page(walk) : walk_turn_fields(walk);
    if (!more || walk->failed)
        walk_finish(walk);
}

/* walk_start - asks the first question */
static void walk_start(struct redis_walk *walk)
{
    struct redis_command command = {.count = 0};
    char key[REDIS_KEY_SIZE];

    walk->sent = true;
    memcpy(walk->cursor, "0", 2);
    if (walk->kind == STORE_LIST && redis_key(walk->store, key, "lists", NULL)) {
        redis_command_add(&command, "SMEMBERS");
        redis_command_add(&command, key);
        walk_send(walk, &command, on_lists);
    } else if (walk->kind == STORE_SUSPENSION) {
        walk->names = calloc(1, sizeof *walk->names);
        walk->names_count = walk->names != NULL;
    }
    walk_go_on(walk);
}

void redis_each(struct store *base, enum store_kind kind, store_each_row *row, store_finished *finished, void *owner)
{
    struct redis_store *store = (struct redis_store *)base;
    struct redis_walk *walk = calloc(1, sizeof *walk);

    if (walk == NULL) {
        if (finished != NULL)
            finished(owner, "out of memory");
        return;
    }
    walk->store = store;
    walk->kind = kind;
    walk->each = row;
    walk->finished = finished;
    walk->owner = owner;
    TAILQ_INSERT_TAIL(&store->walks, walk, link);
    if (redis_link_is_ready(store->link)) {
        walk_start(walk);
    } else if (!redis_link_is_fresh(store->link)) {
        walk_fail(walk, NULL);
        walk_finish(walk);
    }
}

/* find_unsent - a walk that waits for the first connection */
static struct redis_walk *find_unsent(struct redis_store *store)
{
    struct redis_walk *walk;

    TAILQ_FOREACH(walk, &store->walks, link)
    if (!walk->sent)
        break;
    return walk;
}

void redis_send_walks(struct redis_store *store)
{
    struct redis_walk *walk;

    while ((walk = find_unsent(store)) != NULL)
        walk_start(walk);
}

void redis_fail_walks(struct redis_store *store)
{
    struct redis_walk *walk;

    while ((walk = find_unsent(store)) != NULL) {
        walk->sent = true;
        walk_fail(walk, NULL);
        walk_finish(walk);
    }
}

void redis_drop_walks(struct redis_store *store)
{
    struct redis_walk *walk, *next;

    for (walk = TAILQ_FIRST(&store->walks); walk != NULL; walk = next) {
        next = TAILQ_NEXT(walk, link);
        walk->finished = NULL;
        walk->each = NULL;
        if (walk->open == 0)
            walk_free(walk);
    }
}
