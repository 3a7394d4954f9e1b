/*
 * cursor.c - bounded reader over octets with a sticky error.
 */
#include "base/cursor.h"

void cursor_init(struct cursor *cursor, struct vouch_bytes bytes)
{
    cursor->bytes = bytes;
    cursor->at = 0;
    cursor->failed = false;
}

struct vouch_bytes cursor_view(struct cursor *cursor, size_t length)
{
    struct vouch_bytes view = {NULL, 0};

    if (cursor->failed || length > cursor->bytes.length - cursor->at) {
        cursor->failed = true;
        return view;
    }
    if (length == 0)
        return view;
    view.data = cursor->bytes.data + cursor->at;
    view.length = length;
    cursor->at += length;
    return view;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    struct vouch_bytes view = cursor_view(cursor, 1);

    return view.length == 1 ? view.data[0] : 0;
}

uint16_t cursor_u16(struct cursor *cursor)
{
    struct vouch_bytes view = cursor_view(cursor, 2);

    if (view.length != 2)
        return 0;
    return (uint16_t)(view.data[0] << 8 | view.data[1]);
}

uint32_t cursor_u32(struct cursor *cursor)
{
    uint32_t high = cursor_u16(cursor);
    uint32_t low = cursor_u16(cursor);

    return cursor->failed ? 0 : high << 16 | low;
}

size_t cursor_left(const struct cursor *cursor)
{
    return cursor->failed ? 0 : cursor->bytes.length - cursor->at;
}

bool cursor_ok(const struct cursor *cursor)
{
    return !cursor->failed;
}
