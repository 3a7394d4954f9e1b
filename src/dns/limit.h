/*
 * limit.h - a source over another one that answers VOUCH_TIMEOUT where that takes too long.
 */
#ifndef DNS_LIMIT_H
#define DNS_LIMIT_H

#include "dns/dns.h"

struct event_base;

/* `below` must outlive it, and is not closed with it. Null: out of memory. */
struct dns_source *limit_open(struct event_base *base, struct dns_source *below, uint32_t timeout_ms);

#endif
