/*
 * redis_reply.h - reads what a Redis server sends, with bounds, and believes none of it unchecked.
 */
#ifndef STORE_REDIS_REPLY_H
#define STORE_REDIS_REPLY_H

#include "base/text.h"
#include "store/store.h"

#include <hiredis/hiredis.h>

#define REDIS_REPLY_MAX    (4u << 20) /* octets of one reply: a name's days at their most take half of it */
#define REDIS_ELEMENTS_MAX 200000     /* elements of one reply, all levels together: a name's days at their most */

/* A reader whose replies have no more elements than that. */
struct redis_reader {
    redisReader *reader;
    redisReplyObjectFunctions functions;
    void *(*create_array)(const redisReadTask *task, int elements);
    uint32_t elements;
};

enum redis_read { REDIS_READ_REPLY, REDIS_READ_MORE, REDIS_READ_BROKEN };

/* False: out of memory. The struct must stay where it is. */
bool redis_reader_init(struct redis_reader *reader);

/* Takes octets. False: out of memory, or the reply is too long. */
bool redis_reader_feed(struct redis_reader *reader, const char *octets, size_t length);

/* The next reply, to be freed with freeReplyObject. */
enum redis_read redis_reader_next(struct redis_reader *reader, struct redisReply **reply);

void redis_reader_free(struct redis_reader *reader);

/* Text of a string or status; empty for anything else. */
struct vouch_bytes redis_reply_text(const struct redisReply *reply);

bool redis_reply_is_error(const struct redisReply *reply);

/* What an error says, or what else is wrong with a reply that is none of those expected; printable. */
void redis_reply_words(struct text *text, const struct redisReply *reply);

/* The trouble is the server's, not of this command: it may be over later, and nothing was written. */
bool redis_reply_is_passing(const struct redisReply *reply);

/* The server does not know the script. */
bool redis_reply_is_noscript(const struct redisReply *reply);

/* The script that votes says that our clock is ahead of the server's. */
bool redis_reply_is_clock(const struct redisReply *reply);

/* A whole number from min to max as we write it, without sign "+" and leading zeros. */
bool redis_read_number(struct vouch_bytes bytes, int64_t min, int64_t max, int64_t *number);

/* Up to the first blank, which is skipped; the rest stays in `bytes`. */
struct vouch_bytes redis_read_word(struct vouch_bytes *bytes);

/* A name as it may stand in a row: printable ASCII without blanks, shorter than VOUCH_NAME_SIZE. */
bool redis_read_name(struct vouch_bytes bytes, char name[VOUCH_NAME_SIZE]);

/* Copies the finder of a suspension, perhaps none: printable and without blanks. */
bool redis_read_finder(struct vouch_bytes bytes, char finder[STORE_FINDER_SIZE]);

/* Free text; control characters become "?". */
void redis_read_text(struct vouch_bytes bytes, char text[VOUCH_INFO_SIZE]);

/*
 * The days of a hash of fields "h<day>" and "s<day>", newest first; to be freed. Other fields are not ours, and left
 * out. False: a count is none, the reply is no hash, or memory is out.
 */
bool redis_read_days(const struct redisReply *reply, struct reputation_day **days, size_t *count);

#endif
