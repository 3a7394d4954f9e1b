/*
 * direct.h - asks one server, without a cache and without validation: a name server of a zone, or one resolver.
 *
 * For tools: questions are out side by side, but no more of them than a server can be expected to bear; the others wait
 * their turn. A server that does not answer its first question, or three in a row, is not waited for again.
 */
#ifndef DNS_DIRECT_H
#define DNS_DIRECT_H

#include "dns/dns.h"

struct event_base;

struct direct_config {
    struct vouch_address address;
    uint16_t port;       /* 0: 53 */
    bool recursion;      /* a resolver; else a name server, whose answers must be its own */
    unsigned timeout_ms; /* of one try; a question is tried twice over UDP */
};

/*
 * A name server's referral to the servers of the very name asked for, type NS, is an answer: what the parent zone says.
 * Null: out of memory.
 */
struct dns_source *direct_open(struct event_base *base, const struct direct_config *config);

/* Reads "ADDR" or "ADDR@PORT" into address and port; false: neither. */
bool direct_parse(struct direct_config *config, const char *text);

/* Has this machine any way to the address? Nothing is sent. */
bool direct_has_route(const struct vouch_address *address);

#endif
