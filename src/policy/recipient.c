/*
 * recipient.c - the parts of a recipient that a decision needs.
 */
#include "policy/recipient.h"

#include "base/text.h"

#include <string.h>

/* Where the reader of a path stands. */
struct path {
    struct vouch_bytes text;
    size_t at;
    bool quoted;
    unsigned comments; /* how many are open */
};

/* path_is_plain - step over one octet; true if it stands outside quotes and comments and is no part of them */
static bool path_is_plain(struct path *path)
{
    uint8_t octet = path->text.data[path->at++];

    if (octet == '\\' && (path->quoted || path->comments != 0)) {
        if (path->at < path->text.length)
            path->at++;
        return false;
    }
    if (path->quoted || (octet == '"' && path->comments == 0)) {
        path->quoted = path->quoted ? octet != '"' : true;
        return false;
    }
    if (octet == '(')
        path->comments++;
    if (octet == ')' && path->comments != 0) {
        path->comments--;
        return false;
    }
    return path->comments == 0;
}

/* path_find - where the first plain octet of this kind stands, or the length; with `last`, the last one */
static size_t path_find(struct vouch_bytes text, uint8_t octet, bool last)
{
    struct path path = {.text = text};
    size_t found = text.length;

    while (path.at < text.length) {
        size_t at = path.at;

        if (!path_is_plain(&path) || text.data[at] != octet)
            continue;
        found = at;
        if (!last)
            break;
    }
    return found;
}

/* path_drop - without so many octets at the front */
static struct vouch_bytes path_drop(struct vouch_bytes text, size_t octets)
{
    text.data += octets;
    text.length -= octets;
    return text;
}

/* path_trim - without blanks around it */
static struct vouch_bytes path_trim(struct vouch_bytes text)
{
    while (text.length != 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = path_drop(text, 1);
    while (text.length != 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* path_inside - what stands between the brackets, or all; without the source route [RFC 5321 appendix C] */
static struct vouch_bytes path_inside(struct vouch_bytes text)
{
    size_t colon;

    text = path_trim(text);
    if (text.length != 0 && text.data[0] == '<') {
        text = path_drop(text, 1);
        text.length = path_find(text, '>', false);
        text = path_trim(text);
    }
    if (text.length == 0 || text.data[0] != '@')
        return text;
    colon = path_find(text, ':', false);
    return colon == text.length ? text : path_trim(path_drop(text, colon + 1));
}

/* recipient_unquote - without quotes around the whole */
static struct vouch_bytes recipient_unquote(struct vouch_bytes text)
{
    if (text.length < 2 || text.data[0] != '"' || text.data[text.length - 1] != '"')
        return text;
    text = path_drop(text, 1);
    text.length--;
    return text;
}

/* recipient_split - at this "@", or nowhere */
static void recipient_split(struct recipient *recipient, struct vouch_bytes text, size_t at)
{
    recipient->local = text;
    recipient->local.length = at;
    recipient->domain = (struct vouch_bytes){.data = NULL, .length = 0};
    if (at != text.length)
        recipient->domain = path_drop(text, at + 1);
}

void recipient_parse_path(struct recipient *recipient, struct vouch_bytes argument)
{
    struct vouch_bytes text = path_inside(argument);
    size_t comment;

    recipient->text = argument;
    recipient_split(recipient, text, path_find(text, '@', true));
    recipient->local = recipient_unquote(path_trim(recipient->local));
    recipient->domain = path_trim(recipient->domain);
    for (comment = 0; comment < recipient->domain.length && recipient->domain.data[comment] != '('; comment++)
        ;
    recipient->domain.length = comment;
    recipient->domain = path_trim(recipient->domain);
}

void recipient_parse_address(struct recipient *recipient, struct vouch_bytes address)
{
    size_t at = address.length;

    while (at > 0 && address.data[at - 1] != '@')
        at--;
    recipient->text = address;
    recipient_split(recipient, address, at == 0 ? address.length : at - 1);
}

size_t recipient_keep(char buffer[RECIPIENT_SIZE], struct vouch_bytes argument)
{
    size_t half = RECIPIENT_SIZE / 2;

    if (argument.length <= RECIPIENT_SIZE) {
        if (argument.length != 0)
            memcpy(buffer, argument.data, argument.length);
        return argument.length;
    }
    memcpy(buffer, argument.data, half);
    memcpy(buffer + half, argument.data + argument.length - half, half);
    return RECIPIENT_SIZE;
}

bool recipient_is_postmaster(const struct recipient *recipient)
{
    return text_is_nocase(recipient->local, "postmaster");
}
