/*
 * name.c - DNS names in wire form: the only reader of compressed names, and master-file text in and out.
 */
#include "core/name.h"

#include "base/text.h"

#include <string.h>

#define LABEL_MAX 63
#define POINTER   0xc0

/* name_add_label - append one label in lower case; false if the name gets too long */
static bool name_add_label(struct name *name, struct vouch_bytes label)
{
    size_t end = name->length + 1 + label.length;

    if (label.length == 0 || label.length > LABEL_MAX || end > sizeof name->wire - 1)
        return false;
    name->wire[name->length] = (uint8_t)label.length;
    for (size_t i = 0; i < label.length; i++)
        name->wire[name->length + 1 + i] = (uint8_t)text_lower((char)label.data[i]);
    name->length = (uint8_t)end;
    return true;
}

/* name_read_labels - read labels up to the root (true) or a pointer, whose offset it stores */
static bool name_read_labels(struct name *name, struct cursor *cursor, size_t *offset)
{
    for (;;) {
        uint8_t length = cursor_u8(cursor);

        if (!cursor_ok(cursor) || (length > LABEL_MAX && (length & POINTER) != POINTER)) {
            cursor->failed = true;
            return false;
        }
        if (length > LABEL_MAX) {
            *offset = (size_t)(length & ~POINTER) << 8 | cursor_u8(cursor);
            return false;
        }
        if (length == 0) {
            name->wire[name->length++] = 0;
            return true;
        }
        if (!name_add_label(name, cursor_view(cursor, length))) {
            cursor->failed = true;
            return false;
        }
    }
}

/* name_place - where in the message the cursor stands; its end if the cursor's octets lie elsewhere */
static size_t name_place(const struct cursor *cursor, struct vouch_bytes message)
{
    uintptr_t place = (uintptr_t)cursor->bytes.data + cursor->at - (uintptr_t)message.data;

    return place < message.length ? place : message.length;
}

bool name_read(struct name *name, struct cursor *cursor, struct vouch_bytes message)
{
    struct cursor jumped = {message, 0, false};
    struct cursor *from = cursor;
    size_t limit = name_place(cursor, message);
    size_t offset = 0;

    name->length = 0;
    while (!name_read_labels(name, from, &offset)) {
        if (!cursor_ok(from) || offset >= limit) {
            cursor->failed = true;
            name->length = 0;
            return false;
        }
        limit = offset; /* each jump goes further back, so it ends */
        jumped.at = offset;
        from = &jumped;
    }
    return true;
}

bool name_read_view(struct name *name, struct vouch_bytes view, struct vouch_bytes message)
{
    struct cursor cursor;

    cursor_init(&cursor, view);
    if (name_read(name, &cursor, message) && cursor_left(&cursor) == 0)
        return true;
    name->length = 0;
    return false;
}

/* name_unescape - read one character or escape of master-file text; how many characters it took, 0 if malformed */
static size_t name_unescape(const char *text, size_t length, uint8_t *octet)
{
    unsigned value;

    if (text[0] != '\\') {
        *octet = (uint8_t)text[0];
        return 1;
    }
    if (length < 2)
        return 0;
    if (!text_is_digit(text[1])) {
        *octet = (uint8_t)text[1];
        return 2;
    }
    if (length < 4 || !text_is_digit(text[2]) || !text_is_digit(text[3]))
        return 0;
    value = (unsigned)(text[1] - '0') * 100 + (unsigned)(text[2] - '0') * 10 + (unsigned)(text[3] - '0');
    *octet = (uint8_t)value;
    return value > 255 ? 0 : 4;
}

size_t vouch_name_parse(uint8_t wire[VOUCH_NAME_SIZE], const char *text, size_t length)
{
    size_t start = 0; /* of the label being read: the place of its length octet */
    size_t end = 1;

    if (length == 1 && text[0] == '.') {
        wire[0] = 0;
        return 1;
    }
    for (size_t at = 0; at < length;) {
        if (text[at] == '.') {
            if (end - start == 1)
                return 0;
            wire[start] = (uint8_t)(end - start - 1);
            start = end++;
            at++;
        } else {
            size_t took = name_unescape(text + at, length - at, &wire[end]);

            if (took == 0 || end - start > LABEL_MAX || end >= 254)
                return 0;
            end++;
            at += took;
        }
    }
    if (length == 0 || end > 255)
        return 0;
    if (end - start == 1) { /* the text ended in a dot: this label is the root */
        wire[start] = 0;
        return end;
    }
    wire[start] = (uint8_t)(end - start - 1);
    wire[end] = 0;
    return end + 1;
}

bool name_set(struct name *name, const char *text, size_t length)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    struct vouch_bytes view = {wire, vouch_name_parse(wire, text, length)};

    return name_read_view(name, view, view);
}

/* name_is_special - does master-file text need a backslash before it? */
static bool name_is_special(char character)
{
    return !text_is_alnum(character) && strchr("\"().;\\@$", character) != NULL;
}

/* name_add_octet - append one octet of a label as master-file text */
static void name_add_octet(struct text *text, uint8_t octet)
{
    char character = (char)octet;

    if (text_is_printable(character) && character != ' ') {
        if (name_is_special(character))
            text_add_char(text, '\\');
        text_add_char(text, character);
    } else {
        char escape[4] = {'\\', (char)('0' + octet / 100), (char)('0' + octet / 10 % 10), (char)('0' + octet % 10)};

        text_add_bytes(text, escape, sizeof escape);
    }
}

void vouch_name_format(const uint8_t *wire, char out[VOUCH_NAME_TEXT_SIZE])
{
    struct text text;

    text_init(&text, out, VOUCH_NAME_TEXT_SIZE);
    if (wire[0] == 0)
        text_add_char(&text, '.');
    for (size_t at = 0; wire[at] != 0; at += 1U + wire[at]) {
        if (at != 0)
            text_add_char(&text, '.');
        for (size_t i = 1; i <= wire[at]; i++)
            name_add_octet(&text, wire[at + i]);
    }
}

bool name_equals(const struct name *a, const struct name *b)
{
    return a->length == b->length && memcmp(a->wire, b->wire, a->length) == 0;
}

bool name_is_root(const struct name *name)
{
    return name->length == 1;
}

int name_order(const struct name *a, const struct name *b)
{
    char text_a[VOUCH_NAME_TEXT_SIZE];
    char text_b[VOUCH_NAME_TEXT_SIZE];

    vouch_name_format(a->wire, text_a);
    vouch_name_format(b->wire, text_b);
    return strcmp(text_a, text_b);
}
