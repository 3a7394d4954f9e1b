/*
 * exim_parts.h - an Exim configuration as it was read: its routers and transports, and what makes senders of them.
 */
#ifndef OBSERVE_EXIM_PARTS_H
#define OBSERVE_EXIM_PARTS_H

#include "observe/exim.h"
#include "observe/exim_lines.h"

#define EXIM_BLANKS      " \t\r\n"
#define EXIM_DRIVERS_MAX 256
#define EXIM_OPTION_SIZE 512
#define EXIM_NAME_SIZE   128

/* An option's value and where it is set. */
struct exim_option {
    char value[EXIM_OPTION_SIZE];
    char place[SIGHTINGS_PLACE_SIZE];
    bool set;
};

/* A router or a transport. */
struct exim_driver {
    char name[EXIM_NAME_SIZE];
    struct exim_option driver, transport, domains, route_list, route_data, hosts, helo_data, interface;
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

#define EXIM_NAMES_MAX 8

/* The HELO names that a transport may say. */
struct exim_names {
    char names[EXIM_NAMES_MAX][EXIM_OPTION_SIZE];
    size_t count;
    bool open; /* there may be others */
    char place[SIGHTINGS_PLACE_SIZE];
};

/* Works them out; a remark says what is not known of them. */
void exim_helo(const struct exim *exim, const struct exim_driver *transport, struct exim_names *names,
               const char *label);

/* The addresses that connections of a transport leave from: the first of each version of IP. */
void exim_bind(const struct exim *exim, const struct exim_driver *transport, struct sender *sender);

/* Does any router lead to it, as far as can be known? */
bool exim_is_used(const struct exim *exim, const struct exim_driver *transport);

/* Do the routers that use a transport hand all over to one host? Then it is the sender's next hop. */
void exim_next_hop(const struct exim *exim, const struct exim_driver *transport, struct sender *sender);

/* Says where routers work out for each message which host it goes to. */
void exim_lookups(const struct exim *exim);

#endif
