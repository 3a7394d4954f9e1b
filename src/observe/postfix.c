/*
 * postfix.c - reads main.cf and finds the senders of an instance. The services of master.cf: postfix_master.c.
 */
#include "observe/postfix.h"

#include "observe/postfix_instance.h"
#include "observe/postfix_master.h"

#include <stdlib.h>
#include <string.h>

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

bool postfix_value(const struct postfix_instance *instance, struct postfix_scope *scope, const char *name,
                   char value[POSTFIX_VALUE_SIZE])
{
    const struct setting *row = postfix_row(scope, name);
    const char *place = row == NULL ? instance->folder : row->place;
    struct text text;

    text_init(&text, value, POSTFIX_VALUE_SIZE);
    scope->unknown = NULL;
    if (postfix_lookup(scope, text_bytes(name), &text))
        return true;
    sightings_remark(instance->sightings, place, "%s = %.200s: cannot be known from here: %s", name,
                     row == NULL ? "(default)" : row->value, scope->unknown == NULL ? "too long" : scope->unknown);
    value[0] = '\0';
    return false;
}

void postfix_place(const struct postfix_instance *instance, const struct postfix_scope *scope, const char *name,
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

/* postfix_tag - what begins the program's name in the log */
static void postfix_tag(const struct postfix_instance *instance, struct postfix_scope *scope, struct sender *sender)
{
    char value[POSTFIX_VALUE_SIZE];

    if (postfix_value(instance, scope, "syslog_name", value) && strlen(value) < sizeof sender->tag - 8)
        snprintf(sender->tag, sizeof sender->tag, "%.200s/smtp", value);
}

/* postfix_sender - one transport */
static void postfix_sender(const struct postfix_instance *instance, struct postfix_routes *routes,
                           const struct postfix_service *service)
{
    struct postfix_scope scope;
    char label[SIGHTINGS_PLACE_SIZE], value[POSTFIX_VALUE_SIZE];
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
    postfix_route(instance, routes, service->name, sender);
    postfix_tag(instance, &scope, sender);
}

/* postfix_proxies - the public addresses of a translator before this host, as it knows them */
static void postfix_proxies(const struct postfix_instance *instance)
{
    const struct setting *row = settings_find(instance->main, "proxy_interfaces");

    if (row != NULL && row->value[0] != '\0')
        sightings_remark(instance->sightings, row->place,
                         "proxy_interfaces = %.200s: mail comes in through these; if it also leaves through them, they "
                         "are the addresses to publish",
                         row->value);
}

bool postfix_is_enabled(const struct settings *main, struct sightings *sightings, const char *folder)
{
    const struct setting *row = settings_find(main, "multi_instance_enable");

    if (row == NULL)
        sightings_remark(sightings, folder,
                         "multi_instance_enable is not set: postmulti does not start this instance; if nothing else "
                         "does, nothing leaves from it");
    else if (text_is_nocase(text_bytes(row->value), "no"))
        sightings_remark(sightings, row->place, "multi_instance_enable = no: the instance is not started, left out");
    return row == NULL || !text_is_nocase(text_bytes(row->value), "no");
}

void postfix_senders(struct sightings *sightings, const struct settings *main, struct lines *master,
                     const struct machine *machine, const char *folder)
{
    const struct postfix_instance instance = {sightings, main, machine, folder};
    struct postfix_service service = {.name = "smtp"};
    struct postfix_routes routes;
    bool found = false;

    postfix_routes_read(&instance, &routes);
    if (master != NULL) {
        while (postfix_master_next(master, &service, sightings)) {
            if (strcmp(service.command, "smtp") == 0)
                postfix_sender(&instance, &routes, &service);
            found |= strcmp(service.command, "smtp") == 0;
            settings_free(&service.options);
        }
        if (!found)
            sightings_remark(sightings, folder, "master.cf has no smtp transport: nothing leaves by SMTP");
    } else {
        postfix_sender(&instance, &routes, &service);
    }
    postfix_routes_end(&instance, &routes);
    postfix_proxies(&instance);
}
