/*
 * milter.c - any octets as one side of a milter connection, cut in any slices: the events are the same however the
 * octets come in, views lie inside of what was given, and nothing of a peer's text goes out as a control character.
 *
 * Input: an octet of options, one that says how many slice lengths follow, those, and then the stream.
 */
#include "proto/milter.h"

#include "base/text.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define OPTION_ANSWERS 1     /* read what a filter answers, not what an MTA says */
#define OPTION_FILLER  2     /* the stream goes on with filler, so that frames may be long */
#define OPTION_WRITE   4     /* the stream is text to be written */
#define FILLER_SIZE    70000 /* more than MILTER_FRAME_MAX */
#define TEXT_MAX       1024
#define HEAD_SIZE      5

/* One way to hand in the stream, and what it gave. */
struct walk {
    bool is_answers;
    size_t events, taken;
    uint64_t hash;
    enum milter_read end;
};

/* check_string - a string holds no NUL */
static void check_string(struct vouch_bytes view)
{
    REQUIRE(view.length == 0 || memchr(view.data, '\0', view.length) == NULL);
}

/* check_macros - the walk over a list ends, within it */
static void check_macros(struct walk *walk, struct vouch_bytes list)
{
    struct vouch_bytes left = list, name, value;
    size_t length = list.length;

    while (milter_macro_next(&left, &name, &value)) {
        REQUIRE(left.length + 2 <= length);
        length = left.length;
        check_string(name);
        check_string(value);
        fuzz_hash_view(&walk->hash, name, list);
        fuzz_hash_view(&walk->hash, value, list);
    }
    REQUIRE(left.length == 0);
}

/* check_client - an address only where there may be one */
static void check_client(const struct milter_event *event)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

    REQUIRE(event->client.family == 0 || event->family == '4' || event->family == '6');
    REQUIRE(event->client.family == 0 || event->client.family == 4 || event->client.family == 6);
    REQUIRE(event->client.family != 6 || memcmp(event->client.octets, mapped, sizeof mapped) != 0);
    REQUIRE((event->family != '\0') == (event->command == MILTER_CONNECT));
}

/* check_again - an argument that is written by the other side is read as the same argument */
static void check_again(const struct milter_event *event)
{
    char data[TEXT_MAX];
    struct milter_event again;
    struct text out;
    size_t used;

    text_init(&out, data, sizeof data);
    milter_add_command(&out, event->command, event->argument);
    if (out.cut)
        return;
    REQUIRE(milter_read((struct vouch_bytes){(uint8_t *)data, out.length}, &again, &used) == MILTER_EVENT);
    REQUIRE(used == out.length && again.argument.length == event->argument.length);
    REQUIRE(used == HEAD_SIZE + 1 || memcmp(again.argument.data, event->argument.data, used - HEAD_SIZE - 1) == 0);
}

/* read_event - read what an MTA says; how many octets follow that are to be discarded */
static enum milter_read read_event(struct walk *walk, struct vouch_bytes given, size_t *used, size_t *skip)
{
    struct milter_event event;
    enum milter_read read = milter_read(given, &event, used);

    REQUIRE((event.cause != NULL) == (read == MILTER_BAD));
    if (read == MILTER_BAD)
        fuzz_hash(&walk->hash, event.cause, strlen(event.cause));
    if (read != MILTER_EVENT)
        return read;
    *skip = event.skip;
    REQUIRE(event.cut == (event.skip != 0));
    REQUIRE(!event.cut || event.command == MILTER_HEADER || event.command == MILTER_BODY ||
            event.command == MILTER_UNKNOWN);
    REQUIRE(event.command != MILTER_OPTIONS || event.version >= MILTER_VERSION_MIN);
    check_client(&event);
    check_string(event.host);
    check_string(event.argument);
    check_string(event.name);
    check_string(event.value);
    fuzz_hash_number(&walk->hash, (uint64_t)event.command << 32 | (uint64_t)event.macros_for);
    fuzz_hash_number(&walk->hash, (uint64_t)event.version << 32 | event.actions);
    fuzz_hash_number(&walk->hash, (uint64_t)event.steps << 32 | event.port);
    fuzz_hash(&walk->hash, event.client.octets, sizeof event.client.octets);
    fuzz_hash_view(&walk->hash, event.host, given);
    fuzz_hash_view(&walk->hash, event.argument, given);
    fuzz_hash_view(&walk->hash, event.name, given);
    fuzz_hash_view(&walk->hash, event.value, given);
    fuzz_hash_view(&walk->hash, event.macros, given);
    check_macros(walk, event.macros);
    if (event.command == MILTER_HELO || event.command == MILTER_MAIL || event.command == MILTER_RCPT)
        check_again(&event);
    return read;
}

/* read_said - read what a filter answers */
static enum milter_read read_said(struct walk *walk, struct vouch_bytes given, size_t *used)
{
    struct milter_said said;
    enum milter_read read = milter_read_answer(given, &said, used);

    if (read != MILTER_EVENT)
        return read;
    check_string(said.reply);
    check_string(said.name);
    check_string(said.value);
    fuzz_hash_number(&walk->hash, (uint64_t)said.answer << 32 | said.version);
    fuzz_hash_number(&walk->hash, (uint64_t)said.actions << 32 | said.steps);
    fuzz_hash_number(&walk->hash, said.index);
    fuzz_hash_view(&walk->hash, said.reply, given);
    fuzz_hash_view(&walk->hash, said.name, given);
    fuzz_hash_view(&walk->hash, said.value, given);
    return read;
}

/* walk_read - read one frame of the octets that are there; how many it took, and how many to discard */
static enum milter_read walk_read(struct walk *walk, struct vouch_bytes given, size_t *used, size_t *skip)
{
    enum milter_read read;

    *skip = 0;
    read = walk->is_answers ? read_said(walk, given, used) : read_event(walk, given, used, skip);
    REQUIRE(*used <= given.length);
    REQUIRE(read == MILTER_EVENT ? *used >= HEAD_SIZE : *used == 0);
    return read;
}

/* walk_run - hand in the stream to its end, or to the first frame that is none */
static void walk_run(struct walk *walk, struct vouch_bytes bytes, const struct fuzz_slices *slices)
{
    struct fuzz_stream stream;
    size_t skip = 0, used;

    walk->hash = FUZZ_HASH;
    walk->end = MILTER_MORE;
    fuzz_stream_open(&stream, bytes, slices);
    do {
        struct vouch_bytes given = fuzz_stream_window(&stream);

        if (skip != 0) {
            used = skip < given.length ? skip : given.length;
            skip -= used;
        } else {
            walk->end = walk_read(walk, given, &used, &skip);
            walk->events += walk->end == MILTER_EVENT;
        }
        fuzz_stream_take(&stream, used);
    } while (walk->end != MILTER_BAD && (used != 0 || fuzz_stream_more(&stream)));
    walk->taken = stream.taken;
    fuzz_stream_close(&stream);
}

/* check_slices - the stream gives the same in slices as in one piece */
static void check_slices(bool is_answers, const struct fuzz_slices *slices, struct vouch_bytes stream)
{
    struct walk whole = {.is_answers = is_answers};
    struct walk sliced = {.is_answers = is_answers};

    walk_run(&whole, stream, NULL);
    walk_run(&sliced, stream, slices);
    REQUIRE(whole.end == sliced.end);
    REQUIRE(whole.events == sliced.events);
    REQUIRE(whole.taken == sliced.taken);
    REQUIRE(whole.hash == sliced.hash);
}

/* take_text - take a string off the input */
static void take_text(struct fuzz_input *input, char text[TEXT_MAX])
{
    size_t length = 0;

    while (input->at < input->size && length < TEXT_MAX - 1) {
        text[length] = (char)fuzz_u8(input);
        if (text[length] == '\0')
            return;
        length++;
    }
    text[length] = '\0';
}

/* check_written - any text in a reply and in a header goes out clean, in one whole frame that the MTA understands */
static void check_written(struct fuzz_input *input)
{
    char name[TEXT_MAX], value[TEXT_MAX], data[16 * TEXT_MAX];
    struct milter_said said;
    struct text out;
    size_t used;

    take_text(input, name);
    take_text(input, value);
    text_init(&out, data, sizeof data);
    milter_add_reply(&out, value);
    REQUIRE(milter_read_answer((struct vouch_bytes){(uint8_t *)data, out.length}, &said, &used) == MILTER_EVENT);
    REQUIRE(used == out.length && said.answer == MILTER_REPLY);
    fuzz_require_clean((const char *)data + HEAD_SIZE);

    text_init(&out, data, sizeof data);
    milter_add_insert_header(&out, 0, name, value);
    REQUIRE(milter_read_answer((struct vouch_bytes){(uint8_t *)data, out.length}, &said, &used) == MILTER_EVENT);
    REQUIRE(used == out.length && said.answer == MILTER_INSERT_HEADER);
    for (size_t i = 0; i < said.name.length; i++)
        REQUIRE(text_is_printable((char)said.name.data[i]));
    for (size_t i = 0; i < said.value.length; i++) {
        char character = (char)said.value.data[i], next = (char)said.value.data[i + 1];

        REQUIRE(text_is_printable(character) || character == '\t' ||
                (character == '\n' && (next == ' ' || next == '\t')));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size, 0};
    uint8_t options = fuzz_u8(&input);
    struct fuzz_slices slices;
    struct vouch_bytes rest;
    size_t filler = (options & OPTION_FILLER) != 0 ? FILLER_SIZE : 0;
    uint8_t *stream;

    fuzz_take_slices(&slices, &input);
    if ((options & OPTION_WRITE) != 0) {
        check_written(&input);
        return 0;
    }
    rest = fuzz_rest(&input);
    stream = malloc(rest.length + filler + 1);
    if (stream == NULL)
        return 0;
    if (rest.length != 0)
        memcpy(stream, rest.data, rest.length);
    memset(stream + rest.length, 'x', filler);
    check_slices((options & OPTION_ANSWERS) != 0, &slices, (struct vouch_bytes){stream, rest.length + filler});
    free(stream);
    return 0;
}
