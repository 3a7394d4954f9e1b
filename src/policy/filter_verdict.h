/*
 * filter_verdict.h - what a content filter says of a message, in a header field such as "X-Spam: Yes, score=9.1".
 */
#ifndef POLICY_FILTER_VERDICT_H
#define POLICY_FILTER_VERDICT_H

#include "base/text.h"

enum filter_verdict {
    FILTER_SILENT, /* nothing, or nothing that is one of the words */
    FILTER_HAM,
    FILTER_SPAM,
    FILTER_CONFUSED /* both: believe neither */
};

/* Words of one meaning, each NUL-terminated, `stride` octets from one to the next. */
struct filter_words {
    const char *first;
    size_t count, stride;
};

/*
 * The first word of a field's value against the words, case ignored. It ends at a blank, a line's end, a comma, a
 * semicolon or a parenthesis.
 */
enum filter_verdict filter_read(struct vouch_bytes value, const struct filter_words *spam,
                                const struct filter_words *ham);

/* What two fields of a message say together. */
enum filter_verdict filter_join(enum filter_verdict a, enum filter_verdict b);

#endif
