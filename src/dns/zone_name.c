/*
 * zone_name.c - names of a zone in uncompressed wire form: order, ancestry, master-file text with an origin.
 */
#include "dns/zone_name.h"

#include "base/cursor.h"
#include "base/text.h"

#include <string.h>

#define LABEL_MAX  63
#define LABELS_MAX 128
#define WIRE_MAX   255

size_t zone_name_length(const uint8_t *name)
{
    size_t at = 0;

    while (name[at] != 0)
        at += 1U + name[at];
    return at + 1;
}

/* zone_octets_order - compare octets without case, the shorter first if all are the same */
static int zone_octets_order(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    for (size_t i = 0; i < a_length && i < b_length; i++) {
        uint8_t low_a = (uint8_t)text_lower((char)a[i]);
        uint8_t low_b = (uint8_t)text_lower((char)b[i]);

        if (low_a != low_b)
            return low_a < low_b ? -1 : 1;
    }
    return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

bool zone_name_equals(const uint8_t *a, const uint8_t *b)
{
    /* Lengths of labels are below the letters, so the fold leaves them alone. */
    return zone_octets_order(a, zone_name_length(a), b, zone_name_length(b)) == 0;
}

/* zone_name_split - note where each label begins, the root left out; how many there are */
static size_t zone_name_split(const uint8_t *name, const uint8_t *labels[LABELS_MAX])
{
    size_t count = 0;

    for (; *name != 0; name += 1U + *name)
        labels[count++] = name;
    return count;
}

int zone_name_order(const uint8_t *a, const uint8_t *b)
{
    const uint8_t *a_labels[LABELS_MAX];
    const uint8_t *b_labels[LABELS_MAX];
    size_t a_count = zone_name_split(a, a_labels);
    size_t b_count = zone_name_split(b, b_labels);

    for (size_t i = 1; i <= a_count && i <= b_count; i++) {
        const uint8_t *a_label = a_labels[a_count - i];
        const uint8_t *b_label = b_labels[b_count - i];
        int order = zone_octets_order(a_label + 1, a_label[0], b_label + 1, b_label[0]);

        if (order != 0)
            return order;
    }
    return a_count == b_count ? 0 : a_count < b_count ? -1 : 1;
}

bool zone_name_is_below(const uint8_t *name, const uint8_t *ancestor)
{
    size_t length = zone_name_length(name);
    size_t wanted = zone_name_length(ancestor);

    while (length > wanted) {
        length -= 1U + *name;
        name += 1U + *name;
    }
    return length == wanted && zone_name_equals(name, ancestor);
}

const uint8_t *zone_name_parent(const uint8_t *name)
{
    return *name == 0 ? name : name + 1 + *name;
}

bool zone_name_is_whole(struct vouch_bytes view)
{
    struct cursor cursor;
    uint8_t length;

    cursor_init(&cursor, view);
    do {
        length = cursor_u8(&cursor);
        cursor_view(&cursor, length);
    } while (length != 0 && length <= LABEL_MAX);
    return cursor_ok(&cursor) && length == 0 && cursor_left(&cursor) == 0 && view.length <= WIRE_MAX;
}

/* zone_text_is_absolute - the text ends in a dot that no backslash escapes */
static bool zone_text_is_absolute(struct vouch_bytes text)
{
    size_t escapes = 0;

    if (text.length == 0 || text.data[text.length - 1] != '.')
        return false;
    while (escapes < text.length - 1 && text.data[text.length - 2 - escapes] == '\\')
        escapes++;
    return escapes % 2 == 0;
}

size_t zone_name_parse(uint8_t wire[VOUCH_NAME_SIZE], struct vouch_bytes text, const uint8_t *origin)
{
    size_t length, origin_length;

    if (text.length == 1 && text.data[0] == '@') {
        if (origin == NULL)
            return 0;
        length = zone_name_length(origin);
        memcpy(wire, origin, length);
        return length;
    }
    length = vouch_name_parse(wire, (const char *)text.data, text.length);
    if (length == 0 || zone_text_is_absolute(text))
        return length;
    if (origin == NULL)
        return 0;
    origin_length = zone_name_length(origin);
    if (length - 1 + origin_length > WIRE_MAX)
        return 0;
    memcpy(wire + length - 1, origin, origin_length);
    return length - 1 + origin_length;
}
