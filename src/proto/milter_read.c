/*
 * milter_read.c - what the MTA says: frames to events.
 *
 * Each command has one row and one function that reads its data. Whoever sends mail decides what stands in arguments
 * and headers, so no text in there is an error that would end the connection: only broken frames are.
 */
#include "proto/milter_frame.h"

#include <string.h>

#define OPTIONS_SIZE 12

/* Reads the data of a command into `event`; the cause if it is malformed. */
typedef const char *milter_reader(struct vouch_bytes data, struct milter_event *event);

/* ends_in_nul - whether the last string is a whole one */
static bool ends_in_nul(struct vouch_bytes data)
{
    return data.length != 0 && data.data[data.length - 1] == '\0';
}

/* take_string_or_rest - take a string that may have lost its end with the cut frame */
static struct vouch_bytes take_string_or_rest(struct cursor *cursor)
{
    struct vouch_bytes string;

    if (!milter_take_string(cursor, &string))
        string = cursor_view(cursor, cursor_left(cursor));
    return string;
}

/* read_options - read what the MTA offers; later versions may say more behind it */
static const char *read_options(struct vouch_bytes data, struct milter_event *event)
{
    struct cursor cursor;

    cursor_init(&cursor, data);
    event->version = cursor_u32(&cursor);
    event->actions = cursor_u32(&cursor);
    event->steps = cursor_u32(&cursor);
    if (!cursor_ok(&cursor))
        return "negotiation is cut short";
    return event->version < MILTER_VERSION_MIN ? "milter protocol version below 2" : NULL;
}

/* read_address - read an address with or without Sendmail's "IPv6:"; none if it is malformed */
static void read_address(struct vouch_bytes text, struct vouch_address *address)
{
    static const char prefix[] = {'i', 'p', 'v', '6', ':'};
    size_t same = 0;

    while (same < sizeof prefix && same < text.length && text_lower((char)text.data[same]) == prefix[same])
        same++;
    if (same != sizeof prefix)
        same = 0;
    if (text.length > same)
        vouch_address_parse(address, (const char *)text.data + same, text.length - same);
}

/* read_connect - read host, family, port and address; of an unknown family there is no more than the host */
static const char *read_connect(struct vouch_bytes data, struct milter_event *event)
{
    struct vouch_bytes address;
    struct cursor cursor;

    cursor_init(&cursor, data);
    if (!milter_take_string(&cursor, &event->host))
        return "connect without a host";
    event->family = (char)cursor_u8(&cursor);
    if (event->family == 'U')
        return NULL;
    if (event->family != '4' && event->family != '6' && event->family != 'L')
        return "connect of no known family";
    event->port = cursor_u16(&cursor);
    if (!milter_take_string(&cursor, &address))
        return "connect without an address";
    if (event->family != 'L')
        read_address(address, &event->client);
    return NULL;
}

/* read_argument - read the first of one or more strings */
static const char *read_argument(struct vouch_bytes data, struct milter_event *event)
{
    struct cursor cursor;

    if (!event->cut && !ends_in_nul(data))
        return "argument without an end";
    cursor_init(&cursor, data);
    event->argument = take_string_or_rest(&cursor);
    return NULL;
}

/* read_header - read name and value; of a cut frame what is there */
static const char *read_header(struct vouch_bytes data, struct milter_event *event)
{
    struct cursor cursor;

    if (!event->cut && !ends_in_nul(data))
        return "header without an end";
    cursor_init(&cursor, data);
    event->name = take_string_or_rest(&cursor);
    if (!event->cut && cursor_left(&cursor) == 0)
        return "header without a value";
    event->value = take_string_or_rest(&cursor);
    return NULL;
}

/* read_macros - read the command that the list is for; the list may be empty */
static const char *read_macros(struct vouch_bytes data, struct milter_event *event)
{
    struct cursor cursor;

    cursor_init(&cursor, data);
    event->macros_for = (enum milter_command)cursor_u8(&cursor);
    if (!cursor_ok(&cursor))
        return "macros for no command";
    event->macros = cursor_view(&cursor, cursor_left(&cursor));
    return event->macros.length != 0 && !ends_in_nul(event->macros) ? "macro without an end" : NULL;
}

/* read_nothing - pass over data that we do not use */
static const char *read_nothing(struct vouch_bytes data, struct milter_event *event)
{
    (void)data;
    (void)event;
    return NULL;
}

/* A command, and whether its data may be longer than what we look at. */
struct command_row {
    enum milter_command command;
    bool may_be_cut;
    milter_reader *reader;
};

/* find_command - the row of a command octet, or null */
static const struct command_row *find_command(uint8_t command)
{
    static const struct command_row rows[] = {
        {MILTER_OPTIONS, false, read_options},
        {MILTER_CONNECT, false, read_connect},
        {MILTER_HELO, false, read_argument},
        {MILTER_MAIL, false, read_argument},
        {MILTER_RCPT, false, read_argument},
        {MILTER_DATA, false, read_nothing},
        {MILTER_HEADER, true, read_header},
        {MILTER_END_OF_HEADERS, false, read_nothing},
        {MILTER_BODY, true, read_nothing},
        {MILTER_END_OF_MESSAGE, false, read_nothing}, /* may hold the last of the body */
        {MILTER_MACROS, false, read_macros},
        {MILTER_ABORT, false, read_nothing},
        {MILTER_QUIT, false, read_nothing},
        {MILTER_QUIT_NC, false, read_nothing},
        {MILTER_UNKNOWN, true, read_argument},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].command == (enum milter_command)command)
            return &rows[i];
    }
    return NULL;
}

/* read_bad - say what is wrong */
static enum milter_read read_bad(struct milter_event *event, const char *cause)
{
    memset(event, 0, sizeof *event);
    event->cause = cause;
    return MILTER_BAD;
}

enum milter_read milter_read(struct vouch_bytes bytes, struct milter_event *event, size_t *used)
{
    const struct command_row *row;
    struct milter_frame frame;
    enum milter_read head = milter_frame_head(bytes, &frame);
    const char *cause;

    *used = 0;
    memset(event, 0, sizeof *event);
    if (head == MILTER_BAD)
        return read_bad(event, "impossible length of a frame");
    if (head == MILTER_MORE)
        return MILTER_MORE;
    row = find_command(frame.command);
    if (row == NULL)
        return read_bad(event, "unknown command");
    if (frame.size > MILTER_FRAME_MAX && !row->may_be_cut)
        return read_bad(event, "command is too long");
    if (!milter_frame_data(bytes, &frame))
        return MILTER_MORE;
    event->command = row->command;
    event->skip = frame.skip;
    event->cut = frame.skip != 0;
    cause = row->reader(frame.data, event);
    if (cause != NULL)
        return read_bad(event, cause);
    *used = frame.used;
    return MILTER_EVENT;
}

bool milter_macro_next(struct vouch_bytes *macros, struct vouch_bytes *name, struct vouch_bytes *value)
{
    struct cursor cursor;

    cursor_init(&cursor, *macros);
    if (milter_take_string(&cursor, name) && milter_take_string(&cursor, value)) {
        *macros = cursor_view(&cursor, cursor_left(&cursor));
        return true;
    }
    memset(macros, 0, sizeof *macros);
    memset(name, 0, sizeof *name);
    memset(value, 0, sizeof *value);
    return false;
}
