/*
 * log.c - takes a log apart into entries, and tells what they say.
 */
#include "observe/log.h"

#include "base/text.h"

#include <string.h>

#define TAG_SIZE  128
#define TAG_TOKEN 6 /* the program's name stands among the first words of a line */

struct sender *log_sender(const struct log_entry *entry, const char *tag)
{
    struct sender *sender = sightings_find(entry->sightings, tag);
    char label[SIGHTINGS_PLACE_SIZE];

    if (sender == NULL) {
        snprintf(label, sizeof label, "log lines of %.128s", tag);
        sender = sightings_sender(entry->sightings, label);
        if (sender != NULL)
            sightings_copy(sender->tag, sizeof sender->tag, tag);
    }
    if (sender != NULL && sender->log_place[0] == '\0')
        sightings_place(sender->log_place, entry->lines->label, entry->lines->number);
    return sender;
}

/* log_in_name - may a name go on with this? */
static bool log_in_name(char c)
{
    return text_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* log_holds - does a text hold these octets as a whole name? */
static bool log_holds(const char *text, struct vouch_bytes part)
{
    for (const char *at = text; part.length != 0; at++) {
        at = memmem(at, strlen(at), part.data, part.length);
        if (at == NULL)
            return false;
        if ((at == text || !log_in_name(at[-1])) && !log_in_name(at[part.length]))
            return true;
    }
    return false;
}

void log_delivery(const struct log_entry *entry, const char *tag, struct vouch_bytes host,
                  const struct vouch_address *to)
{
    struct sender *sender = log_sender(entry, tag);

    if (sender == NULL)
        return;
    if (sightings_is_private(to) || log_holds(sender->next_hop, host))
        sender->relayed++;
    else
        sender->direct++;
}

/* log_says - is this one of the names that a sender says by its configuration? */
static bool log_says(const struct sightings *sightings, const struct sender *sender, struct vouch_bytes name)
{
    bool found = text_is_nocase(name, sender->helo);

    for (size_t i = 0; i < sightings->senders_count; i++)
        found |= sightings->senders[i].same == sender && text_is_nocase(name, sightings->senders[i].helo);
    return found;
}

void log_helo(const struct log_entry *entry, const char *tag, struct vouch_bytes name)
{
    struct sender *sender = log_sender(entry, tag);
    char place[SIGHTINGS_PLACE_SIZE];
    struct text text;

    if (sender == NULL || name.length == 0 || log_says(entry->sightings, sender, name))
        return;
    sightings_place(place, entry->lines->label, entry->lines->number);
    if (sender->helo[0] != '\0')
        sightings_remark_logged(entry->sightings, place, "%s says %.*s in HELO, where its configuration says %s (%s)",
                                sender->label, (int)(name.length < 253 ? name.length : 253), (const char *)name.data,
                                sender->helo, sender->helo_place);
    text_init(&text, sender->helo, sizeof sender->helo);
    text_add_bytes(&text, name.data, name.length);
    sightings_copy(sender->helo_place, sizeof sender->helo_place, place);
}

void log_client(const struct log_entry *entry, struct vouch_bytes helo, const struct vouch_address *client,
                struct vouch_bytes verified)
{
    struct sighted_address seen = {.address = *client, .evidence = EVIDENCE_CLAIM, .times = 1};
    char name[VOUCH_NAME_SIZE], proven[VOUCH_NAME_SIZE];
    struct text text;

    if (helo.length >= sizeof name || verified.length >= sizeof proven)
        return;
    text_init(&text, name, sizeof name);
    text_add_bytes(&text, helo.data, helo.length);
    text_init(&text, proven, sizeof proven);
    text_add_bytes(&text, verified.data, verified.length);
    if (!sightings_is_ours(entry->sightings, name))
        return;
    if (sightings_is_ours(entry->sightings, proven))
        seen.evidence = EVIDENCE_LOG;
    sightings_place(seen.place, entry->lines->label, entry->lines->number);
    sightings_pair(entry->sightings, name, &seen);
}

/* log_is_stamp - does the line begin with "YYYY-MM-DD HH:MM:SS", as Exim writes its own files? */
static bool log_is_stamp(const char *line)
{
    static const char shape[] = "0000-00-00 00:00:00";

    for (size_t i = 0; shape[i] != '\0'; i++) {
        if (shape[i] == '0' ? !text_is_digit(line[i]) : line[i] != shape[i])
            return false;
    }
    return true;
}

/* log_is_time - does the line begin with a time as syslog writes it: the name of a month or day, or "YYYY-MM-DDT"? */
static bool log_is_time(const char *line)
{
    size_t letters = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    return letters == 0 ? strspn(line, "0123456789-") == 10 && line[10] == 'T' : letters == 3 && line[3] == ' ';
}

/*
 * log_find_tag - "PROGRAM[PID]: " or "PROGRAM: ", first of a line or among the first words behind its time; the text
 * behind it, or null. Behind the first colon that ends a word all may be what strangers wrote.
 */
static const char *log_find_tag(const char *line, char tag[TAG_SIZE])
{
    int tokens = log_is_time(line) ? TAG_TOKEN : 1;

    for (int token = 0; token < tokens; token++) {
        size_t length = strcspn(line, " "), name = strcspn(line, "[: ");
        struct text text;

        if (length > 1 && line[length] == ' ' && line[length - 1] == ':') {
            if (name == 0 || name >= TAG_SIZE || (line[name] != '[' && name != length - 1))
                return NULL;
            text_init(&text, tag, TAG_SIZE);
            text_add_bytes(&text, line, name);
            return line + length + 1;
        }
        line += length;
        line += strspn(line, " ");
    }
    return NULL;
}

/* log_ends - does a tag end so? */
static bool log_ends(const char *tag, const char *end)
{
    size_t length = strlen(tag), tail = strlen(end);

    return length >= tail && strcmp(tag + length - tail, end) == 0;
}

/* log_take - one line */
static void log_take(struct sightings *sightings, const struct lines *lines)
{
    char tag[TAG_SIZE];
    struct log_entry entry = {sightings, tag, lines->line, lines};

    if (log_is_stamp(lines->line)) {
        entry.tag = "exim";
        log_exim(&entry);
        return;
    }
    entry.text = log_find_tag(lines->line, tag);
    if (entry.text == NULL)
        return;
    if (log_ends(tag, "/smtp") || log_ends(tag, "/smtpd") || log_ends(tag, "/cleanup"))
        log_postfix(&entry);
    else if (strncmp(tag, "exim", 4) == 0)
        log_exim(&entry);
    else if (strncmp(tag, "sendmail", 8) == 0 || strcmp(tag, "sm-mta") == 0)
        log_sendmail(&entry);
}

void log_read(struct sightings *sightings, struct lines *lines)
{
    while (lines_next(lines))
        log_take(sightings, lines);
}
