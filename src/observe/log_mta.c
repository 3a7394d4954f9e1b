/*
 * log_mta.c - lines of Postfix, Exim and Sendmail. What recipients and remote servers wrote stands in them too: only
 * what the MTA itself puts at its place counts.
 */
#include "observe/log.h"

#include "base/text.h"

#include <string.h>

#define TAG_SIZE 160

/* log_bracket - "HOST[ADDRESS]" or "HOST [ADDRESS]" at the front; false: it is none */
static bool log_bracket(const char *text, struct vouch_bytes *host, struct vouch_address *address)
{
    size_t length = strcspn(text, " [,");
    const char *open = text + length + (text[length] == ' ');

    *host = (struct vouch_bytes){(const uint8_t *)text, length};
    return *open == '[' && sightings_read_address(address, open, strcspn(open, " ,"));
}

/* log_word - octets up to one of `stops` */
static struct vouch_bytes log_word(const char *text, const char *stops)
{
    return (struct vouch_bytes){(const uint8_t *)text, strcspn(text, stops)};
}

/* log_last - the last place of a word in a text, or null */
static const char *log_last(const char *text, const char *word)
{
    const char *found = NULL;

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        found = at;
    return found;
}

/* log_postfix_client - the smtp program: deliveries, and what it says in HELO where it is debugged */
static void log_postfix_client(const struct log_entry *entry)
{
    const char *relay = strstr(entry->text, ">, relay="), *sent = log_last(entry->text, ", status=sent");
    struct vouch_address address;
    struct vouch_bytes host;

    if (relay == NULL)
        relay = log_last(entry->text, ", relay=");
    if (relay != NULL && sent != NULL && log_bracket(strchr(relay, '=') + 1, &host, &address)) {
        log_delivery(entry, entry->tag, host, &address);
    } else if (strncmp(entry->text, "> ", 2) == 0 && log_bracket(entry->text + 2, &host, &address)) {
        const char *said = strstr(entry->text, ": ");

        if (said != NULL && (strncmp(said, ": EHLO ", 7) == 0 || strncmp(said, ": HELO ", 7) == 0))
            log_helo(entry, entry->tag, log_word(said + 7, " \r"));
    }
}

/* log_postfix_server - smtpd and cleanup: "... from NAME[ADDRESS]: ... helo=<NAME>", NAME proven or "unknown" */
static void log_postfix_server(const struct log_entry *entry)
{
    const char *from = strstr(entry->text, " from "), *helo = log_last(entry->text, " helo=<");
    struct vouch_address address;
    struct vouch_bytes host;

    if (from == NULL || helo == NULL || !log_bracket(from + 6, &host, &address))
        return;
    if (text_is(host, "unknown"))
        host.length = 0;
    log_client(entry, log_word(helo + 7, ">"), &address, host);
}

void log_postfix(const struct log_entry *entry)
{
    size_t length = strlen(entry->tag);

    if (length >= 5 && strcmp(entry->tag + length - 5, "/smtp") == 0)
        log_postfix_client(entry);
    else
        log_postfix_server(entry);
}

/* log_token - takes a word off a line; what stands in double quotes belongs to it */
static struct vouch_bytes log_token(const char **line)
{
    struct vouch_bytes token;
    bool quoted = false;

    *line += strspn(*line, " ");
    token = (struct vouch_bytes){(const uint8_t *)*line, 0};
    for (; **line != '\0' && (quoted || **line != ' '); (*line)++) {
        if (**line == '"')
            quoted = !quoted;
        else if (quoted && **line == '\\' && (*line)[1] != '\0')
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

/* What the fields of an Exim line say. */
struct exim_fields {
    char transport[TAG_SIZE]; /* "T=..."; empty: none */
    struct vouch_bytes host, helo;
    struct vouch_address remote, local; /* family 0: none */
};

/* log_exim_host - "H=NAME (HELO) [ADDRESS]": what follows the name is in the words behind it */
static void log_exim_host(struct exim_fields *fields, struct vouch_bytes name, const char **rest)
{
    fields->host = name;
    if (name.length != 0 && name.data[0] == '(') {
        fields->helo = (struct vouch_bytes){name.data + 1, name.length - (name.length > 1 ? 2 : 1)};
        fields->host.length = 0;
    }
    for (int i = 0; i < 2 && fields->remote.family == 0; i++) {
        const char *before = *rest;
        struct vouch_bytes word = log_token(rest);

        if (word.length > 2 && word.data[0] == '(') {
            fields->helo = (struct vouch_bytes){word.data + 1, word.length - 2};
        } else if (word.length == 0 || word.data[0] != '[' ||
                   !sightings_read_address(&fields->remote, (const char *)word.data, word.length)) {
            *rest = before;
            return;
        }
    }
    if (fields->helo.length == 0)
        fields->helo = fields->host;
}

/* log_exim_fields - T=, H= and I= of a line, the first of each */
static void log_exim_fields(struct exim_fields *fields, const char *rest)
{
    struct text text;

    memset(fields, 0, sizeof *fields);
    while (*rest != '\0') {
        struct vouch_bytes token = log_token(&rest);

        if (log_begins(token, "T=") && fields->transport[0] == '\0') {
            while (token.length != 0 && token.data[token.length - 1] == ':')
                token.length--;
            text_init(&text, fields->transport, sizeof fields->transport);
            text_add_bytes(&text, token.data, token.length);
        } else if (log_begins(token, "H=") && fields->host.data == NULL) {
            log_exim_host(fields, (struct vouch_bytes){token.data + 2, token.length - 2}, &rest);
        } else if (log_begins(token, "I=") && fields->local.family == 0) {
            sightings_read_address(&fields->local, (const char *)token.data + 2, token.length - 2);
        }
        rest += strspn(rest, " ");
    }
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
static void log_exim_error(const struct log_entry *entry, const struct exim_fields *fields, const char *text)
{
    static const char words[] = "SMTP error from remote mail server after ";
    const char *found = strstr(text, words);

    if (found == NULL || fields->transport[0] == '\0')
        return;
    found += strlen(words);
    found += strncmp(found, "pipelined ", 10) == 0 ? 10 : 0;
    if (strncmp(found, "EHLO ", 5) == 0 || strncmp(found, "HELO ", 5) == 0)
        log_helo(entry, fields->transport, log_word(found + 5, ": "));
}

void log_exim(const struct log_entry *entry)
{
    static const char *const flags[] = {" <= ", " => ", " -> ", " >> ", " == ", " ** "};
    struct exim_fields fields;
    const char *at = NULL;
    size_t kind;

    for (kind = 0; kind < sizeof flags / sizeof flags[0]; kind++) {
        const char *found = strstr(entry->text, flags[kind]);

        if (found != NULL && (at == NULL || found < at))
            at = found;
    }
    if (at == NULL)
        return;
    for (kind = 0; strncmp(at, flags[kind], 4) != 0;)
        kind++;
    at += 4;
    log_token(&at); /* the address */
    log_exim_fields(&fields, at);
    if (kind == 0 && fields.remote.family != 0)
        log_client(entry, fields.helo, &fields.remote, fields.host);
    else if (kind <= 3)
        log_exim_delivery(entry, &fields);
    else
        log_exim_error(entry, &fields, at);
}

void log_sendmail(const struct log_entry *entry)
{
    const char *relay = log_last(entry->text, ", relay="), *sent = log_last(entry->text, ", stat=Sent");
    struct vouch_address address;
    struct vouch_bytes host;

    if (strstr(entry->text, " to=") != NULL && relay != NULL && sent != NULL && relay < sent &&
        log_bracket(relay + 8, &host, &address))
        log_delivery(entry, "sendmail", host, &address);
}
