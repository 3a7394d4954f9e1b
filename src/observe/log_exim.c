/*
 * log_exim.c - lines of Exim. What senders, recipients and remote servers wrote stands in them too: a line counts by
 * the flag behind its message id, and of its fields those that Exim puts before what others wrote.
 */
#include "observe/log.h"

#include "base/text.h"

#include <string.h>

#define TAG_SIZE 160

#define DIGITS "0123456789"

/* log_token - takes a word off a line; what stands in double quotes or behind a backslash belongs to it */
static struct vouch_bytes log_token(const char **line)
{
    struct vouch_bytes token;
    bool quoted = false;

    *line += strspn(*line, " ");
    token = (struct vouch_bytes){(const uint8_t *)*line, 0};
    for (; **line != '\0' && (quoted || **line != ' '); (*line)++) {
        if (**line == '"')
            quoted = !quoted;
        else if (**line == '\\' && (*line)[1] != '\0')
            (*line)++;
    }
    token.length = (size_t)(*line - (const char *)token.data);
    return token;
}

/* log_begins - does a token begin so? */
static bool log_begins(struct vouch_bytes token, const char *begin)
{
    size_t length = strlen(begin);

    return token.length >= length && memcmp(token.data, begin, length) == 0;
}

/* log_in_brackets - "[ADDRESS]" or "[ADDRESS]:PORT", as Exim writes them */
static bool log_in_brackets(struct vouch_bytes token, struct vouch_address *address)
{
    return token.length > 2 && token.data[0] == '[' &&
           sightings_read_address(address, (const char *)token.data, token.length);
}

/* What the fields of an Exim line say. */
struct exim_fields {
    char transport[TAG_SIZE]; /* "T=..."; empty: none */
    struct vouch_bytes host, helo;
    struct vouch_address remote, local; /* family 0: none */
    bool ended;                         /* the last word ended with a colon: words about an error follow */
};

/* log_exim_host - "H=NAME (HELO) [ADDRESS]": what follows the name is in the words behind it */
static void log_exim_host(struct exim_fields *fields, struct vouch_bytes name, const char **rest)
{
    fields->host = name;
    if (name.length != 0 && name.data[0] == '(') {
        fields->helo = (struct vouch_bytes){name.data + 1, name.length - (name.length > 1 ? 2 : 1)};
        fields->host.length = 0;
    }
    for (int i = 0; i < 3 && fields->remote.family == 0; i++) {
        struct vouch_bytes word = log_token(rest);

        if (word.length > 2 && word.data[0] == '(') {
            fields->helo = (struct vouch_bytes){word.data + 1, word.length - 2};
        } else if (!text_is(word, "DS") && !log_in_brackets(word, &fields->remote)) {
            fields->ended = false;
            return;
        }
        fields->ended = word.length != 0 && word.data[word.length - 1] == ':';
    }
    if (fields->helo.length == 0)
        fields->helo = fields->host;
}

/* log_exim_transport - "T=NAME", which is a transport's tag */
static void log_exim_transport(struct exim_fields *fields, struct vouch_bytes name)
{
    struct text text;

    while (name.length != 0 && name.data[name.length - 1] == ':')
        name.length--;
    text_init(&text, fields->transport, sizeof fields->transport);
    text_add_bytes(&text, name.data, name.length);
}

/* log_exim_is_plain - a word that Exim puts between the host and the words about an error; others wrote none of it */
static bool log_exim_is_plain(struct vouch_bytes token)
{
    return log_begins(token, "I=[") || log_begins(token, "PRX=[") || log_begins(token, "X=TLS") ||
           log_begins(token, "CV=") || log_begins(token, "TFO") || text_is(token, "*") || log_begins(token, "A=");
}

/*
 * log_exim_fields - T=, H= and I= of a line, up to what others wrote; returns where the words about an error begin, or
 * null. `stop` ends what is read (null: nothing does): it stands before what the sender wrote.
 */
static const char *log_exim_fields(struct exim_fields *fields, const char *rest, const char *stop)
{
    memset(fields, 0, sizeof *fields);
    for (rest += strspn(rest, " "); *rest != '\0' && !fields->ended; rest += strspn(rest, " ")) {
        struct vouch_bytes token = log_token(&rest);

        if (stop != NULL && log_begins(token, stop))
            return NULL;
        fields->ended = token.data[token.length - 1] == ':' && fields->transport[0] != '\0';
        if (log_begins(token, "T=") && fields->transport[0] == '\0') {
            fields->ended = token.data[token.length - 1] == ':';
            log_exim_transport(fields, token);
        } else if (log_begins(token, "H=")) {
            log_exim_host(fields, (struct vouch_bytes){token.data + 2, token.length - 2}, &rest);
            if (fields->remote.family == 0)
                return NULL;
        } else if (fields->remote.family != 0 && !log_exim_is_plain(token)) {
            return NULL;
        } else if (fields->remote.family != 0 && log_begins(token, "I=[") && fields->local.family == 0) {
            log_in_brackets((struct vouch_bytes){token.data + 2, token.length - 2}, &fields->local);
        }
    }
    return fields->ended ? rest : NULL;
}

/* log_exim_delivery - a message left */
static void log_exim_delivery(const struct log_entry *entry, const struct exim_fields *fields)
{
    struct sighted_address seen = {.address = fields->local, .evidence = EVIDENCE_LOG, .times = 1};
    struct sender *sender;

    if (fields->transport[0] == '\0' || fields->remote.family == 0)
        return;
    log_delivery(entry, fields->transport, fields->host, &fields->remote);
    sender = sightings_find(entry->sightings, fields->transport);
    if (sender == NULL || fields->local.family == 0 || sightings_is_private(&fields->remote))
        return;
    sightings_place(seen.place, entry->lines->label, entry->lines->number);
    sender_address(entry->sightings, sender, &seen);
}

/* log_exim_error - "SMTP error from remote mail server after EHLO NAME: ..." names the HELO name */
static void log_exim_error(const struct log_entry *entry, const struct exim_fields *fields, const char *words)
{
    static const char begin[] = "SMTP error from remote mail server after ";

    if (words == NULL || strncmp(words, begin, strlen(begin)) != 0 || fields->transport[0] == '\0')
        return;
    words += strlen(begin);
    words += strncmp(words, "pipelined ", 10) == 0 ? 10 : 0;
    if (strncmp(words, "EHLO ", 5) == 0 || strncmp(words, "HELO ", 5) == 0)
        log_helo(entry, fields->transport, (struct vouch_bytes){(const uint8_t *)words + 5, strcspn(words + 5, ": ")});
}

/* log_exim_stamp - behind "YYYY-MM-DD HH:MM:SS[.mmm] [+ZONE] [PID] ", of which syslog may have none of all */
static const char *log_exim_stamp(const char *text)
{
    size_t pid;

    if (text_is_digit(text[0]) && strspn(text, DIGITS "-") == 10 && text[10] == ' ') {
        text += 11 + strspn(text + 11, DIGITS ":.");
        text += *text == ' ';
        if ((*text == '+' || *text == '-') && strspn(text + 1, DIGITS) == 4 && text[5] == ' ')
            text += 6;
    }
    pid = *text == '[' ? strspn(text + 1, DIGITS) : 0;
    return pid != 0 && strncmp(text + 1 + pid, "] ", 2) == 0 ? text + pid + 3 : text;
}

/* log_exim_id - behind a message id, 6-6-2 or 6-11-4 letters and digits, and its blank; null: it is none */
static const char *log_exim_id(const char *text)
{
    static const unsigned char shapes[][3] = {{6, 6, 2}, {6, 11, 4}};

    for (size_t shape = 0; shape < 2; shape++) {
        const char *at = text;
        size_t part = 0, count = 0;

        for (; part < 3; part++, at++) {
            for (count = 0; count < shapes[shape][part] && text_is_alnum(at[count]);)
                count++;
            at += count;
            if (count < shapes[shape][part] || *at != (part < 2 ? '-' : ' '))
                break;
        }
        if (part == 3)
            return at;
    }
    return NULL;
}

void log_exim(const struct log_entry *entry)
{
    static const char *const flags[] = {"<= ", "=> ", "-> ", ">> ", "== ", "** "};
    const char *at = log_exim_id(log_exim_stamp(entry->text)), *words;
    struct exim_fields fields;
    size_t kind = 0;

    while (at != NULL && kind < sizeof flags / sizeof flags[0] && strncmp(at, flags[kind], 3) != 0)
        kind++;
    if (at == NULL || kind == sizeof flags / sizeof flags[0])
        return;
    at += 3;
    if (*at == '|' || *at == '/' || *at == '>' || *at == ':') /* a command or a file, as some user wrote it */
        return;
    log_token(&at); /* the address */
    words = log_exim_fields(&fields, at, kind == 0 ? "P=" : NULL);
    if (kind == 0 && fields.remote.family != 0)
        log_client(entry, fields.helo, &fields.remote, fields.host);
    else if (kind >= 1 && kind <= 3)
        log_exim_delivery(entry, &fields);
    else if (kind > 3)
        log_exim_error(entry, &fields, words);
}
