/*
 * redis.c - any octets as what a Redis server sends: slices change nothing, no reply has more elements than it may, and
 * what is read of one is within its bounds: numbers, names, words, texts, days.
 *
 * Input: slice lengths as fuzz_take_slices takes them, then the stream.
 */
#include "fuzz.h"
#include "store/redis_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_SIZE  512
#define NUMBER_SIZE 24

/* What was read of a stream of octets. */
struct heard {
    size_t replies;
    bool broken;
    uint64_t hash;
};

/* check_number - what is accepted is what we would write, and within the bounds */
static void check_number(struct vouch_bytes bytes, int64_t min, int64_t max)
{
    char written[NUMBER_SIZE];
    int64_t number;

    if (!redis_read_number(bytes, min, max, &number))
        return;
    REQUIRE(number >= min && number <= max);
    snprintf(written, sizeof written, "%lld", (long long)number);
    REQUIRE(strlen(written) == bytes.length && memcmp(written, bytes.data, bytes.length) == 0);
}

/* check_words - the words cover the octets, in their order, and none has a blank */
static void check_words(struct vouch_bytes bytes)
{
    const uint8_t *end = bytes.data + bytes.length;

    while (bytes.length != 0) {
        const uint8_t *begin = bytes.data;
        struct vouch_bytes word = redis_read_word(&bytes);

        REQUIRE(word.data == begin && memchr(word.data, ' ', word.length) == NULL);
        REQUIRE(bytes.data == word.data + word.length + (bytes.data < end || end[-1] == ' '));
        REQUIRE(bytes.data + bytes.length == end);
    }
}

/* check_text - octets as each thing that a text of the server may be */
static void check_text(struct vouch_bytes bytes)
{
    char name[VOUCH_NAME_SIZE], text[VOUCH_INFO_SIZE];

    check_number(bytes, INT32_MIN, INT32_MAX);
    check_number(bytes, 0, UINT32_MAX);
    check_number(bytes, INT64_MIN, INT64_MAX);
    if (redis_read_name(bytes, name)) {
        REQUIRE(strlen(name) == bytes.length && memcmp(name, bytes.data, bytes.length) == 0 &&
                strchr(name, ' ') == NULL);
        fuzz_require_clean(name);
    }
    redis_read_text(bytes, text);
    REQUIRE(memchr(text, '\0', sizeof text) != NULL);
    for (const char *at = text; *at != '\0'; at++)
        REQUIRE((uint8_t)*at >= ' ' && *at != 0x7f);
    if (bytes.length != 0)
        check_words(bytes);
}

/* check_days - newest first, each once; adds them to the fingerprint */
static void check_days(const struct redisReply *reply, uint64_t *hash)
{
    struct reputation_day *days;
    size_t count;
    bool fine = redis_read_days(reply, &days, &count);

    REQUIRE(fine || (days == NULL && count == 0));
    fuzz_hash_number(hash, fine);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(i == 0 || days[i].day < days[i - 1].day);
        fuzz_hash_number(hash, (uint64_t)days[i].day);
        fuzz_hash_number(hash, (uint64_t)days[i].ham << 32 | days[i].spam);
    }
    free(days);
}

/* check_reply - one reply and all within it; returns how many elements that are */
static size_t check_reply(const struct redisReply *reply, uint64_t *hash)
{
    struct vouch_bytes bytes = redis_reply_text(reply);
    char words[WORDS_SIZE];
    struct text text;
    size_t elements = 0;

    text_init(&text, words, sizeof words);
    redis_reply_words(&text, reply);
    fuzz_require_clean(words);
    REQUIRE(words[0] != '\0' || redis_reply_is_error(reply));
    REQUIRE(redis_reply_is_error(reply) || !(redis_reply_is_passing(reply) || redis_reply_is_noscript(reply)));
    REQUIRE(bytes.length == 0 || reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
    fuzz_hash_number(hash, (uint64_t)reply->type);
    fuzz_hash(hash, words, strlen(words));
    fuzz_hash(hash, bytes.data, bytes.length);
    if (bytes.data != NULL)
        check_text(bytes);
    check_days(reply, hash);
    if (reply->type != REDIS_REPLY_ARRAY)
        return 0;
    for (size_t i = 0; i < reply->elements; i++)
        elements += 1 + check_reply(reply->element[i], hash);
    return elements;
}

/* hear_replies - all replies that are whole by now */
static void hear_replies(struct heard *heard, struct redis_reader *reader)
{
    for (;;) {
        struct redisReply *reply = NULL;
        enum redis_read read = redis_reader_next(reader, &reply);

        heard->broken = read == REDIS_READ_BROKEN;
        if (read != REDIS_READ_REPLY)
            return;
        REQUIRE(reply != NULL && check_reply(reply, &heard->hash) <= REDIS_ELEMENTS_MAX);
        heard->replies++;
        freeReplyObject(reply);
    }
}

/* hear - read all of the stream, as it comes in */
static void hear(struct heard *heard, struct vouch_bytes bytes, const struct fuzz_slices *slices)
{
    struct fuzz_stream stream;
    struct redis_reader reader;

    *heard = (struct heard){.hash = FUZZ_HASH};
    if (!redis_reader_init(&reader))
        abort();
    fuzz_stream_open(&stream, bytes, slices);
    do {
        struct vouch_bytes window = fuzz_stream_window(&stream);

        REQUIRE(bytes.length > REDIS_REPLY_MAX || redis_reader_feed(&reader, (const char *)window.data, window.length));
        fuzz_stream_take(&stream, window.length);
        hear_replies(heard, &reader);
    } while (!heard->broken && fuzz_stream_more(&stream));
    fuzz_stream_close(&stream);
    redis_reader_free(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole, sliced;
    struct fuzz_input input = {data, size, 0};
    struct fuzz_slices slices;
    struct vouch_bytes bytes;

    fuzz_take_slices(&slices, &input);
    bytes = fuzz_rest(&input);
    if (bytes.length == 0 || bytes.length > REDIS_REPLY_MAX)
        return 0;
    check_text(bytes);
    hear(&whole, bytes, NULL);
    hear(&sliced, bytes, &slices);
    REQUIRE(whole.replies == sliced.replies && whole.broken == sliced.broken && whole.hash == sliced.hash);
    return 0;
}
