/*
 * flight.h - single flight: identical questions that are out at the same time are asked once.
 */
#ifndef DNS_FLIGHT_H
#define DNS_FLIGHT_H

#include "dns/dns.h"

/* Puts the layer over `inner` and owns it from then on (also on failure, when it returns null: out of memory). */
struct dns_source *flight_open(struct dns_source *inner);

#endif
