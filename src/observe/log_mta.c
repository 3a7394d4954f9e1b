/*
 * log_mta.c - lines of Postfix and Sendmail. What senders, recipients and remote servers wrote stands in them too: only
 * what the MTA itself puts at its place counts, and where a stranger may have written the same, nothing does.
 */
#include "observe/log.h"

#include "base/text.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SMALL   "abcdefghijklmnopqrstuvwxyz"
#define DIGITS  "0123456789"
#define QUEUE   LETTERS "bcdfghjklmnpqrstvwxyz" DIGITS /* of Postfix: no small vowel, so that no word is one */

/* log_bracket - "HOST[ADDRESS]" or "HOST [ADDRESS]" at the front; what follows it, or null: it is none */
static const char *log_bracket(const char *text, struct vouch_bytes *host, struct vouch_address *address)
{
    size_t length = strcspn(text, " [,");
    const char *open = text + length + (text[length] == ' ');
    size_t inside = strcspn(open, " ,]");

    *host = (struct vouch_bytes){(const uint8_t *)text, length};
    if (*open != '[' || open[inside] != ']' || !sightings_read_address(address, open, inside + 1))
        return NULL;
    return open + inside + 1;
}

/* log_only - the one place of a word in a text; null: none, or several, of which a stranger wrote some */
static const char *log_only(const char *text, const char *word)
{
    const char *found = strstr(text, word);

    return found != NULL && strstr(found + 1, word) == NULL ? found : NULL;
}

/* log_word - behind "WORD: " of some of these letters; null: the text does not begin so */
static const char *log_word(const char *text, const char *letters)
{
    size_t length = strspn(text, letters);

    return length != 0 && strncmp(text + length, ": ", 2) == 0 ? text + length + 2 : NULL;
}

/* log_postfix_client - the smtp program: deliveries, and what it says in HELO where it is debugged */
static void log_postfix_client(const struct log_entry *entry)
{
    const char *relay = log_only(entry->text, ">, relay="), *status;
    struct vouch_address address;
    struct vouch_bytes host;

    if (relay != NULL && (relay = log_bracket(strchr(relay, '=') + 1, &host, &address)) != NULL) {
        status = strstr(relay, ", status=");
        if (status != NULL && strncmp(status, ", status=sent ", 14) == 0)
            log_delivery(entry, entry->tag, host, &address);
    } else if (strncmp(entry->text, "> ", 2) == 0 && (relay = log_bracket(entry->text + 2, &host, &address)) != NULL) {
        relay += strspn(relay, ":" DIGITS);
        if (strncmp(relay - 1, ": EHLO ", 7) == 0 || strncmp(relay - 1, ": HELO ", 7) == 0)
            log_helo(entry, entry->tag, (struct vouch_bytes){(const uint8_t *)relay + 6, strcspn(relay + 6, " \r")});
    }
}

/* log_stage - "QUEUEID: ACTION: STAGE from " at the front; what follows, or null. A check of contents has no STAGE. */
static const char *log_stage(const char *text)
{
    const char *at = log_word(text, QUEUE);
    size_t length;

    if (at != NULL)
        at = log_word(at, SMALL "-_");
    if (at == NULL)
        return NULL;
    length = strspn(at, LETTERS "-");
    return length != 0 && strncmp(at + length, " from ", 6) == 0 ? at + length + 6 : NULL;
}

/* log_checked - a line of header_checks or body_checks: the client behind the contents; null: it cannot be told */
static const char *log_checked(const char *text)
{
    const char *at = log_only(text, "]; from=<");

    if (at == NULL || log_only(at, " helo=<") == NULL)
        return NULL;
    while (at > text && strchr(" <>", at[-1]) == NULL)
        at--;
    return at - text >= 6 && strncmp(at - 6, " from ", 6) == 0 ? at : NULL;
}

/* log_said - the HELO name at the end of a line, " helo=<NAME>" or with the text of a rule behind it; "" if none */
static struct vouch_bytes log_said(const char *text)
{
    const char *helo = NULL;
    size_t length;

    for (const char *at = text; (at = strstr(at, " helo=<")) != NULL; at++)
        helo = at + 7;
    length = helo == NULL ? 0 : strcspn(helo, "> ");
    if (length == 0 || helo[length] != '>' ||
        (helo[length + 1] != '\0' && helo[length + 1] != ':' && strncmp(helo + length + 1, " sasl_", 6) != 0))
        length = 0;
    return (struct vouch_bytes){(const uint8_t *)helo, length};
}

/* log_postfix_server - smtpd and cleanup: "... from NAME[ADDRESS]: ... helo=<NAME>", NAME proven or "unknown" */
static void log_postfix_server(const struct log_entry *entry)
{
    const char *client = log_stage(entry->text);
    struct vouch_address address;
    struct vouch_bytes host, helo;

    if (client == NULL)
        client = log_checked(entry->text);
    if (client == NULL || (client = log_bracket(client, &host, &address)) == NULL || strchr(":;", *client) == NULL)
        return;
    helo = log_said(client);
    if (text_is(host, "unknown"))
        host.length = 0;
    if (helo.length != 0)
        log_client(entry, helo, &address, host);
}

void log_postfix(const struct log_entry *entry)
{
    size_t length = strlen(entry->tag);

    if (length >= 5 && strcmp(entry->tag + length - 5, "/smtp") == 0)
        log_postfix_client(entry);
    else
        log_postfix_server(entry);
}

void log_sendmail(const struct log_entry *entry)
{
    const char *to = log_word(entry->text, LETTERS SMALL DIGITS), *relay = log_only(entry->text, ", relay=");
    struct vouch_address address;
    struct vouch_bytes host;

    if (to == NULL || strncmp(to, "to=", 3) != 0 || relay == NULL || log_only(entry->text, ", stat=") == NULL)
        return;
    relay = log_bracket(relay + 8, &host, &address);
    if (relay != NULL && (relay = strstr(relay, ", stat=")) != NULL && strncmp(relay, ", stat=Sent", 11) == 0)
        log_delivery(entry, "sendmail", host, &address);
}
