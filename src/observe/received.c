/*
 * received.c - reads Received fields as Postfix, Sendmail, Exim, qmail, OpenSMTPD, Courier and the large hosters write
 * them.
 */
#include "observe/received.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS   " \t\r\n"
#define HOPS_MAX 64

/* received_copy - a word without a final dot; nothing if it is too long */
static void received_copy(char to[VOUCH_NAME_SIZE], const char *from, size_t length)
{
    struct text text;

    while (length != 0 && from[length - 1] == '.')
        length--;
    text_init(&text, to, VOUCH_NAME_SIZE);
    if (length < VOUCH_NAME_SIZE)
        text_add_bytes(&text, from, length);
}

/* received_by - where " by " stands outside of parentheses, or null */
static const char *received_by(const char *value)
{
    size_t depth = 0;

    for (; *value != '\0'; value++) {
        depth += *value == '(';
        depth -= *value == ')' && depth != 0;
        if (depth == 0 && strchr(BLANKS, value[0]) != NULL && strncmp(value + 1, "by", 2) == 0 && value[3] != '\0' &&
            strchr(BLANKS, value[3]) != NULL)
            return value;
    }
    return NULL;
}

/* received_word - one word of a comment: an address, "helo=NAME", or a name */
static void received_word(struct received *hop, const char *word, size_t length)
{
    static const char said[] = "helo=";
    const char *at = memchr(word, '@', length);
    struct vouch_address address;

    if (length > strlen(said) && strncmp(word, said, strlen(said)) == 0) {
        received_copy(hop->helo, word + strlen(said), length - strlen(said));
    } else if (sightings_read_address(&address, word, length)) {
        if (hop->address.family == 0)
            hop->address = address;
    } else if (hop->rdns[0] == '\0' && hop->address.family == 0 && memchr(word, '=', length) == NULL) {
        if (at != NULL) { /* ident */
            length -= (size_t)(at + 1 - word);
            word = at + 1;
        }
        received_copy(hop->rdns, word, length);
    }
}

/* received_comment - the words of a comment */
static void received_comment(struct received *hop, const char *comment, size_t left)
{
    bool helo = left > 5 && (strncmp(comment, "HELO ", 5) == 0 || strncmp(comment, "EHLO ", 5) == 0);

    if (helo) {
        received_copy(hop->helo, comment + 5, left - 5);
        return;
    }
    while (left != 0) {
        size_t blank = strspn(comment, BLANKS), length;

        blank = blank < left ? blank : left;
        length = strcspn(comment + blank, " \t\r\n()");
        length = length < left - blank ? length : left - blank;
        if (length != 0)
            received_word(hop, comment + blank, length);
        blank += length + (length == 0 && blank < left);
        comment += blank;
        left -= blank;
    }
}

/* received_comments - all comments between "from" and "by" */
static void received_comments(struct received *hop, const char *from, const char *stop)
{
    while ((from = memchr(from, '(', (size_t)(stop - from))) != NULL) {
        const char *end = memchr(from, ')', (size_t)(stop - from));

        if (end == NULL)
            return;
        received_comment(hop, from + 1, (size_t)(end - from) - 1);
        from = end;
    }
}

bool received_parse(struct received *hop, const char *value)
{
    const char *by;
    size_t length;
    struct vouch_address address;

    memset(hop, 0, sizeof *hop);
    value += strspn(value, BLANKS);
    if (!text_is_nocase((struct vouch_bytes){(const uint8_t *)value, strnlen(value, 5)}, "from "))
        return false;
    value += 5 + strspn(value + 5, BLANKS);
    by = received_by(value);
    if (by == NULL)
        return false;
    received_copy(hop->by, by + 4 + strspn(by + 4, BLANKS), strcspn(by + 4 + strspn(by + 4, BLANKS), " \t\r\n;()"));
    length = strcspn(value, " \t\r\n(");
    received_comments(hop, value, by);
    if (sightings_read_address(&address, value, length)) {
        if (hop->address.family == 0)
            hop->address = address;
        if (hop->helo[0] == '\0')
            received_copy(hop->helo, value, length);
    } else if (hop->helo[0] == '\0') {
        received_copy(hop->helo, value, length);
    } else if (hop->rdns[0] == '\0') {
        received_copy(hop->rdns, value, length);
    }
    return hop->address.family != 0 && hop->helo[0] != '\0';
}

/* What the header of a message is read with. */
struct header {
    struct sightings *sightings;
    received_organization *organization;
    void *owner;
    unsigned hops;
    bool found, ended;              /* ended: what follows, a server of strangers may have written */
    char stranger[VOUCH_NAME_SIZE]; /* that server */
};

/* received_is_border - did a server of others see one of ours here? */
static bool received_is_border(const struct header *header, const struct received *hop)
{
    char from[VOUCH_NAME_SIZE], by[VOUCH_NAME_SIZE];
    const char *why, *organization;

    if (sightings_is_private(&hop->address) || hop->by[0] == '\0')
        return false;
    if (header->sightings->domains_count != 0)
        return (sightings_is_ours(header->sightings, hop->helo) || sightings_is_ours(header->sightings, hop->rdns)) &&
               !sightings_is_ours(header->sightings, hop->by);
    if (!sightings_name(from, hop->helo, &why) || !sightings_name(by, hop->by, &why))
        return false;
    organization = header->organization(header->owner, from);
    return organization[0] != '\0' && strcmp(organization, header->organization(header->owner, by)) != 0;
}

/* received_is_one - are these organizations one? Some hosters pass mail on within themselves under two names. */
static bool received_is_one(const char *a, const char *b)
{
    static const char *const twins[][2] = {{"outlook.com", "office365.com"}};

    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
        a = strcmp(a, twins[i][1]) == 0 ? twins[i][0] : a;
        b = strcmp(b, twins[i][1]) == 0 ? twins[i][0] : b;
    }
    return strcmp(a, b) == 0;
}

/* received_ends - did a server of a third party hand the message over here, which may have written all below? */
static bool received_ends(const struct header *header, const struct received *hop)
{
    char from[VOUCH_NAME_SIZE], by[VOUCH_NAME_SIZE], organization[VOUCH_NAME_SIZE];
    const char *why;

    if (header->sightings->domains_count == 0 || sightings_is_private(&hop->address) ||
        sightings_is_ours(header->sightings, hop->helo) || !sightings_name(from, hop->helo, &why) ||
        !sightings_name(by, hop->by, &why))
        return false;
    sightings_copy(organization, sizeof organization, header->organization(header->owner, from));
    return !received_is_one(organization, header->organization(header->owner, by));
}

/* received_field - one field of the header, from the top */
static void received_field(struct header *header, char *line, const char *place)
{
    static const char name[] = "Received:";
    struct sighted_address seen = {.evidence = EVIDENCE_RECEIVED, .times = 1};
    struct received hop;

    if (header->found || header->ended || header->hops == HOPS_MAX ||
        !text_is_nocase((struct vouch_bytes){(uint8_t *)line, strnlen(line, strlen(name))}, name))
        return;
    header->hops++;
    if (!received_parse(&hop, line + strlen(name)))
        return;
    if (!received_is_border(header, &hop)) {
        header->ended = received_ends(header, &hop);
        sightings_copy(header->stranger, sizeof header->stranger, header->ended ? hop.helo : "");
        return;
    }
    header->found = true;
    seen.address = hop.address;
    sightings_copy(seen.place, sizeof seen.place, place);
    sightings_pair(header->sightings, hop.helo, &seen);
}

void received_read(struct sightings *sightings, struct lines *lines, received_organization *organization, void *owner)
{
    struct header header = {.sightings = sightings, .organization = organization, .owner = owner};
    char *field = malloc(LINES_LENGTH_MAX), place[SIGHTINGS_PLACE_SIZE] = "";
    struct text text;

    if (field == NULL)
        return;
    text_init(&text, field, LINES_LENGTH_MAX);
    while (lines_next(lines) && lines->line[0] != '\0') {
        if (lines->line[0] != ' ' && lines->line[0] != '\t') {
            received_field(&header, field, place);
            text_init(&text, field, LINES_LENGTH_MAX);
            sightings_place(place, lines->label, lines->number);
        }
        text_add(&text, lines->line);
    }
    received_field(&header, field, place);
    free(field);
    if (header.ended)
        sightings_remark_logged(sightings, lines->label,
                                "%.253s handed this message over, which is none of yours and may have written all that "
                                "stands below: not taken; give a message that a host of yours handed to others",
                                header.stranger);
    else if (!header.found)
        sightings_remark_logged(sightings, lines->label,
                                "no Received field in which a server of others saw one of ours");
}
