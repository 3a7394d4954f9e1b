/*
 * postfix_maps.h - what the tables of transport_maps and sender_dependent_default_transport_maps lead mail to, as the
 * texts say that they are made of.
 */
#ifndef OBSERVE_POSTFIX_MAPS_H
#define OBSERVE_POSTFIX_MAPS_H

#include "observe/postfix_instance.h"

#define POSTFIX_USES_MAX 64

/* What tables lead to one transport: the first place of each kind; empty: none. */
struct postfix_use {
    char transport[128];
    char pattern[256], next_hop[256];        /* mail that leaves for servers of others; no next hop: the recipients' */
    char direct_place[SIGHTINGS_PLACE_SIZE]; /* where that stands */
    char handed_over[256];                   /* a host that takes mail for everybody, or is not seen from outside */
    char handed_place[SIGHTINGS_PLACE_SIZE];
};

struct postfix_maps {
    struct postfix_use uses[POSTFIX_USES_MAX];
    size_t count;
    bool open;      /* a table was not read, or there was no room */
    char rest[256]; /* the host that "*" hands the mail over to; empty: there is none */
    char rest_place[SIGHTINGS_PLACE_SIZE];
};

/*
 * Reads the tables of both parameters. `transport` takes what a table gives a next hop alone; `relayhost` tells that
 * transports by senders without a next hop hand over. Remarks tell what was not read. Null: out of memory; free it.
 */
struct postfix_maps *postfix_maps_read(const struct postfix_instance *instance, const char *transport,
                                       const char *relayhost);

/* What leads to a transport; null: nothing that was read. */
const struct postfix_use *postfix_maps_find(const struct postfix_maps *maps, const char *transport);

#endif
