/*
 * exim.c - any octets as lines of Exim: slices change nothing; what ${quote:} of Exim writes reads back as it was; and
 * an answer of any values is one line that reads back as their printable form.
 */
#include "proto/exim.h"
#include "fuzz.h"

#include <string.h>

#define LINES_MAX 16

/* What was read of a stream of octets. */
struct heard {
    size_t count;
    enum exim_read last;
    struct exim_request requests[LINES_MAX];
};

/* check_line - what holds for every line that was read */
static void check_line(const struct exim_request *request, enum exim_read read, struct vouch_bytes bytes, size_t used)
{
    REQUIRE(used <= bytes.length && used <= EXIM_LINE_MAX);
    REQUIRE((read == EXIM_MORE) == (used == 0) && (read == EXIM_BAD) == (request->cause != NULL));
    if (read == EXIM_MORE)
        REQUIRE(bytes.length < EXIM_LINE_MAX && memchr(bytes.data, '\n', bytes.length) == NULL);
    if (read != EXIM_REQUEST)
        return;
    REQUIRE(bytes.data[used - 1] == '\n' && memchr(bytes.data, '\n', used) == bytes.data + used - 1);
    REQUIRE(memchr(bytes.data, '\0', used) == NULL);
    REQUIRE(strlen(request->client) < used && strlen(request->recipient) < used);
    REQUIRE(strlen(request->authenticated) < used && strlen(request->tls_name) < used);
    REQUIRE(strlen(request->helo) == request->helo_length && request->helo_length < used);
    REQUIRE(strcmp(request->stage, "") == 0 || strcmp(request->stage, "helo") == 0 ||
            strcmp(request->stage, "mail") == 0 || strcmp(request->stage, "rcpt") == 0);
}

/* hear - read all that is there, `step` octets more at a time */
static void hear(struct heard *heard, struct vouch_bytes bytes, size_t step)
{
    size_t start = 0, end = 0;

    memset(heard, 0, sizeof *heard);
    heard->last = EXIM_MORE;
    while (heard->last != EXIM_BAD && heard->count < LINES_MAX) {
        struct vouch_bytes window = {bytes.data + start, end - start};
        size_t used = 1;

        heard->last = exim_read(window, &heard->requests[heard->count], &used);
        check_line(&heard->requests[heard->count], heard->last, window, used);
        if (heard->last == EXIM_REQUEST) {
            heard->count++;
            start += used;
            continue;
        }
        if (heard->last == EXIM_MORE && end == bytes.length)
            break;
        end += step < bytes.length - end ? step : bytes.length - end;
    }
}

/* quote - a value as ${quote:} of Exim writes it */
static void quote(struct text *text, const char *value)
{
    text_add_char(text, '"');
    for (; *value != '\0'; value++) {
        if (*value == '\n' || *value == '\r') {
            text_add(text, *value == '\n' ? "\\n" : "\\r");
            continue;
        }
        if (*value == '"' || *value == '\\')
            text_add_char(text, '\\');
        text_add_char(text, *value);
    }
    text_add_char(text, '"');
}

/* read_line - a line that must be a request */
static void read_line(const struct text *line, struct exim_request *request)
{
    size_t used;

    REQUIRE(!line->cut);
    REQUIRE(exim_read(text_bytes(line->data), request, &used) == EXIM_REQUEST && used == line->length);
}

/* check_values - any text through ${quote:} and through our answer */
static void check_values(struct vouch_bytes bytes)
{
    static char value[EXIM_VALUE_MAX / 4], printable[EXIM_VALUE_MAX], out[EXIM_LINE_MAX];
    static struct exim_request request;
    struct text text;
    size_t length = bytes.length < sizeof value ? bytes.length : sizeof value - 1;

    memcpy(value, bytes.data, length);
    value[length] = '\0';
    text_init(&text, out, sizeof out);
    text_add(&text, "client=192.0.2.10 helo=");
    quote(&text, value);
    text_add(&text, " stage=mail\r\n");
    read_line(&text, &request);
    REQUIRE(strcmp(request.helo, value) == 0 && strcmp(request.client, "192.0.2.10") == 0);
    REQUIRE(strcmp(request.stage, "mail") == 0 && request.recipient[0] == '\0');

    text_init(&text, printable, sizeof printable);
    text_add_printable(&text, text_bytes(value));
    text_init(&text, out, sizeof out);
    exim_add(&text, "helo", value);
    exim_add(&text, "auth", value);
    exim_end(&text);
    read_line(&text, &request);
    REQUIRE(strcmp(request.helo, printable) == 0 && strcmp(request.authenticated, printable) == 0);
    REQUIRE(request.client[0] == '\0' && request.recipient[0] == '\0');
    out[text.length - 1] = '\0';
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
    check_values(bytes);
    return 0;
}
