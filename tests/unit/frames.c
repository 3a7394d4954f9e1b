/*
 * frames.c - what the tests of the milter protocol share.
 */
#include "frames.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

void frames_add_octets(struct text *line, const char *key, struct vouch_bytes octets)
{
    if (octets.length == 0)
        return;
    text_add_char(line, ' ');
    text_add(line, key);
    text_add_char(line, '=');
    text_add_printable(line, octets);
}

void frames_add_number(struct text *line, const char *key, uint64_t number)
{
    if (number == 0)
        return;
    text_add_char(line, ' ');
    text_add(line, key);
    text_add_char(line, '=');
    text_add_unsigned(line, number);
}

struct vouch_bytes frames_copy(struct vouch_bytes bytes, size_t length)
{
    uint8_t *copy = malloc(length == 0 ? 1 : length);

    assert_non_null(copy);
    if (length != 0)
        memcpy(copy, bytes.data, length);
    return (struct vouch_bytes){copy, length};
}

void frames_check_length(const struct vouch_bytes *frame)
{
    size_t length = (size_t)frame->data[2] << 8 | frame->data[3];

    assert_int_equal(length + 4, frame->length);
}
