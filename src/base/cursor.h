/*
 * cursor.h - bounded reader over octets with a sticky error.
 *
 * A read past the end fails, gives zeros and makes every later read fail, so a parser reads on and checks cursor_ok
 * once. The only way in which this project reads binary data.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "vouchsafe.h"

struct cursor {
    struct vouch_bytes bytes;
    size_t at;
    bool failed;
};

void cursor_init(struct cursor *cursor, struct vouch_bytes bytes);
uint8_t cursor_u8(struct cursor *cursor);

/* Integers are big-endian, as on the wire. */
uint16_t cursor_u16(struct cursor *cursor);
uint32_t cursor_u32(struct cursor *cursor);

/* A view of the next `length` octets; empty after a failure. */
struct vouch_bytes cursor_view(struct cursor *cursor, size_t length);

/* How many octets are left; 0 after a failure. */
size_t cursor_left(const struct cursor *cursor);
bool cursor_ok(const struct cursor *cursor);

#endif
