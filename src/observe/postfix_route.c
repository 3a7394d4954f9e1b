/*
 * postfix_route.c - which transports mail for others takes, and where it goes from there.
 *
 * relayhost holds for default_transport and relay_transport only, where these name no next hop. Any other transport is
 * reached by maps and filters alone, and these bypass relayhost. What "*" of transport_maps hands over leaves nothing
 * to parameters.
 */
#include "observe/postfix_maps.h"

#include <stdlib.h>
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

/* way_hand_over - what "*" of a table hands over does not come to a parameter */
static void way_hand_over(struct postfix_way *way, const struct postfix_maps *maps)
{
    if (maps == NULL || maps->rest[0] == '\0')
        return;
    sightings_copy(way->next_hop, sizeof way->next_hop, maps->rest);
    sightings_copy(way->place, sizeof way->place, maps->rest_place);
}

void postfix_routes_read(const struct postfix_instance *instance, struct postfix_routes *routes)
{
    const struct setting *relayhost = settings_find(instance->main, "relayhost");

    way_read(instance, "default_transport", &routes->others);
    way_read(instance, "relay_transport", &routes->relayed);
    routes->default_is_smtp = false;
    routes->maps = postfix_maps_read(instance, routes->others.transport, relayhost == NULL ? "" : relayhost->value);
    way_hand_over(&routes->others, routes->maps);
    way_hand_over(&routes->relayed, routes->maps);
}

/* route_direct - a table leads mail for servers of others to the transport */
static void route_direct(const struct postfix_instance *instance, const struct postfix_use *use, struct sender *sender)
{
    sightings_remark(instance->sightings, use->direct_place,
                     "%s takes mail for %.100s%s%.100s: past relayhost and default_transport, so others see its name",
                     sender->label, use->pattern, use->next_hop[0] == '\0' ? "" : ", to ", use->next_hop);
    sender->next_hop[0] = '\0';
}

void postfix_route(const struct postfix_instance *instance, struct postfix_routes *routes, const char *name,
                   struct sender *sender)
{
    const struct postfix_use *use = postfix_maps_find(routes->maps, name);
    const struct postfix_way *way = NULL;

    if (strcmp(name, routes->others.transport) == 0)
        way = &routes->others;
    else if (strcmp(name, routes->relayed.transport) == 0)
        way = &routes->relayed;
    routes->default_is_smtp |= way == &routes->others;
    if (way != NULL) {
        sightings_copy(sender->next_hop, sizeof sender->next_hop, way->next_hop);
        sightings_copy(sender->next_hop_place, sizeof sender->next_hop_place, way->place);
    }
    if (use != NULL && use->direct_place[0] != '\0' && (way == NULL || way->next_hop[0] != '\0')) {
        route_direct(instance, use, sender);
    } else if (way == NULL && use != NULL && use->handed_place[0] != '\0') {
        sightings_copy(sender->next_hop, sizeof sender->next_hop, use->handed_over);
        sightings_copy(sender->next_hop_place, sizeof sender->next_hop_place, use->handed_place);
    } else if (way == NULL) {
        sightings_remark(instance->sightings, sender->helo_place,
                         "%s: default_transport and relay_transport do not lead to it%s; which mail it takes, if any, "
                         "is not known",
                         sender->label,
                         routes->maps == NULL || routes->maps->open ? ", a map or a filter may"
                                                                    : ", nor does any map; a filter may");
    }
}

void postfix_routes_end(const struct postfix_instance *instance, struct postfix_routes *routes)
{
    const struct setting *row = settings_find(instance->main, "sender_dependent_relayhost_maps");

    if (routes->others.transport[0] != '\0' && !routes->default_is_smtp)
        sightings_remark(
            instance->sightings, routes->others.place,
            "default_transport = %.120s: is no smtp transport of master.cf; mail for others leaves by SMTP "
            "only where something else leads it to one",
            routes->others.transport);
    if (row != NULL && row->value[0] != '\0')
        sightings_remark(instance->sightings, row->place,
                         "sender_dependent_relayhost_maps = %.200s: was not read; some mail may leave on ways that it "
                         "names",
                         row->value);
    free(routes->maps);
    routes->maps = NULL;
}
