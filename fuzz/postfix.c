/*
 * postfix.c - any octets as requests of the policy service: slices change nothing, views stay inside and hold no end
 * of a line, and any text as an action is one line.
 */
#include "proto/postfix.h"
#include "fuzz.h"

#include <string.h>

#define REQUESTS_MAX 64

/* What was read of a stream of octets. */
struct heard {
    size_t count;
    enum postfix_read last;
    struct postfix_request requests[REQUESTS_MAX];
};

/* check_view - the view lies in the octets and holds no line's end */
static void check_view(struct vouch_bytes view, struct vouch_bytes bytes)
{
    if (view.length == 0)
        return;
    REQUIRE(view.data >= bytes.data && view.data + view.length <= bytes.data + bytes.length);
    REQUIRE(memchr(view.data, '\n', view.length) == NULL && memchr(view.data, '\0', view.length) == NULL);
    REQUIRE(view.data[-1] == '=');
}

/* check_request - what holds for every request */
static void check_request(const struct postfix_request *request, struct vouch_bytes bytes, size_t used)
{
    struct vouch_bytes taken = {bytes.data, used};

    REQUIRE(used > 0 && used <= bytes.length && used <= POSTFIX_REQUEST_MAX && bytes.data[used - 1] == '\n');
    REQUIRE(request->cause == NULL && request->request.length == strlen("smtpd_access_policy"));
    check_view(request->request, taken);
    check_view(request->protocol_state, taken);
    check_view(request->client_address, taken);
    check_view(request->helo_name, taken);
    check_view(request->sender, taken);
    check_view(request->recipient, taken);
    check_view(request->recipient_count, taken);
    check_view(request->instance, taken);
    check_view(request->queue_id, taken);
    check_view(request->sasl_method, taken);
    check_view(request->sasl_username, taken);
    check_view(request->ccert_subject, taken);
}

/* hear - read all that is there, `step` octets more at a time */
static void hear(struct heard *heard, struct vouch_bytes bytes, size_t step)
{
    size_t start = 0, end = 0;

    memset(heard, 0, sizeof *heard);
    heard->last = POSTFIX_MORE;
    while (heard->last != POSTFIX_BAD && heard->count < REQUESTS_MAX) {
        struct vouch_bytes window = {bytes.data + start, end - start};
        size_t used = 1;

        heard->last = postfix_read(window, &heard->requests[heard->count], &used);
        REQUIRE((heard->last == POSTFIX_BAD) == (heard->requests[heard->count].cause != NULL));
        if (heard->last == POSTFIX_REQUEST) {
            check_request(&heard->requests[heard->count++], window, used);
            start += used;
            continue;
        }
        REQUIRE(used == 0 && (heard->last == POSTFIX_BAD || window.length < POSTFIX_REQUEST_MAX));
        if (heard->last == POSTFIX_MORE && end == bytes.length)
            break;
        end += step < bytes.length - end ? step : bytes.length - end;
    }
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
    static struct heard whole, sliced;
    struct fuzz_input input = {data, size, 0};
    size_t step = fuzz_u8(&input);
    struct vouch_bytes bytes = fuzz_rest(&input);

    if (bytes.length == 0)
        return 0;
    hear(&whole, bytes, bytes.length);
    hear(&sliced, bytes, 1 + step % 16 + bytes.length / 256);
    REQUIRE(whole.count == sliced.count && whole.last == sliced.last);
    REQUIRE(memcmp(whole.requests, sliced.requests, sizeof whole.requests) == 0);
    check_action(bytes);
    return 0;
}
