/*
 * milter_frame.c - frames of the milter protocol, taken apart and put together.
 *
 * A frame is written whole or not at all: the peer reads by lengths, so half a frame would make it take the next one
 * for data.
 */
#include "proto/milter_frame.h"

#include <string.h>

#define LENGTH_SIZE 4
#define HEAD_SIZE   (LENGTH_SIZE + 1)

enum milter_read milter_frame_head(struct vouch_bytes bytes, struct milter_frame *frame)
{
    struct cursor cursor;
    uint32_t length;

    memset(frame, 0, sizeof *frame);
    if (bytes.length < LENGTH_SIZE)
        return MILTER_MORE;
    cursor_init(&cursor, bytes);
    length = cursor_u32(&cursor);
    if (length == 0 || length > MILTER_LENGTH_MAX)
        return MILTER_BAD;
    if (bytes.length < HEAD_SIZE)
        return MILTER_MORE;
    frame->command = cursor_u8(&cursor);
    frame->size = length - 1;
    return MILTER_EVENT;
}

bool milter_frame_data(struct vouch_bytes bytes, struct milter_frame *frame)
{
    size_t wanted = frame->size < MILTER_FRAME_MAX ? frame->size : MILTER_FRAME_MAX;

    if (bytes.length - HEAD_SIZE < wanted)
        return false;
    frame->data.data = bytes.data + HEAD_SIZE;
    frame->data.length = wanted;
    frame->used = HEAD_SIZE + wanted;
    frame->skip = frame->size - wanted;
    return true;
}

bool milter_take_string(struct cursor *cursor, struct vouch_bytes *string)
{
    size_t left = cursor_left(cursor);
    const uint8_t *start = left == 0 ? NULL : cursor->bytes.data + cursor->at;
    const uint8_t *end = left == 0 ? NULL : memchr(start, '\0', left);

    if (end == NULL)
        return false;
    *string = cursor_view(cursor, (size_t)(end - start));
    cursor_u8(cursor);
    return true;
}

size_t milter_frame_open(struct text *out, uint8_t command)
{
    size_t start = out->length;

    milter_put_number(out, 0);
    text_add_bytes(out, &command, 1);
    return start;
}

void milter_frame_close(struct text *out, size_t start)
{
    size_t length = out->length - start - LENGTH_SIZE;

    if (out->cut) {
        out->length = start;
        out->data[start] = '\0';
        return;
    }
    for (size_t i = 0; i < LENGTH_SIZE; i++)
        out->data[start + i] = (char)(length >> (8 * (LENGTH_SIZE - 1 - i)) & 0xff);
}

void milter_put_number(struct text *out, uint32_t number)
{
    uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

    text_add_bytes(out, octets, sizeof octets);
}

void milter_put_string(struct text *out, const char *string)
{
    text_add(out, string);
    text_add_char(out, '\0');
}
