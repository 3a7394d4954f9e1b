/*
 * exim.c - sections and options of an Exim configuration, and the senders that they make.
 */
#include "observe/exim.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS      " \t\r\n"
#define DRIVERS_MAX 256
#define OPTION_SIZE 512
#define NAME_SIZE   128

/* An option's value and where it is set. */
struct exim_option {
    char value[OPTION_SIZE];
    char place[SIGHTINGS_PLACE_SIZE];
    bool set;
};

/* A router or a transport. */
struct exim_driver {
    char name[NAME_SIZE];
    struct exim_option driver, transport, route, hosts, helo_data, interface;
};

enum exim_section { EXIM_MAIN, EXIM_ROUTERS, EXIM_TRANSPORTS, EXIM_OTHER };

struct exim {
    struct exim_lines lines;
    const struct machine *machine;
    struct sightings *sightings;
    enum exim_section section;
    struct exim_option primary_hostname;
    struct exim_driver *drivers[2]; /* routers, transports */
    size_t counts[2];
};

/* exim_set - keep a value; one in double quotes without them */
static void exim_set(struct exim_option *option, const char *value, const char *place)
{
    struct text text;

    text_init(&text, option->value, sizeof option->value);
    if (value[0] != '"') {
        text_add(&text, value);
    } else {
        for (value++; *value != '\0' && *value != '"'; value++) {
            value += *value == '\\' && value[1] != '\0';
            text_add_char(&text, *value);
        }
    }
    sightings_copy(option->place, sizeof option->place, place);
    option->set = true;
}

/* exim_begin - "begin SECTION"; false: the line is none */
static bool exim_begin(struct exim *exim, const char *line)
{
    const char *name;

    if (strncmp(line, "begin", 5) != 0 || strspn(line + 5, BLANKS) == 0)
        return false;
    name = line + 5 + strspn(line + 5, BLANKS);
    exim->section = strncmp(name, "routers", 7) == 0       ? EXIM_ROUTERS
                    : strncmp(name, "transports", 10) == 0 ? EXIM_TRANSPORTS
                                                           : EXIM_OTHER;
    return true;
}

/* exim_new_driver - "NAME:" begins one; false: the line does not */
static bool exim_new_driver(struct exim *exim, const char *line, size_t length, const char *place)
{
    int kind = exim->section == EXIM_TRANSPORTS;
    struct exim_driver *driver;
    struct text text;

    if (line[length + strspn(line + length, BLANKS)] != ':')
        return false;
    if (exim->counts[kind] == DRIVERS_MAX) {
        sightings_remark(exim->sightings, place, "too many routers or transports: the rest was left out");
        exim->section = EXIM_OTHER;
        return true;
    }
    driver = &exim->drivers[kind][exim->counts[kind]++];
    memset(driver, 0, sizeof *driver);
    text_init(&text, driver->name, sizeof driver->name);
    text_add_bytes(&text, line, length);
    return true;
}

/* exim_driver_option - an option of the router or transport that was begun last */
static void exim_driver_option(struct exim_driver *driver, struct vouch_bytes name, const char *value,
                               const char *place)
{
    const struct {
        const char *name;
        struct exim_option *option;
    } options[] = {
        {"driver", &driver->driver},    {"transport", &driver->transport}, {"helo_data", &driver->helo_data},
        {"route_list", &driver->route}, {"route_data", &driver->route},    {"interface", &driver->interface},
        {"hosts", &driver->hosts},
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (text_is(name, options[i].name))
            exim_set(options[i].option, value, place);
    }
}

/* exim_line_take - one logical line */
static void exim_line_take(void *owner, char *line, const char *place)
{
    struct exim *exim = owner;
    int kind = exim->section == EXIM_TRANSPORTS;
    struct vouch_bytes name;
    const char *value;

    if (exim_begin(exim, line) || exim->section == EXIM_OTHER)
        return;
    if (strncmp(line, "hide ", 5) == 0)
        line += 5 + strspn(line + 5, BLANKS);
    for (name = (struct vouch_bytes){(uint8_t *)line, 0}; text_is_alnum(line[name.length]) || line[name.length] == '_';)
        name.length++;
    if (exim->section != EXIM_MAIN && exim_new_driver(exim, line, name.length, place))
        return;
    value = line + name.length + strspn(line + name.length, BLANKS);
    if (*value != '=')
        return;
    value += 1 + strspn(value + 1, BLANKS);
    if (exim->section == EXIM_MAIN && text_is(name, "primary_hostname"))
        exim_set(&exim->primary_hostname, value, place);
    else if (exim->section != EXIM_MAIN && exim->counts[kind] != 0)
        exim_driver_option(&exim->drivers[kind][exim->counts[kind] - 1], name, value, place);
}

struct exim *exim_new(const struct machine *machine, struct sightings *sightings)
{
    struct exim *exim = calloc(1, sizeof *exim);

    if (exim == NULL)
        return NULL;
    exim_lines_init(&exim->lines, machine, sightings);
    exim->lines.line = exim_line_take;
    exim->lines.owner = exim;
    exim->machine = machine;
    exim->sightings = sightings;
    for (int i = 0; i < 2; i++)
        exim->drivers[i] = calloc(DRIVERS_MAX, sizeof *exim->drivers[i]);
    if (exim->drivers[0] != NULL && exim->drivers[1] != NULL)
        return exim;
    exim_free(exim);
    return NULL;
}

void exim_free(struct exim *exim)
{
    if (exim == NULL)
        return;
    exim_lines_free(&exim->lines);
    free(exim->drivers[0]);
    free(exim->drivers[1]);
    free(exim);
}

void exim_read(struct exim *exim, struct lines *lines)
{
    exim_lines_read(&exim->lines, lines);
}

/* exim_shell_value - the value of a line NAME='value' of a shell file, in place; false: the line is none */
static bool exim_shell_value(char *line, char **name, char **value)
{
    char *equals = strchr(line, '=');

    if (equals == NULL || lines_is_comment(line))
        return false;
    *equals = '\0';
    *name = lines_trim(line);
    *value = lines_trim(equals + 1);
    if ((*value)[0] == '\'' || (*value)[0] == '"') {
        char quote = *(*value)++;

        (*value)[strcspn(*value, quote == '"' ? "\"" : "'")] = '\0';
    }
    return true;
}

void exim_read_debian(struct exim *exim, struct lines *lines, bool *split)
{
    char place[SIGHTINGS_PLACE_SIZE], macro[NAME_SIZE], *name, *value;

    *split = false;
    while (lines_next(lines)) {
        sightings_place(place, lines->label, lines->number);
        if (!exim_shell_value(lines->line, &name, &value))
            continue;
        if (strcmp(name, "dc_use_split_config") == 0) {
            *split = text_is_nocase(text_bytes(value), "true");
        } else if (strcmp(name, "dc_eximconfig_configtype") == 0) {
            snprintf(macro, sizeof macro, "DCconfig_%.64s", value);
            exim_lines_define(&exim->lines, macro, "1", place);
            exim_lines_define(&exim->lines, "DC_eximconfig_configtype", value, place);
        } else if (strcmp(name, "dc_smarthost") == 0) {
            exim_lines_define(&exim->lines, "DCsmarthost", value, place);
        } else if (strcmp(name, "dc_minimaldns") == 0 && strcmp(value, "true") == 0) {
            exim_lines_define(&exim->lines, "DC_minimaldns", "1", place);
            if (strchr(exim->machine->canonical, '.') != NULL)
                exim_lines_define(&exim->lines, "MAIN_HARDCODE_PRIMARY_HOSTNAME", exim->machine->canonical, place);
        } else if (name[0] >= 'A' && name[0] <= 'Z' && strcmp(name, "CFILEMODE") != 0) {
            exim_lines_define(&exim->lines, name, value, place);
        }
    }
}

/* exim_hostname - primary_hostname as this Exim has it; false, after a remark: not known */
static bool exim_hostname(const struct exim *exim, const char *label, char name[OPTION_SIZE],
                          char place[SIGHTINGS_PLACE_SIZE])
{
    const struct machine *machine = exim->machine;

    if (exim->primary_hostname.set) {
        sightings_copy(name, OPTION_SIZE, exim->primary_hostname.value);
        sightings_copy(place, SIGHTINGS_PLACE_SIZE, exim->primary_hostname.place);
        return true;
    }
    snprintf(place, SIGHTINGS_PLACE_SIZE, "%.200s: host name of the machine", label);
    sightings_copy(name, OPTION_SIZE, strchr(machine->hostname, '.') != NULL ? machine->hostname : machine->canonical);
    if (strchr(name, '.') != NULL)
        return true;
    sightings_remark(exim->sightings, label,
                     "primary_hostname is not set: Exim takes the whole name of the host as the DNS or the hosts file "
                     "has it, which is not known from here");
    return false;
}

/* exim_expand - text with $primary_hostname put in; false: it holds another expansion */
static bool exim_expand(const char *from, const char *hostname, char *to, size_t size)
{
    static const char *const forms[] = {"${primary_hostname}", "$primary_hostname"};
    struct text text;

    text_init(&text, to, size);
    while (*from != '\0') {
        size_t taken = 0;

        for (size_t i = 0; i < 2 && taken == 0; i++) {
            size_t length = strlen(forms[i]);

            if (strncmp(from, forms[i], length) == 0 &&
                (i == 0 || !(text_is_alnum(from[length]) || from[length] == '_')))
                taken = hostname == NULL ? 0 : length;
        }
        if (taken == 0 && (*from == '$' || *from == '\\'))
            return false;
        if (taken != 0)
            text_add(&text, hostname);
        else
            text_add_char(&text, *from);
        from += taken != 0 ? taken : 1;
    }
    return !text.cut;
}

/* exim_helo - the HELO name of a transport */
static void exim_helo(const struct exim *exim, const struct exim_driver *transport, struct sender *sender,
                      const char *label)
{
    char hostname[OPTION_SIZE], value[OPTION_SIZE];
    const struct exim_option *data = &transport->helo_data;
    bool needed = !data->set || strstr(data->value, "primary_hostname") != NULL;
    bool known = false;

    if (needed)
        known = exim_hostname(exim, label, hostname, sender->helo_place);
    if (data->set) {
        sightings_copy(sender->helo_place, sizeof sender->helo_place, data->place);
        if (exim_expand(data->value, known ? hostname : NULL, value, sizeof value))
            sightings_copy(sender->helo, sizeof sender->helo, value);
        else if (known || !needed)
            sightings_remark(exim->sightings, data->place,
                             "helo_data = %.300s: is worked out for each connection; a log or a message says what it "
                             "becomes (--log, --mail)",
                             data->value);
    } else if (known) {
        sightings_copy(sender->helo, sizeof sender->helo, hostname);
    }
}

/* exim_list_item - takes an item off a list; a doubled separator is one of the text; false: the end */
static bool exim_list_item(const char **list, char separator, char item[VOUCH_ADDRESS_SIZE])
{
    struct text text;

    *list += strspn(*list, BLANKS);
    if (**list == '\0')
        return false;
    text_init(&text, item, VOUCH_ADDRESS_SIZE);
    for (; **list != '\0' && (**list != separator || (*list)[1] == separator); (*list)++) {
        text_add_char(&text, **list);
        *list += **list == separator;
    }
    *list += **list == separator;
    return true;
}

/* exim_bind - the addresses that connections of a transport leave from: the first of each version of IP */
static void exim_bind(const struct exim *exim, const struct exim_driver *transport, struct sender *sender)
{
    const struct exim_option *interface = &transport->interface;
    const char *list = interface->value;
    char separator = ':', item[VOUCH_ADDRESS_SIZE];

    if (!interface->set || interface->value[0] == '\0')
        return;
    if (strpbrk(interface->value, "$\\") != NULL) {
        sightings_remark(
            exim->sightings, interface->place,
            "interface = %.300s: is worked out for each connection; a log with +incoming_interface +outgoing_interface says what "
            "it becomes (--log)",
            interface->value);
        return;
    }
    if (list[0] == '<' && list[1] != '\0') {
        separator = list[1];
        list += 2;
    }
    while (exim_list_item(&list, separator, item)) {
        struct sighted_address seen = {.evidence = EVIDENCE_CONFIG, .times = 1};
        char *word = lines_trim(item);

        if (!sightings_read_address(&seen.address, word, strlen(word))) {
            sightings_remark(exim->sightings, interface->place, "interface: %s: no address", word);
            continue;
        }
        sightings_copy(seen.place, sizeof seen.place, interface->place);
        if (!(seen.address.family == 4 ? sender->bound_4 : sender->bound_6))
            sender_address(exim->sightings, sender, &seen);
        *(seen.address.family == 4 ? &sender->bound_4 : &sender->bound_6) = true;
    }
}

/* exim_next_hop - is a transport used by routers only that name the host to go to, or does it name one itself? */
static void exim_next_hop(const struct exim *exim, const struct exim_driver *transport, struct sender *sender)
{
    const struct exim_option *named = NULL;

    for (size_t i = 0; i < exim->counts[0]; i++) {
        const struct exim_driver *router = &exim->drivers[0][i];
        bool used = strcmp(router->transport.value, transport->name) == 0;

        if (used && strcmp(router->driver.value, "manualroute") == 0)
            named = &router->route;
        else if (used && transport->hosts.set && strcmp(router->driver.value, "accept") == 0)
            named = &transport->hosts;
        else if (used || strchr(router->transport.value, '$') != NULL)
            return;
    }
    if (named == NULL)
        return;
    sightings_copy(sender->next_hop, sizeof sender->next_hop,
                   named->value[0] == '\0' ? "hosts that a router names" : named->value);
    sightings_copy(sender->next_hop_place, sizeof sender->next_hop_place, named->place);
}

/* exim_is_used - does any router lead to it, as far as can be known? */
static bool exim_is_used(const struct exim *exim, const struct exim_driver *transport)
{
    for (size_t i = 0; i < exim->counts[0]; i++) {
        const struct exim_option *used = &exim->drivers[0][i].transport;

        if (strcmp(used->value, transport->name) == 0 || strchr(used->value, '$') != NULL)
            return true;
    }
    return exim->counts[0] == 0;
}

/* exim_is_looked_up - does a route hold an expansion, or a list "TYPE;FILE"? A ";" before a blank ends a rule. */
static bool exim_is_looked_up(const char *route)
{
    for (const char *at = route; *at != '\0'; at++) {
        if (*at == '$' || (*at == ';' && at > route && text_is_alnum(at[-1]) && strchr(BLANKS, at[1]) == NULL))
            return true;
    }
    return false;
}

/* exim_lookups - say where routers work out for each message which host it goes to */
static void exim_lookups(const struct exim *exim)
{
    for (size_t i = 0; i < exim->counts[0]; i++) {
        const struct exim_driver *router = &exim->drivers[0][i];

        if (strcmp(router->driver.value, "manualroute") == 0 && exim_is_looked_up(router->route.value))
            sightings_remark(
                exim->sightings, router->route.place,
                "router %s: %.200s: is looked up for each message and was not read; some mail may leave on "
                "ways that it names",
                router->name, router->route.value);
        if (strchr(router->transport.value, '$') != NULL)
            sightings_remark(exim->sightings, router->transport.place,
                             "router %s: transport = %.200s: is worked out for each message; which transports it names "
                             "is not known",
                             router->name, router->transport.value);
    }
}

void exim_senders(struct exim *exim, const char *label)
{
    char text[SIGHTINGS_PLACE_SIZE];
    bool found = false;

    for (size_t i = 0; i < exim->counts[1]; i++) {
        const struct exim_driver *transport = &exim->drivers[1][i];
        struct sender *sender;

        if (strcmp(transport->driver.value, "smtp") != 0 || !exim_is_used(exim, transport))
            continue;
        found = true;
        snprintf(text, sizeof text, "Exim transport %.128s", transport->name);
        sender = sightings_sender(exim->sightings, text);
        if (sender == NULL)
            return;
        snprintf(sender->tag, sizeof sender->tag, "T=%.128s", transport->name);
        exim_helo(exim, transport, sender, label);
        exim_bind(exim, transport, sender);
        exim_next_hop(exim, transport, sender);
    }
    if (!found)
        sightings_remark(exim->sightings, label,
                         "no router leads to a transport with driver = smtp: nothing leaves by "
                         "SMTP as far as this can be known");
    exim_lookups(exim);
    if (exim->lines.macros.full)
        sightings_remark(exim->sightings, label, "too many macros: some were left out");
}
