/*
 * dns.c - hands the three verbs of a source to its driver.
 */
#include "dns/dns.h"

struct dns_ticket *dns_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                           void *owner)
{
    return source->verbs->ask(source, name, type, done, owner);
}

void dns_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    source->verbs->cancel(source, ticket);
}

void dns_close(struct dns_source *source)
{
    if (source != NULL)
        source->verbs->close(source);
}
