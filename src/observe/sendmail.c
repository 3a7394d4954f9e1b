/*
 * sendmail.c - reads sendmail.cf, and finds the sender.
 */
#include "observe/sendmail.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS     " \t\r\n"
#define VALUE_SIZE 1024
#define DEPTH_MAX  16

/* sendmail_client_option - "Key=value" within ClientPortOptions, by the first letter of its key; null: not there */
static char *sendmail_client_option(char *copy, char letter)
{
    for (char *word = copy, *next; word != NULL; word = next) {
        char *equals;

        next = strchr(word, ',');
        if (next != NULL)
            *next++ = '\0';
        word = lines_trim(word);
        equals = strchr(word, '=');
        if (equals != NULL && text_lower(word[0]) == letter)
            return lines_trim(equals + 1);
    }
    return NULL;
}

/* sendmail_client_value - the same of a text that stays as it is; empty: not there */
static void sendmail_client_value(const char *text, char letter, char value[VALUE_SIZE])
{
    char copy[VALUE_SIZE];
    const char *found;

    sightings_copy(copy, sizeof copy, text);
    found = sendmail_client_option(copy, letter);
    sightings_copy(value, VALUE_SIZE, found == NULL ? "" : found);
}

void sendmail_set_client(struct settings *settings, const char *text, const char *place, struct sightings *sightings)
{
    char family[VALUE_SIZE];

    sendmail_client_value(text, 'f', family);
    if (family[0] == '\0' || strcmp(family, "inet") == 0)
        settings_set(settings, "ClientPortOptions inet", text, place);
    else if (strcmp(family, "inet6") == 0)
        settings_set(settings, "ClientPortOptions inet6", text, place);
    else
        sightings_remark(sightings, place, "ClientPortOptions: Family=%.100s is not looked at", family);
}

/* sendmail_set_macro - "Dxvalue" or "D{name}value" */
static void sendmail_set_macro(struct settings *settings, const char *line, const char *place)
{
    char name[128] = "$";
    struct text text;

    text_init(&text, name + 1, sizeof name - 1);
    if (line[1] == '{') {
        size_t length = strcspn(line, "}");

        text_add_bytes(&text, line + 2, length - 2);
        line += length + (line[length] == '}');
    } else if (line[1] != '\0') {
        text_add_char(&text, line[1]);
        line += 2;
    } else {
        return;
    }
    settings_set(settings, name, line, place);
}

/* sendmail_set_option - "O Name=value" */
static void sendmail_set_option(struct settings *settings, char *line, const char *place, struct sightings *sightings)
{
    char *equals = strchr(line, '='), *name;

    if (line[1] != ' ' || equals == NULL)
        return;
    *equals = '\0';
    name = lines_trim(line + 1);
    if (text_is_nocase(text_bytes(name), "ClientPortOptions"))
        sendmail_set_client(settings, equals + 1, place, sightings);
    else if (text_is_nocase(text_bytes(name), "HeloName"))
        settings_set(settings, "HeloName", lines_trim(equals + 1), place);
}

void sendmail_read_cf(struct settings *settings, struct lines *lines, struct sightings *sightings)
{
    struct folded_line line = {.text = malloc(LINES_LENGTH_MAX), .size = LINES_LENGTH_MAX};
    char place[SIGHTINGS_PLACE_SIZE];

    while (line.text != NULL && lines_next_folded(lines, &line)) {
        sightings_place(place, lines->label, line.number);
        if (line.text[0] == 'D')
            sendmail_set_macro(settings, line.text, place);
        else if (line.text[0] == 'O')
            sendmail_set_option(settings, line.text, place, sightings);
    }
    free(line.text);
}

/* A value that is being worked out. */
struct sendmail_scope {
    const struct settings *settings;
    const struct machine *machine;
    unsigned depth, budget;
};

static bool sendmail_expand(struct sendmail_scope *scope, const char *from, struct text *out);

/* sendmail_host - what $w, $j, $m and $k are before the configuration is read */
static bool sendmail_host(const struct sendmail_scope *scope, const char *name, struct text *out)
{
    const struct machine *machine = scope->machine;
    const char *whole = machine->canonical[0] != '\0' ? machine->canonical : machine->hostname;
    const char *dot = strchr(whole, '.');

    if (whole[0] == '\0' || (dot == NULL && strcmp(name, "$w") != 0))
        return false;
    if (strcmp(name, "$w") == 0)
        text_add_bytes(out, whole, dot == NULL ? strlen(whole) : (size_t)(dot - whole));
    else if (strcmp(name, "$j") == 0)
        text_add(out, whole);
    else if (strcmp(name, "$m") == 0)
        text_add(out, dot + 1);
    else
        return false;
    return true;
}

/* sendmail_macro - the value of a macro; false: not known */
static bool sendmail_macro(struct sendmail_scope *scope, const char *name, struct text *out)
{
    const struct setting *row = settings_find(scope->settings, name);
    bool fine;

    if (scope->depth == DEPTH_MAX || scope->budget == 0)
        return false;
    scope->depth++;
    scope->budget--;
    fine = row == NULL ? sendmail_host(scope, name, out) : sendmail_expand(scope, row->value, out);
    scope->depth--;
    return fine;
}

/* sendmail_expand - text with $x and ${name} put in; false: it holds what is not known */
static bool sendmail_expand(struct sendmail_scope *scope, const char *from, struct text *out)
{
    while (*from != '\0') {
        char name[128] = "$";
        struct text text;

        if (*from != '$') {
            text_add_char(out, *from++);
            continue;
        }
        text_init(&text, name + 1, sizeof name - 1);
        if (from[1] == '{') {
            text_add_bytes(&text, from + 2, strcspn(from + 2, "}"));
            from += 2 + text.length;
            if (*from++ != '}')
                return false;
        } else if (text_is_alnum(from[1])) {
            text_add_char(&text, from[1]);
            from += 2;
        } else {
            return false;
        }
        if (!sendmail_macro(scope, name, out))
            return false;
    }
    return !out->cut;
}

/* sendmail_helo - the HELO name: HeloName, or $j */
static void sendmail_helo(struct sightings *sightings, struct sender *sender, const struct settings *settings,
                          const struct machine *machine, const char *label)
{
    struct sendmail_scope scope = {settings, machine, 0, 1000};
    const struct setting *row = settings_find(settings, "HeloName");
    struct text text;

    text_init(&text, sender->helo, sizeof sender->helo);
    if (row != NULL && row->value[0] != '\0') {
        text_add(&text, row->value);
        sightings_copy(sender->helo_place, sizeof sender->helo_place, row->place);
        return;
    }
    row = settings_find(settings, "$j");
    if (row != NULL)
        sightings_copy(sender->helo_place, sizeof sender->helo_place, row->place);
    else
        snprintf(sender->helo_place, sizeof sender->helo_place, "%.200s: host name of the machine", label);
    if (sendmail_macro(&scope, "$j", &text) && !text.cut)
        return;
    sender->helo[0] = '\0';
    if (row != NULL)
        sightings_remark(sightings, row->place, "$j = %.200s: cannot be known from here", row->value);
    else
        sightings_remark(sightings, label,
                         "$j is not set: Sendmail takes the whole name of the host as the DNS or the "
                         "hosts file has it, which is not known from here");
}

/* sendmail_bind - the address of ClientPortOptions for one version of IP */
static void sendmail_bind(struct sightings *sightings, struct sender *sender, const struct settings *settings,
                          bool four)
{
    const struct setting *row = settings_find(settings, four ? "ClientPortOptions inet" : "ClientPortOptions inet6");
    struct sighted_address seen = {.evidence = EVIDENCE_CONFIG, .times = 1};
    char value[VALUE_SIZE];

    if (row == NULL)
        return;
    sightings_copy(seen.place, sizeof seen.place, row->place);
    sendmail_client_value(row->value, 'm', value);
    if (strchr(value, 'h') != NULL) {
        sightings_remark(sightings, row->place,
                         "ClientPortOptions: Modify=h: the HELO name is that of the interface in "
                         "the DNS, which is not known from here");
        sender->helo[0] = '\0';
    }
    sendmail_client_value(row->value, 'a', value);
    if (value[0] == '\0')
        return;
    if (!sightings_read_address(&seen.address, value, strlen(value)) || seen.address.family != (four ? 4 : 6)) {
        sightings_remark(sightings, row->place, "ClientPortOptions: Addr=%.200s: no address of this version of IP",
                         value);
        return;
    }
    if (strspn(value, "0.:") == strlen(value))
        return; /* any */
    sender_address(sightings, sender, &seen);
    *(four ? &sender->bound_4 : &sender->bound_6) = true;
}

/* sendmail_next_hop - a smart host: [relay], relay, mailer:relay */
static void sendmail_next_hop(struct sender *sender, const struct settings *settings)
{
    const struct setting *row = settings_find(settings, "$S");

    if (row == NULL || row->value[strspn(row->value, BLANKS)] == '\0')
        return;
    sightings_copy(sender->next_hop, sizeof sender->next_hop, row->value);
    sightings_copy(sender->next_hop_place, sizeof sender->next_hop_place, row->place);
}

void sendmail_sender(struct sightings *sightings, const struct settings *settings, const struct machine *machine,
                     const char *label)
{
    struct sender *sender = sightings_sender(sightings, "Sendmail");

    if (sender == NULL)
        return;
    sightings_copy(sender->tag, sizeof sender->tag, "sendmail");
    sendmail_helo(sightings, sender, settings, machine, label);
    sendmail_bind(sightings, sender, settings, true);
    sendmail_bind(sightings, sender, settings, false);
    sendmail_next_hop(sender, settings);
}
