/*
 * feedback.c - any octets as requests over HTTP, as a vote in JSON, and as the field of a content filter: slices change
 * nothing, views stay inside, what is refused is refused with a status and clean words, and case changes nothing.
 *
 * Input: slice lengths as fuzz_take_slices takes them, then the stream.
 */
#include "session/feedback.h"
#include "base/text.h"
#include "fuzz.h"
#include "policy/filter_verdict.h"
#include "proto/http.h"

#include <string.h>

#define ROOM_MAX 8192

enum turn { TURN_MORE, TURN_TAKEN, TURN_END };

/* What was read of a stream of octets. */
struct heard {
    size_t count, taken;
    enum turn last;
    uint64_t hash;
};

/* check_words - words that stand in an answer in JSON */
static void check_words(const char *words)
{
    fuzz_require_clean(words);
    REQUIRE(words[0] != '\0' && strpbrk(words, "\"\\") == NULL);
}

/* check_vote - the octets as a vote; adds it to the fingerprint */
static void check_vote(struct vouch_bytes json, uint64_t *hash)
{
    struct feedback feedback;
    const char *wrong = "";
    bool fine = feedback_read(&feedback, json, &wrong);

    REQUIRE(fine || wrong != NULL);
    fuzz_hash_number(hash, fine);
    if (!fine) {
        check_words(wrong);
        return;
    }
    REQUIRE(json.length <= FEEDBACK_BODY_MAX && feedback.count == 1 && feedback.name[0] == '\0');
    REQUIRE(feedback.id[0] != '\0' && strlen(feedback.id) < sizeof feedback.id);
    for (const char *at = feedback.id; *at != '\0'; at++)
        REQUIRE(text_is_alnum(*at) && text_lower(*at) == *at);
    REQUIRE(feedback.source[0] != '\0' && memchr(feedback.source, '\0', sizeof feedback.source) != NULL);
    fuzz_require_clean(feedback.source);
}

/* check_request - what holds for every request; adds it to the fingerprint */
static void check_request(struct heard *heard, const struct http_request *request, struct vouch_bytes head)
{
    REQUIRE(request->status == 0 && request->method.length != 0 && !(request->chunked && request->has_length));
    REQUIRE(request->has_length || request->length == 0);
    fuzz_hash_view(&heard->hash, request->method, head);
    fuzz_hash_view(&heard->hash, request->path, head);
    fuzz_hash_view(&heard->hash, request->authorization, head);
    fuzz_hash_view(&heard->hash, request->content_type, head);
    fuzz_hash_number(&heard->hash, request->length);
    fuzz_hash_number(&heard->hash, (uint64_t)(request->chunked * 4 + request->expects * 2 + request->closes));
}

/* hear_one - one request and its body, as far as they have come; how many octets that took */
static size_t hear_one(struct heard *heard, struct vouch_bytes window)
{
    struct http_request request;
    size_t used = 1;

    heard->last = TURN_MORE;
    switch (http_read(window, &request, &used)) {
    case HTTP_MORE:
        REQUIRE(used == 0 && window.length <= HTTP_HEAD_MAX + 2);
        return 0;
    case HTTP_BAD:
        REQUIRE(used == 0 && request.status >= 400 && request.status < 600);
        check_words(request.text);
        fuzz_hash_number(&heard->hash, request.status);
        heard->last = TURN_END;
        return 0;
    case HTTP_REQUEST:
        break;
    }
    REQUIRE(used > 0 && used <= window.length && used <= HTTP_HEAD_MAX + 2 && window.data[used - 1] == '\n');
    if (request.length > FEEDBACK_BODY_MAX)
        heard->last = TURN_END;
    else if (request.length <= window.length - used)
        heard->last = TURN_TAKEN;
    if (heard->last == TURN_MORE)
        return 0;
    check_request(heard, &request, (struct vouch_bytes){window.data, used});
    if (heard->last == TURN_END)
        return 0;
    check_vote((struct vouch_bytes){window.data + used, (size_t)request.length}, &heard->hash);
    heard->count++;
    return used + (size_t)request.length;
}

/* hear - read all of the stream, as it comes in */
static void hear(struct heard *heard, struct vouch_bytes bytes, const struct fuzz_slices *slices)
{
    struct fuzz_stream stream;

    *heard = (struct heard){.hash = FUZZ_HASH};
    fuzz_stream_open(&stream, bytes, slices);
    do
        fuzz_stream_take(&stream, hear_one(heard, fuzz_stream_window(&stream)));
    while (heard->last == TURN_TAKEN || (heard->last == TURN_MORE && fuzz_stream_more(&stream)));
    heard->taken = stream.taken;
    fuzz_stream_close(&stream);
}

/* check_field - the octets as the value of a content filter's field, in any case and from any words */
static void check_field(struct vouch_bytes bytes)
{
    static const char spam_list[][8] = {"Yes", "spam"}, ham_list[][8] = {"No", "spam"};
    static const struct filter_words spam = {spam_list[0], 2, 8}, ham = {ham_list[0], 2, 8};
    static uint8_t upper[ROOM_MAX];
    size_t length = bytes.length < ROOM_MAX ? bytes.length : ROOM_MAX;
    enum filter_verdict verdict, other;

    for (size_t i = 0; i < length; i++) {
        char lower = text_lower((char)bytes.data[i]);

        upper[i] = lower >= 'a' && lower <= 'z' ? (uint8_t)(lower - 'a' + 'A') : bytes.data[i];
    }
    verdict = filter_read((struct vouch_bytes){bytes.data, length}, &spam, &ham);
    other = filter_read((struct vouch_bytes){bytes.data, length}, &ham, &spam);
    REQUIRE(filter_read((struct vouch_bytes){upper, length}, &spam, &ham) == verdict);
    REQUIRE((verdict == FILTER_HAM) == (other == FILTER_SPAM) && (verdict == FILTER_SPAM) == (other == FILTER_HAM));
    REQUIRE(filter_join(verdict, other) == (verdict == FILTER_SILENT ? FILTER_SILENT : FILTER_CONFUSED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole, sliced;
    struct fuzz_input input = {data, size, 0};
    struct fuzz_slices slices;
    struct vouch_bytes bytes;
    uint64_t hash = FUZZ_HASH;

    fuzz_take_slices(&slices, &input);
    bytes = fuzz_rest(&input);
    if (bytes.length == 0)
        return 0;
    hear(&whole, bytes, NULL);
    hear(&sliced, bytes, &slices);
    REQUIRE(whole.count == sliced.count && whole.taken == sliced.taken && whole.last == sliced.last);
    REQUIRE(whole.hash == sliced.hash);
    check_vote(bytes, &hash);
    check_field(bytes);
    return 0;
}
