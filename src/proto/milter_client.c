/*
 * milter_client.c - the MTA's side of the milter protocol, for the demo, tests and load.
 *
 * Arguments and headers go out as they are given: a test may say what it likes. Answers are read as strictly as
 * Postfix reads them.
 */
#include "proto/milter_frame.h"

#include <string.h>

/* read_options - read what the filter wants, and walk over the macros that it names */
static bool read_options(struct cursor *cursor, struct milter_said *said)
{
    struct vouch_bytes names;

    said->version = cursor_u32(cursor);
    said->actions = cursor_u32(cursor);
    said->steps = cursor_u32(cursor);
    while (cursor_left(cursor) != 0) {
        cursor_u32(cursor);
        if (!milter_take_string(cursor, &names))
            return false;
    }
    return cursor_ok(cursor);
}

/* read_data - read the data of an answer; false if they are malformed or the answer is not one of ours */
static bool read_data(struct cursor *cursor, struct milter_said *said)
{
    switch ((int)said->answer) {
    case MILTER_OPTIONS:
        return read_options(cursor, said);
    case MILTER_CONTINUE:
    case MILTER_ACCEPT:
    case MILTER_REJECT:
    case MILTER_TEMPFAIL:
    case MILTER_DISCARD:
    case MILTER_SKIP:
    case MILTER_PROGRESS:
        return true;
    case MILTER_REPLY:
        return milter_take_string(cursor, &said->reply);
    case MILTER_INSERT_HEADER:
    case MILTER_CHANGE_HEADER:
        said->index = cursor_u32(cursor);
        return milter_take_string(cursor, &said->name) && milter_take_string(cursor, &said->value);
    case MILTER_ADD_HEADER:
        return milter_take_string(cursor, &said->name) && milter_take_string(cursor, &said->value);
    default:
        return false;
    }
}

enum milter_read milter_read_answer(struct vouch_bytes bytes, struct milter_said *said, size_t *used)
{
    struct milter_frame frame;
    enum milter_read head = milter_frame_head(bytes, &frame);
    struct cursor cursor;

    *used = 0;
    memset(said, 0, sizeof *said);
    if (head != MILTER_EVENT)
        return head;
    if (frame.size > MILTER_FRAME_MAX)
        return MILTER_BAD;
    if (!milter_frame_data(bytes, &frame))
        return MILTER_MORE;
    said->answer = (enum milter_answer)frame.command;
    cursor_init(&cursor, frame.data);
    if (!read_data(&cursor, said) || cursor_left(&cursor) != 0)
        return MILTER_BAD;
    *used = frame.used;
    return MILTER_EVENT;
}

void milter_add_offer(struct text *out, uint32_t version, uint32_t actions, uint32_t steps)
{
    milter_add_options(out, version, actions, steps, NULL, 0);
}

void milter_add_connect(struct text *out, const char *host, const struct vouch_address *client, uint16_t port)
{
    size_t start = milter_frame_open(out, MILTER_CONNECT);
    char address[VOUCH_ADDRESS_SIZE];

    vouch_address_format(client, address);
    milter_put_string(out, host);
    if (address[0] == '\0') {
        text_add_char(out, 'U');
    } else {
        text_add_char(out, client->family == 4 ? '4' : '6');
        text_add_char(out, (char)(port >> 8));
        text_add_char(out, (char)(port & 0xff));
        milter_put_string(out, address);
    }
    milter_frame_close(out, start);
}

void milter_add_command(struct text *out, enum milter_command command, struct vouch_bytes argument)
{
    size_t start = milter_frame_open(out, (uint8_t)command);

    text_add_bytes(out, argument.data, argument.length);
    text_add_char(out, '\0');
    milter_frame_close(out, start);
}

void milter_add_header(struct text *out, const char *name, const char *value)
{
    size_t start = milter_frame_open(out, MILTER_HEADER);

    milter_put_string(out, name);
    milter_put_string(out, value);
    milter_frame_close(out, start);
}

void milter_add_macro(struct text *out, enum milter_command command, const char *name, const char *value)
{
    uint8_t octet = (uint8_t)command;
    size_t start = milter_frame_open(out, MILTER_MACROS);

    text_add_bytes(out, &octet, 1);
    milter_put_string(out, name);
    milter_put_string(out, value);
    milter_frame_close(out, start);
}

void milter_add_bare(struct text *out, enum milter_command command)
{
    milter_frame_close(out, milter_frame_open(out, (uint8_t)command));
}
