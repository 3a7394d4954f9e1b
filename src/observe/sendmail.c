/*
 * sendmail.c - reads sendmail.cf, and finds the sender.
 */
#include "observe/sendmail.h"

#include "base/address.h"
#include "base/text.h"
#include "observe/hosts.h"

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

/* sendmail_set_map - "Kname class file", if the name is mailertable */
static void sendmail_set_map(struct settings *settings, const char *line, const char *place)
{
    size_t length = strcspn(line, BLANKS);

    if (text_is((struct vouch_bytes){(const uint8_t *)line + 1, length - 1}, "mailertable"))
        settings_set(settings, "mailertable", line + length + strspn(line + length, BLANKS), place);
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
        else if (line.text[0] == 'K')
            sendmail_set_map(settings, line.text, place);
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

/* A way on which Sendmail sends: one version of IP, or both. */
struct sendmail_way {
    struct sightings *sightings;
    struct sender *sender;
    const struct settings *settings;
    const struct machine *machine;
};

/* sendmail_client - ClientPortOptions of one version of IP; null: not set */
static const struct setting *sendmail_client(const struct settings *settings, bool four)
{
    return settings_find(settings, four ? "ClientPortOptions inet" : "ClientPortOptions inet6");
}

/* sendmail_is_interface - is the HELO name that of the interface? HeloName goes before it */
static bool sendmail_is_interface(const struct settings *settings, bool four)
{
    const struct setting *client = sendmail_client(settings, four), *name = settings_find(settings, "HeloName");
    char value[VALUE_SIZE];

    if (client == NULL || (name != NULL && name->value[0] != '\0'))
        return false;
    sendmail_client_value(client->value, 'm', value);
    return strchr(value, 'h') != NULL;
}

/* sendmail_line - the first name of the line of the hosts file that has the one address of a sender */
static void sendmail_line(void *owner, const char *text, char *names)
{
    struct sender *sender = owner;
    const struct vouch_address *bound = &sender->addresses[0].address;
    struct vouch_address address;
    const char *name;

    if (sender->helo[0] == '\0' && sightings_read_address(&address, text, strlen(text)) &&
        address_equals(bound, (struct vouch_bytes){address.octets, address_length(&address)}) &&
        (name = hosts_name(&names)) != NULL)
        sightings_copy(sender->helo, sizeof sender->helo, name);
}

/* sendmail_interface - the HELO name is that of the interface that a connection leaves from */
static void sendmail_interface(const struct sendmail_way *way, bool four)
{
    const struct setting *row = sendmail_client(way->settings, four);

    sightings_copy(way->sender->helo_place, sizeof way->sender->helo_place, row->place);
    if (way->sender->addresses_count == 1)
        hosts_read(way->machine, sendmail_line, way->sender);
    if (way->sender->helo[0] == '\0')
        sightings_remark(way->sightings, row->place,
                         "ClientPortOptions: Modify=h: the HELO name is that of the interface in the DNS, which is not "
                         "known from here");
}

/* sendmail_bind - the address of ClientPortOptions for one version of IP */
static void sendmail_bind(const struct sendmail_way *way, bool four)
{
    const struct setting *row = sendmail_client(way->settings, four);
    struct sighted_address seen = {.evidence = EVIDENCE_CONFIG, .times = 1};
    char value[VALUE_SIZE];

    if (row == NULL)
        return;
    sightings_copy(seen.place, sizeof seen.place, row->place);
    sendmail_client_value(row->value, 'a', value);
    if (value[0] == '\0')
        return;
    if (!sightings_read_address(&seen.address, value, strlen(value)) || seen.address.family != (four ? 4 : 6)) {
        sightings_remark(way->sightings, row->place, "ClientPortOptions: Addr=%.200s: no address of this version of IP",
                         value);
        return;
    }
    if (sightings_is_any(&seen.address))
        return;
    sender_address(way->sightings, way->sender, &seen);
    *(four ? &way->sender->bound_4 : &way->sender->bound_6) = true;
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

/* sendmail_table - say that single domains may go other ways */
static void sendmail_table(struct sightings *sightings, const struct settings *settings)
{
    const struct setting *row = settings_find(settings, "mailertable");

    if (row != NULL)
        sightings_remark(sightings, row->place,
                         "mailertable%s%.200s: was not read; some mail may leave on ways that it names",
                         row->value[0] == '\0' ? "" : " ", row->value);
}

void sendmail_sender(struct sightings *sightings, const struct settings *settings, const struct machine *machine,
                     const char *label)
{
    const bool interface[2] = {sendmail_is_interface(settings, true), sendmail_is_interface(settings, false)};
    const bool parted = interface[0] || interface[1]; /* the versions of IP have names of their own */

    for (int version = 0; version <= parted; version++) {
        const bool four = version == 0;
        struct sender *sender = sightings_sender(sightings, !parted ? "Sendmail"
                                                            : four  ? "Sendmail over IPv4"
                                                                    : "Sendmail over IPv6");
        const struct sendmail_way way = {sightings, sender, settings, machine};

        if (sender == NULL)
            break;
        if (version == 0)
            sightings_copy(sender->tag, sizeof sender->tag, "sendmail");
        sender->without_4 = parted && !four;
        sender->without_6 = parted && four;
        if (!sender->without_4)
            sendmail_bind(&way, true);
        if (!sender->without_6)
            sendmail_bind(&way, false);
        if (interface[version])
            sendmail_interface(&way, four);
        else
            sendmail_helo(sightings, sender, settings, machine, label);
        sendmail_next_hop(sender, settings);
    }
    sendmail_table(sightings, settings);
}
