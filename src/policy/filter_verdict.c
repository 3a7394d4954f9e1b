/*
 * filter_verdict.c - the first word of a header field, and what several fields say together.
 */
#include "policy/filter_verdict.h"

#include <string.h>

/* filter_is_end - does this octet part words? */
static bool filter_is_end(uint8_t octet)
{
    return octet == '\0' || strchr(" \t\r\n,;()", octet) != NULL;
}

/* filter_word - the first word of a value */
static struct vouch_bytes filter_word(struct vouch_bytes value)
{
    size_t from = 0, end;

    while (from < value.length && strchr(" \t\r\n", value.data[from]) != NULL && value.data[from] != '\0')
        from++;
    for (end = from; end < value.length && !filter_is_end(value.data[end]);)
        end++;
    return (struct vouch_bytes){value.data + from, end - from};
}

/* filter_holds - is it one of the words? */
static bool filter_holds(const struct filter_words *words, struct vouch_bytes word)
{
    for (size_t i = 0; i < words->count; i++)
        if (text_is_nocase(word, words->first + i * words->stride))
            return true;
    return false;
}

enum filter_verdict filter_read(struct vouch_bytes value, const struct filter_words *spam,
                                const struct filter_words *ham)
{
    struct vouch_bytes word = filter_word(value);

    if (word.length == 0)
        return FILTER_SILENT;
    return filter_join(filter_holds(spam, word) ? FILTER_SPAM : FILTER_SILENT,
                       filter_holds(ham, word) ? FILTER_HAM : FILTER_SILENT);
}

enum filter_verdict filter_join(enum filter_verdict a, enum filter_verdict b)
{
    if (a == FILTER_SILENT || a == b)
        return b;
    return b == FILTER_SILENT ? a : FILTER_CONFUSED;
}
