/*
 * unbound.h - the libunbound driver: forwarding or full recursion, DNSSEC validation, on a libevent loop.
 *
 * One context a process (its contexts share unlocked globals). The driver keeps no deadline of its own beyond
 * libunbound's: the owner cancels.
 *
 * With resolvers or root hints of one's own, these are asked about local names too (test., localhost., private reverse
 * zones and the like); recursion from the real root answers them itself, as RFC 6761 says. Nothing is ever printed.
 */
#ifndef DNS_UNBOUND_H
#define DNS_UNBOUND_H

#include "dns/dns.h"

struct event_base;

#define UNBOUND_RESOLVERS_MAX 8
#define UNBOUND_ERROR_SIZE    512

struct unbound_config {
    const char *resolvers[UNBOUND_RESOLVERS_MAX]; /* "ADDR" or "ADDR@PORT"; none: see recursion */
    size_t resolvers_count;
    bool recursion;           /* resolve from the root instead of forwarding; else resolv_conf's name servers */
    const char *resolv_conf;  /* null: the system's */
    const char *root_hints;   /* for recursion; null: built in */
    const char *trust_anchor; /* file of DS or DNSKEY records; null: the system's root anchor, which may be missing
                                 (`notice` says so); "none": no validation */
    const char *extra_config; /* an unbound.conf for administrators, read last; null: none */
    unsigned probe_ms;        /* how long the look at the anchors' DNSKEYs may take */
};

/*
 * Opens the driver. Looks once at the DNSKEY set of each anchor's name: an anchor whose keys cannot be had or
 * validated is left out, which `notice` says (empty: all is well), and its names are then insecure, not bogus.
 * Returns null with `error` naming the file, line or option at fault. Runs the loop for at most probe_ms.
 */
struct dns_source *unbound_open(struct event_base *base, const struct unbound_config *config,
                                char notice[UNBOUND_ERROR_SIZE], char error[UNBOUND_ERROR_SIZE]);

#endif
