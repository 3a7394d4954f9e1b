/*
 * helo.c - judges the HELO argument.
 */
#include "core/helo.h"

#include "base/address.h"
#include "base/text.h"

#include <string.h>

#define LABEL_MAX      63
#define LEVEL_FIRST    2 /* a top-level domain is never asked [CSA 6] */
#define LEVEL_LAST     6 /* publishers are told not to go deeper [CSA 6] */
#define REVERSE_LABELS 2 /* in-addr.arpa, ip6.arpa */

/* helo_judge_label - may this be a label of a host name? */
static bool helo_judge_label(const char *label, size_t length, bool allow_underscore)
{
    if (length == 0 || length > LABEL_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool edge = i == 0 || i == length - 1;

        if (text_is_alnum(label[i]) || (label[i] == '-' && !edge) || (label[i] == '_' && allow_underscore))
            continue;
        return false;
    }
    return true;
}

/* helo_is_numeric - digits only */
static bool helo_is_numeric(const char *label, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!text_is_digit(label[i]))
            return false;
    }
    return true;
}

/* helo_judge_name - is the text a host name of two or more labels? */
static bool helo_judge_name(struct helo *helo, const char *text, size_t length, bool allow_underscore)
{
    size_t start = 0;

    if (length > VOUCH_HELO_MAX)
        return false;
    for (size_t at = 0; at <= length; at++) {
        if (at < length && text[at] != '.')
            continue;
        if (!helo_judge_label(text + start, at - start, allow_underscore))
            return false;
        helo->labels++;
        if (at == length && helo_is_numeric(text + start, at - start))
            return false;
        start = at + 1;
    }
    return helo->labels >= 2;
}

/* helo_read_literal - the address in "[...]" or bare; family 0 for other text */
static void helo_read_literal(struct vouch_address *address, const char *text, size_t length)
{
    static const char tag[] = "ipv6:";
    size_t tag_length = 0;

    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
        while (tag_length < length && tag[tag_length] != '\0' && text_lower(text[tag_length]) == tag[tag_length])
            tag_length++;
        if (tag[tag_length] == '\0') {
            text += tag_length;
            length -= tag_length;
        }
    }
    vouch_address_parse(address, text, length);
}

/* helo_reverse - make the reverse name of an address [SPEC 2.8] */
static void helo_reverse(struct helo *helo, const struct vouch_address *address)
{
    static const char hex[] = "0123456789abcdef";
    struct text text;

    text_init(&text, helo->name, sizeof helo->name);
    for (size_t i = address_length(address); i-- > 0;) {
        if (address->family == 4) {
            text_add_unsigned(&text, address->octets[i]);
            text_add_char(&text, '.');
        } else {
            char nibbles[4] = {hex[address->octets[i] & 15], '.', hex[address->octets[i] >> 4], '.'};

            text_add_bytes(&text, nibbles, sizeof nibbles);
        }
    }
    text_add(&text, address->family == 4 ? "in-addr.arpa" : "ip6.arpa");
    helo->form = HELO_NAME;
    helo->length = (uint8_t)text.length;
    helo->labels = address->family == 4 ? 4 + REVERSE_LABELS : 32 + REVERSE_LABELS;
    helo->reverse = address->family;
}

void helo_judge(struct helo *helo, struct vouch_bytes argument, const struct vouch_settings *settings)
{
    const char *text = (const char *)argument.data;
    size_t length = argument.length;
    struct vouch_address address;

    memset(helo, 0, sizeof *helo);
    if (length == 0) {
        helo->form = HELO_ABSENT;
        return;
    }
    if (text[length - 1] == '.')
        length--;
    helo_read_literal(&address, text, length);
    if (address.family != 0 && settings->reverse_names) {
        helo_reverse(helo, &address);
        return;
    }
    if (address.family != 0 || (length >= 2 && text[0] == '[' && text[length - 1] == ']')) {
        helo->form = HELO_LITERAL;
        return;
    }
    if (!helo_judge_name(helo, text, length, settings->allow_underscore)) {
        memset(helo, 0, sizeof *helo);
        helo->form = HELO_BAD;
        return;
    }
    helo->form = HELO_NAME;
    helo->length = (uint8_t)length;
    for (size_t i = 0; i < length; i++)
        helo->name[i] = text_lower(text[i]);
}

const char *helo_suffix(const struct helo *helo, size_t labels)
{
    size_t at = helo->length;

    while (at > 0) {
        if (helo->name[at - 1] == '.' && --labels == 0)
            break;
        at--;
    }
    return helo->name + at;
}

size_t helo_ancestor(const struct helo *helo, size_t index)
{
    size_t first = LEVEL_FIRST;
    size_t step = 1;
    size_t last = LEVEL_LAST;

    if (helo->reverse == 4) { /* /8, /16, /24 */
        first = REVERSE_LABELS + 1;
    } else if (helo->reverse == 6) { /* steps of 16 bits */
        first = REVERSE_LABELS + 4;
        step = 4;
        last = REVERSE_LABELS + 4 * VOUCH_ANCESTORS_MAX;
    }
    if (index >= VOUCH_ANCESTORS_MAX || first + index * step > last || first + index * step >= helo->labels)
        return 0;
    return first + index * step;
}
