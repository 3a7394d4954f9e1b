/*
 * redis_reply.c - bounded reading of replies, and checks of what stands in them.
 */
#include "store/redis_reply.h"

#include <stdlib.h>
#include <string.h>

/* create_array - an array, if the reply does not have too many elements with it */
static void *create_array(const redisReadTask *task, int elements)
{
    struct redis_reader *reader = task->privdata;

    if (elements < 0 || (uint32_t)elements > REDIS_ELEMENTS_MAX - reader->elements)
        return NULL;
    reader->elements += (uint32_t)elements;
    return reader->create_array(task, elements);
}

bool redis_reader_init(struct redis_reader *reader)
{
    reader->elements = 0;
    reader->reader = redisReaderCreate();
    if (reader->reader == NULL)
        return false;
    reader->functions = *reader->reader->fn;
    reader->create_array = reader->functions.createArray;
    reader->functions.createArray = create_array;
    reader->reader->fn = &reader->functions;
    reader->reader->privdata = reader;
    return true;
}

bool redis_reader_feed(struct redis_reader *reader, const char *octets, size_t length)
{
    return reader->reader->len - reader->reader->pos <= REDIS_REPLY_MAX &&
           redisReaderFeed(reader->reader, octets, length) == REDIS_OK;
}

enum redis_read redis_reader_next(struct redis_reader *reader, struct redisReply **reply)
{
    void *found = NULL;

    if (redisReaderGetReply(reader->reader, &found) != REDIS_OK)
        return REDIS_READ_BROKEN;
    if (found == NULL)
        return REDIS_READ_MORE;
    reader->elements = 0;
    *reply = found;
    return REDIS_READ_REPLY;
}

void redis_reader_free(struct redis_reader *reader)
{
    if (reader->reader != NULL)
        redisReaderFree(reader->reader);
    reader->reader = NULL;
}

struct vouch_bytes redis_reply_text(const struct redisReply *reply)
{
    struct vouch_bytes bytes = {NULL, 0};

    if (reply != NULL && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS)) {
        bytes.data = (const uint8_t *)reply->str;
        bytes.length = (size_t)reply->len;
    }
    return bytes;
}

bool redis_reply_is_error(const struct redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR;
}

void redis_reply_words(struct text *text, const struct redisReply *reply)
{
    size_t length;

    if (!redis_reply_is_error(reply)) {
        text_add(text, "a reply that does not fit the command");
        return;
    }
    length = (size_t)reply->len < 200 ? (size_t)reply->len : 200;
    text_add_printable(text, (struct vouch_bytes){(const uint8_t *)reply->str, length});
}

/* says - does an error hold this word? Scripts of older servers report errors of commands inside a longer text. */
static bool says(const struct redisReply *reply, const char *word)
{
    return redis_reply_is_error(reply) && strstr(reply->str, word) != NULL;
}

bool redis_reply_is_passing(const struct redisReply *reply)
{
    static const char *const words[] = {"OOM ",    "READONLY ",   "LOADING ",    "BUSY ",   "MISCONF ",
                                        "NOAUTH ", "MASTERDOWN ", "NOREPLICAS ", "NOPERM ", "CLUSTERDOWN "};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (says(reply, words[i]))
            return true;
    return false;
}

bool redis_reply_is_noscript(const struct redisReply *reply)
{
    return says(reply, "NOSCRIPT");
}

bool redis_reply_is_clock(const struct redisReply *reply)
{
    return says(reply, "CLOCK ");
}

bool redis_read_number(struct vouch_bytes bytes, int64_t min, int64_t max, int64_t *number)
{
    bool minus = bytes.length > 0 && bytes.data[0] == '-';
    size_t first = minus;
    int64_t sum = 0;

    if (bytes.length == first || bytes.length - first > 18)
        return false;
    if (bytes.data[first] == '0' && bytes.length > 1)
        return false;
    for (size_t i = first; i < bytes.length; i++) {
        if (!text_is_digit((char)bytes.data[i]))
            return false;
        sum = sum * 10 + (bytes.data[i] - '0');
    }
    *number = minus ? -sum : sum;
    return *number >= min && *number <= max;
}

struct vouch_bytes redis_read_word(struct vouch_bytes *bytes)
{
    struct vouch_bytes word = {bytes->data, 0};

    while (word.length < bytes->length && bytes->data[word.length] != ' ')
        word.length++;
    bytes->data += word.length + (word.length < bytes->length);
    bytes->length -= word.length + (word.length < bytes->length);
    return word;
}

bool redis_read_name(struct vouch_bytes bytes, char name[VOUCH_NAME_SIZE])
{
    if (bytes.length == 0 || bytes.length >= VOUCH_NAME_SIZE)
        return false;
    for (size_t i = 0; i < bytes.length; i++) {
        if (!text_is_printable((char)bytes.data[i]) || bytes.data[i] == ' ')
            return false;
        name[i] = (char)bytes.data[i];
    }
    name[bytes.length] = '\0';
    return true;
}

bool redis_read_finder(struct vouch_bytes bytes, char finder[STORE_FINDER_SIZE])
{
    char name[VOUCH_NAME_SIZE] = "";

    if (bytes.length >= STORE_FINDER_SIZE || (bytes.length != 0 && !redis_read_name(bytes, name)))
        return false;
    memcpy(finder, name, bytes.length + 1);
    return true;
}

void redis_read_text(struct vouch_bytes bytes, char text[VOUCH_INFO_SIZE])
{
    size_t length = bytes.length < VOUCH_INFO_SIZE - 1 ? bytes.length : VOUCH_INFO_SIZE - 1;

    for (size_t i = 0; i < length; i++)
        text[i] = bytes.data[i] < ' ' || bytes.data[i] == 0x7f ? '?' : (char)bytes.data[i];
    text[length] = '\0';
}

/* read_field - "h20000" or "s20000": the day of a count */
static bool read_field(struct vouch_bytes field, int64_t *day)
{
    if (field.length < 2 || (field.data[0] != 'h' && field.data[0] != 's'))
        return false;
    return redis_read_number((struct vouch_bytes){field.data + 1, field.length - 1}, INT32_MIN, INT32_MAX, day);
}

/* newest_first - order for qsort */
static int newest_first(const void *a, const void *b)
{
    const struct reputation_day *left = a, *right = b;

    return (left->day < right->day) - (left->day > right->day);
}

/* join_days - one row a day instead of one for its ham and one for its spam; returns how many there are */
static size_t join_days(struct reputation_day *days, size_t count)
{
    size_t joined = 0;

    for (size_t i = 0; i < count; i++)
        if (joined > 0 && days[joined - 1].day == days[i].day) {
            days[joined - 1].ham |= days[i].ham; /* only one of them is set */
            days[joined - 1].spam |= days[i].spam;
        } else {
            days[joined++] = days[i];
        }
    return joined;
}

bool redis_read_days(const struct redisReply *reply, struct reputation_day **days, size_t *count)
{
    struct reputation_day *found;
    size_t rows = 0;

    *days = NULL;
    *count = 0;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements % 2 != 0)
        return false;
    found = calloc(reply->elements / 2 + 1, sizeof *found);
    if (found == NULL)
        return false;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct vouch_bytes field = redis_reply_text(reply->element[i]);
        int64_t day, number;

        if (!read_field(field, &day))
            continue;
        if (!redis_read_number(redis_reply_text(reply->element[i + 1]), 0, UINT32_MAX, &number)) {
            free(found);
            return false;
        }
        found[rows].day = (int32_t)day;
        *(field.data[0] == 'h' ? &found[rows].ham : &found[rows].spam) = (uint32_t)number;
        rows++;
    }
    qsort(found, rows, sizeof *found, newest_first);
    *days = found;
    *count = join_days(found, rows);
    return true;
}
