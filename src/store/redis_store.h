/*
 * redis_store.h - what the parts of the Redis store share. Keys, all behind PREFIX and a colon:
 *
 *     reputation:NAME    hash   "h<day>", "s<day>" -> ham and spam of that day; expires when no day counts any more;
 *                               NAME is a host, or ".example.org": all hosts of an organization
 *     votes:DAY:NAME     hash   "h<source>", "s<source>" -> what that source's votes counted for; "n", of an
 *                               organization -> its hosts that were new on this day; expires
 *     lists              set    names of the lists
 *     list:LIST          hash   name -> "trusted COMMENT" or "blocked COMMENT"
 *     suspensions        hash   service -> "UNTIL CAUSE", Unix time
 */
#ifndef STORE_REDIS_STORE_H
#define STORE_REDIS_STORE_H

#include "store/redis_link.h"
#include "store/redis_reply.h"

#include <event2/event_struct.h>
#include <sys/queue.h>

#define REDIS_PREFIX_SIZE 128
#define REDIS_KEY_SIZE    512 /* prefix, kind, day, name, and a NUL */
#define REDIS_SHA_SIZE    41

struct redis_question;
struct redis_write;
struct redis_walk;

/* Questions that are out, in the order in which they came. */
TAILQ_HEAD(redis_questions, redis_question);
/* Writes, oldest first: those that were sent and those that wait may stand between each other after a refusal. */
TAILQ_HEAD(redis_writes, redis_write);
TAILQ_HEAD(redis_walks, redis_walk);

struct redis_store {
    struct store store;
    struct store_config config;
    struct event_base *base;
    struct redis_link *link;
    char prefix[REDIS_PREFIX_SIZE];
    char sha[REDIS_SHA_SIZE]; /* of the script that votes; empty: not known */
    struct redis_questions questions;
    struct redis_writes writes;
    struct redis_walks walks;
    uint32_t questions_count, writes_waiting, writes_sent;
    struct event hold; /* pending: the server refuses writes, and is left alone for a moment */
    uint64_t dropped;
    char write_trouble[STORE_ERROR_SIZE], ask_trouble[STORE_ERROR_SIZE], damage[STORE_ERROR_SIZE];
    char clock_trouble[STORE_ERROR_SIZE]; /* votes are refused, as our clock is ahead of the server's */
    char damaged[REDIS_KEY_SIZE];         /* the key that `damage` is about */
};

/* Unix time, and days since 1970, now. */
int64_t redis_now(const struct redis_store *store);
int32_t redis_today(const struct redis_store *store);

/* Puts PREFIX:KIND and, unless null, :REST into `key`. False: it does not fit. */
bool redis_key(const struct redis_store *store, char key[REDIS_KEY_SIZE], const char *kind, const char *rest);

/* The trouble of a reply in words, server and key named (key may be null). */
void redis_blame(const struct redis_store *store, char words[STORE_ERROR_SIZE], const char *key,
                 const struct redisReply *reply);

/* What stands under a key is of no use, or (reply null) is again. */
void redis_note_damage(struct redis_store *store, const char *key, const struct redisReply *reply);
void redis_note_repair(struct redis_store *store, const char *key);

/* Sets a timer of the store's timeout. */
void redis_start_timer(struct redis_store *store, struct event *timer);

/* redis_ask.c */
struct store_ticket *redis_ask_reputation(struct store *store, const char *name, const char *organization,
                                          store_done *done, void *owner);
struct store_ticket *redis_ask_listing(struct store *store, const char *list, const char *name, store_done *done,
                                       void *owner);
void redis_cancel(struct store *store, struct store_ticket *ticket);
void redis_send_questions(struct redis_store *store); /* those that waited for the first connection */
void redis_fail_questions(struct redis_store *store); /* the same, which did not come */
void redis_drop_questions(struct redis_store *store); /* without a word */

/* redis_write.c */
void redis_vote(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner);
void redis_put(struct store *store, const struct store_row *row, store_finished *finished, void *owner);
void redis_remove(struct store *store, const struct store_row *row, store_finished *finished, void *owner);
void redis_load_script(struct redis_store *store);
void redis_send_writes(struct redis_store *store);
void redis_open_writes(struct redis_store *store);
void redis_drop_writes(struct redis_store *store); /* all; none may be under way */

/* redis_walk.c */
void redis_each(struct store *store, enum store_kind kind, store_each_row *row, store_finished *finished, void *owner);
void redis_send_walks(struct redis_store *store);
void redis_fail_walks(struct redis_store *store);
void redis_drop_walks(struct redis_store *store);

#endif
