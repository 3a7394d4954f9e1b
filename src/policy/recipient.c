/*
 * recipient.c - the parts of a RCPT argument that a decision needs.
 */
#include "policy/recipient.h"

#include "base/text.h"

#include <string.h>

/* recipient_trim - without blanks, and without the angle brackets and what stands behind them */
static struct vouch_bytes recipient_trim(struct vouch_bytes text)
{
    const uint8_t *end;

    while (text.length != 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.length--;
    }
    while (text.length != 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
        text.length--;
    if (text.length == 0 || text.data[0] != '<')
        return text;
    text.data++;
    text.length--;
    end = text.length == 0 ? NULL : memchr(text.data, '>', text.length);
    if (end != NULL)
        text.length = (size_t)(end - text.data);
    return text;
}

/* recipient_skip_route - without "@one,@two:" before the address [RFC 5321 appendix C] */
static struct vouch_bytes recipient_skip_route(struct vouch_bytes text)
{
    const uint8_t *colon = text.length == 0 || text.data[0] != '@' ? NULL : memchr(text.data, ':', text.length);

    if (colon == NULL)
        return text;
    text.length -= (size_t)(colon + 1 - text.data);
    text.data = colon + 1;
    return text;
}

void recipient_parse(struct recipient *recipient, struct vouch_bytes argument)
{
    struct vouch_bytes text = recipient_skip_route(recipient_trim(argument));
    size_t at = text.length;

    while (at > 0 && text.data[at - 1] != '@')
        at--;
    recipient->local = text;
    recipient->domain = (struct vouch_bytes){.data = NULL, .length = 0};
    if (at > 0) {
        recipient->local.length = at - 1;
        recipient->domain.data = text.data + at;
        recipient->domain.length = text.length - at;
    }
    if (recipient->local.length >= 2 && recipient->local.data[0] == '"' &&
        recipient->local.data[recipient->local.length - 1] == '"') {
        recipient->local.data++;
        recipient->local.length -= 2;
    }
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
    static const char postmaster[] = "postmaster";

    if (recipient->local.length != sizeof postmaster - 1)
        return false;
    for (size_t i = 0; i < recipient->local.length; i++) {
        if (text_lower((char)recipient->local.data[i]) != postmaster[i])
            return false;
    }
    return true;
}
