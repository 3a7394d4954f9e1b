/*
 * exim.c - sections and options of an Exim configuration, and the senders that they make.
 */
#include "observe/exim_parts.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

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

    if (strncmp(line, "begin", 5) != 0 || strspn(line + 5, EXIM_BLANKS) == 0)
        return false;
    name = line + 5 + strspn(line + 5, EXIM_BLANKS);
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

    if (line[length + strspn(line + length, EXIM_BLANKS)] != ':')
        return false;
    if (exim->counts[kind] == EXIM_DRIVERS_MAX) {
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
        {"driver", &driver->driver},         {"transport", &driver->transport},   {"helo_data", &driver->helo_data},
        {"route_list", &driver->route_list}, {"route_data", &driver->route_data}, {"interface", &driver->interface},
        {"hosts", &driver->hosts},           {"domains", &driver->domains},
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
        line += 5 + strspn(line + 5, EXIM_BLANKS);
    for (name = (struct vouch_bytes){(uint8_t *)line, 0}; text_is_alnum(line[name.length]) || line[name.length] == '_';)
        name.length++;
    if (exim->section != EXIM_MAIN && exim_new_driver(exim, line, name.length, place))
        return;
    value = line + name.length + strspn(line + name.length, EXIM_BLANKS);
    if (*value != '=')
        return;
    value += 1 + strspn(value + 1, EXIM_BLANKS);
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
        exim->drivers[i] = calloc(EXIM_DRIVERS_MAX, sizeof *exim->drivers[i]);
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
    char place[SIGHTINGS_PLACE_SIZE], macro[EXIM_NAME_SIZE], *name, *value;

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

/* exim_sender - one transport: a sender, and more like it for the other names that it may say */
static void exim_sender(const struct exim *exim, const struct exim_driver *transport, const char *label)
{
    char text[SIGHTINGS_PLACE_SIZE];
    struct exim_names names;
    struct sender *sender, *other;

    snprintf(text, sizeof text, "Exim transport %.128s", transport->name);
    sender = sightings_sender(exim->sightings, text);
    if (sender == NULL)
        return;
    snprintf(sender->tag, sizeof sender->tag, "T=%.128s", transport->name);
    exim_bind(exim, transport, sender);
    exim_next_hop(exim, transport, sender);
    exim_helo(exim, transport, &names, label);
    sightings_copy(sender->helo_place, sizeof sender->helo_place, names.place);
    for (size_t i = 0; i < names.count; i++) {
        other = i == 0 ? sender : sightings_sender(exim->sightings, text);
        if (other == NULL)
            return;
        if (i != 0) {
            *other = *sender;
            other->tag[0] = '\0';
            other->same = sender;
        }
        sightings_copy(other->helo, sizeof other->helo, names.names[i]);
    }
}

void exim_senders(struct exim *exim, const char *label)
{
    bool found = false;

    for (size_t i = 0; i < exim->counts[1]; i++) {
        const struct exim_driver *transport = &exim->drivers[1][i];

        if (strcmp(transport->driver.value, "smtp") != 0 || !exim_is_used(exim, transport))
            continue;
        found = true;
        exim_sender(exim, transport, label);
    }
    if (!found)
        sightings_remark(exim->sightings, label,
                         "no router leads to a transport with driver = smtp: nothing leaves by "
                         "SMTP as far as this can be known");
    exim_lookups(exim);
    if (exim->lines.macros.full)
        sightings_remark(exim->sightings, label, "too many macros: some were left out");
}
