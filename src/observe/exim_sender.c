/*
 * exim_sender.c - the HELO name and the source addresses of an Exim transport.
 */
#include "observe/exim_parts.h"

#include "base/text.h"

#include <string.h>

/* exim_hostname - primary_hostname as this Exim has it; false, after a remark: not known */
static bool exim_hostname(const struct exim *exim, const char *label, char name[EXIM_OPTION_SIZE],
                          char place[SIGHTINGS_PLACE_SIZE])
{
    const struct machine *machine = exim->machine;

    if (exim->primary_hostname.set) {
        sightings_copy(name, EXIM_OPTION_SIZE, exim->primary_hostname.value);
        sightings_copy(place, SIGHTINGS_PLACE_SIZE, exim->primary_hostname.place);
        return true;
    }
    snprintf(place, SIGHTINGS_PLACE_SIZE, "%.200s: host name of the machine", label);
    sightings_copy(name, EXIM_OPTION_SIZE,
                   strchr(machine->hostname, '.') != NULL ? machine->hostname : machine->canonical);
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

/* exim_add_name - one name more, each once */
static void exim_add_name(struct exim_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) == 0)
            return;
    }
    if (names->count == EXIM_NAMES_MAX || name[0] == '\0')
        names->open = true;
    else
        sightings_copy(names->names[names->count++], EXIM_OPTION_SIZE, name);
}

/* exim_group - takes a balanced {...} off the front, blanks before it too; false: none is there */
static bool exim_group(struct vouch_bytes *from, struct vouch_bytes *inside)
{
    size_t at = 0, depth = 0;

    while (at < from->length && strchr(EXIM_BLANKS, from->data[at]) != NULL)
        at++;
    if (at == from->length || from->data[at] != '{')
        return false;
    for (size_t i = at; i < from->length; i++) {
        depth += from->data[i] == '{';
        depth -= from->data[i] == '}';
        i += from->data[i] == '\\';
        if (depth == 0) {
            *inside = (struct vouch_bytes){from->data + at + 1, i - at - 1};
            *from = (struct vouch_bytes){from->data + i + 1, from->length - i - 1};
            return true;
        }
    }
    return false;
}

/* exim_condition - takes "eq{..}{..}" and the like off the front; false: no condition that is known here */
static bool exim_condition(struct vouch_bytes *from)
{
    static const char *const groups[3][24] = {
        {"first_delivery", "queue_running", NULL},
        {"exists", "isip", "isip4", "isip6", "bool", "bool_lax", "and", "or", "acl", NULL},
        {"=",
         "==",
         "<",
         "<=",
         ">",
         ">=",
         "eq",
         "eqi",
         "lt",
         "lti",
         "le",
         "lei",
         "gt",
         "gti",
         "ge",
         "gei",
         "match",
         "match_domain",
         "match_address",
         "match_ip",
         "match_local_part",
         "inlist",
         "inlisti",
         NULL}};
    struct vouch_bytes name, inside;
    int count = -1;

    while (from->length != 0 && (strchr(EXIM_BLANKS, from->data[0]) != NULL || from->data[0] == '!'))
        *from = (struct vouch_bytes){from->data + 1, from->length - 1};
    name = (struct vouch_bytes){from->data, 0};
    while (name.length < from->length && strchr(EXIM_BLANKS "{", from->data[name.length]) == NULL)
        name.length++;
    *from = (struct vouch_bytes){from->data + name.length, from->length - name.length};
    if (name.length > 4 && memcmp(name.data, "def:", 4) == 0)
        count = 0;
    for (int i = 0; count < 0 && i < 3; i++) {
        for (size_t j = 0; groups[i][j] != NULL; j++)
            count = text_is(name, groups[i][j]) ? i : count;
    }
    for (int i = 0; i < count; i++) {
        if (!exim_group(from, &inside))
            return false;
    }
    return count >= 0;
}

/* exim_outcomes - the names that a text may become: itself, or both sides of "${if CONDITION {..}{..}}" */
static void exim_outcomes(struct exim_names *names, struct vouch_bytes from, const char *hostname, unsigned depth)
{
    char text[EXIM_OPTION_SIZE], value[EXIM_OPTION_SIZE];
    struct vouch_bytes rest, side;
    struct text copy;

    text_init(&copy, text, sizeof text);
    text_add_bytes(&copy, from.data, from.length);
    if (strncmp(text, "${if", 4) != 0 || text[4] == '\0' || strchr(EXIM_BLANKS "!", text[4]) == NULL) {
        if (exim_expand(lines_trim(text), hostname, value, sizeof value))
            exim_add_name(names, value);
        else
            names->open = true;
        return;
    }
    rest = (struct vouch_bytes){from.data + 1, from.length - 1};
    if (!exim_group(&rest, &side) || rest.length != 0 || depth == 0) {
        names->open = true; /* text stands behind it */
        return;
    }
    rest = (struct vouch_bytes){side.data + 2, side.length - 2};
    if (!exim_condition(&rest) || !exim_group(&rest, &side)) {
        names->open = true;
        return;
    }
    exim_outcomes(names, side, hostname, depth - 1);
    if (exim_group(&rest, &side))
        exim_outcomes(names, side, hostname, depth - 1);
    else
        names->open = true;
}

void exim_helo(const struct exim *exim, const struct exim_driver *transport, struct exim_names *names,
               const char *label)
{
    char hostname[EXIM_OPTION_SIZE];
    const struct exim_option *data = &transport->helo_data;
    bool needed = !data->set || strstr(data->value, "primary_hostname") != NULL;
    bool known = needed && exim_hostname(exim, label, hostname, names->place);

    names->count = 0;
    names->open = false;
    if (!data->set) {
        if (known)
            exim_add_name(names, hostname);
        return;
    }
    sightings_copy(names->place, sizeof names->place, data->place);
    exim_outcomes(names, text_bytes(data->value), known ? hostname : NULL, EXIM_NAMES_MAX);
    if (names->open && (known || !needed))
        sightings_remark(exim->sightings, data->place,
                         "helo_data = %.300s: is worked out for each connection; a log or a message says what it "
                         "becomes (--log, --mail)",
                         data->value);
    else if (names->count > 1)
        sightings_remark(exim->sightings, data->place,
                         "helo_data = %.300s: is worked out for each connection; each name that it may become counts",
                         data->value);
}

/* exim_list_item - takes an item off a list; a doubled separator is one of the text; false: the end */
static bool exim_list_item(const char **list, char separator, char item[VOUCH_ADDRESS_SIZE])
{
    struct text text;

    *list += strspn(*list, EXIM_BLANKS);
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

void exim_bind(const struct exim *exim, const struct exim_driver *transport, struct sender *sender)
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
        if (sightings_is_any(&seen.address))
            return;
        sightings_copy(seen.place, sizeof seen.place, interface->place);
        if (!(seen.address.family == 4 ? sender->bound_4 : sender->bound_6))
            sender_address(exim->sightings, sender, &seen);
        *(seen.address.family == 4 ? &sender->bound_4 : &sender->bound_6) = true;
    }
}
