/*
 * address.h - compares Internet addresses in binary. Reading and writing them is public: vouch_address_parse, _format.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "vouchsafe.h"

/* How many octets an address of this family has: 4, 16, or 0 for none. */
size_t address_length(const struct vouch_address *address);

/* Same family and same octets as `rdata` of an A or AAAA record. */
bool address_equals(const struct vouch_address *address, struct vouch_bytes rdata);

/* An IPv4-mapped IPv6 address becomes the IPv4 address; others stay. */
void address_unmap(struct vouch_address *address);

/* What an address can be used for. */
enum address_use {
    ADDRESS_PUBLIC,        /* a client on the Internet may have it */
    ADDRESS_DOCUMENTATION, /* stands in examples and nowhere else; looks like a public one [RFC 5737] [RFC 9637] */
    ADDRESS_LOCAL          /* private, loopback, link-local, shared, unspecified, for benchmarks or multicast */
};

/* By the registries of special addresses [RFC 6890]; of IPv6 only 2000::/3 is public. No family is local. */
enum address_use address_use(const struct vouch_address *address);

/* 127.0.0.0/8 or ::1? */
bool address_is_loopback(const struct vouch_address *address);

#endif
