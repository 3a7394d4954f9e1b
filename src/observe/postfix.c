/*
 * postfix.c - reads main.cf and finds the senders of an instance. The services of master.cf: postfix_master.c.
 */
#include "observe/postfix.h"

#include "base/address.h"
#include "observe/postfix_expand.h"
#include "observe/postfix_master.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_SIZE 2048

/* postfix_set - one logical line "name = value" */
static void postfix_set(struct settings *settings, char *text, const char *place, struct sightings *sightings)
{
    char *equals = strchr(text, '=');

    if (equals == NULL) {
        sightings_remark(sightings, place, "no \"name = value\": Postfix would refuse this file");
        return;
    }
    *equals = '\0';
    if (!settings_set(settings, lines_trim(text), lines_trim(equals + 1), place))
        sightings_remark(sightings, place, "too many parameters: the rest was left out");
}

void postfix_read_main(struct settings *settings, struct lines *lines, struct sightings *sightings)
{
    struct folded_line line = {.text = malloc(LINES_LENGTH_MAX), .size = LINES_LENGTH_MAX};
    char place[SIGHTINGS_PLACE_SIZE];

    while (line.text != NULL && lines_next_folded(lines, &line)) {
        sightings_place(place, lines->label, line.number);
        postfix_set(settings, line.text, place, sightings);
    }
    free(line.text);
}

bool postfix_parameter(const struct settings *main, const struct machine *machine, const char *name, char *value,
                       size_t size)
{
    struct postfix_scope scope;
    struct text text;

    postfix_scope_init(&scope, main, machine);
    text_init(&text, value, size);
    return postfix_lookup(&scope, text_bytes(name), &text);
}

/* What the senders of one instance have in common. */
struct instance {
    struct sightings *sightings;
    const struct settings *main;
    const struct machine *machine;
    const char *folder;
};

/* postfix_value - a parameter in a scope; false, after a remark: it cannot be known */
static bool postfix_value(const struct instance *instance, struct postfix_scope *scope, const char *name,
                          char value[VALUE_SIZE])
{
    const struct setting *row = postfix_row(scope, name);
    const char *place = row == NULL ? instance->folder : row->place;
    struct text text;

    text_init(&text, value, VALUE_SIZE);
    scope->unknown = NULL;
    if (postfix_lookup(scope, text_bytes(name), &text))
        return true;
    sightings_remark(instance->sightings, place, "%s = %.200s: cannot be known from here: %s", name,
                     row == NULL ? "(default)" : row->value, scope->unknown == NULL ? "too long" : scope->unknown);
    value[0] = '\0';
    return false;
}

/* postfix_place - where a parameter is set, or what it comes from by default */
static void postfix_place(const struct instance *instance, const struct postfix_scope *scope, const char *name,
                          char place[SIGHTINGS_PLACE_SIZE])
{
    const struct setting *row = postfix_row(scope, name);

    if (row == NULL && strcmp(name, "smtp_helo_name") == 0)
        row = postfix_row(scope, "myhostname");
    if (row == NULL)
        row = postfix_row(scope, "mydomain");
    if (row != NULL) {
        sightings_copy(place, SIGHTINGS_PLACE_SIZE, row->place);
        return;
    }
    snprintf(place, SIGHTINGS_PLACE_SIZE, "%.200s: host name of the machine", instance->folder);
}

/* postfix_bind_one - smtp_bind_address or smtp_bind_address6; is it set? */
static bool postfix_bind_one(const struct instance *instance, struct postfix_scope *scope, struct sender *sender,
                             const char *name)
{
    struct sighted_address seen = {.evidence = EVIDENCE_CONFIG, .times = 1};
    bool known, four = strcmp(name, "smtp_bind_address") == 0;
    char value[VALUE_SIZE];

    known = postfix_value(instance, scope, name, value);
    if (known && value[0] == '\0')
        return false;
    postfix_place(instance, scope, name, seen.place);
    if (known && sightings_read_address(&seen.address, value, strlen(value)) && seen.address.family == (four ? 4 : 6)) {
        sender_address(instance->sightings, sender, &seen);
        *(four ? &sender->bound_4 : &sender->bound_6) = true;
    } else if (known) {
        sightings_remark(instance->sightings, seen.place, "%s = %.200s: no address of this version of IP", name, value);
    }
    return true;
}

/* What inet_interfaces holds of one version of IP. */
struct interfaces {
    unsigned count;
    struct vouch_address last;
};

/* postfix_interfaces - count the addresses of inet_interfaces; false: not all are known */
static bool postfix_interfaces(const struct instance *instance, char *value, const char *place,
                               struct interfaces found[2])
{
    bool known = true;

    for (char *word = value, *next; word[0] != '\0'; word = next) {
        struct vouch_address address;
        size_t length;

        word += strspn(word, ", \t\r\n");
        length = strcspn(word, ", \t\r\n");
        next = word + length;
        if (length == 0)
            break;
        if (sightings_read_address(&address, word, length)) {
            struct interfaces *version = &found[address.family == 6];

            version->count++;
            version->last = address;
        } else if (!text_is_nocase((struct vouch_bytes){(uint8_t *)word, length}, "localhost")) {
            sightings_remark(instance->sightings, place,
                             "inet_interfaces holds %.*s, whose addresses are not known from here: if it is one "
                             "address, mail leaves from that one",
                             (int)(length < 200 ? length : 200), word);
            known = false;
        }
    }
    return known;
}

/* postfix_bind - the addresses that connections of a transport leave from */
static void postfix_bind(const struct instance *instance, struct postfix_scope *scope, struct sender *sender)
{
    const bool set[2] = {postfix_bind_one(instance, scope, sender, "smtp_bind_address"),
                         postfix_bind_one(instance, scope, sender, "smtp_bind_address6")};
    struct interfaces found[2] = {{0}};
    struct sighted_address seen = {.evidence = EVIDENCE_CONFIG, .times = 1};
    char value[VALUE_SIZE];

    if (postfix_value(instance, scope, "inet_protocols", value) && strstr(value, "all") == NULL) {
        sender->without_4 = strstr(value, "ipv4") == NULL;
        sender->without_6 = strstr(value, "ipv6") == NULL;
    }
    if (!postfix_value(instance, scope, "inet_interfaces", value) || strcmp(value, "all") == 0 ||
        strcmp(value, "loopback-only") == 0)
        return;
    postfix_place(instance, scope, "inet_interfaces", seen.place);
    if (!postfix_interfaces(instance, value, seen.place, found))
        return;
    for (int version = 0; version < 2; version++) {
        if (set[version] || found[version].count != 1 || address_is_loopback(&found[version].last))
            continue;
        seen.address = found[version].last;
        sender_address(instance->sightings, sender, &seen);
        *(version == 0 ? &sender->bound_4 : &sender->bound_6) = true;
    }
}

/* postfix_next_hop - does the instance hand all mail over? */
static void postfix_next_hop(const struct instance *instance, struct sender *sender)
{
    struct postfix_scope scope;
    char value[VALUE_SIZE], *hop = value;

    postfix_scope_init(&scope, instance->main, instance->machine);
    if (postfix_value(instance, &scope, "relayhost", value) && value[0] != '\0') {
        postfix_place(instance, &scope, "relayhost", sender->next_hop_place);
    } else if (postfix_value(instance, &scope, "default_transport", value) && (hop = strchr(value, ':')) != NULL &&
               hop[1] != '\0') {
        hop++;
        postfix_place(instance, &scope, "default_transport", sender->next_hop_place);
    } else {
        return;
    }
    sightings_copy(sender->next_hop, sizeof sender->next_hop, hop);
}

/* postfix_tag - what begins the program's name in the log */
static void postfix_tag(const struct instance *instance, struct postfix_scope *scope, struct sender *sender)
{
    char value[VALUE_SIZE];

    if (postfix_value(instance, scope, "syslog_name", value) && strlen(value) < sizeof sender->tag - 8)
        snprintf(sender->tag, sizeof sender->tag, "%.200s/smtp", value);
}

/* postfix_sender - one transport */
static void postfix_sender(const struct instance *instance, const struct postfix_service *service)
{
    struct postfix_scope scope;
    char label[SIGHTINGS_PLACE_SIZE], value[VALUE_SIZE];
    struct sender *sender;

    snprintf(label, sizeof label, "Postfix transport %.64s", service->name);
    sender = sightings_sender(instance->sightings, label);
    if (sender == NULL)
        return;
    postfix_scope_init(&scope, instance->main, instance->machine);
    scope.own = &service->options;
    scope.service = service->name;
    if (postfix_value(instance, &scope, "smtp_helo_name", value))
        sightings_copy(sender->helo, sizeof sender->helo, value);
    postfix_place(instance, &scope, "smtp_helo_name", sender->helo_place);
    postfix_bind(instance, &scope, sender);
    postfix_next_hop(instance, sender);
    postfix_tag(instance, &scope, sender);
}

/* postfix_maps - say where single mails may go other ways than what stands above */
static void postfix_maps(const struct instance *instance)
{
    static const char *const maps[] = {"transport_maps", "sender_dependent_relayhost_maps",
                                       "sender_dependent_default_transport_maps"};

    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        const struct setting *row = settings_find(instance->main, maps[i]);

        if (row != NULL && row->value[0] != '\0')
            sightings_remark(instance->sightings, row->place,
                             "%s = %.200s: was not read; some mail may leave on ways that it names", maps[i],
                             row->value);
    }
}

/* postfix_proxies - the public addresses of a translator before this host, as it knows them */
static void postfix_proxies(const struct instance *instance)
{
    const struct setting *row = settings_find(instance->main, "proxy_interfaces");

    if (row != NULL && row->value[0] != '\0')
        sightings_remark(instance->sightings, row->place,
                         "proxy_interfaces = %.200s: mail comes in through these; if it also leaves through them, they "
                         "are the addresses to publish",
                         row->value);
}

void postfix_senders(struct sightings *sightings, const struct settings *main, struct lines *master,
                     const struct machine *machine, const char *folder)
{
    const struct instance instance = {sightings, main, machine, folder};
    struct postfix_service service = {.name = "smtp"};
    bool found = false;

    if (master != NULL) {
        while (postfix_master_next(master, &service, sightings)) {
            if (strcmp(service.command, "smtp") == 0)
                postfix_sender(&instance, &service);
            found |= strcmp(service.command, "smtp") == 0;
            settings_free(&service.options);
        }
        if (!found)
            sightings_remark(sightings, folder, "master.cf has no smtp transport: nothing leaves by SMTP");
    } else {
        postfix_sender(&instance, &service);
    }
    postfix_maps(&instance);
    postfix_proxies(&instance);
}
