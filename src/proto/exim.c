/*
 * exim.c - one line in, one line out, for ${readsocket} of Exim.
 *
 * What cannot be said in one way only is refused: a key given twice, an escape that ${quote:} does not write, text
 * behind a closing quote. Such a line was put together without ${quote:}, and its values may be the client's own.
 */
#include "proto/exim.h"

#include <string.h>

#define CAUSE_LONG_VALUE "a value that is too long"

/* The keys that we know, and where their values stand in the request. */
static const struct {
    const char *key;
    size_t offset, size;
} exim_keys[] = {
    {"client", offsetof(struct exim_request, client), EXIM_VALUE_MAX},
    {"helo", offsetof(struct exim_request, helo), EXIM_VALUE_MAX},
    {"recipient", offsetof(struct exim_request, recipient), EXIM_VALUE_MAX},
    {"auth", offsetof(struct exim_request, authenticated), EXIM_VALUE_MAX},
    {"tls", offsetof(struct exim_request, tls_name), EXIM_VALUE_MAX},
    {"stage", offsetof(struct exim_request, stage), sizeof((struct exim_request *)NULL)->stage},
};

#define KEYS (sizeof exim_keys / sizeof exim_keys[0])

/* The line that is being read. */
struct exim_line {
    const uint8_t *data; /* its end left off */
    size_t length, at;
};

/* Where a value goes; size 0: nowhere. */
struct exim_value {
    char *data;
    size_t size, length;
};

/* exim_is_blank - does it part words? */
static bool exim_is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t';
}

/* exim_is_bare - may it stand in a value that is not quoted? */
static bool exim_is_bare(uint8_t octet)
{
    return octet > ' ' && octet != 0x7f && octet != '"' && octet != '\\';
}

/*
 * exim_keep - take one octet of a value; of one that is too long a part in the middle goes, so that a domain at its end
 * stays; false if it does not fit all the same
 */
static bool exim_keep(struct exim_value *value, uint8_t octet)
{
    const size_t from = EXIM_VALUE_MAX / 2, part = EXIM_VALUE_MAX / 4;

    if (value->size == 0)
        return true;
    if (value->length + 1 == value->size && value->size == EXIM_VALUE_MAX) {
        memmove(value->data + from, value->data + from + part, value->length - from - part);
        value->length -= part;
        memset(value->data + value->length, 0, part);
    }
    if (value->length + 1 == value->size)
        return false;
    value->data[value->length++] = (char)octet;
    return true;
}

/* exim_read_bare - a value up to the next blank; null, or why it is none */
static const char *exim_read_bare(struct exim_line *line, struct exim_value *value)
{
    for (; line->at < line->length && !exim_is_blank(line->data[line->at]); line->at++) {
        if (!exim_is_bare(line->data[line->at]))
            return "a value that wants quotes";
        if (!exim_keep(value, line->data[line->at]))
            return CAUSE_LONG_VALUE;
    }
    return NULL;
}

/* exim_unescape - the octet that stands behind a backslash; 0 if ${quote:} writes no such escape */
static uint8_t exim_unescape(uint8_t octet)
{
    switch (octet) {
    case '"':
    case '\\':
        return octet;
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    default:
        return 0;
    }
}

/* exim_read_quoted - a value behind its opening quote, and the quote that closes it; null, or why it is none */
static const char *exim_read_quoted(struct exim_line *line, struct exim_value *value)
{
    while (line->at < line->length) {
        uint8_t octet = line->data[line->at++];

        if (octet == '"') {
            if (line->at < line->length && !exim_is_blank(line->data[line->at]))
                return "text behind a quoted value";
            return NULL;
        }
        if (octet == '\\') {
            octet = line->at < line->length ? exim_unescape(line->data[line->at++]) : 0;
            if (octet == 0)
                return "an unknown escape";
        }
        if (!exim_keep(value, octet))
            return CAUSE_LONG_VALUE;
    }
    return "a quote that is not closed";
}

/* exim_find_key - the number of the key, KEYS if it is unknown */
static size_t exim_find_key(struct vouch_bytes key)
{
    size_t at = 0;

    while (at < KEYS && !text_is(key, exim_keys[at].key))
        at++;
    return at;
}

/* exim_read_pair - KEY=VALUE; `seen` has a bit for each key that was there; null, or why it is none */
static const char *exim_read_pair(struct exim_line *line, struct exim_request *request, unsigned *seen)
{
    const uint8_t *key = line->data + line->at;
    struct exim_value value = {NULL, 0, 0};
    const char *cause;
    size_t length = 0, known;

    while (line->at + length < line->length && key[length] != '=' && exim_is_bare(key[length]))
        length++;
    if (length == 0 || line->at + length == line->length || key[length] != '=')
        return "a word that is not KEY=VALUE";
    line->at += length + 1;
    known = exim_find_key((struct vouch_bytes){key, length});
    if (known < KEYS) {
        if ((*seen & (1U << known)) != 0)
            return "a key given twice";
        *seen |= 1U << known;
        value.data = (char *)request + exim_keys[known].offset;
        value.size = exim_keys[known].size;
    }
    if (line->at < line->length && line->data[line->at] == '"') {
        line->at++;
        cause = exim_read_quoted(line, &value);
    } else {
        cause = exim_read_bare(line, &value);
    }
    if (value.data == request->helo)
        request->helo_length = value.length;
    return cause;
}

/* exim_read_line - all pairs of the line; null, or why it is malformed */
static const char *exim_read_line(struct exim_line *line, struct exim_request *request)
{
    static const char *const stages[] = {"", "helo", "mail", "rcpt"};
    unsigned seen = 0;

    if (memchr(line->data, '\0', line->length) != NULL)
        return "a NUL in the line";
    while (line->at < line->length) {
        const char *cause;

        if (exim_is_blank(line->data[line->at])) {
            line->at++;
            continue;
        }
        cause = exim_read_pair(line, request, &seen);
        if (cause != NULL)
            return cause;
    }
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        if (strcmp(request->stage, stages[i]) == 0)
            return NULL;
    }
    return "an unknown stage";
}

enum exim_read exim_read(struct vouch_bytes bytes, struct exim_request *request, size_t *used)
{
    size_t whole = bytes.length < EXIM_LINE_MAX ? bytes.length : EXIM_LINE_MAX;
    const uint8_t *end = whole == 0 ? NULL : memchr(bytes.data, '\n', whole);
    struct exim_line line = {bytes.data, 0, 0};

    memset(request, 0, sizeof *request);
    *used = 0;
    if (end == NULL) {
        if (whole < EXIM_LINE_MAX)
            return EXIM_MORE;
        *used = whole;
        request->cause = "a line that is too long";
        return EXIM_BAD;
    }
    line.length = (size_t)(end - bytes.data);
    *used = line.length + 1;
    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    request->cause = exim_read_line(&line, request);
    return request->cause == NULL ? EXIM_REQUEST : EXIM_BAD;
}

/* exim_wants_quotes - could Exim's extract read the value as something else? */
static bool exim_wants_quotes(struct vouch_bytes value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (!text_is_printable((char)value.data[i]) || !exim_is_bare(value.data[i]))
            return true;
    }
    return value.length == 0;
}

void exim_add(struct text *out, const char *key, const char *value)
{
    struct vouch_bytes bytes = text_bytes(value);

    if (out->length > 0 && out->data[out->length - 1] != '\n')
        text_add_char(out, ' ');
    text_add(out, key);
    text_add_char(out, '=');
    if (!exim_wants_quotes(bytes)) {
        text_add(out, value);
        return;
    }
    text_add_char(out, '"');
    for (size_t i = 0; i < bytes.length; i++) {
        struct vouch_bytes one = {bytes.data + i, 1};

        if (one.data[0] == '"' || one.data[0] == '\\' || !text_is_printable((char)one.data[0]))
            text_add_char(out, '\\');
        text_add_printable(out, one);
    }
    text_add_char(out, '"');
}

void exim_end(struct text *out)
{
    text_add_char(out, '\n');
}
