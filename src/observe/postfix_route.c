/*
 * postfix_route.c - which transports mail for others takes, and where it goes from there.
 *
 * relayhost holds for default_transport and relay_transport only, where these name no next hop. Any other transport is
 * reached by maps and filters alone, and these bypass relayhost.
 */
#include "observe/postfix_instance.h"

#include <string.h>

/* way_read - "transport:nexthop" of a parameter, and relayhost where it names no next hop */
static void way_read(const struct postfix_instance *instance, const char *name, struct postfix_way *way)
{
    struct postfix_scope scope;
    char value[POSTFIX_VALUE_SIZE], *hop;

    postfix_scope_init(&scope, instance->main, instance->machine);
    way->transport[0] = way->next_hop[0] = way->place[0] = '\0';
    if (!postfix_value(instance, &scope, name, value))
        return;
    postfix_place(instance, &scope, name, way->place);
    hop = strchr(value, ':');
    if (hop != NULL)
        *hop++ = '\0';
    sightings_copy(way->transport, sizeof way->transport, value);
    if (hop != NULL && hop[0] != '\0') {
        sightings_copy(way->next_hop, sizeof way->next_hop, hop);
    } else if (postfix_value(instance, &scope, "relayhost", value) && value[0] != '\0') {
        sightings_copy(way->next_hop, sizeof way->next_hop, value);
        postfix_place(instance, &scope, "relayhost", way->place);
    }
}

void postfix_routes_read(const struct postfix_instance *instance, struct postfix_routes *routes)
{
    way_read(instance, "default_transport", &routes->others);
    way_read(instance, "relay_transport", &routes->relayed);
    routes->default_is_smtp = false;
}

void postfix_route(const struct postfix_instance *instance, struct postfix_routes *routes, const char *name,
                   struct sender *sender)
{
    const struct postfix_way *way = NULL;

    if (strcmp(name, routes->others.transport) == 0)
        way = &routes->others;
    else if (strcmp(name, routes->relayed.transport) == 0)
        way = &routes->relayed;
    routes->default_is_smtp |= way == &routes->others;
    if (way != NULL) {
        sightings_copy(sender->next_hop, sizeof sender->next_hop, way->next_hop);
        sightings_copy(sender->next_hop_place, sizeof sender->next_hop_place, way->place);
    } else {
        sightings_remark(instance->sightings, sender->helo_place,
                         "%s: default_transport and relay_transport do not lead to it, a map or a filter may; which "
                         "mail it takes, if any, is not known",
                         sender->label);
    }
}

void postfix_routes_end(const struct postfix_instance *instance, const struct postfix_routes *routes)
{
    static const char *const maps[] = {"transport_maps", "sender_dependent_relayhost_maps",
                                       "sender_dependent_default_transport_maps"};

    if (routes->others.transport[0] != '\0' && !routes->default_is_smtp)
        sightings_remark(
            instance->sightings, routes->others.place,
            "default_transport = %.120s: is no smtp transport of master.cf; mail for others leaves by SMTP "
            "only where something else leads it to one",
            routes->others.transport);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        const struct setting *row = settings_find(instance->main, maps[i]);

        if (row != NULL && row->value[0] != '\0')
            sightings_remark(instance->sightings, row->place,
                             "%s = %.200s: was not read; some mail may leave on ways that it names", maps[i],
                             row->value);
    }
}
