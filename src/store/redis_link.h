/*
 * redis_link.h - the connection to a Redis server: commands out, their replies in, in the same order. It comes back on
 * its own for ever, with growing pauses.
 *
 * Protocol text is read and written by hiredis. Its asynchronous half is not used: version 0.14 ends the process by an
 * assertion when a server sends a reply that nobody asked for, and bounds neither buffers nor arrays.
 */
#ifndef STORE_REDIS_LINK_H
#define STORE_REDIS_LINK_H

#include "store/store.h"

struct redisReply;
struct redis_link;

#define REDIS_WORDS_MAX 160 /* of one command */

/* One command; the words belong to the caller. More words than fit are left out, and `cut` says so. */
struct redis_command {
    int count;
    bool cut;
    const char *words[REDIS_WORDS_MAX];
};

/* A reply, which dies on return; or null: the connection broke, and it is not known whether the command was done. */
typedef void redis_replied(void *owner, const struct redisReply *reply);

/* None of them may close the link. */
struct redis_link_owner {
    void (*ready)(void *self); /* commands are taken from now on */
    void (*lost)(void *self);  /* no more; all that were open have been told */
    void *self;
};

void redis_command_add(struct redis_command *command, const char *word);

/*
 * Begins to connect. A server that leaves a command without a reply for `silence_ms` is left, and connected to anew.
 * Null with `error`: `where` makes no sense, or memory is out.
 */
struct redis_link *redis_link_open(struct event_base *base, const char *where, const char *password,
                                   uint32_t silence_ms, const struct redis_link_owner *owner,
                                   char error[STORE_ERROR_SIZE]);

bool redis_link_is_ready(const struct redis_link *link);

/* The first attempt to connect is under way: nothing went wrong yet. */
bool redis_link_is_fresh(const struct redis_link *link);

/* Sends a command. False: not ready, or memory is out; `replied` will not run. */
bool redis_link_send(struct redis_link *link, const struct redis_command *command, redis_replied *replied, void *owner);

/* What is wrong with the connection, in words that name the server, or null. */
const char *redis_link_trouble(const struct redis_link *link);

/* The server's name for words of trouble. */
const char *redis_link_where(const struct redis_link *link);

/* Waits until all replies are there, or this time is over, or the connection broke. */
void redis_link_flush(struct redis_link *link, uint32_t time_ms);

/* Ends the connection for good. Open commands are told with null. */
void redis_link_end(struct redis_link *link);

/* The same, and frees the link. Null is allowed. */
void redis_link_close(struct redis_link *link);

#endif
