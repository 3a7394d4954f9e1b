/*
 * exim.c - any octets as lines of Exim: slices change nothing; what ${quote:} of Exim writes reads back as it was; and
 * an answer of any values is one line that reads back as their printable form.
 *
 * Input: slice lengths as fuzz_take_slices takes them, then the stream.
 */
#include "proto/exim.h"
#include "fuzz.h"

#include <string.h>

/* What was read of a stream of octets. */
struct heard {
    size_t count, taken;
    enum exim_read last;
    uint64_t hash;
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

/* hash_request - add what was read to the fingerprint; before the end of a line that is nothing */
static void hash_request(struct heard *heard, const struct exim_request *request)
{
    const char *const texts[] = {request->client,        request->stage,    request->recipient,
                                 request->authenticated, request->tls_name, request->cause};

    fuzz_hash(&heard->hash, request->helo, request->helo_length);
    for (size_t i = 0; i < FUZZ_COUNT(texts); i++) {
        if (texts[i] != NULL && texts[i][0] != '\0') {
            fuzz_hash_number(&heard->hash, i);
            fuzz_hash(&heard->hash, texts[i], strlen(texts[i]));
        }
    }
}

/* hear - read all of the stream, as it comes in */
static void hear(struct heard *heard, struct vouch_bytes bytes, const struct fuzz_slices *slices)
{
    static struct exim_request request;
    struct fuzz_stream stream;
    size_t used;

    *heard = (struct heard){.hash = FUZZ_HASH};
    fuzz_stream_open(&stream, bytes, slices);
    do {
        struct vouch_bytes window = fuzz_stream_window(&stream);

        used = 1;
        heard->last = exim_read(window, &request, &used);
        check_line(&request, heard->last, window, used);
        heard->count += heard->last == EXIM_REQUEST;
        hash_request(heard, &request);
        fuzz_stream_take(&stream, used);
    } while (heard->last != EXIM_BAD && (used != 0 || fuzz_stream_more(&stream)));
    heard->taken = stream.taken;
    fuzz_stream_close(&stream);
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
    check_values(bytes);
    return 0;
}
