/*
 * exim_route.c - which routers lead to an Exim transport, and whether they hand all mail over to one host.
 */
#include "observe/exim_parts.h"

#include "base/text.h"

#include <string.h>

bool exim_is_used(const struct exim *exim, const struct exim_driver *transport)
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
        if (*at == '$' || (*at == ';' && at > route && text_is_alnum(at[-1]) && strchr(EXIM_BLANKS, at[1]) == NULL))
            return true;
    }
    return false;
}

/* What the routers that use a transport say of where its mail goes. */
struct exim_hops {
    const struct exim_driver *transport;
    const struct exim_option *all;      /* the option that hands over whatever comes; null: none does */
    char hosts[EXIM_OPTION_SIZE];       /* that it hands it over to */
    const struct exim_driver *partners; /* a router with a host for some domains, another one; null: there is none */
    char domain[EXIM_OPTION_SIZE], partner[EXIM_OPTION_SIZE]; /* of that router */
};

/* exim_is_partial - does a list of domains hold some only, as far as it can be read? "! +local_domains" does not */
static bool exim_is_partial(const char *domains)
{
    const char *item = domains;
    bool positive = false;

    if (strchr(domains, '$') != NULL || domains[0] == '<')
        return false;
    for (; item != NULL; item = strchr(item, ':')) {
        item += strspn(item, ":" EXIM_BLANKS);
        if (item[0] == '*' && strchr(":" EXIM_BLANKS, item[1]) != NULL)
            return false;
        positive |= item[0] != '!' && item[0] != '\0';
    }
    return positive;
}

/* exim_is_inside - does a list of hosts begin with one that is not seen from outside? */
static bool exim_is_inside(const char *hosts)
{
    char name[VOUCH_NAME_SIZE], first[VOUCH_NAME_SIZE];
    struct vouch_address address;
    struct text text;
    const char *why;

    hosts += strspn(hosts, "\"" EXIM_BLANKS);
    text_init(&text, first, sizeof first);
    text_add_bytes(&text, hosts, strcspn(hosts, "\":" EXIM_BLANKS));
    if (sightings_read_address(&address, first, text.length))
        return sightings_is_private(&address);
    return !sightings_name(name, first, &why);
}

/* exim_hop - one rule: hosts for a pattern of domains */
static void exim_hop(struct exim_hops *hops, const struct exim_driver *router, const struct exim_option *option,
                     const char *pattern, const char *hosts)
{
    bool partial = strcmp(pattern, "*") != 0 || exim_is_partial(router->domains.value);

    if (exim_is_looked_up(option->value) || exim_is_inside(hosts))
        partial = false;
    if (!partial && hops->all == NULL) {
        hops->all = option;
        sightings_copy(hops->hosts, sizeof hops->hosts, hosts);
    }
    if (partial && hops->partners == NULL && !(hops->all != NULL && strcmp(hops->hosts, hosts) == 0)) {
        hops->partners = router;
        sightings_copy(hops->partner, sizeof hops->partner, hosts);
        sightings_copy(hops->domain, sizeof hops->domain, strcmp(pattern, "*") == 0 ? router->domains.value : pattern);
    }
}

/* exim_rules - each "pattern hosts options" of route_list, parted by ";" */
static void exim_rules(struct exim_hops *hops, const struct exim_driver *router)
{
    char text[EXIM_OPTION_SIZE], *rest = text, *rule;

    if (exim_is_looked_up(router->route_list.value)) {
        exim_hop(hops, router, &router->route_list, "*", router->route_list.value);
        return;
    }
    sightings_copy(text, sizeof text, router->route_list.value);
    while ((rule = strsep(&rest, ";")) != NULL) {
        char *pattern, *hosts;

        rule = lines_trim(rule);
        pattern = strsep(&rule, EXIM_BLANKS);
        hosts = rule == NULL ? pattern + strlen(pattern) : lines_trim(rule);
        if (pattern[0] != '\0')
            exim_hop(hops, router, &router->route_list, pattern, hosts);
    }
}

/* exim_hops_read - the rules of all routers that use the transport; false: one of them finds the hosts itself */
static bool exim_hops_read(const struct exim *exim, struct exim_hops *hops)
{
    for (size_t i = 0; i < exim->counts[0]; i++) {
        const struct exim_driver *router = &exim->drivers[0][i];
        bool used = strcmp(router->transport.value, hops->transport->name) == 0;

        if (used && strcmp(router->driver.value, "manualroute") == 0 && router->route_list.set)
            exim_rules(hops, router);
        else if (used && strcmp(router->driver.value, "manualroute") == 0)
            exim_hop(hops, router, &router->route_data, "*", router->route_data.value);
        else if (used && hops->transport->hosts.set && strcmp(router->driver.value, "accept") == 0)
            exim_hop(hops, router, &hops->transport->hosts, "*", hops->transport->hosts.value);
        else if (used || strchr(router->transport.value, '$') != NULL)
            return false;
    }
    return true;
}

void exim_next_hop(const struct exim *exim, const struct exim_driver *transport, struct sender *sender)
{
    struct exim_hops hops = {.transport = transport};

    if (!exim_hops_read(exim, &hops))
        return;
    hops.partners = NULL; /* once more, now that the hosts are known that take the rest */
    exim_hops_read(exim, &hops);
    if (hops.partners != NULL) {
        sightings_remark(exim->sightings, hops.partners->transport.place,
                         "router %s sends mail for %.100s to %.100s, which sees the name and address of this transport",
                         hops.partners->name, hops.domain, hops.partner);
    } else if (hops.all != NULL) {
        sightings_copy(sender->next_hop, sizeof sender->next_hop,
                       hops.all->value[0] == '\0' ? "hosts that a router names" : hops.all->value);
        sightings_copy(sender->next_hop_place, sizeof sender->next_hop_place, hops.all->place);
    }
}

void exim_lookups(const struct exim *exim)
{
    for (size_t i = 0; i < exim->counts[0]; i++) {
        const struct exim_driver *router = &exim->drivers[0][i];
        const struct exim_option *route = router->route_list.set ? &router->route_list : &router->route_data;

        if (strcmp(router->driver.value, "manualroute") == 0 && exim_is_looked_up(route->value))
            sightings_remark(
                exim->sightings, route->place,
                "router %s: %.200s: is looked up for each message and was not read; some mail may leave on "
                "ways that it names",
                router->name, route->value);
        if (strchr(router->transport.value, '$') != NULL)
            sightings_remark(exim->sightings, router->transport.place,
                             "router %s: transport = %.200s: is worked out for each message; which transports it names "
                             "is not known",
                             router->name, router->transport.value);
    }
}
