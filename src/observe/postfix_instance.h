/*
 * postfix_instance.h - what the readers of one Postfix instance have in common.
 */
#ifndef OBSERVE_POSTFIX_INSTANCE_H
#define OBSERVE_POSTFIX_INSTANCE_H

#include "observe/lines.h"
#include "observe/postfix_expand.h"

#define POSTFIX_VALUE_SIZE 2048

struct postfix_instance {
    struct sightings *sightings;
    const struct settings *main;
    const struct machine *machine;
    const char *folder;
};

/* A parameter in a scope; false, after a remark: it cannot be known, and value is empty. */
bool postfix_value(const struct postfix_instance *instance, struct postfix_scope *scope, const char *name,
                   char value[POSTFIX_VALUE_SIZE]);

/* Where a parameter is set, or what it comes from by default. */
void postfix_place(const struct postfix_instance *instance, const struct postfix_scope *scope, const char *name,
                   char place[SIGHTINGS_PLACE_SIZE]);

/* The addresses that connections of a transport leave from: smtp_bind_address..., or the one of inet_interfaces. */
void postfix_bind(const struct postfix_instance *instance, struct postfix_scope *scope, struct sender *sender);

/* Which transport takes mail for others, and where it goes from there. */
struct postfix_way {
    char transport[128];                /* empty: not known */
    char next_hop[SIGHTINGS_TEXT_SIZE]; /* empty: to the servers of the recipients */
    char place[SIGHTINGS_PLACE_SIZE];   /* of the next hop */
};

struct postfix_maps;

struct postfix_routes {
    struct postfix_way others, relayed; /* default_transport and relay_transport */
    struct postfix_maps *maps;          /* what tables lead to; null: out of memory */
    bool default_is_smtp;               /* master.cf has it as an smtp transport; set by postfix_route */
};

/* Reads the parameters and tables that lead mail to transports; postfix_routes_end in any case. */
void postfix_routes_read(const struct postfix_instance *instance, struct postfix_routes *routes);

/* Says where the mail goes that a transport of this name takes. */
void postfix_route(const struct postfix_instance *instance, struct postfix_routes *routes, const char *name,
                   struct sender *sender);

/* Says what is not known of ways, when all transports are there, and frees the tables. */
void postfix_routes_end(const struct postfix_instance *instance, struct postfix_routes *routes);

#endif
