/*
 * postfix.c - any octets as requests of the policy service: slices change nothing, views stay inside and hold no end
 * of a line, and any text as an action is one line.
 *
 * Input: slice lengths as fuzz_take_slices takes them, then the stream.
 */
#include "proto/postfix.h"
#include "fuzz.h"

#include <string.h>

/* What was read of a stream of octets. */
struct heard {
    size_t count, taken;
    enum postfix_read last;
    uint64_t hash;
};

/* check_view - the view lies in the octets and holds no line's end; adds it to the fingerprint */
static void check_view(struct heard *heard, struct vouch_bytes view, struct vouch_bytes bytes)
{
    fuzz_hash_view(&heard->hash, view, bytes);
    if (view.length == 0)
        return;
    REQUIRE(memchr(view.data, '\n', view.length) == NULL && memchr(view.data, '\0', view.length) == NULL);
    REQUIRE(view.data[-1] == '=');
}

/* check_request - what holds for every request */
static void check_request(struct heard *heard, const struct postfix_request *request, struct vouch_bytes bytes,
                          size_t used)
{
    struct vouch_bytes taken = {bytes.data, used};

    REQUIRE(used > 0 && used <= bytes.length && used <= POSTFIX_REQUEST_MAX && bytes.data[used - 1] == '\n');
    REQUIRE(request->cause == NULL && request->request.length == strlen("smtpd_access_policy"));
    check_view(heard, request->request, taken);
    check_view(heard, request->protocol_state, taken);
    check_view(heard, request->client_address, taken);
    check_view(heard, request->helo_name, taken);
    check_view(heard, request->sender, taken);
    check_view(heard, request->recipient, taken);
    check_view(heard, request->recipient_count, taken);
    check_view(heard, request->instance, taken);
    check_view(heard, request->queue_id, taken);
    check_view(heard, request->sasl_method, taken);
    check_view(heard, request->sasl_username, taken);
    check_view(heard, request->ccert_subject, taken);
}

/* hear - read all of the stream, as it comes in */
static void hear(struct heard *heard, struct vouch_bytes bytes, const struct fuzz_slices *slices)
{
    struct fuzz_stream stream;
    size_t used;

    *heard = (struct heard){.hash = FUZZ_HASH};
    fuzz_stream_open(&stream, bytes, slices);
    do {
        struct vouch_bytes window = fuzz_stream_window(&stream);
        struct postfix_request request;

        used = 1;
        heard->last = postfix_read(window, &request, &used);
        REQUIRE((heard->last == POSTFIX_BAD) == (request.cause != NULL));
        if (heard->last == POSTFIX_REQUEST) {
            check_request(heard, &request, window, used);
            heard->count++;
        } else {
            REQUIRE(used == 0 && (heard->last == POSTFIX_BAD || window.length < POSTFIX_REQUEST_MAX));
        }
        if (heard->last == POSTFIX_BAD)
            fuzz_hash(&heard->hash, request.cause, strlen(request.cause));
        fuzz_stream_take(&stream, used);
    } while (heard->last != POSTFIX_BAD && (used != 0 || fuzz_stream_more(&stream)));
    heard->taken = stream.taken;
    fuzz_stream_close(&stream);
}

/* check_action - any text as an action is one line and an empty one */
static void check_action(struct vouch_bytes bytes)
{
    static char action[1024], out[5000];
    struct text text;
    size_t length = bytes.length < sizeof action ? bytes.length : sizeof action - 1;

    memcpy(action, bytes.data, length);
    action[length] = '\0';
    text_init(&text, out, sizeof out);
    postfix_add_action(&text, action);
    REQUIRE(!text.cut && strncmp(out, "action=", 7) == 0);
    REQUIRE(text.length >= 9 && strcmp(out + text.length - 2, "\n\n") == 0);
    out[text.length - 2] = '\0';
    fuzz_require_clean(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole, sliced;
    struct fuzz_input input = {data, size, 0};
    struct fuzz_slices slices;
    struct vouch_bytes bytes;

    fuzz_take_slices(&slices, &input);
    bytes = fuzz_rest(&input);
    if (bytes.length == 0)
        return 0;
    hear(&whole, bytes, NULL);
    hear(&sliced, bytes, &slices);
    REQUIRE(whole.count == sliced.count && whole.taken == sliced.taken && whole.last == sliced.last);
    REQUIRE(whole.hash == sliced.hash);
    check_action(bytes);
    return 0;
}
